"""Choosing the folder that mail goes to: those of the card's account, typing narrows them down."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.folding import fold
from salesinbox.model.text import safe
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_FIRST = {"inbox": 0, "archive": 1, "trash": 2, "spam": 3}


def folders(board: "Board", chosen: Callable[[str], None], *, copy: bool, here: str) -> Picker:
    """`chosen` gets the folder's id; those that the rep uses most come first.

    `here` is the folder that is looked at, which is no place to go to.
    """
    card = board.nav.current
    found = board.later.actions.folders(card.account if card else None)
    found = [folder for folder in found if folder.id != here]
    found.sort(key=lambda one: (-one.used, _FIRST.get(one.role, 9), not one.synced, fold(one.name)))

    def fitting(text: str) -> Sequence[Choice]:
        wanted = fold(text)
        return [
            Choice(safe(folder.name, 120), "" if folder.synced else _("not synced"), value=folder.id)
            for folder in found
            if wanted in fold(folder.name)
        ]

    return Picker(
        board,
        _("Copy to") if copy else _("Move to"),
        fitting,
        chosen=chosen,
        typing=True,
        prompt=_("the folder's name, or a part of it"),
        nothing=_("No folder of this account has that in its name."),
    )
