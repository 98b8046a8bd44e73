"""Waiting for news by the Gmail API: the history is asked again and again, which costs 24 units a minute."""

import select
import time

from salesinbox.locale.texts import _
from salesinbox.model.text import safe
from salesinbox.providers.gmail.errors import speaking
from salesinbox.providers.gmail.history import touched
from salesinbox.providers.gmail.reading import Reading

EACH = 5.0
"""Seconds between looks."""


class Watching(Reading):
    """The methods of a `Session` that wait. Nothing has to be switched on or off on the server."""

    _heard = 0
    """Up to which id of the history `wait` has told; 0: it was not asked to."""

    def close(self) -> None:
        super().close()
        self._heard = 0

    def watch(self, folder: str) -> None:
        with speaking(self.account, _("watching {folder}").format(folder=safe(folder, 100))):
            self._folder(folder)
            if folder in self._looked:
                self._heard = self._looked[folder]
            elif not self._heard:
                self._up_to_date()
                self._heard = self._newest

    def unwatch(self) -> None:
        """Nothing is under way between two looks."""

    def wait(self, seconds: float, wake: int | None = None) -> set[str]:
        with speaking(self.account, _("waiting for mail")):
            end = time.monotonic() + seconds
            while True:
                if happened := self._news():
                    return happened
                left = end - time.monotonic()
                if left <= 0 or _woken(wake, min(left, EACH)):
                    return set()

    @property
    def _newest(self) -> int:
        assert self._history is not None
        return self._history.newest

    def _news(self) -> set[str]:
        """The folders in which something happened since they were told last."""
        # The line first: without one there is nothing to ask.
        assert self._api is not None
        events = self._since(self._heard or self._newest)
        self._heard = self._newest
        if events is None:
            return set(self._known_labels().folders)
        folders = self._known_labels().folders.values()
        here = self._here
        if here is not None:
            lost = [one.uid for one in events if one.gone or (one.labels is not None and not here.holds(one.labels))]
            known = here.label
            self._lost += tuple(
                one.uid
                for one in events
                if one.uid in lost and (one.gone or not known or known in one.changed or one.changed & here.deciding)
            )
        return {name for event in events for name in touched(event, folders)}


def _woken(wake: int | None, seconds: float) -> bool:
    """Wait; True when `wake` is readable."""
    if wake is None:
        time.sleep(seconds)
        return False
    return bool(select.select([wake], [], [], seconds)[0])
