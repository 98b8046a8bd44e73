"""Letters of many kinds, and how each reads at 80 columns.

`python -m tests.formats.snapshots --update` writes the snapshots anew: read every difference before it is kept.
"""

import sys
from pathlib import Path

from salesinbox.formats import layout, message, reading
from salesinbox.model.reading import Document

LETTERS = Path(__file__).parent / "letters"
SENDER = "rep@zylker.example"
COLUMNS = 80


def letters() -> list[Path]:
    return sorted(path for path in LETTERS.iterdir() if path.suffix in (".eml", ".html"))


def document(letter: Path) -> Document:
    raw = letter.read_bytes()
    if letter.suffix == ".html":
        return reading.document("", raw.decode(), sender=SENDER)
    body = message.body(raw)
    return reading.document(body.text, body.html, sender=message.envelope(raw).sender.address)


def shown(read: Document) -> str:
    """What the snapshot holds: the text, its folded form's folds, and what was blocked."""
    folded = [row for row in layout.rows(read, COLUMNS, quotes=False, signatures=False) if row.fold]
    folds = ", ".join(f"{row.fold} {row.folded}" for row in folded) or "none"
    return f"{layout.text(read, COLUMNS)}\n{'=' * COLUMNS}\nfolds: {folds}\nblocked: {read.blocked}, trackers: {read.trackers}\n"


def snapshot(letter: Path) -> Path:
    return letter.with_suffix(".txt")


if __name__ == "__main__":
    for each in letters():
        now = shown(document(each))
        if "--update" in sys.argv:
            snapshot(each).write_text(now)
        else:
            print(f"##### {each.name}\n{now}")
