"""Acting by keys on a real database: what shows at once, what is said, what comes back (ACT-1 to ACT-5)."""

import pytest

from salesinbox.locale import texts
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
        assert app.nav.card.subject == "Subject 8", "the topmost one that came back"

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
        assert "“Subject 8”" in stage.text()
        for key in ("enter", "n", "escape", "j"):
            await stage.press(key)
            assert len(_subjects(app)) == 8
            await stage.press("escape", "D")
        await stage.press("y")
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


def test_ACT_4_several_refusals_are_counted_and_can_be_read_again(home):
    app = home.board()

    async def scene(stage):
        await stage.press("E")
        assert "What servers refused" not in stage.text(), "there is nothing to show yet"
        await stage.press("e", "e", "e")
        with Database(home.services.database.path) as writing, writing.transaction() as connection:
            for operation in operations.waiting(connection, 1, NOW, 10):
                home.refresh(connection, operations.refused(connection, [operation], f"no {operation.id}"))
        await stage.until(lambda: "(and 2 more)   E Refusals" in stage.lines()[-1])
        await stage.press("E")
        for number in (6, 7, 8):
            assert f"Archiving was refused for “Subject {number}”" in stage.text()
        await stage.press("q")
        assert len(_subjects(app)) == 8

    play(app, (160, 24), scene)


def test_ACT_4_what_was_refused_while_no_board_was_open_is_said(home):
    home.services.actions.archive([home.services.board.ids("inbox", "unknown")[0]])
    with Database(home.services.database.path) as writing, writing.transaction() as connection:
        home.refresh(
            connection, operations.refused(connection, operations.waiting(connection, 1, NOW, 10), "over quota")
        )
    app = home.board()

    async def scene(stage):
        await stage.until(lambda: "over quota" in stage.lines()[-1])

    play(app, (160, 24), scene)


def test_ACT_2_changes_that_wait_for_a_server_are_counted_after_a_while(home):
    app = home.board()

    async def scene(stage):
        await stage.press("e", "e")
        assert "to send" not in stage.lines()[0]
        await stage.until(lambda: "2 changes to send" in stage.lines()[0])

    play(app, NARROW, scene)


def test_ACT_1_marks_leave_the_selection_as_it_is(home):
    app = home.board()

    async def scene(stage):
        await stage.press("x", "x", "F")
        assert "Flagged: 2 threads" in stage.lines()[-1]
        assert "✓ 2 selected" in stage.lines()[0]
        await stage.press("e")
        assert "Archived: 2 threads" in stage.lines()[-1]
        assert "selected" not in stage.lines()[0]

    play(app, NARROW, scene)


def test_ACT_1_in_a_view_where_it_stays_the_next_card_opens_all_the_same(home):
    app = home.board()

    async def scene(stage):
        app.nav.choose_view("all")
        await stage.press("enter", "e")
        assert app.nav.opened.subject == "Subject 7"
        assert "Subject 8" in _subjects(app)

    play(app, NARROW, scene)


def test_ACT_1_after_the_last_card_the_one_above_opens_then_the_board_is_shown(home):
    app = home.board()

    async def scene(stage):
        await stage.press("G", "enter", "e")
        assert app.nav.opened.subject == "Subject 2"
        for _number in range(7):
            await stage.press("e")
        assert app.nav.opened is None
        assert app.nav.mode == "board"

    play(app, NARROW, scene)


def test_READ_4_in_the_unread_view_no_card_is_left_out(home):
    """A card that is read leaves that view under the reader's feet."""
    app = home.board()

    async def scene(stage):
        app.nav.choose_view("unread")
        await stage.press("enter")
        await stage.until(lambda: "Subject 8" not in _subjects(app))
        await stage.press("J")
        assert app.nav.opened.subject == "Subject 7"
        await stage.until(lambda: "Subject 7" not in _subjects(app))
        await stage.press("e")
        assert app.nav.opened.subject == "Subject 6"
        assert _folders(home)["Subject 7"] == "Archive"

    play(app, NARROW, scene)


def test_ACT_1_what_was_found_by_a_search_goes_back_to_the_board(home):
    app = home.board()

    async def scene(stage):
        app.nav.read(home.services.board.card(home.services.board.ids("inbox", "unknown")[3]))
        await stage.press("e")
        assert "Archived: Subject 5" in stage.lines()[-1]
        assert app.nav.mode == "board"
        assert app.nav.card.subject == "Subject 8"

    play(app, NARROW, scene)


@pytest.mark.parametrize("as_folder", [False, True])
def test_VIEW_3_spam_and_trash_mean_the_same_as_views_and_as_folders(home, as_folder):
    home.folders("Junk")
    home.deliver(("Late", "late@nowhere.example", "Late"))
    app = home.board()

    def show(role, name):
        if not as_folder:
            app.nav.choose_view(role)
            return
        number = next(folder.id[1:] for folder in home.services.actions.folders() if folder.name == name)
        app.nav.choose_view(f"folder {number}")

    async def scene(stage):
        await stage.press("!", "d")
        assert _folders(home)["Late"] == "Junk"
        assert _folders(home)["Subject 8"] == "Trash"
        show("spam", "Junk")
        await stage.press("!")
        assert "Not spam, back in the inbox: Late" in stage.lines()[-1]
        assert _folders(home)["Late"] == "INBOX"
        show("trash", "Trash")
        await stage.press("d")
        assert "Delete 1 thread for good?" in stage.text()
        await stage.press("y")
        assert "Subject 8" not in _folders(home)

    play(app, NARROW, scene)


def test_ACT_1_the_folders_that_are_used_most_come_first(home):
    home.folders("Projects")
    home.deliver(("Late", "late@nowhere.example", "Late"))
    app = home.board()

    async def scene(stage):
        await stage.press("m", *"proj", "enter", "m")
        first = next(line for line in stage.lines() if "▌ " in line and "│" in line and "Subject" not in line)
        assert "Projects" in first
        await stage.press("escape", "C", "enter")
        assert "Copied to Projects" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_ACT_5_snoozed_threads_say_when_they_come_back_and_can_be_brought_back_now(home):
    app = home.board()

    async def scene(stage):
        await stage.press("s", *"12/1", "enter", *"明日電話", "enter")
        assert "Snoozed until Tue, Dec 1, 9:00: Subject 8" in stage.lines()[-1]
        app.nav.choose_view("snoozed")
        assert "◷ Dec 1" in stage.at_cursor()
        assert "明日電話 – Subject 8" in stage.text()
        await stage.press("s", "enter")
        assert "No longer snoozed: Subject 8" in stage.lines()[-1]
        app.nav.choose_view("inbox")
        assert "Subject 8" in _subjects(app)

    play(app, NARROW, scene)


def test_ACT_5_if_nobody_replies(home):
    app = home.board()

    async def scene(stage):
        await stage.press("s", *"no reply", "enter", "enter")
        assert "Snoozed until Thu, Nov 26, 9:00: Subject 8" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_ACT_1_D_on_a_selection_says_how_many_and_which(home):
    app = home.board()

    async def scene(stage):
        await stage.press("x", "x", "x", "x", "D")
        assert "Delete 4 threads for good?" in stage.text()
        assert "“Subject 8”" in stage.text()
        assert "and 1 more" in stage.text()
        assert [len(line) for line in stage.lines()] == [80] * 24

    play(app, NARROW, scene)


def test_ACT_3_undo_in_the_reading_view_leaves_what_is_read(home):
    app = home.board()

    async def scene(stage):
        await stage.press("enter", "e", "u")
        assert "Undone – Archived: Subject 8" in stage.lines()[-1]
        assert app.nav.opened.subject == "Subject 7"
        await stage.press("K")
        assert app.nav.opened.subject == "Subject 8"

    play(app, NARROW, scene)


def test_a_woken_and_a_selected_card_have_their_marks_in_the_help(home):
    app = home.board()

    async def scene(stage):
        await stage.press("?", "G", "b")
        assert "selected" in stage.text()
        await stage.press("q")

    play(app, (160, 45), scene)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_UI_1_the_way_back_search_and_help_are_in_sight_at_80_columns(home, language):
    texts.use(language)
    app = home.board()

    async def scene(stage):
        for keys in (("x",), ("escape", "enter")):
            await stage.press(*keys)
            for key in ("q ", "e ", "/ ", "? "):
                assert f" {key}" in stage.lines()[-1] + stage.lines()[0], (keys, key)

    try:
        play(app, NARROW, scene)
    finally:
        texts.use("en")
