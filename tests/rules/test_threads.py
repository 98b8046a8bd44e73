"""Threads: who decides (COL-2), what a card shows (COL-10), views of the mail itself (VIEW-3)."""

import random

import pytest

from salesinbox.model.board import ME, View
from salesinbox.model.mail import Flag
from salesinbox.rules.threads import MessageFacts, join, sane_date, summarise

INBOX, SENT, DRAFTS, ARCHIVE = int(View.INBOX), int(View.SENT), int(View.DRAFTS), int(View.ARCHIVE)
SPAM, TRASH, PLAIN = int(View.SPAM), int(View.TRASH), int(View.ALL)
REP = "hashimoto@zylker.example"


def theirs(date, name="永田 達郎", address="Nagata@minato.example", **more):
    return MessageFacts(date=date, received=date, sender_name=name, sender_address=address, subject=f"s{date}", **more)


def mine(date, to="nagata@minato.example", name="永田 達郎", **more):
    more.setdefault("roles", SENT)
    return MessageFacts(
        date=date,
        received=date,
        sender_name="橋本 奈美",
        sender_address=REP,
        first_recipient=(name, to),
        mine=True,
        subject=f"s{date}",
        **more,
    )


def colleague(date, **more):
    return theirs(date, "鈴木 ほなみ", "suzuki@zylker.example", **more)


DECIDERS = [
    ("one message", [theirs(1)], "nagata@minato.example"),
    ("newest of theirs", [theirs(1), colleague(2)], "suzuki@zylker.example"),
    ("the rep's own do not decide", [theirs(1), mine(2, "other@x.example")], "nagata@minato.example"),
    ("dates decide, not the order", [colleague(5), theirs(1)], "suzuki@zylker.example"),
    ("all by the rep: first recipient", [mine(1, "Shimura@X.example")], "shimura@x.example"),
    ("all by the rep: of the newest", [mine(1, "a@x.example"), mine(2, "b@x.example")], "b@x.example"),
    ("all by the rep: newest names nobody", [mine(1, "a@x.example"), mine(2, "")], "a@x.example"),
    ("all by the rep: nobody named", [mine(1, "")], ""),
    (
        "a draft does not decide",
        [mine(1, "a@x.example"), mine(2, "b@x.example", roles=DRAFTS)],
        "a@x.example",
    ),
    ("drafts only", [mine(2, "b@x.example", roles=DRAFTS)], "b@x.example"),
    ("a trashed message does not decide", [theirs(1), colleague(2, roles=TRASH)], "nagata@minato.example"),
    ("a spam message does not decide", [theirs(1), colleague(2, roles=SPAM)], "nagata@minato.example"),
    ("trash only", [theirs(1, roles=TRASH), colleague(2, roles=TRASH)], "suzuki@zylker.example"),
    ("an automatic answer decides too", [theirs(1), colleague(2, automatic=True)], "suzuki@zylker.example"),
]


@pytest.mark.parametrize(("messages", "address"), [c[1:] for c in DECIDERS], ids=[c[0] for c in DECIDERS])
def test_COL_2_who_decides(messages, address):
    assert summarise(messages).sender_address == address


def test_COL_13_the_warning_is_the_deciding_messages():
    assert summarise([theirs(1, warning="auth-failed"), theirs(2)]).warning == ""
    assert summarise([theirs(1), theirs(2, warning="auth-failed"), mine(3)]).warning == "auth-failed"
    # Somebody who poses as the rep is told from the rep by nothing else.
    assert summarise([mine(1, REP, warning="auth-failed", roles=INBOX)]).warning == "auth-failed"


PEOPLE = [
    ("sender", [theirs(1)], ("永田 達郎",)),
    ("newest first, each once", [theirs(1), colleague(2), theirs(3)], ("永田 達郎", "鈴木 ほなみ")),
    ("the rep among them", [theirs(1), mine(2)], (ME, "永田 達郎")),
    ("the rep earlier", [mine(1), colleague(2)], ("鈴木 ほなみ", ME)),
    ("the rep alone: with whom", [mine(1)], ("永田 達郎", ME)),
    ("no name: the address", [theirs(1, "")], ("nagata@minato.example",)),
    ("nothing at all", [theirs(1, "", "")], ("?",)),
    ("a stranger called me is not the rep", [theirs(1, "me"), mine(2)], (ME, "me")),
    ("drafts name nobody", [theirs(1), mine(2, roles=DRAFTS)], ("永田 達郎",)),
]


@pytest.mark.parametrize(("messages", "people"), [c[1:] for c in PEOPLE], ids=[c[0] for c in PEOPLE])
def test_COL_10_people(messages, people):
    assert summarise(messages).people == people


def test_COL_10_subject_date_and_counts_are_the_threads():
    summary = summarise(
        [theirs(10, seen=False), mine(20), theirs(30, seen=False, attachments=True)._replace(subject="")]
    )
    assert (summary.subject, summary.date, summary.messages, summary.unread) == ("s20", 30, 3, 2)
    assert (summary.attachments, summary.flagged) == (True, False)


def test_COL_10_a_draft_counts_but_does_not_date_the_thread():
    summary = summarise([theirs(10), mine(20, roles=DRAFTS, seen=False)])
    assert (summary.date, summary.subject, summary.messages, summary.unread) == (10, "s10", 2, 0)
    assert summary.views & View.DRAFTS


VIEWS = [
    ("inbox", [theirs(1)], View.INBOX | View.ALL),
    ("unread", [theirs(1, seen=False)], View.INBOX | View.UNREAD | View.ALL),
    ("flagged", [theirs(1, flagged=True)], View.INBOX | View.FLAGGED | View.ALL),
    ("plain folder", [theirs(1, roles=PLAIN)], View.ALL),
    ("archive", [theirs(1, roles=ARCHIVE)], View.ARCHIVE | View.ALL),
    ("two places", [theirs(1, roles=ARCHIVE | INBOX)], View.ARCHIVE | View.INBOX | View.ALL),
    ("sent waits", [mine(1)], View.SENT | View.WAITING | View.ALL),
    ("answered waits", [theirs(1), mine(2)], View.INBOX | View.SENT | View.WAITING | View.ALL),
    ("they answered", [mine(1), theirs(2)], View.INBOX | View.SENT | View.ALL),
    ("an automatic message of the rep's", [mine(1, automatic=True)], View.SENT | View.ALL),
    ("to oneself", [mine(1, REP)], View.SENT | View.ALL),
    ("to nobody", [mine(1, "")], View.SENT | View.ALL),
    ("to an alias of one's own", [mine(1, "alias@zylker.example")], View.SENT | View.ALL),
    ("a draft does not wait", [mine(1, roles=DRAFTS)], View.DRAFTS | View.ALL),
    ("unread copy in Sent is no news", [mine(1, seen=False)], View.SENT | View.WAITING | View.ALL),
    (
        "unread from oneself in the inbox",
        [mine(1, REP, seen=False, roles=INBOX)],
        View.INBOX | View.UNREAD | View.ALL,
    ),
    ("spam", [theirs(1, roles=SPAM, seen=False, flagged=True)], View.SPAM),
    ("trash", [theirs(1, roles=TRASH, seen=False)], View.TRASH),
    ("trashed own mail does not wait", [mine(1, roles=TRASH)], View.TRASH),
    (
        "one of two trashed",
        [theirs(1), theirs(2, roles=TRASH, seen=False, flagged=True)],
        View.INBOX | View.ALL,
    ),
    ("one in trash, one in spam", [theirs(1, roles=SPAM), theirs(2, roles=TRASH)], View.SPAM | View.TRASH),
    ("trash and inbox", [theirs(1, roles=TRASH | INBOX)], View.INBOX | View.ALL),
]


@pytest.mark.parametrize(("messages", "views"), [c[1:] for c in VIEWS], ids=[c[0] for c in VIEWS])
def test_VIEW_3_views_of_the_mail(messages, views):
    assert View(summarise(messages, {REP, "alias@zylker.example"}).views) == views


WAITING = [
    ("theirs", [theirs(1)], 1, False),
    ("oldest of several", [theirs(1), theirs(2)], 1, False),
    ("answered by mail", [theirs(1), mine(2)], 0, True),
    ("answered, then asked again", [theirs(1), mine(2), theirs(3), theirs(4)], 3, False),
    ("answered by flag", [theirs(1, answered=True)], 0, True),
    ("flag, then asked again", [theirs(1, answered=True), theirs(2)], 2, False),
    ("only the rep's", [mine(1)], 0, False),
    ("twice by the rep", [theirs(1), mine(2), mine(3)], 0, True),
    ("a draft is no answer", [theirs(1), mine(2, roles=DRAFTS)], 1, False),
    ("an automatic answer is none", [theirs(1), mine(2, automatic=True)], 1, False),
    ("automatic mail waits for none", [theirs(1, automatic=True)], 0, False),
    ("trash waits for none", [theirs(1, roles=TRASH)], 0, False),
]


@pytest.mark.parametrize(("messages", "since", "answered"), [c[1:] for c in WAITING], ids=[c[0] for c in WAITING])
def test_COL_11_waiting_since(messages, since, answered):
    summary = summarise(messages)
    assert (summary.waiting_since, summary.answered) == (since, answered)


def test_summary_does_not_depend_on_the_order_of_messages():
    messages = [
        theirs(1, seen=False),
        mine(2),
        colleague(3, roles=ARCHIVE),
        theirs(4, flagged=True),
        mine(5, roles=DRAFTS),
    ]
    expected = summarise(messages)
    for seed in range(20):
        random.Random(seed).shuffle(messages)
        assert summarise(messages) == expected


def test_one_thread_of_ten_thousand_messages_keeps_its_row_small():
    summary = summarise([theirs(n, f"name {n}", f"a{n}@x.example") for n in range(10_000)])
    assert (summary.messages, summary.people[0]) == (10_000, "name 9999")
    assert len(summary.people) <= 12


@pytest.mark.parametrize(
    ("first", "first_seen", "second", "second_seen", "seen"),
    [
        (INBOX, False, ARCHIVE, True, False),
        (ARCHIVE, True, INBOX, False, False),
        (INBOX, True, ARCHIVE, False, True),
        (ARCHIVE, False, PLAIN, True, True),
        (PLAIN, True, ARCHIVE, False, True),
        (PLAIN, False, ARCHIVE, False, False),
        (INBOX, False, TRASH, True, False),
        (TRASH, True, INBOX, False, False),
        (TRASH, False, ARCHIVE, True, True),
        (SPAM, False, TRASH, True, True),
    ],
)
def test_copies_of_a_message_agree_on_whether_it_was_read(first, first_seen, second, second_seen, seen):
    facts = theirs(1, seen=first_seen, roles=first).also_in(View(second), seen=second_seen, flags=0)
    assert facts.seen == seen
    assert facts.roles == first | second


def test_copies_share_flags_unless_one_is_in_the_trash():
    flags = int(Flag.FLAGGED | Flag.ANSWERED)
    facts = theirs(1).also_in(ARCHIVE, seen=True, flags=flags)
    assert (facts.flagged, facts.answered) == (True, True)
    facts = theirs(1).also_in(TRASH, seen=True, flags=flags)
    assert (facts.flagged, facts.answered) == (False, False)
    facts = theirs(1, flagged=True, roles=TRASH).also_in(INBOX, seen=True, flags=0)
    assert not facts.flagged


@pytest.mark.parametrize(
    ("ids", "existing", "joined", "merged"),
    [
        ([], {}, None, []),
        (["<a>"], {}, None, []),
        (["<a>", "<b>"], {"<b>": 4}, 4, []),
        (["<a>", "<b>"], {"<a>": 4, "<b>": 4}, 4, []),
        (["<a>", "<b>", "<c>"], {"<a>": 9, "<b>": 4, "<c>": 7}, 4, [7, 9]),
        (["<a>"], {"<z>": 1}, None, []),
        (["", "<>"], {"": 1, "<>": 2}, None, []),
    ],
)
def test_a_message_joins_the_oldest_thread_that_its_headers_name(ids, existing, joined, merged):
    assert join(ids, existing) == (joined, merged)


NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("date", "expected"),
    [(NOW - 5, NOW - 5), (None, NOW), (0, NOW), (-1, NOW), (631_151_999, NOW), (631_152_000, 631_152_000), (NOW + 86_400, NOW + 86_400),
     (NOW + 86_401, NOW), (4_070_908_800, NOW), (10**18, NOW)],
)  # fmt: skip
def test_dates_of_1970_and_2099_do_not_order_the_board(date, expected):
    assert sane_date(date, NOW) == expected
