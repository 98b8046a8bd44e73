"""Writing a message: the fields, the text, and what is done with it (SEND)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Region
from textual.layout import Layout
from textual.strip import Strip

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _
from salesinbox.model import drafts
from salesinbox.model.drafts import Draft
from salesinbox.model.identities import Identity
from salesinbox.model.text import clip, safe
from salesinbox.tui.compose import outside
from salesinbox.tui.compose.arranged import Foot, PageLayout
from salesinbox.tui.compose.body import Body
from salesinbox.tui.compose.choosing import Choosing, named
from salesinbox.tui.compose.completing import Completing
from salesinbox.tui.compose.ending import Ending
from salesinbox.tui.compose.fields import Field, Recipients
from salesinbox.tui.compose.head import BCC, BODY, CC, FILES, FROM, SUBJECT, TO, Head, State
from salesinbox.tui.compose.saver import Kept, Saver
from salesinbox.tui.compose.timing import days_in_words
from salesinbox.tui.navigation import COMPOSE
from salesinbox.tui.screens.overlay import Above
from salesinbox.tui.widgets.pane import RecordPane

if TYPE_CHECKING:
    from textual.widget import Widget

    from salesinbox.tui.app import Board

_RECORD = 32
"""Cells of the name of the record that it is for."""
_LEAST_TEXT = 8
"""Rows that are left to the text wherever there are so many."""
_PANE_FROM, _PANE = 140, 42
"""From so many columns on the record of whom one answers is shown beside the text, so wide."""


class ComposeScreen(Above):
    """One draft. Whatever is typed is on disk a moment later, and leaving asks nothing (SEND-4).

    `fresh`: it was begun just now, so it need not stay if nothing is done with it.
    """

    mode = COMPOSE
    app: "Board"
    completing: Completing
    choosing: Choosing
    ending: Ending

    def __init__(self, board: "Board", draft: Draft, *, fresh: bool, start: outside.Run | None = None) -> None:
        super().__init__()
        self.styles.background = "transparent"
        self.board, self.fresh, self.start = board, fresh, start
        self.writing = board.later.writing
        self.identities: Sequence[Identity] = self.writing.identities()
        self.draft = self.first = draft
        self.at = 0
        """When it is to be sent; 0: at once."""
        self.busy = False
        """It is being sent or put away: no key means anything."""
        self.leaving = False
        self.touched = False
        self.state = State(draft.kind, draft.sender, bcc=bool(draft.bcc))
        to, cc, bcc = Recipients(TO, draft.to), Recipients(CC, draft.cc), Recipients(BCC, draft.bcc)
        self.fields: dict[str, Field] = {TO: to, CC: cc, BCC: bcc, SUBJECT: Field(SUBJECT, draft.subject)}
        self.head = Head(board, self.state, self.fields, self._pressed)
        self.body = Body(board, draft.text, partial(self._pressed, BODY), read_only=draft.kind == drafts.REDIRECT)
        self.completing = Completing(self)
        self.choosing = Choosing(self)
        self.ending = Ending(self)
        self.foot = Foot(board)
        self.pane = RecordPane(board.look, board.clock)
        self._as_shown = self._shown()
        self.saver = Saver(draft, self.writing.keep, self._told)
        self._layout_here = PageLayout(self.places, self.completing.box)
        self._reach: tuple[int, Region | None] = (0, None)
        self.head.active = self._begins_at(draft)
        self.body.active = self.head.active == BODY

    # --- the screen ---------------------------------------------------------------------------------------------

    @property
    def layout(self) -> Layout:
        return self._layout_here

    def compose(self) -> "list[Widget]":
        card = self.board.nav.current
        if card is not None and self.draft.about:
            self.pane.pane = self.board.records.pane(card.id)
        return [self.head, self.body, self.pane, self.foot, self.completing.box]

    def on_mount(self) -> None:
        self.board.before_end.append(self.saver.finish)
        self.show_state()
        self.call_after_refresh(self._place_cursor)
        self.board.in_thread(self.board.later.recipients.renew, lambda _nothing: None)
        if self.board.settings.writing.external and not self.body.read_only:
            self.call_after_refresh(self.board.attempt, self.edit_outside)

    def on_unmount(self) -> None:
        self.saver.close()
        if self.saver.finish in self.board.before_end and self.saver.idle:
            self.board.before_end.remove(self.saver.finish)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground that everything lies on: nothing of the board is seen."""
        return [Strip.blank(crop.width, self.board.look["text"])] * crop.height

    def places(self, cells: int, rows: int) -> "dict[Widget, Region]":
        """Where each part lies; those that are not named are not shown."""
        wide = cells - _PANE if cells >= _PANE_FROM and self.pane.pane is not None else cells
        self.head.most = max(rows - _LEAST_TEXT - 6, 1)
        tall = max(min(self.head.rows(wide), rows - 2 if rows < 6 else rows - 4), 1)
        places: dict[Widget, Region] = {self.head: Region(0, 0, wide, tall)}
        if rows > tall + 1:
            places[self.body] = Region(1, tall, max(wide - 1, 1), rows - tall - 1)
        if wide < cells:
            places[self.pane] = Region(wide, 0, cells - wide, rows - 1)
        places[self.foot] = Region(0, rows - 1, cells, 1)
        if (box := self.completing.box.place(wide, rows)) is not None:
            places[self.completing.box] = box
        return places

    def relayout(self) -> None:
        """Something may have another size now: arrange the screen again, but only if so."""
        size = self.size
        reach = (self.head.rows(self.head.size.width or size.width), self.completing.box.place(size.width, size.height))
        if reach != self._reach:
            self._reach = reach
            self._clear_arrangement_cache()
            self.refresh(layout=True)

    def _begins_at(self, draft: Draft) -> str:
        answers = draft.kind in (drafts.REPLY, drafts.REPLY_ALL) and bool(draft.to)
        return BODY if answers or (not self.fresh and bool(draft.to)) else TO

    # --- state --------------------------------------------------------------------------------------------------

    def _shown(self) -> tuple[str, ...]:
        """What the fields and the text say."""
        return (*(self.fields[name].closed() for name in (TO, CC, BCC, SUBJECT)), self.body.text)

    def changed(self) -> None:
        """After anything that the rep did: what differs is noted to be written, and shown."""
        shown = self._shown()
        if shown != self._as_shown:
            self._as_shown = shown
            to, cc, bcc, subject, text = shown
            if self.body.read_only:
                subject, text = self.draft.subject, self.draft.text
            self.note(replace(self.draft, to=to, cc=cc, bcc=bcc, subject=subject, text=text))
        self.head.changed()
        self.relayout()
        self._place_cursor()

    def note(self, draft: Draft) -> None:
        self.draft = draft
        self.touched = True
        self.saver.note(draft)

    def show_state(self) -> None:
        """Who it is from, what holds for it, and how it stands on disk."""
        state, draft = self.state, self.draft
        place = self.choosing.identity()
        state.sender = named(self.identities[place]) if place >= 0 else safe(draft.sender, 300)
        state.files = draft.files
        state.place = f"{place + 1}/{len(self.identities)}" if place >= 0 and len(self.identities) > 1 else ""
        state.file = max(0, min(state.file, len(draft.files) - 1))
        holds = [_("Markdown") if draft.markdown else _("plain text")]
        if name := self._record_name():
            holds.insert(0, _("For: {record}").format(record=clip(name, _RECORD)))
        if draft.response_days:
            holds.append(days_in_words(draft.response_days))
        if self.at:
            holds.append(_("goes {when}").format(when=moment(self.at, self.board.now(), self.board.zone)))
        state.holds = (_("the original goes as it is"),) if self.body.read_only else tuple(holds)
        if self.head.active not in (*self.head.names, BODY):
            self.activate(SUBJECT if SUBJECT in self.head.names else TO)
        self.head.changed()
        self.relayout()

    def _record_name(self) -> str:
        """What the record is called that it is for; looked up when that is another one."""
        if self.draft.record != self.state.record:
            found = self.writing.record(self.draft) if self.draft.record else None
            self.state.record, self.state.record_name = self.draft.record, safe(found.name, 200) if found else ""
        return self.state.record_name

    def _told(self, kept: Kept, call: Callable[[], None] | None) -> None:
        """From the saver's thread."""

        def show() -> None:
            self.draft = replace(self.draft, id=kept.id, files=kept.files, changed=kept.changed)
            self.state.alarming = bool(kept.error)
            if kept.error:
                self.state.kept = _("not kept")
                self.board.say(kept.error, alarming=True)
                self.leaving = False
            elif kept.changed:
                self.state.kept = _("kept {time}").format(time=self.board.clock.seconds(kept.changed))
            if self.is_attached:
                self.show_state()
            if call is not None:
                self.board.attempt(call)

        try:
            self.board.call_later(show)
        except RuntimeError:  # the interface has ended meanwhile; what is written needs no telling
            return

    # --- keys ---------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self.board.screen is not self:  # typed ahead, for what lies over this meanwhile, or for the board
            self.board.screen.post_message(events.Key(event.key, event.character))
            return
        key = event.key
        if self.busy and key not in self.board.keys.of["quit"]:
            return
        modified = key.startswith(("alt+", "ctrl+", "super+", "meta+", "hyper+"))
        typed = event.character if event.character and event.character.isprintable() and not modified else None
        self.leaving = False
        if key == "ctrl+c":
            self._copy()
            return
        if typed is None and self.completing.takes(key):
            return
        command = self.board.keys.find(COMPOSE, key, None) if typed is None else None
        if command is not None and command.when(self.board):
            self.completing.close()
            if self.board.footer.sentence:
                self.board.hush()
            self.board.attempt(lambda: command.action(self.board))
            return
        if self.head.active == BODY:
            self._in_body(key, typed)
        elif self.head.active in (FROM, FILES):
            self.board.attempt(lambda: self._in_choice(key, typed))
        else:
            self._in_field(key, typed)

    def _in_body(self, key: str, typed: str | None) -> None:
        if key == "shift+tab" or (key == "up" and self.body.at_top):
            self.step(-1)
        elif self.body.take(key, typed):
            self.changed()

    def _in_field(self, key: str, typed: str | None) -> None:
        field = self.fields[self.head.active]
        room = self.head.room(self.head.size.width)
        if key in ("tab", "enter"):
            self.step(1)
        elif key == "shift+tab":
            self.step(-1)
        elif key in ("up", "down"):
            steps = 1 if key == "down" else -1
            if field.step_row(steps, room):
                self.changed()
            else:
                self.step(steps)
        elif field.key(key, typed):
            self.completing.suggest(typed=typed is not None or key in ("backspace", "delete"))
            self.changed()

    def _in_choice(self, key: str, typed: str | None) -> None:
        """The sender, and the files: rows in which something is chosen, not typed."""
        if key in ("tab", "down", "shift+tab", "up"):
            self.step(1 if key in ("tab", "down") else -1)
        elif self.head.active == FROM:
            if key in ("left", "right"):
                self.choosing.turn_identity(1 if key == "right" else -1)
            elif key == "enter" or typed == " ":
                self.choosing.choose_identity()
        elif key in ("left", "right"):
            self.state.file += 1 if key == "right" else -1
            self.show_state()
        elif key in ("delete", "backspace"):
            self.choosing.detach()
        elif key == "enter":
            self.choosing.attach()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self.busy:
            return
        if self.head.active == BODY:
            self.body.paste(event.text)
        elif (field := self.fields.get(self.head.active)) is not None:
            field.paste(event.text)
            self.completing.suggest(typed=isinstance(field, Recipients) and "@" not in field.typed())
        self.changed()

    def _copy(self) -> None:
        if self.head.active == BODY and self.body.copy_selected():
            self.board.say(_("Copied."))
        else:
            self.board.say(
                _("{leave} keeps the draft and leaves; {quit} ends the program.").format(
                    leave=self.board.keys.label("keep-draft"), quit=self.board.keys.label("quit", COMPOSE)
                )
            )

    def show_bcc(self) -> None:
        """The field for blind copies, with the cursor in it."""
        self.state.bcc = True
        self.show_state()
        self.activate(BCC)

    def step(self, steps: int) -> None:
        """To the next part of the screen, or the one before."""
        names = [*self.head.names, BODY]
        place = names.index(self.head.active) + steps
        if 0 <= place < len(names):
            self.activate(names[place])

    def activate(self, name: str) -> None:
        before, self.head.active = self.head.active, name
        if before != name:
            self.completing.close()
            self.body.history.checkpoint()
            self.body.active = name == BODY
            self.body.refresh()
            if before in self.fields:
                self.fields[before].leave()
                self.completing.check(before)
            if name in self.fields:
                self.fields[name].enter()
        self.head.changed()
        self.relayout()
        self._place_cursor()

    def _place_cursor(self) -> None:
        if self.head.active == BODY:
            self.board.cursor_position = self.body.cursor_screen_offset
        else:
            self.head.place_cursor(self.head.size.width)

    def _pressed(self, name: str) -> None:
        """A part of the screen was clicked."""
        if not self.busy and name in (*self.head.names, BODY):
            self.activate(name)

    # --- the text -----------------------------------------------------------------------------------------------

    def fixed(self) -> bool:
        """Whether the message goes as it came, so that nothing can be changed in it; that is said."""
        if self.body.read_only:
            self.board.say(_("What is redirected goes as it came. Forward it to change something."))
        return self.body.read_only

    def rewrap(self) -> None:
        if self.head.active == BODY:
            self.body.rewrap()
            self.changed()

    def delete_quotation(self) -> None:
        if self.body.delete_quotation():
            self.changed()
        else:
            self.board.say(_("There is no quotation from the cursor on."))

    def edit_outside(self) -> None:
        """Write the text in the rep's own editor; it is taken back when that ends."""
        if self.fixed():
            return
        command = self.writing.editor()
        if not command:
            sentence = _("There is no editor here. Name one in $EDITOR, or as editor under [writing].")
            self.board.say(sentence, alarming=True)
            return
        self.saver.finish()
        draft = self.saver.draft
        path = self.writing.editor_file(draft)
        try:
            code = outside.run(self.board, [*command, str(path)], self.start)
        finally:
            # Whatever became of the editor: what is in its file is the rep's.
            self.draft = self.writing.edited(draft)
            self.touched = True
            self.saver.adopt(self.draft)
            self.board.redraw()
        self.body.become(self.draft.text)
        self.activate(BODY)
        self.changed()
        if code:
            self.board.say(_("The editor ended with code {code}; look whether the text is right.").format(code=code))
