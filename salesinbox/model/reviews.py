"""What a rep is told before sending: who is meant, and what is odd (SEND-2, SEND-7)."""

from dataclasses import dataclass

from salesinbox.model.mail import Address

# What a review finds (SEND-7).
NO_RECIPIENT, BAD_ADDRESS, TOO_LARGE, NO_SENDER = "no-recipient", "bad-address", "too-large", "no-sender"


NO_SUBJECT, NO_TEXT, NO_ATTACHMENT, MANY, OUTSIDE, BOUNCED, OPTED_OUT, LOOK_ALIKE = (
    "no-subject", "no-text", "no-attachment", "many", "outside", "bounced", "opted-out", "look-alike",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that the rep should know before sending. `stops`: it cannot be sent like this."""

    kind: str
    text: str
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """A draft as it would be sent: to whom, how large, from whom, and what speaks against it."""

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    size: int
    warnings: tuple[Caution, ...]

    @property
    def stopped(self) -> bool:
        return any(warning.stops for warning in self.warnings)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A recipient that fits what is typed (SEND-2). `about` says who it is: a record's company, or how often used."""

    name: str
    address: str
    about: str = ""
    record: str = ""
    """The id of the record that it comes from, "" for one from mail alone."""
