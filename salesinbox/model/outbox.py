"""Mail on its way, and what became of it (SEND-5, SEND-6)."""

from dataclasses import dataclass

from salesinbox.model.mail import Delivery

# The way of a message to its recipients (SEND-6). UNKNOWN: it was given away whole, and no answer came.
PENDING, RUNNING, SENT, REFUSED, UNKNOWN, CANCELLED = "pending", "running", "sent", "refused", "unknown", "cancelled"


# The way of its copy to the folder of sent mail: a state apart (SEND-6). UNFILED: not sent yet.
UNFILED, FILING, FILED, NOT_FILED = "", "filing", "filed", "not-filed"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message on its way, and after it (SEND-6): sent, filed and linked are told apart.

    `id` is "o5". `asks`: its outcome is unknown, and it was looked for in vain, so the rep has to say. `due` is when
    it is sent, or tried again. `linked` names the records that the sent message belongs to, once it is here.
    `thread` ("t5") is where it lies then. `deliveries` is what bounces say of it (READ-8). `response_due` is when the
    rep is told that nobody answered, 0: never (ACT-6).
    """

    id: str
    account: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    state: str
    due: int
    created: int
    sent: int = 0
    error: str = ""
    asks: bool = False
    attempts: int = 0
    filed: str = UNFILED
    filed_error: str = ""
    linked: tuple[str, ...] = ()
    thread: str = ""
    deliveries: tuple[Delivery, ...] = ()
    draft: str = ""
    response_due: int = 0
    size: int = 0
    exit: int = 0
    """The exit code that a refusal, or an unknown outcome, stands for on the command line."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message was put into the outbox as `id` ("o5"). `text` is a sentence of what happens now; `due` when."""

    id: str
    message_id: str
    state: str
    due: int
    text: str
