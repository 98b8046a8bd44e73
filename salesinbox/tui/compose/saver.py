"""What is typed, on disk a moment later: one thread for each draft that is being written, in order (SEND-4)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Condition, Event, Thread
from time import monotonic
from typing import Any

from salesinbox.model.drafts import Draft, DraftFile
from salesinbox.model.errors import SalesInboxError

_REST, _LONGEST = 0.3, 0.8
"""Seconds after the last key, and after the first one that is not on disk, when it is written."""
_AGAIN = 2.0
"""Seconds until what could not be written is tried again."""
_END = 40.0
"""Seconds that leaving waits at most: longer than a write waits for other writers before it gives up."""

Work = Callable[[Draft], Any]
Done = Callable[[Any], None]


@dataclass(frozen=True)
class Kept:
    """How things stand on disk: `error` is a sentence where the last write failed."""

    id: str
    files: tuple[DraftFile, ...]
    changed: int
    error: str = ""


class Saver:
    """Holds the newest state of a draft, and writes it. What the store gives, its id and its files, is known here.

    `keep` writes a draft. `told` is called in the thread with `Kept`, and with a call (to be made on the interface's
    thread) for work that was asked for.
    """

    def __init__(
        self, draft: Draft, keep: Callable[[Draft], Draft], told: Callable[[Kept, Callable[[], None] | None], None]
    ) -> None:
        self._keep, self._told = keep, told
        self._draft = draft
        self._dirty = False
        self._first = self._last = self._not_before = 0.0
        self._jobs: deque[tuple[Work, Done]] = deque()
        self._working = self._urgent = self._closed = False
        self._failures = 0
        self._state = Condition()
        self._thread: Thread | None = None

    def note(self, draft: Draft) -> None:
        """The draft is like this now; cheap, and nothing is waited for."""
        with self._state:
            known = self._draft
            self._draft = replace(draft, id=known.id, files=known.files, changed=known.changed, revision=known.revision)
            self._last = monotonic()
            if not self._dirty:
                self._dirty, self._first = True, self._last
            self._awake()

    def do(self, work: Work, done: Done) -> None:
        """Do work with the draft once all of it is written. `done` gets its result, or our error, by `told`.

        A draft that it returns has the id and the files from now on.
        """
        with self._state:
            self._jobs.append((work, done))
            self._awake()

    def run(self, work: Work) -> Any:
        """As `do`, for a thread that waits for the result; our errors are raised there."""
        ended = Event()
        results: list[Any] = []

        def caught(draft: Draft) -> Any:
            try:
                result = work(draft)
            except SalesInboxError as error:
                result = error
            results.append(result)
            ended.set()
            return result

        def told(result: Any) -> None:
            if not ended.is_set():  # what was typed could not be written, so the work was not begun
                results.append(result)
                ended.set()

        self.do(caught, told)
        ended.wait()
        if isinstance(results[0], SalesInboxError):
            raise results[0]
        return results[0]

    @property
    def draft(self) -> Draft:
        """The newest state, with what the store gave."""
        with self._state:
            return self._draft

    def adopt(self, kept: Draft) -> None:
        """Another hand has written the draft; what was noted before is in it."""
        with self._state:
            self._draft = kept

    @property
    def idle(self) -> bool:
        """Everything is written."""
        with self._state:
            return not (self._dirty or self._jobs or self._working)

    def finish(self, seconds: float = _END) -> bool:
        """Write what is not written yet, and wait for that; False when it could not be. From any thread."""
        end = monotonic() + seconds
        with self._state:
            failures = self._failures
            self._urgent = True
            self._not_before = 0.0
            if self._dirty or self._jobs:
                self._awake()
            while (self._dirty or self._jobs or self._working) and self._failures == failures:
                if not self._state.wait(max(end - monotonic(), 0)) and monotonic() >= end:
                    break
            self._urgent = False
            return not self._dirty

    def close(self) -> None:
        """Nothing more comes; what is noted is still written."""
        with self._state:
            self._closed = True
            self._awake()

    # --- in the thread ------------------------------------------------------------------------------------------

    def _awake(self) -> None:
        if self._thread is None and (self._dirty or self._jobs):
            self._thread = Thread(target=self._work, name="draft", daemon=True)
            self._thread.start()
        self._state.notify_all()

    def _work(self) -> None:
        while True:
            with self._state:
                self._working = False
                self._state.notify_all()
                while (wait := self._wait()) is None or wait > 0:
                    if wait is None and self._closed:
                        self._thread = None
                        return
                    self._state.wait(wait)
                self._working = True
                writes, draft = self._dirty, self._draft
                self._dirty = False
                job = self._jobs.popleft() if self._jobs else None
            try:
                if (not writes or self._write(draft, job)) and job is not None:
                    self._do(*job)
            except Exception as error:  # noqa: BLE001 - carried to the interface's thread and raised there
                self._told(self._kept(), partial(_raise, error))

    def _wait(self) -> float | None:
        """Seconds until there is something to do; None: nothing."""
        if self._jobs:
            return 0
        if not self._dirty:
            return None
        if self._urgent or self._closed:
            return self._not_before - monotonic()
        return max(min(self._last + _REST, self._first + _LONGEST), self._not_before) - monotonic()

    def _write(self, draft: Draft, job: tuple[Work, Done] | None) -> bool:
        try:
            kept = self._keep(draft)
        except SalesInboxError as error:
            sentence = str(error)
            with self._state:
                if not self._dirty:
                    self._dirty, self._first = True, monotonic()
                self._not_before = monotonic() + _AGAIN
                self._failures += 1
            self._told(self._kept(sentence), None if job is None else partial(job[1], error))
            return False
        with self._state:
            self._adopt(kept)
        self._told(self._kept(), None)
        return True

    def _do(self, work: Work, done: Done) -> None:
        result: Any
        try:
            result = work(self._draft)
        except SalesInboxError as error:
            result = error
        if isinstance(result, Draft):
            with self._state:
                self._adopt(result)
        self._told(self._kept(), partial(done, result))

    def _adopt(self, kept: Draft) -> None:
        self._draft = replace(self._draft, id=kept.id, files=kept.files, changed=kept.changed, revision=kept.revision)

    def _kept(self, error: str = "") -> Kept:
        return Kept(self._draft.id, self._draft.files, self._draft.changed, error)


def _raise(error: Exception) -> None:
    raise error
