"""What a server holds and what the cache holds, in one form, so that a test can say that they are equal."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import imapclient

from salesinbox.model.board import View
from salesinbox.model.mail import Flag
from salesinbox.model.settings import Account, Me
from salesinbox.model.status import AccountReport
from salesinbox.providers import registry
from salesinbox.providers.session import Session
from salesinbox.rules.columns import Own, own
from salesinbox.services.lines import Lines
from salesinbox.store import board, homes, pages
from salesinbox.store.database import Database
from salesinbox.sync.once import one_pass
from tests.servers import SECRET, Mailbox

if TYPE_CHECKING:
    from salesinbox.credentials import Credentials

NOW = 1_795_000_000
ME = Me(name="Rep", zone=ZoneInfo("Asia/Tokyo"), own_domains=("zylker.example",))
_BITS = {
    b"\\Seen": Flag.SEEN,
    b"\\Answered": Flag.ANSWERED,
    b"\\Flagged": Flag.FLAGGED,
    b"\\Draft": Flag.DRAFT,
    b"\\Deleted": Flag.DELETED,
    b"$Forwarded": Flag.FORWARDED,
}

State = Counter[tuple[str, str, int, str]]
"""How often each (folder, Message-ID, flag bits, other keywords) is there."""


def mail(number: int | str, *, sender: str = "", subject: str = "", references: str = "", body: str = "") -> bytes:
    """A plain message with the Message-ID <number@test.example>."""
    message = EmailMessage()
    message["From"] = sender or f"Customer {number} <c{number}@customer.example>"
    message["To"] = "Rep <rep@zylker.example>"
    message["Subject"] = subject or f"Subject {number}"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0900"
    message["Message-ID"] = f"<{number}@test.example>"
    if references:
        message["References"] = references
    message.set_content(body or f"Body of {number}\n")
    return message.as_bytes()


def placing(account: Account) -> board.Placing:
    return board.Placing(own(ME, [account]), "2026-11")


def owner(account: Account) -> Own:
    return own(ME, [account])


def sync(mailbox: Mailbox, path: Path, account: Account | None = None, now: int = NOW) -> AccountReport:
    """One pass in this process."""
    account = account or mailbox.account()
    made = line(account, mailbox.password, path.parent)
    return one_pass(account, made, path, lambda: placing(account), lambda _event: None, lambda: now)


class _OneSecret:
    """A place of secrets that knows a single one."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def secret(self, _account: Account) -> str:
        return self._secret

    sending_secret = secret

    def forget(self, _account: Account) -> None:
        pass

    forget_sending = forget


def lines(data: Path, secret: str = SECRET) -> Lines:
    """What opens lines for services, with one secret for all accounts."""
    return Lines(data, lambda: cast("Credentials", _OneSecret(secret)))


def line(account: Account, secret: str, data: Path | None = None) -> Callable[[], Session]:
    """What makes sessions of an account."""
    where = homes.home(data, account.name) if data is not None else None
    return lambda: registry.session(account, lambda: secret, where)


def on_server(client: imapclient.IMAPClient) -> State:
    """What another client sees, message by message."""
    state: State = Counter()
    for _flags, _delimiter, name in client.list_folders():
        client.select_folder(name, readonly=True)
        uids = client.search()
        if not uids:
            continue
        for data in client.fetch(uids, ["FLAGS", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]).values():
            header = data[b"BODY[HEADER.FIELDS (MESSAGE-ID)]"].decode()
            flags = [flag for flag in data[b"FLAGS"] if flag != b"\\Recent"]
            bits = sum(_BITS[flag] for flag in flags if flag in _BITS)
            words = sorted(flag.decode() for flag in flags if flag not in _BITS)
            state[name, header.partition(":")[2].strip(), bits, " ".join(words)] += 1
    return state


def in_cache(path: Path) -> State:
    state: State = Counter()
    with Database(path, readonly=True) as database:
        for name, message_id, flags, keywords in database.connection.execute(
            "SELECT folder.name, message_id, flags, keywords FROM location"
            " JOIN message ON message.id = location.message JOIN folder ON folder.id = folder_id"
        ):
            state[name, message_id, flags, keywords] += 1
    return state


def in_sight(path: Path) -> State:
    """What the rep sees: the server's word with the open operations laid over it."""
    state: State = Counter()
    with Database(path, readonly=True) as database:
        for name, message_id, flags, keywords in database.connection.execute(
            "SELECT folder.name, message_id, coalesce(shown_flags, flags), coalesce(shown_keywords, keywords)"
            " FROM location JOIN message ON message.id = location.message"
            " JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
        ):
            state[name, message_id, flags, keywords] += 1
    return state


def sound(path: Path) -> None:
    """What must hold in any database at any time: integrity, counts, search, no thread without mail in sight."""
    with Database(path, readonly=True) as database:
        connection = database.connection
        connection.execute("BEGIN")  # one moment for all that is compared
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert _stored_counts(connection) == _counted(connection)
        folders = connection.execute(
            "SELECT local_count, (SELECT count(*) FROM location WHERE folder_id = folder.id) FROM folder"
        ).fetchall()
        assert all(stored == counted for stored, counted in folders)
        shown = connection.execute(
            "SELECT name, shown_count, unread, (SELECT count(*) FROM location"
            " WHERE coalesce(shown_folder, folder_id) = folder.id), (SELECT count(*) FROM location"
            " WHERE coalesce(shown_folder, folder_id) = folder.id AND coalesce(shown_flags, flags) & 1 = 0) FROM folder"
        ).fetchall()
        assert [row for row in shown if row[1:3] != row[3:5]] == []
        lost = connection.execute(
            "SELECT count(*) FROM message WHERE thread_id NOT IN (SELECT id FROM thread)"
        ).fetchone()[0]
        assert lost == 0
        messages = connection.execute("SELECT count(*) FROM message").fetchone()[0]
        assert connection.execute("SELECT count(*) FROM search").fetchone()[0] == messages


def _stored_counts(connection: sqlite3.Connection) -> dict[tuple[int, str], tuple[int, int]]:
    return {key: value for key, value in pages.counts(connection).items() if value != (0, 0)}


def _counted(connection: sqlite3.Connection) -> dict[tuple[int, str], tuple[int, int]]:
    found = {}
    for bit in map(int, View):
        for column, threads, unread in connection.execute(
            "SELECT col, count(*), sum(unread > 0) FROM thread WHERE views & ? AND messages > 0 GROUP BY col",
            (bit,),
        ):
            found[bit, column] = (threads, unread)
    return found


def configuration(folder: Path, mailbox: Mailbox, *, extra: str = "", imap: str = "") -> Path:
    """A config.toml for one account on a test server."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    path.write_text(
        f"""
[me]
name = "Rep"
zone = "Asia/Tokyo"
own_domains = ["zylker.example"]
{extra}
[[account]]
name = "work"
address = "{mailbox.user}@zylker.example"
provider = "imap"
  [account.imap]
  host = "{mailbox.host}"
  port = {mailbox.port}
  tls = "none"
  user = "{mailbox.user}"
  password_command = ["echo", "{mailbox.password}"]
  {imap}
""",
        encoding="utf-8",
    )
    path.chmod(0o600)
    return path
