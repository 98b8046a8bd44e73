"""What a command of the rep's own prints: a password, a token, a passphrase (ACC-4)."""

import os
import re
from collections.abc import Sequence

from salesinbox.credentials.process import Ran, run
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError
from salesinbox.model.text import safe

COMMAND_SECONDS = 30.0
"""How long a command may take: long enough for a graphical prompt."""

_SAID = 120

# What follows one of these words in an error may be what it names.
_TOLD = re.compile(r"(?i)\b(pass\w*|secret|token|key)(\s*[:=]\s*|\s+is\s+)\S+")


def of_account(key: str, account: str) -> str:
    """What a command is called in a sentence: `key` is its name in the configuration."""
    return _('The {key} of account "{name}"').format(key=key, name=safe(account, 60))


def printed(command: Sequence[str], what: str) -> str:
    """The first line that the command prints. `what` begins the sentence where there is none.

    Raises CredentialsError, whose sentence says what to do.
    """
    # Arguments may be private: only the program is named.
    where = {"what": what, "program": safe(command[0], 60)}
    # gpg and its like would ask on the terminal that this names, over the board.
    environment = {key: value for key, value in os.environ.items() if key != "GPG_TTY"}
    try:
        ran = run([os.path.expanduser(command[0]), *command[1:]], environment, COMMAND_SECONDS)  # noqa: PTH111 - a bare name must stay one
    except FileNotFoundError as error:
        raise CredentialsError(
            _("{what} cannot be found: {program}. Install it, or write its full path.").format(**where)
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CredentialsError(
            _("{what} cannot be run: {program} ({reason}). Check that it is a program that you may run.").format(
                **where, reason=reason
            )
        ) from error
    if ran.code is None:
        raise CredentialsError(
            _(
                "{what} ({program}) gave no answer within {seconds} s. "
                "Run it in a terminal: it may be asking for something."
            ).format(**where, seconds=round(COMMAND_SECONDS))
        )
    if ran.code != 0:
        raise CredentialsError(
            _("{what} ({program}) ended with {code}{said}. Run it in a terminal to see what it wants.").format(
                **where, code=ran.code, said=_said(ran)
            )
        )
    found = _first_line(ran.output)
    if not found:
        raise CredentialsError(
            _("{what} ({program}) printed nothing. It must print the secret on its first line.").format(**where)
        )
    return found


def _first_line(output: bytes) -> str:
    line = output.partition(b"\n")[0].removesuffix(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _said(ran: Ran) -> str:
    """What the program complained of, in brackets, without anything that could be the secret."""
    complaint = next((line for line in ran.complaint.decode("utf-8", "replace").splitlines() if line.strip()), "")
    for printed_line in ran.output.decode("utf-8", "replace").splitlines():
        for part in (printed_line.strip(), *printed_line.split()):
            if len(part) > 2:
                complaint = complaint.replace(part, "…")
    complaint = safe(_TOLD.sub(r"\1\2…", complaint).strip(), _SAID)
    return f" ({complaint})" if complaint else ""
