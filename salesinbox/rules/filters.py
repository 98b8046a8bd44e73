"""What a filter may say, and what it does in words (FLT-2). Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import tzinfo

from salesinbox.locale.texts import _
from salesinbox.model.filters import (
    ACTIONS,
    ARCHIVE,
    COLUMN,
    FLAG,
    LABEL,
    MAGNET_OFF,
    MAGNET_ON,
    MOVE,
    READ,
    SNOOZE,
    STOP,
    TRASH,
    UNREAD,
    WITH_VALUE,
)
from salesinbox.model.text import safe
from salesinbox.rules import snoozing

MOST_ACTIONS = 20
LONGEST_NAME = 60
"""Characters in the name of a filter and in the title of a column."""
_LONGEST_VALUE = 200
_SHOWN = 80


def problem(
    actions: Sequence[tuple[str, str]],
    *,
    folders: Collection[str],
    columns: Collection[str],
    now: int,
    zone: tzinfo,
) -> str:
    """What is wrong with a filter's actions, as a sentence that says what to do; "" for nothing.

    Args:
        actions: (verb, value) in their order.
        folders: Names and ids of the folders that mail can be moved to; empty while none is known.
        columns: Names of the columns there are.
        now: Seconds since 1970, for times such as "tomorrow".
        zone: The rep's.
    """
    if not actions:
        return _("The filter does nothing yet. Give it an action: {actions}.").format(actions=", ".join(ACTIONS))
    if len(actions) > MOST_ACTIONS:
        return _("A filter has at most {n} actions.").format(n=MOST_ACTIONS)
    for verb, value in actions:
        if sentence := _wrong(verb, value, folders, columns, now, zone):
            return sentence
    return ""


def _wrong(verb: str, value: str, folders: Collection[str], columns: Collection[str], now: int, zone: tzinfo) -> str:
    if verb not in ACTIONS:
        return _("There is no action {verb}. Write one of {actions}.").format(
            verb=safe(verb, _SHOWN), actions=", ".join(ACTIONS)
        )
    if verb not in WITH_VALUE:
        return "" if not value else _("The action {verb} takes no value.").format(verb=verb)
    if not value.strip():
        return {
            MOVE: _("Say where to move the mail: move FOLDER."),
            LABEL: _("Say which label to set: label NAME."),
            SNOOZE: _("Say until when to snooze: snooze tomorrow, snooze 3d."),
            COLUMN: _("Say which column to put the thread in: column NAME."),
        }[verb]
    shown = safe(value, _SHOWN)
    if len(value) > _LONGEST_VALUE or safe(value) != value:
        return _("“{value}” after {verb} cannot be used.").format(value=shown, verb=verb)
    if verb == MOVE and folders and value not in folders and value.upper() != "INBOX":
        return _("There is no folder {folder}. Folders here: {names}.").format(
            folder=shown, names=", ".join(sorted(name for name in folders if not _is_id(name))[:20])
        )
    if verb == COLUMN and value not in columns:
        return _("There is no column {column}. Columns are: {names}.").format(column=shown, names=", ".join(columns))
    if verb == SNOOZE and snoozing.parse(value, now, zone) is None:
        return _("{text} is no time to come. Write for instance 3d, 4h, tomorrow, fri 10:00 or next week.").format(
            text=f"“{shown}”"
        )
    return ""


def _is_id(name: str) -> bool:
    return name[:1] == "f" and name[1:].isdigit()


def described(actions: Sequence[tuple[str, str]], titles: Mapping[str, str]) -> str:
    """What a filter does, in one line of words: "Move to Projects, mark as read".

    Args:
        actions: (verb, value) in their order.
        titles: Titles of columns by their names.
    """
    return ", ".join(_words(verb, value, titles) for verb, value in actions)


def _words(verb: str, value: str, titles: Mapping[str, str]) -> str:
    sentences = {
        MOVE: _("move to {value}"),
        LABEL: _("label {value}"),
        READ: _("mark as read"),
        UNREAD: _("mark as unread"),
        FLAG: _("flag"),
        ARCHIVE: _("archive"),
        TRASH: _("to the trash"),
        SNOOZE: _("snooze until {value}"),
        COLUMN: _("put in the column {value}"),
        MAGNET_ON: _("into the magnet"),
        MAGNET_OFF: _("not into the magnet"),
        STOP: _("stop"),
    }
    shown = titles.get(value, value) if verb == COLUMN else value
    return sentences.get(verb, safe(verb, _SHOWN)).replace("{value}", safe(shown, _SHOWN))
