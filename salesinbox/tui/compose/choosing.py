"""What is chosen for a message besides what is typed: its sender, its files, its form, its time (SEND-3, SEND-9)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.identities import Identity
from salesinbox.model.text import safe
from salesinbox.tui.compose.timing import response_check, send_later
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.compose.screen import ComposeScreen


class Choosing:
    def __init__(self, page: "ComposeScreen") -> None:
        self.page = page

    # --- sender -------------------------------------------------------------------------------------------------

    def identity(self) -> int:
        """Which of the identities the draft is from; -1: none of them."""
        for n, identity in enumerate(self.page.identities):
            other = self.page.writing.with_identity(self.page.draft, identity)
            if (other.account, other.sender) == (self.page.draft.account, self.page.draft.sender):
                return n
        return -1

    def choose_identity(self) -> None:
        choices = [
            Choice(named(identity), identity.account, value=identity)
            for identity in self.page.identities
        ]  # fmt: skip
        start = max(self.identity(), 0)
        self.page.board.push_screen(Picker(self.page.board, _("From"), choices, chosen=self._use_identity, start=start))

    def turn_identity(self, steps: int) -> None:
        if len(self.page.identities) > 1:
            self._use_identity(self.page.identities[(self.identity() + steps) % len(self.page.identities)])

    def _use_identity(self, identity: Identity) -> None:
        draft = self.page.writing.with_identity(self.page.draft, identity)
        if not self.page.body.read_only:
            self.page.body.become(draft.text)
            draft = replace(draft, text=self.page.body.text)
        self.page.note(draft)
        self.page.show_state()

    # --- files --------------------------------------------------------------------------------------------------

    def attach(self) -> None:
        from salesinbox.tui.compose.attaching import Attaching  # noqa: PLC0415 - loaded when it is first opened

        if self.page.fixed():
            return
        self.page.board.push_screen(Attaching(self.page.board, self._attach_files))

    def _attach_files(self, paths: Sequence[Path]) -> None:
        self.page.touched = True
        for path in paths:
            self.page.saver.do(partial(self._attached, path), self._errors)
        self.page.board.say(_("Attaching…"), lasting=True)

    def _attached(self, path: Path, draft: Draft) -> Draft:
        return self.page.writing.attach(draft, path)

    def _errors(self, result: Any) -> None:
        """Work with files is done, or it is said why not."""
        if isinstance(result, SalesInboxError):
            self.page.board.say(str(result), alarming=True)
        elif not self.page.board.footer.alarming:
            self.page.board.hush()

    def attach_message(self) -> None:
        """One of the messages of the thread that the board is at, as a file of its own."""
        from salesinbox.tui.compose.attached_mail import messages  # noqa: PLC0415 - loaded when it is first opened

        if self.page.fixed():
            return
        self.page.touched = True
        self.page.board.push_screen(messages(self.page.board, self.page.saver, self._errors))

    def attach_record_file(self) -> None:
        """A file of the records at hand; a draft for no record is for the deal of the file then (LINK-5)."""
        from salesinbox.tui.compose.for_record import files  # noqa: PLC0415 - loaded when it is first opened

        if self.page.fixed():
            return

        def over(result: Any) -> None:
            self._errors(result)
            if isinstance(result, Draft) and result.record != self.page.draft.record:
                self.page.note(replace(self.page.draft, record=result.record))
                self.page.show_state()

        def chosen(file_id: str) -> None:
            self.page.touched = True
            self.page.saver.do(lambda draft: self.page.writing.attach_record_file(draft, file_id), over)

        self.page.board.push_screen(files(self.page.board, self.page.writing, self.page.draft, chosen))

    def detach(self) -> None:
        if self.page.draft.files:
            file = self.page.draft.files[self.page.state.file]
            self.page.saver.do(lambda draft: self.page.writing.detach(draft, file.id), self._errors)
            self.page.touched = True

    # --- the record ---------------------------------------------------------------------------------------------

    def choose_record(self) -> None:
        """What the message is for; it is linked to that once it is sent (LINK-5)."""
        from salesinbox.tui.compose.for_record import records  # noqa: PLC0415 - loaded when it is first opened

        if self.page.fixed():
            return

        def chosen(record: str) -> None:
            self.page.note(replace(self.page.draft, record=record))
            self.page.show_state()

        self.page.board.push_screen(records(self.page.board, self.page.writing, self.page.draft, chosen))

    # --- form and time ------------------------------------------------------------------------------------------

    def toggle_markdown(self) -> None:
        if self.page.fixed():
            return
        self.page.note(replace(self.page.draft, markdown=not self.page.draft.markdown))
        self.page.show_state()

    def ask_response(self) -> None:
        def chosen(days: int) -> None:
            self.page.note(replace(self.page.draft, response_days=days))
            self.page.show_state()

        self.page.board.push_screen(response_check(self.page.board, self.page.draft.response_days, chosen))

    def ask_time(self) -> None:
        def chosen(at: int) -> None:
            self.page.at = at
            self.page.show_state()
            if at:
                self.page.board.call_next(self.page.board.attempt, self.page.ending.send)

        self.page.board.push_screen(send_later(self.page.board, self.page.at, chosen))


def named(identity: Identity) -> str:
    """An identity as it stands above a message, harmless to draw."""
    return safe(f"{identity.name} <{identity.address}>" if identity.name else identity.address, 300)
