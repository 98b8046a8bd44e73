"""Who the card at hand is from, and what of theirs a record can be about."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesinbox.model.board import Card
from salesinbox.model.text import clip, safe

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_NAME = 40


@dataclass(frozen=True, slots=True)
class AtHand:
    """`record` is the person's id, "" for a stranger; `kind` as in the pane; `message` is the mail at hand, or ""."""

    card: Card
    record: str
    kind: str
    name: str
    address: str
    message: str

    @property
    def about(self) -> tuple[str, ...]:
        """What something that is added now belongs to: the person, and the deal of the thread."""
        deal = self.card.deal.id if self.card.deal is not None else ""
        return tuple(record for record in (self.record, deal) if record)

    @property
    def named(self) -> str:
        """The same in words."""
        deal = safe(self.card.deal.name, 120) if self.card.deal is not None else ""
        return " · ".join(clip(name, _NAME) for name in (self.name, deal) if name)


def at_hand(board: "Board") -> AtHand | None:
    """What commands about the customer are about; read anew, for the pane follows a moment later."""
    card = board.nav.current
    if card is None:
        return None
    pane = board.records.pane(card.id)
    name = safe(pane.name or pane.address, 120)
    return AtHand(card, pane.record_id, pane.kind, name, pane.address, message_at_hand(board, card))


def message_at_hand(board: "Board", card: Card) -> str:
    """The message that is read; on the board the newest one that the rep did not write."""
    if board.nav.opened is not None:
        message = board.reader.message
        return message.id if message is not None else ""
    messages = board.mail.thread(card.id)
    theirs = [message for message in messages if not message.mine] or messages
    return theirs[-1].id if theirs else ""
