"""The line of an account that listens: it tells the one that fetches where something happened."""

import os
import random
import threading
from collections.abc import Callable

from salesinbox.model.errors import SalesInboxError
from salesinbox.providers.session import Session
from salesinbox.sync.backoff import Backoff

POLL = 60.0
"""Seconds between looks at folders that nobody announces."""


class Listener(threading.Thread):
    """Owns a second line, which waits for the server to say that something happened (RFC 2177, RFC 5465)."""

    def __init__(
        self,
        name: str,
        line: Callable[[], Session],
        ask: Callable[[str, str], None],
        chance: random.Random,
    ) -> None:
        """`line` makes a session; `ask` is a worker's."""
        super().__init__(name=f"listen {name}", daemon=True)
        self.line, self.ask = line, ask
        self.backoff = Backoff(chance)
        self.stopping = threading.Event()
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC)

    def stop(self) -> None:
        self.stopping.set()
        os.write(self._writer, b"x")

    def run(self) -> None:
        while not self.stopping.is_set():
            session = self.line()
            try:
                session.connect()
                session.watch("INBOX")
                self.backoff.reset()
                # What happened while nobody listened.
                self.ask("folder", "INBOX")
                while not self.stopping.is_set():
                    for name in session.wait(POLL, self._reader):
                        self.ask("folder", name)
            except SalesInboxError:
                # If the server has gone, the fetching line meets the same trouble, and says so.
                self.ask("doubt", "")
                self.stopping.wait(self.backoff.next())
            finally:
                session.close()
