"""What is asked of a Maildir one by one: a message's source, one of its parts, and where a message is."""

import re

from salesinbox.formats import headers
from salesinbox.formats.query_tree import Expression
from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.text import safe
from salesinbox.providers.maildir import contents, files, searching
from salesinbox.providers.maildir.errors import touching
from salesinbox.providers.maildir.looking import Look
from salesinbox.providers.maildir.reading import Reading, message_id, whole

_SECTION = re.compile(r"[1-9]\d{0,4}(?:\.[1-9]\d{0,4}){0,60}\Z", re.ASCII)
_AT_ONCE = 2000
"""Message-IDs that are kept in one go while they are being read."""


class Asking(Reading):
    """Requests that change nothing."""

    def raw(self, folder: str, uid: int) -> bytes | None:
        with touching(_("reading a message in {folder}").format(folder=safe(folder, 100))):
            return whole(self._look(folder), uid)

    def part(self, folder: str, uid: int, section: str) -> bytes | None:
        """Raises ServerError also for a section that no message could have."""
        if not _SECTION.match(section):
            raise ServerError(_('a message has no part "{section}"').format(section=safe(section, 40)))
        with touching(_("reading an attachment in {folder}").format(folder=safe(folder, 100))):
            raw = whole(self._look(folder), uid)
        return None if raw is None else contents.part(raw, section)

    def find(self, folder: str, message_id: str, field: str = "Message-ID") -> list[int]:
        """Raises ServerError also for an id that no header can hold."""
        if not message_id:
            return []
        if any(mark in message_id for mark in "\0\r\n"):
            raise ServerError(_("a message's id holds a line break or a NUL character, and cannot be looked for"))
        with touching(_("looking for a message in {folder}").format(folder=safe(folder, 100))):
            look = self._look(folder)
            if field == "Message-ID":
                return [uid for uid, here in self._ids(folder, look).items() if here == message_id]
            name = field.lower().encode("ascii")
            return [
                uid
                for uid in look.book.states
                if any(message_id in headers.ids(value) for value in _values(_head(look, uid), name))
            ]

    def search(self, folder: str, expression: Expression) -> list[int]:
        matches = searching.matcher(expression)
        with touching(_("searching in {folder}").format(folder=safe(folder, 100))):
            look = self._look(folder)
            return [uid for uid in look.book.states if matches(searching.Found(look, uid))]

    def _ids(self, folder: str, look: Look) -> dict[int, str]:
        """The Message-IDs of all messages of a folder; those that were never read are read now, and kept."""
        ledger = self._numbers()
        found = {uid: here for uid, here in ledger.message_ids(folder).items() if uid in look.book.states}
        new: dict[int, str] = {}
        for uid, here in found.items():
            if here is None:
                new[uid] = message_id(_head(look, uid))
                if len(new) % _AT_ONCE == 0:
                    ledger.remember_ids(folder, new)
        if new:
            ledger.remember_ids(folder, new)
        return {uid: new.get(uid, "") if here is None else here for uid, here in found.items()}


def _head(look: Look, uid: int) -> bytes:
    found = look.of(uid)
    if found is None:
        return b""
    with files.reading(look.path, *found) as descriptor:
        return b"" if descriptor is None else files.header_of(descriptor)


def _values(header: bytes, name: bytes) -> list[bytes]:
    return [value for found, value in headers.fields(header) if found == name]
