"""The board's windows: each order, both directions, whole and without repetition; counts that are never counted."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.model.board import COLUMNS, NEWEST, ORDERS
from salesinbox.model.mail import Address, Envelope, Flag, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.rules.columns import Own
from salesinbox.store import board, folders, mail, pages
from salesinbox.store.database import Database
from tests.mailboxes import sound

PLACING = board.Placing(Own(frozenset({"rep@zylker.example"}), frozenset({"zylker.example"})), "2026-11")
MONTH = "2026-11"


def arrival(
    uid: int, sender: str, date: int, *, name: str = "", seen: bool = True, references: tuple[str, ...] = ()
) -> mail.Arrival:
    envelope = Envelope(
        f"<{uid}@x.example>",
        references,
        Address(name, sender),
        (Address("", "rep@zylker.example"),),
        (),
        (),
        f"Subject {uid}",
        date,
        "",
        False,
        (),
        False,
    )
    digest = hashlib.blake2b(str(uid).encode(), digest_size=16).digest()
    mine = sender == "rep@zylker.example"
    return mail.Arrival(uid, FlagState(Flag.SEEN if seen else Flag.NONE), date, 1000, envelope, digest, mine, "")


def fill(database: Database, arrivals: list[mail.Arrival]) -> int:
    with database.transaction() as connection:
        account = folders.account(connection, "work", "rep@zylker.example")
        folder = mail.keep_folders(connection, account, [RemoteFolder("INBOX", "/", "inbox")])[0].id
        touched, _new = mail.add(connection, account, folder, arrivals)
        board.refresh(connection, touched, PLACING)
    return folder


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "mail.db") as opened:
        yield opened


@pytest.fixture
def filled(database: Database) -> Database:
    """200 threads of 20 people, 12 of them on deals with amounts and closing dates that repeat."""
    dice = random.Random(5)
    with database.transaction() as connection:
        for number in range(1, 21):
            connection.execute(
                "INSERT INTO person (id, kind, name, name_key, created, changed) VALUES (?, 'contact', ?, ?, 0, 0)",
                (number, f"P{number}", f"p{number}"),
            )
            connection.execute("INSERT INTO person_address VALUES (?, ?, 0)", (f"p{number}@c.example", number))
            if number <= 12:
                connection.execute(
                    "INSERT INTO deal (id, name, name_key, amount, currency, stage, closing, created, changed)"
                    " VALUES (?, ?, ?, ?, 'JPY', 'Proposal', ?, 0, 0)",
                    (
                        number,
                        f"D{number}",
                        f"d{number}",
                        dice.choice(["", "100", "2500.50", "99"]),
                        dice.choice(["", "2026-11-30", "2027-01-31"]),
                    ),
                )
                connection.execute("INSERT INTO deal_contact (deal_id, person_id) VALUES (?, ?)", (number, number))
    fill(
        database,
        [
            arrival(
                uid,
                f"p{dice.randint(1, 24)}@c.example",
                1_790_000_000 + dice.randint(0, 50) * 100,
                seen=dice.random() < 0.7,
            )
            for uid in range(1, 201)
        ],
    )
    return database


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("column", COLUMNS)
def test_COL_11_pages_in_both_directions_are_the_whole_column(filled: Database, order: str, column: str) -> None:
    connection = filled.connection
    whole = pages.page(connection, "inbox", column, order, 1000, month=MONTH)
    forwards: list[str] = []
    last = None
    while page := pages.page(connection, "inbox", column, order, 7, month=MONTH, after=last):
        forwards += [card.id for card in page]
        last = (page[-1].sort, page[-1].row)
    assert forwards == [card.id for card in whole]
    backwards: list[str] = []
    first = pages.LAST
    while page := pages.page(connection, "inbox", column, order, 7, month=MONTH, before=first):
        backwards = [card.id for card in page] + backwards
        first = (page[0].sort, page[0].row)
    assert backwards == forwards
    for index in range(0, len(whole), 10):
        key = (whole[index].sort, whole[index].row)
        assert pages.rank(connection, "inbox", column, order, key) == index
        assert [c.id for c in pages.page(connection, "inbox", column, order, 3, month=MONTH, start=key)] == forwards[
            index : index + 3
        ]


def test_COL_11_orders_mean_what_they_say(filled: Database) -> None:
    def column(order: str) -> list[tuple[float, str, int]]:
        cards = pages.page(filled.connection, "inbox", "deals", order, 1000, month=MONTH)
        return [(float(c.deal.amount or 0), c.deal.closing or "9999", c.date) for c in cards if c.deal]

    assert [d for _a, _c, d in column(NEWEST)] == sorted((d for _a, _c, d in column(NEWEST)), reverse=True)
    assert [a for a, _c, _d in column("amount")] == sorted((a for a, _c, _d in column("amount")), reverse=True)
    assert [c for _a, c, _d in column("closing")] == sorted(c for _a, c, _d in column("closing"))
    assert [d for _a, _c, d in column("waiting")] == sorted(d for _a, _c, d in column("waiting"))


def test_COL_11_deals_closing_this_month_are_marked(filled: Database) -> None:
    cards = pages.page(filled.connection, "inbox", "deals", NEWEST, 1000, month=MONTH)
    marked = {card.deal.closing for card in cards if card.deal and card.closing_this_month}
    assert marked == {"2026-11-30"}
    assert any(card.deal and card.deal.closing == "2027-01-31" for card in cards)


def test_a_window_is_read_by_an_index_and_not_by_a_scan(filled: Database) -> None:
    for view, index in (("inbox", "thread_in_inbox"), ("unread", "thread_in_unread"), ("all", "thread_in_all")):
        where, values = pages._condition(view, "unknown")
        plan = filled.connection.execute(
            f"EXPLAIN QUERY PLAN SELECT thread.id{pages._source(view, 'unknown')} WHERE {where} AND (thread.date, thread.id) < (?, ?)"
            " ORDER BY thread.date DESC, thread.id DESC LIMIT 40",
            (*values, 1_800_000_000, 1),
        ).fetchall()
        text = " ".join(str(row[3]) for row in plan)
        assert index in text, text
        assert "TEMP B-TREE" not in text


def test_all_columns_together_are_one_list_by_date(filled: Database) -> None:
    cards = pages.page(filled.connection, "inbox", None, NEWEST, 1000, month=MONTH)
    assert len(cards) == 200
    assert [card.date for card in cards] == sorted((card.date for card in cards), reverse=True)
    assert pages.page(filled.connection, "inbox", None, NEWEST, 9, month=MONTH) == cards[:9]


def test_counts_follow_every_change(filled: Database) -> None:
    path = filled.path
    sound(path)
    with filled.transaction() as connection:
        folder = connection.execute("SELECT id FROM folder").fetchone()[0]
        touched, changed = mail.set_flags(
            connection, folder, {uid: FlagState(Flag.SEEN | Flag.FLAGGED) for uid in range(1, 60)}
        )
        assert changed
        board.refresh(connection, touched, PLACING)
    sound(path)
    with filled.transaction() as connection:
        board.refresh(connection, mail.remove(connection, folder, list(range(50, 120))), PLACING)
    sound(path)
    with filled.transaction() as connection:
        mail.sweep(connection, 1)
        connection.execute("UPDATE deal SET stage = 'Closed Won' WHERE id <= 6")
        moved = board.place_again(connection, PLACING)
    assert moved > 0
    sound(path)


def test_COL_9_placing_again_is_the_same_as_placing_anew(filled: Database) -> None:
    with filled.transaction() as connection:
        connection.execute("UPDATE deal SET stage = 'Closed Lost' WHERE id % 2 = 0")
        connection.execute("DELETE FROM person_address WHERE person_id IN (15, 16)")
        board.set_override(connection, "address", "p3@c.example", "unknown")
        board.set_override(connection, "domain", "c.example", "people")
        board.place_again(connection, PLACING)
        again = connection.execute("SELECT id, col, rule, deal_id, views FROM thread ORDER BY id").fetchall()
        board.refresh(connection, [row[0] for row in again], PLACING)
        anew = connection.execute("SELECT id, col, rule, deal_id, views FROM thread ORDER BY id").fetchall()
    assert again == anew
    sound(filled.path)


def test_threads_that_turn_out_to_be_one_are_merged_and_keep_the_older_id(database: Database) -> None:
    fill(database, [arrival(1, "a@c.example", 1000), arrival(2, "b@c.example", 2000)])
    ids = [row[0] for row in database.connection.execute("SELECT id FROM thread ORDER BY id")]
    with database.transaction() as connection:
        board.set_override(connection, "thread", str(ids[1]), "deals")
    fill(database, [arrival(3, "c@c.example", 3000, references=("<2@x.example>", "<1@x.example>"))])
    cards = pages.page(database.connection, "inbox", None, NEWEST, 10, month=MONTH)
    assert [(card.row, card.messages, card.column) for card in cards] == [(ids[0], 3, "deals")]
    sound(database.path)


def test_a_reply_that_arrives_before_its_parent_is_in_the_same_thread(database: Database) -> None:
    fill(database, [arrival(5, "a@c.example", 2000, references=("<4@x.example>",))])
    fill(database, [arrival(4, "b@c.example", 1000)])
    assert [card.messages for card in pages.page(database.connection, "inbox", None, NEWEST, 10, month=MONTH)] == [2]


def test_the_same_subject_alone_makes_no_thread(database: Database) -> None:
    one, two = arrival(1, "a@c.example", 1000), arrival(2, "a@c.example", 2000)
    fill(database, [one, two])
    with database.transaction() as connection:
        connection.execute("UPDATE message SET subject = 'Re: offer'")
    assert len(pages.page(database.connection, "inbox", None, NEWEST, 10, month=MONTH)) == 2


def test_receiving_the_same_message_twice_is_the_same_as_once(database: Database) -> None:
    fill(database, [arrival(1, "a@c.example", 1000)])
    before = list(database.connection.iterdump())
    fill(database, [arrival(1, "a@c.example", 1000)])
    assert list(database.connection.iterdump()) == before
