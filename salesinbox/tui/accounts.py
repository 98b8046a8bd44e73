"""What commands about the rep's accounts do."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def show(board: "Board") -> None:
    from salesinbox.tui.screens.accounts import AccountsScreen  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(AccountsScreen(board))


def are_several(board: "Board") -> bool:
    return board.account_marks.several


def narrow_to_next(board: "Board") -> None:
    """To the next account's mail; after the last one to that of all."""
    order = ["", *(account.name for account in board.settings.accounts)]
    at = order.index(board.rail.account) if board.rail.account in order else 0
    board.nav.narrow(order[(at + 1) % len(order)])


def can_add(board: "Board") -> bool:
    """The demo has a configuration of its own, which goes when it ends."""
    return not board.demo


def add(board: "Board") -> None:
    from salesinbox.tui.screens.account_work import set_up  # noqa: PLC0415 - loaded when it is first opened

    set_up(board)


def unlock(board: "Board") -> None:
    from salesinbox.tui.screens.account_work import unlock as ask  # noqa: PLC0415 - loaded when it is first opened

    ask(board)
