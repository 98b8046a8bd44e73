"""What a server says in passing, while another command runs or while nothing runs at all."""

from salesinbox.providers.imap.fetch import is_fetch
from salesinbox.providers.imap.folders import decoded
from salesinbox.providers.imap.select import counted, status, vanished
from salesinbox.providers.imap.wire import Answer

_LEAP = 100_000
"""New messages at once, over which sequence numbers are no longer followed."""


class Passing:
    """The open folder as far as it is known, and the folders in which something happened since a look."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.exists = 0
        self.gone: list[tuple[int, int]] = []
        self.happened: set[str] = set()
        self._sequence: list[int] | None = None

    def opened(self, folder: str, exists: int) -> None:
        """Another folder is open now, or the same one anew: its own news were told by opening it."""
        self.folder, self.exists = folder, exists
        self.gone = []
        self._sequence = None

    def closed(self) -> None:
        self.folder, self.exists = None, 0
        self.gone = []
        self._sequence = None

    def all_uids(self, uids: list[int]) -> None:
        """From now on sequence numbers can be turned into UIDs, if these are really all."""
        self._sequence = list(uids) if len(uids) == self.exists else None

    def touched(self) -> None:
        """Something happened in the open folder."""
        if self.folder is not None:
            self.happened.add(self.folder)

    def note(self, answer: Answer, *, waiting: bool = False) -> None:
        """Remember what an answer means. `waiting`: no command runs that asked for FETCH answers.

        While no folder is followed, only what is said of others counts. Raises NonsenseError.
        """
        line = answer[0]
        if line[:9].upper() == b"* STATUS ":
            self._elsewhere(answer)
        elif self.folder is None:
            return
        elif is_fetch(answer):
            if waiting:
                self.touched()
        elif told := counted(answer):
            self._counted(*told)
        elif line[:11].upper() == b"* VANISHED ":
            told_gone = vanished(answer)
            if told_gone and not told_gone[1]:
                self.gone += told_gone[0]
                self.exists = max(0, self.exists - sum(high - low + 1 for low, high in told_gone[0]))
                self._sequence = None
                self.touched()

    def _elsewhere(self, answer: Answer) -> None:
        """Nobody asked: NOTIFY tells of a folder that is not open (RFC 5465 §5.1)."""
        if told := status(answer):
            name = told[0]
            self.happened.add("INBOX" if name.upper() == b"INBOX" else decoded(name))

    def _counted(self, count: int, what: bytes) -> None:
        known = self._sequence
        if what == b"EXPUNGE":
            self.exists = max(0, self.exists - 1)
            if known is not None and 0 < count <= len(known):
                uid = known.pop(count - 1)
                if uid:
                    self.gone.append((uid, uid))
            self.touched()
        elif count != self.exists:
            self.exists = count
            if known is not None and len(known) <= count < len(known) + _LEAP:
                # The new ones' UIDs are not known yet: 0.
                known.extend([0] * (count - len(known)))
            else:
                self._sequence = None
            self.touched()
