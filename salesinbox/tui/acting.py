"""What commands do to mail: to the cards that are selected, else to the one under the cursor or being read (ACT)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _, ngettext
from salesinbox.model import operations as verbs
from salesinbox.model.operations import Outcome
from salesinbox.tui.hand import Deed

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.tui.app import Board

_LOOKED_AT = 50
"""Of a large selection, so many cards say which way a toggle goes."""


def ids(board: "Board") -> list[str]:
    """The threads that an action is about."""
    if board.nav.marked and board.nav.opened is None:
        return list(board.nav.marked)
    card = board.nav.current
    return [] if card is None else [card.id]


def has_card(board: "Board") -> bool:
    return bool(ids(board))


def _do(board: "Board", deed: Deed, *, leaves: bool = False) -> None:
    """Do it, say it, and go on. `leaves`: what was done takes cards out of sight, so the next one is at hand."""

    def then(outcome: Outcome) -> None:
        after(board, outcome, leaves=leaves)

    board.hand.do(deed, then)


def after(board: "Board", outcome: Outcome, *, leaves: bool = False) -> None:
    """An action is done: show it, tell the servers, say it."""
    read = board.nav.opened
    board.nav.unmark(outcome.done)
    board.acted()
    if outcome.refused:
        _id, error = outcome.refused[0]
        more = len(outcome.refused) - 1
        rest = " " + ngettext("(and {n} more)", "(and {n} more)", more).format(n=more) if more else ""
        board.say(error + rest, alarming=True)
    elif outcome.text:
        key = board.keys.label("undo")
        board.say(outcome.text + (f"   {key} {_('Undo')}" if key else ""))
    if leaves and outcome.done and read is not None and read.id in outcome.done:
        _next(board, read.id)


def _next(board: "Board", id: str) -> None:
    """The thread that was read has been dealt with: on to the next one, or back to the board."""
    card = board.nav.card
    if board.settings.display.after == "next" and card is not None and card.id != id:
        board.nav.read(card)
        board.nav.follow()
    else:
        board.nav.close_reader()


# --- where mail lies ------------------------------------------------------------------------------------------------


def archive(board: "Board") -> None:
    chosen = ids(board)
    _do(board, lambda actions: actions.archive(chosen), leaves=True)


def trash(board: "Board") -> None:
    chosen = ids(board)
    if board.nav.view == "trash":
        delete(board)
        return
    _do(board, lambda actions: actions.trash(chosen), leaves=True)


def spam(board: "Board") -> None:
    chosen, is_spam = ids(board), board.nav.view != "spam"
    _do(board, lambda actions: actions.spam(chosen, spam=is_spam), leaves=True)


def delete(board: "Board") -> None:
    """For good; asked for once more, because nobody brings it back from the server."""
    from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

    chosen = ids(board)
    heading = ngettext("Delete {n} thread for good?", "Delete {n} threads for good?", len(chosen)).format(n=len(chosen))
    choices = [
        Choice(_("No, keep it"), value=False),
        Choice(_("Yes, delete it on the server, too"), value=True),
    ]

    def decided(yes: bool) -> None:
        if yes:
            _do(board, lambda actions: actions.delete(chosen), leaves=True)

    board.push_screen(Picker(board, heading, choices, chosen=decided))


def move(board: "Board") -> None:
    _ask_folder(board, copy=False)


def copy(board: "Board") -> None:
    _ask_folder(board, copy=True)


def _ask_folder(board: "Board", *, copy: bool) -> None:
    from salesinbox.tui.screens.folders import folders  # noqa: PLC0415 - loaded when it is first opened

    chosen = ids(board)
    here = board.nav.view.removeprefix("folder ") if board.nav.view.startswith("folder ") else ""
    seen_in = f"f{here}" if here else ""

    def go(folder: str) -> None:
        _do(board, lambda actions: actions.move(chosen, folder, seen_in=seen_in, copy=copy), leaves=not copy)

    board.push_screen(folders(board, go, copy=copy, here=seen_in))


# --- marks ----------------------------------------------------------------------------------------------------------


def toggle_read(board: "Board") -> None:
    """Read if anything of it is unread, else unread."""
    chosen = ids(board)
    mark = verbs.READ if _any(board, chosen, "unread") else verbs.UNREAD
    _do(board, lambda actions: actions.mark(chosen, mark))


def toggle_flag(board: "Board") -> None:
    chosen = ids(board)
    flagged = all(card.flagged for card in board.board.some_cards(chosen[:_LOOKED_AT]))
    _do(board, lambda actions: actions.mark(chosen, verbs.UNFLAGGED if flagged else verbs.FLAGGED))


def _any(board: "Board", chosen: Sequence[str], what: str) -> bool:
    return any(getattr(card, what) for card in board.board.some_cards(chosen[:_LOOKED_AT]))


def label(board: "Board") -> None:
    from salesinbox.tui.screens.labels import labels  # noqa: PLC0415 - loaded when it is first opened

    chosen = ids(board)

    def put(name: str, *, on: bool) -> None:
        if on:
            _do(board, lambda actions: actions.label(chosen, add=[name]))
        else:
            _do(board, lambda actions: actions.label(chosen, remove=[name]))

    board.push_screen(labels(board, chosen, put))


# --- sleep ----------------------------------------------------------------------------------------------------------


def snooze(board: "Board") -> None:
    from salesinbox.tui.screens.snoozing import times  # noqa: PLC0415 - loaded when it is first opened

    chosen = ids(board)
    card = board.nav.current

    def until(moment: int, note: str, *, if_no_reply: bool) -> None:
        _do(board, lambda actions: actions.snooze(chosen, moment, note=note, if_no_reply=if_no_reply), leaves=True)

    def back() -> None:
        _do(board, lambda actions: actions.unsnooze(chosen), leaves=board.nav.view == "snoozed")

    asleep = card is not None and card.snoozed_until > 0
    board.push_screen(times(board, until, back if asleep else None))


def mute(board: "Board") -> None:
    chosen = ids(board)
    on = not board.later.actions.is_muted(chosen[0])
    _do(board, lambda actions: actions.mute(chosen, on=on), leaves=on)


# --- back -----------------------------------------------------------------------------------------------------------


def undo(board: "Board") -> None:
    """Take back the last action, and put the cursor on what came back."""

    def then(outcome: Outcome) -> None:
        board.acted()
        error = outcome.refused[0][1] if outcome.refused else ""
        board.say(f"{outcome.text}. {error}" if error else outcome.text, alarming=bool(error))
        if outcome.done and board.nav.opened is None:
            board.nav.go_to(outcome.done[0])

    board.hand.do(lambda actions: actions.undo(), then)


# --- selecting ------------------------------------------------------------------------------------------------------


def select(board: "Board") -> None:
    """Select the card, or no longer, and go on to the next."""
    card = board.nav.card
    if card is not None:
        board.nav.toggle_mark(card)
        board.nav.move(1)


def select_range(board: "Board") -> None:
    """From the card that was selected last to this one."""
    board.nav.mark_range()


def select_all(board: "Board") -> None:
    """All of this column in this view, also those that are not on the screen; once more: none."""
    window = board.nav.column.window
    found = board.board.ids(window.view, window.column)
    board.nav.mark_all(found)
    number = len(board.nav.marked)
    board.say(ngettext("{n} card selected", "{n} cards selected", number).format(n=number) if number else "")


def refusals(board: "Board") -> None:
    """Say what servers refused (ACT-4), once."""
    if not board.board.untold():
        return
    found = board.later.actions.refusals()
    if not found:
        return
    more = len(found) - 1
    rest = " " + ngettext("(and {n} more)", "(and {n} more)", more).format(n=more) if more else ""
    board.say(found[0].text + rest, alarming=True, lasting=True)

    def told(actions: "ActionService") -> Outcome:
        actions.told()
        return Outcome(())

    board.hand.do(told, lambda _outcome: None)
