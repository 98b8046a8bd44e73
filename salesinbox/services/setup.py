"""Setting up an account (ACC-2): its servers are found, tried, and written into the configuration."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from salesinbox.config import changing
from salesinbox.formats.domains import registrable
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import mail as model
from salesinbox.model.errors import NetworkError, SalesInboxError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe
from salesinbox.services.proposals import Candidate, FolderChoice, Proposal, Tried

if TYPE_CHECKING:
    from salesinbox.credentials.oauth.tokens import Tokens
    from salesinbox.providers.finding import Finder
    from salesinbox.providers.session import Session

__all__ = ["Candidate", "FolderChoice", "Proposal", "SetupService", "Tried"]

COUNT_SECONDS = 15.0
"""For how long folders are counted; those that come later have no count."""

_UNWANTED = (model.SPAM, model.TRASH)
_LONGEST_NAME = 20


class Keeper(Protocol):
    """What of `credentials.Credentials` is needed here."""

    def secret(self, account: Account) -> str: ...

    def sending_secret(self, account: Account) -> str: ...

    def client_secret(self, account: Account) -> str: ...

    def keep(self, account: Account, secret: str, where: str = ..., *, sending: bool = ...) -> str: ...

    def keep_token(self, account: Account, refresh_token: str) -> str: ...


class SetupService:
    """May be used by any thread. Nothing is written but by `write`, `keep` and `keep_token`."""

    def __init__(
        self,
        path: Path,
        credentials: Callable[[], Keeper],
        now: Callable[[], float] = time.time,
        finder: "Callable[[], Finder] | None" = None,
    ) -> None:
        """`path` is the configuration's file, there or not; `finder` makes what looks for servers."""
        self.path = path
        self._credentials = credentials
        self._now = now
        self._finder = finder
        self._tokens: dict[tuple[Account, str], Tokens] = {}
        self._newer: dict[str, str] = {}
        """The refresh token that replaced another while the account was tried."""

    # --- finding ------------------------------------------------------------------------------------------------

    def find(
        self, address: str, *, central: bool = False, stopped: Callable[[], bool] = lambda: False
    ) -> list[Candidate]:
        """The ways to the mail of an address, the likeliest first; empty where nothing is known of its domain.

        Takes `providers.finding.SECONDS` at the most, and ends sooner when `stopped`. The domain's own web server is
        told the address, the DNS the domain, and what is found there is looked at; `central` also asks Thunderbird's
        database, which learns the domain (SAFE-3). Raises UsageError for what is no address.
        """
        from salesinbox.providers import finding  # noqa: PLC0415 - only who sets up an account
        from salesinbox.services.candidates import candidates  # noqa: PLC0415 - the same

        finder = self._finder() if self._finder is not None else finding.Finder()
        return candidates(finder.find(address, central=central, stopped=stopped), address.rpartition("@")[2])

    def name_for(self, address: str) -> str:
        """A short name for the account that is not taken yet."""
        domain = registrable(address.rpartition("@")[2].strip().lower())
        wanted = "".join(letter for letter in domain.partition(".")[0] if letter.isalnum() or letter in "-_")
        wanted = wanted[:_LONGEST_NAME] or "mail"
        taken = {name.lower() for name in changing.names(self.path)}
        name, number = wanted, 2
        while name.lower() in taken:
            name, number = f"{wanted}{number}", number + 1
        return name

    def check_name(self, name: str) -> None:
        """Raises ConfigurationError for a name that an account has already: better before much is asked than after."""
        if name in changing.names(self.path):
            raise changing.taken(self.path, name)

    # --- trying -------------------------------------------------------------------------------------------------

    def account(self, proposal: Proposal) -> Account:
        """The account as the configuration would give it. Raises ConfigurationError for what cannot be written."""
        return changing.parsed(self.path, proposal.values(), proposal.me_name)

    def test(self, proposal: Proposal, secret: str) -> Tried:
        """Connect, log in, look at folders and at what sends. Nothing is sent, kept or changed.

        `secret`: the password, or the refresh token of who logs in by OAuth; empty: the account's own way to one is
        gone. What goes wrong is told, and not raised.
        """
        try:
            self.check_name(proposal.name)
            account = self.account(proposal)
            with self._line(account, secret) as session:
                number = len([folder for folder in session.folders() if folder.selectable])
        except SalesInboxError as error:
            return Tried(ok=False, detail=str(error), exit=int(error.exit))
        detail = ngettext("Mail can be read: {number} folder.", "Mail can be read: {number} folders.", number).format(
            number=number
        )
        if not account.sends:
            return Tried(ok=True, detail=detail, readable=True)
        from salesinbox.providers import registry  # noqa: PLC0415 - only who tries an account

        try:
            registry.post(account).check(account, partial(self._sending_secret, account, secret))
        except SalesInboxError as error:
            told = _("Mail can be read, but not sent: {error}").format(error=error)
            return Tried(ok=False, detail=told, exit=int(error.exit), readable=True)
        where = safe(account.smtp.host, 100) if account.smtp is not None else "Gmail"
        told = _("{detail} Mail can be sent by {where}.").format(detail=detail, where=where)
        return Tried(ok=True, detail=told, readable=True)

    def folders(self, proposal: Proposal, secret: str) -> list[FolderChoice]:
        """The folders with their counts, INBOX first. Raises as `Session.connect`; `secret` as for `test`."""
        end = time.monotonic() + COUNT_SECONDS
        with self._line(self.account(proposal), secret) as session:
            found = []
            for folder in session.folders():
                if folder.selectable:
                    messages = _count(session, folder.name) if time.monotonic() < end else None
                    found.append(FolderChoice(folder.name, folder.role, messages, folder.role not in _UNWANTED))
            return found

    @contextmanager
    def _line(self, account: Account, secret: str) -> "Iterator[Session]":
        from salesinbox.providers import registry  # noqa: PLC0415 - only who tries an account

        session = registry.session(account, partial(self._secret, account, secret), None)
        try:
            session.connect()
            yield session
        finally:
            session.close()

    def _secret(self, account: Account, given: str) -> str:
        from salesinbox.credentials import ways  # noqa: PLC0415 - only who tries an account

        return self._by(ways.reading(account).kind, account, given) or self._credentials().secret(account)

    def _sending_secret(self, account: Account, given: str) -> str:
        from salesinbox.credentials import ways  # noqa: PLC0415 - only who tries an account

        way = ways.sending(account, lambda _entry: False)
        return self._by(way.kind, account, given) or self._credentials().sending_secret(account)

    def _by(self, kind: str, account: Account, given: str) -> str:
        """What was given, as a server wants it; "" where the account has a way of its own."""
        from salesinbox.credentials import ways  # noqa: PLC0415 - only who tries an account

        if kind == ways.TOKENS and given:
            return self._tokens_of(account, given).access()
        return given if kind in (ways.KEPT, ways.NOWHERE) else ""

    def _tokens_of(self, account: Account, refresh_token: str) -> "Tokens":
        from salesinbox.credentials.oauth.tokens import Tokens  # noqa: PLC0415 - only who logs in so

        def keep(newer: str) -> None:
            self._newer[refresh_token] = newer

        key = (account, refresh_token)
        if key not in self._tokens:
            self._tokens[key] = Tokens(
                account,
                lambda: self._newer.get(refresh_token, refresh_token),
                keep,
                lambda: self._credentials().client_secret(account),
                self._now,
            )
        return self._tokens[key]

    # --- writing ------------------------------------------------------------------------------------------------

    def write(self, proposal: Proposal) -> Path:
        """Write the account into the configuration, which is made where there is none.

        What a person wrote stays octet by octet. Raises ConfigurationError: the name is taken, a value cannot be, the
        file cannot be written or read; nothing is changed then.
        """
        self.account(proposal)
        me = {"name": proposal.me_name, "zone": proposal.zone}
        changing.add(self.path, proposal.values(), {key: value for key, value in me.items() if value})
        return self.path

    def keep(self, proposal: Proposal, secret: str) -> str:
        """Keep the password; returns where: "keyring" or "file". Raises CredentialsError."""
        account = self.account(proposal)
        # Mail that is read from files needs no password, but that which sends it does.
        return self._credentials().keep(account, secret, sending=account.server is None)

    def keep_token(self, proposal: Proposal, refresh_token: str) -> str:
        """The same for the token that the browser brought."""
        token = self._newer.get(refresh_token, refresh_token)
        kept = self._credentials().keep_token(self.account(proposal), token)
        self._newer.pop(refresh_token, None)
        self._tokens.clear()
        return kept


def _count(session: "Session", folder: str) -> int | None:
    """NetworkError passes: the line is gone. What a server refuses of one folder says nothing of the others."""
    try:
        return session.counts(folder)[0]
    except NetworkError:
        raise
    except SalesInboxError:
        return None
