"""Acting while another process writes: keys go on, the order is kept, and nothing is lost (ACT-2, UI-5)."""

import sqlite3
import threading

import pytest

from salesinbox.store.database import Database
from salesinbox.tui import hand
from tests.servers import until

from .stage import NARROW, play
from .test_acting import _flags, _folders, _subjects
from .test_real import Home


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = Home(tmp_path)
    made.services.patience = 0.02
    made.folders("Archive", "Trash")
    made.deliver(*((f"Sender {n}", f"s{n}@nowhere.example", f"Subject {n}") for n in range(1, 9)))
    yield made
    made.services.close()


class Writer:
    """Another process that holds the database."""

    def __init__(self, home) -> None:
        self.connection = sqlite3.connect(home.services.database.path, isolation_level=None, check_same_thread=False)
        self.connection.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        self.connection.execute("ROLLBACK")
        self.connection.close()


def test_ACT_2_what_is_done_while_the_database_is_held_is_done_in_order(home):
    app = home.board()

    async def scene(stage):
        other = Writer(home)
        await stage.press("e", "j", "d", "u", "F")
        assert "Waiting for the database" in stage.lines()[-1], "it is said for as long as it is so"
        assert app.nav.card.subject == "Subject 7", "keys go on"
        assert set(_folders(home).values()) == {"INBOX"}
        other.let_go()
        await stage.until(lambda: "No longer flagged" in stage.lines()[-1] or "Flagged" in stage.lines()[-1])
        await stage.until(lambda: not app.hand.busy)
        assert _folders(home)["Subject 8"] == "Archive"
        assert _folders(home)["Subject 7"] == "INBOX", "trashed and taken back, in this order"
        assert "Waiting" not in stage.text()

    play(app, NARROW, scene)


@pytest.mark.parametrize("keys", [("Q",), ("Q", "Q")])
def test_ACT_2_leaving_waits_for_what_was_done(home, keys):
    app = home.board()
    others = []

    async def scene(stage):
        others.append(Writer(home))
        await stage.press("e", "j", "e")
        await stage.press("Q")
        assert "then the program ends" in stage.lines()[-1]
        letting_go = threading.Thread(target=_let_go_when_left, args=(others[0], app, len(keys) > 1))
        letting_go.start()
        if len(keys) > 1:
            await stage.press("Q")
        else:
            await stage.until(lambda: not app.is_running or app._exit)
        others.append(letting_go)

    play(app, NARROW, scene)
    others[1].join()
    assert sorted(subject for subject, folder in _folders(home).items() if folder == "Archive") == [
        "Subject 7",
        "Subject 8",
    ]


def _let_go_when_left(other: Writer, app, at_the_end: bool) -> None:
    """At once, or only when the interface is being taken down."""
    if at_the_end:
        until(lambda: not app.is_running, "the interface ends")
    other.let_go()


def test_UI_5_a_large_selection_is_worked_on_beside_the_keys(home, monkeypatch):
    monkeypatch.setattr(hand, "MANY", 3)
    app = home.board()

    async def scene(stage):
        other = Writer(home)
        await stage.press("A", "e")
        assert "Working on 8 threads…" in stage.lines()[-1]
        await stage.press("j")
        other.let_go()
        await stage.until(lambda: "Archived: 8 threads" in stage.lines()[-1])
        assert _subjects(app) == []
        assert not app.nav.marked

    play(app, NARROW, scene)


def test_what_the_rep_did_not_ask_for_waits_without_a_word(home):
    app = home.board()

    async def scene(stage):
        other = Writer(home)
        await stage.press("enter")
        await stage.until(lambda: app.hand.busy)
        assert "Waiting" not in stage.text()
        other.let_go()
        await stage.until(lambda: not app.hand.busy)
        assert _flags(home)["Subject 8"] == 1

    play(app, NARROW, scene)


def test_a_fault_of_ours_in_the_thread_reaches_the_door(home):
    app = home.board()

    def broken(_actions):
        raise ZeroDivisionError("something nobody expected")

    async def scene(stage):
        app.hand.do(broken, lambda _outcome: None, threads=hand.MANY + 1)
        await stage.until(lambda: app._exception is not None)

    with pytest.raises(ZeroDivisionError):
        play(app, NARROW, scene)


def test_the_board_itself_gives_up_waiting_within_a_moment(tmp_path):
    """Whoever opens the board for people sets it; scripts are patient."""
    from salesinbox import wiring

    tmp_path.chmod(0o700)
    home = Home(tmp_path)
    with wiring.application(home.settings, tmp_path) as scripts:
        assert scripts.actions.writer.patience > 10
    assert wiring._NO_HALT <= 0.05
    with wiring.application(home.settings, tmp_path, patience=wiring._NO_HALT) as board:
        assert board.actions.writer.patience == wiring._NO_HALT
        with Database(home.services.database.path) as other:
            other.connection.execute("BEGIN IMMEDIATE")
            assert board.actions.writing.connection.execute("PRAGMA busy_timeout").fetchone()[0] == 30
            other.connection.execute("ROLLBACK")
    home.services.close()
