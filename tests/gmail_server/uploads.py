"""Resumable uploads: a message comes in pieces, and goes on after a break where it stood."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.gmail_server import schema
from tests.gmail_server.errors import invalid
from tests.gmail_server.http import Answer, Request

_CHUNK = 256 * 1024


@dataclass
class Upload:
    """A resumable upload under way. `total` None: not told yet."""

    call: schema.Method
    path: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any]
    total: int | None
    got: bytearray = field(default_factory=bytearray)


class Uploads:
    def __init__(self, fault: Callable[[str], None]) -> None:
        self.fault = fault
        self.open: dict[str, Upload] = {}

    def begin(self, request: Request, upload: Upload) -> Answer:
        length = request.headers.get("x-upload-content-length", "")
        kind = request.headers.get("x-upload-content-type", "")
        if kind not in ("message/rfc822", ""):
            self.fault(f"{upload.call.id}: media of the type {kind!r}")
        upload.total = int(length) if length.isdigit() else None
        key = secrets.token_urlsafe(16)
        self.open[key] = upload
        place = f"http://{request.headers.get('host', '')}/_upload?id={key}"
        return Answer(200, headers={"Location": place, "X-GUploader-UploadID": key})

    def piece(self, request: Request, upload: Upload) -> Answer | None:
        """Take a piece; the answer that asks for more, or None when all is there."""
        span, _slash, total = request.headers.get("content-range", "").removeprefix("bytes ").partition("/")
        if total.isdigit():
            upload.total = int(total)
        if span and span != "*":
            first, _dash, last = span.partition("-")
            if int(last) - int(first) + 1 != len(request.body) or int(first) > len(upload.got):
                self.fault(f"Content-Range {span} with {len(request.body)} octets after {len(upload.got)}")
                raise invalid("Invalid range")
            if len(request.body) % _CHUNK and int(last) + 1 != upload.total:
                self.fault(f"a piece of {len(request.body)} octets that is not the last")
                raise invalid("Invalid chunk size")
            upload.got[int(first) :] = request.body
        elif not span:
            upload.got[:] = request.body
            upload.total = len(request.body)
        if upload.total is None or len(upload.got) < upload.total:
            more = {"Range": f"bytes=0-{len(upload.got) - 1}"} if upload.got else {}
            return Answer(308, headers=more)
        return None
