"""Where things lie: the sizes of DESIGN's three layouts, and any other."""

import pytest

from salesinbox.tui.layout import Frame, arrange, column_id, shown

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


MANY = (*COLUMNS, "x-big", "x-小口", "x-press", "x-partners", "x-events")


def many(focused, first=0, **fields):
    return Frame(MANY, focused, first=first, **fields)


@pytest.mark.parametrize("size", [(300, 60), (200, 60), (160, 45), (140, 40), (120, 40), (100, 24), (80, 24), (40, 10)])
@pytest.mark.parametrize("focused", MANY)
@pytest.mark.parametrize("first", [0, 3, 8])
def test_COL_12_of_many_columns_those_with_room_are_shown_and_the_focused_one_among_them(size, focused, first):
    frame = many(focused, first)
    places = arrange(frame, *size)
    used, different, all_cells = covered(places, *size)
    assert used == different == all_cells
    columns = [place for name, place in places.items() if name.startswith("column-")]
    assert column_id(focused) in places
    assert len(columns) == len(shown(frame, *size))
    if len(columns) > 4:
        assert all(column.width >= 24 for column in columns)


def test_COL_12_the_columns_move_no_more_than_they_must():
    assert shown(many("x-big"), 160, 45) == range(1, 5)
    assert shown(many("deals", first=1), 160, 45) == range(4)
    assert shown(many("unknown", first=1), 160, 45) == range(1, 5)
    assert shown(many("x-events", first=1), 160, 45) == range(5, 9)
    assert shown(many("deals", pane=False, rail=False), 240, 60) == range(9)


def test_COL_12_any_name_of_a_column_makes_an_id():
    assert len({column_id(name) for name in (*MANY, "a b", "x-小口 ", "é")}) == len(MANY) + 3
    assert all(column_id(name).isascii() and " " not in column_id(name) for name in ("a b", "x-小口", "é"))
