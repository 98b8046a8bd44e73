"""Recipients while they are typed: completed, pasted, checked (SEND-2)."""

import pytest
from textual import events

from salesinbox.model.reviews import Suggestion
from salesinbox.tui import writing
from salesinbox.tui.compose.fields import Field, Recipients, written

from .stage import MIDDLE, NARROW, board, play
from .writing_desk import writing_desk


@pytest.fixture
def desk():
    return writing_desk()


def _typing(text, start=""):
    field = Recipients("to", start)
    for letter in text:
        field.key(letter, letter)
    return field


def test_SEND_2_names_complete_from_records_first_and_enter_takes_one(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"na")
        await stage.until(desk.recipients.loaded.is_set)
        rows = [line.split("│")[1] for line in stage.lines() if "example" in line and "│" in line]
        names = [row.strip(" ▌").split("  ")[0] for row in rows]
        assert names == ["永田 達郎", "Nakamura, Ken", "Nadia Rossi", "nagoya@branch.example"]
        assert "みなとみらい商事" in rows[0]
        await stage.press("down", "down", "enter")
        assert app.screen.draft.to == "Nadia Rossi <nadia@rossi.example>"
        assert "▌To" in stage.text(), "one more can be typed"

    play(app, NARROW, scene)


def test_SEND_2_tab_takes_escape_closes_and_a_whole_address_is_left_alone(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"nad", "tab")
        assert app.screen.draft.to == "Nadia Rossi <nadia@rossi.example>"
        await stage.press(*"na", "escape")
        assert "│" not in stage.text()
        assert writing.is_open(app)
        await stage.press("backspace", "backspace", *"nagoya@branch.exam", "tab")
        assert app.screen.draft.to.endswith(", nagoya@branch.exam"), "what was typed to its end is not exchanged"
        assert "▌Cc" in stage.text()

    play(app, NARROW, scene)


def test_SEND_2_one_who_is_there_already_is_not_offered_again(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"nad", "tab", *"nad")
        assert "nadia@rossi.example  " not in stage.text()

    play(app, NARROW, scene)


def test_SEND_2_a_name_with_a_comma_is_quoted():
    assert written(Suggestion("Nakamura, Ken", "ken@x.example")) == '"Nakamura, Ken" <ken@x.example>'
    assert written(Suggestion('A "B" C\\', "a@x.example")) == "\"A 'B' C\" <a@x.example>"
    assert written(Suggestion("a@x.example", "a@x.example")) == "a@x.example"
    assert written(Suggestion("永田 達郎", "a@x.example")) == "永田 達郎 <a@x.example>"
    assert written(Suggestion("\x1b[2Jevil\n\u202e", "a@x.example")) == '"\ufffd[2Jevil" <a@x.example>'


@pytest.mark.parametrize("sign", [",", ";", "、", "，", "；"])
def test_SEND_2_each_language_s_signs_end_an_address(sign):
    assert _typing(f"a@x.example{sign} b@x.example{sign}{sign}").text == "a@x.example, b@x.example, "


def test_SEND_2_a_comma_within_quotation_marks_is_a_comma():
    assert _typing('"Doe, Jane" <j@x.example>;k').text == '"Doe, Jane" <j@x.example>, k'


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        ("a@x.example\nB <b@x.example>\r\nc@x.example;\n", "a@x.example, B <b@x.example>, c@x.example, "),
        ("A <a@x.example>; B <b@x.example>", "A <a@x.example>, B <b@x.example>, "),
        ('"Doe, J" <a@x.example>, b@x.example', '"Doe, J" <a@x.example>, b@x.example, '),
        ("one@x.example", "one@x.example"),
        ("a@x\x1b[2J.example\u202e", "a@x\ufffd[2J.example"),
    ],
)
def test_SEND_2_a_list_is_pasted_as_it_comes(pasted, text):
    field = Recipients("to")
    field.paste(pasted)
    assert field.text == text


def test_SEND_2_a_list_pasted_behind_an_address_does_not_run_into_it():
    field = Recipients("to", "z@x.example")
    field.paste("a@x.example\nb@x.example")
    assert field.text == "z@x.example, a@x.example, b@x.example, "


def test_SEND_2_pasting_reaches_the_field_with_the_cursor(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c")
        app.screen.post_message(events.Paste("a@x.example\nb@x.example"))
        await stage.until(lambda: "a@x.example, b@x.example" in stage.text())
        assert app.screen.draft.to == "a@x.example, b@x.example"

    play(app, NARROW, scene)


def test_SEND_2_bad_addresses_are_named_and_marked_when_the_field_is_left(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"x@y.example,nobody,", "tab")
        await stage.until(lambda: "“nobody” is no mail address." in stage.lines()[-1])
        marked = [s for strip in stage.strips() for s in strip if s.text == "nobody"]
        assert marked[0].style.color == app.look["warning"].color
        assert app.screen.fields["to"].bad == {"nobody"}
        await stage.press("shift+tab", *["backspace"] * 8, "tab")
        assert app.screen.fields["to"].bad == frozenset()

    play(app, MIDDLE, scene)


def test_SEND_2_many_recipients_take_rows_while_typed_and_fold_when_left(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c")
        app.screen.post_message(events.Paste("\n".join(f"person{n}@x.example" for n in range(40))))
        await stage.until(lambda: "person39" in stage.text())
        assert "person0@" not in stage.text(), "it scrolls with the cursor"
        await stage.press("up", "up")
        await stage.press("tab")
        assert "person0@" in stage.text()
        assert "… +" in stage.text()
        assert "▌Cc" in stage.text()

    play(app, NARROW, scene)


def test_SEND_2_typing_behind_an_address_begins_another_one(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", "shift+tab", "shift+tab", "shift+tab", *"x@y.example", "tab")
        assert app.screen.draft.to == "永田 達郎 <nagata@minato.example>, x@y.example"

    play(app, NARROW, scene)


def test_UI_3_the_terminals_cursor_is_where_japanese_is_typed(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", *"見積")
        line = next(n for n, text in enumerate(stage.lines()) if "Subject" in text)
        label = app.screen.head.label(80)
        assert (app.cursor_position.x, app.cursor_position.y) == (label + 4, line)
        await stage.press("tab", *"拝啓")
        assert (app.cursor_position.x, app.cursor_position.y) == (5, 6)

    play(app, NARROW, scene)


def test_bcc_is_shown_when_it_is_asked_for(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c")
        assert "Bcc" not in stage.text().replace("Alt+b Bcc", "")
        await stage.press("alt+b", *"boss@x.example")
        assert app.screen.draft.bcc == "boss@x.example"
        await stage.press("ctrl+s")
        assert "Bcc" in stage.text()

    play(app, NARROW, scene)


def test_a_field_is_edited_by_the_usual_keys():
    field = Field("subject", "one two three")
    for key in ("ctrl+left", "ctrl+left", "ctrl+k"):
        assert field.key(key, None)
    assert field.text == "one "
    field.key("home", None)
    field.key("ctrl+right", None)
    assert field.place == 4
    field.key("ctrl+u", None)
    assert (field.text, field.place) == ("", 0)
    assert not field.key("f5", None)


def test_a_field_of_several_rows_is_walked_through_by_rows():
    field = Field("subject", "日本語の長い件名 " * 4)
    rows = field.rows(20)
    assert len(rows) > 2
    assert field.spot(20)[0] == len(rows) - 1
    assert field.step_row(-1, 20)
    assert field.spot(20)[0] == len(rows) - 2
    field.place = 0
    assert not field.step_row(-1, 20)
