"""The methods that read a mailbox."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from tests.gmail_server import mail, query
from tests.gmail_server.calls import Call, made_token, page_size, token
from tests.gmail_server.errors import invalid, not_found
from tests.gmail_server.schema import encoded
from tests.gmail_server.state import Label, Message, Record, State
from tests.gmail_server.switches import Switches


class Reading:
    def __init__(self, state: State, switches: Switches, fault: Callable[[str], None]) -> None:
        self.state = state
        self.switches = switches
        self.fault = fault
        self._attachments: dict[str, tuple[str, bytes]] = {}

    # --- account and labels

    def profile(self, _call: Call) -> dict[str, Any]:
        state = self.state
        return {
            "emailAddress": state.address,
            "messagesTotal": len(state.messages),
            "threadsTotal": len({message.thread for message in state.messages.values()}),
            "historyId": str(state.history),
        }

    def label(self, label: Label) -> dict[str, Any]:
        under = [message for message in self._shown((label.id,), everywhere=False) if label.id in message.labels]
        unread = [message for message in under if "UNREAD" in message.labels]
        return told_label(label) | {
            "messagesTotal": len(under),
            "messagesUnread": len(unread),
            "threadsTotal": len({message.thread for message in under}),
            "threadsUnread": len({message.thread for message in unread}),
        }

    # --- reading

    def _shown(self, labels: tuple[str, ...] | list[str], *, everywhere: bool) -> list[Message]:
        """All that a list may hold: spam and trash only where they are asked for."""
        everywhere = everywhere or bool({"SPAM", "TRASH"} & set(labels))
        return [message for message in self.state.ordered() if everywhere or not message.hidden]

    def _found(self, call: Call) -> list[Message]:
        labels = call.query.get("labelIds", [])
        for label in labels:
            if label not in self.state.labels:
                raise invalid(f"Invalid label: {label}")
        everywhere = bool(call.query.get("includeSpamTrash"))
        test: query.Test = lambda _message: True  # noqa: E731
        if call.query.get("q", "").strip():
            try:
                test, asked = query.matching(self.state, call.query["q"], time.time())
            except query.QueryFault as fault:
                self.fault(f"{call.method} q={call.query['q']!r}: {fault}")
                return []
            everywhere = everywhere or asked
        wanted = set(labels)
        shown = self._shown(labels, everywhere=everywhere)
        return [message for message in shown if wanted <= message.labels and test(message)]

    def _page(self, call: Call, found: list[Message]) -> tuple[list[Message], dict[str, Any]]:
        """A page of a list. A token names the last one told, so that what arrives meanwhile moves nothing."""
        size = page_size(call)
        last = token(call)
        if again := self.switches.again(call.method):
            return found[:size], {"nextPageToken": made_token(2**62, again)}
        if last:
            date, number = last
            found = [message for message in found if (message.date, message.number) < (date, number)]
        told = self.switches.page(call.method, call.query.get("pageToken", ""))
        if told is not None:
            return [], {"nextPageToken": told or made_token(*(last or (2**62, 2**62)))}
        page, more = found[:size], len(found) > size
        extra: dict[str, Any] = {}
        if more:
            extra["nextPageToken"] = made_token(page[-1].date, page[-1].number)
        return page, extra

    def list_messages(self, call: Call) -> dict[str, Any]:
        found = self._found(call)
        page, extra = self._page(call, found)
        # An estimate it is called, and an estimate it is.
        told: dict[str, Any] = {"resultSizeEstimate": 201 if len(found) > len(page) else len(page), **extra}
        if page:
            told["messages"] = [{"id": message.id, "threadId": message.thread} for message in page]
        return told

    def get(self, call: Call) -> dict[str, Any]:
        return self.shown(self.state.get(call.path["id"]), call)

    def shown(self, message: Message, call: Call) -> dict[str, Any]:
        """A message in the format asked for."""
        how = call.query.get("format", "full").lower()
        told = self.brief(message) | {
            "historyId": str(message.history),
            "internalDate": str(message.date),
            "sizeEstimate": len(message.raw),
            "snippet": mail.snippet(message.parsed),
        }
        if how == "raw":
            return told | {"raw": encoded(message.raw)}
        if how == "metadata":
            wanted = {name.lower() for name in call.query.get("metadataHeaders", [])}
            fields = mail.headers(message.parsed, decode=self.switches.decodes)
            payload: dict[str, Any] = {"mimeType": message.parsed.get_content_type()}
            if kept := [field for field in fields if not wanted or field["name"].lower() in wanted]:
                payload["headers"] = kept
            return told | {"payload": payload}
        if how == "full":
            return told | {"payload": self._tree(message)}
        return told

    def _tree(self, message: Message) -> dict[str, Any]:
        def keep(octets: bytes) -> str:
            # Another id each time, as Gmail does it: who keeps one finds nothing by it one day.
            key = "ANGjdJ" + secrets.token_urlsafe(60)
            self._attachments[key] = (message.id, octets)
            return key

        return mail.payload(message.parsed, keep, decode=self.switches.decodes, inline=self.switches.inline)

    def brief(self, message: Message) -> dict[str, Any]:
        told: dict[str, Any] = {"id": message.id, "threadId": message.thread}
        if message.labels:
            told["labelIds"] = sorted(message.labels)
        return told

    def attachment(self, call: Call) -> dict[str, Any]:
        self.state.get(call.path["messageId"])
        message, octets = self._attachments.get(call.path["id"], ("", b""))
        if message != call.path["messageId"]:
            raise invalid("Invalid attachment token")
        return {"size": len(octets), "data": encoded(octets)}

    # --- threads

    def threads(self, call: Call) -> dict[str, Any]:
        newest: dict[str, Message] = {}
        for message in self._found(call):
            newest.setdefault(message.thread, message)
        page, extra = self._page(call, list(newest.values()))
        told: dict[str, Any] = {"resultSizeEstimate": len(page), **extra}
        if page:
            told["threads"] = [
                {
                    "id": message.thread,
                    "historyId": str(message.history),
                    "snippet": mail.snippet(message.parsed),
                }
                for message in page
            ]
        return told

    def of_thread(self, id: str) -> list[Message]:
        found = [message for message in reversed(self.state.ordered()) if message.thread == id]
        if not found:
            raise not_found()
        return found

    def thread(self, call: Call) -> dict[str, Any]:
        found = self.of_thread(call.path["id"])
        return {
            "id": call.path["id"],
            "historyId": str(max(message.history for message in found)),
            "messages": [self.shown(message, call) for message in found],
        }

    # --- history

    def history(self, call: Call) -> dict[str, Any]:
        if not call.query.get("startHistoryId", "").isdigit():
            raise invalid("Missing/invalid startHistoryId")
        start = int(call.query["startHistoryId"])
        records = self.state.since(start)
        last = token(call)
        told = self.switches.page(call.method, call.query.get("pageToken", ""))
        current = {"historyId": str(self.state.history)}
        if told is not None:
            return {"nextPageToken": told or made_token(*(last or (start, 0))), **current}
        again = self.switches.again(call.method)
        if last and not again:
            records = [record for record in records if record.id > last[0]]
        kinds = {_KINDS[kind] for kind in call.query.get("historyTypes", [])} or set(_KINDS.values())
        label = call.query.get("labelId", "")
        records = [
            record
            for record in records
            if record.kind in kinds and (not label or label in record.labels or label in record.changed)
        ]
        size = page_size(call)
        page = records[:size]
        answer: dict[str, Any] = dict(current)
        if page:
            answer["history"] = [_record(record) for record in page]
        if again:
            answer["nextPageToken"] = made_token(start, again)
        elif len(records) > size:
            answer["nextPageToken"] = made_token(page[-1].id, 0)
        return answer

    # --- drafts

    def drafts(self, call: Call) -> dict[str, Any]:
        drafts = {message: draft for draft, message in self.state.drafts.items()}
        found = [message for message in self._found(call) if message.id in drafts]
        page, extra = self._page(call, found)
        told: dict[str, Any] = {"resultSizeEstimate": len(page), **extra}
        if page:
            told["drafts"] = [
                {"id": drafts[message.id], "message": {"id": message.id, "threadId": message.thread}}
                for message in page
            ]
        return told

    def draft(self, call: Call) -> dict[str, Any]:
        return {"id": call.path["id"], "message": self.shown(self.state.draft(call.path["id"]), call)}


_KINDS = {
    "messageAdded": "messagesAdded",
    "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}


def _record(record: Record) -> dict[str, Any]:
    brief = {"id": record.message, "threadId": record.thread}
    full: dict[str, Any] = dict(brief)
    if record.labels:
        full["labelIds"] = list(record.labels)
    change: dict[str, Any] = {"message": full}
    if record.changed:
        change["labelIds"] = list(record.changed)
    return {"id": str(record.id), "messages": [brief], record.kind: [change]}


def told_label(label: Label) -> dict[str, Any]:
    told = {"id": label.id, "name": label.name, "type": label.type}
    if label.type == "user":
        told |= {"messageListVisibility": label.message_visibility, "labelListVisibility": label.list_visibility}
    return told
