"""Labels of the chosen threads: put one on, take one off, write a new one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from salesinbox.locale.texts import _
from salesinbox.model.folding import fold
from salesinbox.model.text import safe
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


class Put(Protocol):
    def __call__(self, name: str, *, on: bool) -> None: ...


def labels(board: "Board", ids: Sequence[str], put: Put) -> Picker:
    """A label that the thread has is taken off, another one is put on."""
    actions = board.later.actions
    has = actions.labels(ids[0]) if len(ids) == 1 else []
    usual = [_("Important"), _("Work"), _("Personal"), _("To Do"), _("Later")]
    known = list(dict.fromkeys([*has, *actions.labels(), *usual]))

    def fitting(text: str) -> Sequence[Choice]:
        wanted = fold(text)
        rows = [
            Choice(safe(name, 80), _("✓ take off") if name in has else "", value=name)
            for name in known
            if wanted in fold(name)
        ]
        new = text.strip()
        if new and all(fold(name) != fold(new) for name in known):
            rows.append(Choice(_("New label: {name}").format(name=safe(new, 80)), value=new))
        return rows

    return Picker(
        board,
        _("Label"),
        fitting,
        chosen=lambda name: put(name, on=name not in has),
        typing=True,
        prompt=_("a label, or a new one"),
    )
