"""One record by keys: its fields, what happened, what belongs to it, files; converting and merging (REC-2, REC-4, REC-8)."""

import pytest

from salesinbox.model.text import width

from .records_home import HOSTILE, RecordsHome, typed
from .stage import NARROW, WIDE, play


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = RecordsHome(tmp_path)
    yield made
    made.services.close()


def at_cursor(stage):
    return next((line[line.index("▌") :] for line in stage.lines() if "▌" in line), "")


def open_(home, name):
    """The board, and what opens the record of that name on it."""
    from salesinbox.tui.records.actions import open_record

    app = home.board()
    table, letter = ("company", "c") if home.one("SELECT 1 FROM company WHERE name = ?", name) else ("person", "p")
    table, letter = (table, letter) if home.one(f"SELECT 1 FROM {table} WHERE name = ?", name) else ("deal", "d")
    known = f"{letter}{home.one(f'SELECT id FROM {table} WHERE name = ?', name)}"
    return app, lambda: open_record(app, known)


async def go_to(stage, words, key="j"):
    for _step in range(30):
        if words in at_cursor(stage):
            return
        await stage.press(key)
    raise AssertionError(f"no row {words}\n" + stage.text())


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_2_a_record_shows_its_fields_its_mail_and_what_belongs_to_it(home, size):
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        assert "永田 達郎  Contact" in stage.lines()[0]
        assert "部長 · みなとみらい商事 · nagata@minato.example" in stage.lines()[1]
        assert "← 資料のお礼" in stage.text()
        assert {width(line) for line in stage.lines()} == {size[0]}
        await stage.press("l")
        for shown in ("Companies", "みなとみらい商事", "Deals", "Web刷新", "¥4,000,000", "提案", "Nov 30"):
            assert shown in stage.text(), shown
        await stage.press("h", "h")
        assert "Email" in stage.text()
        assert any("nagata@minato.example" in line for line in stage.lines()[3:])
        await stage.press("q")
        assert "Contact" not in stage.lines()[0]

    play(app, size, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_2_enter_reads_the_mail_and_going_back_leads_to_the_record_again(home, size):
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        await stage.press("i")
        opened()
        await stage.pilot.pause()
        await go_to(stage, "資料のお礼")
        await stage.press("enter")
        assert app.nav.opened.subject == "資料のお礼"
        assert len(app.screen_stack) == 1
        await stage.press("q")
        assert "永田 達郎  Contact" in stage.lines()[0]
        assert "資料のお礼" in at_cursor(stage)
        await stage.press("q")
        assert "Contacts 2" in stage.lines()[0]
        await stage.press("q")
        assert len(app.screen_stack) == 1

    play(app, size, scene)


def test_REC_2_a_company_lists_the_mail_of_all_its_people(home):
    home.deliver(("Kimura", "kimura@kawaguchi.example", "From a colleague"))
    home.change(
        lambda changes: changes.create(
            "contact", {"last": "木村", "addresses": "kimura@kawaguchi.example", "company": "川口物流"}
        )
    )
    app, opened = open_(home, "川口物流")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("f")
        assert "Mail of all its people" in stage.text()
        await stage.press(*"jjjjj", "enter")
        assert "Mail of all its people 2" in stage.lines()[2]
        assert "打ち合わせの件" in stage.text()
        assert "From a colleague" in stage.text()
        await stage.press("f", *"kk", "enter")
        assert "Nothing of the kind “Mail to be sent later”" in stage.text()

    play(app, NARROW, scene)


def test_what_belongs_to_a_record_is_opened_and_esc_goes_back_the_way_one_came(home):
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("l")
        await go_to(stage, "Web刷新")
        await stage.press("enter")
        assert "Web刷新  Deal" in stage.lines()[0]
        assert "¥4,000,000  提案" in stage.lines()[1]
        await stage.press("l")
        await go_to(stage, "▌みなとみらい商事")
        await stage.press("enter")
        assert "みなとみらい商事  Company" in stage.lines()[0]
        await stage.press("escape")
        assert "Web刷新  Deal" in stage.lines()[0]
        await stage.press("escape")
        assert "永田 達郎  Contact" in stage.lines()[0]
        assert "Web刷新" in at_cursor(stage)

    play(app, NARROW, scene)


def test_REC_4_a_task_is_added_about_the_record_done_and_put_off(home):
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("t", *typed("見積を送る"), "tab", *typed("tomorrow"), "ctrl+s")
        assert "永田 達郎  Contact" in stage.lines()[0]
        assert "Task created: 見積を送る" in stage.lines()[-1]
        assert home.one("SELECT day FROM item WHERE name = '見積を送る'") == "2026-11-25"
        assert home.one("SELECT record FROM item_about") == "p1"
        await stage.press("l")
        await go_to(stage, "見積を送る")
        await stage.press("z", *typed("3d"), "enter")
        assert home.one("SELECT hidden_until FROM item WHERE name = '見積を送る'") > 0
        await stage.press("y")
        assert home.one("SELECT closed FROM item WHERE name = '見積を送る'") > 0
        await stage.press("u")
        assert home.one("SELECT closed FROM item WHERE name = '見積を送る'") == 0

    play(app, NARROW, scene)


def test_REC_4_a_note_is_written_in_its_text_and_lies_among_what_happened(home):
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("n", *typed("Called him."), "enter", *typed("He wants a discount."), "ctrl+s")
        assert home.one("SELECT body FROM item") == "Called him.\nHe wants a discount."
        await go_to(stage, "Called him.")
        await stage.press("enter")
        assert "Note" in stage.lines()[0]

    play(app, NARROW, scene)


def test_REC_2_files_are_added_saved_and_taken_off(home, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "offer.txt").write_text("Angebot\n", encoding="utf-8")
    (tmp_path / "out").mkdir()
    app, opened = open_(home, "Web刷新")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("l", "l")
        assert "No files yet. @ adds one." in stage.text()
        await stage.press("@", *typed(str(tmp_path / "offer.txt")), "enter")
        assert "offer.txt" in at_cursor(stage)
        await stage.press("enter")
        assert "Angebot" in stage.text()
        await stage.press("escape", "w", "ctrl+u", *typed("~/out"), "enter")
        assert (tmp_path / "out" / "offer.txt").read_text(encoding="utf-8") == "Angebot\n"
        await stage.press("d", "y")
        assert "No files yet." in stage.text()
        await stage.press("u")
        assert "offer.txt" in stage.text()

    play(app, NARROW, scene)


def test_a_deleted_record_closes_its_screen(home):
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("d")
        assert "“永田 達郎”" in stage.text()
        await stage.press("y")
        assert len(app.screen_stack) == 1
        assert home.one("SELECT count(*) FROM person WHERE name = '永田 達郎'") == 0
        await stage.press("u")
        assert home.one("SELECT count(*) FROM person WHERE name = '永田 達郎'") == 1

    play(app, NARROW, scene)


def test_a_record_that_was_deleted_while_its_mail_was_read_does_not_stand_again(home):
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        await stage.press("i")
        opened()
        await stage.pilot.pause()
        await go_to(stage, "資料のお礼")
        await stage.press("enter")
        home.change(lambda changes: changes.remove(["p1"]))
        await stage.press("q")
        assert "Contacts 1" in stage.lines()[0]

    play(app, NARROW, scene)


def test_P_opens_the_record_of_who_wrote_the_mail(home):
    async def scene(stage):
        await stage.press("P")
        name = stage.app.records.pane(stage.app.nav.card.id).name
        assert f"{name}  Contact" in stage.lines()[0]

    play(home.board(), WIDE, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_READ_3_hostile_texts_drive_nothing_in_a_record(home, size):
    text = " ".join(HOSTILE)
    home.change(lambda changes: changes.edit(["p1"], {"description": text, "title": text, "tags": text}))
    for evil in HOSTILE:
        home.change(
            lambda changes, evil=evil: changes.create("note", {"name": evil, "description": evil}, about=["p1"])
        )
    home.deliver((HOSTILE[0], "nagata@minato.example", HOSTILE[0] + HOSTILE[2]))
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        for key in ("h", "j", "G", "l", "G", "l", "e"):
            await stage.press(key)
            assert {width(line) for line in stage.lines()} == {size[0]}, key
            assert not any(character in stage.text() for character in "\x1b\x07\u202e\u200d"), key

    play(app, size, scene)


# --- converting -----------------------------------------------------------------------------------------------------


def test_REC_4_a_lead_becomes_a_contact_with_a_company_and_a_new_deal_and_all_of_it_is_undone(home):
    before = home.dump()
    app, opened = open_(home, "Anna Berg")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("C")
        for shown in ("Convert the lead Anna Berg", "Berg AG (is made)", "Anna Berg becomes a contact.", "No deal."):
            assert shown in stage.text(), shown
        await stage.press("down", "right")
        assert "A new deal, Berg AG, with Anna Berg as its contact." in stage.text()
        await stage.press("down", "down", *typed("1200 USD"), "ctrl+s")
        assert "Anna Berg  Contact" in stage.lines()[0]
        assert home.one("SELECT kind FROM person WHERE name = 'Anna Berg'") == "contact"
        assert home.one("SELECT name FROM company ORDER BY id DESC") == "Berg AG"
        assert home.one("SELECT amount FROM deal WHERE name = 'Berg AG'") == "1200"
        await stage.press("u")
        assert home.dump() == before

    play(app, NARROW, scene)


def test_REC_4_a_lead_joins_a_deal_that_is_there(home):
    app, opened = open_(home, "Anna Berg")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("C", "down", "right", "right", "ctrl+s")
        assert "Press Enter to choose it." in stage.text()
        await stage.press("enter", *typed("倉庫"), "enter")
        assert "Anna Berg joins the deal 倉庫管理." in stage.text()
        await stage.press("ctrl+s")
        statement = "SELECT count(*) FROM deal_contact JOIN deal ON deal.id = deal_id WHERE name = '倉庫管理'"
        assert home.one(statement) == 2

    play(app, WIDE, scene)


# --- merging --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_8_two_records_become_one_field_by_field(home, size):
    home.change(
        lambda changes: changes.create(
            "contact",
            {
                "last": "永田",
                "first": "達郎",
                "addresses": "tatsuro@minato.example",
                "title": "本部長",
                "phone": "03-1",
            },
        )
    )
    before = home.dump()
    app, opened = open_(home, "永田 達郎")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("M")
        assert "永田 達郎" in stage.text()
        await stage.press("enter")
        for shown in ("Merge: Contact", "● 部長", "○ 本部長", "+ nagata@minato.example"):
            assert shown in stage.text(), shown
        await go_to(stage, "Title")
        await stage.press("l")
        assert "○ 部長" in stage.text()
        assert "Title: 本部長" in stage.text()
        await stage.press("ctrl+s", "y")
        await stage.until(lambda: not app.hand.busy and "Merge: Contact" not in stage.text())
        assert home.one("SELECT title FROM person WHERE id = 1") == "本部長"
        assert home.one("SELECT phone FROM person WHERE id = 1") == "03-1"
        assert home.one("SELECT count(*) FROM person_address WHERE person_id = 1") == 2
        assert home.one("SELECT count(*) FROM person WHERE last = '永田'") == 1
        await stage.press("u")
        assert home.dump() == before

    play(app, size, scene)


def test_merging_with_somebody_who_is_not_likely_the_same_is_asked_by_name(home):
    app, opened = open_(home, "Anna Berg")

    async def scene(stage):
        opened()
        await stage.pilot.pause()
        await stage.press("M", *typed("森"), "enter")
        assert "Merge: " in stage.lines()[0]
        assert "森" in stage.text()
        await stage.press("escape")
        assert "Anna Berg  Lead" in stage.lines()[0]

    play(app, NARROW, scene)
