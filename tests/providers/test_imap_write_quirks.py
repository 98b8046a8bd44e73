"""What servers say to who writes and asks, though the RFCs do not foresee it, or foresee it and few servers do it."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from salesinbox.formats.query_tree import Word
from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import Cursor
from salesinbox.providers.imap.session import ImapSession
from tests.servers import SELECTED, Saying

NOTHING = FlagState(Flag.NONE)
SEEN = FlagState(Flag.SEEN)
ALL = b"IMAP4rev1 AUTH=PLAIN MOVE UIDPLUS LITERAL+"


@dataclass
class Tagged(Saying):
    """A `Saying` whose lines with "{tag}" in them have the command's end in them, too."""

    def _answer(self, tag: bytes, command: bytes) -> bytes:
        for start, template in self.lines.items():
            if b"{tag}" in template and command.upper().startswith(start):
                return template.replace(b"{tag}", tag)
        return super()._answer(tag, command)


@contextlib.contextmanager
def talking(lines: dict[bytes, bytes], capabilities: bytes = ALL) -> Iterator[tuple[ImapSession, Saying]]:
    server = Tagged(lines, capabilities=capabilities)
    line = ImapSession(server.account(), lambda: "x")
    with server:
        try:
            line.connect()
            line.open("INBOX", None)
            yield line, server
        finally:
            line.close()


def commands(server: Saying, start: bytes) -> list[bytes]:
    """What was said after the tag, of the commands that begin like this."""
    said = [heard.partition(b" ")[2].rstrip(b"\r\n") for heard in server.heard]
    return [one for one in said if one.startswith(start)]


# Folders that are written to.


@pytest.mark.parametrize(
    "answer",
    [SELECTED + b"{tag} OK [READ-ONLY] done\r\n", SELECTED + b"* OK [READ-ONLY] no\r\n{tag} OK done\r\n"],
)
def test_ACT_4_a_folder_that_can_only_be_read_is_named(answer: bytes) -> None:
    with talking({b"SELECT": answer}) as (line, server):
        acts: list[Callable[[], object]] = [
            lambda: line.store("INBOX", [1], SEEN, NOTHING),
            lambda: line.move("INBOX", [1], "Done"),
            lambda: line.expunge("INBOX", [1]),
        ]
        for act in acts:
            with pytest.raises(ServerError, match=r"INBOX .* can only be read"):
                act()
        assert not commands(server, b"UID")
        # Copying out of it is no change to it.
        assert line.copy("INBOX", [1], "Done") == {}
        assert commands(server, b"UID") == [b'UID COPY 1 "Done"']


def test_a_folder_is_selected_once_for_several_changes_and_forgotten_by_open() -> None:
    with talking({}) as (line, server):
        line.store("INBOX", [1], SEEN, NOTHING)
        line.raw("INBOX", 1)
        line.move("INBOX", [1], "Done")
        assert commands(server, b"SELECT") == [b'SELECT "INBOX"']
        line.copy("Done", [1], "INBOX")
        line.open("INBOX", None)
        line.raw("INBOX", 1)
        line.store("INBOX", [1], SEEN, NOTHING)
        assert commands(server, b"SELECT") == [b'SELECT "INBOX"'] * 2
        assert commands(server, b"EXAMINE") == [b'EXAMINE "INBOX"', b'EXAMINE "Done"', b'EXAMINE "INBOX"']


def test_after_a_refused_select_nothing_counts_as_open() -> None:
    with talking({b'SELECT "OTHER"': b"NO [NOPERM] no", b"UID SEARCH": b"* SEARCH 1\r\n"}) as (line, server):
        with pytest.raises(ServerError, match=r"Other.*NOPERM"):
            line.store("Other", [1], SEEN, NOTHING)
        assert line.uids() == []
        line.raw("INBOX", 1)
        assert len(commands(server, b"EXAMINE")) == 2


def test_what_is_said_in_passing_of_a_folder_written_to_is_nobodys_news() -> None:
    passing = b"* 9 EXISTS\r\n* 1 EXPUNGE\r\n* VANISHED 2\r\n* 3 FETCH (FLAGS ())\r\n"
    lines = {b'SELECT "DONE"': SELECTED, b"SELECT": passing + SELECTED, b"UID STORE": passing}
    with talking(lines) as (line, _server):
        line.store("Done", [1], SEEN, NOTHING)
        assert line.vanished() == []
        line.watch("INBOX")
        assert line.wait(0) == set()


def test_news_of_other_folders_are_kept_while_one_is_written_to() -> None:
    news = b'* STATUS "Else" (MESSAGES 3 UIDNEXT 9)\r\n'
    with talking({b"SELECT": news + SELECTED}) as (line, _server):
        line.store("INBOX", [1], SEEN, NOTHING)
        assert line.wait(0) == {"Else"}


def test_mail_that_arrives_while_a_folder_is_being_opened_is_news() -> None:
    lines = {
        b"EXAMINE": SELECTED + b"* OK [HIGHESTMODSEQ 20] m\r\n",
        b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 10)": b"* 4 EXISTS\r\n",
    }
    with talking(lines, ALL + b" CONDSTORE") as (line, _server):
        line.open("INBOX", Cursor(7, 4, 10))
        line.watch("INBOX")
        assert line.wait(0) == {"INBOX"}


# Flags.


def test_flags_that_are_not_told_are_asked_for() -> None:
    lines = {
        b"UID STORE 1:3 +FLAGS": b"* 1 FETCH (UID 1 FLAGS (\\Seen \\Flagged))\r\n* 2 FETCH (FLAGS (\\Seen))\r\n",
        b"UID STORE 1:3 -FLAGS": b"* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n* 9 FETCH (UID 9 FLAGS ())\r\n",
        b"UID FETCH 2:3": b"* 2 FETCH (UID 2 FLAGS (\\Seen \\Draft))\r\n* 9 FETCH (UID 9 FLAGS ())\r\n",
    }
    with talking(lines) as (line, _server):
        assert line.store("INBOX", [1, 2, 3], SEEN, FlagState(Flag.FLAGGED)) == {
            1: SEEN,
            2: FlagState(Flag.SEEN | Flag.DRAFT),
        }


@pytest.mark.parametrize(
    ("kept", "flags", "refused"),
    [
        (rb"\Seen \Flagged", FlagState(Flag.SEEN), ""),
        (rb"\SEEN \*", FlagState(Flag.FORWARDED, "won"), ""),
        (rb"\Seen WON", FlagState(Flag.SEEN, "won"), ""),
        (rb"\Seen $Forwarded", FlagState(Flag.FORWARDED, "won"), "won"),
        (rb"\Seen", FlagState(Flag.FORWARDED), r"\$Forwarded"),
        (rb"\Flagged \*", FlagState(Flag.SEEN), r"\\Seen"),
        (rb"", FlagState(Flag.SEEN), r"\\Seen"),
    ],
)
def test_ACT_4_a_flag_that_would_last_for_the_session_only_is_refused(
    kept: bytes, flags: FlagState, refused: str
) -> None:
    selected = SELECTED + b"* OK [PERMANENTFLAGS (" + kept + b")] limited\r\n"
    with talking({b"SELECT": selected}) as (line, server):
        if refused:
            with pytest.raises(ServerError, match=f'does not keep the flag "{refused}" in the folder INBOX'):
                line.store("INBOX", [1], flags, NOTHING)
            assert not commands(server, b"UID STORE")
        else:
            line.store("INBOX", [1], flags, NOTHING)
            assert len(commands(server, b"UID STORE")) == 1


def test_a_message_that_another_client_deleted_does_not_stop_the_others() -> None:
    class Once(Tagged):
        """Refuses each of these commands the first time (RFC 5530)."""

        def _answer(self, tag: bytes, command: bytes) -> bytes:
            again = sum(command in heard for heard in self.heard) > 1
            if command.startswith((b"UID STORE", b"UID MOVE", b"UID COPY")) and not again:
                return tag + b" NO [EXPUNGEISSUED] some are gone\r\n"
            return super()._answer(tag, command)

    told = b"* OK [COPYUID 7 2 5] moved\r\n"
    server = Once({b"UID MOVE": told, b"UID COPY": told, b"UID STORE": b"* 1 FETCH (UID 2 FLAGS (\\Seen))\r\n"})
    line = ImapSession(server.account(), lambda: "x")
    with server, contextlib.closing(line):
        line.connect()
        assert line.store("INBOX", [1, 2], SEEN, NOTHING) == {2: SEEN}
        assert line.move("INBOX", [1, 2], "Done") == {2: 5}
        assert line.copy("INBOX", [1, 2], "Done") == {2: 5}


# New numbers.


@pytest.mark.parametrize(
    ("told", "new"),
    [
        (b"* OK [COPYUID 7 1:3 11:13] moved\r\n{tag} OK done\r\n", {1: 11, 2: 12, 3: 13}),
        (b"{tag} OK [COPYUID 7 1,2:3 20,11:12] done\r\n", {1: 20, 2: 11, 3: 12}),
        (b"{tag} OK [COPYUID 7 3,1:2 4,7:5] done\r\n", {}),
        (b"{tag} OK [COPYUID 7 4,3:1 4,7:5] done\r\n", {4: 4, 1: 5, 2: 6, 3: 7}),
        (
            b"* OK [COPYUID 7 1 11] x\r\n* OK [COPYUID 7 2 12] x\r\n{tag} OK [COPYUID 7 3 13] x\r\n",
            {1: 11, 2: 12, 3: 13},
        ),
        (b"{tag} OK done\r\n", {}),
        # None of these may look like a failure: the messages have moved.
        (b"{tag} OK [COPYUID 7 1:3] done\r\n", {}),
        (b"{tag} OK [COPYUID 7 1:3 11:12] done\r\n", {}),
        (b"{tag} OK [COPYUID 7 1:4000000000 1:4000000000] done\r\n", {}),
        (b"{tag} OK [COPYUID 7 * x] done\r\n", {}),
        (b"{tag} OK [COPYUID] done\r\n", {}),
    ],
)
def test_new_numbers_are_read_wherever_and_however_they_are_told(told: bytes, new: dict[int, int]) -> None:
    with talking({b"UID MOVE": told, b"UID COPY": told}) as (line, _server):
        assert line.move("INBOX", [1, 2, 3, 4], "Done") == new
        assert line.copy("INBOX", [1, 2, 3, 4], "Done") == new


def test_large_sets_travel_in_several_commands() -> None:
    with talking({b"UID STORE": b"", b"UID MOVE": b"* OK [COPYUID 7 9 90] x\r\n"}) as (line, server):
        uids = list(range(1_000_001, 1_020_001, 2))
        assert line.move("INBOX", [9, *uids], "Done") == {9: 90}
        said = commands(server, b"UID MOVE")
        assert len(said) > 5
        assert max(map(len, said)) < 8000
        named = [int(uid) for one in said for uid in one.split()[2].split(b",")]
        assert named == [9, *uids]


def test_ACT_4_the_servers_words_are_in_the_refusal_and_harmless() -> None:
    with talking({b"UID MOVE": b"NO [TRYCREATE] no such \x1b[31mfolder"}) as (line, _server):
        with pytest.raises(ServerError, match="no such") as raised:
            line.move("INBOX", [1], "Done")
        assert "Done" in str(raised.value)
        assert "\x1b" not in str(raised.value)


# Deleting without UIDPLUS.


@pytest.mark.parametrize(("marked", "expunged"), [(b" 1 2", True), (b" 2", True), (b" 1 2 3", False), (b"", False)])
def test_ACT_1_without_uidplus_nothing_of_others_is_deleted(marked: bytes, expunged: bool) -> None:
    with talking({b"UID SEARCH DELETED": b"* SEARCH" + marked + b"\r\n"}, b"IMAP4rev1 AUTH=PLAIN") as (line, server):
        assert not {"MOVE", "UIDPLUS"} & line.capabilities()
        line.expunge("INBOX", [1, 2])
        assert commands(server, b"UID STORE") == [rb"UID STORE 1:2 +FLAGS.SILENT (\Deleted)"]
        assert bool(commands(server, b"EXPUNGE")) == expunged
        assert not commands(server, b"UID EXPUNGE")


def test_with_uidplus_only_these_are_expunged() -> None:
    with talking({}) as (line, server):
        line.expunge("INBOX", [1, 2])
        assert commands(server, b"UID EXPUNGE") == [b"UID EXPUNGE 1:2"]
        assert not commands(server, b"EXPUNGE")


# Folders.


@pytest.mark.parametrize("refusal", [b"NO [ALREADYEXISTS] here", b"NO it is here"])
def test_a_folder_that_is_there_is_not_an_error(refusal: bytes) -> None:
    lines = {b"CREATE": refusal, b"LIST": b'* LIST () "." "Done"\r\n', b"SUBSCRIBE": b"NO never"}
    with talking(lines) as (line, server):
        line.create("Done")
        assert commands(server, b"SUBSCRIBE") == [b'SUBSCRIBE "Done"']


def test_ACT_4_a_folder_that_cannot_be_made_is_refused_by_name() -> None:
    lines = {b"CREATE": b"NO [NOPERM] never", b"LIST": b'* LIST (\\Noselect) "." "Done"\r\n'}
    with talking(lines) as (line, server):
        with pytest.raises(ServerError, match=r"Done.*never"):
            line.create("Done")
        assert not commands(server, b"SUBSCRIBE")


def test_names_travel_as_the_server_writes_them() -> None:
    lines = {b"LIST": '* LIST () "." "商談"\r\n* LIST () "." INBOX.&kuCH5A-\r\n'.encode()}
    with talking(lines) as (line, server):
        line.folders()
        line.move("商談", [1], "INBOX.鋠蟤")
        (said,) = [heard for heard in server.heard if b"UID MOVE" in heard]
        assert said.endswith(b'UID MOVE 1 "INBOX.&kuCH5A-"\r\n')
        assert "商談".encode() in server.heard


# Asking.


def test_a_server_that_searches_for_ascii_only_is_told_of_in_words() -> None:
    with talking({b"UID SEARCH": b"NO [BADCHARSET (US-ASCII)] no"}) as (line, server):
        with pytest.raises(ServerError, match="plain ASCII"):
            line.search("INBOX", Word("見積"))
        assert commands(server, b"UID SEARCH") == [b"UID SEARCH CHARSET UTF-8 TEXT {6+}"]


def test_ascii_words_need_no_charset() -> None:
    with talking({b"UID SEARCH": b"* SEARCH 3 1 \r\n"}) as (line, server):
        assert line.search("INBOX", Word("quote")) == [1, 3]
        assert commands(server, b"UID SEARCH") == [b'UID SEARCH TEXT "quote"']


def test_a_found_id_is_compared_with_the_header() -> None:
    field = b"BODY[HEADER.FIELDS (Message-ID)] {%d}\r\n%s)\r\n"
    right, wrong = b"Message-ID:\r\n <a@x>\r\n\r\n", b"Message-ID: <ba@x>\r\n\r\n"
    said = b"* 1 FETCH (UID 1 " + field % (len(right), right) + b"* 2 FETCH (UID 2 " + field % (len(wrong), wrong)
    with talking({b"UID SEARCH": b"* SEARCH 1 2 3\r\n", b"UID FETCH": said}) as (line, _server):
        assert line.find("INBOX", "<a@x>") == [1]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"* 1 FETCH (UID 1 BODY[1] NIL BODY[1.MIME] NIL)\r\n",
        b"* 2 FETCH (UID 2 BODY[] {1}\r\nx BODY[1] {1}\r\nx)\r\n",
    ],
)
def test_what_a_server_does_not_give_is_gone(answer: bytes) -> None:
    with talking({b"UID FETCH": answer}) as (line, _server):
        assert line.raw("INBOX", 1) is None
        assert line.part("INBOX", 1, "1") is None


def test_a_part_without_a_header_comes_as_it_is() -> None:
    said = b"* 1 FETCH (UID 1 BODY[2] {4}\r\n=41= BODY[2.MIME] NIL)\r\n"
    with talking({b"UID FETCH": said}) as (line, _server):
        assert line.part("INBOX", 1, "2") == b"=41="


# The line.


def test_a_line_that_ends_in_the_middle_of_an_answer_leaves_the_outcome_open() -> None:
    with talking({b"UID MOVE": b"* OK [COPYUID 7 1 11] moved\r\n* BYE going down\r\n"}) as talk:
        line, _server = talk
        with pytest.raises(NetworkError, match="going down"):
            line.move("INBOX", [1], "Done")
