r"""How a cell names other records: "永田 達郎 <nagata@minato.example> [p12] (Decision Maker); Web刷新 [d7]".

Whatever is part of a name, and would be taken for a mark, has a backslash before it: `read(write(…))` gives the same.
"""

import re
from collections.abc import Iterable, Iterator

from salesinbox.model.imports import Reference
from salesinbox.model.records import LETTERS

_MARKS = re.compile(r"([\\;<>\[\]()\n])")
_ENTRY = re.compile(r"((?:\\.|[^\\;\n])+)", re.DOTALL)
_ID = re.compile(rf"[{''.join(sorted(set(LETTERS.values())))}][1-9]\d{{0,17}}")
_PARTS = re.compile(
    r"(?P<name>(?:\\.|[^\\<>\[\]()])*?)\s*"
    r"(?:<(?P<address>(?:\\.|[^\\<>])*)>\s*)?"
    r"(?:\[(?P<id>[a-z]\d{1,18})\]\s*)?"
    r"(?:\((?P<role>(?:\\.|[^\\()])*)\)\s*)?",
    re.DOTALL,
)
_TAG_MARKS = re.compile(r"([\\,;、；])")
_TAG = re.compile(r"(?:\\.|[^\\,;、；])+", re.DOTALL)


def write(references: Iterable[Reference]) -> str:
    return "; ".join(_written(one) for one in references)


def _written(one: Reference) -> str:
    parts = (
        _MARKS.sub(r"\\\1", one.name),
        f"<{_MARKS.sub(_BACKSLASHED, one.address)}>" if one.address else "",
        f"[{one.id}]" if one.id else "",
        f"({_MARKS.sub(_BACKSLASHED, one.role)})" if one.role else "",
    )
    return " ".join(part for part in parts if part)


_BACKSLASHED = r"\\\1"


def read(cell: str, kind: str = "") -> Iterator[Reference]:
    """The records that a cell names. What has an "@" and no brackets is an address; what looks like an id is one."""
    for entry in _ENTRY.findall(cell):
        text = entry.strip()
        if not text:
            continue
        found = _PARTS.fullmatch(text)
        if found is None:
            # Brackets that are none of ours are part of a name: "Web (phase 2, draft)".
            name, address, id_, role = text, "", "", ""
        else:
            name, address, id_, role = (_plain(found[part] or "") for part in ("name", "address", "id", "role"))
        if role and not (address or id_):
            name, role = _plain(text), ""
        if not address and not id_:
            if "@" in name and " " not in name:
                name, address = "", name
            elif _ID.fullmatch(name):
                name, id_ = "", name
        yield Reference(name.strip(), address.strip().lower(), id_, kind, role.strip())


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def write_tags(tags: Iterable[str]) -> str:
    return ", ".join(_TAG_MARKS.sub(r"\\\1", tag) for tag in tags)


def read_tags(cell: str) -> tuple[str, ...]:
    """Tags of a cell, without repetitions; commas and semicolons keep them apart."""
    return tuple(dict.fromkeys(tag for part in _TAG.findall(cell) if (tag := _plain(part).strip())))
