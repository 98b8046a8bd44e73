"""Recipients completed while they are typed, and looked at when their field is left (SEND-2)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from salesinbox.model import reviews
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import SalesInboxError
from salesinbox.tui.compose.fields import Recipients
from salesinbox.tui.compose.suggesting import Suggestions

if TYPE_CHECKING:
    from salesinbox.tui.compose.screen import ComposeScreen

_CHECKED = 60
"""Addresses of a field that are looked at one by one, to find those that are none."""


class Completing:
    """`box` shows what fits; it belongs to the field with the cursor."""

    def __init__(self, page: "ComposeScreen") -> None:
        self.page = page
        self.box = Suggestions(page.board)

    def suggest(self, *, typed: bool) -> None:
        """Look for recipients that fit what is typed."""
        field = self.page.fields[self.page.head.active]
        if not isinstance(field, Recipients) or not typed or not field.typed():
            self.close()
            return
        words = field.typed()
        there = field.text.lower()
        found = [one for one in self.page.board.later.recipients.suggest(words)
                 if one.address.lower() == words.lower() or f"<{one.address.lower()}>" not in there]  # fmt: skip
        self.box.show(found, words)
        self._place()

    def _place(self) -> None:
        field = self.page.fields[self.page.head.active]
        self.page.head.changed()
        self.page.head.rows(self.page.head.size.width)
        spot = self.page.head.spot(field, self.page.head.size.width)
        self.box.under = (self.page.head.label(self.page.head.size.width) - 2, spot.y)
        self.box.changed()

    def close(self) -> None:
        if self.box.found:
            self.box.found = ()
            self.page.relayout()

    def takes(self, key: str) -> bool:
        """A key that is meant for the box of suggestions."""
        box = self.box
        if not box.found:
            return False
        if key in ("up", "down"):
            box.move(1 if key == "down" else -1)
            box.changed()
        elif key == "escape":
            self.close()
        elif key in ("enter", "tab") and (chosen := box.chosen) is not None:
            field = self.page.fields[self.page.head.active]
            whole = False
            if isinstance(field, Recipients):
                whole = field.typed().lower() == chosen.address.lower()
                field.take(chosen)
            self.close()
            self.page.changed()
            if whole:  # it was typed to its end, so that key was meant for the field
                self.page.step(1)
        else:
            return False
        return True

    def check(self, name: str) -> None:
        """Which parts of a field are no addresses: said when the rep leaves it (SEND-2)."""
        field = self.page.fields[name]
        if not isinstance(field, Recipients):
            return
        alone = replace(self.page.draft, to=field.text, cc="", bcc="")
        bad = [warning for warning in self._warnings(alone) if warning.kind == reviews.BAD_ADDRESS]
        found: set[str] = set()
        if bad:
            parts = {field.text[start:end] for start, end in field.parts()[:_CHECKED]}
            found = {part for part in parts
                     if any(w.kind == reviews.BAD_ADDRESS for w in self._warnings(replace(alone, to=part)))
            }  # fmt: skip
            self.page.board.say(bad[0].text, alarming=True)
        field.bad = frozenset(found)

    def _warnings(self, draft: Draft) -> Sequence[reviews.Caution]:
        try:
            return self.page.writing.review(draft).warnings
        except SalesInboxError:
            return ()
