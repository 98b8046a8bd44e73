"""What became of a record, in words: the entries of its timeline that are no mail and no activity (REC-2)."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model import timeline
from salesinbox.model.fields import FIELDS
from salesinbox.model.text import clip, safe
from salesinbox.model.timeline import HISTORY, Entry

_NAME = 80
_FIELDS_NAMED = 6


def worded(entries: Sequence[Entry], kind: str, named: Callable[[Collection[str]], Mapping[str, str]]) -> list[Entry]:
    """The entries with title and detail as a rep reads them; mail, activities and files stay as they are.

    Args:
        entries: Of `store.timeline`, what became of the record with its detail in JSON.
        kind: The record's kind.
        named: Gives names of records by their ids.
    """
    details = {entry.key: _kept(entry) for entry in entries if entry.key[1] == HISTORY}
    ids = {str(kept[name]) for kept in details.values() for name in ("company", "deal") if kept.get(name)}
    names = named(ids) if ids else {}
    return [_worded(entry, details[entry.key], kind, names) if entry.key[1] == HISTORY else entry for entry in entries]


def _kept(entry: Entry) -> dict[str, Any]:
    try:
        kept = json.loads(entry.detail)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _worded(entry: Entry, kept: Mapping[str, Any], kind: str, names: Mapping[str, str]) -> Entry:
    title, detail = _words(entry.kind, kept, kind, names)
    return replace(entry, title=title, detail=detail)


def _words(what: str, kept: Mapping[str, Any], kind: str, names: Mapping[str, str]) -> tuple[str, str]:
    match what:
        case timeline.CREATED:
            return _("Created"), ""
        case timeline.STAGE:
            before, after = _name(kept.get("from", "")), _name(kept.get("to", ""))
            return (_("{before} → {after}").format(before=before, after=after) if before else after), ""
        case timeline.EDITED:
            return _("Changed"), _edited(kept.get("fields", {}), kind)
        case timeline.CONVERTED:
            company = names.get(str(kept.get("company", "")), "")
            deal = kept.get("deal_name", "") or names.get(str(kept.get("deal", "")), "")
            return _("Lead converted"), ", ".join(_name(name) for name in (company, deal) if name)
        case timeline.MERGED:
            others = kept.get("names", [])
            listed = others if isinstance(others, list) else []
            return _("Merged with another record"), ", ".join(_name(name) for name in listed[:_FIELDS_NAMED])
        case timeline.DONE:
            return _("Done"), ""
        case timeline.REOPENED:
            return _("Open again"), ""
    return _name(what), _name(kept.get("name", ""))


def _edited(fields: object, kind: str) -> str:
    if not isinstance(fields, Mapping):
        return ""
    headings = {field.name: _(field.heading) for field in FIELDS.get(kind, ())}
    told = []
    for name, pair in list(fields.items())[:_FIELDS_NAMED]:
        heading = headings.get(str(name), _name(name))
        if isinstance(pair, list) and len(pair) == 2:
            told.append(_("{field}: {before} → {after}").format(
                field=heading, before=_name(pair[0]) or "–", after=_name(pair[1]) or "–"
            ))  # fmt: skip
        else:
            told.append(heading)
    return "; ".join(told)


def _name(value: object) -> str:
    return clip(safe(str(value)), _NAME) if isinstance(value, str | int) else ""
