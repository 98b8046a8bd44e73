"""The text: quotations, paragraphs, pasting, undo, rows (SEND-1, READ-3, UI-3)."""

import random
import string

import pytest
from textual import events

from salesinbox.model.text import width
from salesinbox.tui.compose import quoting
from salesinbox.tui.compose.wrapped import offsets

from .stage import MIDDLE, NARROW, board, play
from .writing_desk import writing_desk


@pytest.fixture
def desk():
    return writing_desk()


# --- quotations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "parts"),
    [
        ("> first second", 8, ("> first", "> second")),
        (">> first second", 9, (">> first", ">> second")),
        ("> > first second", 10, ("> > first", "> > second")),
        ("> all of it", 11, ("> all of it", "")),
        ("> start", 0, None),
        (">", 1, None),
        ("own text", 3, None),
    ],
)
def test_enter_in_a_quoted_line_leaves_the_mark_off_the_reps_own(line, column, parts):
    assert quoting.split(line, column) == parts


def test_a_quoted_paragraph_is_wrapped_with_its_marks():
    lines = ["Hi,", "> " + "word " * 30, "> more of it", ">", "> another"]
    start, end, new = quoting.rewrapped(lines, 2)
    assert (start, end) == (1, 3)
    assert all(line.startswith("> ") and width(line) <= quoting.LINE for line in new)
    assert " ".join(line[2:] for line in new).split() == ["word"] * 30 + ["more", "of", "it"]


def test_a_japanese_paragraph_is_joined_without_spaces():
    lines = ["お世話になっております。", "資料をお送りします。"]
    assert quoting.rewrapped(lines, 0)[2] == ["お世話になっております。資料をお送りします。"]


def test_a_signature_is_not_wrapped_into_the_text():
    lines = ["one", "two", "-- ", "橋本"]
    assert quoting.rewrapped(lines, 0) == (0, 2, ["one two"])
    assert quoting.rewrapped(lines, 2) == (2, 3, ["-- "])


@pytest.mark.parametrize(
    ("at", "gone"), [(0, (2, 6)), (2, (2, 6)), (3, (2, 6)), (4, (4, 6)), (5, (5, 6)), (6, None), (8, None)]
)
def test_what_is_left_of_a_quotation_goes_with_the_line_that_introduces_it(at, gone):
    lines = ["Hello", "", "永田さんは書きました:", "> a", ">", "> b", "", "-- ", "橋本"]
    assert quoting.quotation(lines, at) == gone


def test_SEND_1_answering_between_the_lines_of_a_quotation(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", *["down"] * 6, "end", "enter", *"Yes.")
        lines = app.screen.body.text.split("\n")
        assert lines[6:9] == ["> お世話になっております。", "Yes.", "> 資料をお送りします。"]
        await stage.press("ctrl+home", "alt+k")
        assert "> お世話" not in app.screen.body.text
        assert "書きました" not in app.screen.body.text
        assert "Yes." in app.screen.body.text
        await stage.press("ctrl+z")
        assert "> お世話" in app.screen.body.text, "undo brings it back"

    play(app, NARROW, scene)


def test_deleting_a_quotation_that_is_not_there_is_said(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "alt+k")
        assert "no quotation" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_a_paragraph_is_wrapped_by_key(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", "tab", *("word " * 20), "alt+q")
        assert max(len(line) for line in app.screen.body.text.split("\n")) <= quoting.LINE
        assert app.screen.body.text.split("\n")[1].startswith("word")

    play(app, MIDDLE, scene)


# --- the editor -----------------------------------------------------------------------------------------------------


def test_READ_3_a_long_paste_is_harmless_and_whole(desk):
    app = board(desk)
    pasted = "first\r\n\x1b[31mred\x1b[0m\tand\u202ebidi\n" + "line\n" * 3000

    async def scene(stage):
        await stage.press("r")
        app.screen.post_message(events.Paste(pasted))
        await stage.until(lambda: app.screen.body.text.count("line\n") == 3000)
        text = app.screen.body.text
        for sign in "\x1b\u202e\t\r":
            assert sign not in text
        await stage.press("ctrl+home")
        assert "first" in stage.text()
        await stage.press("ctrl+z")
        assert "first" not in app.screen.body.text, "one step takes it back"
        await stage.press("ctrl+y")
        assert app.screen.body.text == text

    play(app, NARROW, scene)


def test_usual_keys_edit_select_cut_and_paste(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", "tab", *"one two", "ctrl+left", "shift+end", "ctrl+x")
        assert app.screen.body.text.startswith("one \n")
        await stage.press("ctrl+v", "ctrl+v")
        assert app.screen.body.text.startswith("one twotwo\n")
        await stage.press("shift+home", "ctrl+c")
        assert "Copied." in stage.lines()[-1]
        assert app.clipboard == "one twotwo"
        await stage.press("right", "ctrl+c")
        assert "Esc keeps the draft" in stage.lines()[-1]
        await stage.press("tab", *"x")
        assert app.screen.body.text.startswith("one twotwo  x")

    play(app, NARROW, scene)


def test_a_mark_that_is_typed_for_itself_joins_its_letter(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", "tab", "e")
        app.screen.body.take("combining_acute_accent", "\u0301")
        app.screen.body.take("combining_dakuten", "\u3099")
        assert app.screen.body.text.startswith("é")

    play(app, NARROW, scene)


def test_up_leaves_the_text_at_its_top_and_down_comes_back(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", "down", "up", "up")
        assert "▌Subject" in stage.text()
        await stage.press("down", *"!")
        assert app.screen.body.text.startswith("!")
        await stage.press("shift+tab", "enter")
        assert app.screen.head.active == "body"

    play(app, NARROW, scene)


def test_what_is_selected_and_the_cursor_are_seen(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", "tab", *"one 二つ", "shift+left", "shift+left", "shift+left")
        selected = [s for strip in stage.strips() for s in strip if s.style and s.style == app.look["selected"]]
        assert "".join(segment.text for segment in selected).strip().endswith("二つ"[1:])
        reverse = [s.text for strip in stage.strips() for s in strip if s.style and s.style.reverse]
        assert reverse == [" "]

    play(app, NARROW, scene)


def test_a_long_text_shows_where_one_is(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r")
        assert "┃" not in stage.text()
        app.screen.body.paste("line\n" * 200)
        app.screen.changed()
        await stage.press("ctrl+home")
        marks = [n for n, line in enumerate(stage.lines()) if line.endswith("┃")]
        await stage.press("ctrl+end")
        assert next(n for n, line in enumerate(stage.lines()) if line.endswith("┃")) > marks[0]
        await stage.press("pageup", "pageup")
        assert "line" in stage.text()

    play(app, NARROW, scene)


@pytest.mark.parametrize("seed", range(30))
def test_another_text_is_taken_over_whatever_it_is(desk, seed):
    chance = random.Random(seed)
    app = board(desk)

    def text():
        return "\n".join(chance.choice("ab c") * chance.randint(0, 2) for _line in range(chance.randint(1, 6)))

    async def scene(stage):
        await stage.press("c")
        body = app.screen.body
        for _step in range(20):
            wanted = text()
            body.become(wanted)
            assert body.text == wanted
        body.undo()

    play(app, NARROW, scene)


# --- rows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_UI_3_no_row_is_wider_than_there_is_room_and_nothing_is_lost(seed):
    chance = random.Random(seed)
    letters = string.ascii_letters + "    、。あいう漢字ー①"
    for _n in range(200):
        line = "".join(chance.choice(letters) for _letter in range(chance.randint(0, 120)))
        cells = chance.randint(4, 40)
        cuts = offsets(line, cells)
        assert cuts == sorted(set(cuts))
        rows = [line[a:b] for a, b in zip([0, *cuts], [*cuts, len(line)], strict=True)]
        assert "".join(rows) == line
        assert all(width(row.rstrip(" ")) <= cells and width(row) <= cells + 1 for row in rows)


def test_UI_3_japanese_breaks_where_it_may(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", "tab")
        app.screen.body.paste("Web " + "日本語の文章、" * 12)
        app.screen.changed()
        await stage.pilot.pause()
        rows = [line for line in stage.lines() if "日本語" in line]
        assert len(rows) > 1
        assert width(rows[0].rstrip()) > 70, "a row is full before the next one begins"
        assert not any(row.lstrip().startswith("、") for row in rows)

    play(app, NARROW, scene)


@pytest.mark.parametrize("seed", range(5))
def test_UI_3_rows_stay_right_whatever_is_typed(desk, seed):
    chance = random.Random(seed)
    app = board(desk)
    keys = [
        "enter",
        "backspace",
        "delete",
        "up",
        "down",
        "left",
        "home",
        "ctrl+z",
        "ctrl+y",
        "ctrl+k",
        "shift+up",
        "ctrl+x",
    ]

    async def scene(stage):
        await stage.press("r")
        body = app.screen.body
        for _step in range(400):
            letter = chance.choice("ab  漢字、")
            key = chance.choice([*keys, *["letter"] * 20])
            body.take(letter if key == "letter" else key, letter if key == "letter" else None)
            rows = body.wrapped_document
            assert rows._wrap_offsets == [offsets(line, body.wrap_width) for line in body.document.lines]
            assert len(rows._offset_to_line_info) == sum(len(cuts) + 1 for cuts in rows._wrap_offsets)

    play(app, (30, 16), scene)
