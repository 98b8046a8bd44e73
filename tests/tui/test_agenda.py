"""The agenda: what is due, done, put off and opened by keys."""

from dataclasses import replace

import pytest

from salesinbox.locale import texts
from salesinbox.model.agenda import Agenda
from salesinbox.model.records import Item
from salesinbox.model.text import width

from .customers_home import CustomersHome
from .desk import NOW, Desk
from .stage import NARROW, WIDE, board, play
from .test_hostile import EVIL

HOUR, DAY = 3600, 86400
DUE = Agenda(
    overdue=(Item("k1", "task", "見積を送る", day="2026-11-20", about=("p1",), about_names=("森 大輔",), message="m10"),),
    today=(Item("k2", "task", "Call back", start=NOW + 2 * HOUR), Item("l3", "call", "電話", day="2026-11-24")),
    later=(Item("k4", "task", "Send the offer", day="2026-12-01"),),
    undated=(Item("k5", "task", "Tidy up"),),
    events=(Item("e6", "event", "訪問", start=NOW + HOUR, finish=NOW + 2 * HOUR),
            Item("e7", "event", "Fair", day="2026-11-26", last_day="2026-11-27")),
    open_count=5,
)  # fmt: skip


def _at(stage):
    """The line of the agenda under the cursor."""
    return next(line for line in stage.lines() if "│ ▌" in line)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_the_agenda_says_what_is_late_due_and_coming(size):
    desk = Desk.filled(4)
    desk.agenda.found = DUE
    app = board(desk)

    async def scene(stage):
        await stage.until(lambda: "⚑ 3" in stage.lines()[0])
        await stage.press("Y")
        text = stage.text()
        for shown in (
            "Overdue (1)", "☐ Nov 20", "見積を送る", "森 大輔", "Today – Tue, Nov 24, 2026 (3)", "17:00", "Call back", "☎ today",
            "◷ 16:00–17:00", "訪問", "Coming events (1)", "Nov 26", "Fair", "Later (1)", "Dec 1", "Without a date (1)", "Tidy up",
        ):  # fmt: skip
            assert shown in text, shown
        assert [width(line) for line in stage.lines()] == [size[0]] * size[1]
        assert "見積を送る" in _at(stage)
        await stage.press("j")
        assert "訪問" in _at(stage), "headings are passed over"
        await stage.press("G")
        assert "Tidy up" in _at(stage)
        await stage.press("g", "q")
        assert "Overdue" not in stage.text()

    play(app, size, scene)


def test_an_empty_agenda_says_so():
    app = board(Desk.filled(4))

    async def scene(stage):
        assert "due" not in stage.lines()[0]
        await stage.press("Y")
        assert "Nothing is due" in stage.text()
        await stage.press("j", "e", "s", "enter", "G", "q")

    play(app, NARROW, scene)


def test_READ_3_hostile_tasks_stay_text():
    desk = Desk.filled(4)
    evil = tuple(
        Item(f"k{n}", "task", text, day=text[:12], start=n % 2 * 10**15, about_names=(text,), message=text)
        for n, text in enumerate(EVIL)
    )
    desk.agenda.found = Agenda(overdue=evil, events=tuple(replace(item, kind="event") for item in evil))
    app = board(desk)

    async def scene(stage):
        await stage.press("Y")
        for _step in range(2 * len(EVIL)):
            await stage.press("j")
            lines = stage.lines()
            assert [width(line) for line in lines] == [80] * 24
            assert all(line.isprintable() for line in lines)

    play(app, NARROW, scene)


def test_in_japanese():
    texts.use("ja")
    desk = Desk.filled(4)
    desk.agenda.found = DUE
    app = board(desk)

    async def scene(stage):
        await stage.press("Y")
        assert [width(line) for line in stage.lines()] == [80] * 24
        assert "訪問" in stage.text()

    play(app, NARROW, scene)


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = CustomersHome(tmp_path)
    yield made
    made.services.close()


def test_tasks_are_made_done_and_put_off_and_undo_takes_it_back(home):
    app = home.board()

    async def scene(stage):
        await stage.press("Y", "t", *"Send it", "tab", *"today", "enter")
        await stage.until(lambda: "Send it" in stage.text() and "Today" in stage.text())
        await stage.until(lambda: "⚑ 1 due" in stage.lines()[0])
        await stage.press("e")
        await stage.until(lambda: "⚑ 1 due" not in stage.lines()[0])
        assert "Done: Send it" in stage.lines()[-1]
        await stage.press("u")
        await stage.until(lambda: "⚑ 1 due" in stage.lines()[0])
        await stage.press("s", *"fri", "enter")
        await stage.until(lambda: "⚑ 1 due" not in stage.lines()[0])
        assert "Put off until" in stage.lines()[-1]
        await stage.press("u")
        await stage.until(lambda: "⚑ 1 due" in stage.lines()[0])

    play(app, NARROW, scene)


def test_enter_opens_the_mail_that_a_task_was_made_from(home):
    app = home.board()

    async def scene(stage):
        await stage.press("t", *"Answer", "tab", *"today", "enter")
        opened = app.nav.card.id
        await stage.press("j", "Y")
        await stage.until(lambda: "Answer" in stage.text())
        await stage.press("enter")
        assert app.nav.opened.id == opened

    play(app, NARROW, scene)
