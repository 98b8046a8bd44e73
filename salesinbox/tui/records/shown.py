"""What the rep looks at in the lists of records: it stays as it was when a list is opened again.

Columns and order are kept across starts, too.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from salesinbox.model import records as kinds
from salesinbox.model.operations import Outcome

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
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
    recalled: set[str] = field(default_factory=set)
    """Kinds whose arrangement was read."""

    @classmethod
    def of(cls, board: "Board", kind: str = "") -> "Shown":
        shown = _LOOKED_AT.setdefault(board, cls())
        if kind and kind != shown.kind:
            shown.kind = kind
            shown.marked.clear()
        return shown

    def recall(self, board: "Board") -> None:
        """The columns and the order that the rep chose for this kind earlier, but for fields that are gone."""
        kind = self.kind
        if kind in self.recalled:
            return
        self.recalled.add(kind)
        kept = board.records.remembered(kind)
        known = {one.name for one in board.records.all_fields(kind)}
        if columns := [name for name in kept.columns if name in known]:
            self.columns[kind] = columns
        if kept.sort in known | {"name", "changed", "created"}:
            self.sorts[kind] = (kept.sort, kept.falling)

    def keep(self, board: "Board") -> None:
        """Keep the columns and the order of this kind for later runs."""
        kind = self.kind
        columns = list(self.columns.get(kind, ()))
        sort, falling = self.sorts.get(kind, ("", False))

        def write(actions: "ActionService") -> Outcome:
            from salesinbox.services.record_lists import remember  # noqa: PLC0415 - needed when something is chosen

            return remember(actions.writer, kind, columns, sort, falling=falling)

        board.hand.do(write, lambda _outcome: None, quiet=True)

    @property
    def query(self) -> str:
        return self.queries.get(self.kind, "")

    @property
    def sort(self) -> tuple[str, bool]:
        return self.sorts.get(self.kind, _SORTS.get(self.kind, ("name", False)))
