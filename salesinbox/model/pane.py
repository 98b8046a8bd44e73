"""What the side pane shows for the card under the cursor (REC-3)."""

from dataclasses import dataclass

from salesinbox.model.records import Deal, Item


@dataclass(frozen=True, slots=True)
class Exchange:
    """One of the last mails with this person, whichever thread it was in. `mine`: the rep wrote it."""

    thread_id: str
    date: int
    mine: bool
    subject: str


@dataclass(frozen=True, slots=True)
class Pane:
    """`kind` is contact, lead, colleague or unknown. Everything is safe to draw."""

    kind: str
    name: str
    address: str
    other_addresses: tuple[str, ...] = ()
    title: str = ""
    company: str = ""
    phone: str = ""
    source: str = ""
    record_id: str = ""
    also_lead: str = ""
    """Name of the lead on the same address (COL-7)."""
    deals: tuple[Deal, ...] = ()
    """Open deals first, most recently changed first, then the newest closed ones."""
    linked_deal: str = ""
    """Id of the deal that the card shows."""
    exchanges: tuple[Exchange, ...] = ()
    mails: int = 0
    """How many mails were exchanged in all."""
    company_people: tuple[str, ...] = ()
    """Further contacts at the same company, by name."""
    warning: str = ""
    link: str = ""
    """How `linked_deal` was found: "auto", "guess" or "chosen" (LINK-2, LINK-4)."""
    tasks: tuple[Item, ...] = ()
    """Open tasks and calls about the person, the company and their open deals, what is due first before the rest."""
    events: tuple[Item, ...] = ()
    """Events to come, soonest first."""
    cases: tuple[Item, ...] = ()
    """Open cases, the newest first."""
    notes: tuple[Item, ...] = ()
    """The newest notes first."""
    waiting_since: int = 0
    """Since when mail of theirs in this thread waits for an answer; 0: none does."""
