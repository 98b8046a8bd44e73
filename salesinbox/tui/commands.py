"""The one registry of commands: keys, footer, palette, help screen and documentation follow from it (UI-1).

A command works in modes: `board` (the columns have the cursor), `rail`, `read` (a thread is open), `list` (a list or
a text lies over the board; links, files, the source, the outbox, the menu of a customer, links to records, the agenda
and filters have keys of their own besides), `compose` (a message is being written), `records`, `record`, `pipeline`,
`form`, `merge` and `import` (the screens of records). The same key may stand for two commands only where they share no
mode.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.tui import acting, actions, reading, writing
from salesinbox.tui.customers import actions as customers
from salesinbox.tui.navigation import (
    AGENDA,
    ARRANGING,
    BOARD,
    COMPOSE,
    FILES,
    FORM,
    IMPORT,
    LINKING,
    LINKS,
    LIST,
    MENU,
    MERGE,
    OUTBOX,
    PIPELINE,
    RAIL,
    READ,
    RECORD,
    RECORDS,
    SOURCE,
)
from salesinbox.tui.records import actions as records

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_EVERYWHERE = (BOARD, RAIL, READ)
_RECORD_LISTS = (RECORDS, RECORD, PIPELINE)
_OF_RECORDS = (*_RECORD_LISTS, MERGE, FORM, IMPORT)
_TYPED = frozenset({COMPOSE, FORM})
"""Modes in which plain characters are text."""

_NAMED_KEYS = {
    "pgdn": "pagedown", "pgup": "pageup", "esc": "escape", "return": "enter", "del": "delete", "ins": "insert",
}  # fmt: skip
_KEY_NAMES = frozenset({
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace", "enter",
    "escape", "tab", "space", *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
_SHOWN = {
    "down": "↓", "up": "↑", "left": "←", "right": "→", "enter": "⏎", "escape": "Esc", "pagedown": "PgDn",
    "pageup": "PgUp", "delete": "Del", "space": "Space", "tab": "Tab", "home": "Home", "end": "End",
    "shift+tab": "S-Tab",
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    """`title` is short, for footer and palette; `help` a sentence. Both are English; `_` is asked when shown."""

    name: str
    keys: tuple[str, ...]
    title: str
    help: str
    modes: tuple[str, ...]
    action: "Callable[[Board], None]"
    group: str
    footer: int = 0
    """Its rank in the footer, 1 first; 0: not there."""
    when: "Callable[[Board], bool]" = lambda _board: True
    named: "Callable[[Board], bool]" = lambda _board: True
    """Whether the footer names it now; its key works in any case."""


def mark(text: str) -> str:
    """A text that is translated where it is shown."""
    return text


def _has_card(board: "Board") -> bool:
    return board.nav.current is not None


def _has_something(board: "Board") -> bool:
    return board.nav.mode != BOARD or board.nav.card is not None


_MOVING, _READING, _ACTING, _WRITING, _COMPOSING, _SELECTING, _FINDING, _BOARD, _PROGRAM = (
    mark("Moving"), mark("Reading"), mark("Acting"), mark("Writing"), mark("While writing"), mark("Selecting"),
    mark("Finding and choosing"), mark("The board"), mark("The program"),
)  # fmt: skip
_OUTBOX = mark("The outbox")
_RECORDS = mark("Records")
_CUSTOMERS = mark("Customers")

COMMANDS: tuple[Command, ...] = (
    Command("move-down", ("j", "down"), mark("Down"), mark("Move down by one card or line."),
            (*_EVERYWHERE, LIST), actions.move_down, _MOVING),
    Command("move-up", ("k", "up"), mark("Up"), mark("Move up by one card or line."),
            (*_EVERYWHERE, LIST), actions.move_up, _MOVING),
    Command("column-left", ("h", "left", "shift+tab"), mark("Column to the left"),
            mark("Go to the column on the left."), (BOARD, RAIL), actions.column_left, _MOVING),
    Command("column-right", ("l", "right", "tab"), mark("Column to the right"),
            mark("Go to the column on the right."), (BOARD, RAIL), actions.column_right, _MOVING),
    Command("column-1", ("1",), mark("First column"), mark("Go to the first column."), (BOARD, RAIL),
            actions.column_1, _MOVING),
    Command("column-2", ("2",), mark("Second column"), mark("Go to the second column."), (BOARD, RAIL),
            actions.column_2, _MOVING),
    Command("column-3", ("3",), mark("Third column"), mark("Go to the third column."), (BOARD, RAIL),
            actions.column_3, _MOVING),
    Command("column-4", ("4",), mark("Fourth column"), mark("Go to the fourth column."), (BOARD, RAIL),
            actions.column_4, _MOVING),
    Command("column-5", ("5",), mark("Fifth column"), mark("Go to the fifth column."), (BOARD, RAIL),
            customers.column(4), _MOVING),
    Command("column-6", ("6",), mark("Sixth column"), mark("Go to the sixth column."), (BOARD, RAIL),
            customers.column(5), _MOVING),
    Command("column-7", ("7",), mark("Seventh column"), mark("Go to the seventh column."), (BOARD, RAIL),
            customers.column(6), _MOVING),
    Command("column-8", ("8",), mark("Eighth column"), mark("Go to the eighth column."), (BOARD, RAIL),
            customers.column(7), _MOVING),
    Command("column-9", ("9",), mark("Ninth column"), mark("Go to the ninth column."), (BOARD, RAIL),
            customers.column(8), _MOVING),
    Command("first", ("g", "home"), mark("To the top"), mark("Go to the first card, or the top of the text."),
            (*_EVERYWHERE, LIST), actions.first, _MOVING),
    Command("last", ("G", "end"), mark("To the end"), mark("Go to the last card, or the end of the text."),
            (*_EVERYWHERE, LIST), actions.last, _MOVING),
    Command("half-page-down", ("ctrl+d",), mark("Half a page down"), mark("Move down by half a page."),
            (*_EVERYWHERE, LIST), actions.half_page_down, _MOVING),
    Command("half-page-up", ("ctrl+u",), mark("Half a page up"), mark("Move up by half a page."),
            (*_EVERYWHERE, LIST), actions.half_page_up, _MOVING),
    Command("page-down", ("space", "pagedown"), mark("Page down"), mark("Move down by a page."),
            (*_EVERYWHERE, LIST), actions.page_down, _MOVING),
    Command("page-up", ("b", "pageup"), mark("Page up"), mark("Move up by a page."),
            (*_EVERYWHERE, LIST), actions.page_up, _MOVING),
    Command("open", ("enter",), mark("Open"), mark("Open the thread; in a list, take what is chosen."),
            (BOARD, RAIL, LIST), writing.open_card, _READING, 2, _has_something),
    Command("back", ("q", "escape"), mark("Back"), mark("Go back to where you were; on the board, to the inbox."),
            (*_EVERYWHERE, LIST), actions.back, _READING, 1, lambda board: board.nav.can_go_back),
    Command("next-message", ("n",), mark("Next message"), mark("Go to the next message of the thread."),
            (READ,), actions.next_message, _READING, 5),
    Command("previous-message", ("p",), mark("Previous message"), mark("Go to the message before."),
            (READ,), actions.previous_message, _READING),
    Command("next-card", ("J",), mark("Next card"), mark("Read the next card of the column."),
            (READ,), actions.next_card, _READING, 4),
    Command("previous-card", ("K",), mark("Previous card"), mark("Read the card above."),
            (READ,), actions.previous_card, _READING),
    Command("unfold", ("z",), mark("Fold"), mark("Fold earlier messages to one line each, or unfold them."),
            (READ,), actions.unfold, _READING, 8),
    Command("quotes", ("Z",), mark("Quotations"), mark("Unfold quotations and signatures, or fold them."),
            (READ,), reading.quotes, _READING),
    Command("invitation", ("i",), mark("Answer"), mark("Accept, tentatively accept or decline the invitation."),
            (READ,), reading.invitation, _READING, 2, named=reading.may_answer),
    Command("attachments", ("@",), mark("Attachments"), mark("List the attachments: view, open or save them."),
            (READ,), reading.attachments, _READING, 4, named=reading.has_attachments),
    Command("links", ("l",), mark("Links"), mark("List the links of the message: open or copy them by number."),
            (READ,), reading.links, _READING, 5, named=reading.has_links),
    Command("headers", ("H",), mark("Headers"), mark("Show all headers of the message."),
            (READ,), reading.headers, _READING),
    Command("source", ("V",), mark("Source"), mark("Show the message as it was sent."),
            (READ,), reading.source, _READING),
    Command("copy-link", ("y",), mark("Copy"), mark("In the list of links: copy the address."),
            (LINKS,), actions.nothing, _READING),
    Command("open-file", ("o",), mark("Open"), mark("In the list of attachments: open with the desktop's program."),
            (FILES,), actions.nothing, _READING),
    Command("save-file", ("s",), mark("Save"), mark("In the list of attachments and in the source: save it."),
            (FILES, SOURCE), actions.nothing, _READING),
    Command("save-files", ("S",), mark("Save all"), mark("In the list of attachments: save all of them."),
            (FILES,), actions.nothing, _READING),
    Command("archive", ("e",), mark("Archive"), mark("Take the thread out of the inbox; the next one is at hand."),
            (BOARD, READ), acting.archive, _ACTING, 3, acting.has_card),
    Command("trash", ("d", "delete"), mark("Trash"),
            mark("Put the whole conversation in the trash, whatever view it is done in."),
            (BOARD, READ), acting.trash, _ACTING, 8, acting.has_card),
    Command("snooze", ("s",), mark("Snooze"),
            mark("Out of sight until a time, or until somebody answers; with a note."),
            (BOARD, READ), acting.snooze, _ACTING, 5, acting.has_card),
    Command("undo", ("u",), mark("Undo"), mark("Take back the last action, then the one before."),
            (BOARD, READ, *_RECORD_LISTS), acting.undo, _ACTING, 9),
    Command("toggle-read", ("U",), mark("Read or unread"), mark("Mark as read, or as unread."),
            (BOARD, READ), acting.toggle_read, _ACTING, 0, acting.has_card),
    Command("toggle-flag", ("F",), mark("Flag"), mark("Flag, or take the flag off."),
            (BOARD, READ), acting.toggle_flag, _ACTING, 0, acting.has_card),
    Command("move", ("m",), mark("Move"), mark("Move to a folder."),
            (BOARD, READ), acting.move, _ACTING, 0, acting.has_card),
    Command("copy", ("C",), mark("Copy to folder"), mark("Copy to a folder."),
            (BOARD, READ), acting.copy, _ACTING, 0, acting.has_card),
    Command("label", ("+",), mark("Label"), mark("Put a label on, or take one off."),
            (BOARD, READ), acting.label, _ACTING, 0, acting.has_card),
    Command("spam", ("!",), mark("Spam"), mark("Move to spam; in the view of spam: back to the inbox."),
            (BOARD, READ), acting.spam, _ACTING, 0, acting.has_card),
    Command("mute", ("M",), mark("Mute"), mark("Hear no more of the thread, whatever still comes in it; again: do."),
            (BOARD, READ), acting.mute, _ACTING, 0, acting.has_card),
    Command("delete", ("D",), mark("Delete for good"), mark("Delete on the server, too, after a question."),
            (BOARD, READ), acting.delete, _ACTING, 0, acting.has_card),
    Command("refusals", ("E",), mark("Refusals"), mark("Show again what servers refused to do."),
            (BOARD, READ), acting.show_refusals, _ACTING, 0, acting.has_refusals),
    Command("compose", ("c",), mark("New message"), mark("Write a new message."),
            (BOARD, READ), writing.compose, _WRITING, 6),
    Command("reply", ("r",), mark("Reply"), mark("Answer the sender of the message."),
            (BOARD, READ), writing.reply, _WRITING, 2, _has_card),
    Command("reply-all", ("a",), mark("Reply all"), mark("Answer everybody whom the message went to."),
            (BOARD, READ), writing.reply_all, _WRITING, 8, _has_card),
    Command("forward", ("f",), mark("Forward"), mark("Send the message on, with its attachments."),
            (BOARD, READ), writing.forward, _WRITING, 9, _has_card),
    Command("forward-attached", (), mark("Forward as an attachment"),
            mark("Send the whole message on as a file, just as it came."),
            (BOARD, READ), writing.forward_attached, _WRITING, 0, _has_card),
    Command("redirect", ("B",), mark("Redirect"),
            mark("Pass the message on as it is, as if it had been sent there; answers go to its sender."),
            (BOARD, READ), writing.redirect, _WRITING, 0, _has_card),
    Command("edit-as-new", ("N",), mark("Edit as new"),
            mark("Write a new message with what is in this one; a draft is gone on with."),
            (BOARD, READ), writing.edit_as_new, _WRITING, 0, _has_card),
    Command("send", ("ctrl+s",), mark("Send"), mark("Show the message once more, then send it."),
            (COMPOSE,), writing.send, _COMPOSING, 1),
    Command("send-later", ("ctrl+t",), mark("Send later"), mark("Send the message at a time of your choice."),
            (COMPOSE,), writing.send_later, _COMPOSING, 5),
    Command("keep-draft", ("escape",), mark("Keep and leave"),
            mark("Leave; the draft is kept. What was not changed leaves nothing behind."),
            (COMPOSE,), writing.keep_draft, _COMPOSING, 2),
    Command("discard", ("alt+x",), mark("Discard"), mark("Put the draft away; undo brings it back."),
            (COMPOSE,), writing.discard, _COMPOSING, 10),
    Command("attach", ("ctrl+o",), mark("Attach"),
            mark("Attach files; the row of files then has the cursor's keys and Del to take one off."),
            (COMPOSE,), writing.attach, _COMPOSING, 3),
    Command("attach-message", (), mark("Attach a message"), mark("Attach a message of the thread at hand as a file."),
            (COMPOSE,), writing.attach_message, _COMPOSING),
    Command("attach-record-file", ("alt+f",), mark("Attach a record's file"),
            mark("Attach a file of the recipients' records or of another; with a deal's, the message is for the deal."),
            (COMPOSE,), writing.attach_record_file, _COMPOSING, 16),
    Command("for-record", ("alt+l",), mark("For which record"),
            mark("Choose the deal or other record that the message is linked to once it is sent, or none."),
            (COMPOSE,), writing.choose_record, _COMPOSING, 15),
    Command("editor", ("ctrl+g",), mark("Editor"), mark("Write the text in your own editor ($EDITOR)."),
            (COMPOSE,), writing.edit_outside, _COMPOSING, 6),
    Command("response-check", ("ctrl+r",), mark("Response check"),
            mark("Be told if nobody answers within some days."),
            (COMPOSE,), writing.ask_response, _COMPOSING, 7),
    Command("sender", ("ctrl+n",), mark("Sender"), mark("Choose the address that you write from."),
            (COMPOSE,), writing.choose_identity, _COMPOSING, 9),
    Command("bcc", ("alt+b",), mark("Bcc"), mark("Add recipients whom the others do not see."),
            (COMPOSE,), writing.show_bcc, _COMPOSING, 11),
    Command("markdown", ("alt+m",), mark("Markdown"), mark("Send as Markdown, text plus HTML, or as plain text."),
            (COMPOSE,), writing.markdown, _COMPOSING, 12),
    Command("delete-quotation", ("alt+k",), mark("Delete the quotation"),
            mark("Delete the quotation from the cursor's line on, or the next one."),
            (COMPOSE,), writing.delete_quotation, _COMPOSING, 13),
    Command("rewrap", ("alt+q",), mark("Wrap the paragraph"),
            mark("Wrap the paragraph at the cursor anew; quotations keep their marks."),
            (COMPOSE,), writing.rewrap, _COMPOSING, 14),
    Command("select", ("x",), mark("Select"), mark("Select the card, or no longer, and go on to the next."),
            (BOARD,), acting.select, _SELECTING, 0, _has_card),
    Command("select-range", ("X",), mark("Select to here"), mark("Select from the last selected card to this one."),
            (BOARD,), acting.select_range, _SELECTING, 0, _has_card),
    Command("select-all", ("A",), mark("Select all"), mark("Select all cards of the column in this view, or none."),
            (BOARD,), acting.select_all, _SELECTING, 0, _has_card),
    Command("outbox", ("O",), mark("Outbox"),
            mark("List what is on its way, what was sent lately, and drafts."), _EVERYWHERE, actions.outbox, _OUTBOX),
    Command("outbox-edit", ("e",), mark("Edit"), mark("In the outbox: take a message back into a draft and open it."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("outbox-send-now", ("s",), mark("Send now"), mark("In the outbox: send it now."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("outbox-time", ("t",), mark("Another time"), mark("In the outbox: send it at another time."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("outbox-take-back", ("x",), mark("Take back"),
            mark("In the outbox: take a message back; it becomes a draft again."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("outbox-retry", ("r",), mark("Send again"),
            mark("In the outbox: send again what was refused, or what you know did not arrive."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("outbox-arrived", ("y",), mark("It arrived"),
            mark("In the outbox: say of a message whose outcome is unknown that it arrived."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("outbox-discard", ("d", "delete"), mark("Throw away"), mark("In the outbox: throw a draft away."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("outbox-source", ("V",), mark("Source"), mark("In the outbox: show the message as it is sent."),
            (OUTBOX,), actions.nothing, _OUTBOX),
    Command("records", ("i",), mark("Records"),
            mark("Leads, contacts, companies, deals, tasks and all other records, each kind as a list."),
            (BOARD, RAIL), records.open_browser, _RECORDS, 18),
    Command("person", ("P",), mark("Record"), mark("Open the record of who wrote the mail."),
            (BOARD, READ), records.open_person, _RECORDS, 0, _has_card),
    Command("pipeline", ("=",), mark("Pipeline"), mark("Deals by stage, with their amounts."),
            (BOARD, RAIL, RECORDS, RECORD), records.open_pipeline, _RECORDS, 19),
    Command("part-left", ("h", "left", "shift+tab"), mark("To the left"),
            mark("In records: to the kind, part, stage or column on the left."),
            (*_RECORD_LISTS, MERGE), records.does("part-left"), _RECORDS),
    Command("part-right", ("l", "right", "tab"), mark("To the right"),
            mark("In records: to the kind, part, stage or column on the right."),
            (*_RECORD_LISTS, MERGE), records.does("part-right"), _RECORDS),
    Command("records-filter", ("/",), mark("Filter"), mark("Narrow the list, by words or in the language of search."),
            (RECORDS,), records.does("records-filter"), _RECORDS, 3),
    Command("record-new", ("n",), mark("New"), mark("Make a new record of this kind; in the pipeline a deal."),
            (RECORDS, PIPELINE), records.does("record-new"), _RECORDS, 4),
    Command("record-edit", ("e",), mark("Edit"), mark("Edit the record; where several are selected, a field of all."),
            _RECORD_LISTS, records.does("record-edit"), _RECORDS, 2),
    Command("record-delete", ("d", "delete"), mark("Delete"),
            mark("Delete the record, the selected ones, or the file under the cursor, after a question."),
            (RECORDS, RECORD), records.does("record-delete"), _RECORDS, 12),
    Command("records-sort", ("s",), mark("Sort"), mark("Choose the column that the list is sorted by."),
            (RECORDS,), records.does("records-sort"), _RECORDS, 5),
    Command("records-reverse", ("S",), mark("Other way round"), mark("Sort the other way round."),
            (RECORDS,), records.does("records-reverse"), _RECORDS),
    Command("records-columns", ("c",), mark("Columns"), mark("Choose the columns of the list, and their order."),
            (RECORDS,), records.does("records-columns"), _RECORDS, 6),
    Command("records-select", ("x",), mark("Select"), mark("Select the record, or no longer, and go on to the next."),
            (RECORDS,), records.does("records-select"), _RECORDS, 7),
    Command("records-select-range", ("X",), mark("Select to here"),
            mark("Select from the last selected record to this one."),
            (RECORDS,), records.does("records-select-range"), _RECORDS),
    Command("records-select-all", ("A",), mark("Select all"), mark("Select all records that the list holds, or none."),
            (RECORDS,), records.does("records-select-all"), _RECORDS),
    Command("records-export", ("w",), mark("Export"),
            mark("Write all records of this kind to a file: CSV, for people also vCards, for events a calendar."),
            (RECORDS,), records.does("records-export"), _RECORDS, 15),
    Command("records-import", ("I",), mark("Import"),
            mark("Take in records from a file: CSV as Zoho CRM, HubSpot, Salesforce and spreadsheets write it, vCard,"
                 " iCalendar."),
            (RECORDS,), records.open_import, _RECORDS, 8),
    Command("import-records", (), mark("Import records"),
            mark("Take in records from a file: CSV as Zoho CRM, HubSpot, Salesforce and spreadsheets write it, vCard,"
                 " iCalendar."),
            (BOARD, RAIL), records.open_import, _RECORDS),
    Command("import-report", ("alt+i",), mark("Last import"), mark("Show again what the last import did."),
            (BOARD, RAIL, RECORDS), records.open_report, _RECORDS, 0, records.has_report),
    Command("import-try", ("t",), mark("Try"),
            mark("Where a file is taken in: tell what the import would do, and change nothing."),
            (IMPORT,), records.does("import-try"), _RECORDS, 1, named=records.offers("import-try")),
    Command("import-kind", ("K",), mark("Kind"), mark("Where a file is taken in: say what kind of records it holds."),
            (IMPORT,), records.does("import-kind"), _RECORDS, 2, named=records.offers("import-kind")),
    Command("import-leave-out", ("d", "delete"), mark("Leave out"),
            mark("Where a file is taken in: leave the column under the cursor out, or take it in again."),
            (IMPORT,), records.does("import-leave-out"), _RECORDS, 3, named=records.offers("import-leave-out")),
    Command("record-write", ("m",), mark("Write"),
            mark("Write a mail to the person, or to the main contact of the deal; it is linked to the record."),
            (RECORDS, RECORD), records.does("record-write"), _RECORDS, 9,
            named=records.offers("record-write")),
    Command("record-done", ("y",), mark("Done"), mark("A task, call, case or event is done; again: it is open."),
            (RECORDS, RECORD), records.does("record-done"), _RECORDS, 10,
            named=records.offers("record-done")),
    Command("record-postpone", ("z",), mark("Postpone"), mark("Put a task off until another time."),
            (RECORDS, RECORD), records.does("record-postpone"), _RECORDS),
    Command("record-convert", ("C",), mark("Convert"),
            mark("Make a contact of a lead, with its company and, if you wish, a deal."),
            (RECORDS, RECORD), records.does("record-convert"), _RECORDS, 11,
            named=records.offers("record-convert")),
    Command("record-merge", ("M",), mark("Merge"),
            mark("Merge the selected records, or the record with one that is likely the same, field by field."),
            (RECORDS, RECORD), records.does("record-merge"), _RECORDS, 13,
            named=records.offers("record-merge")),
    Command("records-duplicates", ("D",), mark("Duplicates"),
            mark("List the records of this kind that are likely there twice."),
            (RECORDS,), records.does("records-duplicates"), _RECORDS, 14),
    Command("record-task", ("t",), mark("Task"), mark("A new task about the record."),
            (RECORD,), records.does("record-task"), _RECORDS, 3),
    Command("record-note", ("n",), mark("Note"), mark("A new note about the record."),
            (RECORD,), records.does("record-note"), _RECORDS, 4),
    Command("record-event", ("E",), mark("Event"), mark("A new event about the record."),
            (RECORD,), records.does("record-event"), _RECORDS, 6),
    Command("record-call", ("c",), mark("Call"), mark("A new call about the record."),
            (RECORD,), records.does("record-call"), _RECORDS, 7),
    Command("record-deal", ("D",), mark("Deal"), mark("A new deal of the person or company."),
            (RECORD,), records.does("record-deal"), _RECORDS),
    Command("record-case", ("K",), mark("Case"), mark("A new case about the record."),
            (RECORD,), records.does("record-case"), _RECORDS),
    Command("record-shown", ("f",), mark("What is shown"),
            mark("Narrow what happened: mail, mail sent from here, scheduled, drafts, notes, tasks, stages …"),
            (RECORD,), records.does("record-shown"), _RECORDS, 5),
    Command("record-attach", ("@",), mark("Add a file"), mark("Add a file to the record."),
            (RECORD,), records.does("record-attach"), _RECORDS, 8),
    Command("record-save-file", ("w",), mark("Save"), mark("In a record: save the file under the cursor."),
            (RECORD,), records.does("record-save-file"), _RECORDS),
    Command("record-open-file", ("o",), mark("Open the file"),
            mark("In a record: open the file under the cursor with the desktop's program."),
            (RECORD,), records.does("record-open-file"), _RECORDS),
    Command("stage-back", ("<",), mark("Stage before"), mark("Move the deal to the stage before."),
            (PIPELINE,), records.does("stage-back"), _RECORDS, 6,
            named=records.offers("stage-back")),
    Command("stage-forward", (">",), mark("Next stage"), mark("Move the deal to the next stage."),
            (PIPELINE,), records.does("stage-forward"), _RECORDS, 5,
            named=records.offers("stage-forward")),
    Command("stage-choose", ("m",), mark("Stage"), mark("Move the deal to a stage of your choice."),
            (PIPELINE,), records.does("stage-choose"), _RECORDS, 7),
    Command("pipeline-choose", ("p",), mark("Pipelines"), mark("Show another pipeline."),
            (PIPELINE,), records.does("pipeline-choose"), _RECORDS, 8,
            named=records.offers("pipeline-choose")),
    Command("form-save", ("ctrl+s",), mark("Save"), mark("Save the record that is typed; where two are merged: merge."),
            (FORM, MERGE), records.does("form-save"), _RECORDS, 1),
    Command("form-leave", ("escape",), mark("Leave"), mark("Leave without saving; asks where something was typed."),
            (FORM,), records.does("form-leave"), _RECORDS, 2),
    Command("form-open-duplicate", ("alt+o",), mark("Open the likely same one"),
            mark("Look at a record that is likely the same as the one that is typed."),
            (FORM,), records.does("form-open-duplicate"), _RECORDS),
    Command("form-use-duplicate", ("alt+u",), mark("Use the likely same one"),
            mark("Go on with a record that is there already, and add to it what was typed."),
            (FORM,), records.does("form-use-duplicate"), _RECORDS),
    Command("task", ("t",), mark("Task"),
            mark("Add a task about who wrote the mail, and about its deal; the date in words."),
            (BOARD, READ), customers.task, _CUSTOMERS, 12, _has_card),
    Command("note", ("n",), mark("Note"), mark("Add a note about who wrote the mail, and about its deal."),
            (BOARD,), customers.note, _CUSTOMERS, 13, _has_card),
    Command("record-menu", ("I",), mark("Customer"),
            mark("All that can be done with who wrote the mail; of a stranger, make a lead or a contact."),
            (BOARD, READ), customers.menu, _CUSTOMERS, 10, _has_card),
    Command("link", ("L",), mark("Link"),
            mark("Link the thread, the selected ones or the message that is read to a deal or another record."),
            (BOARD, READ), customers.link, _CUSTOMERS, 11, _has_card),
    Command("magnet", ("W",), mark("Magnet"), mark("Go to the mail that waits for your answer, or back."),
            _EVERYWHERE, customers.magnet, _CUSTOMERS, 12),
    Command("dismiss", ("y",), mark("Dismiss"), mark("Take the mail out of the magnet: nobody waits for an answer."),
            (BOARD, READ), customers.dismiss, _CUSTOMERS, 4, acting.has_card, customers.in_magnet),
    Command("agenda", ("Y",), mark("Agenda"), mark("Show what is overdue and due, and the events of the next days."),
            _EVERYWHERE, customers.agenda, _CUSTOMERS, 13),
    Command("arrange", ("ctrl+f",), mark("Filters"),
            mark("Filters, columns and views of your own: make them, try them, put them in order."),
            _EVERYWHERE, customers.arrange, _CUSTOMERS, 20),
    Command("menu-open", ("o",), mark("Open"), mark("In the menu of a customer: open the record."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-contact", ("p",), mark("New contact"),
            mark("In the menu of a customer: a new contact from the sender."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-lead", ("l",), mark("New lead"), mark("In the menu of a customer: a new lead from the sender."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-existing", ("a",), mark("Add the address"),
            mark("In the menu of a customer: add the address to a person who is there already."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-task", ("t",), mark("Task"), mark("In the menu of a customer: add a task."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-note", ("n",), mark("Note"), mark("In the menu of a customer: add a note."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-event", ("v",), mark("Event"), mark("In the menu of a customer: add an event."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-call", ("c",), mark("Call"), mark("In the menu of a customer: add a call."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-deal", ("d",), mark("Deal"), mark("In the menu of a customer: add a deal."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-case", ("s",), mark("Case"), mark("In the menu of a customer: add a case."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-edit", ("e",), mark("Edit"), mark("In the menu of a customer: edit the record."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-convert", ("x",), mark("Convert"), mark("In the menu of a customer: convert the lead."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-merge", ("m",), mark("Merge"), mark("In the menu of a customer: merge with a duplicate."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("menu-link", ("L",), mark("Link"), mark("In the menu of a customer: link the mail to a record."),
            (MENU,), actions.nothing, _CUSTOMERS),
    Command("link-remove", ("delete",), mark("Unlink"),
            mark("Where mail is linked: take the link off; no rule puts it back."),
            (LINKING,), actions.nothing, _CUSTOMERS),
    Command("link-scope", ("tab",), mark("Message or thread"),
            mark("Where mail is linked: only the message, or the whole thread."),
            (LINKING,), actions.nothing, _CUSTOMERS),
    Command("agenda-done", ("e", "space"), mark("Done"), mark("In the agenda: it is done; again: it is open."),
            (AGENDA,), actions.nothing, _CUSTOMERS),
    Command("agenda-postpone", ("s",), mark("Postpone"), mark("In the agenda: put it off until another time."),
            (AGENDA,), actions.nothing, _CUSTOMERS),
    Command("agenda-new", ("t",), mark("New task"), mark("In the agenda: add a task."),
            (AGENDA,), actions.nothing, _CUSTOMERS),
    Command("agenda-undo", ("u",), mark("Undo"), mark("In the agenda: take back the last action."),
            (AGENDA,), actions.nothing, _CUSTOMERS),
    Command("agenda-export", ("w",), mark("Write a calendar file"),
            mark("In the agenda: write the events and tasks to a calendar file (.ics)."),
            (AGENDA,), actions.nothing, _CUSTOMERS),
    Command("arrange-new", ("n",), mark("New"),
            mark("In filters, columns and views: make a new filter, column or view."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-edit", ("e",), mark("Edit"), mark("In filters, columns and views: change it."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-enable", ("x", "space"), mark("On or off"),
            mark("In filters, columns and views: switch a filter off, or on again."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-down", ("J",), mark("Further down"), mark("In filters, columns and views: move it down by one."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-up", ("K",), mark("Further up"), mark("In filters, columns and views: move it up by one."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-delete", ("d", "delete"), mark("Delete"),
            mark("In filters, columns and views: delete it; undo brings it back."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-run", ("r",), mark("Run now"),
            mark("In filters, columns and views: run the filter on mail already here, after a question."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-run-all", ("R",), mark("Run all now"),
            mark("In filters, columns and views: run all filters on mail already here."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("arrange-undo", ("u",), mark("Undo"), mark("In filters, columns and views: take back the last action."),
            (ARRANGING,), actions.nothing, _CUSTOMERS),
    Command("search", ("/",), mark("Search"), mark("Search all mail; results come while you type."),
            _EVERYWHERE, actions.search, _FINDING, 6),
    Command("why", ("w",), mark("Why here"), mark("Say why the card lies in its column."),
            (BOARD, READ), actions.why, _FINDING, 11, _has_card),
    Command("override", ("o",), mark("Put elsewhere"),
            mark("Put the thread, its address or its whole domain in a column of your choice."),
            (BOARD, READ), actions.override, _FINDING, 12, _has_card),
    Command("views", ("v",), mark("Views"), mark("Go to the views and folders, or back."), _EVERYWHERE,
            actions.views, _BOARD, 10),
    Command("pane", ("p",), mark("Pane"), mark("Show or hide what the CRM knows of the sender."), (BOARD, RAIL),
            actions.pane, _BOARD, 13),
    Command("sort", ("S",), mark("Sort"), mark("Choose what the column is ordered by."), (BOARD,),
            actions.sort, _BOARD, 14),
    Command("refresh", ("R",), mark("Check mail"), mark("Ask all accounts for new mail now."), _EVERYWHERE,
            actions.refresh, _PROGRAM, 16),
    Command("theme", ("T",), mark("Theme"), mark("Choose colours."), _EVERYWHERE, actions.theme, _PROGRAM),
    Command("palette", ("ctrl+p",), mark("Commands"), mark("Find any command by its name."),
            (*_EVERYWHERE, COMPOSE, *_OF_RECORDS), actions.palette, _PROGRAM, 15),
    Command("help", ("?", "f1"), mark("Help"), mark("Show all keys and marks."),
            (*_EVERYWHERE, COMPOSE, *_OF_RECORDS), actions.show_help, _PROGRAM, 7),
    Command("redraw", ("ctrl+l",), mark("Draw anew"),
            mark("Draw the whole screen again, when something else has written on it."),
            (*_EVERYWHERE, COMPOSE, *_OF_RECORDS), actions.redraw, _PROGRAM),
    Command("quit", ("Q", "ctrl+q", "ctrl+c"), mark("Quit"), mark("Leave; mail goes on being fetched for a minute."),
            (*_EVERYWHERE, LIST, COMPOSE, *_OF_RECORDS), actions.leave, _PROGRAM, 17),
)  # fmt: skip
"""All commands, in the order of the help screen."""

BY_NAME = {command.name: command for command in COMMANDS}


class Keys:
    """Which key calls which command, in which mode: the registry's own keys, with the rep's in their place."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        """`chosen` maps command names to keys separated by spaces or commas, as in the settings.

        A key that the rep has given away is no longer ours. Raises ConfigurationError for a name or a key that does
        not exist, and for two commands to which the rep gives one key.
        """
        self.of = {command.name: command.keys for command in COMMANDS}
        for name, keys in (chosen or {}).items():
            if name not in BY_NAME:
                raise ConfigurationError(_unknown(name))
            self.of[name] = tuple(_key(key, name) for key in _split(keys))
            if _TYPED.issuperset(BY_NAME[name].modes) and (plain := next(filter(_is_text, self.of[name]), "")):
                raise ConfigurationError(
                    _("[display.keys] {name}: {key} is text where messages are written. Choose a key such as ctrl+s.")
                    .format(name=name, key=repr(plain))
                )  # fmt: skip
        taken = {(mode, key) for name in chosen or () for key in self.of[name] for mode in BY_NAME[name].modes}
        for command in COMMANDS:
            if command.name not in (chosen or ()):
                # The rep's key takes the place of ours: a later release may have given it to something new.
                free = (key for key in command.keys if not any((mode, key) in taken for mode in command.modes))
                self.of[command.name] = tuple(free)
        self._commands: dict[tuple[str, str], Command] = {}
        for command in COMMANDS:
            for key in self.of[command.name]:
                for mode in command.modes:
                    other = self._commands.setdefault((mode, key), command)
                    if other is not command:
                        raise ConfigurationError(
                            _("The key {key} is given to both {one} and {other}. Choose another key for one of them.")
                            .format(key=shown(key), one=other.name, other=command.name)
                        )  # fmt: skip

    def find(self, mode: str, key: str, character: str | None) -> Command | None:
        """The command of a key, known by its name or by the character that it writes."""
        return self._commands.get((mode, key)) or (self._commands.get((mode, character)) if character else None)

    def label(self, name: str, mode: str = "") -> str:
        """The first key of a command, as people write it; "" without one. `mode`: where it is to be pressed."""
        keys = [key for key in self.of[name] if mode not in _TYPED or not _is_text(key)]
        return shown(keys[0]) if keys else ""

    def labels(self, name: str) -> str:
        return "  ".join(shown(key) for key in self.of[name])


def shown(key: str) -> str:
    """A key as people write it: "^p" of "ctrl+p"."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("alt+"):
        return "Alt+" + key.removeprefix("alt+")
    return "^" + key.removeprefix("ctrl+") if key.startswith("ctrl+") else key


def mode(board: "Board") -> str:
    """The mode that keys are pressed in; lists that lie over it left aside."""
    screens = (getattr(screen, "mode", "") for screen in reversed(board.screen_stack))
    return next((name for name in screens if name), board.nav.mode)


def hints(board: "Board", now: str = "") -> list[tuple[str, str]]:
    """Keys and titles of what can be done now, most useful first; in a mode other than that of the screen on top."""
    now = now or mode(board)
    here = [c for c in COMMANDS if c.footer and now in c.modes and board.keys.label(c.name, now)]
    usable = [c for c in here if c.when(board) and c.named(board)]
    return [(board.keys.label(c.name, now), _(c.title)) for c in sorted(usable, key=lambda command: command.footer)]


def _is_text(key: str) -> bool:
    """Whether a key writes a character."""
    return len(key) == 1 or key == "space"


def _split(keys: str) -> list[str]:
    return [","] if keys.strip() == "," else [key for key in keys.replace(",", " ").split() if key]


def _key(key: str, name: str) -> str:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    last = _NAMED_KEYS.get(last.lower(), last)
    known = len(last) == 1 or last.lower() in _KEY_NAMES
    if not known or any(modifier not in ("ctrl", "alt", "shift") for modifier in modifiers):
        raise ConfigurationError(
            _("[display.keys] {name}: there is no key {key}. Write a character, or a name such as ctrl+p, enter, f5.")
            .format(name=name, key=repr(key))
        )  # fmt: skip
    return "+".join([*modifiers, last if len(last) == 1 else last.lower()])


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, BY_NAME, n=1)
    text = _("[display.keys]: there is no command {name}.").format(name=repr(name))
    return f"{text} " + (
        _("Did you mean {name}?").format(name=near[0]) if near
        else _("Commands are: {names}.").format(names=", ".join(BY_NAME))
    )  # fmt: skip
