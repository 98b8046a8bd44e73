"""ACC-1: what happened since the last look is told by Gmail's history, and a full look follows where it says nothing."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from salesinbox.model.errors import ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import Cursor
from salesinbox.providers.registry import session
from salesinbox.providers.session import Session
from tests.gmail_server import GmailBox

Connect = Callable[[GmailBox], Session]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Sessions that are connected, and closed when the test ends."""
    with contextlib.ExitStack() as stack:

        def make(box: GmailBox) -> Session:
            made = session(box.account(), lambda: box.password)
            stack.callback(made.close)
            made.connect()
            return made

        yield make


def mail(subject: str) -> bytes:
    return f"From: ann@customer.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n\r\nHello\r\n".encode()


def inside(uid: int, ranges: object) -> bool:
    assert isinstance(ranges, list | tuple)
    return any(low <= uid <= high for low, high in ranges)


def looked(box: GmailBox, connect: Connect, *folders: str) -> dict[str, Cursor]:
    """Where each folder stood at a first look."""
    line = connect(box)
    return {folder: line.open(folder, None).cursor for folder in folders}


def test_ACC_1_history_tells_what_came_changed_and_went(gmail_box: GmailBox, connect: Connect) -> None:
    state = gmail_box.server.state
    with gmail_box.client() as other:
        other.create_folder("Deals")
    deals = state.label_named("Deals")
    assert deals is not None
    a, b, c, d = (gmail_box.deliver(mail(subject)) for subject in "abcd")
    old = gmail_box.deliver(mail("old"), "Archive")
    cursors = looked(gmail_box, connect, "INBOX", "Deals", "Archive", "Trash")
    state.relabel(a, (), ("UNREAD",))
    state.remove(b)
    state.relabel(c, (deals.id,), ("INBOX",))
    state.trash(d)
    state.relabel(old, ("INBOX",), ())
    e = gmail_box.deliver(mail("e"))
    line = connect(gmail_box)
    lists = gmail_box.server.count("messages.list")

    inbox = line.open("INBOX", cursors["INBOX"])
    assert inbox.changed is not None
    assert inbox.changed[a.number] == FlagState(Flag.SEEN)
    assert all(inside(gone.number, inbox.vanished) for gone in (b, c, d))
    assert not any(inside(here.number, inbox.vanished) for here in (a, e, old))
    assert inbox.arrived is not None
    assert {e.number, old.number} <= set(inbox.arrived)
    assert inbox.exists == 3
    assert inbox.cursor.modseq > cursors["INBOX"].modseq

    opened = line.open("Deals", cursors["Deals"])
    assert opened.arrived is not None
    assert c.number in opened.arrived
    assert opened.exists == 1
    archive = line.open("Archive", cursors["Archive"])
    assert inside(old.number, archive.vanished)
    assert archive.arrived is not None
    # In Gmail, what has only a label of the rep's own is archived.
    assert c.number in archive.arrived
    assert archive.exists == 1
    trash = line.open("Trash", cursors["Trash"])
    assert trash.arrived is not None
    assert d.number in trash.arrived
    # Each folder asks only for what has come since the last one asked.
    assert gmail_box.server.count("history.list") <= 8
    assert gmail_box.server.count("messages.list") - lists <= 4


def test_what_came_and_went_meanwhile_ends_where_it_is_now(gmail_box: GmailBox, connect: Connect) -> None:
    state = gmail_box.server.state
    a, b = gmail_box.deliver(mail("a")), gmail_box.deliver(mail("b"))
    cursors = looked(gmail_box, connect, "INBOX")
    state.relabel(a, (), ("INBOX",))
    state.relabel(a, ("INBOX",), ())
    state.relabel(b, ("INBOX", "STARRED"), ())
    state.relabel(b, (), ("STARRED",))
    c = gmail_box.deliver(mail("c"))
    state.remove(c)
    inbox = connect(gmail_box).open("INBOX", cursors["INBOX"])
    assert not inside(a.number, inbox.vanished)
    assert not inside(b.number, inbox.vanished)
    assert inbox.arrived is not None
    assert c.number not in inbox.arrived or inside(c.number, inbox.vanished)
    assert inbox.changed is not None
    assert inbox.changed.get(b.number, FlagState(Flag.NONE)) == FlagState(Flag.NONE)
    assert inbox.exists == 2


def test_ACC_1_an_old_history_id_leads_to_a_full_look(gmail_box: GmailBox, connect: Connect) -> None:
    made = [gmail_box.deliver(mail(subject)).number for subject in "ab"]
    cursors = looked(gmail_box, connect, "INBOX")
    made.append(gmail_box.deliver(mail("c")).number)
    gmail_box.server.state.expire_history()
    line = connect(gmail_box)
    opened = line.open("INBOX", cursors["INBOX"])
    assert (opened.changed, opened.vanished, opened.arrived) == (None, None, None)
    assert line.uids() == made
    assert set(line.flags(None)) == set(made)
    # From here on it goes by history again.
    gmail_box.server.state.relabel(gmail_box.server.state.ordered()[0], ("STARRED",), ())
    again = line.open("INBOX", opened.cursor)
    assert again.changed == {made[2]: FlagState(Flag.FLAGGED)}


def test_ACC_1_a_history_of_many_pages_is_read_to_its_end(gmail_box: GmailBox, connect: Connect) -> None:
    cursors = looked(gmail_box, connect, "INBOX")
    made = [gmail_box.deliver(b"Subject: x\r\n\r\nx\r\n").number for _number in range(1250)]
    opened = connect(gmail_box).open("INBOX", cursors["INBOX"])
    assert opened.arrived is not None
    assert sorted(opened.arrived) == made
    assert opened.exists == 1250
    assert gmail_box.server.count("history.list") >= 3


def test_ACC_1_empty_pages_of_the_history_are_passed_over(gmail_box: GmailBox, connect: Connect) -> None:
    cursors = looked(gmail_box, connect, "INBOX")
    made = gmail_box.deliver(mail("a"))
    gmail_box.server.switches.empty_pages(4)
    opened = connect(gmail_box).open("INBOX", cursors["INBOX"])
    assert opened.arrived is not None
    assert list(opened.arrived) == [made.number]


@pytest.mark.parametrize("full", [True, False])
def test_ACC_1_a_history_whose_pages_loop_is_given_up_and_everything_looked_at(
    gmail_box: GmailBox, connect: Connect, *, full: bool
) -> None:
    cursors = looked(gmail_box, connect, "INBOX")
    made = gmail_box.deliver(mail("a"))
    gmail_box.server.switches.loop_pages(full=full)
    line = connect(gmail_box)
    try:
        opened = line.open("INBOX", cursors["INBOX"])
    except ServerError:
        opened = None
    assert gmail_box.server.count("history.list") < 60
    if opened is not None:
        if opened.arrived is None:
            assert line.uids() == [made.number]
        else:
            assert list(opened.arrived) == [made.number]
        # The cursor must not go beyond what was seen.
    gmail_box.server.switches.end_loops()
    later = gmail_box.deliver(mail("b"))
    if opened is not None:
        after = line.open("INBOX", opened.cursor)
        assert after.exists == 2
        assert after.arrived is None or later.number in after.arrived


def test_what_happens_while_the_history_is_read_is_told_the_next_time(gmail_box: GmailBox, connect: Connect) -> None:
    cursors = looked(gmail_box, connect, "INBOX")
    line = connect(gmail_box)
    seen: set[int] = set()
    cursor = cursors["INBOX"]
    made = []
    for number in range(6):
        made.append(gmail_box.deliver(mail(str(number))).number)
        if number % 2:
            opened = line.open("INBOX", cursor)
            assert opened.arrived is not None
            seen |= set(opened.arrived)
            cursor = opened.cursor
    assert sorted(seen) == made


def test_a_flag_that_another_client_sets_in_a_folder_is_told_in_all_folders_of_the_message(
    gmail_box: GmailBox, connect: Connect
) -> None:
    state = gmail_box.server.state
    with gmail_box.client() as other:
        other.create_folder("Deals")
    deals = state.label_named("Deals")
    assert deals is not None
    message = gmail_box.deliver(mail("both"))
    state.relabel(message, (deals.id,), ())
    cursors = looked(gmail_box, connect, "INBOX", "Deals")
    state.relabel(message, ("STARRED",), ("UNREAD",))
    line = connect(gmail_box)
    for folder, cursor in cursors.items():
        opened = line.open(folder, cursor)
        assert opened.changed is not None
        assert opened.changed[message.number].flags == Flag.SEEN | Flag.FLAGGED


def test_waiting_costs_little_and_tells_which_folders_changed(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    line = connect(gmail_box)
    line.open("INBOX", None)
    line.open("Deals", None)
    line.watch("INBOX")
    spent = gmail_box.server.quota.used
    assert line.wait(0) == set()
    assert gmail_box.server.quota.used - spent <= 4
    gmail_box.deliver(mail("a"), "Deals")
    assert "Deals" in line.wait(30)
    # Polling goes on with the history's newest id: nothing is told twice.
    assert line.wait(0) == set()
