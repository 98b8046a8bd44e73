"""The first start, without a configuration: to the demo, to an account that is set up, or to the lines it needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from salesinbox.locale.texts import _
from salesinbox.model.text import safe, width
from salesinbox.tui.appearance import Appearance
from salesinbox.tui.lines import Lines, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.setup.answers import Answers
    from salesinbox.tui.setup.screen import Services

_WIDEST = 90
SET_UP = "set up"
"""What `run` returns when there is an account now."""


class _Page(Lines):
    """One page of text; it scrolls where it does not fit."""

    def __init__(self, look: Look, path: Path, example: str) -> None:
        super().__init__(look, id="page")
        self.path = path
        self.example = example
        self.shows_example = False
        self.top = 0

    def build(self, cells: int, rows: int) -> list[Strip]:
        look = self.look
        wide = min(_WIDEST, max(cells - 4, 10))
        margin = " " * max((cells - wide) // 2, 0)
        text = self._example(wide) if self.shows_example else self._welcome(wide)
        room = max(rows - 2, 1)
        self.top = max(0, min(self.top, len(text) - room))
        title, footer = look["title"], look["footer"]
        lines = [strip([(" SalesInbox", title)], cells, title)]
        for role, line in (text[self.top : self.top + room] + [("text", "")] * room)[:room]:
            lines.append(strip([(margin, look["text"]), (line, look[role])], cells, look["text"]))
        keys = [("d", _("Demo")), ("c", _("Set up an account")), ("e", _("By hand")), ("Q", _("Quit"))]
        if self.shows_example:
            keys = [("q", _("Back")), ("d", _("Demo")), ("Q", _("Quit"))]
        parts = [part for key, words in keys for part in ((f" {key}", look["key"]), (f" {words} ", footer))]
        return [*lines, strip(parts, cells, footer)]

    def _welcome(self, cells: int) -> list[tuple[str, str]]:
        lines = [("text", ""), ("person", _("Your mail, laid out by what the CRM knows of the sender.")), ("text", "")]
        sentences = (
            _("Four columns: mail from open deals, from contacts and leads, from colleagues, and the rest. Beside them"
              " the person, the company and the deals of whoever wrote."),
            _("Nothing is set up yet. These are the ways from here:"),
        )  # fmt: skip
        for sentence in sentences:
            lines += [("text", line) for line in wrap(sentence, cells)] + [("text", "")]
        ways = (
            ("d", _("Look at the demo: a small company's mail, customers and deals. Nothing of yours is touched.")),
            ("c", _("Set up your mail account: its servers are found and tried, and nothing is written unasked.")),
            ("e", _("Write the few lines of the configuration yourself.")),
        )
        for key, words in ways:
            first, *rest = wrap(words, cells - 6)
            lines += [("heading", f"  {key}   {first}"), *(("text", f"      {line}") for line in rest), ("text", "")]
        return lines

    def _example(self, cells: int) -> list[tuple[str, str]]:
        lines = [("text", ""), ("person", _("Write these lines, with your own values, to this file:"))]
        lines += [("heading", line) for line in wrap(safe(str(self.path)), cells)] + [("text", "")]
        for line in self.example.splitlines():
            shown = safe(line)
            code, mark, comment = shown.partition("  #")
            if width(shown) > cells and mark:
                # What does not fit is said above its line: these lines are there to be copied.
                indent = " " * (len(code) - len(code.lstrip()))
                lines += [("dim", f"{indent}#{comment}"), ("text", code.rstrip())]
            else:
                lines.append(("dim" if shown.lstrip().startswith("#") else "text", shown))
        lines += [("text", "")]
        lines += [
            ("text", line) for line in wrap(_("Then start salesinbox again. `salesinbox doctor` checks it."), cells)
        ]
        return lines


class _Only(Screen[None], inherit_bindings=False):
    AUTO_FOCUS = ""
    app: "Welcome"

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.app.press(event.key)


class Welcome(Appearance):
    """`run` returns "demo" when the rep wants the demo, "set up" when an account was written, None when they leave."""

    CSS = "_Page { width: 1fr; height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = []  # noqa: RUF012 - the framework's own way to have none

    def __init__(
        self,
        *,
        path: Path,
        example: str,
        themes: Sequence[Path],
        theme: str = "dark",
        setting_up: "Services",
    ) -> None:
        """`setting_up`: what finds, tries and writes an account."""
        super().__init__(themes, theme)
        self.setting_up = setting_up
        self.answers: Answers | None = None
        self.page = _Page(self.look, path, example)

    def get_default_screen(self) -> Screen[None]:
        return _Only(id="_default")

    def compose(self) -> list[Widget]:
        return [self.page]

    def press(self, key: str) -> None:
        """A key on the page."""
        page = self.page
        if key == "d":
            self.exit("demo")
        elif key in ("Q", "ctrl+c", "ctrl+q") or (key in ("q", "escape") and not page.shows_example):
            self.exit(None)
        elif key in ("c", "enter") and not page.shows_example:
            self._set_up()
        elif key == "e" or (key in ("q", "escape") and page.shows_example):
            page.shows_example = key == "e"
            page.top = 0
            page.changed()
        elif key in ("j", "down", "k", "up", "space", "pagedown", "pageup"):
            page.top += {"j": 1, "down": 1, "k": -1, "up": -1, "pageup": -10}.get(key, 10)
            page.changed()

    def _set_up(self) -> None:
        from salesinbox.tui.keys import Keys  # noqa: PLC0415 - the page stands sooner without it
        from salesinbox.tui.setup.answers import Answers  # noqa: PLC0415 - the same
        from salesinbox.tui.setup.finding import AddressStep  # noqa: PLC0415 - the same
        from salesinbox.tui.setup.screen import Setup  # noqa: PLC0415 - the same

        if self.answers is None:  # kept, so that whoever leaves and comes back finds what they typed
            self.answers = Answers()

        def done(_path: Path, _name: str) -> None:
            self.exit(SET_UP)

        heading = _("Set up an account")
        self.push_screen(Setup(self, Keys(), self.setting_up, self.answers, AddressStep, heading=heading, done=done))
