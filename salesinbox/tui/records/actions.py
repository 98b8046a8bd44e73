"""What commands do that open records, change them, or belong to a screen of records. All of it is loaded when used."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.records import LEAD

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def does(name: str) -> "Callable[[Board], None]":
    """A command of the screen of records that lies on top."""

    def act(board: "Board") -> None:
        from salesinbox.tui.records.page import Page  # noqa: PLC0415 - one is open, so it is loaded

        screen = board.screen
        if isinstance(screen, Page):
            screen.do(name)

    return act


def offers(name: str) -> "Callable[[Board], bool]":
    """Whether a command of the screen of records that lies on top means anything there now."""

    def named(board: "Board") -> bool:
        from salesinbox.tui.records.page import Page  # noqa: PLC0415 - the same

        pages = (screen for screen in reversed(board.screen_stack) if isinstance(screen, Page))
        return next((page.offers(name) for page in pages), False)

    return named


def open_browser(board: "Board", kind: str = "") -> None:
    """Lists of records over the board; of `kind`, else of the one that was looked at last."""
    from salesinbox.tui.records.browser import Browser  # noqa: PLC0415 - loaded when it is first opened
    from salesinbox.tui.records.shown import Shown  # noqa: PLC0415 - the same

    board.push_screen(Browser(board, Shown.of(board, kind)))


def open_import(board: "Board") -> None:
    """Take in a file of records (REC-7); from a list, of its kind where the file does not say another."""
    from salesinbox.tui.records.browser import Browser  # noqa: PLC0415 - loaded when it is first opened
    from salesinbox.tui.records.importing import ask_file  # noqa: PLC0415 - the same

    page = next((screen for screen in reversed(board.screen_stack) if isinstance(screen, Browser)), None)
    ask_file(board, page.shown.kind if page is not None else "")


def has_report(board: "Board") -> bool:
    """Whether something was imported since the program was started."""
    import sys  # noqa: PLC0415 - here alone

    loaded = sys.modules.get("salesinbox.tui.records.importing")
    return loaded is not None and board in loaded.REPORTS


def open_report(board: "Board") -> None:
    """What the last import did, once more."""
    from salesinbox.tui.records.importing import show_report  # noqa: PLC0415 - the same

    show_report(board)


def open_record(board: "Board", id: str) -> None:
    """The screen of a record, over what is shown now. NotFoundError when it is gone."""
    from salesinbox.tui.records.record import RecordScreen  # noqa: PLC0415 - the same

    board.push_screen(RecordScreen(board, id))


def open_person(board: "Board") -> None:
    """The record of who wrote the card; of a stranger, a new one with what the mail tells of them."""
    card = board.nav.current
    if card is None:
        return
    pane = board.records.pane(card.id)
    if pane.record_id:
        open_record(board, pane.record_id)
    elif pane.kind == "colleague":
        board.say(_("A colleague has no record here."))
    else:
        create_from_sender(board)


def open_pipeline(board: "Board", name: str = "") -> None:
    """Deals by stage."""
    from salesinbox.tui.records.pipeline import PipelineScreen  # noqa: PLC0415 - the same

    board.push_screen(PipelineScreen(board, name))


def new_record(board: "Board", kind: str, *, about: tuple[str, ...] = (), thread: str = "", message: str = "") -> None:
    """A form for a new record; `about` are the records that it belongs to, `thread` the mail that it is made from."""
    from salesinbox.tui.records.form import RecordForm, new  # noqa: PLC0415 - the same

    board.push_screen(RecordForm(board, new(board, kind, about=about, thread=thread, message=message)))


def create_from_sender(board: "Board", kind: str = LEAD) -> None:
    """A form for who wrote the card, with what their mail tells of them, shown as guesses (REC-5)."""
    from salesinbox.tui.records.form import RecordForm, of_sender  # noqa: PLC0415 - the same

    card = board.nav.current
    if card is not None:
        board.push_screen(RecordForm(board, of_sender(board, card.id, kind)))


def edit_record(board: "Board", id: str, field: str = "") -> None:
    """A form with what is in a record; the cursor in `field`."""
    from salesinbox.tui.records.form import RecordForm, of_record  # noqa: PLC0415 - the same

    board.push_screen(RecordForm(board, of_record(board, id), field=field))


def convert(board: "Board", id: str) -> None:
    """Make a contact of a lead (REC-4)."""
    from salesinbox.tui.records.converting import converting  # noqa: PLC0415 - the same

    converting(board, id)


def merge(board: "Board", id: str, others: tuple[str, ...] = ()) -> None:
    """Merge a record with others; without `others`, with one of those that are likely the same (REC-8)."""
    from salesinbox.tui.records.merging import merging  # noqa: PLC0415 - the same

    merging(board, id, others)
