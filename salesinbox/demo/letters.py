"""Sample mail as bytes, the way different mail programs write it (RFC 5322, 2045 to 2047, 2231, 3676).

Written by hand and not by `email`: the point of the sample is what real mailers do, and the standard library
writes neither ISO-2022-JP with the vendors' characters nor Shift_JIS.
"""

import base64
import html
import quopri
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from salesinbox.demo.dates import short_month, short_weekday

_CRLF = "\r\n"
_WORD_ROOM = 45
"""Octets in one encoded word: Base64 of it, with the charset's name around, keeps under 75 (RFC 2047 §2)."""


@dataclass(frozen=True, slots=True)
class MailProgram:
    """How a mail program writes. `quoting`: "mark" (> lines), "block" (a header block, as it was) or ""."""

    charset: str
    alternative: bool = False
    flowed: bool = False
    quoting: str = "mark"
    name: str = ""


PROGRAMS = {
    "kamome": MailProgram("iso-2022-jp", name="Kamome Mail 4.21.07 [ja]"),
    "office": MailProgram("utf-8", alternative=True, quoting="block", name="Bureau 16.0"),
    "web": MailProgram("utf-8", alternative=True),
    "flow": MailProgram("utf-8", flowed=True, name="Sparrowhawk/128.5"),
    "plain": MailProgram("utf-8"),
    "phone": MailProgram("utf-8", quoting="", name="Pocket Mail (22A)"),
    "sjis": MailProgram("shift_jis", name="OfficeSuite Mail 2.8J"),
    "latin": MailProgram("iso-8859-1", name="Postkutsche 7"),
    "win": MailProgram("windows-1252", name="Courrier 11.2"),
}


@dataclass(frozen=True, slots=True)
class File:
    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, before it is bytes. Mailboxes are (name, address); `extra` are further header fields, ASCII."""

    sender: tuple[str, str]
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    subject: str
    date: datetime
    message_id: str
    references: tuple[str, ...]
    text: str
    language: str
    program: str
    files: tuple[File, ...] = ()
    html: str = ""
    """Set where the writer made the HTML; else it follows from the text where the program writes HTML."""
    html_only: bool = False
    calendar: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    report: "Report | None" = None
    relay: str = ""
    """The host it really came from, where the sender is not who the From field says (COL-13)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one recipient did not get a message: an enhanced status code (RFC 3463) and the server's words."""

    recipient: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery status notification tells (RFC 3464)."""

    failures: tuple[Failure, ...]
    original: bytes
    """Header of the message that could not be delivered."""


@dataclass(frozen=True, slots=True)
class _Part:
    headers: tuple[tuple[str, str], ...]
    body: bytes


def write(letter: Letter) -> bytes:
    """The whole message with CRLF line ends."""
    program = PROGRAMS[letter.program]
    charset = _charset(program.charset, letter.subject + letter.text + letter.sender[0])
    part = _content(letter, program, charset)
    word = _words_in(charset, letter.language)
    headers = [
        *letter.extra,
        ("From", _mailboxes([letter.sender], word)),
        ("To", _mailboxes(letter.to, word)),
        *([("Cc", _mailboxes(letter.cc, word))] if letter.cc else []),
        ("Subject", word(letter.subject)),
        ("Date", mail_date(letter.date)),
        ("Message-ID", letter.message_id),
        *([("In-Reply-To", letter.references[-1])] if letter.references else []),
        *([("References", f"{_CRLF} ".join(letter.references))] if letter.references else []),
        *([("X-Mailer", program.name)] if program.name else []),
        ("MIME-Version", "1.0"),
        *part.headers,
    ]
    return _headers(headers) + b"\r\n" + part.body


def mail_date(moment: datetime) -> str:
    """RFC 5322 §3.3, in the moment's own zone."""
    return f"{short_weekday(moment.date(), 'en')}, {moment.day} {short_month(moment.date())} {moment:%Y %H:%M:%S %z}"


def iso_2022_jp(text: str) -> bytes:
    """ISO-2022-JP as Japanese mailers write it: JIS X 0208 with the NEC row 13 (①, ㈱), which Python lacks.

    Raises UnicodeEncodeError where a character has no place in it.
    """
    out = bytearray()
    wide = False
    for character in text.translate(_JIS_FORMS):
        if character.isascii():
            if wide:
                out += b"\x1b(B"
            wide = False
            out += character.encode()
            continue
        pair = character.encode("cp932")
        high, low = pair if len(pair) == 2 else (0xFF, 0)
        high = (high - (0x71 if high <= 0x9F else 0xB1)) * 2 + 1
        if low >= 0x9F:
            high, low = high + 1, low - 0x7E
        else:
            low -= 0x20 if low > 0x7F else 0x1F
        if high > 0x7E:
            raise UnicodeEncodeError("iso-2022-jp", character, 0, 1, "not in JIS X 0208")
        if not wide:
            out += b"\x1b$B"
        wide = True
        out += bytes((high, low))
    return bytes(out + b"\x1b(B" if wide else out)


_JIS_FORMS = str.maketrans("—〜−", "―～－")


def _encoded(text: str, charset: str) -> bytes:
    return iso_2022_jp(text) if charset == "iso-2022-jp" else text.encode(_CODECS.get(charset, charset))


_CODECS = {"shift_jis": "cp932"}


def _charset(wanted: str, text: str) -> str:
    """The program's charset, or UTF-8 where the text does not fit: that is what mail programs do."""
    if text.isascii() and wanted != "iso-2022-jp":
        return "us-ascii" if wanted != "utf-8" else wanted
    try:
        _encoded(text, wanted)
    except UnicodeEncodeError:
        return "utf-8"
    return wanted


def _words_in(wanted: str, language: str) -> Callable[[str], str]:
    """A function that writes header text in encoded words where it must: B for Japanese, Q for the rest."""

    def words(text: str) -> str:
        if text.isascii():
            return text
        charset = _charset(wanted, text)
        pieces: list[bytes] = []
        piece = ""
        for character in text:
            if len(_encoded(piece + character, charset)) > (_WORD_ROOM if language == "ja" else 16):
                pieces.append(_encoded(piece, charset))
                piece = ""
            piece += character
        pieces.append(_encoded(piece, charset))
        name = charset.upper() if charset != "shift_jis" else "Shift_JIS"
        if language == "ja":
            return f"{_CRLF} ".join(f"=?{name}?B?{base64.b64encode(one).decode()}?=" for one in pieces)
        return f"{_CRLF} ".join(f"=?{name}?Q?{_q(one)}?=" for one in pieces)

    return words


def _q(octets: bytes) -> str:
    return "".join(
        "_" if octet == 0x20 else chr(octet) if chr(octet).isascii() and chr(octet).isalnum() else f"={octet:02X}"
        for octet in octets
    )


def _mailboxes(mailboxes: Sequence[tuple[str, str]], word: Callable[[str], str]) -> str:
    written = []
    for name, address in mailboxes:
        if not name:
            written.append(address)
        elif re.fullmatch(r"[\w ]+", name, re.ASCII):
            written.append(f"{name} <{address}>")
        elif name.isascii():
            written.append(f'"{name}" <{address}>')
        else:
            written.append(f"{word(name)} <{address}>")
    return f",{_CRLF} ".join(written)


def _headers(fields: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}{_CRLF}" for name, value in fields).encode("ascii")


def _content(letter: Letter, program: MailProgram, charset: str) -> _Part:
    mark = re.sub(r"\W", "", letter.message_id)[:20]
    if letter.report:
        return _report(letter, letter.report, mark)
    part = _text("plain", letter.text, charset, letter.language, flowed=program.flowed)
    if letter.html or program.alternative:
        page = letter.html or _page(letter.text)
        html_part = _text("html", page, "utf-8" if charset == "us-ascii" else charset, letter.language)
        part = html_part if letter.html_only else _multipart("alternative", [part, html_part], f"=_alt_{mark}")
    if letter.calendar:
        calendar = _Part(
            (
                ("Content-Type", "text/calendar; charset=utf-8; method=REQUEST"),
                ("Content-Transfer-Encoding", "base64"),
            ),
            _base64(letter.calendar.replace("\n", _CRLF).encode()),
        )
        part = _multipart("alternative", [part, calendar], f"=_cal_{mark}")
    if letter.files:
        files = [_file(file, ja=letter.language == "ja", old=charset != "utf-8") for file in letter.files]
        part = _multipart("mixed", [part, *files], f"=_mix_{mark}")
    return part


def _text(subtype: str, text: str, charset: str, language: str, *, flowed: bool = False) -> _Part:
    kind = f"text/{subtype}; charset={'Shift_JIS' if charset == 'shift_jis' else charset.upper()}"
    if flowed:
        text = _flowed(text)
        kind += "; format=flowed"
    octets = _encoded(text.replace("\n", _CRLF), charset)
    if charset in ("iso-2022-jp", "us-ascii") or (octets.isascii() and max(map(len, text.split("\n"))) < 500):
        transfer, body = "7bit", octets
    elif charset == "shift_jis":
        transfer, body = "8bit", octets
    elif language == "ja":
        transfer, body = "base64", _base64(octets)
    else:
        transfer, body = "quoted-printable", quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return _Part((("Content-Type", kind), ("Content-Transfer-Encoding", transfer)), body)


def _flowed(text: str) -> str:
    """Soft line breaks end in a space; the signature's "-- " is left alone (RFC 3676 §4.2, §4.3)."""
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= 74 or line.startswith(">") or not line.isascii():
            lines.append(line if line == "-- " else line.rstrip())
        else:
            lines += [piece + " " for piece in textwrap.wrap(line, 72, break_long_words=False)]
            lines[-1] = lines[-1].rstrip()
    return "\n".join(" " + line if line.startswith((" ", "From ")) else line for line in lines)


def _base64(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _multipart(subtype: str, parts: Sequence[_Part], boundary: str, parameters: str = "") -> _Part:
    body = b""
    for part in parts:
        body += f"--{boundary}{_CRLF}".encode() + _headers(part.headers) + b"\r\n" + part.body.rstrip(b"\r\n")
        body += b"\r\n"
    body += f"--{boundary}--{_CRLF}".encode()
    return _Part((("Content-Type", f'multipart/{subtype};{parameters}{_CRLF} boundary="{boundary}"'),), body)


def _file(file: File, *, ja: bool, old: bool) -> _Part:
    """Names outside ASCII as RFC 2231 wants them, or, from older programs, as an encoded word in quotes."""
    if file.name.isascii():
        type_name = disposition = f'name="{file.name}"'
    elif ja and old:
        # Against RFC 2047 §5, and found in most Japanese mail with attachments.
        word = f'"=?UTF-8?B?{base64.b64encode(file.name.encode()).decode()}?="'
        type_name = disposition = f"name={word}"
    else:
        type_name = disposition = f"name*=UTF-8''{quote(file.name)}"
    return _Part(
        (
            ("Content-Type", f"{file.type};{_CRLF} {type_name}"),
            ("Content-Disposition", f"attachment;{_CRLF} file{disposition}"),
            ("Content-Transfer-Encoding", "base64"),
        ),
        _base64(file.content),
    )


def _report(letter: Letter, report: Report, mark: str) -> _Part:
    """In ASCII where that will do, else in the form for international addresses (RFC 6533)."""
    groups = [f"Reporting-MTA: dns; mx.zylker.example\r\nArrival-Date: {mail_date(letter.date)}\r\n"]
    for failure in report.failures:
        kind = "rfc822" if failure.recipient.isascii() else "utf-8"
        groups.append(
            f"Final-Recipient: {kind}; {failure.recipient}\r\n"
            "Action: failed\r\n"
            f"Status: {failure.status}\r\n"
            f"Diagnostic-Code: smtp; {failure.diagnostic}\r\n"
        )
    status = "\r\n".join(groups).encode()
    charset = "us-ascii" if letter.text.isascii() else "utf-8"
    parts = [
        _text("plain", letter.text, charset, "en"),
        _machine("delivery-status", "global-delivery-status", status),
        _Part((("Content-Type", "text/rfc822-headers"),), report.original)
        if report.original.isascii()
        else _machine("", "global-headers", report.original),
    ]
    return _multipart("report", parts, f"=_dsn_{mark}", " report-type=delivery-status;")


def _machine(plain: str, international: str, body: bytes) -> _Part:
    if body.isascii():
        return _Part((("Content-Type", f"message/{plain}"),), body)
    return _Part((("Content-Type", f"message/{international}"), ("Content-Transfer-Encoding", "8bit")), body)


_LINK = re.compile(r"https://[\w./?=&%-]+")


def _page(text: str) -> str:
    """HTML as a mail program makes it of what was typed; quoted lines become a blockquote."""
    out: list[str] = []
    quoted = False
    for line in text.split("\n"):
        marked = line.startswith(">")
        if marked != quoted:
            out.append("<blockquote type=cite>" if marked else "</blockquote>")
            quoted = marked
        shown = html.escape(line.removeprefix(">").removeprefix(" "), quote=False)
        shown = _LINK.sub(lambda link: f'<a href="{link[0]}">{link[0]}</a>', shown)
        out.append(f"<div>{shown or '<br>'}</div>")
    if quoted:
        out.append("</blockquote>")
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        "<style>div { font-family: sans-serif; font-size: 11pt; margin: 0 }</style></head>\n<body>\n"
        + "\n".join(out)
        + "\n</body></html>\n"
    )
