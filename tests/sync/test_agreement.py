"""After whatever another client did, one pass makes cache and server equal, message by message."""

import random
from pathlib import Path

import imapclient
import pytest

from salesinbox.store.database import Database
from tests.mailboxes import in_cache, mail, on_server, sound, sync
from tests.servers import Mailbox

_FLAGS = [b"\\Seen", b"\\Flagged", b"\\Answered", b"\\Deleted", b"$Forwarded", b"Project"]


def _muddle(client: imapclient.IMAPClient, dice: random.Random, start: int) -> None:
    """What another client may do within a while: arrivals, flags, moves, copies, deletions, in any order."""
    number = start
    for _step in range(40):
        folder = dice.choice(["INBOX", "INBOX", "Archive", "案件"])
        client.select_folder(folder)
        uids = client.search()
        some = dice.sample(uids, min(len(uids), dice.randint(1, 4)))
        match dice.choice(["append", "append", "flag", "unflag", "move", "copy", "delete"]):
            case "append":
                number += 1
                client.append(folder, mail(number), dice.sample(_FLAGS, dice.randint(0, 2)))
            case "flag" if some:
                client.add_flags(some, dice.choice(_FLAGS))
            case "unflag" if some:
                client.remove_flags(some, dice.choice(_FLAGS))
            case "move" if some:
                client.move(some, dice.choice([name for name in ("INBOX", "Archive", "案件") if name != folder]))
            case "copy" if some:
                client.copy(some, "Archive")
            case "delete" if some:
                client.delete_messages(some)
                client.expunge()


@pytest.mark.parametrize("seed", range(3))
def test_any_mix_of_another_clients_changes_arrives(server: Mailbox, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "data" / "mail.db"
    dice = random.Random(seed)
    with server.client() as client:
        for name in ("Archive", "案件"):
            if not client.folder_exists(name):
                client.create_folder(name)
        for number in range(30):
            client.append("INBOX", mail(number))
        for turn in range(4):
            report = sync(server, path)
            assert [folder.error for folder in report.folders if not folder.ok] == []
            assert in_cache(path) == on_server(client)
            sound(path)
            _muddle(client, dice, 1000 * (turn + 1))
        sync(server, path)
        assert in_cache(path) == on_server(client)
        sound(path)


def test_a_pass_with_nothing_new_changes_nothing(server: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "data" / "mail.db"
    for number in range(5):
        server.deliver(mail(number))
    sync(server, path)
    with Database(path) as database:
        before = list(database.connection.execute("SELECT * FROM thread ORDER BY id"))
        report = sync(server, path)
        assert sum(folder.new + folder.changed + folder.gone for folder in report.folders) == 0
        assert list(database.connection.execute("SELECT * FROM thread ORDER BY id")) == before


def test_SAFE_1_changed_uidvalidity_keeps_threads_ids_and_overrides(server: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "data" / "mail.db"
    with server.client() as client:
        client.create_folder("Projects")
        for number in range(12):
            client.append("Projects", mail(number), [b"\\Seen"] if number % 2 else [])
        sync(server, path)
        with Database(path) as database, database.transaction() as connection:
            connection.execute(
                "INSERT INTO override SELECT 'thread', id, 'deals' FROM thread WHERE subject = 'Subject 3'"
            )
            before = dict(connection.execute("SELECT message_id, thread_id FROM message"))
            bodies = connection.execute("SELECT count(*) FROM body").fetchone()[0]
        old = client.folder_status("Projects", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        client.delete_folder("Projects")
        client.create_folder("Projects")
        for number in (7, 3, 5, 99, 0):  # another order, one that is new, most are gone
            client.append("Projects", mail(number))
        if client.folder_status("Projects", ["UIDVALIDITY"])[b"UIDVALIDITY"] == old:
            pytest.fail("the server did not change UIDVALIDITY, so this test shows nothing")
        sync(server, path)
        assert in_cache(path) == on_server(client)
        sound(path)
        with Database(path) as database:
            after = dict(database.connection.execute("SELECT message_id, thread_id FROM message"))
            kept = {f"<{number}@test.example>" for number in (7, 3, 5, 0)}
            assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
            column = database.connection.execute("SELECT col FROM thread WHERE subject = 'Subject 3'").fetchone()[0]
            assert column == "deals"
            assert database.connection.execute("SELECT count(*) FROM body").fetchone()[0] <= bodies


def test_a_folder_deleted_on_the_server_goes_with_its_mail(server: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "data" / "mail.db"
    with server.client() as client:
        client.create_folder("Old")
        client.append("Old", mail("old"))
        client.append("INBOX", mail("kept"))
        sync(server, path)
        assert len(in_cache(path)) == 2
        client.delete_folder("Old")
        sync(server, path)
        assert in_cache(path) == on_server(client)
        sound(path)


def test_a_message_moved_by_another_client_keeps_its_thread_and_content(server: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "data" / "mail.db"
    with server.client() as client:
        if not client.folder_exists("Archive"):
            client.create_folder("Archive")
        client.append("INBOX", mail(1, body="a word that is searched for: zirconium"))
        sync(server, path)
        with Database(path) as database:
            before = database.connection.execute("SELECT id, thread_id FROM message").fetchall()
        client.select_folder("INBOX")
        client.move(client.search(), "Archive")
        sync(server, path)
        with Database(path) as database:
            assert database.connection.execute("SELECT id, thread_id FROM message").fetchall() == before
            found = database.connection.execute("SELECT rowid FROM search WHERE search MATCH 'zirconium'").fetchall()
            assert found == [(before[0][0],)]
        assert in_cache(path) == on_server(client)


def test_ACC_7_chosen_folders_are_strictly_respected(server: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "data" / "mail.db"
    with server.client() as client:
        client.create_folder("Wanted")
        client.create_folder("Private")
        for folder in ("INBOX", "Wanted", "Private"):
            client.append(folder, mail(folder))
    sync(server, path, server.account(folders=("INBOX", "Wanted")))
    assert {folder for folder, *_rest in in_cache(path)} == {"INBOX", "Wanted"}


def test_ACC_7_a_chosen_folder_that_is_not_there_is_named_with_those_that_are(server: Mailbox, tmp_path: Path) -> None:
    server.deliver(mail("here"))
    report = sync(server, tmp_path / "data" / "mail.db", server.account(folders=("INBOX", "Archvie")))
    good, bad = report.folders
    assert (good.name, good.ok, good.local) == ("INBOX", True, 1)
    assert not bad.ok
    assert "Archvie" in bad.error
    assert "INBOX" in bad.error


def test_spam_and_trash_are_left_out_unless_chosen(dovecot: Mailbox, tmp_path: Path) -> None:
    path = tmp_path / "data" / "mail.db"
    with dovecot.client() as client:
        for name in ("Trash", "Junk"):
            if not client.folder_exists(name):
                client.create_folder(name)
            client.append(name, mail(name))
        client.append("INBOX", mail("in"))
    sync(dovecot, path)
    assert {folder for folder, *_rest in in_cache(path)} == {"INBOX"}
