"""The methods of the API on a mailbox, by their names."""

from collections.abc import Callable
from typing import Any

from tests.gmail_server.calls import Call
from tests.gmail_server.errors import not_found
from tests.gmail_server.reading import told_label
from tests.gmail_server.state import State
from tests.gmail_server.switches import Switches
from tests.gmail_server.writing import Writing


class Methods(Writing):
    """Each method takes what was asked, and returns the answer's body (None: empty)."""

    def __init__(self, state: State, switches: Switches, fault: Callable[[str], None]) -> None:
        super().__init__(state, switches, fault)
        self._table: dict[str, Callable[[Call], Any]] = {
            "getProfile": self.profile,
            "labels.list": lambda _call: {"labels": [told_label(label) for label in state.labels.values()]},
            "labels.get": lambda call: self.label(state.label(call.path["id"])),
            "labels.create": self.create_label,
            "labels.delete": lambda call: state.drop_label(call.path["id"]),
            "labels.patch": self.update_label,
            "labels.update": self.update_label,
            "messages.list": self.list_messages,
            "messages.get": self.get,
            "messages.insert": self.insert,
            "messages.import": self.insert,
            "messages.send": self.send,
            "messages.modify": self.modify,
            "messages.batchModify": self.batch_modify,
            "messages.batchDelete": self.batch_delete,
            "messages.delete": lambda call: state.remove(state.get(call.path["id"])),
            "messages.trash": self.trash,
            "messages.untrash": self.untrash,
            "messages.attachments.get": self.attachment,
            "threads.list": self.threads,
            "threads.get": self.thread,
            "threads.modify": self.modify_thread,
            "threads.trash": self.trash_thread,
            "history.list": self.history,
            "drafts.list": self.drafts,
            "drafts.create": self.create_draft,
            "drafts.get": self.draft,
            "drafts.update": self.update_draft,
            "drafts.delete": lambda call: state.remove(state.draft(call.path["id"])),
            "drafts.send": self.send_draft,
        }

    def call(self, call: Call) -> Any:
        known = self._table.get(call.method)
        if known is None:
            self.fault(f"{call.method} is not played here")
            raise not_found()
        with self.state.lock:
            return known(call)
