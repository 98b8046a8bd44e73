"""The full-text index and finding in it (SRCH-1 to SRCH-4)."""

import contextlib
import json
import random
import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from imapclient import imap_utf7

from salesinbox.formats.query import parse
from salesinbox.formats.query_tree import And, Before, Expression, Larger, Not, Or, Phrase, Since, Word
from salesinbox.locale import texts
from salesinbox.model.errors import QueryError
from salesinbox.model.folding import fold
from salesinbox.model.search import NEWEST, RELEVANCE
from salesinbox.model.text import width
from salesinbox.rules.words import growing, holds
from salesinbox.store import snoozes
from salesinbox.store.database import Database
from salesinbox.store.search import index as search
from salesinbox.store.search import saved, snippets
from tests.formats.test_query import PIECES

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 3, 31)
NOON = int(datetime(2026, 3, 31, 3, tzinfo=UTC).timestamp())
DAY = 86_400


@pytest.fixture(autouse=True)
def _in_english():
    texts.use("en")


class Mailbox:
    """A small mailbox written row by row: account 1, folders INBOX (1) and Projects/Acme (2)."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path / "mail.db")
        self.connection = self.database.connection
        self.connection.execute("INSERT INTO account (id, name, address) VALUES (1, 'work', 'rep@own.example')")
        self.connection.executemany(
            "INSERT INTO folder (id, account_id, name, delimiter, role) VALUES (?, 1, ?, '/', ?)",
            [(1, "INBOX", "inbox"), (2, "Projects/Acme", "")],
        )
        self.number = 0

    def add(
        self,
        text: str | None = "",
        *,
        subject: str = "",
        sender: tuple[str, str] = ("Anna Schmidt", "anna@acme.example"),
        to: tuple[str, str] = ("Rep", "rep@own.example"),
        others: list[list[str]] | None = None,
        thread: int = 0,
        date: int = NOON,
        folder: int = 1,
        flags: int = 0,
        files: tuple[str, ...] = (),
        size: int = 1000,
        **fields: str | int,
    ) -> int:
        """A message whose content is here, or with `text` None one of which only the header is."""
        self.number += 1
        number = self.number
        thread = thread or number
        self.connection.execute("INSERT OR IGNORE INTO thread (id, account_id) VALUES (?, 1)", (thread,))
        columns = {
            "id": number, "account_id": 1, "thread_id": thread, "message_id": f"<{number}@x>",
            "digest": number.to_bytes(8, "big"), "date": date, "received": date, "sender_name": sender[0],
            "sender_address": sender[1], "recipients": json.dumps([["to", *to], *(others or [])]),
            "subject": subject, "mine": 0, "automatic": 0, "list_id": "", "warning": "", "size": size,
            "attachments": len(files), **fields,
        }  # fmt: skip
        self.connection.execute(
            f"INSERT INTO message ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            tuple(columns.values()),
        )
        self.connection.execute(
            "INSERT INTO location (folder_id, uid, message, flags) VALUES (?, ?, ?, ?)", (folder, number, number, flags)
        )
        if text is not None:
            self.write_body(number, text, files)
        search.index(self.connection, search.documents(self.connection, [number]))
        return number

    def write_body(self, number: int, text: str, files: tuple[str, ...] = ()) -> None:
        attachments = json.dumps([[name, "application/pdf", 10, "2", False] for name in files])
        self.connection.execute(
            "INSERT INTO body (message, text, attachments) VALUES (?, ?, ?)", (number, text, attachments)
        )

    def found(self, text: str, limit: int = 50, order: str = NEWEST) -> list[int]:
        """Messages, in the order found."""
        expression = parse(text, today=TODAY)
        return [hit.message for hit in search.find(self.connection, expression, limit, zone=TOKYO, order=order)]

    def vocabulary(self) -> dict[str, tuple[int, int]]:
        """Every word of the index, with how many messages have it and how often it stands."""
        self.connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.word USING fts5vocab(main, search, row)")
        return {term: (doc, count) for term, doc, count in self.connection.execute("SELECT term, doc, cnt FROM word")}


@pytest.fixture
def mailbox(tmp_path):
    box = Mailbox(tmp_path)
    yield box
    box.database.close()


def test_SRCH_1_words_are_anded_and_found_in_every_part(mailbox):
    one = mailbox.add("The offer is attached.", subject="Proposal", files=("Angebot-2026.pdf",))
    two = mailbox.add("Thanks for the offer", sender=("Bernd Proposal", "b@acme.example"), date=NOON + 1)
    assert mailbox.found("proposal offer") == [two, one]
    assert mailbox.found("proposal attached") == [one]
    assert mailbox.found("angebot") == [one]
    assert mailbox.found("bernd") == [two]
    assert mailbox.found("rep@own.example") == [two, one]
    assert mailbox.found("nowhere offer") == []


def test_SRCH_1_operators(mailbox):
    one, two, three = (mailbox.add(text, date=NOON - n) for n, text in enumerate(["red blue", "red green", "blue"]))
    assert mailbox.found("red -blue") == [two]
    assert mailbox.found("-red") == [three]
    assert mailbox.found("green OR blue") == [one, two, three]
    assert mailbox.found("red green OR blue") == [one, two]
    assert mailbox.found("(red green) OR -red") == [two, three]
    assert mailbox.found('"red blue"') == [one]
    assert mailbox.found('"blue red"') == []
    assert mailbox.found("") == [one, two, three]


def test_SRCH_1_text_fields(mailbox):
    one = mailbox.add(
        "smith", subject="red", sender=("Jo Blue", "jo@acme.example"), to=("Green", "g@x.example"),
        others=[["cc", "山田 太郎", "yamada@x.example"]], files=("contract.pdf",),
    )  # fmt: skip
    two = mailbox.add("red", subject="smith", to=("山田 太郎", "yamada@x.example"), date=NOON - 1)
    assert mailbox.found("subject:red") == [one]
    assert mailbox.found("body:red") == [two]
    assert mailbox.found("from:blue") == [one]
    assert mailbox.found("from:@acme.example") == [one, two]
    assert mailbox.found("to:green") == [one]
    assert mailbox.found("to:山田") == [one, two]
    assert mailbox.found("cc:山田") == [one]
    assert mailbox.found("-cc:yamada") == [two]
    assert mailbox.found("cc:yam OR body:red") == [one, two]
    assert mailbox.found("filename:contract") == [one]
    assert mailbox.found("subject:smith from:(blue OR anna)") == [two]
    assert mailbox.found("to:me") == []
    three = mailbox.add("hi", others=[["cc", "Me", "REP@own.example"]], to=("B", "b@b.example"))
    assert mailbox.found("to:me") == mailbox.found("cc:me") == [three]


def test_SRCH_1_who_wants_the_answer_counts_as_the_sender(mailbox):
    form = mailbox.add(
        "A question", sender=("Web form", "form@own.example"),
        others=[["reply-to", "Carla Customer", "carla@client.example"]],
    )  # fmt: skip
    assert mailbox.found("from:carla@client.example") == [form]
    assert mailbox.found("to:carla") == []


def test_SRCH_1_states_folders_sizes_and_times(mailbox):
    read = mailbox.add("one", flags=1 | 4, size=10_000, folder=2, list_id="news.acme.example")
    unread = mailbox.add("two", flags=2, date=NOON - 40 * DAY, mine=1, files=("a.pdf",), bounce=1)
    assert mailbox.found("is:read") == mailbox.found("-is:unread") == [read]
    assert mailbox.found("is:unread") == mailbox.found("is:answered") == mailbox.found("is:mine") == [unread]
    assert mailbox.found("is:flagged") == mailbox.found("is:list") == mailbox.found("list:acme") == [read]
    assert mailbox.found("is:bounce") == mailbox.found("from:me") == mailbox.found("has:attachment") == [unread]
    assert mailbox.found("in:acme") == mailbox.found("in:projects/acme") == mailbox.found("in:PROJ") == [read]
    assert mailbox.found("in:inbox") == [unread]
    assert mailbox.found("in:nowhere") == []
    assert mailbox.found("in:anywhere") == [read, unread]
    assert mailbox.found("larger:5k") == mailbox.found("-smaller:5k") == [read]
    assert mailbox.found("newer_than:30d") == mailbox.found("-older_than:1m") == [read]
    assert mailbox.found("before:2026-03") == [unread]
    assert mailbox.found("account:work is:read") == [read]
    assert mailbox.found("account:home") == []


def test_SRCH_1_a_day_begins_in_the_reps_zone(mailbox):
    late = int(datetime(2026, 3, 30, 14, 59, tzinfo=UTC).timestamp())
    before, after = mailbox.add("a", date=late), mailbox.add("b", date=late + 60)
    assert mailbox.found("on:2026-03-30") == mailbox.found("before:today") == [before]
    assert mailbox.found("on:today") == mailbox.found("after:2026-03-31") == [after]


def test_SRCH_1_records(mailbox):
    execute = mailbox.connection.execute
    mine = mailbox.add("offer", mine=1, to=("Anna", "anna@acme.example"))
    other = mailbox.add("offer", date=NOON - 1)
    execute("INSERT INTO company (id, name, name_key, created, changed) VALUES (3, '㈱アクメ', '', 0, 0)")
    execute(
        "INSERT INTO person (id, kind, name, name_key, company_id, source, created, changed)"
        " VALUES (12, 'contact', 'Anna', '', 3, 'Trade Fair', 0, 0)"
    )
    execute("INSERT INTO person_address VALUES ('anna@acme.example', 12, 0)")
    execute("INSERT INTO correspondent (address, date, message) VALUES ('anna@acme.example', ?, ?)", (NOON, mine))
    execute(
        "INSERT INTO deal (id, name, name_key, stage, created, changed) VALUES (7, 'Web刷新', '', 'Proposal', 0, 0)"
    )
    execute("UPDATE thread SET deal_id = 7, col = 'deals' WHERE id = ?", (other,))
    execute("UPDATE thread SET col = 'people' WHERE id = ?", (mine,))
    assert (
        mailbox.found("company:アクメ") == mailbox.found("company:(株)アクメ") == mailbox.found("company:c3") == [mine]
    )
    # The sender's record; of the rep's own mail, the recipient's (FLT-1).
    assert mailbox.found("source:fair") == mailbox.found("kind:contact") == [mine, other]
    assert mailbox.found("kind:lead") == []
    assert mailbox.found("deal:web") == mailbox.found("deal:d7") == mailbox.found("stage:proposal offer") == [other]
    assert mailbox.found("has:deal") == mailbox.found("column:deals") == mailbox.found("-column:people") == [other]


def test_SRCH_1_labels_are_found_by_the_names_people_give_them(mailbox):
    execute = mailbox.connection.execute
    first, second, third, plain = (mailbox.add("offer", date=NOON - n) for n in range(4))
    for number, keywords in (
        (first, "$label1 Hot_Lead"),
        (second, "$label4"),
        (third, f"{imap_utf7.encode('見積').decode()} $label1"),
    ):
        execute("UPDATE location SET keywords = ? WHERE message = ?", (keywords, number))
    assert mailbox.found("label:important") == mailbox.found("label:$LABEL1") == [first, third]
    assert mailbox.found('label:"hot lead"') == mailbox.found("label:hot_lead") == mailbox.found("label:HOT") == [first]
    assert mailbox.found('label:"To Do" offer') == [second]
    assert mailbox.found("label:見積") == [third]
    assert mailbox.found("-label:important") == [second, plain]
    assert mailbox.found("label:nothing") == []


def test_SRCH_1_a_folder_is_a_label_where_no_message_has_one_of_that_name(mailbox):
    mailbox.add("offer")
    there = mailbox.add("offer", folder=2)
    assert mailbox.found("label:acme") == [there]


def test_SRCH_1_snoozed_and_muted_threads(mailbox):
    execute = mailbox.connection.execute
    asleep, awake, quiet = (mailbox.add("offer", date=NOON - n) for n in range(3))
    for thread, woke in ((asleep, 0), (awake, NOON)):
        snoozes.put(
            mailbox.connection,
            thread,
            snoozes.Snooze(NOON + DAY, "", if_no_reply=False, created=NOON, after=0, woke=woke),
        )
    execute("INSERT INTO mute VALUES (?)", (quiet,))
    assert mailbox.found("is:snoozed") == mailbox.found("offer is:スヌーズ") == [asleep]
    assert mailbox.found("is:muted offer") == [quiet]
    assert mailbox.found("-is:snoozed -is:muted") == [awake]


def test_ACT_2_what_the_rep_did_is_found_before_the_server_knows_of_it(mailbox):
    execute = mailbox.connection.execute
    read, moved, deleted = (mailbox.add("offer", date=NOON - n) for n in range(3))
    execute("UPDATE location SET shown_flags = 5, shown_keywords = 'Hot' WHERE message = ?", (read,))
    execute("UPDATE location SET shown_folder = 2 WHERE message = ?", (moved,))
    execute("UPDATE location SET shown_folder = 0 WHERE message = ?", (deleted,))
    assert mailbox.found("offer") == mailbox.found("") == [read, moved]
    assert mailbox.found("is:unread") == [moved]
    assert mailbox.found("is:flagged") == mailbox.found("label:hot") == mailbox.found("in:inbox") == [read]
    assert mailbox.found("in:acme offer") == [moved]
    execute("INSERT INTO location (folder_id, uid, message, flags) VALUES (2, 99, ?, 0)", (deleted,))
    assert mailbox.found("in:acme") == mailbox.found("offer -in:inbox") == [moved, deleted]


def test_SRCH_4_the_number_of_threads_is_counted(mailbox):
    for number in range(7):
        mailbox.add("offer", thread=number // 2 + 1, folder=1 + number % 2)
    for asked, number in (("offer", 4), ("offer in:inbox", 4), ("in:acme", 3), ("nothing", 0), ("-offer", 0)):
        assert search.count(mailbox.connection, parse(asked, today=TODAY), zone=TOKYO) == number, asked


def test_VIEW_3_a_saved_search_gives_its_threads_newest_first(mailbox):
    old, new = mailbox.add("offer", date=NOON - DAY), mailbox.add("offer")
    mailbox.add("other")
    connection = mailbox.connection
    assert saved.threads(connection, "offer", TOKYO, NOON) == [new, old]
    assert saved.threads(connection, "offer", TOKYO, NOON, limit=1) == [new]
    assert saved.threads(connection, "offer newer_than:1d after:today", TOKYO, NOON) == [new]
    assert saved.threads(connection, "before:soon", TOKYO, NOON) == []


def test_SRCH_2_signs_do_not_break_the_search(mailbox):
    one = mailbox.add("write to a@b.com, say foo bar AND x")
    for text in ("a@b.com", 'foo"bar', "AND", "x -y", "a@b.com*", "foo^", "say(foo", "{foo}", "foo + bar", "-- foo"):
        assert mailbox.found(text) == [one], text


def test_SRCH_2_anything_typed_gives_results_or_a_sentence(mailbox):
    mailbox.add("write to a@b.com, say foo bar 見積", subject="é ｶﾞ", files=("x",))
    chance = random.Random(11)
    for number in range(4_000):
        text = "".join(chance.choice(PIECES) + chance.choice(["", " "]) for _ in range(chance.randint(1, 7)))
        with contextlib.suppress(QueryError):
            mailbox.found(text, order=RELEVANCE if number % 4 == 0 else NEWEST)


@pytest.mark.parametrize(
    "text",
    [
        "red" + " -blue" * 98,
        " OR ".join(["red"] * 99),
        "見" * 1990,
        "red " + "a." * 900,
        "-(" * 8 + "blue",
        "is:read is:read OR -(" * 8 + "cc:blue",
        "red red OR -(" * 8 + "blue",
    ],
)
def test_SRCH_2_long_queries_are_answered(mailbox, text):
    mailbox.add("red", subject="red")
    mailbox.found(text)
    mailbox.found(f"is:read {text}")


def test_SRCH_2_deep_queries_are_answered(mailbox):
    mailbox.add("red")
    chance = random.Random(23)
    for _ in range(300):
        depth = 8
        opened = "".join(
            chance.choice(["(", "-(", "(red ", "(x OR ", "-(x OR ", " NOT (", " subject:("]) for _ in range(depth)
        )
        closed = "".join(chance.choice([")", ") y", ") OR y", ") -y"]) for _ in range(depth))
        mailbox.found(f"{opened}red{closed}")


JAPANESE = (
    "お世話になっております。株式会社アクメの山田です。\n先日のｶﾞｲﾀﾞﾝｽの件、お見積書を添付いたし\nます。",
    "ご確認の上、ご返信いただけますと幸いです。見積番号は２０２６－０３です。",
    "ＡＣＭＥ　Ｃｏｒｐ．の髙橋様より、ご契約の件でご連絡がありました。",
    "明日の会議は１０時から「大阪支社」で行います。資料は別途お送りします。",
    "本日はありがとうございました。株式の件は、会社に戻り次第ご連絡いたします。",
    "我们的报价单已经发送，请确认。会议改到星期五。",
)


def test_SRCH_3_every_substring_of_two_characters_is_found_as_a_plain_search_finds_it(mailbox):
    # Line breaks and signs do not part words: mail is hard-wrapped in the middle of them.
    plain = {mailbox.add(text): re.sub(r"[\W_]", "", fold(text)) for text in JAPANESE}
    unspaced = re.compile(r"[\u3005-\u30ff\u4e00-\u9fff]{2,4}")
    asked = {
        text[start : start + length] for text in plain.values() for length in (2, 3, 4) for start in range(len(text))
    }
    asked = {term for term in asked if unspaced.fullmatch(term)}
    assert len(asked) > 400
    for term in sorted(asked):
        assert sorted(mailbox.found(term)) == [number for number, text in plain.items() if term in text], term


def test_SRCH_3_widths_and_case_match_each_other(mailbox):
    numbers = [mailbox.add(text, date=NOON - place) for place, text in enumerate(JAPANESE)]
    assert mailbox.found("ガイダンス") == mailbox.found("ｶﾞｲﾀﾞﾝｽ") == [numbers[0]]
    assert mailbox.found("acme corp") == mailbox.found("ＡＣＭＥ　ＣＯＲＰ") == [numbers[2]]
    assert mailbox.found("2026") == mailbox.found("２０２６") == [numbers[1]]
    assert mailbox.found("髙") == [numbers[2]]
    assert mailbox.found("会议") == [numbers[5]]
    assert mailbox.found("subject:会議 OR 支社") == [numbers[3]]


def test_SRCH_4_a_word_is_found_while_it_is_typed(mailbox):
    one = mailbox.add("The blacksmith met Smithson")
    assert mailbox.found("smit") == mailbox.found("met sm") == mailbox.found('"met smi') == [one]
    assert mailbox.found('"smit"') == mailbox.found("s") == mailbox.found("mithson") == []


def test_SRCH_4_each_thread_once_newest_first(mailbox):
    old = mailbox.add("offer", thread=1, date=NOON - 3)
    newer = mailbox.add("offer", thread=1, date=NOON - 1)
    other = mailbox.add("offer", thread=2, date=NOON - 2)
    mailbox.add("nothing", thread=1, date=NOON)
    assert mailbox.found("offer") == [newer, other]
    assert mailbox.found("offer", limit=1) == [newer]
    assert mailbox.found("offer before:2026-03") == []
    assert old not in mailbox.found("")


def test_SRCH_4_by_relevance_the_subject_counts_more_than_the_body(mailbox):
    body = mailbox.add("a quotation among many other words, and then more words", subject="Hello")
    subject = mailbox.add("hello", subject="Quotation", date=NOON - DAY)
    mailbox.add("nothing of the kind", subject="Hello")
    assert mailbox.found("quotation") == [body, subject]
    assert mailbox.found("quotation", order=RELEVANCE) == [subject, body]


def test_SRCH_4_by_relevance_common_words_in_the_subject_come_first_then_those_of_the_sender(mailbox, monkeypatch):
    monkeypatch.setattr(search, "RANKED", 3)
    body = mailbox.add("the quarterly offer", date=NOON)
    sender = mailbox.add("hello", sender=("Offer Desk", "desk@acme.example"), date=NOON - 1)
    subject = mailbox.add("hello", subject="Offer", date=NOON - 2)
    mailbox.add("an old offer", subject="Offer", date=NOON - DAY)
    unwanted = mailbox.add("an offer of old", subject="Offer", date=NOON - 1)
    assert mailbox.found("offer -old", order=RELEVANCE) == [subject, sender, body]
    assert mailbox.found("offer", order=RELEVANCE) == [unwanted, sender, body]


COLOURS = ("red", "blue", "green", "grey", "gre", "赤い", "青い", "赤", "青")


def _random_expression(chance: random.Random, depth: int = 0) -> Expression:
    kind = chance.random()
    if depth < 3 and kind < 0.5:
        terms = tuple(_random_expression(chance, depth + 1) for _ in range(chance.randint(2, 3)))
        return And(terms) if kind < 0.25 else Or(terms)
    if depth < 3 and kind < 0.65:
        return Not(_random_expression(chance, depth + 1))
    if kind < 0.7:
        return chance.choice([Since(date(2026, 3, 1)), Before(date(2026, 3, 20)), Larger(1500)])
    field = chance.choice(["", "", "subject", "body", "cc"])
    return chance.choice([Word, Phrase])(chance.choice(COLOURS), field)


def _meets(row: dict[str, str | int], expression: Expression) -> bool:
    match expression:
        case And(terms):
            return all(_meets(row, term) for term in terms)
        case Or(terms):
            return any(_meets(row, term) for term in terms)
        case Not(term):
            return not _meets(row, term)
        case Since(day):
            return row["date"] >= datetime(day.year, day.month, day.day, tzinfo=TOKYO).timestamp()
        case Before(day):
            return row["date"] < datetime(day.year, day.month, day.day, tzinfo=TOKYO).timestamp()
        case Larger(size):
            return row["size"] > size
        case _:
            open_ended = isinstance(expression, Word) and growing(expression.text)
            places = [expression.field] if expression.field else ["subject", "body", "cc"]
            return any(holds(row[place], expression.text, open_ended=open_ended) for place in places)


@pytest.mark.parametrize("sizes", ["as they are", "small, so that every way of looking is taken"])
def test_SRCH_4_the_same_is_found_by_whichever_way_is_fastest(mailbox, monkeypatch, sizes):
    if sizes != "as they are":
        monkeypatch.setattr(search, "FEW", 5)
        monkeypatch.setattr(search, "WINDOWS", (6, 12))
        monkeypatch.setattr(search, "RANKED", 4)
        monkeypatch.setattr(search, "_GAP", 2)
        monkeypatch.setattr(search, "_MOST_RANGES", 3)
    chance = random.Random(17)
    rows = []
    for _ in range(60):
        subject, body, copied = (
            " ".join(chance.choices((*COLOURS, "other"), k=chance.randint(0, 3))) for _ in range(3)
        )
        row = {"subject": subject, "body": body, "cc": copied, "size": chance.choice([1000, 2000])}
        row |= {"date": NOON - chance.randrange(60 * DAY), "thread": chance.randint(1, 40)}
        row["id"] = mailbox.add(
            body, subject=subject, others=[["cc", copied, ""]], size=row["size"], date=row["date"], thread=row["thread"]
        )
        rows.append(row)
    rows.sort(key=lambda row: (row["date"], row["id"]), reverse=True)
    for _ in range(400):
        expression = _random_expression(chance)
        limit = chance.choice([3, 10, 50])
        expected: dict[int, int] = {}
        for row in rows:
            if _meets(row, expression):
                expected.setdefault(row["thread"], row["id"])
        hits = search.find(mailbox.connection, expression, limit, zone=TOKYO)
        assert [(hit.thread, hit.message) for hit in hits] == list(expected.items())[:limit], expression
        if len(expected) <= limit and sizes == "as they are":
            ranked = search.find(mailbox.connection, expression, limit, zone=TOKYO, order=RELEVANCE)
            assert {hit.thread for hit in ranked} == set(expected), expression


def test_SRCH_3_taking_a_message_out_leaves_nothing_behind(mailbox):
    numbers = [
        mailbox.add(text, subject="件名 Ünïcode ㈱", sender=("山田", "y@x.example"), files=("見積書.pdf",))
        for text in (*JAPANESE, "Plain text", "x" * 300_000, "é" * 5 + "\0 nul")
    ]
    kept = mailbox.vocabulary()
    extra = mailbox.add("Kept apart 別件")
    search.unindex(mailbox.connection, search.documents(mailbox.connection, [extra]))
    assert mailbox.vocabulary() == kept
    search.unindex(mailbox.connection, search.documents(mailbox.connection, numbers))
    assert mailbox.vocabulary() == {}
    assert mailbox.found("見積") == []


def test_SRCH_3_a_message_is_found_by_its_header_first_and_by_its_text_when_that_arrives(mailbox):
    number = mailbox.add(None, subject="Offer")
    assert mailbox.found("offer") == [number]
    before = search.documents(mailbox.connection, [number])
    mailbox.write_body(number, "見積書を添付します", ("Plan.pdf",))
    search.reindex(mailbox.connection, before, search.documents(mailbox.connection, [number]))
    assert mailbox.found("offer") == mailbox.found("見積") == mailbox.found("filename:plan") == [number]
    assert mailbox.vocabulary()["offer"] == (1, 1)


def test_SRCH_3_the_index_written_anew_is_the_same(mailbox):
    for text in (*JAPANESE, None):
        mailbox.add(text, subject="Re: 件名")
    kept = mailbox.vocabulary()
    assert search.rebuild(mailbox.connection) == len(JAPANESE) + 1
    assert mailbox.vocabulary() == kept


def test_SRCH_4_the_text_round_the_hit_is_shown(mailbox):
    text = "Good morning. " * 40 + "The renewal costs 4,000 a year.\n\n\x1b[31mRegards\u202e " + "and so on " * 40
    number = mailbox.add(text, preview="Good morning.")
    expression = parse("renewal -cheap", today=TODAY)
    line = snippets.snippet(mailbox.connection, number, expression, 40)
    assert "The renewal costs" in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert width(line) <= 40
    assert [line[start:end] for start, end in snippets.highlights(line, expression)] == ["renewal"]
    wide = snippets.snippet(mailbox.connection, number, expression, 100)
    assert "Regards" in wide
    assert "\x1b" not in wide
    assert "\u202e" not in wide


def test_SRCH_4_japanese_text_round_the_hit(mailbox):
    number = mailbox.add("お世話になっております。" * 20 + "ｶﾞｲﾀﾞﾝｽの\r\n見積です。" + "よろしくお願いいたします。" * 20)
    for asked in ("見積", "ガイダンス"):
        expression = parse(asked, today=TODAY)
        line = snippets.snippet(mailbox.connection, number, expression, 41)
        assert 38 <= width(line) <= 41
        assert "見積です" in line
        assert len(snippets.highlights(line, expression)) == 1


def test_SRCH_4_without_a_hit_in_the_text_its_beginning_is_shown(mailbox):
    number = mailbox.add("Hello there, how are you", subject="Renewal", preview="Hello there")
    header_only = mailbox.add(None, subject="Renewal")
    renewal = parse("renewal", today=TODAY)
    assert snippets.snippet(mailbox.connection, number, renewal, 80) == "Hello there"
    assert snippets.snippet(mailbox.connection, header_only, renewal, 80) == ""
    assert snippets.snippet(mailbox.connection, 999, renewal, 80) == ""
