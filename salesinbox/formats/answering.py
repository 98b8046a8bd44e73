"""What stands in an answer before the rep has written a word: subject, quotation, signature (SEND-1, SEND-3).

Answers are written above what they answer, as business mail has it: an empty line to write in, the signature, then the
quotation. Everything made here is understood again by `quoting`, here and in the reader of whoever gets the answer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from salesinbox.formats import quoting
from salesinbox.locale import formatting, texts
from salesinbox.locale.texts import _
from salesinbox.model.drafts import Original
from salesinbox.model.mail import Address
from salesinbox.model.text import safe, safe_block

MAX_QUOTED = 200_000
"""Characters of the original that are quoted or forwarded inline."""
OWN, SIGNATURE, OTHERS = "own", "signature", "others"

_COUNT = r"\s{0,3}(?:[\[(（［^]?\d{1,3}[\])）］]?)?\s{0,3}"
_ANSWER = re.compile(
    rf"\s*(?:re|ｒｅ|aw|antw|antwort|sv|odp|ynt|回复|回覆|答复|答覆|返信){_COUNT}[:：]\s*", re.IGNORECASE
)
_FORWARD = re.compile(rf"\s*(?:fwd?|ｆｗｄ?|wg|tr|rv|vb|转发|轉寄|転送){_COUNT}[:：]\s*", re.IGNORECASE)
_LONGEST_SUBJECT = 998
_LONGEST_NAME = 80
_QUOTE = re.compile(r"[ ]?(?:[>＞][ ]?)+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_DASHES = ("-- ", "--")
_ATTACHED = re.compile(
    r"\b(?:attached|attachments?|attaching|(?:i|we)(?:['’]?ll| will| have)? attach|enclosed|enclosing|enclosures?)\b"
    r"|添付|同封|別添|別紙"
    r"|\b(?:anbei|im anhang|angehängte?[nrs]?|beigefügte?[nrs]?|beiliegend|als anlage|in der anlage)\b"
    r"|\b(?:ci-joint(?:e|s|es)?|pi[èe]ces? jointes?|en annexe)\b"
    r"|\b(?:adjunt[oa]s?|allegat[oi])\b",
    re.IGNORECASE,
)


def answer_subject(subject: str) -> str:
    """The subject of an answer: one "Re: ", whatever marks of an answer there were, in whatever language."""
    rest = _without(_ANSWER, subject)
    return f"Re: {rest}" if rest else "Re:"


def forward_subject(subject: str) -> str:
    """The subject of a message that is passed on: one "Fwd: " in front, what it was an answer to kept."""
    rest = _without(_FORWARD, subject)
    return f"Fwd: {rest}" if rest else "Fwd:"


def _without(prefix: re.Pattern[str], subject: str) -> str:
    subject = safe(subject, _LONGEST_SUBJECT).strip()
    at = 0
    while found := prefix.match(subject, at):
        at = found.end()
    return subject[at:]


def reply_text(original: Original, zone: ZoneInfo) -> str:
    """The quotation of an answer: who wrote when, in the rep's zone and language, then every line behind "> ".

    The original's signature is left out. "" where the original has no text.
    """
    lines = [_line(text) for text in _cut(original.text).split("\n")]
    quoting.mark([line.marked for line in lines])
    quoted = "\n".join(_quoted(line) for line in _trimmed(list(_unsigned(lines))))
    if not quoted:
        return ""
    return f"{_attribution(original, zone)}\n{quoted}"


def forward_text(original: Original, zone: ZoneInfo) -> str:
    """A message to be passed on within the text: a header that programs know, then the text as it is."""
    fields = [
        (_("From"), _people([original.sender])),
        (_("Date"), formatting.full_time(original.date, zone, texts.language())),
        (_("Subject"), safe(original.subject)),
        (_("To"), _people(original.to)),
        (_("Cc"), _people(original.cc)),
    ]
    header = "\n".join(f"{name}: {value}" for name, value in fields if value)
    mark = _("---------- Forwarded message ----------")
    content = "\n".join(
        _trimmed([line.rstrip() if line != "-- " else line for line in _cut(original.text).split("\n")])
    )
    return f"{mark}\n{header}\n\n{content}" if content else f"{mark}\n{header}"


def body_with_signature(text: str, signature: str) -> str:
    """A text to begin with: two lines to write in, the signature, then the quotation or what is forwarded.

    Args:
        text: What `reply_text` or `forward_text` gave, "" for a new message.
        signature: As the identity has it, "" for none; a line of dashes at its head is not written twice.
    """
    block = _block(signature)
    below = "\n\n".join(filter(None, (block, text)))
    return f"\n\n{below}" if below else ""


def swap_signature(text: str, old: str, new: str) -> str:
    """The text with another identity's signature in the place of the one that was put into it.

    A signature that the rep has changed by hand stays as it is. Where there was none, the new one is put above the
    quotation. What is quoted or forwarded is never touched.
    """
    before, after = _block(old), _block(new)
    lines = text.split("\n")
    kinds = kinds_of(lines)
    first_signed = next((at for at, kind in enumerate(kinds) if kind == SIGNATURE), None)
    if first_signed is None:
        return text if before or not after else _inserted(lines, kinds, after)
    end = next((at for at in range(first_signed, len(kinds)) if kinds[at] != SIGNATURE), len(kinds))
    last = end
    while last > first_signed and not lines[last - 1].strip():
        last -= 1
    if not before or _bare(lines[first_signed:last]) != _bare(before.split("\n")):
        return text
    above = lines[:first_signed]
    if not after:
        below = lines[last:]
        while below and not below[0].strip():
            below.pop(0)
        # What stood round the signature closes up: one empty line is left, or none at the end.
        while above and not above[-1].strip() and (not below or (len(above) > 2 and not above[-2].strip())):
            above.pop()
        return "\n".join([*above, *below])
    return "\n".join([*above, *after.split("\n"), *lines[last:]])


def attachment_mentioned(text: str) -> str:
    """The word by which the rep promises a file, in English, Japanese, German, French, Spanish or Italian; "" if none.

    Only what the rep wrote counts: neither the quotation nor the signature.
    """
    lines = text[:MAX_QUOTED].split("\n")
    own = "\n".join(line for line, kind in zip(lines, kinds_of(lines), strict=True) if kind == OWN)
    found = _ATTACHED.search(own)
    return found[0] if found else ""


def kinds_of(lines: Sequence[str]) -> list[str]:
    """What each line of a text that is being written is: OWN, SIGNATURE, or OTHERS (quoted, forwarded).

    A signature begins at a line of two dashes and ends where somebody else's text begins.
    """
    read = [_line(line) for line in lines]
    fenced = _fenced(lines)
    for number in fenced:
        read[number].marked.text, read[number].marked.quote = "", 0
    marked = [line.marked for line in read]
    quoting.mark(marked)
    kinds: list[str] = []
    signed = forwarded = False
    for number, line in enumerate(marked):
        if number in fenced and not forwarded:
            kinds.append(SIGNATURE if signed else OWN)
            continue
        if line.quote:
            signed = False
        forwarded = forwarded or (not line.quote and quoting.is_forward(line.text))
        signed = signed or (not line.quote and lines[number] in _DASHES)
        kinds.append(OTHERS if forwarded or line.quote else SIGNATURE if signed else OWN)
    return kinds


def segments(text: str) -> Iterator[tuple[str, list[str]]]:
    """A text as runs of lines of one kind (see `kinds_of`), in their order."""
    lines = text.split("\n")
    run: list[str] = []
    kind = OWN
    for line, found in zip(lines, kinds_of(lines), strict=True):
        if found != kind and run:
            yield kind, run
            run = []
        kind = found
        run.append(line)
    if run:
        yield kind, run


def depth_of(line: str) -> tuple[int, str]:
    """How deep a line is quoted by its own signs, and what it says without them."""
    found = _QUOTE.match(line) if line[:2].lstrip(" ")[:1] in (">", "＞") else None
    if found is None:
        return 0, line
    return found[0].count(">") + found[0].count("＞"), line[found.end() :]


@dataclass(slots=True)
class _Line:
    source: str
    marked: quoting.Line


def _line(source: str) -> _Line:
    depth, text = depth_of(source)
    return _Line(source, quoting.Line(text.rstrip() if text != "-- " else text, depth))


def _fenced(lines: Sequence[str]) -> set[int]:
    """Lines of Markdown's fenced blocks, in which no sign means anything; a fence that is not closed is none."""
    found: set[int] = set()
    opened, fence = -1, ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark is None:
            continue
        if opened < 0:
            opened, fence = number, mark[1]
        elif mark[1].startswith(fence) and not line[mark.end() :].strip(" `~"):
            found.update(range(opened, number + 1))
            opened = -1
    return found


def _unsigned(lines: Sequence[_Line]) -> Iterator[str]:
    """The lines without signatures; empty lines alone are none, though they are marked with them."""
    for signature, run in groupby(lines, key=lambda line: line.marked.signature and not line.marked.quote):
        sources = [line.source for line in run]
        if not signature or not any(source.strip() for source in sources):
            yield from sources
        else:
            yield ""


def _cut(text: str) -> str:
    text = safe_block(text)
    if len(text) <= MAX_QUOTED:
        return text
    return f"{text[:MAX_QUOTED].rpartition(chr(10))[0] or text[:MAX_QUOTED]}\n[…]"


def _trimmed(lines: list[str]) -> list[str]:
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return lines[first:last]


def _quoted(line: str) -> str:
    line = line.rstrip()
    if not line:
        return ">"
    return f">{line}" if line.startswith(">") else f"> {line}"


def _attribution(original: Original, zone: ZoneInfo) -> str:
    return _("On {date}, {sender} wrote:").format(
        date=formatting.full_time(original.date, zone, texts.language()), sender=_person(original.sender)
    )


def _person(one: Address) -> str:
    name = safe(one.name, _LONGEST_NAME).strip()
    return f"{name} <{safe(one.address)}>" if name else f"<{safe(one.address)}>"


def _people(addresses: Sequence[Address]) -> str:
    return ", ".join(map(_person, addresses))


def _block(signature: str) -> str:
    """The signature below its line of dashes, as it stands in a text; "" for none."""
    lines = [line.rstrip() for line in signature.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    lines = _trimmed(lines)
    if lines and lines[0] == "--":
        lines = _trimmed(lines[1:])
    return "\n".join(["-- ", *lines]) if lines else ""


def _bare(lines: Sequence[str]) -> list[str]:
    """Lines without the blanks at their ends, which editors take away."""
    return [line.rstrip() for line in lines]


def _inserted(lines: Sequence[str], kinds: Sequence[str], block: str) -> str:
    """The text with the signature above what is somebody else's to the end, else below everything."""
    at = len(lines)
    while at and kinds[at - 1] == OTHERS:
        at -= 1
    above = list(lines[:at])
    while above and not above[-1].strip():
        above.pop()
    if not above:
        above = [""]
    below = lines[at:]
    return "\n".join([*above, "", block, *(["", *below] if below else [])])
