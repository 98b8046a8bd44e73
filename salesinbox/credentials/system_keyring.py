"""The system's keyring, asked in a process of its own that has no terminal and little time (ACC-4).

A locked one waits for a window that a server does not have, back ends of files prompt on the terminal, and some
load for a long time: none of that is to happen in this process.
"""

import json
import os
import sys
import threading
import time

from salesinbox.credentials.process import Ran, run

KEYRING_SECONDS = 3.0
"""How long the keyring may take."""
REST_SECONDS = 15.0
"""How long one that did not answer is not asked again: several accounts would wait one after the other."""

SILENT, MISSING, IN_CLEAR, NOT_KEPT, NO_ANSWER = "silent", "missing", "in clear", "not kept", "no answer"
_MISSING = ("NoKeyringError", "InitError", "ImportError", "ModuleNotFoundError")

# A back end may print: what counts is the last line. A set secret is read again, for there are back ends that keep
# nothing and do not say so. Deleting what is not there is no error.
_CHILD = """
import json, sys
try:
    asked = json.load(sys.stdin)
    import keyring, keyring.errors
    backend = keyring.get_keyring()
    first = (getattr(backend, "backends", None) or [backend])[0]
    where = asked["service"], asked["user"]
    if asked["do"] == "set":
        if asked["private"] and any(kind.__name__ == "PlaintextKeyring" for kind in type(first).__mro__):
            answer = {"error": "in clear"}
        else:
            keyring.set_password(*where, asked["secret"])
            answer = {} if keyring.get_password(*where) == asked["secret"] else {"error": "not kept"}
    else:
        found = keyring.get_password(*where)
        if asked["do"] == "delete" and found is not None:
            keyring.delete_password(*where)
        answer = {"secret": found} if asked["do"] == "get" else {"there": found is not None}
except BaseException as error:
    answer = {"error": type(error).__name__}
sys.stdout.write("\\n" + json.dumps(answer))
"""


class KeyringError(Exception):
    """The keyring could not do it. `reason` is one of this module's words, or the name of its own error."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = MISSING if reason in _MISSING else reason


class Keyring:
    """May be used by any thread. What it raises is KeyringError alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def get(self, service: str, user: str) -> str | None:
        found = self._ask({"do": "get", "service": service, "user": user}).get("secret")
        return found if isinstance(found, str) and found else None

    def set(self, service: str, user: str, secret: str, *, private: bool) -> None:
        """Keep a secret. `private`: not in a back end that writes it down in clear."""
        self._ask({"do": "set", "service": service, "user": user, "secret": secret, "private": private})

    def delete(self, service: str, user: str) -> bool:
        """Whether there was something to delete."""
        return bool(self._ask({"do": "delete", "service": service, "user": user}).get("there"))

    def _ask(self, request: dict[str, object]) -> dict[str, object]:
        with self._lock:
            if time.monotonic() < self._rests_until:
                raise KeyringError(SILENT)
        try:
            ran = run([sys.executable, "-P", "-c", _CHILD], os.environ, KEYRING_SECONDS, json.dumps(request).encode())
        except (OSError, ValueError) as error:
            raise KeyringError(type(error).__name__) from None
        if ran.code is None:
            with self._lock:
                self._rests_until = time.monotonic() + REST_SECONDS
            raise KeyringError(SILENT)
        answer = _answer(ran)
        if answer.get("error"):
            raise KeyringError(str(answer["error"]))
        return answer


def _answer(ran: Ran) -> dict[str, object]:
    try:
        answer = json.loads(ran.output.rpartition(b"\n")[2])
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"error": NO_ANSWER}
