"""What can be done with who wrote the card: with a record of theirs, or to get one (REC-4, REC-5)."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events

from salesinbox.locale.texts import _
from salesinbox.model.listing import Brief
from salesinbox.model.records import CALL, CASE, CONTACT, DEAL, EVENT, LEAD, NOTE, TASK, Person
from salesinbox.model.text import safe
from salesinbox.tui import acting
from salesinbox.tui.customers.adding import add
from salesinbox.tui.customers.at_hand import AtHand, at_hand
from salesinbox.tui.navigation import MENU
from salesinbox.tui.records import actions as records
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Doing = Callable[[], None]
Row = tuple[str, str, Doing]
"""The command whose key takes it, what it says, and what it does."""


def of_sender(board: "Board") -> None:
    """Open the menu for the card at hand."""
    hand = at_hand(board)
    if hand is not None:
        board.push_screen(Menu(board, hand.name, known(board, hand) if hand.record else stranger(board, hand)))


def stranger(board: "Board", hand: AtHand) -> list[Row]:
    """What leads to a record comes first (REC-5)."""
    return [
        ("menu-contact", _("New contact from this sender"), partial(records.create_from_sender, board, CONTACT)),
        ("menu-lead", _("New lead from this sender"), partial(records.create_from_sender, board, LEAD)),
        ("menu-existing", _("Somebody in the CRM: add this address"), partial(_ask_whose, board, hand)),
        ("menu-task", _("Task from this mail"), partial(add, board, TASK)),
        *_of_mail(board),
    ]


def known(board: "Board", hand: AtHand) -> list[Row]:
    """What can be done with a person who has a record."""
    new = partial(records.new_record, board, about=hand.about, thread=hand.card.id, message=hand.message)
    rows: list[Row] = [
        ("menu-open", _("Open the record"), partial(records.open_record, board, hand.record)),
        ("menu-task", _("Add a task"), partial(add, board, TASK)),
        ("menu-note", _("Add a note"), partial(add, board, NOTE)),
        ("menu-event", _("Add an event"), partial(new, EVENT)),
        ("menu-call", _("Add a call"), partial(new, CALL)),
        ("menu-deal", _("Add a deal"), partial(new, DEAL)),
        ("menu-case", _("Add a case"), partial(new, CASE)),
        ("menu-edit", _("Edit the record"), partial(records.edit_record, board, hand.record)),
    ]
    if hand.kind == LEAD:
        rows.append(("menu-convert", _("Convert the lead"), partial(records.convert, board, hand.record)))
    rows.append(("menu-merge", _("Merge with a duplicate"), partial(records.merge, board, hand.record)))
    return [*rows, *_of_mail(board)]


def _of_mail(board: "Board") -> list[Row]:
    from salesinbox.tui.customers.linking import linking  # noqa: PLC0415 - loaded when it is first opened

    return [("menu-link", _("Link the mail to a record"), partial(linking, board))]


class Menu(Picker):
    """A list of which each row can be taken by a key of its own, too."""

    def __init__(self, board: "Board", heading: str, rows: Sequence[Row]) -> None:
        self.rows = {command: doing for command, _title, doing in rows}
        choices = [Choice(title, board.keys.label(command), value=command) for command, title, _doing in rows]
        # What is chosen may open a screen of its own, which comes when this one has gone.
        super().__init__(board, heading, choices, chosen=lambda command: board.call_next(self._does, command))

    def take(self, command: str, event: events.Key) -> None:
        found = self.board.keys.find(MENU, event.key, event.character)
        if found is not None and found.name in self.rows:
            self.dismiss(None)
            self.chosen(found.name)
        else:
            super().take(command, event)

    def _does(self, command: str) -> None:
        self.board.attempt(self.rows[command])


def _ask_whose(board: "Board", hand: AtHand) -> None:
    """Whose further address the sender's is."""

    def find(text: str) -> list[Choice]:
        found = board.records.find(text, (CONTACT, LEAD)) if text.strip() else []
        return [Choice(safe(one.name, 120), safe(one.detail, 120), value=one) for one in found]

    board.push_screen(
        Picker(
            board,
            _("Whose address is {address}?").format(address=safe(hand.address, 80)),
            find,
            chosen=partial(_add_address, board, hand),
            typing=True,
            prompt=_("a name, a company or an address"),
            nothing=_("Nobody in the CRM fits."),
            large=True,
        )
    )


def _add_address(board: "Board", hand: AtHand, whose: Brief) -> None:
    from salesinbox.services.records.changes import RecordChanges  # noqa: PLC0415 - needed when something is saved

    record = board.records.show(whose.id)
    addresses: Sequence[Any] = record.addresses if isinstance(record, Person) else ()
    values = {"addresses": ", ".join([*addresses, hand.address])}
    board.hand.do(
        lambda actions: RecordChanges(actions.writer).edit([whose.id], values),
        lambda outcome: acting.after(board, outcome),
    )
