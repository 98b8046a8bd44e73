"""Bytes to text, whatever the mailer said about them (READ-4). Nothing raises; nothing is made harmless yet.

A label is believed when its codec reads the bytes and the text is plausible; otherwise the bytes decide.
Japanese codecs read what vendors added to the standards (①, ㈱, half-width kana), which Python's own do not.
"""

import codecs
import re
from collections.abc import Callable
from functools import lru_cache

_ALIASES = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "windows-932": "cp932",
    "ms932": "cp932",
    "x-mac-japanese": "cp932",
    "cp943": "cp932",
    "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "x-euc": "euc_jp",
    "eucjp": "euc_jp",
    "eucjp-ms": "euc_jp",
    "cp51932": "euc_jp",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gb2312": "gb18030",
    "euc-cn": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "windows-936": "gb18030",
    "gb18030-2000": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cp950": "cp950",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "uhc": "cp949",
    "windows-949": "cp949",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "cp65001": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "us-ascii": "",
    "ascii": "",
    "ansi_x3.4-1968": "",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "koi8-ru": "koi8_u",
    "unknown": "",
    "unknown-8bit": "",
    "x-unknown": "",
    "x-user-defined": "",
    "default": "",
    "none": "",
    "binary": "",
    "8bit": "",
    "_autodetect_all": "",
}
# Codecs of Python that turn bytes into bytes, or into something else than text.
_NO_CHARSETS = frozenset(
    {
        *("base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib"),
        *("raw-unicode-escape", "unicode-escape", "raw_unicode_escape", "unicode_escape"),
        *("idna", "punycode", "undefined", "mbcs", "oem", "charmap", "palmos"),
    }
)
_JIS = "iso-2022-jp"
_JIS_LABELS = ("iso-2022-jp", "iso2022jp", "csiso2022jp", "cp5022", "x-iso-2022-jp", "jis")
_MULTIBYTE = ("cp932", "euc_jp", "gb18030", "big5hkscs", "cp949")

# What WHATWG (so every browser and most mailers) makes of codes that Python reads by the older tables.
_JAPANESE_FORMS = str.maketrans("〜‖−¢£¬—", "～∥－￠￡￢―")
_ROMAN_FORMS = str.maketrans("\\~", "¥‾")
_JIS_SHIFT = re.compile(rb"(\x1b\$\([A-Z]|\x1b\$[@AB]|\x1b\([A-Z]|\x1b&@|[\x0e\x0f])")
_JIS_SIGN = re.compile(rb"\x1b(?:\$[@B(]|\([IJ])")
_JIS_FOREIGN = re.compile(rb"([^\x21-\x7e]+)")
_EUC_PIECE = re.compile(rb"(?:[\xa1-\xfe]{2})+|[^\xa1-\xfe]+|[\xa1-\xfe]")
_HIGH_BIT = bytes(byte | 0x80 for byte in range(256))
_LOW_BITS = bytes(byte & 0x7F for byte in range(256))

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_UTF8_TRIPLE = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
_LATIN_BYTE = re.compile(rb"[\x85\x91-\x97\xa0-\xbf\xc0-\xff]")
_LATIN_RUN = re.compile(rb"[\xc0-\xff]+|[\x85\x91-\x97\xa0-\xbf]")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_CYRILLIC_BYTE = re.compile(rb"[\xc0-\xff]")
_KANA = re.compile(r"[ぁ-んァ-ヶー]")
_HALF_KANA = re.compile(r"[｡-ﾟ]")
_IDEOGRAPH = re.compile(r"[一-鿿]")
_HANGUL = re.compile(r"[가-힣]")
_PUNCTUATION = re.compile(r"[　-】！-～]")
# C1 controls, Greek and Cyrillic, Roman numerals, box drawing, rare ideographs, old Jamo, private use.
_UNLIKELY = re.compile(
    r"[\x80-\x9f\u0370-\u052f\u2160-\u217f\u2500-\u257f\u3130-\u318f\u3400-\u4dbf\ua000-\uabff\ue000-\ufaff"
    r"\U00020000-\U0010ffff]"
)
_GUESSED_FROM = 4096
_LOOKED_AT = 1024
_LEAST_PLAUSIBLE = 0.35


def decode(raw: bytes, label: str = "") -> str:
    """The text of `raw`, which its sender labelled `label` ("" for no label). Never raises (READ-4).

    Bytes that nothing can read become U+FFFD.
    """
    name = codec_name(label)
    if name in _ASCII_LIKE and raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    if b"\x1b" in raw and raw.isascii() and _JIS_SIGN.search(raw):
        return _jis(raw)
    if name == "utf-8":
        text = _strictly(raw, "utf-8-sig")
        return _mislabelled(raw, name) if text is None else text
    if not name or name == "cp1252":
        return guess(raw)
    if name == _JIS:
        return _jis(raw) if b"\x1b" in raw or raw.isascii() else guess(raw)
    if name in _MULTIBYTE and len(_UTF8_TRIPLE.findall(raw)) > 1:
        # Bytes of UTF-8 can pass for Shift_JIS, but text of another charset is hardly ever sound UTF-8.
        text = _strictly(raw, "utf-8")
        if text is not None:
            return text
    text = _strictly(raw, name)
    if text is None:
        return _mislabelled(raw, name)
    if name in _MULTIBYTE and not raw.isascii():
        return _strictly(raw, _better(raw[:_LOOKED_AT], name)) or text
    return text


@lru_cache(maxsize=256)
def codec_name(label: str) -> str:
    """Python's name for the charset ("iso-2022-jp" for all its kinds), "" for none and for an unknown one."""
    label = label[:60].strip(" \t\"'").lower().replace(" ", "")
    name = _ALIASES.get(label)
    if name is not None:
        return name
    if label.startswith(_JIS_LABELS):
        return _JIS
    try:
        found = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    return "" if found in _NO_CHARSETS else _ALIASES.get(found, found)


def reads(raw: bytes, label: str) -> bool:
    """Whether the bytes are wholly what the label says."""
    name = codec_name(label)
    if name == _JIS:
        return "\ufffd" not in _jis(raw)
    return bool(name) and _strictly(raw, name) is not None


def guess(raw: bytes) -> str:
    """The text of bytes without a label, or one that says nothing (raw 8-bit headers, "unknown-8bit")."""
    if _JIS_SIGN.search(raw):
        return _jis(raw)
    text = _strictly(raw, "utf-8-sig")
    if text is not None:
        return text
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    text = raw.decode("utf-8", "replace")
    if _sound(text) >= 2 * text.count("\ufffd"):
        # Other charsets hardly ever make sound sequences: this is UTF-8 that was cut or damaged.
        return text
    name = _likely(raw)
    text = _strictly(raw, name)
    return raw.decode(name, "replace") if text is None else text


def _strictly(raw: bytes, name: str) -> str | None:
    """The text if the codec reads every byte of it."""
    try:
        text = raw.decode(name)
    except (UnicodeError, ValueError):
        return _euc(raw) if name == "euc_jp" else None
    if name == "utf-7":  # the one codec that yields lone surrogates
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.translate(_JAPANESE_FORMS) if name == "euc_jp" else text


def _mislabelled(raw: bytes, name: str) -> str:
    """The text of bytes that are not wholly what their label says."""
    try:
        as_labelled = raw.decode(name, "replace")
    except (UnicodeError, ValueError):  # codecs that know no "replace"
        return guess(raw)
    damaged = as_labelled.count("\ufffd")
    # A table of two bytes finds a meaning for most bytes; UTF-8 for hardly any that are not its own.
    tolerated = _sound(as_labelled) if name == "utf-8" else _sound(as_labelled) // 8
    if damaged <= tolerated or (damaged == 1 and as_labelled.endswith("\ufffd")):
        return as_labelled
    guessed = guess(raw)
    return guessed if guessed.count("\ufffd") < damaged else as_labelled


def _sound(text: str) -> int:
    """Characters beyond ASCII that were decoded without damage."""
    return len(_BEYOND_ASCII.findall(text)) - text.count("\ufffd")


def _better(sample: bytes, name: str) -> str:
    """The labelled codec, or another one where that makes nonsense and the other does not."""
    labelled = _plausible(sample, name)
    if labelled > _LEAST_PLAUSIBLE:
        return name
    likely = _likely(sample)
    return likely if likely in _MULTIBYTE and _plausible(sample, likely) > labelled + 0.3 else name


def _likely(raw: bytes) -> str:
    """The codec that makes the most plausible text of bytes that are not UTF-8."""
    sample = raw[:_GUESSED_FROM]
    runs = _HIGH_RUN.findall(sample)
    high = sum(map(len, runs))
    single = [run for run in runs if len(run) == 1]
    if 5 * len(single) >= 4 * len(runs) and all(map(_LATIN_BYTE.match, single)):
        return "cp1252"
    accents = max(map(len, runs)) < 3 and all(map(_LATIN_RUN.fullmatch, runs))
    if accents and 3 * high <= len(_ASCII_LETTER.findall(sample)):
        # Accented letters stand alone or in pairs between plain ones; ideographs do not.
        return "cp1252"
    letters = _CYRILLIC_BYTE.findall(sample)
    if high > 3 and len(letters) * 50 >= high * 49:
        # In KOI8 small letters come first, in Windows-1251 capitals do.
        small_in_koi8 = sum(letter < b"\xe0" for letter in letters)
        return "koi8_r" if small_in_koi8 * 2 > len(letters) else "cp1251"
    scores = {name: _plausible(sample, name) for name in _MULTIBYTE}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else "cp1252"


def _plausible(sample: bytes, name: str) -> float:
    """How much of the sample, read by a multi-byte codec, is what people write: up to 1 for each 8-bit byte.

    Kana tell most. The national standards have the ideographs in daily use in a first level of rows, so text
    read by the wrong table is full of others. Where two readings are as good, Japanese is taken.
    """
    if name == "euc_jp":
        text = _strictly(sample, name) or _strictly(sample[:-1], name) or ""
    else:
        try:
            text = codecs.getincrementaldecoder(name)().decode(sample, final=False)
        except UnicodeDecodeError:
            text = ""
    if not text:
        return -1
    ideographs = "".join(_IDEOGRAPH.findall(text))
    table, first, last, weight = _FIRST_LEVEL[name]
    daily = sum(first <= lead <= last for lead in ideographs.encode(table, "ignore")[::2])
    hangul = len(_HANGUL.findall(text))
    score: float = 2 * len(_KANA.findall(text)) + len(_PUNCTUATION.findall(text)) - 3 * len(_UNLIKELY.findall(text))
    score += 0.3 * len(_HALF_KANA.findall(text)) + weight * daily + 0.1 * (len(ideographs) - daily)
    # Korean is written in Hangul with spaces between words; other text read as Korean is not.
    score += (1.1 if sample.count(b" ") > 1 else 0.85) * hangul
    return score / sum(map(len, _HIGH_RUN.findall(sample)))


# Where the ideographs in daily use are: an encoding, its lead bytes for them, and what one counts.
_FIRST_LEVEL = {
    "cp932": ("cp932", 0x88, 0x98, 1.0),
    "euc_jp": ("cp932", 0x88, 0x98, 1.0),
    "gb18030": ("gb2312", 0xB0, 0xD7, 0.9),
    "big5hkscs": ("big5", 0xA4, 0xC6, 0.9),
    "cp949": ("cp949", 0xFF, 0xFF, 0.0),
}


def _jis(raw: bytes) -> str:
    """ISO-2022-JP with everything that was ever added to it: NEC and IBM rows, JIS X 0201, 0212 and 0213."""
    text = []
    charset = b"(B"
    kana = False
    for index, piece in enumerate(_JIS_SHIFT.split(raw)):
        if index % 2:
            if piece in (b"\x0e", b"\x0f"):
                kana = piece == b"\x0e"
            elif piece != b"\x1b&@":
                charset = piece[1:]
                kana = False
        elif kana or charset == b"(I":
            text.append(_by_pieces(piece, lambda bytes_: bytes_.translate(_HIGH_BIT).decode("cp932", "replace")))
        elif charset.startswith(b"$"):
            text.append(_by_pieces(piece, _DOUBLE_BYTE.get(charset, _jisx0208)))
        else:
            single = piece.decode("ascii") if piece.isascii() else piece.decode("cp932", "replace")
            text.append(single.translate(_ROMAN_FORMS) if charset == b"(J" else single)
    return "".join(text)


def _by_pieces(segment: bytes, read: Callable[[bytes], str]) -> str:
    """A segment of 7-bit codes; line ends and stray bytes in it stay what they are."""
    return "".join(
        piece.decode("ascii", "replace") if index % 2 else read(piece)
        for index, piece in enumerate(_JIS_FOREIGN.split(segment))
        if piece
    )


def _jisx0208(codes: bytes) -> str:
    try:
        return codes.translate(_HIGH_BIT).decode("euc_jp").translate(_JAPANESE_FORMS)
    except UnicodeDecodeError:
        return _shifted(codes).decode("cp932", "replace")


def _three_byte(codec: str) -> Callable[[bytes], str]:
    """Reads codes of a set that EUC reaches by a prefix (JIS X 0212, the second plane of JIS X 0213)."""

    def read(codes: bytes) -> str:
        high = codes.translate(_HIGH_BIT)
        prefixed = b"".join(b"\x8f" + high[at : at + 2] for at in range(0, len(high), 2))
        return prefixed.decode(codec, "replace")

    return read


def _two_byte(codec: str) -> Callable[[bytes], str]:
    return lambda codes: codes.translate(_HIGH_BIT).decode(codec, "replace")


_DOUBLE_BYTE: dict[bytes, Callable[[bytes], str]] = {
    b"$(D": _three_byte("euc_jp"),
    b"$(O": _two_byte("euc_jis_2004"),
    b"$(Q": _two_byte("euc_jis_2004"),
    b"$(P": _three_byte("euc_jis_2004"),
    b"$A": _two_byte("gb2312"),
    b"$(A": _two_byte("gb2312"),
    b"$(C": _two_byte("euc_kr"),
}


def _shifted(codes: bytes) -> bytes:
    """Pairs of 7-bit JIS codes as Shift_JIS, whose codec knows the vendors' rows."""
    shifted = bytearray()
    for first, second in zip(codes[::2], codes[1::2], strict=False):
        row = (first - 0x21) // 2 + 0x81
        shifted.append(row if row <= 0x9F else row + 0x40)
        if first % 2:
            shifted.append(second + (0x1F if second < 0x60 else 0x20))
        else:
            shifted.append(second + 0x7E)
    if len(codes) % 2:
        shifted.append(0xFF)
    return bytes(shifted)


def _euc(raw: bytes) -> str | None:
    """EUC-JP with the vendors' rows, or None if it is not that."""
    text = []
    for piece in _EUC_PIECE.findall(raw):
        try:
            text.append(piece.decode("euc_jp").translate(_JAPANESE_FORMS))
        except UnicodeDecodeError:
            if piece[0] < 0xA1 or len(piece) % 2:
                return None
            try:
                text.append(_shifted(piece.translate(_LOW_BITS)).decode("cp932"))
            except UnicodeDecodeError:
                return None
    return "".join(text)


# Codecs under which plain ASCII is itself.
_ASCII_LIKE = frozenset({"", "utf-8", "cp1252", _JIS, *_MULTIBYTE, "cp950", "koi8_r", "koi8-r", "koi8_u", "koi8-u"})
