"""Mail of accounts that keep none here (ACC-3): what is known of it for the moment, in memory and nowhere else.

Cards and readers come from the database, where such a message is an id, an address and a time. What else they show is
asked of the server for what is in sight, laid over them here, and forgotten with the program.
"""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from salesinbox.model.board import Card
from salesinbox.model.events import Answer
from salesinbox.model.mail import Address, Attachment, Flag, ThreadMessage
from salesinbox.model.settings import Settings

PREFIX = "glimpse "
"""Requests that are ours begin so."""
FRESH = 120.0
"""Seconds after which it is asked anew whether a message in sight is read by now."""
_MOST_HEADS, _MOST_CONTENTS = 5000, 60
_AT_ONCE = 40
"""Threads asked for in one request."""
_PATIENCE = 60.0
"""Seconds for which an answer is waited for before it is asked again."""

Ask = Callable[[str, str, Mapping[str, object]], bool]
"""`LiveService.ask_errand`: (account, request, errand)."""


@dataclass(slots=True)
class _Known:
    """What a card shows of a message, and since when that is known."""

    head: Mapping[str, Any]
    since: float


class Fleeting:
    """Used by one thread. `clock` rises; it gives seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.accounts = frozenset(account.name for account in settings.accounts if not account.keeps_mail)
        self.clock = clock
        self._heads: OrderedDict[int, _Known] = OrderedDict()
        self._contents: OrderedDict[int, Mapping[str, Any]] = OrderedDict()
        self._threads: dict[int, tuple[str, float]] = {}
        """Threads to ask about → (account, when it was asked last; 0: not yet)."""
        self._messages: dict[int, tuple[str, float]] = {}
        """Messages whose content is to be asked for; the same."""
        self.refused: dict[int, str] = {}
        """Why the content of a message could not be had, by its row."""

    # --- what is shown ------------------------------------------------------------------------------------------

    def over(self, connection: sqlite3.Connection, cards: Sequence[Card]) -> list[Card]:
        """The cards with what is known of those that are not kept; the rest of those is asked for with `ask`."""
        rows = [card.row for card in cards if card.account in self.accounts]
        if not rows:
            return list(cards)
        newest = _newest(connection, rows)
        return [self._over(card, newest.get(card.row, [])) if card.row in newest else card for card in cards]

    def _over(self, card: Card, messages: Sequence[tuple[int, bool]]) -> Card:
        known = [(self._heads[message].head, mine) for message, mine in messages if message in self._heads]
        if len(known) < len(messages) or any(self._is_stale(message) for message, _mine in messages):
            self._threads.setdefault(card.row, (card.account, 0.0))
        if not known:
            return card
        theirs = next((head for head, mine in known if not mine), known[0][0])
        return replace(
            card,
            subject=known[0][0]["subject"],
            sender_name=theirs["name"],
            people=(theirs["name"] or theirs["address"], *card.people[1:]),
            unread=any(head["unread"] for head, mine in known if not mine),
            flagged=any(head["flagged"] for head, _mine in known),
            attachments=any(head["attachments"] for head, _mine in known),
        )

    def _is_stale(self, message: int) -> bool:
        return message in self._heads and self.clock() - self._heads[message].since > FRESH

    def thread(self, account: str, messages: Sequence[ThreadMessage]) -> list[ThreadMessage]:
        """A thread's messages with what is known of them; what is not is asked for with `ask`."""
        if account not in self.accounts:
            return list(messages)
        return [self._message(account, one) for one in messages]

    def _message(self, account: str, message: ThreadMessage) -> ThreadMessage:
        row = int(message.id[1:])
        head = self._heads[row].head if row in self._heads else None
        content = self._contents.get(row)
        if content is None and row not in self.refused:
            self._messages.setdefault(row, (account, 0.0))
        if head is not None:
            flags = Flag.NONE if head["unread"] else Flag.SEEN
            flags |= Flag.FLAGGED if head["flagged"] else Flag.NONE
            message = replace(
                message,
                subject=head["subject"],
                sender=Address(head["name"], head["address"]),
                flags=flags,
                labels=tuple(head["labels"]),
            )
        if content is None:
            return replace(message, body_here=False, unavailable=row in self.refused)
        return replace(
            message,
            message_id=content["message_id"],
            sender=Address(**content["sender"]),
            to=tuple(Address(**one) for one in content["to"]),
            cc=tuple(Address(**one) for one in content["cc"]),
            subject=content["subject"],
            text=content["text"],
            attachments=tuple(Attachment(**one) for one in content["attachments"]),
            body_here=True,
            html=bool(content["html"]),
            invitation=content["invitation"],
            bounce=content["bounce"],
        )

    def content(self, message: int) -> Mapping[str, Any] | None:
        """All that is known of a message's content, by its row: what `sync.glimpses.whole` gives; None: not here."""
        return self._contents.get(message)

    @property
    def wants(self) -> bool:
        """Whether there is something to ask for."""
        return bool(self._threads or self._messages)

    # --- asking -------------------------------------------------------------------------------------------------

    def ask(self, ask: Ask) -> None:
        """Ask for what was wanted and is not known yet; returns at once."""
        now = self.clock()
        for row, (account, asked) in list(self._messages.items()):
            if now - asked > _PATIENCE and ask(account, f"{PREFIX}whole {row}", {"kind": "whole", "message": row}):
                self._messages[row] = (account, now)
        by_account: dict[str, list[int]] = {}
        for row, (account, asked) in self._threads.items():
            if now - asked > _PATIENCE:
                by_account.setdefault(account, []).append(row)
        for account, rows in by_account.items():
            some = rows[:_AT_ONCE]
            request = f"{PREFIX}heads {json.dumps(some)}"
            if ask(account, request, {"kind": "heads", "threads": some}):
                self._threads.update(dict.fromkeys(some, (account, now)))

    def take(self, answer: Answer) -> bool:
        """An answer of the sync process; True when it changes what is shown."""
        if not answer.request.startswith(PREFIX):
            return False
        kind, _space, about = answer.request.removeprefix(PREFIX).partition(" ")
        if kind == "whole":
            self._messages.pop(int(about), None)
            if answer.ok:
                self.keep_content(int(about), answer.result["content"])
            else:
                self.refused[int(about)] = answer.detail
            return True
        for row in json.loads(about):
            self._threads.pop(row, None)
        self.keep_heads(answer.result.get("heads", {}))
        return answer.ok

    def keep_heads(self, heads: Mapping[str, Mapping[str, Any]]) -> None:
        now = self.clock()
        for row, head in heads.items():
            self._heads[int(row)] = _Known(head, now)
            self._heads.move_to_end(int(row))
        while len(self._heads) > _MOST_HEADS:
            self._heads.popitem(last=False)

    def keep_content(self, row: int, content: Mapping[str, Any]) -> None:
        self.refused.pop(row, None)
        self._contents[row] = content
        self._contents.move_to_end(row)
        while len(self._contents) > _MOST_CONTENTS:
            self._contents.popitem(last=False)

    def mark(self, connection: sqlite3.Connection, threads: Iterable[int], *, unread: bool) -> None:
        """The rep has marked threads; the server is told by the operation, and asked again later."""
        for messages in _newest(connection, list(threads)).values():
            for message, _mine in messages:
                if message in self._heads:
                    self._heads[message] = _Known({**self._heads[message].head, "unread": unread}, self.clock())


def _newest(connection: sqlite3.Connection, threads: Sequence[int]) -> dict[int, list[tuple[int, bool]]]:
    """The messages of each thread as (row, the rep's own), the newest first."""
    found: dict[int, list[tuple[int, bool]]] = {}
    for thread, message, mine in connection.execute(
        "SELECT thread_id, message.id, mine FROM json_each(?) AS wanted JOIN message ON thread_id = wanted.value"
        " ORDER BY date DESC, message.id DESC",
        (json.dumps(list(threads)),),
    ):
        found.setdefault(thread, []).append((message, bool(mine)))
    return found
