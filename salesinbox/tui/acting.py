"""What commands do to mail: to the cards that are selected, else to the one under the cursor or being read (ACT)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import operations as verbs
from salesinbox.model.board import Card
from salesinbox.model.mail import SPAM, TRASH
from salesinbox.model.operations import Outcome
from salesinbox.model.text import clip, safe
from salesinbox.tui.hand import Deed
from salesinbox.tui.wording import subject

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.tui.app import Board

_KEPT = 100
"""Refusals that can be read again."""
_NAMED = 3
"""Of a selection, so many subjects are named."""
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


def _do(board: "Board", deed: Deed, *, threads: int, leaves: bool = False) -> None:
    """Do it, say it, and go on. `leaves`: it puts cards away, so the next one is at hand and nothing stays selected."""
    read = board.nav.opened

    def then(outcome: Outcome) -> None:
        after(board, outcome, read if leaves else None)
        if leaves:
            board.nav.unmark(outcome.done)

    board.hand.do(deed, then, threads=threads)


def after(board: "Board", outcome: Outcome, put_away: Card | None = None) -> None:
    """An action is done: show it, tell the servers, say it. `put_away`: the thread that was being read then."""
    board.acted()
    if outcome.refused:
        _id, error = outcome.refused[0]
        more = len(outcome.refused) - 1
        rest = " " + ngettext("(and {n} more)", "(and {n} more)", more).format(n=more) if more else ""
        board.say(error + rest, alarming=True)
    elif outcome.text:
        key = board.keys.label("undo")
        board.say(outcome.text + (f"   {key} {_('Undo')}" if key else ""))
    still_read = put_away is not None and board.nav.opened is not None and board.nav.opened.id == put_away.id
    if put_away is not None and still_read and put_away.id in outcome.done:
        # Dealt with: on to the next one of its column, or back to the board.
        nav = board.nav
        if board.settings.display.after != "next" or not (nav.read_beside(1) or nav.read_beside(-1)):
            nav.close_reader()


# --- where mail lies ------------------------------------------------------------------------------------------------


def archive(board: "Board") -> None:
    chosen = ids(board)
    _do(board, lambda actions: actions.archive(chosen), threads=len(chosen), leaves=True)


def trash(board: "Board") -> None:
    chosen = ids(board)
    if _shows(board, TRASH):
        delete(board)
        return
    _do(board, lambda actions: actions.trash(chosen), threads=len(chosen), leaves=True)


def spam(board: "Board") -> None:
    chosen, is_spam = ids(board), not _shows(board, SPAM)
    _do(board, lambda actions: actions.spam(chosen, spam=is_spam), threads=len(chosen), leaves=True)


def _shows(board: "Board", role: str) -> bool:
    """Whether the columns show the folders of a role, as a view or as the one folder itself."""
    if not board.nav.view.startswith("folder "):
        return board.nav.view == role
    here = "f" + board.nav.view.removeprefix("folder ")
    return any(folder.id == here and folder.role == role for folder in board.later.actions.folders())


def delete(board: "Board") -> None:
    """For good; asked for once more, because nobody brings it back from the server."""
    from salesinbox.tui.screens.confirm import Confirm  # noqa: PLC0415 - loaded when it is first opened

    chosen = ids(board)
    heading = ngettext("Delete {n} thread for good?", "Delete {n} threads for good?", len(chosen))
    text = ngettext(
        "{what}\nIt is deleted on the server, too: all its messages, or only those in trash and spam if there are any.",
        "{what}\nThey are deleted on the server, too: all messages of each, or only those in trash and spam if there"
        " are any.",
        len(chosen),
    )

    def agreed() -> None:
        _do(board, lambda actions: actions.delete(chosen), threads=len(chosen), leaves=True)

    board.push_screen(
        Confirm(
            board,
            heading.format(n=number(len(chosen))),
            text.format(what=_named(board, chosen)),
            doing=_("delete for good"),
            agreed=agreed,
        )
    )


def _named(board: "Board", chosen: Sequence[str]) -> str:
    """The threads by their subjects, as many as are read at a glance."""
    cards = board.board.some_cards(chosen[:_NAMED])
    names = [f"“{clip(subject(card.subject), 50)}”" for card in cards]
    more = len(chosen) - len(names)
    return "\n".join([*names, *([_("and {n} more").format(n=number(more))] if more > 0 else [])])


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
        _do(
            board,
            lambda actions: actions.move(chosen, folder, seen_in=seen_in, copy=copy),
            threads=len(chosen),
            leaves=not copy,
        )

    board.push_screen(folders(board, go, copy=copy, here=seen_in))


# --- marks ----------------------------------------------------------------------------------------------------------


def toggle_read(board: "Board") -> None:
    """Read if anything of it is unread, else unread."""
    chosen = ids(board)
    mark = verbs.READ if _any(board, chosen, "unread") else verbs.UNREAD
    _do(board, lambda actions: actions.mark(chosen, mark), threads=len(chosen))


def toggle_flag(board: "Board") -> None:
    chosen = ids(board)
    flagged = all(card.flagged for card in board.board.some_cards(chosen[:_LOOKED_AT]))
    mark = verbs.UNFLAGGED if flagged else verbs.FLAGGED
    _do(board, lambda actions: actions.mark(chosen, mark), threads=len(chosen))


def _any(board: "Board", chosen: Sequence[str], what: str) -> bool:
    return any(getattr(card, what) for card in board.board.some_cards(chosen[:_LOOKED_AT]))


def label(board: "Board") -> None:
    from salesinbox.tui.screens.labels import labels  # noqa: PLC0415 - loaded when it is first opened

    chosen = ids(board)

    def put(name: str, *, on: bool) -> None:
        if on:
            _do(board, lambda actions: actions.label(chosen, add=[name]), threads=len(chosen))
        else:
            _do(board, lambda actions: actions.label(chosen, remove=[name]), threads=len(chosen))

    board.push_screen(labels(board, chosen, put))


# --- sleep ----------------------------------------------------------------------------------------------------------


def snooze(board: "Board") -> None:
    from salesinbox.tui.screens.snoozing import times  # noqa: PLC0415 - loaded when it is first opened

    chosen = ids(board)
    card = board.nav.current

    def until(moment: int, note: str, *, if_no_reply: bool) -> None:
        _do(
            board,
            lambda actions: actions.snooze(chosen, moment, note=note, if_no_reply=if_no_reply),
            threads=len(chosen),
            leaves=True,
        )

    def back() -> None:
        leaves = board.nav.view == "snoozed"
        _do(board, lambda actions: actions.unsnooze(chosen), threads=len(chosen), leaves=leaves)

    asleep = card is not None and card.snoozed_until > 0
    board.push_screen(times(board, until, back if asleep else None))


def mute(board: "Board") -> None:
    chosen = ids(board)
    on = not board.later.actions.is_muted(chosen[0])
    _do(board, lambda actions: actions.mute(chosen, on=on), threads=len(chosen), leaves=on)


# --- back -----------------------------------------------------------------------------------------------------------


def undo(board: "Board") -> None:
    """Take back the last action, and put the cursor on what came back."""

    def then(outcome: Outcome) -> None:
        board.acted()
        error = outcome.refused[0][1] if outcome.refused else ""
        board.say(f"{outcome.text}. {error}" if error else outcome.text, alarming=bool(error))
        if outcome.draft:
            from salesinbox.tui.writing import open_draft  # noqa: PLC0415 - loaded when something is written

            open_draft(board, board.later.writing.kept(outcome.draft))
            return
        if outcome.done and board.nav.opened is None:
            here = board.nav.focused
            cards = board.board.some_cards(outcome.done[-_LOOKED_AT:])
            if cards:
                board.nav.go_to(max(cards, key=lambda card: (card.column == here, card.date, card.row)).id)

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
    marked, all_of_it = len(board.nav.marked), board.nav.column.head.threads
    if marked and len(found) < all_of_it:
        text = _("The newest {n} of {all} cards are selected; that many are the most at once.")
        board.say(text.format(n=number(len(found)), all=number(all_of_it)))
    elif marked:
        board.say(ngettext("{n} card selected", "{n} cards selected", marked).format(n=number(marked)))


# --- refusals -------------------------------------------------------------------------------------------------------


def refusals(board: "Board") -> None:
    """Say what servers refused (ACT-4), once; `show_refusals` says it again."""
    if not board.board.untold():
        return
    found = board.later.actions.refusals()
    if not found:
        return
    new = [refusal for refusal in found if refusal not in board.refused]
    if not new:  # said, but the note that it was is still on its way
        return
    board.refused = [*board.refused, *new][-_KEPT:]
    more = len(new) - 1
    rest = " " + ngettext("(and {n} more)", "(and {n} more)", more).format(n=more) if more else ""
    key, outbox = board.keys.label("refusals"), board.keys.label("outbox")
    # The way to the question comes first: the end of a long sentence is cut off on a narrow screen.
    way = f"{outbox} {_('Outbox')}: " if outbox and any(refusal.mail for refusal in new) else ""
    on = f"   {key} {_('Refusals')}" if more and key else ""
    board.say(way + new[0].text + rest + on, alarming=True, lasting=True)

    def told(actions: "ActionService") -> Outcome:
        actions.told()
        return Outcome(())

    board.hand.do(told, lambda _outcome: None, quiet=True)


def has_refusals(board: "Board") -> bool:
    return bool(board.refused)


def show_refusals(board: "Board") -> None:
    """What was refused since the program was started, newest first, whole."""
    from salesinbox.tui.screens.sheet import Sheet  # noqa: PLC0415 - loaded when it is first opened
    from salesinbox.tui.wrapping import wrap  # noqa: PLC0415 - the same

    def text(cells: int) -> list[list[tuple[str, Style]]]:
        lines: list[list[tuple[str, Style]]] = []
        for refusal in reversed(board.refused):
            words = wrap(safe(refusal.text, 600), max(cells - 2, 10))
            lines += [[("! " if n == 0 else "  ", board.look["warning"]), (line, board.look["text"])]
                      for n, line in enumerate(words)]  # fmt: skip
        return lines

    board.push_screen(Sheet(board, _("What servers refused"), text))
