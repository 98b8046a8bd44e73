"""What the configuration lacks so that mail can be sent."""

from typing import TYPE_CHECKING

from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model.text import safe
from salesinbox.tui.screens.sheet import Sheet
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def how_to_send(board: "Board") -> Sheet:
    path = safe(str(board.settings.path), 200) if board.settings.path else "config.toml"
    domain = next((account.address.rpartition("@")[2] for account in board.settings.accounts), "") or "example.com"

    def text(cells: int) -> list[list[tuple[str, Style]]]:
        sentence = _("No account can send mail yet. Write these lines into {path}, below the account, and start again:")
        lines = wrap(sentence.format(path=path), cells)
        more = _("Port 465 goes with implicit TLS. Without a password_command the account's own password is used.")
        example = ["[account.smtp]", f'host = "smtp.{safe(domain, 100)}"', "port = 587", 'tls = "starttls"']
        return [
            *([(line, board.look["text"])] for line in lines),
            [],
            *([("  " + line, board.look["person"])] for line in example),
            [],
            *([(line, board.look["dim"])] for line in wrap(more, cells)),
        ]

    return Sheet(board, _("Sending mail"), text)
