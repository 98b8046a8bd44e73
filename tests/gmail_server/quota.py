"""What a call costs, and a limit of units a minute by any clock."""

import threading
import time
from collections import deque
from collections.abc import Callable

# For projects made since May 2026. What is not told for these keeps its older, smaller price.
UNITS = {
    "drafts.create": 10, "drafts.delete": 10, "drafts.get": 20, "drafts.list": 5, "drafts.send": 100,
    "drafts.update": 15, "getProfile": 1, "history.list": 2, "labels.create": 5, "labels.delete": 5, "labels.get": 1,
    "labels.list": 1, "labels.patch": 5, "labels.update": 5, "messages.attachments.get": 20,
    "messages.batchDelete": 50, "messages.batchModify": 50, "messages.delete": 20, "messages.get": 20,
    "messages.import": 100, "messages.insert": 25, "messages.list": 5, "messages.modify": 5, "messages.send": 100,
    "messages.trash": 5, "messages.untrash": 5, "threads.get": 40, "threads.list": 10,
}  # fmt: skip


class Quota:
    """No more than `limit` units in any 60 seconds by `clock`; 0: as many as are asked for."""

    def __init__(self, limit: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.clock = clock
        self.used = 0
        """Of all calls that were let through."""
        self.refused = 0
        self._window: deque[tuple[float, int]] = deque()
        self._in_window = 0
        self._lock = threading.Lock()

    def taken(self, method: str) -> bool:
        """Pay for a call; False where there are not so many units left."""
        units = UNITS.get(method, 5)
        with self._lock:
            now = self.clock()
            while self._window and self._window[0][0] <= now - 60:
                self._in_window -= self._window.popleft()[1]
            if self.limit and self._in_window + units > self.limit:
                self.refused += 1
                return False
            self._window.append((now, units))
            self._in_window += units
            self.used += units
            return True
