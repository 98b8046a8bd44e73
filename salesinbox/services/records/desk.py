"""What changing records works with inside a step, and the records that a rep names: found, or made (REC-1)."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.imports import split_name
from salesinbox.model.records import CASE, COMPANY, CONTACT, LEAD, TASK, Stage
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.rules.addresses import normal
from salesinbox.services.records.values import Typed
from salesinbox.store.records import pipelines, writing
from salesinbox.store.records.writing import Kept

DONE = {TASK: "Completed", CASE: "Closed"}
"""The status that closes an item."""
BEGUN = {TASK: "Not Started", CASE: "New"}
"""The status of a new item, and of one that is opened again."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What making records needs: the step's connection, the moment, the rep's settings."""

    connection: sqlite3.Connection
    now: int
    settings: Settings

    @property
    def typed(self) -> Typed:
        return Typed(self.connection, self.settings, self.now)

    def find(self, id: str) -> Kept:
        found = writing.find(self.connection, id)
        if found is None:
            raise NotFoundError(_("There is no record {id} here.").format(id=safe(id, 40)))
        return found

    def event(self, record: str, kind: str, **detail: Any) -> None:
        writing.event(self.connection, record, kind, self.now, detail)


def employer(desk: Desk, kind: str, said: str, address: str, *, owner: str) -> dict[str, Any]:
    """Columns that say where a person works: a record for contacts (found, or made), a name for leads."""
    found = by_id(desk, said, COMPANY)
    if found is not None:
        return {"company_id": found.number, "company": "" if kind == CONTACT else found.name}
    if kind == LEAD:
        return {"company_id": None, "company": said}
    if said:
        return {"company_id": company(desk, said, address, owner=owner), "company": ""}
    return {"company_id": writing.company_at(desk.connection, address) if address else None, "company": ""}


def company(desk: Desk, name: str, address: str = "", *, owner: str = "") -> int:
    """The row of the company of this name, made where there is none; a new one takes the address's domain."""
    found = writing.company_named(desk.connection, name)
    if found is not None:
        return found
    values = {"name": name, "owner": owner, "domain": writing.free_domain(desk.connection, address)}
    made = writing.insert(desk.connection, COMPANY, values, desk.now)
    desk.event(made.id, "created", name=made.name)
    return made.number


def by_id(desk: Desk, said: str, kind: str) -> Kept | None:
    """The record of this kind that was named by its id; None where a name was typed."""
    if writing.parts(said) is None:
        return None
    found = writing.find(desk.connection, said)
    return found if found is not None and found.kind == kind else None


def known_stage(desk: Desk, name: str, pipeline: str) -> Stage:
    """A stage by name; one that is not of the pipeline is refused where that was named."""
    stages = pipelines.stages(desk.connection, pipeline) if pipeline else pipelines.every_stage(desk.connection)
    for stage in stages:
        if stage.name == name:
            return stage
    raise UsageError(
        _("The stage “{stage}” is not in the pipeline “{pipeline}”. Its stages are: {names}.").format(
            stage=safe(name, 60),
            pipeline=safe(pipeline, 60),
            names=", ".join(safe(stage.name, 40) for stage in stages),
        )
    )


def people(desk: Desk, named: Sequence[tuple[str, str]]) -> writing.Contacts:
    """Contacts by id, address or name, with their roles.

    Raises:
        UsageError: One of them is nobody's, a lead's, or several people's.
    """
    found: dict[int, str] = {}
    for who, role in named:
        found.setdefault(_contact(desk, who), role)
    return list(found.items())


def _contact(desk: Desk, who: str) -> int:
    if writing.parts(who) is not None:
        kept = writing.find(desk.connection, who)
        if kept is None or kept.kind not in (LEAD, CONTACT):
            raise UsageError(_("There is no contact {id} here.").format(id=safe(who, 40)))
        rows = [(kept.number, kept.kind, kept.name)]
    elif "@" in who:
        rows = desk.connection.execute(
            "SELECT id, kind, name FROM person_address JOIN person ON person.id = person_id WHERE address = ?"
            " ORDER BY kind, changed DESC, id DESC",
            (normal(who),),
        ).fetchall()[:1]
    else:
        first, last = split_name(who)
        key = writing.key(CONTACT, {"first": first, "last": last, "name": who})
        rows = desk.connection.execute(
            "SELECT id, kind, name FROM person WHERE name_key = ? AND kind = ? ORDER BY id LIMIT 2", (key, CONTACT)
        ).fetchall()
        if len(rows) > 1:
            raise UsageError(
                _("Several contacts are called {name}. Name one by id or address.").format(name=safe(who, 60))
            )
    if not rows:
        raise UsageError(_("No contact is called {name}, or has that address.").format(name=safe(who, 80)))
    number, kind, name = rows[0]
    if kind == LEAD:
        raise UsageError(
            _("{name} is a lead. Convert it to a contact first, also into this deal.").format(name=safe(name, 60))
        )
    return int(number)
