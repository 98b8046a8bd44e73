"""What commands do. Each takes the board; which of them can be called when, the registry says."""

from typing import TYPE_CHECKING

from salesinbox.locale.texts import _, ngettext
from salesinbox.model.board import AMOUNT, CLOSING_DATE, NEWEST, WAITING_LONGEST

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


# --- moving -----------------------------------------------------------------------------------------------------


def move_down(board: "Board") -> None:
    board.nav.move(1)


def move_up(board: "Board") -> None:
    board.nav.move(-1)


def half_page_down(board: "Board") -> None:
    board.nav.turn(0.5)


def half_page_up(board: "Board") -> None:
    board.nav.turn(-0.5)


def page_down(board: "Board") -> None:
    board.nav.turn(1)


def page_up(board: "Board") -> None:
    board.nav.turn(-1)


def first(board: "Board") -> None:
    board.nav.to_end(first=True)


def last(board: "Board") -> None:
    board.nav.to_end(first=False)


def column_left(board: "Board") -> None:
    board.nav.step_column(-1)


def column_right(board: "Board") -> None:
    board.nav.step_column(1)


def column_1(board: "Board") -> None:
    board.nav.focus_number(0)


def column_2(board: "Board") -> None:
    board.nav.focus_number(1)


def column_3(board: "Board") -> None:
    board.nav.focus_number(2)


def column_4(board: "Board") -> None:
    board.nav.focus_number(3)


# --- reading ----------------------------------------------------------------------------------------------------


def open_card(board: "Board") -> None:
    if board.nav.mode == "rail":
        board.nav.choose_view(board.rail.views[board.rail.cursor].name)
    elif board.nav.card is not None:
        board.nav.read(board.nav.card)


def back(board: "Board") -> None:
    if board.nav.mode == "read":
        board.nav.close_reader()
    elif board.nav.mode == "rail":
        board.nav.leave_rail()
    elif board.nav.marked:
        board.nav.unmark()
    elif board.nav.view != "inbox":
        board.nav.choose_view("inbox")
    elif board.rail.account:
        board.nav.narrow("")
    else:
        board.say(_("Press {key} to quit.").format(key=board.keys.label("quit")))


def next_message(board: "Board") -> None:
    board.reader.step(1)


def previous_message(board: "Board") -> None:
    board.reader.step(-1)


def next_card(board: "Board") -> None:
    _other_card(board, 1)


def previous_card(board: "Board") -> None:
    _other_card(board, -1)


def _other_card(board: "Board", steps: int) -> None:
    if not board.nav.read_beside(steps):
        board.say(_("No more cards in this column."))


def unfold(board: "Board") -> None:
    board.reader.fold()


def nothing(_board: "Board") -> None:
    """What a list or a text does itself with the key."""


# --- finding and choosing ---------------------------------------------------------------------------------------


def search(board: "Board") -> None:
    from salesinbox.tui.screens.search import searching  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(searching(board))


def why(board: "Board") -> None:
    from salesinbox.tui.screens.why import reasons  # noqa: PLC0415 - loaded when it is first opened

    if (card := board.nav.current) is not None:
        board.attempt(lambda: board.push_screen(reasons(board, card)))


def override(board: "Board") -> None:
    from salesinbox.tui.screens.why import scopes  # noqa: PLC0415 - loaded when it is first opened

    if (card := board.nav.current) is not None:
        board.push_screen(scopes(board, card))


def palette(board: "Board") -> None:
    from salesinbox.tui.screens.palette import commands  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(commands(board))


# --- the board and the program ----------------------------------------------------------------------------------


def views(board: "Board") -> None:
    board.nav.toggle_rail()


def outbox(board: "Board") -> None:
    board.nav.open_outbox()


def pane(board: "Board") -> None:
    board.nav.toggle_pane()


def sort(board: "Board") -> None:
    from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

    titles = {
        NEWEST: _("Newest first"), AMOUNT: _("Largest amount first"), CLOSING_DATE: _("Closing soonest first"),
        WAITING_LONGEST: _("Waiting longest first"),
    }  # fmt: skip
    window = board.nav.column.window
    choices = [Choice(title, "✓" if order == window.order else "", value=order) for order, title in titles.items()]
    board.push_screen(Picker(board, _("Order of {column}").format(column=board.nav.column.head.title), choices,
                             chosen=board.nav.order))  # fmt: skip


def refresh(board: "Board") -> None:
    board.ask_sync()


def theme(board: "Board") -> None:
    from salesinbox.tui.screens.palette import themes  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(themes(board))


def show_help(board: "Board") -> None:
    from salesinbox.tui.screens.help import keys_and_marks  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(keys_and_marks(board))


def redraw(board: "Board") -> None:
    board.redraw()


def leave(board: "Board") -> None:
    board.exit()


def moved(number: int) -> str:
    """What an override did, in words (COL-9)."""
    return ngettext("{n} thread moved.", "{n} threads moved.", number).format(n=f"{number:,}")
