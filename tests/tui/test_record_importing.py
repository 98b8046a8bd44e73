"""Records taken in from files by keys, without the command line (REC-7)."""

import pytest

from salesinbox.locale import texts
from salesinbox.model.text import width
from salesinbox.tui.records.import_work import Work

from .records_home import RecordsHome, typed
from .stage import NARROW, WIDE, play

PEOPLE = (
    "First Name,Last Name,Email,Company,Shoe Size\n"
    "Carla,Costa,carla@costa.example,Costa Lda,38\n"
    "Dora,Dahl,dora@dahl.example,Dahl AS,\n"
    "Nobody,,not an address,,\n"
)
JAPANESE = (
    "氏名,メールアドレス,会社名,電話番号,来店日\n佐藤 花子,sato@hanako.example,花子商店,03-1111-2222,2026-01-05\n"
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setenv("HOME", str(tmp_path))
    made = RecordsHome(tmp_path)
    yield made
    made.services.close()


async def opened(stage, path, *keys):
    """Choose a file from the list of contacts, and wait for what it is taken for."""
    await stage.press(*(keys or ("i",)), "I", "ctrl+u", *typed(str(path)), "enter")


def line(stage, words):
    return next((line for line in stage.lines() if words in line), "")


def put(folder, text, name="people.csv", encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_7_a_file_is_looked_at_tried_and_taken_in_with_keys_alone(home, tmp_path, size):
    put(tmp_path, PEOPLE)
    before = home.dump()

    async def scene(stage):
        await opened(stage, "~/people.csv")
        await stage.until(lambda: "A file of Contacts" in stage.text())
        assert "Import: people.csv" in stage.lines()[0]
        for heading, taken, sample in (
            ("First Name", "First Name", "Carla"), ("Email", "Email", "carla@costa.example"),
            ("Shoe Size", "field of your own: Shoe Size", "38"),
        ):  # fmt: skip
            row = next(one for one in stage.lines() if one.strip().startswith(heading) and sample in one)
            assert taken in row.replace(heading, "", 1) or heading == taken
        assert {width(one) for one in stage.lines()} == {size[0]}
        await stage.press("enter")
        await stage.until(lambda: "A try: nothing was changed" in stage.lines()[0])
        assert "2  would be created" in stage.text()
        assert "1  cannot be taken in" in stage.text()
        assert "line 4" in stage.text()
        assert "imports 2 records" in stage.text()
        assert home.dump() == before, "a try changes nothing"
        await stage.press("enter")
        await stage.until(lambda: "2 created, 0 updated, 0 unchanged, 1 not taken" in stage.lines()[-1])
        assert "Contacts 4" in stage.lines()[0], "the list shows what came"
        assert "Carla Costa" in stage.text()
        await stage.press("alt+i")
        assert "It was imported" in stage.lines()[0]
        assert "2  newly created" in stage.text()
        assert "line 4" in stage.text()
        await stage.press("escape")
        assert "Contacts 4" in stage.lines()[0]

    play(home.board(), size, scene)
    assert home.one("SELECT extra FROM person WHERE last = 'Costa'") == '{"Shoe Size":"38"}'


def test_REC_7_a_heading_is_taken_for_another_field_left_out_or_made_a_field_of_ones_own(home, tmp_path):
    put(tmp_path, "Kunde,Mail,Größe,Notiz\nCarla Costa,carla@costa.example,38,x\n", "kunden.csv")

    async def scene(stage):
        await opened(stage, "~/kunden.csv")
        await stage.until(lambda: "Perhaps Contacts" in stage.text())
        assert "None of the columns is" not in stage.text(), "an address is enough"
        await stage.press("j", "enter")
        assert "What is “Kunde”?" in stage.text()
        await stage.press(*typed("full name"), "enter")
        await stage.until(lambda: "Full Name" in line(stage, "Carla Costa"))
        await stage.press("j", "j", "enter", *typed("another name"), "enter", "ctrl+u", *typed("Shoe Size"), "enter")
        await stage.until(lambda: "field of your own: Shoe Size" in line(stage, "Größe"))
        await stage.press("j", "d")
        await stage.until(lambda: "(left out)" in line(stage, "Notiz"))
        assert "4 columns, 1 left out" in stage.text()
        await stage.press("d")
        await stage.until(lambda: "(left out)" not in stage.text())
        await stage.press("d", "t")
        await stage.until(lambda: "would be created" in stage.text())
        await stage.press("escape")
        assert "4 columns, 1 left out" in stage.text(), "back to the columns, as they were"
        await stage.press("t")
        await stage.until(lambda: "imports 1 record" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "1 created" in stage.lines()[-1])

    play(home.board(), NARROW, scene)
    assert home.rows("SELECT first, last, extra FROM person WHERE last = 'Costa'") == [
        ("Carla", "Costa", '{"Shoe Size":"38"}')
    ]


def test_REC_7_the_kind_can_be_changed_and_a_file_that_lacks_a_field_says_which(home, tmp_path):
    put(tmp_path, "Betrag,Bezeichnung\n100,Maschine\n", "liste.csv")

    async def scene(stage):
        await opened(stage, "~/liste.csv")
        await stage.until(lambda: "Perhaps Contacts" in stage.text())
        assert "None of the columns is “Email” or “Last Name” or “Full Name”" in stage.text()
        await stage.press("t")
        assert "A try" not in stage.text(), "nothing can be tried like this"
        await stage.press("K")
        assert "What kind of records are these?" in stage.text()
        await stage.press("j", "j", "enter")
        await stage.until(lambda: "A file of Deals" in stage.text())
        assert "None of the columns is “Deal Name”" in stage.text()
        await stage.press("j", "j", "enter", *typed("deal name"), "enter")
        await stage.until(lambda: "None of the columns" not in stage.text())
        await stage.press("k", "enter", *typed("amount"), "enter")
        await stage.until(lambda: "Amount" in line(stage, "Betrag"))
        await stage.press("t")
        await stage.until(lambda: "imports 1 record" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "1 created" in stage.lines()[-1])
        assert "Deals 4" in stage.lines()[0]
        assert "Maschine" in stage.text()

    play(home.board(), NARROW, scene)
    assert home.rows("SELECT name, amount FROM deal WHERE name = 'Maschine'") == [("Maschine", "100")]


def test_REC_7_a_file_of_another_kind_than_the_rep_says_is_told(home, tmp_path):
    put(tmp_path, "Deal Name,Stage,Amount,Closing Date\nMaschine,提案,100,2026-12-01\n")

    async def scene(stage):
        await opened(stage, "~/people.csv")
        await stage.until(lambda: "An export of Zoho CRM: Deals" in stage.text())
        await stage.press("K", "k", "enter")
        await stage.until(lambda: "This looks like a file of “Deals”, not of “Companies”" in stage.text())
        assert "--kind" not in stage.text(), "nobody has to know the command line"

    play(home.board(), NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_7_japanese_headings_and_an_encoding_of_japan(home, tmp_path, size):
    put(tmp_path, JAPANESE, "名刺.csv", "cp932")

    async def scene(stage):
        await opened(stage, "~/名刺.csv")
        await stage.until(lambda: "A file of Contacts" in stage.text() or "Perhaps" in stage.text())
        assert "Full Name" in line(stage, "佐藤 花子")
        assert "field of your own: 来店日" in stage.text()
        assert {width(one) for one in stage.lines()} == {size[0]}
        await stage.press("t")
        await stage.until(lambda: "imports 1 record" in stage.text())
        assert "Kept as fields of your own: 来店日" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "佐藤 花子" in stage.text())

    play(home.board(), size, scene)


def test_REC_7_an_export_of_another_crm_is_recognised(home, tmp_path):
    put(tmp_path, "Record Id,First Name,Last Name,Email,Account Name,Contact Owner,Lead Source,Email Opt Out\n"
        "zcrm_1,Carla,Costa,carla@costa.example,Costa Lda,Mina,Web,false\n")  # fmt: skip

    async def scene(stage):
        await opened(stage, "~/people.csv")
        await stage.until(lambda: "An export of Zoho CRM: Contacts" in stage.text())

    play(home.board(), NARROW, scene)


def test_REC_7_people_of_a_plain_file_are_leads_for_whoever_looks_at_leads(home, tmp_path):
    put(tmp_path, PEOPLE)

    async def scene(stage):
        await opened(stage, "~/people.csv", "i", "h")
        await stage.until(lambda: "A file of Leads" in stage.text())

    play(home.board(), NARROW, scene)


def test_REC_7_what_is_no_table_is_said_and_another_file_can_be_named(home, tmp_path):
    put(tmp_path, "", "empty.csv")
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "folder").mkdir()
    put(tmp_path, PEOPLE)

    async def scene(stage):
        for name, told in (
            ("empty.csv", "The file is empty"), ("book.xlsx", "Save it as CSV"), ("none.csv", "There is no file"),
            ("folder", "is a folder"),
        ):  # fmt: skip
            await opened(stage, f"~/{name}", *(["i"] if name == "empty.csv" else ["ctrl+u"]))
            await stage.until(lambda told=told: told in stage.text())
            await stage.until(lambda: "Import records from a file" in stage.text())
            assert "Traceback" not in stage.text()
        await stage.press("ctrl+u", *typed("~/peo"), "tab")
        assert "~/people.csv" in stage.text(), "names are completed"
        await stage.press("enter")
        await stage.until(lambda: "A file of Contacts" in stage.text())

    play(home.board(), WIDE, scene)


def test_REC_7_vcards_and_calendars_need_no_columns(home, tmp_path):
    put(tmp_path, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Carla Costa\r\nN:Costa;Carla;;;\r\nEMAIL:carla@costa.example\r\n"
        "END:VCARD\r\n", "card.vcf")  # fmt: skip
    put(tmp_path, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Kick-off\r\n"
        "DTSTART:20261201T010000Z\r\nDTEND:20261201T020000Z\r\nEND:VEVENT\r\nBEGIN:VTODO\r\nUID:b\r\nSUMMARY:Call back\r\n"
        "DUE;VALUE=DATE:20261202\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "plan.ics")  # fmt: skip

    async def scene(stage):
        await opened(stage, "~/card.vcf")
        await stage.until(lambda: "imports 1 record" in stage.text())
        assert "A file of Contacts" in stage.text()
        await stage.press("K", "k", "enter")
        await stage.until(lambda: "A file of Leads" in stage.text() and "imports 1 record" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "Leads 2" in stage.lines()[0])
        await opened(stage, "~/plan.ics", "j")
        await stage.until(lambda: "imports 2 records" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "Kick-off" in stage.text())
        assert "Events 1" in stage.lines()[0]

    play(home.board(), NARROW, scene)
    assert home.one("SELECT count(*) FROM item WHERE kind = 'task' AND name = 'Call back'") == 1


def test_REC_7_from_the_palette_on_the_board(home, tmp_path):
    put(tmp_path, PEOPLE)

    async def scene(stage):
        await stage.press("ctrl+p", *typed("import records"), "enter")
        assert "Import records from a file" in stage.text()
        await stage.press("ctrl+u", *typed("~/people.csv"), "enter")
        await stage.until(lambda: "A file of Contacts" in stage.text())
        await stage.press("t")
        await stage.until(lambda: "imports 2 records" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "Contacts 4" in stage.lines()[0])
        await stage.press("q", "alt+i")
        assert "It was imported" in stage.lines()[0]

    play(home.board(), NARROW, scene)


def many(folder, number):
    rows = (f"Person,{n:05},person{n}@many.example,Company {n % 50}" for n in range(number))
    return put(folder, "\n".join(["First Name,Last Name,Email,Company", *rows, ""]), "many.csv")


@pytest.mark.parametrize("when", ["reading", "placing"])
def test_REC_7_an_import_that_is_stopped_leaves_nothing(home, tmp_path, monkeypatch, when):
    many(tmp_path, 3000)
    before = home.dump()
    told = Work._told

    def stop_here(work, rows, share):
        here = rows == 1000 if when == "reading" else share == 1
        if here and "Importing" in page().doing:
            work.board.call_from_thread(press_escape)
        told(work, rows, share)

    app = home.board()

    def page():
        return app.screen

    def press_escape():
        page().take("escape", None)
        stopped.append("Stopping…" in "".join(strip.text for strip in page().draw(80, 23)))

    stopped = []
    monkeypatch.setattr(Work, "_told", stop_here)

    async def scene(stage):
        await opened(stage, "~/many.csv")
        await stage.until(lambda: "A file of Contacts" in stage.text())
        await stage.press("t")
        await stage.until(lambda: "imports 3,000 records" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "Stopped. Nothing was changed." in stage.lines()[-1])
        assert "imports 3,000 records" in stage.text(), "and it can be begun again"

    play(app, NARROW, scene)
    assert stopped[0]
    assert home.dump() == before


def test_REC_7_while_it_works_the_screen_says_how_far_it_is(home, tmp_path, monkeypatch):
    many(tmp_path, 3000)
    seen = []
    told = Work._told

    def look(work, rows, share):
        work.rows, work.share = rows, share
        work.board.call_from_thread(
            lambda: seen.append("\n".join(strip.text for strip in work.board.screen.draw(80, 23)))
        )
        told(work, rows, share)

    monkeypatch.setattr(Work, "_told", look)

    async def scene(stage):
        await opened(stage, "~/many.csv")
        await stage.until(lambda: "A file of Contacts" in stage.text())
        await stage.press("t")
        await stage.until(lambda: "imports 3,000 records" in stage.text())

    play(home.board(), NARROW, scene)
    assert any("1,500 rows" in one and "█" in one and "Trying it" in one for one in seen)


def test_REC_7_bad_rows_are_scrolled(home, tmp_path):
    put(
        tmp_path, "Last Name,Email\n" + "".join(f"Bad{n},no address {n}\n" for n in range(60)) + "Good,good@x.example\n"
    )

    async def scene(stage):
        await opened(stage, "~/people.csv")
        await stage.until(lambda: "A file of Contacts" in stage.text())
        await stage.press("t")
        await stage.until(lambda: "line 2 " in stage.text())
        assert "line 61" not in stage.text()
        await stage.press("G")
        assert "line 61" in stage.text()
        await stage.press("g")
        assert "line 2 " in stage.text()

    play(home.board(), NARROW, scene)


def test_READ_3_hostile_cells_and_names_drive_nothing(home, tmp_path):
    put(tmp_path, "Last Name,Email,\x1b]0;pwned\x07[bold]x[/]\n\x1b[31mred,a@x.example,\u202egnp\n", "[red]a.csv")

    async def scene(stage):
        await opened(stage, "~/[red]a.csv")
        await stage.until(lambda: "A file of Contacts" in stage.text())
        assert "\x1b" not in stage.text()
        assert "\u202e" not in stage.text()
        assert "Import: [red]a.csv" in stage.lines()[0]
        assert {width(one) for one in stage.lines()} == {80}

    play(home.board(), NARROW, scene)


def test_REC_7_leaving_the_program_stops_an_import_and_leaves_nothing(home, tmp_path, monkeypatch):
    many(tmp_path, 3000)
    before = home.dump()
    told = Work._told

    def leave(work, rows, share):
        if rows == 1000 and "Importing" in work.board.screen.doing:
            work.board.call_from_thread(work.board.screen.take, "ctrl+q", None)
        told(work, rows, share)

    monkeypatch.setattr(Work, "_told", leave)
    app = home.board()

    async def scene(stage):
        await opened(stage, "~/many.csv")
        await stage.until(lambda: "A file of Contacts" in stage.text())
        await stage.press("t")
        await stage.until(lambda: "imports 3,000 records" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: not app.is_running or app._exit)

    play(app, NARROW, scene)
    assert home.dump() == before


def test_REC_7_the_screen_is_whole_in_japanese(home, tmp_path):
    put(tmp_path, "氏名,Notiz\n佐藤 花子,x\n", "kunden.csv")
    texts.use("ja")

    async def scene(stage):
        await opened(stage, "~/kunden.csv")
        await stage.until(lambda: "佐藤 花子" in stage.text())
        assert {width(one) for one in stage.lines()} == {80}
        await stage.press("t")
        await stage.until(lambda: stage.app.screen.state.report is not None and stage.app.screen.work is None)
        assert {width(one) for one in stage.lines()} == {80}

    play(home.board(), NARROW, scene)
