"""What a filter does with mail, in words, and the lists from which that is chosen (FLT-2)."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _
from salesinbox.model import filters
from salesinbox.model.errors import UsageError
from salesinbox.model.folding import fold
from salesinbox.model.text import safe
from salesinbox.services import snoozing
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Action = tuple[str, str]
"""(verb, value)."""


def words(board: "Board", action: Action) -> str:
    """An action as a rep says it: "Move to Projects"; without its value "Move to …"."""
    verb, value = action
    if verb == filters.COLUMN and value in board.columns:
        value = board.columns[value].head.title
    if verb in filters.WITH_VALUE and not value:
        value = "…"
    said = board.later.filters.described(filters.Filter("", "", "", ((verb, value),)))
    return said[:1].upper() + said[1:]


def choose(board: "Board", chosen: Callable[[Action], None], *, now: Action | None = None) -> None:
    """Ask for an action, then for its value where it needs one. `now`: the one whose place it takes."""

    def taken(verb: str) -> None:
        if verb in filters.WITH_VALUE:
            value = now[1] if now is not None and now[0] == verb else ""
            board.call_next(board.push_screen, _value(board, verb, value, lambda typed: chosen((verb, typed))))
        else:
            chosen((verb, ""))

    titles = [Choice(words(board, (verb, "")), value=verb) for verb in filters.ACTIONS]
    start = filters.ACTIONS.index(now[0]) if now is not None and now[0] in filters.ACTIONS else 0
    board.push_screen(Picker(board, _("What is done with the mail?"), titles, chosen=taken, start=start))


def _value(board: "Board", verb: str, value: str, chosen: Callable[[str], None]) -> Picker:
    asked = {filters.MOVE: _folder, filters.LABEL: _label, filters.SNOOZE: _time, filters.COLUMN: _column}
    return asked[verb](board, value, chosen)


def _folder(board: "Board", value: str, chosen: Callable[[str], None]) -> Picker:
    names = list(dict.fromkeys(folder.name for folder in board.later.actions.folders()))
    return Picker(
        board, _("Move to"), partial(_fitting, names, value), chosen=chosen, typing=True,
        prompt=_("the folder's name, or a part of it"), nothing=_("No folder has that in its name."),
    )  # fmt: skip


def _label(board: "Board", value: str, chosen: Callable[[str], None]) -> Picker:
    usual = [_("Important"), _("Work"), _("Personal"), _("To Do"), _("Later")]
    names = list(dict.fromkeys([*board.later.actions.labels(), *usual]))

    def fitting(text: str) -> list[Choice]:
        rows = _fitting(names, value, text)
        new = text.strip()
        if new and all(fold(name) != fold(new) for name in names):
            rows.append(Choice(_("New label: {name}").format(name=safe(new, 80)), value=new))
        return rows

    return Picker(board, _("Label"), fitting, chosen=chosen, typing=True, prompt=_("a label, or a new one"))


def _time(board: "Board", value: str, chosen: Callable[[str], None]) -> Picker:
    """In words, because it counts from when the mail comes: "tomorrow", "3d", "mon 9:00"."""
    now, zone = int(board.now()), board.zone
    offered = ("4h", "tomorrow", "3d", "next week", "2w")

    def fitting(text: str) -> list[Choice]:
        typed = text.strip()
        told = [typed] if typed else list(dict.fromkeys([*([value] if value else []), *offered]))
        rows = []
        for said in told:
            try:
                at = moment(snoozing.parse(said, now, zone), now, zone)
            except UsageError:
                if typed:
                    raise
                continue
            rows.append(Choice(safe(said, 40), _("today that is {when}").format(when=at), value=said))
        return rows

    return Picker(
        board, _("Snooze until, from when the mail comes"), fitting, chosen=chosen, typing=True,
        prompt=_("3d, tomorrow, mon 9:00 – or choose"),
    )  # fmt: skip


def _column(board: "Board", value: str, chosen: Callable[[str], None]) -> Picker:
    rows = [
        Choice(safe(column.head.title, 60), "✓" if name == value else "", value=name)
        for name, column in board.columns.items()
    ]
    return Picker(board, _("Which column?"), rows, chosen=chosen)


def _fitting(names: Sequence[str], value: str, text: str) -> list[Choice]:
    wanted = fold(text)
    return [Choice(safe(name, 120), "✓" if name == value else "", value=name) for name in names if wanted in fold(name)]
