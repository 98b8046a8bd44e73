"""What the rep did reaches the server, once and in order, whatever other clients do meanwhile (ACT-2, ACT-4)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.model import operations as verbs
from salesinbox.model.mail import Flag
from salesinbox.services.actions import GRACE
from salesinbox.store.database import Database
from tests.acting import Acting
from tests.mailboxes import in_cache, in_sight, mail, on_server, sound
from tests.servers import Cut, Dovecot, Mailbox

BARE = "IMAP4rev1 LITERAL+ ID IDLE NAMESPACE CHILDREN UNSELECT"
"""What a server of the last century offers: neither MOVE nor UIDPLUS."""
FOLDERS = ("Archive", "Trash", "Junk", "案件")


def _fill(mailbox: Mailbox, count: int = 6) -> None:
    with mailbox.client() as client:
        for name in FOLDERS:
            if not client.folder_exists(name):
                client.create_folder(name)
        for number in range(1, count + 1):
            client.append("INBOX", mail(number))


@contextlib.contextmanager
def _acting(mailbox: Mailbox, folder: Path) -> Iterator[Acting]:
    """A rep whose cache is whole, and sound when the test is over."""
    _fill(mailbox)
    acting = Acting(mailbox, folder)
    yield acting
    sound(acting.path)
    acting.close()


@pytest.fixture
def desk(server: Mailbox, tmp_path: Path) -> Iterator[Acting]:
    with _acting(server, tmp_path) as acting:
        yield acting


@pytest.fixture
def whole(dovecot: Mailbox, tmp_path: Path) -> Iterator[Acting]:
    with _acting(dovecot, tmp_path) as acting:
        yield acting


@pytest.fixture
def plain(pymap_server: Mailbox, tmp_path: Path) -> Iterator[Acting]:
    with _acting(pymap_server, tmp_path) as acting:
        yield acting


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Acting]:
    with (
        Dovecot(tmp_path / "bare", qresync=False, capabilities=BARE) as running,
        _acting(running.login("rep"), tmp_path) as acting,
    ):
        yield acting


def _agree(desk: Acting) -> None:
    """Server, cache and screen hold the same, and nothing is left to tell."""
    with desk.mailbox.client() as client:
        there = on_server(client)
    assert in_cache(desk.path) == there
    assert in_sight(desk.path) == there
    assert desk.actions.waiting() == 0


def _where(desk: Acting, number: int | str) -> list[str]:
    with desk.mailbox.client() as client:
        return sorted(
            f for (f, m, _b, _k), n in on_server(client).items() for _ in range(n) if m == f"<{number}@test.example>"
        )


def _everything(desk: Acting) -> None:
    actions = desk.actions
    actions.archive(desk.threads(1, 2))
    actions.trash(desk.threads(3))
    actions.mark(desk.threads(1, 4), verbs.READ)
    actions.mark(desk.threads(4), verbs.FLAGGED)
    if desk.mailbox.kind != "pymap":  # which keeps no labels
        actions.label(desk.threads(5), ["大口", "Important"])
    actions.move(desk.threads(5), "案件")
    actions.move(desk.threads(6), "案件", copy=True)


def test_ACT_2_everything_reaches_the_server(desk: Acting) -> None:
    _everything(desk)
    seen = in_sight(desk.path)
    report = desk.sync()
    assert report.error == ""
    _agree(desk)
    # The copy has its own line on the server; all the rest is as it was shown.
    copy = {key for key in in_sight(desk.path) if key[0] == "案件" and key[1] == "<6@test.example>"}
    assert len(copy) == 1
    assert {key: n for key, n in in_sight(desk.path).items() if key not in copy} == seen


def test_ACT_2_a_server_with_neither_MOVE_nor_UIDPLUS_hears_the_same(bare: Acting) -> None:
    _everything(bare)
    bare.sync()
    _agree(bare)
    for number, folders in {1: ["Archive"], 3: ["Trash"], 5: ["案件"], 6: ["INBOX", "案件"]}.items():
        assert _where(bare, number) == folders


def test_ACT_3_undo_reaches_the_server_too(desk: Acting) -> None:
    before = in_sight(desk.path)
    _everything(desk)
    desk.sync()
    while desk.actions.undo().text != "Nothing to undo.":
        pass
    desk.sync()
    _agree(desk)
    assert in_sight(desk.path) == before


def test_ACT_3_an_undone_move_goes_back_though_its_folder_is_not_synced(dovecot: Mailbox, tmp_path: Path) -> None:
    _fill(dovecot, 2)
    desk = Acting(dovecot, tmp_path, dovecot.account(folders=("INBOX",)))
    desk.actions.archive(desk.threads(1))
    desk.sync()
    assert _where(desk, 1) == ["Archive"]
    desk.actions.undo()
    assert desk.view("inbox") == ["Subject 2", "Subject 1"]
    desk.sync()
    assert _where(desk, 1) == ["INBOX"]
    desk.close()


def test_ACT_1_delete_for_good_is_told_when_its_time_has_come(desk: Acting) -> None:
    desk.actions.delete(desk.threads(1))
    desk.sync()
    assert _where(desk, 1) == ["INBOX"]
    desk.clock += GRACE + 1
    desk.sync()
    assert _where(desk, 1) == []
    _agree(desk)
    assert desk.actions.undo().text == "Cannot be undone – Deleted for good: Subject 1"


def test_ACT_1_a_missing_archive_is_made(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.deliver(mail(1))
    desk = Acting(dovecot, tmp_path)
    desk.actions.archive(desk.threads(1))
    assert desk.view("archive") == ["Subject 1"]
    desk.sync()
    assert _where(desk, 1) == ["Archive"]
    _agree(desk)
    desk.close()


# --- other clients ------------------------------------------------------------------------------------------------


def test_ACT_2_what_another_client_did_meanwhile_is_kept(desk: Acting) -> None:
    """Each of both changed something else of the same message."""
    desk.actions.mark(desk.threads(1), verbs.READ)
    with desk.mailbox.client() as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(["HEADER", "Message-ID", "<1@test.example>"]), [b"\\Flagged", b"Project"])
    desk.sync()
    _agree(desk)
    words = "" if desk.mailbox.kind == "pymap" else "Project"
    assert in_cache(desk.path)["INBOX", "<1@test.example>", int(Flag.SEEN | Flag.FLAGGED), words] == 1


def test_ACT_4_another_client_was_first_and_the_rep_is_told_by_name(desk: Acting) -> None:
    desk.actions.archive(desk.threads(1, 2))
    with desk.mailbox.client() as client:
        client.select_folder("INBOX")
        client.move(client.search(["HEADER", "Message-ID", "<1@test.example>"]), "案件")
    desk.sync()
    desk.sync()
    _agree(desk)
    assert _where(desk, 1) == ["案件"]
    assert _where(desk, 2) == ["Archive"]
    (refusal,) = desk.actions.refusals()
    assert "Archiving" in refusal.text
    assert "Subject 1" in refusal.text
    assert "another program" in refusal.text
    desk.actions.told()
    assert desk.actions.refusals() == []


def test_ACT_2_the_same_idea_of_two_clients_is_no_conflict(desk: Acting) -> None:
    desk.actions.archive(desk.threads(1))
    with desk.mailbox.client() as client:
        client.select_folder("INBOX")
        client.move(client.search(["HEADER", "Message-ID", "<1@test.example>"]), "Archive")
    desk.sync()
    desk.sync()
    _agree(desk)
    assert _where(desk, 1) == ["Archive"]


def test_ACT_4_a_folder_that_is_gone_gives_the_card_back(desk: Acting) -> None:
    desk.actions.move(desk.threads(1, 2), "案件")
    desk.actions.mark(desk.threads(3), verbs.FLAGGED)
    assert "Subject 1" not in desk.view("inbox")
    with desk.mailbox.client() as client:
        client.delete_folder("案件")
    desk.sync()
    desk.sync()
    _agree(desk)
    assert {"Subject 1", "Subject 2"} <= set(desk.view("inbox"))
    assert "Subject 3" in desk.view("flagged")
    texts = [refusal.text for refusal in desk.actions.refusals()]
    assert len(texts) == 2
    assert all(text.startswith("Moving (案件) was refused for “Subject ") for text in texts)


def test_ACT_4_a_label_that_the_server_does_not_keep_is_refused_by_name(pymap_server: Mailbox, tmp_path: Path) -> None:
    _fill(pymap_server)
    desk = Acting(pymap_server, tmp_path)
    desk.actions.label(desk.threads(1), ["大口"])
    assert desk.actions.labels(desk.thread(1)) == ["大口"]
    desk.sync()
    assert desk.actions.labels(desk.thread(1)) == []
    (refusal,) = desk.actions.refusals()
    assert refusal.text.startswith("Labelling (大口) was refused for “Subject 1”")
    assert "INBOX" in refusal.text
    desk.close()


def test_ACT_2_uids_that_changed_meanwhile_do_not_mislead(dovecot: Mailbox, tmp_path: Path) -> None:
    """UIDVALIDITY changes between the act and the telling: the message is meant, not the number."""
    _fill(dovecot, 4)
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([1])
        client.expunge()
    desk = Acting(dovecot, tmp_path)
    desk.actions.archive(desk.threads(2))
    dovecot.server.stop()
    for file in dovecot.maildir().glob("dovecot*"):
        file.unlink()
    dovecot.server.start()
    desk.sync()
    desk.sync()
    _agree(desk)
    assert _where(desk, 2) == ["Archive"]
    assert _where(desk, 3) == _where(desk, 4) == ["INBOX"]
    assert desk.actions.refusals() == []
    desk.close()


# --- the line is cut ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heard", range(4, 44, 3))
@pytest.mark.parametrize("make", ["whole", "plain", "bare"])
def test_SAFE_1_an_answer_that_is_lost_at_any_point_makes_nothing_happen_twice(
    request: pytest.FixtureRequest, make: str, heard: int
) -> None:
    """The server did it and the line broke before it could say so; the next pass finds out."""
    desk: Acting = request.getfixturevalue(make)
    _everything(desk)
    with Cut(desk.mailbox.port) as cut:
        cut.answers_left = heard
        through, desk.account = desk.account, desk.mailbox.account(port=cut.port)
        desk.sync()
        desk.account = through
    desk.sync()
    desk.sync()
    _agree(desk)
    for number, folders in {1: ["Archive"], 3: ["Trash"], 5: ["案件"], 6: ["INBOX", "案件"]}.items():
        assert _where(desk, number) == folders
    assert desk.actions.refusals() == []


def test_SAFE_1_a_server_that_was_interrupted_in_the_middle_of_a_move_ends_with_one_copy(whole: Acting) -> None:
    whole.actions.archive([whole.thread(1)])
    with whole.mailbox.client() as client:
        uidnext = client.folder_status("Archive", ["UIDNEXT"])[b"UIDNEXT"]
        client.select_folder("INBOX")
        client.copy(client.search(["HEADER", "Message-ID", "<1@test.example>"]), "Archive")
    # As a kill leaves it: the attempt had begun, and nobody has heard how it ended.
    with Database(whole.path) as database, database.transaction() as connection:
        connection.execute("UPDATE operation SET state = 'running', uidnext = ?", (uidnext,))
    whole.sync()
    assert _where(whole, 1) == ["Archive"]
    assert whole.actions.refusals() == []
    _agree(whole)
