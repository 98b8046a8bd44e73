"""IMAP answers taken apart: as servers write them, and as no server should."""

import calendar
import random

import pytest

from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.imap.fetch import header, state, uids_found, whole
from salesinbox.providers.imap.folders import decoded, distinct, encoded, listed, with_roles
from salesinbox.providers.imap.select import selected, status, vanished
from salesinbox.providers.imap.wire import (
    NonsenseError,
    compressed,
    expanded,
    fetched,
    ranges_of,
    received,
    state_of,
    uid_sets,
    values,
)


def test_values_nest_and_literals_stand_in_their_places() -> None:
    answer = [rb'* LIST (\Noselect \HasChildren) "/" {5}', b'a"b)c', rb" (x NIL (1 2))"]
    assert values(answer) == [
        b"*",
        b"LIST",
        [b"\\Noselect", b"\\HasChildren"],
        b"/",
        b'a"b)c',
        [b"x", None, [b"1", b"2"]],
    ]


@pytest.mark.parametrize(
    "line",
    [b"(", b")", b'"', b"a)b(", b"(" * 5000, b'("a', b'(a "b\\', b"((a)"],
)
def test_values_refuse_what_is_not_balanced(line: bytes) -> None:
    with pytest.raises(NonsenseError):
        values([line])


@pytest.mark.parametrize(
    "line",
    [
        rb"* 3 FETCH (UID 7 FLAGS (\Seen $Forwarded hot))",
        rb"* 3 FETCH (UID 7 FLAGS (\Seen $Forwarded hot) MODSEQ (99))",
        rb"* 3 FETCH (UID 7 MODSEQ (99) FLAGS (\Seen $Forwarded hot))",
        rb"* 3 FETCH (FLAGS (\Seen $Forwarded hot) UID 7)",
        rb"* 3 fetch (flags (\SEEN $forwarded hot) uid 7)",
        rb"* 3 FETCH (FLAGS (hot \Recent \Seen $Forwarded \Unheard) X-GM-MSGID 12 UID 7)",
    ],
)
def test_flags_in_every_order(line: bytes) -> None:
    assert state([line]) == (7, FlagState(Flag.SEEN | Flag.FORWARDED, "hot"))


def test_flags_without_a_uid_belong_to_nobody() -> None:
    assert state([rb"* 3 FETCH (FLAGS (\Seen))"]) is None
    assert state([b"* 3 EXISTS"]) is None


def test_keywords_are_sorted_and_harmless() -> None:
    assert state_of(b"zeta Alpha \xe8\xa6\x8b \x1b[31m").keywords.split() == sorted(["zeta", "Alpha", "見", "�[31m"])


def test_a_keyword_that_looks_like_an_item_stays_a_keyword() -> None:
    assert state([b"* 3 FETCH (FLAGS (UID 9 FLAGS) UID 7)"]) == (7, FlagState(Flag.NONE, "9 FLAGS UID"))


def test_headers_in_every_order_and_form() -> None:
    usual = [
        rb'* 1 FETCH (UID 5 FLAGS (\Seen) INTERNALDATE "01-Nov-2026 09:00:00 +0900" RFC822.SIZE 99 BODY[HEADER.FIELDS (FROM TO)] {9}',
        b"From: a\r\n",
        b")",
    ]
    turned = [
        rb'* 1 FETCH (BODY[HEADER.FIELDS ("FROM" "TO")] {9}',
        b"From: a\r\n",
        rb' RFC822.SIZE 99 INTERNALDATE " 1-Nov-2026 00:00:00 +0000" MODSEQ (4) FLAGS (\Seen) UID 5)',
    ]
    quoted = [
        rb'* 1 FETCH (UID 5 FLAGS (\Seen) INTERNALDATE "01-Nov-2026 00:00:00 +0000" RFC822.SIZE 99 BODY[HEADER.FIELDS (FROM TO)] "From: a")',
    ]
    first, second, third = header(usual), header(turned), header(quoted)
    assert first is not None
    assert first == second
    assert third is not None
    assert third.header == b"From: a"
    assert (first.uid, first.size, first.header) == (5, 99, b"From: a\r\n")
    assert first.received == calendar.timegm((2026, 11, 1, 0, 0, 0))


def test_whole_messages() -> None:
    assert whole([b"* 1 FETCH (UID 5 BODY[] {3}", b"abc", b")"]) == (5, b"abc")
    assert whole([b"* 1 FETCH (BODY[] {3}", b"abc", b" FLAGS (\\Seen) UID 5)"]) == (5, b"abc")
    assert whole([b'* 1 FETCH (UID 5 BODY[] "")']) == (5, b"")
    assert whole([b"* 1 FETCH (UID 5 BODY[] NIL)"]) is None
    assert whole([b"* 1 FETCH (UID 5 FLAGS ())"]) is None


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (b"24-Nov-2026 06:14:09 +0000", (2026, 11, 24, 6, 14, 9)),
        (b" 4-Feb-2024 23:30:00 -0130", (2024, 2, 5, 1, 0, 0)),
        (b"29-feb-2024 00:00:00 +0900", (2024, 2, 28, 15, 0, 0)),
    ],
)
def test_internal_dates(written: bytes, seconds: tuple[int, ...]) -> None:
    assert received(written) == calendar.timegm(seconds)


@pytest.mark.parametrize("written", [b"", b"yesterday", b"31-Feb-2024 00:00:00 +0000", b"01-Foo-2024 00:00:00 +0000"])
def test_a_date_that_is_none_loses_no_message(written: bytes) -> None:
    assert received(written) == 0


def test_sets_hold_exactly_the_uids_and_stay_short() -> None:
    rng = random.Random(5)
    uids = sorted(rng.sample(range(1, 4_000_000), 3000)) + list(range(5_000_000, 5_000_500))
    sets = list(uid_sets(reversed(uids)))
    assert len(sets) > 1
    assert all(len(named) <= 7500 for named in sets)
    back = [uid for named in sets for uid in expanded(ranges_of(named), 10_000)]
    assert back == uids
    assert list(compressed([5, 3, 4, 9, 3])) == [(3, 5), (9, 9)]
    assert list(uid_sets([])) == []


@pytest.mark.parametrize("octets", [b"", b"1,", b"a", b"1:*", b"1::2", b"-1", b"99999999999"])
def test_sets_that_are_none(octets: bytes) -> None:
    with pytest.raises(NonsenseError):
        ranges_of(octets)


def test_search_answers_of_all_kinds() -> None:
    assert uids_found([[b"* SEARCH 3 1 2 "]], 1, 3) == [1, 2, 3]
    assert uids_found([[b"* SEARCH"]], 1, 3) == []
    assert uids_found([[b"* SEARCH 1 2 (MODSEQ 917)"], [b"* SEARCH 3"]], 2, 3) == [2, 3]
    assert uids_found([[b'* ESEARCH (TAG "S1") UID ALL 1:2,9']], 1, 3) == [1, 2, 9]
    assert uids_found([[b'* ESEARCH (TAG "S1") UID']], 1, 3) == []
    assert uids_found([[b'* ESEARCH (TAG "S1") UID ALL 7']], 8, 3) == []


def test_a_flood_of_uids_is_refused() -> None:
    with pytest.raises(NonsenseError):
        uids_found([[b"* ESEARCH UID ALL 1:4294967295"]], 1, 3)


def test_what_was_said_before_closed_is_about_the_folder_before() -> None:
    here = selected(
        [
            [b"* VANISHED 1:5"],
            [rb"* 1 FETCH (UID 9 FLAGS (\Seen))"],
            [b"* 44 EXISTS"],
            [b"* OK [CLOSED] Previous mailbox closed."],
            [b"* 2 EXISTS"],
            [b"* OK [UIDVALIDITY 7] valid"],
            [b"* OK [UIDNEXT 12] next"],
            [b"* OK [HIGHESTMODSEQ 34] highest"],
            [b"* VANISHED (EARLIER) 3,6:8"],
            [rb"* 1 FETCH (UID 10 FLAGS (\Flagged) MODSEQ (30))"],
        ]
    )
    assert (here.exists, here.uidvalidity, here.uidnext, here.modseq) == (2, 7, 12, 34)
    assert here.vanished == [(3, 3), (6, 8)]
    assert here.changed == {10: FlagState(Flag.FLAGGED)}


def test_vanished_and_status() -> None:
    assert vanished([b"* VANISHED 4:2"]) == ([(2, 4)], False)
    assert vanished([b"* 4 EXPUNGE"]) is None
    assert status([b'* STATUS "a b" (MESSAGES 3 UIDNEXT 9)']) == (b"a b", {b"MESSAGES": 3, b"UIDNEXT": 9})
    assert status([b"* STATUS {3}", b"a b", b" (MESSAGES 3)"]) == (b"a b", {b"MESSAGES": 3})
    with pytest.raises(NonsenseError):
        status([b"* STATUS x (MESSAGES many)"])


def test_fetch_answers_that_make_no_sense() -> None:
    for line in (b"* 1 FETCH (UID)", b"* 1 FETCH (UID 1", b"* 1 FETCH ((a) b)", b"* 1 FETCH (UID 1) x"):
        with pytest.raises(NonsenseError):
            fetched([line])
    with pytest.raises(NonsenseError):
        state([b"* 1 FETCH (UID x FLAGS ())"])
    with pytest.raises(NonsenseError):
        state([b"* 1 FETCH (UID 1 FLAGS seen)"])


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"INBOX", "INBOX"),
        (b"&kAFP4W4IMH8-", "送信済み"),
        (b"R &- D", "R & D"),
        (b"&2D3eQg-", "🙂"),
        (b"Gesch&AOQ-ft", "Geschäft"),
    ],
)
def test_names_in_modified_utf_7(raw: bytes, name: str) -> None:
    assert decoded(raw) == name
    assert encoded(name) == raw


@pytest.mark.parametrize("raw", [b"&", b"&A-", b"&2AA-", b"\xff\xfe", b"&AAAA", "é".encode(), b"&!!!-"])
def test_names_that_are_no_modified_utf_7_become_text_all_the_same(raw: bytes) -> None:
    decoded(raw).encode()


def test_names_that_read_alike_stay_apart() -> None:
    answers = [[b'* LIST () "/" "R &- D"'], [b'* LIST () "/" "R & D"'], [b'* LIST () "/" "R &- D"']]
    found = distinct(folder for answer in answers if (folder := listed(answer)))
    assert {folder.raw: folder.name for folder in found} == {b"R & D": "R & D", b"R &- D": "R &- D"}
    answers = [[b'* LIST () "/" "\xe8\xa6\x8b"'], [b'* LIST () "/" "&iYs-"']]
    found = distinct(folder for answer in answers if (folder := listed(answer)))
    assert [folder.name for folder in found] == ["見", "&iYs-"]


def test_roles_by_special_use_go_before_names() -> None:
    answers = [
        [rb'* LIST (\HasNoChildren) "/" "Sent Items"'],
        [rb'* LIST (\HasNoChildren \Sent) "/" Gesendet'],
        [rb'* LIST (\HasNoChildren) "/" inbox'],
        [rb'* LIST (\HasNoChildren) "/" "INBOX/Trash"'],
        [rb'* LIST (\Noselect) "/" Spam'],
        [rb'* LIST (\HasNoChildren) "/" Junk'],
        [rb'* LIST (\All \HasNoChildren) "/" "[Gmail]/All Mail"'],
        [rb'* LIST (\HasNoChildren) "/" "Customers/Drafts"'],
        [rb"* LIST (\HasNoChildren) NIL {4}", b"a\r\nb", b""],
        [rb'* LIST (\HasNoChildren) "/" "' + encoded("ｺﾞﾐ箱") + b'"'],
    ]
    folders = with_roles([folder for answer in answers if (folder := listed(answer))])
    roles = {folder.name: folder.role for folder in folders if folder.role}
    assert roles == {
        "inbox": "inbox",
        "Gesendet": "sent",
        "INBOX/Trash": "trash",
        "Junk": "spam",
        "[Gmail]/All Mail": "all",
    }
    assert folders[0].name == "inbox"
    assert {folder.name: folder.selectable for folder in folders}["Spam"] is False
    assert next(folder for folder in folders if folder.name == "a\r\nb").delimiter == ""
