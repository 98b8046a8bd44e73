"""What was done, undone or refused, in words; and labels by the names that people read."""

from datetime import tzinfo

from salesinbox.locale.formatting import moment, number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import operations as verbs
from salesinbox.model.invitations import ACCEPTED, DECLINED, TENTATIVE
from salesinbox.model.text import clip, safe
from salesinbox.services.records import words as record_words
from salesinbox.store.history import Action

_SUBJECT = 40
"""Cells of a subject that a sentence repeats."""


def done(verb: str, target: str, subject: str, threads: int, zone: tzinfo, now: int) -> str:
    """What was done: "Archived: Quote for March", or "Archived: 3 threads"."""
    if verb in record_words.VERBS:
        return record_words.done(verb, target, subject, threads)
    return _sentences(target, zone, now)[verb].format(what=_what(subject, threads))


def undone(action: Action, zone: tzinfo, now: int) -> str:
    """What `undo` took back."""
    return _("Undone – {what}").format(what=done(action.verb, action.target, action.subject, action.threads, zone, now))


def not_undone(action: Action, zone: tzinfo, now: int) -> str:
    """What `undo` could not take back."""
    return _("Cannot be undone – {what}").format(
        what=done(action.verb, action.target, action.subject, action.threads, zone, now)
    )


def refused(verb: str, target: str, subject: str, error: str) -> str:
    """A server's refusal, by the name of what was to be done and of the mail (ACT-4).

    `verb` UNANSWERED is nobody's refusal, and UNCERTAIN is none yet.
    """
    if verb == verbs.UNANSWERED:
        silence = ngettext("No reply in {n} day", "No reply in {n} days", int(error or 0)).format(n=error)
        return _("{silence}: “{subject}”").format(silence=silence, subject=clip(safe(subject), _SUBJECT))
    if verb == verbs.UNCERTAIN:
        return _("Perhaps sent: “{subject}”. {error}").format(subject=clip(safe(subject), _SUBJECT), error=error)
    title = _titles().get(verb, verb)
    if target and verb in (verbs.MOVED, verbs.COPIED, verbs.LABELLED, verbs.UNLABELLED, verbs.FILTERED):
        title = f"{title} ({safe(target, 80)})"
    return _("{action} was refused for “{subject}”: {error}").format(
        action=title, subject=clip(safe(subject) or _("(no subject)"), _SUBJECT), error=error
    )


def nothing_to_do(verb: str) -> str:
    """Why an action on a thread came to nothing."""
    sentences = {
        verbs.ARCHIVED: _("It is not in the inbox."),
        verbs.TRASHED: _("It is in the trash already."),
        verbs.SPAMMED: _("There is no mail of others in it that could be spam."),
        verbs.UNSPAMMED: _("It is not in the spam folder."),
        verbs.MOVED: _("It is there already."),
        verbs.COPIED: _("It is there already."),
        verbs.DELETED: _("There is nothing in it that could be deleted."),
        verbs.LABELLED: _("It has that label already."),
        verbs.UNLABELLED: _("It has no such label."),
    }
    return sentences.get(verb, _("There was nothing to do."))


def _what(subject: str, threads: int) -> str:
    if threads > 1:
        return ngettext("{n} thread", "{n} threads", threads).format(n=number(threads))
    return clip(safe(subject) or _("(no subject)"), _SUBJECT)


def _sentences(target: str, zone: tzinfo, now: int) -> dict[str, str]:
    where = safe(target, 80).replace("{", "{{").replace("}", "}}")
    when = moment(int(target), now, zone) if target.isdigit() else ""
    return {
        verbs.READ: _("Marked as read: {what}"),
        verbs.OPENED: _("Marked as read: {what}"),
        verbs.UNREAD: _("Marked as unread: {what}"),
        verbs.FLAGGED: _("Flagged: {what}"),
        verbs.UNFLAGGED: _("No longer flagged: {what}"),
        verbs.ARCHIVED: _("Archived: {what}"),
        verbs.TRASHED: _("To the trash: {what}"),
        verbs.SPAMMED: _("To spam: {what}"),
        verbs.UNSPAMMED: _("Not spam, back in the inbox: {what}"),
        verbs.MOVED: _("Moved to {folder}: {what}").replace("{folder}", where),
        verbs.COPIED: _("Copied to {folder}: {what}").replace("{folder}", where),
        verbs.DELETED: _("Deleted for good: {what}"),
        verbs.LABELLED: _("Label {label}: {what}").replace("{label}", where),
        verbs.UNLABELLED: _("Label {label} taken off: {what}").replace("{label}", where),
        verbs.SNOOZED: _("Snoozed until {when}: {what}").replace("{when}", when),
        verbs.UNSNOOZED: _("No longer snoozed: {what}"),
        verbs.MUTED: _("Muted: {what}"),
        verbs.UNMUTED: _("No longer muted: {what}"),
        verbs.ANSWERED: _answers().get(target, _("Answered: {what}")),
        verbs.OVERRIDDEN: _("Put in {column}: {what}").replace("{column}", where),
        verbs.MAILED: _("To be sent: {what}"),
        verbs.DISCARDED: _("Draft thrown away: {what}"),
    }


def _answers() -> dict[str, str]:
    return {
        ACCEPTED: _("Accepted: {what}"),
        TENTATIVE: _("Tentatively accepted: {what}"),
        DECLINED: _("Declined: {what}"),
    }


def _titles() -> dict[str, str]:
    return {
        verbs.READ: _("Marking as read"),
        verbs.OPENED: _("Marking as read"),
        verbs.UNREAD: _("Marking as unread"),
        verbs.FLAGGED: _("Flagging"),
        verbs.UNFLAGGED: _("Taking the flag off"),
        verbs.ARCHIVED: _("Archiving"),
        verbs.TRASHED: _("Moving to the trash"),
        verbs.SPAMMED: _("Moving to spam"),
        verbs.UNSPAMMED: _("Moving back to the inbox"),
        verbs.MOVED: _("Moving"),
        verbs.COPIED: _("Copying"),
        verbs.DELETED: _("Deleting for good"),
        verbs.LABELLED: _("Labelling"),
        verbs.UNLABELLED: _("Taking the label off"),
        verbs.ANSWERED: _("The answer"),
        verbs.MAILED: _("Sending"),
        verbs.FILTERED: _("The filter"),
        "undone": _("Undoing"),
    }
