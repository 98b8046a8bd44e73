"""What the rep links (LINK-4), and what there is to be linked. Writers run inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from salesinbox.model.links import CHOSEN
from salesinbox.model.records import CASE, COMPANY, DEAL, ITEM_KINDS, LETTERS, OPEN
from salesinbox.rules import columns, links
from salesinbox.rules.addresses import normal
from salesinbox.rules.columns import Own


class Found(NamedTuple):
    """A record that mail can be linked to. `detail` parts are still to be put into words."""

    record: str
    kind: str
    name: str
    detail: tuple[str, ...]
    amount: str = ""
    currency: str = ""


# --- writing ------------------------------------------------------------------------------------------------------


def choose_threads(connection: sqlite3.Connection, threads: Collection[int], deal: int | None) -> None:
    """These threads, with what is in them and what still comes, belong to a deal; None: to none."""
    connection.executemany(
        "INSERT INTO thread_link (thread_id, deal_id) VALUES (?, ?)"
        " ON CONFLICT (thread_id) DO UPDATE SET deal_id = excluded.deal_id",
        [(thread, deal) for thread in threads],
    )
    choose_messages(connection, messages_of(connection, threads), deal)


def choose_messages(connection: sqlite3.Connection, messages: Iterable[int], deal: int | None) -> None:
    """The same for single messages."""
    connection.executemany(
        f"INSERT INTO link (message, deal_id, how) VALUES (?, ?, '{CHOSEN}')"
        f" ON CONFLICT (message) DO UPDATE SET deal_id = excluded.deal_id, how = '{CHOSEN}'",
        [(message, deal) for message in messages],
    )


def add_record(connection: sqlite3.Connection, messages: Iterable[int], record: str) -> None:
    connection.executemany(
        "INSERT INTO message_record (record, message) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(record, message) for message in messages],
    )


def remove_record(connection: sqlite3.Connection, messages: Collection[int], record: str) -> int:
    """Returns how many messages were linked to it."""
    return connection.execute(
        "DELETE FROM message_record WHERE record = ? AND message IN (SELECT value FROM json_each(?))",
        (record, json.dumps(list(messages))),
    ).rowcount


# --- reading ------------------------------------------------------------------------------------------------------


def messages_of(connection: sqlite3.Connection, threads: Collection[int]) -> list[int]:
    rows = connection.execute(
        "SELECT message.id FROM json_each(?) AS wanted JOIN message ON thread_id = wanted.value",
        (json.dumps(list(threads)),),
    )
    return [row[0] for row in rows]


def linked(connection: sqlite3.Connection, messages: Collection[int]) -> dict[int, tuple[int | None, str]]:
    """Message → its deal (None: the rep wants none) and how it was found, newest message first."""
    rows = connection.execute(
        "SELECT link.message, deal_id, how FROM json_each(?) AS wanted JOIN link ON link.message = wanted.value"
        " JOIN message ON message.id = link.message ORDER BY date DESC, message_id DESC",
        (json.dumps(list(messages)),),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def thread_choice(connection: sqlite3.Connection, thread: int) -> tuple[int | None] | None:
    """The deal that the rep chose for a thread as a whole, in a tuple; None where nothing was chosen."""
    row: tuple[int | None] | None = connection.execute(
        "SELECT deal_id FROM thread_link WHERE thread_id = ?", (thread,)
    ).fetchone()
    return row


def further(connection: sqlite3.Connection, messages: Collection[int]) -> list[tuple[str, int]]:
    """Records that the rep linked messages to, besides deals, and how many messages each."""
    return connection.execute(
        "SELECT record, count(*) FROM json_each(?) AS wanted JOIN message_record ON message = wanted.value"
        " GROUP BY record ORDER BY min(message), record",
        (json.dumps(list(messages)),),
    ).fetchall()


def addresses(connection: sqlite3.Connection, messages: Collection[int], own: Own) -> dict[str, int]:
    """Who took part besides the rep, in their normal form, and in how many of the messages."""
    found: dict[str, int] = {}
    for sender, mine, recipients in connection.execute(
        "SELECT sender_address, mine, recipients FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value",
        (json.dumps(list(messages)),),
    ):
        sent_to = [address for kind, _name, address in json.loads(recipients) if kind != "reply-to"]
        for address in {normal(one) for one in links.parties(sender, sent_to, mine=bool(mine), bulk=False)}:
            if address and address not in own.addresses:
                found[address] = found.get(address, 0) + 1
    return found


def people(connection: sqlite3.Connection, seen: Mapping[str, int]) -> list[tuple[Found, int]]:
    """Records of people with these addresses, and their companies (LINK-1), with the number of messages of each."""
    rows = connection.execute(
        "SELECT p.id, p.kind, p.name, c.id, coalesce(c.name, p.company), c.domain, a.address"
        " FROM json_each(?) AS wanted CROSS JOIN person_address AS a ON a.address = wanted.value"
        " CROSS JOIN person AS p ON p.id = a.person_id LEFT JOIN company AS c ON c.id = p.company_id"
        " ORDER BY p.kind, p.changed DESC, p.id",
        (json.dumps(list(seen)),),
    ).fetchall()
    persons: dict[str, tuple[Found, int]] = {}
    companies: dict[str, tuple[Found, int]] = {}
    for number, kind, name, company, company_name, domain, address in rows:
        found = Found(f"p{number}", kind, name, (company_name or "", address))
        persons[found.record] = (found, persons.get(found.record, (found, 0))[1] + seen[address])
        if company is not None:
            found = Found(f"c{company}", COMPANY, company_name, (domain,))
            companies[found.record] = (found, companies.get(found.record, (found, 0))[1] + seen[address])
    return [*persons.values(), *companies.values()]


_DEAL = (
    "SELECT DISTINCT d.id, d.name, d.stage, coalesce(c.name, ''), d.amount, d.currency, d.name_key,"
    " coalesce(c.name_key, '') FROM {source} CROSS JOIN deal AS d ON {on} CROSS JOIN stage AS s ON s.name = d.stage"
    " LEFT JOIN company AS c ON c.id = d.company_id WHERE {where}"
    f" ORDER BY s.state <> '{OPEN}', d.changed DESC, d.id DESC LIMIT ?"
)


def _deal(row: Sequence[str]) -> Found:
    number, name, stage, company, amount, currency = row[:6]
    return Found(f"d{number}", DEAL, name, (stage, company), amount, currency)


def deals_of_people(
    connection: sqlite3.Connection, seen: Iterable[str], own: Own, words: Sequence[str], limit: int
) -> list[Found]:
    """Deals of the people with these addresses, then those of their companies; open ones first, each time."""
    customers = [one for one in seen if not columns.colleague(one, one.rpartition("@")[2], own)]
    wanted = json.dumps(customers)
    matches, values = _matches(words, "d.name_key", "c.name_key")
    source = "json_each(?) AS w CROSS JOIN person_address AS a ON a.address = w.value CROSS JOIN {} AS x ON {}"
    found: dict[str, Found] = {}
    for table, join, on in (
        ("deal_contact", "x.person_id = a.person_id", "d.id = x.deal_id"),
        ("person", "x.id = a.person_id", "d.company_id = x.company_id"),
    ):
        query = _DEAL.format(source=source.format(table, join), on=on, where=matches)
        for row in connection.execute(query, (wanted, *values, limit)):
            found.setdefault(f"d{row[0]}", _deal(row))
    return list(found.values())[:limit]


def search(connection: sqlite3.Connection, words: Sequence[str], limit: int) -> list[Found]:
    """Records in whose names all of the words stand: deals (also by their company), companies, people, cases.

    Args:
        connection: The database.
        words: Folded (`model.folding`), at least one.
        limit: The most that are wanted.
    """
    if len(words) == 1 and (one := by_id(connection, words[0])) is not None:
        return [one]
    matches, values = _matches(words, "d.name_key", "c.name_key")
    query = _DEAL.format(source="(SELECT 1)", on="1", where=matches)
    found = [_deal(row) for row in connection.execute(query, (*values, limit))]
    if len(found) < limit:
        matches, values = _matches(words, "name_key")
        found += [
            Found(f"c{number}", COMPANY, name, (domain,))
            for number, name, domain in connection.execute(
                f"SELECT id, name, domain FROM company WHERE {matches} ORDER BY length(name_key), id LIMIT ?",
                (*values, limit - len(found)),
            )
        ]
    if len(found) < limit:
        found += _people_named(connection, words, limit - len(found))
    if len(found) < limit:
        matches, values = _matches(words, "name_key")
        found += [
            Found(f"{LETTERS[CASE]}{number}", CASE, name, (status,))
            for number, name, status in connection.execute(
                f"SELECT id, name, status FROM item WHERE kind = '{CASE}' AND {matches} ORDER BY id DESC LIMIT ?",
                (*values, limit - len(found)),
            )
        ]
    return found


def _people_named(connection: sqlite3.Connection, words: Sequence[str], limit: int) -> list[Found]:
    matches, values = _matches(words, "name_key")
    # The names alone are in an index, which is a fifth of the table.
    numbers = [
        row[0]
        for row in connection.execute(
            f"SELECT id FROM person WHERE {matches} ORDER BY length(name_key), id LIMIT ?", (*values, limit)
        )
    ]
    if len(numbers) < limit and len(words) == 1 and words[0].isascii():
        numbers += [
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT person_id FROM person_address WHERE instr(address, ?) LIMIT ?", (words[0], limit)
            )
        ]
    rows = connection.execute(
        "SELECT p.id, p.kind, p.name, coalesce(c.name, p.company), coalesce((SELECT address FROM person_address"
        " WHERE person_id = p.id ORDER BY position LIMIT 1), '') FROM json_each(?) AS wanted"
        " JOIN person AS p ON p.id = wanted.value LEFT JOIN company AS c ON c.id = p.company_id ORDER BY wanted.key",
        (json.dumps(list(dict.fromkeys(numbers))[:limit]),),
    )
    return [Found(f"p{number}", kind, name, (company, address)) for number, kind, name, company, address in rows]


def _matches(words: Sequence[str], *names: str) -> tuple[str, list[str]]:
    """A condition that all words stand in any of the columns, and its values."""
    if not words:
        return "1", []
    either = " OR ".join(f"instr({name}, ?)" for name in names)
    return " AND ".join(f"({either})" for _word in words), [word for word in words for _name in names]


def by_id(connection: sqlite3.Connection, record: str) -> Found | None:
    """The record with an id like "p12", "c3", "d7" or "s4"; None if there is none."""
    letter, digits = record[:1], record[1:]
    if not (digits.isascii() and digits.isdigit() and len(digits) < 18):
        return None
    number = int(digits)
    if letter == LETTERS[DEAL]:
        query = _DEAL.format(source="(SELECT 1)", on="d.id = ?", where="1")
        row = connection.execute(query, (number, 1)).fetchone()
        return _deal(row) if row else None
    if letter == LETTERS[COMPANY]:
        row = connection.execute("SELECT name, domain FROM company WHERE id = ?", (number,)).fetchone()
        return Found(record, COMPANY, row[0], (row[1],)) if row else None
    if letter == "p":
        row = connection.execute(
            "SELECT p.kind, p.name, coalesce(c.name, p.company) FROM person AS p"
            " LEFT JOIN company AS c ON c.id = p.company_id WHERE p.id = ?",
            (number,),
        ).fetchone()
        return Found(record, row[0], row[1], (row[2],)) if row else None
    row = connection.execute("SELECT kind, name, status FROM item WHERE id = ?", (number,)).fetchone()
    if row and row[0] in ITEM_KINDS and LETTERS[row[0]] == letter:
        return Found(record, row[0], row[1], (row[2],))
    return None


def deals_named(connection: sqlite3.Connection, key: str) -> list[str]:
    """Ids of the deals with a name, by its key (`rules.matching.deal_key`)."""
    return [f"d{row[0]}" for row in connection.execute("SELECT id FROM deal WHERE name_key = ? ORDER BY id", (key,))]


def further_of_sent(connection: sqlite3.Connection, message_ids: Collection[str]) -> dict[str, list[str]]:
    """Message-ID of mail that was sent → the names of further records that it is linked to, if it is here."""
    rows = connection.execute(
        "SELECT message_id, record FROM json_each(?) AS wanted CROSS JOIN account"
        " CROSS JOIN message ON message.account_id = account.id AND message_id = wanted.value"
        " CROSS JOIN message_record ON message_record.message = message.id ORDER BY record",
        (json.dumps(list(message_ids)),),
    )
    found: dict[str, list[str]] = {}
    for message_id, record in rows.fetchall():
        if (one := by_id(connection, record)) is not None:
            found.setdefault(message_id, []).append(one.name)
    return found


def of_sent(connection: sqlite3.Connection, message_ids: Collection[str]) -> dict[str, str]:
    """Message-ID of mail that was sent → the name of the deal it is linked to, if it is here and linked."""
    rows = connection.execute(
        "SELECT message_id, deal.name FROM json_each(?) AS wanted CROSS JOIN account"
        " CROSS JOIN message ON message.account_id = account.id AND message_id = wanted.value"
        " CROSS JOIN link ON link.message = message.id CROSS JOIN deal ON deal.id = link.deal_id WHERE how <> 'guess'",
        (json.dumps(list(message_ids)),),
    )
    return dict(rows.fetchall())
