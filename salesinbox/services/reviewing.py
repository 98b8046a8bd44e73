"""A draft as it would be sent, with what speaks against it: the facts are gathered here, the rules judge (SEND-7)."""

import json
import sqlite3
from collections.abc import Collection, Sequence

from salesinbox.formats import answering, domains
from salesinbox.formats import recipients as addresses_format
from salesinbox.model.drafts import REPLY, REPLY_ALL, Draft
from salesinbox.model.identities import Identity
from salesinbox.model.mail import Address
from salesinbox.model.reviews import Review
from salesinbox.model.settings import Settings
from salesinbox.rules import reviewing
from salesinbox.rules.addresses import domain_of, is_free_mail, normal
from salesinbox.rules.columns import Own
from salesinbox.store import recipients

_BOUNCED_WITHIN = 365 * 86_400
_OVERHEAD = 4_000
"""Octets of a message that are neither its text nor its files."""


class Reviewing:
    """Looks at what is known in this moment; used by one thread."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings, own: Own, now: int) -> None:
        self.connection = connection
        self.settings = settings
        self.own = own
        self.now = now

    def review(self, draft: Draft, identity: Identity | None, *, can_send: bool) -> Review:
        (to, bad_to), (cc, bad_cc), (bcc, bad_bcc) = (
            addresses_format.parse(field) for field in (draft.to, draft.cc, draft.bcc)
        )
        everybody = [normal(one.address) for one in (*to, *cc, *bcc)]
        thread = self._thread(draft)
        known = recipients.known(self.connection, everybody)
        size = self._size(draft)
        written = _written(draft.text)
        facts = reviewing.Facts(
            kind=draft.kind,
            sender=draft.sender,
            can_send=can_send and identity is not None,
            to=to,
            cc=cc,
            bcc=bcc,
            bad=(*bad_to, *bad_cc, *bad_bcc),
            subject=draft.subject,
            written=written,
            attachment_word=answering.attachment_mentioned(draft.text),
            files=len(draft.files),
            size=size,
            limit=self._limit(draft.account),
            own=self.own,
            thread=thread,
            companions=self._companions(everybody, thread),
            names={address: name for address, (_record, name) in known.items()},
            bounced=recipients.bounced(self.connection, everybody, self.now - _BOUNCED_WITHIN),
            opted_out=recipients.opted_out(self.connection, everybody),
            alike=self._alike(everybody, thread),
            zone=self.settings.me.zone,
        )
        sender = Address(identity.name if identity else "", draft.sender)
        return Review(sender, to, cc, bcc, draft.subject, size, reviewing.warnings(facts))

    def _limit(self, account: str) -> int:
        row = self.connection.execute("SELECT value FROM state WHERE name = ?", (f"size limit {account}",)).fetchone()
        return int(row[0]) if row else 0

    def _thread(self, draft: Draft) -> set[str]:
        """Everybody in the conversation that is answered, by normal address."""
        if draft.kind not in (REPLY, REPLY_ALL) or not draft.about:
            return set()
        found: set[str] = set()
        for sender, people in self.connection.execute(
            "SELECT sender_address, recipients FROM message WHERE thread_id ="
            " (SELECT thread_id FROM message WHERE id = ?)",
            (int(draft.about[1:]),),
        ):
            found |= {normal(sender), *(normal(address) for _role, _name, address in json.loads(people))}
        return found - {""}

    def _companions(self, everybody: Sequence[str], thread: Collection[str]) -> set[str]:
        """Recipients of the same company as somebody in the conversation, by their records."""
        if not thread:
            return set()
        company = dict(
            self.connection.execute(
                "SELECT address, company_id FROM json_each(?) JOIN person_address ON address = json_each.value"
                " JOIN person ON person.id = person_id WHERE company_id IS NOT NULL",
                (json.dumps([*everybody, *thread]),),
            ).fetchall()
        )
        present = {company[address] for address in thread if address in company}
        return {address for address in everybody if company.get(address) in present}

    def _alike(self, everybody: Sequence[str], thread: Collection[str]) -> dict[str, str]:
        """Recipients whose domain looks like one of the conversation, or like the rep's own, and is another."""
        trusted = {domain_of(address) for address in thread} | self.own.domains
        trusted = {domain for domain in trusted if domain and not is_free_mail(domain)}
        by_look = {domains.skeleton(domain): domain for domain in sorted(trusted)}
        found = {}
        for address in everybody:
            domain = domain_of(address)
            other = by_look.get(domains.skeleton(domain))
            if other is not None and other != domain and domain not in trusted and address not in thread:
                found[address] = other
        return found

    def _size(self, draft: Draft) -> int:
        """Octets of the message as it is sent: files grow by a third and their line ends."""
        text = len(draft.text.encode("utf-8", "replace"))
        return _OVERHEAD + 2 * text + sum(file.size * 4 // 3 + file.size // 39 for file in draft.files)


def _written(text: str) -> str:
    """The rep's own words, without what is quoted, forwarded, and the signature."""
    lines = text.split("\n")
    own = (line for line, kind in zip(lines, answering.kinds_of(lines), strict=True) if kind == answering.OWN)
    return "\n".join(own)
