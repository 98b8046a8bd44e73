"""Looking records of all kinds up while somebody types: 50,000 people within a keystroke.

Beginnings of names and addresses are looked up in indexes; what they leave open, scans of indexes that hold nothing but
names and addresses.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable

from salesinbox.model.folding import fold
from salesinbox.model.records import ITEM_KINDS, LETTERS
from salesinbox.rules import matching

_LAST = "\U0010ffff"
_MOST = 400
"""Records that hold the longest word, among which the other words are looked for."""
_LONGEST = 200
_PEOPLE = ("lead", "contact")


def find(connection: sqlite3.Connection, text: str, kinds: Collection[str], limit: int) -> list[str]:
    """Ids of what is meant: first names that begin so, then names, addresses and companies that hold all words."""
    # Bytes of a command line that are no UTF-8 arrive as lone surrogates, which no database takes.
    said = fold(text[:_LONGEST].encode("utf-8", "replace").decode("utf-8")).strip()
    words = [word for word in said.split() if word]
    if not words:
        return []
    ranked: dict[str, tuple[int, int]] = {}

    def add(rank: int, ids: Iterable[str]) -> None:
        for place, id in enumerate(ids):  # noqa: A001 - as everywhere in the services
            ranked.setdefault(id, (rank, place))

    if said[1:].isascii() and said[1:].isdigit() and len(said) < 18:
        add(0, _there(connection, said, kinds))
    for table, of in _tables(kinds):
        add(1, _begun(connection, table, of, said, limit))
    longest = max(words, key=len)
    rest = [word for word in words if word != longest]
    most = _MOST if rest else limit
    for table, of in _tables(kinds):
        if sum(id[:1] in of.values() for id in ranked) < limit:  # noqa: A001 - the same
            add(2, _holding(connection, table, of, longest, rest, most))
    return sorted(ranked, key=ranked.__getitem__)[:limit]


_Kinds = dict[str, str]
"""The kinds of a table that are looked for, with their letters."""


def _tables(kinds: Collection[str]) -> list[tuple[str, _Kinds]]:
    groups = (("person", _PEOPLE), ("company", ("company",)), ("deal", ("deal",)), ("item", ITEM_KINDS))
    found = []
    for table, members in groups:
        wanted = {kind: LETTERS[kind] for kind in members if not kinds or kind in kinds}
        if wanted:
            found.append((table, wanted))
    return found


def _there(connection: sqlite3.Connection, id: str, kinds: Collection[str]) -> list[str]:
    """The record with exactly this id."""
    for table, of in _tables(kinds):
        if id[0] in of.values():
            named = [kind for kind, letter in of.items() if letter == id[0]]
            where = f" AND kind IN ({_list(named)})" if table in ("person", "item") else ""
            row = connection.execute(f"SELECT 1 FROM {table} WHERE id = ?{where}", (int(id[1:]),)).fetchone()
            return [id] if row else []
    return []


def _list(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


def _key(table: str, text: str) -> str:
    if table == "company":
        return matching.company_key(text) or text
    return text if text.isascii() or table != "person" else "".join(text.split())


def _begun(connection: sqlite3.Connection, table: str, of: _Kinds, said: str, limit: int) -> list[str]:
    """Those whose name or address begins with what is typed."""
    key = _key(table, said)
    if table in ("company", "deal"):
        rows = connection.execute(
            f"SELECT '{table[0]}' || id FROM {table} WHERE name_key >= ? AND name_key < ?"
            " ORDER BY name_key, id LIMIT ?",
            (key, key + _LAST, limit),
        ).fetchall()
        return [row[0] for row in rows]
    found: list[str] = []
    for kind, letter in of.items():
        rows = connection.execute(
            f"SELECT '{letter}' || id FROM {table} WHERE kind = ? AND name_key >= ? AND name_key < ?"
            " ORDER BY name_key, id LIMIT ?",
            (kind, key, key + _LAST, limit),
        ).fetchall()
        found += [row[0] for row in rows]
    if table == "person" and len(said) > 1 and said.isascii():
        rows = connection.execute(
            "SELECT 'p' || person.id FROM person_address CROSS JOIN person ON person.id = person_id"
            f" WHERE address >= ? AND address < ? AND kind IN ({_list(of)}) ORDER BY address LIMIT ?",
            (said, said + _LAST, limit),
        ).fetchall()
        found += [row[0] for row in rows]
    return found


def _holding(
    connection: sqlite3.Connection, table: str, of: _Kinds, longest: str, rest: Collection[str], most: int
) -> list[str]:
    """Those that hold the longest word, and then all others."""
    numbers = _scanned(connection, table, of, longest, most)
    for word in rest:
        numbers = _narrowed(connection, table, numbers, word)
    if table in ("company", "deal"):
        return [f"{table[0]}{number}" for number in numbers]
    letters = dict(
        connection.execute(
            f"SELECT id, kind FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(numbers),)
        ).fetchall()
    )
    return [f"{LETTERS[letters[number]]}{number}" for number in numbers if letters.get(number) in of]


def _scanned(connection: sqlite3.Connection, table: str, of: _Kinds, word: str, most: int) -> list[int]:
    key = _key(table, word)
    if table in ("company", "deal"):
        query = f"SELECT id FROM {table} WHERE instr(name_key, ?) LIMIT ?"
        return [row[0] for row in connection.execute(query, (key, most))]
    query = f"SELECT id FROM {table} WHERE kind IN ({_list(of)}) AND instr(name_key, ?) LIMIT ?"
    found = [row[0] for row in connection.execute(query, (key, most))]
    if table == "person" and len(found) < most:
        found += [row[0] for row in connection.execute(_OF_COMPANIES, (matching.company_key(word) or word, most))]
        if len(found) < most and word.isascii():
            found += [row[0] for row in connection.execute(_OF_ADDRESSES, (word, most))]
    return list(dict.fromkeys(found))[: 2 * most]


_OF_COMPANIES = (
    "SELECT person.id FROM company CROSS JOIN person ON person.company_id = company.id"
    " WHERE instr(company.name_key, ?) LIMIT ?"
)
_OF_ADDRESSES = "SELECT person_id FROM person_address WHERE instr(address, ?) LIMIT ?"


def _narrowed(connection: sqlite3.Connection, table: str, numbers: list[int], word: str) -> list[int]:
    """Those of the rows that hold a further word."""
    terms = [f"instr({table}.name_key, ?1)"]
    if table == "person":
        terms += [
            "EXISTS (SELECT 1 FROM person_address WHERE person_id = person.id AND instr(address, ?1))",
            "EXISTS (SELECT 1 FROM company WHERE company.id = person.company_id AND instr(company.name_key, ?2))",
        ]
    elif table == "deal":
        terms.append(
            "EXISTS (SELECT 1 FROM company WHERE company.id = deal.company_id AND instr(company.name_key, ?2))"
        )
    else:
        terms.append("?2 IS NULL")
    kept = {
        row[0]
        for row in connection.execute(
            f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(?3)) AND ({' OR '.join(terms)})",
            (_key(table, word), matching.company_key(word) or word, json.dumps(numbers)),
        )
    }
    return [number for number in numbers if number in kept]
