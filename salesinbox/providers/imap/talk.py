"""A conversation with an IMAP server: the line, what both sides can do, folders' names, and single commands.

Connecting and capabilities are IMAPClient's; reading is ours, because what is said in passing must not get lost.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, ServerError
from salesinbox.model.remote import Cursor, RemoteFolder
from salesinbox.model.settings import NO_TLS, STARTTLS, Account
from salesinbox.providers.imap.client import Client
from salesinbox.providers.imap.errors import speaking
from salesinbox.providers.imap.folders import Listed, distinct, encoded, listed, with_roles
from salesinbox.providers.imap.line import Done, Line, LineCutError, RefusedError
from salesinbox.providers.imap.login import log_in
from salesinbox.providers.imap.passing import Passing
from salesinbox.providers.imap.wire import Answer, Literal, Text, fetched, number, words
from salesinbox.providers.tls import connected, starttls_not_offered, tls_context

CONNECT_SECONDS = 15.0
READ_SECONDS = 60.0
RENEW_SECONDS = 9 * 60.0
"""How long one IDLE lasts: servers and routers forget quiet lines after 10 minutes and more."""
SETTLE_SECONDS = 2.0
"""How long the first IDLE of a watch lasts: pymap loses what happens while it begins to idle, and tells it when
asked anew. It costs one more round trip for each watch."""
POLL_SECONDS = 60.0
"""How often a server without IDLE is asked."""


_KNOWN = ("CONDSTORE", "ESEARCH", "IDLE", "SPECIAL-USE", "LITERAL+", "NOTIFY", "MOVE", "UIDPLUS")


@dataclass(frozen=True, slots=True)
class Visit:
    """A folder that was opened for one request, not by `open`: what is said in it in passing is nobody's news.

    `permanent`: the flags that stay, in lower case (RFC 9051 §7.1, PERMANENTFLAGS); None where the server did not say.
    """

    folder: str
    uidvalidity: int
    exists: int
    writable: bool
    permanent: frozenset[bytes] | None = None


class Talk:
    """What all that is said to one account's server needs. Times are in seconds; `clock` only ever rises."""

    def __init__(
        self,
        account: Account,
        secret: Callable[[], str],
        _home: Path | None = None,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        renew_seconds: float = RENEW_SECONDS,
        settle_seconds: float = SETTLE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        assert account.imap is not None
        self._settings = account.imap
        self._secret = secret
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._renew_seconds, self._settle_seconds = renew_seconds, min(settle_seconds, renew_seconds)
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._client: Client | None = None
        self._offered: frozenset[bytes] = frozenset()
        self._in_use: set[str] = set()
        self._raw_names: dict[str, bytes] = {}
        self._passing = Passing()
        self._looked: dict[str, tuple[Cursor, int]] = {}
        self._here: Visit | None = None
        self._idle: bytes | None = None
        """The tag of the IDLE that runs."""
        self._due = 0.0
        """When something must be said on the line, by the clock."""

    # The line.

    def connect(self) -> None:
        settings = self._settings
        try:
            with speaking(settings, _("logging in")):
                client = self._client = Client(
                    settings.host,
                    settings.port,
                    lambda: connected(settings, self._connect_seconds),
                    self._read_seconds,
                )
                if settings.tls == STARTTLS:
                    self._start_tls(client)
                client.line.literal_plus = b"LITERAL+" in client.offered()
                if not client.logged_in:
                    log_in(client, settings, self._checked_secret())
                self._offered = client.offered()
                self._arrange(client.line)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        client, self._client = self._client, None
        self._idle = self._here = None
        self._passing.closed()
        if client is None:
            return
        with contextlib.suppress(OSError):
            client.line.sock.settimeout(1)
            client.line.begin(b"LOGOUT")
        with contextlib.suppress(OSError):
            client.line.shutdown()

    def capabilities(self) -> frozenset[str]:
        return frozenset(self._in_use)

    def _checked_secret(self) -> str:
        secret = self._secret()
        if "\0" in secret:
            raise CredentialsError(_("the password holds a NUL character, which no server takes"))
        return secret

    def _start_tls(self, client: Client) -> None:
        # After a PREAUTH greeting TLS can no longer start: who asked for TLS must not go on in clear.
        if client.logged_in or b"STARTTLS" not in client.offered():
            raise starttls_not_offered(self._settings)
        client.line.run(b"STARTTLS")
        client.line.secure(tls_context(self._settings))
        client.forget_offers()

    def _arrange(self, line: Line) -> None:
        """Switch on everything that this server and we have in common, in the order that servers want it."""
        offered = self._offered
        line.literal_plus = b"LITERAL+" in offered
        self._in_use = {name for name in _KNOWN if name.encode() in offered}
        if self._settings.tls != NO_TLS:
            self._in_use.add("TLS")
        if b"COMPRESS=DEFLATE" in offered:
            with contextlib.suppress(RefusedError):
                line.run(b"COMPRESS", b"DEFLATE")
                line.compress()
                self._in_use.add("COMPRESS")
        if b"ID" in offered:
            # Some servers want to know the client before it selects anything.
            with contextlib.suppress(RefusedError):
                line.run(b"ID", b'("name" "SalesInbox")')
        if b"QRESYNC" in offered and b"ENABLE" in offered:
            with contextlib.suppress(RefusedError):
                done = line.run(b"ENABLE", b"QRESYNC")
                if any(words(a)[1] == b"ENABLED" and b"QRESYNC" in a[0].upper() for a in done.answers):
                    self._in_use |= {"QRESYNC", "CONDSTORE"}

    # Folders.

    def folders(self) -> list[RemoteFolder]:
        with speaking(self._settings, _("listing the folders")):
            self._stop_idle()
            arguments = [b"LIST", b'""', b'"*"']
            if {b"SPECIAL-USE", b"LIST-EXTENDED"} <= self._offered:
                arguments += [b"RETURN", b"(SPECIAL-USE)"]
            return with_roles(self._listed(*arguments))

    def _listed(self, *arguments: bytes) -> list[Listed]:
        answers = self._run(*arguments).answers
        found = distinct(folder for answer in answers if (folder := listed(answer)))
        self._raw_names = {folder.name: folder.raw for folder in found}
        return found

    def _raw(self, folder: str) -> bytes:
        """The name as the server writes it. Names that are no proper modified UTF-7 are found by listing."""
        if folder.upper() == "INBOX":
            return b"INBOX"
        if not self._raw_names and ("&" in folder or not folder.isascii()):
            self._listed(b"LIST", b'""', b'"*"')
        raw = self._raw_names.get(folder) or encoded(folder)
        if b"\0" in raw:
            raise ServerError(_("a folder's name holds a NUL character, which no server takes"))
        return raw

    # What every command shares.

    def _line(self) -> Line:
        if self._client is None:
            raise LineCutError
        return self._client.line

    def _run(self, *arguments: bytes | Text | Literal, passing: bool = True, waiting: bool = False) -> Done:
        """Run a command. What its answers say in passing is noted, unless they are about another folder."""
        answers: list[Answer] = []
        try:
            done = self._line().run(*arguments)
            answers = done.answers
        except RefusedError as refusal:
            answers = refusal.answers
            raise
        finally:
            for answer in answers if passing else ():
                self._passing.note(answer, waiting=waiting)
        return done

    def _on_uids(self, *arguments: bytes | Text) -> Done:
        """Run a command on messages of the open folder; those that another client has deleted are passed over.

        Some servers refuse it as a whole because of them (RFC 5530, EXPUNGEISSUED) until they could tell.
        """
        try:
            return self._run(*arguments)
        except RefusedError as refusal:
            if refusal.code != b"EXPUNGEISSUED":
                raise
            self._run(b"NOOP")
            again = self._run(*arguments)
            return Done(again.text, [*refusal.answers, *again.answers])

    def _items(self, uid: int, items: bytes) -> dict[bytes, object]:
        """All FETCH items of one message, from however many answers; empty when it is gone."""
        found: dict[bytes, object] = {}
        for answer in self._on_uids(b"UID FETCH", b"%d" % uid, items).answers:
            told = fetched(answer)
            if told and b"UID" in told and number(told[b"UID"], answer) == uid:
                found |= told
        return found

    def _stop_idle(self) -> None:
        tag, self._idle = self._idle, None
        if tag is None:
            return
        line = self._line()
        line.send(b"DONE\r\n")
        while True:
            answer = line.answer()
            if answer[0].startswith(b"* "):
                self._passing.note(answer, waiting=True)
            elif not answer[0].startswith(b"+"):
                line.done(tag, answer, [])
                return
