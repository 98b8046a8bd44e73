"""What goes wrong with files: the one seam where the system's errors become ours."""

import contextlib
import os
from collections.abc import Iterator

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.text import safe


@contextlib.contextmanager
def touching(doing: str) -> Iterator[None]:
    """Errors of the system as ServerError. `doing` names what was tried."""
    try:
        yield
    except OSError as error:
        reason = safe(error.strerror or str(error), 160)
        if error.filename is None:
            raise ServerError(_("{doing}: {reason}").format(doing=doing, reason=reason)) from error
        where = os.fsdecode(error.filename) if isinstance(error.filename, bytes | str) else str(error.filename)
        raise ServerError(
            _("{doing}: {reason} ({path})").format(doing=doing, reason=reason, path=safe(where, 200))
        ) from error
