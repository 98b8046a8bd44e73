"""Help: made from the registry, so that it cannot be wrong."""

from itertools import groupby
from typing import TYPE_CHECKING

from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model.text import pad, width
from salesinbox.tui import cards
from salesinbox.tui.commands import COMMANDS, mode
from salesinbox.tui.navigation import COMPOSE
from salesinbox.tui.screens.sheet import Sheet
from salesinbox.tui.widgets import title
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]


def keys_and_marks(board: "Board") -> Sheet:
    """All commands with their keys and names, then what the marks on a card mean.

    While a message is written, the keys of writing come first.
    """
    here = mode(board)
    ordered = sorted(COMMANDS, key=lambda command: command.modes != (here,)) if here == COMPOSE else COMMANDS

    def text(cells: int) -> list[list[Part]]:
        look = board.look
        keys = {command.name: board.keys.labels(command.name) for command in COMMANDS}
        wide = min(max(width(label) for label in keys.values()) + 2, 20)
        lines: list[list[Part]] = []
        for group, members in groupby(ordered, key=lambda command: command.group):
            lines += [[], [(_(group), look["heading"])]] if lines else [[(_(group), look["heading"])]]
            for command in members:
                first: list[Part] = [(pad(keys[command.name] or "–", wide), look["person"])]
                words = wrap(_(command.help), max(cells - wide, 10))
                lines.append([*first, (words[0], look["text"])])
                lines += [[(" " * wide, look["text"]), (line, look["text"])] for line in words[1:]]
        lines += [[], [(_("Marks"), look["heading"])]]
        for sign, meaning in _marks():
            lines.append([(pad(sign, wide), look["mark"]), (meaning, look["text"])])
        lines += [[], [(_("Keys are yours to choose: [display.keys] in config.toml, by these names:"), look["dim"])]]
        names = ", ".join(command.name for command in COMMANDS)
        return lines + [[(line, look["dim"])] for line in wrap(names, cells)]

    return Sheet(board, _("Keys and marks"), text, cells=84)


def _marks() -> list[tuple[str, str]]:
    return [
        (cards.DOT, _("unread (and bold)")), (cards.MARKED, _("selected")),
        (cards.WOKE, _("snoozed; in the inbox: it has come back")),
        (cards.TASK, _("a task was made from it, and is still to be done")),
        (cards.FLAGGED, _("flagged")), (cards.ANSWERED, _("answered")),
        (cards.ATTACHED, _("has an attachment")), (cards.CLOSING, _("the deal closes this month")),
        (cards.WARNING, _("the sender could not be verified")), ("(3)", _("messages in the thread")),
        (cards.GUESSED, _("after the stage: the deal is a guess; the key of links says yes, or chooses another one")),
        (cards.CHOSE, _("after the stage: you chose the deal")),
        (title.MAGNET, _("in the first line: customers who wait for your answer")),
        (title.DUE, _("in the first line: tasks that are due or overdue")),
        ("‹2 3›", _("in a column's head: so many columns more to the left or right")),
        ("● ", _("in the pane: the deal that the thread belongs to")),
        ("┃", _("at a column's edge: which part of it you see")),
    ]  # fmt: skip
