"""A draft becomes a message in the outbox, all of it in one transaction (SEND-5 to SEND-8)."""

import sqlite3
import uuid
from dataclasses import dataclass
from datetime import datetime

from salesinbox.formats import recipients as addresses_format
from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.drafts import FORWARD, FORWARD_ATTACHED, REDIRECT, REPLY, REPLY_ALL, Draft, Letter
from salesinbox.model.errors import UsageError
from salesinbox.model.identities import Identity
from salesinbox.model.operations import MAILED
from salesinbox.model.outbox import PENDING, Queued
from salesinbox.model.reviews import Review
from salesinbox.model.settings import Settings
from salesinbox.rules.columns import Own
from salesinbox.services import identities
from salesinbox.services.beginning import MESSAGE
from salesinbox.services.reviewing import Reviewing
from salesinbox.store import history
from salesinbox.store.sending import drafts, outgoing, sent, written_for


@dataclass(frozen=True, slots=True)
class Posting:
    """What happens in one moment, `now`, on one connection."""

    connection: sqlite3.Connection
    settings: Settings
    own: Own
    now: int

    def review(self, draft: Draft) -> Review:
        """The draft as it would be sent, and what speaks against it (SEND-7)."""
        account = next((one for one in self.settings.accounts if one.name == draft.account), None)
        identity = identities.of_draft(self.settings, draft)
        can_send = account is not None and account.sends
        reviewing = Reviewing(self.connection, self.settings, self.own, self.now)
        return reviewing.review(draft, identity, can_send=can_send)

    def put(self, draft: Draft, number: int, account_id: int, at: int, grace: int) -> Queued:
        """Put a draft (its row `number`) into the outbox, due at `at`, or else after `grace` seconds.

        UsageError with the first thing that stops it. Call it in a transaction.
        """
        from salesinbox.formats import letters  # noqa: PLC0415 - the email package, for sending only

        identity, review = identities.of_draft(self.settings, draft), self.review(draft)
        if review.stopped or identity is None:
            raise UsageError(next(one.text for one in review.warnings if one.stops))
        due = at or self.now + grace
        message_id = letters.message_id(identity.address, str(uuid.uuid4()))
        raw = self._raw(draft, number, identity, review, message_id, due)
        everybody = (*review.to, *review.cc, *review.bcc)
        action = history.began(
            self.connection,
            MAILED,
            self.now,
            target=str(due),
            subject=draft.subject,
            threads=1,
            before={"draft": number},
        )
        entry = outgoing.put(
            self.connection,
            account_id,
            action,
            answers=int(draft.about[1:]) if draft.about else None,
            message_id=message_id,
            sender=identity.address,
            recipients=list(dict.fromkeys(addresses_format.wire(one.address) for one in everybody)),
            raw=raw,
            now=self.now,
            due=due,
            draft=number,
            subject=draft.subject,
            marks=_marks(draft),
            response_days=draft.response_days,
            record=self._record(draft),
        )
        drafts.became(self.connection, number, drafts.QUEUED, self.now)
        return Queued(f"o{entry}", message_id, PENDING, due, self._what_happens(due, later=bool(at)))

    def _record(self, draft: Draft) -> str:
        """What it is linked to once it is sent. A message that is passed on as it is stays what it was."""
        found = written_for.record_now(self.connection, draft.record) if draft.kind != REDIRECT else None
        return found.record if found else ""

    def _raw(self, draft: Draft, number: int, identity: Identity, review: Review, message_id: str, due: int) -> bytes:
        from salesinbox.formats import letters  # noqa: PLC0415 - the email package, for sending only

        files = drafts.contents(self.connection, number)
        date = datetime.fromtimestamp(due, self.settings.me.zone)
        if draft.kind == REDIRECT:
            original = next((file.content for file in files if file.type == MESSAGE), b"")
            return letters.redirected(original, review.sender, review.to, review.cc, message_id, date)
        letter = Letter(
            sender=review.sender,
            to=review.to,
            cc=review.cc,
            bcc=review.bcc,
            subject=draft.subject,
            text=draft.text,
            message_id=message_id,
            date=date,
            markdown=draft.markdown,
            files=files,
            in_reply_to=draft.in_reply_to,
            references=draft.references,
            reply_to=identity.reply_to,
        )
        return letters.build(letter, draft=True)  # with Bcc, for the copy in Sent; what is sent goes without it

    def _what_happens(self, due: int, *, later: bool) -> str:
        if later:
            return _("It goes {when}.").format(when=moment(due, self.now, self.settings.me.zone))
        if due > self.now:
            seconds = due - self.now
            return ngettext("It goes in {n} second.", "It goes in {n} seconds.", seconds).format(n=seconds)
        return _("It goes now.")


def _marks(draft: Draft) -> str:
    """What the message that a draft is about becomes by it."""
    if draft.kind in (FORWARD, FORWARD_ATTACHED, REDIRECT):
        return sent.FORWARDED
    return sent.ANSWERED if draft.kind in (REPLY, REPLY_ALL) or draft.in_reply_to else ""
