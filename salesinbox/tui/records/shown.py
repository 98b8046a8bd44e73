"""What the rep looks at in the lists of records: it stays as it was when a list is opened again."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from salesinbox.model import records as kinds

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_SORTS = {
    kinds.TASK: ("due", False), kinds.EVENT: ("start", True), kinds.CALL: ("start", True),
    kinds.NOTE: ("changed", True), kinds.CASE: ("changed", True),
}  # fmt: skip
"""How a list is sorted as it comes, where that is not by name."""

_LOOKED_AT: "WeakKeyDictionary[Board, Shown]" = WeakKeyDictionary()


@dataclass
class Shown:
    """What the rep looks at in the lists; it lasts as long as the program runs."""

    kind: str = kinds.CONTACT
    queries: dict[str, str] = field(default_factory=dict)
    sorts: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """For each kind the field that it is sorted by, and whether falling."""
    columns: dict[str, list[str]] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    """Ids of the records that had the cursor."""
    marked: dict[str, None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, board: "Board", kind: str = "") -> "Shown":
        shown = _LOOKED_AT.setdefault(board, cls())
        if kind and kind != shown.kind:
            shown.kind = kind
            shown.marked.clear()
        return shown

    @property
    def query(self) -> str:
        return self.queries.get(self.kind, "")

    @property
    def sort(self) -> tuple[str, bool]:
        return self.sorts.get(self.kind, _SORTS.get(self.kind, ("name", False)))
