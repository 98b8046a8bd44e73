"""What is on the server and not here: attachments, the raw source, and what a server's own search finds.

Everything here waits for a server, or for a disk: it is called from a thread, never from the interface's own.
"""

import re
import secrets
import select
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesinbox.formats import headers, message, query, showing
from salesinbox.locale.texts import _
from salesinbox.model.errors import (
    CredentialsError,
    Exit,
    NetworkError,
    NotFoundError,
    QueryError,
    SalesInboxError,
    ServerError,
    UsageError,
)
from salesinbox.model.events import Answer
from salesinbox.model.mail import Address, Attachment
from salesinbox.model.remote import ServerHit
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.rules.columns import Own
from salesinbox.services import desktop
from salesinbox.services.board import row_of
from salesinbox.services.lines import Lines
from salesinbox.services.live import LiveService
from salesinbox.store import bodies, parts
from salesinbox.store.database import FILE, Database

if TYPE_CHECKING:
    from salesinbox.services.fleeting import Fleeting

PATIENCE = 60.0
"""Seconds for which an answer is waited for."""
_LOOK = 0.2
_HEAD = 200_000
_NAME = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
_LONGEST_ENDING = 10


def _never() -> bool:
    return False


class ContentService:
    """Each call opens what it needs, so that any thread may call; `now` gives seconds since 1970.

    What waits for a server asks `stopped` meanwhile: once it is true, nothing more is written anywhere, and
    NetworkError is raised. NetworkError, ServerError and NotFoundError tell why something could not be had.
    """

    def __init__(
        self,
        settings: Settings,
        own: Own,
        data: Path,
        lines: Lines,
        now: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.own = own
        self.data = data
        self.lines = lines
        self.now = now

    # --- a message and its parts ------------------------------------------------------------------------------

    def source(self, message_id: str, *, stopped: Callable[[], bool] = _never) -> bytes:
        """The raw message ("m12") as the server holds it (READ-4)."""
        return self._content(message_id, "", stopped)

    def headers(self, message_id: str, *, stopped: Callable[[], bool] = _never) -> str:
        """All header fields, decoded and harmless, a line each, in their order."""
        head = self.source(message_id, stopped=stopped)[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        written = {name.lower(): name for name in _NAME.findall(head)}
        return "\n".join(
            f"{safe(written.get(name, name).decode('ascii', 'replace'), 80)}: {safe(headers.text(value, _HEAD))}"
            for name, value in headers.fields(head + b"\n")
        )

    def view(self, message_id: str, part: str, *, stopped: Callable[[], bool] = _never) -> str:
        """An attachment as text, by its charset or by what its octets look like (READ-4)."""
        attachment = self._attachment(message_id, part, stopped)
        content = self._content(message_id, part, stopped)
        account, key = self._key(message_id, "")
        raw = parts.read(self._place(account), key)
        return showing.text(content, attachment.type.lower(), showing.charset_of(raw, part) if raw else "")

    def image(
        self, message_id: str, part: str, cells: int, points: int, *, stopped: Callable[[], bool] = _never
    ) -> list[list[tuple[int, int, int]]]:
        """An image as rows of points, as many as fit. UsageError for what cannot be shown."""
        return showing.image(self._content(message_id, part, stopped), cells, points)

    def save(self, message_id: str, part: str, folder: Path, *, stopped: Callable[[], bool] = _never) -> Path:
        """Save an attachment under its own name, never over a file that is there, never elsewhere (READ-5)."""
        attachment = self._attachment(message_id, part, stopped)
        return desktop.keep(folder, *_name(attachment), self._content(message_id, part, stopped))

    def save_all(self, message_id: str, folder: Path, *, stopped: Callable[[], bool] = _never) -> list[Path]:
        """Save all attachments of a message but the images within its text."""
        found = self._attachments(row_of(message_id, "m"), stopped)
        meant = [one for one in found if not one.inline] or found
        return [self.save(message_id, one.part, folder, stopped=stopped) for one in meant]

    def open_with_system(self, message_id: str, part: str, *, stopped: Callable[[], bool] = _never) -> Path:
        """Hand an attachment to the desktop's program for its kind. UsageError where there is no desktop."""
        if reason := desktop.absent():
            raise UsageError(reason)
        program = desktop.opener()
        if program is None:
            raise UsageError(_("There is no desktop here to open it on."))
        attachment = self._attachment(message_id, part, stopped)
        content = self._content(message_id, part, stopped)
        folder = parts.folder_to_open_in(self._place(self._key(message_id, "")[0]), self.now())
        path = desktop.keep(folder, *_name(attachment), content)
        path.chmod(0o600)
        process = subprocess.Popen(
            [program, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        threading.Thread(target=process.wait, daemon=True).start()
        return path

    def _attachments(self, number: int, stopped: Callable[[], bool] = _never) -> tuple[Attachment, ...]:
        with Database(self.data / FILE, readonly=True) as database:
            row = database.connection.execute("SELECT attachments FROM body WHERE message = ?", (number,)).fetchone()
        if row is None and not self._keeps(self._key(f"m{number}", "")[0]):
            return message.body(self._content(f"m{number}", "", stopped)).attachments
        return bodies.attachments(row[0]) if row else ()

    def _keeps(self, account: str) -> bool:
        """Whether the account's mail is kept here (ACC-3)."""
        return all(one.keeps_mail for one in self.settings.accounts if one.name == account)

    def _place(self, account: str) -> Path:
        return parts.place(self.data, keeps_mail=self._keeps(account))

    def _attachment(self, message_id: str, part: str, stopped: Callable[[], bool] = _never) -> Attachment:
        for attachment in self._attachments(row_of(message_id, "m"), stopped):
            if attachment.part == part:
                return attachment
        raise NotFoundError(_("The message has no such attachment."))

    def _key(self, message_id: str, part: str) -> tuple[str, parts.Key]:
        """The account that a message belongs to, and under what its content is kept."""
        number = row_of(message_id, "m")
        with Database(self.data / FILE, readonly=True) as database:
            row = database.connection.execute(
                "SELECT account.name, digest FROM message JOIN account ON account.id = account_id WHERE message.id = ?",
                (number,),
            ).fetchone()
        if row is None:
            raise NotFoundError(_("There is no thread or message {id} here.").format(id=f"m{number}"))
        return str(row[0]), parts.Key(number, bytes(row[1]), part)

    def _content(self, message_id: str, part: str, stopped: Callable[[], bool]) -> bytes:
        """A part's content, or with "" the whole message."""
        account, key = self._key(message_id, part)
        place = self._place(account)
        content = parts.read(place, key)
        if content is None:
            self._errand(account, {"kind": "content", "message": key.message, "part": part}, stopped)
            content = parts.read(place, key)
        if content is None:
            raise NotFoundError(_("The message has changed meanwhile. Try again."))
        if stopped():
            raise NetworkError(_("Stopped."))
        return content

    # --- the servers' own search ------------------------------------------------------------------------------

    def search_server(self, text: str, *, stopped: Callable[[], bool] = _never) -> list[ServerHit]:
        """Mail that the servers find and that is not here, newest first; all accounts are asked at once.

        Raises QueryError for what cannot be understood; and what an account said, where none could be asked.
        """
        today = datetime.fromtimestamp(self.now(), self.settings.me.zone).date()
        query.parse(text, today=today)
        errand = {"kind": "search", "text": text, "today": today.isoformat()}
        accounts = self.settings.accounts
        if not accounts:
            return []
        hits: list[ServerHit] = []
        trouble: list[SalesInboxError] = []
        with ThreadPoolExecutor(len(accounts), "search") as threads:
            asked = [(one.name, threads.submit(self._errand, one.name, errand, stopped)) for one in accounts]
            for name, answer in asked:
                try:
                    hits += [_hit(name, hit) for hit in answer.result()["hits"]]
                except SalesInboxError as error:
                    trouble.append(error)
        if len(trouble) == len(accounts):
            raise trouble[-1]
        return sorted(hits, key=lambda hit: hit.date, reverse=True)

    def take(self, hit: ServerHit, *, stopped: Callable[[], bool] = _never) -> str:
        """Fetch a message that was found into the cache; the id of its thread."""
        return str(self._errand(hit.account, {"kind": "take", "folder": hit.folder, "uid": hit.uid}, stopped)["thread"])

    # --- mail that is not kept here ---------------------------------------------------------------------------

    def fill(self, fleeting: "Fleeting") -> None:
        """Ask for all that was wanted of mail that is not kept (ACC-3), and wait for the answers."""
        failed = False

        def ask(account: str, request: str, errand: Mapping[str, object]) -> bool:
            nonlocal failed
            try:
                answer = Answer(account, request, True, "", self._errand(account, errand, _never))
            except SalesInboxError as error:
                failed = True
                answer = Answer(account, request, False, str(error), {})
            fleeting.take(answer)
            return False  # nothing is under way: it was answered at once

        while fleeting.wants and not failed:
            fleeting.ask(ask)

    # --- errands ----------------------------------------------------------------------------------------------

    def _errand(self, account: str, errand: Mapping[str, Any], stopped: Callable[[], bool]) -> dict[str, Any]:
        """Have the account's line do it: that of the sync process, or one of our own where none runs."""
        live = LiveService(self.data, self.settings.path)
        try:
            if live.connect():
                return self._asked(live, account, errand, stopped)
        finally:
            live.close()
        return self._alone(account, errand)

    def _asked(
        self, live: LiveService, account: str, errand: Mapping[str, Any], stopped: Callable[[], bool]
    ) -> dict[str, Any]:
        request = secrets.token_hex(8)
        if not live.ask_errand(account, request, errand):
            return self._alone(account, errand)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and live.fileno() >= 0:
            if stopped():
                raise NetworkError(_("Stopped."))
            if not select.select([live.fileno()], [], [], _LOOK)[0]:
                continue
            for event in live.events():
                if isinstance(event, Answer) and event.request == request:
                    if event.ok:
                        return event.result
                    raise _refused(event)
        raise NetworkError(_("It is on the server, which does not answer now. Try again when you are back on line."))

    def _alone(self, name: str, errand: Mapping[str, Any]) -> dict[str, Any]:
        from salesinbox.store import board  # noqa: PLC0415 - only where no sync process runs
        from salesinbox.sync import errands  # noqa: PLC0415 - the same
        from salesinbox.sync.incoming import Incoming  # noqa: PLC0415 - the same

        account = next((one for one in self.settings.accounts if one.name == name), None)
        if account is None:
            raise NotFoundError(_("There is no account {name} in the configuration.").format(name=name))
        placing = board.placing(self.settings, self.own, self.now())
        session = self.lines.session(account)
        with Database(self.data / FILE) as database:
            try:
                session.connect()
                incoming = Incoming(
                    account, session, database, lambda: placing, lambda _event: None, lambda: int(self.now())
                )
                return errands.run(incoming, errand)
            finally:
                session.close()


def _refused(answer: Answer) -> SalesInboxError:
    """What the sync process ran into, as the error that it was there, so that scripts can tell (UI-7)."""
    kinds = {int(Exit.USAGE): QueryError, int(Exit.NETWORK): NetworkError, int(Exit.CREDENTIALS): CredentialsError}
    kind = kinds.get(answer.result.get("exit", 0), ServerError)
    return kind(answer.detail or _("The server did not do it."))


def _hit(account: str, hit: Mapping[str, Any]) -> ServerHit:
    sender = Address(hit["name"], hit["address"])
    return ServerHit(account, hit["folder"], hit["uid"], sender, hit["subject"], hit["date"])


def _name(attachment: Attachment) -> tuple[str, str]:
    """A name that is fit for any folder, and its ending apart."""
    name = message.file_name(attachment.name) or "attachment"
    stem, dot, ending = name.rpartition(".")
    if dot and stem and len(ending) <= _LONGEST_ENDING and ending.isalnum():
        return stem, f".{ending}"
    return name, ""
