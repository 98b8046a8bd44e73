"""Waiting for news in a Maildir: the times of its folders are looked at again and again.

No kernel notification is used: those tell nothing of what happens on a network drive.
"""

import select
import time
from itertools import chain

from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError
from salesinbox.model.text import safe
from salesinbox.providers.maildir.errors import touching
from salesinbox.providers.maildir.looking import Look, signature
from salesinbox.providers.maildir.writing import Writing

_WATCHED_SECONDS = 0.5
_OTHERS_SECONDS = 2.0


class Watching(Writing):
    """The methods of a `Session` that wait."""

    _watched = ""

    def watch(self, folder: str) -> None:
        with touching(_("watching {folder}").format(folder=safe(folder, 100))):
            if self._open != folder:
                before = self._seen.get(folder)
                self.open(folder, None)
                if before is not None:
                    # What happened since it was looked at is still to be told.
                    self._seen[folder] = before
            self._watched = folder
            self._begin_with_others()

    def wait(self, seconds: float, wake: int | None = None) -> set[str]:
        with touching(_("waiting for mail")):
            self._numbers()
            try:
                self._begin_with_others()
            except OSError as error:
                raise self._lost(error) from error
            poll = select.poll()
            if wake is not None:
                poll.register(wake, select.POLLIN)
            end = time.monotonic() + seconds
            others_due = 0.0
            woken = False
            while True:
                now = time.monotonic()
                others = now >= others_due
                if others:
                    others_due = now + _OTHERS_SECONDS
                happened = self._happened(others=others)
                now = time.monotonic()
                if happened or woken or now >= end:
                    return happened
                woken = bool(poll.poll(1000 * min(_WATCHED_SECONDS, end - now)))

    def unwatch(self) -> None:
        """There is nothing to stop: nothing is under way between two calls."""
        self._numbers()

    def _opened(self, folder: str, look: Look) -> None:
        self._told(folder, look)

    def _told(self, folder: str, look: Look) -> None:
        self._seen[folder] = look
        self._own.pop(folder, None)

    def _is_news(self, folder: str, before: Look, after: Look) -> bool:
        if before.states == after.states:
            return False
        own = self._own.get(folder, ())
        changed = (key for key, state in after.states.items() if before.states.get(key) != state)
        gone = (key for key in before.states if key not in after.states)
        return any(key not in own for key in chain(changed, gone))

    def _begin_with_others(self) -> None:
        """Folders that nobody has looked at yet count from now on; those that are gone no longer do."""
        here = self._tree.folders()
        self._seen = {folder: look for folder, look in self._seen.items() if folder in here or folder == self._watched}
        for folder in here:
            if folder not in self._seen:
                self._seen[folder] = self._look(folder)

    def _happened(self, *, others: bool) -> set[str]:
        happened: set[str] = set()
        for folder, before in list(self._seen.items()):
            if folder != self._watched and not others:
                continue
            try:
                if before.signature and before.signature == signature(before.path):
                    continue
                look = self._look(folder)
            except OSError as error:
                if folder == self._watched:
                    raise self._lost(error) from error
                del self._seen[folder]
                happened.add(folder)
                continue
            if self._is_news(folder, before, look):
                happened.add(folder)
            self._told(folder, look)
        return happened

    def _lost(self, error: OSError) -> NetworkError:
        return NetworkError(
            _('account "{account}": the mail files at {path} can no longer be read: {reason}').format(
                account=safe(self._account.name),
                path=safe(str(self._root), 200),
                reason=safe(error.strerror or str(error), 100),
            )
        )
