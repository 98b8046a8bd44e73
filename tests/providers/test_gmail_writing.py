"""ACC-1, ACT-1: what the rep does becomes labels in Gmail, in few calls, and saying it twice is the same as once."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from salesinbox.model.errors import NetworkError, SalesInboxError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.registry import session
from salesinbox.providers.session import Session
from tests.gmail_server import GmailBox

Connect = Callable[[GmailBox], Session]

NOTHING = FlagState(Flag.NONE)
SEEN = FlagState(Flag.SEEN)
DATE = 1_793_581_323  # 2026-11-02 01:02:03 UTC


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


def mail(subject: str, body: str = "Hello") -> bytes:
    head = (
        f"From: ann@customer.example\r\nTo: rep@zylker.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n"
    )
    return f"{head}\r\n{body}\r\n".encode()


def labels(box: GmailBox, uid: int) -> set[str]:
    """The names of a message's labels."""
    state = box.server.state
    return {state.labels[label].name for label in state.messages[f"{uid:016x}"].labels}


# Moving.


def test_ACT_1_moving_changes_labels_and_keeps_the_number(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    uid = gmail_box.deliver(mail("a"), flags="F").number
    line = connect(gmail_box)
    line.open("INBOX", None)
    assert line.move("INBOX", [uid], "Deals") == {uid: uid}
    assert labels(gmail_box, uid) == {"Deals", "STARRED", "UNREAD"}
    assert line.move("Deals", [uid], "INBOX") == {uid: uid}
    assert labels(gmail_box, uid) == {"INBOX", "STARRED", "UNREAD"}


def test_ACT_1_archive_spam_and_trash_are_what_gmail_means_by_them(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    a, b, c = (gmail_box.deliver(mail(subject), flags="S").number for subject in "abc")
    line = connect(gmail_box)
    line.copy("INBOX", [a, b, c], "Deals")
    line.move("INBOX", [a], "Archive")
    line.move("INBOX", [b], "Trash")
    line.move("INBOX", [c], "Spam")
    # Where a message lies besides, it stays: in Gmail, archiving is to leave the inbox.
    assert labels(gmail_box, a) == {"Deals"}
    assert "TRASH" in labels(gmail_box, b)
    assert "INBOX" not in labels(gmail_box, b)
    assert "SPAM" in labels(gmail_box, c)
    assert "INBOX" not in labels(gmail_box, c)
    line.move("Trash", [b], "INBOX")
    line.move("Spam", [c], "INBOX")
    line.move("Archive", [a], "INBOX")
    for uid in (a, b, c):
        assert "INBOX" in labels(gmail_box, uid)
        assert not {"TRASH", "SPAM"} & labels(gmail_box, uid)


def test_ACC_1_to_say_it_twice_is_the_same_as_once(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    a, b = (gmail_box.deliver(mail(subject)).number for subject in "ab")
    line = connect(gmail_box)
    for _again in range(2):
        line.move("INBOX", [a], "Deals")
        line.store("INBOX", [b], FlagState(Flag.SEEN | Flag.FLAGGED), NOTHING)
        line.copy("INBOX", [b], "Deals")
    assert labels(gmail_box, a) == {"Deals", "UNREAD"}
    assert labels(gmail_box, b) == {"Deals", "INBOX", "STARRED"}
    line.expunge("INBOX", [b])
    line.expunge("INBOX", [b])
    # It lies in another folder as well, so only this one lost it.
    assert labels(gmail_box, b) == {"Deals", "STARRED"}


def test_ACT_1_thousands_of_messages_are_moved_in_a_few_calls(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    uids = [gmail_box.deliver(b"Subject: x\r\n\r\nx\r\n").number for _number in range(2300)]
    line = connect(gmail_box)
    line.open("INBOX", None)
    assert line.move("INBOX", uids, "Deals") == {uid: uid for uid in uids}
    assert gmail_box.server.count("messages.batchModify") == 3
    assert line.open("Deals", None).exists == 2300


def test_a_flag_is_set_and_cleared_as_gmail_knows_it(gmail_box: GmailBox, connect: Connect) -> None:
    uid = gmail_box.deliver(mail("a")).number
    line = connect(gmail_box)
    line.open("INBOX", None)
    assert (
        line.store("INBOX", [uid], FlagState(Flag.SEEN | Flag.FLAGGED), NOTHING)[uid].flags == Flag.SEEN | Flag.FLAGGED
    )
    assert labels(gmail_box, uid) == {"INBOX", "STARRED"}
    assert line.store("INBOX", [uid], NOTHING, FlagState(Flag.SEEN | Flag.FLAGGED))[uid].flags == Flag.NONE
    assert labels(gmail_box, uid) == {"INBOX", "UNREAD"}


def test_a_keyword_is_a_label_which_is_made_where_it_is_missing(gmail_box: GmailBox, connect: Connect) -> None:
    uid = gmail_box.deliver(mail("a")).number
    line = connect(gmail_box)
    line.open("INBOX", None)
    told = line.store("INBOX", [uid], FlagState(Flag.NONE, "Big_Deal &iYt6TQ-"), NOTHING)
    assert labels(gmail_box, uid) == {"INBOX", "UNREAD", "Big Deal", "見積"}
    assert set(told[uid].keywords.split()) == {"Big_Deal", "&iYt6TQ-"}
    assert {folder.name for folder in line.folders()} >= {"Big Deal", "見積"}
    told = line.store("INBOX", [uid], NOTHING, FlagState(Flag.NONE, "Big_Deal"))
    assert told[uid].keywords == "&iYt6TQ-"
    assert labels(gmail_box, uid) == {"INBOX", "UNREAD", "見積"}


# Deleting for good.


def test_ACT_1_what_lies_in_the_trash_is_deleted_for_good(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    a, b, c = (gmail_box.deliver(mail(subject)).number for subject in "abc")
    line = connect(gmail_box)
    line.copy("INBOX", [a, b], "Deals")
    line.move("INBOX", [a], "Trash")
    line.expunge("Trash", [a])
    # Nowhere else: gone as well.
    line.expunge("INBOX", [c])
    line.expunge("INBOX", [b])
    assert set(gmail_box.server.state.messages) == {f"{b:016x}"}
    assert labels(gmail_box, b) == {"Deals", "UNREAD"}


def test_a_scope_that_does_not_allow_to_delete_is_told_by_name(gmail_box: GmailBox, connect: Connect) -> None:
    uid = gmail_box.deliver(mail("a"), "Trash").number
    gmail_box.server.switches.scopes_missing = {"messages.batchDelete", "messages.delete"}
    line = connect(gmail_box)
    line.open("Trash", None)
    with pytest.raises(SalesInboxError, match="work") as refused:
        line.expunge("Trash", [uid])
    assert not isinstance(refused.value, NetworkError)
    assert list(gmail_box.server.state.messages) == [f"{uid:016x}"]


# Drafts.


def test_SEND_6_a_draft_is_filed_as_a_draft_and_deleted_as_one(gmail_box: GmailBox, connect: Connect) -> None:
    line = connect(gmail_box)
    line.open("INBOX", None)
    uid = line.append("Drafts", mail("offer"), Flag.SEEN | Flag.DRAFT, DATE)
    state = gmail_box.server.state
    assert [state.draft(draft).number for draft in state.drafts] == [uid]
    assert state.draft(next(iter(state.drafts))).raw == mail("offer")
    line.open("Drafts", None)
    assert line.uids() == [uid]
    assert line.flags(None)[uid].flags & Flag.DRAFT
    assert line.find("Drafts", "<offer@x>") == [uid]
    # A draft is replaced by filing the new one and deleting the old one.
    new = line.append("Drafts", mail("offer 2"), Flag.SEEN | Flag.DRAFT, DATE)
    line.expunge("Drafts", [uid])
    assert [state.draft(draft).number for draft in state.drafts] == [new]
    assert set(state.messages) == {f"{new:016x}"}


# Filing.


@pytest.mark.parametrize(("folder", "label"), [("Sent", "SENT"), ("INBOX", "INBOX"), ("見積", "見積"), ("Archive", "")])
def test_SEND_6_a_message_is_filed_with_its_date_and_sent_to_nobody(
    gmail_box: GmailBox, connect: Connect, folder: str, label: str
) -> None:
    line = connect(gmail_box)
    uid = line.append(folder, mail("m"), Flag.SEEN, DATE)
    message = gmail_box.server.state.messages[f"{uid:016x}"]
    assert message.raw == mail("m")
    assert labels(gmail_box, uid) == ({label} if label else set())
    assert gmail_box.server.state.sent == []
    # Gmail takes the date from the message's own field, or the time of filing: there is no other choice.
    assert line.find(folder, "<m@x>") == [uid]
    assert line.raw(folder, uid) == mail("m")


def test_a_folder_that_is_missing_is_made_to_file_in(gmail_box: GmailBox, connect: Connect) -> None:
    line = connect(gmail_box)
    uid = line.append("送信控え/2026", mail("m"), Flag.NONE, DATE)
    assert labels(gmail_box, uid) == {"送信控え/2026", "UNREAD"}


LARGE = mail("large", "".join(f"{number:070}\r\n" for number in range(90_000)))


def test_SEND_9_large_messages_are_uploaded_in_pieces(gmail_box: GmailBox, connect: Connect) -> None:
    assert len(LARGE) > 6_000_000
    line = connect(gmail_box)
    uid = line.append("Sent", LARGE, Flag.SEEN, DATE)
    assert gmail_box.server.state.messages[f"{uid:016x}"].raw == LARGE
    assert gmail_box.server.count("messages.insert upload") + gmail_box.server.count("messages.import upload") > 0


@pytest.mark.parametrize("trouble", ["busy", "cut"])
def test_SEND_9_an_upload_goes_on_where_it_stood(gmail_box: GmailBox, connect: Connect, trouble: str) -> None:
    line = connect(gmail_box)
    for method in ("messages.insert", "messages.import"):
        if trouble == "busy":
            gmail_box.server.switches.fail_next(f"{method} upload", 503, "backendError")
        else:
            gmail_box.server.switches.cut_next(f"{method} upload", done=True)
    try:
        uid = line.append("Sent", LARGE, Flag.SEEN, DATE)
    except NetworkError:
        # The line may be given up, but then nothing, or one, lies there.
        assert trouble == "cut"
        line.close()
        line.connect()
        found = line.find("Sent", "<large@x>")
        assert len(found) <= 1
        uid = found[0] if found else line.append("Sent", LARGE, Flag.SEEN, DATE)
    (message,) = gmail_box.server.state.messages.values()
    assert (message.number, message.raw) == (uid, LARGE)


def test_SEND_6_after_a_line_that_broke_late_the_message_is_found(gmail_box: GmailBox, connect: Connect) -> None:
    line = connect(gmail_box)
    for method in ("messages.insert", "messages.import"):
        gmail_box.server.switches.cut_next(method, done=True)
    with pytest.raises(NetworkError):
        line.append("Sent", mail("m"), Flag.SEEN, DATE)
    # Filing is not repeated by itself: that would file it twice.
    assert len(gmail_box.server.state.messages) == 1
    line.close()
    line.connect()
    assert len(line.find("Sent", "<m@x>")) == 1


# Refusals.


def test_ACT_4_a_refused_change_changes_nothing_and_the_line_goes_on(gmail_box: GmailBox, connect: Connect) -> None:
    uid = gmail_box.deliver(mail("a")).number
    line = connect(gmail_box)
    line.open("INBOX", None)
    gmail_box.server.switches.fail_next("messages.batchModify", 400, "invalidArgument", times=1)
    gmail_box.server.switches.fail_next("messages.modify", 400, "invalidArgument", times=1)
    with pytest.raises(ServerError):
        line.store("INBOX", [uid], SEEN, NOTHING)
    assert labels(gmail_box, uid) == {"INBOX", "UNREAD"}
    gmail_box.server.switches.fail_next("messages.modify", 400, "invalidArgument", times=0)
    assert line.store("INBOX", [uid], SEEN, NOTHING)[uid].flags & Flag.SEEN


def test_sent_mail_stays_sent_and_what_cannot_be_done_is_said(gmail_box: GmailBox, connect: Connect) -> None:
    uid = gmail_box.deliver(mail("a"), "Sent", "S").number
    line = connect(gmail_box)
    line.open("Sent", None)
    # To the trash it can go, as in Gmail; the label itself stays.
    line.move("Sent", [uid], "Trash")
    assert labels(gmail_box, uid) == {"SENT", "TRASH"}
    line.open("Sent", None)
    assert line.uids() == []
    inbox = gmail_box.deliver(mail("b")).number
    with contextlib.suppress(ServerError):
        line.move("INBOX", [inbox], "Sent")
    assert {"SENT", "INBOX"} & labels(gmail_box, inbox)
