"""Searching beside the interface, and searches that are kept (SRCH-4, VIEW-3)."""

import queue
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.errors import NotFoundError, QueryError, UsageError
from salesinbox.model.mail import Address
from salesinbox.model.search import NEWEST, RELEVANCE
from salesinbox.model.settings import Me, Settings
from salesinbox.services.search import SearchService
from salesinbox.store.search import index
from tests.store.test_search import DAY, NOON, Mailbox

SETTINGS = Settings(None, Me("Rep", ZoneInfo("Asia/Tokyo"), ()), ())


@pytest.fixture(autouse=True)
def _in_english():
    texts.use("en")


@pytest.fixture
def mailbox(tmp_path: Path):
    tmp_path.chmod(0o700)
    box = Mailbox(tmp_path)
    yield box
    box.database.close()


class Typist:
    """Types into a search, and waits for what it says."""

    def __init__(self, service: SearchService) -> None:
        self.heard = queue.Queue()
        self.search = service.typing(self.heard.put)

    def ask(self, text, order=NEWEST, limit=40):
        self.search.ask(text, order, limit)
        return self.next()

    def next(self):
        return self.heard.get(timeout=20)

    def until(self, text):
        while (results := self.next()).text != text:
            pass
        return results


@pytest.fixture
def service(mailbox):
    mailbox.connection.execute("UPDATE thread SET messages = 1")
    return SearchService(mailbox.database, SETTINGS, lambda: NOON, lambda: pytest.fail("no server is asked"))


@pytest.fixture
def typist(service):
    made = Typist(service)
    yield made
    made.search.close(wait=True)


def fill(mailbox, count, text="offer", **fields):
    for number in range(count):
        mailbox.add(f"{text} {number}", subject=f"Subject {number}", date=NOON - number, **fields)
    mailbox.connection.execute("UPDATE thread SET messages = 1")


def test_SRCH_4_each_row_says_which_message_was_found_and_marks_the_words(mailbox, typist):
    number = mailbox.add("We renew the offer today", subject="Offer \x1b[31mred", sender=("Ofelia", "of@acme.example"))
    fill(mailbox, 0)
    results = typist.ask("of")
    (found,) = results.found
    assert (found.message, found.card.id, found.date) == (f"m{number}", f"t{number}", NOON)
    for line, words in ((found.subject, ["Of"]), (found.sender, ["Of"]), (found.snippet, ["of"])):
        assert [line.text[start:end] for start, end in line.places] == words
    assert "\x1b" not in found.subject.text
    assert (results.more, results.total, results.error) == (False, 1, "")
    (found,) = typist.ask("acme").found
    assert found.sender.text == "Ofelia <of@acme.example>"


def test_SRCH_4_the_first_page_then_how_many_there_are_then_further_pages(mailbox, typist):
    fill(mailbox, 100)
    results = typist.ask("offer", limit=40)
    assert (len(results.found), results.more, results.total) == (40, True, None)
    assert typist.next().total == 100
    results = typist.ask("offer", limit=90)
    assert [found.message for found in results.found] == [f"m{number}" for number in range(1, 91)]
    assert typist.next().total == 100
    results = typist.ask("offer", limit=130)
    assert (len(results.found), results.more, results.total) == (100, False, 100)


def test_SRCH_4_the_newest_keystroke_wins_and_what_it_overtook_is_never_told(mailbox, typist):
    fill(mailbox, 2000, "offer renewal meeting " * 20)
    word = "offer renewal meeting"
    for turn in range(30):
        texts = [word[:length] for length in range(1, len(word) + 1)] + [f"nothing{turn}"]
        for text in texts:
            typist.search.ask(text)
        heard = [typist.until(texts[-1])]
        while not typist.heard.empty():
            heard.append(typist.next())
        assert [results.text for results in heard] == [texts[-1]]
        assert heard[0].found == ()


def test_SRCH_4_a_query_that_runs_is_broken_off_by_the_next_one(mailbox, typist, monkeypatch):
    fill(mailbox, 3)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    find = index.find

    def slow(connection, expression, limit, **options):
        if limit == 8:
            connection.execute(endless).fetchone()
        return find(connection, expression, limit, **options)

    monkeypatch.setattr(index, "find", slow)
    typist.search.ask("offer", limit=7)
    typist.search.ask("offer 1", limit=40)
    results = typist.next()
    assert (results.text, len(results.found)) == ("offer 1", 1)


def test_SRCH_4_what_arrives_is_found_by_the_next_keystroke(mailbox, typist):
    fill(mailbox, 2)
    assert len(typist.ask("offe").found) == 2
    mailbox.add("offer", date=NOON + 5)
    fill(mailbox, 0)
    assert len(typist.ask("offer").found) == 3


def test_SRCH_2_a_sentence_for_what_cannot_be_understood_and_nothing_for_what_may_still_come_right(mailbox, typist):
    fill(mailbox, 2)
    assert len(typist.ask("offer before:20").found) == 2
    assert "is no date" in typist.ask("offer before:20x").error
    assert typist.ask("before:2").found == ()
    assert typist.ask("   ").error == ""


def test_after_it_was_closed_nothing_is_told(mailbox, typist):
    fill(mailbox, 2)
    typist.ask("offer")
    typist.search.close(wait=True)
    typist.search.ask("offe")
    assert typist.heard.empty()


def test_SRCH_4_the_command_line_finds_newest_first_and_by_relevance(mailbox, service):
    body = mailbox.add("a quotation among many other words, and then more words", subject="Hello")
    subject = mailbox.add("hello", subject="Quotation", date=NOON - DAY)
    fill(mailbox, 0)
    assert [card.id for card, _snippet in service.find("quotation", 10)] == [f"t{body}", f"t{subject}"]
    assert [card.id for card, _snippet in service.find("quotation", 10, RELEVANCE)] == [f"t{subject}", f"t{body}"]
    assert "quotation" in service.find("quotation", 10)[0][1]


def test_VIEW_3_searches_are_kept_renamed_and_forgotten(service):
    kept = service.save("  Hot \n offers ", "offer is:flagged")
    assert service.saved() == [kept]
    assert (kept.name, kept.query) == ("Hot offers", "offer is:flagged")
    second = service.save("見積", "見積")
    with pytest.raises(UsageError, match="見積 already"):
        service.save("見積", "other")
    assert service.save("見積", "見積書", replace=True).row == second.row
    service.rename(second.row, "Quotes")
    with pytest.raises(UsageError):
        service.rename(second.row, "Hot offers")
    with pytest.raises(NotFoundError):
        service.rename(99, "Nothing")
    assert [(one.name, one.query) for one in service.saved()] == [
        ("Hot offers", "offer is:flagged"),
        ("Quotes", "見積書"),
    ]
    service.remove("Hot offers")
    with pytest.raises(NotFoundError):
        service.remove("Hot offers")
    assert [one.name for one in service.saved()] == ["Quotes"]


def test_VIEW_3_only_a_search_that_is_understood_is_kept(service):
    with pytest.raises(QueryError):
        service.save("Soon", "before:soon")
    for name, query in (("", "offer"), ("\u202e", "offer"), ("x" * 61, "offer"), ("Nothing", "  ")):
        with pytest.raises(UsageError):
            service.save(name, query)
    assert service.saved() == []


class Hit:
    def __init__(self, uid, folder="INBOX", date=0):
        self.account, self.folder, self.uid, self.date = "work", folder, uid, date
        self.sender, self.subject = Address("A", "a@b.example"), "Old"


class Servers:
    def __init__(self, hits):
        self.hits = hits

    def search_server(self, text):
        return self.hits

    def take(self, hit):
        return f"t{hit.uid}"


def test_of_what_servers_find_only_that_is_told_which_is_not_here(mailbox):
    here = mailbox.add("offer")
    hits = [Hit(here), Hit(500, date=1), Hit(here, "Archive", date=2)]
    service = SearchService(mailbox.database, SETTINGS, lambda: NOON, lambda: Servers(hits))
    assert service.on_server("offer") == [hits[2], hits[1]]
    assert service.take(hits[1]) == "t500"
