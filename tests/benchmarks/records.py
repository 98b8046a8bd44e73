"""What records cost with a company's worth of customers: the pane at the cursor, timelines, lists, placing again."""

import time
from collections.abc import Callable
from functools import partial

from salesinbox.model.timeline import PEOPLE
from salesinbox.store import board
from salesinbox.store.database import FILE, Database
from salesinbox.wiring import Application
from tests.benchmarks import crowd
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Row, median, ms, p95, seconds

CARDS = 400
TYPED = ("佐藤", "永田達", "smith", "anderson retail", "renewal 12", "person12@", "nobody", "company12")
FILTERS = ("", "永田", "company:佐藤 owner:me", "tag:vip -has:deal", "東京 OR portland", "has:mail")


def records(ground: Ground) -> list[Row]:
    """On the large mailbox with 50,000 people and 10,000 deals around it."""
    count = ground.large
    data = ground.copy_of_data(count, "records")
    ground.note(f"{crowd.PEOPLE:,} people and {crowd.DEALS:,} deals around it")
    with Database(data / FILE) as database, database.transaction() as connection:
        now = connection.execute("SELECT max(date) FROM message").fetchone()[0]
        crowd.gather(connection, now)
    with ground.application(count, data) as application:
        application.now = lambda: float(now)
        placed = _placed(application)
        return [
            _pane(application, count),
            _pane_of_the_busiest(application),
            *_timelines(application),
            *_lists(application),
            Row(
                f"placing everything again, {count:,} messages",
                seconds(placed),
                f"{crowd.PEOPLE:,} people, {crowd.DEALS:,} deals",
                "",
                "≤ 3 s",
                placed <= 3,
            ),
        ]


def _placed(application: Application) -> float:
    placing = board.placing(application.settings, application.own, application.now())
    taken = []
    with Database(application.database.path) as writing:
        for _turn in range(3):
            started = time.perf_counter()
            with writing.transaction() as connection:
                board.place_again(connection, placing)
            taken.append(time.perf_counter() - started)
    return median(taken)


def _times(ask: Callable[..., object], *asked: object, turns: int = 20) -> list[float]:
    taken = []
    for _turn in range(turns):
        started = time.perf_counter()
        ask(*asked)
        taken.append(time.perf_counter() - started)
    return taken


def _pane(application: Application, count: int) -> Row:
    """Each card once, as a cursor that moves: nothing of it was read before."""
    cards = application.board.cards(None, None, None, CARDS)
    times = [taken for card in cards for taken in _times(application.records.pane, card.id, turns=1)]
    return Row(
        f"pane for a new cursor position, {count:,} messages",
        f"p95 {ms(p95(times) * 1000)}",
        f"median {ms(median(times) * 1000)}, slowest {ms(max(times) * 1000)}",
        "",
        "≤ 30 ms",
        p95(times) <= 0.03,
    )


def _pane_of_the_busiest(application: Application) -> Row:
    """A thread of the person with most mail, whose company is the largest."""
    connection = application.database.connection
    (thread,) = connection.execute("SELECT id FROM thread WHERE messages > 0 ORDER BY date DESC LIMIT 1").fetchone()
    with Database(application.database.path) as writing, writing.transaction() as changing:
        changing.execute(
            "UPDATE thread SET sender_address ="
            " (SELECT address FROM person_address WHERE person_id = 1 AND position = 0) WHERE id = ?",
            (thread,),
        )
    times = _times(application.records.pane, f"t{thread}")
    return Row(
        f"  of a person with {crowd.BUSIEST:,} mails, at a company of {crowd.IN_LARGEST:,} people",
        f"p95 {ms(p95(times) * 1000)}",
        "",
        "",
        "≤ 30 ms",
        p95(times) <= 0.03,
    )


def _timelines(application: Application) -> list[Row]:
    deal = application.database.connection.execute(
        "SELECT deal_id FROM deal_contact WHERE person_id = 1 UNION ALL SELECT id FROM deal LIMIT 1"
    ).fetchone()[0]
    asked = {
        f"a record's timeline: a person with {crowd.BUSIEST:,} mails": ("p1", ""),
        f"a record's timeline: a company of {crowd.IN_LARGEST:,} people": ("c1", ""),
        "a record's timeline: a deal, with the mail of its contacts": (f"d{deal}", PEOPLE),
    }
    rows = []
    for what, (id, mail) in asked.items():  # noqa: A001 - an id
        times = _times(partial(application.records.timeline, id, mail=mail))
        rows.append(Row(what, f"p95 {ms(p95(times) * 1000)}", "", "", "≤ 50 ms", p95(times) <= 0.05))
    return rows


def _lists(application: Application) -> list[Row]:
    records = application.records
    pages = [taken for query in FILTERS for taken in _times(partial(records.page, "contact", query=query), turns=5)]
    found = [taken for typed in TYPED for taken in _times(records.find, typed, turns=5)]
    due = _times(application.agenda.counts)
    return [
        Row(
            f"a page of a list of {crowd.PEOPLE:,} people, filtered",
            f"p95 {ms(p95(pages) * 1000)}",
            f"median {ms(median(pages) * 1000)}",
            "",
            "≤ 50 ms",
            p95(pages) <= 0.05,
        ),
        Row("a record found while one types, a keystroke", f"p95 {ms(p95(found) * 1000)}"),
        Row("what is overdue and due today, counted", f"p95 {ms(p95(due) * 1000)}"),
    ]
