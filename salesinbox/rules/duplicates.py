"""Which records may be the same one twice (REC-8). Pure: what is compared is in `Facts`."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from salesinbox.model.records import COMPANY, CONTACT, DEAL, LEAD
from salesinbox.rules.matching import company_key

ADDRESS, NAME_COMPANY, NAME_PHONE, NAME_DOMAIN, NAME_PERSON, DOMAIN, NAME, PHONE = (
    "address", "name-company", "name-phone", "name-domain", "name-person", "domain", "name", "phone",
)  # fmt: skip
"""Reasons."""

LIKELY = 60
"""The least score at which two records are offered without anybody asking for one of them."""

_FORMS = re.compile(
    "株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|公益社団法人|一般財団法人|公益財団法人|特定非営利活動法人"
)
_LATIN_FORMS = re.compile(
    r"[\s,.]+(?:co\.?,? ?ltd|ltd|limited|inc|incorporated|llc|llp|corp|corporation|company|plc|gmbh|ag|kg|se|bv|nv|sa|"
    r"sas|sarl|srl|spa|ab|as|oy|aps|pty\.? ltd|pte\.? ltd|k\.?k|g\.?k)\.?$"
)
_EXTENSION = re.compile(r"(?:内線|ext\.?|extension|x)\s*\d+.*$", re.IGNORECASE)
_PLAIN = re.compile(r"[\d\s+().-]*", re.ASCII)
_NO_DIGITS = re.compile(r"\D+", re.ASCII)
_LOCAL_DIGITS = 8
_FEWEST_DIGITS = 7
_MOST_ALIKE = 40
"""Records that share a trait beyond this number share it for another reason: a switchboard, a placeholder."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of a record. `name` and `company` are keys (`rules.matching`), the latter without legal form.

    `domains` are companies' own, never of free mail; `phones` as `phone_key` gives them; `people` are of a deal.
    """

    id: str
    kind: str
    name: str
    company: str = ""
    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Records that are likely one, best first: contacts before leads, the oldest before the newer."""

    ids: tuple[str, ...]
    score: int
    reason: str


def phone_key(phone: str) -> str:
    """A phone number as it is compared: its last digits, so that +81-3-1234-5678 is 03-1234-5678; "" for none."""
    if not phone:
        return ""
    if not phone.isascii():
        phone = unicodedata.normalize("NFKC", phone)
    digits = _NO_DIGITS.sub("", phone if _PLAIN.fullmatch(phone) else _EXTENSION.sub("", phone))
    return digits[-_LOCAL_DIGITS:] if len(digits) >= _FEWEST_DIGITS else ""


@lru_cache(maxsize=32_768)
def company_core(name: str) -> str:
    """A company's name without its legal form: みなと for 株式会社みなと, "acme" for "Acme, Inc."."""
    bare = name.strip()
    shorter = _LATIN_FORMS.sub("", bare.lower())
    while shorter != bare.lower() and shorter:
        bare, shorter = shorter, _LATIN_FORMS.sub("", shorter)
    key = company_key(bare)
    return _FORMS.sub("", key) or key


def score(one: Facts, other: Facts) -> tuple[int, str] | None:
    """How likely two records are the same (0 to 100) and why; None for not at all.

    A lead and a contact are compared as people; other kinds are never the same.
    """
    if one.id == other.id or _group_kind(one.kind) != _group_kind(other.kind):
        return None
    same_name = bool(one.name) and _name(one.name) == _name(other.name)
    if _group_kind(one.kind) == CONTACT:
        return _people(one, other, same_name=same_name)
    if one.kind == COMPANY:
        return _companies(one, other, same_name=same_name)
    if one.kind == DEAL:
        return _deals(one, other, same_name=same_name)
    return (70, NAME) if same_name else None


def _people(one: Facts, other: Facts, *, same_name: bool) -> tuple[int, str] | None:
    if one.addresses & other.addresses:
        return (100 if same_name else 90), ADDRESS
    if same_name:
        if one.company and one.company == other.company:
            return 85, NAME_COMPANY
        if one.phones & other.phones:
            return 85, NAME_PHONE
        if one.domains & other.domains:
            return 75, NAME_DOMAIN
        # Two people of one name at two companies are two people.
        apart = bool(one.company and other.company) or bool(one.domains and other.domains)
        return (20 if apart else 50), NAME
    if one.phones & other.phones:
        return 30, PHONE  # colleagues share a switchboard
    return None


def _companies(one: Facts, other: Facts, *, same_name: bool) -> tuple[int, str] | None:
    if one.domains & other.domains:
        return (100 if same_name else 80), DOMAIN
    if same_name:
        return 90, NAME
    if one.company and one.company == other.company:
        return 70, NAME
    if one.phones & other.phones:
        return 60, PHONE
    return None


def _deals(one: Facts, other: Facts, *, same_name: bool) -> tuple[int, str] | None:
    if same_name:
        if one.company and one.company == other.company:
            return 85, NAME_COMPANY
        if one.people & other.people:
            return 85, NAME_PERSON
        return (20 if one.company and other.company else 50), NAME
    if one.company and one.company == other.company and one.amount and one.amount == other.amount:
        return 40, NAME_COMPANY
    return None


def groups(facts: Iterable[Facts]) -> list[Group]:
    """All records that are likely the same, most likely first; time in proportion to the records."""
    known: dict[str, Facts] = {}
    # Most traits are one record's alone. By their hash, and in a list only when shared, they are numbers and not
    # millions of objects; that two traits have one hash is found out by `score`.
    first: dict[int, str] = {}
    buckets: dict[int, list[str]] = {}
    for one in facts:
        known[one.id] = one
        for trait in _traits(one):
            mark = hash(trait)
            if (before := first.setdefault(mark, one.id)) != one.id:
                buckets.setdefault(mark, [before]).append(one.id)
    leader: dict[str, str] = {}

    def find(one: str) -> str:
        while leader.get(one, one) != one:
            leader[one] = leader.get(leader[one], leader[one])
            one = leader[one]
        return one

    best: dict[str, tuple[int, str]] = {}
    for ids in buckets.values():
        if not 1 < len(ids) <= _MOST_ALIKE:
            continue
        for one_id, other_id in combinations(ids, 2):
            found = score(known[one_id], known[other_id])
            if found is None or found[0] < LIKELY:
                continue
            ours, theirs = find(one_id), find(other_id)
            likely = max(found, best.get(ours, found), best.get(theirs, found))
            leader[ours] = theirs
            best[theirs] = likely
    members: dict[str, list[str]] = defaultdict(list)
    for one_id in {*leader, *leader.values()}:
        members[find(one_id)].append(one_id)
    found_groups = [
        Group(tuple(sorted(ids, key=lambda one: (known[one].kind == LEAD, int(one[1:])))), *best[root])
        for root, ids in members.items()
    ]
    return sorted(found_groups, key=lambda group: (-group.score, int(group.ids[0][1:])))


def _traits(one: Facts) -> Iterator[Hashable]:
    """What a record must share with another one to be likely the same."""
    kind = _group_kind(one.kind)
    for address in one.addresses:
        yield "address", address
    if kind == CONTACT:
        if one.name:
            name = _name(one.name)
            if one.company:
                yield "company", name, one.company
            for domain in one.domains:
                yield "domain", name, domain
            for phone in one.phones:
                yield "phone", name, phone
    elif kind == COMPANY:
        for domain in one.domains:
            yield "domain", domain
        if one.company:
            yield "company", one.company
        for phone in one.phones:
            yield "phone", phone
    elif kind == DEAL:
        if one.company:
            yield "company", one.name, one.company
        for person in one.people:
            yield "person", one.name, person
    elif one.name:
        yield "name", one.name


def _group_kind(kind: str) -> str:
    return CONTACT if kind == LEAD else kind


def other_order(name: str) -> str:
    """A name of two words the other way round ("doe jane" of "jane doe"); "" for all others."""
    first, _space, last = name.partition(" ")
    return f"{last} {first}" if last and " " not in last else ""


def _name(name: str) -> str:
    return min(name, other_order(name) or name)
