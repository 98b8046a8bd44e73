"""What is asked of an IMAP server one by one: a message's source, one of its parts, and where a message is."""

import re

from salesinbox.formats import headers, mime
from salesinbox.formats.query_tree import Expression
from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.text import safe
from salesinbox.providers.imap.errors import speaking
from salesinbox.providers.imap.fetch import uids_found
from salesinbox.providers.imap.line import RefusedError
from salesinbox.providers.imap.search import search_keys
from salesinbox.providers.imap.visit import Visiting
from salesinbox.providers.imap.wire import Answer, Text, fetched, number, uid_sets

_SECTION = re.compile(r"[1-9]\d{0,4}(?:\.[1-9]\d{0,4}){0,60}\Z", re.ASCII)
_CONTENT_FIELDS = b"BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE CONTENT-TRANSFER-ENCODING)]"
_ID_FIELD = b"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
_PLAIN = re.compile(rb"[!-~]+")


class Asking(Visiting):
    """Requests that change nothing: folders are opened by EXAMINE, contents are read by PEEK."""

    def raw(self, folder: str, uid: int) -> bytes | None:
        with speaking(self._settings, _("reading a message in {folder}").format(folder=safe(folder, 100))):
            self._visit(folder)
            octets = self._items(uid, b"(UID BODY.PEEK[])").get(b"BODY[]")
            return octets if isinstance(octets, bytes) else None

    def part(self, folder: str, uid: int, section: str) -> bytes | None:
        """Raises ServerError also for a section that no message could have."""
        if not _SECTION.match(section):
            raise ServerError(_('a message has no part "{section}"').format(section=safe(section, 40)))
        with speaking(self._settings, _("reading an attachment in {folder}").format(folder=safe(folder, 100))):
            self._visit(folder)
            name = section.encode()
            asked = [b"UID", b"BODY.PEEK[%s.MIME]" % name, b"BODY.PEEK[%s]" % name]
            if section == "1":
                asked.append(_CONTENT_FIELDS)
            items = self._items(uid, b"(" + b" ".join(asked) + b")")
            payload = items.get(b"BODY[%s]" % name)
            if not isinstance(payload, bytes):
                return None
            head = _described(_header(items))
            if head is None or head.type.startswith("multipart/"):
                head = _described(items.get(b"BODY[%s.MIME]" % name))
            if head is None:
                return payload
            head.payload = payload
            return head.content()

    def find(self, folder: str, message_id: str, field: str = "Message-ID") -> list[int]:
        """Raises ServerError also for an id that no command can carry."""
        if not message_id:
            return []
        if any(mark in message_id for mark in "\0\r\n"):
            raise ServerError(_("a message's id holds a line break or a NUL character, and cannot be looked for"))
        with speaking(self._settings, _("looking for a message in {folder}").format(folder=safe(folder, 100))):
            # Servers look for a part of the field, and plain ASCII needs no charset; what is found is compared below.
            letters = message_id.removeprefix("<").removesuffix(">").encode("utf-8", "replace")
            key = max(_PLAIN.findall(letters), key=len, default=b"")
            exists = self._visit_anew(folder).exists
            if not key or not exists:
                return []
            candidates = self._searched(exists, b"HEADER", field.encode("ascii"), Text(key))
            if field != "Message-ID":
                return candidates
            right = self._with_id(candidates, message_id)
            return [uid for uid in candidates if uid in right]

    def search(self, folder: str, expression: Expression) -> list[int]:
        keys = search_keys(expression)
        with speaking(self._settings, _("searching in {folder}").format(folder=safe(folder, 100))):
            exists = self._visit(folder).exists
            if not exists:
                return []
            ascii_only = all(key.octets.isascii() for key in keys if isinstance(key, Text))
            try:
                return self._searched(exists, *(() if ascii_only else (b"CHARSET UTF-8",)), *keys)
            except RefusedError as refusal:
                if refusal.code != b"BADCHARSET":
                    raise
                raise ServerError(
                    _("{host} can only search for plain ASCII letters; leave the other words out").format(
                        host=safe(self._settings.host, 100)
                    )
                ) from None

    def _searched(self, exists: int, *keys: bytes | Text) -> list[int]:
        how = b"UID SEARCH RETURN (ALL)" if "ESEARCH" in self._in_use else b"UID SEARCH"
        return uids_found(self._run(how, *keys).answers, 1, exists)

    def _with_id(self, uids: list[int], message_id: str) -> frozenset[int]:
        """Those of the messages that have this very Message-ID, as it is read from a header."""
        found = set()
        for named in uid_sets(uids):
            for answer in self._on_uids(b"UID FETCH", named, b"(UID " + _ID_FIELD + b")").answers:
                told = _message_id(answer)
                if told is not None and told[1] == message_id:
                    found.add(told[0])
        return frozenset(found)


def _message_id(answer: Answer) -> tuple[int, str] | None:
    items = fetched(answer)
    if items is None or b"UID" not in items:
        return None
    value = next((value for name, value in headers.fields(_header(items)) if name == b"message-id"), b"")
    ids = headers.ids(value)
    return (number(items[b"UID"], answer), ids[0]) if ids else None


def _header(items: dict[bytes, object]) -> bytes:
    """The header fields that were asked for; servers write the list of names as they like."""
    octets = next((items[name] for name in items if name.startswith(b"BODY[HEADER.FIELDS")), b"")
    return octets if isinstance(octets, bytes) else b""


def _described(header: object) -> mime.Part | None:
    """A part of which only the header is known, or None where there is no header."""
    fields = headers.fields(header) if isinstance(header, bytes) else []
    if not fields:
        return None
    first = dict(reversed(fields))
    kind, parameters = headers.parameters(first.get(b"content-type", b"text/plain"))
    return mime.Part("", kind, parameters, first, b"")
