"""The parts that all commands' arguments share, and argparse made to speak the rep's language."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from salesinbox.cli.wrapping import wrapped
from salesinbox.locale import texts
from salesinbox.locale.texts import _

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001 - argparse gives the type no public name

# Texts of argparse itself: named here, so that the catalogue has them.
ARGPARSE = (
    "usage: ",
    "positional arguments",
    "options",
    "show this help message and exit",
    "the following arguments are required: %s",
    "unrecognized arguments: %s",
    "argument %(argument_name)s: %(message)s",
    "expected one argument",
    "expected at least one argument",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "ambiguous option: %(option)s could match %(matches)s",
    "ignored explicit argument %r",
    "not allowed with argument %s",
)


class Lines(argparse.HelpFormatter):
    """Help wrapped by terminal cells: Japanese has no spaces to break at, and is two cells wide (UI-3)."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        parts = [wrapped(" ".join(part.split()), width - len(indent)) for part in text.splitlines()]
        return "\n".join(indent + line for part in parts for line in part or [""])


class Parser(argparse.ArgumentParser):
    """argparse with the exit code and the manners of this program."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", Lines)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")


def speak() -> None:
    """Take argparse's own texts from our catalogue, where the language is not English."""
    if texts.language() != "en":
        import gettext  # noqa: PLC0415 - argparse has loaded it by now

        gettext.bindtextdomain(texts.DOMAIN, str(texts.FOLDER))
        gettext.textdomain(texts.DOMAIN)


def shared(default: Any = None) -> Parser:
    """The options that are taken before and after a command; `default` is for those that are left out."""
    parser = Parser(add_help=False)
    flag = False if default is None else default
    group = parser.add_argument_group(_("everywhere"))
    group.add_argument("--config", metavar=_("FILE"), type=Path, default=default, help=_("the configuration to use"))
    group.add_argument("--data", metavar=_("FOLDER"), type=Path, default=default, help=_("the folder of the database"))
    group.add_argument("--json", action="store_true", default=flag, help=_("print one JSON document for scripts"))
    return parser


def version() -> type[argparse.Action]:
    """An action that looks the version up only when it is asked for."""

    class Version(argparse.Action):
        def __call__(self, parser: argparse.ArgumentParser, *_rest: object, **_more: object) -> None:
            from importlib import metadata  # noqa: PLC0415 - slow, and seldom wanted

            try:
                number = metadata.version("salesinbox")
            except metadata.PackageNotFoundError:
                number = _("(a checkout that is not installed)")
            print(f"salesinbox {number}")
            parser.exit(0)

    return Version


def positive(text: str) -> int:
    """A whole number above 0, as an argument's type."""
    if text.isascii() and text.isdigit() and int(text[:12]) > 0:
        return int(text[:12])
    raise argparse.ArgumentTypeError(_('"{value}" is not a whole number above 0').format(value=text[:40]))
