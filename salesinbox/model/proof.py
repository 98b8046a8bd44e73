"""What was found when somebody looked whether an account really keeps nothing here (ACC-3)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Something of a message that lies on this machine: `what` it is, and where (a file, or a table's column)."""

    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Proof:
    """`messages` of the account are known here by id, From address and received time. `files` were read whole.

    `strings` of `asked` messages, as the server has them, were looked for in every byte of them.
    """

    account: str
    messages: int
    files: tuple[tuple[str, int], ...]
    asked: int
    strings: int
    found: tuple[Found, ...]
    drafts: int = 0
    """The rep's own drafts and unsent mail, which are no mail of the server's."""

    @property
    def ok(self) -> bool:
        return not self.found
