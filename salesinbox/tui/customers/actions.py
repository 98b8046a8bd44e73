"""What commands do about customers: add a task or a note, link mail, see who waits and what is due (REC-4, LINK, MAG).

What they open is loaded when it is first used.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from salesinbox.model.operations import Outcome
from salesinbox.model.records import NOTE, TASK
from salesinbox.tui import acting
from salesinbox.tui.navigation import MAGNET

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def column(number: int) -> "Callable[[Board], None]":
    """A command that goes to a column by its number, from 0."""
    return lambda board: board.nav.focus_number(number)


# --- the customer of the card ---------------------------------------------------------------------------------------


def task(board: "Board") -> None:
    from salesinbox.tui.customers.adding import add  # noqa: PLC0415 - loaded when it is first opened

    add(board, TASK)


def note(board: "Board") -> None:
    from salesinbox.tui.customers.adding import add  # noqa: PLC0415 - loaded when it is first opened

    add(board, NOTE)


def menu(board: "Board") -> None:
    from salesinbox.tui.customers.menu import of_sender  # noqa: PLC0415 - loaded when it is first opened

    of_sender(board)


def link(board: "Board") -> None:
    from salesinbox.tui.customers.linking import linking  # noqa: PLC0415 - loaded when it is first opened

    linking(board)


# --- who waits ------------------------------------------------------------------------------------------------------


def magnet(board: "Board") -> None:
    """To the mail that waits for an answer; from there back to the inbox."""
    if board.nav.opened is not None:
        board.nav.close_reader()
    board.nav.choose_view("inbox" if board.nav.view == MAGNET else MAGNET)


def in_magnet(board: "Board") -> bool:
    """Whether the card at hand waits for an answer: then the footer names what ends that."""
    return board.nav.view == MAGNET and acting.has_card(board)


def dismiss(board: "Board") -> None:
    """Nobody is owed an answer here (MAG-3); the next one is at hand."""
    from salesinbox.services.magnet import MagnetService  # noqa: PLC0415 - the board is painted without it

    chosen = acting.ids(board)
    read = board.nav.opened if board.nav.view == MAGNET else None

    def then(outcome: Outcome) -> None:
        acting.after(board, outcome, read)
        board.nav.unmark(outcome.done)

    board.hand.do(lambda actions: MagnetService(actions.writer).dismiss(chosen), then, threads=len(chosen))


# --- what is due, and how mail is arranged --------------------------------------------------------------------------


def agenda(board: "Board") -> None:
    from salesinbox.tui.customers.agenda import AgendaScreen  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(AgendaScreen(board))


def arrange(board: "Board") -> None:
    from salesinbox.tui.customers.arranging import ArrangingScreen  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(ArrangingScreen(board))
