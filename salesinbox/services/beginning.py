"""How a draft begins: empty, or from a message that is answered, passed on, or taken up again (SEND-1, SEND-3)."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from salesinbox.formats import answering
from salesinbox.formats import recipients as addresses_format
from salesinbox.locale.texts import _
from salesinbox.model.drafts import EDIT, FORWARD_ATTACHED, NEW, REDIRECT, REPLY, REPLY_ALL, Draft, File, Original
from salesinbox.model.errors import NotFoundError
from salesinbox.model.identities import Identity
from salesinbox.model.mail import DRAFTS, Address
from salesinbox.model.settings import Settings
from salesinbox.rules import replying
from salesinbox.rules.columns import Own
from salesinbox.services import identities
from salesinbox.services.board import row_of
from salesinbox.services.content import ContentService
from salesinbox.store import bodies
from salesinbox.store.database import Database

Stopped = Callable[[], bool]
MESSAGE = "message/rfc822"


@dataclass(frozen=True, slots=True)
class Source:
    """A message that a draft is about, and the account that it lies in."""

    row: int
    account: str
    original: Original


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft, and the files that come with it."""

    draft: Draft
    files: Sequence[File] = ()


class Beginning:
    """Reads what is here; what is not is fetched, which waits for the server."""

    def __init__(
        self,
        reading: Callable[[], Database],
        settings: Settings,
        own: Own,
        content: Callable[[], ContentService],
    ) -> None:
        self.reading = reading
        self.settings = settings
        self.own = own
        self.content = content

    def begin(self, kind: str, message_id: str, stopped: Stopped) -> Begun:
        """See `WritingService.begin`."""
        mine = identities.needed(self.settings)
        markdown = self.settings.writing.markdown
        if kind == NEW:
            return Begun(_signed(Draft(kind=NEW, markdown=markdown), mine[0]))
        if kind == EDIT:
            return self._again(message_id, stopped)
        source = self.source(message_id, stopped)
        identity = replying.identity(source.original, [one for one in mine if one.account == source.account] or mine)
        if kind in (REPLY, REPLY_ALL):
            days = self.settings.writing.response_days
            draft = Draft(kind=kind, about=message_id, markdown=markdown, response_days=days)
            return Begun(self._reply(draft, source, identity))
        draft = Draft(kind=kind, about=message_id, markdown=markdown)
        if kind == REDIRECT:
            return self._redirect(draft, source, identity, stopped)
        return self._forward(draft, source, identity, stopped)

    def taken_up(self, message_id: str, stopped: Stopped) -> tuple[Begun, Source]:
        """A message as a draft, whichever program wrote it; `about` and `record` are as `formats.drafts` has them."""
        source = self.source(message_id, stopped)
        draft, files = _read(self.content().source(message_id, stopped=stopped))
        chosen = identities.of_mine(self.settings, draft.sender, source.account)
        return Begun(replace(draft, sender=chosen.address, account=chosen.account), files), source

    def _again(self, message_id: str, stopped: Stopped) -> Begun:
        begun, _source = self.taken_up(message_id, stopped)
        draft = begun.draft
        kind = EDIT if draft.kind == NEW else draft.kind
        draft = replace(draft, kind=kind, in_reply_to="", references=(), about="", record="")
        return Begun(draft, begun.files)

    def _reply(self, draft: Draft, source: Source, identity: Identity) -> Draft:
        original = source.original
        own = {*self.own.addresses, *(one.address.lower() for one in identities.identities(self.settings))}
        to, cc = replying.recipients(original, own, draft.kind)
        in_reply_to, references = replying.references(original)
        draft = replace(
            draft,
            to=addresses_format.text(to),
            cc=addresses_format.text(cc),
            subject=answering.answer_subject(original.subject),
            in_reply_to=in_reply_to,
            references=references,
        )
        return _signed(draft, identity, answering.reply_text(original, self.settings.me.zone))

    def _forward(self, draft: Draft, source: Source, identity: Identity, stopped: Stopped) -> Begun:
        original = source.original
        _in_reply_to, references = replying.references(original)
        draft = replace(draft, subject=answering.forward_subject(original.subject), references=references)
        if draft.kind == FORWARD_ATTACHED:
            return Begun(_signed(draft, identity), [self.message_file(draft.about, stopped)])
        draft = _signed(draft, identity, answering.forward_text(original, self.settings.me.zone))
        with self.reading() as database:
            row = database.connection.execute(
                "SELECT attachments FROM body WHERE message = ?", (source.row,)
            ).fetchone()
        if not any(not one.inline for one in (bodies.attachments(row[0]) if row else ())):
            return Begun(draft)
        return Begun(draft, _read(self.content().source(draft.about, stopped=stopped))[1])

    def _redirect(self, draft: Draft, source: Source, identity: Identity, stopped: Stopped) -> Begun:
        original = source.original
        draft = replace(
            draft,
            sender=identity.address,
            account=identity.account,
            subject=original.subject,
            text=original.text,
            markdown=False,
        )
        return Begun(draft, [self.message_file(draft.about, stopped)])

    def message_file(self, message_id: str, stopped: Stopped) -> File:
        """A message as a file, by its subject."""
        from salesinbox.formats import message  # noqa: PLC0415 - most drafts begin without another message

        raw = self.content().source(message_id, stopped=stopped)
        name = message.file_name(self.source(message_id, stopped).original.subject[:80]) or _("message")
        return File(f"{name}.eml", MESSAGE, raw)

    def source(self, message_id: str, stopped: Stopped = lambda: False) -> Source:
        """What is known here of a message. NotFoundError where it is not here."""
        number = row_of(message_id, "m")
        with self.reading() as database:
            connection = database.connection
            row = connection.execute(
                "SELECT account.name, message_id, sender_name, sender_address, recipients, subject, date, mine,"
                " list_id, thread_id, account_id FROM message JOIN account ON account.id = account_id"
                " WHERE message.id = ?",
                (number,),
            ).fetchone()
            if row is None:
                raise NotFoundError(_("There is no thread or message {id} here.").format(id=message_id))
            name, header_id, sender_name, sender, recipients, subject, date, mine, list_id, thread, account_id = row
            original = Original(
                message_id=header_id,
                references=_references(connection, account_id, thread, date, header_id),
                sender=Address(sender_name, sender),
                reply_to=_people(recipients, "reply-to"),
                to=_people(recipients, "to"),
                cc=_people(recipients, "cc"),
                subject=subject,
                date=date,
                text=_text(connection, number),
                mine=bool(mine),
                list_id=list_id,
            )
        if any(one.name == name and not one.keeps_mail for one in self.settings.accounts):
            original = self._looked_at(original, message_id, stopped)
        return Source(number, name, original)

    def _looked_at(self, original: Original, message_id: str, stopped: Stopped) -> Original:
        """A message that is not kept here, as its server has it now (ACC-3)."""
        from salesinbox.formats import message  # noqa: PLC0415 - for accounts that keep no mail

        raw = self.content().source(message_id, stopped=stopped)
        envelope, body = message.envelope(raw), message.body(raw)
        return replace(
            original,
            message_id=envelope.message_id,
            references=envelope.references,
            sender=envelope.sender,
            reply_to=envelope.reply_to,
            to=envelope.to,
            cc=envelope.cc,
            subject=envelope.subject,
            text=body.text,
            list_id=envelope.list_id,
        )


def _signed(draft: Draft, identity: Identity, text: str = "") -> Draft:
    return replace(
        draft,
        sender=identity.address,
        account=identity.account,
        text=answering.body_with_signature(text, identity.signature),
        signature=identity.signature,
    )


def _read(raw: bytes) -> tuple[Draft, tuple[File, ...]]:
    from salesinbox.formats import drafts  # noqa: PLC0415 - most drafts begin without another message

    draft, files, _key = drafts.read(raw)
    return draft, files


def _people(recipients: str, kind: str) -> tuple[Address, ...]:
    return tuple(Address(name, address) for role, name, address in json.loads(recipients) if role == kind)


def _text(connection: sqlite3.Connection, number: int) -> str:
    row = connection.execute("SELECT text FROM body WHERE message = ?", (number,)).fetchone()
    return str(row[0]) if row else ""


def _references(
    connection: sqlite3.Connection, account_id: int, thread: int, date: int, message_id: str
) -> tuple[str, ...]:
    """What came before it in its thread, oldest first: the chain that its own header held is not kept here."""
    rows = connection.execute(
        "SELECT message.message_id FROM message WHERE thread_id = ? AND account_id = ? AND date <= ?"
        " AND message.message_id NOT IN ('', ?) AND NOT EXISTS (SELECT 1 FROM location JOIN folder"
        " ON folder.id = folder_id WHERE location.message = message.id AND role = ?) ORDER BY date, id",
        (thread, account_id, date, message_id, DRAFTS),
    )
    return tuple(dict.fromkeys(row[0] for row in rows))
