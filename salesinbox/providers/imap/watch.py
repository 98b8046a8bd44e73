"""Waiting for news over IMAP: IDLE, NOTIFY where there is one, else asking again and again."""

import contextlib

from salesinbox.locale.texts import _
from salesinbox.model.text import safe
from salesinbox.providers.imap.errors import speaking
from salesinbox.providers.imap.line import Line, RefusedError
from salesinbox.providers.imap.read import Reading
from salesinbox.providers.imap.wire import NonsenseError


class Watching(Reading):
    """The methods of a `Session` that wait."""

    def watch(self, folder: str) -> None:
        before = self._looked.get(folder)
        if self._passing.folder != folder:
            self.open(folder, None)
            if self._looked[folder] != before:
                self._passing.touched()
        with speaking(self._settings, _("watching {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            if "NOTIFY" in self._in_use:
                events = b"(MessageNew MessageExpunge FlagChange)"
                try:
                    self._run(b"NOTIFY SET", b"(SELECTED-DELAYED " + events + b")", b"(PERSONAL " + events + b")")
                except RefusedError:
                    self._in_use.discard("NOTIFY")
            self._start_idle(self._settle_seconds)

    def wait(self, seconds: float, wake: int | None = None) -> set[str]:
        with speaking(self._settings, _("waiting for mail")):
            line = self._line()
            end = self._clock() + seconds
            woken = False
            while True:
                self._take_in(line)
                if self._passing.happened or woken:
                    happened, self._passing.happened = self._passing.happened, set()
                    return happened
                now = self._clock()
                if now >= self._due:
                    self._say_something()
                elif now >= end:
                    return set()
                else:
                    woken = line.wait(min(end, self._due) - now, wake)

    def unwatch(self) -> None:
        with speaking(self._settings, _("waiting for mail")):
            self._stop_idle()

    def _start_idle(self, seconds: float) -> None:
        """Begin to idle, for so many seconds at most; or to poll."""
        line = self._line()
        self._due = self._clock() + self._poll_seconds
        if "IDLE" not in self._in_use:
            return
        tag = line.begin(b"IDLE")
        while not (answer := line.answer())[0].startswith(b"+"):
            if answer[0].startswith(b"* "):
                self._passing.note(answer, waiting=True)
                continue
            # Offered and yet not granted: poll.
            with contextlib.suppress(RefusedError):
                line.done(tag, answer, [])
            self._in_use.discard("IDLE")
            return
        self._idle = tag
        self._due = self._clock() + seconds

    def _say_something(self) -> None:
        """Keep the line alive, and find out whether it still is."""
        if self._idle is None:
            self._run(b"NOOP", waiting=True)
            self._due = self._clock() + self._poll_seconds
        else:
            self._stop_idle()
            self._start_idle(self._renew_seconds)

    def _take_in(self, line: Line) -> None:
        """Note what has arrived while waiting. A server that ends IDLE by itself is polled from then on."""
        while line.has_answer():
            answer = line.answer()
            if answer[0].startswith(b"* "):
                self._passing.note(answer, waiting=True)
            elif self._idle is not None and answer[0].startswith(self._idle + b" "):
                self._idle = None
                self._in_use.discard("IDLE")
                self._due = self._clock() + self._poll_seconds
            elif not answer[0].startswith(b"+"):
                raise NonsenseError(answer[0])
