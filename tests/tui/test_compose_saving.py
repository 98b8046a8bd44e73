"""Nothing typed is lost, nothing empty is kept (SEND-4)."""

import threading
import time

import pytest

from salesinbox.model.drafts import Draft
from salesinbox.model.errors import BusyError
from salesinbox.tui import writing
from salesinbox.tui.compose.saver import Saver

from .stage import NARROW, board, play
from .writing_desk import writing_desk


@pytest.fixture
def desk():
    return writing_desk()


def test_SEND_4_what_is_typed_is_kept_by_itself_by_one_thread_that_is_not_the_interfaces(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"ken@minato.example", "tab", "tab", *"Offer", "tab", *"Hello")
        await stage.until(lambda: desk.writing.keeps and desk.writing.keeps[-1].text.startswith("Hello"))
        kept = desk.writing.keeps[-1]
        assert (kept.to, kept.subject) == ('"Nakamura, Ken" <ken@minato.example>', "Offer")
        assert {draft.id for draft in desk.writing.keeps} == {"d1"}, "one draft, however often it is kept"
        assert threading.current_thread().name not in desk.writing.kept_in_thread
        assert "kept 15:00:00" in stage.lines()[0]

    play(app, NARROW, scene)


def test_SEND_4_escape_asks_nothing_and_keeps(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"z", "tab", "tab", "tab", *"Half a sentence", "escape")
        await stage.until(lambda: not writing.is_open(app))
        assert "The draft is kept" in stage.lines()[-1]
        assert desk.writing.store["d1"].text.startswith("Half a sentence")
        assert desk.pushed, "the server gets its copy"

    play(app, NARROW, scene)


@pytest.mark.parametrize("key", ["c", "r", "a", "f", "B"])
def test_SEND_4_an_untouched_message_leaves_nothing_behind(desk, key):
    app = board(desk)

    async def scene(stage):
        await stage.press(key)
        await stage.until(lambda: writing.is_open(app))
        await stage.press("shift+tab", "down", "escape")
        await stage.until(lambda: not writing.is_open(app))
        assert desk.writing.store == {}

    play(app, NARROW, scene)


def test_SEND_4_what_was_typed_and_deleted_again_leaves_nothing_behind(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"ab")
        await stage.until(lambda: desk.writing.store)
        await stage.press("backspace", "backspace", "escape")
        await stage.until(lambda: not writing.is_open(app))
        assert desk.writing.store == {}

    play(app, NARROW, scene)


def test_SEND_4_discard_can_be_undone_even_before_the_first_keep(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", *"x@y.example", "alt+x")
        await stage.until(lambda: "The draft is thrown away.   u Undo" in stage.lines()[-1])
        assert desk.writing.store == {}
        assert desk.writing.discarded["d1"].to == "x@y.example"

    play(app, NARROW, scene)


def test_SEND_4_a_draft_that_cannot_be_kept_stays_open_and_is_tried_again(desk):
    app = board(desk)
    desk.writing.busy = 2

    async def scene(stage):
        await stage.press("c", *"x@y.example", "escape")
        await stage.until(lambda: "The database is busy." in stage.lines()[-1])
        assert writing.is_open(app)
        assert "not kept" in stage.lines()[0]
        await stage.until(lambda: desk.writing.store)
        await stage.press("escape")
        await stage.until(lambda: not writing.is_open(app))
        assert desk.writing.store["d1"].to == "x@y.example"

    play(app, NARROW, scene)


def test_SEND_4_leaving_the_program_writes_what_is_not_written_yet(desk):
    app = board(desk)
    desk.writing.slow.clear()

    async def scene(stage):
        await stage.press("c", *"x@y.example", "tab", "tab", "tab", *"Last words", "ctrl+q")
        threading.Timer(0.05, desk.writing.slow.set).start()

    play(app, NARROW, scene)
    assert desk.writing.store["d1"].text.startswith("Last words")


def test_SEND_4_keys_go_on_while_a_keep_takes_long_and_the_newest_wins(desk):
    app = board(desk)
    desk.writing.slow.clear()

    async def scene(stage):
        await stage.press("c", *"x@y.example")
        await stage.until(lambda: not app.screen.saver.idle)
        await stage.press("tab", "tab", *"Offer")
        assert "Offer" in stage.text()
        desk.writing.slow.set()
        await stage.until(lambda: desk.writing.store and desk.writing.store["d1"].subject == "Offer")
        assert list(desk.writing.store) == ["d1"]

    play(app, NARROW, scene)


def test_SEND_4_files_and_text_do_not_undo_each_other(desk, tmp_path):
    app = board(desk)
    (tmp_path / "a.txt").write_text("x")

    async def scene(stage):
        await stage.press("c", "ctrl+o", *str(tmp_path / "a.txt"))
        desk.writing.slow.clear()
        await stage.press("enter", *"x@y.example")
        desk.writing.slow.set()
        await stage.until(lambda: desk.writing.store and desk.writing.store["d1"].to == "x@y.example")
        assert [file.name for file in desk.writing.store["d1"].files] == ["a.txt"]

    play(app, NARROW, scene)


def test_SEND_4_two_messages_one_after_the_other_are_two_drafts(desk):
    app = board(desk)

    async def scene(stage):
        for name in ("one", "two"):
            await stage.press("c", *name, "escape")
            await stage.until(lambda: not writing.is_open(app))
        assert [draft.to for draft in desk.writing.store.values()] == ["one", "two"]

    play(app, NARROW, scene)


# --- the saver itself -----------------------------------------------------------------------------------------------


class Disk:
    def __init__(self):
        self.kept = []
        self.fails = 0

    def keep(self, draft):
        if self.fails:
            self.fails -= 1
            raise BusyError("busy")
        kept = Draft(**{**{f: getattr(draft, f) for f in Draft.__slots__}, "id": draft.id or "d1"})
        self.kept.append(kept)
        return kept


def _saver(disk, told=lambda kept, call: call and call()):
    return Saver(Draft(), disk.keep, told)


def test_SEND_4_while_one_types_on_it_is_written_at_least_each_second():
    disk = Disk()
    saver = _saver(disk)
    begin = time.monotonic()
    number = 0
    while not disk.kept:
        number += 1
        saver.note(Draft(to=str(number)))
        assert time.monotonic() - begin < 10
        threading.Event().wait(0.02)
    assert saver.finish()
    assert disk.kept[-1].to == str(number)
    saver.close()


def test_SEND_4_finish_writes_at_once_and_says_when_it_could_not():
    disk = Disk()
    saver = _saver(disk)
    assert saver.finish(), "there is nothing to write"
    disk.fails = 1
    saver.note(Draft(to="a"))
    assert not saver.finish()
    assert saver.finish()
    assert disk.kept[-1].to == "a"
    assert saver.idle
    saver.close()


def test_SEND_4_work_comes_after_what_was_typed_and_keeps_its_files():
    disk = Disk()
    saver = _saver(disk)
    saver.note(Draft(to="a"))
    assert saver.run(lambda draft: (draft.id, draft.to)) == ("d1", "a")
    disk.fails = 1
    saver.note(Draft(to="b"))
    with pytest.raises(BusyError):
        saver.run(lambda draft: draft)
    saver.close()
    assert saver.finish()
    assert disk.kept[-1].to == "b"
