"""Amounts of money as people and programs write them, into decimal strings."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from salesinbox.locale.texts import _

_SIGNS = {
    "¥": "JPY",
    "円": "JPY",
    "€": "EUR",
    "£": "GBP",
    "₩": "KRW",
    "₹": "INR",
    "US$": "USD",
    "A$": "AUD",
    "$": "USD",
}
_NAMES = {
    "yen": "JPY", "日本円": "JPY", "円": "JPY", "ドル": "USD",
    "米ドル": "USD", "us dollar": "USD",
    "dollar": "USD", "euro": "EUR", "ユーロ": "EUR", "pound": "GBP", "ポンド": "GBP", "元": "CNY",
    "人民元": "CNY",
    "ウォン": "KRW",
}  # fmt: skip
_SIGN = re.compile(r"US\$|A\$|[¥円€£₩₹$]")
_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_UNITS = {"億": Decimal(100_000_000), "百万": Decimal(1_000_000), "万": Decimal(10_000), "千": Decimal(1_000)}
_UNIT = re.compile("億|百万|万|千")
_NUMBER = re.compile(r"\d[\d.,]*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_DOTTED_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_MOST_DIGITS = 18
_MOST_DECIMALS = 6


def comma_is_decimal(cells: Iterable[str]) -> bool:
    """Whether a column writes "1.200,50": one cell that can be read in no other way decides for all."""
    return next((found for cell in cells if (found := decides(cell)) is not None), False)


def decides(cell: str) -> bool | None:
    """Whether a cell shows that a comma stands before the decimals, or (False) that it does not; else None."""
    number = _NUMBER.search(unicodedata.normalize("NFKC", cell))
    if number is None or "," not in (digits := number[0]):
        return None
    if "." in digits:
        return digits.rfind(",") > digits.rfind(".")
    if not _THOUSANDS.fullmatch(digits):
        return digits.count(",") == 1
    return None


def amount(cell: str, *, decimal_comma: bool) -> tuple[str, str]:
    """Decimal string and currency code of a cell, each "" where the cell does not say.

    Understood are signs and codes of currencies before or behind, full-width digits, separators of thousands,
    Japanese units (400万円), and negative amounts as "-1", "(1)" and "△1".

    Args:
        cell: What the file says.
        decimal_comma: The column writes "1.200,50" (`comma_is_decimal`).

    Raises:
        ValueError: It is no amount; the text is a sentence.
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text:
        return "", ""
    currency = ""
    if sign := _SIGN.search(text):
        currency = _SIGNS[sign[0]]
        text = _SIGN.sub("", text)
    if code := _CODE.search(text):
        currency = code[0]
        text = _CODE.sub("", text, count=1)
    text = re.sub(r"[\s'’_]", "", text)
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1]
    elif text[:1] in ("-", "−", "△", "▲"):
        negative, text = True, text[1:]
    text = text.removeprefix("+")
    factor = Decimal(1)
    if (unit := _UNIT.search(text)) and unit.end() == len(text):
        factor, text = _UNITS[unit[0]], text[: unit.start()]
    if not _NUMBER.fullmatch(text):
        raise ValueError(_not_an_amount(cell))
    try:
        value = Decimal(_plain(text, decimal_comma, currency)) * factor
    except InvalidOperation:
        raise ValueError(_not_an_amount(cell)) from None
    written = f"{value:f}"
    whole, _point, decimals = written.partition(".")
    if len(whole) > _MOST_DIGITS or len(decimals.rstrip("0")) > _MOST_DECIMALS:
        raise ValueError(_("The amount “{cell}” has too many digits.").format(cell=cell[:60]))
    decimals = decimals if decimals.strip("0") else ""
    whole = whole.lstrip("0") or "0"
    result = f"{whole}.{decimals}" if decimals else whole
    return (f"-{result}" if negative and result != "0" else result), currency


def _plain(digits: str, decimal_comma: bool, currency: str) -> str:
    """Digits with a point for the decimals and nothing else."""
    if "," in digits and "." in digits:
        decimal_comma = digits.rfind(",") > digits.rfind(".")
    elif "." in digits:
        # "1.200": three digits behind the point are no cents, where the column or the currency says so.
        dotted = _DOTTED_THOUSANDS.fullmatch(digits) is not None
        decimal_comma = dotted and (decimal_comma or digits.count(".") > 1 or currency in ("EUR", "JPY"))
    elif "," in digits:
        decimal_comma = digits.count(",") == 1 and (decimal_comma or not _THOUSANDS.fullmatch(digits))
    thousands, point = (".", ",") if decimal_comma else (",", ".")
    whole, mark, decimals = digits.partition(point)
    groups = whole.split(thousands)
    # Japanese and Indian writing groups by four and two as well; a group of one digit is a slip.
    if mark and (not decimals or point in decimals or thousands in decimals):
        raise InvalidOperation
    if len(groups) > 1 and any(len(group) not in (2, 3, 4) for group in groups[1:]):
        raise InvalidOperation
    return "".join(groups) + mark.replace(",", ".") + decimals


def _not_an_amount(cell: str) -> str:
    return _("“{cell}” is not an amount. Write it like 4000000 or 1200.50.").format(cell=cell[:60])


def currency(cell: str) -> str:
    """The three-letter code of a currency; "" for an empty cell.

    Raises:
        ValueError: The currency is not known; the text is a sentence.
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text:
        return ""
    if code := re.search(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])", text):
        if text.casefold() in _NAMES:
            return _NAMES[text.casefold()]
        if code[0].isupper() or len(text) == 3:
            return code[0].upper()
    if sign := _SIGN.fullmatch(text):
        return _SIGNS[sign[0]]
    if text.casefold() in _NAMES:
        return _NAMES[text.casefold()]
    raise ValueError(_("The currency “{cell}” is not known. Write its code, like JPY.").format(cell=cell[:60]))
