"""Which account a mail is in, at a glance: a letter of its name on its colour (never the colour alone)."""

from collections.abc import Sequence

from rich.color import Color
from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model.settings import Account
from salesinbox.model.text import safe, width
from salesinbox.tui.themes import Look

COLORS = ("red", "green", "yellow", "blue", "magenta", "cyan", "orange", "gray")
"""Colours that have names in the configuration."""
_BY_ITSELF = ("cyan", "yellow", "magenta", "green", "orange", "blue", "red", "gray")
"""In this order accounts without a colour are given one."""
_NUMBERS = {"red": 203, "green": 113, "yellow": 221, "blue": 111, "magenta": 176, "cyan": 80, "orange": 215,
            "gray": 246}  # fmt: skip
"""Of the 256-colour palette: so light that black letters are read on them, in dark and in light themes."""
_TERMINAL = {"orange": "bright_red", "gray": "bright_black"}

Part = tuple[str, Style]


class AccountMarks:
    """The marks of accounts; nothing is marked where there is only one."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self.several = len(accounts) > 1
        self._colors = _colors(accounts)
        self._letters = _letters([account.name for account in accounts])

    def mark(self, name: str, look: Look) -> Part | None:
        """The mark of an account by its name; None where none is needed, or for one that is no longer there."""
        if not self.several or name not in self._letters:
            return None
        return self._letters[name], style(self._colors[name], look)


def swatch(color: str, look: Look) -> Part:
    """A sample of a colour; of none for an account that is given one by itself."""
    return ("   ", style(color, look) if color else look["text"])


def style(color: str, look: Look) -> Style:
    """Letters on a colour, by its name or as "#rrggbb"; where there are no colours, reversed."""
    ground = look["text"]
    if ground.color is None and ground.bgcolor is None:
        return ground + Style(reverse=True)
    if look.terminal_colors and color in COLORS:
        return Style(color="black", bgcolor=_TERMINAL.get(color, color))
    background = Color.from_ansi(_NUMBERS[color]) if color in _NUMBERS else Color.parse(color)
    red, green, blue = background.get_truecolor()
    # Rec. 601 luma: black or white letters, whichever is read better.
    light = 299 * red + 587 * green + 114 * blue > 128_000
    return Style(color="color(16)" if light else "color(231)", bgcolor=background)


def color_titles() -> dict[str, str]:
    return {
        "red": _("red"), "green": _("green"), "yellow": _("yellow"), "blue": _("blue"), "magenta": _("magenta"),
        "cyan": _("cyan"), "orange": _("orange"), "gray": _("gray"),
    }  # fmt: skip


def _colors(accounts: Sequence[Account]) -> dict[str, str]:
    """The rep's colours; others are given those that nobody has, as long as there are any."""
    taken = {account.color for account in accounts}
    free = [color for color in _BY_ITSELF if color not in taken] or list(_BY_ITSELF)
    found, given = {}, 0
    for account in accounts:
        found[account.name] = account.color or free[given % len(free)]
        given += not account.color
    return found


def _letters(names: Sequence[str]) -> dict[str, str]:
    """For each name a sign that no other has: the first of its letters that is free, else its number."""
    found: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        signs = [sign.upper() for sign in safe(name) if sign.isalnum() and width(sign.upper()) in (1, 2)]
        signs.append(str(number))
        found[name] = next((sign for sign in signs if sign not in found.values()), str(number))
    return found
