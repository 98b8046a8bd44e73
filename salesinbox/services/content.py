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
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from salesinbox.formats import headers, message, showing
from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, NotFoundError, SalesInboxError, ServerError, UsageError
from salesinbox.model.events import Answer
from salesinbox.model.mail import Address, Attachment
from salesinbox.model.remote import ServerHit
from salesinbox.model.settings import Account, Settings
from salesinbox.model.text import safe
from salesinbox.rules.columns import Own
from salesinbox.services import desktop
from salesinbox.services.board import row_of
from salesinbox.services.live import LiveService
from salesinbox.store import bodies, mail, parts
from salesinbox.store.database import FILE, Database

PATIENCE = 60.0
"""Seconds for which an answer is waited for."""
_LOOK = 0.2
_HEAD = 200_000
_NAME = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
_LONGEST_ENDING = 10


class ContentService:
    """Each call opens what it needs, so that any thread may call; `now` gives seconds since 1970."""

    def __init__(
        self,
        settings: Settings,
        own: Own,
        data: Path,
        secret: Callable[[Account], str],
        now: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.own = own
        self.data = data
        self.secret = secret
        self.now = now

    # --- a message and its parts ------------------------------------------------------------------------------

    def source(self, message_id: str) -> bytes:
        """The raw message ("m12") as the server holds it (READ-4)."""
        return self._file(row_of(message_id, "m"), "").read_bytes()

    def headers(self, message_id: str) -> str:
        """All header fields, decoded and harmless, a line each, in their order."""
        head = self.source(message_id)[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        written = {name.lower(): name for name in _NAME.findall(head)}
        return "\n".join(
            f"{safe(written.get(name, name).decode('ascii', 'replace'), 80)}: {safe(headers.text(value, _HEAD))}"
            for name, value in headers.fields(head + b"\n")
        )

    def view(self, message_id: str, part: str) -> str:
        """An attachment as text. UsageError for a kind that is none."""
        attachment = self._attachment(message_id, part)
        content = self._file(row_of(message_id, "m"), part).read_bytes()
        return showing.text(content, attachment.type.lower())

    def image(self, message_id: str, part: str, cells: int, points: int) -> list[list[tuple[int, int, int]]]:
        """An image as rows of points, as many as fit."""
        return showing.image(self._file(row_of(message_id, "m"), part).read_bytes(), cells, points)

    def save(self, message_id: str, part: str, folder: Path) -> Path:
        """Save an attachment under its own name, never over a file that is there, never elsewhere (READ-5)."""
        attachment = self._attachment(message_id, part)
        content = self._file(row_of(message_id, "m"), part).read_bytes()
        return desktop.keep(folder, *_name(attachment), content)

    def save_all(self, message_id: str, folder: Path) -> list[Path]:
        """Save all attachments of a message but the images within its text."""
        found = self._attachments(row_of(message_id, "m"))
        return [self.save(message_id, one.part, folder) for one in found if not one.inline] or [
            self.save(message_id, one.part, folder) for one in found
        ]

    def open_with_system(self, message_id: str, part: str) -> Path:
        """Hand an attachment to the desktop's program for its kind. UsageError where there is no desktop."""
        if reason := desktop.absent():
            raise UsageError(reason)
        program = desktop.opener()
        if program is None:
            raise UsageError(_("There is no desktop here to open it on."))
        attachment = self._attachment(message_id, part)
        content = self._file(row_of(message_id, "m"), part).read_bytes()
        folder = parts.folder_to_open_in(self.data, self.now())
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

    def _attachments(self, number: int) -> tuple[Attachment, ...]:
        with Database(self.data / FILE, readonly=True) as database:
            row = database.connection.execute("SELECT attachments FROM body WHERE message = ?", (number,)).fetchone()
        return bodies.attachments(row[0]) if row else ()

    def _attachment(self, message_id: str, part: str) -> Attachment:
        for attachment in self._attachments(row_of(message_id, "m")):
            if attachment.part == part:
                return attachment
        raise NotFoundError(_("The message has no such attachment."))

    def _file(self, number: int, part: str) -> Path:
        """A part's content, or with "" the whole message, as a file of ours."""
        if (path := parts.find(self.data, number, part)) is not None:
            return path
        with Database(self.data / FILE, readonly=True) as database:
            row = database.connection.execute(
                "SELECT account.name FROM message JOIN account ON account.id = account_id WHERE message.id = ?",
                (number,),
            ).fetchone()
        if row is None:
            raise NotFoundError(_("There is no thread or message {id} here.").format(id=f"m{number}"))
        return Path(self._errand(str(row[0]), {"kind": "content", "message": number, "part": part})["path"])

    # --- the servers' own search ------------------------------------------------------------------------------

    def search_server(self, text: str) -> list[ServerHit]:
        """Mail that the servers find and that is not here, newest first.

        Raises what the last account said, where none could be asked.
        """
        hits: list[ServerHit] = []
        trouble: SalesInboxError | None = None
        asked = 0
        today = datetime.fromtimestamp(self.now(), self.settings.me.zone).date().isoformat()
        for account in self.settings.accounts:
            try:
                found = self._errand(account.name, {"kind": "search", "text": text, "today": today})["hits"]
            except SalesInboxError as error:
                trouble = error
                continue
            asked += 1
            hits += [
                ServerHit(
                    account.name,
                    hit["folder"],
                    hit["uid"],
                    Address(hit["name"], hit["address"]),
                    hit["subject"],
                    hit["date"],
                )
                for hit in self._unknown(account.name, found)
            ]
        if not asked and trouble is not None:
            raise trouble
        return sorted(hits, key=lambda hit: hit.date, reverse=True)

    def take(self, hit: ServerHit) -> str:
        """Fetch a message that was found into the cache; the id of its thread."""
        return str(self._errand(hit.account, {"kind": "take", "folder": hit.folder, "uid": hit.uid})["thread"])

    def _unknown(self, account: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that are not here under another number or in another folder."""
        with Database(self.data / FILE, readonly=True) as database:
            here = mail.known(database.connection, account, [bytes.fromhex(hit["digest"]) for hit in found])
        return [hit for hit in found if bytes.fromhex(hit["digest"]) not in here]

    # --- errands ----------------------------------------------------------------------------------------------

    def _errand(self, account: str, errand: Mapping[str, Any]) -> dict[str, Any]:
        """Have the account's line do it: that of the sync process, or one of our own where none runs."""
        live = LiveService(self.data, self.settings.path)
        try:
            if live.connect():
                return self._asked(live, account, errand)
        finally:
            live.close()
        return self._alone(account, errand)

    def _asked(self, live: LiveService, account: str, errand: Mapping[str, Any]) -> dict[str, Any]:
        request = secrets.token_hex(8)
        if not live.ask_errand(account, request, errand):
            return self._alone(account, errand)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and live.fileno() >= 0:
            if not select.select([live.fileno()], [], [], _LOOK)[0]:
                continue
            for event in live.events():
                if isinstance(event, Answer) and event.request == request:
                    if event.ok:
                        return event.result
                    raise ServerError(event.detail or _("The server did not do it."))
        raise NetworkError(_("It is on the server, which does not answer now. Try again when you are back on line."))

    def _alone(self, name: str, errand: Mapping[str, Any]) -> dict[str, Any]:
        from salesinbox.providers import registry  # noqa: PLC0415 - only where no sync process runs
        from salesinbox.rules import views  # noqa: PLC0415 - the same
        from salesinbox.store import board  # noqa: PLC0415 - the same
        from salesinbox.sync import errands  # noqa: PLC0415 - the same
        from salesinbox.sync.incoming import Incoming  # noqa: PLC0415 - the same

        account = next((one for one in self.settings.accounts if one.name == name), None)
        if account is None:
            raise NotFoundError(_("There is no account {name} in the configuration.").format(name=name))
        placing = board.Placing(self.own, views.month_of(int(self.now()), self.settings.me.zone))
        session = registry.session(account, partial(self.secret, account))
        with Database(self.data / FILE) as database:
            try:
                session.connect()
                incoming = Incoming(
                    account, session, database, lambda: placing, lambda _event: None, lambda: int(self.now())
                )
                return errands.run(incoming, errand)
            finally:
                session.close()


def _name(attachment: Attachment) -> tuple[str, str]:
    """A name that is fit for any folder, and its ending apart."""
    name = message.file_name(attachment.name) or "attachment"
    stem, dot, ending = name.rpartition(".")
    if dot and stem and len(ending) <= _LONGEST_ENDING and ending.isalnum():
        return stem, f".{ending}"
    return name, ""
