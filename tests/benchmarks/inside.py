"""The budgets of what the services do by themselves: placing again, searching, filling the pane."""

import sqlite3
import time

from salesinbox.store import board
from tests.benchmarks.ground import Ground
from tests.benchmarks.mailbox import COMMON_WORD, JAPANESE, RARE_JAPANESE, RARE_WORD
from tests.benchmarks.table import Row, median, ms, p95, seconds

PAGE = 50


def place_again(ground: Ground) -> list[Row]:
    """An import of 20,000 people into a copy of the large database: the whole command, and the placing in it."""
    count = ground.large
    people = ground.box(count).people
    command = ground.run(
        count, ground.copy_of_data(count, "import"), "records", "import", "--kind", "contacts", str(people)
    )
    taken: list[float] = []
    original = board.place_again

    def timed(connection: sqlite3.Connection, placing: board.Placing) -> int:
        started = time.perf_counter()
        moved = original(connection, placing)
        taken.append(time.perf_counter() - started)
        return moved

    moved = []
    for turn in range(3):
        with ground.application(count, ground.copy_of_data(count, f"import-{turn}")) as application:
            board.place_again = timed
            try:
                moved.append(application.records.import_file(people, "contacts").moved)
            finally:
                board.place_again = original
    return [
        Row(
            f"placing {count:,} messages again after 20,000 people",
            seconds(median(taken)),
            f"{moved[0]:,} threads moved",
            "",
            "≤ 3 s",
            median(taken) <= 3,
        ),
        Row("  the whole `records import` of them", seconds(command)),
    ]


def search(ground: Ground) -> list[Row]:
    """First pages through the service, each word many times; the first time, with nothing in memory, is beside."""
    count = ground.large
    rows = []
    data = ground.data(count)
    words = {
        "an English common word": COMMON_WORD,
        "an English rare word": RARE_WORD,
        "two Japanese characters": JAPANESE,
        "two rare Japanese characters": RARE_JAPANESE,
        "a word being typed": COMMON_WORD[:3],
        "two words": f"{COMMON_WORD} renewal",
    }
    for what, word in words.items():
        with ground.application(count, data) as application:
            times = []
            for _ in range(20):
                started = time.perf_counter()
                hits = application.search.find(word, PAGE)
                times.append(time.perf_counter() - started)
        rows.append(
            Row(
                f"search, {count:,} messages, first page: {what} ({word})",
                f"p95 {ms(p95(times[1:]) * 1000)}",
                f"median {ms(median(times) * 1000)}, first {ms(times[0] * 1000)}, {len(hits)} threads",
                "",
                "≤ 50 ms",
                p95(times[1:]) <= 0.05,
            )
        )
    return rows


def pane(ground: Ground) -> list[Row]:
    """What the pane asks for, over the newest cards of all columns."""
    count = ground.large
    with ground.application(count, ground.data(count)) as application:
        cards = application.board.cards(None, None, None, 400)
        times = []
        for card in cards:
            started = time.perf_counter()
            application.records.pane(card.id)
            times.append(time.perf_counter() - started)
    return [
        Row(
            f"the pane's query, {count:,} messages",
            f"p95 {ms(p95(times) * 1000)}",
            f"median {ms(median(times) * 1000)}",
        )
    ]
