"""The application as far as its looks go: theme files, and what the framework needs to know of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual.app import App
from textual.driver import Driver
from textual.theme import Theme

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.tui import themes
from salesinbox.tui.output import shorter
from salesinbox.tui.themes import Look

FALLBACK = themes.parse(
    {
        "title": "Plain", "terminal_colors": True,
        "colors": {"background": "default", "foreground": "default", "accent": "default"},
        "styles": dict.fromkeys(("title", "title_dim", "head_focused", "selected"), "reverse")
        | dict.fromkeys(("unread", "cursor", "heading", "person", "warning", "key"), "bold"),
    },
    "plain", "plain",
)  # fmt: skip
"""What is drawn with when no theme file can be used: attributes only."""


class Appearance(App[str]):
    """Knows the themes, and which one is on. `trouble` says why a wished theme is not."""

    def __init__(self, folders: Sequence[Path], wished: str) -> None:
        self.look = FALLBACK
        self.trouble = ""
        self.folders = folders
        super().__init__()
        self.driver_class = _thrifty(self.driver_class)
        self._disable_notifications = self._disable_tooltips = True
        self.animation_level = "none"
        try:
            self.look = self.load_look(wished)
        except ConfigurationError as error:
            self.trouble = str(error)
            self.look = self._first_usable()
        self._tell_framework()

    def load_look(self, name: str) -> Look:
        """A theme by its name; ConfigurationError when there is none, or its file cannot be used."""
        found = themes.find(self.folders)
        if name not in found:
            raise ConfigurationError(
                _("There is no theme {name}. Themes here: {names}.").format(
                    name=repr(name), names=", ".join(sorted(found)) or "–"
                )
            )
        return themes.load(found[name], color=not self.no_color)

    def _first_usable(self) -> Look:
        for name in ("dark", "terminal"):
            try:
                return self.load_look(name)
            except ConfigurationError:
                continue
        return FALLBACK

    def use_look(self, look: Look) -> None:
        """Draw with this theme from now on."""
        self.look = look
        self._tell_framework()
        self.restyled()

    def restyled(self) -> None:
        """For the board: its widgets are to draw themselves anew."""

    def _tell_framework(self) -> None:
        colors = self.look.colors
        self.register_theme(
            Theme(
                f"salesinbox-{self.look.name}", primary=colors["accent"], foreground=colors["foreground"],
                background=colors["background"], surface=colors["background"],
                panel=colors.get("panel", colors["background"]), dark=self.look.dark, ansi=self.look.terminal_colors,
                variables={"ansi-background": colors["background"], "ansi-foreground": colors["foreground"]},
            )
        )  # fmt: skip
        self.theme = f"salesinbox-{self.look.name}"

    def _fatal_error(self) -> None:
        """End without the framework's traceback, which would show mail: `run` raises what went wrong."""
        self._close_messages_no_wait()

    def run(self, *args: Any, **options: Any) -> str | None:
        """Run until the rep leaves; an error that nobody expected is raised to the door."""
        result = super().run(*args, **options)
        if self._exception is not None:
            raise self._exception
        return result


def _thrifty(base: type[Driver]) -> type[Driver]:
    """The framework's driver for this system, sending fewer bytes for the same picture."""

    class Thrifty(base):  # type: ignore[misc, valid-type] # which driver it is depends on the system
        def write(self, data: str) -> None:
            super().write(shorter(data))

    return Thrifty
