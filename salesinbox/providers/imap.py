"""IMAP: one line to one account's server, by the fastest way that the server offers.

Changes are asked for by QRESYNC, else by CONDSTORE (RFC 7162), else they are the caller's to find. Connecting
and capabilities are IMAPClient's; reading is ours, because what is said in passing must not get lost.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, ServerError
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import Cursor, Opened, RemoteBody, RemoteFolder, RemoteHeader, Vanished
from salesinbox.model.settings import NO_TLS, STARTTLS, Account
from salesinbox.model.text import safe
from salesinbox.providers import imap_parts
from salesinbox.providers.imap_client import Client
from salesinbox.providers.imap_errors import speaking
from salesinbox.providers.imap_fetch import (
    FLAG_ITEMS,
    HEADER_ITEMS,
    WHOLE_ITEMS,
    header,
    is_fetch,
    state,
    uids_found,
    whole,
)
from salesinbox.providers.imap_folders import Listed, distinct, encoded, listed, with_roles
from salesinbox.providers.imap_line import Done, Line, LineCutError, RefusedError
from salesinbox.providers.imap_login import log_in
from salesinbox.providers.imap_passing import Passing
from salesinbox.providers.imap_select import selected, status
from salesinbox.providers.imap_tls import connected, starttls_not_offered, tls_context
from salesinbox.providers.imap_wire import Answer, NonsenseError, Text, fetched, number, uid_sets, words
from salesinbox.providers.session import LARGE

CONNECT_SECONDS = 15.0
READ_SECONDS = 60.0
RENEW_SECONDS = 9 * 60.0
"""How long one IDLE lasts: servers and routers forget quiet lines after 10 minutes and more."""
SETTLE_SECONDS = 2.0
"""How long the first IDLE of a watch lasts: pymap loses what happens while it begins to idle, and tells it when
asked anew. It costs one more round trip for each watch."""
POLL_SECONDS = 60.0
"""How often a server without IDLE is asked."""

_FIRST_BATCH = 256 * 1024
_GREATEST_BATCH = 4 * 1024 * 1024
_PARTS_IN_COMMAND = 60
_KNOWN = ("CONDSTORE", "ESEARCH", "IDLE", "SPECIAL-USE", "LITERAL+", "NOTIFY", "MOVE", "UIDPLUS")


class ImapSession:
    """A `Session` on IMAP. Times are in seconds; `clock` only ever rises."""

    def __init__(
        self,
        account: Account,
        secret: Callable[[], str],
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
        self._idle = None
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

    def open(self, folder: str, cursor: Cursor | None) -> Opened:
        with speaking(self._settings, _("opening {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            name = Text(self._raw(folder))
            self._passing.happened.discard(folder)
            self._passing.closed()
            done, asked = self._examine(name, cursor)
            opened = self._opened(done.answers, cursor, asked=asked)
            self._passing.opened(folder, opened.exists)
            self._looked[folder] = (opened.cursor, opened.exists)
            return opened

    def counts(self, folder: str) -> tuple[int, int]:
        with speaking(self._settings, _("counting {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            raw = self._raw(folder)
            found: dict[bytes, int] = {}
            for answer in self._run(b"STATUS", Text(raw), b"(MESSAGES UIDNEXT)", passing=False).answers:
                told = status(answer)
                if told and (told[0] == raw or (raw == b"INBOX" and told[0].upper() == raw)):
                    found |= told[1]
                else:
                    self._passing.note(answer)
            if not {b"MESSAGES", b"UIDNEXT"} <= found.keys():
                raise NonsenseError(b"STATUS without MESSAGES and UIDNEXT")
            return found[b"MESSAGES"], found[b"UIDNEXT"]

    def _examine(self, name: Text, cursor: Cursor | None) -> tuple[Done, bool]:
        """Open a folder read-only; with it, whether changes since `cursor` were asked for as well."""
        if "QRESYNC" in self._in_use and cursor is not None and cursor.modseq:
            # As the only parameter: some servers refuse two.
            since = b"(QRESYNC (%d %d))" % (cursor.uidvalidity, cursor.modseq)
            try:
                return self._run(b"EXAMINE", name, since, passing=False), True
            except RefusedError as refusal:
                if refusal.status != b"BAD":
                    raise
                self._in_use.discard("QRESYNC")
        if "CONDSTORE" in self._in_use and "QRESYNC" not in self._in_use:
            return self._run(b"EXAMINE", name, b"(CONDSTORE)", passing=False), False
        return self._run(b"EXAMINE", name, passing=False), False

    def _opened(self, answers: list[Answer], cursor: Cursor | None, *, asked: bool) -> Opened:
        told = selected(answers)
        if not told.uidvalidity:
            raise NonsenseError(b"no UIDVALIDITY")
        uidnext = told.uidnext or (self._last_uid() + 1 if told.exists else 1)
        modseq = told.modseq if "CONDSTORE" in self._in_use else 0
        here = Cursor(told.uidvalidity, uidnext, modseq)
        if cursor is None or not cursor.modseq or not modseq or cursor.uidvalidity != told.uidvalidity:
            return Opened(here, told.exists, None, None)
        if asked:
            return Opened(here, told.exists, told.changed, told.vanished)
        changed = dict(told.changed)
        if modseq != cursor.modseq and told.exists:
            since = b"(CHANGEDSINCE %d)" % cursor.modseq
            answers = self._run(b"UID FETCH", b"1:*", FLAG_ITEMS, since).answers
            changed |= dict(found for answer in answers if (found := state(answer)))
        return Opened(here, told.exists, changed, None)

    def _last_uid(self) -> int:
        """The UID of the last message, for servers that keep UIDNEXT to themselves."""
        answers = self._run(b"UID FETCH", b"*", FLAG_ITEMS).answers
        return max((found[0] for answer in answers if (found := state(answer))), default=0)

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

    # Messages of the open folder.

    def uids(self, low: int = 1) -> list[int]:
        with speaking(self._settings, _("listing the messages")):
            self._stop_idle()
            if not self._passing.exists:
                return []
            which = b"ALL" if low <= 1 else b"UID %d:*" % low
            how = b"UID SEARCH RETURN (ALL)" if "ESEARCH" in self._in_use else b"UID SEARCH"
            found = uids_found(self._run(how, which).answers, low, self._passing.exists)
            if low <= 1:
                self._passing.all_uids(found)
            return found

    def flags(self, uids: Sequence[int] | None) -> dict[int, FlagState]:
        with speaking(self._settings, _("reading flags")):
            self._stop_idle()
            everything = [b"1:*"] if self._passing.exists else []
            sets = everything if uids is None else list(uid_sets(uids))
            wanted = None if uids is None else frozenset(uids)
            found: dict[int, FlagState] = {}
            for named in sets:
                for answer in self._run(b"UID FETCH", named, FLAG_ITEMS).answers:
                    told = state(answer)
                    if told is None:
                        continue
                    uid = told[0]
                    unasked = wanted is not None and uid not in wanted
                    if unasked or uid in found:
                        self._passing.touched()
                    if not unasked:
                        found[uid] = told[1]
            return found

    def headers(self, uids: Sequence[int]) -> list[RemoteHeader]:
        with speaking(self._settings, _("reading headers")):
            self._stop_idle()
            found: dict[int, RemoteHeader] = {}
            for named in uid_sets(uids):
                for answer in self._run(b"UID FETCH", named, HEADER_ITEMS).answers:
                    told = header(answer)
                    if told is not None:
                        found[told.uid] = told
                    elif is_fetch(answer):
                        self._passing.touched()
            return [found[uid] for uid in dict.fromkeys(uids) if uid in found]

    def bodies(self, sizes: Sequence[tuple[int, int]]) -> Iterator[RemoteBody]:
        batch: list[int] = []
        octets, most = 0, _FIRST_BATCH
        for uid, size in dict(sizes).items():
            if batch and (size > LARGE or octets + size > most):
                yield from self._small(batch)
                batch, octets, most = [], 0, min(most * 2, _GREATEST_BATCH)
            if size <= LARGE:
                batch.append(uid)
                octets += size
            elif (body := self._large(uid)) is not None:
                yield body
        if batch:
            yield from self._small(batch)

    def vanished(self) -> list[Vanished]:
        ranges, self._passing.gone = self._passing.gone, []
        return [Vanished(tuple(ranges))] if ranges else []

    def _small(self, uids: list[int]) -> list[RemoteBody]:
        """Whole messages."""
        with speaking(self._settings, _("reading messages")):
            self._stop_idle()
            found: dict[int, bytes] = {}
            for named in uid_sets(uids):
                for answer in self._run(b"UID FETCH", named, WHOLE_ITEMS).answers:
                    told = whole(answer)
                    if told is not None:
                        found[told[0]] = told[1]
                    elif is_fetch(answer):
                        self._passing.touched()
            return [RemoteBody(uid, found[uid]) for uid in uids if uid in found]

    def _large(self, uid: int) -> RemoteBody | None:
        """The text parts of a message, and what was left on the server."""
        with speaking(self._settings, _("reading a large message")):
            self._stop_idle()
            items = self._items(uid, b"(UID BODYSTRUCTURE BODY.PEEK[HEADER])")
            head = items.get(b"BODY[HEADER]")
            if not isinstance(head, bytes):
                return None
            root = imap_parts.structure(items.get(b"BODYSTRUCTURE"))
            if root is None:
                # A structure that cannot be understood: the beginning of the message is better than nothing.
                start = self._items(uid, b"(UID BODY.PEEK[]<0.%d>)" % LARGE).get(b"BODY[]<0>")
                return RemoteBody(uid, imap_parts.whole_lines(start, LARGE)) if isinstance(start, bytes) else None
            parts = imap_parts.wanted(root)
            items = {}
            for place in range(0, len(parts), _PARTS_IN_COMMAND):
                some = parts[place : place + _PARTS_IN_COMMAND]
                items |= self._items(uid, b"(UID " + b" ".join(part.items for part in some) + b")")
            contents = {part.section: content for part in parts if (content := part.content(items)) is not None}
            return RemoteBody(uid, imap_parts.rebuilt(root, head, contents), imap_parts.left_out(root))

    def _items(self, uid: int, items: bytes) -> dict[bytes, object]:
        """All FETCH items of one message, from however many answers; empty when it is gone."""
        found: dict[bytes, object] = {}
        for answer in self._run(b"UID FETCH", b"%d" % uid, items).answers:
            told = fetched(answer)
            if told and b"UID" in told and number(told[b"UID"], answer) == uid:
                found |= told
        return found

    # Watching.

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

    def fileno(self) -> int:
        with speaking(self._settings, _("waiting for mail")):
            return self._line().sock.fileno()

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

    # What every command shares.

    def _line(self) -> Line:
        if self._client is None:
            raise LineCutError
        return self._client.line

    def _run(self, *arguments: bytes | Text, passing: bool = True, waiting: bool = False) -> Done:
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
