"""One field of a form each: a line of text, a choice, records looked up while one types, text of many lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.style import Style

from salesinbox.model.fields import Field
from salesinbox.model.listing import Brief
from salesinbox.model.text import clip, safe, safe_block, width
from salesinbox.tui.compose import fields as lines
from salesinbox.tui.themes import Look

Part = tuple[str, Style]


class Editor:
    """`first` is the value as it was; a `guess` counts as typed, but is shown as what it is until it is touched."""

    def __init__(self, field: Field, label: str, *, guess: bool = False) -> None:
        self.field, self.label = field, label
        self.guess = guess
        self.error = ""
        self.first = ""

    @property
    def name(self) -> str:
        return self.field.name

    def value(self) -> str:
        """As the services take it."""
        raise NotImplementedError

    @property
    def is_changed(self) -> bool:
        return self.value() != self.first

    def key(self, key: str, character: str | None) -> bool:
        """Take a key; False when it means nothing here."""
        raise NotImplementedError

    def paste(self, text: str) -> None:
        """What was copied elsewhere."""

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int]:
        """What is seen of it in so many cells, and the cell of the cursor."""
        raise NotImplementedError

    def looked_for(self) -> str:
        """What is typed of a record that is looked for; "" where none is."""
        return ""

    def kinds(self) -> Sequence[str]:
        """The kinds of record that are looked for."""
        return ()

    def take(self, found: Brief) -> None:
        """Put a record that was found in the place of what was typed."""

    def _style(self, look: Look) -> Style:
        return look["dim"] if self.guess else look["text"]


class Line(Editor):
    """A line of text; `looks_for` names kinds of records of which one may be taken (its name stands there then)."""

    def __init__(
        self, field: Field, label: str, text: str = "", *, guess: bool = False, looks_for: Sequence[str] = ()
    ) -> None:
        super().__init__(field, label, guess=guess)
        self.typed = lines.Field(field.name, text)
        self._kinds = looks_for
        self._taken: tuple[str, str] = ("", "")
        """The name of the record that was taken, and its id."""
        self.first = self.value() if not guess else ""

    def value(self) -> str:
        text = self.typed.text.strip()
        name, id = self._taken  # noqa: A001 - as everywhere in the services
        return id if id and text == name else text

    def key(self, key: str, character: str | None) -> bool:
        before = self.typed.text
        taken = self.typed.key(key, character)
        if self.typed.text != before:
            self.guess, self.error = False, ""
        return taken

    def become(self, text: str) -> None:
        """Another text, as if it had been typed."""
        self.typed.text = safe(text)
        self.typed.place = len(self.typed.text)

    def paste(self, text: str) -> None:
        self.typed.paste(text)
        self.guess, self.error = False, ""

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int]:
        if not here:
            return [(clip(self.typed.text, cells), self._style(look))], 0
        return _with_cursor(self.typed.text, self.typed.place, look, cells, self._style(look) + look["input"])

    def looked_for(self) -> str:
        return self.typed.text.strip() if self._kinds and self.typed.text != self._taken[0] else ""

    def kinds(self) -> Sequence[str]:
        return self._kinds

    def take(self, found: Brief) -> None:
        name = " ".join(safe(found.name).split())
        self._taken = (name, found.id)
        self.become(name)
        self.guess, self.error = False, ""


class Pick(Editor):
    """One of several values; `open` shows all of them. A letter goes to the next one that begins with it."""

    def __init__(
        self,
        field: Field,
        label: str,
        choices: Sequence[tuple[str, str]],
        text: str = "",
        *,
        guess: bool = False,
        empty: bool = True,
    ) -> None:
        super().__init__(field, label, guess=guess)
        self.chosen = text
        self.choices = [*choices]
        """(value, title); titles are safe to draw."""
        if text and all(value != text for value, _title in choices):
            self.choices.append((text, safe(text, 200)))
        self.empty = empty
        if not empty and not text and choices:
            self.chosen = choices[0][0]
        self.first = self.chosen if not guess else ""

    def value(self) -> str:
        return self.chosen

    def title(self) -> str:
        return next((title for value, title in self.choices if value == self.chosen), "")

    def choose(self, value: str) -> None:
        self.chosen = value
        self.guess, self.error = False, ""

    def key(self, key: str, character: str | None) -> bool:
        values = [value for value, _title in self.choices]
        at = values.index(self.chosen) if self.chosen in values else -1
        if key in ("left", "right") and values:
            to = at + (1 if key == "right" else -1)
            least = -1 if self.empty else 0
            self.choose(values[to] if 0 <= to < len(values) else "" if to < 0 and least < 0 else self.chosen)
        elif key in ("backspace", "delete") and self.empty:
            self.choose("")
        elif character and character != " ":
            turned = [*range(at + 1, len(values)), *range(at + 1)]
            begins = [n for n in turned if self.choices[n][1].lower().startswith(character.lower())]
            if begins:
                self.choose(values[begins[0]])
        else:
            return False
        return True

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int]:
        title = clip(self.title(), max(cells - 4, 1))
        if not here:
            return [(title, self._style(look))], 0
        return [("‹ ", look["dim"]), (title or "–", self._style(look) + look["input"]), (" ›", look["dim"])], 2


@dataclass(frozen=True, slots=True)
class Chip:
    """A record that was taken; `role` is the part that a person has in a deal."""

    id: str
    name: str
    role: str = ""


class Chips(Editor):
    """Several records. `by_role`: people of a deal, written as "p12:Decision Maker, p3"."""

    def __init__(
        self, field: Field, label: str, chips: Sequence[Chip], looks_for: Sequence[str], *, by_role: bool = False
    ) -> None:
        super().__init__(field, label)
        self.chips = [*chips]
        self.typed = lines.Field(field.name)
        self._kinds = looks_for
        self._by_role = by_role
        self.first = self.value()

    def value(self) -> str:
        rest = [self.typed.text.strip()] if self.typed.text.strip() else []
        if self._by_role:
            names = [f"{chip.id}:{chip.role}" if chip.role else chip.id for chip in self.chips]
            return ", ".join([*names, *rest])
        return " ".join([*(chip.id for chip in self.chips), *rest])

    def key(self, key: str, character: str | None) -> bool:
        self.error = ""
        if key == "backspace" and not self.typed.place and self.chips:
            self.chips.pop()
            return True
        return self.typed.key(key, character)

    def paste(self, text: str) -> None:
        self.typed.paste(text)

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int]:
        parts: list[Part] = []
        room = cells - (max(width(self.typed.text) + 1, 8) if here else width(self.typed.text))
        used = 0
        for chip in self.chips:
            name = safe(chip.name, 60) + (f" ({safe(chip.role, 30)})" if chip.role else "")
            piece = name if used == 0 else f" · {name}"
            piece = clip(piece, max(room - used, 0))
            parts.append((piece, look["person"]))
            used += width(piece)
        if not here:
            return [*parts, (self.typed.text, look["warning"])], 0
        if parts:
            parts.append((" ", look["text"]))
            used += 1
        rest, at = _with_cursor(self.typed.text, self.typed.place, look, max(cells - used, 2), look["input"])
        return [*parts, *rest], used + at

    def looked_for(self) -> str:
        return self.typed.text.strip()

    def kinds(self) -> Sequence[str]:
        return self._kinds

    def take(self, found: Brief) -> None:
        if all(chip.id != found.id for chip in self.chips):
            self.chips.append(Chip(found.id, found.name))
        self.typed.text, self.typed.place = "", 0


class Long(Editor):
    """Text of many lines; the form shows it in the editor in which mail is written, and tells what it holds."""

    def __init__(self, field: Field, label: str, text: str = "", *, guess: bool = False) -> None:
        super().__init__(field, label, guess=guess)
        self.text = safe_block(text)
        self.first = self.text if not guess else ""

    def value(self) -> str:
        return self.text

    def key(self, key: str, character: str | None) -> bool:  # noqa: ARG002 - the form hands them to its text
        return False

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int]:  # noqa: ARG002 - one of several
        return [(clip(" ".join(self.text.split()), cells), look["dim"])], 0


class Ask(Editor):
    """A record chosen in a list of its own, which `asked` opens with what to do with the one that is taken."""

    def __init__(self, field: Field, label: str, asked: Callable[[Callable[[Brief], None]], None]) -> None:
        super().__init__(field, label)
        self.found: Brief | None = None
        self.asked = asked

    def value(self) -> str:
        return self.found.id if self.found is not None else ""

    def key(self, key: str, character: str | None) -> bool:
        if key in ("backspace", "delete"):
            self.found = None
        else:
            return bool(character)
        return True

    def take(self, found: Brief) -> None:
        self.found, self.error = found, ""

    def drawn(self, look: Look, cells: int, *, here: bool) -> tuple[list[Part], int]:
        name = safe(self.found.name, 200) if self.found is not None else "–"
        detail = "  " + safe(self.found.detail, 200) if self.found is not None and self.found.detail else ""
        style = look["input"] if here else look["text"]
        name = clip(name, cells)
        return [(name, style), (clip(detail, max(cells - width(name), 0)), look["dim"])], 0


def _with_cursor(text: str, place: int, look: Look, cells: int, style: Style) -> tuple[list[Part], int]:
    """A text with the cursor drawn in it; the beginning gives way where it is too long."""
    before, after = text[:place], text[place:]
    while width(before) > max(cells - 2, 1):
        before = before[1:]
    cursor = (after[:1] or " ", look["input"] + Style(reverse=True))
    rest = clip(after[1:], max(cells - width(before) - width(cursor[0]), 0))
    return [(before, style), cursor, (rest, style)], width(before)
