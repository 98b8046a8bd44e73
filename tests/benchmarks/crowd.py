"""A company's worth of customers around the mail of a database: people, companies, deals, what is to be done.

Everybody who has written becomes a contact, as far as the numbers go; one company has two thousand people, and one
person a fifth of all mail.
"""

import json
import random
import sqlite3

from salesinbox.model.records import CALL, CASE, EVENT, NOTE, TASK
from salesinbox.rules import matching

PEOPLE, COMPANIES, DEALS, ITEMS = 50_000, 6_000, 10_000, 20_000
IN_LARGEST = 2_000
BUSIEST = 20_000
"""Mails of the busiest person."""

_FAMILY = (
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "永田",
)
_GIVEN = ("太郎", "花子", "健一", "美咲", "翔", "陽子", "大輔", "恵", "直樹", "由美", "達郎", "さくら", "誠", "真由美")
_FIRST = (
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elena",
    "Omar",
    "Jonas",
)
_LAST = ("Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Martinez", "Wilson", "Lee")
_FIRMS = ("商事", "製作所", "物流", "建設", "電機", "システム", "食品", "印刷", "不動産", "化学")
_TRADES = ("Foods", "Logistics", "Systems", "Clinics", "Builders", "Print", "Chemicals", "Energy", "Retail")
_STAGES = ("Qualification", "Needs Analysis", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
_DAY = 86_400


def gather(connection: sqlite3.Connection, now: int, seed: int = 7) -> None:
    """Put these records in the place of those that are there; inside the caller's transaction."""
    dice = random.Random(seed)
    for table in ("item", "deal", "person", "company"):
        connection.execute(f"DELETE FROM {table}")
    connection.executemany(
        "INSERT INTO company (id, name, name_key, domain, phone, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [_company(number, dice, now) for number in range(1, COMPANIES + 1)],
    )
    known = [
        row[0]
        for row in connection.execute(
            "SELECT address FROM correspondent GROUP BY address ORDER BY count(*) DESC LIMIT ?", (PEOPLE,)
        )
    ]
    dice.shuffle(known)
    people, addresses = [], []
    for number in range(1, PEOPLE + 1):
        first, last = _name(dice, number)
        name = f"{last} {first}" if not last.isascii() else f"{first} {last}"
        company = 1 if number <= IN_LARGEST else dice.randint(2, COMPANIES)
        kind = "lead" if number % 10 == 9 else "contact"
        changed = now - dice.randint(0, 900) * _DAY
        people.append((
            number, kind, first, last, name, matching.person_key(first, last), company if kind == "contact" else None,
            "" if kind == "contact" else f"Prospect {company}", dice.choice(("Manager", "部長", "課長", "Director", "")),
            f"03-{number % 9000 + 1000}-{number % 7919:04}", dice.choice(("Web", "展示会", "Referral", "")),
            json.dumps({"Mobile": f"090-{number:08}", "City": dice.choice(("東京", "大阪", "Portland"))},
                       ensure_ascii=False),
            changed, changed, dice.choice(("me@z.example", "Other Rep", "")),
            dice.choice(('["vip"]', '["展示会2026","mailing"]', "[]", "[]")),
        ))  # fmt: skip
        addresses.append((known.pop() if known else f"person{number}@company{company}.example", number, 0))
        if number % 7 == 0:
            addresses.append((f"second{number}@company{company}.example", number, 1))
    connection.executemany(f"INSERT INTO person ({_PERSON}) VALUES ({', '.join('?' * 16)})", people)
    connection.executemany(
        "INSERT OR IGNORE INTO person_address (address, person_id, position) VALUES (?, ?, ?)", addresses
    )
    _deals(connection, dice, now)
    _items(connection, dice, now)
    connection.execute(
        "INSERT OR IGNORE INTO correspondent (address, date, message)"
        " SELECT (SELECT address FROM person_address WHERE person_id = 1 AND position = 0), date, id FROM message"
        " ORDER BY date DESC LIMIT ?",
        (BUSIEST,),
    )


_PERSON = (
    "id, kind, first, last, name, name_key, company_id, company, title, phone, source, extra, created, changed, owner,"
    " tags"
)


def _company(number: int, dice: random.Random, now: int) -> tuple[int | str, ...]:
    if number % 2:
        name = f"株式会社{dice.choice(_FAMILY)}{dice.choice(_FIRMS)}{number}"
    else:
        name = f"{dice.choice(_LAST)} {dice.choice(_TRADES)} {number}, Inc."
    domain = f"company{number}.example"
    return number, name, matching.company_key(name), domain, f"06-{number:04}-0000", now - _DAY, now - _DAY


def _name(dice: random.Random, number: int) -> tuple[str, str]:
    if number % 2:
        return dice.choice(_GIVEN), dice.choice(_FAMILY)
    return dice.choice(_FIRST), f"{dice.choice(_LAST)}{number % 977 or ''}"


def _deals(connection: sqlite3.Connection, dice: random.Random, now: int) -> None:
    deals, contacts = [], []
    for number in range(1, DEALS + 1):
        person = dice.randint(1, PEOPLE)
        name = f"{dice.choice(('受発注システム刷新', 'Renewal', '在庫管理', 'Rollout', '年間契約'))} {number}"
        closing = f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        changed = now - dice.randint(0, 500) * _DAY
        deals.append((
            number, name, matching.deal_key(name), 1 if number % 40 == 0 else dice.randint(1, COMPANIES),
            str(dice.randint(1, 900) * 10_000), dice.choice(("JPY", "JPY", "USD")), dice.choice(_STAGES), closing,
            changed, changed,
        ))  # fmt: skip
        contacts.append((number, person, 1))
        if number % 3 == 0:
            contacts.append((number, dice.randint(1, PEOPLE), 0))
    connection.executemany(
        "INSERT INTO deal (id, name, name_key, company_id, amount, currency, stage, closing, created, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        deals,
    )
    connection.executemany("INSERT OR IGNORE INTO deal_contact (deal_id, person_id, main) VALUES (?, ?, ?)", contacts)


def _items(connection: sqlite3.Connection, dice: random.Random, now: int) -> None:
    items, about = [], []
    for number in range(1, ITEMS + 1):
        kind = dice.choice((TASK, TASK, EVENT, CALL, NOTE, NOTE, CASE))
        start = now + dice.randint(-300, 30) * _DAY
        timed = kind in (EVENT, CALL)
        items.append((
            number, kind, f"{kind} {number}", f"{kind} {number}", start if dice.random() < 0.8 else 0,
            "" if timed or kind in (NOTE, CASE) else f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
            start if timed else 0, start + 3600 if timed else 0, "打ち合わせの内容 " * 5, start, start,
        ))  # fmt: skip
        about.append((f"p{dice.randint(1, PEOPLE)}", number))
        if number % 2:
            about.append((f"d{dice.randint(1, DEALS)}", number))
    connection.executemany(
        "INSERT INTO item (id, kind, name, name_key, closed, day, start, finish, body, created, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        items,
    )
    connection.executemany("INSERT INTO item_about (record, item_id) VALUES (?, ?)", about)
