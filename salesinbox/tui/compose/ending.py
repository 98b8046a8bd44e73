"""How writing ends: the message is sent, kept or thrown away (SEND-4, SEND-5, SEND-7)."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _
from salesinbox.model import reviews
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.outbox import Queued
from salesinbox.tui.compose.head import BCC, BODY, CC, FILES, FROM, SUBJECT, TO
from salesinbox.tui.compose.reviewing import Reviewing

if TYPE_CHECKING:
    from salesinbox.tui.compose.screen import ComposeScreen


class Ending:
    def __init__(self, page: "ComposeScreen") -> None:
        self.page = page

    def send(self) -> None:
        """Show it once more, then send it (SEND-7)."""
        if self.page.head.active in self.page.fields:
            self.page.completing.check(self.page.head.active)
            self.page.head.changed()
        draft = self.page.draft
        review = self.page.writing.review(draft)
        self.page.board.push_screen(
            Reviewing(self.page.board, draft, review, self.page.at, agreed=self._send, mend=self._mend)
        )  # fmt: skip

    def _mend(self, kind: str) -> None:
        """Back to where the thing is that stops it."""
        if kind == reviews.NO_SENDER:
            self.page.activate(FROM)
        elif kind == reviews.TOO_LARGE and FILES in self.page.head.names:
            self.page.activate(FILES)
        elif kind in (reviews.BAD_ADDRESS, reviews.NO_RECIPIENT):
            for name in (TO, CC, BCC):
                self.page.completing.check(name)
            wrong = [name for name in (TO, CC, BCC) if getattr(self.page.fields[name], "bad", None)]
            self.page.activate(wrong[0] if wrong and wrong[0] in self.page.head.names else TO)
        elif kind == reviews.NO_SUBJECT and SUBJECT in self.page.head.names:
            self.page.activate(SUBJECT)
        else:
            self.page.activate(BODY)

    def _send(self) -> None:
        self.page.busy = True
        at = self.page.at

        def over(result: Any) -> None:
            self.page.busy = False
            if isinstance(result, Queued):
                self._leave(result.text + self._undo())
            else:
                self.page.board.say(str(result), alarming=True)

        self.page.saver.do(lambda draft: self.page.writing.send(draft, at), over)

    def keep(self) -> None:
        """Leave; what is there is kept, unless nothing was done (SEND-4)."""
        if self._nothing():
            self._drop()
            return
        if not self.page.touched:
            self._leave("")
            return
        self.page.leaving = True

        def over(result: Any) -> None:
            if not isinstance(result, SalesInboxError) and self.page.leaving:
                self._leave(_("The draft is kept; it lies in the view “{view}”.").format(view=_("Drafts")))

        self.page.saver.do(lambda _draft: None, over)

    def discard(self) -> None:
        """Put the draft away; undo brings it back."""
        if self._nothing():
            self._drop()
            return
        self.page.busy = True
        self.page.saver.note(self.page.draft)  # so that there is something to bring back

        def over(result: Any) -> None:
            self.page.busy = False
            if isinstance(result, SalesInboxError):
                self.page.board.say(str(result), alarming=True)
                return
            self._leave(result + self._undo())

        self.page.saver.do(lambda draft: self.page.writing.discard(draft.id), over)

    def _nothing(self) -> bool:
        """Nothing was done with a draft that was begun just now, or all of it was taken back again."""
        if not self.page.fresh:
            return False
        draft = replace(self.page.draft, id="", changed=0, files=self.page.first.files)
        untouched = draft == replace(self.page.first, id="", changed=0) and not self.page.at
        return untouched and len(self.page.draft.files) <= len(self.page.first.files)

    def _drop(self) -> None:
        """No draft stays behind."""
        if not self.page.draft.id and not self.page.touched:
            self._leave("")
            return
        self.page.busy = True

        def drop(draft: Draft) -> str:
            return self.page.writing.discard(draft.id, untouched=True) if draft.id else ""

        def over(_result: Any) -> None:
            self.page.busy = False
            self._leave("")

        self.page.saver.do(drop, over)

    def _undo(self) -> str:
        key = self.page.board.keys.label("undo")
        return f"   {key} {_('Undo')}" if key else ""

    def _leave(self, sentence: str) -> None:
        self.page.saver.close()
        if self.page.is_attached:
            self.page.dismiss(None)
        self.page.board.acted()
        if sentence:
            self.page.board.say(sentence)
