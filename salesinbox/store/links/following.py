"""Links of mail to deals (LINK). Writers run inside the caller's transaction.

A row of `link` says `auto` or `chosen` for good; `guess` is decided again whenever its thread is followed. What
comes into a thread that the rep linked as a whole (`thread_link`) is kept as such a guess: taking the choice back
leaves nothing behind. A row without a deal says that the rep wants none.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from salesinbox.model.links import AUTO, CHOSEN, GUESS
from salesinbox.rules import links as rules
from salesinbox.rules.columns import Own
from salesinbox.rules.links import Decision, Letter
from salesinbox.store.links import mail as link_mail
from salesinbox.store.links.mail import NO_DEAL, Deals, Mail

__all__ = ("AUTO", "CHOSEN", "GUESS", "NO_DEAL", "Link", "Linked", "explained", "follow", "follow_all", "merge")


class Link(NamedTuple):
    """What a thread belongs to: a deal's row or NO_DEAL, how that was found, and whether the deal is open."""

    deal: int
    how: str
    open: bool


Linked = dict[int, Link]
"""Thread row → its choice as a whole, else the deal of its newest linked message. Threads without one have no key."""


def follow(connection: sqlite3.Connection, threads: Collection[int], own: Own) -> Linked:
    """Link the messages of these threads that have no link for good, as far as the rules say; the threads' deals.

    A few queries, however many threads: this runs for each chunk of a first sync.
    """
    any_deal, any_choice = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM deal), EXISTS (SELECT 1 FROM thread_link)"
    ).fetchone()
    if not (any_deal or any_choice):
        return {}
    choices = link_mail.choices(connection, threads) if any_choice else {}
    mail, known, by_address = link_mail.of_threads(connection, threads, own, choices)
    linked, changes = _decided(connection, mail, choices, known, by_address)
    _write(connection, changes)
    return linked


def follow_all(connection: sqlite3.Connection, own: Own) -> Linked:
    """The same for all mail, after records changed."""
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM deal) OR EXISTS (SELECT 1 FROM thread_link)").fetchone()[0]:
        return {}
    choices = link_mail.choices(connection, None)
    known, by_address = link_mail.deals(connection, None, own)
    mail = link_mail.undecided(connection, by_address)
    _linked, changes = _decided(connection, mail, choices, known, by_address)
    _write(connection, changes)
    return _all_linked(connection, choices, known)


def merge(connection: sqlite3.Connection, gone: int, kept: int) -> None:
    """Thread `gone` turned out to be part of `kept`: the rep's choice follows, unless there is one already."""
    connection.execute(
        "INSERT INTO thread_link (thread_id, deal_id) SELECT ?, deal_id FROM thread_link WHERE thread_id = ?"
        " ON CONFLICT (thread_id) DO NOTHING",
        (kept, gone),
    )


def _decisions(connection: sqlite3.Connection, thread: int, own: Own) -> dict[int, Decision]:
    """What the rules say of a thread's messages that have no link for good, by their rows; nothing is written."""
    mail, known, by_address = link_mail.of_threads(connection, [thread], own, {})
    link_mail.know(connection, known, (one.kept.deal for one in mail if one.kept))
    return rules.in_thread([_letter(one, known, by_address) for one in mail], known)


class Explained(NamedTuple):
    """What `rules.links.reason` puts into words. `deal` is a name, "" if the rep wants none."""

    deal: str
    how: str
    because: str = ""
    among: int = 0


def explained(connection: sqlite3.Connection, thread: int, own: Own) -> Explained | None:
    """How a thread came to be linked as it is (COL-8); None where nothing links it."""
    choices = link_mail.choices(connection, [thread])
    mail, _known, _by_address = link_mail.of_threads(connection, [thread], own, choices)
    kept_or_guessed = {one.row: (one.guess, GUESS) for one in mail if one.guess}
    link = _of_thread(mail, kept_or_guessed, choices.get(thread))
    if link is None:
        return None
    deal, how = link
    row = connection.execute("SELECT name FROM deal WHERE id = ?", (deal,)).fetchone()
    if row is None:
        return Explained("", CHOSEN)
    if how != GUESS:
        return Explained(row[0], how)
    guesses = [one for one in _decisions(connection, thread, own).values() if one.deal == deal]
    return Explained(row[0], how, guesses[-1].because, guesses[-1].among) if guesses else Explained(row[0], how)


_Changes = list[tuple[int, int, str]]
"""Message, its deal (NO_DEAL: the guess goes), how."""


def _decided(
    connection: sqlite3.Connection,
    mail: Iterable[Mail],
    choices: Mapping[int, int],
    known: Deals,
    by_address: Mapping[str, tuple[int, ...]],
) -> tuple[Linked, _Changes]:
    """The threads' links, and the rows that are to be written for them."""
    threads: defaultdict[int, list[Mail]] = defaultdict(list)
    wanted: list[int] = []
    unsettled: set[int] = set()
    for one in mail:
        threads[one.thread].append(one)
        if one.kept is None:
            if one.thread in choices or any(address in by_address for address in one.parties):
                wanted.append(one.row)
                unsettled.add(one.thread)
            elif one.guess:
                unsettled.add(one.thread)
    filed = link_mail.filed(connection, wanted)
    link_mail.know(connection, known, (one.kept.deal for found in threads.values() for one in found if one.kept))
    link_mail.know(connection, known, choices.values())
    linked: Linked = {}
    changes: _Changes = []
    for thread, found in threads.items():
        decided: dict[int, tuple[int, str]] = {}
        if thread in unsettled:
            undecided = [one for one in found if one.kept is None]
            if thread in choices:
                if choices[thread]:
                    decided = {one.row: (choices[thread], GUESS) for one in undecided if one.row in filed}
            else:
                letters = [_letter(one, known, by_address) for one in found if one.kept or one.row in filed]
                decided = {row: (one.deal, one.how) for row, one in rules.in_thread(letters, known).items()}
            for one in undecided:
                deal, how = decided.get(one.row, (NO_DEAL, GUESS))
                if (deal, how) != (one.guess, GUESS):
                    changes.append((one.row, deal, how))
        link = _of_thread(found, decided, choices.get(thread))
        if link is not None:
            linked[thread] = Link(*link, link[0] in known and known[link[0]].open)
    return linked, changes


def _letter(one: Mail, known: Deals, by_address: Mapping[str, tuple[int, ...]]) -> Letter:
    deals = {deal for address in one.parties for deal in by_address.get(address, ())}
    return Letter(
        one.row,
        one.date,
        one.name,
        one.subject,
        one.old,
        one.doubtful,
        tuple(known[deal] for deal in deals if deal in known),
        one.kept,
    )


def _of_thread(
    found: Iterable[Mail], decided: Mapping[int, tuple[int, str]], choice: int | None
) -> tuple[int, str] | None:
    if choice is not None:
        return choice, CHOSEN
    best: tuple[tuple[bool, int, str], tuple[int, str]] | None = None
    for one in found:
        link = one.kept or decided.get(one.row)
        if link is not None:
            rank = (link[0] != NO_DEAL, one.date, one.name)  # a message without a deal speaks only where none has one
            if best is None or rank > best[0]:
                best = rank, (link[0], link[1])
    return best[1] if best else None


def _write(connection: sqlite3.Connection, changes: _Changes) -> None:
    connection.executemany(
        "INSERT INTO link (message, deal_id, how) VALUES (?, ?, ?) ON CONFLICT (message) DO UPDATE"
        " SET deal_id = excluded.deal_id, how = excluded.how WHERE link.how = 'guess'",
        [change for change in changes if change[1]],
    )
    connection.executemany(
        "DELETE FROM link WHERE message = ? AND how = 'guess'", [(row,) for row, deal, _how in changes if not deal]
    )


def _all_linked(connection: sqlite3.Connection, choices: Mapping[int, int], known: Deals) -> Linked:
    newest: dict[int, tuple[bool, int, str]] = {}
    links: dict[int, tuple[int, str]] = {}
    for thread, date, name, deal, how in connection.execute(
        "SELECT thread_id, date, message_id, deal_id, how FROM link CROSS JOIN message ON message.id = link.message"
    ):
        rank = (deal is not None, date, name)
        if thread not in newest or rank > newest[thread]:
            newest[thread] = rank
            links[thread] = (deal or NO_DEAL, how)
    links.update({thread: (deal, CHOSEN) for thread, deal in choices.items()})
    link_mail.know(connection, known, {deal for deal, _how in links.values()})
    return {thread: Link(deal, how, deal in known and known[deal].open) for thread, (deal, how) in links.items()}
