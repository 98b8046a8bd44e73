"""Search: results while typing (SRCH-4)."""

from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.text import safe
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.wording import people, subject

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_SHOWN = 60
"""Hits looked for: a screenful and some more."""


def searching(board: "Board") -> Picker:
    """The search line with its results; taking one opens the thread."""
    titles = {name: column.head.title for name, column in board.columns.items()}

    def find(typed: str) -> list[Choice]:
        if not typed.strip():
            return []
        return [
            Choice(
                f"{people(card)}  {subject(card.subject)}",
                f"{safe(titles.get(card.column, card.column), 24)} · {board.clock.brief(card.date)}",
                safe(snippet, 300) or " ", card, card.unread,
            )
            for card, snippet in board.mail.search(typed, _SHOWN)
        ]  # fmt: skip

    return Picker(
        board, _("Search"), find, typing=True, large=True, chosen=board.nav.read, nothing=_("No mail fits."),
        prompt=_('words, "a phrase", from: subject: is:unread has:attachment newer_than:7d'),
    )  # fmt: skip
