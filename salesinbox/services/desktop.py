"""The rep's desktop: whether there is one to open things on, handing an address to it, folders to save in."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError, UsageError
from salesinbox.model.text import safe

SCHEMES = ("http", "https", "mailto")
"""What is ever handed on: everything else could start a program, or read a file."""
_UNSAFE = re.compile(r"[^\w .,()+=@\[\]-]")
_LONGEST_NAME = 60
_OPENERS = ("open",) if sys.platform == "darwin" else ("xdg-open", "wslview")


def absent(environment: Mapping[str, str] | None = None) -> str:
    """Why nothing can be opened here, as a sentence; "" where it can."""
    found = os.environ if environment is None else environment
    if found.get("SSH_CONNECTION") or found.get("SSH_TTY"):
        return _("You are connected over SSH: it would open on that machine, not on yours.")
    if sys.platform != "darwin" and not (found.get("DISPLAY") or found.get("WAYLAND_DISPLAY")):
        return _("There is no desktop here to open it on.")
    return ""


def opener() -> str | None:
    """The desktop's own program that opens things; None where there is none."""
    return next((path for name in _OPENERS if (path := shutil.which(name))), None)


def open_address(address: str) -> None:
    """Open a web or mail address with the desktop's browser. UsageError for any other, and where there is none."""
    if scheme(address) not in SCHEMES or not address.isprintable() or " " in address:
        raise UsageError(_("Only web and mail addresses are opened. Not this one: {address}").format(
            address=safe(address, 200)))  # fmt: skip
    program = opener()
    if reason := absent():
        raise UsageError(reason)
    if program is None:
        raise UsageError(_("There is no desktop here to open it on."))
    process = subprocess.Popen(
        [program, address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    # Some openers become the browser and stay; whoever ends is to be waited for, or it stays as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()


def scheme(address: str) -> str:
    """The part before the colon, in lower case; "" where there is none."""
    try:
        return urlsplit(address).scheme.lower()
    except ValueError:
        return ""


def host(address: str) -> str:
    """The domain that an address leads to (of mailto: that of the mailbox), harmless; "" where there is none."""
    try:
        parts = urlsplit(address)
        name = parts.hostname or (parts.path.rpartition("@")[2] if parts.scheme == "mailto" else "")
    except ValueError:
        return ""
    return safe(name, 253)


def downloads() -> str:
    """Where files are saved at first, as the rep would write it."""
    return "~/Downloads" if (Path.home() / "Downloads").is_dir() else "~"


def folder(written: str) -> Path:
    """The folder that somebody wrote, "~" meaning home. UsageError for a "~somebody" whom nobody knows."""
    try:
        return Path(os.path.normpath(Path.home() / Path(written or "~").expanduser()))
    except (RuntimeError, ValueError) as error:
        raise UsageError(_("There is no folder {folder}.").format(folder=safe(written, 200))) from error


def make_folder(path: Path) -> None:
    """Make a folder and what is missing above it. UsageError where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            _("The folder {folder} cannot be made: {reason}.").format(
                folder=short(path), reason=error.strerror or type(error).__name__
            )
        ) from error


def keep(path: Path, name: str, ending: str, data: bytes) -> Path:
    """Write a new file in a folder, never over one that is there; its path. SalesInboxError where that cannot be.

    `name` may be anything: what file systems and shells stumble over is left out, and what is left is cut.
    """
    kept = " ".join(_UNSAFE.sub(" ", safe(name)).split())[:_LONGEST_NAME].strip(". ").lstrip("-") or "mail"
    for number in range(1, 10_000):
        target = path / f"{kept}{f' ({number})' if number > 1 else ''}{ending}"
        try:
            file = target.open("xb")
            try:
                with file:
                    file.write(data)
            except BaseException:
                with contextlib.suppress(OSError):
                    target.unlink()  # ours, and not whole
                raise
        except FileExistsError:
            continue
        except OSError as error:
            raise SalesInboxError(
                _("{path} cannot be written: {reason}.").format(
                    path=short(target), reason=error.strerror or type(error).__name__
                )
            ) from error
        return target
    raise SalesInboxError(_("There are too many files of that name in {folder}.").format(folder=short(path)))


def short(path: Path) -> str:
    """A path as people write it, harmless to draw: "~/Downloads/offer.pdf"."""
    home = Path.home()
    inside = path.is_relative_to(home) and path != home
    return safe(f"~/{path.relative_to(home)}" if inside else str(path))
