"""A rep's data folder with mail of two accounts in it."""

import hashlib
from dataclasses import replace

from salesinbox.model.mail import Address, Envelope, Flag, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.model.settings import Account, Imap, OAuth
from salesinbox.store import folders, mail
from salesinbox.store.database import Database

from .desk import NOW
from .setup_desk import SetupDesk
from .test_real import Home


class AccountsHome(Home):
    """Accounts "work" and "home"; what sets up accounts and keeps secrets is a stand-in that takes note."""

    def __init__(self, folder, more=()):
        super().__init__(folder)
        second = Account("home", "nami@home.example", "imap", Imap("127.0.0.1", 1, "none", "nami"))
        accounts = (*self.settings.accounts, second, *more)
        self.settings = replace(self.settings, accounts=accounts)
        self.services.settings = self.settings
        self.desk = SetupDesk(folder)
        for name in ("setup", "signing_in", "secrets", "removing"):
            # A `cached_property` gives way to what stands in the object already.
            self.services.__dict__[name] = self.desk

    def deliver_to(self, account, *mails, ago=600):
        """Mail as (name, address, subject) for one of the accounts."""
        arrivals = []
        for name, address, subject in mails:
            self.uid += 1
            envelope = Envelope(
                f"<{self.uid}@x.example>", (), Address(name, address), (Address("", "rep@zylker.example"),), (), (), subject,
                NOW - ago + self.uid, "", False, (), False,
            )  # fmt: skip
            digest = hashlib.blake2b(str(self.uid).encode(), digest_size=16).digest()
            arrivals.append(mail.Arrival(self.uid, FlagState(Flag.NONE), NOW - ago, 1000, envelope, digest, False, ""))
        with Database(self.services.database.path) as writing, writing.transaction() as connection:
            address = {one.name: one.address for one in self.settings.accounts}[account]
            number = folders.account(connection, account, address)
            folder = mail.keep_folders(connection, number, [RemoteFolder("INBOX", "/", "inbox")])[0].id
            touched, _new = mail.add(connection, number, folder, arrivals)
            self.refresh(connection, touched)


def with_tokens():
    """An account that one logs in to by the browser."""
    imap = Imap("127.0.0.1", 1, "none", "nami", auth="oauth")
    return Account("cloud", "nami@cloud.example", "imap", imap, oauth=OAuth("microsoft", "client"))
