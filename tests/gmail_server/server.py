"""A Gmail API over HTTP on the loopback, held to Google's discovery document in what it takes and in what it answers.

with GmailServer() as server:
    server.state.add(raw, ("INBOX", "UNREAD"))
    ...                       # a client at server.endpoint, with the token server.token
server.faults                 # what a request (or an answer) did against the document: must stay empty
"""

import contextlib
import json
import secrets
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, Self

from tests.gmail_server import batches, schema
from tests.gmail_server.calls import Call
from tests.gmail_server.errors import ApiError, invalid, not_found
from tests.gmail_server.http import Answer, Cut, Listener, Request
from tests.gmail_server.methods import Methods
from tests.gmail_server.quota import Quota
from tests.gmail_server.state import State
from tests.gmail_server.switches import Switches
from tests.gmail_server.uploads import Upload, Uploads

LARGEST_JSON = 8 * 1024 * 1024
"""Octets of a body with the message in it; what is larger has to be uploaded."""
LARGEST_SIMPLE = 5 * 1024 * 1024
"""Octets of an upload in one request; what is larger has to be resumable."""


class GmailServer:
    """One user's Gmail. `calls` are (method, status) in their order, a batch's parts each for itself."""

    def __init__(self, token: str = "secret", *, units_per_minute: int = 0,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        self.token = token
        self.state = State()
        self.switches = Switches()
        self.quota = Quota(units_per_minute, clock)
        self.faults: list[str] = []
        self.calls: list[tuple[str, int]] = []
        self.requests = 0
        """HTTP requests: a batch is one."""
        self.largest_batch = 0
        self.formats: set[str] = set()
        """In which formats messages were asked for, with the fields of "metadata"."""
        self._revoked: set[str] = set()
        self._methods = Methods(self.state, self.switches, self.fault)
        self._uploads = Uploads(self.fault)
        self._http = Listener(self.answer, self.fault)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    host = "127.0.0.1"

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self.cut_lines()
        self._thread.join()

    def fault(self, what: str) -> None:
        self.faults.append(what)

    def revoke_token(self, new: str = "") -> None:
        """The token is taken back; `new` counts from now on."""
        self._revoked.add(self.token)
        self.token = new or secrets.token_urlsafe(20)

    def cut_lines(self) -> None:
        for line in list(self._http.lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def count(self, method: str) -> int:
        return sum(1 for called, _status in self.calls if called == method)

    # --- one request

    def answer(self, request: Request) -> Answer:
        """The answer to a request of its own, or of a batch. Raises Cut."""
        self.requests += 1
        url = urllib.parse.urlsplit(request.target)
        if url.path in ("/batch", "/batch/gmail/v1"):
            return self._batch(request)
        if url.path == "/_upload":
            return self._go_on(request, urllib.parse.parse_qs(url.query)["id"][0])
        return self._one(request, part=False)

    def _batch(self, request: Request) -> Answer:
        if self.switches.latency:
            time.sleep(self.switches.latency)
        if (failure := self.switches.failure("batch")) is not None:
            self.calls.append(("batch", failure[0]))
            return _refused(ApiError(failure[0], failure[1]), failure[2])
        done = self.switches.cut("batch")
        if done is False:
            raise Cut
        try:
            self._authorized(request.headers)
            parts = batches.split(request.headers.get("content-type", ""), request.body)
        except ApiError as error:
            return _refused(error)
        except batches.BatchFault as fault:
            self.fault(f"batch: {fault}")
            return _refused(invalid(str(fault)))
        self.largest_batch = max(self.largest_batch, len(parts))
        if len(parts) > 100:
            self.fault(f"a batch of {len(parts)} calls")
            return _refused(invalid("The batch request contains too many calls: the maximum is 100."))
        answers = []
        outer = request.headers.get("authorization", "")
        for part_id, inner in parts:
            answers.append((part_id, self._one(_inner(inner, outer), part=True)))
        if done:
            raise Cut
        if self.switches.reverse_parts:
            answers.reverse()
        kind, octets = batches.joined(
            [(part_id, told.status, told.headers, told.payload()) for part_id, told in answers]
        )
        return Answer(200, headers={"Content-Type": kind}, octets=octets)

    def _one(self, request: Request, *, part: bool) -> Answer:
        name = "?"
        try:
            url = urllib.parse.urlsplit(request.target)
            if not part and self.switches.latency:
                time.sleep(self.switches.latency)
            verb = request.headers.get("x-http-method-override", request.verb).upper()
            path, uploads = _api_path(url.path)
            found = schema.method(verb, path)
            if found is None:
                self.fault(f"no method at {verb} {url.path}")
                raise not_found()
            known, places = found
            name = known.id
            if (failure := self.switches.failure(name)) is not None:
                self.calls.append((name, failure[0]))
                return _refused(ApiError(failure[0], failure[1]), failure[2])
            done = self.switches.cut(name)
            if done is False:
                raise Cut
            told = self._checked(request, known, places, url.query, uploads=uploads, part=part)
            if done:
                raise Cut
        except ApiError as error:
            told = _refused(error)
        self.calls.append((name, told.status))
        return told

    def _checked(self, request: Request, known: schema.Method, places: dict[str, str], query: str, *,
                 uploads: bool, part: bool) -> Answer:  # fmt: skip
        self._authorized(request.headers)
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        if request.headers.get("x-http-method-override"):
            pairs += urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True)
        arguments, wrong = schema.arguments(known, pairs)
        path = {name: urllib.parse.unquote(value) for name, value in places.items()}
        if path["userId"] not in ("me", self.state.address):
            raise ApiError(403, "forbidden", "Delegation denied")
        if known.id in self.switches.scopes_missing:
            raise ApiError(403, "insufficientPermissions")
        if part and (limited := self.switches.part()) is not None:
            raise ApiError(*limited)
        if not self.quota.taken(known.id):
            raise ApiError(403, "userRateLimitExceeded") if part else ApiError(429, "rateLimitExceeded")
        body, media, more = self._body(request, known, arguments, uploads=uploads)
        wrong += more
        if not (media is not None or arguments.get("uploadType") == "resumable"):
            wrong += schema.complaints(known.request, body, known.id if known.request else "")
        else:
            wrong += schema.complaints(known.request, body)
        if wrong:
            self.faults += [f"{known.id}: {what}" for what in wrong]
            raise invalid(f"Invalid JSON payload received. {wrong[0]}")
        if uploads and arguments.get("uploadType") == "resumable":
            return self._uploads.begin(request, Upload(known, path, arguments, body, None))
        if media is None and len(request.body) > LARGEST_JSON:
            raise ApiError(413, "uploadTooLarge", "Request entity too large")
        if media is not None and len(media) > LARGEST_SIMPLE:
            self.fault(f"{known.id}: {len(media)} octets in a simple upload")
            raise ApiError(413, "uploadTooLarge", "Request entity too large")
        return self._done(known, path, arguments, body, media)

    def _done(self, known: schema.Method, path: Mapping[str, str], arguments: Mapping[str, Any], body: dict[str, Any],
              media: bytes | None) -> Answer:  # fmt: skip
        if known.upload and media is not None and len(media) > known.upload:
            raise ApiError(413, "uploadTooLarge", "Request entity too large")
        if known.id in ("messages.get", "threads.get", "drafts.get"):
            fields = " ".join(arguments.get("metadataHeaders", []))
            self.formats.add(f"{arguments.get('format', 'full').lower()} {fields}".strip())
        result = self._methods.call(Call(known.id, path, arguments, body, media))
        if wrong := schema.complaints(known.response, result):
            self.faults += [f"the answer to {known.id}: {what}" for what in wrong]
        if result is None:
            return Answer(204)
        if "fields" in arguments:
            try:
                result = schema.masked(result, arguments["fields"])
            except ValueError:
                self.fault(f"{known.id}: fields={arguments['fields']!r}")
                raise invalid("Invalid field selection") from None
        return Answer(200, result)

    def _authorized(self, headers: Mapping[str, str]) -> None:
        told = headers.get("authorization", "")
        if told == f"Bearer {self.token}":
            return
        if not told:
            self.fault("a request without Authorization")
        elif told.removeprefix("Bearer ") not in self._revoked and not told.startswith("Bearer "):
            self.fault("Authorization is no Bearer")
        raise ApiError(401, "authError")

    def _body(self, request: Request, known: schema.Method, arguments: Mapping[str, Any], *,
              uploads: bool) -> tuple[dict[str, Any], bytes | None, list[str]]:  # fmt: skip
        """(the JSON, the media, what is wrong)."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.headers.get("x-http-method-override"):
            return {}, None, []
        how = arguments.get("uploadType", "")
        if uploads and not known.upload:
            return {}, None, ["nothing is uploaded there"]
        if uploads and how == "media":
            return {}, request.body, [] if kind == "message/rfc822" else [f"media of the type {kind!r}"]
        if uploads and how == "multipart":
            try:
                text, media = batches.related(request.headers.get("content-type", ""), request.body)
                return json.loads(text), media, []
            except (batches.BatchFault, ValueError) as fault:
                return {}, None, [f"multipart upload: {fault}"]
        if uploads and how != "resumable":
            return {}, None, [f"uploadType={how!r}"]
        if not request.body:
            return {}, None, []
        if kind != "application/json":
            return {}, None, [f"a body of the type {kind!r}"]
        try:
            read = json.loads(request.body)
        except ValueError:
            return {}, None, ["the body is no JSON"]
        return (read, None, []) if isinstance(read, dict) else ({}, None, ["the body is no object"])

    # --- resumable uploads

    def _go_on(self, request: Request, key: str) -> Answer:
        upload = self._uploads.open.get(key)
        name = f"{upload.call.id} upload" if upload else "upload"
        try:
            self._authorized(request.headers)
            if (failure := self.switches.failure(name)) is not None:
                told = _refused(ApiError(failure[0], failure[1]), failure[2])
            elif upload is None:
                raise not_found()
            else:
                told = self._uploads.piece(request, upload) or self._finished(key, upload)
        except ApiError as error:
            told = _refused(error)
        self.calls.append((name, told.status))
        if self.switches.cut(name) is not None:
            raise Cut
        return told

    def _finished(self, key: str, upload: Upload) -> Answer:
        del self._uploads.open[key]
        done = self.switches.cut(f"{upload.call.id} done")
        if done is False:
            raise Cut
        told = self._done(upload.call, upload.path, upload.query, upload.body, bytes(upload.got))
        if done:
            raise Cut
        return told


def _api_path(path: str) -> tuple[str, bool]:
    """(the path as methods have it, whether it is one to upload to)."""
    for prefix in ("/resumable/upload/", "/upload/"):
        if path.startswith(prefix):
            return path.removeprefix(prefix), True
    return path.removeprefix("/"), False


def _inner(part: batches.Part, outer: str) -> Request:
    headers = dict(part.headers)
    headers.setdefault("authorization", outer)
    return Request(part.verb, part.target, headers, part.body)


def _refused(error: ApiError, retry_after: str = "") -> Answer:
    headers = {"Retry-After": retry_after} if retry_after else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return Answer(error.status, error.body(), headers)
