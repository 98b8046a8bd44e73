"""How a test makes the server misbehave, as Google's does at times."""

import re
import threading
from collections import defaultdict
from dataclasses import dataclass


@dataclass
class _Failure:
    status: int
    reason: str
    times: int
    retry_after: str = ""


class Switches:
    """All are off at first. Methods are named as in the document, without "gmail.users."; "*" is any."""

    def __init__(self) -> None:
        self.latency = 0.0
        """Seconds before each answer."""
        self.decodes = True
        """Header fields come with their encoded words read, and text as UTF-8; False: as they stand in the message."""
        self.inline = 2**31
        """Octets of text up to which it comes along with its message."""
        self.rewrites_ids = False
        """What is sent gets a Message-ID of Google's own, as has been seen for ids whose form it does not like."""
        self.scopes_missing: set[str] = set()
        """Methods that the token's scopes do not allow."""
        self.reverse_parts = True
        """Parts of a batch are answered last one first: their order is not promised."""
        self._failures: dict[str, list[_Failure]] = defaultdict(list)
        self._cuts: dict[str, list[bool]] = defaultdict(list)
        self._empty: dict[str, int] = {}
        self._loops: dict[str, bool] = {}
        self._every = 0
        self._part_reason = (429, "rateLimitExceeded")
        self._parts = 0
        self._serial = 0
        self._lock = threading.Lock()

    # --- set by tests

    def fail_next(self, method: str, status: int, reason: str, times: int = 1, retry_after: str = "") -> None:
        """Answer the next `times` calls of this method with an error, and do nothing of what they ask."""
        self._failures[method].append(_Failure(status, reason, times, retry_after))

    def cut_next(self, method: str, *, done: bool, times: int = 1) -> None:
        """Close the line in place of an answer, the work `done` or not."""
        self._cuts[method] += [done] * times

    def empty_pages(self, count: int, method: str = "history.list") -> None:
        """Put so many empty pages, each with a token for the next one, before the next one that holds anything."""
        self._empty[method] = count

    def loop_pages(self, method: str = "history.list", *, full: bool = False) -> None:
        """A list has always one more page: an empty one with the same token, or (`full`) its first with a new token."""
        self._loops[method] = full

    def end_loops(self) -> None:
        self._loops.clear()

    def limit_parts(self, every: int, status: int = 429, reason: str = "rateLimitExceeded") -> None:
        """Refuse each so manieth part of batches; 0: none any more."""
        self._every, self._part_reason = every, (status, reason)

    # --- asked by the server

    def failure(self, method: str) -> tuple[int, str, str] | None:
        with self._lock:
            for key in (method, "*"):
                while self._failures[key]:
                    first = self._failures[key][0]
                    if first.times <= 0:
                        self._failures[key].pop(0)
                        continue
                    first.times -= 1
                    return first.status, first.reason, first.retry_after
        return None

    def cut(self, method: str) -> bool | None:
        """None: answer; else whether the work is done before the line goes."""
        with self._lock:
            for key in (method, "*"):
                if self._cuts[key]:
                    return self._cuts[key].pop(0)
        return None

    def part(self) -> tuple[int, str] | None:
        """What a part of a batch is refused with."""
        with self._lock:
            self._parts += 1
            return self._part_reason if self._every and self._parts % self._every == 0 else None

    def page(self, method: str, token: str) -> str | None:
        """The token of an empty page that comes in place of what was asked for: "" means, for the same place once more.

        None: no such page.
        """
        with self._lock:
            if self._loops.get(method) is False:
                return token
            if self._empty.get(method, 0) > 0:
                self._empty[method] -= 1
                return ""
        return None

    def again(self, method: str) -> int:
        """A number that was never told before, where the first page comes over and over; else 0."""
        with self._lock:
            if not self._loops.get(method):
                return 0
            self._serial += 1
            return self._serial

    def kept(self, raw: bytes) -> bytes:
        """What lies in Sent of what was sent."""
        if not self.rewrites_ids:
            return raw
        with self._lock:
            self._serial += 1
            new = b"\r\nMessage-ID: <CAGoogle%d@mail.gmail.com>" % self._serial
        head, gap, body = raw.partition(b"\r\n\r\n")
        field = rb"(?i)\r\nMessage-ID:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*"
        changed, count = re.subn(field, new, b"\r\n" + head)
        return (changed if count else b"\r\n" + head + new)[2:] + gap + body
