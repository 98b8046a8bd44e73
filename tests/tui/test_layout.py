"""Where things lie: the sizes of DESIGN's three layouts, and any other."""

import pytest

from salesinbox.tui.layout import Frame, arrange

COLUMNS = ("deals", "people", "colleagues", "unknown")


def frame(**fields):
    return Frame(COLUMNS, "deals", **fields)


def covered(places, width, height):
    cells = [
        (x, y) for place in places.values() for y in range(place.y, place.bottom) for x in range(place.x, place.right)
    ]
    return len(cells), len(set(cells)), width * height


@pytest.mark.parametrize(
    "size", [(200, 60), (160, 45), (140, 40), (139, 40), (120, 40), (100, 24), (99, 40), (80, 24), (40, 10)]
)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"rail": True},
        {"pane": True},
        {"pane": False},
        {"reading": True},
        {"rail": True, "pane": True, "reading": True},
    ],
)
def test_UI_2_every_cell_belongs_to_exactly_one_part(size, fields):
    used, different, all_cells = covered(arrange(frame(**fields), *size), *size)
    assert used == different == all_cells


def test_UI_2_wide_shows_everything():
    assert set(arrange(frame(), 160, 45)) == {
        "title",
        "footer",
        "rail",
        "pane",
        *(f"column-{name}" for name in COLUMNS),
    }


def test_UI_2_middle_has_no_rail_a_wide_focused_column_and_the_pane_below():
    places = arrange(frame(), 120, 40)
    assert "rail" not in places
    assert places["column-deals"].width > 1.5 * places["column-people"].width
    assert places["pane"].width == 120
    assert "rail" in arrange(frame(rail=True), 120, 40)


def test_UI_2_a_low_middle_screen_has_the_pane_beside():
    assert arrange(frame(), 120, 24)["pane"].x > 80


def test_UI_2_narrow_shows_one_column_under_tabs():
    places = arrange(frame(), 80, 24)
    assert set(places) == {"title", "tabs", "column-deals", "footer"}
    assert places["column-deals"].width == 80


def test_UI_2_no_size_is_too_small():
    for width in range(1, 45):
        for height in range(1, 14):
            for place in arrange(frame(rail=True, pane=True), width, height).values():
                assert place.width >= 0
                assert place.height >= 1
