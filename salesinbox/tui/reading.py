"""What the commands of the reading view do: each is about the message that is being read."""

from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.mail import ThreadMessage

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def quotes(board: "Board") -> None:
    board.reader.fold_quotes()


def links(board: "Board") -> None:
    message = _message(board)
    if message is None:
        return
    found = board.reader.document(message).links
    if not found:
        board.say(_("There are no links in this message."))
        return
    from salesinbox.tui.screens import links as screen  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(screen.links(board, found))


def attachments(board: "Board") -> None:
    message = _message(board)
    if message is None:
        return
    if not message.attachments:
        board.say(_("There are no attachments to this message."))
        return
    from salesinbox.tui.screens import attachments as screen  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(screen.attachments(board, message))


def invitation(board: "Board") -> None:
    message = _message(board)
    if message is None:
        return
    from salesinbox.tui.screens import invitation as screen  # noqa: PLC0415 - loaded when it is first opened

    found = board.reader.invitation(message)
    if found is None:
        board.say(_("There is no invitation in this message."))
    elif not board.invitations.may_answer(found):
        board.say(_("This invitation asks for no answer of yours."))
    else:
        board.push_screen(screen.answers(board, message, found))


def source(board: "Board") -> None:
    from salesinbox.tui.screens.source import show  # noqa: PLC0415 - loaded when it is first opened

    if (message := _message(board)) is not None:
        show(board, message)


def headers(board: "Board") -> None:
    from salesinbox.tui.screens.source import show_headers  # noqa: PLC0415 - loaded when it is first opened

    if (message := _message(board)) is not None:
        show_headers(board, message)


# --- what the footer names ------------------------------------------------------------------------------------------


def has_links(board: "Board") -> bool:
    message = _message(board)
    return message is not None and message.body_here and bool(board.reader.document(message).links)


def has_attachments(board: "Board") -> bool:
    message = _message(board)
    return message is not None and bool(message.attachments)


def may_answer(board: "Board") -> bool:
    message = _message(board)
    found = board.reader.invitation(message) if message is not None else None
    return found is not None and board.invitations.may_answer(found)


def _message(board: "Board") -> ThreadMessage | None:
    return board.reader.message if board.nav.opened is not None else None
