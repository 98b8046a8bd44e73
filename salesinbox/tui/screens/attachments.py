"""The attachments of a message: viewed, opened, saved (READ-5)."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import size
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.mail import Attachment, ThreadMessage
from salesinbox.model.text import safe
from salesinbox.services import desktop
from salesinbox.tui.navigation import FILES
from salesinbox.tui.screens.listing import Item, Listing
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.saving import ask_folder, tell
from salesinbox.tui.waiting import wait_for

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_PROGRAM_ENDINGS = (
    "app appimage apk appref-ms bash bat chm cmd com command cpl deb desktop dll dmg exe gadget hta inf ins iso img jar"
    " js jse jnlp lnk mde msc msi msix msp mst pif pkg ps1 py pyw reg rpm run scf scr sct sh url vb vbe vbs vhd vhdx ws"
    " wsc wsf wsh xll"
)
_MACRO_ENDINGS = "docm dotm xlsm xltm xlsb xlam pptm potm ppam ppsm sldm accdb mdb slk iqy one"
_PROGRAMS, _MACROS = frozenset(_PROGRAM_ENDINGS.split()), frozenset(_MACRO_ENDINGS.split())
_TEXTS = frozenset({
    "application/json", "application/xml", "application/csv", "application/x-yaml", "application/ics",
    "message/rfc822", "message/delivery-status", "message/disposition-notification",
})  # fmt: skip
_IMAGES = frozenset({"image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/bmp"})


def attachments(board: "Board", message: ThreadMessage) -> Listing:
    """The list: name, type and size; what is dangerous says so."""
    items = [
        Item(
            str(number),
            _title(attachment),
            f"{safe(attachment.type, 28)}  {size(attachment.size)}",
            (*((("warning", sentence),) if (sentence := danger(attachment)) else ()), ("text", _title(attachment))),
            attachment,
            "warning" if danger(attachment) else "text",
        )
        for number, attachment in enumerate(message.attachments, 1)
    ]
    return Listing(
        board, FILES, _("Attachments"), items,
        {
            "open": lambda one: view(board, message, one),
            "open-file": lambda one: open_file(board, message, one),
            "save-file": lambda one: save(board, message, one),
            "save-files": lambda _one: save_all(board, message),
        },
        enter=_("View"),
    )  # fmt: skip


def danger(attachment: Attachment) -> str:
    """Why a file should not be opened lightly; "" for one that only holds what is to be read."""
    ending = PurePath(safe(attachment.name).strip().rstrip(". ").lower()).suffix.removeprefix(".")
    if ending in _PROGRAMS:
        return _("! This is a program, or starts one. Do not open it unless you asked for it.")
    if ending in _MACROS:
        return _("! This document can carry a program (macros). Open it only if you expected it.")
    return ""


def view(board: "Board", message: ThreadMessage, attachment: Attachment) -> None:
    """Text in a sheet, an image in half blocks; of anything else, what can be done with it."""
    kind = attachment.type.lower()
    if kind.startswith("text/") or kind in _TEXTS:
        from salesinbox.tui.screens.source import Source  # noqa: PLC0415 - loaded when it is first opened

        def shown(text: str) -> None:
            does = {"save-file": lambda: save(board, message, attachment)}
            board.push_screen(Source(board, _title(attachment), text, does=does))

        wait_for(
            board,
            _fetching(attachment),
            lambda stopped: board.content.view(message.id, attachment.part, stopped=stopped.is_set),
            shown,
        )
    elif kind in _IMAGES and board.no_color:
        board.say(_("An image needs colours, and this terminal shows none."))
    elif kind in _IMAGES:
        from salesinbox.tui.screens.image import Image, room  # noqa: PLC0415 - the same

        def drawn(rows: Sequence[Sequence[tuple[int, int, int]]]) -> None:
            board.push_screen(Image(board, _title(attachment), rows))

        cells, points = room(board)
        wait_for(
            board,
            _fetching(attachment),
            lambda stopped: board.content.image(message.id, attachment.part, cells, points, stopped=stopped.is_set),
            drawn,
        )
    else:
        sentence = _("This kind of file is not shown here. {open} opens it, {save} saves it.")
        board.say(sentence.format(open=board.keys.label("open-file"), save=board.keys.label("save-file")))


def open_file(board: "Board", message: ThreadMessage, attachment: Attachment) -> None:
    """With the desktop's program, after one more question for a program; over SSH it is said why not."""
    if reason := desktop.absent():
        board.say(reason)
    elif sentence := danger(attachment):
        board.push_screen(_sure(board, message, attachment, sentence))
    else:
        _open(board, message, attachment)


def save(board: "Board", message: ThreadMessage, attachment: Attachment) -> None:
    ask_folder(
        board, _("Save {name} in").format(name=_title(attachment)),
        lambda folder: wait_for(
            board, _fetching(attachment),
            lambda stopped: board.content.save(message.id, attachment.part, folder, stopped=stopped.is_set),
            lambda path: tell(board, _("Saved: {path}").format(path=desktop.short(path))),
        ),
    )  # fmt: skip


def save_all(board: "Board", message: ThreadMessage) -> None:
    # Images within the text are not what is meant by attachments, unless there is nothing else.
    meant = [attachment for attachment in message.attachments if not attachment.inline] or message.attachments
    number = len(meant)

    def saved(paths: list[Path]) -> None:
        names = ", ".join(safe(path.name, 60) for path in paths[:10])
        sentence = ngettext("{n} file saved in {folder}: {names}", "{n} files saved in {folder}: {names}", len(paths))
        folder = desktop.short(paths[0].parent) if paths else ""
        tell(board, sentence.format(n=len(paths), folder=folder, names=names))

    heading = ngettext("Save {n} attachment in", "Save {n} attachments in", number).format(n=number)
    total = sum(attachment.size for attachment in meant)
    ask_folder(
        board, heading,
        lambda folder: wait_for(
            board, _("Fetching the attachments ({size})…").format(size=size(total)),
            lambda stopped: board.content.save_all(message.id, folder, stopped=stopped.is_set), saved,
        ),
    )  # fmt: skip


def _open(board: "Board", message: ThreadMessage, attachment: Attachment) -> None:
    wait_for(
        board, _fetching(attachment),
        lambda stopped: board.content.open_with_system(message.id, attachment.part, stopped=stopped.is_set),
        lambda _path: board.say(_("Opened: {name}").format(name=_title(attachment))),
    )  # fmt: skip


def _sure(board: "Board", message: ThreadMessage, attachment: Attachment, sentence: str) -> Picker:
    choices = [
        Choice(_("Leave it"), detail=sentence, value=False),
        Choice(_("Open it all the same"), detail=_title(attachment), value=True),
    ]

    def chosen(sure: bool) -> None:
        if sure:
            _open(board, message, attachment)

    return Picker(board, _("This file can do harm"), choices, chosen=chosen)


def _title(attachment: Attachment) -> str:
    return safe(attachment.name, 200) or _("(no name)")


def _fetching(attachment: Attachment) -> str:
    return _("Fetching {name} ({size})…").format(name=_title(attachment), size=size(attachment.size))
