"""A thread as it is read: messages oldest first, over the columns (READ-1, READ-3).

Only what is on the screen is laid out: the place is a message and a line of it, and lines of other messages are
guessed for the percentage alone. A thread of fifty newsletters opens as fast as one of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.model.board import Card
from salesinbox.model.links import BY_ADDRESS, LinkedRecord
from salesinbox.model.mail import Flag, ThreadMessage
from salesinbox.model.reading import Document
from salesinbox.model.text import clip, safe, width
from salesinbox.tui import message_lines
from salesinbox.tui.lines import Lines, ends, strip
from salesinbox.tui.message_lines import Laid, Page
from salesinbox.tui.wording import subject

if TYPE_CHECKING:
    from salesinbox.model.invitations import Invitation
    from salesinbox.tui.app import Board

_GUESSED_HEAD = 7
"""Lines around a message's text, for the percentage."""
_FIRST = 80
"""Blocks of a long message that are laid out before it is first shown; the others follow when it stands there."""


class _Mark(NamedTuple):
    """The reading position, in terms that every layout shares: letters gone by within a message."""

    message: str
    letters: int
    unfolded: int


class Reader(Lines):
    def __init__(self, board: "Board") -> None:
        super().__init__(board.look, id="reader")
        self.board = board
        self.card: Card | None = None
        self.messages: list[ThreadMessage] = []
        self.folded: frozenset[str] = frozenset()
        self.quotes = False
        """Whether quotations and signatures are unfolded."""
        self.here = 0
        """Which message is being read: commands are about it."""
        self._at = self._line = 0
        self._rows, self._cells = 1, 0
        self._mark: _Mark | None = None
        self._laid: dict[str, Laid] = {}
        self._begun: set[str] = set()
        """Messages of which only the beginning is laid out."""
        self._laid_for: object = None
        self._documents: dict[str, Document] = {}
        self._invitations: dict[str, Invitation | None] = {}
        self._linked: dict[str, tuple[LinkedRecord, ...]] = {}
        """What messages are linked to, of those that are laid out."""
        self.folder = ""
        """Where something was saved last, as the rep would write it."""
        self._hinted = ""
        """The message whose commands the footer names."""

    @property
    def message(self) -> ThreadMessage | None:
        """The message that is being read."""
        return self.messages[self.here] if self.messages else None

    def document(self, message: ThreadMessage) -> Document:
        """What is read of a message; parsed when it is first asked for."""
        found = self._documents.get(message.id)
        if found is None:
            found = self._documents[message.id] = self.board.reading.document(message)
        return found

    def invitation(self, message: ThreadMessage) -> "Invitation | None":
        """What a message invites to; None for nothing that can be read (READ-6)."""
        if not message.invitation or not message.body_here:
            return None
        if message.id not in self._invitations:
            self._invitations[message.id] = self.board.invitations.read(message.id)
        return self._invitations[message.id]

    def linked(self, message: ThreadMessage) -> tuple[LinkedRecord, ...]:
        """What a message is linked to besides the people and companies of its addresses (LINK-4)."""
        found = self._linked.get(message.id)
        if found is None:
            linked = self.board.later.links.of(message.id)
            found = self._linked[message.id] = tuple(one for one in linked if one.how != BY_ADDRESS)
        return found

    def _relinked(self) -> list[str]:
        """Ids of messages that are linked otherwise than they are shown."""
        before, self._linked = self._linked, {}
        known = {message.id: message for message in self.messages}
        return [one for one, linked in before.items() if one in known and self.linked(known[one]) != linked]

    def show(self, card: Card, messages: Sequence[ThreadMessage], message: str = "") -> None:
        """Open a thread at its first unread message, else at its newest; read ones before are folded (READ-1).

        `message` opens it at that one. A bounce is folded below the message that it is about (READ-8).
        """
        self.card, self.messages = card, _in_order(messages)
        here = {m.id for m in messages}
        told = {m.id for m in self.messages if m.bounce and m.about in here}
        unread = [n for n, m in enumerate(self.messages) if not m.flags & Flag.SEEN and not m.mine]
        opened = unread[0] if unread else max(len(self.messages) - 1, 0)
        while opened and self.messages[opened].id in told:
            opened -= 1
        opened = next((n for n, m in enumerate(self.messages) if m.id == message), opened)
        self.folded = frozenset(
            m.id for n, m in enumerate(self.messages)
            if (n < opened and (m.flags & Flag.SEEN or m.mine)) or (m.id in told and n != opened)
        )  # fmt: skip
        self.quotes = False
        self._documents, self._invitations, self._laid, self._linked = {}, {}, {}, {}
        self._go(opened)

    def again(self, messages: Sequence[ThreadMessage]) -> None:
        """The thread may have changed: the same line stays at the top."""
        ordered = _in_order(messages)
        invited = [message.id for message in ordered if message.invitation]
        relinked = self._relinked()
        if ordered == self.messages and not invited and not relinked:
            return
        for identity in (*invited, *relinked):
            self._laid.pop(identity, None)  # what was answered or linked is kept elsewhere
        before = {message.id: message for message in self.messages}
        reading = self.message
        for message in ordered:
            known = before.get(message.id)
            if known != message:
                self._laid.pop(message.id, None)
            if known is None or (known.text, known.html, known.body_here) != (
                message.text, message.html, message.body_here,
            ):  # fmt: skip
                self._documents.pop(message.id, None)
                self._invitations.pop(message.id, None)
        self.messages = ordered
        places = {message.id: n for n, message in enumerate(ordered)}
        self.here = places.get(reading.id, 0) if reading else 0
        self._restore()
        self.changed()

    # --- moving -------------------------------------------------------------------------------------------------

    def scroll_lines(self, lines: int) -> None:
        self._finish()
        if not self._cells or not self.messages:
            return
        before = (self._at, self._line)
        self._line += lines
        while self._line < 0 and self._at:
            self._at -= 1
            self._line += len(self._block(self._at).lines)
        while self._at < len(self.messages) - 1 and self._line >= (length := len(self._block(self._at).lines)):
            self._line -= length
            self._at += 1
        at_end = self._clamp()
        if (self._at, self._line) != before:
            self._remember()
            # A short message at the end never comes to the top.
            self.here = len(self.messages) - 1 if at_end and lines > 0 else self._at_top()
            self.changed()

    def scroll_pages(self, pages: float) -> None:
        self.scroll_lines(round(pages * max(self._rows - 2, 1)))

    def scroll_to_edge(self, *, top: bool) -> None:
        self._finish()
        if not self._cells or not self.messages:
            return
        self._at = 0 if top else len(self.messages) - 1
        self._line = 0 if top else len(self._block(self._at).lines)
        self._clamp()
        self._remember()
        self.here = self._at_top() if top else len(self.messages) - 1
        self.changed()

    def step(self, messages: int) -> None:
        """To the next or the previous message, or back to the start of this one; a folded one unfolds."""
        self._finish()
        within = messages < 0 and (self._at, self._line) > (self.here, 0)
        target = self.here if within else self.here + messages
        if 0 <= target < len(self.messages):
            self._unfold(self.messages[target].id)
            self._go(target)

    def fold(self) -> None:
        """Unfold all messages, or fold all but the one that is being read."""
        self.folded = (
            frozenset()
            if self.folded
            else frozenset(message.id for n, message in enumerate(self.messages) if n != self.here)
        )
        self._laid = {}
        self._go(self.here)

    def fold_quotes(self) -> None:
        """Unfold the quotations and signatures of the thread, or fold them; the text around stays where it is."""
        self.quotes = not self.quotes
        self._laid = {}
        self._restore(unfolded=True)
        self._remember()
        self.changed()

    def _go(self, index: int) -> None:
        """Bring a message to the top."""
        self.here = self._at = index
        self._line = 0
        self._mark = _Mark(self.messages[index].id, 0, 0) if self.messages else None
        self.changed()

    def changed(self) -> None:
        super().changed()
        message = self.message
        if message is not None and message.id != self._hinted:
            self._hinted = message.id
            self.board.update_hints()

    def _unfold(self, identity: str) -> None:
        if identity in self.folded:
            self.folded -= {identity}
            self._laid.pop(identity, None)

    def _clamp(self) -> bool:
        """Leave no empty lines below the thread while there are some above; True when its end is on the screen."""
        self._at = max(0, min(self._at, len(self.messages) - 1))
        length = len(self._block(self._at).lines)
        self._line = max(0, min(self._line, length))
        have, following = length - self._line, self._at + 1
        while have < self._rows and following < len(self.messages):
            have += len(self._block(following).lines)
            following += 1
        at_end = following == len(self.messages) and have <= self._rows
        while have < self._rows and (self._at or self._line):
            if not self._line:
                self._at -= 1
                self._line = len(self._block(self._at).lines)
            up = min(self._line, self._rows - have)
            self._line -= up
            have += up
        return at_end

    def _at_top(self) -> int:
        """The first message on the screen that is unfolded, and has more than its last, blank line there."""
        left, index = len(self._block(self._at).lines) - self._line, self._at
        rows = left
        while (left <= 1 or self.messages[index].id in self.folded) and index < len(self.messages) - 1:
            index += 1
            left = len(self._block(index).lines)
            rows += left
            if rows - left >= self._rows:
                return self._at
        return self._at if self.messages[index].id in self.folded else index

    def _remember(self) -> None:
        laid = self._block(self._at)
        line = min(self._line, len(laid.lines) - 1)
        self._mark = _Mark(self.messages[self._at].id, laid.before[line], laid.unfolded[line])

    def _restore(self, *, unfolded: bool = False) -> None:
        """Find the reading position again after the lines have changed."""
        if self._mark is None or not self._cells:
            return
        mark = self._mark
        self._at = next((n for n, message in enumerate(self.messages) if message.id == mark.message), self.here)
        laid = self._block(self._at)
        self._line = laid.line_of(mark.unfolded if unfolded else mark.letters, unfolded=unfolded)

    # --- drawing ------------------------------------------------------------------------------------------------

    def build(self, cells: int, rows: int) -> list[Strip]:
        self._rows = max(rows - 1, 1)
        key = (cells, id(self.look), self.board.clock.today)
        if self._laid_for != key:
            self._laid_for, self._cells = key, cells
            self._laid = {}
            self._restore()
        if not self.messages:
            return [self._title(cells)]
        self._clamp()
        visible = self._visible(cells)
        return [self._title(cells), *visible]

    def _visible(self, cells: int) -> list[Strip]:
        text = self.look["text"]
        lines: list[Strip] = []
        index, line = self._at, self._line
        while len(lines) < self._rows and index < len(self.messages):
            laid = self._block(index)
            for number, (start, end) in enumerate(laid.lines[line : line + self._rows - len(lines)], line):
                if number == 0 and index == self.here and len(self.messages) > 1 and len(laid.lines) > 1:
                    start = [(words, self.look["heading"]) for words, _style in start]  # noqa: PLW2901 - where one reads
                lines.append(ends(start, end, cells, text) if end else strip(start, cells, text))
            index, line = index + 1, 0
        return lines

    def _title(self, cells: int) -> Strip:
        head = self.look["head_focused"]
        message = self.message
        right = f" {self.here + 1}/{len(self.messages)} " if len(self.messages) > 1 else " "
        if message is not None and (percent := self._percent()) is not None:
            right = f" {percent}% {right}"
        title = subject(self.card.subject) if self.card else ""
        labels = "".join(f" [{safe(label, 30)}]" for label in message.labels[:6]) if message else ""
        mark = self.board.account_marks.mark(self.card.account, self.look) if self.card else None
        ending: list[tuple[str, Style]] = [(right, head)]
        if mark is not None and self.card is not None:
            name = f" {clip(safe(self.card.account), 16)} "
            ending = [mark, (name, head), (right, head)]
            right = mark[0] + name + right
        room = cells - width(right) - width(labels) - 1
        if labels and width(title) > max(room, cells // 2):
            labels = f" [{len(message.labels)}]" if message else ""
        return ends([(" " + title + labels, head)], ending, cells, head)

    def _percent(self) -> int | None:
        """How far down one is; None when everything is on the screen. Messages not laid out yet are guessed."""
        sizes = [self._length(n) for n in range(len(self.messages))]
        most = sum(sizes) - self._rows
        if most <= 0:
            return None
        return max(0, min(100, 100 * (sum(sizes[: self._at]) + self._line) // most))

    def _length(self, index: int) -> int:
        message = self.messages[index]
        if (laid := self._laid.get(message.id)) is not None and message.id not in self._begun:
            return len(laid.lines)
        if message.id in self.folded:
            return 1
        return _GUESSED_HEAD + len(message.text) // max(message_lines.wide_of(self._cells) * 2 // 3, 1)

    def _block(self, index: int) -> Laid:
        """The lines of a message, laid out when they are first asked for."""
        message = self.messages[index]
        laid = self._laid.get(message.id)
        if laid is None:
            self._begun.discard(message.id)
            laid = self._laid[message.id] = self._lay(message)
        return laid

    def _finish(self) -> None:
        """Lay out the rest of a long message of which the beginning is on the screen."""
        for message in self.messages:
            if message.id in self._begun:
                self._laid[message.id] = self._lay(message, whole=True)
        if self._begun:
            self._begun = set()
            self.changed()

    def _lay(self, message: ThreadMessage, *, whole: bool = False) -> Laid:
        clock = self.board.clock
        if message.id in self.folded:
            return message_lines.folded(message, self.look, clock)
        page = Page(self.look)
        thread_subject = self.card.subject if self.card else ""
        message_lines.heading(page, message, clock, self._cells, thread_subject=thread_subject)
        message_lines.links(page, self.linked(message), self._cells)
        if (invitation := self.invitation(message)) is not None:
            from salesinbox.tui.invitation_lines import block  # noqa: PLC0415 - few messages hold one

            block(page, message, invitation, self.board, message_lines.wide_of(self._cells))
        document = self.document(message) if message.body_here else Document()
        source = self.board.keys.label("source")
        wide = message_lines.wide_of(self._cells)
        if not whole and len(document.blocks) > _FIRST and (self._at, self._line) == (self.messages.index(message), 0):
            beginning = replace(document, blocks=document.blocks[:_FIRST], cut=False)
            rows = self.board.reading.rows(beginning, wide, quotes=self.quotes, signatures=self.quotes)
            if len(rows) > self._rows:
                self._begun.add(message.id)
                self.call_after_refresh(self._finish)
                message_lines.body(page, message, beginning, rows, self._cells, source)
                return page.laid()
        rows = self.board.reading.rows(document, wide, quotes=self.quotes, signatures=self.quotes)
        message_lines.body(page, message, document, rows, self._cells, source)
        message_lines.files(page, message)
        return page.laid()

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        self.scroll_lines(3)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        self.scroll_lines(-3)


def _in_order(messages: Sequence[ThreadMessage]) -> list[ThreadMessage]:
    """Oldest first, but a bounce directly below the message that it is about."""
    about = {message.id: message.about for message in messages if message.bounce and message.about != message.id}
    here = {message.id for message in messages} - {bounce for bounce, target in about.items() if target}
    told = [message for message in messages if about.get(message.id) in here]
    below: dict[str, list[ThreadMessage]] = {}
    for message in told:
        below.setdefault(message.about, []).append(message)
    moved = {message.id for message in told}
    return [
        each
        for message in messages if message.id not in moved
        for each in (message, *below.get(message.id, ()))
    ]  # fmt: skip
