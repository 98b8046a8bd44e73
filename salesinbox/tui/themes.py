"""Themes: files that say how each part of the screen is drawn (UI-6).

A theme file has a `title`, `dark` (true or false), `terminal_colors` (true: the terminal's own 16 colours and
background), a table `[colors]` of names for colours, and a table `[styles]` of what is drawn: attributes (bold, dim,
italic, underline, reverse) and a colour, then "on" and a background. A colour is a name of `[colors]`, "#rrggbb", a
number of the 256-colour palette, "default", or one of the terminal's 16 ("red", "bright_blue").
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.color import Color, ColorParseError, ColorType
from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError

ROLES = (
    "text", "dim", "rule", "title", "title_dim", "ok", "busy", "error", "head", "head_focused", "count", "name",
    "time", "subject", "unread", "cursor", "selected", "money", "stage", "closing", "mark", "warning", "key", "footer",
    "heading", "person", "quote", "own", "input",
)  # fmt: skip
"""Everything that a theme may style. `text` is the ground that all others lie on."""

_ATTRIBUTES = frozenset({"bold", "dim", "italic", "underline", "reverse", "strike"})
_LEVELS = (0, 95, 135, 175, 215, 255)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_TERMINAL_NAMES = frozenset(
    f"{bright}{name}"
    for bright in ("", "bright_")
    for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
)
_REQUIRED_COLORS = ("background", "foreground", "accent")


@dataclass(frozen=True)
class Look:
    """A theme ready to draw with. `styles` has every role; `colors` are for the framework's own widgets."""

    name: str
    title: str
    dark: bool
    terminal_colors: bool
    styles: dict[str, Style]
    colors: dict[str, str]

    def __getitem__(self, role: str) -> Style:
        return self.styles[role]


def find(folders: Sequence[Path]) -> dict[str, Path]:
    """Theme files by name; a later folder's theme takes the place of an earlier one of the same name."""
    return {path.stem: path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml"))}


def load(path: Path, *, color: bool = True) -> Look:
    """Read a theme file; ConfigurationError says which part cannot be used. `color` False keeps only attributes."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(_("Theme {path}: {error}").format(path=path, error=error)) from error
    return parse(table, path.stem, str(path), color=color)


def parse(table: dict[str, Any], name: str, where: str, *, color: bool = True) -> Look:
    """A theme from its table (see the module's text)."""
    names, given = table.get("colors", {}), table.get("styles", {})
    if not isinstance(names, dict) or not isinstance(given, dict):
        raise ConfigurationError(_("Theme {path}: [colors] and [styles] are tables.").format(path=where))
    if missing := [part for part in _REQUIRED_COLORS if part not in names]:
        raise ConfigurationError(
            _("Theme {path}: [colors] lacks {names}.").format(path=where, names=", ".join(missing))
        )
    for role in given:
        if role not in ROLES:
            raise ConfigurationError(
                _("Theme {path}: there is no style {name}. Styles are: {names}.").format(
                    path=where, name=role, names=", ".join(ROLES)
                )
            )
    ground = _style("foreground on background", names, where) + _style(given.get("text", ""), names, where)
    styles = {role: ground + _style(given.get(role, ""), names, where) for role in ROLES}
    if not color:
        styles = {role: style.without_color for role, style in styles.items()}
        styles["selected"] = Style(reverse=True)
    try:
        colors = {part: _for_framework(str(value)) for part, value in names.items()}
    except ColorParseError as error:
        raise ConfigurationError(_("Theme {path}: {error}").format(path=where, error=error)) from None
    return Look(
        name, str(table.get("title", name)), bool(table.get("dark", True)), bool(table.get("terminal_colors", False)),
        styles, colors,
    )  # fmt: skip


def _style(definition: Any, names: dict[str, Any], where: str) -> Style:
    attributes: dict[str, bool] = {}
    colors: dict[str, Color] = {}
    side = "color"
    for word in str(definition).split():
        if word in _ATTRIBUTES:
            attributes[word] = True
        elif word == "on":
            side = "bgcolor"
        else:
            try:
                colors[side] = _color(str(names.get(word, word)))
            except ColorParseError:
                raise ConfigurationError(
                    _("Theme {path}: {word} is no colour and no attribute.").format(
                        path=where, word=repr(names.get(word, word))
                    )
                ) from None
            side = "color"
    return Style(color=colors.get("color"), bgcolor=colors.get("bgcolor"), **attributes)  # type: ignore[arg-type] # only bool attributes


def _color(text: str) -> Color:
    if text.isdecimal() and int(text) < 256:
        return Color.from_ansi(int(text))
    if _HEX.fullmatch(text):
        return _indexed(*(int(text[i : i + 2], 16) for i in (1, 3, 5)))
    return Color.parse(text)


def _indexed(red: int, green: int, blue: int) -> Color:
    """A colour that the 256-colour palette holds is sent by its number: five bytes less, and alike everywhere."""
    if red in _LEVELS and green in _LEVELS and blue in _LEVELS:
        number = 16 + 36 * _LEVELS.index(red) + 6 * _LEVELS.index(green) + _LEVELS.index(blue)
        return Color(f"color({number})", ColorType.EIGHT_BIT, number)
    if red == green == blue and red % 10 == 8 and red <= 238:
        number = 232 + (red - 8) // 10
        return Color(f"color({number})", ColorType.EIGHT_BIT, number)
    return Color.from_rgb(red, green, blue)


def _for_framework(text: str) -> str:
    """A colour as Textual's style sheets write it."""
    color = _color(text)
    if color.type is ColorType.DEFAULT:
        return "ansi_default"
    if color.type is ColorType.STANDARD and text in _TERMINAL_NAMES:
        return f"ansi_{text}"
    return color.get_truecolor().hex
