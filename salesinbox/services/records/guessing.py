"""What may be the same record, and who an unknown sender may be (REC-5, REC-8). Reads only."""

import sqlite3
from collections.abc import Iterable

from salesinbox.formats import guessing as guesses
from salesinbox.locale.texts import _, language
from salesinbox.model.duplicates import Duplicate, Guess
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.records import COMPANY, CONTACT, DEAL, LEAD
from salesinbox.model.text import safe
from salesinbox.rules import duplicates as rules
from salesinbox.rules.addresses import domain_of, is_free_mail, normal
from salesinbox.rules.duplicates import Facts
from salesinbox.rules.matching import person_key
from salesinbox.store.records import duplicates as stored
from salesinbox.store.records import sources, writing

_TEXTS = 3
"""Messages of a sender whose signatures are read."""
_NOBODY = "p0"


def duplicates(connection: sqlite3.Connection, id: str, limit: int) -> list[Duplicate]:
    """Records like this one, most likely first."""
    kept = writing.find(connection, id)
    if kept is None:
        raise NotFoundError(_("There is no record {id} here.").format(id=safe(id, 40)))
    own = stored.facts(connection, kept.kind, [kept.number])
    return _like(connection, own[0], limit) if own else []


def groups(connection: sqlite3.Connection, kind: str, limit: int) -> list[tuple[str, ...]]:
    """Groups of ids that are likely one record; of leads, those with a lead among them."""
    if kind not in (LEAD, CONTACT, COMPANY, DEAL):
        raise UsageError(_("Duplicates are looked for among leads, contacts, companies and deals."))
    facts = stored.facts(connection, kind)
    found = rules.groups(facts)
    if kind in (LEAD, CONTACT):
        of_kind = {one.id for one in facts if one.kind == kind}
        found = [group for group in found if of_kind.intersection(group.ids)]
    return [group.ids for group in found[:limit]]


def guess(connection: sqlite3.Connection, thread_id: str) -> Guess:
    """Values for a record of a thread's sender, who may be here already."""
    source = sources.source(connection, thread_id)
    address = normal(source.address)
    free = is_free_mail(domain_of(address))
    texts = sources.texts(connection, source.thread, source.address, _TEXTS)
    values = dict(guesses.guess(source.name, address, texts, free=free))
    guessed = frozenset(values)
    company_id = _company(connection, address, values.get("company", ""))
    company_name = ""
    if company_id is not None:
        row = connection.execute("SELECT name FROM company WHERE id = ?", (company_id,)).fetchone()
        company_name = str(row[0])
        values["company"] = company_name
        guessed |= {"company"}
    if address:
        values["addresses"] = address
    facts = stored.person(
        _NOBODY, CONTACT, person_key(values.get("first", ""), values.get("last", "")),
        company=values.get("company", ""), addresses=(address,) if address else (),
        phones=(values.get("phone", ""), values.get("mobile", "")),
    )  # fmt: skip
    return Guess(
        values,
        guessed,
        tuple(_like(connection, facts, 5)),
        "" if company_id is None else f"c{company_id}",
        company_name,
    )


def _company(connection: sqlite3.Connection, address: str, name: str) -> int | None:
    """The existing company of an address's domain, else the one of that name."""
    found = writing.company_at(connection, address)
    if found is None and name:
        found = writing.company_named(connection, name)
    return found


def _like(connection: sqlite3.Connection, own: Facts, limit: int) -> list[Duplicate]:
    numbers = stored.candidates(connection, own)
    scored = [
        (found, other)
        for other in stored.facts(connection, own.kind, numbers)
        if (found := rules.score(own, other)) is not None
    ]
    scored.sort(key=lambda pair: (-pair[0][0], pair[1].kind == LEAD, int(pair[1].id[1:])))
    return list(_told(connection, scored[:limit]))


def _told(connection: sqlite3.Connection, scored: Iterable[tuple[tuple[int, str], Facts]]) -> Iterable[Duplicate]:
    reasons = {
        rules.ADDRESS: _("same address"),
        rules.NAME_COMPANY: _("same name and company"),
        rules.NAME_PHONE: _("same name and phone"),
        rules.NAME_DOMAIN: _("same name and domain"),
        rules.NAME_PERSON: _("same name and contact"),
        rules.DOMAIN: _("same domain"),
        rules.NAME: _("same name"),
        rules.PHONE: _("same phone"),
    }
    for (score, reason), other in scored:
        kept = writing.find(connection, other.id)
        if kept is not None:
            yield Duplicate(kept.id, kept.kind, kept.name, _detail(connection, kept), reasons[reason], score)


def _detail(connection: sqlite3.Connection, kept: writing.Kept) -> str:
    """What tells a record from others of its name."""
    from salesinbox.locale.formatting import money  # noqa: PLC0415 - deals only

    row = kept.row
    company = ""
    if row.get("company_id") is not None:
        company = str(connection.execute("SELECT name FROM company WHERE id = ?", (row["company_id"],)).fetchone()[0])
    if kept.kind == COMPANY:
        parts = [row["domain"], row["phone"]]
    elif kept.kind == DEAL:
        parts = [company, money(row["amount"], row["currency"], language()), row["stage"]]
    else:
        parts = [company or row["company"], *writing.addresses(connection, kept.number)[:1]]
    return " · ".join(part for part in parts if part)
