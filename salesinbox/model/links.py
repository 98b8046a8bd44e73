"""Links of mail to records, as a rep sees them (LINK)."""

from dataclasses import dataclass

AUTO, GUESS, CHOSEN = "auto", "guess", "chosen"
"""By rule; a proposal among several; by the rep, which no rule overrules."""

BY_ADDRESS = "person"
"""By the addresses of the mail, which is on its people and their companies whatever else it is linked to (LINK-1)."""

LINKED, PEOPLE, FOUND = "linked", "people", "found"


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """A record that mail can be linked to. `why`: LINKED already, a deal of the thread's PEOPLE, or FOUND by text."""

    record: str
    kind: str
    name: str
    detail: str
    why: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class LinkedRecord:
    """What mail is linked to. `how` "person": by its addresses (LINK-1), which no key changes."""

    record: str
    kind: str
    name: str
    how: str
    messages: int = 0
