"""Fields that are typed or chosen while an account is set up; a password is drawn as dots."""

from collections.abc import Sequence

from rich.style import Style

from salesinbox.model.text import safe, width
from salesinbox.tui.screens.question import DOT
from salesinbox.tui.themes import Look
from salesinbox.tui.typing import Typed

Part = tuple[str, Style]


class Field:
    """What the rep fills in. `note` is said below it while it has the cursor."""

    choosing = False
    """Whether the blank and the arrow keys change it."""

    def __init__(self, name: str, label: str, note: str = "") -> None:
        self.name, self.label, self.note = name, label, note

    def value(self) -> str:
        raise NotImplementedError

    def key(self, key: str, character: str | None) -> bool:
        """Take a key; False when it means nothing here."""
        raise NotImplementedError

    def paste(self, text: str) -> None:
        """Text from the terminal's own clipboard."""

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int | None]:
        """Its parts in so many cells, and the cell of the cursor, if it has one."""
        raise NotImplementedError


class Line(Field):
    """A line of text. One that is `secret` is never drawn, and never part of a `repr`."""

    def __init__(self, name: str, label: str, text: str = "", note: str = "", *, secret: bool = False) -> None:
        super().__init__(name, label, note)
        self.typed = Typed(text)
        self.secret = secret

    def value(self) -> str:
        """What was typed; of a password nothing is taken off, for blanks may belong to it."""
        return self.typed.text if self.secret else self.typed.text.strip()

    def key(self, key: str, character: str | None) -> bool:
        return self.typed.key(key, character)

    def paste(self, text: str) -> None:
        self.typed.insert(text.strip("\r\n") if self.secret else " ".join(text.split()))

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int | None]:
        text = DOT * len(self.typed.text) if self.secret else self.typed.text
        before, after = text[: self.typed.place], text[self.typed.place :]
        style = look["input"]
        if not here:
            return [(safe(text, cells), look["text"])], None
        while width(before) > max(cells - 2, 1):
            before = before[1:]
        cursor = after[:1] or " "
        left = cells - width(before) - width(cursor)
        rest = after[1:]
        while rest and width(rest) > left:
            rest = rest[:-1]
        blank = " " * max(left - width(rest), 0)
        return [(before, style), (cursor, style + Style(reverse=True)), (rest + blank, style)], width(before)


class Pick(Field):
    """One of a few: the blank and the arrow keys go through them."""

    choosing = True

    def __init__(
        self, name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str = "", note: str = ""
    ) -> None:
        super().__init__(name, label, note)
        self.choices = list(choices)
        values = [value for value, _title in self.choices]
        self.at = values.index(chosen) if chosen in values else 0

    def value(self) -> str:
        return self.choices[self.at][0]

    def key(self, key: str, character: str | None) -> bool:
        if key in ("left", "right", "space") or character == " ":
            self.at = (self.at + (-1 if key == "left" else 1)) % len(self.choices)
            return True
        return False

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int | None]:
        title = safe(self.choices[self.at][1], cells - 4)
        if len(self.choices) == 1 or not here:
            return [(title, look["text"])], 0 if here else None
        return [("‹ ", look["heading"]), (title, look["input"]), (" ›", look["heading"])], 0


class Check(Field):
    """Yes or no."""

    choosing = True

    def __init__(self, name: str, label: str, note: str = "", *, on: bool = False) -> None:
        super().__init__(name, label, note)
        self.on = on

    def value(self) -> str:
        return "yes" if self.on else ""

    def key(self, key: str, character: str | None) -> bool:
        if key in ("space", "left", "right") or character == " ":
            self.on = not self.on
            return True
        return False

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int | None]:  # noqa: ARG002 - as the others
        return [("[x]" if self.on else "[ ]", look["input"] if here else look["text"])], 0 if here else None
