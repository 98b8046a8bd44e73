"""The mail that linking looks at, and the deals that it may belong to (LINK-2). Nothing here writes."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from salesinbox.model.links import GUESS
from salesinbox.model.mail import DRAFTS, SPAM, TRASH
from salesinbox.rules import columns
from salesinbox.rules import links as rules
from salesinbox.rules.addresses import normal
from salesinbox.rules.columns import Own
from salesinbox.rules.links import Kept, LinkDeal

NO_DEAL = 0
"""As a deal: the rep said that the thread belongs to none."""

Deals = dict[int, LinkDeal]
"""By their rows."""

_MOST_RECIPIENTS = 100
"""As many as `correspondents` keeps of one message."""


class Mail(NamedTuple):
    """A message as it is kept. `parties`: addresses in their normal form; `guess`: its deal by an earlier guess."""

    row: int
    thread: int
    date: int
    name: str
    subject: str
    old: bool
    doubtful: bool
    parties: tuple[str, ...]
    kept: Kept | None
    guess: int


# Who it was sent to matters only where there is something to decide.
_MESSAGE = (
    "message.id, thread_id, date, message_id, subject, received < since, warning <> '', link.deal_id, link.how,"
    " sender_address, mine, automatic OR list_id <> '', iif(link.how IS NULL OR link.how = 'guess', recipients, '[]')"
)


def _message(row: Any, parties: tuple[str, ...]) -> Mail:
    number, thread, date, name, subject, old, doubtful, deal, how = row[:9]
    kept = Kept(deal or NO_DEAL, how) if how is not None and how != GUESS else None
    guess = deal or NO_DEAL if how == GUESS else NO_DEAL
    return Mail(number, thread, date, name, subject, bool(old), bool(doubtful), parties, kept, guess)


def of_threads(
    connection: sqlite3.Connection, threads: Iterable[int], own: Own, choices: Collection[int]
) -> tuple[list[Mail], Deals, dict[str, tuple[int, ...]]]:
    """Messages of these threads that are linked or may be, and the deals of who takes part (`deals`)."""
    rows = connection.execute(
        f"SELECT {_MESSAGE} FROM json_each(?) AS wanted CROSS JOIN message ON thread_id = wanted.value"
        " CROSS JOIN account ON account.id = message.account_id LEFT JOIN link ON link.message = message.id",
        (json.dumps(list(threads)),),
    ).fetchall()
    parties = _parties(rows)
    known, by_address = deals(connection, {address for found in parties for address in found}, own)
    mail = [
        _message(row, found)
        for row, found in zip(rows, parties, strict=True)
        if row[8] is not None or row[1] in choices or any(address in by_address for address in found)
    ]
    return mail, known, by_address


def _parties(rows: Sequence[Any]) -> list[tuple[str, ...]]:
    """Of each message, the addresses in their normal form that its deal may follow from; () where that is settled."""
    # One look at all recipients together, and one at each address: most mail is to the same few.
    recipients = json.loads(f"[{','.join(row[12] for row in rows)}]")
    forms: dict[str, str] = {}
    found: list[tuple[str, ...]] = []
    for row, listed in zip(rows, recipients, strict=True):
        _deal, how, sender, mine, bulk = row[7:12]
        if how is not None and how != GUESS:
            found.append(())
            continue
        sent_to = [one[2] for one in listed if one[0] != "reply-to"][:_MOST_RECIPIENTS]
        counting = rules.parties(sender, sent_to, mine=bool(mine), bulk=bool(bulk))
        for address in counting:
            if address not in forms:
                forms[address] = normal(address)
        found.append(tuple(forms[address] for address in counting))
    return found


def undecided(connection: sqlite3.Connection, by_address: Mapping[str, tuple[int, ...]]) -> list[Mail]:
    """Of all mail: what has no link for good and may get one or lose its guess; and the kept links beside it."""
    parties: dict[int, tuple[str, ...]] = {}
    for address, message in connection.execute(
        "SELECT address, correspondent.message FROM json_each(?) AS wanted"
        " CROSS JOIN correspondent ON address = wanted.value"
        " LEFT JOIN link ON link.message = correspondent.message WHERE how IS NULL OR how = 'guess'",
        (json.dumps(list(by_address)),),
    ):
        parties[message] = (*parties[message], address) if message in parties else (address,)
    for (message,) in connection.execute(
        "SELECT message FROM link WHERE how = 'guess' UNION"
        " SELECT message.id FROM thread_link JOIN message ON message.thread_id = thread_link.thread_id"
        " LEFT JOIN link ON link.message = message.id WHERE link.message IS NULL"
    ):
        parties.setdefault(message, ())
    rows = connection.execute(
        f"SELECT {_MESSAGE} FROM json_each(?) AS wanted CROSS JOIN message ON message.id = wanted.value"
        " CROSS JOIN account ON account.id = message.account_id LEFT JOIN link ON link.message = message.id",
        (json.dumps(list(parties)),),
    )
    found = []
    for row in rows:
        sender, mine, bulk = row[9:12]
        counting = parties[row[0]]
        if bulk:
            counting = () if mine else tuple({*counting} & {normal(sender)})
        found.append(_message(row, counting))
    several = {one.thread for one in found if len({d for a in one.parties for d in by_address.get(a, ())}) > 1}
    if several:
        rows = connection.execute(
            f"SELECT {_MESSAGE} FROM json_each(?) AS wanted CROSS JOIN message ON thread_id = wanted.value"
            " CROSS JOIN account ON account.id = message.account_id CROSS JOIN link ON link.message = message.id"
            " WHERE how <> 'guess'",
            (json.dumps(list(several)),),
        )
        found += [_message(row, ()) for row in rows]
    return found


_DEAL = "deal.id, deal.name, stage.state = 'open', changed, closing, began, ended, extra"


def _deal(row: Any) -> LinkDeal:
    number, name, is_open, changed, closing, began, ended, extra = row
    return LinkDeal(number, name, bool(is_open), changed, began, rules.ended(bool(is_open), ended, closing), extra)


def deals(
    connection: sqlite3.Connection, addresses: Collection[str] | None, own: Own
) -> tuple[Deals, dict[str, tuple[int, ...]]]:
    """Deals by their rows, and the deals of contacts by address: of these addresses (None: of all).

    The rep and colleagues have none by their addresses, whatever records they are on.
    """
    source = (
        "person_address AS a"
        if addresses is None
        else "json_each(?) AS wanted CROSS JOIN person_address AS a ON a.address = wanted.value"
    )
    found: defaultdict[str, set[int]] = defaultdict(set)
    for address, deal in connection.execute(
        f"SELECT a.address, deal_id FROM {source} CROSS JOIN deal_contact AS c ON c.person_id = a.person_id"
        " CROSS JOIN person ON person.id = a.person_id WHERE kind = 'contact'",
        () if addresses is None else (json.dumps(list(addresses)),),
    ):
        found[address].add(deal)
    by_address = {
        address: tuple(deals)
        for address, deals in found.items()
        if not columns.colleague(address, address.rpartition("@")[2], own)
    }
    known: Deals = {}
    know(connection, known, {deal for deals in by_address.values() for deal in deals})
    return known, by_address


def know(connection: sqlite3.Connection, known: Deals, deals: Iterable[int]) -> None:
    """Read what is not known yet of some deals."""
    missing = {deal for deal in deals if deal not in known} - {NO_DEAL}
    if missing:
        for row in connection.execute(
            f"SELECT {_DEAL} FROM json_each(?) AS wanted CROSS JOIN deal ON deal.id = wanted.value"
            " CROSS JOIN stage ON stage.name = deal.stage",
            (json.dumps(list(missing)),),
        ):
            known[row[0]] = _deal(row)


def choices(connection: sqlite3.Connection, threads: Collection[int] | None) -> dict[int, int]:
    """The rep's choices for whole threads."""
    if threads is None:
        rows = connection.execute("SELECT thread_id, deal_id FROM thread_link")
    else:
        rows = connection.execute(
            "SELECT thread_id, deal_id FROM json_each(?) AS wanted CROSS JOIN thread_link ON thread_id = wanted.value",
            (json.dumps(list(threads)),),
        )
    return {thread: deal or NO_DEAL for thread, deal in rows}


def filed(connection: sqlite3.Connection, messages: Collection[int]) -> set[int]:
    """Those of the messages that count as mail of a customer: neither drafts, nor in spam or trash only."""
    if not messages:
        return set()
    rows = connection.execute(
        "SELECT message FROM json_each(?) AS wanted CROSS JOIN location ON message = wanted.value"
        " CROSS JOIN folder ON folder.id = coalesce(shown_folder, folder_id) WHERE role NOT IN (?, ?, ?)",
        (json.dumps(list(messages)), DRAFTS, SPAM, TRASH),
    )
    return {row[0] for row in rows}
