"""Making and editing records by keys: fields by type, guesses, those who are likely there, what is wrong (REC-4, REC-5)."""

from dataclasses import replace

import pytest

from salesinbox.locale import texts
from salesinbox.model.duplicates import Duplicate, Guess
from salesinbox.model.text import width
from salesinbox.services.records.changes import RecordChanges
from salesinbox.tui.records import actions

from .records_home import RecordsHome, typed
from .stage import NARROW, WIDE, play


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = RecordsHome(tmp_path)
    yield made
    made.services.close()


def line(stage, words):
    return next((line for line in stage.lines() if words in line), "")


def bob(app):
    """Put the cursor on the stranger's mail."""
    app.nav.focus_column("unknown")
    assert app.nav.card.sender_address == "bob@stone.example"


def guessing(monkeypatch, *, duplicates=()):
    guess = Guess(
        {"last": "Stone", "first": "Bob", "addresses": "bob@stone.example", "company": "Stone Ltd", "title": "Buyer"},
        frozenset(("company", "title")), duplicates,
    )  # fmt: skip
    monkeypatch.setattr(RecordChanges, "guess", lambda _self, _thread: guess)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_4_a_contact_is_made_with_a_company_that_is_looked_up(home, size):
    before = home.dump()

    async def scene(stage):
        await stage.press("i", "n")
        assert "New: Contact" in stage.lines()[0]
        await stage.press(*typed("木村"), "tab", *typed("Ken"), "tab", *typed("ken@kawaguchi.example"), "tab")
        await stage.press(*typed("川口"))
        assert "Company" in line(stage, "川口物流")
        await stage.press("down", "enter", "tab", *typed("課長"))
        assert {width(line) for line in stage.lines()} == {size[0]}
        await stage.press("ctrl+s")
        assert "Contact created" in stage.lines()[-1]
        assert "Contacts 3" in stage.lines()[0]
        assert home.one("SELECT title FROM person WHERE last = '木村'") == "課長"
        assert (
            home.one("SELECT company.name FROM person JOIN company ON company.id = company_id WHERE last = '木村'")
            == "川口物流"
        )
        assert home.one("SELECT count(*) FROM company") == 2
        await stage.press("u")
        assert home.dump() == before

    play(home.board(), size, scene)


def test_REC_5_guesses_are_shown_as_guesses_until_they_are_touched_and_the_thread_belongs_to_it(home, monkeypatch):
    guessing(monkeypatch)

    async def scene(stage):
        bob(stage.app)
        actions.create_from_sender(stage.app)
        await stage.pilot.pause()
        assert "guess" in line(stage, "Stone Ltd")
        assert "guess" in line(stage, "Buyer")
        assert "guess" not in line(stage, "bob@stone.example")
        for _step in range(12):
            if "▌" in line(stage, "Buyer"):
                break
            await stage.press("up")
        for _step in range(12):
            if "▌" in line(stage, "Buyer"):
                break
            await stage.press("down")
        await stage.press("backspace", "r")
        assert "guess" not in line(stage, "Buyer")
        await stage.press("ctrl+s")
        assert home.one("SELECT company FROM person WHERE last = 'Stone'") == "Stone Ltd"
        assert (
            home.one("SELECT address FROM person_address JOIN person ON person.id = person_id WHERE last = 'Stone'")
            == "bob@stone.example"
        )
        assert home.one("SELECT \"column\" FROM thread WHERE sender_address = 'bob@stone.example'") != "unknown"

    play(home.board(), NARROW, scene)


def test_REC_5_a_new_person_is_a_lead_or_a_contact_as_the_rep_says(home, monkeypatch):
    guessing(monkeypatch)

    async def scene(stage):
        bob(stage.app)
        actions.create_from_sender(stage.app)
        await stage.pilot.pause()
        assert "New: Lead" in stage.lines()[0]
        for _step in range(12):
            if "▌" in line(stage, "Kind"):
                break
            await stage.press("up")
        await stage.press("right")
        assert "New: Contact" in stage.lines()[0]
        assert "guess" in line(stage, "Stone Ltd")
        await stage.press("ctrl+s")
        assert home.one("SELECT kind FROM person WHERE last = 'Stone'") == "contact"

    play(home.board(), NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_5_who_is_likely_there_comes_first_and_can_be_opened_or_used_instead(home, monkeypatch, size):
    guessing(monkeypatch, duplicates=(Duplicate("p2", "contact", "森 大輔", "川口物流", "the same name", 80),))

    async def scene(stage):
        bob(stage.app)
        actions.create_from_sender(stage.app)
        await stage.pilot.pause()
        assert "Likely there already: Alt+o opens it, Alt+u uses it instead" in stage.lines()[1]
        assert "森 大輔  Contact  川口物流 · the same name" in stage.lines()[2]
        await stage.press("alt+o")
        assert "森 大輔  Contact" in stage.lines()[0]
        await stage.press("escape")
        assert "New: Lead" in stage.lines()[0]
        await stage.press("alt+u")
        assert "Contact: 森 大輔" in stage.lines()[0]
        assert "mori@kawaguchi.example, bob@stone.example" in stage.text()
        await stage.press("ctrl+s")
        assert home.one("SELECT count(*) FROM person_address WHERE person_id = 2") == 2
        assert home.one("SELECT count(*) FROM person WHERE last = 'Stone'") == 0

    play(home.board(), size, scene)


def test_REC_8_who_is_typed_by_hand_and_is_there_already_is_named(home):
    async def scene(stage):
        await stage.press("i", "n", *typed("永田"), "tab", *typed("達郎"), "tab")
        assert "Likely there already" in stage.text()
        assert "永田 達郎  Contact" in stage.text()

    play(home.board(), NARROW, scene)


def test_days_are_understood_as_one_types_them_and_what_is_wrong_stands_beside_its_field(home):
    async def scene(stage):
        actions.new_record(stage.app, "deal")
        await stage.pilot.pause()
        await stage.press(*typed("Big one"))
        for _step in range(20):
            if "▌" in line(stage, "Amount"):
                break
            await stage.press("down")
        await stage.press(*typed("many"), "ctrl+s")
        assert "many" in line(stage, "Amount")
        assert len(line(stage, "Amount").split("many")) > 2 or "number" in line(stage, "Amount")
        await stage.press("ctrl+u", *typed("1,200 USD"))
        for _step in range(20):
            if "▌" in line(stage, "Closing Date"):
                break
            await stage.press("down")
        await stage.press(*typed("12/20"))
        assert "→ Sun, Dec 20, 2026" in line(stage, "Closing Date")
        await stage.press("ctrl+u", *typed("soonish"))
        assert "no date" in line(stage, "Closing Date")
        await stage.press("ctrl+u", *typed("12/20"), "ctrl+s")
        assert home.one("SELECT closing FROM deal WHERE name = 'Big one'") == "2026-12-20"
        assert home.one("SELECT currency FROM deal WHERE name = 'Big one'") == "USD"

    play(home.board(), NARROW, scene)


def test_an_event_lies_at_its_time_in_the_reps_zone(home):
    async def scene(stage):
        actions.new_record(stage.app, "event", about=("p1",))
        await stage.pilot.pause()
        assert "永田 達郎" in line(stage, "About")
        await stage.press(*typed("Demo"), "tab", *typed("fri 10:00"))
        assert "→ Fri, Nov 27, 2026, 10:00" in line(stage, "Start")
        await stage.press("tab", *typed("90 min"), "ctrl+s")
        start = home.one("SELECT start FROM item WHERE name = 'Demo'")
        assert start == 1795741200  # 2026-11-27 01:00 UTC
        assert home.one("SELECT finish FROM item WHERE name = 'Demo'") - start == 5400

    play(home.board(), NARROW, scene)


def test_several_records_are_looked_up_while_one_types_and_taken_off_again(home):
    async def scene(stage):
        actions.new_record(stage.app, "task")
        await stage.pilot.pause()
        await stage.press(*typed("Follow up"), "tab", "tab", *typed("永田"), "enter", *typed("Web"), "enter")
        assert "永田 達郎 · Web刷新" in line(stage, "About")
        await stage.press("backspace", "ctrl+s")
        assert home.one("SELECT group_concat(record) FROM item_about") == "p1"

    play(home.board(), NARROW, scene)


def test_a_new_record_is_the_reps_unless_they_say_otherwise(home):
    async def scene(stage):
        await stage.press("i", "n")
        assert "Me" in line(stage, "Owner")
        await stage.press("ctrl+s")
        assert "There is nothing to save yet." in stage.text(), "an owner alone is no record"
        await stage.press("escape")
        assert "Leave without saving?" not in stage.text(), "nothing was typed"
        await stage.press("n", *typed("Zander"), "ctrl+s")

    home.settings = home.services.settings = replace(home.settings, records=replace(home.settings.records, owner="Me"))
    play(home.board(), WIDE, scene)
    assert home.one("SELECT owner FROM person WHERE last = 'Zander'") == "Me"


def test_leaving_asks_only_where_something_was_typed(home):
    before = home.dump()

    async def scene(stage):
        await stage.press("i", "n", "escape")
        assert "Contacts 2" in stage.lines()[0]
        await stage.press("n", "a", "escape")
        assert "Leave without saving?" in stage.text()
        await stage.press("n")
        assert "New: Contact" in stage.lines()[0]
        await stage.press("escape", "y")
        assert "Contacts 2" in stage.lines()[0]
        await stage.press("e", "escape")
        assert "Contacts 2" in stage.lines()[0]
        assert home.dump() == before

    play(home.board(), NARROW, scene)


def test_what_is_missing_is_said_and_nothing_is_saved(home):
    async def scene(stage):
        actions.new_record(stage.app, "company")
        await stage.pilot.pause()
        await stage.press("ctrl+s")
        assert "There is nothing to save yet." in stage.text()
        await stage.press("tab", "tab", *typed("03-1"), "ctrl+s")
        assert "It cannot be empty." in line(stage, "Company Name")
        assert "▌" in line(stage, "Company Name")

    play(home.board(), NARROW, scene)


def test_editing_writes_only_what_was_changed(home):
    async def scene(stage):
        actions.edit_record(stage.app, "d1", "next")
        await stage.pilot.pause()
        assert "Deal: Web刷新" in stage.lines()[0]
        assert "▌" in line(stage, "Next Step")
        await stage.press(*typed("Send the offer"), "ctrl+s")
        assert home.one("SELECT json_extract(extra, '$.\"Next Step\"') FROM deal WHERE id = 1") == "Send the offer"
        assert (
            home.one("SELECT amount || currency || closing || stage FROM deal WHERE id = 1")
            == "4000000JPY2026-11-30提案"
        )

    play(home.board(), WIDE, scene)


def test_a_stage_is_chosen_from_those_there_are(home):
    async def scene(stage):
        actions.edit_record(stage.app, "d1", "stage")
        await stage.pilot.pause()
        await stage.press("enter")
        assert "見積" in stage.text()
        for _step in range(12):
            if "見積" in next(text for text in stage.lines() if "│ ▌" in text):
                break
            await stage.press("j")
        await stage.press("enter", "ctrl+s")
        assert home.one("SELECT stage FROM deal WHERE id = 1") == "見積"

    play(home.board(), NARROW, scene)


def test_text_that_is_pasted_is_harmless(home):
    async def scene(stage):
        from textual import events

        actions.new_record(stage.app, "task")
        await stage.pilot.pause()
        stage.app.screen.on_paste(events.Paste("one\x1b]0;x\x07\ntwo"))
        await stage.pilot.pause()
        assert "\x1b" not in stage.text()
        await stage.press("ctrl+s")
        assert "\x1b" not in home.one("SELECT name FROM item")
        assert "two" in home.one("SELECT name FROM item")

    play(home.board(), NARROW, scene)


def test_a_field_that_came_from_another_crm_can_be_edited_too(home):
    home.take("contacts", "First Name,Last Name,Email,Favourite Tea\nEva,Lang,eva@lang.example,Assam\n")
    eva = f"p{home.one('SELECT id FROM person WHERE last = ?', 'Lang')}"

    async def scene(stage):
        actions.edit_record(stage.app, eva, "Favourite Tea")
        await stage.pilot.pause()
        assert "Assam" in line(stage, "▌ Favourite Tea")
        await stage.press("ctrl+u", *typed("Darjeeling"), "ctrl+s")
        assert (
            home.one("SELECT json_extract(extra, '$.\"Favourite Tea\"') FROM person WHERE last = 'Lang'")
            == "Darjeeling"
        )

    play(home.board(), WIDE, scene)


def test_REC_5_the_company_of_the_senders_domain_is_named_as_one_that_is_there(home, monkeypatch):
    guess = Guess({"last": "Sato", "company": "川口物流"}, frozenset(("company",)), (), "c2", "川口物流")
    monkeypatch.setattr(RecordChanges, "guess", lambda _self, _thread: guess)

    async def scene(stage):
        bob(stage.app)
        actions.create_from_sender(stage.app, "contact")
        await stage.pilot.pause()
        assert "guess, there already" in line(stage, "川口物流")
        await stage.press("ctrl+s")
        assert (
            home.one("SELECT company.name FROM person JOIN company ON company.id = company_id WHERE last = 'Sato'")
            == "川口物流"
        )
        assert home.one("SELECT count(*) FROM company") == 2

    play(home.board(), NARROW, scene)


def test_a_form_stands_as_it_was_when_a_mail_was_read_meanwhile(home):
    async def scene(stage):
        actions.new_record(stage.app, "contact")
        await stage.pilot.pause()
        await stage.press(*typed("永田"), "tab", *typed("達郎"), "tab", "alt+o")
        assert "永田 達郎  Contact" in stage.lines()[0]
        for _step in range(5):
            if "資料のお礼" in line(stage, "▌"):
                break
            await stage.press("j")
        await stage.press("enter")
        assert stage.app.nav.opened is not None
        await stage.press("q", "escape")
        assert "New: Contact" in stage.lines()[0]
        assert "永田" in line(stage, "Last Name")
        assert "達郎" in line(stage, "First Name")

    play(home.board(), NARROW, scene)


def test_the_form_is_whole_in_japanese(home):
    texts.use("ja")

    async def scene(stage):
        actions.edit_record(stage.app, "d1")
        await stage.pilot.pause()
        assert {width(line) for line in stage.lines()} == {80}
        assert "Web刷新" in stage.text()

    play(home.board(), NARROW, scene)
