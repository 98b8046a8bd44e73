"""The programs that a rep would use otherwise, configured on the same mail: aerc, neomutt, mbsync, notmuch.

Each has a home folder of its own below the bench folder, and speaks to the loopback only.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers import Mailbox

PACKAGES = {"aerc": "aerc", "neomutt": "neomutt", "mbsync": "isync", "notmuch": "notmuch"}


def install() -> dict[str, str]:
    """Where each program is, installed as a package first where that is possible; those that are missing are left out."""
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
            check=False,
            capture_output=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    return {program: found for program in PACKAGES if (found := shutil.which(program))}


def versions() -> list[str]:
    """Name and version of each program that is here."""
    asked = {"aerc": ["-v"], "neomutt": ["-v"], "mbsync": ["-v"], "notmuch": ["--version"]}
    found = []
    for program, path in install().items():
        done = subprocess.run([path, *asked[program]], check=False, capture_output=True, text=True)
        number = re.search(r"\d[\d.]+\d", done.stdout + done.stderr)
        found.append(f"{program} {number[0] if number else '?'}")
    return found


def environment(home: Path) -> dict[str, str]:
    """What a program sees: its own home, a UTF-8 locale, the usual path, and nothing of the caller's."""
    home.mkdir(parents=True, exist_ok=True)
    runtime = home / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_RUNTIME_DIR": str(runtime),
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "TZ": "Asia/Tokyo",
        "USER": "rep",
    }


@dataclass(frozen=True, slots=True)
class Program:
    """A terminal program on this mail: what to run, what moves the cursor and turns the page, how to leave it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    down: bytes = b"j"
    page: bytes = b"\x06"
    leave: bytes = b"q"


def aerc(home: Path, *, server: Mailbox | None = None, maildir: Path | None = None, archive: str = "") -> Program:
    """aerc on IMAP with its header cache, or on a Maildir. With accounts.conf there it starts without its wizard."""
    variables = environment(home)
    folder = home / ".config/aerc"
    folder.mkdir(parents=True, exist_ok=True)
    if server is not None:
        source = (
            f"source = imap+insecure://{server.user}:{server.password}@{server.host}:{server.port}\n"
            "cache-headers = true"
        )
    else:
        assert maildir is not None
        copy(maildir, home / "mail/INBOX")
        source = f"source = maildir://{home / 'mail'}"
    if archive:
        source += f"\narchive = {archive}"
    accounts = folder / "accounts.conf"
    accounts.write_text(f"[work]\n{source}\ndefault = INBOX\nfrom = Rep <rep@zylker.example>\n")
    accounts.chmod(0o600)
    for name in ("aerc.conf", "binds.conf"):
        shutil.copyfile(Path("/usr/share/aerc") / name, folder / name)
    return Program("aerc", ["aerc"], variables, leave=b":quit -f\r")


def neomutt(home: Path, *, server: Mailbox | None = None, maildir: Path | None = None, archive: str = "") -> Program:
    """neomutt on IMAP with header and message cache, or on a Maildir with a header cache; newest first, threaded."""
    variables = environment(home)
    (home / "headers").mkdir(exist_ok=True)
    (home / "bodies").mkdir(exist_ok=True)
    if server is not None:
        where = (
            f'set folder = "imap://{server.user}@{server.host}:{server.port}/"\nset imap_pass = "{server.password}"\n'
            'set ssl_starttls = no\nset ssl_force_tls = no\nset imap_qresync = yes\nset spoolfile = "+INBOX"\n'
        )
    else:
        assert maildir is not None
        here = copy(maildir, home / "mail/INBOX")
        where = f'set mbox_type = Maildir\nset folder = "{here}"\nset spoolfile = "{here}"\n'
    configuration = home / "neomuttrc"
    configuration.write_text(
        f'{where}set header_cache = "{home}/headers"\nset message_cachedir = "{home}/bodies"\n'
        'set from = "rep@zylker.example"\nset sort = threads\nset sort_aux = reverse-last-date-sent\n'
        "set quit = yes\nset confirmappend = no\nset collapse_unread = yes\n"
        "bind index j next-entry\nbind index <PageDown> next-page\n"
    )
    if archive:
        with configuration.open("a") as file:
            file.write(f'macro index A "<save-message>={archive}<enter>"\nset confirmappend = no\n')
    return Program("neomutt", ["neomutt", "-n", "-F", str(configuration)], variables, page=b"\x1b[6~")


def copy(maildir: Path, target: Path) -> Path:
    """The same messages in a Maildir of its own, by hard links: programs rename files there, and never write into one."""
    for part in ("cur", "new", "tmp"):
        (target / part).mkdir(parents=True, exist_ok=True)
        here = {file.name.partition(":")[0] for file in os.scandir(target / part)}
        for file in os.scandir(maildir / part):
            if file.name.partition(":")[0] not in here:
                os.link(file, target / part / file.name)
    return target


@dataclass(frozen=True, slots=True)
class Mirror:
    """mbsync into a Maildir, and notmuch on it: the usual way to mail that is here and can be searched."""

    home: Path
    environment: Mapping[str, str]

    @property
    def maildir(self) -> Path:
        return self.home / "mail/INBOX"

    def sync(self) -> float:
        """One `mbsync -a`; seconds."""
        return _timed(["mbsync", "-c", str(self.home / ".mbsyncrc"), "-a"], self.environment)

    def index(self) -> float:
        """One `notmuch new`; seconds."""
        return _timed(["notmuch", "new", "--quiet"], self.environment)


def mirror(home: Path, server: Mailbox) -> Mirror:
    """An empty mirror of the mailbox."""
    shutil.rmtree(home, ignore_errors=True)
    variables = environment(home)
    (home / "mail").mkdir()
    configuration = home / ".mbsyncrc"
    configuration.write_text(
        f"IMAPStore server\nHost {server.host}\nPort {server.port}\nUser {server.user}\nPass {server.password}\n"
        "SSLType None\nAuthMechs LOGIN\nPipelineDepth 50\n\n"
        f"MaildirStore here\nPath {home}/mail/\nInbox {home}/mail/INBOX\nSubFolders Verbatim\n\n"
        "Channel all\nFar :server:\nNear :here:\nPatterns *\nCreate Near\nSync All\nExpunge Near\nSyncState *\n"
    )
    configuration.chmod(0o600)
    (home / ".notmuch-config").write_text(
        f"[database]\npath={home}/mail\n[user]\nname=Rep\nprimary_email=rep@zylker.example\n"
        "[new]\ntags=inbox\nignore=.mbsyncstate;.uidvalidity\n[maildir]\nsynchronize_flags=true\n"
    )
    return Mirror(home, variables)


def _timed(command: Sequence[str], variables: Mapping[str, str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, env=variables, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}")
    return seconds
