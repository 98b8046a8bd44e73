"""The side pane: what of a customer is seen beside the board, at every size, whatever records hold (REC-3)."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.pane import Exchange, Pane
from salesinbox.model.records import Deal, Item
from salesinbox.model.text import width
from salesinbox.tui import themes
from salesinbox.tui.widgets.pane import RecordPane
from salesinbox.tui.wording import Clock

from .desk import NOW, Desk
from .stage import MIDDLE, NARROW, THEMES, WIDE, board, play
from .test_hostile import EVIL

LOOK = themes.load(THEMES / "dark.toml")
ZONE = ZoneInfo("Asia/Tokyo")
HOUR, DAY = 3600, 86400
KEYS = [("I", "Customer"), ("t", "Task"), ("n", "Note"), ("L", "Link"), ("P", "Record")]

DEALS = (
    Deal("d1", "倉庫管理", "c1", "川口物流", "2500000", "JPY", "見積", "open", "2026-12-20", ("p1",), NOW),
    Deal("d2", "配送アプリ", "c1", "川口物流", "800000", "JPY", "提案", "open", "2027-01-15", ("p1",), NOW),
    Deal("d3", "保守", "c1", "川口物流", "120000", "JPY", "受注", "won", "2025-03-31", ("p1",), NOW),
)
FULL = Pane(
    "contact", "森 大輔", "mori@kawaguchi.example", ("mori@gmail.example",), "課長", "川口物流", "03-1234-5678", "展示会",
    "p1", "", DEALS, "d2", tuple(Exchange(f"t{n}", NOW - n * DAY, n % 2 == 1, f"Subject {n}") for n in range(6)), 27,
    ("高橋 美咲", "Tom Baker"), "", "guess",
    tasks=(Item("k1", "task", "見積を送る", day="2026-11-20"), Item("k2", "task", "Call back", start=NOW + 2 * HOUR),
           Item("k3", "task", "No hurry")),
    events=(Item("e4", "event", "訪問", start=NOW + DAY, finish=NOW + DAY + HOUR),),
    cases=(Item("s5", "case", "Login fails", status="Escalated"),),
    notes=(Item("n6", "note", "", body="決裁は 12 月の\n役員会で。", created=NOW - DAY),),
    waiting_since=NOW - 26 * HOUR,
)  # fmt: skip


def drawn(pane: Pane | None, cells: int, rows: int, keys=KEYS) -> list[str]:
    widget = RecordPane(LOOK, Clock(NOW, ZONE))
    widget.pane, widget.keys, widget.now = pane, keys, NOW
    return [line.text for line in widget.build(cells, rows)]


@pytest.mark.parametrize("cells", [30, 33, 46])
def test_REC_3_everything_that_is_known_is_seen_beside_the_board(cells):
    lines = drawn(FULL, cells, 60)
    text = "\n".join(lines)
    for shown in (
        "森 大輔", "川口物流", "課長", "03-1234-5678", "mori@kawaguchi.example", "Waiting for you: 26 h", "倉庫管理",
        "¥2,500,000", "見積", "closes Dec 20", "保守", "✓ 受注", "見積を送る", "Call back", "訪問", "Login fails",
        "決裁は", "Subject 0", "27 mails", "高橋 美咲", "Customer", "Task",
    ):  # fmt: skip
        assert shown in text, shown
    order = [next(n for n, line in enumerate(lines) if word in line)
             for word in ("森 大輔", "Deals", "Tasks and events", "Cases", "Last mail", "Notes", "Also at")]  # fmt: skip
    assert order == sorted(order)


def test_REC_3_what_is_late_is_marked_and_comes_first():
    lines = drawn(FULL, 40, 60)
    late, soon, later, never = (
        next(n for n, line in enumerate(lines) if word in line)
        for word in ("見積を送る", "Call back", "訪問", "No hurry")
    )
    assert late < soon < later < never
    assert "! 見積を送る" in lines[late]
    assert "Nov 20" in lines[late]
    assert "17:00" in lines[soon]
    assert "Nov 25 15:00" in lines[later]


@pytest.mark.parametrize(("how", "shown"), [("auto", "linked"), ("guess", "guess?"), ("chosen", "chosen")])
@pytest.mark.parametrize("cells", [30, 46])
def test_LINK_2_the_pane_says_how_the_mail_is_linked(how, shown, cells):
    lines = drawn(replace(FULL, link=how), cells, 60)
    place = next(n for n, line in enumerate(lines) if "● 配送アプリ" in line)
    assert shown in lines[place + 1]
    assert sum(shown in line for line in lines) == 1


@pytest.mark.parametrize("rows", range(3, 45))
def test_REC_3_a_low_pane_shows_what_matters_most(rows):
    lines = drawn(FULL, 33, rows)
    assert len(lines) <= rows
    assert "森 大輔" in lines[1]
    if rows >= 24:
        assert "Tasks and events" in "\n".join(lines)


@pytest.mark.parametrize(("cells", "rows"), [(80, 11), (100, 11), (120, 11), (139, 11), (160, 11), (72, 6)])
def test_REC_3_below_the_columns_its_parts_lie_beside_each_other(cells, rows):
    lines = drawn(FULL, cells, rows)
    assert [width(line) for line in lines] == [cells] * rows
    text = "\n".join(lines)
    for shown in ("森 大輔", "倉庫管理", *(["見積を送る", "Customer"] if rows > 6 else [])):
        assert shown in text


def test_REC_5_of_a_stranger_it_says_which_key_makes_a_record():
    text = "\n".join(drawn(Pane("unknown", "Bob", "bob@x.example"), 40, 30))
    assert "Nobody in the CRM has this address." in text
    assert "I makes a contact or a lead of it" in text


def test_REC_3_in_japanese():
    texts.use("ja")
    for size in ((30, 40), (46, 60), (120, 11)):
        lines = drawn(FULL, *size)
        assert all(width(line) == size[0] for line in lines)
        assert "森 大輔" in "\n".join(lines)


def test_READ_3_hostile_records_stay_within_their_cells():
    for evil in EVIL:
        item = Item("k1", "task", evil, status=evil, day=evil[:10], body=evil, start=10**15)
        pane = replace(
            FULL, name=evil, title=evil, company=evil, phone=evil, source=evil, also_lead=evil, other_addresses=(evil,),
            deals=tuple(replace(deal, name=evil, stage=evil, amount=evil, currency=evil, closing=evil) for deal in DEALS),
            tasks=(item, replace(item, id="k2", start=0)), events=(replace(item, kind="event", finish=10**15 + 1),),
            cases=(item,), notes=(item,), company_people=(evil, evil),
            exchanges=(Exchange("t1", NOW, False, evil),), warning="auth-failed",
        )  # fmt: skip
        for cells, rows in ((30, 40), (46, 20), (80, 11), (160, 11), (12, 5)):
            lines = drawn(pane, cells, rows)
            assert all(width(line) == cells for line in lines)
            assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW])
def test_REC_3_the_pane_on_the_board(size):
    desk = Desk.filled(20)
    desk.pane = lambda _id: FULL
    app = board(desk)

    async def scene(stage):
        if size == NARROW:
            await stage.press("p")
        for shown in ("森 大輔", "倉庫管理", "見積を送る"):
            await stage.until(lambda shown=shown: shown in stage.text())
        assert [width(line) for line in stage.lines()] == [size[0]] * size[1]

    play(app, size, scene)


def test_REC_3_the_pane_is_read_only_when_the_cursor_rests():
    desk = Desk.filled(60)
    asked = []
    found = desk.pane

    def pane(thread):
        asked.append(thread)
        return found(thread)

    desk.pane = pane
    app = board(desk)

    async def scene(stage):
        before = len(asked)
        await stage.pilot.press(*"jjjjjjjj")
        card = app.nav.card.id
        await stage.until(lambda: asked[-1] == card)
        assert len(asked) <= before + 4, "moving over cards does not ask for each of them"

    play(app, WIDE, scene)
