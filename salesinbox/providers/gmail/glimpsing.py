"""Looking at mail of which nothing is kept here (ACC-3): it is asked for when it is shown, and forgotten with that."""

import html
from collections.abc import Sequence

from salesinbox.formats import message as letters
from salesinbox.locale.texts import _
from salesinbox.model.remote import Head
from salesinbox.model.text import safe
from salesinbox.providers.gmail import messages
from salesinbox.providers.gmail.errors import speaking
from salesinbox.providers.gmail.labels import STARRED, UNREAD
from salesinbox.providers.gmail.reading import seconds
from salesinbox.providers.gmail.talk import Answer, Talk, labels_in

_SHOWN = ["From", "To", "Cc", "Subject"]
_LONGEST = 400


class Glimpsing(Talk):
    """What `providers.session.Glimpsing` promises."""

    def heads(self, uids: Sequence[int]) -> list[Head]:
        with speaking(self.account, _("reading headers")):
            told = self._gets(dict.fromkeys(uids), "metadata", _SHOWN)
            self._known_labels(map(labels_in, told.values()))
            return [self._head(uid, one) for uid, one in told.items()]

    def whole(self, uid: int) -> bytes | None:
        with speaking(self.account, _("reading messages")):
            told = self._gets([uid], "raw").get(uid)
            return messages.raw_of(told) if told is not None else None

    def _head(self, uid: int, told: Answer) -> Head:
        payload = messages.payload_of(told)
        envelope = letters.envelope(messages.header(told))
        labels = labels_in(told)
        return Head(
            uid=uid,
            name=envelope.sender.name,
            address=envelope.sender.address,
            subject=envelope.subject,
            snippet=safe(html.unescape(str(told.get("snippet", ""))), _LONGEST).strip(),
            date=seconds(told),
            unread=UNREAD in labels,
            flagged=STARRED in labels,
            to=(*envelope.to, *envelope.cc),
            labels=self._known_labels().names(labels),
            attachments=str(payload.get("mimeType", "")).lower() == "multipart/mixed",
        )
