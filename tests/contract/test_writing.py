"""What every mail server's session promises to who asks for single messages, and to who writes, on each server."""

import contextlib
import email
import email.policy
import os
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage

import pytest

from salesinbox.formats import query
from salesinbox.model.errors import NetworkError, QueryError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.session import Session
from tests.servers import Cut, Mailbox

Connect = Callable[..., Session]

COUNT_CHANGES = ("qresync", "condstore", "maildir", "gmail", "pop3")
TELL_VANISHED = ("qresync", "maildir", "gmail", "pop3")
"""As in test_session."""

NOTHING = FlagState(Flag.NONE)
SEEN = FlagState(Flag.SEEN)


def mail(subject: str, body: str = "Hello", message_id: str = "") -> bytes:
    head = f"From: Ann <ann@customer.example>\r\nTo: rep@zylker.example\r\nSubject: {subject}\r\n"
    head += f"Message-ID: {message_id or f'<{subject}@test.example>'}\r\n"
    return f"{head}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n".encode()


def filled(server: Mailbox, connect: Connect, subjects: str = "abc") -> tuple[Session, list[int]]:
    """A session in an INBOX of these messages, and their UIDs."""
    for subject in subjects:
        server.deliver(mail(subject))
    line = connect(server)
    line.open("INBOX", None)
    return line, line.uids()


def subjects_in(server: Mailbox, folder: str) -> dict[int, str]:
    """UID → subject, as another client sees them."""
    with server.client() as other:
        other.select_folder(folder, readonly=True)
        found = other.fetch(other.search(), ["BODY.PEEK[HEADER]"]) if other.search() else {}
        return {uid: email.message_from_bytes(data[b"BODY[HEADER]"])["Subject"] for uid, data in found.items()}


def flags_in(server: Mailbox, folder: str = "INBOX") -> dict[int, set[bytes]]:
    with server.client() as other:
        other.select_folder(folder, readonly=True)
        return {uid: {*flags} - {b"\\Recent"} for uid, flags in other.get_flags(other.search()).items()}


def make_folder(server: Mailbox, *names: str) -> None:
    with server.client() as other:
        for name in names:
            other.create_folder(name)


# Capabilities.


def test_ACT_1_moving_at_one_stroke_shows_in_the_capabilities(server: Mailbox, connect: Connect) -> None:
    assert {"MOVE", "UIDPLUS"} <= connect(server).capabilities()


# Single messages.


def with_attachments() -> tuple[bytes, bytes, bytes]:
    binary, text = os.urandom(70_000), "名前,金額\r\n".encode("shift_jis")
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["Subject"] = "ann@customer.example", "Quote"
    message.set_content("見積書をお送りします。\n", cte="quoted-printable")
    message.add_alternative("<p>=見積書</p>", subtype="html", cte="base64")
    message.add_attachment(binary, maintype="application", subtype="pdf", filename="見積書.pdf")
    message.add_attachment(text, maintype="text", subtype="csv", filename="list.csv", cte="quoted-printable")
    return message.as_bytes(), binary, text


def test_READ_5_parts_come_decoded_and_the_source_as_it_is(server: Mailbox, connect: Connect) -> None:
    raw, binary, text = with_attachments()
    server.deliver(raw)
    line = connect(server)
    line.open("INBOX", None)
    (uid,) = line.uids()
    assert line.raw("INBOX", uid) == raw
    assert line.part("INBOX", uid, "2") == binary
    # pymap counts the line break before a boundary to the part, though it is the boundary's (RFC 2046 §5.1.1).
    assert (line.part("INBOX", uid, "3") or b"").removesuffix(b"\r\n" if server.kind == "pymap" else b"") == text
    plain = line.part("INBOX", uid, "1.1")
    assert plain is not None
    assert plain.decode().strip() == "見積書をお送りします。"
    rich = line.part("INBOX", uid, "1.2")
    assert rich is not None
    assert rich.decode().strip() == "<p>=見積書</p>"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_READ_5_the_only_part_of_a_message_is_decoded_by_its_own_header(
    server: Mailbox, connect: Connect, encoding: str
) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "alone"
    message.set_content("=見積書\n", cte=encoding)
    server.deliver(message.as_bytes())
    line = connect(server)
    line.open("INBOX", None)
    content = line.part("INBOX", line.uids()[0], "1")
    assert content is not None
    assert content.decode().strip() == "=見積書"


def test_what_is_gone_has_no_source_and_no_parts(server: Mailbox, connect: Connect) -> None:
    line, (a, b) = filled(server, connect, "ab")
    assert line.raw("INBOX", 4_000_000) is None
    assert line.part("INBOX", 4_000_000, "1") is None
    with server.client() as other:
        other.select_folder("INBOX")
        other.delete_messages([a])
        other.expunge()
    line.open("INBOX", None)
    assert line.raw("INBOX", a) is None
    assert line.part("INBOX", a, "1") is None
    assert line.raw("INBOX", b) is not None


@pytest.mark.parametrize("section", ["", "0", "1.0", "x", "1]", "1.MIME", "1\r\n", "TEXT", "1" * 10])
def test_a_section_never_becomes_a_command(server: Mailbox, connect: Connect, section: str) -> None:
    line, (a,) = filled(server, connect, "a")
    with pytest.raises(ServerError, match="no part"):
        line.part("INBOX", a, section)
    assert line.uids() == [a]


def test_READ_1_nothing_is_marked_as_read_by_looking_at_it(server: Mailbox, connect: Connect) -> None:
    server.deliver(with_attachments()[0])
    line = connect(server)
    line.open("INBOX", None)
    (uid,) = line.uids()
    for _again in range(2):
        assert line.raw("INBOX", uid)
        assert line.part("INBOX", uid, "2")
        assert line.find("INBOX", "<x@y>") == []
        # Now in a folder that is open for writing.
        line.store("INBOX", [uid], FlagState(Flag.FLAGGED), NOTHING)
    assert flags_in(server) == {uid: {b"\\Flagged"}}


def test_messages_of_other_folders_are_read_while_one_is_open(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "見積/2026")
    server.deliver(mail("far"), "見積/2026")
    line, (a,) = filled(server, connect, "a")
    (uid,) = line.find("見積/2026", "<far@test.example>")
    assert line.raw("見積/2026", uid) == mail("far")
    assert line.raw("INBOX", a) == mail("a")
    # Gmail gives texts with line ends of its own; what is saved is taken from the source.
    assert (line.part("見積/2026", uid, "1") or b"").splitlines() == [b"Hello"]
    assert line.open("INBOX", None).exists == 1
    assert line.uids() == [a]


# Finding and searching.


def test_a_message_is_found_by_its_id_and_only_it(server: Mailbox, connect: Connect) -> None:
    for message_id in ("<1@x.example>", "<11@x.example>", "<1@x.example.org>", "1@bare.example"):
        server.deliver(mail("m", message_id=message_id))
    server.deliver(mail("again", message_id="<1@x.example>"))
    line = connect(server)
    line.open("INBOX", None)
    uids = line.uids()
    bodies = {uid: line.raw("INBOX", uid) or b"" for uid in uids}
    found = line.find("INBOX", "<1@x.example>")
    assert found == [uid for uid in uids if b"Message-ID: <1@x.example>\r\n" in bodies[uid]]
    assert len(found) == 2
    assert len(line.find("INBOX", "<1@bare.example>")) == 1
    assert line.find("INBOX", "<@x.example>") == []
    assert line.find("INBOX", "") == []
    assert line.find("INBOX", "<>") == []


@pytest.mark.parametrize(
    "message_id",
    ['<a"b@x.example>', "<a\\b@x.example>", "<%*{3}@x.example>", "<(a)@x.example>", "<見積-1234@x.example>"],
)
@pytest.mark.parametrize("kind", ["dovecot", "dovecot_plain", "maildir_box"])
def test_hostile_ids_are_found_as_they_are(
    request: pytest.FixtureRequest, connect: Connect, kind: str, message_id: str
) -> None:
    # Not on pymap, which ends the line when it comes across such an id in a search.
    server: Mailbox = request.getfixturevalue(kind)
    server.deliver(mail("m", message_id=message_id))
    server.deliver(mail("n", message_id="<other@x.example>"))
    line = connect(server)
    line.open("INBOX", None)
    found = line.find("INBOX", message_id)
    assert len(found) == 1
    assert message_id.encode() in (line.raw("INBOX", found[0]) or b"")
    assert line.find("INBOX", '<" SEEN "@x>') == []


@pytest.mark.parametrize("message_id", ["<a\r\nA1 DELETE INBOX@x>", "<a\0@x>", "<a\n@x>"])
def test_an_id_that_no_command_can_carry_is_refused(server: Mailbox, connect: Connect, message_id: str) -> None:
    line, uids = filled(server, connect, "a")
    with pytest.raises(ServerError, match="line break"):
        line.find("INBOX", message_id)
    assert line.uids() == uids


def searched(line: Session, typed: str, folder: str = "INBOX") -> list[int]:
    return line.search(folder, query.parse(typed, today=date(2026, 11, 24)))


def test_SRCH_1_the_server_searches(server: Mailbox, connect: Connect) -> None:
    server.deliver(mail("quote", "the best price\r\n" + "x" * 70 + "\r\n"), flags="S")
    server.deliver(mail("delivery", "when? " * 500), flags="F")
    line = connect(server)
    line.open("INBOX", None)
    uids = line.uids()
    (quote,) = line.find("INBOX", "<quote@test.example>")
    (delivery,) = [uid for uid in uids if uid != quote]
    assert searched(line, "subject:quote") == [quote]
    assert searched(line, "price") == [quote]
    assert searched(line, '"best price" from:ann') == [quote]
    assert searched(line, "from:ann to:rep") == uids
    assert searched(line, "from:ann -subject:quote") == [delivery]
    assert searched(line, "subject:quote OR subject:delivery OR subject:nothing") == uids
    assert searched(line, "-(subject:quote body:price)") == [delivery]
    assert searched(line, "(subject:quote body:price) OR is:flagged") == uids
    assert searched(line, "is:unread") == [delivery]
    assert searched(line, "is:read") == [quote]
    assert searched(line, "is:flagged deal:Acme") == [delivery]
    assert searched(line, "larger:2000") == [delivery]
    assert searched(line, "smaller:2000") == [quote]
    assert searched(line, "after:2020-01-01") == uids
    assert searched(line, "before:2020-01-01") == []
    assert searched(line, "nothing-like-this") == []
    assert searched(line, 'subject:"quo\\te"') == []
    with pytest.raises(QueryError):
        searched(line, "deal:Acme")


def test_SRCH_3_the_server_searches_for_japanese_text(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "商談")
    server.deliver(mail("one", "見積書をお送りします"), "商談")
    server.deliver(mail("two", "納期はいつですか"), "商談")
    line = connect(server)
    (one,) = line.find("商談", "<one@test.example>")
    (two,) = line.find("商談", "<two@test.example>")
    assert searched(line, "body:見積書", "商談") == [one]
    assert searched(line, "(body:納期 subject:two) OR (body:見積書 subject:one)", "商談") == sorted([one, two])
    assert searched(line, "from:ann -body:納期", "商談") == [one]


# Flags.


def test_ACT_1_flags_are_set_and_cleared(server: Mailbox, connect: Connect) -> None:
    server.deliver(mail("a"))
    server.deliver(mail("b"), flags="F")
    line = connect(server)
    line.open("INBOX", None)
    uids = line.uids()
    before = line.flags(None)
    flagged = next(uid for uid in uids if before[uid].flags & Flag.FLAGGED)
    told = line.store("INBOX", uids, FlagState(Flag.SEEN | Flag.ANSWERED), FlagState(Flag.FLAGGED))
    assert told == dict.fromkeys(uids, FlagState(Flag.SEEN | Flag.ANSWERED))
    if server.kind == "gmail":  # which knows no such mark as "answered": it is told here, and kept nowhere
        assert flags_in(server) == {uid: {b"\\Seen"} for uid in uids}
        return
    assert flags_in(server) == {uid: {b"\\Seen", b"\\Answered"} for uid in uids}
    # Once more changes nothing, and is told all the same.
    assert line.store("INBOX", uids, FlagState(Flag.SEEN), FlagState(Flag.FLAGGED)) == told
    assert line.store("INBOX", [flagged], NOTHING, FlagState(Flag.SEEN)) == {flagged: FlagState(Flag.ANSWERED)}
    assert line.store("INBOX", uids, NOTHING, NOTHING)[flagged] == FlagState(Flag.ANSWERED)
    assert line.store("INBOX", [], SEEN, NOTHING) == {}
    line.open("INBOX", None)
    assert line.flags([flagged]) == {flagged: FlagState(Flag.ANSWERED)}


@pytest.mark.parametrize("kind", ["dovecot", "maildir_box"])
def test_ACT_1_keywords_are_set_and_cleared(request: pytest.FixtureRequest, connect: Connect, kind: str) -> None:
    dovecot: Mailbox = request.getfixturevalue(kind)
    line, (a, b) = filled(dovecot, connect, "ab")
    told = line.store("INBOX", [a], FlagState(Flag.FORWARDED, "$Label1 quote"), NOTHING)
    assert told == {a: FlagState(Flag.FORWARDED, "$Label1 quote")}
    told = line.store("INBOX", [a, b], FlagState(Flag.NONE, "won"), FlagState(Flag.FORWARDED, "quote"))
    assert told == {a: FlagState(Flag.NONE, "$Label1 won"), b: FlagState(Flag.NONE, "won")}
    assert flags_in(dovecot)[a] == {b"$Label1", b"won"}


def test_a_keyword_that_the_server_forgets_is_refused_by_name(pymap_server: Mailbox, connect: Connect) -> None:
    line, uids = filled(pymap_server, connect, "a")
    with pytest.raises(ServerError, match='"quote" in the folder INBOX'):
        line.store("INBOX", uids, FlagState(Flag.NONE, "quote"), NOTHING)
    with pytest.raises(ServerError, match=r"\$Forwarded"):
        line.store("INBOX", uids, FlagState(Flag.FORWARDED), NOTHING)
    assert line.store("INBOX", uids, SEEN, NOTHING) == {uids[0]: SEEN}


@pytest.mark.parametrize(
    "keyword", ["見積", "a(b", "a)", "{3}", "50%", "a*", 'a"', "a\\b", "\\Seen", "a]", "a\0", "a\x7f"]
)
def test_a_keyword_never_becomes_a_command(server: Mailbox, connect: Connect, keyword: str) -> None:
    line, uids = filled(server, connect, "a")
    if server.kind == "gmail":
        # Its labels may be called anything but what it keeps for itself; whatever they are called, nothing else happens.
        with contextlib.suppress(ServerError):
            line.store("INBOX", uids, FlagState(Flag.NONE, keyword), NOTHING)
        assert line.uids() == uids
        assert line.flags(None)[uids[0]].flags == Flag.NONE
        return
    with pytest.raises(ServerError, match="no label with the name"):
        line.store("INBOX", uids, FlagState(Flag.NONE, keyword), NOTHING)
    assert flags_in(server) == {uids[0]: set()}


def test_flags_of_messages_that_are_gone_are_passed_over(server: Mailbox, connect: Connect) -> None:
    line, (a, b, c) = filled(server, connect)
    assert line.store("INBOX", [a, b, 4_000_000], SEEN, NOTHING) == {a: SEEN, b: SEEN}
    with server.client() as other:
        # The folder is open for writing when another client acts.
        other.select_folder("INBOX")
        other.delete_messages([b])
        other.expunge()
        other.add_flags([c], [b"\\Answered"])
    assert line.store("INBOX", [a, b, c], FlagState(Flag.FLAGGED), SEEN) == {
        a: FlagState(Flag.FLAGGED),
        c: FlagState(Flag.FLAGGED | (Flag.NONE if server.kind == "gmail" else Flag.ANSWERED)),
    }
    assert line.store("INBOX", [b], SEEN, NOTHING) == {}


# Moving and copying.


def test_ACT_1_messages_move_and_their_new_numbers_are_told(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "商談", "商談/2026年 (済)")
    line, uids = filled(server, connect, "abcd")
    before = subjects_in(server, "INBOX")
    a, b, c, d = uids
    new = line.move("INBOX", [d, a, b], "商談/2026年 (済)")
    assert sorted(new) == [a, b, d]
    assert subjects_in(server, "商談/2026年 (済)") == {new[uid]: before[uid] for uid in (a, b, d)}
    assert subjects_in(server, "INBOX") == {c: before[c]}
    back = line.move("商談/2026年 (済)", [new[a]], "INBOX")
    assert subjects_in(server, "INBOX") == {c: before[c], back[new[a]]: before[a]}
    assert line.open("INBOX", None).exists == 2
    assert line.uids() == sorted([c, back[new[a]]])
    assert line.move("INBOX", [], "商談") == {}


def test_a_moved_message_keeps_its_flags(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "Done")
    server.deliver(mail("a"), flags="FRS")
    line = connect(server)
    line.open("INBOX", None)
    (uid,) = line.uids()
    new = line.move("INBOX", [uid], "Done")
    assert flags_in(server, "Done") == {new[uid]: {b"\\Seen", b"\\Flagged", b"\\Answered"}}


def test_ACT_1_messages_are_copied_and_stay(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "商談")
    line, uids = filled(server, connect)
    before = subjects_in(server, "INBOX")
    new = line.copy("INBOX", [*uids[1:], 4_000_000], "商談")
    assert subjects_in(server, "商談") == {new[uid]: before[uid] for uid in uids[1:]}
    assert subjects_in(server, "INBOX") == before
    assert line.copy("INBOX", [4_000_000], "商談") == {}
    assert line.copy("INBOX", [], "商談") == {}


def test_what_is_gone_is_passed_over_when_moving(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "Done")
    line, (a, b, c) = filled(server, connect)
    line.store("INBOX", [c], SEEN, NOTHING)
    with server.client() as other:
        other.select_folder("INBOX")
        other.delete_messages([a])
        other.expunge()
    new = line.move("INBOX", [a, b, 4_000_000], "Done")
    assert list(new) == [b]
    assert list(subjects_in(server, "Done")) == [new[b]]
    assert list(subjects_in(server, "INBOX")) == [c]
    assert line.move("INBOX", [a, b], "Done") == {}
    assert line.copy("INBOX", [a, b], "Done") == {}


def test_two_clients_that_move_the_same_message_move_it_once(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "One", "Two")
    line, (a, b) = filled(server, connect, "ab")
    other = connect(server)
    other.open("INBOX", None)
    other.store("INBOX", [a], SEEN, NOTHING)
    first = line.move("INBOX", [a], "One")
    assert list(first) == [a]
    assert list(other.move("INBOX", [a, b], "Two")) == [b]
    assert len(subjects_in(server, "One")) == 1
    assert len(subjects_in(server, "Two")) == 1
    assert subjects_in(server, "INBOX") == {}


def test_ACT_4_moving_to_a_folder_that_is_not_there_is_refused_and_loses_nothing(
    server: Mailbox, connect: Connect
) -> None:
    line, uids = filled(server, connect)
    before = subjects_in(server, "INBOX")
    with pytest.raises(ServerError, match="Nirgendwo ü"):
        line.move("INBOX", uids, "Nirgendwo ü")
    with pytest.raises(ServerError, match="Nirgendwo ü"):
        line.copy("INBOX", uids, "Nirgendwo ü")
    assert subjects_in(server, "INBOX") == before
    # The line goes on.
    assert line.store("INBOX", uids, SEEN, NOTHING) == dict.fromkeys(uids, SEEN)


def test_ACT_4_acting_in_a_folder_that_is_not_there_is_refused_by_name(server: Mailbox, connect: Connect) -> None:
    line, uids = filled(server, connect, "a")
    acts: list[Callable[[str], object]] = [
        lambda name: line.store(name, uids, SEEN, NOTHING),
        lambda name: line.expunge(name, uids),
        lambda name: line.copy(name, uids, "INBOX"),
        lambda name: line.raw(name, uids[0]),
        lambda name: line.part(name, uids[0], "1"),
        lambda name: line.find(name, "<a@test.example>"),
        lambda name: searched(line, "hello", name),
    ]
    for act in acts:
        with pytest.raises(ServerError, match="商談"):
            act("商談")
        # A refusal has closed what was open: nothing may be done in a folder that is not meant.
        assert line.uids() == []
    assert subjects_in(server, "INBOX") == {uids[0]: "a"}
    assert flags_in(server) == {uids[0]: set()}


@pytest.mark.parametrize("kind", ["dovecot", "maildir_box"])
def test_two_thousand_messages_are_moved_at_once(request: pytest.FixtureRequest, connect: Connect, kind: str) -> None:
    dovecot: Mailbox = request.getfixturevalue(kind)
    make_folder(dovecot, "済")
    for number in range(4000):
        dovecot.deliver(mail(f"m{number}"))
    line = connect(dovecot)
    line.open("INBOX", None)
    uids = line.uids()
    before = {header.uid: header.header for header in line.headers(uids)}
    # Every other one: as a set this needs more than one command.
    new = line.move("INBOX", uids[::2], "済")
    assert sorted(new) == uids[::2]
    assert line.open("済", None).exists == 2000
    moved = {header.uid: header.header for header in line.headers(line.uids())}
    assert all(moved[new[uid]] == before[uid] for uid in uids[::2])
    told = line.store("INBOX", uids, SEEN, NOTHING)
    assert told == dict.fromkeys(uids[1::2], SEEN)
    line.open("INBOX", None)
    assert line.uids() == uids[1::2]


# Deleting for good.


def test_ACT_1_only_what_is_meant_is_deleted_for_good(server: Mailbox, connect: Connect) -> None:
    line, (a, b, c) = filled(server, connect)
    with server.client() as other:
        other.select_folder("INBOX")
        other.delete_messages([c])
    line.expunge("INBOX", [a, 4_000_000])
    assert sorted(subjects_in(server, "INBOX")) == [b, c]
    line.expunge("INBOX", [a])
    line.expunge("INBOX", [])
    assert flags_in(server) == {b: set(), c: {b"\\Deleted"}}


# New folders.


@pytest.mark.parametrize("name", ["Archive", "商談/2026年/R & D", 'He said "yes"'])
def test_ACT_1_a_folder_is_made_and_used(server: Mailbox, connect: Connect, name: str) -> None:
    line, (a,) = filled(server, connect, "a")
    line.create(name)
    line.create(name)
    assert name in {folder.name for folder in line.folders()}
    with server.client() as other:
        assert name in {found for _flags, _delimiter, found in other.list_sub_folders()}
    new = line.move("INBOX", [a], name)
    assert subjects_in(server, name) == {new[a]: "a"}
    line.create(name)
    assert subjects_in(server, name) == {new[a]: "a"}
    line.create("INBOX")


@pytest.mark.parametrize("name", ["", "a\r\nA1 LOGOUT", "a\0b", "a\x7f"])
def test_a_name_that_no_folder_can_have_is_refused(server: Mailbox, connect: Connect, name: str) -> None:
    line = connect(server)
    before = line.folders()
    with pytest.raises(ServerError, match="name"):
        line.create(name)
    assert line.folders() == before


# Filing.

DATE = 1_793_581_323  # 2026-11-02 01:02:03 UTC


def arrived_in(server: Mailbox, folder: str) -> dict[int, tuple[bytes, set[bytes], float]]:
    """UID → (octets, flags, internal date), as another client sees them."""
    with server.client() as other:
        other.select_folder(folder, readonly=True)
        found = other.fetch(other.search(), ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"]) if other.search() else {}
    return {
        uid: (data[b"BODY[]"], {*data[b"FLAGS"]} - {b"\\Recent"}, data[b"INTERNALDATE"].timestamp())
        for uid, data in found.items()
    }


@pytest.mark.parametrize("folder", ["Sent", "送信済み/2026", 'odd "name" \\ %', "INBOX"])
def test_SEND_6_a_message_is_filed_as_it_is(server: Mailbox, connect: Connect, folder: str) -> None:
    if server.kind == "pymap" and "odd" in folder:
        folder = "odd name"  # it takes no such names
    if folder != "INBOX":
        make_folder(server, folder)
    line = connect(server)
    flags = [Flag.SEEN, Flag.SEEN | Flag.DRAFT | Flag.ANSWERED, Flag.NONE]
    new = [line.append(folder, mail(f"m{number}"), state, DATE) for number, state in enumerate(flags)]
    assert line.capabilities() >= {"UIDPLUS"}
    if server.kind == "gmail":
        # It takes the date from the message, keeps no mark "answered", and drafts only among the drafts.
        there = arrived_in(server, folder)
        assert [there[uid][:2] for uid in new] == [
            (mail("m0"), {b"\\Seen"}), (mail("m1"), {b"\\Seen"}), (mail("m2"), set()),
        ]  # fmt: skip
        return
    assert arrived_in(server, folder) == {
        new[0]: (mail("m0"), {b"\\Seen"}, DATE),
        new[1]: (mail("m1"), {b"\\Seen", b"\\Draft", b"\\Answered"}, DATE),
        new[2]: (mail("m2"), set(), DATE),
    }
    assert line.find(folder, "<m1@test.example>") == [new[1]]
    assert line.raw(folder, new[1]) == mail("m1")


def test_SEND_6_line_ends_are_mended_when_a_message_is_filed(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    uid = line.append("INBOX", b"Subject: a\nX: b\r\n\r\none\rtwo\n.\n", Flag.NONE, DATE)
    assert arrived_in(server, "INBOX")[uid][0] == b"Subject: a\r\nX: b\r\n\r\none\r\ntwo\r\n.\r\n"


def test_SEND_4_hostile_octets_are_filed_and_drive_nothing(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "Drafts")
    line = connect(server)
    line.open("INBOX", None)
    hostile = b"Subject: x\r\n\r\n" + bytes(range(1, 256)).replace(b"\r", b"") + b"\r\nA1 DELETE Drafts\r\n{9}\r\n)\r\n"
    bare = hostile.replace(b"\t\n", b"\t\r\n")
    uid = line.append("Drafts", hostile + b"\0", Flag.DRAFT, DATE)
    assert arrived_in(server, "Drafts")[uid][0] == bare + b"\x80"
    # The line goes on, and so does the folder.
    assert line.open("Drafts", None).exists == 1


def test_SEND_6_a_folder_that_is_missing_is_made_to_file_in(server: Mailbox, connect: Connect) -> None:
    line, (a,) = filled(server, connect, "a")
    uid = line.append("送信済み", mail("m"), Flag.SEEN, DATE)
    ((octets, marks, when),) = arrived_in(server, "送信済み").values()
    assert (octets, marks) == (mail("m"), {b"\\Seen"})
    assert when == DATE or server.kind == "gmail"  # which takes the date from the message
    assert [uid] == line.find("送信済み", "<m@test.example>")
    assert "送信済み" in [folder.name for folder in line.folders()]
    # What was open is still what is meant.
    line.open("INBOX", None)
    assert line.uids() == [a]


def test_a_folder_name_that_cannot_be_is_refused_when_filing(server: Mailbox, connect: Connect) -> None:
    line, uids = filled(server, connect, "a")
    with pytest.raises(ServerError):
        line.append("a\0b", mail("m"), Flag.SEEN, DATE)
    with pytest.raises(ServerError):
        line.append("a\r\nA1 DELETE INBOX", mail("m"), Flag.SEEN, DATE)
    assert line.uids() == uids


def test_SEND_9_large_messages_are_filed(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    body = "".join(f"{number:070}\r\n" for number in range(70_000))
    large = mail("large", body)
    assert len(large) > 5_000_000
    uid = line.append("INBOX", large, Flag.SEEN, DATE)
    assert arrived_in(server, "INBOX")[uid][0] == large
    assert line.find("INBOX", "<large@test.example>") == [uid]


def test_SEND_6_what_was_just_filed_is_found_whichever_folder_is_open(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "Sent")
    line = connect(server)
    line.open("Sent", None)
    assert line.find("Sent", "<one@test.example>") == []
    one = line.append("Sent", mail("one"), Flag.SEEN, DATE)
    assert line.find("Sent", "<one@test.example>") == [one]
    line.open("INBOX", None)
    assert line.find("Sent", "<two@test.example>") == []
    two = line.append("Sent", mail("two"), Flag.SEEN, DATE)
    assert line.find("Sent", "<two@test.example>") == [two]
    line.store("Sent", [one], FlagState(Flag.FLAGGED), NOTHING)
    three = line.append("Sent", mail("three"), Flag.SEEN, DATE)
    assert line.find("Sent", "<three@test.example>") == [three]


def test_SEND_6_what_another_client_files_is_found_in_a_folder_that_stays_open(
    server: Mailbox, connect: Connect
) -> None:
    make_folder(server, "Sent")
    line = connect(server)
    for opened in (lambda: line.open("Sent", None), lambda: line.open("INBOX", None)):
        opened()
        for number in range(3):
            message_id = f"<{number}.{line.counts('Sent')[0]}@test.example>"
            assert line.find("Sent", message_id) == []
            with server.client() as other:
                other.append("Sent", mail("m", message_id=message_id))
            assert len(line.find("Sent", message_id)) == 1


@pytest.mark.parametrize(
    "message_id",
    [
        "<d5.18c3f0@zylker.example>",
        "<CAF+=a_b~c!#$&'*-/?^`{|}.1@mail.zylker.example>",
        f"<{'x' * 200}@zylker.example>",
        "<a.b@[192.0.2.1]>",
        "<a%b@x.example>",
    ],
)
def test_SEND_6_filed_messages_are_found_by_ids_of_any_mailer(
    server: Mailbox, connect: Connect, message_id: str
) -> None:
    line = connect(server)
    uid = line.append("INBOX", mail("m", message_id=message_id), Flag.SEEN, DATE)
    line.append("INBOX", mail("n", message_id="<other@x.example>"), Flag.SEEN, DATE)
    assert line.find("INBOX", message_id) == [uid]


def test_filing_ends_a_watch_and_is_news_of_the_folder(server: Mailbox, connect: Connect) -> None:
    line, _uids = filled(server, connect, "a")
    line.watch("INBOX")
    line.append("INBOX", mail("b"), Flag.SEEN, DATE)
    assert line.open("INBOX", None).exists == 2


# News.


def test_what_others_do_while_we_write_is_told_by_the_next_open(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "Done")
    line, (a, b, c) = filled(server, connect)
    first = line.open("INBOX", None)
    line.store("INBOX", [a], SEEN, NOTHING)
    with server.client() as other:
        other.select_folder("INBOX")
        other.add_flags([b], [b"\\Flagged"])
        other.delete_messages([c])
        other.expunge()
        other.append("INBOX", mail("d"))
    line.store("INBOX", [a], FlagState(Flag.ANSWERED), NOTHING)
    new = line.move("INBOX", [a], "Done")
    # Nothing of it is told of another folder.
    done = line.open("Done", None)
    assert line.vanished() == []
    assert done.exists == 1
    assert line.uids() == [new[a]]
    second = line.open("INBOX", first.cursor)
    assert second.exists == 2
    (d,) = line.uids(first.cursor.uidnext)
    assert line.uids() == [b, d]
    assert line.flags(None) == {b: FlagState(Flag.FLAGGED), d: NOTHING}
    if server.kind in COUNT_CHANGES:
        assert second.changed is not None
        assert second.changed[b] == FlagState(Flag.FLAGGED)
    if server.kind in TELL_VANISHED:
        assert second.vanished is not None
        assert {uid for low, high in second.vanished for uid in range(low, high + 1)} >= {a, c}


def test_a_watch_goes_on_after_writing(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "Done")
    line, (a, b) = filled(server, connect, "ab")
    line.watch("INBOX")
    line.store("INBOX", [a], SEEN, NOTHING)
    line.move("INBOX", [a], "Done")
    opened = line.open("INBOX", None)
    assert opened.exists == 1
    line.watch("INBOX")
    line.raw("Done", 1)
    server.deliver(mail("c"))
    line.watch("INBOX")
    assert line.wait(30) == {"INBOX"}
    assert line.open("INBOX", opened.cursor).exists == 2
    assert b in line.uids()


def test_SAFE_1_messages_of_a_folder_that_was_replaced_are_not_touched(server: Mailbox, connect: Connect) -> None:
    make_folder(server, "Deals", "Done")
    server.deliver(mail("old"), "Deals")
    line = connect(server)
    line.open("Deals", None)
    (uid,) = line.uids()
    line.open("INBOX", None)
    with server.client() as other:
        other.delete_folder("Deals")
        other.create_folder("Deals")
        other.append("Deals", mail("new"))
    acts: list[Callable[[], object]] = [
        lambda: line.store("Deals", [uid], SEEN, NOTHING),
        lambda: line.move("Deals", [uid], "Done"),
        lambda: line.copy("Deals", [uid], "Done"),
        lambda: line.expunge("Deals", [uid]),
        lambda: line.raw("Deals", uid),
    ]
    if server.kind == "gmail":
        # A message has one number wherever it lies: none can be mistaken for another.
        for act in acts:
            with contextlib.suppress(ServerError):
                act()
        line.open("Deals", None)
        assert list(subjects_in(server, "Deals").values()) == ["new"]
        assert not any(flags_in(server, "Deals").values())
        return
    for act in acts:
        if server.kind in ("maildir", "pop3"):
            # The program numbers files itself, and never gives a number twice: the old number means nothing now.
            assert not act()
            continue
        with pytest.raises(ServerError, match=r"Deals .* has been replaced"):
            act()
    assert list(subjects_in(server, "Deals").values()) == ["new"]
    assert not any(flags_in(server, "Deals").values())
    line.open("Deals", None)
    assert len(line.move("Deals", line.uids(), "Done")) == 1


# The line.


def test_a_line_that_is_cut_raises_in_every_method(imap_server: Mailbox, connect: Connect) -> None:
    make_folder(imap_server, "Done")
    imap_server.deliver(mail("a"))
    acts: list[Callable[[Session], object]] = [
        lambda line: line.store("INBOX", [1], SEEN, NOTHING),
        lambda line: line.move("INBOX", [1], "Done"),
        lambda line: line.copy("INBOX", [1], "Done"),
        lambda line: line.expunge("INBOX", [1]),
        lambda line: line.create("New"),
        lambda line: line.append("INBOX", mail("b"), Flag.SEEN, DATE),
        lambda line: line.raw("INBOX", 1),
        lambda line: line.part("INBOX", 1, "1"),
        lambda line: line.find("INBOX", "<a@test.example>"),
        lambda line: searched(line, "hello"),
    ]
    with Cut(imap_server.port) as proxy:
        line = connect(imap_server, port=proxy.port)
        for act in acts:
            line.open("INBOX", None)
            proxy.cut()
            with pytest.raises(NetworkError, match=str(proxy.port)):
                act(line)
            line.close()
            line.connect()
        assert line.open("INBOX", None).exists == 1
