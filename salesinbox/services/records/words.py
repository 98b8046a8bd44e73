"""What was done to records, in words: for the footer, for the command line, for undo (ACT-3)."""

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import operations as verbs
from salesinbox.model import records as kinds
from salesinbox.model.text import clip, safe

_NAME = 60
VERBS = frozenset({
    verbs.CREATED, verbs.EDITED, verbs.REMOVED, verbs.CONVERTED, verbs.MERGED, verbs.CLOSED, verbs.LINKED,
    verbs.UNLINKED, verbs.DISMISSED, verbs.FILTERED, verbs.ARRANGED, verbs.RESTORED,
})  # fmt: skip


def kind_title(kind: str) -> str:
    """A kind of record as people call one of it."""
    return {
        kinds.LEAD: _("Lead"),
        kinds.CONTACT: _("Contact"),
        kinds.COMPANY: _("Company"),
        kinds.DEAL: _("Deal"),
        kinds.TASK: _("Task"),
        kinds.EVENT: _("Event"),
        kinds.CALL: _("Call"),
        kinds.NOTE: _("Note"),
        kinds.CASE: _("Case"),
        kinds.VENDOR: _("Vendor"),
        kinds.PRODUCT: _("Product"),
    }.get(kind, safe(kind, 40))


def done(verb: str, target: str, name: str, count: int) -> str:
    """What was done: "Contact created: 永田 達郎", "Edited: 12 records".

    Args:
        verb: One of `VERBS`.
        target: The kind of record; of a link the record's name; of other verbs "".
        name: The first record's name, or the first thread's subject.
        count: How many records or threads.
    """
    if count > 1 and verb in (verbs.LINKED, verbs.UNLINKED, verbs.DISMISSED, verbs.RESTORED, verbs.FILTERED):
        what = ngettext("{n} thread", "{n} threads", count).format(n=number(count))
    else:
        what = records(name, count)
    sentences = {
        verbs.CREATED: _("{kind} created: {what}"),
        verbs.EDITED: _("Changed: {what}"),
        verbs.REMOVED: _("Deleted: {what}"),
        verbs.CONVERTED: _("Lead converted: {what}"),
        verbs.MERGED: _("Merged: {what}"),
        verbs.CLOSED: _("Done: {what}"),
        verbs.LINKED: _("Linked to {record}: {what}"),
        verbs.UNLINKED: _("No longer linked: {what}"),
        verbs.DISMISSED: _("Out of the magnet: {what}"),
        verbs.RESTORED: _("Waits again: {what}"),
        verbs.FILTERED: _("Filters run on {what}"),
        verbs.ARRANGED: _("Arranged: {what}"),
    }
    return sentences[verb].format(kind=kind_title(target), record=clip(safe(target), _NAME), what=what)


def records(name: str, count: int) -> str:
    """One record by its name, several by their number."""
    if count > 1:
        return ngettext("{n} record", "{n} records", count).format(n=number(count))
    return clip(safe(name) or _("(no name)"), _NAME)


def with_moved(text: str, moved: int) -> str:
    """The same, with how many threads lie in another column now (COL-9)."""
    if not moved:
        return text
    return f"{text}. " + ngettext("{n} thread moved.", "{n} threads moved.", moved).format(n=number(moved))
