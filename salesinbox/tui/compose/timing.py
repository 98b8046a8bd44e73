"""When a message goes, and when the rep is told that nobody answered (SEND-5, ACT-6)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import UsageError
from salesinbox.services import snoozing
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_MOST_DAYS = 365


def send_later(board: "Board", at: int, chosen: Callable[[int], None]) -> Picker:
    """`chosen` gets seconds since 1970, 0 for at once. `at`: what is chosen already."""
    now, zone = int(board.now()), board.zone

    def offered() -> list[Choice]:
        rows = [Choice(_("Send at once"), value=0)] if at else []
        return rows + [Choice(title, when, value=then) for title, when, then in snoozing.choices(now, zone)]

    def fitting(text: str) -> Sequence[Choice]:
        if not text.strip():
            return offered()
        then = board.later.writing.parse_time(text)
        if then is not None:
            return [Choice(moment(then, now, zone), value=then)]
        wanted = text.strip().lower()
        found = [choice for choice in offered() if wanted in choice.title.lower()]
        if not found:
            raise UsageError(
                _("{text} is no time to come. Write for instance tomorrow 9:00, fri 10:00, 4h or 12/1 8:30.").format(
                    text=repr(text.strip()[:40])
                )
            )
        return found

    return Picker(
        board, _("Send at"), fitting, chosen=chosen, typing=True, prompt=_("tomorrow 9:00, fri 10:00 – or choose")
    )


def response_check(board: "Board", days: int, chosen: Callable[[int], None]) -> Picker:
    """`chosen` gets the number of days, 0 for no check. `days`: what is chosen already."""

    def fitting(text: str) -> Sequence[Choice]:
        written = text.strip()
        if not written:
            return [_row(n, days) for n in (0, *snoozing.NO_REPLY_DAYS)]
        number = int(written) if written.isascii() and written.isdecimal() and len(written) < 5 else 0
        if not 1 <= number <= _MOST_DAYS:
            raise UsageError(_("Write a number of days, from 1 to {most}.").format(most=_MOST_DAYS))
        return [_row(number, days)]

    start = next((n for n, each in enumerate((0, *snoozing.NO_REPLY_DAYS)) if each == days), 0)
    return Picker(
        board, _("If nobody answers"), fitting, chosen=chosen, typing=True, prompt=_("days – or choose"), start=start
    )


def days_in_words(days: int) -> str:
    return ngettext("tell me if no reply in {n} day", "tell me if no reply in {n} days", days).format(n=days)


def _row(number: int, now: int) -> Choice:
    title = days_in_words(number) if number else _("no check")
    return Choice(title[:1].upper() + title[1:], "✓" if number == now else "", value=number)
