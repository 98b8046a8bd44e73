"""Why a card lies where it lies, and how to put it elsewhere (COL-8)."""

from typing import TYPE_CHECKING

from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model.board import Card
from salesinbox.model.text import safe
from salesinbox.tui.actions import moved
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.sheet import Sheet
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]


def reasons(board: "Board", card: Card) -> Sheet:
    """The reason in words: the rule, the record, the address, and which other columns matched."""
    why = board.board.why(card.id)
    titles = {name: column.head.title for name, column in board.columns.items()}

    def text(cells: int) -> list[list[Part]]:
        look = board.look
        told = safe(f"{why.reason} {why.link}".rstrip(), 900)
        lines: list[list[Part]] = [[(line, look["person"])] for line in wrap(told, cells)]
        lines.append([])
        also = ", ".join(titles.get(name, name) for name in why.also)
        account = card.account if board.account_marks.several else ""
        facts = (
            (_("Account"), account), (_("Column"), titles.get(why.column, why.column)), (_("Address"), why.address),
            (_("Rule"), why.rule), (_("Record"), why.record), (_("Would also fit"), also),
        )  # fmt: skip
        lines += [[(f"{label}: ", look["dim"]), (safe(value, 300), look["text"])] for label, value in facts if value]
        if why.warning:
            lines.append([])
            sentence = _("! The sender could not be verified: this mail may not come from its From address.")
            lines += [[(line, look["warning"])] for line in wrap(sentence, cells)]
        if key := board.keys.label("override"):
            lines += [[], [(key, look["heading"]), (" " + _("Put elsewhere"), look["dim"])]]
        return lines

    heading = _("Why in {column}").format(column=titles.get(why.column, why.column))

    def elsewhere() -> None:
        board.call_next(board.push_screen, scopes(board, card))

    return Sheet(board, heading, text, cells=70, actions={"override": elsewhere})


def scopes(board: "Board", card: Card) -> Picker:
    """First: how far the rep's decision reaches."""
    address = safe(card.sender_address, 80)
    domain = safe(card.sender_address.rpartition("@")[2], 80)
    choices = [
        Choice(_("This thread only"), value="thread"),
        Choice(_("All mail from {address}").format(address=address), value="address"),
        Choice(_("All mail from {domain}").format(domain=f"@{domain}"), value="domain"),
    ]
    return Picker(
        board, _("Put elsewhere: how much?"), choices,
        chosen=lambda scope: _ask_where(board, card, scope),
    )  # fmt: skip


def _ask_where(board: "Board", card: Card, scope: str) -> None:
    board.push_screen(_targets(board, card, scope))


def _targets(board: "Board", card: Card, scope: str) -> Picker:
    """Then: where to."""
    choices = [
        Choice(safe(column.head.title, 60), "✓" if name == card.column else "", value=name)
        for name, column in board.columns.items()
    ]
    choices.append(Choice(_("Where the records say (take my decision back)"), value=None))

    def put(target: str | None) -> None:
        board.in_thread(
            lambda: board.board.override(card.id, scope, target),
            lambda number: board.say(moved(number)),
        )

    return Picker(board, _("Put elsewhere: where?"), choices, chosen=put)
