"""A thread as it is read: messages oldest first, over the columns (READ-1, READ-3)."""

from collections.abc import Sequence

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import size
from salesinbox.locale.texts import _
from salesinbox.model.board import Card
from salesinbox.model.mail import Address, Flag, ThreadMessage
from salesinbox.model.text import safe, safe_block, width
from salesinbox.tui.lines import Lines, ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock, subject
from salesinbox.tui.wrapping import wrap

WIDEST = 100
"""Cells after which text is broken: longer lines are hard to read."""
_LONGEST = 200_000
"""Characters of one message that are laid out; what follows is named, not shown."""
Part = tuple[str, Style]


class Reader(Lines):
    def __init__(self, look: Look, clock: Clock) -> None:
        super().__init__(look, id="reader")
        self.clock = clock
        self.card: Card | None = None
        self.messages: Sequence[ThreadMessage] = ()
        self.folded: frozenset[str] = frozenset()
        self.top = 0
        self._rows = 1
        self._laid_for: object = None
        self._text: list[tuple[list[Part], list[Part]]] = []
        self._starts: list[int] = []
        self._goto: int | None = None
        """A message to bring to the top when the text is laid out next."""

    def show(self, card: Card, messages: Sequence[ThreadMessage]) -> None:
        """Open a thread at its first unread message, else at its newest; read ones before are folded (READ-1)."""
        self.card, self.messages = card, messages
        unread = [n for n, m in enumerate(messages) if not m.flags & Flag.SEEN and not m.mine]
        opened = unread[0] if unread else max(len(messages) - 1, 0)
        self.folded = frozenset(m.id for m in messages[:opened] if m.flags & Flag.SEEN or m.mine)
        self._laid_for = None
        self._goto = opened
        self.top = 0
        self.changed()

    def again(self, messages: Sequence[ThreadMessage]) -> None:
        """The thread may have changed: the same line stays at the top."""
        if list(messages) != list(self.messages):
            here = self._here()
            before = self._starts[here] if self._starts else 0
            identity = self.messages[here].id if self.messages else ""
            offset = self.top - before
            self.messages = messages
            self._lay(self.size.width)
            places = [index for index, message in enumerate(messages) if message.id == identity]
            if places:
                self.top = self._starts[places[0]] + offset
            self.changed()

    # --- moving -------------------------------------------------------------------------------------------------

    def scroll_lines(self, lines: int) -> None:
        top = self.top
        self.top = max(0, min(self.top + lines, len(self._text) - self._rows))
        if self.top != top:
            self.changed()

    def scroll_pages(self, pages: float) -> None:
        self.scroll_lines(round(pages * max(self._rows - 2, 1)))

    def scroll_to_edge(self, *, top: bool) -> None:
        self.scroll_lines(-self.top if top else len(self._text))

    def step(self, messages: int) -> None:
        """To the next or the previous message; a folded one unfolds."""
        here = self._here()
        within = messages < 0 and bool(self._starts) and self.top > self._starts[here]
        target = here if within else here + messages
        if 0 <= target < len(self.messages):
            self.folded -= {self.messages[target].id}
            self._laid_for = None
            self._goto = target
            self.changed()

    def fold(self) -> None:
        """Unfold all messages, or fold all but the one that is being read."""
        here = self._here()
        self.folded = (
            frozenset()
            if self.folded
            else frozenset(message.id for index, message in enumerate(self.messages) if index != here)
        )
        self._laid_for = None
        self._goto = here
        self.changed()

    def _here(self) -> int:
        """The message at the top of the screen."""
        return max((n for n, start in enumerate(self._starts) if start <= self.top), default=0)

    # --- drawing ------------------------------------------------------------------------------------------------

    def build(self, cells: int, rows: int) -> list[Strip]:
        head = self.look["head_focused"]
        self._rows = max(rows - 1, 1)
        if self._laid_for != (cells, id(self.look), self.folded):
            self._lay(cells)
        if self._goto is not None:
            self.top = self._starts[self._goto] if self._starts else 0
            self._goto = None
        most = max(0, len(self._text) - self._rows)
        self.top = max(0, min(self.top, most))
        text = self.look["text"]
        right = f" {self._here() + 1}/{len(self.messages)} " if len(self.messages) > 1 else " "
        if most:
            right = f" {100 * self.top // most}% {right}"
        title = subject(self.card.subject) if self.card else ""
        lines = [ends([(" " + title, head)], [(right, head)], cells, head)]
        for start, end in self._text[self.top : self.top + self._rows]:
            lines.append(ends(start, end, cells, text) if end else strip(start, cells, text))
        return lines

    def _lay(self, cells: int) -> None:
        self._laid_for = (cells, id(self.look), self.folded)
        self._text, self._starts = [], []
        for message in self.messages:
            self._starts.append(len(self._text))
            if message.id in self.folded:
                self._folded_line(message)
            else:
                self._message(message, min(WIDEST, max(cells - 4, 10)), cells)

    def _folded_line(self, message: ThreadMessage) -> None:
        dim = self.look["dim"]
        preview = safe(message.text[:300], 200).strip()
        self._text.append(
            ([(" ▸ ", self.look["mark"]), (_name(message), self.look["name"]), ("  " + preview, dim)],
             [(" " + self.clock.brief(message.date) + " ", self.look["time"])])
        )  # fmt: skip

    def _message(self, message: ThreadMessage, wide: int, cells: int) -> None:
        text, dim, rule = self.look["text"], self.look["dim"], self.look["rule"]
        add = self._text.append
        add(([(" " + "─" * max(cells - 2, 0), rule)], []))
        unread = not message.flags & Flag.SEEN and not message.mine
        name = [(" • " if unread else "   ", self.look["mark"])]
        name.append((_name(message), self.look["own"] if message.mine else self.look["person"]))
        if message.sender.name:
            name.append((f"  {safe(message.sender.address, 200)}", dim))
        add((name, [(" " + self.clock.full(message.date) + " ", self.look["time"])]))
        for label, addresses in ((_("To"), message.to), (_("Cc"), message.cc)):
            if addresses:
                listed = ", ".join(_address(address) for address in addresses[:40])
                add(([("   " + label + " ", dim), (listed, dim)], []))
        if self.card and message.subject and safe(message.subject) != safe(self.card.subject):
            add(([("   " + _("Subject") + " ", dim), (subject(message.subject), text)], []))
        if message.warning:
            sentence = _("! The sender could not be verified: this mail may not come from its From address.")
            for line in wrap(sentence, wide):
                add(([("   " + line, self.look["warning"])], []))
        add(([], []))
        self._body(message, wide)
        for attachment in message.attachments:
            detail = f"  {safe(attachment.type, 60)}  {size(attachment.size)}"
            add(([(" @ ", self.look["mark"]), (safe(attachment.name, 120) or _("(no name)"), text), (detail, dim)], []))
        if message.attachments:
            add(([], []))

    def _body(self, message: ThreadMessage, wide: int) -> None:
        text, dim, quote = self.look["text"], self.look["dim"], self.look["quote"]
        add = self._text.append
        if not message.body_here:
            add(([("   " + _("The content of this message is still on its way."), dim)], []))
            add(([], []))
            return
        content = safe_block(message.text[:_LONGEST]).strip("\n")
        if not content.strip():
            add(([("   " + _("(no text)"), dim)], []))
        for line in content.split("\n"):
            quoted = line.lstrip().startswith((">", "＞"))
            for piece in wrap(line, wide):
                add(([("   ", text), (piece, quote if quoted else text)], []))
        if len(message.text) > _LONGEST:
            more = _("(and {n} further characters)").format(n=f"{len(message.text) - _LONGEST:,}")
            add(([("   " + more, dim)], []))
        add(([], []))

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        self.scroll_lines(3)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        self.scroll_lines(-3)


def _name(message: ThreadMessage) -> str:
    name = safe(message.sender.name or message.sender.address, 120)
    if message.mine:
        me = _("me")
        return f"{name} ({me})" if width(name) else me
    return name or _("(nobody)")


def _address(address: Address) -> str:
    if not address.name:
        return safe(address.address, 200)
    return f"{safe(address.name, 120)} <{safe(address.address, 200)}>"
