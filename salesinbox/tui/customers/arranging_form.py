"""One filter, column or view while it is written: its name, its query with what that finds, and what is done (FLT)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.text import safe, width
from salesinbox.tui.customers import filter_actions
from salesinbox.tui.customers.filter_actions import Action
from salesinbox.tui.customers.trial import Found, Trial
from salesinbox.tui.customers.typed_line import typed_line
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.navigation import ARRANGING, FORM
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.typing import Typed
from salesinbox.tui.wording import people, subject
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

FILTER, COLUMN, VIEW = "filter", "column", "view"
KINDS = (FILTER, COLUMN, VIEW)
_NAME, _QUERY = 0, 1
"""Places of the cursor: two lines of text, then the actions, then the line that adds one."""
Part = tuple[str, Style]


@dataclass
class Arranged:
    """What is written. `id` is of the filter or saved view, or the column's own name; "" for a new one."""

    kind: str
    id: str = ""
    name: str = ""
    query: str = ""
    actions: list[Action] = field(default_factory=list)
    enabled: bool = True
    problem: str = ""
    """Why it does not work as it stands."""


class _Sheet(Framed):
    def __init__(self, board: "Board", what: Arranged) -> None:
        super().__init__(board.look)
        self.board = board
        self.what = what
        self.heading = heading(what)
        self.fields = [Typed(what.name), Typed(what.query)]
        self.actions = list(what.actions)
        self.place = _QUERY if what.name else _NAME
        self.found = Found("")
        self.sentence = ""
        keys = board.keys
        words = [(keys.label("form-save", FORM), _("save")), ("Tab", _("next field"))]
        if what.kind == FILTER:
            words += [("⏎", _("choose")), (keys.label("arrange-delete"), _("take out")),
                      (f"{keys.label('arrange-down')} {keys.label('arrange-up')}", _("order"))]  # fmt: skip
        words.append((keys.label("form-leave", FORM), _("leave")))
        self.hint = "  ".join(f"{key} {word}" for key, word in words if key.strip())

    @property
    def places(self) -> int:
        """How many places the cursor has."""
        return len(self.fields) + (len(self.actions) + 1 if self.what.kind == FILTER else 0)

    @property
    def action(self) -> int | None:
        """Which action the cursor is on; None for none, or the line that adds one."""
        at = self.place - len(self.fields)
        return at if 0 <= at < len(self.actions) else None

    def inside(self, cells: int, rows: int) -> list[Strip]:
        look = self.look
        labels = [_("Name"), _("Mail that fits")]
        wide = max(width(label) for label in labels) + 2
        lines = [
            typed_line(
                self,
                self.board,
                (label + " " * (wide - width(label)), look["heading"]),
                typed,
                place,
                cells,
                here=place == self.place,
            )
            for place, (label, typed) in enumerate(zip(labels, self.fields, strict=True))
        ]
        lines += self._result(cells)
        if self.what.kind == FILTER:
            lines.append(strip([(_("What is done with it, in this order"), look["heading"])], cells, look["text"]))
            for n, action in enumerate(self.actions):
                lines.append(self._row(f"{n + 1}. {filter_actions.words(self.board, action)}", n, cells))
            lines.append(self._row("+ " + _("add an action"), len(self.actions), cells))
        if self.sentence:
            lines += [strip([(line, look["warning"])], cells, look["text"]) for line in wrap(self.sentence, cells)]
        room = max(rows - len(lines), 0)
        return [*lines, *self._cards(cells, room)][:rows]

    def _row(self, words: str, n: int, cells: int) -> Strip:
        here = self.place == len(self.fields) + n
        ground = self.look["selected"] if here else self.look["text"]
        return strip([("▌ " if here else "  ", self.look["cursor"]), (words, ground)], cells, ground)

    def _result(self, cells: int) -> list[Strip]:
        """How many threads the query finds, or what is wrong with it."""
        dim, text = self.look["dim"], self.look["text"]
        query = self.fields[_QUERY].text.strip()
        if not query:
            words, style = _("For instance: from:nagata stage:提案 amount:>1000000 – as in search."), dim
        elif self.found.query != query:
            words, style = _("Looking…"), dim
        elif self.found.error:
            words, style = self.found.error, self.look["warning"]
        else:
            found = ngettext("{n} thread here fits", "{n} threads here fit", self.found.threads)
            words, style = found.format(n=number(self.found.threads)), self.look["mark"]
        return [strip([(line, style)], cells, text) for line in wrap(words, cells)]

    def _cards(self, cells: int, room: int) -> list[Strip]:
        """The newest of what fits, in the rows that are left."""
        look = self.look
        if room < 2 or not self.found.cards or self.found.query != self.fields[_QUERY].text.strip():
            return []
        lines = [strip([("─" * cells, look["rule"])], cells, look["text"])]
        for card in self.found.cards[: room - 1]:
            who: Part = (people(card) + "  ", look["name"])
            date = [(" " + self.board.clock.brief(card.date), look["time"])]
            lines.append(ends([("  ", look["text"]), who, (subject(card.subject), look["subject"])], date, cells,
                              look["text"]))  # fmt: skip
        return lines


class ArrangingForm(Overlay):
    """`save` gets what was written, and what to call when it is kept; it raises errors of ours."""

    def __init__(self, board: "Board", what: Arranged, save: Callable[[Arranged, Callable[[], None]], None]) -> None:
        self.sheet = _Sheet(board, what)
        self.save = save
        self._saving = False
        """It was given away once; while that waits for the database, it is not given away again."""
        self.trial = Trial(board, self._found)

        def size(cells: int, rows: int) -> tuple[int, int]:
            wanted = 20 if what.kind == FILTER else 12
            return min(96, max(cells - 4, 10)), min(wanted, max(rows - 2, 3))

        super().__init__(board, self.sheet, size)

    def on_mount(self) -> None:
        if self.sheet.what.query:
            self.trial.ask(self.sheet.what.query)

    def on_unmount(self) -> None:
        self.trial.stop()

    def _found(self, found: Found) -> None:
        self.sheet.found = found
        if self.is_mounted:
            self.sheet.changed()

    # --- keys ---------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        sheet = self.sheet
        found = self.board.keys.find(FORM, event.key, event.character)
        if event.key in ("ctrl+c", "ctrl+q"):
            self.board.exit()
        elif found is not None and found.name == "form-leave":
            self._leave()
        elif found is not None and found.name == "form-save":
            self._save()
        elif event.key in ("tab", "down", "shift+tab", "up"):
            sheet.place = (sheet.place + (-1 if event.key in ("shift+tab", "up") else 1)) % sheet.places
        elif sheet.place < len(sheet.fields):
            self._key_in_text(event)
        else:
            self._key_in_actions(event)
        sheet.changed()

    def take(self, command: str, event: events.Key) -> None:
        """Nothing: `on_key` takes every key."""

    def _key_in_text(self, event: events.Key) -> None:
        sheet = self.sheet
        if event.key == "enter":
            if sheet.place == _NAME or sheet.what.kind == FILTER:
                sheet.place += 1
            else:
                self._save()
        elif sheet.fields[sheet.place].key(event.key, event.character):
            self._typed()

    def _key_in_actions(self, event: events.Key) -> None:
        """Enter chooses; the keys of the list of filters order and take out."""
        sheet, at = self.sheet, self.sheet.action
        found = self.board.keys.find(ARRANGING, event.key, event.character)
        name = found.name if found is not None else ""
        if event.key == "enter" or name == "arrange-edit":
            now = sheet.actions[at] if at is not None else None
            filter_actions.choose(self.board, self._chosen, now=now)
        elif at is not None and name == "arrange-delete":
            del sheet.actions[at]
        elif at is not None and name in ("arrange-down", "arrange-up"):
            to = at + (1 if name == "arrange-down" else -1)
            if 0 <= to < len(sheet.actions):
                sheet.actions[at], sheet.actions[to] = sheet.actions[to], sheet.actions[at]
                sheet.place += to - at
        elif event.character in ("j", "k"):
            sheet.place = max(0, min(sheet.place + (1 if event.character == "j" else -1), sheet.places - 1))

    def _chosen(self, action: Action) -> None:
        sheet, at = self.sheet, self.sheet.action
        if at is None:
            sheet.actions.append(action)
            sheet.place += 1
        else:
            sheet.actions[at] = action
        sheet.sentence = ""
        sheet.changed()

    def on_paste(self, event: events.Paste) -> None:
        if self.sheet.place < len(self.sheet.fields):
            self.sheet.fields[self.sheet.place].insert(event.text)
            self._typed()
            self.sheet.changed()

    def _typed(self) -> None:
        self.sheet.sentence = ""
        if self.sheet.place == _QUERY:
            self.trial.ask(self.sheet.fields[_QUERY].text)

    # --- ending -------------------------------------------------------------------------------------------------

    @property
    def written(self) -> Arranged:
        name, query = (typed.text.strip() for typed in self.sheet.fields)
        what = self.sheet.what
        return Arranged(what.kind, what.id, name, query, list(self.sheet.actions), what.enabled)

    def _leave(self) -> None:
        """What was written is not thrown away by one key."""
        from salesinbox.tui.screens.confirm import Confirm  # noqa: PLC0415 - loaded when it is first opened

        what = self.sheet.what
        before = Arranged(what.kind, what.id, what.name.strip(), what.query.strip(), list(what.actions), what.enabled)
        if self.written == before:
            self.close()
            return
        self.board.push_screen(
            Confirm(self.board, self.sheet.heading, _("What you have changed here is not saved."),
                    doing=_("leave it"), agreed=self.close)
        )  # fmt: skip

    def on_click(self, event: events.Click) -> None:
        """A click outside is no wish to lose what was written."""
        if event.widget is self:
            self._leave()

    def _save(self) -> None:
        sheet, written = self.sheet, self.written
        if not written.name or not written.query:
            sheet.place = _QUERY if written.name else _NAME
            sheet.sentence = _("It needs a name.") if not written.name else _("It needs a query.")
        elif written.kind == FILTER and not written.actions:
            sheet.place, sheet.sentence = len(sheet.fields), _("Say what is done with the mail: add an action.")
        elif not (self._saving and self.board.hand.busy):
            self._saving = True
            try:
                self.save(written, self._kept)
            except SalesInboxError as error:
                sheet.sentence = str(error)

    def _kept(self) -> None:
        if self.is_current:
            self.close()


def heading(what: Arranged) -> str:
    """What is written, by its kind."""
    new = {FILTER: _("A new filter"), COLUMN: _("A new column"), VIEW: _("A new view")}
    known = {FILTER: _("Filter: {name}"), COLUMN: _("Column: {name}"), VIEW: _("View: {name}")}
    return known[what.kind].format(name=safe(what.name, 60)) if what.id else new[what.kind]
