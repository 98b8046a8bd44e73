"""`salesinbox send`: mail from scripts, in the manner of sendmail and mailx (SEND-1, SEND-6, UI-7)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.cli import drafting, output
from salesinbox.cli.drafting import say
from salesinbox.cli.opening import opened
from salesinbox.cli.parser import positive
from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import Exit, NetworkError, SalesInboxError, UsageError
from salesinbox.model.outbox import FILED, NOT_FILED, PENDING, REFUSED, RUNNING, SENT, UNKNOWN, OutboxEntry
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.wiring import Application

PATIENCE = 60.0
"""Seconds that a message is waited for."""


def add(commands: "Commands", shared: "Parser") -> None:
    send = commands.add_parser(
        "send",
        parents=[shared],
        help=_("send a message; its text comes from stdin"),
        description=_(
            "Sends a message; its text comes from stdin. It ends when a server has taken the message, or has refused"
            " it. Where there is no line, the message waits in the outbox and is sent as soon as there is one."
        ),
        epilog=_(
            "Ends with 0 for a message that was sent or waits in the outbox, 1 for one that was refused or of which"
            " nobody knows whether it was sent, 2 for wrong arguments, 3 where no account can send."
        ),
    )
    send.add_argument("addresses", nargs="*", metavar=_("ADDRESS"), help=_("to whom, as with --to"))
    send.add_argument("--to", action="append", default=[], metavar=_("ADDRESS"), help=_("to whom; may be given again"))
    send.add_argument("-c", "--cc", action="append", default=[], metavar=_("ADDRESS"), help=_("who gets a copy"))
    send.add_argument(
        "-b", "--bcc", action="append", default=[], metavar=_("ADDRESS"), help=_("who gets a copy unseen by the others")
    )
    send.add_argument("-s", "--subject", metavar=_("TEXT"), help=_("the subject"))
    send.add_argument(
        "-a",
        "--attach",
        action="append",
        default=[],
        type=Path,
        metavar=_("FILE"),
        help=_("a file; may be given again"),
    )
    send.add_argument(
        "--attach-record", action="append", default=[], metavar="ID", help=_("a file of a record; may be given again")
    )
    send.add_argument(
        "--record", default="", metavar="ID", help=_("the deal or other record that it is linked to once it is sent")
    )
    send.add_argument(
        "--in-reply-to", metavar="ID", help=_("what it answers: a message, or a thread's newest one of others")
    )
    send.add_argument(
        "-r", "-f", "--from", dest="sender", metavar=_("ADDRESS"), help=_("which of your addresses it is from")
    )
    send.add_argument("--account", metavar=_("ACCOUNT"), help=_("the account that sends it"))
    send.add_argument(
        "-t", "--headers", action="store_true", help=_("stdin begins with To:, Cc:, Bcc:, Subject:, and an empty line")
    )
    send.add_argument("--charset", default="", metavar=_("NAME"), help=_("what stdin is written in; else UTF-8"))
    send.add_argument("--markdown", action="store_true", help=_("the text is Markdown; it is sent as HTML, too"))
    send.add_argument(
        "--signature", action=argparse.BooleanOptionalAction, default=False, help=_("put your signature below it")
    )
    send.add_argument(
        "--tell", type=positive, default=0, metavar=_("DAYS"), help=_("tell you if nobody answers within so many days")
    )
    when = send.add_mutually_exclusive_group()
    when.add_argument("--at", metavar=_("WHEN"), help=_("like 4h, tomorrow, fri, 3d, 2026-12-01, 17:00"))
    when.add_argument("--queue", action="store_true", help=_("put it into the outbox, and do not wait for the server"))
    when.add_argument("--draft", action="store_true", help=_("do not send it: keep it as a draft"))
    # As scripts call sendmail: a line with one dot is a line here anyway, and so are the other habits of old.
    send.add_argument("-i", action="store_true", help=argparse.SUPPRESS)
    send.add_argument("-o", action="append", help=argparse.SUPPRESS)
    odd = send.add_mutually_exclusive_group()
    odd.add_argument("--yes", action="store_true", help=_("without a word about what is odd, such as no subject"))
    odd.add_argument("--strict", action="store_true", help=_("what is odd is not sent"))
    send.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    drafting.check(arguments)
    with opened(arguments) as application:
        at = _time(application, arguments)
        draft = drafting.draft(application, arguments)
        if arguments.draft:
            kept = drafting.attached(application, draft, arguments.attach, arguments.attach_record)
            return _kept(application, arguments, application.writing.keep(kept))
        return _send(application, arguments, draft, at)


def _time(application: "Application", arguments: argparse.Namespace) -> int:
    if arguments.at is None:
        return 0
    from salesinbox.services import snoozing  # noqa: PLC0415 - most mail is sent at once

    return snoozing.parse(arguments.at, int(application.now()), application.settings.me.zone)


def _send(application: "Application", arguments: argparse.Namespace, draft: Draft, at: int) -> int:
    writing = application.writing
    try:
        draft = drafting.attached(application, draft, arguments.attach, arguments.attach_record)
        review = writing.review(draft)
        odd = [warning.text for warning in review.warnings if not warning.stops]
        _stop_at(odd if arguments.strict else ())
        queued = writing.send(draft, at, undo=False)
    except UsageError as error:
        raise _not_sent(application, draft, error) from error
    for sentence in odd if not arguments.yes else ():
        say(safe(sentence))
    if at or arguments.queue:
        return _queued(application, arguments, queued.id, queued.message_id, at)
    try:
        entry = application.outbox.wait(queued.id, PATIENCE)
    except SalesInboxError as error:
        # It lies in the outbox and is sent later, whatever went wrong here.
        _document(arguments, queued.id, queued.message_id, PENDING)
        say(safe(str(error)))
        say(_("The message is in the outbox ({id}) and is sent as soon as that is possible.").format(id=queued.id))
        return Exit.DONE if isinstance(error, NetworkError) else error.exit
    _document(arguments, entry.id, entry.message_id, entry.state)
    return _tell(arguments, entry)


def _stop_at(odd: Sequence[str]) -> None:
    if odd:
        raise UsageError(odd[0])


def _not_sent(application: "Application", draft: Draft, error: UsageError) -> UsageError:
    """What a person has typed is kept (SEND-4); a script has its text, and would leave a draft with every try."""
    if sys.stdin is not None and sys.stdin.isatty():
        kept = application.writing.keep(draft)
        return UsageError(
            _("{reason} It is not sent; what you wrote is kept as draft {id}.").format(reason=error, id=kept.id)
        )
    if draft.id:
        application.writing.discard(draft.id)
    return error


def _queued(application: "Application", arguments: argparse.Namespace, id: str, message_id: str, at: int) -> int:
    _document(arguments, id, message_id, PENDING)
    if not arguments.json:
        when = moment(at, application.now(), application.settings.me.zone) if at else ""
        text = _("In the outbox as {id}, to be sent: {when}") if at else _("In the outbox as {id}.")
        print(text.format(id=id, when=when))
    if not application.telling.nudge():
        say(_("SalesInbox does not run now: it is sent while the board is open, or with the next sync."))
    return Exit.DONE


def _kept(application: "Application", arguments: argparse.Namespace, draft: Draft) -> int:
    _document(arguments, draft.id, "", "draft")
    if not arguments.json:
        print(_("Kept as draft {id}.").format(id=draft.id))
    application.telling.nudge()
    return Exit.DONE


def _tell(arguments: argparse.Namespace, entry: OutboxEntry) -> int:
    """What came of it: what was sent on stdout, all else on stderr."""
    if entry.state == SENT:
        if not arguments.json:
            print(_("Sent to {names}.").format(names=safe(", ".join(entry.recipients), 400)))
        if entry.filed != FILED:
            reason = safe(entry.filed_error, 400)
            not_yet, never = _("It is not filed in Sent yet."), _("It is not filed in Sent.")
            say(" ".join([never if entry.filed == NOT_FILED else not_yet, *([reason] if reason else [])]))
        return Exit.DONE
    if entry.error:
        say(safe(" ".join(entry.error.split()), 2000))
    if entry.state in (PENDING, RUNNING):
        say(_("The message is in the outbox ({id}) and is sent as soon as that is possible.").format(id=entry.id))
        return Exit.DONE
    if entry.state == REFUSED:
        text = _("It was not sent. To try again: outbox retry {id}; to take it back: outbox cancel {id}")
        say(text.format(id=entry.id))
    elif entry.state == UNKNOWN:
        text = _("Nobody knows whether it was sent. Find out, then: outbox arrived {id}, or outbox retry --yes {id}")
        say(text.format(id=entry.id))
    return Exit(entry.exit) if entry.exit in (Exit.CONFIGURATION, Exit.CREDENTIALS) else Exit.FAILED


def _document(arguments: argparse.Namespace, id: str, message_id: str, state: str) -> None:
    if arguments.json:
        output.document({"id": id, "message_id": message_id, "state": state})
