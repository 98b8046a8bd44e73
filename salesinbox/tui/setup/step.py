"""The ground of all steps of setting up an account: a heading, lines, and what keys do there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model.text import pad, safe, width
from salesinbox.tui.setup.fields import Field, Line
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.setup.screen import Setup

Part = tuple[str, Style]
Row = list[Part]
_LABEL = 24


@dataclass(frozen=True)
class Drawn:
    """The lines of a step. `at`: the line that must be seen; `cell`: where in it the terminal's cursor stands."""

    rows: list[Row]
    at: int = 0
    cell: int | None = None


class Step:
    """One step. It is kept while later ones are shown, so that going back finds it as it was left."""

    typing = False
    """Whether plain characters are text here."""

    def __init__(self, setup: "Setup") -> None:
        self.setup = setup
        self.answers = setup.answers
        self.error = ""
        """What is wrong, above all else."""

    # --- what steps say -----------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        raise NotImplementedError

    def draw(self, cells: int) -> Drawn:
        raise NotImplementedError

    def keys(self) -> list[tuple[str, str]]:
        """Keys and what they do, for the last line; going back is added."""
        return [("⏎", _("go on"))]

    def back_word(self) -> str:
        return _("back")

    def entered(self) -> None:
        """It has come to the screen, for the first time or again."""

    def left(self) -> None:
        """The rep goes back from it, or leaves."""

    def take(self, key: str, character: str | None) -> None:
        """A key that is neither Esc nor one that ends the program."""

    def paste(self, text: str) -> None:
        """Text from the terminal's own clipboard."""

    # --- for steps ----------------------------------------------------------------------------------------------

    def words(self, text: str, cells: int, role: str = "text", lead: str = "") -> list[Row]:
        """A text of ours, broken at the width."""
        style = self.setup.look[role]
        return [[(lead, style), (line, style)] for line in wrap(safe(text, 2000), max(cells - width(lead), 10))]

    def wrong(self, cells: int) -> list[Row]:
        """What is wrong, with an empty line below it."""
        return [*self.words(self.error, cells, "warning", "! "), []] if self.error else []

    def choices(self, rows: Sequence[tuple[str, str, str]], at: int, cells: int) -> Drawn:
        """A list of (title, hint, detail) of which one has the cursor; details stand below their title."""
        look = self.setup.look
        drawn: list[Row] = []
        line = 0
        for number, (title, hint, detail) in enumerate(rows):
            here = number == at
            line = len(drawn) if here else line
            bar: Part = ("▌ " if here else "  ", look["cursor"])
            style = look["unread" if here else "text"]
            tail: list[Part] = [("  " + hint, look["dim"])] if hint else []
            drawn.append([bar, (title, style), *tail])
            drawn += [[bar, (words, look["dim"])] for words in wrap(detail, max(cells - 4, 10)) if detail]
        return Drawn(drawn, line)


class FormStep(Step):
    """A step of fields. Enter goes to the next one while a later line is empty; then it goes on."""

    typing = True

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self.fields: list[Field] = self.made()
        self.at = next((n for n, one in enumerate(self.shown()) if not one.value()), len(self.shown()) - 1)

    def made(self) -> list[Field]:
        raise NotImplementedError

    def shown(self) -> list[Field]:
        """The fields that mean something now."""
        return self.fields

    def above(self, cells: int) -> list[Row]:  # noqa: ARG002 - for the steps
        return []

    def changed(self) -> None:
        """Something was typed or chosen."""

    def go_on(self) -> None:
        raise NotImplementedError

    @property
    def here(self) -> Field:
        shown = self.shown()
        return shown[max(0, min(self.at, len(shown) - 1))]

    def value(self, name: str) -> str:
        return next((one.value() for one in self.shown() if one.name == name), "")

    def point(self, name: str, sentence: str) -> None:
        """Say what is wrong, and put the cursor where it can be mended."""
        self.error = sentence
        self.at = next((n for n, one in enumerate(self.shown()) if one.name == name), self.at)

    def keys(self) -> list[tuple[str, str]]:
        found = [("⏎", _("go on")), ("Tab", _("next field"))]
        if self.here.choosing:
            found.append((_("Space"), _("choose")))
        return found

    def draw(self, cells: int) -> Drawn:
        look = self.setup.look
        rows = [*self.wrong(cells), *self.above(cells)]
        shown = self.shown()
        label = min(max(width(one.label) for one in shown) + 2, _LABEL + 8, cells // 2)
        at, cell = 0, None
        for one in shown:
            here = one is self.here
            parts, cursor = one.drawn(look, max(cells - label - 2, 8), here=here)
            if here:
                at, cell = len(rows), None if cursor is None else 2 + label + cursor
            name: Part = (pad(one.label, label), look["heading" if here else "dim"])
            rows.append([("▌ " if here else "  ", look["cursor"]), name, *parts])
            if here and one.note:
                rows += self.words(one.note, cells - 2, "dim", "  ")
        return Drawn(rows, at, cell)

    def take(self, key: str, character: str | None) -> None:
        shown = self.shown()
        if key in ("tab", "down"):
            self.at = min(self.at + 1, len(shown) - 1)
        elif key in ("shift+tab", "up"):
            self.at = max(self.at - 1, 0)
        elif key == "enter":
            if self.here.value() and any(isinstance(one, Line) and not one.value() for one in shown[self.at + 1 :]):
                self.at += 1
            else:
                self.error = ""
                self.go_on()
        elif self.here.key(key, character):
            self.error = ""
            self.changed()

    def paste(self, text: str) -> None:
        self.here.paste(text)
        self.error = ""
        self.changed()


class ListStep(Step):
    """A step of rows of which one is chosen."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self.at = 0

    def rows(self) -> Sequence[Any]:
        raise NotImplementedError

    def does(self) -> dict[str, Callable[[], None]]:
        """Names of commands of setting up, and what they do here."""
        return {}

    def take(self, key: str, character: str | None) -> None:
        command = self.setup.command(key, character)
        last = len(self.rows()) - 1
        if command in self.does():
            self.does()[command]()
        elif command == "move-down":
            self.at = min(self.at + 1, last)
        elif command == "move-up":
            self.at = max(self.at - 1, 0)
        elif command in ("first", "last"):
            self.at = 0 if command == "first" else last
        elif command in ("page-down", "half-page-down"):
            self.at = min(self.at + 10, last)
        elif command in ("page-up", "half-page-up"):
            self.at = max(self.at - 10, 0)
