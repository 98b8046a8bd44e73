"""What is done in a list of records: selecting, and what happens to the selected ones or the one under the cursor."""

from typing import TYPE_CHECKING

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _
from salesinbox.model import records as kinds
from salesinbox.tui.records import words
from salesinbox.tui.records.actions import edit_record
from salesinbox.tui.records.changing import change, remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from salesinbox.tui.records.browser import Browser

_MOST_SELECTED = 20_000
_DONE = (kinds.TASK, kinds.EVENT, kinds.CALL, kinds.CASE)
_ABOUT_RECORDS = frozenset({
    "record-edit", "record-delete", "records-sort", "records-select", "record-done", "record-convert", "record-write",
    "record-merge",
})  # fmt: skip
"""Commands that mean nothing in an empty list."""


class ListActing:
    """Belongs to one list. `does` are its commands."""

    def __init__(self, page: "Browser") -> None:
        self.page = page
        self.board, self.shown, self.window = page.board, page.shown, page.window
        self.anchor = ""
        """The record that was selected last, from which a range goes."""
        self.does: dict[str, Callable[[], None]] = {
            "records-select": self._select, "records-select-range": self._select_range,
            "records-select-all": self._select_all, "records-export": self._export, "record-new": self._new,
            "record-edit": self._edit, "record-delete": self._delete, "record-done": self._done,
            "record-postpone": self._postpone, "record-convert": self._convert, "record-merge": self._merge,
            "records-duplicates": self._duplicates, "record-write": self._write,
        }  # fmt: skip

    def offers(self, name: str) -> bool:
        """Whether a command means anything for what is shown."""
        if name in _ABOUT_RECORDS and self.window.record is None:
            return False
        kind = self.shown.kind
        fitting: dict[str, bool] = {
            "record-done": kind in _DONE, "record-convert": kind == kinds.LEAD,
            "record-write": kind in (*words.PEOPLE, kinds.COMPANY, kinds.DEAL),
            "record-merge": kind not in kinds.ACTIVITIES,
        }  # fmt: skip
        return fitting.get(name, True)

    # --- selecting ----------------------------------------------------------------------------------------------

    def _select(self) -> None:
        record = self.window.record
        if record is None:
            return
        if record.id in self.shown.marked:
            del self.shown.marked[record.id]
        else:
            self.shown.marked[record.id] = None
            self.anchor = record.id
        self.window.move(1)
        self.page.remember()
        self.page.show()

    def _select_range(self) -> None:
        here = self.window.record
        if here is None:
            return
        ids = [record.id for record in self.window.rows]
        if self.anchor in ids:
            first, last = sorted((ids.index(self.anchor), self.window.cursor))
            self.shown.marked.update(dict.fromkeys(ids[first : last + 1]))
        self.shown.marked[here.id] = None
        self.anchor = here.id
        self.page.show()

    def _select_all(self) -> None:
        ids = list(self.window.all_ids(_MOST_SELECTED))
        if self.shown.marked.keys() >= set(ids):
            self.shown.marked.clear()
        else:
            self.shown.marked.update(dict.fromkeys(ids))
        if len(ids) < self.window.total:
            text = _("The first {n} of {all} records are selected; that many are the most at once.")
            self.board.say(text.format(n=number(len(ids)), all=number(self.window.total)))
        self.page.show()

    def _chosen(self) -> list[str]:
        """The selected records, else the one under the cursor."""
        if self.shown.marked:
            return list(self.shown.marked)
        record = self.window.record
        return [] if record is None else [record.id]

    # --- what can be done ---------------------------------------------------------------------------------------

    def _new(self) -> None:
        from salesinbox.tui.records.form import RecordForm, new  # noqa: PLC0415 - loaded when it is first opened

        self.board.push_screen(RecordForm(self.board, new(self.board, self.shown.kind), then=self._made))

    def _made(self, id: str) -> None:
        """The cursor goes to what was made, where it is near."""
        self.window.reread()
        self.window.go_to(id)
        self.page.remember()

    def _edit(self) -> None:
        if len(self.shown.marked) > 1:
            from salesinbox.tui.records.bulk import ask_field  # noqa: PLC0415 - loaded when it is first used

            ask_field(self.board, self.shown.kind, list(self.shown.marked))
        elif chosen := self._chosen():
            edit_record(self.board, chosen[0])

    def _delete(self) -> None:
        remove(self.board, self._chosen(), self.shown.marked.clear)

    def _done(self) -> None:
        chosen = self._chosen()
        record = self.window.record
        done = record is None or not words.is_closed(record)
        if self.shown.kind not in _DONE:
            self.board.say(_("Tasks, calls, cases and events can be done."))
        elif chosen:
            change(self.board, lambda changes: changes.complete(chosen, done=done), records=len(chosen))

    def _postpone(self) -> None:
        from salesinbox.tui.records.asking import postpone  # noqa: PLC0415 - loaded when it is first used

        if self.shown.kind in kinds.ITEM_KINDS and (chosen := self._chosen()):
            postpone(self.board, chosen)
        else:
            self.board.say(_("Only tasks, calls, cases and events are put off."))

    def _convert(self) -> None:
        from salesinbox.tui.records.actions import convert  # noqa: PLC0415 - the same

        record = self.window.record
        if self.shown.kind != kinds.LEAD:
            self.board.say(_("Only a lead is converted."))
        elif record is not None:
            convert(self.board, record.id)

    def _merge(self) -> None:
        from salesinbox.tui.records.actions import merge  # noqa: PLC0415 - the same

        chosen = self._chosen()
        if chosen:
            merge(self.board, chosen[0], tuple(chosen[1:]))

    def _duplicates(self) -> None:
        from salesinbox.tui.records.merging import duplicates_of_kind  # noqa: PLC0415 - the same

        duplicates_of_kind(self.board, self.shown.kind)

    def _write(self) -> None:
        from salesinbox.tui.records.asking import write_to  # noqa: PLC0415 - the same

        record = self.window.record
        if record is not None:
            write_to(self.board, record)

    def _export(self) -> None:
        from salesinbox.tui.records.asking import export  # noqa: PLC0415 - the same

        export(self.board, self.shown.kind)
