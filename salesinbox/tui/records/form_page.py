"""A screen of fields that are typed: it draws them, leads the cursor through them, and looks records up meanwhile."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.geometry import Offset, Region
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.listing import Brief
from salesinbox.model.text import pad, safe, width
from salesinbox.services.records.words import kind_title
from salesinbox.tui.compose.body import Body
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.navigation import FORM
from salesinbox.tui.records.editors import Ask, Editor, Line, Long, Pick
from salesinbox.tui.records.filling import understood
from salesinbox.tui.records.page import Page
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from textual.widget import Widget

    from salesinbox.tui.app import Board

Part = tuple[str, Style]
_LABEL = 22
_FOUND = 6
"""Records that are shown while one is looked for."""
_LEAST_TEXT = 5
_MODIFIED = ("alt+", "ctrl+", "super+", "meta+", "hyper+")


class FormPage(Page):
    """Subclasses give the editors and save them. The first thing that is wrong stands beside its field."""

    mode = FORM

    def __init__(self, board: "Board", editors: Sequence[Editor], *, field: str = "") -> None:
        super().__init__(board)
        self.editors = list(editors)
        self.at = next((n for n, one in enumerate(self.editors) if field and one.name == field), 0)
        self.top = 0
        self.error = ""
        """What is wrong with the whole, beside no field."""
        self.found: Sequence[Brief] = ()
        self.found_at = -1
        self._drawn: list[int] = []
        """Lines of the fields on the screen, from `_first` on."""
        self._first = 1
        self.bodies = {
            one.name: Body(board, one.text, partial(self._to_name, one.name)) for one in self.editors
            if isinstance(one, Long)
        }  # fmt: skip
        self.does = {"form-save": self._save, "form-leave": self.back}

    # --- what subclasses say ------------------------------------------------------------------------------------

    def told(self) -> str:
        """What is being typed."""
        raise NotImplementedError

    def save(self) -> None:
        """Write it; UsageError stands beside the field that it names."""
        raise NotImplementedError

    def shown(self) -> list[Editor]:
        """The editors that mean something now."""
        return self.editors

    def above(self, cells: int) -> list[list[Part]]:  # noqa: ARG002 - for subclasses
        """Lines between the title and the fields."""
        return []

    def below(self, cells: int) -> list[list[Part]]:  # noqa: ARG002 - for subclasses
        """Lines below the fields."""
        return []

    def left(self, editor: Editor) -> None:
        """The cursor has left a field."""

    def changed(self) -> None:
        """Something was typed."""

    # --- places -------------------------------------------------------------------------------------------------

    def more(self) -> "Sequence[Widget]":
        return list(self.bodies.values())

    def places(self, cells: int, rows: int) -> "dict[Widget, Region]":
        places = super().places(cells, rows)
        tall = self._text_rows(rows - 1)
        long = self._long()
        if tall and long is not None:
            places[self.canvas] = Region(0, 0, cells, rows - 1 - tall)
            places[self.bodies[long.name]] = Region(2, rows - 1 - tall, max(cells - 2, 1), tall)
        return places

    def _text_rows(self, rows: int) -> int:
        """Rows for a text of many lines: a third of the screen, and what the other fields leave."""
        if not self.bodies:
            return 0
        fields = sum(not isinstance(one, Long) for one in self.editors)
        return max(min(max(rows // 3, rows - fields - 6), rows - 4), min(_LEAST_TEXT, rows // 2), 1)

    def _long(self) -> Long | None:
        """The text of many lines that is shown: the one with the cursor, else the first."""
        here = self.here
        if isinstance(here, Long):
            return here
        return next((one for one in self.editors if isinstance(one, Long)), None)

    @property
    def here(self) -> Editor:
        shown = self.shown()
        return shown[max(0, min(self.at, len(shown) - 1))]

    def on_mount(self) -> None:
        super().on_mount()
        self._mark_body()
        self.call_after_refresh(self._place_cursor)

    # --- drawing ------------------------------------------------------------------------------------------------

    def draw(self, cells: int, rows: int) -> list[Strip]:
        look = self.board.look
        lines = [strip([(" " + self.told(), look["head_focused"])], cells, look["head_focused"])]
        wrong = [[(" ! " + line, look["warning"])] for line in wrap(self.error, cells - 4)] if self.error else []
        lines += [strip(parts, cells, look["text"]) for parts in (*wrong, *self.above(cells))]
        shown = [one for one in self.shown() if not isinstance(one, Long)]
        longs = [one for one in self.shown() if isinstance(one, Long)]
        below = self.below(cells)
        room = max(rows - len(lines) - bool(longs) - min(len(below), max(rows // 3, 1)), 1)
        label = min(max((width(one.label) for one in shown), default=8) + 2, _LABEL, max(cells // 3, 8))
        at = min(self.at, max(len(shown) - 1, 0))
        self.top = max(0, min(self.top, at, len(shown) - room), at - room + 1)
        self._first = len(lines)
        self._drawn = list(range(self.top, min(self.top + room, len(shown))))
        cursor_line = -1
        for n in self._drawn:
            here = n == self.at and not isinstance(self.here, Long)
            cursor_line = len(lines) if here else cursor_line
            lines.append(self._field(shown[n], label, cells, here=here, line=len(lines)))
        lines += [strip(parts, cells, look["text"]) for parts in below]
        if self.found and cursor_line >= 0:
            for n, drawn in enumerate(self._found_lines(label, cells), cursor_line + 1):
                if n < rows - bool(longs):
                    lines[n : n + 1] = [drawn]
        if longs:
            lines = lines[: rows - 1]
            lines += [strip([], cells, look["text"])] * (rows - 1 - len(lines))
            lines.append(self._rule(longs, cells))
        return lines

    def _field(self, one: Editor, label: int, cells: int, *, here: bool, line: int) -> Strip:
        look = self.board.look
        note, style = self._note(one, here=here)
        room = max(cells - label - 5 - (width(note) + 2 if note else 0), 6)
        parts, cell = one.drawn(look, room, here=here)
        if here:
            self.board.cursor_position = Offset(label + 3 + cell, line)
        name = look["heading"] if here else look["dim"]
        tail: list[Part] = [("  " + note, style)] if note else []
        mark: Part = ("▌ " if here else "  ", look["cursor"])
        return strip([mark, (pad(one.label, label), name), (" ", look["text"]), *parts, *tail], cells, look["text"])

    def _note(self, one: Editor, *, here: bool) -> tuple[str, Style]:
        """What is said beside a field: what is wrong, how it is understood, that it is a guess."""
        look = self.board.look
        if one.error:
            return safe(one.error, 200), look["warning"]
        if one.guess and one.value():
            return _("guess"), look["mark"]
        if isinstance(one, Line):
            words, fits = understood(self.board, one.field, one.value()) if one.is_changed or here else ("", True)
            return words, look["dim" if fits else "warning"]
        return "", look["dim"]

    def _found_lines(self, label: int, cells: int) -> list[Strip]:
        look = self.board.look
        wide = max(min(cells - label - 3, 76), 20)
        drawn = []
        for n, one in enumerate(self.found):
            ground = look["selected"] if n == self.found_at else look["input"]
            start: list[Part] = [("▌" if n == self.found_at else " ", ground), (safe(one.name, 120), ground)]
            if one.detail:
                start.append(("  " + safe(one.detail, 120), ground))
            box = ends(start, [(f" {kind_title(one.kind)} ", ground)], wide, ground)
            before = strip([], label + 3, look["text"])
            after = strip([], max(cells - label - 3 - wide, 0), look["text"])
            drawn.append(Strip([*before, *box, *after], cells))
        return drawn

    def _rule(self, longs: Sequence[Long], cells: int) -> Strip:
        """The line above a text of many lines, with its name."""
        look = self.board.look
        parts: list[Part] = [("──", look["rule"])]
        for one in longs:
            here = one is self.here
            style = look["heading"] if here else look["dim"]
            parts.append((f" {'▌' if here else ''}{one.label} ", style))
            if one.guess and one.value():
                parts.append((_("guess") + " ", look["mark"]))
            if one.error:
                parts.append((safe(one.error, 100) + " ", look["warning"]))
        rest = cells - sum(width(text) for text, _style in parts)
        return strip([*parts, ("─" * max(rest, 0), look["rule"])], cells, look["text"])

    # --- keys ---------------------------------------------------------------------------------------------------

    def take(self, key: str, character: str | None) -> None:
        board = self.board
        if board.footer.sentence:
            board.hush()
        typed = character if character and character.isprintable() and not key.startswith(_MODIFIED) else None
        if typed is None and self._in_found(key):
            self.show()
            return
        command = board.keys.find(FORM, key, None) if typed is None else None
        if command is not None and command.when(board):
            self._keep_texts()
            board.attempt(partial(command.action, board))
        else:
            board.attempt(lambda: self._in_field(key, typed))
        if self.is_attached:
            self.show()
            self._place_cursor()

    def _in_field(self, key: str, typed: str | None) -> None:
        here = self.here
        if isinstance(here, Long):
            self._in_text(here, key, typed)
        elif key in ("tab", "down"):
            self.step(1)
        elif key in ("shift+tab", "up"):
            self.step(-1)
        elif key == "enter" and isinstance(here, Pick):
            self._choose(here)
        elif isinstance(here, Ask) and (key == "enter" or typed):
            here.asked(partial(self._asked, here))
        elif key == "enter":
            self.step(1)
        elif here.key(key, typed):
            self.error = ""
            self._look_up()
            self.changed()

    def _in_text(self, here: Long, key: str, typed: str | None) -> None:
        body = self.bodies[here.name]
        if key == "tab":
            self.step(1)
        elif key == "shift+tab" or (key == "up" and body.at_top):
            self.step(-1)
        elif body.take(key, typed):
            here.text = body.text
            here.guess, here.error = False, ""
            self.changed()

    def _choose(self, here: Pick) -> None:
        from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

        choices = [Choice(title, "✓" if value == here.chosen else "", value=value) for value, title in here.choices]
        if here.empty:
            choices.append(Choice(_("(nothing)"), value=""))
        start = next((n for n, choice in enumerate(choices) if choice.value == here.chosen), 0)

        def chosen(value: str) -> None:
            here.choose(value)
            self.changed()
            self.show()

        self.board.push_screen(Picker(self.board, here.label, choices, chosen=chosen, start=start))

    def _asked(self, here: Ask, found: Brief) -> None:
        here.take(found)
        self.changed()
        self.show()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        here = self.here
        if isinstance(here, Long):
            self.bodies[here.name].paste(event.text)
            self._keep_texts()
        else:
            here.paste(event.text)
            self._look_up()
        self.changed()
        self.show()

    def _keep_texts(self) -> None:
        for one in self.editors:
            if isinstance(one, Long):
                one.text = self.bodies[one.name].text

    def step(self, by: int) -> None:
        """To the next field, or the one before."""
        self._to(self.at + by)

    def _to(self, place: int) -> None:
        shown = self.shown()
        place = max(0, min(place, len(shown) - 1))
        if place == self.at:
            return
        before, self.at = self.here, place
        self.found = ()
        self._mark_body()
        self._clear_arrangement_cache()
        self.refresh(layout=True)
        self.board.attempt(lambda: self.left(before))

    def go_to(self, name: str) -> None:
        """Put the cursor in a field."""
        self._to(next((n for n, one in enumerate(self.shown()) if one.name == name), self.at))

    def _to_name(self, name: str) -> None:
        self.go_to(name)
        self.show()

    def _mark_body(self) -> None:
        for name, body in self.bodies.items():
            body.active = self.here.name == name
            body.refresh()

    def _place_cursor(self) -> None:
        if isinstance(self.here, Long):
            self.board.cursor_position = self.bodies[self.here.name].cursor_screen_offset

    # --- looking records up -------------------------------------------------------------------------------------

    def _look_up(self) -> None:
        """Records that fit what is typed in a field that names one."""
        here = self.here
        words = here.looked_for()
        self.found = self.board.records.find(words, here.kinds(), _FOUND) if words and here.kinds() else ()
        # A company that is not there yet is made, so what was typed counts unless the rep goes down to another.
        self.found_at = -1 if isinstance(here, Line) or not self.found else 0

    def _in_found(self, key: str) -> bool:
        """A key that is meant for the records that were found."""
        if not self.found:
            return False
        if key in ("down", "up"):
            self.found_at = max(-1, min(self.found_at + (1 if key == "down" else -1), len(self.found) - 1))
        elif key == "escape":
            self.found = ()
        elif key in ("enter", "tab") and self.found_at >= 0:
            self.here.take(self.found[self.found_at])
            self.found = ()
            self.changed()
        else:
            return False
        return True

    # --- the end ------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        self._keep_texts()
        self.error = ""
        for one in self.editors:
            one.error = ""
        try:
            self.save()
        except UsageError as error:
            self.wrong(str(error))

    def wrong(self, sentence: str) -> None:
        """Say what is wrong beside the field that the sentence names first, else above all."""
        for one in self.editors:
            names = (_(one.field.heading), one.label, *_ALSO.get(one.name, ()))
            name = next((name for name in names if sentence.startswith(f"{_(name)}: ")), "")
            if name:
                one.error = sentence.removeprefix(f"{_(name)}: ")
                self.go_to(one.name)
                self.show()
                return
        self.error = safe(sentence, 400)
        self.show()

    @property
    def is_touched(self) -> bool:
        """Whether the rep has typed something that leaving would lose."""
        self._keep_texts()
        return any(one.is_changed and not one.guess for one in self.editors)

    def back(self) -> None:
        if not self.is_touched:
            self.leave()
            return
        from salesinbox.tui.screens.confirm import Confirm  # noqa: PLC0415 - loaded when it is first asked

        text = _("What you typed is not saved. {key} saves it.").format(key=self.board.keys.label("form-save"))
        self.board.push_screen(
            Confirm(self.board, _("Leave without saving?"), text, doing=_("leave"), agreed=self.leave)
        )

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        place = event.screen_y - self._first
        if event.widget is self.canvas and 0 <= place < len(self._drawn):
            self._to(self._drawn[place])
            self.show()


_ALSO = {"start": ("From",), "finish": ("To",)}
"""What services call a field besides."""
