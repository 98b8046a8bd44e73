"""Editing single records inside a step: new values, what follows from them, and their history (REC-4, REC-6)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model import fields as types
from salesinbox.model.errors import UsageError
from salesinbox.model.imports import shown_name
from salesinbox.model.records import COMPANY, DEAL, ITEM_KINDS, OPEN
from salesinbox.model.text import clip
from salesinbox.services.records import desk as record_desk
from salesinbox.services.records import values as record_values
from salesinbox.services.records.desk import BEGUN, DONE, Desk
from salesinbox.services.records.values import Values
from salesinbox.store.records import pipelines, writing
from salesinbox.store.records.writing import Kept

_LONGEST_IN_HISTORY = 200


def edit(desk: Desk, kept: Kept, values: Values) -> bool:
    """Write new values into a record, with their consequences and its history; whether it became another one."""
    before = texts(desk, kept)
    columns = dict(values.columns)
    extra = {**kept.extra, **values.extra}
    columns["extra"] = json.dumps(
        {heading: value for heading, value in extra.items() if value}, ensure_ascii=False, separators=(",", ":")
    )
    if columns["extra"] != kept.row["extra"] and json.loads(columns["extra"]) == kept.extra:
        del columns["extra"]  # it is written in another way only
    if values.tags is not None:
        columns["tags"] = json.dumps(values.tags(kept.tags), ensure_ascii=False)
    staged: dict[str, Any] | None = None
    if kept.table == "person":
        columns |= _person_columns(desk, kept, values)
    elif kept.kind == DEAL:
        staged = _stage_columns(desk, kept, columns)
        if columns.get("amount") and not columns.get("currency", kept.row["currency"]):
            columns["currency"] = record_values.currency(desk.settings)
        if values.company is not None:
            by_id = record_desk.by_id(desk, values.company, COMPANY)
            columns["company_id"] = (
                None
                if not values.company
                else by_id.number
                if by_id is not None
                else record_desk.company(desk, values.company, owner=str(kept.row["owner"]))
            )
        if values.contacts is not None:
            writing.set_contacts(desk.connection, kept.number, record_desk.people(desk, values.contacts))
    elif kept.kind in ITEM_KINDS:
        columns |= _item_columns(desk, kept, columns)
        if values.about is not None:
            for one in values.about:
                desk.find(one)
            writing.set_about(desk.connection, kept.number, values.about)
    writing.update(desk.connection, kept, columns)
    return _history(desk, kept, before, staged)


def _history(desk: Desk, kept: Kept, before: Mapping[str, str], staged: dict[str, Any] | None) -> bool:
    after = texts(desk, kept)
    differ = {name: [before.get(name, ""), after.get(name, "")] for name in {**before, **after}}
    differ = {name: pair for name, pair in differ.items() if pair[0] != pair[1]}
    if not differ:
        return False
    writing.update(desk.connection, kept, {"changed": desk.now})
    if staged is not None:
        desk.event(kept.id, "stage", **staged)
        for name in ("stage", "probability"):
            differ.pop(name, None)
    if differ:
        shown = {name: [clip(text, _LONGEST_IN_HISTORY) for text in pair] for name, pair in differ.items()}
        desk.event(kept.id, "edited", fields=shown)
    return True


def _person_columns(desk: Desk, kept: Kept, values: Values) -> dict[str, Any]:
    row = {**kept.row, **values.columns}
    addresses = writing.addresses(desk.connection, kept.number)
    if values.addresses is not None:
        addresses = values.addresses
        writing.set_addresses(desk.connection, kept.number, addresses)
    name = shown_name(row["first"], row["last"]) or (addresses[0] if addresses else "")
    if not name:
        raise UsageError(_("A person needs a name or a mail address."))
    columns: dict[str, Any] = {"name": name}
    if values.company is not None:
        primary = addresses[0] if addresses else ""
        if not values.company:
            columns |= {"company_id": None, "company": ""}
        else:
            columns |= record_desk.employer(desk, kept.kind, values.company, primary, owner=str(row["owner"]))
    return columns


def _stage_columns(desk: Desk, kept: Kept, columns: dict[str, Any]) -> dict[str, Any] | None:
    """Adds what a new stage brings to a deal's columns; the detail of its event, None where it stays."""
    pipeline = str(columns.get("pipeline", kept.row["pipeline"]))
    if "stage" not in columns:
        if "pipeline" not in columns or columns["pipeline"] == kept.row["pipeline"]:
            return None
        here = pipelines.stages(desk.connection, pipeline)
        if not here or any(stage.name == kept.row["stage"] for stage in here):
            return None
        columns["stage"] = pipelines.first_open(desk.connection, pipeline).name
    if columns["stage"] == kept.row["stage"]:
        return None
    new = record_desk.known_stage(desk, str(columns["stage"]), pipeline if "pipeline" in columns else "")
    old = desk.connection.execute("SELECT state FROM stage WHERE name = ?", (kept.row["stage"],)).fetchone()[0]
    columns.setdefault("probability", None)  # its own was that of the stage before
    if new.state == OPEN:
        columns["ended"] = 0
    elif new.state != old:
        columns["ended"] = desk.now
    return {"from": kept.row["stage"], "to": new.name, "from_state": old, "to_state": new.state}


def _item_columns(desk: Desk, kept: Kept, columns: Mapping[str, Any]) -> dict[str, Any]:
    if kept.kind not in DONE or "status" not in columns:
        return {}
    is_done = columns["status"] == DONE[kept.kind]
    if is_done == bool(kept.row["closed"]):
        return {}
    return {"closed": desk.now if is_done else 0}


def close(desk: Desk, kept: Kept, *, done: bool) -> bool:
    """Mark a task, call, case or event as done, or as open again; whether it was otherwise."""
    if bool(kept.row["closed"]) == done:
        return False
    columns: dict[str, Any] = {"closed": desk.now if done else 0, "changed": desk.now}
    if kept.kind in DONE:
        columns["status"] = DONE[kept.kind] if done else BEGUN[kept.kind]
    if done:
        columns["hidden_until"] = 0
    writing.update(desk.connection, kept, columns)
    desk.event(kept.id, "closed" if done else "reopened", name=kept.name)
    return True


def put_off(desk: Desk, kept: Kept, until: int) -> None:
    """Hide an item until then (seconds since 1970); one that is due before is due then."""
    zone = desk.settings.me.zone
    columns: dict[str, Any] = {"hidden_until": until, "changed": desk.now}
    start, day = int(kept.row["start"]), str(kept.row["day"])
    if 0 < start < until:
        finish = int(kept.row["finish"])
        columns |= {"start": until, "finish": until + finish - start if finish else 0}
    elif day and day < (then := datetime.fromtimestamp(until, zone).date().isoformat()):
        columns["day"] = then
    before = texts(desk, kept)
    writing.update(desk.connection, kept, columns)
    _history(desk, kept, before, None)


# --- a record in words -----------------------------------------------------------------------------------------------


def texts(desk: Desk, kept: Kept) -> dict[str, str]:
    """The fields of a record that say something, by name, each as it could be typed again."""
    found: dict[str, str] = {}
    extra = kept.extra
    for one in desk.typed.fields(kept.kind):
        text = extra.pop(one.heading, "") if not one.kept else _text(desk, kept, one)
        if text:
            found[one.name] = text
    return found | extra


def _text(desk: Desk, kept: Kept, one: types.Field) -> str:
    connection, number = desk.connection, kept.number
    match one.kept:
        case "addresses":
            return ", ".join(writing.addresses(connection, number))
        case "company":
            return _company_text(desk, kept)
        case "contacts":
            named = writing.contacts(connection, number)
            return ", ".join(f"p{person}:{role}" if role else f"p{person}" for person, role in named)
        case "about":
            return ", ".join(writing.about(connection, number))
        case "tags":
            return ", ".join(kept.tags)
    if one.type == types.MOMENT:
        if one.kept == "finish":
            return _moment(desk, kept.row["last_day"], kept.row["finish"])
        return _moment(desk, kept.row["day"], kept.row["start"])
    value = kept.row[one.kept]
    return "" if value is None else str(value)


def _company_text(desk: Desk, kept: Kept) -> str:
    if kept.row["company_id"] is None:
        return str(kept.row.get("company", ""))
    row = desk.connection.execute("SELECT name FROM company WHERE id = ?", (kept.row["company_id"],)).fetchone()
    return str(row[0]) if row else ""


def _moment(desk: Desk, day: str, moment: int) -> str:
    if not moment:
        return day
    return datetime.fromtimestamp(moment, desk.settings.me.zone).strftime("%Y-%m-%d %H:%M")
