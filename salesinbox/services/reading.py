"""What is read of one message: its text in blocks, laid out for a width (READ-2, READ-7)."""

import zlib

from salesinbox.model.mail import ThreadMessage
from salesinbox.model.reading import Document, Link, Row
from salesinbox.services.board import row_of
from salesinbox.store.database import Database

LONGEST_HTML = 8_000_000
"""Octets of a message's HTML that are unpacked: a deflated megabyte may stand for a gigabyte."""


class ReadingService:
    """Reads what is here; nothing is ever fetched (READ-2). Fast enough for the interface's own thread."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def document(self, message: ThreadMessage) -> Document:
        """The message's blocks and links; empty where its content is not here. Never raises for what is in it."""
        from salesinbox.formats import reading  # noqa: PLC0415 - the board starts without reading

        html = self._html(message) if message.html else ""
        return reading.document(message.text, html, sender=message.sender.address)

    def rows(self, document: Document, cells: int, *, quotes: bool, signatures: bool) -> list[Row]:
        """Its lines, each at most `cells` wide. `quotes` and `signatures` False: each stretch of them is one line."""
        from salesinbox.formats import layout  # noqa: PLC0415 - the same

        return layout.rows(document, cells, quotes=quotes, signatures=signatures)

    def warning(self, link: Link) -> str:
        """What is wrong with a link, in a sentence; "" for nothing (READ-7)."""
        from salesinbox.formats import layout  # noqa: PLC0415 - the same

        return layout.warning(link)

    def _html(self, message: ThreadMessage) -> str:
        row = self.database.connection.execute(
            "SELECT html FROM body WHERE message = ?", (row_of(message.id, "m"),)
        ).fetchone()
        if row is None or row[0] is None:
            return ""
        return zlib.decompressobj().decompress(row[0], LONGEST_HTML).decode("utf-8", "replace")
