"""What the discovery document says of the Gmail API, and whether requests and answers keep to it.

The document is the one that google-api-python-client ships, so that nothing is asked of the network.
"""

import base64
import binascii
import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

PREFIX = "gmail.users."


@dataclass(frozen=True)
class Method:
    """One method. `id` is short ("messages.get"); `upload`: the most octets that its media may have, 0: none."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Mapping[str, Any]]
    request: str
    response: str
    upload: int


@functools.cache
def document() -> dict[str, Any]:
    found = files("googleapiclient").joinpath("discovery_cache", "documents", "gmail.v1.json")
    read: dict[str, Any] = json.loads(found.read_text("utf-8"))
    return read


@functools.cache
def methods() -> tuple[Method, ...]:
    made: list[Method] = []

    def walk(resource: Mapping[str, Any]) -> None:
        for told in resource.get("methods", {}).values():
            path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", told.get("flatPath") or told["path"])
            upload = int(told.get("mediaUpload", {}).get("maxSize", 0))
            made.append(
                Method(
                    told["id"].removeprefix(PREFIX),
                    told["httpMethod"],
                    re.compile(path),
                    told["parameters"],
                    told.get("request", {}).get("$ref", ""),
                    told.get("response", {}).get("$ref", ""),
                    upload,
                )
            )
        for below in resource.get("resources", {}).values():
            walk(below)

    walk(document()["resources"]["users"])
    return tuple(made)


def method(verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method that answers there, and what the path says; the path without its leading slash, still quoted."""
    for known in methods():
        if known.verb == verb and (match := known.path.fullmatch(path)):
            return known, match.groupdict()
    return None


def arguments(known: Method, query: Sequence[tuple[str, str]]) -> tuple[dict[str, Any], list[str]]:
    """(the query's parameters with their types, what is wrong with them)."""
    wrong: list[str] = []
    found: dict[str, Any] = {}
    for name, text in query:
        if name in document()["parameters"]:
            told = document()["parameters"][name]
        elif name in known.parameters and known.parameters[name]["location"] == "query":
            told = known.parameters[name]
        else:
            wrong.append(f"unknown parameter {name}")
            continue
        value, complaint = _argument(told, text)
        if complaint:
            wrong.append(f"parameter {name}: {complaint}")
        if told.get("repeated"):
            found.setdefault(name, []).append(value)
        elif name in found:
            wrong.append(f"parameter {name} is given twice")
        else:
            found[name] = value
    wrong += [
        f"parameter {name} is missing"
        for name, told in known.parameters.items()
        if told.get("required") and told["location"] == "query" and name not in found
    ]
    return found, wrong


def _argument(told: Mapping[str, Any], text: str) -> tuple[Any, str]:
    if told["type"] == "boolean":
        return text == "true", "" if text in ("true", "false") else f"{text!r} is no boolean"
    if told["type"] == "integer":
        if not re.fullmatch(r"-?\d+", text):
            return 0, f"{text!r} is no number"
        number = int(text)
        low, high = int(told.get("minimum", -(2**31))), int(told.get("maximum", 2**32 - 1))
        return number, "" if low <= number <= high else f"{number} is not between {low} and {high}"
    if "enum" in told and text not in told["enum"]:
        return text, f"{text!r} is none of {told['enum']}"
    if told.get("format") == "uint64" and not re.fullmatch(r"\d{1,20}", text):
        return text, f"{text!r} is no number"
    return text, ""


def complaints(name: str, value: Any, method_id: str = "") -> list[str]:
    """What is wrong with `value` by the schema `name`; "" asks for an empty body.

    `method_id` asks for the fields that this method requires.
    """
    if not name:
        return [] if value in (None, {}) else ["a body where none belongs"]
    return list(_complaints({"$ref": name}, value, name, method_id))


def _complaints(told: Mapping[str, Any], value: Any, where: str, method_id: str) -> list[str]:
    if "$ref" in told:
        schema = document()["schemas"][told["$ref"]]
        if not isinstance(value, dict):
            return [f"{where} is no object"]
        properties = schema.get("properties", {})
        wrong = [f"{where}.{name} is unknown" for name in value if name not in properties]
        for name, below in properties.items():
            if name in value:
                wrong += _complaints(below, value[name], f"{where}.{name}", method_id)
            elif method_id and PREFIX + method_id in below.get("annotations", {}).get("required", ()):
                wrong.append(f"{where}.{name} is missing")
        return wrong
    kind = told["type"]
    if kind == "array":
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [wrong for item in value for wrong in _complaints(told["items"], item, f"{where}[]", method_id)]
    return _plain(told, kind, value, where)


def _plain(told: Mapping[str, Any], kind: str, value: Any, where: str) -> list[str]:
    if kind == "boolean":
        return [] if isinstance(value, bool) else [f"{where} is no boolean"]
    if kind == "integer":
        return [] if isinstance(value, int) and not isinstance(value, bool) else [f"{where} is no integer"]
    if not isinstance(value, str):
        return [f"{where} is no string"]
    if "enum" in told and value not in told["enum"]:
        return [f"{where} {value!r} is none of {told['enum']}"]
    if told.get("format") in ("uint64", "int64") and not re.fullmatch(r"-?\d{1,20}", value):
        return [f"{where} {value[:30]!r} is no number"]
    if told.get("format") == "byte" and decoded(value) is None:
        return [f"{where} is no base64url"]
    return []


def decoded(text: str) -> bytes | None:
    """What base64url stands for, with or without padding; None where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode()


def masked(value: Any, fields: str) -> Any:
    """A partial response: `fields` as in "id,payload(headers,parts/body)". Raises ValueError for no such text."""
    tree, rest = _mask(fields, 0)
    if rest != len(fields):
        raise ValueError(fields)
    return _kept(value, tree)


def _mask(text: str, at: int) -> tuple[dict[str, Any], int]:
    tree: dict[str, Any] = {}
    while True:
        match = re.compile(r"[\w*]+(?:/[\w*]+)*").match(text, at)
        if match is None:
            raise ValueError(text)
        at = match.end()
        below: dict[str, Any] = {}
        if text[at : at + 1] == "(":
            below, at = _mask(text, at + 1)
            if text[at : at + 1] != ")":
                raise ValueError(text)
            at += 1
        node = tree
        *path, last = match.group().split("/")
        for name in path:
            node = node.setdefault(name, {})
        node.setdefault(last, {}).update(below)
        if text[at : at + 1] != ",":
            return tree, at
        at += 1


def _kept(value: Any, tree: Mapping[str, Any]) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_kept(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: _kept(item, tree[name]) for name, item in value.items() if name in tree}
    return value
