"""Who can be written to in the demo: those who answer, and those who read and keep silent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from salesinbox.demo.conversations import ARRIVALS, FILES, read
from salesinbox.demo.people import COLLEAGUES, CONTACTS, LEADS, ME, PEOPLE, Person

# Who answers when several are written to: the first in this order. SILENT ones (newsletters, machines, shared
# mailboxes, spam) exist and never answer.
CUSTOMER, STRANGER, COLLEAGUE, SILENT = range(4)

_SHARED = frozenset({"info", "sales", "keihi", "form"})
_AUTOMATIC = frozenset({"news", "notice", "spoof", "bounce"})
_UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Addressee:
    """`person.address` is the address by which this one is reached here."""

    person: Person
    kind: int


def addressees() -> Mapping[str, Addressee]:
    """All addresses of the sample's people but the rep's own, in lower case."""
    found: dict[str, Addressee] = {}

    def add(people: Iterable[Person], kind: int) -> None:
        for person in people:
            found.setdefault(person.address.lower(), Addressee(person, kind))

    customers = (*CONTACTS, *LEADS)
    add(customers, CUSTOMER)
    add((one for one in COLLEAGUES if one.key not in _SHARED), COLLEAGUE)
    add((replace(one, address=one.second_address) for one in customers if one.second_address), CUSTOMER)
    writers, machines = _writers()
    add(writers, STRANGER)
    add((*machines, *(PEOPLE[key] for key in sorted(_SHARED))), SILENT)
    found.pop(ME.address.lower(), None)
    return found


def _writers() -> tuple[list[Person], list[Person]]:
    """Those who write by themselves, and those by whom nobody reads what is answered."""
    people: list[Person] = []
    machines: list[Person] = []
    for name in (*FILES, ARRIVALS):
        for conversation in read(name):
            for mail in conversation.mails:
                kind = mail.options.get("kind", conversation.settings.get("kind", ""))
                silent = kind in _AUTOMATIC or name == _UNWANTED
                (machines if silent else people).append(mail.who)
    return people, machines
