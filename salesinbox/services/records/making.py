"""Making single records inside a step: what each kind needs, and the mail that it comes from (REC-1, REC-5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.imports import shown_name
from salesinbox.model.records import (
    CALL,
    COMPANY,
    CONTACT,
    DEAL,
    EVENT,
    LEAD,
    NOTE,
    OPEN,
    Stage,
)
from salesinbox.rules.addresses import normal
from salesinbox.services.records import desk as record_desk
from salesinbox.services.records import values as record_values
from salesinbox.services.records.desk import BEGUN, DONE, Desk
from salesinbox.services.records.values import Values
from salesinbox.store.records import pipelines, writing
from salesinbox.store.records.sources import Source
from salesinbox.store.records.writing import Kept


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record to be made: its values as they are kept, what it is about, the mail that it comes from."""

    values: Values
    about: tuple[str, ...] = ()
    source: Source = field(default_factory=Source)


def create(desk: Desk, kind: str, wanted: Wanted) -> Kept:
    """Make a record; UsageError or NotFoundError in a sentence, and then nothing is made."""
    if kind in (LEAD, CONTACT):
        made = _person(desk, kind, wanted)
    elif kind == COMPANY:
        made = _company(desk, wanted)
    elif kind == DEAL:
        made = _deal(desk, wanted)
    else:
        made = _item(desk, kind, wanted)
    detail: dict[str, Any] = {"name": made.name}
    if wanted.source.messages:
        detail["message"] = f"m{wanted.source.messages[0]}"
    desk.event(made.id, "created", **detail)
    return made


# --- people and companies --------------------------------------------------------------------------------------------


def _person(desk: Desk, kind: str, wanted: Wanted) -> Kept:
    values = wanted.values
    addresses = values.addresses if values.addresses is not None else ()
    if not addresses and wanted.source.address:
        addresses = (normal(wanted.source.address),)
    columns = {**_common(desk, values), "first": "", "last": "", **values.columns}
    name = shown_name(columns["first"], columns["last"]) or (addresses[0] if addresses else "")
    if not name:
        raise UsageError(_("A person needs a name or a mail address."))
    columns["name"] = name
    primary = addresses[0] if addresses else ""
    columns |= record_desk.employer(desk, kind, values.company or "", primary, owner=str(columns["owner"]))
    made = writing.insert(desk.connection, kind, columns, desk.now)
    writing.set_addresses(desk.connection, made.number, addresses)
    return made


def _company(desk: Desk, wanted: Wanted) -> Kept:
    columns = _common(desk, wanted.values) | wanted.values.columns
    if not columns.get("name"):
        raise UsageError(_("A company needs a name."))
    return writing.insert(desk.connection, COMPANY, columns, desk.now)


# --- deals -----------------------------------------------------------------------------------------------------------


def _deal(desk: Desk, wanted: Wanted) -> Kept:
    values = wanted.values
    columns = _common(desk, values) | values.columns
    if not columns.get("name"):
        raise UsageError(_("A deal needs a name."))
    named = values.contacts
    if named is None:
        named = tuple((one, "") for one in wanted.about if one.startswith("p"))
    contacts = record_desk.people(desk, named)
    if not contacts and wanted.source.address:
        contacts = _writer(desk, wanted.source.address)
    stage = _stage(desk, columns)
    columns["stage"] = stage.name
    if columns.get("amount") and not columns.get("currency"):
        columns["currency"] = record_values.currency(desk.settings)
    columns["company_id"] = _deal_company(desk, wanted, contacts, owner=str(columns["owner"]))
    columns["began"] = wanted.source.date or desk.now
    columns["ended"] = 0 if stage.state == OPEN else desk.now
    made = writing.insert(desk.connection, DEAL, columns, desk.now)
    writing.set_contacts(desk.connection, made.number, contacts)
    _link(desk, made, wanted.source)
    return made


def _stage(desk: Desk, columns: Mapping[str, Any]) -> Stage:
    pipeline = str(columns.get("pipeline", ""))
    if not columns.get("stage"):
        return pipelines.first_open(desk.connection, pipeline)
    return record_desk.known_stage(desk, str(columns["stage"]), pipeline)


def _deal_company(desk: Desk, wanted: Wanted, contacts: writing.Contacts, *, owner: str) -> int | None:
    """The company that was said, else the one that the deal was made about, else the main contact's."""
    if said := wanted.values.company:
        by_id = record_desk.by_id(desk, said, COMPANY)
        return by_id.number if by_id is not None else record_desk.company(desk, said, owner=owner)
    for one in wanted.about:
        if (found := record_desk.by_id(desk, one, COMPANY)) is not None:
            return found.number
    if contacts:
        row = desk.connection.execute("SELECT company_id FROM person WHERE id = ?", (contacts[0][0],)).fetchone()
        return None if row is None or row[0] is None else int(row[0])
    return None


def _writer(desk: Desk, address: str) -> writing.Contacts:
    """The contact who wrote the mail that a deal is made from, [] where it is none."""
    row = desk.connection.execute(
        "SELECT id FROM person_address JOIN person ON person.id = person_id WHERE address = ? AND kind = 'contact'"
        " ORDER BY changed DESC, id DESC LIMIT 1",
        (normal(address),),
    ).fetchone()
    return [] if row is None else [(int(row[0]), "")]


def _link(desk: Desk, made: Kept, source: Source) -> None:
    """The mail that a record was made from is linked to it by construction (REC-5, LINK-4)."""
    if made.kind == DEAL:
        if source.whole:
            desk.connection.execute(
                "INSERT INTO thread_link (thread_id, deal_id) VALUES (?, ?)"
                " ON CONFLICT (thread_id) DO UPDATE SET deal_id = excluded.deal_id",
                (source.thread, made.number),
            )
        desk.connection.executemany(
            "INSERT INTO link (message, deal_id, how) VALUES (?, ?, 'chosen')"
            " ON CONFLICT (message) DO UPDATE SET deal_id = excluded.deal_id, how = excluded.how",
            [(message, made.number) for message in source.messages],
        )
        return
    desk.connection.executemany(
        "INSERT INTO message_record (record, message) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(made.id, message) for message in source.messages],
    )


# --- items -----------------------------------------------------------------------------------------------------------


def _item(desk: Desk, kind: str, wanted: Wanted) -> Kept:
    values = wanted.values
    columns = {**_common(desk, values), "name": "", "status": BEGUN.get(kind, ""), **values.columns}
    if not columns["name"]:
        if kind != NOTE:
            raise UsageError(_("{kind}: a name is needed.").format(kind=_title(kind)))
        if not columns.get("body"):
            raise UsageError(_("A note needs a text."))
    if kind == EVENT and not (columns.get("start") or columns.get("day")):
        raise UsageError(_("An event needs a time to begin at."))
    if kind == CALL:
        columns.setdefault("start", desk.now)
        # A call that has begun is one that was made.
        columns["closed"] = desk.now if columns["start"] <= desk.now else 0
    elif kind in DONE:
        columns["closed"] = desk.now if columns["status"] == DONE[kind] else 0
    if wanted.source.messages:
        columns["message"] = wanted.source.messages[0]
    about = tuple(dict.fromkeys((*(values.about or ()), *wanted.about)))
    for one in about:
        desk.find(one)
    if not about:
        about = _concerned(desk, wanted.source)
    made = writing.insert(desk.connection, kind, columns, desk.now)
    writing.set_about(desk.connection, made.number, about)
    _link(desk, made, wanted.source)
    return made


def _concerned(desk: Desk, source: Source) -> tuple[str, ...]:
    """What an item that is made from mail is about, where nobody says it: who wrote it, and the thread's deal."""
    if not source.address:
        return ()
    row = desk.connection.execute(
        "SELECT id FROM person_address JOIN person ON person.id = person_id WHERE address = ?"
        " ORDER BY kind, changed DESC, id DESC LIMIT 1",
        (normal(source.address),),
    ).fetchone()
    return tuple(one for one in (f"p{row[0]}" if row else "", source.deal) if one)


def _title(kind: str) -> str:
    from salesinbox.services.records.words import kind_title  # noqa: PLC0415 - for an error only

    return kind_title(kind)


def _common(desk: Desk, values: Values) -> dict[str, Any]:
    extra = {heading: value for heading, value in values.extra.items() if value}
    return {
        "owner": record_values.owner(desk.settings),
        "tags": json.dumps(values.tags([]) if values.tags else [], ensure_ascii=False),
        "extra": json.dumps(extra, ensure_ascii=False, separators=(",", ":")),
    }
