"""Files of a record: added, looked at, saved, opened, taken off; those of its mail as attachments are (READ-5)."""

from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.mail import Address, Attachment, Flag, ThreadMessage
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe
from salesinbox.model.timeline import RecordFile
from salesinbox.services import desktop
from salesinbox.tui.compose.attaching import Attaching
from salesinbox.tui.records.changing import change
from salesinbox.tui.screens import attachments
from salesinbox.tui.screens.confirm import Confirm
from salesinbox.tui.screens.saving import ask_folder, tell

if TYPE_CHECKING:
    from salesinbox.services.records.changes import RecordChanges
    from salesinbox.tui.app import Board

_SHOWN = 200_000
"""Octets of a text that are shown."""


def attach(board: "Board", record: str) -> None:
    """Ask for files and add them."""

    def answered(paths: Sequence[Path]) -> None:
        for path in paths:
            change(board, _adding(record, path))

    board.push_screen(Attaching(board, answered))


def _adding(record: str, path: Path) -> "Callable[[RecordChanges], Outcome]":
    return lambda changes: changes.add_file(record, path)


def view(board: "Board", file: RecordFile) -> None:
    if (mail := _of_mail(file)) is not None:
        attachments.view(board, *mail)
    elif file.type.startswith("text/") or PurePath(file.name).suffix.lower() in (".txt", ".csv", ".md", ".log"):
        from salesinbox.tui.screens.source import Source  # noqa: PLC0415 - loaded when it is first opened

        _name, data = board.records.file(file.id)
        text = data[:_SHOWN].decode("utf-8", "replace")
        does = {"save-file": lambda: save(board, file)}
        board.push_screen(Source(board, _title(file), text, does=does))
    else:
        sentence = _("This kind of file is not shown here. {save} saves it.")
        board.say(sentence.format(save=board.keys.label("record-save-file")))


def save(board: "Board", file: RecordFile) -> None:
    if (mail := _of_mail(file)) is not None:
        attachments.save(board, *mail)
        return

    def chosen(folder: Path) -> None:
        name, data = board.records.file(file.id)
        stem, dot, ending = name.rpartition(".")
        known = dot and stem and len(ending) < 12 and ending.isascii() and ending.isalnum()
        path = desktop.keep(folder, stem if known else name, f".{ending}" if known else "", data)
        tell(board, _("Saved: {path}").format(path=desktop.short(path)))

    ask_folder(board, _("Save {name} in").format(name=_title(file)), chosen)


def open_file(board: "Board", file: RecordFile) -> None:
    if (mail := _of_mail(file)) is not None:
        attachments.open_file(board, *mail)
    else:
        save(board, file)


def take_off(board: "Board", file: RecordFile) -> None:
    if _of_mail(file) is not None:
        board.say(_("This file belongs to a mail, and stays with it."))
        return
    text = _("{name}\nUndo brings it back.").format(name=_title(file))
    board.push_screen(
        Confirm(board, _("Take the file off the record?"), text, doing=_("take it off"),
                agreed=lambda: change(board, lambda changes: changes.remove_file(file.id)))
    )  # fmt: skip


DOES: dict[str, Callable[["Board", RecordFile], None]] = {
    "view": view, "save": save, "open": open_file, "take-off": take_off,
}  # fmt: skip


def _of_mail(file: RecordFile) -> tuple[ThreadMessage, Attachment] | None:
    """A part of a mail as the list of attachments has it; None for a file that is kept with the record."""
    message, colon, part = file.id.partition(":")
    if not colon:
        return None
    nobody = Address("", "")
    attachment = Attachment(file.name, file.type, file.size, part)
    mail = ThreadMessage(message, "", nobody, (), (), file.date, "", Flag.NONE, "", "", (attachment,),
                         body_here=True, mine=False)  # fmt: skip
    return mail, attachment


def _title(file: RecordFile) -> str:
    return safe(file.name, 200) or _("(no name)")
