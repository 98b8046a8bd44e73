"""What the rep does shows at once, is kept with its way back, and waits for the server (ACT-1 to ACT-5)."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.model import operations as verbs
from salesinbox.model.errors import BusyError, UsageError
from salesinbox.model.mail import Flag
from salesinbox.store.database import Database
from tests.acting import Acting
from tests.mailboxes import in_cache, in_sight, mail, sound
from tests.servers import Mailbox

HOUR = 3600


@pytest.fixture
def desk(dovecot: Mailbox, tmp_path: Path) -> Iterator[Acting]:
    """Four threads in the inbox, the first with an answer of the rep's in Sent; nothing is ever told to the server."""
    with dovecot.client() as client:
        for name in ("Archive", "Trash", "Junk", "Sent", "案件"):
            client.create_folder(name)
        for number in range(1, 5):
            client.append("INBOX", mail(number))
        client.append("Sent", _answer(), [b"\\Seen"])
    acting = Acting(dovecot, tmp_path)
    yield acting
    sound(acting.path)
    acting.close()


def _answer() -> bytes:
    return mail("answer", sender="rep@zylker.example", subject="Subject 1", references="<1@test.example>")


def _folders(desk: Acting, number: int | str) -> list[str]:
    return sorted(folder for folder, message_id, _f, _k in in_sight(desk.path) if message_id.startswith(f"<{number}@"))


def _flags(desk: Acting, number: int | str) -> Flag:
    return Flag(next(f for _folder, m, f, _k in in_sight(desk.path) if m.startswith(f"<{number}@")))


def test_ACT_1_archive_takes_a_thread_out_of_the_inbox_and_leaves_the_rest(desk: Acting) -> None:
    outcome = desk.actions.archive(desk.threads(1, 2))
    assert outcome.done == tuple(desk.threads(1, 2))
    assert outcome.text == "Archived: 2 threads"
    assert outcome.accounts == ("work",)
    assert _folders(desk, 1) == ["Archive"]
    assert _folders(desk, "answer") == ["Sent"]
    assert set(desk.view("inbox")) == {"Subject 3", "Subject 4"}
    assert desk.actions.waiting() == 2


def test_ACT_1_what_is_not_in_the_inbox_cannot_be_archived_and_says_so(desk: Acting) -> None:
    desk.actions.archive(desk.threads(1))
    outcome = desk.actions.archive(desk.threads(1, 2))
    assert outcome.done == (desk.thread(2),)
    assert outcome.refused == ((desk.thread(1), "It is not in the inbox."),)


def test_ACT_1_trash_takes_the_whole_conversation(desk: Acting) -> None:
    desk.actions.trash(desk.threads(1))
    assert _folders(desk, 1) == _folders(desk, "answer") == ["Trash"]
    assert desk.view("trash") == ["Subject 1"]
    assert "Subject 1" not in desk.view("all")


def test_ACT_1_a_second_copy_is_not_moved_to_the_trash_as_well_and_undo_brings_it_back(desk: Acting) -> None:
    with desk.mailbox.client() as client:
        client.select_folder("INBOX")
        client.copy(client.search(["HEADER", "Message-ID", "<2@test.example>"]), "案件")
    desk.sync()
    desk.actions.trash(desk.threads(2))
    assert _folders(desk, 2) == ["Trash"]
    desk.sync()
    assert _folders(desk, 2) == ["Trash"]
    desk.actions.undo()
    desk.sync()
    assert _folders(desk, 2) == ["INBOX", "案件"]


def test_ACT_1_spam_and_back(desk: Acting) -> None:
    desk.actions.spam(desk.threads(1))
    assert _folders(desk, 1) == ["Junk"]
    assert _folders(desk, "answer") == ["Sent"]
    desk.actions.spam(desk.threads(1), spam=False)
    assert _folders(desk, 1) == ["INBOX"]


def test_ACT_1_move_and_copy_to_a_folder_by_name_and_by_id(desk: Acting) -> None:
    desk.actions.move(desk.threads(1), "案件")
    desk.actions.move(desk.threads(2), desk.folder("案件"), copy=True)
    assert _folders(desk, 1) == ["案件"]
    view = "folder " + desk.folder("案件")[1:]
    shown = [card.id for name in ("deals", "people", "colleagues", "unknown") for card in
             desk.board.page(view, name, "newest", 10)]  # fmt: skip
    assert set(shown) == set(desk.threads(1, 2))
    assert "Subject 2" in desk.view("inbox")


def test_ACT_1_moving_to_where_it_lies_is_nothing(desk: Acting) -> None:
    outcome = desk.actions.move(desk.threads(1), "INBOX")
    assert outcome.refused == ((desk.thread(1), "It is there already."),)


@pytest.mark.parametrize(("mark", "flag"), [(verbs.READ, Flag.SEEN), (verbs.FLAGGED, Flag.FLAGGED)])
def test_ACT_1_marks_are_set_and_cleared(desk: Acting, mark: str, flag: Flag) -> None:
    opposite = {verbs.READ: verbs.UNREAD, verbs.FLAGGED: verbs.UNFLAGGED}[mark]
    desk.actions.mark(desk.threads(2), mark)
    assert flag in _flags(desk, 2)
    desk.actions.mark(desk.threads(2), opposite)
    assert flag not in _flags(desk, 2)


def test_ACT_1_a_mark_that_is_there_already_is_done_and_asks_nothing(desk: Acting) -> None:
    outcome = desk.actions.mark(desk.threads(2), verbs.UNREAD)
    assert outcome.done == tuple(desk.threads(2))
    assert desk.actions.waiting() == 0


def test_ACT_1_labels_have_the_names_that_people_read(desk: Acting) -> None:
    desk.actions.label(desk.threads(1), ["Important", "大口 案件"])
    assert set(desk.actions.labels(desk.thread(1))) == {"Important", "大口 案件"}
    assert any("$label1" in words.split() for _f, m, _b, words in in_sight(desk.path) if m == "<1@test.example>")
    desk.actions.label(desk.threads(1), remove=["important"])
    assert desk.actions.labels(desk.thread(1)) == ["大口 案件"]


@pytest.mark.parametrize("name", ["", " ", "\\Seen", "x" * 61, "$Forwarded", '(){%*"\\'])
def test_ACT_1_what_cannot_be_a_label_is_refused_in_words(desk: Acting, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a label"):
        desk.actions.label(desk.threads(1), [name])
    assert desk.actions.waiting() == 0


def test_ACT_1_deleting_for_good_hides_at_once_and_waits_before_the_server_hears_of_it(desk: Acting) -> None:
    desk.actions.delete(desk.threads(2))
    assert _folders(desk, 2) == []
    assert "Subject 2" not in desk.view("all")
    assert desk.actions.undo().text == "Undone – Deleted for good: Subject 2"
    assert _folders(desk, 2) == ["INBOX"]


def test_ACT_2_the_servers_word_is_kept_beside_what_is_shown(desk: Acting) -> None:
    before = in_cache(desk.path)
    desk.actions.archive(desk.threads(1))
    desk.actions.mark(desk.threads(2, 3), verbs.READ)
    assert in_cache(desk.path) == before
    assert in_sight(desk.path) != before


def test_ACT_2_one_transaction_holds_the_change_its_operation_and_the_way_back(desk: Acting) -> None:
    """Whoever looks from outside, at any moment, sees all of it or nothing."""
    with Database(desk.path) as other:
        desk.actions.archive(desk.threads(1))
        row = other.connection.execute(
            "SELECT (SELECT count(*) FROM operation WHERE state = 'pending'), (SELECT count(*) FROM action),"
            " (SELECT count(*) FROM location WHERE shown_folder IS NOT NULL)"
        ).fetchone()
        assert row == (1, 1, 1)


def test_ACT_2_another_writer_is_waited_for_no_longer_than_wished(desk: Acting) -> None:
    desk.actions.patience = 0.01
    with Database(desk.path) as other, other.transaction(), pytest.raises(BusyError):
        desk.actions.archive(desk.threads(1))
    assert desk.actions.archive(desk.threads(1)).done


def test_ACT_2_every_action_can_be_done_in_a_thread_of_its_own(desk: Acting) -> None:
    done: list[str] = []
    one, two, three, four = desk.threads(1, 2, 3, 4)

    def work() -> None:
        patient = desk.actions.patient()
        done.append(patient.move([one], "案件").text)
        done.append(patient.snooze([two], int(desk.clock) + HOUR).text)
        done.append(patient.label([three], ["Important"]).text)
        done.append(patient.mute([three]).text)
        done.append(patient.delete([four]).text)
        done.append(patient.undo().text)
        patient.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert [text.partition(":")[0] for text in done] == [
        "Moved to 案件", done[1].partition(":")[0], "Label Important", "Muted", "Deleted for good",
        "Undone – Deleted for good",
    ]  # fmt: skip


def test_ACT_3_undo_goes_back_step_by_step_and_says_what_it_undid(desk: Acting) -> None:
    before = in_sight(desk.path)
    desk.actions.archive(desk.threads(1))
    desk.actions.mark(desk.threads(2), verbs.FLAGGED)
    desk.actions.move(desk.threads(3, 4), "案件")
    desk.actions.trash(desk.threads(1))
    said = [desk.actions.undo().text for _step in range(5)]
    assert said == [
        "Undone – To the trash: Subject 1",
        "Undone – Moved to 案件: 2 threads",
        "Undone – Flagged: Subject 2",
        "Undone – Archived: Subject 1",
        "Nothing to undo.",
    ]
    assert in_sight(desk.path) == before
    assert desk.actions.waiting() == 0


def test_ACT_3_opening_mail_is_nothing_that_undo_takes_back(desk: Acting) -> None:
    desk.actions.archive(desk.threads(1))
    desk.actions.mark(desk.threads(2), verbs.OPENED)
    assert desk.actions.undo().text == "Undone – Archived: Subject 1"
    assert Flag.SEEN in _flags(desk, 2)


def test_ACT_3_putting_a_card_elsewhere_is_undone_too(desk: Acting) -> None:
    thread = desk.thread(2)
    column = desk.board.card(thread)
    assert column is not None
    desk.board.override(thread, "address", "deals")
    moved = desk.board.card(thread)
    assert moved is not None
    assert moved.column == "deals"
    assert "c2@customer.example" in desk.actions.undo().text
    back = desk.board.card(thread)
    assert back is not None
    assert back.column == column.column


def test_ACT_5_a_snoozed_thread_is_out_of_sight_until_its_time_and_wakes_on_top(desk: Acting) -> None:
    desk.actions.snooze(desk.threads(1), int(desk.clock) + HOUR, note="ask for the PO")
    assert "Subject 1" not in desk.view("inbox")
    (card,) = desk.cards("snoozed")
    assert (card.subject, card.note, card.woke) == ("Subject 1", "ask for the PO", False)
    assert desk.actions.wake() == 0
    desk.clock += HOUR
    assert desk.actions.wake() == 1
    assert desk.view("inbox")[0] == "Subject 1"
    assert desk.view("snoozed") == []
    assert desk.cards("inbox")[0].woke


def test_ACT_5_an_answer_wakes_and_an_automatic_one_does_not(desk: Acting) -> None:
    desk.actions.snooze(desk.threads(1), int(desk.clock) + 365 * 86_400, if_no_reply=True)
    automatic = mail("auto", references="<1@test.example>").replace(b"\n", b"\nAuto-Submitted: auto-replied\n", 1)
    desk.mailbox.deliver(automatic)
    desk.sync()
    assert "Subject 1" not in desk.view("inbox")
    desk.mailbox.deliver(mail("human", references="<1@test.example>"))
    desk.sync()
    assert any("Subject" in subject for subject in desk.view("inbox") if subject in ("Subject human", "Subject 1"))
    assert desk.view("snoozed") == []


def test_ACT_5_undo_and_archiving_end_a_snooze(desk: Acting) -> None:
    desk.actions.snooze(desk.threads(1), int(desk.clock) + HOUR)
    assert desk.actions.undo().text.startswith("Undone – Snoozed until ")
    assert "Subject 1" in desk.view("inbox")
    desk.actions.snooze(desk.threads(1), int(desk.clock) + HOUR)
    desk.actions.archive(desk.threads(1))
    assert desk.view("snoozed") == []
    desk.actions.undo()
    assert desk.view("snoozed") == ["Subject 1"]


def test_ACT_5_a_time_that_is_over_is_refused(desk: Acting) -> None:
    with pytest.raises(UsageError, match="is over"):
        desk.actions.snooze(desk.threads(1), int(desk.clock))


def test_SAFE_1_a_number_is_never_given_twice(desk: Acting) -> None:
    """What was decided for mail that is gone never falls to mail that comes."""
    gone = desk.thread(4)
    desk.actions.mute([gone])
    with desk.mailbox.client() as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search(["SUBJECT", "Subject 4"]))
        client.expunge()
    desk.sync()
    desk.mailbox.deliver(mail("next"))
    desk.sync()
    assert desk.thread("next") != gone
    assert "Subject next" in desk.view("inbox")
    desk.actions.undo()
    assert "Subject next" in desk.view("inbox")


def test_ACT_1_a_muted_thread_stays_silent_whatever_comes(desk: Acting) -> None:
    desk.actions.mute(desk.threads(1))
    desk.mailbox.deliver(mail("more", references="<1@test.example>"))
    desk.sync()
    assert not any("1" in subject or "more" in subject for subject in desk.view("inbox"))
    assert desk.actions.is_muted(desk.thread(1))
    desk.actions.undo()
    assert not desk.actions.is_muted(desk.thread(1))


def test_what_is_not_here_is_refused_by_its_id(desk: Acting) -> None:
    outcome = desk.actions.archive(["t999", "x1", desk.thread(1)])
    assert [id for id, _error in outcome.refused] == ["t999", "x1"]  # noqa: A001 - as everywhere in the services
    assert outcome.done == (desk.thread(1),)
