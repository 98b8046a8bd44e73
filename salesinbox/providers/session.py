"""The one line that sync has to a mail server, whatever the server speaks."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from salesinbox.formats.query_tree import Expression
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import Cursor, Head, Opened, RemoteBody, RemoteFolder, RemoteHeader, Vanished

LARGE = 256 * 1024
"""Octets (RFC822.SIZE) over which only the text parts of a message are fetched."""


class Session(Protocol):
    """One line to one account's server; used by one thread at a time.

    Every method may raise NetworkError (the line is cut: close this session and open another one) and
    ServerError (the server was reached and refused, or its answer makes no sense). After a NetworkError only
    `close` may be called. Folder names are those of `folders`.
    """

    def connect(self) -> None:
        """Reach the server, secure the line and log in.

        Raises NetworkError (unknown host, refused, time-out), CertificateError, CredentialsError (the login
        was refused, or no secret could be had), ServerError (what the settings ask for is not offered) and
        ConfigurationError (clear text to another machine without being forced, ACC-6).
        """

    def close(self) -> None:
        """Log out if that costs nothing, and free the line. Never raises."""

    def capabilities(self) -> frozenset[str]:
        """What is in use, as servers name it: QRESYNC, CONDSTORE, ESEARCH, IDLE, NOTIFY, COMPRESS, TLS, MOVE, UIDPLUS.

        LABELS: folders are labels. A message has the same UID in all of them, and to say a `store`, `move`, `copy`
        or `expunge` twice is the same as once.
        """

    def folders(self) -> list[RemoteFolder]:
        """All folders in one round trip, INBOX first, each role once (RFC 6154, else well-known names)."""

    def open(self, folder: str, cursor: Cursor | None) -> Opened:
        """Open a folder for reading and tell what changed since `cursor` (None: the first time).

        `changed` and `vanished` are supersets: they may name messages that arrived after `cursor`, and UIDs
        that were never here. Both are None where UIDVALIDITY differs from the cursor's.
        """

    def uids(self, low: int = 1) -> list[int]:
        """All UIDs of the open folder that are not below `low`, ascending."""

    def flags(self, uids: Sequence[int] | None) -> dict[int, FlagState]:
        """Flags of these messages (None: of all). A UID that is gone is left out."""

    def headers(self, uids: Sequence[int]) -> list[RemoteHeader]:
        """Header fields of these messages, in the order asked for. A UID that is gone is left out."""

    def bodies(self, sizes: Sequence[tuple[int, int]]) -> Iterator[RemoteBody]:
        """Contents of (uid, RFC822.SIZE), roughly in the order asked for; what is gone is left out.

        Messages over LARGE come as their text parts. No command is in flight while the caller holds a
        message, so the iteration may be given up, or other methods called, at any point.
        """

    def chunk(self) -> int:
        """How many messages are asked for at one time; 0: the caller's own measure."""

    def at_hand(self, uids: Sequence[int]) -> list[RemoteBody]:
        """Contents that came along with the headers just asked for, and cost nothing more; mostly none."""

    def seconds_until(self, messages: int) -> float:
        """How long to wait before so many more messages are asked for, to stay within the server's limits; 0: now.

        What the rep asks for need not wait: a part of the limits is left to it.
        """

    def estimate(self, messages: int) -> float | None:
        """Seconds that so many messages take by the server's limits; None where there are none to speak of."""

    def vanished(self) -> list[Vanished]:
        """What the open folder lost in passing since the last call; `open` forgets it, and tells it anew."""

    def counts(self, folder: str) -> tuple[int, int]:
        """(messages, UIDNEXT) of a folder, without opening it."""

    def watch(self, folder: str) -> None:
        """Have the server tell of changes in `folder`, and in the others where it can (RFC 5465).

        What changed since `open` looked is told by the first `wait`.
        """

    def wait(self, seconds: float, wake: int | None = None) -> set[str]:
        """Names of folders in which something happened; empty after `seconds`, or when `wake` is readable.

        Nothing is read from `wake`. Keeps the line alive meanwhile. NetworkError as soon as the line is cut.
        """

    def unwatch(self) -> None:
        """Stop watching, so that the other methods can be used again (they also do it by themselves)."""

    # --- what is asked for one by one ------------------------------------------------------------------------
    #
    # Each of these may leave another folder open than `open` did, or the same one anew: call `open` again before
    # the methods that work on "the open folder".

    def raw(self, folder: str, uid: int) -> bytes | None:
        """The whole message as the server holds it; None when it is gone."""

    def part(self, folder: str, uid: int, section: str) -> bytes | None:
        """One part of a message ("2.1"), its transfer encoding undone; None when it is gone."""

    def find(self, folder: str, message_id: str, field: str = "Message-ID") -> list[int]:
        """UIDs of messages with this Message-ID (angle brackets included), ascending; the server is asked anew.

        `field` "Resent-Message-ID" looks for what was redirected (RFC 5322 §3.6.6).

        Some servers index what is filed after a while only, and find it then.
        """

    def search(self, folder: str, expression: Expression) -> list[int]:
        """UIDs of messages that match, ascending; the server's own idea of words applies.

        Raises QueryError for an expression of which the server can be asked nothing (`deal:`, `column:` …).
        """

    # --- writing ---------------------------------------------------------------------------------------------
    #
    # UIDs that are gone are passed over. ServerError: the server refuses, with its words; nothing was done then,
    # or only a part, as `flags` will tell. After a NetworkError the outcome is unknown.

    def store(self, folder: str, uids: Sequence[int], add: FlagState, remove: FlagState) -> dict[int, FlagState]:
        """Set and clear flags and keywords; returns the flags of those still there, as the server has them now.

        ServerError also where the server would keep a keyword for this session only (RFC 9051 §7.1, PERMANENTFLAGS).
        """

    def move(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        """Move at one stroke (RFC 6851); only with MOVE in `capabilities`. UID → new UID, as far as told (UIDPLUS)."""

    def copy(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        """Copy; UID → new UID, as far as told."""

    def expunge(self, folder: str, uids: Sequence[int]) -> None:
        """Delete these for good, and nothing else.

        Without UIDPLUS they are only marked as deleted while others are marked so, too: those are not ours.
        """

    def create(self, folder: str) -> None:
        """Make a folder, and subscribe to it. One that is there already is no error."""

    def append(self, folder: str, message: bytes, flags: Flag, date: int) -> int:
        """File a message in a folder, which is made where it is missing; the new UID as far as told (UIDPLUS), else 0.

        Octets are kept as they are, but for line ends, which become CRLF, and NUL, which no server takes and which
        becomes 0x80. `date`: when it counts as arrived, in seconds since 1970; 0: now. After a NetworkError, which
        may come late in a large message, it may be there or not: `find` it before filing it again.
        """


class Glimpsing(Protocol):
    """What a session can do beside, whose account keeps no mail here (ACC-3)."""

    def heads(self, uids: Sequence[int]) -> list[Head]:
        """What cards show of these messages; what is gone is left out."""

    def whole(self, uid: int) -> bytes | None:
        """The message as it is on the server; None when it is gone."""


class Unlimited:
    """For sessions whose servers set no pace."""

    def chunk(self) -> int:
        return 0

    def at_hand(self, _uids: Sequence[int]) -> list[RemoteBody]:
        return []

    def seconds_until(self, _messages: int) -> float:
        return 0.0

    def estimate(self, _messages: int) -> float | None:
        return None
