"""config.toml, read and checked: settings, or a sentence that says which key is wrong and what to write."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from salesinbox.locale.texts import LANGUAGES, _
from salesinbox.model.board import COLUMNS
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import IMPLICIT, NO_TLS, STARTTLS, Account, Display, Imap, Me, Settings, Smtp
from salesinbox.model.text import safe

EXAMPLE = """\
[me]
name = "橋本 奈美"
zone = "Asia/Tokyo"                  # left out: this machine's
own_domains = ["zylker.example"]     # mail from here is from colleagues

[[account]]
name = "work"
address = "hashimoto@zylker.example"
  [account.imap]
  host = "imap.zylker.example"       # port 993 with TLS; else port = 143 and tls = "starttls"
  user = "hashimoto@zylker.example"
  password_command = ["pass", "show", "zylker"]   # left out: the system's keyring is asked
  [account.smtp]
  host = "smtp.zylker.example"       # port 465 with TLS; else port = 587 and tls = "starttls"
"""
"""A configuration that is complete, for a rep to copy and change."""

FILE = "config.toml"

_TLS = (IMPLICIT, STARTTLS, NO_TLS)
_IMAP_PORTS = {IMPLICIT: 993, STARTTLS: 143, NO_TLS: 143}
_SMTP_PORTS = {IMPLICIT: 465, STARTTLS: 587, NO_TLS: 25}
_PLANNED_PROVIDERS = ("gmail", "pop3", "maildir", "graph")

# What each table may hold; tables and keys that are not named here are errors.
_ROOT = ("me", "account", "display")
_ME = ("name", "zone", "own_domains", "team", "addresses")
_ACCOUNT = ("name", "address", "provider", "color", "imap", "smtp")
_LOGIN = ("host", "port", "tls", "user", "password_command", "password", "password_in_clear", "ca_file")
_IMAP = (*_LOGIN, "folders", "authserv_id", "allow_clear_text", "archive", "spam", "trash")
_SMTP = (*_LOGIN, "allow_clear_text")
_DISPLAY = ("theme", "language", "columns", "titles", "keys", "after", "mark_read")
_AFTER = ("next", "board")
_MARK_READ = ("open", "never")

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST_NAME = 40


def default_path() -> Path:
    """Where the configuration is: SALESINBOX_CONFIG, else in the XDG folder for configuration."""
    if named := os.environ.get("SALESINBOX_CONFIG"):
        return Path(named)
    return _xdg("XDG_CONFIG_HOME", ".config") / FILE


def data_dir() -> Path:
    """Where the database is: SALESINBOX_DATA, else the XDG folder for data."""
    if named := os.environ.get("SALESINBOX_DATA"):
        return Path(named)
    return _xdg("XDG_DATA_HOME", ".local/share")


def load(path: Path) -> Settings:
    """Read and check a configuration file.

    Raises:
        ConfigurationError: No such file, not TOML, an unknown key (the nearest known one is named), a value
            of the wrong kind. The sentence names the file and, where it can be told, the line. It never
            repeats the value of a password key.
    """
    source = _read(path)
    try:
        values = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            _("{file} is not valid TOML: {reason}.").format(file=path, reason=safe(str(error), 200))
        ) from error
    root = _Table(source, "", 0, values, _ROOT)
    me = _me(root.table("me", _ME))
    accounts = tuple(_account(table) for table in root.tables("account", _ACCOUNT))
    names = [account.name for account in accounts]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise source.error("account", index + 1, "name", _('two accounts are named "{name}".').format(name=name))
    display = _display(root.table("display", _DISPLAY))
    return Settings(path, me, accounts, display)


def warnings(settings: Settings) -> tuple[str, ...]:
    """Sentences on a file that works but is not safe: others can change it, or read a password in it."""
    if settings.path is None:
        return ()
    try:
        mode = settings.path.stat().st_mode
    except OSError:
        return ()
    found = []
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        found.append(
            _("{file} can be changed by others, who could have any command run; chmod 600 {file}").format(
                file=settings.path
            )
        )
    if mode & (stat.S_IRGRP | stat.S_IROTH) and _holds_password(settings):
        found.append(
            _("{file} holds a password and can be read by others; chmod 600 {file}").format(file=settings.path)
        )
    return tuple(found)


def _holds_password(settings: Settings) -> bool:
    return any(
        server is not None and server.password
        for account in settings.accounts
        for server in (account.imap, account.smtp)
    )


def _xdg(variable: str, below_home: str) -> Path:
    folder = os.environ.get(variable, "")
    # The XDG specification has relative paths ignored.
    above = Path(folder) if folder.startswith("/") else Path.home() / below_home
    return above / "salesinbox"


# --- the tables --------------------------------------------------------------------------------------------


def _me(table: "_Table") -> Me:
    return Me(
        name=table.text("name"),
        zone=_zone(table),
        own_domains=tuple(domain.lstrip("@").lower() for domain in table.texts("own_domains") or ()),
        team=_addresses(table, "team"),
        addresses=_addresses(table, "addresses"),
    )


def _zone(table: "_Table") -> ZoneInfo:
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
        hint = _nearest(name, zones) or "Asia/Tokyo"
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


def _account(table: "_Table") -> Account:
    name = table.needed("name")
    if ":" in name or len(name) > _LONGEST_NAME:
        raise table.error("name", _("an account's name is short and has no colon."))
    address = table.needed("address")
    if not _is_address(address):
        raise table.error("address", _('"{value}" is not a mail address.').format(value=address))
    provider = table.text("provider") or "imap"
    if provider != "imap":
        raise _other_provider(table, provider)
    if not table.has("imap"):
        raise table.error("imap", _('account "{name}" has no [account.imap] with host and user.').format(name=name))
    imap = _imap(table.table("imap", _IMAP), address)
    return Account(
        name=name,
        address=address,
        provider=provider,
        imap=imap,
        color=table.text("color"),
        smtp=_smtp(table.table("smtp", _SMTP), imap.user) if table.has("smtp") else None,
    )


def _other_provider(table: "_Table", provider: str) -> ConfigurationError:
    if provider in _PLANNED_PROVIDERS:
        return table.error(
            "provider",
            _('provider "{name}" is not supported yet by this version; use "imap".').format(name=provider),
        )
    return table.error("provider", _('there is no provider "{name}"; use "imap".').format(name=provider))


def _imap(table: "_Table", user: str) -> Imap:
    return Imap(
        **_login(table, _IMAP_PORTS, user),
        folders=table.texts("folders"),
        authserv_id=table.text("authserv_id"),
        archive=table.text("archive"),
        spam=table.text("spam"),
        trash=table.text("trash"),
    )


def _smtp(table: "_Table", user: str) -> Smtp:
    return Smtp(**_login(table, _SMTP_PORTS, user))


def _login(table: "_Table", ports: Mapping[str, int], user: str) -> dict[str, Any]:
    """A server and how to log in there: what `Imap` and `Smtp` have in common. `user`: where the table names none."""
    host = table.needed("host")
    if not re.fullmatch(r"[^\s/@]+", host):
        raise table.error("host", _('"{value}" is not the name of a server.').format(value=host))
    tls = table.text("tls") or IMPLICIT
    if tls not in _TLS:
        raise table.error("tls", _not_among(tls, _TLS))
    port = table.number("port", ports[tls])
    if not 0 < port < 65536:
        raise table.error("port", _("a port is a number from 1 to 65535."))
    command = table.texts("password_command") or ()
    if table.has("password_command") and not (command and command[0]):
        raise table.error("password_command", _('write the program and its arguments, like ["pass", "show", "x"].'))
    ca_file = table.text("ca_file")
    return {
        "host": host,
        "port": port,
        "tls": tls,
        "user": table.text("user") or user,
        "password_command": command,
        "password": _password(table),
        "ca_file": table.source.path.parent / Path(ca_file).expanduser() if ca_file else None,
        "clear_text_forced": table.flag("allow_clear_text"),
    }


def _password(table: "_Table") -> str:
    """The password in clear, where the rep insists (ACC-4)."""
    password = table.text("password")
    if not password:
        return ""
    if table.has("password_command"):
        raise table.error("password", _("there is a password_command, too; keep one of them."))
    if not table.flag("password_in_clear"):
        raise table.error(
            "password",
            _(
                "a password in this file can be read by whoever reads the file; use password_command or the "
                "keyring, or, if you insist, add password_in_clear = true."
            ),
        )
    return password


def _display(table: "_Table") -> Display:
    language = table.text("language")
    if language not in ("", *LANGUAGES):
        raise table.error("language", _not_among(language, LANGUAGES))
    columns = table.texts("columns")
    for name in columns or ():
        if name not in COLUMNS:
            raise table.error("columns", _not_among(name, COLUMNS))
    after, mark_read = table.text("after") or _AFTER[0], table.text("mark_read") or _MARK_READ[0]
    if after not in _AFTER:
        raise table.error("after", _not_among(after, _AFTER))
    if mark_read not in _MARK_READ:
        raise table.error("mark_read", _not_among(mark_read, _MARK_READ))
    titles = table.table("titles", COLUMNS)
    keys = table.table("keys", None)
    return Display(
        theme=table.text("theme") or Display().theme,
        language=language,
        keys={name: _keys(keys, name) for name in keys.values},
        columns=tuple(dict.fromkeys(columns)) if columns else COLUMNS,
        titles={name: titles.text(name) for name in titles.values},
        after=after,
        mark_read=mark_read,
    )


def _keys(table: "_Table", name: str) -> str:
    """The keys of a command, separated by commas; the file may also give them as a list."""
    if isinstance(table.values[name], list):
        return ",".join(table.texts(name) or ())
    return table.text(name)


def _addresses(table: "_Table", key: str) -> tuple[str, ...]:
    found = table.texts(key) or ()
    for address in found:
        if not _is_address(address):
            raise table.error(key, _('"{value}" is not a mail address.').format(value=address))
    return tuple(address.lower() for address in found)


def _is_address(text: str) -> bool:
    return re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", text) is not None


# --- reading with care -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    """A file's text, and where in it something stands."""

    path: Path
    text: str

    def error(self, table: str, index: int, key: str, sentence: str) -> ConfigurationError:
        """`index` counts the accounts from 1; 0 outside of them."""
        line = self._line(table, index, key)
        if line:
            return ConfigurationError(
                _("{file}, line {line}: {sentence}").format(file=self.path, line=line, sentence=sentence)
            )
        return ConfigurationError(_("{file}: {sentence}").format(file=self.path, sentence=sentence))

    def _line(self, table: str, index: int, key: str) -> int:
        """The line of a key, or of a table's heading; 0 where it cannot be told (an inline table)."""
        wanted = f"{table}.{key}".lstrip(".")
        assignment = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""")
        here, accounts, heading = "", 0, 0
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.match(line):
                here = ".".join(part.strip().strip("\"'") for part in header[1].split("."))
                accounts += here == "account"
                if index in (0, accounts):
                    if here == wanted or here.startswith(wanted + "."):
                        return number
                    if here == table:
                        heading = number
            elif here == table and index in (0, accounts) and assignment.match(line):
                return number
        return heading


class _Table:
    """A table of the file; what is asked of it is checked for its kind."""

    def __init__(
        self, source: _Source, name: str, index: int, values: Mapping[str, Any], known: Sequence[str] | None
    ) -> None:
        """`known` None: any key will do. Raises ConfigurationError for the first key that is not known."""
        self.source = source
        self.name = name
        self.index = index
        self.values = values
        if known is not None:
            for key in values:
                if key not in known:
                    raise self.error(key, self._unknown(key, known))

    def error(self, key: str, sentence: str) -> ConfigurationError:
        return self.source.error(self.name, self.index, key, sentence)

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(key, _('text in quotes, like {key} = "…"').format(key=safe(key, 40)))
        if _CONTROL.search(value):
            raise self.error(key, _('"{key}" holds a control character.').format(key=safe(key, 40)))
        return value

    def needed(self, key: str) -> str:
        value = self.text(key).strip()
        if not value:
            raise self.error(key, _('{table} needs "{key}".').format(table=self._label(), key=key))
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, None where the key is left out."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, _('a list of texts, like {key} = ["…", "…"]').format(key=safe(key, 40)))
        if any(_CONTROL.search(item) for item in value):
            raise self.error(key, _('"{key}" holds a control character.').format(key=safe(key, 40)))
        return tuple(value)

    def number(self, key: str, otherwise: int) -> int:
        value = self.values.get(key, otherwise)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, _("a whole number without quotes, like {key} = 993").format(key=key))
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, _("true or false, without quotes"))
        return value

    def table(self, key: str, known: Sequence[str] | None) -> "_Table":
        value = self.values.get(key, {})
        inner = f"{self.name}.{key}".lstrip(".")
        if not isinstance(value, dict):
            raise self._wrong(key, _("a table, written [{name}]").format(name=inner))
        return _Table(self.source, inner, self.index, value, known)

    def tables(self, key: str, known: Sequence[str]) -> "list[_Table]":
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(key, _("a list of tables, written [[{name}]]").format(name=key))
        return [_Table(self.source, key, index, item, known) for index, item in enumerate(value, 1)]

    def _wrong(self, key: str, kind: str) -> ConfigurationError:
        return self.error(
            key,
            _('"{key}" in {table} must be {kind}.').format(key=safe(key, 40), table=self._label(), kind=kind),
        )

    def _unknown(self, key: str, known: Sequence[str]) -> str:
        shown = safe(key, 40)
        if nearest := _nearest(key, known):
            return _('there is no key "{key}" in {table}; did you mean "{nearest}"?').format(
                key=shown, table=self._label(), nearest=nearest
            )
        return _('there is no key "{key}" in {table}; known are: {known}.').format(
            key=shown, table=self._label(), known=", ".join(known)
        )

    def _label(self) -> str:
        if not self.name:
            return _("the file")
        return f"[[{self.name}]]" if self.name == "account" else f"[{self.name}]"


def _read(path: Path) -> _Source:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigurationError(
            _("There is no configuration at {file}. Write it, or name another with --config.").format(file=path)
        ) from error
    except OSError as error:
        raise ConfigurationError(
            _("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror or type(error).__name__)
        ) from error
    try:
        return _Source(path, content.removeprefix(b"\xef\xbb\xbf").decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            _("{file}, line {line}: the file is not in UTF-8; save it as UTF-8.").format(file=path, line=line)
        ) from error


def _not_among(value: str, known: Sequence[str]) -> str:
    return _('"{value}" is none of: {known}.').format(
        value=safe(value, 40), known=", ".join(f'"{name}"' for name in known)
    )


def _nearest(word: str, known: "Sequence[str] | set[str]") -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for errors only

    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), by_lower, 1)
    return by_lower[found[0]] if found else ""
