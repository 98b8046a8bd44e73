"""config.toml, read and checked: settings, or a sentence that says which key is wrong and what to write."""

import os
import stat
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.config.accounts import ACCOUNT, account
from salesinbox.config.preferences import DISPLAY, ME, SECRETS, WRITING, display, me, secrets, writing
from salesinbox.config.tables import Table, read_file
from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import Magnet, Records, Settings
from salesinbox.model.text import safe

EXAMPLE = '''\
[me]
name = "橋本 奈美"
zone = "Asia/Tokyo"                  # left out: this machine's
own_domains = ["zylker.example"]     # mail from here is from colleagues

[[account]]
name = "work"
address = "hashimoto@zylker.example"
signature = "橋本 奈美 / Zylker"     # below your mail; several lines within """ and """
  [account.imap]
  host = "imap.zylker.example"       # port 993 with TLS; else port = 143 and tls = "starttls"
  user = "hashimoto@zylker.example"
  password_command = ["pass", "show", "zylker"]   # left out: the system's keyring is asked
  [account.smtp]
  host = "smtp.zylker.example"       # port 465 with TLS; else port = 587 and tls = "starttls"
'''
"""A configuration that is complete, for a rep to copy and change."""

FILE = "config.toml"

_ROOT = ("me", "account", "display", "writing", "records", "pipeline", "field", "magnet", "secrets")
"""Tables and keys that are not named, here and beside the functions that read them, are errors."""


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
    source = read_file(path)
    try:
        values = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            _("{file} is not valid TOML: {reason}.").format(file=path, reason=safe(str(error), 200))
        ) from error
    root = Table(source, "", (0, 0), values, _ROOT)
    rep = me(root.table("me", ME))
    accounts = tuple(account(table, rep.name) for table in root.tables("account", ACCOUNT))
    names = [one.name for one in accounts]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise source.error(
                "account", (number + 1, 0), "name", _('two accounts are named "{name}".').format(name=name)
            )
    return Settings(
        path,
        rep,
        accounts,
        display(root.table("display", DISPLAY)),
        writing(root.table("writing", WRITING)),
        records=_records(root),
        magnet=_magnet(root, rep.zone),
        secrets=secrets(root.table("secrets", SECRETS)),
    )


def _magnet(root: Table, zone: ZoneInfo) -> Magnet:
    if not root.has("magnet"):
        return Magnet()
    from salesinbox.config import magnet  # noqa: PLC0415 - for who has settings on it

    return magnet.magnet(root.table("magnet", magnet.MAGNET), zone)


def _records(root: Table) -> Records:
    if not any(root.has(key) for key in ("records", "pipeline", "field")):
        return Records()
    from salesinbox.config import records  # noqa: PLC0415 - the fields of all records, for who has settings on them

    return records.records(
        root.table("records", records.RECORDS),
        root.tables("pipeline", records.PIPELINE),
        root.tables("field", records.FIELD),
    )


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
    return any(server is not None and server.password for one in settings.accounts for server in (one.server, one.smtp))


def _xdg(variable: str, below_home: str) -> Path:
    folder = os.environ.get(variable, "")
    # The XDG specification has relative paths ignored.
    above = Path(folder) if folder.startswith("/") else Path.home() / below_home
    return above / "salesinbox"
