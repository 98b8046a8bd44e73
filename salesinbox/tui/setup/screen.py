"""Setting up an account (ACC-2), step by step: at the first start, and from the board.

The steps that were taken are a stack: Esc takes the top one off and finds the one below as it was left. Whatever asks
a network or a disk is done in a thread, so that keys are always answered.
"""

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from textual import events
from textual.geometry import Offset, Region
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.text import safe, width
from salesinbox.tui.appearance import Appearance
from salesinbox.tui.keys import Keys
from salesinbox.tui.lines import Lines, ends, strip
from salesinbox.tui.navigation import FORM, LIST, SETUP
from salesinbox.tui.setup.answers import Answers
from salesinbox.tui.setup.step import Step
from salesinbox.tui.themes import Look

if TYPE_CHECKING:
    from pathlib import Path

    from salesinbox.services.live import LiveService
    from salesinbox.services.secrets import SecretsService
    from salesinbox.services.setup import SetupService
    from salesinbox.services.signing_in import SigningIn

_WIDEST = 92
_LEAVING = ("ctrl+c", "ctrl+q")


class Services(Protocol):
    """What setting up needs; each is made when it is first asked for."""

    @property
    def setup(self) -> "SetupService": ...

    @property
    def signing_in(self) -> "SigningIn": ...

    @property
    def secrets(self) -> "SecretsService": ...

    @property
    def live(self) -> "LiveService": ...


class Work:
    """Something that is being done in a thread. Once it is stopped, nobody hears of it any more."""

    def __init__(self) -> None:
        self.stopped = Event()

    def stop(self) -> None:
        self.stopped.set()


class _Picture(Lines):
    """The step on top, between a title and a last line."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup.look)
        self.setup = setup
        self.top = 0

    def build(self, cells: int, rows: int) -> list[Strip]:
        setup, look = self.setup, self.look
        step = setup.step
        ground, footer = look["text"], look["footer"]
        wide = min(_WIDEST, max(cells - 4, 10))
        margin = max((cells - wide) // 2, 0)
        drawn = step.draw(wide)
        room = max(rows - 3, 1)
        most = max(len(drawn.rows) - room, 0)
        self.top = max(0, min(self.top, drawn.at, most), drawn.at - room + 1)
        title = look["title"]
        lines = [ends([(" " + setup.heading, title)], [(step.title + " ", title)], cells, title)]
        lines.append(strip([], cells, ground))
        shown = (drawn.rows[self.top : self.top + room] + [[]] * room)[:room]
        lines += [strip([(" " * margin, ground), *row], cells, ground) for row in shown]
        if self.top + room < len(drawn.rows):
            lines[-1] = strip([(" " * margin, ground), ("…", look["dim"])], cells, ground)
        if drawn.cell is not None:
            setup.host.cursor_position = Offset(margin + drawn.cell, 2 + drawn.at - self.top)
        keys = [*step.keys(), ("Esc", step.back_word())]
        parts = [(" ", footer)]
        for key, words in keys:
            if sum(width(text) for text, _style in parts) + width(key) + width(words) + 3 <= cells:
                parts += [(key, look["key"]), (f" {words}  ", footer)]
        lines = lines[: rows - 1]
        if setup.sentence:
            parts = [(" " + safe(setup.sentence, 300), look["key"])]
        return [*lines, strip(parts, cells, footer)]


class Setup(ModalScreen[None], inherit_bindings=False):
    """`done` gets the file that was written and the account's name; `left` is called when nothing was set up.

    Args:
        host: the application.
        keys: the rep's keys, or ours.
        services: made when they are needed.
        answers: what is known before the first step.
        first: makes the first step.
        heading: what is being done, for the title.
        done, left: see above.
    """

    AUTO_FOCUS = ""
    ALLOW_SELECT = False
    mode = SETUP

    def __init__(
        self,
        host: Appearance,
        keys: Keys,
        services: Services,
        answers: Answers,
        first: Callable[["Setup"], Step],
        *,
        heading: str,
        done: Callable[["Path", str], None],
        left: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.styles.background = "transparent"
        self.host, self.keys, self.services, self.answers = host, keys, services, answers
        self.heading = heading
        self.done, self.left = done, left
        self.sentence = ""
        """Said in the last line until the next key."""
        self.steps = [first(self)]
        self.picture = _Picture(self)

    @property
    def look(self) -> Look:
        return self.host.look

    @property
    def step(self) -> Step:
        return self.steps[-1]

    def compose(self) -> "list[Widget]":
        self.picture.styles.width, self.picture.styles.height = "1fr", "1fr"
        return [self.picture]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground: nothing of what lies below is seen."""
        return [Strip.blank(crop.width, self.look["text"])] * crop.height

    def on_mount(self) -> None:
        self.step.entered()

    def on_unmount(self) -> None:
        for step in self.steps:
            step.left()

    def show(self) -> None:
        """Draw what has changed."""
        if self.is_attached:
            self.picture.changed()

    # --- steps --------------------------------------------------------------------------------------------------

    def go(self, step: Step, *, instead: bool = False) -> None:
        """To a further step; `instead` of the one on top, to which nobody goes back."""
        if instead:
            self.steps.pop().left()
        self.steps.append(step)
        self.picture.top = 0
        step.entered()
        self.show()

    def back(self) -> None:
        """One step back; from the first one out of here."""
        self.step.left()
        if len(self.steps) == 1:
            self.dismiss(None)
            self.left()
            return
        self.steps.pop()
        self.picture.top = 0
        self.step.entered()
        self.show()

    def back_to(self, kind: type[Step]) -> bool:
        """Back to the step of a kind; False if none was taken."""
        if not any(isinstance(step, kind) for step in self.steps):
            return False
        while not isinstance(self.step, kind):
            self.steps.pop().left()
        self.step.entered()
        self.show()
        return True

    def finish(self, path: "Path", name: str) -> None:
        self.dismiss(None)
        self.done(path, name)

    def say(self, sentence: str) -> None:
        self.sentence = sentence
        self.show()

    # --- work ---------------------------------------------------------------------------------------------------

    def work(
        self, doing: Callable[[Event], Any], done: Callable[[Any], None], failed: Callable[[SalesInboxError], None]
    ) -> Work:
        """Do it in a thread. `doing` gets an event that is set when the rep no longer waits; then nothing follows."""
        work = Work()

        def after(call: Callable[[Any], None], result: Any) -> None:
            if not work.stopped.is_set() and self.is_attached:
                call(result)
                self.show()

        def run() -> None:
            trouble: SalesInboxError | None = SalesInboxError(
                _("That went wrong, and it is a fault of this program. `salesinbox doctor` may tell more.")
            )
            result = None
            try:
                result = doing(work.stopped)
                trouble = None
            except SalesInboxError as error:
                trouble = error
            finally:
                if self.host.is_running:
                    call, given = (done, result) if trouble is None else (failed, trouble)
                    self.host.call_from_thread(after, call, given)

        self.run_worker(run, thread=True, exit_on_error=False)
        return work

    # --- keys ---------------------------------------------------------------------------------------------------

    def command(self, key: str, character: str | None) -> str:
        """The name of the command that a key calls here, in lists, or ""."""
        found = self.keys.find(SETUP, key, character) or self.keys.find(LIST, key, character)
        return found.name if found is not None else ""

    def label(self, name: str, *, typing: bool = False) -> str:
        """The key of a command; while text is typed, one that is no text."""
        return self.keys.label(name, FORM if typing else SETUP)

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self.host.screen is not self:  # typed ahead, for what lies over this
            self.host.screen.post_message(events.Key(event.key, event.character))
            return
        key, character = event.key, event.character
        self.sentence = ""
        typed = character if character and character.isprintable() and not key.startswith(("alt+", "ctrl+")) else None
        step = self.step
        if key in _LEAVING or (not step.typing and self.command(key, character) == "quit"):
            step.left()
            self.host.exit()
        elif key == "escape" or (not step.typing and self.command(key, character) == "back"):
            self.back()
        else:
            try:
                step.take(key, typed)
            except SalesInboxError as error:  # a configuration that cannot be read, say
                self.sentence = str(error)
            self.show()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.step.paste(event.text)
        self.show()

    def on_mouse_scroll_down(self) -> None:
        self.step.take("down", None)
        self.show()

    def on_mouse_scroll_up(self) -> None:
        self.step.take("up", None)
        self.show()

    def on_resize(self) -> None:
        self.show()
