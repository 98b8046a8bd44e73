"""Columns and views of the rep's own (COL-12, VIEW-1, VIEW-3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.locale import texts
from salesinbox.model.errors import NotFoundError, QueryError, UsageError
from salesinbox.services.arranging import MOST_COLUMNS, ArrangingService
from tests.customers import REP
from tests.services.test_filters import ANNA, BOB, CHRIS, NEWS, Desk


class Board(Desk):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.arranging = ArrangingService(self.actions.writer)

    def heads(self, view: str = "all") -> dict[str, int]:
        return {head.name: head.threads for head in self.board.heads(view) if head.threads}

    def columns(self) -> dict[str, str]:
        return {name: self.card(name).column for name in self.messages}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Board]:
    texts.use("en")
    tmp_path.chmod(0o700)
    opened = Board(tmp_path / "mail.db")
    yield opened
    opened.close()


def test_COL_12_a_column_takes_what_its_query_finds_at_once_and_gives_it_back(desk: Board) -> None:
    desk.fill()
    before = desk.content()
    outcome = desk.arranging.save_column("VIP 顧客", "tag:vip OR kind:customer")
    assert outcome.done == ("x-vip-顧客",)
    assert outcome.text == "Arranged: VIP 顧客. 3 threads moved."
    assert desk.columns()["from anna"] == desk.columns()["to anna"] == desk.columns()["from chris"] == "x-vip-顧客"
    heads = {head.name: (head.title, head.threads) for head in desk.board.heads("all")}
    assert list(heads) == ["deals", "people", "colleagues", "unknown", "x-vip-顧客"]
    assert heads["x-vip-顧客"] == ("VIP 顧客", 3)
    cards = desk.board.page("all", "x-vip-顧客", "newest", 10)
    assert [card.id for card in cards] == [desk.thread(name) for name in ("from chris", "to anna", "from anna")]
    assert "your column “VIP 顧客”" in desk.why("from anna").reason
    assert desk.why("from anna").also == ("deals", "people")
    desk.sound()
    assert desk.arranging.remove_column("x-vip-顧客").text.endswith("3 threads moved.")
    assert desk.content() == before
    desk.actions.undo()
    assert desk.heads()["x-vip-顧客"] == 3
    desk.actions.undo()
    assert desk.content() == before


def test_COL_12_mail_that_comes_and_records_that_change_are_placed_by_it(desk: Board) -> None:
    desk.arranging.save_column("Leads", "kind:lead")
    desk.deliver("one", BOB)
    assert desk.card("one").column == "x-leads"
    desk.step(("UPDATE person SET kind = 'contact' WHERE name = 'Bob'", ()))
    assert desk.card("one").column == "people"
    desk.step(("INSERT INTO person_address VALUES ('new@beta.example', ?, 1)", (desk.people["Chris"],)))
    desk.arranging.save_column("Customers", "kind:customer")
    desk.deliver("two", "new@beta.example")
    assert desk.card("two").column == "x-customers"
    desk.sound()


def test_COL_12_the_message_that_decides_the_thread_must_meet_it(desk: Board) -> None:
    desk.arranging.save_column("Leads", "kind:lead")
    desk.deliver("question", BOB, day=-3)
    desk.deliver("answer", to=(BOB,), thread="question", day=-2)
    assert desk.card("question").column == "x-leads"  # the rep's own answer decides nothing
    desk.deliver("colleague of his", ANNA, thread="question", day=-1)
    assert desk.card("question").column == "deals"
    desk.deliver("mine alone", to=(BOB,))
    assert desk.card("mine alone").column == "x-leads"
    desk.deliver("thrown away", ANNA, folder="Trash", thread="late")
    desk.deliver("late", BOB, day=-9)
    assert desk.card("late").column == "x-leads"
    desk.sound()


def test_COL_12_the_first_column_takes_it_and_the_order_can_be_changed(desk: Board) -> None:
    desk.fill()
    desk.arranging.save_column("Contacts", "kind:contact")
    desk.arranging.save_column("Customers", "kind:customer")
    assert desk.card("from chris").column == "x-contacts"
    desk.arranging.reorder(["x-customers", "x-contacts"])
    assert (desk.card("from chris").column, desk.card("from anna").column) == ("x-customers", "x-contacts")
    assert [one.name for one in desk.arranging.columns()] == ["x-customers", "x-contacts"]
    desk.actions.undo()
    assert desk.card("from chris").column == "x-contacts"
    with pytest.raises(UsageError, match="x-contacts, x-customers"):
        desk.arranging.reorder(["x-customers"])


def test_COL_3_the_reps_own_decision_stands_above_a_column_of_their_own(desk: Board) -> None:
    desk.fill()
    desk.arranging.save_column("Contacts", "kind:contact")
    desk.board.override(desk.thread("from chris"), "thread", "unknown")
    desk.board.override(desk.thread("news"), "address", "x-contacts")
    assert (desk.card("from chris").column, desk.card("news").column) == ("unknown", "x-contacts")
    desk.arranging.remove_column("x-contacts")
    assert desk.card("news").column == "unknown"
    desk.actions.undo()
    assert desk.card("news").column == "x-contacts"
    desk.sound()


def test_COL_12_its_title_and_query_change_and_its_name_stays(desk: Board) -> None:
    desk.fill()
    desk.arranging.save_column("Leads", "kind:lead")
    desk.arranging.save_column("Newsletters", "list:shop", "x-leads")
    assert [(one.name, one.title, one.threads) for one in desk.arranging.columns()] == [("x-leads", "Newsletters", 1)]
    assert desk.columns() == desk.columns() | {"news": "x-leads", "from bob": "people"}


def test_COL_12_what_cannot_be_a_column_is_refused_in_words(desk: Board) -> None:
    for title, query, error in (
        ("", "kind:lead", "needs a name"),
        ("x" * 61, "kind:lead", "at most 60"),
        ("a", "", "no query yet"),
        ("a", "kind:boss", "is not known"),
        ("a", "from:bob (kind:lead OR -column:deals)", "cannot ask for column:deals"),
        ("a", "is:magnet", "cannot ask for is:magnet"),
    ):
        with pytest.raises((UsageError, QueryError), match=error):
            desk.arranging.save_column(title, query)
    desk.arranging.save_column("Leads", "kind:lead")
    with pytest.raises(UsageError, match="already"):
        desk.arranging.save_column("leads", "kind:contact")
    with pytest.raises(NotFoundError, match="x-none"):
        desk.arranging.save_column("a", "kind:lead", "x-none")
    for number in range(MOST_COLUMNS - 1):
        desk.arranging.save_column(f"Column {number}", "kind:lead")
    with pytest.raises(UsageError, match="which is the most"):
        desk.arranging.save_column("One more", "kind:lead")


def test_COL_12_a_query_that_is_understood_no_longer_takes_nothing_and_says_so(desk: Board) -> None:
    desk.arranging.save_column("Broken", "kind:lead")
    desk.arranging.save_column("Contacts", "kind:contact")
    desk.connection.execute("UPDATE own_column SET query = 'kind:alien' WHERE name = 'x-broken'")
    desk.deliver("one", BOB)
    desk.deliver("two", ANNA)
    assert (desk.card("one").column, desk.card("two").column) == ("people", "x-contacts")
    broken, contacts = desk.arranging.columns()
    assert "“alien” after kind:" in broken.problem
    assert contacts.problem == ""


def test_VIEW_1_views_are_kept_renamed_and_forgotten_and_undo_knows(desk: Board) -> None:
    desk.fill()
    empty = desk.content()
    desk.arranging.save_view("Hot", "kind:lead subject:question")
    kept = desk.content()
    assert [card.id for card in desk.board.cards(None, "Hot", None, None)] == [desk.thread("from bob")]
    desk.arranging.save_view("Very hot", "kind:lead", "Hot")
    assert [(one.name, one.query) for one in desk.arranging.views()] == [("Very hot", "kind:lead")]
    desk.actions.undo()
    desk.arranging.remove_view("Hot")
    desk.actions.undo()
    assert desk.content() == kept
    desk.actions.undo()
    assert desk.content() == empty
    with pytest.raises(UsageError, match="inbox is a view already"):
        desk.arranging.save_view("inbox", "kind:lead")
    with pytest.raises(UsageError, match="There is no view Hot"):
        desk.board.cards(None, "Hot", None, None)


def test_VIEW_1_a_saved_search_and_a_column_are_listed_together(desk: Board) -> None:
    desk.fill()
    desk.arranging.save_column("News", f"from:{NEWS}")
    desk.arranging.save_view("All of it", f"from:{NEWS} OR from:{CHRIS}")
    assert [card.id for card in desk.board.cards("x-news", "All of it", None, None)] == [desk.thread("news")]
    assert len(desk.board.cards(None, "All of it", "INBOX", None)) == 2
    assert desk.board.cards("x-news", None, None, None)[0].sender_address == NEWS
    assert REP not in {card.sender_address for card in desk.board.cards("x-news", None, None, None)}
