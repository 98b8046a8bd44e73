"""Gmail's search box, as far as it is documented: words, phrases, operators, OR, { }, ( ) and -.

What no document of Google's tells of is a QueryFault, so that a test finds out what the real one would take otherwise.
"""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.gmail_server import mail
from tests.gmail_server.state import Message, State

Test = Callable[[Message], bool]

_TOKEN = re.compile(r"""\s*(?:([(){}])|(-)(?=\S)|([A-Za-z_0-9]+):(?=\S)|"([^"]*)"|([^\s(){}"]+))""")
_SIZES = {"": 1, "k": 1024, "m": 1024 * 1024}
_SPANS = {"d": 86_400, "m": 30 * 86_400, "y": 365 * 86_400}
_FIELDS = {"from": ("From",), "to": ("To", "Cc", "Bcc"), "cc": ("Cc",), "bcc": ("Bcc",), "subject": ("Subject",)}
_PLACES = {
    "inbox": "INBOX", "sent": "SENT", "draft": "DRAFT", "drafts": "DRAFT", "spam": "SPAM", "trash": "TRASH",
    "chat": "CHAT", "chats": "CHAT", "starred": "STARRED", "important": "IMPORTANT", "unread": "UNREAD",
}  # fmt: skip


class QueryFault(Exception):
    """A query that says something that is not documented."""


def matching(state: State, text: str, now: float) -> tuple[Test, bool]:
    """(what tells whether a message matches, whether spam and trash were asked for by the query itself)."""
    reader = _Reader(state, text, now)
    found = reader.all_of("")
    return found, reader.everywhere


class _Reader:
    def __init__(self, state: State, text: str, now: float) -> None:
        self.state = state
        self.now = now
        self.everywhere = False
        self._tokens = list(self._read(text))
        self._at = 0

    def _read(self, text: str) -> list[tuple[str, str]]:
        found = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise QueryFault(f"cannot be read at {text[at : at + 20]!r}")
            at = match.end()
            bracket, minus, operator, phrase, word = match.groups()
            if bracket:
                found.append(("bracket", bracket))
            elif minus:
                found.append(("minus", "-"))
            elif operator:
                if operator.lower() == "rfc822msgid":
                    # An id may hold anything but white space.
                    value = re.compile(r'"([^"\s]*)"|(\S+)').match(text, at)
                    assert value is not None
                    at = value.end()
                    # A bracket that ends a group does not belong to it.
                    told = value.group(1) or value.group(2)
                    while told.endswith((")", "}")) and told.count("(") + told.count("{") < told.count(
                        ")"
                    ) + told.count("}"):
                        told, at = told[:-1], at - 1
                    found.append(("id", told))
                else:
                    found.append(("operator", operator.lower()))
            elif phrase is not None:
                found.append(("phrase", phrase))
            else:
                found.append(("or", "OR") if word == "OR" else ("word", word))
        return found

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def all_of(self, end: str, *, one: bool = False) -> Test:
        """What stands up to the bracket `end`; with `one` (braces) each stands for itself."""
        groups: list[list[Test]] = [[]]
        while True:
            kind, text = self._next()
            if kind == "end" or (kind == "bracket" and text in ")}"):
                if text != end:
                    raise QueryFault("brackets do not match")
                self._at += 1
                break
            if kind == "or":
                self._at += 1
                if not groups[-1]:
                    raise QueryFault("OR without a left side")
                # OR binds more tightly than what merely stands side by side.
                left = groups[-1].pop()
                right = self._term()
                groups[-1].append(lambda message, left=left, right=right: left(message) or right(message))
                continue
            groups[-1].append(self._term())
        tests = groups[0]
        if not tests:
            raise QueryFault("nothing in brackets") if end else None or QueryFault("an empty query")
        return (
            (lambda message: any(test(message) for test in tests))
            if one
            else (lambda message: all(test(message) for test in tests))
        )

    def _term(self) -> Test:
        kind, text = self._next()
        self._at += 1
        if kind == "minus":
            below = self._term()
            return lambda message: not below(message)
        if kind == "bracket" and text in "({":
            return self.all_of(")" if text == "(" else "}", one=text == "{")
        if kind in ("word", "phrase"):
            return self._words(text)
        if kind == "id":
            wanted = text.removeprefix("<").removesuffix(">")
            return lambda message: _bare_id(message) == wanted
        if kind == "operator":
            return self._operator(text)
        raise QueryFault(f"unexpected {text!r}")

    def _words(self, text: str, fields: tuple[str, ...] = ()) -> Test:
        def found(message: Message) -> bool:
            if fields:
                told = "\n".join(mail.field(message.parsed, name) for name in fields)
            else:
                told = "\n".join(mail.field(message.parsed, name) for name in ("Subject", "From", "To", "Cc"))
                told += "\n" + mail.text(message.parsed)
            return _has(told, text)

        return found

    def _operator(self, name: str) -> Test:
        kind, value = self._next()
        if kind == "bracket" and value in "({" and name in _FIELDS:
            self._at += 1
            inner = self._values(")" if value == "(" else "}")
            tests = [self._words(text, _FIELDS[name]) for text in inner]
            joined = all if value == "(" else any
            return lambda message: joined(test(message) for test in tests)
        if kind not in ("word", "phrase"):
            raise QueryFault(f"{name}: without a value")
        self._at += 1
        if name in _FIELDS:
            mine = value == "me" and name != "subject"
            return self._words(self.state.address if mine else value, _FIELDS[name])
        if name in ("in", "label", "is", "category"):
            return self._place(name, value)
        if name in ("larger", "smaller", "size", "larger_than", "smaller_than"):
            return _size(name, value)
        if name in ("after", "before", "newer", "older"):
            at = _moment(name, value)
            after = name in ("after", "newer")
            return lambda message: (message.date / 1000 >= at) if after else (message.date / 1000 < at)
        if name in ("newer_than", "older_than"):
            match = re.fullmatch(r"(\d+)([dmy])", value)
            if match is None:
                raise QueryFault(f"{name}:{value}")
            edge = self.now - int(match[1]) * _SPANS[match[2]]
            return lambda message: (message.date / 1000 >= edge) == (name == "newer_than")
        if name == "has" and value.lower() == "attachment":
            return lambda message: any(part.get_filename() for part in message.parsed.walk())
        if name == "filename":
            return lambda message: any(
                value.casefold() in mail._filename(part).casefold() for part in message.parsed.walk()
            )
        if name == "list":
            return self._words(value, ("List-Id",))
        if name == "deliveredto":
            return self._words(value, ("Delivered-To",))
        raise QueryFault(f"there is no operator {name}:")

    def _values(self, end: str) -> list[str]:
        found = []
        while self._next() != ("bracket", end):
            kind, text = self._next()
            if kind not in ("word", "phrase"):
                raise QueryFault(f"unexpected {text!r}")
            found.append(text)
            self._at += 1
        self._at += 1
        return found

    def _place(self, name: str, value: str) -> Test:
        lower = value.lower()
        if name == "category":
            label = f"CATEGORY_{'PERSONAL' if lower == 'primary' else lower.upper()}"
            return lambda message: label in message.labels
        if name == "is" and lower == "read":
            return lambda message: "UNREAD" not in message.labels
        if name == "is" and lower not in ("unread", "starred", "important", "chat"):
            raise QueryFault(f"is:{value}")
        if name == "in" and lower == "anywhere":
            self.everywhere = True
            return lambda _message: True
        if lower in _PLACES:
            place = _PLACES[lower]
            self.everywhere = self.everywhere or place in ("SPAM", "TRASH")
            return lambda message: place in message.labels
        wanted = [label.id for label in self.state.labels.values() if _as_typed(label.name) == _as_typed(value)]
        return lambda message: any(found in message.labels for found in wanted)


def _as_typed(name: str) -> str:
    """A label's name as one types it into the search box."""
    return re.sub(r"[\s/()&\"]", "-", name.casefold())


def _bare_id(message: Message) -> str:
    return mail.field(message.parsed, "Message-ID").strip().removeprefix("<").removesuffix(">")


def _has(told: str, wanted: str) -> bool:
    """Whole words, whatever their case, one after another; where scripts have no spaces, anywhere."""
    words = re.findall(r"\w+", wanted.casefold())
    if not words:
        return False
    pattern = r"\W+".join(
        re.escape(word) if re.search(r"[぀-ヿ一-鿿가-힯]", word) else rf"\b{re.escape(word)}\b" for word in words
    )
    return re.search(pattern, told.casefold()) is not None


def _size(name: str, value: str) -> Test:
    match = re.fullmatch(r"(\d+)([km]?)", value.lower())
    if match is None:
        raise QueryFault(f"{name}:{value}")
    octets = int(match[1]) * _SIZES[match[2]]
    if name.startswith("smaller"):
        return lambda message: len(message.raw) < octets
    return lambda message: len(message.raw) > octets


def _moment(name: str, value: str) -> float:
    """Dates begin at midnight in California, whoever asks; seconds since 1970 are exact."""
    if re.fullmatch(r"\d{5,11}", value):
        return float(value)
    match = re.fullmatch(r"(\d{4})[/](\d{1,2})[/](\d{1,2})", value)
    if match is None:
        raise QueryFault(f"{name}:{value}")
    return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=ZoneInfo("America/Los_Angeles")).timestamp()
