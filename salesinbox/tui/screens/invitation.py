"""Answering an invitation: accept, tentative or decline, with a word if the rep wants (READ-6)."""

from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.invitations import ACCEPTED, DECLINED, TENTATIVE, Invitation
from salesinbox.model.mail import ThreadMessage
from salesinbox.tui.invitation_lines import title, when
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.question import Question

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def answers(board: "Board", message: ThreadMessage, invitation: Invitation) -> Picker:
    """The three answers; the one already given is marked."""
    said = board.invitations.answered(message.id)
    given = said[0] if said is not None else ""
    choices = [
        Choice(words, "✓" if answer == given else "", value=answer)
        for answer, words in (
            (ACCEPTED, _("Accept")), (TENTATIVE, _("Accept tentatively")), (DECLINED, _("Decline")),
        )
    ]  # fmt: skip

    def chosen(answer: str) -> None:
        board.push_screen(_comment(board, message, invitation, answer))

    return Picker(board, title(invitation), choices, chosen=chosen)


def _comment(board: "Board", message: ThreadMessage, invitation: Invitation, answer: str) -> Question:
    headings = {
        ACCEPTED: _("Accept, and say (may be left empty)"),
        TENTATIVE: _("Accept tentatively, and say (may be left empty)"),
        DECLINED: _("Decline, and say (may be left empty)"),
    }
    note = f"{title(invitation)} · {when(invitation, board.zone)}"

    def send(comment: str) -> None:
        board.in_thread(lambda: board.invitations.answer(message.id, answer, comment), lambda said: _done(board, said))

    return Question(board, headings[answer], send, doing=_("send"), note=note)


def _done(board: "Board", sentence: str) -> None:
    board.say(sentence)
    board.live.ask_push()
    board.nav.data_changed()
