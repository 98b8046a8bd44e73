"""Where to save, asked once; and what came of it, with its path (READ-5)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.text import width
from salesinbox.services import desktop
from salesinbox.tui.message_lines import Part
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.question import Question
from salesinbox.tui.screens.sheet import Sheet
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def ask_folder(board: "Board", heading: str, chosen: Callable[[Path], None]) -> None:
    """Ask for a folder; one that is missing is made if the rep says so. The last one is offered next time."""

    def answered(written: str) -> None:
        path = desktop.folder(written)
        if path.is_dir():
            keep(path)
        else:
            board.push_screen(_missing(board, path, keep))

    def keep(path: Path) -> None:
        board.reader.folder = desktop.short(path)
        chosen(path)

    folder = board.reader.folder or desktop.downloads()
    note = _("A file that is there already is never overwritten.")
    board.push_screen(Question(board, heading, answered, doing=_("save"), text=folder, note=note))


def tell(board: "Board", sentence: str) -> None:
    """In the last line where it fits, else in full over the board."""
    if width(sentence) <= board.size.width - 2:
        board.say(sentence)
        return

    def text(cells: int) -> list[list[Part]]:
        return [[(line, board.look["text"])] for line in wrap(sentence, cells)]

    board.push_screen(Sheet(board, "", text))


def _missing(board: "Board", path: Path, keep: Callable[[Path], None]) -> Picker:
    def make(sure: bool) -> None:
        if sure:
            desktop.make_folder(path)
            keep(path)

    choices = [
        Choice(_("Make it"), detail=desktop.short(path), value=True),
        Choice(_("Leave it"), detail=" ", value=False),
    ]
    return Picker(board, _("There is no such folder"), choices, chosen=make)
