"""When a thread comes back, and a note for then (ACT-5)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import UsageError
from salesinbox.services import snoozing
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.question import Question

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


class Until(Protocol):
    def __call__(self, moment: int, note: str, *, if_no_reply: bool) -> None: ...


def times(board: "Board", until: Until, back: Callable[[], None] | None) -> Picker:
    """`until` gets what was chosen; `back`, where it is given, ends the sleep of what sleeps already."""
    now, zone = int(board.now()), board.zone

    def offered() -> list[Choice]:
        rows = [Choice(_("Bring it back now"), value=("back", 0))] if back is not None else []
        rows += [Choice(title, when, value=("time", at)) for title, when, at in snoozing.choices(now, zone)]
        for days in snoozing.NO_REPLY_DAYS:
            at = snoozing.without_reply(days, now, zone)
            title = ngettext("If no reply in {n} day", "If no reply in {n} days", days).format(n=days)
            rows.append(Choice(title, moment(at, now, zone), value=("reply", at)))
        return rows

    def fitting(text: str) -> Sequence[Choice]:
        if not text.strip():
            return offered()
        try:
            at = snoozing.parse(text, now, zone)
        except UsageError:
            wanted = text.strip().lower()
            found = [choice for choice in offered() if wanted in choice.title.lower()]
            if not found:
                raise
            return found
        return [
            Choice(moment(at, now, zone), value=("time", at)),
            Choice(_("If no reply until then"), moment(at, now, zone), value=("reply", at)),
        ]

    def chosen(value: tuple[str, int]) -> None:
        kind, at = value
        if kind == "back" and back is not None:
            back()
            return

        def noted(note: str) -> None:
            until(at, note, if_no_reply=kind == "reply")

        heading = _("Until {when}").format(when=moment(at, now, zone))
        note = _("A note for then, or nothing.")
        board.call_next(board.push_screen, Question(board, heading, noted, doing=_("snooze"), note=note))

    return Picker(
        board,
        _("Snooze until"),
        fitting,
        chosen=chosen,
        typing=True,
        prompt=_("3d, fri 10:00, 12/1 – or choose"),
    )
