"""`salesinbox outbox` and `drafts`: what is on its way, and what the rep decides of it (SEND-5, SEND-6)."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from salesinbox.cli import ids, output
from salesinbox.cli.opening import opened
from salesinbox.cli.outcome import joint
from salesinbox.cli.parser import Parser
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import Exit, SalesInboxError, UsageError
from salesinbox.model.mail import DELAYED, FAILED
from salesinbox.model.outbox import NOT_FILED, PENDING, REFUSED, RUNNING, SENT, UNKNOWN, OutboxEntry
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands
    from salesinbox.wiring import Application

Decision = Callable[["Application", argparse.Namespace, str], tuple[str, str]]
"""Decides of one message; returns a sentence, and the draft that it has become, or ""."""


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "outbox", parents=[shared], help=_("mail on its way: list it, decide of it"),
        description=_("Mail that waits to be sent, needs you, or was sent lately; a list, without a command."),
    )  # fmt: skip
    group.set_defaults(run=run_list)
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=False)
    verbs.add_parser(
        "list", parents=[shared], help=_("list it"),
        description=_("Lists what is not sent, what needs you first, then what was sent lately."),
    ).set_defaults(run=run_list)  # fmt: skip

    def command(name: str, decide: Decision, help: str, description: str) -> Parser:
        parser = verbs.add_parser(name, parents=[shared], help=help, description=description)
        parser.add_argument("ids", nargs="+", metavar="ID", help=_("messages as outbox list prints them"))
        parser.set_defaults(run=_runs(decide))
        return parser

    retry = command(
        "retry", _retry, _("send again what was refused"),
        _("Sends again what was refused; with --yes also what may have arrived already."),
    )  # fmt: skip
    retry.add_argument("--yes", action="store_true", help=_("it did not arrive: send it again"))
    command("cancel", _cancel, _("take back into a draft"),
            _("Takes back what has not been sent yet; it becomes a draft again."))  # fmt: skip
    command("now", _now,
            _("send without waiting any longer"), _("Sends now what waits for its time."))  # fmt: skip
    command("arrived", _arrived,
            _("say of a message of unknown outcome that it arrived"),
            _("Says of a message of which nobody knew whether it was sent that it arrived."))  # fmt: skip
    drafts = commands.add_parser(
        "drafts", parents=[shared], help=_("list the drafts that are kept here"),
        description=_("Lists drafts, the one changed last first. The board's outbox opens them."),
    )  # fmt: skip
    drafts.set_defaults(run=run_drafts)


# --- lists --------------------------------------------------------------------------------------------------------


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        entries = application.outbox.entries()
        zone, now = application.settings.me.zone, application.now()
    if arguments.json:
        output.array(_json(entry, zone) for entry in entries)
        return Exit.DONE
    titles = (_("Id"), _("State"), _("Time"), _("To"), _("Subject"), _("Note"))
    most = (0, 0, 20, 32, 40, 0)
    columns = [output.Column(title, cells) for title, cells in zip(titles, most, strict=True)]
    output.table(columns, [_row(entry, now, zone) for entry in entries])
    return Exit.DONE


def run_drafts(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        drafts = application.writing.drafts()
        zone, now = application.settings.me.zone, application.now()
    if arguments.json:
        output.array(
            {"id": one.id, "account": one.account, "to": one.to, "cc": one.cc, "bcc": one.bcc, "subject": one.subject,
             "changed": output.time(one.changed, zone)} for one in drafts
        )  # fmt: skip
        return Exit.DONE
    titles = ((_("Id"), 0), (_("Time"), 0), (_("To"), 40), (_("Subject"), 0))
    columns = [output.Column(title, cells) for title, cells in titles]
    output.table(columns, [_draft(one, now, zone) for one in drafts])
    return Exit.DONE


def _json(entry: OutboxEntry, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": entry.id,
        "account": entry.account,
        "message_id": entry.message_id,
        "to": list(entry.recipients),
        "subject": entry.subject,
        "state": entry.state,
        "due": output.time(entry.due, zone),
        "created": output.time(entry.created, zone),
        "sent": output.time(entry.sent, zone),
        "error": entry.error,
        "filed": entry.filed,
        "linked": list(entry.linked),
        "asks": entry.asks,
    }


def _row(entry: OutboxEntry, now: float, zone: ZoneInfo) -> tuple[str, ...]:
    states = {
        PENDING: _("waits"), RUNNING: _("on its way"), REFUSED: _("refused"), UNKNOWN: _("unknown"), SENT: _("sent"),
    }  # fmt: skip
    when = (
        formatting.moment(entry.due, now, zone) if entry.state == PENDING
        else formatting.clock(entry.sent or entry.created, now, zone, language())
    )  # fmt: skip
    to = ", ".join(entry.recipients)
    return entry.id, states.get(entry.state, entry.state), when, to, entry.subject or _("(no subject)"), _note(entry)


def _note(entry: OutboxEntry) -> str:
    """What the rep should know besides."""
    if entry.asks:
        return " ".join([entry.error, _("It is not in Sent: say whether it arrived.")])
    bounced = [one for one in entry.deliveries if one.state in (FAILED, DELAYED)]
    if bounced:
        title = _("bounced") if bounced[0].state == FAILED else _("delayed")
        return f"{title}: " + ", ".join(f"{one.recipient} {one.status} {one.detail}".strip() for one in bounced)
    if entry.filed == NOT_FILED:
        return " ".join([_("It is not filed in Sent."), entry.filed_error]).strip()
    return entry.error


def _draft(draft: Draft, now: float, zone: ZoneInfo) -> tuple[str, ...]:
    time = formatting.clock(draft.changed, now, zone, language())
    return draft.id, time, draft.to or draft.cc or draft.bcc, draft.subject or _("(no subject)")


# --- what the rep decides -----------------------------------------------------------------------------------------


def _retry(application: "Application", arguments: argparse.Namespace, id: str) -> tuple[str, str]:
    if application.outbox.entry(id).state == UNKNOWN and not arguments.yes:
        raise UsageError(
            _("It may have arrived already, and would arrive twice. If you know that it did not, add --yes; if it did,"
              " say so: outbox arrived {id}").format(id=id)
        )  # fmt: skip
    return application.outbox.retry(id), ""


def _cancel(application: "Application", _arguments: argparse.Namespace, id: str) -> tuple[str, str]:
    draft = application.outbox.cancel(id)
    if draft is None:
        return _("Taken back. It is not sent."), ""
    return _("Taken back. It is draft {id} again, and is not sent.").format(id=draft.id), draft.id


def _now(application: "Application", _arguments: argparse.Namespace, id: str) -> tuple[str, str]:
    return application.outbox.send_now(id), ""


def _arrived(application: "Application", _arguments: argparse.Namespace, id: str) -> tuple[str, str]:
    return application.outbox.arrived(id), ""


def _runs(decide: Decision) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        codes: list[int] = []
        told: list[dict[str, str]] = []
        with opened(arguments) as application:
            for id in dict.fromkeys(ids.given(arguments.ids)):  # noqa: A001 - as everywhere in the services
                error, draft = "", ""
                try:
                    sentence, draft = decide(application, arguments, id)
                except SalesInboxError as refusal:
                    error = str(refusal)
                    codes.append(refusal.exit)
                    _say(_("{id}: {error}").format(id=safe(id, 40), error=safe(error)))
                else:
                    codes.append(Exit.DONE)
                    if not arguments.json:
                        print(_("{id}: {error}").format(id=id, error=safe(sentence)))
                told.append({"id": id, **_stands(application, id), "draft": draft, "error": error})
            waiting = any(one["state"] == PENDING for one in told)
            if not application.telling.nudge() and waiting:
                _say(_("SalesInbox does not run now: it is sent while the board is open, or with the next sync."))
        if arguments.json:
            output.array(told)
        return joint(codes)

    return run


def _stands(application: "Application", id: str) -> dict[str, str]:
    """Message-ID and state as they are now; both empty for what is not here."""
    try:
        entry = application.outbox.entry(id)
    except SalesInboxError:
        return {"message_id": "", "state": ""}
    return {"message_id": entry.message_id, "state": entry.state}


def _say(sentence: str) -> None:
    print(f"salesinbox: {sentence}", file=sys.stderr)
