"""The rep's own editor, and the file that it works on (SEND-1)."""

import os
import shlex
import shutil
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import UsageError
from salesinbox.model.settings import Settings


def command(settings: Settings) -> list[str]:
    """The editor's command; [] where there is none."""
    if settings.writing.editor:
        return list(settings.writing.editor)
    for variable in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(os.environ.get(variable, ""))
        except ValueError:
            continue
        if words:
            return words
    found = next((name for name in ("sensible-editor", "nano", "vi") if shutil.which(name)), "")
    return [found] if found else []


def put(data: Path, draft: Draft) -> Path:
    """The draft's text as a file; it lies with the data, where a kill of the editor or of us loses nothing."""
    path = _path(data, draft)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(draft.text.encode("utf-8", "replace"))
    return path


def taken(data: Path, draft: Draft) -> str:
    """The text that the editor has left."""
    try:
        text = _path(data, draft).read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError as error:
        raise UsageError(
            _("What the editor wrote cannot be read: {reason}. The draft is as it was before.").format(
                reason=error.strerror or error
            )
        ) from error
    # Editors end the last line with a line break that nobody typed.
    return text if draft.text.endswith("\n") else text.removesuffix("\n")


def remove(data: Path, draft: Draft) -> None:
    _path(data, draft).unlink(missing_ok=True)


def _path(data: Path, draft: Draft) -> Path:
    return data / "editing" / f"{draft.id or 'new'}.txt"
