"""A folder that the server refuses to open is told by name, and keeps nothing of the others back."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from salesinbox.providers import registry
from salesinbox.store.database import Database
from salesinbox.sync.incoming import Incoming
from tests.mailboxes import NOW, in_cache, mail, placing, sync
from tests.servers import Mailbox


@contextlib.contextmanager
def _shut(mailbox: Mailbox, folder: str) -> Iterator[None]:
    """The server itself cannot read the folder."""
    parts = [mailbox.maildir() / f".{folder}" / part for part in ("cur", "new", "tmp")]
    for part in parts:
        part.chmod(0)
    try:
        yield
    finally:
        for part in parts:
            part.chmod(0o700)


def _missing_bodies(path: Path) -> int:
    with Database(path, readonly=True) as database:
        return int(database.connection.execute("SELECT count(*) FROM message WHERE body_state = 0").fetchone()[0])


def test_ACC_7_a_refused_folder_stops_neither_headers_nor_contents_of_the_others(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    path = tmp_path / "data" / "mail.db"
    dovecot.deliver(mail(1))
    dovecot.deliver(mail(2), folder="Broken")
    assert all(folder.ok for folder in sync(dovecot, path).folders)
    dovecot.deliver(mail(3))
    with _shut(dovecot, "Broken"):
        found = {folder.name: folder for folder in sync(dovecot, path).folders}
    assert (found["INBOX"].ok, found["INBOX"].new) == (True, 1)
    assert (found["Broken"].ok, found["Broken"].local) == (False, 1)
    assert found["Broken"].error
    assert _missing_bodies(path) == 0
    assert len(in_cache(path)) == 3, "nothing of the refused folder is taken for deleted"


def test_ACC_7_a_refused_folder_does_not_end_the_watch_over_the_others(dovecot: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "data" / "mail.db"
    dovecot.deliver(mail(1))
    dovecot.deliver(mail(2), folder="Broken")
    sync(dovecot, path)
    account = dovecot.account()
    session = registry.session(account, lambda: dovecot.password)
    session.connect()
    with contextlib.closing(session), Database(path) as database, _shut(dovecot, "Broken"):
        incoming = Incoming(
            account, session, database, lambda: placing(account), lambda _event: None, lambda: NOW, thorough=False
        )
        incoming.list_folders()
        incoming.moved("Broken")
        incoming.peek("Broken")
        dovecot.deliver(mail(3))
        incoming.peek("INBOX")
        names = dict(database.connection.execute("SELECT name, last_error FROM folder").fetchall())
    assert names["Broken"]
    assert not names["INBOX"]
    assert len(in_cache(path)) == 3
    assert _missing_bodies(path) == 0
