"""Sync as a service of the rep's own: a systemd user unit, or a line for cron where there is no systemd.

Only the commands that the rep allows are run. A unit that was changed by hand is known by its sum, and stays.
"""

import getpass
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError, NotFoundError, SalesInboxError
from salesinbox.model.text import safe

NAME = "salesinbox.service"
BOOTED = Path("/run/systemd/system")
"""There where the machine runs by systemd (sd_booted(3))."""
LINGERING = Path("/var/lib/systemd/linger")
"""Has a file for each user whose services run without a login (loginctl enable-linger)."""
MISSING, CURRENT, OUTDATED, CHANGED = "missing", "current", "outdated", "changed"
"""No unit; as this version writes it; as another version or for other folders; by somebody else, or changed by hand."""
_SUM = "# sum: "
_SECONDS = 20.0
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@+,-]+")

_TEXT = """\
# Written by "salesinbox service install", which will not overwrite what was changed by hand.
# Lines of your own go into: systemctl --user edit salesinbox
[Unit]
Description=Sales Inbox, which fetches and sends mail
# It goes on trying, however often it failed.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={command}
WorkingDirectory={folder}
Restart=on-failure
RestartSec=10
# A wrong command line or configuration does not mend itself.
RestartPreventExitStatus=2 3
UMask=0077
# What works without the rights of a system service. A password command that needs sudo does not work with these.
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK

[Install]
WantedBy=default.target
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the service stands; `problems` are systemd's own words on the unit, `commands` what the rep may type next."""

    path: Path
    state: str
    systemd: bool
    lingers: bool
    problems: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


class UnitService:
    """The unit for one configuration and data folder. `environ`: the process's own."""

    def __init__(self, config: Path, data: Path, environ: Mapping[str, str] = os.environ) -> None:
        self.command = (*_program(), "--config", _absolute(config), "--data", _absolute(data), "sync", "--watch")
        home = Path(environ.get("HOME") or Path.home())
        base = environ.get("XDG_CONFIG_HOME", "")
        # A relative path counts as none (XDG Base Directory Specification).
        self.path = (Path(base) if base.startswith("/") else home / ".config") / "systemd" / "user" / NAME
        self._environ = environ

    @property
    def text(self) -> str:
        """The unit as this version writes it."""
        body = _TEXT.format(command=" ".join(map(_quoted, self.command)), folder=_folder())
        return f"{_SUM}{_sum(body)}\n{body}"

    @property
    def cron(self) -> str:
        """The line for crontab(5), in which "%" is a line end."""
        return "@reboot " + shlex.join(self.command).replace("%", "\\%")

    def standing(self) -> Standing:
        """How it stands; nothing is run and nothing is changed."""
        state = self._state()
        return Standing(self.path, state, self._has_systemd(), self._lingers(), (), tuple(self._next(state)))

    def check(self) -> Standing:
        """As `standing`, with systemd's own check of the unit. NotFoundError where there is none."""
        found = self.standing()
        if found.state == MISSING:
            raise NotFoundError(
                _("There is no unit at {path}. Write it with: salesinbox service install").format(path=self.path)
            )
        return Standing(found.path, found.state, found.systemd, found.lingers, self._problems(), found.commands)

    def install(self, *, force: bool = False, enable: bool = False) -> Standing:
        """Write the unit and check it; `enable` starts it, too, now and at each login.

        Raises ConfigurationError where there is no systemd, and where a unit is there that was changed by hand, or is
        for another configuration or data folder, unless it is forced; SalesInboxError for what systemd refuses.
        """
        if not self._has_systemd():
            raise ConfigurationError(
                _(
                    "this machine does not run by systemd; to have sync start with the machine, type crontab -e and "
                    "add this line: {line}"
                ).format(line=self.cron)
            )
        state = self._state()
        if state == CHANGED and not force:
            raise ConfigurationError(
                _(
                    "{path} was changed by hand, and nothing was written; to have it written anew, add --force, and "
                    "put your own lines into: systemctl --user edit salesinbox"
                ).format(path=self.path)
            )
        if state == OUTDATED and not force and self._is_anothers():
            raise ConfigurationError(
                _(
                    "{path} is for another configuration or data folder, and nothing was written; to have it for this "
                    "one, add --force"
                ).format(path=self.path)
            )
        self._write()
        if enable:
            self._run("systemctl", "--user", "daemon-reload")
            self._run("systemctl", "--user", "enable", "--now", NAME)
        return self.check()

    def remove(self, *, force: bool = False, disable: bool = False) -> Standing:
        """Delete the unit; `disable` ends the service before. Raises as `install` does, and NotFoundError."""
        state = self._state()
        if state == MISSING:
            raise NotFoundError(_("There is no unit at {path}.").format(path=self.path))
        if state == CHANGED and not force:
            raise ConfigurationError(
                _("{path} was changed by hand, and was not deleted; to delete it, add --force").format(path=self.path)
            )
        if disable:
            self._run("systemctl", "--user", "disable", "--now", NAME)
        self.path.unlink()
        if disable:
            self._run("systemctl", "--user", "daemon-reload")
        commands = () if disable else (f"systemctl --user stop {NAME}", "systemctl --user daemon-reload")
        return Standing(self.path, MISSING, self._has_systemd(), self._lingers(), (), commands)

    # --- inside -----------------------------------------------------------------------------------------------

    def _state(self) -> str:
        # A link is somebody's own arrangement: a unit that is masked, or kept elsewhere.
        if self.path.is_symlink():
            return CHANGED
        try:
            found = self.path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return MISSING
        except OSError as error:
            raise self._refused(error) from error
        if found == self.text:
            return CURRENT
        head, _end, body = found.partition("\n")
        return OUTDATED if head == f"{_SUM}{_sum(body)}" else CHANGED

    def _is_anothers(self) -> bool:
        """Whether the unit that is there, and is ours, names other folders than this one would."""
        line = next((one for one in self.path.read_text().splitlines() if one.startswith("ExecStart=")), "")
        ours = " ".join(map(_quoted, self.command[-6:]))
        return not line.endswith(f" {ours}")

    def _write(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f".{NAME}.", dir=self.path.parent)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(self.text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._refused(error) from error

    def _next(self, state: str) -> list[str]:
        if not self._has_systemd():
            return []
        if state == MISSING:
            return ["salesinbox service install"]
        lines = ["systemctl --user daemon-reload", f"systemctl --user enable --now {NAME}"]
        return lines if self._lingers() else [*lines, "loginctl enable-linger"]

    def _has_systemd(self) -> bool:
        return BOOTED.is_dir() and shutil.which("systemctl", path=self._environ.get("PATH")) is not None

    def _lingers(self) -> bool:
        try:
            return (LINGERING / getpass.getuser()).exists()
        except (OSError, KeyError):
            return False

    def _problems(self) -> tuple[str, ...]:
        """What systemd-analyze says of the unit; nothing where it is not installed."""
        program = shutil.which("systemd-analyze", path=self._environ.get("PATH"))
        if program is None:
            return ()
        try:
            # It wants a place for sockets, which a session that is no login has none of; it makes none.
            with tempfile.TemporaryDirectory() as runtime:
                done = subprocess.run(
                    [program, "--user", "--man=no", "verify", os.fspath(self.path)],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_SECONDS,
                    check=False,
                    env={**self._environ, "XDG_RUNTIME_DIR": runtime},
                )
        except (OSError, subprocess.TimeoutExpired):
            return (_("systemd-analyze did not answer"),)
        said = [safe(line, 300) for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        # It speaks of the machine's other units, too.
        ours = tuple(line for line in said if NAME in line)
        return ours or (tuple(said[-1:]) if done.returncode else ())

    def _run(self, *command: str) -> None:
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False,
                env=dict(self._environ),
            )  # fmt: skip
            said = done.stderr.decode("utf-8", "replace").strip()
        except subprocess.TimeoutExpired:
            said = _("it did not answer")
        except OSError as error:
            said = error.strerror or str(error)
        else:
            if done.returncode == 0:
                return
        raise SalesInboxError(
            _("“{command}” failed: {said}. Type it yourself where you are logged in.").format(
                command=shlex.join(command), said=safe(said, 200).rstrip(".") or _("no reason given")
            )
        )

    def _refused(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(
            _("the unit at {path} cannot be read or written: {reason}").format(
                path=self.path, reason=safe(error.strerror or str(error), 100)
            )
        )


def _program() -> Sequence[str]:
    """How this program is started from anywhere."""
    script = Path(sys.executable).with_name("salesinbox")
    return (str(script),) if os.access(script, os.X_OK) and script.is_file() else (sys.executable, "-m", "salesinbox")


def _folder() -> str:
    """Where it is started: a checkout that is not installed is found only from its own folder."""
    try:
        metadata.version("salesinbox")
    except metadata.PackageNotFoundError:
        return _specifiers(str(Path(__file__).parents[2]))
    return "/"


def _absolute(path: Path) -> str:
    return os.path.abspath(path.expanduser())  # noqa: PTH100 - a link is kept, for it may lead elsewhere tomorrow


def _quoted(word: str) -> str:
    """A word of ExecStart= (systemd.service(5), "Command lines"; systemd.syntax(7), "Quoting")."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\x{ord(found[0]):02x}", escaped)
    return f'"{_specifiers(escaped)}"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest()[:32]
