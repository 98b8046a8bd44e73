"""Invitations to meetings: reading them, and answering them (READ-6)."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from salesinbox.formats import invitations
from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError, NotFoundError, UsageError
from salesinbox.model.invitations import ACCEPTED, DECLINED, TENTATIVE, Invitation
from salesinbox.model.mail import Address
from salesinbox.model.operations import ANSWERED
from salesinbox.model.settings import Settings
from salesinbox.rules.columns import Own
from salesinbox.services.board import row_of
from salesinbox.store import history
from salesinbox.store.database import Database
from salesinbox.store.sending import outgoing

GRACE = 10
"""Seconds for which an answer can be taken back (SEND-5)."""


class InvitationService:
    def __init__(self, database: Database, settings: Settings, own: Own, now: Callable[[], float]) -> None:
        self.database = database
        self.settings = settings
        self.own = own
        self.now = now

    def read(self, message_id: str) -> Invitation | None:
        """The invitation that a message ("m9") carries; None where there is none that can be read."""
        return _read(self.database, message_id)

    def answered(self, message_id: str) -> tuple[str, str] | None:
        """(answer, state) of the rep's answer: ACCEPTED …, and pending, running, sent, refused or unknown."""
        return outgoing.answer_to(self.database.connection, row_of(message_id, "m"))

    def may_answer(self, invitation: Invitation) -> bool:
        """Whether the organizer wants an answer, and the rep is among those invited."""
        return invitation.answerable and invitations.own_attendee(invitation, self._addresses()) is not None

    def answer(self, message_id: str, answer: str, comment: str = "") -> str:
        """Keep the answer, to be sent when the time to take it back is over. Returns a sentence of what was done.

        May be called from any thread. Raises UsageError where no answer is wanted, and ConfigurationError where the
        account cannot send.
        """
        with Database(self.database.path) as writing:
            return self._answer(writing, message_id, answer, comment)

    def _answer(self, writing: Database, message_id: str, answer: str, comment: str) -> str:
        invitation = _read(writing, message_id)
        if invitation is None:
            raise NotFoundError(_("This message holds no invitation."))
        attendee = invitations.own_attendee(invitation, self._addresses())
        if attendee is None:
            raise UsageError(_("None of your addresses is among those invited."))
        number = row_of(message_id, "m")
        row = writing.connection.execute(
            "SELECT account_id, account.name, account.address, message_id FROM message"
            " JOIN account ON account.id = account_id WHERE message.id = ?",
            (number,),
        ).fetchone()
        account_id, name, address, in_reply_to = row
        account = next((account for account in self.settings.accounts if account.name == name), None)
        if account is None or not account.sends:
            raise ConfigurationError(
                _(
                    "The answer cannot be sent: the account {name} has no server to send by."
                    " Add [account.smtp] with its host to the configuration."
                ).format(name=name)
            )
        now = int(self.now())
        reply_id = f"<{uuid.uuid4()}@{address.rpartition('@')[2] or 'localhost'}>"
        raw = invitations.reply(
            invitation,
            Address(attendee.name, attendee.address),
            answer,
            comment=comment,
            now=datetime.fromtimestamp(now, UTC).astimezone(self.settings.me.zone),
            message_id=reply_id,
            sender_name=self.settings.me.name,
            in_reply_to=in_reply_to,
        )
        with writing.transaction() as connection:
            action = history.began(
                connection, ANSWERED, now, target=answer, subject=invitation.summary, threads=1, before={}
            )
            outgoing.put(
                connection,
                account_id,
                action,
                answers=number,
                message_id=reply_id,
                sender=attendee.address,
                recipients=[invitation.organizer.address],
                raw=raw,
                now=now,
                due=now + GRACE,
            )
        words = {
            ACCEPTED: _("Accepted. The answer goes to {organizer} in {n} seconds."),
            TENTATIVE: _("Tentatively accepted. The answer goes to {organizer} in {n} seconds."),
            DECLINED: _("Declined. The answer goes to {organizer} in {n} seconds."),
        }
        return words[answer].format(organizer=invitation.organizer.name or invitation.organizer.address, n=GRACE)

    def _addresses(self) -> list[str]:
        return [*self.own.addresses]


def _read(database: Database, message_id: str) -> Invitation | None:
    row = database.connection.execute(
        "SELECT calendar FROM body WHERE message = ?", (row_of(message_id, "m"),)
    ).fetchone()
    return invitations.read(row[0]) if row and row[0] else None
