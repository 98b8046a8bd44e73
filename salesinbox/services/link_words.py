"""Records that mail can be linked to, in the rep's language."""

from salesinbox.locale.formatting import money
from salesinbox.locale.texts import language
from salesinbox.model.links import LinkChoice
from salesinbox.store.links.choices import Found


def choice(found: Found, why: str, how: str = "") -> LinkChoice:
    """A record as a chooser lists it."""
    parts = [money(found.amount, found.currency, language()), *found.detail]
    return LinkChoice(found.record, found.kind, found.name, " · ".join(part for part in parts if part), why, how)
