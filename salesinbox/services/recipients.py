"""Recipients that complete what is typed: from records, then from mail history, best first (SEND-2)."""

import re
import threading
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, islice
from operator import add
from pathlib import Path
from typing import NamedTuple

from salesinbox.formats.domains import is_disguised, readable
from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.reviews import Suggestion
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.rules import columns
from salesinbox.rules.addresses import normal
from salesinbox.rules.words import bare
from salesinbox.store import recipients
from salesinbox.store.database import Database
from salesinbox.store.recipients import Listed, Used

_WRITTEN_COUNTS = 4
"""One mail to somebody says as much of whom the rep means as so many from there."""
_BOUNCED_WITHIN = 365 * 86_400
_LONGEST_NAME, _LONGEST_TYPED, _MOST_WORDS = 100, 200, 8
_LOOKED_AT = 500
"""Entries that fit several words and are told apart by what they fit with; more than anybody pages through."""
_WORD = re.compile(r"[^\W_]+")
_WRITABLE = re.compile(r'[^\s"(),:;<>@\[\\\]]+@[^\s"(),:;<>@\[\\\]]+')
"""An address that can stand in a list of addresses as it is."""
_NOBODY = re.compile(
    r"(?:no|do[-_.]?not|never)[-_.]?reply|(?:mailer-daemon|postmaster|bounces?|notifications?|listserv|majordomo)\b"
    r"|.+-(?:bounces|request|owner)@"
)
"""Addresses behind which nobody reads."""
_FIRST, _HEARD, _LAST = range(3)
_OTHER, _COLLEAGUE, _REP = range(3)


class _Entry(NamedTuple):
    """`address` in its normal form; `name` harmless."""

    address: str
    name: str
    record: str = ""
    company: str = ""
    title: str = ""
    mails: int = 0
    side: int = _OTHER


_GOOD_FOR = 300
"""Seconds for which what was read is new enough."""


class RecipientService:
    """`load` in one thread and `suggest` in any other one, at the same time. `now` gives seconds since 1970."""

    def __init__(self, database_path: Path, settings: Settings, now: Callable[[], float]) -> None:
        self._path, self._settings, self._now = database_path, settings, now
        self._loading = threading.Lock()
        self._index: _Index | None = None
        self._read = 0

    @property
    def loaded(self) -> bool:
        return self._index is not None

    def renew(self) -> None:
        """`load`, unless that was a moment ago."""
        if not self.loaded or not 0 <= int(self._now()) - self._read < _GOOD_FOR:
            self.load()

    def load(self) -> None:
        """Read records and mail history; once more, to know what has come since.

        Takes a while: not for the interface's thread. Meanwhile `suggest` knows what was read before.

        Raises:
            DatabaseError: The database cannot be read.
        """
        with self._loading:
            now = int(self._now())
            self._read = now
            with Database(self._path, readonly=True) as database:
                connection = database.connection
                connection.execute("BEGIN")  # one moment for all that is read
                used = recipients.history(connection, now)
                bounced = recipients.bounced(connection, None, now - _BOUNCED_WITHIN)
                listed = list(recipients.people(connection))
            self._index = _Index(*_entries(listed, used, bounced.keys(), self._settings))

    def suggest(self, typed: str, *, limit: int = 8) -> list[Suggestion]:
        """Who is meant by what is typed of one recipient; [] until `load` has run.

        Every word that is typed begins a word of the name, the address, the company or the domain; of a Japanese name
        any part will do. An address that is typed whole comes first; then those who are found by name or address,
        records before others, the most used first; then those who are found by company or domain, likewise. Each
        address once.
        """
        index = self._index
        if index is None:
            return []
        name, _opened, address = safe(typed[:_LONGEST_TYPED]).rpartition("<")
        typed = (address.strip() or name).strip(" \"'<>")
        return [_suggestion(entry) for entry in islice(index.find(typed), limit)]


def _suggestion(entry: _Entry) -> Suggestion:
    if entry.record:
        about = ", ".join(part for part in (entry.company, entry.title) if part)
    elif entry.side == _REP:
        about = _("You")
    elif entry.side == _COLLEAGUE:
        about = _("Colleague")
    else:
        about = ngettext("{n} mail", "{n} mails", entry.mails).format(n=number(entry.mails))
    return Suggestion(entry.name, _shown(entry.address), about, entry.record)


def _entries(
    listed: Iterable[Listed], used: Mapping[str, Used], bounced: Iterable[str], settings: Settings
) -> tuple[list[_Entry], int]:
    """Every address once, best first, and how many of them, at the beginning, are of records."""
    own = columns.own(settings.me, settings.accounts)
    rep = own.addresses | {normal(one.address) for account in settings.accounts for one in account.identities}
    returned = set(bounced)

    found: dict[str, tuple[tuple[int, float, int], _Entry]] = {}
    for one in listed:
        if one.address not in found and _WRITABLE.fullmatch(one.address):
            use = used.get(one.address)
            rank = (_LAST if one.address in returned else _FIRST, -_score(use), one.position)
            found[one.address] = (
                rank,
                _Entry(one.address, one.name, one.person, one.company, one.title),
            )
    records = _sorted(found.values())

    others: list[tuple[tuple[int, float, int], _Entry]] = []
    for address in (used.keys() | own.team | rep) - found.keys():
        use = used.get(address)
        nobody = address in returned or _NOBODY.match(address) is not None
        if not _WRITABLE.fullmatch(address) or (nobody and not (use and use.written)):
            continue
        side = _REP if address in rep else _COLLEAGUE if _is_colleague(address, own) else _OTHER
        # Whom the rep never wrote to may call himself whatever he likes: he stands below all others.
        meant = address in own.team or bool(use and use.written)
        order = _LAST if nobody or side == _REP else _FIRST if meant else _HEARD
        name = settings.me.name if side == _REP else _name(use.name) if use else ""
        mails = use.written + use.heard if use else 0
        others.append(((order, -_score(use), 0), _Entry(address, name, mails=mails, side=side)))
    return [*records, *_sorted(others)], len(records)


def _sorted(ranked: Iterable[tuple[tuple[int, float, int], _Entry]]) -> list[_Entry]:
    return [entry for _rank, entry in sorted(ranked)]


def _is_colleague(address: str, own: columns.Own) -> bool:
    return address in own.team or address.rpartition("@")[2] in own.domains


def _score(use: Used | None) -> float:
    return _WRITTEN_COUNTS * use.weight + use.echo if use else 0.0


def _name(name: str) -> str:
    """The name in a header, harmless; none that is an address, this one or (worse) another one."""
    name = safe(name, _LONGEST_NAME).strip()
    return "" if "@" in bare(name) else name


def _shown(address: str) -> str:
    """The address with an international domain in its own letters, unless those are there to deceive."""
    if "xn--" not in address:
        return address
    local, at, domain = address.rpartition("@")
    own_letters = safe(readable(domain))
    honest = not is_disguised(domain) and normal(f"{local}{at}{own_letters}") == address
    return f"{local}{at}{own_letters}" if honest else address


class _Index:
    """Entries, best first, with their words in three texts: a search is one for a substring, from the best on."""

    def __init__(self, entries: Sequence[_Entry], records: int) -> None:
        self._entries, self._records = entries, records
        self._by_address = {entry.address: place for place, entry in enumerate(entries)}
        employer = lru_cache(maxsize=None)(_employer)  # few companies for many people
        names, companies = [], []
        for entry in entries:
            local, _at, domain = entry.address.rpartition("@")
            names.append(_words(f"{entry.name} {local}"))
            companies.append(employer(entry.company, domain))
        self._lines = list(map(add, names, companies))
        self._names, self._companies = _Lines(names), _Lines(companies)
        self._addresses = _Lines(list(map(_written, self._by_address)))

    def find(self, typed: str) -> Iterator[_Entry]:
        """What fits, best first, each entry once."""
        folded = bare(typed)
        words = list(dict.fromkeys(_WORD.findall(folded)))[:_MOST_WORDS]
        if words and "@" in folded:
            places = self._by_address_begun(typed, folded)
        elif len(words) == 1:
            places = self._by_word(words[0])
        else:
            places = self._by_words(words)
        seen = set()
        for place in places:
            if place not in seen:
                seen.add(place)
                yield self._entries[place]

    def _by_address_begun(self, typed: str, begun: str) -> Iterator[int]:
        """What is typed is how an address begins, or with the "@" before it how a domain does."""
        whole = self._by_address.get(normal(typed))
        if whole is not None:
            yield whole
        yield from self._addresses.hits(begun if begun.startswith("@") else f" {begun}")

    def _by_word(self, word: str) -> Iterator[int]:
        needle, records, everything = _needle(word), self._records, len(self._entries)
        for lines in (self._names, self._companies):
            yield from lines.hits(needle, 0, records)
            yield from lines.hits(needle, records, everything)

    def _by_words(self, words: Sequence[str]) -> Iterator[int]:
        fitting: Sequence[int] = range(len(self._entries)) if words else ()
        needles = sorted(map(_needle, words), key=len, reverse=True)
        for needle in needles:
            fitting = [place for place in fitting if needle in self._lines[place]]
        companies = []
        for place in fitting[:_LOOKED_AT]:
            if any(self._names.holds(place, needle) for needle in needles):
                yield place
            else:
                companies.append(place)
        yield from companies


class _Lines:
    """Lines of folded words in one text, each word with a blank before it."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._text = "\n".join(lines)
        self._starts = array("L", accumulate((len(line) + 1 for line in lines), initial=0))

    def hits(self, needle: str, first: int = 0, end: int | None = None) -> Iterator[int]:
        """Numbers of the lines from `first` to before `end` that hold the needle."""
        starts = self._starts
        stop = starts[-1 if end is None else end]
        at = starts[first]
        while (at := self._text.find(needle, at, stop)) >= 0:
            line = bisect_right(starts, at) - 1
            yield line
            at = starts[line + 1]

    def holds(self, line: int, needle: str) -> bool:
        return self._text.find(needle, self._starts[line], self._starts[line + 1]) >= 0


def _written(address: str) -> str:
    """An address in each way in which it is typed."""
    local, _at, domain = address.rpartition("@")
    other = f" {bare(local)}@{bare(readable(domain))}" if "xn--" in domain else ""
    return f" {address}{other}"


def _employer(company: str, domain: str) -> str:
    return _words(f"{company} {readable(domain)}")


def _words(text: str) -> str:
    """The words of a text as they are compared; those of a name in Japanese also without what separates them."""
    words = _WORD.findall(bare(text))
    if not text.isascii():
        words.append("".join(words))
    return " " + " ".join(words)


def _needle(word: str) -> str:
    """A word is found by its beginning; one of a script without spaces by any part of it."""
    return word if unicodedata.category(word[0]) in ("Lo", "Lm") else f" {word}"
