"""Maildirs that tests write by hand, as other programs do, and sessions on them."""

from pathlib import Path

from salesinbox.model.settings import Account, Maildir
from salesinbox.providers.maildir.session import MaildirSession


def mail(subject: str, body: str = "Hello", message_id: str = "") -> bytes:
    """With the line ends that files have here."""
    head = f"From: Ann <ann@customer.example>\nTo: rep@zylker.example\nSubject: {subject}\n"
    return f"{head}Message-ID: {message_id or f'<{subject}@test.example>'}\n\n{body}\n".encode()


def make(path: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True, exist_ok=True)
    return path


def put(folder: Path, name: str, content: bytes | None = None) -> Path:
    """A file in `cur` if its name tells flags, else in `new`."""
    make(folder)
    path = folder / ("cur" if ":2," in name else "new") / name
    waiting = folder / "tmp" / name.partition(":")[0]
    waiting.write_bytes(mail(waiting.name) if content is None else content)
    waiting.rename(path)
    return path


def account(root: Path) -> Account:
    return Account("files", "rep@zylker.example", "maildir", maildir=Maildir(root))


def session(root: Path, home: Path | None = None) -> MaildirSession:
    """Connected; nobody need close it."""
    made = MaildirSession(account(root), lambda: "", home)
    made.connect()
    return made


def names_in(folder: Path) -> list[str]:
    """The names of all files in `cur` and `new`."""
    return sorted(path.name for part in ("cur", "new") for path in (folder / part).iterdir())


def left_in_tmp(root: Path) -> list[str]:
    return [path.name for folder in root.rglob("tmp") for path in folder.iterdir()]
