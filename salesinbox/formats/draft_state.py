"""What a draft on the server has to say that no header of mail can: recipients as they were typed, and whose it is.

It lies in two fields of our own, as JSON in Base64. Whoever can write into the folder can write them, so they are read
as any mail is: nothing in them is taken at its word but what the rep will see and can change. A field that other
programs see too counts only while they have left it alone: beside the value lies a digest of how it was read from the
header, and where that differs the header is right.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from salesinbox.formats import headers
from salesinbox.formats.letter_parts import base_name, travelling_type
from salesinbox.formats.message import file_name
from salesinbox.model.drafts import KINDS, NEW, Draft, File

KEY_FIELD, STATE_FIELD = "X-SalesInbox-Draft", "X-SalesInbox-State"
MAX_STATE = 2_000_000
"""Octets of the state's field that are read."""
_MAX_SIGNATURE, _MAX_FIELD, _MAX_DAYS, _MAX_END, _MAX_RECORD = 50_000, 500_000, 3650, 1_000, 500
_SEEN = ("sender", "to", "cc", "bcc", "subject", "in_reply_to")
"""Fields of a draft that stand in the header as well."""
_CHUNK = 72
_KEY = re.compile(rb"[A-Za-z0-9._-]{1,100}")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")
_DRIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_DRIVING_OR_BREAK = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def written(draft: Draft, seen: Draft, files: Sequence[File], about: str, record: str) -> Mapping[str, Any]:
    """What has to be kept of the draft, given what its message alone says (`seen`)."""
    state: dict[str, Any] = {}
    for name in ("kind", "markdown", "signature", "response_days"):
        if getattr(draft, name) != getattr(seen, name):
            state[name] = getattr(draft, name)
    beside = {
        name: [_digest(getattr(seen, name)), getattr(draft, name)]
        for name in _SEEN
        if getattr(draft, name) != getattr(seen, name)
    }
    if draft.references != seen.references:
        beside["references"] = [_digest(" ".join(seen.references)), " ".join(draft.references)]
    if beside:
        state["typed"] = beside
    if about:
        state["about"] = about
    if record:
        state["record"] = record
    end = draft.text[len(draft.text.rstrip()) :]
    state["end"] = end if len(end) <= _MAX_END else "\n"
    kept = [[file.name, file.type] for file in files]
    if kept != [[file_name(base_name(file.name)), travelling_type(file)] for file in files]:
        state["files"] = kept
    return state


def fields(key: str, state: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The header fields that carry them: (name, tokens)."""
    raw = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    encoded = base64.b64encode(raw).decode("ascii")
    # Lines of a length that no server folds anew.
    return [(KEY_FIELD, [key]), (STATE_FIELD, [encoded[at : at + _CHUNK] for at in range(0, len(encoded), _CHUNK)])]


def read(fields_: Sequence[tuple[bytes, bytes]]) -> tuple[str, Mapping[str, Any]]:
    """(key, state) of a header, ("", {}) where there is none that makes sense."""
    found = dict(fields_)
    key = found.get(KEY_FIELD.lower().encode(), b"")
    if not _KEY.fullmatch(key):
        return "", {}
    encoded = found.get(STATE_FIELD.lower().encode(), b"")
    if len(encoded) > MAX_STATE:
        return key.decode("ascii"), {}
    try:
        state = json.loads(base64.b64decode(b"".join(encoded.split()), validate=True))
    except (ValueError, binascii.Error, RecursionError):
        state = {}
    return key.decode("ascii"), state if isinstance(state, dict) else {}


def restored(seen: Draft, state: Mapping[str, Any]) -> Draft:
    """The draft with what lay beside its message, as far as it makes sense."""
    beside = state.get("typed")
    typed: dict[str, Any] = {
        name: value for name in _SEEN if (value := _beside(beside, name, getattr(seen, name))) is not None
    }
    references = seen.references
    if (value := _beside(beside, "references", " ".join(references))) is not None:
        references = tuple(headers.ids(value.encode()))
    kind, signature, days, about = (state.get(name) for name in ("kind", "signature", "response_days", "about"))
    record = state.get("record")
    return replace(
        seen,
        **typed,
        references=references,
        kind=kind if kind in KINDS else NEW,
        markdown=state.get("markdown", seen.markdown) is True,
        signature=harmless_block(signature) if isinstance(signature, str) and len(signature) <= _MAX_SIGNATURE else "",
        response_days=days if type(days) is int and 0 < days <= _MAX_DAYS else 0,
        record=harmless(record) if isinstance(record, str) and len(record) <= _MAX_RECORD else "",
        about=next(iter(headers.ids(about.encode("utf-8", "replace")[:1000])), "") if isinstance(about, str) else "",
    )


def end(state: Mapping[str, Any]) -> str:
    """The blanks and line breaks that the text ends in."""
    found = state.get("end", "")
    return harmless_block(found) if isinstance(found, str) and len(found) <= _MAX_END and not found.strip() else ""


def named(files: Sequence[File], state: Mapping[str, Any]) -> list[File]:
    """The files under the names and types that they had; never a path."""
    kept = state.get("files")
    if not isinstance(kept, list) or len(kept) != len(files):
        return list(files)
    return [_named(file, one) for file, one in zip(files, kept, strict=True)]


def harmless(value: str) -> str:
    """One line that cannot drive a terminal, but with all the letters that a person types, emoji's joiners too."""
    return _TURNING.sub("", _DRIVING_OR_BREAK.sub("\ufffd", value))


def harmless_block(value: str) -> str:
    """Lines, as `harmless`; tabs stay."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _TURNING.sub("", _DRIVING.sub("\ufffd", value))


def _beside(beside: object, name: str, seen: str) -> str | None:
    pair = beside.get(name) if isinstance(beside, dict) else None
    if not isinstance(pair, list) or len(pair) != 2 or pair[0] != _digest(seen):
        return None
    value = pair[1]
    if not isinstance(value, str) or len(value) > _MAX_FIELD:
        return None
    # Line breaks and tabs of a list that was pasted stay.
    return harmless_block(value) if name in ("to", "cc", "bcc") else harmless(value)


def _named(file: File, kept: object) -> File:
    if not isinstance(kept, list) or len(kept) != 2 or not all(isinstance(one, str) for one in kept):
        return file
    name, kind = kept
    name = base_name(harmless(name[:1000]))[:255]
    return replace(
        file, name=name if name.strip(".") else file.name, type=kind if _MEDIA_TYPE.fullmatch(kind) else file.type
    )


def _digest(value: str) -> str:
    return hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=8).hexdigest()
