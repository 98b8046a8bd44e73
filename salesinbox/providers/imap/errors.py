"""What goes wrong between us and an IMAP server: the one seam where foreign errors become ours."""

import contextlib
import imaplib
from collections.abc import Iterator

from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.settings import Imap
from salesinbox.model.text import safe
from salesinbox.providers.imap.line import RefusedError
from salesinbox.providers.imap.wire import NonsenseError
from salesinbox.providers.tls import translated


@contextlib.contextmanager
def speaking(settings: Imap, doing: str) -> Iterator[None]:
    """Errors of the line and of the server as NetworkError and ServerError. `doing` names what was tried."""
    where = {"host": safe(settings.host, 100), "port": settings.port, "doing": doing}
    try:
        with translated(settings):
            yield
    except RefusedError as refusal:
        said = safe(refusal.text.decode("utf-8", "replace"), 160)
        if refusal.code == b"UNAVAILABLE":
            raise NetworkError(
                _("{host} cannot do this just now ({doing}): {said}").format(**where, said=said)
            ) from None
        raise ServerError(
            _("{host} refused ({doing}): {said}").format(**where, said=said or _("no reason given"))
        ) from None
    except NonsenseError as nonsense:
        raise ServerError(
            _(
                "{host}, port {port}, gave an answer that makes no sense ({doing}): {said}; "
                "check that this is an IMAP server, or tell its provider"
            ).format(**where, said=nonsense)
        ) from None
    except imaplib.IMAP4.abort as error:
        raise NetworkError(
            _("{host}, port {port}, ended the line: {said}").format(**where, said=_said(error))
        ) from None
    except imaplib.IMAP4.error as error:
        if _said(error).upper().startswith("* BYE"):
            raise NetworkError(
                _("{host}, port {port}, ended the line: {said}").format(**where, said=_said(error)[6:])
            ) from None
        raise ServerError(
            _("{host}, port {port}, does not speak as an IMAP server ({doing}): {said}; check host and port").format(
                **where, said=_said(error)
            )
        ) from None


def _said(error: Exception) -> str:
    words = error.args[0] if error.args else ""
    return safe(words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words), 160)
