"""The columns of a file of records by what they mean, and their cells as text, addresses, dates and amounts (REC-7)."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from salesinbox.formats import amounts, dates, headings, references
from salesinbox.formats.addresses import addresses
from salesinbox.formats.formulas import restore
from salesinbox.locale.texts import _
from salesinbox.model import fields as types
from salesinbox.model.fields import FIELDS, Field
from salesinbox.model.imports import RECORD_ID, SINGULAR
from salesinbox.model.settings import CustomField
from salesinbox.model.text import safe, safe_block

NAME_LENGTH = 200
EXTRA_LENGTH = 2_000
LONG_LENGTH = 100_000
_YES = frozenset(("yes", "y", "true", "1", "on", "はい", "有効", "○", "✓"))
_NO = frozenset(("no", "n", "false", "0", "off", "いいえ", "無効", "×"))
_DATES = ("closing", "due", "start", "finish", "created", "changed", "closed", "began", "ended", "birthday", "hidden")
_AMOUNTS = ("amount", "price", "revenue")


class Columns:
    """Finds cells by field. How a column writes dates and amounts is decided by the whole of it (`look`)."""

    def __init__(
        self, kind: str, names: Sequence[str], meanings: Sequence[str], zone: tzinfo, custom: Sequence[CustomField]
    ) -> None:
        self.kind = kind
        self.zone = zone
        self._columns: dict[str, list[int]] = {}
        self._others: list[tuple[int, str, Field | None]] = []
        own = {one.name: Field(one.name, one.name, one.type, one.choices) for one in custom}
        for index, (name, meaning) in enumerate(zip(names, meanings, strict=True)):
            if meaning == headings.OUT:
                continue
            if meaning.startswith(headings.CUSTOM):
                heading = meaning.removeprefix(headings.CUSTOM)
                self._others.append((index, heading, own.get(heading)))
            elif meaning:
                self._columns.setdefault(meaning, []).append(index)
            elif heading := safe(restore(name), 100).strip():
                self._others.append((index, heading, None))
        self.unmapped = tuple(
            heading for index, heading, _field in self._others if not meanings[index].startswith(headings.CUSTOM)
        )
        """Headings that were not understood; their cells are kept as `extra`."""
        self._fields = [one for one in FIELDS[SINGULAR[kind]] if not one.kept and one.name in self._columns]
        self._day_first: dict[int, bool] = {}
        self._decimal_comma: dict[int, bool] = {}

    def has(self, field: str) -> bool:
        return field in self._columns

    def look(self, rows: Iterator[Sequence[str]]) -> None:
        """See how dates and amounts are written; one pass, which ends where nothing is left to find out."""
        days = {column for field in _DATES for column in self._columns.get(field, ())}
        money = {column for field in _AMOUNTS for column in self._columns.get(field, ())}
        for index, _heading, field in self._others:
            if field is not None and field.type == types.DATE:
                days.add(index)
            elif field is not None and field.type == types.AMOUNT:
                money.add(index)
        if not days and not money:
            return
        for cells in rows:
            for column in [one for one in days if one not in self._day_first and one < len(cells)]:
                if (found := dates.decides(restore(cells[column]))) is not None:
                    self._day_first[column] = found
            for column in [one for one in money if one not in self._decimal_comma and one < len(cells)]:
                if (comma := amounts.decides(restore(cells[column]))) is not None:
                    self._decimal_comma[column] = comma
            if len(self._day_first) == len(days) and len(self._decimal_comma) == len(money):
                return

    # --- cells ----------------------------------------------------------------------------------------------------

    def _cells(self, cells: Sequence[str], field: str) -> Iterator[tuple[int, str]]:
        for column in self._columns.get(field, ()):
            if cells[column] and (text := restore(cells[column]).strip()):
                yield column, text

    def text(self, cells: Sequence[str], field: str, limit: int = NAME_LENGTH) -> str:
        for _column, cell in self._cells(cells, field):
            if text := safe(cell, limit).strip():
                return text
        return ""

    def block(self, cells: Sequence[str], field: str) -> str:
        """A text that may have lines."""
        return next((text for _column, cell in self._cells(cells, field) if (text := _block(cell, LONG_LENGTH))), "")

    def addresses(self, cells: Sequence[str], *fields: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for field in fields:
            for _column, cell in self._cells(cells, field):
                found.update(dict.fromkeys(addresses(safe(cell))))
        return tuple(found)

    def tags(self, cells: Sequence[str]) -> tuple[str, ...]:
        return references.read_tags(self.text(cells, "tags", EXTRA_LENGTH))

    def date(self, cells: Sequence[str], field: str) -> str:
        """An ISO date; ValueError for what is none."""
        for column, cell in self._cells(cells, field):
            return dates.date(safe(cell), day_first=self._is_day_first(column))
        return ""

    def moment(self, cells: Sequence[str], field: str) -> tuple[str, int]:
        """See `dates.moment`."""
        for column, cell in self._cells(cells, field):
            return dates.moment(safe(cell), day_first=self._is_day_first(column), zone=self.zone)
        return "", 0

    def seconds(self, cells: Sequence[str], field: str) -> int:
        """A moment in seconds since 1970, 0 where there is none: nobody loses a customer for an odd time stamp."""
        try:
            day, at = self.moment(cells, field)
            return at or (dates.midnight(day, self.zone) if day else 0)
        except ValueError:
            return 0

    def amount(self, cells: Sequence[str], field: str) -> tuple[str, str]:
        """Decimal string and currency; ValueError for what is no amount."""
        for column, cell in self._cells(cells, field):
            return amounts.amount(safe(cell), decimal_comma=self._is_comma(column))
        return "", ""

    def _is_day_first(self, column: int) -> bool:
        # A column that does not show it is as another one of the file that does.
        return self._day_first.get(column, any(self._day_first.values()))

    def _is_comma(self, column: int) -> bool:
        return self._decimal_comma.get(column, any(self._decimal_comma.values()))

    # --- what has no column in the database -------------------------------------------------------------------------

    def extra(self, cells: Sequence[str]) -> dict[str, str]:
        """Fields that are kept under their English heading, and what was not understood."""
        source_id = self.text(cells, "id")
        found = {RECORD_ID: source_id} if source_id else {}
        for one in self._fields:
            for column, cell in self._cells(cells, one.name):
                if text := self._typed(column, cell, one):
                    found[one.heading] = text
                    break
        for index, heading, field in self._others:
            if cells[index] and (cell := restore(cells[index]).strip()):
                text = self._typed(index, cell, field) if field else _block(cell, EXTRA_LENGTH)
                if text:
                    found[heading] = text
        return found

    def _typed(self, column: int, cell: str, field: Field) -> str:
        match field.type:
            case types.DATE:
                return dates.date(safe(cell), day_first=self._is_day_first(column))
            case types.AMOUNT:
                value, currency = amounts.amount(safe(cell), decimal_comma=self._is_comma(column))
                return f"{value} {currency}" if currency and not self.has("currency") else value
            case types.LONG:
                return _block(cell, LONG_LENGTH)
            case types.NUMBER:
                return _number(safe(cell, NAME_LENGTH).strip())
            case types.YES:
                said = cell.strip().casefold()
                return "true" if said in _YES else "false" if said in _NO else safe(cell, NAME_LENGTH).strip()
        return safe(cell, EXTRA_LENGTH).strip()


def _block(cell: str, limit: int) -> str:
    text = safe_block(cell).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _number(text: str) -> str:
    """A whole or decimal number without separators; what is none ("11-50") stays as it is."""
    plain = text.replace(",", "").removesuffix("%").strip()
    return plain if plain.removeprefix("-").replace(".", "", 1).isdigit() and plain.isascii() else text


def needed(text: str, sentence: str) -> str:
    if not text:
        raise ValueError(_(sentence))
    return text
