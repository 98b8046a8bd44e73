"""A message once more before it goes: to whom it goes in full, and what speaks against it (SEND-7)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.drafts import Draft
from salesinbox.model.mail import Address
from salesinbox.model.reviews import Review
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.compose.timing import days_in_words
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_CELLS = 84
Line = list[tuple[str, Style]]


class _Text(Framed):
    def __init__(self, board: "Board", draft: Draft, review: Review, at: int) -> None:
        super().__init__(board.look)
        self.board, self.draft, self.review, self.at = board, draft, review, at
        found = board.later.writing.record(draft) if draft.record else None
        self.record = safe(found.name, 200) if found is not None else ""
        self.top, self.total, self.shown = 0, 0, 1
        send, mend, back = _("send"), _("mend it"), _("back")
        if review.stopped:
            self.heading, self.hint = _("It cannot be sent like this"), f"⏎ {mend}  Esc {back}"
        else:
            if at:
                send = _("send then")
            self.heading, self.hint = _("Send?"), f"⏎ {send}  Esc {back}"

    def inside(self, cells: int, rows: int) -> list[Strip]:
        warnings, lines = self._warnings(cells), self._what(cells)
        ground = self.look["text"]
        if warnings:
            lines = [*lines, []]
        # Warnings are always seen; what there are many of scrolls above them.
        warnings = warnings[: max(rows - 3, 1)]
        self.shown = max(rows - len(warnings), 1)
        self.total = len(lines)
        self.top = max(0, min(self.top, self.total - self.shown))
        seen = lines[self.top : self.top + self.shown]
        if self.top + self.shown < len(lines):
            seen[-1] = [("…", self.look["dim"])]
        return [strip(line, cells, ground) for line in [*seen, *warnings]]

    def rows(self, cells: int) -> int:
        warnings = self._warnings(cells)
        return len(self._what(cells)) + (len(warnings) + 1 if warnings else 0)

    def _what(self, cells: int) -> list[Line]:
        review, draft = self.review, self.draft
        rows: list[tuple[str, Sequence[str]]] = [(_("From"), [_named(review.sender)])]
        for label, people in ((_("To"), review.to), (_("Cc"), review.cc), (_("Bcc"), review.bcc)):
            if people:
                rows.append((label, [_named(one) for one in people]))
        rows.append((_("Subject"), [safe(review.subject, 400) or _("(no subject)")]))
        if self.record:
            rows.append((_("For"), [self.record]))
        if draft.files:
            files = [f"{safe(file.name, 200)} ({formatting.size(file.size)})" for file in draft.files]
            rows.append((_("Files"), files))
        rows += [(_("Size"), [formatting.size(review.size)]), (_("Goes"), [self._when()])]
        if draft.response_days:
            rows.append((_("Then"), [days_in_words(draft.response_days)]))
        room = min(max(width(label) for label, _texts in rows) + 2, cells // 3)
        lines: list[Line] = []
        for label, texts in rows:
            wrapped = [line for text in texts for line in (wrap(text, max(cells - room, 8)) or [""])]
            for n, line in enumerate(wrapped):
                lead = clip(label, room - 1) if n == 0 else ""
                lines.append([(lead + " " * (room - width(lead)), self.look["dim"]), (line, self.look["person"])])
        return lines

    def _when(self) -> str:
        if self.at:
            return formatting.moment(self.at, self.board.now(), self.board.zone)
        seconds = self.board.settings.writing.undo_seconds
        if not seconds:
            return _("at once")
        return ngettext("in {n} second; until then it can be taken back",
                        "in {n} seconds; until then it can be taken back", seconds).format(n=seconds)  # fmt: skip

    def _warnings(self, cells: int) -> list[Line]:
        lines: list[Line] = []
        for warning in sorted(self.review.warnings, key=lambda one: not one.stops):
            role = "warning" if warning.stops else "closing"
            for n, line in enumerate(wrap(safe(warning.text, 600), max(cells - 2, 8))):
                lines.append([("! " if n == 0 else "  ", self.look[role]), (line, self.look[role])])
        return lines


class Reviewing(Overlay):
    """`agreed` sends. Where something stops it, Enter goes back, and `mend` is told what it was."""

    def __init__(
        self,
        board: "Board",
        draft: Draft,
        review: Review,
        at: int,
        *,
        agreed: Callable[[], None],
        mend: Callable[[str], None],
    ) -> None:
        self.text = _Text(board, draft, review, at)
        self.review, self.agreed, self.mend = review, agreed, mend

        def size(cells: int, rows: int) -> tuple[int, int]:
            wide = min(_CELLS, max(cells - 4, 10))
            return wide, min(self.text.rows(wide - 4) + 2, max(rows - 2, 3))

        super().__init__(board, self.text, size)

    async def on_key(self, event: events.Key) -> None:
        if event.key == "enter" or self._sends(event):
            event.stop()
            event.prevent_default()
            self.dismiss(None)
            stopping = next((warning.kind for warning in self.review.warnings if warning.stops), "")
            self.board.attempt(lambda: self.mend(stopping) if stopping else self.agreed())
        else:
            await super().on_key(event)

    def _sends(self, event: events.Key) -> bool:
        """The key that opened this, once more."""
        plain = bool(event.character and event.character.isprintable())
        return not plain and event.key in self.board.keys.of["send"]

    def take(self, command: str, event: events.Key) -> None:  # noqa: ARG002 - the overlay's signature
        steps = self.steps(command, max(self.text.shown - 1, 1), self.text.total)
        if steps is not None:
            self.text.top += steps
            self.text.changed()


def _named(person: Address) -> str:
    name, address = safe(person.name, 200), safe(person.address, 320)
    return f"{name} <{address}>" if name and name != address else address
