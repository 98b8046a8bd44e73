"""Two records become one, field by field (REC-8), and a lead becomes a contact (REC-4). Inside a step."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.imports import shown_name
from salesinbox.model.records import COMPANY, CONTACT, DEAL, LEAD
from salesinbox.model.text import safe
from salesinbox.services.records import desk as record_desk
from salesinbox.services.records import editing, making
from salesinbox.services.records import values as record_values
from salesinbox.services.records.desk import Desk
from salesinbox.services.records.making import Wanted
from salesinbox.store.records import merging, writing
from salesinbox.store.records.writing import Kept

NO_COMPANY = "-"
"""As the company of a conversion: none is to be found or made."""

_NOT_MERGED = frozenset(
    ("id", "kind", "name", "name_key", "first", "last", "company", "company_id", "tags", "extra", "created", "changed",
     "stage", "began", "ended", "status", "closed", "position")
)  # fmt: skip
"""Columns that are not filled from the other record, or are in another way."""
_OF_COMPANY = ("Industry", "No. of Employees", "Annual Revenue")
"""What a lead knows of its company, and the company's record takes over."""


def merge(desk: Desk, keep: Kept, others: Sequence[Kept], values: Mapping[str, str]) -> None:
    """The others become part of `keep`: it fills its empty fields from them, `values` decide over both.

    Of a lead and a contact, a contact results. UsageError for records of different kinds.
    """
    for other in others:
        if other.table != keep.table or (keep.table == "item" and other.kind != keep.kind):
            raise UsageError(
                _("{one} and {other} are of different kinds and cannot become one.").format(
                    one=safe(keep.name, 60), other=safe(other.name, 60)
                )
            )
    for other in others:
        _fill(desk, keep, other)
        merging.follow(desk.connection, other, keep)
        writing.remove(desk.connection, other, desk.now)
    if values:
        editing.edit(desk, keep, desk.typed.parse(keep.kind, values, keep))
    writing.update(desk.connection, keep, {"changed": desk.now})
    desk.event(keep.id, "merged", records=[other.id for other in others], names=[other.name for other in others])


def _fill(desk: Desk, keep: Kept, other: Kept) -> None:
    """What `keep` does not say, the other says for it."""
    columns: dict[str, Any] = {
        name: value
        for name, value in other.row.items()
        if name not in _NOT_MERGED and value and not keep.row[name] and not _goes_with(name, keep)
    }
    columns["created"] = min(keep.row["created"], other.row["created"])
    ours = keep.tags
    columns["tags"] = json.dumps([*ours, *(tag for tag in other.tags if tag not in ours)], ensure_ascii=False)
    if extra := {**other.extra, **{heading: value for heading, value in keep.extra.items() if value}}:
        columns["extra"] = json.dumps(extra, ensure_ascii=False, separators=(",", ":"))
    if keep.table == "person":
        columns |= _person(desk, keep, other)
    elif keep.kind == DEAL:
        columns["company_id"] = keep.row["company_id"] or other.row["company_id"]
        began = [row["began"] for row in (keep.row, other.row) if row["began"]]
        columns["began"] = min(began, default=0)
    writing.update(desk.connection, keep, columns)


def _goes_with(column: str, keep: Kept) -> bool:
    """Whether a column belongs to another one that `keep` has a value for."""
    if column in ("day", "last_day", "start", "finish"):
        return bool(keep.row["day"] or keep.row["start"])
    return column == "currency" and bool(keep.row["amount"])


def _person(desk: Desk, keep: Kept, other: Kept) -> dict[str, Any]:
    first, last = keep.row["first"], keep.row["last"]
    if not (first or last):
        first, last = other.row["first"], other.row["last"]
    elif not first and other.row["last"] == last:
        first = other.row["first"]
    columns: dict[str, Any] = {"first": first, "last": last, "name": shown_name(first, last) or keep.name}
    kind = CONTACT if CONTACT in (keep.kind, other.kind) else LEAD
    company_id = keep.row["company_id"] or other.row["company_id"]
    written = keep.row["company"] or other.row["company"]
    if kind == CONTACT and keep.kind == LEAD and company_id is None and written:
        company_id = record_desk.company(desk, written, owner=str(keep.row["owner"]))
    columns |= {"kind": kind, "company_id": company_id, "company": "" if company_id is not None else written}
    keep.kind = kind
    return columns


# --- a lead becomes a contact ----------------------------------------------------------------------------------------


def convert(
    desk: Desk, lead: Kept, *, company: str, deal: str, new_deal: Mapping[str, str] | None
) -> tuple[Kept, str, str]:
    """The contact that a lead has become, and the ids of its company and of its deal, "" for none.

    Raises:
        UsageError: It is no lead, or the deal or company that was named is none.
    """
    if lead.kind != LEAD:
        raise UsageError(_("{name} is no lead: only leads are converted.").format(name=safe(lead.name, 60)))
    into = _existing_deal(desk, deal) if deal else None
    contact = _same_contact(desk, lead)
    company_id = _company(desk, lead, contact, company)
    if contact is not None:
        _known_company(desk, contact, company_id)
        merge(desk, contact, [lead], {})
    else:
        columns = {"kind": CONTACT, "company_id": company_id, "company": "", "changed": desk.now}
        if company_id is None and company != NO_COMPANY:
            columns["company"] = lead.row["company"]
        writing.update(desk.connection, lead, columns)
        lead.kind = CONTACT
        contact = lead
    if into is not None:
        _join(desk, into, contact)
    elif new_deal is not None:
        into = _new_deal(desk, contact, new_deal)
    company_name = f"c{company_id}" if company_id is not None else ""
    deal_name = into.id if into is not None else ""
    desk.event(
        contact.id, "converted", lead=lead.id, name=lead.name, company=company_name, deal=deal_name,
        **({"deal_name": into.name} if into is not None else {}),
    )  # fmt: skip
    return contact, company_name, deal_name


def _existing_deal(desk: Desk, deal: str) -> Kept:
    found = writing.find(desk.connection, deal)
    if found is None or found.kind != DEAL:
        raise NotFoundError(_("There is no deal {id} here.").format(id=safe(deal, 40)))
    return found


def _same_contact(desk: Desk, lead: Kept) -> Kept | None:
    """The contact with an address of the lead's; of several, one of the same name, then the one changed last."""
    row = desk.connection.execute(
        "SELECT p.id FROM person_address AS mine JOIN person_address AS theirs ON theirs.address = mine.address"
        " JOIN person AS p ON p.id = theirs.person_id WHERE mine.person_id = ? AND p.kind = ?"
        " ORDER BY p.name_key <> ?, mine.position, p.changed DESC, p.id DESC LIMIT 1",
        (lead.number, CONTACT, lead.row["name_key"]),
    ).fetchone()
    return None if row is None else desk.find(f"p{row[0]}")


def _company(desk: Desk, lead: Kept, contact: Kept | None, said: str) -> int | None:
    """The company of the contact: the one that was named, the contact's own, else found by name or domain, or made."""
    connection = desk.connection
    if said == NO_COMPANY:
        return None
    if said:
        named = writing.find(connection, said)
        if named is None or named.kind != COMPANY:
            raise NotFoundError(_("There is no company {id} here.").format(id=safe(said, 40)))
        return named.number
    if contact is not None and contact.row["company_id"] is not None:
        return int(contact.row["company_id"])
    if lead.row["company_id"] is not None:
        return int(lead.row["company_id"])
    addresses = writing.addresses(connection, lead.number)
    primary = addresses[0] if addresses else ""
    written = str(lead.row["company"])
    if written and (found := writing.company_named(connection, written)) is not None:
        return found
    if (found := writing.company_at(connection, primary)) is not None:
        return found
    return _new_company(desk, lead, written, primary) if written else None


def _new_company(desk: Desk, lead: Kept, name: str, address: str) -> int:
    """A company's record with what the lead knows of it."""
    number = record_desk.company(desk, name, address, owner=str(lead.row["owner"]))
    known = {heading: lead.extra[heading] for heading in _OF_COMPANY if lead.extra.get(heading)}
    made = desk.find(f"c{number}")
    columns: dict[str, Any] = {"extra": json.dumps(known, ensure_ascii=False, separators=(",", ":"))}
    if not made.row["domain"] and (website := lead.extra.get("Website", "")):
        columns |= desk.typed.parse(COMPANY, {"domain": website}).columns
    writing.update(desk.connection, made, columns)
    return number


def _known_company(desk: Desk, contact: Kept, company_id: int | None) -> None:
    if company_id is not None:
        writing.update(desk.connection, contact, {"company_id": company_id, "company": ""})


def _join(desk: Desk, deal: Kept, contact: Kept) -> None:
    """A contact more on a deal; the main one if it had none."""
    contacts = writing.contacts(desk.connection, deal.number)
    if contact.number not in {person for person, _role in contacts}:
        writing.set_contacts(desk.connection, deal.number, [*contacts, (contact.number, "")])
        writing.update(desk.connection, deal, {"changed": desk.now})


def _new_deal(desk: Desk, contact: Kept, values: Mapping[str, str]) -> Kept:
    parsed = desk.typed.parse(DEAL, values)
    parsed.columns.setdefault("name", contact.name)
    if not parsed.columns.get("source") and contact.row["source"]:
        parsed.columns["source"] = contact.row["source"]
    parsed.columns.setdefault("owner", contact.row["owner"] or record_values.owner(desk.settings))
    named = parsed.contacts or ()
    if contact.id not in {who for who, _role in named}:
        parsed.contacts = ((contact.id, ""), *named)
    return making.create(desk, DEAL, Wanted(parsed))
