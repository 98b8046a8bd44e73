"""Choosing what mail is linked to: the thread, a selection, or one message (LINK-4)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.links import AUTO, CHOSEN, GUESS, LINKED, PEOPLE, LinkChoice
from salesinbox.model.operations import Outcome
from salesinbox.model.records import DEAL
from salesinbox.model.text import clip, safe
from salesinbox.services.records.words import kind_title
from salesinbox.tui import acting
from salesinbox.tui.hand import Deed
from salesinbox.tui.navigation import LINKING
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.wording import subject

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.services.links import LinkService
    from salesinbox.tui.app import Board

_SUBJECT = 40


def linking(board: "Board") -> None:
    """Open the chooser for what is selected, for the card, or for the thread that is read."""
    chosen = acting.ids(board)
    if not chosen:
        return
    message = board.reader.message if board.nav.opened is not None else None
    board.push_screen(Linking(board, chosen, message.id if message is not None else ""))


class Linking(Picker):
    """What the mail is linked to comes first, then the deals of its people; typing finds any record.

    `message` is the one that is read: then a key changes between it alone and its whole thread.
    """

    def __init__(self, board: "Board", ids: Sequence[str], message: str) -> None:
        self.board = board
        self.threads = list(ids)
        self.message = message
        self.alone = False
        """Only the message is linked, not its thread."""
        cards = board.board.some_cards(ids[:1])
        self._subject = clip(subject(cards[0].subject), _SUBJECT) if cards else ""
        super().__init__(
            board, "", self._fitting, chosen=self._take, typing=True,
            prompt=_("a deal, a person, a company or a case"), nothing=_("No record fits."), large=True,
        )  # fmt: skip
        self.list.before = _("Nobody in this mail is on a deal. Type to find any record.")
        self.list.cursor = next((n for n, row in enumerate(self.list.choices) if row.value.how == GUESS), 0)
        self._tell()

    @property
    def ids(self) -> list[str]:
        """What is linked now: threads, or the one message."""
        return [self.message] if self.alone else self.threads

    @property
    def choice(self) -> LinkChoice | None:
        choices = self.list.choices
        return choices[self.list.cursor].value if choices else None

    def _fitting(self, text: str) -> Sequence[Choice]:
        found = self.board.later.links.choices(self.ids[0], text.strip())
        return [
            Choice(
                safe(one.name, 120), _mark(one), f"{kind_title(one.kind)}  {safe(one.detail, 160)}", value=one,
                strong=one.why == LINKED,
            )
            for one in found
        ]  # fmt: skip

    # --- what the frame says ------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """What it is about, and what the keys would do to it."""
        if self.alone:
            self.list.heading = _("Link only this message: {subject}").format(subject=self._subject)
        elif len(self.threads) > 1:
            words = ngettext("Link {n} thread", "Link {n} threads", len(self.threads))
            self.list.heading = words.format(n=number(len(self.threads)))
        else:
            self.list.heading = _("Link the whole thread: {subject}").format(subject=self._subject)
        keys, one = self.board.keys, self.choice
        told: list[tuple[str, str]] = []
        if one is not None:
            told += [("⏎", self._enter(one))] if self._enter(one) else []
            told += [(keys.label("link-remove"), _("unlink"))] if one.why == LINKED else []
        if self.message:
            told.append((keys.label("link-scope"), _("whole thread") if self.alone else _("this message only")))
        told.append(("Esc", _("back")))
        self.list.hint = "  ".join(f"{key} {word}" for key, word in told)
        self.list.changed()

    def _enter(self, one: LinkChoice) -> str:
        """What Enter does with a row, in words; "" for nothing."""
        if one.why != LINKED:
            return _("link, and keep it so")
        if one.how == GUESS and len(self.ids) == 1:
            return _("yes, that one")
        return _("keep it so") if one.how == AUTO or len(self.ids) > 1 else ""

    # --- keys ---------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        found = self.board.keys.find(LINKING, event.key, event.character)
        typed = self.list.typed
        at_end = typed is None or typed.place == len(typed.text)
        # In the middle of what is typed, the key that unlinks is the one that takes out a letter.
        if found is not None and (found.name != "link-remove" or at_end):
            event.stop()
            event.prevent_default()
            self._remove() if found.name == "link-remove" else self._other_scope()
            return
        await super().on_key(event)

    def _typed(self) -> None:
        super()._typed()
        self._tell()

    def _move(self, steps: int) -> None:
        super()._move(steps)
        self._tell()

    def _other_scope(self) -> None:
        if self.message:
            self.alone = not self.alone
            self.find()
            self._tell()

    # --- what is done -------------------------------------------------------------------------------------------

    def _take(self, one: LinkChoice) -> None:
        ids = self.ids
        if one.why != LINKED or one.how == AUTO or len(ids) > 1:
            self._do(lambda links: links.link(ids, one.record))
        elif one.how == GUESS:
            self._do(lambda links: links.confirm(ids))
        else:
            self.board.say(_("It is linked to {record} already.").format(record=safe(one.name, 80)))

    def _remove(self) -> None:
        one = self.choice
        if one is not None and one.why == LINKED:
            ids, record = self.ids, "" if one.kind == DEAL else one.record
            self.dismiss(None)
            self._do(lambda links: links.unlink(ids, record))

    def _do(self, doing: "Callable[[LinkService], Outcome]") -> None:
        from salesinbox.services.links import LinkService  # noqa: PLC0415 - needed when something is linked

        def deed(actions: "ActionService") -> Outcome:
            return doing(LinkService(actions.writer))

        act: Deed = deed
        self.board.hand.do(act, lambda outcome: acting.after(self.board, outcome), threads=len(self.threads))


def _mark(one: LinkChoice) -> str:
    if one.why == LINKED:
        return {GUESS: _("? a guess"), CHOSEN: _("● chosen")}.get(one.how, _("linked"))
    return _("of these people") if one.why == PEOPLE else ""
