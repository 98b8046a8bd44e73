"""Which messages of a thread an action is about, and what is to be asked of the server for each (ACT-1)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from salesinbox.model.mail import DRAFTS, INBOX, SENT, SPAM, TRASH, Flag
from salesinbox.model.operations import (
    COPY,
    DELETE,
    FLAGGED,
    FLAGS,
    MOVE,
    OPENED,
    READ,
    UNFLAGGED,
    UNREAD,
    Intent,
)


class Place(NamedTuple):
    """A message in a folder, as it is shown: row ids, the folder's role, its flags there."""

    account_id: int
    message: int
    folder_id: int
    role: str
    flags: Flag
    keywords: str
    mine: bool
    date: int


def marking(places: Sequence[Place], mark: str) -> list[Intent]:
    """Flags to set or clear. A thread is marked unread by its newest message of theirs, flagged by its newest one."""
    if mark in (READ, OPENED):
        return [_flags(place, add=Flag.SEEN) for place in places if not place.flags & Flag.SEEN]
    if mark == UNREAD:
        theirs = [place for place in places if not place.mine and place.role != DRAFTS]
        return [_flags(place, remove=Flag.SEEN) for place in _newest(theirs or places) if place.flags & Flag.SEEN]
    if mark == FLAGGED:
        written = [place for place in places if place.role != DRAFTS]
        return [_flags(place, add=Flag.FLAGGED) for place in _newest(written or places)]
    assert mark == UNFLAGGED
    return [_flags(place, remove=Flag.FLAGGED) for place in places if place.flags & Flag.FLAGGED]


def labelling(places: Sequence[Place], add: str, remove: str) -> list[Intent]:
    """Keywords (separated by spaces) to set and to clear, where that changes anything."""
    intents = []
    for place in places:
        here = {word.lower() for word in place.keywords.split()}
        more = " ".join(word for word in add.split() if word.lower() not in here)
        less = " ".join(word for word in remove.split() if word.lower() in here)
        if place.role != DRAFTS and (more or less):
            intents.append(
                Intent(
                    place.account_id,
                    FLAGS,
                    place.message,
                    place.folder_id,
                    add_keywords=more,
                    remove_keywords=less,
                )
            )
    return intents


def archiving(places: Sequence[Place], target: Callable[[int], int]) -> list[Intent]:
    """Out of the inbox; what lies elsewhere stays there. `target` gives an account's archive."""
    return _all_to(places, [place for place in places if place.role == INBOX], target)


def trashing(places: Sequence[Place], target: Callable[[int], int]) -> list[Intent]:
    """The whole conversation. A draft stays unless there is nothing else: what was typed is not lost in passing."""
    written = [place for place in places if place.role not in (DRAFTS, TRASH)]
    drafts = [place for place in places if place.role == DRAFTS]
    return _all_to(places, written or drafts, target)


def spamming(places: Sequence[Place], target: Callable[[int], int]) -> list[Intent]:
    """What others wrote; the rep's own mail is none."""
    theirs = [place for place in places if not place.mine and place.role not in (SPAM, TRASH, SENT, DRAFTS)]
    return _all_to(places, theirs, target)


def unspamming(places: Sequence[Place], target: Callable[[int], int]) -> list[Intent]:
    """Back to the inbox."""
    return _all_to(places, [place for place in places if place.role == SPAM], target)


def moving(
    places: Sequence[Place], target: Callable[[int], int], *, seen_in: int = 0, copy: bool = False
) -> list[Intent]:
    """What lies in the folder that is looked at (`seen_in`), else what is in the inbox, else all that came in."""
    chosen = (
        [place for place in places if place.folder_id == seen_in]
        or [place for place in places if place.role == INBOX]
        or [place for place in places if place.role not in (SENT, DRAFTS)]
        or list(places)
    )
    there = {place.message for place in places if place.folder_id == target(place.account_id)}
    intents = []
    for place in chosen:
        if place.message not in there:
            there.add(place.message)  # a second copy of it need not follow
            kind = COPY if copy else MOVE
            intents.append(
                Intent(place.account_id, kind, place.message, place.folder_id, target_id=target(place.account_id))
            )
    return intents


def deleting(places: Sequence[Place], due: int) -> list[Intent]:
    """For good: what is in trash and spam, if anything is; else the whole conversation but its drafts."""
    out = [place for place in places if place.role in (SPAM, TRASH)]
    chosen = out or [place for place in places if place.role != DRAFTS] or list(places)
    return [Intent(place.account_id, DELETE, place.message, place.folder_id, due=due) for place in chosen]


def _newest(places: Sequence[Place]) -> list[Place]:
    """All places of the newest message."""
    newest = max(places, key=lambda place: (place.date, place.message), default=None)
    return [place for place in places if newest is not None and place.message == newest.message]


def _flags(place: Place, *, add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> Intent:
    return Intent(
        place.account_id,
        FLAGS,
        place.message,
        place.folder_id,
        add=add & ~place.flags,
        remove=remove & place.flags,
    )


def _all_to(places: Sequence[Place], chosen: Sequence[Place], target: Callable[[int], int]) -> list[Intent]:
    """Move the chosen places to one folder. A second copy of a message is not moved there as well, but dropped."""
    intents = []
    there = {place.message for place in places if chosen and place.folder_id == target(chosen[0].account_id)}
    for place in chosen:
        folder = target(place.account_id)
        kind = DELETE if place.message in there else MOVE
        there.add(place.message)
        intents.append(Intent(place.account_id, kind, place.message, place.folder_id, target_id=folder))
    return intents
