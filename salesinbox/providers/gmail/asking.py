"""What is asked of Gmail one by one: a message's source, one of its parts, and where a message is."""

import re

from salesinbox.formats import headers, mime
from salesinbox.formats.query_tree import Expression
from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.mail import DRAFTS, SENT
from salesinbox.model.text import safe
from salesinbox.providers.gmail import messages
from salesinbox.providers.gmail.api import objects
from salesinbox.providers.gmail.errors import speaking
from salesinbox.providers.gmail.history import number_of
from salesinbox.providers.gmail.labels import Folder
from salesinbox.providers.gmail.query import search_text
from salesinbox.providers.gmail.reading import Reading
from salesinbox.providers.gmail.talk import Answer, labels_in
from salesinbox.providers.gmail.threads import searchable

OWN_ID = "X-Salesinbox-Id"
"""Repeats the Message-ID of what is sent, which Gmail exchanges for one of its own if it does not like it."""
ID_FIELDS = ("Message-ID", OWN_ID, "X-Google-Original-Message-ID")
RESENT = "Resent-Message-ID"
_SECTION = re.compile(r"[1-9]\d{0,4}(?:\.[1-9]\d{0,4}){0,60}\Z", re.ASCII)

_NEWEST = 25
"""Messages that are looked at where the index may not know of what was just filed."""
_MOST_FOUND = 5000
_MOST_REMEMBERED = 20_000


class Asking(Reading):
    """Requests that change nothing."""

    def raw(self, folder: str, uid: int) -> bytes | None:
        with speaking(self.account, _("reading a message in {folder}").format(folder=safe(folder, 100))):
            told = self._message(self._folder(folder), uid, "raw")
            return messages.raw_of(told) if told is not None else None

    def part(self, folder: str, uid: int, section: str) -> bytes | None:
        """Raises ServerError also for a section that no message could have."""
        if not _SECTION.match(section):
            raise ServerError(_('a message has no part "{section}"').format(section=safe(section, 40)))
        with speaking(self.account, _("reading an attachment in {folder}").format(folder=safe(folder, 100))):
            found = self._folder(folder)
            told = self._message(found, uid, "full")
            if told is None:
                return None
            leaf = messages.tree(told).leaves.get(section)
            if leaf is not None and leaf.attachment and (leaf.part.name or not leaf.part.type.startswith("text/")):
                return self._content(uid, leaf)
            # Text that came along may be in another charset than it was sent in.
            whole = self._message(found, uid, "raw")
            raw = messages.raw_of(whole) if whole is not None else None
            if raw is None:
                return None
            parts = {one.number or "1": one for one in mime.parse(raw).leaves()}
            return parts[section].content() if section in parts else None

    def _message(self, folder: Folder, uid: int, form: str) -> Answer | None:
        told = self._gets([uid], form).get(uid)
        return told if told is not None and folder.holds(labels_in(told)) else None

    def find(self, folder: str, message_id: str, field: str = "Message-ID") -> list[int]:
        """Raises ServerError also for an id that no command can carry."""
        if any(mark in message_id for mark in "\0\r\n"):
            raise ServerError(_("a message's id holds a line break or a NUL character, and cannot be looked for"))
        with speaking(self.account, _("looking for a message in {folder}").format(folder=safe(folder, 100))):
            where = self._folder(folder)
            if not message_id.strip("<>"):
                return []
            bare = searchable(message_id) if field == "Message-ID" else ""
            if bare:
                candidates = self._listed(where, query=f"rfc822msgid:{bare}", most=_NEWEST)
                if found := self._with_id(candidates, message_id, field):
                    return found
                if where.role not in (SENT, DRAFTS):
                    return []
            # The index may know only later, or never, of what was sent or filed just now.
            newest = objects(self._api.call(self._asked_list(where)), "messages")[:_NEWEST]
            return self._with_id([number_of(one.get("id")) for one in newest], message_id, field)

    def _with_id(self, uids: list[int], message_id: str, field: str) -> list[int]:
        """Those of the messages that have this very id in the field, ascending."""
        unknown = [uid for uid in uids if uid not in self._ids]
        for uid, told in self._gets(unknown, "metadata", [*ID_FIELDS, RESENT]).items():
            payload = messages.payload_of(told)
            self._ids[uid] = {name: _ids(payload, name) for name in (*ID_FIELDS, RESENT)}
        names = ID_FIELDS if field == "Message-ID" else (field,)
        found = sorted(uid for uid in uids if any(message_id in self._ids.get(uid, {}).get(name, ()) for name in names))
        if len(self._ids) > _MOST_REMEMBERED:
            self._ids.clear()
        return found

    def search(self, folder: str, expression: Expression) -> list[int]:
        words = search_text(expression)
        with speaking(self.account, _("searching in {folder}").format(folder=safe(folder, 100))):
            return self._listed(self._folder(folder), query=words, most=_MOST_FOUND)


def _ids(payload: messages.Told, name: str) -> frozenset[str]:
    """The first id in each of the fields of this name."""
    values = [value for known, value in messages.fields(payload) if known.lower() == name.lower()]
    return frozenset(found[0] for value in values if (found := headers.ids(value.encode("utf-8", "replace"))))
