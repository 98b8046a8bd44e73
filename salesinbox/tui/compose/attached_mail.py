"""Attaching other messages: those of the thread that the board is at (SEND-9)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _
from salesinbox.model.text import safe
from salesinbox.tui.compose.saver import Saver
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.waiting import wait_for
from salesinbox.tui.wording import subject

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def messages(board: "Board", saver: Saver, done: Callable[[Any], None]) -> Picker:
    """Newest first. The message may have to come from the server; Esc lets it be."""
    card = board.nav.current
    found = list(reversed(board.mail.thread(card.id))) if card is not None else []

    def chosen(id: str) -> None:
        def fetched(stopped: Any) -> Any:
            return saver.run(
                lambda draft: board.later.writing.attach_message(draft, id, stopped=stopped.is_set),
            )

        wait_for(board, _("Fetching the message…"), fetched, done)

    choices = [
        Choice(subject(message.subject), board.clock.brief(message.date),
               safe(message.sender.name or message.sender.address, 120), value=message.id)
        for message in found
    ]  # fmt: skip

    def source(typed: str) -> list[Choice]:
        wanted = typed.lower()
        return [choice for choice in choices if wanted in f"{choice.title} {choice.detail}".lower()]

    return Picker(board, _("Attach a message of this thread"), source, chosen=chosen, typing=True,
                  prompt=_("a part of its subject or sender"))  # fmt: skip
