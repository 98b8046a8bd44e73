"""What real and hostile servers say, though the RFCs do not foresee it."""

import contextlib
from collections.abc import Iterator

import pytest

from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import Cursor
from salesinbox.providers.imap.session import ImapSession
from tests.servers import SELECTED, Saying


@contextlib.contextmanager
def talking(server: Saying, **seconds: float) -> Iterator[ImapSession]:
    line = ImapSession(server.account(), lambda: "x", **seconds)
    with server:
        try:
            line.connect()
            line.open("INBOX", None)
            yield line
        finally:
            line.close()


HEADER = (
    b'* 1 FETCH (UID 1 FLAGS () INTERNALDATE "01-Nov-2026 00:00:00 +0000" RFC822.SIZE 9 BODY[HEADER.FIELDS (FROM)] {5}\r\n'
    b"a: b\n)\r\n"
)


def test_flags_that_arrive_while_headers_are_read_corrupt_nothing() -> None:
    said = rb"* 3 FETCH (FLAGS (\Seen))" b"\r\n" + HEADER + rb"* 1 FETCH (UID 1 FLAGS (\Flagged))" b"\r\n* 4 EXISTS\r\n"
    with talking(Saying({b"UID FETCH": said})) as line:
        (header,) = line.headers([1, 3])
        assert header.header == b"a: b\n"
        assert header.state == FlagState(Flag.NONE)
        line.watch("INBOX")
        assert line.wait(0) == {"INBOX"}


def test_flags_that_arrive_while_bodies_are_read_corrupt_nothing() -> None:
    said = (
        rb"* 1 FETCH (UID 1 FLAGS (\Seen))"
        b"\r\n* 1 FETCH (UID 1 BODY[] {2}\r\nhi)\r\n* 2 FETCH (UID 2 BODY[] NIL)\r\n"
    )
    with talking(Saying({b"UID FETCH": said})) as line:
        assert [(body.uid, body.raw) for body in line.bodies([(1, 5), (2, 5)])] == [(1, b"hi")]


def test_flags_of_messages_nobody_asked_for_are_left_out() -> None:
    said = (
        rb"* 1 FETCH (UID 1 FLAGS (\Seen))" b"\r\n" rb"* 2 FETCH (UID 2 FLAGS (\Seen))" b"\r\n* 3 FETCH (FLAGS ())\r\n"
    )
    with talking(Saying({b"UID FETCH": said})) as line:
        assert line.flags([2]) == {2: FlagState(Flag.SEEN)}


def test_no_uidnext_is_found_out_by_the_last_message() -> None:
    lines = {
        b"EXAMINE": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
        b"UID FETCH *": b"* 2 FETCH (UID 41 FLAGS ())\r\n",
    }
    with talking(Saying(lines)) as line:
        assert line.open("INBOX", None).cursor == Cursor(7, 42)


def test_a_search_answer_with_a_trailing_space_and_over_several_lines() -> None:
    with talking(Saying({b"UID SEARCH": b"* SEARCH 1 2 \r\n* SEARCH 3\r\n"})) as line:
        assert line.uids() == [1, 2, 3]


def test_a_search_answer_longer_than_a_megabyte() -> None:
    uids = list(range(1_000_000_001, 1_000_120_001))
    said = b"* SEARCH " + " ".join(map(str, uids)).encode() + b"\r\n"
    with talking(Saying({b"UID SEARCH": said})) as line:
        assert line.uids() == uids


def test_qresync_that_is_refused_falls_back_to_asking() -> None:
    here = SELECTED + b"* OK [HIGHESTMODSEQ 20] m\r\n"
    lines = {
        b"ENABLE": b"* ENABLED QRESYNC\r\n",
        b'EXAMINE "INBOX" (QRESYNC': b"BAD two parameters are too many",
        b"EXAMINE": here,
        b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 10)": b"* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (15))\r\n",
    }
    server = Saying(lines, capabilities=b"IMAP4rev1 AUTH=PLAIN ENABLE CONDSTORE QRESYNC")
    with talking(server) as line:
        opened = line.open("INBOX", Cursor(7, 3, 10))
        assert opened.changed == {1: FlagState(Flag.SEEN)}
        assert opened.vanished is None
        assert "QRESYNC" not in line.capabilities()
        assert "CONDSTORE" in line.capabilities()


def test_qresync_that_is_offered_and_not_enabled_is_not_used() -> None:
    server = Saying(capabilities=b"IMAP4rev1 AUTH=PLAIN ENABLE QRESYNC")
    with talking(server) as line:
        assert "QRESYNC" not in line.capabilities()
        line.open("INBOX", Cursor(7, 3, 10))
    assert not any(b"(QRESYNC" in heard for heard in server.heard)


def test_a_folder_without_modseq_tells_no_changes() -> None:
    lines = {b"EXAMINE": SELECTED + b"* OK [NOMODSEQ] no\r\n", b"ENABLE": b"* ENABLED QRESYNC\r\n"}
    server = Saying(lines, capabilities=b"IMAP4rev1 AUTH=PLAIN ENABLE CONDSTORE QRESYNC")
    with talking(server) as line:
        opened = line.open("INBOX", Cursor(7, 3, 10))
        assert (opened.cursor.modseq, opened.changed, opened.vanished) == (0, None, None)


def test_news_of_the_folder_before_are_not_taken_for_news_of_this_one() -> None:
    said = b"* VANISHED 1:2\r\n* 9 EXISTS\r\n* OK [CLOSED] closed\r\n" + SELECTED
    with talking(Saying({b'EXAMINE "OTHER': said})) as line:
        assert line.open("Other", None).exists == 3
        assert line.vanished() == []


def test_id_is_said_before_a_folder_is_opened_and_names_the_program_only() -> None:
    server = Saying({b"ID": b"NO never heard"}, capabilities=b"IMAP4rev1 AUTH=PLAIN ID")
    with talking(server):
        pass
    verbs = [heard.split(b" ")[1].strip() for heard in server.heard if heard.count(b" ")]
    assert verbs.index(b"ID") < verbs.index(b"EXAMINE")
    assert any(heard.endswith(b'ID ("name" "SalesInbox")\r\n') for heard in server.heard)


def test_vanished_is_collected_even_from_a_command_that_is_refused() -> None:
    class Refusing(Saying):
        def _answer(self, tag: bytes, command: bytes) -> bytes:
            if command.startswith(b"UID FETCH"):
                return b"* VANISHED 2\r\n" + tag + b" NO gone\r\n"
            return super()._answer(tag, command)

    with talking(Refusing()) as line:
        with pytest.raises(ServerError, match="gone"):
            line.flags([1, 2])
        assert [told.ranges for told in line.vanished()] == [((2, 2),)]


def test_folder_names_in_literals_and_raw_bytes_can_be_opened() -> None:
    lines = {
        b"LIST": b'* LIST () "/" {6}\r\na\r\n"b&\r\n* LIST () "/" "&"\r\n* LIST () "/" "caf\xe9"\r\n* LIST () "/" "\xe8\xa6\x8b"\r\n'
    }
    server = Saying(lines)
    with talking(server) as line:
        names = [folder.name for folder in line.folders()]
        for name in names:
            line.open(name, None)
    assert names == ['a\r\n"b&', "&", "café", "見"]
    assert {b'a\r\n"b&', b"caf\xe9", "見".encode()} <= set(server.heard)
    assert any(heard.endswith(b'EXAMINE "&"\r\n') for heard in server.heard)


def test_a_name_that_is_no_utf_7_is_found_again_in_a_new_session() -> None:
    server = Saying({b"LIST": b'* LIST () "/" "caf\xe9"\r\n'})
    with talking(server) as line:
        line.open("café", None)
    assert b"caf\xe9" in server.heard


@pytest.mark.parametrize(
    "said",
    [
        b"* ESEARCH UID ALL 1:4294967295\r\n",
        b"* ESEARCH UID ALL 1,,2\r\n",
        b"garbage that is no answer\r\n",
        b"* 1 FETCH {99999999999}\r\n",
        b"+ go on\r\n",
    ],
)
def test_an_answer_that_makes_no_sense_is_an_error_with_a_sentence(said: bytes) -> None:
    server = Saying({b"UID SEARCH": said}, capabilities=b"IMAP4rev1 AUTH=PLAIN ESEARCH")
    with talking(server) as line, pytest.raises((ServerError, NetworkError), match="makes no sense") as raised:
        line.uids()
    assert str(server.port) in str(raised.value)


def test_what_a_server_says_cannot_drive_the_terminal() -> None:
    server = Saying({b"UID SEARCH": b"NO \x1b]0;owned\x07 \xe2\x80\xaeevil"})
    with talking(server) as line, pytest.raises(ServerError) as raised:
        line.uids()
    assert not any(bad in str(raised.value) for bad in "\x1b\x07\u202e")


def test_no_uidvalidity_is_an_error() -> None:
    with pytest.raises(ServerError, match="UIDVALIDITY"), talking(Saying({b"EXAMINE": b"* 1 EXISTS\r\n"})):
        pass


IDLE = b"IMAP4rev1 AUTH=PLAIN IDLE"


def test_a_line_in_two_pieces_is_one_event() -> None:
    server = Saying(capabilities=IDLE)
    with talking(server) as line:
        line.watch("INBOX")
        assert line.wait(0) == set()
        server.say(b"* 4 EXI")
        assert line.wait(0.1) == set()
        server.say(b"STS\r\n")
        assert line.wait(30) == {"INBOX"}


def test_small_talk_is_no_event() -> None:
    server = Saying(capabilities=IDLE)
    with talking(server) as line:
        line.watch("INBOX")
        server.say(b"* OK Still here\r\n* 3 EXISTS\r\n* 1 RECENT\r\n")
        assert line.wait(0.2) == set()


def test_a_farewell_while_waiting_is_passed_on() -> None:
    server = Saying(capabilities=IDLE)
    with talking(server) as line:
        line.watch("INBOX")
        server.say(b"* BYE going down for the night\r\n")
        with pytest.raises(NetworkError, match="going down for the night"):
            line.wait(30)


def test_a_server_that_ends_idle_by_itself_is_polled() -> None:
    class Ending(Saying):
        def _answer(self, tag: bytes, command: bytes) -> bytes:
            if command.upper() == b"IDLE":
                return b"+ idling\r\n" + tag + b" OK enough\r\n"
            if command.upper() == b"NOOP":
                return b"* 4 EXISTS\r\n" + tag + b" OK\r\n"
            return super()._answer(tag, command)

    server = Ending(capabilities=IDLE)
    with talking(server, poll_seconds=0.1) as line:
        line.watch("INBOX")
        assert line.wait(30) == {"INBOX"}
    assert sum(heard.endswith(b"IDLE\r\n") for heard in server.heard) == 1


@pytest.mark.parametrize("capabilities", [b"IMAP4rev1 AUTH=PLAIN", IDLE])
def test_without_idle_the_server_is_polled(capabilities: bytes) -> None:
    lines = {b"IDLE": b"NO not today", b"NOOP": b"* 4 EXISTS\r\n"}
    with talking(Saying(lines, capabilities=capabilities), poll_seconds=0.1) as line:
        line.watch("INBOX")
        assert line.wait(30) == {"INBOX"}
        assert "IDLE" not in line.capabilities()


def test_idle_is_renewed_in_time() -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 1
        return now[0]

    server = Saying(capabilities=IDLE)
    with talking(server, clock=clock, renew_seconds=30, settle_seconds=2) as line:  # type: ignore[arg-type]
        line.watch("INBOX")
        for _ in range(60):
            assert line.wait(0) == set()
    renewals = sum(heard == b"DONE\r\n" for heard in server.heard)
    assert 3 <= renewals <= 8
