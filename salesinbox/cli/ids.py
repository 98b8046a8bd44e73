"""What the rep names on the command line: threads and messages, also through a pipe, and folders."""

import argparse
import sys
from collections.abc import Sequence

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.model.operations import FolderChoice

FROM_STDIN = "-"
_NAMES_SHOWN = 30


def add(parser: argparse.ArgumentParser) -> None:
    text = _("threads or messages, as list and show print them; - reads ids from stdin")
    parser.add_argument("ids", nargs="+", metavar="ID", help=text)


def given(words: Sequence[str]) -> list[str]:
    """The ids, with those that stdin holds (one on a line) in the place of "-"."""
    found: list[str] = []
    for word in words:
        if word == FROM_STDIN:
            # Octets: what is no text in the locale's encoding is no id, and no reason to fail.
            lines = sys.stdin.buffer.read().decode("ascii", "replace").splitlines()
            found += [line.strip() for line in lines if line.strip()]
        else:
            found.append(word)
    return found


def folder(choices: Sequence[FolderChoice], name: str) -> str:
    """What the services know the folder NAME or ACCOUNT:NAME by: an id where it is one, a name where it is several.

    NotFoundError names those that are spelt alike.
    """
    found = [choice for choice in choices if choice.name == name or choice.name.upper() == name.upper() == "INBOX"]
    if not found:
        account, _colon, rest = name.partition(":")
        rest = rest.strip()
        found = [
            choice
            for choice in choices
            if choice.account == account and (choice.name == rest or choice.name.upper() == rest.upper() == "INBOX")
        ]
    if not found:
        raise NotFoundError(_no_folder(choices, name))
    return found[0].id if len(found) == 1 else found[0].name


def _no_folder(choices: Sequence[FolderChoice], name: str) -> str:
    import difflib  # noqa: PLC0415 - for a misspelt name only

    # By folded spelling: a difference in case alone is the nearest of all.
    spelt = {choice.name.casefold(): choice.name for choice in choices}
    near = [spelt[word] for word in difflib.get_close_matches(name.casefold(), spelt, 3)]
    if near:
        return _("There is no folder {folder}. Did you mean {names}?").format(folder=name, names=", ".join(near))
    names = sorted({choice.name for choice in choices})
    listed = ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")
    return _("There is no folder {folder}. Folders here: {names}.").format(folder=name, names=listed or "–")
