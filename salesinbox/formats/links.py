"""Links: which addresses are ones, where they lead, and whether their text tells the truth about it (READ-7)."""

import re

from salesinbox.formats import domains
from salesinbox.model.reading import BARE_NUMBER, LOOK_ALIKE, OTHER_ADDRESS, Link
from salesinbox.model.text import safe

SCHEMES = ("http:", "https:", "mailto:", "tel:", "ftp:")
"""What can be opened; a script, a file or data is text and nothing else."""
_WEB = ("http:", "https:", "ftp:")
MOST = 1_000
"""Links of one message that get a number."""
_LONGEST = 8_000
_LONGEST_TEXT = 200
_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u3000]+")
_HOST = re.compile(r"(?:https?|ftp):[/\\]*([^/\\?#]*)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]+)(?:\.(?:\d+|0x[0-9a-f]+)){0,3}$|\[[0-9a-f:.]+\]$", re.IGNORECASE)
_BORROWED = frozenset({"com", "net", "org"})
# ASCII alone: Japanese goes on behind an address without a blank.
_BARE = re.compile(r"(?:https?://|mailto:|ftp://)[!#-;=?-~]+", re.IGNORECASE)
_TRAILING = ".,;:!?'*_>|"


def openable(href: str) -> str:
    """The address that a link opens, harmless to draw; "" if it is none of SCHEMES or is too long to be one."""
    if not href or len(href) > _LONGEST:
        return ""
    if not (href.isascii() and href.isprintable()) or " " in href:
        # Browsers take blanks and line breaks out, so does this.
        href = _BLANK.sub("", href)
    if not href.lower().startswith(SCHEMES):
        return ""
    if href.isascii() and href.isprintable():
        return href
    host = _HOST.match(href)
    if host:
        href = href[: host.start(1)] + domains.encoded(host[1]) + href[host.end(1) :]
    if safe(href) == href:
        return href
    return "".join(map(_escaped, href))


def _escaped(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def shown(address: str) -> str:
    """An address to read: a domain in other letters stands in both forms, encoded and as it looks."""
    if "xn--" not in address:
        return address
    host = host_of(address)
    letters = safe(domains.readable(host))
    return f"{address} ({letters})" if letters != host else address


def host_of(address: str) -> str:
    """The host that an address leads to, in lower case; the domain of a mail address; "" without one."""
    if address[:7].lower() == "mailto:":
        return address[7:].partition("?")[0].partition(",")[0].rpartition("@")[2].lower()
    found = _HOST.match(address)
    if found is None:
        return ""
    host = found[1].rpartition("@")[2].lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def in_text(text: str) -> list[tuple[int, int]]:
    """Where addresses stand in plain text (start, end), without the punctuation that follows them."""
    found: list[tuple[int, int]] = []
    if ":" not in text:
        return found
    for match in _BARE.finditer(text):
        start, end = match.span()
        if end - start > _LONGEST:
            continue
        # A bracket belongs to the address only with its opening one.
        spare = {")": match[0].count(")") - match[0].count("("), "]": match[0].count("]") - match[0].count("[")}
        while end > start and (text[end - 1] in _TRAILING or spare.get(text[end - 1], 0) > 0):
            end -= 1
            if text[end] in spare:
                spare[text[end]] -= 1
        address = text[start:end]
        if host_of(address):
            found.append((start, end))
    return found


class Numbered:
    """The links of one message, numbered in the order in which they come; the same one twice has one number."""

    def __init__(self, sender: str, *, bare: bool) -> None:
        """`sender` is the From address. Without `bare` a link that shows its own address gets no number.

        A mail address or a telephone number that shows itself never gets one: signatures and headers are full of
        them, and what is to be done with them is seen without.
        """
        self._sender_domain = sender.rpartition("@")[2].lower()
        self._bare = bare
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._links: list[Link] = []

    def number(self, text: str, address: str) -> int:
        """The number of the link, 0 if it gets none."""
        if len(self._links) >= MOST:
            return 0
        text = " ".join(text.split())[:_LONGEST_TEXT]
        same = is_same(text, address)
        if not text or (same and not self._bare):
            return 0
        judged = judge(text, address, self._sender_domain) if self._bare else ("", "")
        if same and not judged[0] and not address.lower().startswith(_WEB):
            return 0
        known = self._numbers.get((address, *judged))
        if known:
            return known
        number = len(self._links) + 1
        self._numbers[address, *judged] = number
        self._links.append(Link(number, text, address, *judged))
        return number

    def all(self) -> tuple[Link, ...]:
        return tuple(self._links)


def is_same(text: str, address: str) -> bool:
    """Whether a link's text is its address, so that repeating it says nothing."""
    return _bare_address(text) == _bare_address(address)


def _bare_address(text: str) -> str:
    text = text.removeprefix("mailto:").removeprefix("tel:")
    return text.removeprefix("https://").removeprefix("http://").rstrip("/")


def judge(text: str, address: str, sender_domain: str) -> tuple[str, str]:
    """(warning, the domain it resembles or shows) of a link, ("", "") if there is nothing to say.

    Args:
        text: What the link shows.
        address: What it opens, as from `openable`.
        sender_domain: The From address' domain, "" if there is none.

    A text that is no address shows no other address than it opens; a sender who counts clicks on a link whose text
    is one is marked. Look-alikes are found against the sender's domain and the one in the text, and by what an
    honest address never has: borrowed names before the real one, mixed scripts, a domain before "@".
    """
    host = host_of(address)
    if not host:
        return "", ""
    if _NUMBER.match(host):
        seen = domains.shown_in(text)
        return (OTHER_ADDRESS, seen) if seen and not _NUMBER.match(seen) else (BARE_NUMBER, "")
    target = domains.registrable(host)
    seen = domains.encoded(domains.shown_in(text))
    known = [domains.registrable(name) for name in (seen, sender_domain.lower()) if "." in name]
    resembled = _resembled(address, host, target, known)
    if resembled:
        return LOOK_ALIKE, safe(resembled, 100)
    if known and seen and known[0] != target:
        return OTHER_ADDRESS, seen
    return "", ""


def _resembled(address: str, host: str, target: str, known: list[str]) -> str:
    pretended = _user(address)
    if pretended and domains.registrable(pretended) != target:
        return pretended
    for domain in known:
        if domain == target:
            continue
        if domains.skeleton(domain) == domains.skeleton(target):
            return domain
        if f".{domain}." in f".{host}." or host.startswith(f"{domain.replace('.', '-')}."):
            return domain
    labels = host.split(".")
    for at in range(1, len(labels) - target.count(".") - 1):
        if labels[at] in _BORROWED:
            return ".".join(labels[at - 1 : at + 1])
    return domains.plain_letters(target) if domains.is_disguised(target) else ""


def _user(address: str) -> str:
    """A domain that stands before "@" in a web address, where a name and a password would."""
    found = _HOST.match(address)
    if found is None or "@" not in found[1]:
        return ""
    return domains.shown_in(found[1].rpartition("@")[0].replace("@", " ").replace(":", " "))
