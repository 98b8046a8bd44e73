"""Acting by keys on a real database: what shows at once, what is said, what comes back (ACT-1 to ACT-5)."""

import pytest

from salesinbox.model.mail import Flag
from salesinbox.store import operations
from salesinbox.store.database import Database

from .desk import NOW
from .stage import NARROW, WIDE, play
from .test_real import Home


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = Home(tmp_path)
    made.folders("Archive", "Trash", "案件")
    made.deliver(*((f"Sender {n}", f"s{n}@nowhere.example", f"Subject {n}") for n in range(1, 9)))
    yield made
    made.services.close()


def _subjects(app):
    return [card.subject for card in app.columns["unknown"].window.cards]


def _flags(home):
    with Database(home.services.database.path, readonly=True) as database:
        return dict(
            database.connection.execute(
                "SELECT subject, coalesce(shown_flags, flags) FROM location JOIN message ON message.id = message"
            )
        )


def _folders(home):
    with Database(home.services.database.path, readonly=True) as database:
        return dict(
            database.connection.execute(
                "SELECT subject, folder.name FROM location JOIN message ON message.id = message"
                " JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
            )
        )


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_ACT_1_e_archives_and_the_next_card_takes_the_place(home, size):
    app = home.board()

    async def scene(stage):
        bars = stage.bars()
        await stage.press("e")
        assert "Sender 7" in stage.at_cursor()
        assert stage.bars() == bars
        assert "Archived: Subject 8" in stage.lines()[-1]
        assert _folders(home)["Subject 8"] == "Archive"
        await stage.press("e", "e")
        assert _subjects(app)[0] == "Subject 5"

    play(app, size, scene)


def test_ACT_3_u_brings_back_step_by_step_and_the_cursor_goes_there(home):
    app = home.board()

    async def scene(stage):
        await stage.press("j", "e", "j", "d")
        assert _subjects(app) == ["Subject 8", "Subject 6", "Subject 4", "Subject 3", "Subject 2", "Subject 1"]
        await stage.press("u")
        assert "Undone – To the trash: Subject 5" in stage.lines()[-1]
        assert "Sender 5" in stage.at_cursor()
        await stage.press("u")
        assert "Undone – Archived: Subject 7" in stage.lines()[-1]
        assert "Sender 7" in stage.at_cursor()
        await stage.press("u")
        assert "Nothing to undo." in stage.lines()[-1]
        assert len(_subjects(app)) == 8

    play(app, NARROW, scene)


def test_VIEW_2_trash_from_a_view_says_that_it_is_the_mail_itself(home):
    app = home.board()

    async def scene(stage):
        app.nav.choose_view("unread")
        await stage.press("d")
        assert "To the trash: Subject 8" in stage.lines()[-1]
        assert _folders(home)["Subject 8"] == "Trash"
        app.nav.choose_view("inbox")
        assert "Subject 8" not in _subjects(app)

    play(app, NARROW, scene)


def test_ACT_1_flags_and_read_marks_toggle(home):
    app = home.board()

    async def scene(stage):
        await stage.press("F")
        assert "★" in stage.at_cursor()
        await stage.press("U")
        assert Flag(_flags(home)["Subject 8"]) == Flag.SEEN | Flag.FLAGGED
        await stage.press("F", "U")
        assert Flag(_flags(home)["Subject 8"]) == Flag.NONE
        assert "★" not in stage.at_cursor()

    play(app, NARROW, scene)


def test_ACT_1_a_selection_by_key_by_range_and_all(home):
    app = home.board()

    async def scene(stage):
        await stage.press("x")
        assert "✓ 1 selected" in stage.lines()[0]
        assert "Sender 7" in stage.at_cursor()
        assert "✓Sender 8" in stage.text()
        await stage.press("j", "j", "X")
        assert "✓ 4 selected" in stage.lines()[0]
        await stage.press("e")
        assert "Archived: 4 threads" in stage.lines()[-1]
        assert _subjects(app) == ["Subject 4", "Subject 3", "Subject 2", "Subject 1"]
        assert "selected" not in stage.lines()[0]
        await stage.press("A")
        assert "✓ 4 selected" in stage.lines()[0]
        await stage.press("escape")
        assert "selected" not in stage.lines()[0]
        await stage.press("u")
        assert "Undone – Archived: 4 threads" in stage.lines()[-1]
        assert len(_subjects(app)) == 8

    play(app, NARROW, scene)


def test_ACT_1_reading_marks_as_read_and_archiving_there_opens_the_next(home):
    app = home.board()

    async def scene(stage):
        await stage.press("enter")
        await stage.until(lambda: Flag(_flags(home)["Subject 8"]) == Flag.SEEN)
        await stage.press("e")
        assert "Subject 7" in stage.lines()[1] or "Subject 7" in stage.lines()[2]
        assert app.nav.opened.subject == "Subject 7"
        assert _folders(home)["Subject 8"] == "Archive"
        await stage.press("q", "u")
        assert "Undone – Archived: Subject 8" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_ACT_1_the_settings_keep_unread_and_go_back_to_the_board(home):
    app = home.board(mark_read="never", after="board")

    async def scene(stage):
        await stage.press("enter", "e")
        assert app.nav.opened is None
        assert Flag(_flags(home)["Subject 8"]) == Flag.NONE
        assert "Sender 7" in stage.at_cursor()

    play(app, NARROW, scene)


def test_ACT_1_m_moves_to_a_folder_found_by_typing_japanese(home):
    app = home.board()

    async def scene(stage):
        await stage.press("m")
        assert "Move to" in stage.text()
        assert "案件" in stage.text()
        await stage.press("案", "enter")
        assert "Moved to 案件: Subject 8" in stage.lines()[-1]
        assert _folders(home)["Subject 8"] == "案件"

    play(app, NARROW, scene)


def test_ACT_1_labels_are_put_on_taken_off_and_made(home):
    app = home.board()

    async def scene(stage):
        await stage.press("+", *"大口", "enter")
        assert "Label 大口: Subject 8" in stage.lines()[-1]
        await stage.press("+")
        assert any("大口" in line and "take off" in line for line in stage.lines())
        await stage.press("enter")
        assert "Label 大口 taken off" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_ACT_1_deleting_for_good_asks_first(home):
    app = home.board()

    async def scene(stage):
        await stage.press("D")
        assert "Delete 1 thread for good?" in stage.text()
        await stage.press("enter")
        assert len(_subjects(app)) == 8
        await stage.press("D", "j", "enter")
        assert "Deleted for good: Subject 8" in stage.lines()[-1]
        assert "Subject 8" not in _folders(home)
        await stage.press("u")
        assert _folders(home)["Subject 8"] == "INBOX"

    play(app, NARROW, scene)


def test_ACT_5_s_snoozes_with_a_note_and_it_wakes_on_top(home):
    moment = [float(NOW)]
    app = home.board(now=lambda: moment[0])

    async def scene(stage):
        await stage.press("j", "s")
        assert "Tomorrow" in stage.text()
        assert "If no reply in 3 days" in stage.text()
        await stage.press(*"2h", "enter")
        assert "A note for then" in stage.text()
        await stage.press(*"call", "enter")
        assert "Snoozed until" in stage.lines()[-1]
        assert "Subject 7" not in _subjects(app)
        moment[0] += 2 * 3600 + 1
        home.clock[0] = moment[0]
        await stage.until(lambda: _subjects(app)[0] == "Subject 7")
        await stage.press("g")
        assert "◷" in stage.at_cursor()
        assert "call – Subject 7" in stage.text()

    play(app, NARROW, scene)


def test_ACT_5_what_is_no_time_is_said_under_the_line(home):
    app = home.board()

    async def scene(stage):
        await stage.press("s", *"gibberish")
        assert "is no time to come" in stage.text()
        await stage.press("enter", "escape")
        assert len(_subjects(app)) == 8

    play(app, NARROW, scene)


def test_ACT_1_mute_takes_it_out_of_the_inbox(home):
    app = home.board()

    async def scene(stage):
        await stage.press("M")
        assert "Muted: Subject 8" in stage.lines()[-1]
        assert "Subject 8" not in _subjects(app)

    play(app, NARROW, scene)


def test_ACT_4_a_refusal_gives_the_card_back_and_is_said_by_name(home):
    app = home.board()

    async def scene(stage):
        await stage.press("e")
        assert "Subject 8" not in _subjects(app)
        with Database(home.services.database.path) as writing, writing.transaction() as connection:
            open_ones = operations.waiting(connection, 1, NOW, 10)
            threads = operations.refused(connection, open_ones, "the server says “over quota”")
            home.refresh(connection, threads)
        await stage.until(lambda: "over quota" in stage.lines()[-1])
        assert "Archiving was refused for “Subject 8”" in stage.lines()[-1]
        assert "Subject 8" in _subjects(app)
        assert not home.services.board.untold()

    play(app, (160, 24), scene)


def test_ACT_2_while_another_process_writes_keys_go_on_and_nothing_is_lost(home):
    app = home.board()
    app.later.actions.patience = 0.02

    async def scene(stage):
        with Database(home.services.database.path) as other:
            other.connection.execute("BEGIN IMMEDIATE")
            await stage.press("e")
            assert "Waiting for the database" in stage.lines()[-1]
            await stage.press("j")
            assert "Sender 7" in stage.at_cursor()
            other.connection.execute("ROLLBACK")
        await stage.until(lambda: "Archived: Subject 8" in stage.lines()[-1])
        assert "Subject 8" not in _subjects(app)

    play(app, NARROW, scene)


def test_VIEW_3_the_rail_shows_the_folders_with_live_counts(home):
    app = home.board()

    async def scene(stage):
        assert "Folders" in stage.text()
        await stage.press("m", "案", "enter")
        folder = next(line for line in stage.lines() if "案件" in line and "Moved" not in line)
        assert " 1 " in folder.split("│")[0]
        await stage.press("v", "G", "enter")
        assert "› 案件" in stage.lines()[0]
        assert _subjects(app) == ["Subject 8"]

    play(app, WIDE, scene)
