"""Opening the local database: private, versioned, and honest about what it cannot read."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database as Tables

from salesinbox.model.errors import DatabaseError, NewerDatabaseError
from salesinbox.store import database, migrations
from salesinbox.store.database import Database, is_older
from salesinbox.store.sending import outgoing


def test_the_version_is_that_of_the_last_migration(tmp_path: Path) -> None:
    assert database.VERSION == migrations.VERSION
    with Database(tmp_path / "mail.db") as opened:
        assert opened.connection.execute("PRAGMA user_version").fetchone()[0] == database.VERSION


def test_SAFE_2_the_database_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Database(tmp_path / "new" / "mail.db") as opened, opened.transaction() as connection:
            connection.execute("INSERT INTO state (name, value) VALUES ('a', 'b')")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
            assert set(modes) >= {"mail.db", "mail.db-wal", "mail.db-shm"}
            assert all(mode == 0o600 for mode in modes.values()), modes
            assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_SAFE_2_a_loose_database_is_tightened(tmp_path: Path) -> None:
    Database(tmp_path / "data" / "mail.db").close()
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "mail.db").chmod(0o644)
    Database(tmp_path / "data" / "mail.db").close()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "mail.db").stat().st_mode) == 0o600


def test_a_database_of_a_later_version_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    with Database(path) as opened:
        opened.connection.execute("PRAGMA user_version = 999")
    before = path.read_bytes()
    with pytest.raises(NewerDatabaseError, match=r"later SalesInbox.*999.*Nothing was changed"):
        Database(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"this is no database, but a person's text " * 50, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mail.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=r"cannot be read.*Nothing was changed"):
        Database(path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseError, match="file"):
        Database(tmp_path / "file" / "mail.db")


def test_two_first_starts_at_once_make_one_schema(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    gate = threading.Barrier(4)

    def start() -> None:
        try:
            gate.wait()
            Database(tmp_path / "mail.db").close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Database(tmp_path / "mail.db") as opened:
        assert opened.connection.execute("SELECT count(*) FROM stage").fetchone()[0] > 0


def test_a_transaction_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Database(tmp_path / "mail.db") as opened:
        with pytest.raises(ZeroDivisionError), opened.transaction() as connection:
            connection.execute("INSERT INTO state (name, value) VALUES ('half', '1')")
            1 / 0  # noqa: B018 - the failure in the middle
        assert opened.state("half") == ""


def test_another_connections_commit_shows_in_the_revision(tmp_path: Path) -> None:
    with Database(tmp_path / "mail.db") as reading, Database(tmp_path / "mail.db") as writing:
        before = reading.revision()
        assert reading.revision() == before
        with writing.transaction() as connection:
            connection.execute("INSERT INTO state (name, value) VALUES ('a', 'b')")
        assert reading.revision() != before


def test_SAFE_1_a_reader_that_leaves_does_not_take_the_log_from_under_an_open_connection(tmp_path: Path) -> None:
    """Locks of a process on a file go when it closes any descriptor of that file: opening must not do that."""
    path = tmp_path / "mail.db"
    reading = (
        "import sys, pathlib; from salesinbox.store.database import Database;"
        "Database(pathlib.Path(sys.argv[1]), readonly=True).close()"
    )
    with Database(path) as first:
        first.connection.execute("SELECT count(*) FROM thread").fetchone()
        with Database(path) as second, second.transaction() as connection:
            connection.execute("INSERT INTO state (name, value) VALUES ('kept', 'yes')")
        subprocess.run([sys.executable, "-c", reading, str(path)], check=True)
        assert (tmp_path / "mail.db-wal").exists()
        with first.transaction() as connection:
            connection.execute("INSERT INTO state (name, value) VALUES ('later', 'yes')")
    with Database(path) as again:
        assert (again.state("kept"), again.state("later")) == ("yes", "yes")


def test_SAFE_1_a_database_of_the_first_version_keeps_its_mail_and_can_be_acted_on(tmp_path: Path) -> None:
    from sqlite_utils import Database as Tables

    from salesinbox.store.migrations import migrations

    path = tmp_path / "mail.db"
    tables = Tables(path, execute_plugins=False)
    migrations.apply(tables, stop_before="m0002_acting")
    tables.conn.executescript(
        "INSERT INTO account (id, name, address) VALUES (1, 'work', 'a@x.example');"
        "INSERT INTO folder (id, account_id, name, role, local_count, unread) VALUES (1, 1, 'INBOX', 'inbox', 1, 1);"
        "INSERT INTO thread (id, account_id, subject, messages, views, col) VALUES (1, 1, 'Offer', 1, 4097, 'unknown');"
        "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name, sender_address,"
        " recipients, subject, mine, automatic, list_id, warning, size, attachments)"
        " VALUES (1, 1, 1, '<1@x>', x'01', 1, 1, 'Ann', 'ann@x.example', '[]', 'Offer', 0, 0, '', '', 10, 0);"
        "INSERT INTO location (folder_id, uid, message, flags) VALUES (1, 7, 1, 0);"
        "INSERT INTO search (rowid, subject, sender, recipients, body, files) VALUES (1, 'Offer', 'Ann', '', 'words', '');"
    )
    tables.conn.close()
    assert is_older(path)
    with Database(path) as database:
        row = database.connection.execute("SELECT shown_count, unread, synced FROM folder").fetchone()
        assert row == (1, 1, 1)
        found = database.connection.execute("SELECT rowid FROM search WHERE search MATCH 'offer'").fetchall()
        assert found == [(1,)]
        assert database.connection.execute("SELECT coalesce(shown_flags, flags) FROM location").fetchone() == (0,)
    assert not is_older(path)


def test_SAFE_1_an_answer_that_waits_in_an_older_database_is_still_to_be_sent(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    older = sqlite3.connect(path)
    migrations.migrations.apply(Tables(older, execute_plugins=False), stop_before="m0003_sending")
    older.executescript(
        "INSERT INTO account (id, name, address) VALUES (1, 'work', 'rep@zylker.example');"
        "INSERT INTO action (id, created, verb) VALUES (1, 10, 'answered');"
        "INSERT INTO outgoing (id, account_id, action_id, message_id, sender, recipients, raw, created, due)"
        " VALUES (7, 1, 1, '<a@x>', 'rep@zylker.example', '[\"c@x.example\"]', x'414243', 10, 20);"
    )
    assert older.execute("PRAGMA user_version").fetchone() == (2,)
    older.close()
    with Database(path) as opened:
        assert opened.connection.execute("PRAGMA user_version").fetchone() == (database.VERSION,)
        message = outgoing.due(opened.connection, 1, 20)
        assert message is not None
        assert (message.id, message.recipients, message.marks) == (7, ("c@x.example",), "")
        assert outgoing.raw(opened.connection, 7) == b"ABC"
        with opened.transaction() as connection:
            connection.execute("DELETE FROM outgoing")
        assert outgoing.raw(opened.connection, 7) == b""
