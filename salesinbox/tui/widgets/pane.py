"""The side pane: what the CRM knows of who wrote the card under the cursor (REC-3). What matters most comes first."""

from collections.abc import Sequence

from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.pane import Pane
from salesinbox.tui.lines import Lines, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.widgets.pane_blocks import FULL, SHORT, SHORTEST, Block, Blocks, Limits
from salesinbox.tui.wording import Clock
from salesinbox.tui.wrapping import wrap

_SIDE_BY_SIDE, _IN_FOUR = 72, 132
"""Cells from which on the pane's parts lie beside each other instead of below; and in four columns."""


class RecordPane(Lines):
    """`pane` None: nothing is under the cursor."""

    def __init__(self, look: Look, clock: Clock) -> None:
        super().__init__(look, id="pane")
        self.clock = clock
        self.pane: Pane | None = None
        self.now = clock.now
        """When the pane was read, in seconds since 1970."""
        self.keys: Sequence[tuple[str, str]] = ()
        """Labels and titles of the keys that act on the customer, the one for all of it first."""

    def build(self, cells: int, rows: int) -> list[Strip]:
        text = self.look["text"]
        if cells >= _SIDE_BY_SIDE:
            return [strip([("─" * cells, self.look["rule"])], cells, text), *self._beside(cells, rows - 1)]
        lines: Block = []
        for limits in (FULL, SHORT, SHORTEST):
            lines = [self._kind(cells)]
            for block in self._stacked(cells - 2, limits):
                lines += [self._indented(line, cells) for line in block]
                lines.append(strip([], cells, text))
            if len(lines) - 1 <= rows:
                return lines[:rows]
        return self._cut(lines, cells, rows)

    def _cut(self, lines: Block, cells: int, rows: int) -> Block:
        if len(lines) - 1 > rows:
            return [*lines[: rows - 1], strip([(" …", self.look["dim"])], cells, self.look["text"])]
        return lines[:rows]

    def _indented(self, line: Strip, cells: int) -> Strip:
        text = self.look["text"]
        return Strip([*strip([(" ", text)], 1, text), *line, *strip([], cells - 1 - line.cell_length, text)], cells)

    # --- arrangement --------------------------------------------------------------------------------------------

    def _blocks(self, cells: int, limits: Limits) -> Blocks | None:
        if self.pane is None:
            return None
        return Blocks(self.pane, self.look, self.clock, cells, limits, self.now, self.keys)

    def _nothing(self, cells: int) -> Block:
        sentence = _("Move to a card to see who wrote it.")
        return [strip([(line, self.look["dim"])], cells, self.look["text"]) for line in wrap(sentence, max(cells, 8))]

    def _stacked(self, cells: int, limits: Limits) -> list[Block]:
        draw = self._blocks(cells, limits)
        if draw is None:
            return [self._nothing(cells)]
        blocks = [
            draw.person(), draw.contact(), draw.stranger(), draw.deals(), draw.tasks(), draw.cases(), draw.exchanges(),
            draw.notes(), draw.people(), draw.hints(),
        ]  # fmt: skip
        return [block for block in blocks if block]

    def _beside(self, cells: int, rows: int) -> Block:
        """The same parts in columns, for a pane that is wide and low."""
        text = self.look["text"]
        number = 4 if cells >= _IN_FOUR else 3
        each = cells // number
        gap = strip([(" ", text)], 1, text)
        columns = self._columns(each - 2, number, rows)
        lines = []
        for y in range(rows):
            segments = []
            for index, column in enumerate(columns):
                whole = cells - (number - 1) * each if index == number - 1 else each
                line = column[y] if y < len(column) else strip([], each - 2, text)
                segments += [*gap, *line, *strip([], whole - line.cell_length - 1, text)]
            lines.append(Strip(segments, cells))
        return lines

    def _columns(self, cells: int, number: int, rows: int) -> list[Block]:
        draw = self._blocks(cells, SHORT)
        if draw is None:
            return [self._nothing(cells), *([[]] * (number - 1))]
        who = [*draw.person(), *draw.contact()]
        hints = draw.hints()
        if hints:
            # The keys stand in the last row, whatever else there is.
            who = [*who[: rows - 1], *[strip([], cells, self.look["text"])] * (rows - 1 - len(who)), *hints]
        deals = _apart([draw.stranger(), draw.deals()], cells, self.look)
        ahead = [draw.tasks(), draw.cases()]
        past = [draw.exchanges(), draw.notes(), draw.people()]
        if number == 4:
            return [who, deals, _apart(ahead, cells, self.look), _apart(past, cells, self.look)]
        if any(ahead):
            # What is to be done is seen beside the deals only where these leave room; else it comes before what was.
            room = rows - len(deals) - 1
            below = _apart(ahead, cells, self.look)
            if len(below) <= room:
                return [who, _apart([deals, below], cells, self.look), _apart(past, cells, self.look)]
            return [who, deals, _apart([*ahead, *past], cells, self.look)]
        return [who, deals, _apart(past, cells, self.look)]

    def _kind(self, cells: int) -> Strip:
        kinds = {
            "contact": _("Contact"), "lead": _("Lead"), "colleague": _("Colleague"), "unknown": _("Not in CRM"),
        }  # fmt: skip
        head = self.look["head"]
        kind = kinds.get(self.pane.kind, "") if self.pane else _("Details")
        if self.pane and self.pane.also_lead:
            kind = _("{kind}, also a lead").format(kind=kind)
        return strip([(" " + kind, head)], cells, head)


def _apart(blocks: Sequence[Block], cells: int, look: Look) -> Block:
    """One below the other, with an empty line between them."""
    lines: Block = []
    for block in blocks:
        if block:
            lines += [*([strip([], cells, look["text"])] if lines else []), *block]
    return lines
