"""Writing from a record: whom it goes to, what it is for, and the files of records (LINK-5, SEND-9)."""

from dataclasses import replace

import pytest

from salesinbox.model.settings import Smtp
from salesinbox.model.text import width
from salesinbox.tui import writing
from salesinbox.tui.records.actions import open_record

from .records_home import HOSTILE, RecordsHome, typed
from .stage import NARROW, WIDE, play


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = RecordsHome(tmp_path)
    account = replace(made.settings.accounts[0], smtp=Smtp("127.0.0.1", 1, "none", "rep"))
    made.settings = made.services.settings = replace(made.settings, accounts=(account,))
    yield made
    made.services.close()


def id_of(home, table, name):
    return f"{'p' if table == 'person' else table[0]}{home.one(f'SELECT id FROM {table} WHERE name = ?', name)}"


def add_file(home, record, name):
    path = home.services.data / name
    path.write_bytes(b"%PDF")
    home.change(lambda changes: changes.add_file(record, path))
    path.unlink()


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_LINK_5_from_a_deals_screen_mail_goes_to_its_main_contact_and_is_for_the_deal(home, size):
    app = home.board()
    deal = id_of(home, "deal", "Web刷新")
    home.change(lambda changes: changes.edit([deal], {"contacts": "nagata@minato.example, mori@kawaguchi.example"}))

    async def scene(stage):
        open_record(app, deal)
        await stage.pilot.pause()
        await stage.press("m")
        await stage.until(lambda: writing.is_open(app))
        assert "nagata@minato.example" in stage.text()
        assert "mori@" not in stage.text()
        assert "For: Web刷新" in stage.text()
        assert {width(line) for line in stage.lines()} == {size[0]}
        await stage.press("escape")
        await stage.until(lambda: not writing.is_open(app))
        assert home.services.writing.drafts() == [], "nothing was written"
        await stage.press("m")
        await stage.until(lambda: writing.is_open(app))
        await stage.press("tab", "tab", *typed("Offer"), "ctrl+s")
        assert any(line.split()[:2] == ["│", "For"] and "Web刷新" in line for line in stage.lines()), stage.text()
        await stage.press("enter")
        await stage.until(lambda: "It goes in 10 seconds." in stage.lines()[-1])
        assert home.one("SELECT record FROM outgoing") == deal
        await stage.press("u")
        await stage.until(lambda: writing.is_open(app))
        assert "For: Web刷新" in stage.text(), "taken back, it is still for the deal"

    play(app, size, scene)


@pytest.mark.parametrize(("table", "name", "to"), [
    ("person", "永田 達郎", "nagata@minato.example"), ("item", "画面が白い", "mori@kawaguchi.example"),
    ("item", "電話する", "mori@kawaguchi.example"),
])  # fmt: skip
def test_LINK_5_from_a_person_a_case_and_a_task(home, table, name, to):
    mori, storage = id_of(home, "person", "森 大輔"), id_of(home, "deal", "倉庫管理")
    case, task = home.change(
        lambda changes: changes.create("case", {"name": "画面が白い"}, about=(mori,))
    ) + home.change(lambda changes: changes.create("task", {"name": "電話する"}, about=(storage,)))
    record = {"永田 達郎": id_of(home, "person", "永田 達郎"), "画面が白い": case, "電話する": task}[name]
    app = home.board()

    async def scene(stage):
        open_record(app, record)
        await stage.pilot.pause()
        await stage.press("m")
        await stage.until(lambda: writing.is_open(app))
        assert to in stage.text()
        expected = "倉庫管理" if name == "電話する" else name
        assert f"For: {expected}" in stage.text()

    play(app, NARROW, scene)


def test_LINK_5_of_a_company_one_chooses_the_person(home):
    app = home.board()

    async def scene(stage):
        open_record(app, id_of(home, "company", "川口物流"))
        await stage.pilot.pause()
        await stage.press("m")
        assert "Write to whom?" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: writing.is_open(app))
        assert "mori@kawaguchi.example" in stage.text()
        assert "For: 川口物流" in stage.text()

    play(app, NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_SEND_9_a_file_of_a_deal_by_key_and_the_message_is_for_the_deal(home, size):
    storage = id_of(home, "deal", "倉庫管理")
    add_file(home, storage, "見積書.pdf")
    add_file(home, id_of(home, "person", "Anna Berg"), "price list.pdf")
    app = home.board()

    async def scene(stage):
        await stage.press("c", *typed("mori@kawaguchi.example"), "tab", "alt+f")
        assert "見積書.pdf" in stage.text()
        assert "倉庫管理" in stage.text()
        assert "price list" not in stage.text()
        assert {width(line) for line in stage.lines()} == {size[0]}
        await stage.press("enter")
        await stage.until(lambda: "For: 倉庫管理" in stage.text())
        assert "見積書.pdf (pdf" in stage.text()
        await stage.press("alt+f", *typed("anna"))
        assert "price list.pdf" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "price list.pdf (pdf" in stage.text())
        await stage.press("escape")
        await stage.until(lambda: not writing.is_open(app))
        [draft] = home.services.writing.drafts()
        assert (draft.record, len(draft.files)) == (storage, 2)

    play(app, size, scene)


def test_LINK_5_what_it_is_for_is_chosen_changed_and_taken_off(home):
    app = home.board()

    async def scene(stage):
        await stage.press("c", *typed("mori@kawaguchi.example"), "tab", "alt+l")
        assert "What is this message for?" in stage.text()
        assert "For no record" not in stage.text()
        assert stage.text().index("倉庫管理") < stage.text().index("森 大輔")
        await stage.press(*typed("berg"), "enter")
        assert "For: Anna Berg" in stage.text() or "For: Berg AG" in stage.text()
        await stage.press("alt+l")
        assert "● chosen" in stage.text()
        await stage.press("down", "enter")
        assert "Berg" not in stage.text()
        assert "For: " in stage.text()
        await stage.press("alt+l", "end")
        for _row in range(8):
            await stage.press("down")
        await stage.press("enter")
        assert "For: " not in stage.text()
        await stage.press("escape")
        await stage.until(lambda: not writing.is_open(app))
        [draft] = home.services.writing.drafts()
        assert draft.record == ""

    play(app, NARROW, scene)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_elsewhere_are_only_drawn(home, name):
    deal = id_of(home, "deal", "Web刷新")
    home.change(lambda changes: changes.edit([deal], {"name": name}))
    app = home.board()

    async def scene(stage):
        open_record(app, deal)
        await stage.pilot.pause()
        await stage.press("m")
        await stage.until(lambda: writing.is_open(app))
        assert "For: " in stage.text()
        for key in ("alt+l", "alt+f", "ctrl+s"):
            await stage.press(key)
            assert {width(line) for line in stage.lines()} == {NARROW[0]}
            assert "\x1b" not in stage.text()
            await stage.press("escape")

    play(app, NARROW, scene)
