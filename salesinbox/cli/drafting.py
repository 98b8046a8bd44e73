"""From the arguments of `send` and its stdin to a draft; what is wrong with arguments is said before stdin is read."""

import argparse
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.cli import letter
from salesinbox.locale.texts import _
from salesinbox.model.drafts import NEW, REPLY, Draft
from salesinbox.model.errors import ConfigurationError, UsageError
from salesinbox.model.identities import Identity
from salesinbox.model.reviews import BAD_ADDRESS, NO_RECIPIENT, NO_SENDER, Review
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.wiring import Application

_OF_ARGUMENTS = frozenset({BAD_ADDRESS, NO_SENDER})
"""What can be wrong before stdin has been read."""


def draft(application: "Application", arguments: argparse.Namespace) -> Draft:
    """What is to be sent, but for its files. UsageError for arguments that are wrong, and for a text that is none."""
    begun = _begin(application, arguments)
    for file_id in arguments.attach_record:
        application.writing.record_file(file_id)
    if not arguments.draft:
        stopping = _OF_ARGUMENTS if arguments.headers else _OF_ARGUMENTS | {NO_RECIPIENT}
        _stop(application.writing.review(begun), stopping)
    return _filled(application, arguments, begun)


def say(sentence: str) -> None:
    print(f"salesinbox: {sentence}", file=sys.stderr)


# --- before anything is read --------------------------------------------------------------------------------------


def check(arguments: argparse.Namespace) -> None:
    """What is wrong with the arguments is said before anybody is asked for a text."""
    fields = [*arguments.addresses, *arguments.to, *arguments.cc, *arguments.bcc]
    fields += [value for value in (arguments.subject, arguments.sender) if value is not None]
    for value in fields:
        if "".join(value.splitlines()) != value:  # SEND-8
            raise UsageError(_("A line break is allowed in no field: {value}").format(value=repr(safe(value, 60))))
        if not value.isascii() and value.encode("utf-8", "replace").decode("utf-8") != value:
            raise UsageError(_("This is not in the locale's charset: {value}").format(value=repr(safe(value, 60))))
    for path in arguments.attach:
        _check_file(path)


def _check_file(path: Path) -> None:
    try:
        if path.is_file() or not path.exists():
            path.open("rb").close()  # a pipe is left alone: opening would begin to read it
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            _("{name} cannot be attached: {reason}.").format(name=safe(str(path), 200), reason=safe(reason, 200))
        ) from error
    if path.is_dir():
        raise UsageError(
            _("{name} is a folder; attach its files, or an archive of it.").format(name=safe(str(path), 200))
        )


def _begin(application: "Application", arguments: argparse.Namespace) -> Draft:
    """The draft as the arguments have it, without text and files. ConfigurationError where nobody can send."""
    writing = application.writing
    if arguments.in_reply_to:
        draft = writing.begin(REPLY, _answered(application, arguments.in_reply_to))
    else:
        draft = writing.begin(NEW)
    if arguments.account or arguments.sender:
        draft = _from(application, draft, arguments.sender or "", arguments.account)
    given = [arguments.addresses + arguments.to, arguments.cc, arguments.bcc]
    if any(given):
        to, cc, bcc = (", ".join(addresses) for addresses in given)
        draft = replace(draft, to=to, cc=cc, bcc=bcc)
    return replace(
        writing.for_record(draft, arguments.record) if arguments.record else draft,
        subject=draft.subject if arguments.subject is None else arguments.subject,
        text="",
        signature="",
        markdown=arguments.markdown,
        response_days=arguments.tell,
    )


def _answered(application: "Application", id: str) -> str:
    """The message that is answered: of a thread, the newest that is not the rep's own."""
    if not id.startswith("t"):
        return id
    messages = application.mail.thread(id)
    return ([message for message in messages if not message.mine] or messages)[-1].id


def _from(application: "Application", draft: Draft, sender: str, account: str | None) -> Draft:
    identities = application.writing.identities()
    if account is not None:
        name = application.accounts.chosen([account])[0].name
        identities = [identity for identity in identities if identity.account == name]
        if not identities:
            text = _("{account} cannot send yet: add [account.smtp] with its host to the configuration.")
            raise ConfigurationError(text.format(account=safe(name, 40)))
    chosen = next((one for one in identities if not sender or one.address.lower() == _bare(sender)), None)
    if chosen is None:
        names = ", ".join(identity.address for identity in identities)
        text = _("{address} is none of your addresses. They are: {names}.")
        raise UsageError(text.format(address=safe(sender, 80), names=safe(names, 400)))
    return _as(application, draft, chosen)


def _bare(sender: str) -> str:
    from email.utils import parseaddr  # noqa: PLC0415 - only who says from where needs it

    return parseaddr(sender)[1].lower()


def _as(application: "Application", draft: Draft, identity: Identity) -> Draft:
    return replace(application.writing.with_identity(draft, identity), text="", signature="")


def _stop(review: Review, kinds: Collection[str]) -> None:
    for warning in review.warnings:
        if warning.stops and warning.kind in kinds:
            raise UsageError(warning.text)


# --- what is read -------------------------------------------------------------------------------------------------


def _filled(application: "Application", arguments: argparse.Namespace, draft: Draft) -> Draft:
    """The draft with what stdin holds."""
    octets = letter.read()
    if not arguments.headers:
        body = letter.text(octets, arguments.charset)
    else:
        head, body = letter.headed(octets, arguments.charset)
        draft = _headed(application, arguments, draft, head)
    if arguments.signature:
        signature = _signature(application, draft)
        if signature:
            return replace(draft, text=f"{body.rstrip()}\n\n{signature}", signature=signature)
    return replace(draft, text=body)


def _headed(application: "Application", arguments: argparse.Namespace, draft: Draft, head: letter.Head) -> Draft:
    """The draft with the fields of the head; arguments add recipients, and otherwise come first."""
    if head.left_out and not arguments.yes:
        say(_("These fields are not taken over: {names}").format(names=safe(", ".join(head.left_out), 400)))
    if head.sender and not arguments.sender:
        draft = _from(application, draft, head.sender, arguments.account)
    if head.to or head.cc or head.bcc:
        given = bool(arguments.addresses or arguments.to or arguments.cc or arguments.bcc)
        before = (draft.to, draft.cc, draft.bcc) if given else ("", "", "")
        to, cc, bcc = (
            ", ".join(part for part in parts if part)
            for parts in zip(before, (head.to, head.cc, head.bcc), strict=True)
        )
        draft = replace(draft, to=to, cc=cc, bcc=bcc)
    if head.subject is not None and arguments.subject is None:
        draft = replace(draft, subject=" ".join(head.subject.splitlines()))
    if head.in_reply_to and not arguments.in_reply_to:
        draft = replace(draft, in_reply_to=head.in_reply_to, references=head.references)
    return draft


def _signature(application: "Application", draft: Draft) -> str:
    """What the rep's signature looks like below a text, its separator with it."""
    writing = application.writing
    mine = [one for one in writing.identities() if one.account == draft.account and one.address == draft.sender]
    return writing.with_identity(writing.begin(NEW), mine[0]).text.strip("\n") if mine else ""


def attached(application: "Application", draft: Draft, files: Sequence[Path], of_records: Sequence[str]) -> Draft:
    """The draft with files, and with files of records ("f3")."""
    for path in files:
        draft = application.writing.attach(draft, path)
    for file_id in of_records:
        draft = application.writing.attach_record_file(draft, file_id)
    return draft
