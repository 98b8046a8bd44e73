"""Threads as cards: summarised, placed and counted (`pages` reads them). Runs inside the caller's transaction.

The counts of `thread_count` always equal what counting would give; every writer here keeps them so.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from salesinbox.model.board import COLLEAGUES, Placement, View
from salesinbox.model.mail import ARCHIVE, DRAFTS, INBOX, SENT, SPAM, TRASH, Flag
from salesinbox.model.records import KnownAddress
from salesinbox.model.settings import Magnet, Settings
from salesinbox.rules import columns, views
from salesinbox.rules import magnet as magnet_rules
from salesinbox.rules.columns import Overrides, Own
from salesinbox.rules.magnet import Ask
from salesinbox.rules.threads import MessageFacts, summarise
from salesinbox.store import magnet, operations, own_columns, snoozes
from salesinbox.store.links import following
from salesinbox.store.records import reading

# Plain integers: the operators of IntFlag cost more than the rest of a row.
_ROLE_BITS = {
    INBOX: int(View.INBOX),
    SENT: int(View.SENT),
    DRAFTS: int(View.DRAFTS),
    ARCHIVE: int(View.ARCHIVE),
    SPAM: int(View.SPAM),
    TRASH: int(View.TRASH),
}
_ALL, _TRASH, _INBOX, _SNOOZED = int(View.ALL), int(View.TRASH), int(View.INBOX), int(View.SNOOZED)
_MAGNET = int(View.MAGNET)
_DAY = 86_400
_CALLING = _INBOX | int(View.UNREAD) | int(View.WAITING) | _MAGNET
"""Views that call for the rep's attention: what sleeps or is muted is in none of them."""
_SEEN, _ANSWERED, _FLAGGED, _DELETED = (
    int(Flag.SEEN),
    int(Flag.ANSWERED),
    int(Flag.FLAGGED),
    int(Flag.DELETED),
)
_RECORD_VIEWS = int(views.RECORD_VIEWS)
_VIEWS = tuple(int(view) for view in View)


@dataclass(frozen=True, slots=True)
class Placing:
    """What placing needs besides the mail and the records: who the rep is, and the current month ("2026-11").

    `now` (seconds since 1970; 0 leaves the age of mail aside) and `zone` are for what depends on today, `magnet`
    is the rep's setting.
    """

    own: Own
    month: str
    zone: tzinfo = UTC
    now: int = 0
    magnet: Magnet = field(default_factory=Magnet)
    names: tuple[str, ...] = ()
    """What the rep may be called as the owner of a record (`owner:me`)."""


def placing(settings: Settings, own: Own, now: float) -> Placing:
    """What placing needs, at this moment."""
    zone = settings.me.zone
    names = (settings.records.owner, settings.me.name, *sorted(own.addresses))
    return Placing(
        own, views.month_of(int(now), zone), zone, int(now), settings.magnet, tuple(name for name in names if name)
    )


def overrides(connection: sqlite3.Connection) -> Overrides:
    """The rep's own decisions (COL-3)."""
    scopes: dict[str, dict[str, str]] = {"thread": {}, "address": {}, "domain": {}}
    for scope, value, column in connection.execute("SELECT scope, value, col FROM override"):
        scopes[scope][value] = column
    return Overrides({int(k): v for k, v in scopes["thread"].items()}, scopes["address"], scopes["domain"])


class _Counts:
    """Differences to `thread_count`, gathered while threads change and written once."""

    def __init__(self) -> None:
        self.changes: Counter[tuple[int, str, bool]] = Counter()

    def move(self, before: tuple[int, str, bool] | None, after: tuple[int, str, bool] | None) -> None:
        if before != after:
            if before is not None:
                self.changes[before] -= 1
            if after is not None:
                self.changes[after] += 1

    def write(self, connection: sqlite3.Connection) -> None:
        rows: Counter[tuple[int, str]] = Counter()
        unread: Counter[tuple[int, str]] = Counter()
        for (bits, column, is_unread), number in self.changes.items():
            for view in _VIEWS:
                if number and bits & view:
                    rows[view, column] += number
                    unread[view, column] += number * is_unread
        connection.executemany(
            "INSERT INTO thread_count (view, col, threads, unread) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (view, col) DO UPDATE SET threads = threads + excluded.threads,"
            " unread = unread + excluded.unread",
            [(view, column, rows[view, column], unread[view, column]) for view, column in rows],
        )


def _facts(connection: sqlite3.Connection, threads: Collection[int]) -> dict[int, list[MessageFacts]]:
    found: dict[int, list[MessageFacts]] = {thread: [] for thread in threads}
    last: int | None = None
    # One row for each place a message lies in; the rows of one message follow each other.
    for row in connection.execute(
        "SELECT thread_id, message.id, date, received, sender_name, sender_address, mine, subject, message.attachments,"
        " warning, automatic, recipients, coalesce(shown_flags, flags), role, addressed, list_id <> ''"
        " FROM json_each(?) AS wanted"
        " JOIN message ON message.thread_id = wanted.value"
        " JOIN location ON location.message = message.id JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
        " ORDER BY message.id",
        (json.dumps(list(threads)),),
    ):
        thread, number, date, received, name, address, mine, subject, attachments, warning, automatic = row[:11]
        flags = row[12]
        role = _TRASH if flags & _DELETED else _ROLE_BITS.get(row[13], _ALL)
        if number == last:
            facts = found[thread][-1]
            found[thread][-1] = facts.also_in(role, seen=bool(flags & _SEEN), flags=flags)
            continue
        last = number
        found[thread].append(
            MessageFacts(
                date=date,
                received=received,
                sender_name=name,
                sender_address=address,
                first_recipient=_first_recipient(row[11]) if mine else ("", ""),
                mine=bool(mine),
                subject=subject,
                seen=bool(flags & _SEEN),
                flagged=bool(flags & _FLAGGED),
                answered=bool(flags & _ANSWERED),
                attachments=attachments > 0,
                warning=warning,
                automatic=bool(automatic),
                roles=role,
                row=number,
                addressed=row[14],
                listed=bool(row[15]),
            )
        )
    return found


def _first_recipient(stored: str) -> tuple[str, str]:
    for kind, name, address in json.loads(stored):
        if kind == "to":
            return name, address
    return "", ""


def refresh(connection: sqlite3.Connection, threads: Collection[int], placing: Placing) -> None:
    """Summarise and place threads again after their messages changed. A thread without mail leaves every view."""
    if not threads:
        return
    wanted = json.dumps(list(threads))
    before = {
        number: (bits, column, unread > 0)
        for number, bits, column, unread in connection.execute(
            "SELECT thread.id, views, col, unread FROM json_each(?) AS wanted JOIN thread ON thread.id = wanted.value",
            (wanted,),
        )
    }
    addresses = placing.own.addresses
    facts = _facts(connection, threads)
    for thread, folder_role in _copies(connection, threads):
        facts[thread] = [one._replace(roles=one.roles | folder_role) for one in facts[thread]]
    summaries = {thread: summarise(found, addresses) if found else None for thread, found in facts.items()}
    people = {summary.sender_address for summary in summaries.values() if summary}
    people |= {ask.address for summary in summaries.values() if summary for ask in summary.asks}
    known = reading.known(connection, people)
    asleep = snoozes.snoozes(connection, threads)
    silent = snoozes.muted(connection, threads)
    chosen = overrides(connection)
    linked = following.follow(connection, threads, placing.own)
    own_column = own_columns.of(connection, placing, threads)
    entries = magnet.entries(connection, threads)
    counts = _Counts()
    rows: list[tuple[int | str | None, ...]] = []
    for thread, summary in summaries.items():
        if summary is None:
            counts.move(before.get(thread), None)
            rows.append((0, "", "[]", "", "", 0, 0, 0, 0, 0, 0, 0, "", "", None, "", "", "[]", thread))
            continue
        record = known.get(summary.sender_address)
        placement = columns.place(
            thread,
            summary.sender_address,
            record,
            placing.own,
            chosen,
            subject=summary.subject,
            warning=summary.warning,
            earlier_deal=_deal_id(linked, thread),
            own_column=own_column.get(thread, ""),
        )
        deal, how = _deal(placement, record, linked.get(thread))
        bits = _views(summary.views, record, placing.month)
        if summary.asks and _calls(thread, summary.asks, summary.unread, known, chosen, entries, placing):
            bits |= _MAGNET
        date = summary.date
        if (snooze := asleep.get(thread)) is not None:
            if snoozes.answered(connection, thread, snooze):
                snoozes.put(connection, thread, None)
            elif snooze.woke:
                date = max(date, snooze.woke)
                bits |= _INBOX if bits & _ALL else 0
            else:
                bits = bits & ~_CALLING | (_SNOOZED if bits & _ALL else 0)
        if thread in silent:
            bits &= ~_CALLING
        counts.move(before.get(thread), (bits, placement.column, summary.unread > 0))
        rows.append(
            (
                date,
                summary.subject,
                json.dumps(summary.people, ensure_ascii=False),
                summary.sender_name,
                summary.sender_address,
                summary.waiting_since,
                summary.messages,
                summary.unread,
                int(summary.flagged),
                int(summary.answered),
                int(summary.attachments),
                bits,
                placement.column,
                placement.rule,
                deal,
                summary.warning,
                how,
                magnet.packed(summary.asks, summary.sender_address),
                thread,
            )
        )
    connection.executemany(
        "UPDATE thread SET date = ?, subject = ?, people = ?, sender_name = ?, sender_address = ?, waiting_since = ?,"
        " messages = ?, unread = ?, flagged = ?, answered = ?, attachments = ?, views = ?, col = ?, rule = ?,"
        " deal_id = ?, warning = ?, link = ?, asks = ? WHERE id = ?",
        rows,
    )
    connection.execute("DELETE FROM thread_folder WHERE thread_id IN (SELECT value FROM json_each(?))", (wanted,))
    connection.execute(
        "INSERT INTO thread_folder (thread_id, folder_id)"
        " SELECT DISTINCT thread_id, coalesce(shown_folder, folder_id) FROM json_each(?) AS wanted"
        " JOIN message ON message.thread_id = wanted.value JOIN location ON location.message = message.id"
        f" WHERE shown_folder IS NOT {operations.GONE}",
        (wanted,),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO thread_folder (thread_id, folder_id) VALUES (?, ?)",
        [(thread, folder) for thread, _message, folder in operations.copies(connection, threads)],
    )
    _narrow(connection, placing, threads, counts)
    counts.write(connection)


def placed_by_content(connection: sqlite3.Connection, messages: Collection[int], placing: Placing) -> set[int]:
    """The threads of messages whose content has come, if a query of the rep's may ask for it (COL-12, MAG-2)."""
    if not placing.magnet.query and connection.execute("SELECT 1 FROM own_column").fetchone() is None:
        return set()
    rows = connection.execute(
        "SELECT DISTINCT thread_id FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value",
        (json.dumps(list(messages)),),
    )
    return {row[0] for row in rows}


def _copies(connection: sqlite3.Connection, threads: Collection[int]) -> list[tuple[int, int]]:
    """(thread, role bit) of folders that a thread's mail is about to be copied to."""
    return [
        (thread, _ROLE_BITS.get(role, _ALL))
        for thread, _message, folder in operations.copies(connection, threads)
        for (role,) in connection.execute("SELECT role FROM folder WHERE id = ?", (folder,))
    ]


def _views(bits: int, record: KnownAddress | None, month: str) -> int:
    """A thread's bits: from its mail and from the deciding person's records; spam and trash are in no record's view."""
    bits &= ~_RECORD_VIEWS
    if record is not None and bits & _ALL:
        bits |= int(views.record_views(record, month))
    return bits


def _deal_id(linked: following.Linked, thread: int) -> str:
    return f"d{linked[thread].deal}" if thread in linked and linked[thread].deal else ""


def _deal(placement: Placement, record: KnownAddress | None, link: following.Link | None) -> tuple[int | None, str]:
    """The deal that a card shows, and how it was found (LINK-2).

    What mail is linked to shows in any column. Where the column shows a deal, the sender's open one takes the place
    of a deal that has ended since, and stands where nothing is linked: it is a guess if there are several.
    """
    if link is not None and (link.open or link.how == following.CHOSEN or placement.deal is None):
        return (link.deal, link.how) if link.deal else (None, "")
    if placement.deal is None:
        return None, ""
    return int(placement.deal.id[1:]), following.GUESS if record is not None and len(record.open_deals) > 1 else ""


def _calls(
    thread: int,
    asks: Sequence[Ask],
    unread: int,
    known: Mapping[str, KnownAddress],
    chosen: Overrides,
    entries: Mapping[int, magnet.Entry],
    placing: Placing,
) -> bool:
    """Whether a thread is in the magnet (MAG-1), as far as its settings do not narrow it (`_narrow`)."""
    if placing.magnet.until_read and not unread:
        return False
    entry = entries.get(thread, magnet.NO_ENTRY)
    if entry.forced is None and chosen.threads and chosen.threads.get(thread) == COLLEAGUES:
        return False
    return bool(
        magnet_rules.waiting(
            asks, known, placing.own, chosen, placing.now, placing.magnet,
            dismissed=entry.dismissed, forced=entry.forced,
        )
    )  # fmt: skip


def _narrow(connection: sqlite3.Connection, placing: Placing, threads: Collection[int] | None, counts: _Counts) -> None:
    """Take out of the magnet what its settings do not let in (MAG-2), once the threads are written."""
    for _thread, bits, column, unread in magnet.left_out(
        connection, placing.magnet, placing.zone, placing.now, threads
    ):
        counts.move((bits, column, unread), (bits & ~_MAGNET, column, unread))


def place_again(connection: sqlite3.Connection, placing: Placing) -> int:
    """Place all threads anew, after records, overrides or the month changed (COL-9); returns how many moved."""
    known = reading.known(connection, None)
    chosen = overrides(connection)
    linked = following.follow_all(connection, placing.own)
    own_column = own_columns.of(connection, placing, None)
    entries = magnet.entries(connection)
    recent = placing.now - placing.magnet.days * _DAY
    asleep = _silent(connection)
    place, own, month = columns.place, placing.own, placing.month
    rows = []
    moved = 0
    counts: Counter[tuple[int, str, bool]] = Counter()
    for (
        thread,
        address,
        subject,
        warning,
        column,
        rule,
        deal,
        how,
        bits,
        unread,
        asks,
        date,
    ) in connection.execute(
        "SELECT id, sender_address, subject, warning, col, rule, deal_id, link, views, unread, asks,"
        " date FROM thread WHERE messages > 0"
    ):
        record = known.get(address)
        placement = place(
            thread, address, record, own, chosen, subject=subject, warning=warning,
            earlier_deal=_deal_id(linked, thread), own_column=own_column.get(thread, ""),
        )  # fmt: skip
        now_in = _views(bits & ~_MAGNET, record, month)
        # Most mail is answered or old, and need not be looked at closely.
        if (
            asks != "[]"
            and (date >= recent or thread in entries)
            and thread not in asleep
            and bits & _ALL
            and _calls(thread, magnet.unpacked(asks, address), unread, known, chosen, entries, placing)
        ):
            now_in |= _MAGNET
        shown = _deal(placement, record, linked.get(thread))
        if (placement.column, placement.rule, *shown, now_in) != (column, rule, deal, how, bits):
            rows.append((placement.column, placement.rule, *shown, now_in, thread))
            moved += placement.column != column
        counts[now_in, placement.column, unread > 0] += 1
    connection.executemany("UPDATE thread SET col = ?, rule = ?, deal_id = ?, link = ?, views = ? WHERE id = ?", rows)
    connection.execute("DELETE FROM thread_count")
    total = _Counts()
    total.changes = counts
    _narrow(connection, placing, None, total)
    total.write(connection)
    return moved


def _silent(connection: sqlite3.Connection) -> set[int]:
    """Threads that call for nobody: asleep or muted."""
    rows = connection.execute("SELECT thread_id FROM snooze WHERE woke = 0 UNION SELECT thread_id FROM mute")
    return {row[0] for row in rows}


def merge(connection: sqlite3.Connection, gone: int, kept: int) -> None:
    """Thread `gone` turned out to be part of `kept`: the rep's override follows, the empty thread goes."""
    connection.execute(
        "INSERT OR IGNORE INTO override (scope, value, col)"
        " SELECT 'thread', ?, col FROM override WHERE scope = 'thread' AND value = ?",
        (str(kept), str(gone)),
    )
    snoozes.merge(connection, gone, kept)
    following.merge(connection, gone, kept)
    magnet.merge(connection, gone, kept)
    forget(connection, [gone])


def forget(connection: sqlite3.Connection, threads: Iterable[int]) -> None:
    """Delete threads that hold no message any more, with their counts and overrides."""
    counts = _Counts()
    for thread in threads:
        row = connection.execute("SELECT views, col, unread > 0 FROM thread WHERE id = ?", (thread,)).fetchone()
        if row is not None:
            counts.move((row[0], row[1], bool(row[2])), None)
            connection.execute("DELETE FROM thread WHERE id = ?", (thread,))
            connection.execute("DELETE FROM thread_folder WHERE thread_id = ?", (thread,))
            connection.execute("DELETE FROM override WHERE scope = 'thread' AND value = ?", (str(thread),))
            snoozes.forget(connection, thread)
            connection.execute("DELETE FROM thread_link WHERE thread_id = ?", (thread,))
            connection.execute("DELETE FROM magnet WHERE thread_id = ?", (thread,))
    counts.write(connection)


def set_override(connection: sqlite3.Connection, scope: str, value: str, column: str | None) -> None:
    """Write or (with None) take back one of the rep's own decisions; place again afterwards."""
    if column is None:
        connection.execute("DELETE FROM override WHERE scope = ? AND value = ?", (scope, value))
    else:
        connection.execute(
            "INSERT INTO override (scope, value, col) VALUES (?, ?, ?)"
            " ON CONFLICT (scope, value) DO UPDATE SET col = excluded.col",
            (scope, value, column),
        )
