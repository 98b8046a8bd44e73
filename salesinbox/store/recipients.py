"""Whom the rep can write to: records, and who was written to and heard from (SEND-2); what speaks against (SEND-7)."""

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from salesinbox.model.mail import DELIVERED, FAILED
from salesinbox.rules.addresses import normal
from salesinbox.store.records import reading

HALF = 90 * 86_400
"""Seconds after which a mail counts half as much as one of today; after twice as many, a third."""
_MOST_RECIPIENTS = 100  # of one message: a mail to a thousand people is no exchange with each of them
_OPT_OUT = {
    "emailoptout", "optoutofemail", "hasoptedoutofemail", "optedoutofemail", "unsubscribedfromallemail",
    "donotemail", "メールオプトアウト", "メールのオプトアウト", "メール配信停止", "メールの配信停止", "メール送信除外",
    "すべてのeメールの配信登録を解除", "すべてのメールの配信登録を解除", "全てのメールの配信登録を解除",
}  # fmt: skip
"""Headings of Zoho, Salesforce and HubSpot for somebody who wants no mail, as `formats.headings` folds them."""
_YES = frozenset({"true", "1", "yes", "y", "on", "x", "はい", "有効", "真", "オン", "✓", "✔"})


# Counted by SQLite, which leaves the interface's thread its turn meanwhile. With max(), it takes the name from the
# newest row of each group that has one.
_COUNTED = "count(*), sum(?1 / (?1 + max(0, ?2 - date))) FROM message"
_IN_SIGHT = (
    "id NOT IN (SELECT message FROM folder CROSS JOIN location ON folder_id = folder.id AND shown_folder IS NULL"
    " WHERE role IN ('drafts', 'spam')"
    " UNION ALL SELECT message FROM folder CROSS JOIN location ON shown_folder = folder.id"
    " WHERE role IN ('drafts', 'spam'))"
)
_CAME = (
    f"SELECT sender_address, sender_name, max(iif(sender_name = '', 0, date)), {_COUNTED}"
    f" WHERE NOT mine AND NOT automatic AND list_id = '' AND NOT bounce AND warning = '' AND {_IN_SIGHT}"
    " GROUP BY sender_address"
)
_SENT = f"SELECT recipients, max(date), {_COUNTED} WHERE mine AND {_IN_SIGHT} GROUP BY recipients"


@dataclass(frozen=True, slots=True)
class Listed:
    """An address of a lead or contact, as records have it. `person` is its id, "p12"."""

    address: str
    person: str
    name: str
    company: str
    title: str
    position: int


@dataclass(slots=True)
class Used:
    """An address in mail: how often, and how much that counts today (see `HALF`).

    `written` is what the rep sent there, `heard` what came from there, `weight` of the first and `echo` of the second.
    `name` is the newest one, as the address's owner writes it where anything came from there.
    """

    address: str
    name: str = ""
    written: int = 0
    heard: int = 0
    weight: float = 0.0
    echo: float = 0.0
    _named: tuple[bool, int] = (False, -1)

    def call(self, name: str, when: int, *, owner: bool) -> None:
        if name and (owner, when) > self._named:
            self.name, self._named = name, (owner, when)


def people(connection: sqlite3.Connection) -> Iterator[Listed]:
    """Every address of every lead and contact; of several people at one address first the one who stands for it.

    That is a contact before a lead, and the one who was changed last.
    """
    for address, number, name, company, title, position in connection.execute(
        "SELECT a.address, p.id, p.name, coalesce(company.name, p.company), p.title, a.position"
        " FROM person AS p LEFT JOIN company ON company.id = p.company_id"
        " JOIN person_address AS a ON a.person_id = p.id"
        " ORDER BY p.kind = 'lead', p.changed DESC, p.id DESC, a.position"
    ):
        yield Listed(address, f"p{number}", name, company, title, position)


def history(connection: sqlite3.Connection, now: int) -> dict[str, Used]:
    """Who was written to, and who wrote, by normal address.

    Not counted: drafts and spam; what programs and mailing lists sent; senders who failed the checks of their domain,
    for a name that was forged must not offer itself. One pass over all messages for either side.
    """
    found = _Found()
    for address, name, newest, times, weight in connection.execute(_CAME, (float(HALF), now)):
        if used := found[address]:
            used.heard += times
            used.echo += weight
            used.call(name, newest, owner=True)
    for recipients, newest, times, weight in connection.execute(_SENT, (float(HALF), now)):
        for kind, name, address in json.loads(recipients)[:_MOST_RECIPIENTS]:
            if kind != "reply-to" and (used := found[address]):
                used.written += times
                used.weight += weight
                used.call(name, newest, owner=False)
    return found.by_address


class _Found(dict[str, Used | None]):
    """An address as it is written gives its use; None where it is none."""

    def __init__(self) -> None:
        super().__init__()
        self.by_address: dict[str, Used] = {}

    def __missing__(self, address: str) -> Used | None:
        key = normal(address)
        local, _at, domain = key.rpartition("@")
        used = self.by_address.setdefault(key, Used(key)) if local and domain else None
        self[address] = used
        return used


def known(connection: sqlite3.Connection, addresses: Collection[str]) -> dict[str, tuple[str, str]]:
    """(id, name) of the record that each address belongs to, by normal address: the contact's, else the lead's."""
    return {
        address: (one.contact_id, one.contact_name) if one.contact_id else (one.lead_id, one.lead_name)
        for address, one in reading.known(connection, addresses).items()
    }


def bounced(
    connection: sqlite3.Connection, addresses: Collection[str] | None, since: int
) -> dict[str, tuple[int, str]]:
    """(when, why) of the newest failure for each address, by normal address; None asks for every address.

    Only what says something of mail that was sent from here: anybody can write a bounce. An address that a later
    message reached has none, as far as a server told, nor has one that wrote since.
    """
    wanted = None if addresses is None else {normal(address) for address in addresses}
    found: dict[str, tuple[int, str]] = {}
    for recipient, state, status, detail, when in connection.execute(
        "SELECT recipient, delivery.state, status, detail, told.received"
        " FROM delivery CROSS JOIN message AS told ON told.id = delivery.bounce"
        " WHERE delivery.state IN (?, ?) AND told.received >= ? AND (EXISTS (SELECT 1 FROM message AS sent"
        " WHERE sent.account_id = delivery.account_id AND sent.message_id = delivery.message_id AND mine)"
        " OR EXISTS (SELECT 1 FROM outgoing AS sent WHERE sent.account_id = delivery.account_id"
        " AND sent.message_id = delivery.message_id))"
        " ORDER BY told.received, told.id",
        (FAILED, DELIVERED, since),
    ):
        key = normal(recipient)
        if wanted is not None and key not in wanted:
            continue
        if state == FAILED:
            found[key] = (when, _reason(status, detail))
        else:
            found.pop(key, None)
    return {key: failure for key, failure in found.items() if not _wrote_since(connection, key, failure[0])}


def _reason(status: str, detail: str) -> str:
    return detail if status and detail.startswith(status) else f"{status} {detail}".strip()


def _wrote_since(connection: sqlite3.Connection, address: str, when: int) -> bool:
    row = connection.execute(
        "SELECT 1 FROM correspondent AS c CROSS JOIN message AS m ON m.id = c.message WHERE c.address = ?1"
        " AND c.date > ?2 AND lower(m.sender_address) = ?1 AND NOT m.mine AND NOT m.automatic AND m.warning = ''"
        " LIMIT 1",
        (address, when),
    ).fetchone()
    return row is not None


def opted_out(connection: sqlite3.Connection, addresses: Collection[str]) -> set[str]:
    """Those of the addresses whose owners want no mail, by what the CRM that they come from says (in `extra`)."""
    rows = connection.execute(
        "SELECT a.address, p.extra FROM json_each(?) AS wanted CROSS JOIN person_address AS a"
        " ON a.address = wanted.value CROSS JOIN person AS p ON p.id = a.person_id WHERE p.extra <> '{}'",
        (json.dumps(list({normal(address) for address in addresses})),),
    )
    return {address for address, extra in rows if _wants_none(json.loads(extra))}


def _wants_none(extra: dict[str, str]) -> bool:
    from salesinbox.formats.headings import fold  # noqa: PLC0415 - only records with further fields need it

    return any(fold(heading) in _OPT_OUT and value.strip().lower() in _YES for heading, value in extra.items())
