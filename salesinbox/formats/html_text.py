"""Drafts as plain text without a width: what search and previews are made of, quick since every mail comes here."""

from collections.abc import Sequence

from salesinbox.formats import links
from salesinbox.formats.html_drafts import Anchor, Draft, Piece
from salesinbox.model.reading import HEADING, ITEM, RULE, TABLE
from salesinbox.model.text import width

_BARS = 8


def text(drafts: Sequence[Draft], anchors: Sequence[Anchor]) -> str:
    """Lines as `layout.text` lays them out without a limit, then the addresses of the links."""
    return _Text(anchors).of(drafts)


class _Text:
    def __init__(self, anchors: Sequence[Anchor]) -> None:
        self._anchors = anchors
        self._numbers = links.Numbered("", bare=False)

    def of(self, drafts: Sequence[Draft]) -> str:
        lines: list[str] = []
        before: Draft | None = None
        last = len(drafts) - 1
        for at, draft in enumerate(drafts):
            quote = draft.quote
            if before is not None and not (draft.tight and before.quote == quote):
                depth = min(before.quote, quote, _BARS)
                lines.append(("> " * depth).rstrip() if depth else "")
            before = draft
            these = self._draft(draft, drafts[at + 1].pieces if at < last else [])
            if quote:
                bars = "> " * min(quote, _BARS)
                these = [(bars + line).rstrip() for line in these]
            lines += these
        listed = [f"[{link.number}] {links.shown(link.address)}" for link in self._numbers.all()]
        if listed:
            lines += ["", *listed]
        return "\n".join(lines).strip("\n")

    def _draft(self, draft: Draft, following: Sequence[Piece]) -> list[str]:
        kind = draft.kind
        if kind == TABLE:
            return self._table(draft)
        if kind == RULE:
            return ["-" * 20]
        pieces = draft.pieces
        said = pieces[0][0] if len(pieces) == 1 and not pieces[0][2] else self._joined(pieces, following)
        if kind == HEADING:
            said = f"{'#' * draft.level} {said}"
        lines = [line.rstrip() for line in said.split("\n")] if "\n" in said else [said]
        if kind == ITEM:
            marker = "  " * draft.level + draft.marker[:8] + " "
            blank = " " * width(marker)
            lines = [(marker if at == 0 else blank) + line for at, line in enumerate(lines)]
        return lines

    def _joined(self, pieces: Sequence[Piece], following: Sequence[Piece] = ()) -> str:
        """The text with the number of each link behind it."""
        out: list[str] = []
        last = len(pieces) - 1
        for at, (said, _style, anchor) in enumerate(pieces):
            out.append(said)
            if not anchor:
                continue
            number = self._link(anchor)
            after = pieces[at + 1][2] if at < last else (following[0][2] if following else 0)
            if not number or (after and self._link(after) == number):
                continue
            kept = said.rstrip(" \n")
            out[-1] = kept
            out.append(f" [{number}]{said[len(kept) :]}")
        return "".join(out)

    def _link(self, anchor: int) -> int:
        found = self._anchors[anchor - 1]
        if found.number < 0:
            found.number = self._numbers.number("".join(found.texts), found.address)
        return found.number

    def _table(self, draft: Draft) -> list[str]:
        rows = [[self._joined(cell).replace("\n", " ") for cell in row] for row in draft.rows]
        widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
        return [
            "  ".join([cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)]).rstrip()
            for row in rows
        ]
