"""Deals by stage, with what they are worth (REC-6): moved by key, opened, and made."""

from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _
from salesinbox.model import records as kinds
from salesinbox.model.pipeline import PipelineBoard, StageColumn
from salesinbox.model.records import Deal
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.navigation import PIPELINE
from salesinbox.tui.records import words
from salesinbox.tui.records.actions import edit_record, open_record
from salesinbox.tui.records.changing import change, keep_pipelines
from salesinbox.tui.records.page import Page, steps
from salesinbox.tui.wording import money
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]
_LEAST = 26
"""Cells of a stage."""
_EACH = 3
"""Lines of a deal: name, amount, company."""
_HEAD = 3
"""Lines of a stage's head: name and count, total, weighted total."""


class PipelineScreen(Page):
    """`stage` has the cursor; `cursors` are its places in each stage."""

    mode = PIPELINE

    def __init__(self, board: "Board", name: str = "", *, stage: str = "", deal: str = "") -> None:
        super().__init__(board)
        self.pipeline_name = name
        keep_pipelines(board)
        self.pipeline: PipelineBoard = board.records.pipeline(name)
        self.at = 0
        self.left = 0
        """The first stage that is drawn."""
        self.cursors: dict[str, int] = {}
        self.tops: dict[str, int] = {}
        self.across = self.fitting = 1
        self._begin(stage)
        if deal:
            self._go_to(deal)
        self.does = {
            "part-left": lambda: self._turn(-1), "part-right": lambda: self._turn(1), "record-new": self._new,
            "record-edit": self._edit, "stage-back": lambda: self._shift(-1), "stage-forward": lambda: self._shift(1),
            "stage-choose": self._ask_stage, "pipeline-choose": self._ask_pipeline,
        }  # fmt: skip

    def again(self) -> "PipelineScreen":
        deal = self.deal
        return PipelineScreen(self.board, self.pipeline_name, stage=self._stage.name if self.stages else "",
                              deal=deal.id if deal else "")  # fmt: skip

    def offers(self, name: str) -> bool:
        if name == "pipeline-choose":
            return len(self.board.records.pipelines()) > 1
        if name in ("record-edit", "stage-choose"):
            return self.deal is not None
        to = self.at + (1 if name == "stage-forward" else -1)
        return name not in ("stage-forward", "stage-back") or (self.deal is not None and 0 <= to < len(self.stages))

    @property
    def stages(self) -> tuple[StageColumn, ...]:
        return self.pipeline.stages

    @property
    def _stage(self) -> StageColumn:
        return self.stages[self.at]

    @property
    def deal(self) -> Deal | None:
        """The deal under the cursor."""
        if not self.stages:
            return None
        cursor = self.cursors.get(self._stage.name, 0)
        return self._stage.deals[cursor] if cursor < len(self._stage.deals) else None

    def _begin(self, stage: str = "") -> None:
        """The cursor begins in the stage that was left, else in the first one with deals."""
        names = [one.name for one in self.stages]
        filled = next((n for n, one in enumerate(self.stages) if one.deals), 0)
        self.at = names.index(stage) if stage in names else filled

    def _go_to(self, id: str) -> None:
        for at, stage in enumerate(self.stages):
            for place, deal in enumerate(stage.deals):
                if deal.id == id:
                    self.at, self.cursors[stage.name] = at, place

    def load(self) -> None:
        before = self.deal
        stage = self._stage.name if self.stages else ""
        self.pipeline = self.board.records.pipeline(self.pipeline_name)
        self._begin(stage)
        if before is not None:
            self._go_to(before.id)
        for one in self.stages:
            self.cursors[one.name] = max(0, min(self.cursors.get(one.name, 0), len(one.deals) - 1))

    # --- drawing ------------------------------------------------------------------------------------------------

    def draw(self, cells: int, rows: int) -> list[Strip]:
        look = self.board.look
        lines = [self._title(cells)]
        if not any(stage.deals for stage in self.stages):
            text = _("There are no deals here yet. {key} makes the first one.").format(
                key=self.board.keys.label("record-new")
            )
            return lines + [strip([("  " + line, look["dim"])], cells, look["text"])
                            for line in ["", *wrap(text, cells - 4)]]  # fmt: skip
        self.across = max(min(cells // _LEAST, len(self.stages)), 1)
        self.left = max(0, min(self.left, self.at, len(self.stages) - self.across), self.at - self.across + 1)
        if self.across == 1:
            lines.append(self._tabs(cells))
        room = max(rows - len(lines), 1)
        shown = self.stages[self.left : self.left + self.across]
        each = cells // self.across
        columns = []
        for n, stage in enumerate(shown):
            last = n == len(shown) - 1
            wide = cells - each * (len(shown) - 1) if last else each - 1
            columns.append(self._column(stage, wide, room, here=self.left + n == self.at))
        rule = strip([("│", look["rule"])], 1, look["text"])
        for y in range(room):
            segments = []
            for n, column in enumerate(columns):
                segments += [*column[y], *(rule if n < len(columns) - 1 else ())]
            lines.append(Strip(segments, cells))
        return lines

    def _title(self, cells: int) -> Strip:
        look = self.board.look
        name = safe(self.pipeline.name, 60)
        title = _("Pipeline {name}").format(name=name) if name else _("Pipeline")
        count = sum(stage.count for stage in self.stages if stage.state == kinds.OPEN)
        right = _("{n} open").format(n=number(count))
        return ends([(" " + title, look["title"])], [(f" {right} ", look["title_dim"])], cells, look["title"])

    def _tabs(self, cells: int) -> Strip:
        """The stages, where only one is drawn: those around it are named as far as there is room."""
        look = self.board.look
        names = [f" {safe(one.name, 30)} {number(one.count)} " for one in self.stages]
        first = self.at
        used = width(names[first])
        while first and used + width(names[first - 1]) <= cells // 2:
            first -= 1
            used += width(names[first])
        parts: list[Part] = [("‹" if first else " ", look["head"])]
        parts += [
            (name, look["head_focused" if n == self.at else "head"]) for n, name in enumerate(names) if n >= first
        ]
        return strip(parts, cells, look["head"])

    def _column(self, stage: StageColumn, cells: int, rows: int, *, here: bool) -> list[Strip]:
        look = self.board.look
        mark = {kinds.WON: "✓ ", kinds.LOST: "✗ "}.get(stage.state, "")
        head = look["head_focused" if here else "head"]
        chance = f" {stage.probability}% " if stage.state == kinds.OPEN else " "
        lines = [ends([(f" {mark}{safe(stage.name, 60)} {number(stage.count)}", head)], [(chance, head)], cells, head)]
        lines.append(strip([(" " + words.amounts(stage.total), look["money"])], cells, look["text"]))
        weighted = words.amounts(stage.weighted) if stage.state == kinds.OPEN else ""
        text = _("weighted {amount}").format(amount=weighted) if weighted else ""
        lines.append(strip([(" " + text, look["dim"])], cells, look["text"]))
        self.fitting = max((rows - _HEAD) // _EACH, 1)
        cursor = self.cursors.get(stage.name, 0)
        top = self.tops.get(stage.name, 0)
        top = max(0, min(top, cursor, max(len(stage.deals) - self.fitting, 0)), cursor - self.fitting + 1)
        self.tops[stage.name] = top
        for place, deal in enumerate(stage.deals[top : top + self.fitting], top):
            lines += self._deal(deal, cells, here=here and place == cursor)
        held = len(stage.deals)
        if top + self.fitting >= held and stage.count > held and len(lines) < rows:
            more = _("and {n} more").format(n=number(stage.count - held))
            lines.append(strip([("  " + more, look["dim"])], cells, look["text"]))
        blank = strip([], cells, look["text"])
        return (lines + [blank] * (rows - len(lines)))[:rows]

    def _deal(self, deal: Deal, cells: int, *, here: bool) -> list[Strip]:
        look = self.board.look
        quiet = words.is_closed(deal)
        bar: Part = ("▌", look["cursor"]) if here else (" ", look["text"])
        name = look["selected"] if here else look["dim"] if quiet else look["name"]
        closing = self.board.clock.closing(deal.closing)
        end: list[Part] = [(f" {closing} ", look["time"])] if closing else []
        amount = money(deal.amount, deal.currency)
        who = " · ".join(part for part in (safe(deal.company, 100), safe(deal.owner, 40)) if part)
        return [
            strip([bar, (clip(words.name_of(deal), cells - 2), name)], cells, look["text"]),
            ends([(" ", look["text"]), (amount, look["dim" if quiet else "money"])], end, cells, look["text"]),
            strip([(" ", look["text"]), (who, look["dim"])], cells, look["text"]),
        ]

    # --- moving -------------------------------------------------------------------------------------------------

    def move(self, command: str) -> None:
        if not self.stages:
            return
        by = steps(command, self.fitting, len(self._stage.deals))
        name = self._stage.name
        self.cursors[name] = max(0, min(self.cursors.get(name, 0) + by, len(self._stage.deals) - 1))
        self.canvas.changed()

    def _turn(self, by: int) -> None:
        if 0 <= self.at + by < len(self.stages):
            self.at += by
            self.show()

    def open(self) -> None:
        if (deal := self.deal) is not None:
            open_record(self.board, deal.id)

    # --- what can be done ---------------------------------------------------------------------------------------

    def _shift(self, by: int) -> None:
        """Move the deal to the stage beside; undo brings it back."""
        deal = self.deal
        to = self.at + by
        if deal is None:
            return
        if not 0 <= to < len(self.stages):
            self.board.say(_("There is no further stage."))
            return
        self._to_stage(deal, self.stages[to].name)

    def _to_stage(self, deal: Deal, stage: str) -> None:
        change(self.board, lambda changes: changes.edit([deal.id], {"stage": stage}))

    def _ask_stage(self) -> None:
        from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

        deal = self.deal
        if deal is None:
            return
        choices = [Choice(safe(one.name, 60), f"{one.probability}%", value=one.name) for one in self.stages]

        def chosen(stage: str) -> None:
            self._to_stage(deal, stage)

        self.board.push_screen(Picker(self.board, clip(words.name_of(deal), 60), choices, chosen=chosen, start=self.at))

    def _ask_pipeline(self) -> None:
        from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

        names = self.board.records.pipelines()
        if len(names) < 2:
            self.board.say(_("There is one pipeline. More of them are written as [[pipeline]] in config.toml."))
            return
        choices = [Choice(safe(name, 60), "✓" if name == self.pipeline.name else "", value=name) for name in names]

        def chosen(name: str) -> None:
            self.pipeline_name = name
            self.cursors.clear()
            self.load()
            self.show()

        self.board.push_screen(Picker(self.board, _("Pipelines"), choices, chosen=chosen))

    def _new(self) -> None:
        from salesinbox.tui.records.form import RecordForm, new  # noqa: PLC0415 - loaded when it is first opened

        filling = new(self.board, kinds.DEAL)
        if self.stages:
            filling.values["stage"] = self._stage.name
        if self.pipeline.name in self.board.records.pipelines():
            filling.values["pipeline"] = self.pipeline.name
        self.board.push_screen(RecordForm(self.board, filling, then=self._made))

    def _made(self, id: str) -> None:
        self.load()
        self._go_to(id)

    def _edit(self) -> None:
        if (deal := self.deal) is not None:
            edit_record(self.board, deal.id)

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        each = max(self.canvas.size.width // max(self.across, 1), 1)
        at = self.left + min(event.screen_x // each, self.across - 1)
        line = event.screen_y - 1 - (self.across == 1) - _HEAD
        if not 0 <= at < len(self.stages):
            return
        stage = self.stages[at]
        place = self.tops.get(stage.name, 0) + line // _EACH
        again = at == self.at and place == self.cursors.get(stage.name, 0)
        self.at = at
        if line >= 0 and place < len(stage.deals):
            self.cursors[stage.name] = place
            if again:
                self.board.attempt(self.open)
        self.show()

    def on_mouse_scroll_down(self) -> None:
        self.move("move-down")

    def on_mouse_scroll_up(self) -> None:
        self.move("move-up")
