"""Real-world kinds of HTML mail, read at 80 columns: the snapshots beside them are reviewed (READ-2)."""

from pathlib import Path

import pytest

from salesinbox.formats import layout
from salesinbox.model.text import width
from tests.formats import snapshots
from tests.formats.test_text import harmless


@pytest.mark.parametrize("letter", snapshots.letters(), ids=lambda letter: letter.stem)
def test_READ_2_html_mail_reads_as_reviewed(letter: Path) -> None:
    assert snapshots.shown(snapshots.document(letter)) == snapshots.snapshot(letter).read_text()


def test_READ_2_every_snapshot_has_its_letter() -> None:
    assert len(snapshots.letters()) >= 20
    kept = {path for path in snapshots.LETTERS.iterdir() if path.suffix == ".txt"}
    assert kept == {snapshots.snapshot(letter) for letter in snapshots.letters()}


@pytest.mark.parametrize("cells", [20, 34, 57, 80, 120])
@pytest.mark.parametrize("letter", snapshots.letters(), ids=lambda letter: letter.stem)
def test_UI_3_no_row_is_wider_than_the_screen(letter: Path, cells: int) -> None:
    read = snapshots.document(letter)
    for shown in (True, False):
        for row in layout.rows(read, cells, quotes=shown, signatures=shown):
            line = "".join(span.text for span in row.spans)
            assert width(line) <= cells, line
            assert harmless(line)
            assert "\n" not in line


@pytest.mark.parametrize("letter", snapshots.letters(), ids=lambda letter: letter.stem)
def test_READ_2_every_link_can_be_told_by_its_number(letter: Path) -> None:
    read = snapshots.document(letter)
    rows = layout.rows(read, 80, quotes=True, signatures=True)
    marked = [span.link for row in rows for span in row.spans if span.text.strip().startswith(f"[{span.link}")]
    assert [link.number for link in read.links] == list(range(1, len(read.links) + 1))
    assert set(marked) == {link.number for link in read.links}
