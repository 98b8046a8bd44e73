"""Changes of records by the rep's hand: done at once or in a thread, told, and taken back by undo."""

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import BusyError, NotFoundError
from salesinbox.model.operations import Outcome
from salesinbox.model.text import clip
from salesinbox.tui import acting
from salesinbox.tui.hand import MANY
from salesinbox.tui.records import words as said

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.services.records.changes import RecordChanges
    from salesinbox.tui.app import Board

_NAMED = 3
"""Of a selection, so many names are told."""


def change(
    board: "Board",
    deed: "Callable[[RecordChanges], Outcome]",
    then: Callable[[Outcome], None] | None = None,
    *,
    records: int = 1,
    words: str = "",
) -> None:
    """Change records; what came of it is told. `then` gets it first, on the interface's thread.

    Many `records`, and what has `words`, are changed in a thread, while the words stand in the last line.

    Raises:
        UsageError: What was typed cannot be taken; only where the change needs not wait for the database.
    """

    def done(actions: "ActionService") -> Outcome:
        from salesinbox.services.records.changes import RecordChanges  # noqa: PLC0415 - the board changes no records

        return deed(RecordChanges(actions.writer))

    def over(outcome: Outcome) -> None:
        if then is not None:
            then(outcome)
        acting.after(board, outcome)

    if records > MANY and not words:
        words = ngettext("Working on {n} record…", "Working on {n} records…", records).format(n=number(records))
    board.hand.do(done, over, words=words)


def keep_pipelines(board: "Board") -> None:
    """Pipelines and stages are those of the settings before they are shown (REC-6)."""
    with contextlib.suppress(BusyError):  # then they are what they were, and are looked at again the next time
        board.later.record_changes.pipelines()


def remove(board: "Board", ids: Sequence[str], then: Callable[[], None] | None = None) -> None:
    """Delete records after a question that names them."""
    from salesinbox.tui.screens.confirm import Confirm  # noqa: PLC0415 - loaded when it is first asked

    if not ids:
        return

    def agreed() -> None:
        change(board, lambda changes: changes.remove(ids), lambda _outcome: then() if then else None, records=len(ids))

    heading = ngettext("Delete {n} record?", "Delete {n} records?", len(ids)).format(n=number(len(ids)))
    text = _("{what}\nTheir mail stays. Undo brings them back.").format(what=named(board, ids))
    board.push_screen(Confirm(board, heading, text, doing=_("delete"), agreed=agreed))


def named(board: "Board", ids: Sequence[str]) -> str:
    """The first few records by name, a line for each."""
    lines = []
    for id in ids[:_NAMED]:  # noqa: A001 - as everywhere in the services
        try:
            lines.append(said.quoted(clip(said.name_of(board.records.show(id)), 50)))
        except NotFoundError:
            continue
    more = len(ids) - _NAMED
    return "\n".join([*lines, *([_("and {n} more").format(n=number(more))] if more > 0 else [])])
