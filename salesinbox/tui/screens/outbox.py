"""The outbox over the board: mail on its way, what needs the rep, drafts, what was sent (SEND-5, SEND-6)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.timer import Timer

from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import NotFoundError, SalesInboxError
from salesinbox.model.outbox import PENDING, REFUSED, RUNNING, SENT, UNKNOWN, OutboxEntry
from salesinbox.model.text import clip, pad, safe, safe_block, width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.navigation import OUTBOX
from salesinbox.tui.screens.outbox_rows import Moment, Row, details, rows, seconds_to_change
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.wording import subject
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.services.outbox import OutboxService
    from salesinbox.services.writing import WritingService
    from salesinbox.tui.app import Board

_WIDEST = 130
_DETAILS = 9
"""Lines kept for what is told below the list, where there is room."""
_ROOMY = 90
"""Cells from which on a row has room for whether it was filed and linked."""

EDIT, NOW, TIME, CANCEL, RETRY, ARRIVED, DISCARD, MESSAGE = (
    "outbox-edit", "outbox-send-now", "outbox-time", "outbox-take-back", "outbox-retry", "outbox-arrived",
    "outbox-discard", "outbox-source",
)  # fmt: skip
"""Names of commands of the mode OUTBOX."""
_OFFERED = {
    PENDING: ("open", EDIT, NOW, TIME, CANCEL),
    RUNNING: ("open", MESSAGE),
    REFUSED: ("open", EDIT, RETRY, CANCEL),
    UNKNOWN: ("open", RETRY, ARRIVED, MESSAGE),
    SENT: ("open", MESSAGE),
}
"""What the frame names for a state; a key that it does not name says why it does nothing."""


class _List(Framed):
    def __init__(self, board: "Board") -> None:
        super().__init__(board.look)
        self.board = board
        self.heading = _("Outbox")
        self.entries: Sequence[OutboxEntry] = ()
        self.drafts: Sequence[Draft] = ()
        self.rows: list[Row] = []
        self.cursor = self.top = 0
        self.fitting = 1
        self.drawn: list[int | str] = []
        """What lies on the screen from its top on: indices of rows, and headings."""

    @property
    def row(self) -> Row | None:
        return self.rows[self.cursor] if self.rows else None

    def load(self, entries: Sequence[OutboxEntry], drafts: Sequence[Draft]) -> None:
        """Other entries; the cursor stays on its own, also where that has become a draft again."""
        self.entries, self.drafts = entries, drafts
        before, place = self.row, self.cursor
        self.tell()
        places = {row.id: index for index, row in enumerate(self.rows)}
        if before is not None:
            place = places.get(before.id, places.get(before.after, place))
        self.cursor = max(0, min(place, len(self.rows) - 1))
        self.hint = self._keys()

    def tell(self) -> None:
        """The same entries, told by the present."""
        self.rows = rows(self.entries, self.drafts, self._moment())

    def move_to(self, place: int) -> None:
        self.cursor = max(0, min(place, len(self.rows) - 1))
        self.hint = self._keys()
        self.changed()

    def _moment(self) -> Moment:
        return Moment(self.board.now(), self.board.zone)

    def _keys(self) -> str:
        """What the frame says of its keys: those that do something to the row under the cursor."""
        from salesinbox.tui.commands import BY_NAME  # noqa: PLC0415 - the registry knows the action that opens this

        keys, row = self.board.keys, self.row
        names: Sequence[str] = ()
        if row is not None:
            names = ("open", DISCARD) if isinstance(row.about, Draft) else _OFFERED.get(row.about.state, ("open",))
        words = [f"{keys.label(name)} {_(BY_NAME[name].title)}" for name in names if keys.of[name]]
        return "  ".join([*words, f"{keys.label('back')} {_('back')}"])

    # --- drawing ------------------------------------------------------------------------------------------------

    def inside(self, cells: int, rows: int) -> list[Strip]:
        text = self.look["text"]
        if not self.rows:
            words = _("Nothing waits to be sent, and there are no drafts. What you send lies here until its time has"
                      " come, and for a while afterwards.")  # fmt: skip
            return [strip([(line, self.look["dim"])], cells, text) for line in wrap(words, cells)]
        below = self._below(cells)
        room = min(_DETAILS, max(rows * 2 // 5, 1))  # the same for all rows: the list stands still below the cursor
        self.fitting = max(rows - room - 1, 1)
        lines = self._listed()
        at = lines.index(self.cursor)
        first = at - 1 if at and isinstance(lines[at - 1], str) else at  # its heading is seen with the first of a group
        self.top = max(0, min(self.top, first, len(lines) - self.fitting), at - self.fitting + 1)
        self.drawn = lines[self.top : self.top + self.fitting]
        columns = _columns(self.rows, cells)
        drawn = [
            self._row(self.rows[line], columns, cells, here=line == self.cursor) if isinstance(line, int)
            else strip([(line, self.look["heading"])], cells, text)
            for line in self.drawn
        ]  # fmt: skip
        drawn += [strip([], cells, text)] * (self.fitting - len(drawn))
        drawn.append(strip([("─" * cells, self.look["rule"])], cells, text))
        if len(below) > room:
            below = [*below[: room - 1], ("dim", "…")] if room > 1 else below[:room]
        return drawn + [strip([(line, self.look[role])], cells, text) for role, line in below]

    def _listed(self) -> list[int | str]:
        lines: list[int | str] = []
        group = ""
        for index, row in enumerate(self.rows):
            if row.group != group:
                group = row.group
                lines.append(group)
            lines.append(index)
        return lines

    def _below(self, cells: int) -> list[tuple[str, str]]:
        row = self.row
        if row is None:
            return []
        keys = self.board.keys
        told = details(row, self._moment(), keys.label(RETRY), keys.label(ARRIVED))
        return [(role, line) for role, words in told for line in wrap(words[: cells * 12], cells)]

    def _row(self, row: Row, columns: tuple[int, int, int], cells: int, *, here: bool) -> Strip:
        ground = self.look["selected"] if here else self.look["text"]
        style = ground if here else self.look[row.role]
        dim = ground if here else self.look["dim"]
        state, when, who = columns
        name = clip(row.who, who - width(row.more)) + row.more  # the number of further ones is never cut off
        start: list[tuple[str, Style]] = [
            ("▌" if here else " ", ground), (pad(f"{row.mark} {row.word}", state) + "  ", style),
            (pad(row.when, when) + "  ", dim), (pad(name, who) + "  ", style), (row.subject, style),
        ]  # fmt: skip
        return ends(start, [(f"  {row.states} ", dim)] if row.states and cells >= _ROOMY else [], cells, ground)


def _columns(found: Sequence[Row], cells: int) -> tuple[int, int, int]:
    """Cells for the state, the time and the recipient; the subject takes what is left."""
    state = min(max(width(row.word) for row in found) + 2, 14)
    when = min(max(width(row.when) for row in found), 20)
    return state, when, min(max(width(row.who + row.more) for row in found), max(cells * 3 // 10, 10))


class Outbox(Overlay):
    """It looks again whenever the database has changed, and each second while something is about to be sent."""

    def __init__(self, board: "Board") -> None:
        self.list = _List(board)
        self._does: dict[str, Callable[[OutboxEntry], None]] = {
            "open": self._open, EDIT: self._edit, NOW: self._send_now, TIME: self._ask_time, CANCEL: self._take_back,
            RETRY: self._retry, ARRIVED: self._arrived, MESSAGE: self._source, DISCARD: self._not_a_draft,
        }  # fmt: skip
        self._busy = False
        self._timer: Timer | None = None
        super().__init__(board, self.list, lambda cells, rows: (min(_WIDEST, max(cells - 4, 10)), max(rows - 2, 3)))
        self._load()

    def on_mount(self) -> None:
        self.board.nav.watching.append(self.look_again)
        self._wait()

    def on_unmount(self) -> None:
        if self.look_again in self.board.nav.watching:
            self.board.nav.watching.remove(self.look_again)

    @property
    def _outbox(self) -> "OutboxService":
        return self.board.later.outbox

    @property
    def _writing(self) -> "WritingService":
        return self.board.later.writing

    def look_again(self) -> None:
        self.board.attempt(self._load)
        self.list.changed()
        self._wait()

    def _load(self) -> None:
        self.list.load(self._outbox.entries(), self._writing.drafts())

    # --- time ---------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        """Until a row says another time."""
        if self._timer is not None:
            self._timer.stop()
        seconds = seconds_to_change(self.list.entries, self.board.now())
        self._timer = None if seconds is None else self.set_timer(seconds, self._tick)

    def _tick(self) -> None:
        self.list.tell()
        self.list.changed()
        self._wait()

    # --- keys ---------------------------------------------------------------------------------------------------

    def take(self, command: str, event: events.Key) -> None:
        found = self.board.keys.find(OUTBOX, event.key, event.character)
        name = found.name if found is not None else command
        row = self.list.row
        if name in self._does and row is not None:
            about = row.about
            self.board.attempt(lambda: self._of_draft(name, about) if isinstance(about, Draft)
                               else self._does[name](about))  # fmt: skip
            return
        steps = self.steps(command, max(self.list.fitting - 1, 1), len(self.list.rows))
        if steps is not None:
            self.list.move_to(self.list.cursor + steps)

    def on_click(self, event: events.Click) -> None:
        if event.widget is not self.list:
            super().on_click(event)
        elif 0 <= event.y - 1 < len(self.list.drawn) and isinstance(line := self.list.drawn[event.y - 1], int):
            self.list.move_to(line)

    def on_mouse_scroll_down(self) -> None:
        self.list.move_to(self.list.cursor + 1)

    def on_mouse_scroll_up(self) -> None:
        self.list.move_to(self.list.cursor - 1)

    # --- what can be done ---------------------------------------------------------------------------------------

    def _of_draft(self, name: str, draft: Draft) -> None:
        if name in ("open", EDIT):
            self._write(draft)
        elif name in (CANCEL, DISCARD):
            self._do(lambda: self._writing.discard(draft.id), self._said)
        else:
            self.board.say(_("This is a draft: open it to send it."))

    def _not_a_draft(self, _entry: OutboxEntry) -> None:
        sentence = _("Only a draft is thrown away. {key} takes a message back, and makes a draft of it.")
        self.board.say(sentence.format(key=self.board.keys.label(CANCEL)))

    def _open(self, entry: OutboxEntry) -> None:
        card = self.board.board.card(entry.thread) if entry.state == SENT and entry.thread else None
        if card is not None:
            self.close()
            self.board.nav.read(card)
        else:
            self._show(entry)

    def _edit(self, entry: OutboxEntry) -> None:
        def back(draft: Draft | None) -> None:
            if draft is None:
                self._taken_back(draft)
            else:
                self.board.acted()
                self._write(draft)

        self._do(lambda: self._outbox.cancel(entry.id), back)

    def _take_back(self, entry: OutboxEntry) -> None:
        self._do(lambda: self._outbox.cancel(entry.id), self._taken_back)

    def _taken_back(self, draft: Draft | None) -> None:
        self.board.acted()
        kept = _("Taken back. It is a draft again, and is not sent.")
        self.board.say(kept if draft is not None else _("Taken back. It is not sent."))

    def _send_now(self, entry: OutboxEntry) -> None:
        self._do(lambda: self._outbox.send_now(entry.id), self._said)

    def _ask_time(self, entry: OutboxEntry) -> None:
        from salesinbox.tui.compose.timing import send_later  # noqa: PLC0415 - loaded when it is first asked for

        def postpone(at: int) -> None:
            self._do(lambda: self._outbox.postpone(entry.id, at), self._said)

        self.board.push_screen(send_later(self.board, 0, postpone))

    def _retry(self, entry: OutboxEntry) -> None:
        """Of unknown outcome, only after a question that says what it may lead to (SEND-6)."""
        if entry.state != UNKNOWN:
            self._do(lambda: self._outbox.retry(entry.id), self._said)
            return
        from salesinbox.tui.screens.confirm import Confirm  # noqa: PLC0415 - loaded when it is first asked for

        text = _("“{subject}” may have arrived: the line broke before the server had answered. If it did, everybody"
                 " gets it twice. Send it only if you know that it did not arrive.")  # fmt: skip
        self.board.push_screen(
            Confirm(
                self.board, _("It did not arrive: send it again?"),
                text.format(subject=clip(subject(entry.subject), 50)), doing=_("send again"),
                agreed=lambda: self._do(lambda: self._outbox.retry(entry.id), self._said),
            )
        )  # fmt: skip

    def _arrived(self, entry: OutboxEntry) -> None:
        self._do(lambda: self._outbox.arrived(entry.id), self._said)

    # --- showing ------------------------------------------------------------------------------------------------

    def _show(self, entry: OutboxEntry) -> None:
        """The message as it was written, where that is kept; else as it is sent."""
        try:
            draft = self._writing.kept(entry.draft) if entry.draft else None
        except NotFoundError:
            draft = None
        if draft is None:
            self._source(entry)
            return
        from salesinbox.tui.screens.sheet import Sheet  # noqa: PLC0415 - loaded when it is first opened

        self.board.push_screen(Sheet(self.board, subject(draft.subject), _written(self.board, draft), cells=100))

    def _source(self, entry: OutboxEntry) -> None:
        from salesinbox.tui.screens.source import show_raw  # noqa: PLC0415 - loaded when it is first opened

        show_raw(self.board, self._outbox.source(entry.id), entry.subject)

    def _write(self, draft: Draft) -> None:
        if not self.is_current:
            return  # the rep has gone on to something else, and finds the draft here
        from salesinbox.tui.writing import open_draft  # noqa: PLC0415 - loaded when something is first written

        self.close()
        open_draft(self.board, draft)

    # --- doing it -----------------------------------------------------------------------------------------------

    def _said(self, sentence: str) -> None:
        self.board.acted()
        self.board.say(sentence)

    def _do(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """In a thread, for the database may be held for a moment; one thing at a time."""
        if self._busy:
            return
        self._busy = True

        def run() -> tuple[Any, SalesInboxError | None]:
            outcome: tuple[Any, SalesInboxError | None] | None = None
            try:
                outcome = work(), None
            except SalesInboxError as error:
                outcome = None, error
            finally:
                if outcome is None:  # a fault of ours; the keys must not be dead for it
                    self._busy = False
            return outcome

        def over(outcome: tuple[Any, SalesInboxError | None]) -> None:
            self._busy = False
            result, error = outcome
            if error is None:
                self.board.attempt(lambda: done(result))
            else:
                self.board.say(str(error), alarming=True)
                self.look_again()  # what the rep saw is not how it stands

        self.board.in_thread(run, over)


def _written(board: "Board", draft: Draft) -> Callable[[int], list[list[tuple[str, Style]]]]:
    """A draft to be read: its fields, then its text."""

    def lines(cells: int) -> list[list[tuple[str, Style]]]:
        names = ", ".join(safe(file.name, 80) for file in draft.files)
        fields = [(_("From"), draft.sender), (_("To"), draft.to), (_("Cc"), draft.cc), (_("Bcc"), draft.bcc),
                  (_("Subject"), draft.subject), (_("Attachments"), names)]  # fmt: skip
        head = [_("{label}: {value}").format(label=label, value=safe(value, 2000)) for label, value in fields if value]
        body = safe_block(draft.text).rstrip("\n").split("\n")
        look = board.look
        return [
            *([(line, look["person"])] for words in head for line in wrap(words, cells)),
            [],
            *([(line, look["text"])] for words in body for line in wrap(words, cells) or [""]),
        ]

    return lines
