"""The addresses that the rep writes from (SEND-3)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """An address that the rep may write from, with what goes below its mail (SEND-3)."""

    account: str
    name: str
    address: str
    signature: str = ""
    reply_to: str = ""
