"""What a method is called with, and the pages of its answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.gmail_server.errors import invalid
from tests.gmail_server.schema import decoded, encoded


@dataclass(frozen=True)
class Call:
    """`path` and `query`: the parameters; `body`: as sent, {} for none; `media`: an upload's octets."""

    method: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: dict[str, Any]
    media: bytes | None = None


def page_size(call: Call) -> int:
    return max(1, min(int(call.query.get("maxResults") or 100), 500))


def made_token(*numbers: int) -> str:
    return encoded(json.dumps(numbers).encode())


def token(call: Call) -> tuple[int, int] | None:
    text = call.query.get("pageToken", "")
    if not text:
        return None
    try:
        first, second = json.loads(decoded(text) or b"")
    except (ValueError, TypeError):
        raise invalid("Invalid pageToken") from None
    return int(first), int(second)
