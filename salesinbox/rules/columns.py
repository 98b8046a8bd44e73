"""Placing: which column a thread lies in, and why (COL-3 to COL-8, COL-13)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from salesinbox.locale.texts import _
from salesinbox.model.board import COLLEAGUES, DEALS, PEOPLE, UNKNOWN, Placement
from salesinbox.model.records import DealBrief, KnownAddress
from salesinbox.model.settings import Account, Me
from salesinbox.model.text import safe
from salesinbox.rules.addresses import is_free_mail, normal, own_addresses, own_domains
from salesinbox.rules.naming import folded, folded_name, stands_in

OVERRIDE_THREAD, OVERRIDE_ADDRESS, OVERRIDE_DOMAIN = "override-thread", "override-address", "override-domain"
OWN_COLUMN = "own-column"
OWN_ADDRESS, OWN_DOMAIN, TEAM_MEMBER = "own-address", "own-domain", "team-member"
OPEN_DEAL, CONTACT, LEAD, NO_RECORD = "open-deal", "contact", "lead", "no-record"

_SHORTEST_NAME = 2
_LONGEST_SUBJECT = 1000
_LONGEST_SHOWN = 200
_NO_RECORD = KnownAddress()


@dataclass(frozen=True, slots=True)
class Own:
    """The rep's side, every address and domain in its normal form (`rules.addresses`).

    `addresses` are the rep, `domains` the company's (`own_domains`), `team` further colleagues by address.
    """

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    team: frozenset[str] = frozenset()


def own(me: Me, accounts: Iterable[Account]) -> Own:
    """The rep's side as the settings have it."""
    accounts = tuple(accounts)
    team = frozenset(normal(address) for address in me.team) - {""}
    return Own(own_addresses(me, accounts), own_domains(me, accounts), team)


@dataclass(frozen=True, slots=True)
class Overrides:
    """The rep's own decisions: the column by thread row, by address and by domain, both in their normal form.

    A column that is not one of the four built-in ones is kept as it is (COL-12).
    """

    threads: Mapping[int, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)


def place(
    thread: int,
    address: str,
    known: KnownAddress | None,
    own: Own,
    overrides: Overrides,
    *,
    subject: str = "",
    warning: str = "",
    earlier_deal: str = "",
    own_column: str = "",
) -> Placement:
    """The column of a thread, with its reason: override > own columns > colleagues > deals > people > unknown (COL-3).

    `record_id` is the contact, else the lead, whatever the rule. A deal is given where the column shows one:
    in `deals` and in columns of the rep's own, not in the other three. The warning is carried for every
    sender, since one who is unknown today may be a customer after the next import (COL-9).

    Args:
        thread: The thread's row, for its override.
        address: Who decides the thread (COL-2).
        known: What the CRM knows of that address.
        own: The rep's side.
        overrides: The rep's own decisions.
        subject: Names the deal where there are several (LINK-2).
        warning: "" or "auth-failed" (COL-13).
        earlier_deal: Id of the deal that the thread was linked to before ("d7").
        own_column: The column of the rep's own whose query the thread meets (COL-12), or "".
    """
    address = normal(address)
    at = address.rfind("@")
    domain = address[at + 1 :] if at >= 0 else ""
    rule = colleague(address, domain, own)

    if overrides.threads and thread in overrides.threads:
        override, column = OVERRIDE_THREAD, overrides.threads[thread]
    elif overrides.addresses and address in overrides.addresses:
        override, column = OVERRIDE_ADDRESS, overrides.addresses[address]
    elif overrides.domains and domain in overrides.domains:
        override, column = OVERRIDE_DOMAIN, overrides.domains[domain]
    elif own_column:
        override, column = OWN_COLUMN, own_column
    elif known is None and not rule:
        return Placement(UNKNOWN, NO_RECORD, address, "", "", (), None, "", "", warning)
    else:
        override, column = "", ""

    known = known or _NO_RECORD
    matched: tuple[str, ...] = (COLLEAGUES,) if rule else ()
    contact = known.contact_id != ""
    if contact and known.open_deals:
        matched += (DEALS, PEOPLE)
        rule = rule or OPEN_DEAL
    elif contact or known.lead_id:
        matched += (PEOPLE,)
        rule = rule or (CONTACT if contact else LEAD)
    if not override:
        column = matched[0] if matched else UNKNOWN
    deal = None
    if contact and known.open_deals and column not in _WITHOUT_DEAL:
        deal = likely_deal(known.open_deals, subject, earlier_deal)
    return Placement(
        column,
        override or rule or NO_RECORD,
        address,
        known.contact_id if contact else known.lead_id,
        known.contact_name if contact else known.lead_name,
        tuple(name for name in matched if name != column),
        deal,
        known.lead_id if contact else "",
        known.lead_name if contact else "",
        warning,
    )


def colleague(address: str, domain: str, own: Own) -> str:
    """The rule by which an address in its normal form is the rep's or a colleague's, "" if by none (COL-4)."""
    if address in own.team:
        return TEAM_MEMBER
    if domain in own.domains and not is_free_mail(domain):
        return OWN_DOMAIN
    if address in own.addresses:
        return OWN_ADDRESS
    return ""


_WITHOUT_DEAL = frozenset({PEOPLE, COLLEAGUES, UNKNOWN})


def likely_deal(deals: tuple[DealBrief, ...], subject: str = "", earlier_deal: str = "") -> DealBrief:
    """The deal that mail of a contact most likely belongs to (LINK-2): a guess where there are several.

    The one of the earlier link if it is still open; else the one whose name is in the subject (of several
    names the longest, since "Web" is in "Web renewal" too); else the one changed last.

    Args:
        deals: Open deals, at least one, the one changed last first.
        subject: The thread's subject.
        earlier_deal: Id of the deal linked before, or "".
    """
    if len(deals) == 1:
        return deals[0]
    if earlier_deal:
        for deal in deals:
            if deal.id == earlier_deal:
                return deal
    best, length = deals[0], 0
    text = folded(subject[:_LONGEST_SUBJECT])
    for deal in deals:
        name = folded_name(deal.name)
        if len(name) > length and len(name) >= _SHORTEST_NAME and stands_in(text, name):
            best, length = deal, len(name)
    return best


def reason(placement: Placement, titles: Mapping[str, str] | None = None) -> str:
    """The placement in words, in the interface's language, harmless to draw (COL-8).

    Args:
        placement: The answer of `place`.
        titles: Titles of columns by their names, where the rep has set other ones (COL-1).
    """
    person, lead, address = (
        _shown(placement.record_name),
        _shown(placement.other_record_name),
        _shown(placement.address),
    )
    domain = _shown(placement.address.rpartition("@")[2])
    deal = placement.deal
    values = {
        "person": person or address,
        "address": address or "–",
        "domain": domain or "–",
        "column": column_title(placement.column, titles),
        "deal": _shown(deal.name) if deal else "",
        "stage": _shown(deal.stage) if deal else "",
        "lead": lead,
    }
    sentences = [_main_sentence(placement)]
    if (placement.rule.startswith("override-") or placement.rule == OWN_COLUMN) and deal:
        sentences.append(_("The deal shown is “{deal}” ({stage})."))
    sentences += _further_sentences(placement)
    if placement.other_record_id:
        sentences.append(_("The lead {lead} has the same address."))
    if placement.warning:
        sentences.append(
            _(
                "Careful: the mail server says that this mail failed the sender checks of {domain},"
                " so somebody else may have written it."
            )
        )
    return " ".join(sentence.format_map(values) for sentence in sentences)


def _main_sentence(placement: Placement) -> str:
    sentences = {
        OVERRIDE_THREAD: _("You put this thread into “{column}”."),
        OVERRIDE_ADDRESS: _("You put mail of {address} into “{column}”."),
        OVERRIDE_DOMAIN: _("You put mail of everybody at {domain} into “{column}”."),
        OWN_COLUMN: _("It meets the conditions of your column “{column}”."),
        OWN_ADDRESS: _("{address} is your own address."),
        OWN_DOMAIN: _("{address} is at your own domain {domain}."),
        TEAM_MEMBER: _("{address} is listed as a member of your team."),
        OPEN_DEAL: _("Open deal “{deal}” ({stage}) with {person}, found by {address}."),
        CONTACT: _("{person} is a contact without an open deal, found by {address}."),
        LEAD: _("{person} is a lead, found by {address}."),
    }
    if placement.rule in sentences:
        return sentences[placement.rule]
    if not placement.address:
        return _("The mail does not say who sent it.")
    return _("No lead or contact has the address {address}.")


def _further_sentences(placement: Placement) -> list[str]:
    sentences = []
    if COLLEAGUES in placement.also:
        sentences.append(_("Also a colleague."))
    if DEALS in placement.also:
        sentences.append(_("Also on an open deal: {person}."))
    elif PEOPLE in placement.also:
        if placement.rule == OPEN_DEAL:
            sentences.append(_("Also a contact."))
        else:
            sentences.append(_("Also in the CRM: {person}."))
    return sentences


def column_title(column: str, titles: Mapping[str, str] | None = None) -> str:
    """The title of a column: the rep's own, else the shipped one, else its name (COL-1)."""
    if titles and titles.get(column):
        return _shown(titles[column])
    shipped = {
        DEALS: _("Deals"),
        PEOPLE: _("Contacts & leads"),
        COLLEAGUES: _("Colleagues"),
        UNKNOWN: _("Not in CRM"),
    }
    return shipped.get(column) or _shown(column)


def _shown(text: str) -> str:
    return safe(text, _LONGEST_SHOWN)
