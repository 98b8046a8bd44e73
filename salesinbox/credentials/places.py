"""Which secrets this program has put into the keyring: names only, so that nobody need ask it for what is not there."""

import json
from collections.abc import Callable
from pathlib import Path

from salesinbox.credentials.files import alone, replace

FILE = "secrets.places"


class Places:
    """A file in the data folder. One that is damaged is as good as none: it saves questions, and holds no secret."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> frozenset[str]:
        try:
            found = json.loads(self.path.read_bytes())
            return frozenset(name for name in found["keyring"] if isinstance(name, str))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return frozenset()

    def add(self, name: str) -> None:
        if name not in self.names():
            self._change(lambda names: names | {name})

    def remove(self, name: str) -> None:
        if name in self.names():
            self._change(lambda names: names - {name})

    def _change(self, change: Callable[[frozenset[str]], frozenset[str]]) -> None:
        with alone(self.path):
            replace(self.path, (json.dumps({"keyring": sorted(change(self.names()))}, indent=1) + "\n").encode())
