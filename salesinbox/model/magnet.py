"""An entry of the magnet: a customer who waits for an answer (MAG)."""

from dataclasses import dataclass

from salesinbox.model.board import Card


@dataclass(frozen=True, slots=True)
class MagnetEntry:
    """`waiting_since` in seconds since 1970; `reason` in words: who it is and how the mail reached the rep.

    `did`: what the rep has done about it so far, in words.
    """

    card: Card
    waiting_since: int
    reason: str
    did: tuple[str, ...] = ()
