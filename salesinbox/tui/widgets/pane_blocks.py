"""The parts of the side pane as blocks of lines: the person, deals, what is to be done, what was (REC-3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from textual.strip import Strip

from salesinbox.locale.texts import _, ngettext
from salesinbox.model.links import CHOSEN, GUESS
from salesinbox.model.pane import Pane
from salesinbox.model.records import EVENT, OPEN, WON, Deal, Item
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.customers import agenda_rows
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock, money, subject, waited
from salesinbox.tui.wrapping import wrap

Part = tuple[str, Style]
Block = list[Strip]
_LONG = 4 * 3600
"""Seconds after which waiting is long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many of each are shown, by how much room there is."""

    deals: int
    tasks: int
    events: int
    cases: int
    exchanges: int
    notes: int
    people: int
    """Lines of names."""


FULL = Limits(deals=4, tasks=4, events=3, cases=3, exchanges=6, notes=3, people=3)
SHORT = Limits(deals=3, tasks=3, events=2, cases=2, exchanges=3, notes=1, people=1)
SHORTEST = Limits(deals=2, tasks=2, events=1, cases=1, exchanges=2, notes=1, people=1)


class Blocks:
    """Draws each part in `cells` cells. `now`: seconds since 1970; `keys`: label and title of what keys do here."""

    def __init__(
        self, pane: Pane, look: Look, clock: Clock, cells: int, limits: Limits, now: float,
        keys: Sequence[tuple[str, str]],
    ) -> None:  # fmt: skip
        self.pane, self.look, self.clock, self.cells, self.limits = pane, look, clock, max(cells, 8), limits
        self.now, self.keys = now, keys

    # --- who ----------------------------------------------------------------------------------------------------

    def person(self) -> Block:
        """Name, work, and what must be known before anything else."""
        pane, text, dim = self.pane, self.look["text"], self.look["dim"]
        name = safe(pane.name or pane.address, 200)
        block = [self._line((line, self.look["person"])) for line in wrap(name, self.cells)[:2]]
        work = "  ".join(part for part in (safe(pane.company, 120), safe(pane.title, 80)) if part)
        if work:
            block += [self._line((line, text)) for line in wrap(work, self.cells)[:3]]
        if pane.source:
            block.append(self._line((_("from {source}").format(source=safe(pane.source, 80)), dim)))
        if pane.warning:
            block += self._words(
                _("! The sender could not be verified: this mail may not come from its From address."),
                self.look["warning"],
            )
        if pane.waiting_since and pane.record_id:
            seconds = int(self.now) - pane.waiting_since
            words = _("Waiting for you: {time}").format(time=waited(seconds))
            block += self._words(words, self.look["closing" if seconds >= _LONG else "mark"])
        return block

    def contact(self) -> Block:
        pane, text, dim = self.pane, self.look["text"], self.look["dim"]
        parts = [(safe(pane.address, 200), text)] if pane.name else []
        parts += [(safe(address, 200), dim) for address in pane.other_addresses[:3]]
        if pane.phone:
            parts.append((safe(pane.phone, 60), text))
        if pane.also_lead:
            parts.append((_("Lead: {name}").format(name=safe(pane.also_lead, 120)), dim))
        return [self._line(part) for part in parts]

    def stranger(self) -> Block:
        """Nobody knows the sender: what makes a record comes first (REC-5)."""
        if self.pane.kind != "unknown":
            return []
        block = self._words(_("Nobody in the CRM has this address."), self.look["dim"])
        if self.keys:
            key: Part = (self.keys[0][0] + " ", self.look["heading"])
            block.append(self._line(key, (_("makes a contact or a lead of it"), self.look["text"])))
        return block

    # --- deals --------------------------------------------------------------------------------------------------

    def deals(self) -> Block:
        pane, dim = self.pane, self.look["dim"]
        if not pane.deals and pane.kind != "contact":
            return []
        block = [self._heading(_("Deals"))]
        if not pane.deals:
            return [*block, self._line((_("No deals yet"), dim))]
        for deal in pane.deals[: self.limits.deals]:
            linked = deal.id == pane.linked_deal
            opened = deal.stage_state == OPEN
            amount = money(deal.amount, deal.currency)
            end: list[Part] = [(" " + amount, self.look["money"] if opened else dim)] if amount else []
            start: list[Part] = [
                ("● " if linked else "  ", self.look["mark"]),
                (safe(deal.name, 200), self.look["text"] if opened else dim),
            ]
            block += [ends(start, end, self.cells, self.look["text"]), self._stage(deal, linked=linked)]
        return block + self._more(len(pane.deals) - self.limits.deals)

    def _stage(self, deal: Deal, *, linked: bool) -> Strip:
        dim, opened = self.look["dim"], deal.stage_state == OPEN
        state = "" if opened else "✓ " if deal.stage_state == WON else "✗ "
        end: list[Part] = []
        if linked:
            how = {GUESS: _("guess?"), CHOSEN: _("chosen")}.get(self.pane.link, _("linked"))
            end = [(" · " + how, self.look["mark"])]
        # How the mail is linked stays in sight; the day gives way to it, then the stage.
        room = self.cells - sum(width(text) for text, _style in end)
        stage = clip(safe(deal.stage, 60), max(room - 2 - len(state), 1))
        parts: list[Part] = [("  " + state, dim), (stage, self.look["stage"] if opened else dim)]
        if deal.closing:
            words = _("closes {day}") if opened else _("closed {day}")
            day = " · " + words.format(day=self.clock.closing(deal.closing))
            if sum(width(text) for text, _style in parts) + width(day) <= room:
                parts.append((day, dim))
        return self._line(*parts, *end)

    # --- what is to be done -------------------------------------------------------------------------------------

    def tasks(self) -> Block:
        """Tasks and events to come, those that are late marked."""
        events = self.pane.events[: self.limits.events]
        tasks = self.pane.tasks[: self.limits.tasks]
        if not events and not tasks:
            return []
        rows = [self._dated(item) for item in sorted((*tasks, *events), key=self._when)]
        left = len(self.pane.tasks) - len(tasks) + len(self.pane.events) - len(events)
        return [self._heading(_("Tasks and events")), *rows, *self._more(left)]

    def cases(self) -> Block:
        shown = self.pane.cases[: self.limits.cases]
        rows = [self._titled(item, safe(_(item.status), 40)) for item in shown]
        return [self._heading(_("Cases")), *rows, *self._more(len(self.pane.cases) - len(shown))] if rows else []

    def _when(self, item: Item) -> tuple[str, int]:
        """By day, those without one last; within a day what has a time of day last."""
        return agenda_rows.day_of(item, self.clock) or "9", item.start

    def _dated(self, item: Item) -> Strip:
        dim, day = self.look["dim"], agenda_rows.day_of(item, self.clock)
        today = self.clock.today.isoformat()
        late = item.kind != EVENT and bool(day) and (day < today or 0 < item.start < self.now)
        when = agenda_rows.when(item, self.clock, end=False)
        style = self.look["warning"] if late else self.look["closing"] if day == today else dim
        start: list[Part] = [
            ("! " if late else agenda_rows.sign(item) + " ", style),
            (safe(item.name, 200) or _("(no name)"), self.look["text"]),
        ]
        return ends(start, [(" " + when, style)] if when else [], self.cells, self.look["text"])

    def _titled(self, item: Item, detail: str) -> Strip:
        end: list[Part] = [(" " + detail, self.look["dim"])] if detail else []
        name = safe(item.name, 200) or _("(no name)")
        return ends([("◇ ", self.look["dim"]), (name, self.look["text"])], end, self.cells, self.look["text"])

    # --- what was -----------------------------------------------------------------------------------------------

    def exchanges(self) -> Block:
        pane, text, dim = self.pane, self.look["text"], self.look["dim"]
        if not pane.exchanges and not pane.mails:
            return []
        count = ngettext("{n} mail", "{n} mails", pane.mails).format(n=f"{pane.mails:,}")
        end = [(count, dim)] if pane.mails else []
        block = [ends([(_("Last mail"), self.look["heading"])], end, self.cells, text)]
        for exchange in pane.exchanges[: self.limits.exchanges]:
            time = self.clock.brief(exchange.date)
            arrow = ("→ ", self.look["own"]) if exchange.mine else ("← ", dim)
            block.append(ends([arrow, (subject(exchange.subject), text)], [(" " + time, dim)], self.cells, text))
        return block

    def notes(self) -> Block:
        """The newest ones, two lines of each where there is room."""
        shown = self.pane.notes[: self.limits.notes]
        if not shown:
            return []
        block = [self._heading(_("Notes"))]
        for item in shown:
            words = ": ".join(part for part in (safe(item.name, 120), " ".join(safe(item.body, 400).split())) if part)
            end: list[Part] = [(" " + self.clock.brief(item.created), self.look["dim"])]
            lines = wrap(words or _("(no text)"), max(self.cells - width(end[0][0]), 8))
            block.append(ends([(lines[0], self.look["text"])], end, self.cells, self.look["text"]))
            if self.limits is FULL and len(lines) > 1:
                rest = lines[1] + (" …" if len(lines) > 2 else "")
                block.append(self._line((rest, self.look["text"])))
        return block + self._more(len(self.pane.notes) - len(shown))

    def people(self) -> Block:
        names = ", ".join(safe(name, 80) for name in self.pane.company_people[:8])
        if not names:
            return []
        lines = wrap(names, self.cells)[: self.limits.people]
        return [self._heading(_("Also at the company")), *(self._line((line, self.look["text"])) for line in lines)]

    def hints(self) -> Block:
        """Which keys act on all this, as many as have room."""
        parts: list[Part] = []
        used = 0
        for key, title in self.keys:
            size = width(key) + width(title) + 3
            if used + size > self.cells + 2:
                break
            parts += [(key, self.look["heading"]), (f" {title}  ", self.look["dim"])]
            used += size
        return [self._line(*parts)] if parts else []

    # --- lines --------------------------------------------------------------------------------------------------

    def _line(self, *parts: Part) -> Strip:
        return strip(parts, self.cells, self.look["text"])

    def _heading(self, title: str) -> Strip:
        return self._line((title, self.look["heading"]))

    def _more(self, number: int) -> Block:
        words = ngettext("and {n} more", "and {n} more", number).format(n=number)
        return [self._line(("  " + words, self.look["dim"]))] if number > 0 else []

    def _words(self, sentence: str, style: Style) -> Block:
        return [self._line((line, style)) for line in wrap(sentence, self.cells)]
