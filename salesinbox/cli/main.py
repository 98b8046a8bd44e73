"""The command line's door: arguments in, one exit code out, errors as one sentence on stderr (UI-7)."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from salesinbox.cli import board
from salesinbox.cli.opening import data_folder
from salesinbox.cli.parser import Parser, shared, speak, version
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit, SalesInboxError
from salesinbox.model.text import safe_block

INTERRUPTED = 130
"""128 and SIGINT, as shells count."""
PIPE_CLOSED = 141
"""128 and SIGPIPE: whoever read the output has left."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; `argv` None: the process's own arguments. Returns the exit code, and never raises."""
    speak()
    arguments: argparse.Namespace | None = None
    try:
        words = sys.argv[1:] if argv is None else list(argv)
        arguments = _parser(whole=not _opens_the_board(words)).parse_args(words)
        _encode(json=arguments.json)
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except SystemExit as ended:
        # argparse ends so after --help (0) and after a usage error (2), which it has printed.
        return int(ended.code or 0) if not isinstance(ended.code, str) else int(Exit.USAGE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_stdout()
        return PIPE_CLOSED
    except SalesInboxError as error:
        _say(str(error))
        return int(error.exit)
    except Exception as error:  # noqa: BLE001 - the outermost edge: the rep gets a sentence, the log the rest
        _say(_unexpected(error, arguments))
        return int(Exit.FAILED)
    return code


def _opens_the_board(words: Sequence[str]) -> bool:
    """Whether only --config and --data are given: then no command is loaded, and the board stands sooner."""
    rest = list(words)
    while rest:
        name, equals, _value = rest.pop(0).partition("=")
        if name not in ("--config", "--data") or not (equals or rest):
            return False
        if not equals:
            rest.pop(0)
    return True


def _parser(*, whole: bool) -> argparse.ArgumentParser:
    options = shared()
    parser = Parser(
        prog="salesinbox",
        description=_("A sales rep's mail, laid out by what the CRM knows of the sender."),
        epilog=_("Without a command, the board opens. salesinbox COMMAND --help tells more of a command."),
        parents=[options],
    )
    parser.add_argument("--version", nargs=0, action=version(), help=_("print the version and end"))
    parser.set_defaults(config=None, data=None, json=False, run=board.run, command="")
    if not whole:
        return parser
    from salesinbox.cli import (  # noqa: PLC0415 - see _opens_the_board
        account,
        acting,
        arranging,
        attachments,
        backup,
        filters,
        folders,
        linking,
        magnet,
        mail,
        outbox,
        records,
        secrets,
        sending,
        service,
        show,
        status,
        sync,
        tasks,
    )

    commands = parser.add_subparsers(
        title=_("commands"), metavar=_("COMMAND"), dest="command", parser_class=Parser, required=False
    )
    # Given after the command, an option that is left out must not undo what was given before it.
    inner = shared(argparse.SUPPRESS)
    for group in (
        board,
        account,
        sync,
        mail,
        show,
        attachments,
        acting,
        linking,
        sending,
        outbox,
        folders,
        filters,
        arranging,
        magnet,
        records,
        tasks,
        secrets,
        service,
        backup,
        status,
    ):
        group.add(commands, inner)
    return parser


def _encode(*, json: bool) -> None:
    """JSON is UTF-8 (RFC 8259 §8.1); a terminal gets what its locale can show, and "?" for the rest."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace", **({"encoding": "utf-8"} if json and stream is sys.stdout else {}))


def _say(sentence: str) -> None:
    """Print an error. What a server or a file contributed to it cannot drive the terminal (READ-3)."""
    try:
        print(f"salesinbox: {safe_block(sentence)}", file=sys.stderr)
    except OSError:
        return


def _unexpected(error: Exception, arguments: argparse.Namespace | None) -> str:
    from salesinbox.services import faults  # noqa: PLC0415 - only a fault needs the log

    kind, command = type(error).__name__, str(getattr(arguments, "command", None) or "board")
    try:
        reference, path = faults.write(data_folder(arguments), error, command)
    except (OSError, SalesInboxError):
        return _("Something went wrong that should not have ({kind}). Nothing was lost; try again.").format(kind=kind)
    return _(
        "Something went wrong that should not have ({kind}). Details are in {file} under {reference}; "
        "please report them."
    ).format(kind=kind, file=path, reference=reference)


def _drop_stdout() -> None:
    """Keep Python from complaining at its end about output that nobody reads."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    null = os.open(Path(os.devnull), os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)
