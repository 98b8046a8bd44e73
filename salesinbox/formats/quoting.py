"""Where a message stops being its writer's: quotations and signatures, told by their words (READ-1).

Plain text and HTML alike come here as lines. Whatever the words, the rule is the same: an attribution belongs to
the quotation that it announces, a quoted header makes all that follows a quotation, what is forwarded is not one.
"""

import re
from collections.abc import Sequence

_RULES = frozenset("-=_*~#+＝－＿＊─━═―‐…‥・･～〜◆◇■□☆★")
_ATTRIBUTION = re.compile(
    r"(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|skrev)\s?[:：]?$"
    r"|(?:写道|寫道|書き込み|書きました|のメール)\s?[:：]?$"
    r"|^(?:Am|Op) .*\d.* (?:schrieb|schreef) .{1,80}:$"
    r"|^On .*\d.*(?:<\S+@\S+>|@\S+)\s?(?:wrote)?:$"
    r"|^\d{4}[年/-]\d{1,2}[月/-]\d{1,2}日?.*[<＜(（].*@.*[>＞)）]\s?(?:wrote)?[:：]?$"
    r"|^.{0,80}(?:さん|様)は(?:書きました|次のように書きました|.{0,40}に書きました)[:：]?$",
    re.IGNORECASE,
)
_LONGEST_ATTRIBUTION = 300
_ORIGINAL = re.compile(
    r"[-_*＿－ ]{2,}\s?(?:Original Message|Original Appointment|Ursprüngliche Nachricht|Message d['’]origine|"
    r"元のメッセージ|元のメール|Mensaje original|Messaggio originale)\s?[-_*＿－ ]*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"(?:[-_*＿－ ]{2,}\s?(?:Forwarded [Mm]essage|Forwarded by .{1,80}|Weitergeleitete Nachricht|Message transféré|"
    r"転送メッセージ|転送されたメッセージ|転送メール|転送)\s?[-_*＿－ ]*|Begin forwarded message:|"
    r"転送されたメッセージ[:：]?|(?:---+ )?Forwarded message(?: ---+)?)$",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(?:From|差出人|送信者|Von|De|Da|发件人|寄件者)\*?\s?[:：]\*?\s?\S", re.IGNORECASE)
_FIELD = re.compile(
    r"\*?(?:(?P<date>Sent|Date|送信日時|日時|日付|Gesendet|Datum|Envoyé|Enviado|发送时间)|"
    r"(?P<to>To|宛先|An|À|Para|收件人)|(?P<cc>Cc|CC)|(?P<subject>Subject|件名|Betreff|Objet|Asunto|主题))\*?\s?[:：]",
    re.IGNORECASE,
)
_HEADER_LINES = 8
_ANNOUNCED = 5
"""Lines within which a header stands that belongs to the line that announces it."""
_DASHES = re.compile(r"--\s*$")
_LONGEST_SIGNATURE = 40
_MOBILE = re.compile(
    r"(?:Sent from my .{2,40}|Sent from (?:Outlook|Mail|Yahoo Mail)\b.{0,40}|Get Outlook for .{2,20}|"
    r".{0,20}(?:iPhone|iPad|Android|スマートフォン)から送信(?:しています)?|Von meinem .{2,30} gesendet)\.?$",
    re.IGNORECASE,
)
# Addresses of the web alone tell no signature: bulletins have them everywhere.
_CONTACT = re.compile(
    r"\W*(?:TEL|FAX|Phone|Mobile|Mob|Cell|Direct|E-?mail|T|M)\b\.?\s?[:：+\d(]|"
    r"\W*(?:[ＴT][ＥE][ＬL]|ＦＡＸ|電話|携帯|[EＥ][-‐－]?(?:mail|メール)|〒)|"
    r".*[\w.+-]@[\w-]+\.\w|\W*(?:株式会社|（株）|\(株\)|㈱|有限会社|合同会社)|"
    r".{1,60}(?:株式会社|（株）|㈱|有限会社)\s*$|.{1,60}\b(?:Inc|Ltd|LLC|GmbH|Corp)\b",
    re.IGNORECASE,
)
_RULED_SIGNATURE = 15
_LONG_LINE = 120


class Line:
    """A line of a message, blank ones included; `mark` sets `quote` and `signature`.

    `starts`: the mail's own markup says that a quotation of all that follows begins here.
    """

    __slots__ = ("quote", "signature", "starts", "text")

    def __init__(self, text: str, quote: int = 0, *, signature: bool = False, starts: bool = False) -> None:
        self.text = text
        self.quote = quote
        self.signature = signature
        self.starts = starts


def is_rule(text: str) -> bool:
    """Whether a line is nothing but a rule drawn with characters."""
    if len(text) < 4 or text.strip(" \t　")[:1] not in _RULES:
        return False
    drawn = set(text) - {" ", "\t", "　"}
    return (
        0 < len(drawn) < 3
        and drawn <= _RULES
        and len(text.split(maxsplit=1)[0]) > (3 if " " not in text.strip() else 0)
    )


def is_forward(text: str) -> bool:
    """Whether a line says that a message is passed on below it."""
    return _FORWARD.match(text.strip()) is not None


def mark(lines: Sequence[Line]) -> None:
    """Finds quotations and signatures; time in proportion to the lines."""
    _mark_rest(lines)
    _mark_forwards(lines)
    _mark_attributions(lines)
    _mark_signatures(lines)


def _mark_rest(lines: Sequence[Line]) -> None:
    """What follows a quoted header or "Original Message" is a quotation to the end."""
    depth = settled = 0
    for at, line in enumerate(lines):
        if line.quote == 0 and at >= settled and line.text:
            if is_forward(line.text):
                settled = at + _ANNOUNCED
            elif line.starts or _starts_rest(lines, at):
                depth += 1
                settled = at + (1 if _is_header(lines, at) else _ANNOUNCED)
                if depth == 1:
                    _take_rule(lines, at, depth)
        line.quote += depth


def _starts_rest(lines: Sequence[Line], at: int) -> bool:
    text = lines[at].text
    if text[0] in "-_*＿－ " and len(text) < 100 and _ORIGINAL.match(text):
        return True
    return text[0] in "*FfVvDd差送发寄" and _is_header(lines, at)


def _is_header(lines: Sequence[Line], at: int) -> bool:
    """Whether From stands here with two of Date, To and Subject on the lines below."""
    if not _FROM.match(lines[at].text):
        return False
    fields = set()
    for line in lines[at + 1 : at + _HEADER_LINES]:
        found = _FIELD.match(line.text)
        if found:
            fields.add(found.lastgroup)
    return len(fields - {"cc"}) > 1


def _take_rule(lines: Sequence[Line], at: int, depth: int) -> None:
    """The rule above a quoted header belongs to it."""
    before = at - 1
    while before >= 0 and not lines[before].text.strip():
        before -= 1
    if before >= 0 and at - before < 4 and is_rule(lines[before].text):
        for line in lines[before:at]:
            line.quote = depth


def _mark_forwards(lines: Sequence[Line]) -> None:
    """A quotation right below "Begin forwarded message:" is the message itself."""
    forward = False
    for line in lines:
        if line.quote == 0 and line.text.strip():
            forward = is_forward(line.text)
        elif forward and line.quote:
            line.quote -= 1


def _mark_attributions(lines: Sequence[Line]) -> None:
    for at in range(1, len(lines)):
        depth = lines[at - 1].quote
        if lines[at].quote <= depth or not lines[at].text.strip():
            continue
        first, words = at, ""
        for before in range(at - 1, max(at - 6, -1), -1):
            text = lines[before].text.strip()
            if lines[before].quote != depth or (not text and words):
                break
            if not text:
                continue
            words = f"{text} {words}".strip()
            if len(words) > _LONGEST_ATTRIBUTION:
                break
            if _ATTRIBUTION.search(words) and (not text[0].islower() and not text.startswith("<")):
                first = before
                break
        for line in lines[first:at]:
            line.quote = depth + 1


def _mark_signatures(lines: Sequence[Line]) -> None:
    start = 0
    while start < len(lines):
        if lines[start].quote:
            start += 1
            continue
        end = start
        while end < len(lines) and lines[end].quote == 0:
            end += 1
        _sign(lines, start, end)
        start = end


def _sign(lines: Sequence[Line], start: int, end: int) -> None:
    """Finds the signature in a stretch of the writer's own lines."""
    first = _signature(lines, start, end)
    for line in lines[first:end]:
        line.signature = True


def _signature(lines: Sequence[Line], start: int, end: int) -> int:
    for at in range(max(start, end - _LONGEST_SIGNATURE), end):
        if _DASHES.match(lines[at].text):
            return at
    while end > start and not lines[end - 1].text.strip():
        end -= 1
    if end - start > 0 and _MOBILE.match(lines[end - 1].text.strip()):
        return end - 1
    for at in range(max(start, end - _RULED_SIGNATURE), end - 2):
        if is_rule(lines[at].text):
            below = [line.text for line in lines[at + 1 : end]]
            contacts = sum(_CONTACT.match(text[:_LONG_LINE]) is not None for text in below)
            if contacts > 1 and max(map(len, below)) < _LONG_LINE:
                return at
    return end
