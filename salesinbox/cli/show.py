"""`salesinbox show`: a thread or a message, as it is read, with all its header fields, or as it was sent (READ-4)."""

import argparse
import base64
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language
from salesinbox.model.errors import Exit, NetworkError, NotFoundError, SalesInboxError, UsageError
from salesinbox.model.mail import Address, ThreadMessage
from salesinbox.model.text import safe, safe_block

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.wiring import Application

_RULE = "─"


def add(commands: "Commands", shared: "Parser") -> None:
    show = commands.add_parser(
        "show",
        parents=[shared],
        help=_("print a thread"),
        description=_("Prints the messages of a thread, oldest first, or one message."),
    )
    show.add_argument("id", metavar="ID", help=_("a thread or a message, as list and show print it"))
    more = show.add_mutually_exclusive_group()
    more.add_argument("--headers", action="store_true", help=_("also all header fields, the folder and the flags"))
    more.add_argument("--raw", action="store_true", help=_("one message as it was sent, byte for byte"))
    show.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        thread, messages = chosen(application, arguments.id)
        column = application.mail.column(thread)
        zone = application.settings.me.zone
        if arguments.raw:
            return _raw(application, arguments, thread, column, messages)
        headers, trouble = _all_headers(application, messages) if arguments.headers else ({}, "")
    if arguments.json:
        shown = [output.message(message, zone) for message in messages]
        if arguments.headers:
            shown = [{**one, "headers": _fields(headers.get(one["id"]))} for one in shown]
        output.document({"id": thread, "column": column, "messages": shown})
    else:
        print("\n".join(_thread(messages, zone, headers if arguments.headers else None)))
    if trouble:
        print(
            "salesinbox: " + _("Not all header fields could be fetched: {reason}").format(reason=safe(trouble)),
            file=sys.stderr,
        )
        return Exit.PARTLY
    return Exit.DONE


def chosen(application: "Application", id: str) -> tuple[str, list[ThreadMessage]]:
    """The thread that an id is of, and its messages; of a message's id this one alone. NotFoundError: not here."""
    thread = application.mail.thread_of(id)
    messages = application.mail.thread(thread)
    if application.fleeting is not None and application.fleeting.wants:
        application.content.fill(application.fleeting)
        messages = application.mail.thread(thread)
    if id != thread:
        messages = [message for message in messages if message.id == id]
        if not messages:
            raise NotFoundError(_("There is no thread or message {id} here.").format(id=id))
    return thread, messages


# --- as it was sent ---------------------------------------------------------------------------------------------


def _raw(
    application: "Application",
    arguments: argparse.Namespace,
    thread: str,
    column: str,
    messages: Sequence[ThreadMessage],
) -> int:
    """The source: Base64 in JSON, harmless text on a terminal, and its very octets for whoever else reads."""
    if arguments.json:
        zone = application.settings.me.zone
        shown: list[dict[str, Any]] = []
        for message in messages:
            source = application.content.source(message.id)
            shown.append({**output.message(message, zone), "raw": base64.b64encode(source).decode()})
        output.document({"id": thread, "column": column, "messages": shown})
        return Exit.DONE
    if len(messages) > 1:
        raise UsageError(
            _("{id} has several messages; name one of them: {ids}").format(
                id=thread, ids=", ".join(message.id for message in messages)
            )
        )
    source = application.content.source(messages[0].id)
    if output.terminal_width() is not None:
        print(safe_block(source.decode("utf-8", "replace")).rstrip("\n"))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(source)
    return Exit.DONE


# --- header fields ----------------------------------------------------------------------------------------------


def _all_headers(application: "Application", messages: Sequence[ThreadMessage]) -> tuple[dict[str, str], str]:
    """The decoded header fields of each message, and why some are missing."""
    found: dict[str, str] = {}
    trouble = ""
    for message in messages:
        try:
            found[message.id] = application.content.headers(message.id)
        except NetworkError as error:
            return found, str(error)  # it would be the same for all that follow
        except SalesInboxError as error:
            trouble = str(error)
    return found, trouble


def _fields(text: str | None) -> list[dict[str, str]] | None:
    """Header fields in their order, folded lines joined; None where they could not be fetched."""
    if text is None:
        return None
    fields: list[dict[str, str]] = []
    for line in text.splitlines():
        if fields and line[:1] in (" ", "\t"):
            fields[-1]["value"] += f" {line.strip()}"
        elif line:
            name, _colon, value = line.partition(":")
            fields.append({"name": name, "value": value.strip()})
    return fields


# --- for people -------------------------------------------------------------------------------------------------


def _thread(messages: Sequence[ThreadMessage], zone: ZoneInfo, headers: Mapping[str, str] | None) -> Iterable[str]:
    cells = output.terminal_width() or 80
    for index, message in enumerate(messages):
        if index:
            yield ""
            yield _RULE * min(cells, 80)
        if headers is not None and message.id in headers:
            yield from _lines([*_here(message), *_attached(message)])
            yield safe_block(headers[message.id]).strip("\n")
            yield from _warning(message)
        else:
            yield from _head(message, zone, more=headers is not None)
        yield ""
        yield safe_block(message.text).rstrip() if message.body_here else _("(The text has not been fetched yet.)")


def _head(message: ThreadMessage, zone: ZoneInfo, *, more: bool) -> Iterable[str]:
    lines = [
        (_("Subject"), message.subject or _("(no subject)")),
        (_("From"), _address(message.sender)),
        (_("To"), ", ".join(_address(recipient) for recipient in message.to)),
        (_("Date"), formatting.full_time(message.date, zone, language())),
    ]
    if more:
        lines.append((_("Cc"), ", ".join(_address(recipient) for recipient in message.cc)))
        lines.append(("Message-ID", message.message_id))
        lines += _here(message)
    yield from _lines([*lines, *_attached(message)])
    yield from _warning(message)


def _here(message: ThreadMessage) -> list[tuple[str, str]]:
    """What is known of a message here, and stands in no header field."""
    return [
        (_("Id"), message.id),
        (_("Folder"), message.folder),
        (_("Flags"), ", ".join(output.flags(message.flags))),
        (_("Labels"), ", ".join(message.labels)),
    ]


def _attached(message: ThreadMessage) -> list[tuple[str, str]]:
    return [
        (_("Attachment"), f"{attached.name} ({attached.type}, {formatting.size(attached.size)})")
        for attached in message.attachments
    ]


def _lines(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    for label, value in pairs:
        if value:
            yield _("{label}: {value}").format(label=label, value=safe(value))


def _warning(message: ThreadMessage) -> Iterable[str]:
    if message.warning:
        yield _("Warning: the sender's address could not be proved; it may be forged.")


def _address(address: Address) -> str:
    return f"{address.name} <{address.address}>" if address.name else address.address
