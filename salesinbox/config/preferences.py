"""The rep's own part of config.toml: who they are, how things look, how mail is written and sent."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from salesinbox.config.tables import Table, addresses, nearest_of, not_among
from salesinbox.locale.texts import LANGUAGES, _
from salesinbox.model.board import COLUMNS
from salesinbox.model.settings import Display, Me, Secrets, Writing

ME = ("name", "zone", "own_domains", "team", "addresses")
DISPLAY = ("theme", "language", "columns", "titles", "keys", "after", "mark_read")
SECRETS = ("store", "file", "passphrase_command")
WRITING = ("undo_seconds", "format", "editor", "response_days")

_AFTER = ("next", "board")
_MARK_READ = ("open", "never")
_FORMATS = ("text", "markdown")
_EDITORS = ("app", "external")
_STORES = ("auto", "keyring", "file")
_LONGEST_UNDO = 120
_LONGEST_RESPONSE = 365


def me(table: Table) -> Me:
    return Me(
        name=table.text("name"),
        zone=_zone(table),
        own_domains=tuple(domain.lstrip("@").lower() for domain in table.texts("own_domains") or ()),
        team=addresses(table, "team"),
        addresses=addresses(table, "addresses"),
    )


def _zone(table: Table) -> ZoneInfo:
    name = table.text("zone")
    if not name:
        return _machine_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        from zoneinfo import available_timezones  # noqa: PLC0415 - walks the whole database, for this error only

        zones = available_timezones()
        if not zones:
            raise table.error("zone", _("this machine has no time zones; install tzdata.")) from error
        hint = nearest_of(name, zones) or "Asia/Tokyo"
        raise table.error(
            "zone", _('there is no time zone "{name}"; did you mean "{hint}"?').format(name=name, hint=hint)
        ) from error


def _machine_zone() -> ZoneInfo:
    """The zone of TZ or of /etc/localtime, UTC where neither names one."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        name = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def display(table: Table) -> Display:
    language = table.text("language")
    if language not in ("", *LANGUAGES):
        raise table.error("language", not_among(language, LANGUAGES))
    columns = table.texts("columns")
    for name in columns or ():
        # Columns of the rep's own are kept in the database, which is not looked at here.
        if name not in COLUMNS and not name.startswith("x-"):
            raise table.error("columns", not_among(name, COLUMNS))
    titles = table.table("titles", COLUMNS)
    keys = table.table("keys", None)
    return Display(
        theme=table.text("theme") or Display().theme,
        language=language,
        keys={name: _keys(keys, name) for name in keys.values},
        columns=tuple(dict.fromkeys(columns)) if columns else COLUMNS,
        titles={name: titles.text(name) for name in titles.values},
        after=table.choice("after", _AFTER),
        mark_read=table.choice("mark_read", _MARK_READ),
    )


def _keys(table: Table, name: str) -> str:
    """The keys of a command, separated by commas; the file may also give them as a list."""
    if isinstance(table.values[name], list):
        return ",".join(table.texts(name) or ())
    return table.text(name)


def writing(table: Table) -> Writing:
    external, editor = _editor(table)
    return Writing(
        undo_seconds=_within(table, "undo_seconds", Writing().undo_seconds, _LONGEST_UNDO),
        markdown=table.choice("format", _FORMATS) == "markdown",
        external=external,
        editor=editor,
        response_days=_within(table, "response_days", Writing().response_days, _LONGEST_RESPONSE),
    )


def _editor(table: Table) -> tuple[bool, tuple[str, ...]]:
    """Whether mail is written in a program of its own, and its command; empty: the one of $VISUAL or $EDITOR."""
    if isinstance(table.values.get("editor"), list):
        command = table.texts("editor") or ()
        if not (command and command[0].strip()):
            raise table.error("editor", _('write the program and its arguments, like ["vim", "+8"].'))
        return True, command
    editor = table.text("editor") or _EDITORS[0]
    if editor not in _EDITORS:
        raise table.error(
            "editor", _('write "app", "external" ($VISUAL or $EDITOR), or a command as a list, like ["vim", "+8"].')
        )
    return editor == "external", ()


def secrets(table: Table) -> Secrets:
    name = table.text("file")
    command = table.texts("passphrase_command") or ()
    if table.has("passphrase_command") and not (command and command[0]):
        raise table.error("passphrase_command", _('write the program and its arguments, like ["pass", "show", "x"].'))
    return Secrets(
        store=table.choice("store", _STORES),
        file=table.source.path.parent / Path(name).expanduser() if name else None,
        passphrase_command=command,
    )


def _within(table: Table, key: str, otherwise: int, most: int) -> int:
    value = table.number(key, otherwise)
    if not 0 <= value <= most:
        raise table.error(key, _('"{key}" is a number from 0 to {most}.').format(key=key, most=most))
    return value
