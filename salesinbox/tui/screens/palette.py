"""Finding a command, or a theme, by its name."""

from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.text import safe
from salesinbox.tui import themes as theme_files
from salesinbox.tui.commands import BY_NAME, COMMANDS, Command, mode
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def commands(board: "Board") -> Picker:
    """All commands that can be called now, narrowed by what is typed."""
    now = mode(board)
    usable = [c for c in COMMANDS if now in c.modes and c.when(board) and c.name != "palette"]

    def find(typed: str) -> list[Choice]:
        return [
            Choice(f"{_(command.title)}  ({command.name})", board.keys.label(command.name, now), value=command.name)
            for command in usable
            if all(word in _searched(command) for word in typed.lower().split())
        ]

    return Picker(
        board, _("Commands"), find, typing=True, prompt=_("Type a part of a command's name"),
        chosen=lambda name: BY_NAME[name].action(board),
    )  # fmt: skip


def _searched(command: Command) -> str:
    return f"{command.name} {command.title} {_(command.title)} {_(command.help)}".lower()


def themes(board: "Board") -> Picker:
    """Themes, each shown on the board while the cursor is on it."""
    before = board.look
    choices = []
    for name, path in theme_files.find(board.folders).items():
        try:
            look = theme_files.load(path, color=not board.no_color)
        except ConfigurationError as error:
            choices.append(Choice(f"! {safe(name, 40)}  {safe(str(error), 120)}", value=None))
        else:
            here = "✓" if name == before.name else ""
            choices.append(Choice(f"{safe(look.title, 60)}  ({safe(name, 40)})", here, value=look))
    start = next((n for n, choice in enumerate(choices) if choice.value and choice.value.name == before.name), 0)

    def use(look: Any) -> None:
        if look is not None:
            board.use_look(look)

    def keep(look: Any) -> None:
        use(look)
        if look is not None:
            board.say(_("To keep it, write theme = {name} under [display].").format(name=f'"{safe(look.name, 40)}"'))

    return Picker(
        board, _("Themes"), choices, chosen=keep, looked_at=use, left=lambda: board.use_look(before), start=start
    )
