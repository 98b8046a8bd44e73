"""A message and its addresses in the form that goes over the line to a server that sends."""

import re

from salesinbox.formats.recipients import wire
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.text import safe

_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,320}")
_BLIND = re.compile(rb"^(?:resent-)?bcc[ \t]*:.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)
_DOT = re.compile(rb"^\.", re.MULTILINE)


def wire_address(address: str) -> str:
    """The address as the envelope has it. Raises UsageError for what cannot be one, or not without being quoted."""
    wired = wire(address)
    if not _ADDRESS.fullmatch(wired):
        raise UsageError(_("“{address}” is not a mail address.").format(address=safe(address, 80)))
    return wired


def wire_form(message: bytes) -> bytes:
    """The message as it goes over the line, without its last dot: no Bcc, CRLF, dots doubled (RFC 5321 §4.5.2)."""
    # Line ends first: a field must not hide behind one that only the next server takes for a line end.
    message = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head, empty, rest = message.partition(b"\n\n")
    head = _BLIND.sub(b"", head + b"\n").removesuffix(b"\n")
    octets = _DOT.sub(b"..", head + empty + rest)
    return octets.removesuffix(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
