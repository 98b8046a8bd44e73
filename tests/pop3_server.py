"""A POP3 server whose every word a test may set, and Dovecot's, as mailboxes to fetch from.

with Pop3Server() as server:
    server.put(raw)                         # one more message, with a name of its own
    account = server.account(keep_days=0)
    server.said                             # what clients said, secrets included
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from salesinbox.model.settings import NO_TLS, Account, Pop3
from salesinbox.providers.maildir.ledger import FILE as NUMBERS
from salesinbox.providers.maildir.ledger import Ledger
from salesinbox.providers.pop3.session import Pop3Session
from tests.maildir_box import Client, MaildirBox
from tests.servers import SECRET, Dovecot, Mailbox, free_port, until

CAPABILITIES = ("USER", "UIDL", "TOP", "SASL PLAIN", "RESP-CODES", "AUTH-RESP-CODE")


def settings(port: int, user: str = "rep", **changes: Any) -> Pop3:
    return Pop3(**{"host": "127.0.0.1", "port": port, "tls": NO_TLS, "user": user, "password": SECRET, **changes})


def account(port: int, user: str = "rep", name: str = "work", **changes: Any) -> Account:
    return Account(name, f"{user}@zylker.example", "pop3", pop3=settings(port, user, **changes))


def stuffed(raw: bytes) -> bytes:
    """A message as it goes over the line, its end included (RFC 1939 §3)."""
    ended = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    return (b"\r\n" + ended).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


@dataclass
class Pop3Server:
    """One mailbox, which one client at a time may be logged in to. What it says may be set at any time."""

    capabilities: tuple[str, ...] | None = CAPABILITIES
    """None: it does not know CAPA."""
    greeting: bytes = b"+OK ready\r\n"
    login: bytes = b"+OK\r\n"
    """What it says to a right password."""
    refusal: bytes = b"-ERR [AUTH] wrong\r\n"
    answers: dict[str, bytes] = field(default_factory=dict)
    """What it says to a command ("RETR 3", "UIDL"), word for word, in place of its own answer."""
    cut_at: str = ""
    """The command at whose answer the line is cut in the middle."""
    when: Callable[[str], None] = lambda _command: None
    """Called before each answer, with the command."""
    messages: dict[bytes, bytes] = field(default_factory=dict)
    """What it calls a message -> the message, as on the wire but for dots."""
    said: list[str] = field(default_factory=list)
    logins: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lines: list[socket.socket] = []
        self._closed = False
        self._serial = 0
        self._in_use = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def put(self, raw: bytes, name: bytes = b"") -> bytes:
        self._serial += 1
        name = name or b"name-%d" % self._serial
        self.messages[name] = raw
        return name

    def account(self, **changes: Any) -> Account:
        return account(self.port, **changes)

    def count(self, command: str) -> int:
        """How often a command was said."""
        return sum(one.split(" ")[0] == command for one in self.said)

    def _listen(self) -> None:
        while not self._closed:
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            self._lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line.makefile("rb") as commands:
            held = False
            try:
                line.sendall(self.greeting)
                listing: list[bytes] = []
                deleted: set[bytes] = set()
                waiting = False
                for raw in commands:
                    command = raw.decode().rstrip("\r\n")
                    self.said.append(command)
                    self.when(command)
                    verb = "SASL" if waiting else command.split(" ")[0].upper()
                    waiting = False
                    if command in self.answers or verb in self.answers:
                        line.sendall(self.answers.get(command, self.answers.get(verb, b"")))
                        continue
                    if command == self.cut_at and verb != "RETR":
                        return
                    right = False
                    if verb == "CAPA":
                        told = self.capabilities
                        line.sendall(
                            b"-ERR\r\n"
                            if told is None
                            else b"+OK\r\n" + "".join(f"{one}\r\n" for one in told).encode() + b".\r\n"
                        )
                    elif verb == "AUTH":
                        waiting = True
                        line.sendall(b"+ \r\n")
                    elif verb == "USER":
                        line.sendall(b"+OK\r\n")
                    elif verb in ("PASS", "SASL"):
                        waiting = False
                        right = command in (f"PASS {SECRET}", "AHJlcABzZWNyZXQ=")
                        if (
                            right
                            and self.login.startswith(b"+OK")
                            and not (held := self._in_use.acquire(blocking=False))
                        ):
                            line.sendall(b"-ERR [IN-USE] somebody is here\r\n")
                            continue
                        line.sendall(self.login if right else self.refusal)
                        self.logins += right
                        listing = list(self.messages)
                    elif verb == "UIDL":
                        rows = [b"%d %s\r\n" % (n, name) for n, name in enumerate(listing, 1)]
                        line.sendall(b"+OK\r\n" + b"".join(rows) + b".\r\n")
                    elif verb == "STAT":
                        line.sendall(b"+OK %d 1\r\n" % len(listing))
                    elif verb == "RETR":
                        whole = b"+OK 5 octets\r\n" + stuffed(self.messages[listing[int(command.split()[1]) - 1]])
                        if command == self.cut_at:
                            line.sendall(whole[: len(whole) // 2])
                            return
                        line.sendall(whole)
                    elif verb == "DELE":
                        deleted.add(listing[int(command.split()[1]) - 1])
                        line.sendall(b"+OK\r\n")
                    elif verb == "QUIT":
                        for name in deleted:
                            self.messages.pop(name, None)
                        line.sendall(b"+OK\r\n")
                        return
                    else:
                        line.sendall(b"-ERR unknown\r\n")
            finally:
                if held:
                    self._in_use.release()
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                line.close()


class Pop3Dovecot(Dovecot):
    """Dovecot with POP3 beside IMAP, on `pop3_port` and, with a certificate, on `pop3s_port`."""

    def __init__(self, folder: Path, *, extra: str = "", **options: Any) -> None:
        self.pop3_port, self.pop3s_port = free_port(), free_port()
        secured = "yes" if options.get("certificate") else "no"
        super().__init__(
            folder,
            extra=f"""
protocols = imap pop3
service pop3-login {{
  chroot =
  service_count = 0
  inet_listener pop3 {{
    port = {self.pop3_port}
  }}
  inet_listener pop3s {{
    port = {self.pop3s_port if options.get("certificate") else 0}
    ssl = {secured}
  }}
}}
pop3_uidl_format = %08Xu%08Xv
pop3_lock_session = yes
{extra}
""",
            **options,
        )

    def start(self) -> None:
        super().start()

        def greets() -> bool:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.pop3_port), 2) as line:
                line.settimeout(2)
                return line.recv(3) == b"+OK"
            return False

        until(greets, "Dovecot answers by POP3")


@dataclass(frozen=True)
class Pop3Mailbox:
    """A mailbox on Dovecot that the program fetches from by POP3; `mailbox` is the same by IMAP."""

    mailbox: Mailbox
    home: Path
    kind = "pop3"

    @property
    def user(self) -> str:
        return self.mailbox.user

    @property
    def password(self) -> str:
        return self.mailbox.password

    @property
    def port(self) -> int:
        assert isinstance(self.mailbox.server, Pop3Dovecot)
        return self.mailbox.server.pop3_port

    def account(self, **changes: Any) -> Account:
        return account(self.port, self.user, **changes)

    def deliver(self, raw: bytes) -> None:
        self.mailbox.deliver(raw)

    def on_server(self) -> int:
        with self.mailbox.client() as other:
            return int(other.select_folder("INBOX", readonly=True)[b"EXISTS"])


class _Client(Client):
    def create_folder(self, folder: str) -> None:
        """The program has made some of its own already."""
        if not self.folder_exists(folder):
            self._other.create_folder(folder)


class Pop3Box(MaildirBox):
    """A `Mailbox` for the contract: mail comes into the INBOX by POP3, and is then worked with in the program's files.

    Those files are another Dovecot mailbox, by which the other client sees and changes what the program sees.
    """

    kind = "pop3"

    def __init__(self, source: Mailbox, here: Mailbox, home: Path) -> None:
        self.source = source
        home.mkdir(mode=0o700, parents=True)
        maildir = here.maildir()
        (home / "mail").symlink_to(maildir)
        keywords = maildir / "dovecot-keywords"
        keywords.touch()
        os.chown(keywords, maildir.stat().st_uid, maildir.stat().st_gid)
        super().__init__(here, home)
        self.session().close()  # from now on it has its folders

    def account(self, name: str = "work", **changes: Any) -> Account:
        assert isinstance(self.source.server, Pop3Dovecot)
        return account(self.source.server.pop3_port, self.source.user, name, **changes)

    def session(self) -> Pop3Session:
        made = Pop3Session(self.account(), lambda: SECRET, self.home)
        made.connect()
        return made

    def client(self) -> Client:
        return _Client(self)

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """What lies elsewhere than in the INBOX, or has flags, was put there by the program: POP3 knows neither."""
        if folder.upper() == "INBOX" and not flags:
            self.source.deliver(raw)
        else:
            self.mailbox.deliver(raw, folder, flags)

    def uniques(self, folder: str) -> dict[int, str]:
        session = self.session()
        try:
            session.open("INBOX", None)
            session.open(folder, None)
        finally:
            session.close()
        ledger = Ledger(self.home / NUMBERS)
        try:
            return {uid: key.decode() for key, uid in ledger.book(folder).uids.items()}
        finally:
            ledger.close()
