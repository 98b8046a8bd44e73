"""The methods that change a mailbox, or send from it."""

from collections.abc import Mapping
from typing import Any

from tests.gmail_server import mail
from tests.gmail_server.calls import Call
from tests.gmail_server.errors import invalid, not_found
from tests.gmail_server.reading import Reading, told_label
from tests.gmail_server.schema import decoded
from tests.gmail_server.state import Message, bare_subject, date_header

_FIXED = {"SENT", "DRAFT", "CHAT"}
"""Labels that nobody sets or takes away but Gmail itself."""


class Writing(Reading):
    # --- labels

    def create_label(self, call: Call) -> dict[str, Any]:
        body = call.body
        made = self.state.make_label(
            body.get("name", ""),
            body.get("messageListVisibility", "show"),
            body.get("labelListVisibility", "labelShow"),
        )
        return told_label(made)

    def update_label(self, call: Call) -> dict[str, Any]:
        label = self.state.label(call.path["id"])
        if label.type == "system":
            raise invalid("Invalid update request")
        if "name" in call.body:
            self.state.check_name(call.body["name"], label.id)
            label.name = call.body["name"]
        return told_label(label)

    # --- messages

    def _raw(self, call: Call, message: Mapping[str, Any]) -> bytes:
        raw = call.media if call.media is not None else decoded(message.get("raw", "")) or b""
        if not raw:
            raise invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
        return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def insert(self, call: Call) -> dict[str, Any]:
        raw = self._raw(call, call.body)
        labels = call.body.get("labelIds", [])
        self._check_labels([label for label in labels if label != "SENT"])
        thread = self._wanted_thread(call.body, raw)
        source = call.query.get(
            "internalDateSource", "receivedTime" if call.method == "messages.insert" else "dateHeader"
        )
        date = date_header(raw) if source == "dateHeader" else None
        return self.brief(self.state.add(raw, labels, date, thread))

    def _wanted_thread(self, body: Mapping[str, Any], raw: bytes) -> str:
        """The thread that a message was asked to join; "" where it does not belong there (its subject differs)."""
        wanted = body.get("threadId", "")
        if not wanted:
            return ""
        others = [message for message in self.state.messages.values() if message.thread == wanted]
        if not others:
            raise not_found()
        message = mail.parsed(raw)
        same = any(bare_subject(other.parsed) == bare_subject(message) for other in others)
        answers = mail.field(message, "References") + mail.field(message, "In-Reply-To")
        named = any(mail.field(other.parsed, "Message-ID").strip() in answers for other in others)
        if not (same and named):
            self.fault("threadId for a message that answers nothing in that thread, or has another subject")
            return ""
        return str(wanted)

    def send(self, call: Call) -> dict[str, Any]:
        raw = self._raw(call, call.body)
        return self.brief(self._given_away(raw, self._wanted_thread(call.body, raw)))

    def _given_away(self, raw: bytes, thread: str) -> Message:
        message = mail.parsed(raw)
        if not any(mail.field(message, name).strip() for name in ("To", "Cc", "Bcc")):
            raise invalid("Recipient address required")
        self.state.sent.append(raw)
        kept = self.switches.kept(raw)
        # Without a threadId what was sent stands by itself in the sender's mailbox.
        return self.state.add(kept, ("SENT",), thread=thread, alone=True)

    def _check_labels(self, labels: list[str]) -> None:
        for label in labels:
            if label in _FIXED or label not in self.state.labels:
                raise invalid(f"Invalid label: {label}")

    def _change(self, messages: list[Message], body: Mapping[str, Any]) -> None:
        add, remove = body.get("addLabelIds", []), body.get("removeLabelIds", [])
        if not add and not remove:
            raise invalid("No label add or removes specified")
        if set(add) & set(remove):
            raise invalid("Cannot both add and remove the same label")
        self._check_labels([*add, *remove])
        for message in messages:
            self.state.relabel(message, add, remove)

    def modify(self, call: Call) -> dict[str, Any]:
        message = self.state.get(call.path["id"])
        self._change([message], call.body)
        return self.brief(message)

    def batch_modify(self, call: Call) -> None:
        self._change(self._named(call), call.body)

    def _named(self, call: Call) -> list[Message]:
        """The messages of a body's ids; those that are not there are passed over."""
        ids = call.body.get("ids", [])
        if not ids:
            raise invalid("No message ids specified")
        if len(ids) > 1000:
            raise invalid("Number of ids cannot exceed 1000")
        return [self.state.messages[named] for named in ids if named in self.state.messages]

    def batch_delete(self, call: Call) -> None:
        for message in self._named(call):
            self.state.remove(message)

    def trash(self, call: Call) -> dict[str, Any]:
        message = self.state.get(call.path["id"])
        self.state.trash(message)
        return self.brief(message)

    def untrash(self, call: Call) -> dict[str, Any]:
        message = self.state.get(call.path["id"])
        self.state.relabel(message, (), ("TRASH",))
        return self.brief(message)

    # --- threads

    def modify_thread(self, call: Call) -> dict[str, Any]:
        found = self.of_thread(call.path["id"])
        self._change(found, call.body)
        return {"id": call.path["id"], "messages": [self.brief(message) for message in found]}

    def trash_thread(self, call: Call) -> dict[str, Any]:
        found = self.of_thread(call.path["id"])
        for message in found:
            self.state.trash(message)
        return {"id": call.path["id"], "messages": [self.brief(message) for message in found]}

    # --- drafts

    def _told_draft(self, id: str) -> dict[str, Any]:
        return {"id": id, "message": self.brief(self.state.draft(id))}

    def create_draft(self, call: Call) -> dict[str, Any]:
        message = call.body.get("message", {})
        raw = self._raw(call, message)
        return self._told_draft(self.state.make_draft(raw, self._wanted_thread(message, raw)))

    def update_draft(self, call: Call) -> dict[str, Any]:
        message = call.body.get("message", {})
        raw = self._raw(call, message)
        self.state.update_draft(call.path["id"], raw, self._wanted_thread(message, raw))
        return self._told_draft(call.path["id"])

    def send_draft(self, call: Call) -> dict[str, Any]:
        draft = self.state.draft(call.body.get("id", ""))
        message = call.body.get("message", {})
        raw = self._raw(call, message) if call.media is not None or "raw" in message else draft.raw
        sent = self._given_away(raw, draft.thread)
        self.state.remove(draft)
        return self.brief(sent)
