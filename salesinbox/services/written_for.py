"""The record that a mail is for, and the files of records that go with it (LINK-5, SEND-9)."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from salesinbox.formats import recipients
from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft, File
from salesinbox.model.errors import NotFoundError
from salesinbox.model.folding import fold
from salesinbox.model.links import CHOSEN, FOUND, LINKED, PEOPLE, LinkChoice
from salesinbox.model.text import safe
from salesinbox.model.timeline import FileAtHand
from salesinbox.rules.addresses import normal
from salesinbox.rules.columns import Own
from salesinbox.services.link_words import choice
from salesinbox.store.links import choices as link_choices
from salesinbox.store.links.choices import Found
from salesinbox.store.sending import written_for

_RECORDS = 40
"""Records of recipients, of each kind, whose files are offered."""


@dataclass(frozen=True, slots=True)
class WrittenFor:
    """Reads on one connection."""

    connection: sqlite3.Connection
    own: Own

    def record(self, draft: Draft) -> LinkChoice | None:
        """What a draft is for; None for nothing, or where it is gone."""
        found = written_for.record_now(self.connection, draft.record)
        return choice(found, LINKED, CHOSEN) if found else None

    def existing(self, record: str) -> str:
        """The record's id as it is now. NotFoundError where there is none."""
        found = written_for.record_now(self.connection, record)
        if found is None:
            raise NotFoundError(_("There is no record {id} here.").format(id=safe(record, 40)))
        return found.record

    def choices(self, draft: Draft, typed: str, limit: int) -> list[LinkChoice]:
        """What a draft can be for: what it is for now, deals of its recipients, they themselves, then what is found."""
        words = fold(typed).split()[:8]
        chosen: dict[str, LinkChoice] = {}
        now = written_for.record_now(self.connection, draft.record)
        if now is not None and _fits(now, words):
            chosen[now.record] = choice(now, LINKED, CHOSEN)
        for found in self._of_recipients(draft, words, limit):
            chosen.setdefault(found.record, choice(found, PEOPLE))
        if words and len(chosen) < limit:
            for found in link_choices.search(self.connection, words, limit):
                chosen.setdefault(found.record, choice(found, FOUND))
        return list(chosen.values())[:limit]

    def files(self, draft: Draft, typed: str, limit: int) -> list[FileAtHand]:
        """Files of what a draft is for, and of its recipients' records; then those that are called as is typed."""
        now = written_for.record_now(self.connection, draft.record)
        around = [*([now] if now else ()), *self._of_recipients(draft, (), _RECORDS)]
        records = list(dict.fromkeys(one.record for one in around))
        named: dict[str, Found | None] = {one.record: one for one in around}
        found: list[FileAtHand] = []
        for file, record in written_for.files(self.connection, records, fold(typed).split()[:8], limit):
            if record not in named:
                named[record] = link_choices.by_id(self.connection, record)
            if (one := named[record]) is not None:
                found.append(FileAtHand(file, record, one.kind, one.name))
        return found

    def file(self, file_id: str) -> tuple[File, str]:
        """A file of a record ("f3") with its content, and the record. NotFoundError where there is none."""
        digits = file_id[1:]
        number = int(digits) if file_id[:1] == "f" and digits.isascii() and digits.isdigit() and len(digits) < 18 else 0
        found = written_for.file(self.connection, number)
        if found is None:
            raise NotFoundError(_("There is no file {id} here.").format(id=safe(file_id, 40)))
        name, kind, content, record = found
        return File(name or "file", kind, content), record

    def with_file(self, draft: Draft, record: str) -> str:
        """What a draft is for once a file of this record is attached: a deal, where it is for nothing yet (LINK-5)."""
        return draft.record or (record if record[:1] == "d" else "")

    def _of_recipients(self, draft: Draft, words: Sequence[str], limit: int) -> list[Found]:
        """Deals of the recipients, then they themselves and their companies."""
        parsed = [recipients.parse(field)[0] for field in (draft.to, draft.cc, draft.bcc)]
        seen = dict.fromkeys(normal(one.address) for people in parsed for one in people)
        others = [address for address in seen if address not in self.own.addresses]
        deals = link_choices.deals_of_people(self.connection, others, self.own, words, limit)
        people = link_choices.people(self.connection, dict.fromkeys(others, 1))
        return [*deals, *[one for one, _number in people if _fits(one, words)][:limit]]


def _fits(found: Found, words: Sequence[str]) -> bool:
    return all(word in fold(found.name) for word in words)
