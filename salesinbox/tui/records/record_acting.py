"""What is done from the screen of a record: with it, or with the task or file under the cursor (REC-4)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _
from salesinbox.model import records as kinds
from salesinbox.model import timeline
from salesinbox.model.fields import Field
from salesinbox.model.records import Item
from salesinbox.model.timeline import Entry, RecordFile
from salesinbox.tui.records import words
from salesinbox.tui.records.actions import convert, edit_record, merge, new_record
from salesinbox.tui.records.changing import change, remove

if TYPE_CHECKING:
    from salesinbox.tui.records.record import RecordScreen


class RecordActing:
    """Belongs to one screen. `does` are its commands."""

    def __init__(self, page: "RecordScreen") -> None:
        self.page = page
        self.board, self.record_id = page.board, page.record_id
        self.does: dict[str, Callable[[], None]] = {
            "record-edit": self._edit, "record-delete": self._delete, "record-done": self._done,
            "record-postpone": self._postpone, "record-convert": self._convert,
            "record-merge": lambda: merge(self.board, self.record_id), "record-attach": self._add_file,
            "record-save-file": self._save_file, "record-open-file": self._open_file, "record-write": self._write,
            **{f"record-{kind}": self._new(kind) for kind in
               (kinds.TASK, kinds.NOTE, kinds.EVENT, kinds.CALL, kinds.DEAL, kinds.CASE)},
        }  # fmt: skip

    def offers(self, name: str) -> bool:
        """Whether a command means anything for what is shown."""
        record = self.page.held.record
        kind = words.kind_of(record)
        if name == "record-done":
            value: Any = self.page.section.value
            return isinstance(record, Item) or isinstance(value, Item) or getattr(value, "kind", "") in kinds.ITEM_KINDS
        return name != "record-convert" or kind == kinds.LEAD

    # --- what can be done ---------------------------------------------------------------------------------------

    def _item(self) -> Item | None:
        """The task, event, call or case that a command is about: the one under the cursor, else the record itself."""
        value: Any = self.page.section.value
        if isinstance(value, Item):
            return value
        if isinstance(value, Entry) and value.kind in kinds.ITEM_KINDS:
            found = self.board.records.show(value.id)
            return found if isinstance(found, Item) else None
        return self.page.held.record if isinstance(self.page.held.record, Item) else None

    def _new(self, kind: str) -> Callable[[], None]:
        def make() -> None:
            record = self.page.held.record
            about = record.about if isinstance(record, Item) and record.kind in kinds.ACTIVITIES else ()
            new_record(self.board, kind, about=about or (self.record_id,))

        return make

    def _edit(self) -> None:
        value: Any = self.page.section.value
        edit_record(self.board, self.record_id, value.name if isinstance(value, Field) else "")

    def _delete(self) -> None:
        value: Any = self.page.section.value
        if isinstance(value, RecordFile):
            self.files("take-off", value)
            return
        item = self._item()
        remove(self.board, [item.id if item is not None else self.record_id])

    def _done(self) -> None:
        item = self._item()
        if item is None:
            self.board.say(_("Go to a task, a call, a case or an event."))
        else:
            change(self.board, lambda changes: changes.complete([item.id], done=not item.closed))

    def _postpone(self) -> None:
        from salesinbox.tui.records.asking import postpone  # noqa: PLC0415 - loaded when it is first used

        item = self._item()
        if item is None:
            self.board.say(_("Go to a task, a call or a case."))
        else:
            postpone(self.board, [item.id])

    def _convert(self) -> None:
        if words.kind_of(self.page.held.record) == kinds.LEAD:
            convert(self.board, self.record_id)
        else:
            self.board.say(_("Only a lead is converted."))

    def _write(self) -> None:
        from salesinbox.tui.records.asking import write_to  # noqa: PLC0415 - loaded when it is first used

        write_to(self.board, self.page.held.record)

    def _add_file(self) -> None:
        from salesinbox.tui.records.record_files import attach  # noqa: PLC0415 - the same

        attach(self.board, self.record_id)

    def _save_file(self) -> None:
        self.files("save", self.page.section.value)

    def _open_file(self) -> None:
        self.files("open", self.page.section.value)

    def files(self, doing: str, value: object) -> None:
        """View, save, open or take off a file, where `value` is one."""
        from salesinbox.tui.records import record_files  # noqa: PLC0415 - the same

        if isinstance(value, Entry) and value.kind == timeline.FILE:
            value = self.page.file(value.id)
        if isinstance(value, RecordFile):
            record_files.DOES[doing](self.board, value)
        else:
            self.board.say(_("Go to a file."))
