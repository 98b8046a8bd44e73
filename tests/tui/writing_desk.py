"""Writing in memory: drafts are kept in a dictionary, sent ones in a list; and a box of recipients."""

import threading
from dataclasses import replace

from salesinbox.formats import recipients
from salesinbox.model import drafts, outbox, reviews
from salesinbox.model.drafts import Draft, DraftFile
from salesinbox.model.errors import BusyError, NotFoundError, UsageError
from salesinbox.model.identities import Identity
from salesinbox.model.mail import Address
from salesinbox.model.outbox import Queued
from salesinbox.model.reviews import Review, Suggestion
from salesinbox.rules import snoozing

from .desk import NOW, Desk

RECIPIENTS = (
    Suggestion("永田 達郎", "nagata@minato.example", "みなとみらい商事", "p1"),
    Suggestion("Nakamura, Ken", "ken@minato.example", "みなとみらい商事", "p2"),
    Suggestion("Nadia Rossi", "nadia@rossi.example", "12 mails"),
    Suggestion("", "nagoya@branch.example", "2 mails"),
)
QUOTED = "\n\n永田 達郎 さんは書きました:\n> お世話になっております。\n> 資料をお送りします。\n>\n> 永田"


class DeskRecipients:
    def __init__(self):
        self.loaded = threading.Event()

    def renew(self):
        self.loaded.set()

    def suggest(self, typed, *, limit=8):
        typed = typed.lower()
        return [one for one in RECIPIENTS if one.address.startswith(typed) or typed in one.name.lower()][:limit]


class DeskWriting:
    """Everything works at once, unless `gate` is closed; `busy` times a draft cannot be kept."""

    def __init__(self, zone):
        self.zone = zone
        self.who = [
            Identity("work", "橋本 奈美", "hashimoto@zylker.example", "橋本"),
            Identity("work", "Zylker Sales", "sales@zylker.example", "The sales team"),
        ]
        self.store = {}
        self.discarded = {}
        self.sent = []
        self.keeps = []
        self.begun = []
        self.kept_in_thread = set()
        self.on_server = {}
        self.here = {}
        self.gate = threading.Event()
        self.gate.set()
        self.busy = 0
        self.slow = threading.Event()
        self.slow.set()
        self.command = ["ed"]
        self.file = None
        self.warns = []
        self.subject = "Re: 価格表"
        self.clock = NOW

    def identities(self):
        return self.who

    def begin(self, kind, message_id="", *, stopped=bool):
        assert self.gate.wait(10)
        self.begun.append((kind, message_id))
        who = self.who[0]
        draft = Draft(
            kind=kind,
            account=who.account,
            sender=who.address,
            signature=who.signature,
            text=f"\n\n-- \n{who.signature}",
        )
        if kind == drafts.NEW:
            return draft
        draft = replace(draft, about=message_id, subject=self.subject)
        if kind in (drafts.REPLY, drafts.REPLY_ALL):
            cc = "Ken <ken@minato.example>" if kind == drafts.REPLY_ALL else ""
            return replace(draft, to="永田 達郎 <nagata@minato.example>", cc=cc, text=draft.text + QUOTED)
        if kind == drafts.REDIRECT:
            return self._with(replace(draft, text="As it came."), DraftFile("1", "message.eml", "message/rfc822", 900))
        return self._with(draft, DraftFile("1", "見積書.pdf", "application/pdf", 120_345))

    def _with(self, draft, file):
        return self.keep(replace(draft, files=(*draft.files, file)))

    def keep(self, draft):
        assert self.slow.wait(10)
        if self.busy:
            self.busy -= 1
            raise BusyError("The database is busy.")
        kept = replace(draft, id=draft.id or f"d{len(self.store) + 1}", changed=self.clock)
        self.store[kept.id] = kept
        self.keeps.append(kept)
        self.kept_in_thread.add(threading.current_thread().name)
        return kept

    def kept(self, id):
        if id not in self.store:
            raise NotFoundError("There is no such draft.")
        return self.store[id]

    def resume(self, message_id, *, stopped=bool):
        assert self.gate.wait(10)
        return self.keep(self.on_server[message_id])

    def draft_of(self, message_id):
        return self.here.get(message_id, "")

    def is_draft(self, message_id):
        return message_id in self.here or message_id in self.on_server

    def attach(self, draft, path):
        if not path.is_file():
            raise UsageError(f"{path.name} cannot be attached: no such file.")
        number = str(len(draft.files) + 1)
        return self._with(draft, DraftFile(number, path.name, "text/plain", path.stat().st_size))

    def attach_message(self, draft, message_id, *, stopped=bool):
        return self._with(draft, DraftFile("9", f"{message_id}.eml", "message/rfc822", 4000))

    def detach(self, draft, file_id):
        return self.keep(replace(draft, files=tuple(file for file in draft.files if file.id != file_id)))

    def with_identity(self, draft, identity):
        text = draft.text.replace(f"-- \n{draft.signature}", f"-- \n{identity.signature}")
        return replace(
            draft, sender=identity.address, account=identity.account, text=text, signature=identity.signature
        )

    def discard(self, id, *, untouched=False):
        self.discarded[id] = self.store.pop(id)
        return "The draft is thrown away."

    def review(self, draft):
        read = [recipients.parse(text) for text in (draft.to, draft.cc, draft.bcc)]
        people, bad = [found for found, _bad in read], [one for _found, none in read for one in none]
        warnings = list(self.warns)
        warnings += [reviews.Caution(reviews.BAD_ADDRESS, f"“{one}” is no mail address.", stops=True) for one in bad]
        if not any(people):
            warnings.append(reviews.Caution(reviews.NO_RECIPIENT, "There is no recipient.", stops=True))
        if not draft.subject:
            warnings.append(reviews.Caution(reviews.NO_SUBJECT, "There is no subject."))
        sender = next((one for one in self.who if one.address == draft.sender), self.who[0])
        return Review(
            Address(sender.name, sender.address), *people, draft.subject,
            2000 + sum(file.size for file in draft.files), tuple(warnings),
        )  # fmt: skip

    def send(self, draft, at=0):
        self.keep(draft)
        self.sent.append((self.store.pop(draft.id), at))
        return Queued(
            "o1", "<1@x>", outbox.PENDING, at or NOW + 10, "It goes tomorrow 9:00." if at else "It goes in 10 seconds."
        )

    def parse_time(self, text):
        return snoozing.parse(text, NOW, self.zone)

    def editor(self):
        return self.command

    def editor_file(self, draft):
        self.file.write_text(draft.text, encoding="utf-8")
        return self.file

    def edited(self, draft):
        text = self.file.read_text(encoding="utf-8")
        self.file.unlink()
        return self.keep(replace(draft, text=text))


def writing_desk(each: int = 5) -> Desk:
    """The board's desk, with paper on it."""
    from zoneinfo import ZoneInfo

    desk = Desk.filled(each)
    desk.writing = DeskWriting(ZoneInfo("Asia/Tokyo"))
    desk.recipients = DeskRecipients()
    return desk
