"""The Gmail API by google-api-python-client: calls, batches and uploads, with their retries.

What there is to call is told by the discovery document in the library itself; nothing is fetched for it.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from salesinbox.model.errors import CertificateError, NetworkError
from salesinbox.model.settings import Account
from salesinbox.providers.gmail.errors import NonsenseError, RefusedError, refused
from salesinbox.providers.gmail.http import Line
from salesinbox.providers.gmail.quota import Quota, shared, units

ME = "me"
BATCH = 50
"""Calls in one batch; Gmail takes 100 and advises 50."""
SIMPLE = 5 * 1024 * 1024
"""Octets of a message up to which it goes in one request."""
PIECE = 2 * 1024 * 1024
"""Octets of a larger one that go at one time; a multiple of 256 KiB."""
MESSAGE_TYPE = "message/rfc822"

_WAITS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before the next attempts, to which chance adds as much again at most."""

Asked = Any
"""A request of the library's, not sent yet."""


@cache
def _document() -> dict[str, Any]:
    found = files("googleapiclient").joinpath("discovery_cache", "documents", "gmail.v1.json")
    read: dict[str, Any] = json.loads(found.read_text("utf-8"))
    return read


class Api:
    """Calls for one account. Used by one thread at a time; `httplib2` and what stands for it here want it so.

    Methods raise RefusedError, NonsenseError, NetworkError, CredentialsError (the secret cannot be had).
    """

    def __init__(
        self,
        account: Account,
        secret: Callable[[], str],
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        assert account.gmail is not None
        settings = account.gmail
        self.line = Line(settings, lambda: self._token)
        self.quota: Quota = shared(account.name, settings.endpoint, settings.units_per_minute, clock)
        self.pause = pause
        self.chance = chance
        self._secret = secret
        self._token = secret()
        # It would write warnings with the server's answers in them over the screen.
        logging.getLogger("googleapiclient").setLevel(logging.CRITICAL)
        discovery: Any = import_module("googleapiclient.discovery")
        document = _document() | {"rootUrl": self.line.base + "/"}
        self._service = discovery.build_from_document(document, http=self.line)
        self.users = self._service.users()
        self.messages, self.labels = self.users.messages(), self.users.labels()
        self.history, self.drafts = self.users.history(), self.users.drafts()
        self.attachments = self.messages.attachments()

    def close(self) -> None:
        self.line.close()

    # --- one call ------------------------------------------------------------------------------------------------

    def call(self, request: Asked, *, repeat: bool = True, patient: bool = True) -> dict[str, Any]:
        """The answer to a call.

        Args:
            request: The call.
            repeat: Whether it may be said twice. Otherwise it goes over a new line, and whatever leaves open whether
                it was done ends it.
            patient: Wait and try again where Gmail wants less to be asked.
        """
        waits = iter(_WAITS)
        renewed = cut = False
        if not repeat:
            self.line.prepare()
        while True:
            self.quota.spend(units(request.methodId))
            try:
                return _object(self._answer(lambda: request.execute(http=self.line)))
            except RefusedError as refusal:
                if refusal.is_token and not renewed:
                    renewed = True
                    self._renew()
                elif not self._waited(refusal, waits if patient else iter(()), repeat=repeat):
                    raise
            except NetworkError as error:
                # A line that was not used for a while is closed by the server, and nobody hears of it before.
                if cut or not repeat or not self.line.began or _final(error):
                    raise
                cut = True

    def _renew(self) -> None:
        """The token ran out, or was taken back: ask for it once more."""
        self._token = self._secret()

    def _waited(self, refusal: RefusedError, waits: Iterator[float], *, repeat: bool) -> bool:
        """Wait before the next attempt; False where none makes sense."""
        if not (refusal.is_rate or (refusal.is_trouble and repeat)):
            return False
        if refusal.is_rate:
            self.quota.emptied()
        wait = next(waits, None)
        if wait is None:
            return False
        self.pause(max(refusal.wait, wait * (1 + self.chance())))
        return True

    def _answer(self, act: Callable[[], Any]) -> Any:
        """What the library makes of an answer, its errors as ours."""
        errors: Any = import_module("googleapiclient.errors")
        try:
            return act()
        except errors.HttpError as error:
            raise refused(error.resp.status, error.content, error.resp.get("retry-after", "")) from None
        except (errors.Error, ValueError, LookupError, TypeError, AttributeError) as error:
            raise NonsenseError(type(error).__name__) from error

    # --- many calls at one time ----------------------------------------------------------------------------------

    def batch(self, requests: Mapping[str, Asked]) -> dict[str, dict[str, Any] | RefusedError]:
        """Answers and refusals by the requests' names, which must all be of calls that may be said twice.

        Parts that were refused for the moment are asked for again, one by one; those that were answered are kept.
        """
        names = list(requests)
        found: dict[str, dict[str, Any] | RefusedError] = {}
        for start in range(0, len(names), BATCH):
            some = {name: requests[name] for name in names[start : start + BATCH]}
            if len(some) == 1:
                told: dict[str, dict[str, Any] | RefusedError] = dict.fromkeys(some, RefusedError(503, frozenset(), ""))
            else:
                told = self._together(some)
            for name, answer in told.items():
                again = isinstance(answer, RefusedError) and (answer.is_rate or answer.is_trouble or answer.is_token)
                found[name] = self._alone(requests[name]) if again else answer
        return found

    def _alone(self, request: Asked) -> dict[str, Any] | RefusedError:
        try:
            return self.call(request)
        except RefusedError as refusal:
            if refusal.is_rate or refusal.is_trouble or refusal.is_token:
                raise
            return refusal

    def _together(self, requests: Mapping[str, Asked]) -> dict[str, dict[str, Any] | RefusedError]:
        waits = iter(_WAITS)
        renewed = cut = False
        while True:
            self.quota.spend(sum(units(request.methodId) for request in requests.values()))
            try:
                return self._answer(lambda: self._batched(requests))  # type: ignore[no-any-return]  # passes it through
            except RefusedError as refusal:
                if refusal.is_token and not renewed:
                    renewed = True
                    self._renew()
                elif not self._waited(refusal, waits, repeat=True):
                    raise
            except NetworkError as error:
                if cut or not self.line.began or _final(error):
                    raise
                cut = True

    def _batched(self, requests: Mapping[str, Asked]) -> dict[str, dict[str, Any] | RefusedError]:
        found: dict[str, dict[str, Any] | RefusedError] = {}

        def tell(name: str, answer: Any, error: Any) -> None:
            if error is not None:
                found[name] = refused(error.resp.status, error.content, error.resp.get("retry-after", ""))
            else:
                found[name] = _object(answer)

        batch = self._service.new_batch_http_request(callback=tell)
        for name, request in requests.items():
            batch.add(request, request_id=name)
        batch.execute(http=self.line)
        if found.keys() != requests.keys():
            raise ValueError("parts are missing")
        return found

    # --- messages on their way up --------------------------------------------------------------------------------

    def media(self, message: bytes) -> Any:
        """A message as it is uploaded in pieces."""
        http: Any = import_module("googleapiclient.http")
        return http.MediaInMemoryUpload(message, MESSAGE_TYPE, chunksize=PIECE, resumable=True)

    def upload(self, request: Asked, giving: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Upload a large message. What breaks off is gone on with where it stood, as far as the server knows.

        `giving` is called before the last piece, without which nothing is done. Raises LostError where it cannot be
        known whether something was done.
        """
        size = request.resumable.size()
        waits = iter(_WAITS[:5])
        renewed = given = doubtful = False
        self.quota.spend(units(request.methodId))
        while True:
            if not given and request.resumable_uri and request.resumable_progress + PIECE >= size:
                giving()
                given = True
            try:
                _progress, answer = self._answer(lambda: request.next_chunk(http=self.line))
            except RefusedError as refusal:
                if refusal.is_token and not renewed:
                    renewed = True
                    self._renew()
                    continue
                if refusal.is_gone and doubtful:
                    raise LostError from None
                if not self._waited(refusal, waits, repeat=True):
                    if given and (doubtful or refusal.is_trouble):
                        raise LostError from None
                    raise
                doubtful = doubtful or (given and refusal.is_trouble)
            except NetworkError as error:
                doubtful = doubtful or (given and self.line.began)
                wait = next(waits, None)
                if wait is None or isinstance(error, CertificateError):
                    if doubtful:
                        raise LostError from error
                    raise
                self.pause(wait)
            else:
                if answer is not None:
                    return _object(answer)
                waits = iter(_WAITS[:5])


class LostError(Exception):
    """The line broke when the server may have had everything."""


def _final(error: NetworkError) -> bool:
    """Whether another attempt at once would be for nothing."""
    return isinstance(error, CertificateError) or isinstance(error.__cause__, TimeoutError)


def _object(answer: Any) -> dict[str, Any]:
    """An answer's JSON object; an empty answer is an empty one."""
    if answer in ("", b"", None):
        return {}
    if not isinstance(answer, dict):
        raise NonsenseError("no JSON object")
    return answer


def objects(answer: Mapping[str, Any], name: str) -> Sequence[dict[str, Any]]:
    """A list of objects in an answer; what is none is passed over."""
    found = answer.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else ()
