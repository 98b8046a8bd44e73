"""The side pane: what the CRM knows of who wrote the card under the cursor (REC-3)."""

from rich.style import Style
from textual.strip import Strip

from salesinbox.locale.texts import _, ngettext
from salesinbox.model.pane import Pane
from salesinbox.model.records import OPEN, WON, Deal
from salesinbox.model.text import safe
from salesinbox.tui.lines import Lines, ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock, money, subject
from salesinbox.tui.wrapping import wrap

_SIDE_BY_SIDE = 72
"""Cells from which on the pane's parts lie beside each other instead of below."""
Part = tuple[str, Style]
Block = list[Strip]


class RecordPane(Lines):
    """`pane` None: nothing is under the cursor."""

    def __init__(self, look: Look, clock: Clock) -> None:
        super().__init__(look, id="pane")
        self.clock = clock
        self.pane: Pane | None = None

    def build(self, cells: int, rows: int) -> list[Strip]:
        text = self.look["text"]
        if cells >= _SIDE_BY_SIDE:
            return [strip([("─" * cells, self.look["rule"])], cells, text), *self._beside(cells, rows - 1)]
        lines: Block = [self._kind(cells)]
        for block in self._blocks(cells - 2):
            lines += [Strip([*strip([(" ", text)], 1, text), *line, *strip([], 1, text)], cells) for line in block]
            lines.append(strip([], cells, text))
        return self._cut(lines, cells, rows)

    def _cut(self, lines: Block, cells: int, rows: int) -> Block:
        if len(lines) - 1 > rows:
            return [*lines[: rows - 1], strip([(" …", self.look["dim"])], cells, self.look["text"])]
        return lines[:rows]

    def _beside(self, cells: int, rows: int) -> Block:
        """The same parts in three columns, for a pane that is wide and low."""
        text = self.look["text"]
        each = cells // 3
        blocks = self._blocks(each - 2)
        person, others = blocks[:2], blocks[2:]
        columns: list[Block] = [[line for block in person for line in block]]
        columns.append(list(others[0]) if others else [])
        columns.append([line for block in others[1:] for line in [*block, strip([], each - 2, text)]])
        gap = strip([(" ", text)], 1, text)
        lines = []
        for y in range(rows):
            segments = []
            for index, column in enumerate(columns):
                inner = cells - 2 * each if index == 2 else each
                line = column[y] if y < len(column) else strip([], each - 2, text)
                segments += [*gap, *line, *strip([], inner - (each - 2) - 1, text)]
            lines.append(Strip(segments, cells))
        return lines

    # --- parts --------------------------------------------------------------------------------------------------

    def _blocks(self, cells: int) -> list[Block]:
        pane = self.pane
        if pane is None:
            return [self._words(_("Move to a card to see who wrote it."), cells)]
        blocks = [self._person(pane, cells), self._contact(pane, cells)]
        if pane.warning:
            blocks[0] += self._words(
                _("! The sender could not be verified: this mail may not come from its From address."),
                cells, self.look["warning"])  # fmt: skip
        if pane.kind == "unknown":
            blocks.append(self._unknown(cells))
        if pane.deals or pane.kind == "contact":
            blocks.append(self._deals(pane, cells))
        if pane.exchanges or pane.mails:
            blocks.append(self._exchanges(pane, cells))
        if pane.company_people:
            blocks.append(self._people(pane, cells))
        return [block for block in blocks if block]

    def _kind(self, cells: int) -> Strip:
        kinds = {
            "contact": _("Contact"), "lead": _("Lead"), "colleague": _("Colleague"), "unknown": _("Not in CRM"),
        }  # fmt: skip
        head = self.look["head"]
        kind = kinds.get(self.pane.kind, "") if self.pane else _("Details")
        if self.pane and self.pane.also_lead:
            kind = _("{kind}, also a lead").format(kind=kind)
        return strip([(" " + kind, head)], cells, head)

    def _person(self, pane: Pane, cells: int) -> Block:
        text, dim = self.look["text"], self.look["dim"]
        name = safe(pane.name or pane.address, 200)
        block = [strip([(line, self.look["person"])], cells, text) for line in wrap(name, cells)[:2]]
        work = "  ".join(part for part in (safe(pane.company, 120), safe(pane.title, 80)) if part)
        if work:
            block += [strip([(line, text)], cells, text) for line in wrap(work, cells)[:3]]
        if pane.source:
            block.append(strip([(_("from {source}").format(source=safe(pane.source, 80)), dim)], cells, text))
        return block

    def _contact(self, pane: Pane, cells: int) -> Block:
        text, dim = self.look["text"], self.look["dim"]
        lines = [(safe(pane.address, 200), text)] if pane.name else []
        lines += [(safe(address, 200), dim) for address in pane.other_addresses[:3]]
        if pane.phone:
            lines.append((safe(pane.phone, 60), text))
        if pane.also_lead:
            lines.append((_("Lead: {name}").format(name=safe(pane.also_lead, 120)), dim))
        return [strip([part], cells, text) for part in lines]

    def _deals(self, pane: Pane, cells: int) -> Block:
        text, dim = self.look["text"], self.look["dim"]
        block = [self._heading(_("Deals"), cells)]
        if not pane.deals:
            return [*block, strip([(_("No deals yet"), dim)], cells, text)]
        for deal in pane.deals[:4]:
            mark = "● " if deal.id == pane.linked_deal else "  "
            style = text if deal.stage_state == OPEN else dim
            amount = money(deal.amount, deal.currency)
            end: list[Part] = (
                [(" " + amount, self.look["money"] if deal.stage_state == OPEN else dim)] if amount else []
            )
            block.append(ends([(mark, self.look["mark"]), (safe(deal.name, 200), style)], end, cells, text))
            block.append(strip(self._stage(deal, linked=deal.id == pane.linked_deal), cells, text))
        if len(pane.deals) > 4:
            block.append(strip([("  " + _("and {n} more").format(n=len(pane.deals) - 4), dim)], cells, text))
        return block

    def _stage(self, deal: Deal, *, linked: bool) -> list[Part]:
        dim = self.look["dim"]
        state = "" if deal.stage_state == OPEN else "✓ " if deal.stage_state == WON else "✗ "
        parts: list[Part] = [("  " + state, dim)]
        parts.append((safe(deal.stage, 60), self.look["stage"] if deal.stage_state == OPEN else dim))
        if deal.closing:
            day = self.clock.closing(deal.closing)
            words = _("closes {day}") if deal.stage_state == OPEN else _("closed {day}")
            parts.append((" · " + words.format(day=day), dim))
        if linked:
            parts.append((" · " + _("linked"), self.look["mark"]))
        return parts

    def _exchanges(self, pane: Pane, cells: int) -> Block:
        text, dim = self.look["text"], self.look["dim"]
        count = ngettext("{n} mail", "{n} mails", pane.mails).format(n=f"{pane.mails:,}")
        block = [ends([(_("Last mail"), self.look["heading"])], [(count, dim)] if pane.mails else [], cells, text)]
        for exchange in pane.exchanges[:6]:
            time = self.clock.brief(exchange.date)
            arrow = ("→ ", self.look["own"]) if exchange.mine else ("← ", dim)
            block.append(ends([arrow, (subject(exchange.subject), text)], [(" " + time, dim)], cells, text))
        return block

    def _people(self, pane: Pane, cells: int) -> Block:
        text = self.look["text"]
        names = ", ".join(safe(name, 80) for name in pane.company_people[:8])
        return [self._heading(_("Also at the company"), cells),
                *(strip([(line, text)], cells, text) for line in wrap(names, cells)[:3])]  # fmt: skip

    def _unknown(self, cells: int) -> Block:
        return self._words(_("Nobody in the CRM has this address."), cells, self.look["dim"])

    def _heading(self, title: str, cells: int) -> Strip:
        return strip([(title, self.look["heading"])], cells, self.look["text"])

    def _words(self, sentence: str, cells: int, style: Style | None = None) -> Block:
        style = style or self.look["dim"]
        return [strip([(line, style)], cells, self.look["text"]) for line in wrap(sentence, max(cells, 8))]
