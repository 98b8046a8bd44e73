"""In which of Gmail's threads an answer belongs.

Gmail wants three things of it: its threadId, References or In-Reply-To that name a message there, and the same subject
(https://developers.google.com/workspace/gmail/api/guides/threads).
"""

import re

from salesinbox.formats import headers
from salesinbox.providers.gmail import messages
from salesinbox.providers.gmail.api import ME, Api, objects

_MOST_ASKED = 3
"""Messages that are looked for, the one that is answered first."""
_SEARCHABLE = re.compile(r"[^\s<>(){}\"\\,;]{3,500}\Z")
_PREFIXES = re.compile(r"(?:(?:re|aw|sv|antw|fwd?|wg|tr)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


def searchable(message_id: str) -> str:
    """The id as a query has it; "" for one with letters that mean something else there."""
    bare = message_id.removeprefix("<").removesuffix(">")
    return bare if _SEARCHABLE.match(bare) else ""


def thread_of(api: Api, message: bytes) -> str:
    """The id of the thread that a message joins, "" for none. Raises RefusedError, NonsenseError, NetworkError."""
    fields = dict(reversed(headers.fields(message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")))
    named = headers.chain(fields.get(b"references", b""), fields.get(b"in-reply-to", b""))
    subject = bare_subject(headers.text(fields.get(b"subject", b"")))
    for parent in list(reversed(named))[:_MOST_ASKED]:
        if not (bare := searchable(parent)):
            continue
        found = api.call(api.messages.list(userId=ME, q=f"rfc822msgid:{bare}", maxResults=5))
        for one in objects(found, "messages")[:1]:
            message_id, thread = str(one.get("id", "")), str(one.get("threadId", ""))
            asked = api.messages.get(userId=ME, id=message_id, format="metadata", metadataHeaders=["Subject"])
            told = api.call(asked)
            if bare_subject(headers.text(messages.first(messages.payload_of(told), "Subject"))) == subject:
                return thread
            return ""
    return ""


def bare_subject(subject: str) -> str:
    """A subject without what answering and forwarding put before it."""
    return " ".join(_PREFIXES.sub("", subject.strip(), count=1).split()).casefold()
