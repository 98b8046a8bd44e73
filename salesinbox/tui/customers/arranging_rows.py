"""The list of filters, columns and views, as lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style
from textual.strip import Strip

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.text import clip, safe
from salesinbox.tui.customers import filter_actions
from salesinbox.tui.customers.arranging_form import COLUMN, FILTER, VIEW, Arranged
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.screens.overlay import Framed
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Heading:
    """`kind` is what stands below it; `empty` is said where nothing does."""

    kind: str
    words: str
    empty: str = ""


Row = Heading | Arranged


class Arrangement(Framed):
    def __init__(self, board: "Board") -> None:
        super().__init__(board.look)
        self.board = board
        self.heading = _("Filters, columns and views of your own")
        self.rows: list[Row] = []
        self.counts: Mapping[tuple[str, str], int] = {}
        self.cursor = self.top = 0
        self.page = 1
        keys = board.keys
        words = [
            (keys.label("arrange-new"), _("new")), (keys.label("open"), _("edit")),
            (keys.label("arrange-enable"), _("on/off")),
            (f"{keys.label('arrange-down')} {keys.label('arrange-up')}", _("order")),
            (keys.label("arrange-run"), _("run")), (keys.label("arrange-delete"), _("delete")),
            (keys.label("arrange-undo"), _("undo")), (keys.label("back"), _("back")),
        ]  # fmt: skip
        self.hint = "  ".join(f"{key} {word}" for key, word in words if key.strip())

    @property
    def here(self) -> Arranged | None:
        """What the cursor is on."""
        row = self.rows[self.cursor] if self.cursor < len(self.rows) else None
        return row if isinstance(row, Arranged) else None

    @property
    def kind(self) -> str:
        """The part that the cursor is in."""
        above = (row.kind for row in reversed(self.rows[: self.cursor + 1]))
        return next(above, FILTER)

    def ids(self, kind: str) -> list[str]:
        return [row.id for row in self.rows if isinstance(row, Arranged) and row.kind == kind]

    def take(
        self,
        filters: Sequence[Arranged],
        columns: Sequence[Arranged],
        views: Sequence[Arranged],
        counts: Mapping[tuple[str, str], int],
    ) -> None:
        """Show these; the cursor keeps what it is on. `counts`: threads by (kind, id), where they are known."""
        before, place = self.here, self.cursor
        key = self.board.keys.label("arrange-new")
        parts = (
            (FILTER, _("Filters, in the order in which they run"), filters,
             _("No filter yet. {key} makes one: it moves, labels or flags mail as it comes.")),
            (COLUMN, _("Columns"), columns,
             _("No column of your own yet. {key} makes one: the first whose query fits takes a thread.")),
            (VIEW, _("Views"), views, _("No view of your own yet. {key} makes one, as saving a search does.")),
        )  # fmt: skip
        self.rows, self.counts = [], counts
        for kind, words, members, empty in parts:
            self.rows += [Heading(kind, words, "" if members else empty.format(key=key)), *members]
        known = (before.kind, before.id) if before is not None else None
        places = self._places()
        same = (n for n in places if isinstance(row := self.rows[n], Arranged) and (row.kind, row.id) == known)
        self.cursor = next(same, next((n for n in reversed(places) if n <= place), places[0] if places else 0))

    def _places(self) -> list[int]:
        return [n for n, row in enumerate(self.rows) if isinstance(row, Arranged)]

    def step(self, steps: int) -> None:
        places = self._places()
        if places:
            here = places.index(self.cursor) if self.cursor in places else 0
            self.cursor = places[max(0, min(here + steps, len(places) - 1))]
            self.changed()

    def point(self, y: int) -> None:
        """A line was clicked, counted from the first."""
        place = self._at[y] if 0 <= y < len(self._at) else -1
        if place in self._places():
            self.cursor = place
            self.changed()

    # --- drawing ------------------------------------------------------------------------------------------------

    _at: Sequence[int] = ()
    """Which row each line shows."""

    def inside(self, cells: int, rows: int) -> list[Strip]:
        self.page = rows
        lines: list[Strip] = []
        at: list[int] = []
        for place, row in enumerate(self.rows):
            drawn = self._headed(row, cells) if isinstance(row, Heading) else [self._row(row, place, cells)]
            lines += drawn
            at += [place] * len(drawn)
        cursor = at.index(self.cursor) if self.cursor in at else 0
        # At the top of the list its first heading is seen, too.
        first = 0 if cursor < rows else cursor
        self.top = max(0, min(self.top, first, len(lines) - rows), cursor - rows + 1)
        self._at = at[self.top : self.top + rows]
        return lines[self.top : self.top + rows]

    def _headed(self, heading: Heading, cells: int) -> list[Strip]:
        text = self.look["text"]
        lines = [] if heading.kind == FILTER else [strip([], cells, text)]
        lines.append(strip([(heading.words, self.look["heading"])], cells, text))
        if heading.empty:
            lines += [strip([("  " + line, self.look["dim"])], cells, text) for line in wrap(heading.empty, cells - 2)]
        return lines

    def _row(self, what: Arranged, place: int, cells: int) -> Strip:
        here = place == self.cursor
        ground = self.look["selected"] if here else self.look["text"]
        dim = ground if here else self.look["dim"]
        name = ground if here or what.enabled else self.look["dim"]
        mark = ("✓ " if what.enabled else "– ") if what.kind == FILTER else ""
        start: list[Part] = [
            ("▌ " if here else "  ", self.look["cursor"]), (mark, dim),
            (clip(safe(what.name), 36) + "  ", name), (clip(safe(what.query), _LONGEST), dim),
        ]  # fmt: skip
        end = dim if not what.problem or here else self.look["warning"]
        return ends(start, [(f"  {clip(self._end(what), max(cells // 2, 8))} ", end)], cells, ground)

    def _end(self, what: Arranged) -> str:
        """What follows from it: what is done, or how much is there; first of all what is wrong."""
        if what.problem:
            return f"! {safe(what.problem)}"
        count = self.counts.get((what.kind, what.id))
        found = "" if count is None else ngettext("{n} thread", "{n} threads", count).format(n=number(count))
        if what.kind != FILTER:
            return found
        words = " → ".join(filter_actions.words(self.board, action) for action in what.actions)
        words = words if what.enabled else _("off: {actions}").format(actions=words)
        return "  ".join(part for part in (words, found) if part)
