"""Gmail's limit for each user, in units a minute, and what calls cost (https://developers.google.com/workspace/gmail).

One bucket serves all lines of an account. It fills evenly; what works in the background takes from it only what is
there, and the rep's own wishes go at once, into debt if need be, which the background then waits out.
"""

import threading
import time
from collections.abc import Callable

PREFIX = "gmail.users."

UNITS = {
    "getProfile": 1,
    "labels.list": 1,
    "labels.get": 1,
    "labels.create": 5,
    "history.list": 2,
    "messages.list": 5,
    "messages.get": 20,
    "messages.attachments.get": 20,
    "messages.modify": 5,
    "messages.batchModify": 50,
    "messages.batchDelete": 50,
    "messages.insert": 25,
    "messages.send": 100,
    "drafts.list": 5,
    "drafts.create": 10,
    "drafts.delete": 10,
}
MESSAGE = UNITS["messages.get"]

_BACKGROUND = 0.8
"""Of the limit; the rest is left to what the rep asks for."""
_BURST = 0.1
"""Of a minute's limit, which may be spent at one stroke after a pause. With it no minute goes over 90 %."""


def units(method: str) -> int:
    """What a call costs, by its name in the discovery document."""
    return UNITS.get(method.removeprefix(PREFIX), 5)


class Quota:
    """A bucket of units. Its methods may be called by any thread."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = a_minute * _BACKGROUND / 60
        self._most = a_minute * _BURST
        self._least = -float(a_minute)
        self._clock = clock
        self._level = self._most
        self._at = clock()
        self._lock = threading.Lock()

    def spend(self, amount: int) -> None:
        with self._lock:
            self._fill()
            # A debt of a minute is the most that can matter: older calls no longer count.
            self._level = max(self._level - amount, self._least)

    def emptied(self) -> None:
        """The server says that nothing is left, whoever else has used it."""
        with self._lock:
            self._fill()
            self._level = min(self._level, 0.0)

    def seconds_until(self, amount: int) -> float:
        """How long until so many units may be spent in the background; what is over a burst goes into debt."""
        with self._lock:
            self._fill()
            missing = min(float(amount), self._most) - self._level
            return max(0.0, missing / self._rate)

    def seconds_for(self, amount: int) -> float:
        """How long it takes to spend so many in the background."""
        with self._lock:
            self._fill()
            return max(0.0, (amount - self._level) / self._rate)

    def _fill(self) -> None:
        now = self._clock()
        self._level = min(self._most, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now


_shared: dict[tuple[object, ...], Quota] = {}
_sharing = threading.Lock()


def shared(name: str, endpoint: str, a_minute: int, clock: Callable[[], float] = time.monotonic) -> Quota:
    """The bucket of an account, one for all its lines in this process."""
    key = (name, endpoint, a_minute, clock)
    with _sharing:
        return _shared.setdefault(key, Quota(a_minute, clock))
