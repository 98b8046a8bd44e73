"""A task or a note about the customer of the card, in a line or two (REC-4, MAG-3)."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import full_day, moment
from salesinbox.locale.texts import _, language
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.operations import Outcome
from salesinbox.model.records import NOTE, TASK
from salesinbox.model.text import width
from salesinbox.services.records import typed_times
from salesinbox.tui import acting
from salesinbox.tui.customers.at_hand import at_hand
from salesinbox.tui.customers.typed_line import typed_line
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.typing import Typed
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_CELLS = 76
Part = tuple[str, Style]


def add(board: "Board", kind: str) -> None:
    """Ask for a task or a note about who wrote the card, and about its deal; it is made from the mail at hand."""
    hand = at_hand(board)
    if hand is None:
        return
    if kind == NOTE and not hand.about:
        key = board.keys.label("record-menu")
        board.say(_("A note needs somebody that it is about. {key} makes a record of the sender.").format(key=key))
        return
    heading = _("Task: {about}") if kind == TASK else _("Note: {about}")

    def save(values: Mapping[str, str], then: Callable[[Outcome], None]) -> None:
        create(board, kind, values, then, about=hand.about, thread=hand.card.id, message=hand.message)

    board.push_screen(Adding(board, kind, heading.format(about=hand.named), save))


def create(
    board: "Board",
    kind: str,
    values: Mapping[str, str],
    then: Callable[[Outcome], None],
    *,
    about: tuple[str, ...] = (),
    thread: str = "",
    message: str = "",
) -> None:
    """Save a new record as an action of the rep's: it is said, and undo takes it back."""
    from salesinbox.services.records.changes import RecordChanges  # noqa: PLC0415 - needed when something is saved

    board.hand.do(
        lambda actions: RecordChanges(actions.writer).create(kind, values, about=about, thread=thread, message=message),
        then,
    )


def when_in_words(text: str, now: int, zone: tzinfo) -> str:
    """What is understood of a due date that is typed; "" for what names none."""
    found = typed_times.span(text, now, zone)
    if found is None:
        return ""
    return moment(found.start, now, zone) if found.start else full_day(found.day, language())


class _Form(Framed):
    def __init__(self, board: "Board", kind: str, heading: str) -> None:
        super().__init__(board.look)
        self.board = board
        self.heading = heading
        save, back, other = _("save"), _("back"), _("next field")
        self.hint = f"⏎ {save}  Tab {other}  Esc {back}" if kind == TASK else f"⏎ {save}  Esc {back}"
        self.fields: dict[str, Typed] = {"name": Typed(), "due": Typed()} if kind == TASK else {"description": Typed()}
        self.here = 0
        self.sentence = ""

    @property
    def field(self) -> Typed:
        """The one that is typed in."""
        return list(self.fields.values())[self.here]

    def inside(self, cells: int, rows: int) -> list[Strip]:
        labels = {"name": _("Task"), "due": _("Due"), "description": _("Note")}
        wide = max(width(labels[name]) for name in self.fields) + 2
        lines = []
        for place, (name, typed) in enumerate(self.fields.items()):
            label: Part = (labels[name] + " " * (wide - width(labels[name])), self.look["heading"])
            lines.append(typed_line(self, self.board, label, typed, place, cells, here=place == self.here))
        words, style = self._below()
        lines += [strip([(line, style)], cells, self.look["text"]) for line in wrap(words, cells) if words]
        return lines[:rows]

    def _below(self) -> tuple[str, Style]:
        """What is wrong, else what is understood."""
        dim = self.look["dim"]
        if self.sentence:
            return self.sentence, self.look["warning"]
        due = self.fields.get("due")
        if due is None:
            return _("It is kept with the person and the deal; undo takes it back."), dim
        if not due.text.strip():
            return _("Due: tomorrow 10:00, Fri, 12/1 – or nothing for no date."), dim
        words = when_in_words(due.text, int(self.board.now()), self.board.zone)
        if words:
            return _("Due {when}").format(when=words), self.look["mark"]
        return _("That is no day or time. Write for instance tomorrow 10:00, Fri or 12/1."), self.look["warning"]


class Adding(Overlay):
    """`save` gets the values by field name, and what to call when they are kept; it raises errors of ours."""

    def __init__(
        self,
        board: "Board",
        kind: str,
        heading: str,
        save: Callable[[Mapping[str, str], Callable[[Outcome], None]], None],
    ) -> None:
        self.form = _Form(board, kind, heading)
        self.save = save
        self._saving = False
        """It was given away once; while that waits for the database, it is not given away again."""

        def size(cells: int, rows: int) -> tuple[int, int]:
            return min(_CELLS, max(cells - 4, 10)), min(len(self.form.fields) + 4, max(rows - 2, 3))

        super().__init__(board, self.form, size)

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        form = self.form
        if event.key in ("ctrl+c", "ctrl+q"):
            self.board.exit()
        elif event.key == "escape":
            self.close()
        elif event.key in ("tab", "shift+tab", "up", "down"):
            form.here = (form.here + (-1 if event.key in ("shift+tab", "up") else 1)) % len(form.fields)
            form.changed()
        elif event.key in ("enter", "ctrl+s"):
            self._save()
        elif form.field.key(event.key, event.character):
            self._typed()

    def take(self, command: str, event: events.Key) -> None:
        """Nothing: every key belongs to the text."""

    def on_paste(self, event: events.Paste) -> None:
        self.form.field.insert(event.text)
        self._typed()

    def _typed(self) -> None:
        self.form.sentence = ""
        self.form.changed()

    def _save(self) -> None:
        form = self.form
        values = {name: typed.text.strip() for name, typed in form.fields.items() if typed.text.strip()}
        first = next(iter(form.fields))
        if first not in values:
            form.here, form.sentence = 0, _("Nothing is written yet.")
        elif not (self._saving and self.board.hand.busy):
            self._saving = True
            try:
                self.save(values, self._saved)
            except SalesInboxError as error:
                form.sentence = str(error)
        form.changed()

    def _saved(self, outcome: Outcome) -> None:
        """What was typed goes only when it is kept."""
        if outcome.done and self.is_current:
            self.dismiss(None)
        elif outcome.refused:
            self.form.sentence = outcome.refused[0][1]
            self.form.changed()
        acting.after(self.board, outcome)
