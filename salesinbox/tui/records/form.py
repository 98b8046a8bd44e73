"""Making and editing a record of any kind (REC-4); of a sender, with guesses and those who are likely there (REC-5)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model import fields as types
from salesinbox.model import records as kinds
from salesinbox.model.duplicates import Duplicate
from salesinbox.model.errors import UsageError
from salesinbox.model.folding import fold
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe
from salesinbox.services.records.words import kind_title
from salesinbox.tui.records import words
from salesinbox.tui.records.actions import open_record
from salesinbox.tui.records.changing import change
from salesinbox.tui.records.editors import Chips, Editor, Line, Long, Pick
from salesinbox.tui.records.filling import KIND, Filling, blank, editors, of_guess, of_kept, typed_values
from salesinbox.tui.records.form_page import FormPage, Part

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_SHOWN = 3
"""Likely duplicates that are shown above the fields."""
OWNER = "owner"
"""The field that a new record has filled in, whatever is typed."""
_IDENTIFY = frozenset({"addresses", "last", "first", "name"})
"""Fields by which a record may be known already."""

new, of_sender, of_record = blank, of_guess, of_kept


class RecordForm(FormPage):
    """`then` gets the id of the record when it has been saved."""

    def __init__(
        self,
        board: "Board",
        filling: Filling,
        *,
        field: str = "",
        made: Sequence[Editor] | None = None,
        then: Callable[[str], None] | None = None,
    ) -> None:
        self.filling = filling
        self.then = then
        super().__init__(board, made if made is not None else editors(board, filling), field=field)
        if not field and made is None:
            self._begin()
        self.does |= {"form-open-duplicate": self._open_duplicate, "form-use-duplicate": self._use_duplicate}

    def again(self) -> "RecordForm":
        self._keep_texts()
        return RecordForm(self.board, self.filling, field=self.here.name, made=self.editors, then=self.then)

    def _begin(self) -> None:
        """A new record begins where there is something to type: a note in its text, others in the first empty field."""
        if self.filling.id:
            return
        if self.filling.kind == kinds.NOTE:
            self.at = next((n for n, one in enumerate(self.editors) if isinstance(one, Long)), 0)
        else:
            self.at = next((n for n, one in enumerate(self.editors) if one.name != KIND and not one.value()), 0)

    def told(self) -> str:
        kind = kind_title(self.filling.kind)
        if self.filling.id:
            return _("{kind}: {name}").format(kind=kind, name=self.filling.name)
        return _("New: {kind}").format(kind=kind)

    # --- likely there already (REC-5) ---------------------------------------------------------------------------

    def above(self, cells: int) -> list[list[Part]]:  # noqa: ARG002 - cut where they are drawn
        look = self.board.look
        duplicates = self.filling.duplicates
        if not duplicates or self.filling.id:
            return [[]]
        keys = self.board.keys
        hint = _("{open} opens it, {use} uses it instead").format(
            open=keys.label("form-open-duplicate"), use=keys.label("form-use-duplicate")
        )
        lines: list[list[Part]] = [[(" " + _("Likely there already:") + " ", look["warning"]), (hint, look["dim"])]]
        for one in duplicates[:_SHOWN]:
            detail = " · ".join(safe(text, 100) for text in (one.detail, one.reason) if text)
            kind = kind_title(one.kind)
            lines.append([("   " + safe(one.name, 100), look["person"]), (f"  {kind}  {detail}", look["dim"])])
        return [*lines, []]

    def left(self, editor: Editor) -> None:
        """Whoever is typed by hand may be there, too."""
        kind = self.filling.kind
        if self.filling.id or editor.name not in _IDENTIFY or kind not in (*words.PEOPLE, kinds.COMPANY):
            return
        sought = words.PEOPLE if kind in words.PEOPLE else (kinds.COMPANY,)
        found: dict[str, Duplicate] = {one.id: one for one in self.filling.duplicates}
        for text, reason, score in self._marks():
            for one in self.board.records.find(text, sought, _SHOWN):
                same = fold(text) in (fold(one.name), fold(" ".join(reversed(one.name.split()))))
                if same or fold(text) in fold(one.detail):
                    found.setdefault(one.id, Duplicate(one.id, one.kind, one.name, one.detail, reason, score))
        if len(found) != len(self.filling.duplicates):
            self.filling = replace(self.filling, duplicates=tuple(found.values()))

    def _marks(self) -> list[tuple[str, str, int]]:
        """(text, reason, score) by which a record is looked for that may be the same."""
        values = {one.name: one.value() for one in self.editors}
        marks = [(one.strip(), _("the same address"), 100) for one in values.get("addresses", "").split(",")]
        name = values.get("name", "") or " ".join(filter(None, (values.get("first", ""), values.get("last", ""))))
        if values.get("name") or (values.get("first") and values.get("last")):
            marks.append((name, _("the same name"), 60))
        return [mark for mark in marks if mark[0]]

    def _pick_duplicate(self, heading: str, chosen: Callable[[Duplicate], None]) -> None:
        duplicates = self.filling.duplicates
        if not duplicates or self.filling.id:
            self.board.say(_("There is no record that is likely the same."))
        elif len(duplicates) == 1:
            chosen(duplicates[0])
        else:
            from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

            choices = [Choice(safe(one.name, 100), safe(one.reason, 60), safe(one.detail, 200) or " ", one)
                       for one in duplicates]  # fmt: skip
            self.board.push_screen(Picker(self.board, heading, choices, chosen=chosen))

    def _open_duplicate(self) -> None:
        self._pick_duplicate(_("Open which one?"), lambda one: open_record(self.board, one.id))

    def _use_duplicate(self) -> None:
        self._pick_duplicate(_("Use which one?"), self._use)

    def _use(self, duplicate: Duplicate) -> None:
        """Go on with a record that is there; what it lacks is taken from here, and is saved with it."""
        filling = of_kept(self.board, duplicate.id)
        made = editors(self.board, filling)
        typed = {one.name: one.value() for one in self.editors}
        for one in made:
            text = typed.get(one.name, "")
            if not isinstance(one, Line) or not text or one.name == OWNER:
                continue
            if one.name == "addresses":
                there = one.value()
                new = [part.strip() for part in text.split(",") if part.strip().lower() not in there.lower()]
                one.become(", ".join(filter(None, [there, *new])))
            elif not one.value():
                one.become(text)
                one.guess = True
        form = RecordForm(self.board, replace(filling, thread=self.filling.thread), made=made, then=self.then)
        self.leave()
        self.board.push_screen(form)

    # --- kind and values ----------------------------------------------------------------------------------------

    def _note(self, one: Editor, *, here: bool) -> tuple[str, Style]:
        note, style = super()._note(one, here=here)
        if one.name == "company" and self.filling.company and one.value() == self.filling.company:
            return f"{note}, {_('there already')}" if note else _("there already"), style
        return note, style

    def changed(self) -> None:
        """A person became a lead or a contact: other fields, the same values. Another pipeline: its stages."""
        here = self.here
        if here.name == "pipeline":
            self._choose_stages(here.value())
        if here.name == KIND and here.value() != self.filling.kind:
            kept = {one.name: one for one in self.editors}
            self.filling = replace(self.filling, kind=here.value())
            fresh = editors(self.board, self.filling)
            self.editors = [kept[one.name] if _alike(kept.get(one.name), one) else one for one in fresh]
            self.at = 0

    def _choose_stages(self, pipeline: str) -> None:
        stages = [stage.name for stage in self.board.records.stages(pipeline)]
        for one in self.editors:
            if isinstance(one, Pick) and one.field.type == types.STAGE:
                one.choices = [(name, safe(name, 60)) for name in stages]
                if one.value() not in stages and stages:
                    one.choose(stages[0])

    def save(self) -> None:
        filling = self.filling
        values = dict(typed_values(self.editors, new=not filling.id))
        if not values or (not filling.id and set(values) == {OWNER}):
            if filling.id:
                self.leave()
                return
            raise UsageError(_("There is nothing to save yet."))
        missing = next((one for one in self.editors if one.field.required and not one.value()), None)
        if missing is not None:
            raise UsageError(f"{missing.label}: {_('It cannot be empty.')}")

        def over(outcome: Outcome) -> None:
            if outcome.refused and not outcome.done:
                self.wrong(outcome.refused[0][1])
                return
            self.leave()
            if self.then is not None and outcome.done:
                self.then(outcome.done[0])

        if filling.id:
            change(self.board, lambda changes: changes.edit([filling.id], values), over)
        else:
            change(
                self.board,
                lambda changes: changes.create(
                    filling.kind, values, about=filling.about, thread=filling.thread, message=filling.message
                ),
                over,
            )


def _alike(before: Editor | None, now: Editor) -> bool:
    return before is not None and type(before) is type(now) and isinstance(now, Line | Pick | Chips | Long)
