"""Lists of records by keys: kinds, columns, order, filter, selection, bulk edit (REC-1)."""

import random
import threading
from dataclasses import replace

import pytest

from salesinbox.model.settings import Smtp
from salesinbox.model.text import width
from salesinbox.services.records.changes import RecordChanges
from salesinbox.services.records.exchange import ExchangeService
from salesinbox.store.database import Database, set_state

from .records_home import HOSTILE, RecordsHome, typed
from .stage import NARROW, WIDE, play
from .test_picture import Terminal, _on_a_terminal

KEYS = (
    "j", "k", "l", "h", "x", "G", "g", "space", "enter", "escape", "escape", "e", "tab", "s", "c", "equals_sign", "n",
    "u", "A", "slash", "D", "M", "t", "f", "question_mark", "ctrl+p", "ctrl+s", "down", "up", "left", "m",
)  # fmt: skip


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = RecordsHome(tmp_path)
    yield made
    made.services.close()


def at_cursor(stage):
    return next((line for line in stage.lines() if "▌" in line), "")


def rows(stage):
    """The lines of the list."""
    return [line.strip() for line in stage.lines()[3:-1] if line.strip()]


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_1_i_lists_each_kind_with_its_count_and_columns(home, size):
    async def scene(stage):
        await stage.press("i")
        assert "Contacts 2" in stage.lines()[0]
        assert "Leads 1" in stage.lines()[0]
        assert "森 大輔" in at_cursor(stage)
        assert "mori@kawaguchi.example" in at_cursor(stage)
        assert "川口物流" in at_cursor(stage)
        await stage.press("l", "l")
        text = stage.text()
        for shown in ("Web刷新", "¥4,000,000", "提案", "倉庫管理", "みなとみらい商事"):
            assert shown in text, shown
        assert {width(line) for line in stage.lines()} == {size[0]}
        await stage.press("h", "h", "h")
        assert "Anna Berg" in at_cursor(stage)
        await stage.press("q")
        assert "Contacts 2" not in stage.lines()[0]

    play(home.board(), size, scene)


def test_an_empty_list_says_how_to_begin(home):
    async def scene(stage):
        await stage.press("i", *"lll")
        assert "There is nothing in “Tasks” yet. n makes the first one" in stage.text()
        await stage.press("x", "d", "e", "enter", "G", "j", "M", "C", "y")  # nothing of it can fail
        await stage.press("n")
        assert "New: Task" in stage.lines()[0]

    play(home.board(), NARROW, scene)


def test_REC_1_a_filter_narrows_while_it_is_typed_and_says_what_is_wrong_with_it(home):
    async def scene(stage):
        await stage.press("i", "l", "l", "slash", *typed("倉庫"))
        assert rows(stage)[0].startswith("▌ 倉庫管理") or "倉庫管理" in at_cursor(stage)
        assert len(rows(stage)) == 1
        assert "1 of 3" in stage.lines()[1]
        await stage.press("ctrl+u", *typed("stage:提案"))
        assert "倉庫管理" not in stage.text()
        assert len(rows(stage)) == 2
        await stage.press("ctrl+u", *typed("stgae:x"))
        assert "stgae" in "".join(rows(stage))
        await stage.press("escape")
        assert len(rows(stage)) == 3
        await stage.press("slash", *typed("nobody at all"), "enter")
        assert "Nothing fits “nobody at all”. q takes the filter off." in stage.text()
        await stage.press("q")
        assert len(rows(stage)) == 3

    play(home.board(), NARROW, scene)


def test_REC_1_the_list_is_sorted_by_a_column_of_choice_either_way(home):
    async def scene(stage):
        await stage.press("i", "l", "l", "s")
        assert "Sort by" in stage.text()
        for _step in range(10):
            if "Amount" in next(line for line in stage.lines() if "│ ▌" in line):
                break
            await stage.press("j")
        await stage.press("enter")
        assert [next(name for name in ("Web刷新", "倉庫管理", "配送アプリ") if name in row) for row in rows(stage)] == [
            "Web刷新", "倉庫管理", "配送アプリ",
        ]  # fmt: skip
        await stage.press("S")
        assert "配送アプリ" in rows(stage)[0]
        assert "Amount ↑" in stage.lines()[2]

    play(home.board(), WIDE, scene)


def test_REC_1_columns_are_chosen_and_stay_chosen(home):
    async def scene(stage):
        await stage.press("i")
        assert "Department" not in stage.lines()[2]
        await stage.press("c")
        for _step in range(30):
            if "Department" in next(line for line in stage.lines() if "▌" in line and "│" in line):
                break
            await stage.press("j")
        await stage.press("space", *["<"] * 12, "escape")
        assert "Department" in stage.lines()[2]
        assert stage.lines()[2].index("Department") < stage.lines()[2].index("Email")
        await stage.press("q", "i")
        assert "Department" in stage.lines()[2]

    play(home.board(), WIDE, scene)


def test_REC_1_a_field_of_all_selected_records_is_changed_at_once_and_undone(home):
    before = home.dump()

    async def scene(stage):
        await stage.press("i", "A")
        assert "✓ 2 selected" in stage.lines()[1]
        await stage.press("e", *typed("title"), "enter")
        assert "Title of 2 records" in stage.lines()[0]
        assert "森 大輔" in stage.text()
        await stage.press(*typed("Buyer"), "ctrl+s")
        assert home.one("SELECT count(*) FROM person WHERE title = 'Buyer'") == 2
        assert stage.text().count("Buyer") == 2
        await stage.press("u")
        assert home.dump() == before
        assert "Buyer" not in stage.text()

    play(home.board(), WIDE, scene)


def test_a_selection_by_key_and_by_range_is_let_go_first(home):
    home.many(30)

    async def scene(stage):
        await stage.press("i", "j", "x", "j", "j", "X")
        assert "✓ 4 selected" in stage.lines()[1]
        await stage.press("escape")
        assert "selected" not in stage.lines()[1]
        assert "Contacts 32" in stage.lines()[0]
        await stage.press("escape")
        assert "Contacts 32" not in stage.lines()[0]

    play(home.board(), NARROW, scene)


def test_records_are_deleted_after_a_question_and_come_back(home):
    before = home.dump()

    async def scene(stage):
        await stage.press("i", "d")
        assert "Delete 1 record?" in stage.text()
        assert "“森 大輔”" in stage.text()
        await stage.press("n")
        assert home.dump() == before
        await stage.press("d", "y")
        assert "森 大輔" not in "".join(rows(stage))
        assert "Contacts 1" in stage.lines()[0]
        await stage.press("u")
        assert "Contacts 2" in stage.lines()[0]
        assert home.dump() == before

    play(home.board(), NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_of_thousands_only_what_is_near_the_cursor_is_held(home, size):
    home.many(5000)
    app = home.board()

    async def scene(stage):
        await stage.press("i")
        window = app.screen.window
        assert "Contacts 5,002" in stage.lines()[0]
        await stage.press(*["pagedown"] * 4)
        assert len(window.rows) <= 300
        place = at_cursor(stage)
        await stage.press("j", "k")
        assert at_cursor(stage) == place
        await stage.press("G")
        assert len(window.rows) <= 200
        last = at_cursor(stage)
        assert stage.lines()[-2] == last
        await stage.press(*["pageup"] * 8)
        await stage.press("G")
        assert at_cursor(stage) == last
        await stage.press("g")
        assert stage.lines()[3] == at_cursor(stage)
        everyone = [record.id for record in window.rows]
        assert len(everyone) == len(set(everyone))

    play(app, size, scene)


def test_going_up_from_the_end_shows_everybody_once(home):
    home.many(400)
    app = home.board()

    async def scene(stage):
        await stage.press("i", "G")
        names = []
        for _step in range(402):
            names.append(app.screen.window.record.id)
            await stage.app.screen.on_key(_key("k"))
        assert len(set(names)) == 402

    play(app, NARROW, scene)


def _key(letter):
    from textual import events

    return events.Key(letter, letter)


def test_all_of_a_large_list_is_selected_not_only_what_is_seen(home):
    home.many(1500)

    async def scene(stage):
        await stage.press("i", "slash", *typed("person"), "enter", "A")
        assert "✓ 1,500 selected" in stage.lines()[1]

    play(home.board(), NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_one_step_of_the_cursor_sends_few_bytes(home, size):
    home.many(200)
    terminal = Terminal(size)
    sent = []

    async def scene(pilot):
        await pilot.press("i", "j", "j")
        await pilot.pause()
        before = terminal.sent
        await pilot.press("j")
        await pilot.pause()
        sent.append(terminal.sent - before)

    _on_a_terminal(home.board(), terminal, scene)
    assert 0 < sent[0] <= 400, sent


@pytest.mark.parametrize(("size", "seed"), [(WIDE, 1), (NARROW, 2), (NARROW, 3)])
def test_UI_3_after_any_keys_in_records_the_terminal_shows_the_whole_picture(home, size, seed):
    home.many(120)
    app, terminal, chance = home.board(), Terminal(size), random.Random(seed)

    async def scene(pilot):
        await pilot.press("i")
        for number in range(60):
            key = chance.choice(KEYS)
            await pilot.press(key)
            await pilot.pause()
            wanted = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
            assert terminal.rows() == wanted, (number, key)

    _on_a_terminal(app, terminal, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_READ_3_hostile_names_drive_nothing_and_break_no_column(home, size):
    for text in HOSTILE:
        home.change(
            lambda changes, text=text: changes.create("contact", {"last": text, "title": text, "company": text})
        )
        home.change(lambda changes, text=text: changes.create("task", {"name": text, "tags": text}))
    with Database(home.services.database.path) as database, database.transaction() as connection:
        connection.execute("UPDATE person SET name = ?, title = ? WHERE id = 1", (HOSTILE[0], HOSTILE[0]))

    async def scene(stage):
        await stage.press("i")
        for _kind in range(3):
            assert {width(line) for line in stage.lines()} == {size[0]}
            assert not any(character in stage.text() for character in "\x1b\x07\u202e\u200d")
            await stage.press("A", "A", "enter")
            assert {width(line) for line in stage.lines()} == {size[0]}
            assert not any(character in stage.text() for character in "\x1b\x07\u202e\u200d")
            await stage.press("escape", "l")

    play(home.board(), size, scene)


def test_the_cursor_keeps_its_record_when_others_come(home):
    async def scene(stage):
        await stage.press("i", "j")
        here = at_cursor(stage)[:30]
        home.take("contacts", "First Name,Last Name,Email\nAaron,Aalto,aa@x.example\n")
        await stage.until(lambda: "Aalto" in stage.text())
        assert at_cursor(stage)[:30] == here

    play(home.board(), NARROW, scene)


def test_REC_8_likely_duplicates_of_a_kind_are_listed_and_compared(home):
    twice = {"last": "永田", "first": "達郎", "addresses": "t.nagata@minato.example", "company": "みなとみらい商事"}
    home.change(lambda changes: changes.create("contact", twice))

    async def scene(stage):
        await stage.press("i", "D")
        await stage.until(lambda: "1 likely duplicate" in stage.text())
        await stage.press("enter")
        assert "Merge: Contact" in stage.lines()[0]
        assert stage.text().count("達郎") >= 2

    play(home.board(), WIDE, scene)


def test_the_last_line_names_what_can_be_done_with_the_kind(home):
    async def scene(stage):
        await stage.press("i")
        assert "Convert" not in stage.lines()[-1]
        await stage.press("h")
        assert "C Convert" in stage.lines()[-1]
        assert "y Done" not in stage.lines()[-1]

    play(home.board(), WIDE, scene)


def test_news_that_come_while_a_list_is_open_leave_the_boards_last_line_as_it_was(home):
    async def scene(stage):
        before = stage.lines()[-1]
        await stage.press("i")
        home.deliver(("Carla Costa", "carla@costa.example", "News"))
        home.take("contacts", "First Name,Last Name,Email\nAaron,Aalto,aa@x.example\n")
        await stage.until(lambda: "Aalto" in stage.text())
        await stage.press("q")
        assert stage.lines()[-1] == before

    play(home.board(), WIDE, scene)


def test_what_was_made_has_the_cursor(home):
    async def scene(stage):
        await stage.press("i", "n", *typed("Zander"), "ctrl+s")
        assert "Zander" in at_cursor(stage)

    play(home.board(), NARROW, scene)


def test_the_palette_finds_what_a_list_can_do(home):
    async def scene(stage):
        await stage.press("i", "ctrl+p", *typed("other way"), "enter")
        assert "Name ↓" in stage.lines()[2]

    play(home.board(), NARROW, scene)


def test_REC_7_all_records_of_a_kind_are_written_to_a_file(home, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "out").mkdir()

    async def scene(stage):
        await stage.press("i", "w")
        assert "Export “Contacts” as" in stage.text()
        await stage.press("enter", "ctrl+u", *typed("~/out"), "enter")
        await stage.until(lambda: "2 records written: ~/out/Contacts.csv" in stage.lines()[-1])
        assert "mori@kawaguchi.example" in (tmp_path / "out" / "Contacts.csv").read_text("utf-8")
        await stage.press("w", "j", "enter", "ctrl+u", *typed("~/out"), "enter")
        await stage.until(lambda: "2 records written: ~/out/Contacts.vcf" in stage.lines()[-1])
        assert "EMAIL" in (tmp_path / "out" / "Contacts.vcf").read_text("utf-8")
        await stage.press("l", "l", "w", "ctrl+u", *typed("~/out"), "enter")
        await stage.until(lambda: "~/out/Deals.csv" in stage.lines()[-1])

    play(home.board(), WIDE, scene)


def test_REC_7_an_export_goes_on_beside_the_interface_and_can_be_stopped(home, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "out").mkdir()
    gate, entered = threading.Event(), threading.Event()
    export = ExchangeService.export

    def wait(*arguments, **named):
        entered.set()
        assert gate.wait(10)
        return export(*arguments, **named)

    monkeypatch.setattr(ExchangeService, "export", wait)

    async def scene(stage):
        await stage.press("i", "w", "enter", "ctrl+u", *typed("~/out"), "enter")
        await stage.until(entered.is_set)
        assert "Writing “Contacts”…" in stage.lines()[-1]
        await stage.press("escape")
        assert "Stopped." in stage.lines()[-1]
        gate.set()
        await stage.until(lambda: not [one for one in stage.app.workers if one.is_running])
        assert not list((tmp_path / "out").iterdir())

    play(home.board(), WIDE, scene)


def test_REC_1_columns_and_order_last_across_starts(home):
    async def chosen(stage):
        await stage.press("i", "s", *["j"] * 2, "enter")
        assert "Company ↑" in stage.lines()[2]
        await stage.press("S", "c", "space", "escape")
        assert "Email" not in stage.lines()[2]

    async def again(stage):
        await stage.press("i")
        assert "Company ↓" in stage.lines()[2]
        assert "Email" not in stage.lines()[2]
        await stage.press("h")
        assert "Name ↑" in stage.lines()[2], "each kind has its own"

    play(home.board(), WIDE, chosen)
    play(home.board(), WIDE, again)


def test_REC_1_what_was_remembered_of_a_field_that_is_gone_is_left_out(home):
    def put(text):
        with Database(home.services.database.path) as database, database.transaction() as connection:
            set_state(connection, "list of contact", text)

    async def scene(stage):
        await stage.press("i")
        assert "Name ↑" in stage.lines()[2]
        assert "Mobile" in stage.lines()[2]
        assert "Email" not in stage.lines()[2]

    put('{"columns": ["mobile", "gone"], "sort": "gone", "falling": true, "later": {}}')
    play(home.board(), WIDE, scene)

    async def as_it_comes(stage):
        await stage.press("i")
        assert "Email" in stage.lines()[2]

    for text in ("not JSON", "[]", '{"columns": 7, "sort": null}'):
        put(text)
        play(home.board(), WIDE, as_it_comes)


def test_UI_5_a_field_of_many_records_is_changed_beside_the_interface(home):
    home.many(400)
    work = threading.Event()
    edit = RecordChanges.edit
    threads = []

    def wait(*arguments):
        threads.append(threading.current_thread().name)
        assert work.wait(10)
        return edit(*arguments)

    async def scene(stage):
        await stage.press("i", "A", "e", *typed("title"), "enter", *typed("Chief"), "ctrl+s")
        await stage.until(lambda: "Working on 402 records…" in stage.lines()[-1])
        work.set()
        await stage.until(lambda: "402 records" in stage.lines()[-1] and "Working" not in stage.lines()[-1])
        await stage.until(lambda: "Chief" in at_cursor(stage))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(RecordChanges, "edit", wait)
        play(home.board(), WIDE, scene)
    assert threads == ["actions"]
    assert home.one("SELECT count(*) FROM person WHERE title = 'Chief'") == 402


def test_m_writes_to_the_person_and_says_so_where_nothing_can_be_sent(home):
    async def unable(stage):
        await stage.press("i", "m")
        assert "No account can send mail yet." in stage.text()

    play(home.board(), WIDE, unable)
    account = replace(home.settings.accounts[0], smtp=Smtp("127.0.0.1", 1, "none", "rep"))
    home.settings = replace(home.settings, accounts=(account,))
    del home.services.writing

    async def able(stage):
        await stage.press("i", "m")
        assert "森 大輔 <mori@kawaguchi.example>" in stage.text()

    play(home.board(), WIDE, able)
