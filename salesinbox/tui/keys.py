"""Which key calls which command, in which mode: the registry's own keys, with the rep's in their place (UI-1)."""

import difflib
from collections.abc import Mapping

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.tui.commands import BY_NAME, COMMANDS, Command
from salesinbox.tui.navigation import COMPOSE, FORM

_TYPED = frozenset({COMPOSE, FORM})
"""Modes in which plain characters are text."""

_NAMED_KEYS = {
    "pgdn": "pagedown", "pgup": "pageup", "esc": "escape", "return": "enter", "del": "delete", "ins": "insert",
}  # fmt: skip
_KEY_NAMES = frozenset({
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace", "enter",
    "escape", "tab", "space", *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
_SHOWN = {
    "down": "↓", "up": "↑", "left": "←", "right": "→", "enter": "⏎", "escape": "Esc", "pagedown": "PgDn",
    "pageup": "PgUp", "delete": "Del", "space": "Space", "tab": "Tab", "home": "Home", "end": "End",
    "shift+tab": "S-Tab",
}  # fmt: skip


class Keys:
    """Which key calls which command, in which mode: the registry's own keys, with the rep's in their place."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        """`chosen` maps command names to keys separated by spaces or commas, as in the settings.

        A key that the rep has given away is no longer ours. Raises ConfigurationError for a name or a key that does
        not exist, and for two commands to which the rep gives one key.
        """
        self.of = {command.name: command.keys for command in COMMANDS}
        for name, keys in (chosen or {}).items():
            if name not in BY_NAME:
                raise ConfigurationError(_unknown(name))
            self.of[name] = tuple(_key(key, name) for key in _split(keys))
            if _TYPED.issuperset(BY_NAME[name].modes) and (plain := next(filter(_is_text, self.of[name]), "")):
                raise ConfigurationError(
                    _("[display.keys] {name}: {key} is text where messages are written. Choose a key such as ctrl+s.")
                    .format(name=name, key=repr(plain))
                )  # fmt: skip
        taken = {(mode, key) for name in chosen or () for key in self.of[name] for mode in BY_NAME[name].modes}
        for command in COMMANDS:
            if command.name not in (chosen or ()):
                # The rep's key takes the place of ours: a later release may have given it to something new.
                free = (key for key in command.keys if not any((mode, key) in taken for mode in command.modes))
                self.of[command.name] = tuple(free)
        self._commands: dict[tuple[str, str], Command] = {}
        for command in COMMANDS:
            for key in self.of[command.name]:
                for mode in command.modes:
                    other = self._commands.setdefault((mode, key), command)
                    if other is not command:
                        raise ConfigurationError(
                            _("The key {key} is given to both {one} and {other}. Choose another key for one of them.")
                            .format(key=shown(key), one=other.name, other=command.name)
                        )  # fmt: skip

    def find(self, mode: str, key: str, character: str | None) -> Command | None:
        """The command of a key, known by its name or by the character that it writes."""
        return self._commands.get((mode, key)) or (self._commands.get((mode, character)) if character else None)

    def label(self, name: str, mode: str = "") -> str:
        """The first key of a command, as people write it; "" without one. `mode`: where it is to be pressed."""
        keys = [key for key in self.of[name] if mode not in _TYPED or not _is_text(key)]
        return shown(keys[0]) if keys else ""

    def labels(self, name: str) -> str:
        return "  ".join(shown(key) for key in self.of[name])


def shown(key: str) -> str:
    """A key as people write it: "^p" of "ctrl+p"."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("alt+"):
        return "Alt+" + key.removeprefix("alt+")
    return "^" + key.removeprefix("ctrl+") if key.startswith("ctrl+") else key


def _is_text(key: str) -> bool:
    """Whether a key writes a character."""
    return len(key) == 1 or key == "space"


def _split(keys: str) -> list[str]:
    return [","] if keys.strip() == "," else [key for key in keys.replace(",", " ").split() if key]


def _key(key: str, name: str) -> str:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    last = _NAMED_KEYS.get(last.lower(), last)
    known = len(last) == 1 or last.lower() in _KEY_NAMES
    if not known or any(modifier not in ("ctrl", "alt", "shift") for modifier in modifiers):
        raise ConfigurationError(
            _("[display.keys] {name}: there is no key {key}. Write a character, or a name such as ctrl+p, enter, f5.")
            .format(name=name, key=repr(key))
        )  # fmt: skip
    return "+".join([*modifiers, last if len(last) == 1 else last.lower()])


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, BY_NAME, n=1)
    text = _("[display.keys]: there is no command {name}.").format(name=repr(name))
    return f"{text} " + (
        _("Did you mean {name}?").format(name=near[0]) if near
        else _("Commands are: {names}.").format(names=", ".join(BY_NAME))
    )  # fmt: skip
