"""The rep's own editor, on the whole terminal, while the program stands aside (SEND-1)."""

import subprocess
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Run = Callable[[Sequence[str]], int]


def run(board: "Board", command: Sequence[str], start: Run | None = None) -> int:
    """Run an editor to its end; its exit code. UsageError where it cannot be started.

    `start` takes the place of starting a program, where there is no terminal to give it.
    """
    if start is not None:
        return start(command)
    try:
        with board.suspend():
            return subprocess.run(command, check=False).returncode
    except OSError as error:
        raise UsageError(
            _("The editor {name} cannot be started: {reason}. Name another in $EDITOR.").format(
                name=safe(command[0], 60), reason=error.strerror or type(error).__name__
            )
        ) from error
    except SuspendNotSupported as error:
        raise UsageError(_("There is no terminal here that an editor could be given.")) from error
