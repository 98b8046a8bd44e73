"""Which deal a message belongs to (LINK-2, LINK-3): by rule, or as a guess. What the rep chose is never decided here.

Times are seconds since 1970.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from salesinbox.locale.texts import _, ngettext
from salesinbox.model.links import AUTO, CHOSEN, GUESS
from salesinbox.model.text import safe
from salesinbox.rules.naming import folded, folded_name, stands_in

ONLY, ONLY_THEN, THREAD, NAMED, NEWEST = "only", "only-then", "thread", "named", "newest"
"""Why it is this deal: their only open one; the only one they had at the time; the thread belongs to it; the subject
names it; it changed last."""

_DAY = 86_400
_LEAD_TIME = 30 * _DAY
"""People write about a deal for a while before it is entered."""
_SHORTEST_NAME = 2
_SHORTEST_REFERENCE = 4
"""A shorter one ("12") names a deal only where it stands in brackets."""
_LONGEST_SUBJECT = 1000
_LONGEST_SHOWN = 200
_REFERENCES = frozenset({
    "deal number", "deal no", "deal no.", "deal id", "reference", "reference number", "reference no",
    "reference no.", "opportunity number", "quote number", "案件番号", "商談番号", "商談no", "商談no.", "案件no",
    "案件no.", "管理番号", "見積番号", "整理番号",
})  # fmt: skip
"""Headings, in lower case, under which CRMs keep what a deal is called by in letters."""


class LinkDeal(NamedTuple):
    """A deal as linking sees it. `began` and `ended` are 0 where nobody knows, `ended` also while it is open.

    `extra` is a JSON object: fields of a CRM that have no place of their own, by their headings.
    """

    id: int
    name: str
    open: bool
    changed: int
    began: int = 0
    ended: int = 0
    extra: str = "{}"


class Kept(NamedTuple):
    """A link that no rule decides again. `deal` 0: the rep said that the message belongs to none."""

    deal: int
    how: str


class Letter(NamedTuple):
    """A message. `old`: from before the account's first sync (LINK-3); `doubtful`: its sender's checks failed (COL-13).

    `deals` are all deals of the contacts that count (`parties`), whatever their state, each once. `name` orders
    messages of one second: whatever stays the same in each cache.
    """

    row: int
    date: int
    name: str
    subject: str
    old: bool = False
    doubtful: bool = False
    deals: tuple[LinkDeal, ...] = ()
    kept: Kept | None = None


class Decision(NamedTuple):
    """`among`: how many deals it could be."""

    deal: int
    how: str
    because: str
    among: int


def parties(sender: str, recipients: Sequence[str], *, mine: bool, bulk: bool) -> Sequence[str]:
    """The addresses whose deals a message may belong to.

    Mail of a list, and mail that a machine sent, is about nobody but its sender (`bulk`).
    """
    if bulk:
        return () if mine else (sender,)
    return recipients if mine else (sender, *recipients)


def ended(state_open: bool, ended: int, closing: str) -> int:
    """When a deal ended: as it was noted, else at the end of its closing date; 0 if it has not, or nobody knows."""
    if state_open or ended:
        return 0 if state_open else ended
    try:
        return int(datetime.fromisoformat(closing[:10]).replace(tzinfo=UTC).timestamp()) + _DAY
    except (ValueError, OverflowError):
        return 0


@lru_cache(maxsize=1024)
def references(extra: str) -> tuple[str, ...]:
    """What a deal is called by in letters, of the fields that a CRM keeps beside ours (`LinkDeal.extra`)."""
    return tuple(
        str(value).strip()
        for heading, value in json.loads(extra).items()
        if heading.strip().casefold() in _REFERENCES and str(value).strip()
    )


def candidates(letter: Letter) -> list[LinkDeal]:
    """The deals that a message may belong to.

    Of new mail the open ones; of old mail those that the contacts had at the time, whatever became of them. A deal
    that began more than a month after the message is of neither.
    """
    latest = letter.date + _LEAD_TIME
    if letter.old:
        return [deal for deal in letter.deals if deal.began <= latest and not 0 < deal.ended < letter.date]
    return [deal for deal in letter.deals if deal.open and deal.began <= latest]


def decide(letter: Letter, earlier: int = 0, perhaps: int = 0) -> Decision | None:
    """The deal that a message belongs to, or None.

    Args:
        letter: The message.
        earlier: An open deal that earlier mail of its thread belongs to, 0 for none.
        perhaps: The same, where it was but the deal changed last; what the subject says weighs more.
    """
    possible = candidates(letter)
    if len(possible) == 1:
        because = ONLY_THEN if letter.old else ONLY
        return Decision(possible[0].id, GUESS if letter.doubtful else AUTO, because, 1)
    if not possible or letter.old:
        return None
    among = len(possible)
    if earlier:
        return Decision(earlier, GUESS, THREAD, among)
    if name := named(possible, letter.subject):
        return Decision(name, GUESS, NAMED, among)
    if perhaps:
        return Decision(perhaps, GUESS, THREAD, among)
    return Decision(max(possible, key=lambda deal: (deal.changed, deal.id)).id, GUESS, NEWEST, among)


def named(deals: Iterable[LinkDeal], subject: str) -> int:
    """The deal whose reference stands in a subject, else whose name does (of several the longest); 0 for none."""
    text = folded(subject[:_LONGEST_SUBJECT])
    best, weight = 0, (0, 0)
    for deal in deals:
        given = references(deal.extra)
        for reference in (f"d{deal.id}", f"d-{deal.id}", *given):
            key = folded_name(reference)
            found = (1, len(key))
            if found > weight and key and _refers(text, key, reference in given):
                best, weight = deal.id, found
        key = folded_name(deal.name)
        if (0, len(key)) > weight and len(key) >= _SHORTEST_NAME and stands_in(text, key):
            best, weight = deal.id, (0, len(key))
    return best


def _refers(text: str, key: str, given: bool) -> bool:
    if given and len(key) < _SHORTEST_REFERENCE:
        return f"[{key}]" in text or f"【{key}】" in text or f"#{key} " in f"{text} "
    return stands_in(text, key)


def in_thread(letters: Iterable[Letter], known: Mapping[int, LinkDeal]) -> dict[int, Decision]:
    """What the messages of a thread belong to, by their rows: those that have no link which is kept.

    The order in which the messages came plays no part. `known`: the deals, by their rows.
    """
    decisions: dict[int, Decision] = {}
    earlier = perhaps = 0
    for letter in sorted(letters, key=lambda one: (one.date, one.name, one.row)):
        if letter.kept is not None:
            earlier = letter.kept.deal if _is_open(letter.kept.deal, known) else earlier
            continue
        decision = decide(letter, earlier, perhaps)
        if decision is None:
            continue
        decisions[letter.row] = decision
        if letter.doubtful or not _is_open(decision.deal, known):
            continue  # whoever forged it shall not lead what follows
        if decision.because == NEWEST:
            perhaps = decision.deal
        elif decision.because != THREAD:
            earlier = decision.deal
    return decisions


def _is_open(deal: int, known: Mapping[int, LinkDeal]) -> bool:
    return deal in known and known[deal].open


def reason(deal: str, how: str, because: str = "", among: int = 0) -> str:
    """How a thread came to belong to a deal, in words (COL-8).

    Args:
        deal: The deal's name; "" if the rep said that it belongs to none.
        how: "auto", "guess" or "chosen".
        because: Why it is this deal, where it can be told (`Decision.because`).
        among: How many deals it could be.
    """
    if not deal:
        return _("You said that it belongs to no deal.")
    name = safe(deal, _LONGEST_SHOWN)
    if how == CHOSEN:
        return _("You linked it to “{deal}”.").format(deal=name)
    if how == AUTO:
        return _("Linked to “{deal}”, the only deal of those who wrote or received it.").format(deal=name)
    why = {
        ONLY: _("Perhaps part of “{deal}”: the sender is not proved."),
        ONLY_THEN: _("Perhaps part of “{deal}”: the sender is not proved."),
        THREAD: _("Perhaps part of “{deal}”, as earlier mail of this thread"),
        NAMED: _("Perhaps part of “{deal}”, which the subject names"),
    }.get(because, _("Perhaps part of “{deal}”, the deal that changed last")).format(deal=name)
    if because in (ONLY, ONLY_THEN):
        return why
    guess = ngettext("a guess among {n} deal", "a guess among {n} deals", among).format(n=among)
    return _("{why}: {guess}.").format(why=why, guess=guess)
