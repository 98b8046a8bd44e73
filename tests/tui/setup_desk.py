"""Stand-ins for what sets up an account: they answer what a test has told them to, and take note of what is asked."""

import threading
from pathlib import Path

from salesinbox.model.errors import CredentialsError, UsageError
from salesinbox.services.setup import Candidate, FolderChoice, Tried

IMAP = {
    "imap": {"host": "imap.zylker.example", "port": 993, "tls": "implicit", "user": "nami@zylker.example"},
    "smtp": {"host": "smtp.zylker.example", "port": 465, "tls": "implicit", "user": "nami@zylker.example"},
}
FOUND = [
    Candidate("imap", "zylker.example", IMAP, ("password", "command"), "Found in the DNS."),
    Candidate(
        "imap",
        "Microsoft 365",
        {
            "imap": {"host": "outlook.office365.com", "port": 993, "tls": "implicit", "user": "nami@zylker.example"},
            "smtp": {"host": "smtp.office365.com", "port": 587, "tls": "starttls"},
            "oauth": {"provider": "microsoft"},
        },
        ("oauth", "device"),
        "The mail of this domain goes there.",
    ),
]
FOLDERS = [
    FolderChoice("INBOX", "inbox", 20118, True),
    FolderChoice("受注/2026年度", "", 1204, True),
    FolderChoice("Sent", "sent", 300, True),
    FolderChoice("Junk", "spam", 77, False),
    FolderChoice("Trash", "trash", None, False),
]


class DeskLogin:
    """A login that waits until a test brings the browser back."""

    url = (
        "https://login.example/authorize?client_id=abc&redirect_uri=http%3A%2F%2F127.0.0.1%3A8719%2F&scope=" + "s" * 180
    )
    ssh_line = "ssh -L 8719:127.0.0.1:8719 nami@server.zylker.example"

    def __init__(self):
        self.came = threading.Event()
        self.stopped = 0

    def wait(self, stopped):
        while not self.came.wait(0.02):
            if stopped():
                self.stopped += 1
                return ""
        return "refresh-1"

    def pasted(self, text):
        if "code=" not in text:
            raise UsageError("This is not the address that the browser ended at: it has no code.")
        return "refresh-2"

    def device(self):
        return type("Code", (), {"code": "ABCD-1234", "url": "https://login.example/device"})()

    def poll(self, code, stopped):
        return self.wait(stopped)


class SetupDesk:
    """Services of setting up, in memory."""

    def __init__(self, folder: Path):
        self.path = folder / "config.toml"
        self.candidates = list(FOUND)
        self.listed = list(FOLDERS)
        self.outcomes = []
        self.searched = threading.Event()
        self.searched.set()
        self.tried, self.written, self.kept, self.asked = [], [], [], []
        self.open = True
        self.there = False
        self.started = 0
        self.passphrases = ["correct horse"]
        self.login_made = DeskLogin()

    @property
    def setup(self):
        return self

    @property
    def signing_in(self):
        return self

    @property
    def secrets(self):
        return self

    @property
    def removing(self):
        return self

    @property
    def live(self):
        return self

    def ensure_process(self):
        self.started += 1

    # setup
    def find(self, address, *, central=False, stopped=bool):
        self.asked.append((address, central))
        while not self.searched.wait(0.02):
            if stopped():
                return []
        return self.candidates

    def name_for(self, address):
        return address.partition("@")[2].partition(".")[0]

    def test(self, proposal, secret):
        self.tried.append((proposal, secret))
        return self.outcomes.pop(0) if self.outcomes else Tried(True, "imap.zylker.example:993; sends by smtp", 0, True)

    def folders(self, proposal, secret):
        return self.listed

    def account(self, proposal):
        return proposal

    def begin(self, account):
        return self.login_made

    def keep(self, proposal, secret):
        if not self.open:
            raise CredentialsError("The encrypted passwords are locked; run: salesinbox secrets unlock")
        self.kept.append(secret)
        return "file"

    keep_token = keep

    def write(self, proposal):
        self.written.append(proposal)
        return self.path

    # secrets
    def locked(self):
        return not self.open

    wants_passphrase = locked

    def is_there(self):
        return self.there

    def unlock(self, passphrase):
        if passphrase not in self.passphrases:
            raise CredentialsError("This is not the passphrase.")
        self.open = True
        return True

    def set_passphrase(self, old, new):
        self.open = self.there = True
        self.passphrases.append(new)

    def used(self, account):
        return []
