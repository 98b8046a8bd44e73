"""One login to a POP3 server, from its listing to QUIT: what is new is fetched, and what is old enough is removed.

A message is on disk, and so is the note that it was taken, before it is removed from the server; a kill at any point
leaves it here once, or still on the server.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from salesinbox.formats import headers
from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.mail import Flag
from salesinbox.model.settings import Pop3
from salesinbox.model.text import safe
from salesinbox.providers.maildir import folder, names
from salesinbox.providers.pop3 import login
from salesinbox.providers.pop3.line import Line
from salesinbox.providers.pop3.taken import Name, Taken, mailbox

_DAY = 86_400
_REMOVING_SECONDS = 20.0
"""How long one visit removes old mail; the rest is for the next one."""
_LONGEST_HEADER = 256 * 1024


class Visit:
    """Used by one thread at a time. After any error only `cut` may be called."""

    def __init__(self, settings: Pop3, secret: Callable[[], str], taken: Taken, now: Callable[[], float]) -> None:
        """Logs in and lists the mailbox.

        Raises NetworkError, CertificateError, ConfigurationError, CredentialsError, DatabaseError, and ServerError
        also where the server has no lasting names for messages.
        """
        self._settings, self._taken, self._now = settings, taken, now
        self._known: set[str] | None = None
        self.line = Line(settings)
        try:
            self.offer = login.log_in(self.line, secret)
            before = taken.all()
            self._listed = _listed(self.line)
        except BaseException:
            self.line.cut()
            raise
        self._times = {number: before[name] for number, name in self._listed if name in before}
        self.new = [(number, name) for number, name in self._listed if name not in before]
        """What is still to be fetched, the oldest first."""
        self.refused: list[str] = []
        """Sentences on messages that the server would not give."""

    def fetch(self, root: Path, most: int, seconds: float) -> int:
        """Fetch what is newest, at most so many and for about so long; returns how many files were made.

        Raises NetworkError, and ServerError where nothing can be stored here.
        """
        end = time.monotonic() + seconds
        made = 0
        for _one in range(min(most, len(self.new))):
            number, name = self.new.pop()
            answer = self.line.say(f"RETR {number}")
            if answer.ok:
                made += self._kept(root, number, name, self.line.many())
            else:
                self.refused.append(
                    _("{host} does not give message {n} away: {said}; it stays on the server").format(
                        host=safe(self._settings.host, 100), n=number, said=answer.words
                    )
                )
            if time.monotonic() > end:
                break
        return made

    def leave(self) -> None:
        """Remove what is old enough, if the settings say so, and log out: only by that a server removes anything."""
        days = self._settings.keep_days
        if days is not None:
            end = time.monotonic() + _REMOVING_SECONDS
            oldest = self._now() - days * _DAY
            for number, at in self._times.items():
                if at <= oldest:
                    self.line.say(f"DELE {number}")
                if time.monotonic() > end:
                    break
        self.goodbye()

    def goodbye(self) -> None:
        """Log out. What comes of it does not matter: what was not removed is still listed the next time."""
        try:
            with contextlib.suppress(NetworkError, ServerError):
                self.line.say("QUIT")
        finally:
            self.line.cut()

    def cut(self) -> None:
        """Break the line: nothing is removed. Never raises."""
        self.line.cut()

    def _kept(self, root: Path, number: int, name: Name, content: bytes) -> bool:
        if self._known is None:
            self._known = folder.uniques(root)
        now = int(self._now())
        unique = unique_part(self._settings, name)
        made = folder.deliver(root, names.INBOX, unique, content, Flag.NONE, arrived(content, now), self._known)
        self._taken.add(name, now)
        self._times[number] = now
        return made


def unique_part(settings: Pop3, name: Name) -> str:
    """What makes the file of a message unique: the same each time, so that a message is never here twice."""
    said = b"\0".join((name.uidl, b"%d" % name.copy, mailbox(settings).encode()))
    return f"pop3.{hashlib.sha256(said).hexdigest()[:40]}"


def arrived(content: bytes, now: int) -> int:
    """When a message arrived, which POP3 does not tell: as its topmost trace field says (RFC 5321 §4.4), else its Date.

    Never later than `now`, which it is where neither says anything.
    """
    found = dict(reversed(headers.fields(content[:_LONGEST_HEADER])))
    trace = found.get(b"received", b"").rpartition(b";")[2]
    for value in (trace, found.get(b"date", b"")):
        if (seconds := headers.seconds(value)) is not None and 0 < seconds <= now:
            return seconds
    return now


def _listed(line: Line) -> list[tuple[int, Name]]:
    """Number and name of all messages, ascending."""
    answer = line.say("UIDL")
    if not answer.ok:
        # Some refuse it where there is nothing to list.
        counted = line.say("STAT")
        if counted.ok and counted.said.split()[:1] == [b"0"]:
            return []
        raise ServerError(
            _(
                "{host} has no lasting names for messages (UIDL: {said}), so that new mail could not be told from old; "
                "use its IMAP server, if it has one"
            ).format(host=safe(line.settings.host, 100), said=answer.words)
        )
    found: dict[int, bytes] = {}
    for row in line.many().splitlines():
        digits, _space, uidl = row.strip().partition(b" ")
        if digits.isdigit() and len(digits) < 10 and uidl.strip():
            found.setdefault(int(digits), uidl.strip())
    copies: dict[bytes, int] = {}
    listed = []
    for place, uidl in sorted(found.items()):
        copies[uidl] = copies.get(uidl, -1) + 1
        listed.append((place, Name(uidl, copies[uidl])))
    return listed
