"""What commands do that begin a message, and those of the screen in which it is written (SEND-1)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model import drafts
from salesinbox.model.drafts import Draft
from salesinbox.model.mail import ThreadMessage
from salesinbox.tui import actions
from salesinbox.tui.navigation import BOARD, COMPOSE

if TYPE_CHECKING:
    from salesinbox.tui.app import Board
    from salesinbox.tui.compose.screen import ComposeScreen

DRAFTS = "drafts"
"""The view of drafts, and the role of the folders that it shows."""


# --- beginning ------------------------------------------------------------------------------------------------------


def compose(board: "Board") -> None:
    if _may_send(board):
        open_draft(board, board.later.writing.begin(drafts.NEW), fresh=True)


def reply(board: "Board") -> None:
    _answer(board, drafts.REPLY)


def reply_all(board: "Board") -> None:
    _answer(board, drafts.REPLY_ALL)


def forward(board: "Board") -> None:
    message = _message(board)
    if message is not None and not message.attachments and message.body_here:
        _begin(board, drafts.FORWARD, message)
    else:
        _fetch(board, drafts.FORWARD, message)


def forward_attached(board: "Board") -> None:
    _fetch(board, drafts.FORWARD_ATTACHED, _message(board))


def redirect(board: "Board") -> None:
    _fetch(board, drafts.REDIRECT, _message(board))


def edit_as_new(board: "Board") -> None:
    """A new message with what is in the one at the cursor; a draft is gone on with."""
    message = _message(board)
    if message is None or not _may_send(board):
        return
    if board.later.writing.is_draft(message.id):
        resume_message(board, message.id)
    else:
        _fetch(board, drafts.EDIT, message)


def open_card(board: "Board") -> None:
    """Read the thread under the cursor; in the view of drafts, go on writing it."""
    card = board.nav.card
    if board.nav.mode == BOARD and card is not None and _shows_drafts(board):
        messages = board.mail.thread(card.id)
        if messages and board.later.writing.is_draft(messages[-1].id):
            if _may_send(board):
                resume_message(board, messages[-1].id)
            return
    actions.open_card(board)


def resume_message(board: "Board", message_id: str) -> None:
    """Go on with a draft that lies in a folder of drafts: at once where it is kept here, else it is fetched."""
    from salesinbox.tui.waiting import wait_for  # noqa: PLC0415 - loaded when it is first needed

    writing = board.later.writing
    here = writing.draft_of(message_id)
    if here:
        resume(board, here)
        return
    wait_for(
        board,
        _("Fetching the draft…"),
        lambda stopped: writing.resume(message_id, stopped=stopped.is_set),
        lambda draft: open_draft(board, draft),
    )


def resume(board: "Board", draft_id: str) -> None:
    """Go on with a draft that is kept here ("d5")."""
    open_draft(board, board.later.writing.kept(draft_id))


def open_draft(board: "Board", draft: Draft, *, fresh: bool = False) -> None:
    """Open the screen for a draft. `fresh`: it was begun just now, so it goes if nothing is done with it."""
    from salesinbox.tui.compose.screen import ComposeScreen  # noqa: PLC0415 - the board is painted without writing

    board.push_screen(ComposeScreen(board, draft, fresh=fresh))


def _answer(board: "Board", kind: str) -> None:
    """About the message that is read; on the board, about the newest one that the rep did not write."""
    message = _message(board, of_others=True)
    if message is not None:
        _begin(board, kind, message)


def _begin(board: "Board", kind: str, message: ThreadMessage) -> None:
    if _may_send(board):
        open_draft(board, board.later.writing.begin(kind, message.id), fresh=True)


def _fetch(board: "Board", kind: str, message: ThreadMessage | None) -> None:
    """Begin with what only the server may have; Esc lets it be."""
    from salesinbox.tui.waiting import wait_for  # noqa: PLC0415 - loaded when it is first needed

    if message is None or not _may_send(board):
        return
    wait_for(
        board,
        _("Fetching the message…"),
        lambda stopped: board.later.writing.begin(kind, message.id, stopped=stopped.is_set),
        lambda draft: open_draft(board, draft, fresh=True),
    )


def _message(board: "Board", *, of_others: bool = False) -> ThreadMessage | None:
    """The message that a command is about. On the board the newest one, `of_others` if there is one of them."""
    if board.nav.opened is not None:
        return board.reader.message
    card = board.nav.card
    messages = board.mail.thread(card.id) if card is not None else []
    if of_others:
        messages = [message for message in messages if not message.mine] or messages
    return messages[-1] if messages else None


def _shows_drafts(board: "Board") -> bool:
    view = board.nav.view
    if not view.startswith("folder "):
        return view == DRAFTS
    here = "f" + view.removeprefix("folder ")
    return any(folder.id == here and folder.role == DRAFTS for folder in board.later.actions.folders())


def _may_send(board: "Board") -> bool:
    """Whether any account can send; else it is said what is missing."""
    if board.later.writing.identities():
        return True
    from salesinbox.tui.compose.unable import how_to_send  # noqa: PLC0415 - loaded when it is first opened

    board.push_screen(how_to_send(board))
    return False


# --- while writing --------------------------------------------------------------------------------------------------


def is_open(board: "Board") -> bool:
    """Whether a message is being written."""
    return any(getattr(screen, "mode", "") == COMPOSE for screen in board.screen_stack)


def _does(deed: "Callable[[ComposeScreen], object]") -> "Callable[[Board], None]":
    """A command of the screen in which a message is written."""

    def act(board: "Board") -> None:
        from salesinbox.tui.compose.screen import ComposeScreen  # noqa: PLC0415 - it is open, so it is loaded

        screen = next((screen for screen in reversed(board.screen_stack) if isinstance(screen, ComposeScreen)), None)
        if screen is not None:
            deed(screen)

    return act


send = _does(lambda screen: screen.ending.send())
keep_draft = _does(lambda screen: screen.ending.keep())
discard = _does(lambda screen: screen.ending.discard())
send_later = _does(lambda screen: screen.choosing.ask_time())
attach = _does(lambda screen: screen.choosing.attach())
attach_message = _does(lambda screen: screen.choosing.attach_message())
attach_record_file = _does(lambda screen: screen.choosing.attach_record_file())
choose_record = _does(lambda screen: screen.choosing.choose_record())
ask_response = _does(lambda screen: screen.choosing.ask_response())
markdown = _does(lambda screen: screen.choosing.toggle_markdown())
choose_identity = _does(lambda screen: screen.choosing.choose_identity())
edit_outside = _does(lambda screen: screen.edit_outside())
show_bcc = _does(lambda screen: screen.show_bcc())
rewrap = _does(lambda screen: screen.rewrap())
delete_quotation = _does(lambda screen: screen.delete_quotation())
