"""Real mail servers for tests and benchmarks, a proxy that cuts lines, and a server that says what it is told to.

    with Dovecot(folder) as server:             # or Pymap(folder)
        server.deliver(raw, flags="S")          # into the INBOX of "rep", by the Maildir
        with server.client() as other: ...      # another client, already logged in
        account = server.account()              # what the program needs to reach it

Any user name is taken, with the password "secret"; `server.login("anyone")` is a fresh mailbox on the same server.
"""

import contextlib
import fcntl
import grp
import itertools
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import imapclient
from imapclient import imap_utf7

from salesinbox.model.settings import NO_TLS, Account, Imap

SECRET = "secret"
_serial = itertools.count(1)


def until(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Wait until `condition` is true; an AssertionError that says `what` did not happen, else."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds:g} s still not: {what}")
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, greeting: bytes = b"* ") -> bool:
    """True when something on this port of the loopback says a greeting."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as line:
            line.settimeout(2)
            return line.recv(2) == greeting
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One user's mail on a server: everything that a test or a benchmark does to it from outside."""

    server: "Dovecot | Pymap"
    user: str
    password: str = SECRET

    @property
    def host(self) -> str:
        return self.server.host

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def kind(self) -> str:
        """qresync, condstore, plain or pymap."""
        return self.server.kind

    def account(self, name: str = "work", **changes: object) -> Account:
        settings: dict[str, object] = {
            "host": self.host,
            "port": self.port,
            "tls": NO_TLS,
            "user": self.user,
            "password": self.password,
            **changes,
        }
        return Account(name, f"{self.user}@zylker.example", "imap", Imap(**settings))

    def client(self) -> imapclient.IMAPClient:
        """Another mail client, logged in."""
        other = imapclient.IMAPClient(self.host, self.port, ssl=False, timeout=20)
        other.normalise_times = False
        other.login(self.user, self.password)
        return other

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Put a message there. `flags` are Maildir letters: S seen, R answered, F flagged, D draft, T deleted."""
        self.server.put(self.user, raw, folder, flags)

    def maildir(self) -> Path:
        assert isinstance(self.server, Dovecot)
        return self.server.maildir(self.user)


class _Process:
    """A server in a process of its own, on a port that stays the same when it is stopped and started again."""

    host = "127.0.0.1"
    kind = ""
    default_user = "rep"

    def __init__(self) -> None:
        self.port = free_port()
        self._running: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def log(self) -> str:
        return ""

    def start(self) -> None:
        assert self._running is None
        self._running = running = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

        def ready() -> bool:
            if running.poll() is not None:
                raise AssertionError(f"{self.command()[0]} ended with {running.returncode}: {self.log()}")
            return answers(self.port)

        try:
            until(ready, f"{self.command()[0]} answers on port {self.port}")
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and all its lines. Nothing happens when it does not run."""
        if self._running is None:
            return
        running, self._running = self._running, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGTERM)
        try:
            running.wait(1)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait(10)

    def login(self, user: str, password: str = SECRET) -> Mailbox:
        assert isinstance(self, Dovecot | Pymap)
        return Mailbox(self, user, password)

    def account(self, name: str = "work", **changes: object) -> Account:
        return self.login(self.default_user).account(name, **changes)

    def client(self) -> imapclient.IMAPClient:
        return self.login(self.default_user).client()

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> None:
        self.login(self.default_user).deliver(raw, folder, flags)


_DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
mail_uid = {mail_uid}
mail_gid = {mail_gid}
first_valid_uid = 1
mail_home = {mail}/%u
mail_location = maildir:{mail}/%u
mail_fsync = never
mail_max_userip_connections = 200
auth_failure_delay = 0
disable_plaintext_auth = no
maildir_very_dirty_syncs = no
ssl = {ssl}
{extra}
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {root}/users
  result_failure = continue
}}
passdb {{
  driver = static
  args = password={secret}
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={mail}/%u
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = {imaps}
  }}
}}
service auth {{
  client_limit = 4000
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap {{
  service_count = 100
  process_min_avail = 1
}}
"""

PLAIN_CAPABILITIES = "IMAP4rev1 LITERAL+ ID IDLE NAMESPACE CHILDREN UIDPLUS MOVE UNSELECT"
"""What a server offers that keeps no change counters, Microsoft 365 for one."""

CONDSTORE_CAPABILITIES = f"{PLAIN_CAPABILITIES} ENABLE CONDSTORE ESEARCH SPECIAL-USE"
"""What a server offers that tells of changed flags but not of lost messages, Gmail for one."""


class Dovecot(_Process):
    """Dovecot with its own configuration. Without `qresync` the client sees no CONDSTORE, QRESYNC or ESEARCH.

    `users` have passwords of their own; everybody else has "secret". With `certificate` (chain file, key file) there
    is STARTTLS on `port` and TLS on `tls_port`. `compress` offers COMPRESS=DEFLATE. `capabilities` replaces what the
    server says of itself. `special_use` maps folder names to attributes (`{"Gesendet": "\\Sent"}`), created at login.
    `extra` are more lines of its configuration, before the databases of users.
    """

    def __init__(
        self,
        folder: Path,
        *,
        qresync: bool = True,
        users: Mapping[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        compress: bool = False,
        capabilities: str = "",
        special_use: Mapping[str, str] | None = None,
        extra: str = "",
    ) -> None:
        super().__init__()
        binary = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if binary is None:
            binary = _install_dovecot()
        self._binary = binary
        self.kind = "qresync" if qresync else "condstore" if b"CONDSTORE" in capabilities.encode() else "plain"
        self.tls_port = free_port()
        self._certificate = certificate
        self._compress = compress
        self._capabilities = capabilities or ("" if qresync else PLAIN_CAPABILITIES)
        self._special_use = special_use or {}
        self._users = users or {}
        self._extra = extra
        self._own: tempfile.TemporaryDirectory[str] | None = None
        if os.getuid() == 0:
            # Dovecot serves no mail as root, so the mail belongs to a plain user, who must be able to get there.
            self._mail_user = pwd.getpwnam("nobody")
            if not _reachable(folder):
                self._own = tempfile.TemporaryDirectory(prefix="salesinbox-dovecot-")
                folder = Path(self._own.name)
                folder.chmod(0o711)
        else:
            self._mail_user = pwd.getpwuid(os.getuid())
        self.root = folder
        self.mail = folder / "mail"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._own is not None:
            self._own.cleanup()

    def command(self) -> Sequence[str]:
        return [self._binary, "-c", str(self.root / "dovecot.conf"), "-F"]

    def log(self) -> str:
        file = self.root / "dovecot.log"
        return file.read_text(errors="replace")[-2000:] if file.exists() else ""

    def start(self) -> None:
        self.mail.mkdir(parents=True, exist_ok=True)
        self._give(self.mail)
        (self.root / "users").write_text("".join(f"{user}:{word}\n" for user, word in self._users.items()))
        me = self._mail_user
        as_root = os.getuid() == 0
        extra = [self._extra]
        if self._certificate:
            chain, key = self._certificate
            extra += [f"ssl_cert = <{chain}", f"ssl_key = <{key}"]
        protocol = []
        if self._compress:
            protocol.append("  mail_plugins = imap_zlib")
        if self._capabilities:
            protocol.append(f"  imap_capability = {self._capabilities}")
        extra += ["protocol imap {", *protocol, "}"]
        if self._special_use:
            boxes = [
                f'  mailbox "{name}" {{\n    auto = create\n    special_use = {use}\n  }}'
                for name, use in self._special_use.items()
            ]
            extra += ["namespace inbox {", *boxes, "}"]
        text = _DOVECOT.format(
            root=self.root,
            mail=self.mail,
            port=self.port,
            tls_port=self.tls_port if self._certificate else 0,
            imaps="yes" if self._certificate else "no",
            ssl="yes" if self._certificate else "no",
            login_user="dovenull" if as_root else me.pw_name,
            internal_user="dovecot" if as_root else me.pw_name,
            internal_group="dovecot" if as_root else grp.getgrgid(me.pw_gid).gr_name,
            mail_uid=me.pw_uid,
            mail_gid=me.pw_gid,
            secret=SECRET,
            extra="\n".join(extra),
        )
        (self.root / "dovecot.conf").write_text(text)
        super().start()

    def maildir(self, user: str = "rep") -> Path:
        """The root of the user's Maildir (cur, new, tmp; folders as ".Name.Sub" in modified UTF-7)."""
        root = self.mail / user
        for part in (root, root / "cur", root / "new", root / "tmp"):
            if not part.is_dir():
                part.mkdir()
                self._give(part)
        return root

    def put(self, user: str, raw: bytes, folder: str, flags: str) -> None:
        root = self.maildir(user)
        if folder.upper() != "INBOX":
            root /= "." + imap_utf7.encode(folder.replace("/", ".")).decode("ascii")
            for part in (root, root / "cur", root / "new", root / "tmp"):
                if not part.is_dir():
                    part.mkdir()
                    self._give(part)
        name = f"{int(time.time())}.M{next(_serial)}P{os.getpid()}.tests"
        written = root / "tmp" / name
        written.write_bytes(raw)
        self._give(written)
        written.rename(root / "cur" / f"{name}:2,{''.join(sorted(flags))}" if flags else root / "new" / name)

    def take_over(self, maildir: Path, user: str = "rep") -> None:
        """Make a prepared Maildir the user's INBOX, by hard links where the file system allows."""
        root = self.maildir(user)
        for part in ("cur", "new"):
            for source in (maildir / part).iterdir() if (maildir / part).is_dir() else ():
                target = root / part / source.name
                shutil.copyfile(source, target)
                self._give(target)

    def _give(self, path: Path) -> None:
        if os.getuid() == 0:
            os.chown(path, self._mail_user.pw_uid, self._mail_user.pw_gid)


def _reachable(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents] if parent.exists())


def _install_dovecot() -> str:
    """Debian's package, where it may be installed; several test processes may want it at the same moment."""
    if os.getuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with (Path(tempfile.gettempdir()) / f"salesinbox-tests-{os.getuid()}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not shutil.which("dovecot", path="/usr/sbin:/usr/bin"):
                for words in (["update", "-qq"], ["install", "-y", "-qq", "dovecot-imapd"]):
                    subprocess.run(["apt-get", *words], check=True, capture_output=True, env=quiet)
        if binary := shutil.which("dovecot", path="/usr/sbin:/usr/bin"):
            return binary
    raise AssertionError("these tests need Dovecot: install the package dovecot-imapd")


class Pymap(_Process):
    """pymap, in memory: an IMAP server without CONDSTORE. It knows one user. `messages` are put into the INBOX."""

    kind = "pymap"

    def __init__(self, folder: Path, *, user: str = "rep", messages: Sequence[bytes] = ()) -> None:
        super().__init__()
        self.root = folder
        self.default_user = user
        self._messages = messages
        self._putter: imapclient.IMAPClient | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self) -> Sequence[str]:
        return [
            sys.executable,
            "-c",
            "from pymap.main import main; main()",
            *("--no-service", "managesieve", "--no-service", "admin"),
            *("--host", "127.0.0.1", "--port", str(self.port), "--no-tls"),
            *("dict", "--demo-user", self.default_user, "--demo-password", SECRET),
        ]

    def start(self) -> None:
        super().start()
        for raw in self._messages:
            self.put(self.default_user, raw, "INBOX", "")

    def put(self, user: str, raw: bytes, folder: str, flags: str) -> None:
        names = {"S": b"\\Seen", "R": b"\\Answered", "F": b"\\Flagged", "D": b"\\Draft", "T": b"\\Deleted"}
        if self._putter is None:
            # Kept, because checking a password takes pymap longer than everything else.
            self._putter = self.login(user).client()
        if not self._putter.folder_exists(folder):
            self._putter.create_folder(folder)
        self._putter.append(folder, raw, [names[letter] for letter in flags])

    def stop(self) -> None:
        if self._putter is not None:
            with contextlib.suppress(OSError, imapclient.exceptions.IMAPClientError):
                self._putter.shutdown()
            self._putter = None
        super().stop()


class Cut:
    """A TCP proxy before a server: `cut` breaks all lines, `stall` lets nothing through any more.

    It also counts octets: `sent` to the server, `received` from it.
    """

    host = "127.0.0.1"

    def __init__(self, port: int) -> None:
        self._target = port
        self._lines: list[tuple[socket.socket, socket.socket]] = []
        self._stalled = threading.Event()
        self._closed = False
        self.sent = self.received = 0
        self.answers_left: int | None = None
        """How many more times the server is heard; then its answer is lost and the lines break. None: no end."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._wake_out, self._wake_in = os.pipe()
        self._waking = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._wake()
        self._thread.join(10)
        self.cut()
        self._listener.close()
        with self._waking:
            os.close(self._wake_in)
            os.close(self._wake_out)
            self._wake_in = -1

    def cut(self) -> None:
        """Break every line that is open now; new ones are let through."""
        lines, self._lines = self._lines, []
        for pair in lines:
            for side in pair:
                with contextlib.suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)
                side.close()
        with contextlib.suppress(OSError):
            self._wake()

    def stall(self) -> None:
        """Let nothing through, and keep the lines open: what a dead network looks like."""
        self._stalled.set()
        self._wake()

    def flow(self) -> None:
        """Let everything through again."""
        self._stalled.clear()
        self._wake()

    def _wake(self) -> None:
        with self._waking:  # a server's thread may still cut when the test is over: the number is another line's then
            if self._wake_in >= 0:
                os.write(self._wake_in, b".")

    def _run(self) -> None:
        while not self._closed:
            lines = list(self._lines)
            peers = {a: b for pair in lines for a, b in (pair, pair[::-1]) if a.fileno() >= 0 and b.fileno() >= 0}
            watched = [self._wake_out, self._listener]
            if not self._stalled.is_set():
                watched += peers
            try:
                ready, _, _ = select.select(watched, [], [], 10)
            except (OSError, ValueError):
                continue  # cut() closed one of them meanwhile
            if self._wake_out in ready:
                os.read(self._wake_out, 4096)
            if self._listener in ready:
                outer, _ = self._listener.accept()
                self._lines.append((outer, socket.create_connection(("127.0.0.1", self._target))))
            servers = {inner for _, inner in lines}
            for side in ready:
                if isinstance(side, socket.socket) and side in peers:
                    self._pass(side, peers[side], from_server=side in servers)

    def _pass(self, source: socket.socket, target: socket.socket, *, from_server: bool) -> None:
        try:
            octets = source.recv(1 << 16)
            if from_server and self.answers_left is not None:
                self.answers_left -= 1
                if self.answers_left < 0:
                    octets = b""
            if octets:
                target.sendall(octets)
        except OSError:
            octets = b""
        if from_server:
            self.received += len(octets)
        else:
            self.sent += len(octets)
        if not octets:
            for side in (source, target):
                side.close()
            self._lines = [pair for pair in self._lines if source not in pair]


SELECTED = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 4] n\r\n"
"""What a server says to EXAMINE: three messages, none of them with a UID of 4 or more."""


@dataclass
class Saying:
    """A server that says what it is told to: for answers that no good server gives.

    `lines` maps the beginning of a command (upper case) to what is said before its OK, or, when it begins with NO,
    BAD or "+", in its place. "{tag}" becomes the command's tag. `heard` collects what the client sends. It serves one
    connection after the other.
    """

    lines: Mapping[bytes, bytes] = field(default_factory=dict)
    capabilities: bytes = b"IMAP4rev1 AUTH=PLAIN"
    greeting: bytes = b"* OK ready\r\n"
    host: str = "127.0.0.1"
    heard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._line: socket.socket | None = None
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1):
            pass
        self._thread.join(10)
        self._listener.close()

    def account(self, **changes: object) -> Account:
        settings: dict[str, object] = {
            "host": self.host,
            "port": self.port,
            "tls": NO_TLS,
            "user": "rep",
            **changes,
        }
        return Account("work", "rep@zylker.example", "imap", Imap(**settings))

    def say(self, octets: bytes) -> None:
        """Send something that nobody asked for."""
        assert self._line is not None
        self._line.sendall(octets)

    def _run(self) -> None:
        while not self._closed:
            line, _ = self._listener.accept()
            with line, line.makefile("rb") as lines, contextlib.suppress(OSError):
                self._line, waiting = line, b""
                line.sendall(self.greeting)
                for first in lines:
                    self.heard.append(first)
                    command = first.rstrip(b"\r\n")
                    while mark := re.search(rb"\{(\d+)(\+?)\}\Z", command):
                        if not mark[2]:
                            line.sendall(b"+ go on\r\n")
                        self.heard.append(lines.read(int(mark[1])))
                        self.heard.append(lines.readline())
                        command += b"\r\n" + self.heard[-2] + self.heard[-1].rstrip(b"\r\n")
                    tag, _, rest = command.partition(b" ")
                    if not rest:
                        # A SASL response, or DONE: it ends the command before it.
                        tag, rest = waiting, tag
                    waiting = tag
                    said = self._answer(tag, rest)
                    line.sendall(said)
                    if rest.upper() == b"LOGOUT" or b"* BYE" in said:
                        break

    def _answer(self, tag: bytes, command: bytes) -> bytes:
        done = tag + b" OK done\r\n"
        for start, template in self.lines.items():
            if command.upper().startswith(start):
                said = template.replace(b"{tag}", tag)
                if said.startswith((b"NO", b"BAD")):
                    return tag + b" " + said + b"\r\n"
                return said if said.startswith(b"+") else said + done
        verb = command.upper().split(b" ")[0]
        if verb == b"CAPABILITY":
            return b"* CAPABILITY " + self.capabilities + b"\r\n" + done
        if verb in (b"AUTHENTICATE", b"IDLE"):
            return b"+ go on\r\n"
        return (SELECTED if verb in (b"EXAMINE", b"SELECT") else b"") + done


@dataclass(frozen=True, slots=True)
class Certificates:
    """A small certificate authority, and what its servers show: each is (chain file, key file)."""

    ca_file: Path
    valid: tuple[Path, Path]
    expired: tuple[Path, Path]
    wrong_host: tuple[Path, Path]
    unknown: tuple[Path, Path]
    """Signed by an authority that `ca_file` does not name."""


def make_certificates(folder: Path) -> Certificates:
    """Valid for "localhost", 127.0.0.1 and zylker.example with its hosts, unless the name says otherwise."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def authority(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return certificate, key

    def server(
        file: str,
        issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
        names: Sequence[x509.GeneralName],
        days: int = 20,
    ) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(named(file))
            .issuer_name(issuer[0].subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=20))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(issuer[1], hashes.SHA256())
        )
        chain, private = folder / f"{file}.pem", folder / f"{file}.key"
        chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return chain, private

    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = authority("Zylker test authority"), authority("Somebody else")
    domain = [x509.DNSName("zylker.example"), x509.DNSName("*.zylker.example")]
    here = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), *domain]
    ca_file = folder / "authority.pem"
    ca_file.write_bytes(ours[0].public_bytes(serialization.Encoding.PEM))
    return Certificates(
        ca_file,
        valid=server("valid", ours, here),
        expired=server("expired", ours, here, days=-2),
        wrong_host=server("wrong-host", ours, [x509.DNSName("mail.elsewhere.example")]),
        unknown=server("unknown", theirs, here),
    )
