"""IMAP: one line to one account's server, by the fastest way that the server offers.

Changes are asked for by QRESYNC, else by CONDSTORE (RFC 7162), else they are the caller's to find. Reading is ours
(`imap_line`), because answers that arrive in passing must not get lost; connecting and logging in is IMAPClient's.
"""

import contextlib
import imaplib
import re
import time
from collections.abc import Callable, Iterator, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NetworkError, ServerError
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import (
    Cursor,
    Opened,
    RemoteBody,
    RemoteFolder,
    RemoteHeader,
    Vanished,
)
from salesinbox.model.settings import STARTTLS, Account
from salesinbox.model.text import safe
from salesinbox.providers import imap_parts
from salesinbox.providers.imap_folders import Listed, decoded, encoded, listed, with_roles
from salesinbox.providers.imap_line import Client, Done, Line, LineCutError, Refused
from salesinbox.providers.imap_login import log_in
from salesinbox.providers.imap_tls import connected, starttls_not_offered, tls_context, translated
from salesinbox.providers.imap_wire import (
    Answer,
    Nonsense,
    Text,
    code_of,
    expanded,
    fetched,
    flag_state,
    number,
    ranges_of,
    received,
    state_of,
    status_code,
    uid_sets,
    values,
    words,
)
from salesinbox.providers.session import LARGE

_HEADER_FIELDS = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id",
    "Auto-Submitted", "Precedence", "Authentication-Results", "Content-Type",
)  # fmt: skip

CONNECT_SECONDS = 15.0
READ_SECONDS = 60.0
RENEW_SECONDS = 9 * 60.0
"""How long one IDLE lasts: servers and routers forget quiet lines after 10 minutes and more."""
POLL_SECONDS = 60.0
"""How often a server without IDLE is asked."""

_FIRST_BATCH = 256 * 1024
_GREATEST_BATCH = 4 * 1024 * 1024
_ITEMS_IN_COMMAND = 60
_SLACK = 10_000
"""UIDs more than EXISTS announced that an answer may name before it counts as a lie."""

_COUNT = re.compile(rb"\* (\d{1,10}) (EXISTS|EXPUNGE)\Z", re.IGNORECASE)
_VANISHED = re.compile(rb"\* VANISHED (\(EARLIER\) )?([0-9:,]+)\Z", re.IGNORECASE)
_FLAGS = re.compile(
    rb"\* \d+ FETCH \(UID (\d{1,10})(?: MODSEQ \(\d+\))? FLAGS \(([^()\"]*)\)(?: MODSEQ \(\d+\))?\)\Z"
)
_HEADER = re.compile(
    rb"\* \d+ FETCH \(UID (\d{1,10}) FLAGS \(([^()\"]*)\) INTERNALDATE \"([^\"]*)\" RFC822\.SIZE (\d{1,18})"
    rb" BODY\[HEADER\.FIELDS \([^()]*\)\] \{\d+\}\Z"
)
_BODY = re.compile(rb"\* \d+ FETCH \(UID (\d{1,10}) BODY\[\] \{\d+\}\Z")
_ESEARCH_ALL = re.compile(rb"\* ESEARCH\b.* ALL ([0-9:,]+)", re.IGNORECASE)
_SEARCH = re.compile(rb"\* SEARCH\b([0-9 ]*)", re.IGNORECASE)


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
        poll_seconds: float = POLL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        assert account.imap is not None
        self._settings = account.imap
        self._secret = secret
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._renew_seconds, self._poll_seconds = renew_seconds, poll_seconds
        self._clock = clock
        self._client: Client | None = None
        self._offered: frozenset[bytes] = frozenset()
        self._in_use: set[str] = set()
        self._raw_names: dict[str, bytes] = {}
        self._selected: str | None = None
        self._exists = 0
        self._sequence: list[int] | None = None
        """UIDs by sequence number, 0 where unknown; None before all were asked for."""
        self._vanished: list[tuple[int, int]] = []
        self._looked: dict[str, tuple[Cursor, int]] = {}
        self._happened: set[str] = set()
        self._idle: bytes | None = None
        self._quiet_since = 0.0

    # The line.

    def connect(self) -> None:
        settings = self._settings
        try:
            with self._speaking(_("logging in")):
                client = self._client = Client(
                    settings.host,
                    settings.port,
                    lambda: connected(settings, self._connect_seconds),
                    self._read_seconds,
                )
                if settings.tls == STARTTLS:
                    self._start_tls(client)
                if client._imap.state != "AUTH":  # noqa: SLF001 - after PREAUTH nobody logs in
                    secret = self._secret()
                    if "\0" in secret:
                        raise CredentialsError(_("the password holds a NUL character, which no server takes"))
                    log_in(client, settings, secret)
                self._offered = frozenset(client.capabilities())
                self._arrange(client.line)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        client, self._client = self._client, None
        self._idle = self._selected = None
        if client is None:
            return
        with contextlib.suppress(OSError):
            client.line.sock.settimeout(1)
            client.line.begin(b"LOGOUT")
        with contextlib.suppress(OSError):
            client.line.shutdown()

    def capabilities(self) -> frozenset[str]:
        return frozenset(self._in_use)

    def _start_tls(self, client: Client) -> None:
        # A server that greets with PREAUTH cannot start TLS any more: whoever asks for it must not go on in clear.
        if client._imap.state == "AUTH" or not client.has_capability("STARTTLS"):  # noqa: SLF001
            raise starttls_not_offered(self._settings)
        client.line.run(b"STARTTLS")
        with translated(self._settings):
            client.line.secure(tls_context(self._settings))
        # What was offered in clear may be somebody else's offer (RFC 3501 §6.2.1): IMAPClient asks again.
        client._starttls_done = True  # noqa: SLF001

    def _arrange(self, line: Line) -> None:
        """Switch on everything that this server and we have in common, in the order that servers want it."""
        offered = self._offered
        line.literal_plus = b"LITERAL+" in offered
        known = ("CONDSTORE", "ESEARCH", "IDLE", "SPECIAL-USE", "LITERAL+", "NOTIFY", "MOVE", "UIDPLUS")
        self._in_use = {name for name in known if name.encode() in offered}
        if self._settings.tls in (STARTTLS, "implicit"):
            self._in_use.add("TLS")
        if b"COMPRESS=DEFLATE" in offered:
            with contextlib.suppress(Refused):
                line.run(b"COMPRESS", b"DEFLATE")
                line.compress()
                self._in_use.add("COMPRESS")
        if b"ID" in offered:
            # Some servers want to know the client before it selects anything.
            with contextlib.suppress(Refused):
                line.run(b"ID", b'("name" "SalesInbox")')
        if b"QRESYNC" in offered and b"ENABLE" in offered:
            with contextlib.suppress(Refused):
                done = line.run(b"ENABLE", b"QRESYNC")
                if any(words(a)[1] == b"ENABLED" and b"QRESYNC" in a[0].upper() for a in done.answers):
                    self._in_use |= {"QRESYNC", "CONDSTORE"}

    # Folders.

    def folders(self) -> list[RemoteFolder]:
        with self._speaking(_("listing the folders")):
            self._stop_idle()
            arguments = [b"LIST", b'""', b'"*"']
            if {b"SPECIAL-USE", b"LIST-EXTENDED"} <= self._offered:
                arguments += [b"RETURN", b"(SPECIAL-USE)"]
            found = [folder for answer in self._run(*arguments).answers if (folder := listed(answer))]
            self._raw_names = {folder.name: folder.raw for folder in found}
            return with_roles(found)

    def open(self, folder: str, cursor: Cursor | None) -> Opened:
        with self._speaking(_("opening {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            self._happened.discard(folder)
            done, asked = self._examine(folder, cursor)
            opened = self._opened(done.answers, cursor, asked=asked)
            self._selected = folder
            self._exists = opened.exists
            self._sequence = None
            self._vanished = []
            self._looked[folder] = (opened.cursor, opened.exists)
            return opened

    def counts(self, folder: str) -> tuple[int, int]:
        with self._speaking(_("counting {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            raw = self._raw(folder)
            done = self._run(b"STATUS", Text(raw), b"(MESSAGES UIDNEXT)", passing=False)
            for answer in reversed(done.answers):
                if words(answer)[1] != b"STATUS":
                    self._note(answer)
                    continue
                match values(answer):
                    case [_, _, name, list(items)] if name == raw or folder.upper() == "INBOX":
                        found = dict(zip(items[::2], items[1::2], strict=False))
                        if {b"MESSAGES", b"UIDNEXT"} <= found.keys():
                            return number(found[b"MESSAGES"], answer), number(found[b"UIDNEXT"], answer)
            raise Nonsense(done.text)

    def _examine(self, folder: str, cursor: Cursor | None) -> tuple[Done, bool]:
        """Open `folder` read-only; with it, whether changes since `cursor` were asked for in the same breath."""
        name = Text(self._raw(folder))
        self._selected = None
        if "QRESYNC" in self._in_use and cursor is not None and cursor.modseq:
            try:
                # As the only parameter: some servers refuse two.
                since = b"(QRESYNC (%d %d))" % (cursor.uidvalidity, cursor.modseq)
                return self._run(b"EXAMINE", name, since, passing=False), True
            except Refused as refusal:
                if refusal.status != b"BAD":
                    raise
                self._in_use.discard("QRESYNC")
        if "CONDSTORE" in self._in_use and "QRESYNC" not in self._in_use:
            return self._run(b"EXAMINE", name, b"(CONDSTORE)", passing=False), False
        return self._run(b"EXAMINE", name, passing=False), False

    def _opened(self, answers: list[Answer], cursor: Cursor | None, *, asked: bool) -> Opened:
        exists = 0
        codes: dict[bytes, bytes] = {}
        changed: dict[int, FlagState] = {}
        vanished: list[tuple[int, int]] = []
        for answer in answers:
            code, argument = status_code(answer)
            if code == b"CLOSED":
                # What came before it was about the folder that was open until now (RFC 7162 §3.2.11).
                exists, codes, changed, vanished = 0, {}, {}, []
            elif code:
                codes[code] = argument
            elif count := _COUNT.match(answer[0]):
                if count[2].upper() == b"EXISTS":
                    exists = int(count[1])
            elif gone := _VANISHED.match(answer[0]):
                vanished += ranges_of(gone[2])
            elif state := self._state(answer):
                changed[state[0]] = state[1]
        uidvalidity = self._code_number(codes, b"UIDVALIDITY")
        uidnext = self._code_number(codes, b"UIDNEXT")
        if not uidvalidity:
            raise Nonsense(b"no UIDVALIDITY")
        if not uidnext:
            uidnext = self._last_uid() + 1 if exists else 1
        modseq = self._code_number(codes, b"HIGHESTMODSEQ") if "CONDSTORE" in self._in_use else 0
        here = Cursor(uidvalidity, uidnext, modseq)
        if cursor is None or not cursor.modseq or not modseq or cursor.uidvalidity != uidvalidity:
            return Opened(here, exists, None, None)
        if asked:
            return Opened(here, exists, changed, vanished)
        if modseq != cursor.modseq and exists:
            since = b"(CHANGEDSINCE %d)" % cursor.modseq
            for answer in self._run(b"UID FETCH", b"1:*", b"(FLAGS)", since).answers:
                if state := self._state(answer):
                    changed[state[0]] = state[1]
        return Opened(here, exists, changed, None)

    def _last_uid(self) -> int:
        """The UID of the last message, for servers that keep UIDNEXT to themselves."""
        last = 0
        for answer in self._run(b"UID FETCH", b"*", b"(FLAGS)").answers:
            if state := self._state(answer):
                last = max(last, state[0])
        return last

    # Messages of the open folder.

    def uids(self, low: int = 1) -> list[int]:
        with self._speaking(_("listing the messages")):
            self._stop_idle()
            if not self._exists and self._selected is not None:
                self._run(b"NOOP")
            if not self._exists:
                return []
            which = b"ALL" if low <= 1 else b"UID %d:*" % low
            if "ESEARCH" in self._in_use:
                answers = self._run(b"UID SEARCH", b"RETURN (ALL)", which).answers
                ranges = [r for a in answers if (m := _ESEARCH_ALL.match(a[0])) for r in ranges_of(m[1])]
                # "n:*" names the last message even when its UID is below n (RFC 9051 §9, seq-range).
                found = expanded(((max(a, low), b) for a, b in ranges if b >= low), self._exists + _SLACK)
            else:
                answers = self._run(b"UID SEARCH", which).answers
                found = [int(w) for a in answers if (m := _SEARCH.match(a[0])) for w in m[1].split()]
            result = sorted({uid for uid in found if uid >= low})
            if low <= 1:
                self._sequence = result if len(result) == self._exists else None
            return result

    def flags(self, uids: Sequence[int] | None) -> dict[int, FlagState]:
        with self._speaking(_("reading flags")):
            self._stop_idle()
            found: dict[int, FlagState] = {}
            if uids is None:
                sets = [b"1:*"] if self._exists else []
            else:
                sets = [named for named, _count in uid_sets(uids)]
            wanted = None if uids is None else set(uids)
            for named in sets:
                for answer in self._run(b"UID FETCH", named, b"(FLAGS)").answers:
                    state = self._state(answer)
                    if state is None:
                        continue
                    uid = state[0]
                    if (wanted is not None and uid not in wanted) or uid in found:
                        self._touch()
                    if wanted is None or uid in wanted:
                        found[uid] = state[1]
            return found

    def headers(self, uids: Sequence[int]) -> list[RemoteHeader]:
        with self._speaking(_("reading headers")):
            self._stop_idle()
            fields = " ".join(_HEADER_FIELDS).upper().encode()
            items = b"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (" + fields + b")])"
            found: dict[int, RemoteHeader] = {}
            for named, _count in uid_sets(uids):
                for answer in self._run(b"UID FETCH", named, items).answers:
                    header = self._header(answer)
                    if header is not None:
                        found[header.uid] = header
            return [found[uid] for uid in dict.fromkeys(uids) if uid in found]

    def bodies(self, sizes: Sequence[tuple[int, int]]) -> Iterator[RemoteBody]:
        batch: list[int] = []
        octets, most = 0, _FIRST_BATCH
        for uid, size in dict(sizes).items():
            if batch and (size > LARGE or octets + size > most):
                yield from self._small(batch)
                batch, octets, most = [], 0, min(most * 2, _GREATEST_BATCH)
            if size > LARGE:
                body = self._large(uid)
                if body is not None:
                    yield body
            else:
                batch.append(uid)
                octets += size
        if batch:
            yield from self._small(batch)

    def vanished(self) -> list[Vanished]:
        ranges, self._vanished = self._vanished, []
        return [Vanished(tuple(ranges))] if ranges else []

    def _small(self, uids: list[int]) -> list[RemoteBody]:
        """Whole messages."""
        with self._speaking(_("reading messages")):
            self._stop_idle()
            found: dict[int, bytes] = {}
            for named, _count in uid_sets(uids):
                for answer in self._run(b"UID FETCH", named, b"(UID BODY.PEEK[])").answers:
                    if len(answer) == 3 and answer[2] == b")" and (match := _BODY.match(answer[0])):
                        found[int(match[1])] = answer[1]
                        continue
                    items = fetched(answer)
                    if items is None:
                        continue
                    raw = items.get(b"BODY[]")
                    if isinstance(raw, bytes) and b"UID" in items:
                        found[number(items[b"UID"], answer)] = raw
                    elif b"BODY[]" not in items:
                        self._touch()
            return [RemoteBody(uid, found[uid]) for uid in uids if uid in found]

    def _large(self, uid: int) -> RemoteBody | None:
        """The text parts of a message, and what was left on the server."""
        with self._speaking(_("reading a large message")):
            self._stop_idle()
            items = self._items(uid, b"(UID BODYSTRUCTURE BODY.PEEK[HEADER])")
            header = items.get(b"BODY[HEADER]")
            if not isinstance(header, bytes):
                return None
            root = imap_parts.structure(items.get(b"BODYSTRUCTURE"))
            if root is None:
                # A structure that cannot be understood: the beginning of the message is better than nothing.
                start = self._items(uid, b"(UID BODY.PEEK[]<0.%d>)" % LARGE).get(b"BODY[]<0>")
                return (
                    RemoteBody(uid, imap_parts.whole_lines(start, LARGE))
                    if isinstance(start, bytes)
                    else None
                )
            parts = imap_parts.fetch_items(root)
            contents: dict[str, tuple[bytes, bytes]] = {}
            for place in range(0, len(parts), _ITEMS_IN_COMMAND):
                some = parts[place : place + _ITEMS_IN_COMMAND]
                wanted = [
                    b"BODY.PEEK[%s]%s" % (section, limit)
                    for _part, mime, content in some
                    for section, limit in ((mime, b""), (content, b"<0.%d>" % imap_parts.PART_LIMIT))
                    if section
                ]
                items = self._items(uid, b"(UID " + b" ".join(wanted) + b")")
                for part, mime, content in some:
                    octets = items.get(b"BODY[%s]<0>" % content)
                    about = items.get(b"BODY[%s]" % mime) if mime else b""
                    if isinstance(octets, bytes):
                        contents[part.section] = (about or b"", imap_parts.whole_lines(octets))
            return RemoteBody(uid, imap_parts.rebuilt(root, header, contents), imap_parts.left_out(root))

    def _items(self, uid: int, items: bytes) -> dict[bytes, object]:
        """All FETCH items of one message, from however many answers; empty when it is gone."""
        found: dict[bytes, object] = {}
        for answer in self._run(b"UID FETCH", b"%d" % uid, items).answers:
            told = fetched(answer)
            if told and b"UID" in told and number(told[b"UID"], answer) == uid:
                found.update(told)
        return found

    def _state(self, answer: Answer) -> tuple[int, FlagState] | None:
        """UID and flags of a FETCH answer, or None for an answer that has not got both."""
        if match := _FLAGS.match(answer[0]):
            return int(match[1]), state_of(match[2])
        items = fetched(answer)
        if items is None or b"UID" not in items or b"FLAGS" not in items:
            return None
        return number(items[b"UID"], answer), flag_state(items[b"FLAGS"], answer)

    def _header(self, answer: Answer) -> RemoteHeader | None:
        """A header, or None for flags that arrived in passing."""
        if len(answer) == 3 and answer[2] == b")" and (match := _HEADER.match(answer[0])):
            uid, flags, date, size = match.groups()
            return RemoteHeader(int(uid), state_of(flags), received(date), int(size), answer[1])
        items = fetched(answer)
        if items is None:
            return None
        header = next((items[name] for name in items if name.startswith(b"BODY[HEADER.FIELDS")), None)
        if header is None or not {b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"} <= items.keys():
            self._touch()
            return None
        date = items[b"INTERNALDATE"]
        if not isinstance(header, bytes) or not isinstance(date, bytes):
            raise Nonsense(answer[0])
        uid, size = number(items[b"UID"], answer), number(items[b"RFC822.SIZE"], answer)
        return RemoteHeader(uid, flag_state(items[b"FLAGS"], answer), received(date), size, header)

    # Watching.

    def watch(self, folder: str) -> None:
        before = self._looked.get(folder)
        if self._selected != folder:
            self.open(folder, None)
            if self._looked[folder] != before:
                self._happened.add(folder)
        with self._speaking(_("watching {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            if "NOTIFY" in self._in_use:
                try:
                    events = b"(MessageNew MessageExpunge FlagChange)"
                    self._run(
                        b"NOTIFY SET", b"(SELECTED-DELAYED " + events + b")", b"(PERSONAL " + events + b")"
                    )
                except Refused:
                    self._in_use.discard("NOTIFY")
            self._start_idle()

    def fileno(self) -> int:
        return self._line().sock.fileno()

    def wait(self, seconds: float, wake: int | None = None) -> set[str]:
        with self._speaking(_("waiting for mail")):
            line = self._line()
            end = self._clock() + seconds
            woken = False
            while True:
                self._take_in(line)
                if self._happened or woken:
                    happened, self._happened = self._happened, set()
                    return happened
                now = self._clock()
                due = self._quiet_since + (self._poll_seconds if self._idle is None else self._renew_seconds)
                if now >= due:
                    self._say_something()
                elif now >= end:
                    return set()
                else:
                    woken = line.wait(min(end, due) - now, wake)

    def unwatch(self) -> None:
        with self._speaking(_("waiting for mail")):
            self._stop_idle()

    def _start_idle(self) -> None:
        line = self._line()
        self._quiet_since = self._clock()
        if "IDLE" not in self._in_use:
            return
        tag = line.begin(b"IDLE")
        while True:
            answer = line.answer()
            if answer[0].startswith(b"+"):
                self._idle = tag
                return
            if answer[0].startswith(b"* "):
                self._note(answer, waiting=True)
                continue
            with contextlib.suppress(Refused):
                line.done(tag, answer, [])
            self._in_use.discard("IDLE")
            return

    def _stop_idle(self) -> None:
        tag, self._idle = self._idle, None
        if tag is None:
            return
        line = self._line()
        line.send(b"DONE\r\n")
        while True:
            answer = line.answer()
            if answer[0].startswith(b"* "):
                self._note(answer, waiting=True)
            elif not answer[0].startswith(b"+"):
                line.done(tag, answer, [])
                return

    def _say_something(self) -> None:
        """Keep the line alive, and find out whether it still is."""
        if self._idle is None:
            self._run(b"NOOP", waiting=True)
            self._quiet_since = self._clock()
        else:
            self._stop_idle()
            self._start_idle()

    def _take_in(self, line: Line) -> None:
        """Note what has arrived while waiting. A server may end IDLE by itself (RFC 2177): begin again."""
        while line.has_answer():
            answer = line.answer()
            if answer[0].startswith(b"* "):
                self._note(answer, waiting=True)
            elif self._idle is not None and answer[0].startswith(self._idle):
                tag, self._idle = self._idle, None
                try:
                    line.done(tag, answer, [])
                except Refused:
                    self._in_use.discard("IDLE")
                self._start_idle()
            elif not answer[0].startswith(b"+"):
                raise Nonsense(answer[0])

    # What every command shares.

    def _line(self) -> Line:
        if self._client is None:
            raise LineCutError
        return self._client.line

    def _run(self, *arguments: bytes | Text, passing: bool = True, waiting: bool = False) -> Done:
        """Run a command. What its answers say in passing is noted, unless they are about another folder."""
        try:
            done = self._line().run(*arguments)
        except Refused as refusal:
            if passing:
                for answer in refusal.answers:
                    self._note(answer, waiting=waiting)
            raise
        if passing:
            for answer in done.answers:
                self._note(answer, waiting=waiting)
        return done

    def _note(self, answer: Answer, *, waiting: bool = False) -> None:
        """Remember what an answer says of the open folder, and of others where NOTIFY tells it."""
        line = answer[0]
        if line.endswith(b")") or line.endswith(b"}"):
            if waiting and b" FETCH (" in line[:32].upper():
                self._touch()
            elif line[:9].upper() == b"* STATUS ":
                name = values(answer)[2]
                if isinstance(name, bytes):
                    self._happened.add("INBOX" if name.upper() == b"INBOX" else decoded(name))
            return
        if count := _COUNT.match(line):
            self._counted(int(count[1]), count[2].upper())
        elif (gone := _VANISHED.match(line)) and not gone[1]:
            ranges = ranges_of(gone[2])
            self._vanished += ranges
            self._exists = max(0, self._exists - sum(high - low + 1 for low, high in ranges))
            self._sequence = None
            self._touch()

    def _counted(self, count: int, what: bytes) -> None:
        """EXISTS and EXPUNGE. A sequence number is turned into a UID where all UIDs were asked for before."""
        known = self._sequence
        if what == b"EXPUNGE":
            self._exists = max(0, self._exists - 1)
            if known is not None and 0 < count <= len(known):
                uid = known.pop(count - 1)
                if uid:
                    self._vanished.append((uid, uid))
            self._touch()
        elif count != self._exists:
            self._exists = count
            if known is not None and count < _SLACK + len(known):
                known.extend([0] * (count - len(known)))
            else:
                self._sequence = None
            self._touch()

    def _touch(self) -> None:
        if self._selected is not None:
            self._happened.add(self._selected)

    def _raw(self, folder: str) -> bytes:
        """The name as the server writes it. Names that are no proper modified UTF-7 are found by listing."""
        if folder.upper() == "INBOX":
            return b"INBOX"
        raw = self._raw_names.get(folder)
        if raw is None and not self._raw_names and ("&" in folder or not folder.isascii()):
            found: list[Listed] = [f for a in self._run(b"LIST", b'""', b'"*"').answers if (f := listed(a))]
            self._raw_names = {each.name: each.raw for each in found}
            raw = self._raw_names.get(folder)
        if raw is None:
            raw = encoded(folder)
        if b"\0" in raw:
            raise ServerError(_("a folder's name holds a NUL character, which no server takes"))
        return raw

    @staticmethod
    def _code_number(codes: dict[bytes, bytes], name: bytes) -> int:
        text = codes.get(name, b"")
        return int(text) if text.isdigit() and len(text) <= 19 else 0

    @contextlib.contextmanager
    def _speaking(self, doing: str) -> Iterator[None]:
        """Errors of the line and of the server as errors of ours. `doing` says what was tried, as a noun."""
        where = {"host": safe(self._settings.host, 100), "port": self._settings.port, "doing": doing}
        try:
            with translated(self._settings):
                yield
        except Refused as refusal:
            text = safe(refusal.text.decode("utf-8", "replace"), 160)
            if code_of(refusal.text)[0] == b"UNAVAILABLE":
                raise NetworkError(
                    _("{host} cannot do this just now ({doing}): {said}").format(**where, said=text)
                ) from None
            raise ServerError(
                _("{host} refused ({doing}): {said}").format(**where, said=text or _("no reason given"))
            ) from None
        except Nonsense as nonsense:
            raise ServerError(
                _(
                    "{host}, port {port}, gave an answer that makes no sense ({doing}): {said}; "
                    "check that this is an IMAP server, or tell its provider"
                ).format(**where, said=nonsense)
            ) from None
        except imaplib.IMAP4.abort as error:
            raise NetworkError(
                _("{host}, port {port}, ended the line ({doing}): {said}").format(
                    **where, said=safe(str(error), 160)
                )
            ) from None
        except imaplib.IMAP4.error as error:
            raise ServerError(
                _("{host}, port {port}, did not behave as an IMAP server ({doing}): {said}").format(
                    **where, said=safe(_said(error), 160)
                )
            ) from None


def _said(error: imaplib.IMAP4.error) -> str:
    octets = error.args[0] if error.args else ""
    return octets.decode("utf-8", "replace") if isinstance(octets, bytes) else str(octets)
