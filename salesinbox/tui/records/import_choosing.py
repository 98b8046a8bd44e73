"""Questions about a file that is taken in: what kind of records it holds, what a column is (REC-7)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.imports import CUSTOM, FIELD, IGNORED, FileLook, HeadingGuess
from salesinbox.model.text import clip
from salesinbox.tui.records import import_lines as lines
from salesinbox.tui.records.import_lines import OWN
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.question import Question

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_SHOWN = 40


def ask_kind(board: "Board", look: FileLook, offered: Sequence[str], chosen: Callable[[str], None]) -> None:
    choices = [Choice(lines.kind_title(one), "✓" if one == look.kind else "", value=one) for one in offered]
    start = offered.index(look.kind) if look.kind in offered else 0
    board.push_screen(Picker(board, _("What kind of records are these?"), choices, chosen=chosen, start=start))


def ask_field(board: "Board", look: FileLook, one: HeadingGuess, chosen: Callable[[str], None]) -> None:
    """What a column is: a field, one of the rep's own, or nothing. `chosen` gets what a mapping takes."""
    users = {guess.field: guess.heading for guess in look.guesses if guess.taken == FIELD}
    heading = clip(one.heading, _SHOWN)
    own = one.taken == CUSTOM
    choices = [
        Choice(_("(leave it out)"), _tick(one.taken == IGNORED), value=""),
        Choice(_("field of your own: {name}").format(name=heading), _tick(own and one.field == one.heading),
               value=OWN + one.heading),
        Choice(_("field of your own, with another name …"), _tick(own and one.field != one.heading), value=None),
    ]  # fmt: skip
    start = next((n for n, choice in enumerate(choices) if choice.hint), 0)
    for name, title in lines.titles(look).items():
        here = one.taken == FIELD and one.field == name
        if here:
            start = len(choices)
        used = f"← {clip(users[name], 24)}" if name in users else ""
        choices.append(Choice(title, "✓" if here else used, value=name))

    def find(typed: str) -> list[Choice]:
        wanted = typed.lower().split()
        return [choice for choice in choices
                if all(word in f"{choice.title} {choice.value or ''}".lower() for word in wanted)]  # fmt: skip

    def answered(name: str | None) -> None:
        if name is None:
            _ask_name(board, one.heading, chosen)
        else:
            chosen(name)

    board.push_screen(
        Picker(board, _("What is “{heading}”?").format(heading=heading), find, typing=True, chosen=answered,
               prompt=_("Type a part of a field's name"), start=start)
    )  # fmt: skip


def _tick(here: bool) -> str:
    return "✓" if here else ""


def _ask_name(board: "Board", heading: str, chosen: Callable[[str], None]) -> None:
    def answered(text: str) -> None:
        if text:
            chosen(OWN + text)

    note = _("Each record keeps the cell under this name; lists, filters and forms know it by it.")
    board.push_screen(Question(board, _("A field of your own"), answered, doing=_("use it"), text=heading, note=note))
