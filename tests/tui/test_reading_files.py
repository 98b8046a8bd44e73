"""Attachments, the raw source and the headers of the message that is being read."""

import pytest

from salesinbox.model.mail import Attachment

from .desk import Desk
from .stage import NARROW, WIDE, board, play
from .test_reading import message
from .test_reading_links import desktop, over_ssh  # noqa: F401 - fixtures

FILES = (
    Attachment("見積書 2026-11.pdf", "application/pdf", 120_345, "2"),
    Attachment("notes.txt", "text/plain", 640, "3"),
    Attachment("invoice.pdf.exe", "application/octet-stream", 9_000, "4"),
    Attachment("prices.xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12", 88_000, "5"),
    Attachment("logo.png", "image/png", 4_000, "6"),
)
SOURCE = (
    b"Received: from mx.example\r\nSubject: =?utf-8?q?x?=\r\nX-Folded: one\r\n two\r\n\r\nBody \xff\xfe with bytes\r\n"
)


@pytest.fixture
def desk(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Downloads").mkdir()
    desk = Desk.filled(30)
    desk.threads["t1"] = [message(1, "see the files", attachments=FILES)]
    desk.content.parts = {("m1", file.part): b"content of " + file.part.encode() for file in FILES}
    desk.content.sources["m1"] = SOURCE
    return desk


def test_READ_5_attachments_are_listed_with_name_type_and_size(desk):
    async def scene(stage):
        await stage.press("enter")
        assert "@ Attachments" in stage.lines()[-1]
        await stage.press("@")
        assert any("見積書 2026-11.pdf" in line and "application/pdf  120 kB" in line for line in stage.lines())

    play(board(desk), NARROW, scene)


def test_READ_5_what_can_do_harm_says_so(desk):
    async def scene(stage):
        await stage.press("enter", "@")
        assert "program" not in stage.text()
        await stage.press("3")
        assert "This is a program" in stage.text()
        await stage.press("down")
        assert "can carry a program (macros)" in stage.text()

    play(board(desk), WIDE, scene)


def test_READ_5_text_is_viewed_in_the_terminal(desk):
    desk.content.parts["m1", "3"] = "一行目\n\x1b[31msecond\n".encode()

    async def scene(stage):
        await stage.press("enter", "@", "2", "enter")
        await stage.until(lambda: "一行目" in stage.text())
        assert "second" in stage.text()
        await stage.press("q")
        assert "notes.txt" in stage.text()

    play(board(desk), NARROW, scene)


def test_READ_5_images_are_viewed_in_half_blocks(desk):
    async def scene(stage):
        await stage.press("enter", "@", "5", "enter")
        await stage.until(lambda: "▀▀" in stage.text())
        cell = next(segment for strip in stage.strips() for segment in strip if "▀" in segment.text)
        assert cell.style.color.triplet == (250, 10, 10)
        assert cell.style.bgcolor.triplet == (10, 250, 10)

    play(board(desk), NARROW, scene)


def test_READ_5_other_kinds_say_what_can_be_done(desk):
    async def scene(stage):
        await stage.press("enter", "@", "enter")
        assert "o opens it, s saves it" in stage.lines()[-1]

    play(board(desk), NARROW, scene)


def test_READ_5_saving_asks_for_the_folder_and_says_the_path(desk, tmp_path):
    async def scene(stage):
        await stage.press("enter", "@", "s")
        assert "Save 見積書 2026-11.pdf in" in stage.text()
        assert "~/Downloads" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "Saved: ~/Downloads/part-2.bin" in stage.text())

    play(board(desk), NARROW, scene)
    assert (tmp_path / "Downloads" / "part-2.bin").read_bytes() == b"content of 2"


def test_READ_5_a_missing_folder_is_made_only_if_the_rep_says_so_and_is_offered_next_time(desk, tmp_path):
    async def scene(stage):
        await stage.press("enter", "@", "s", "ctrl+u", *"~/deals/minato", "enter")
        assert "There is no such folder" in stage.text()
        await stage.press("down", "enter")
        assert not (tmp_path / "deals").exists()
        await stage.press("s", "ctrl+u", *"~/deals/minato", "enter", "enter")
        await stage.until(lambda: "Saved: ~/deals/minato/part-2.bin" in stage.text())
        await stage.press("s")
        assert "~/deals/minato" in stage.text()

    play(board(desk), NARROW, scene)


def test_READ_5_all_are_saved_at_once(desk, tmp_path):
    async def scene(stage):
        await stage.press("enter", "@", "S")
        assert "Save 5 attachments in" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "5 files saved in ~/Downloads" in stage.text())

    play(board(desk), WIDE, scene)
    assert len(list((tmp_path / "Downloads").iterdir())) == 5


def test_READ_5_a_result_too_long_for_the_last_line_is_told_in_full(desk, tmp_path):
    folder = tmp_path / ("long-name-" * 6) / ("and-longer-" * 6)
    folder.mkdir(parents=True)

    async def scene(stage):
        await stage.press("enter", "@", "s", "ctrl+u")
        stage.app.screen.question.typed.insert(str(folder))
        await stage.press("enter")
        await stage.until(lambda: "Saved:" in stage.text())
        assert "part-2.bin" in "".join(line.strip(" │") for line in stage.lines())

    play(board(desk), NARROW, scene)


def test_READ_5_opening_asks_once_more_for_a_program(desk, desktop):  # noqa: F811 - the fixture
    async def scene(stage):
        await stage.press("enter", "@", "o")
        await stage.until(lambda: desk.content.opened == [("m1", "2")])
        await stage.until(lambda: "Opened: 見積書" in stage.text())
        await stage.press("3", "o")
        assert "This file can do harm" in stage.text()
        await stage.press("enter", "o", "down", "enter")
        await stage.until(lambda: desk.content.opened == [("m1", "2"), ("m1", "4")])

    play(board(desk), NARROW, scene)


def test_READ_5_over_ssh_nothing_is_opened_and_it_is_said_why(desk, over_ssh):  # noqa: F811 - the fixture
    async def scene(stage):
        await stage.press("enter", "@", "o")
        assert "connected over SSH" in stage.lines()[-1]

    play(board(desk), NARROW, scene)
    assert not desk.content.opened


def test_READ_5_what_takes_long_says_so_and_can_be_stopped(desk):
    desk.content.gate.clear()

    async def scene(stage):
        await stage.press("enter", "@", "2", "enter")
        assert "Fetching notes.txt (640 B)…" in stage.lines()[-1]
        assert "Esc stop" in stage.lines()[-1]
        await stage.press("j", "escape")
        assert "Stopped." in stage.lines()[-1]
        desk.content.gate.set()
        await stage.pilot.app.workers.wait_for_complete()
        await stage.pilot.pause()
        assert "content of 3" not in stage.text()
        await stage.press("2", "enter")
        await stage.until(lambda: "content of 3" in stage.text())

    play(board(desk), NARROW, scene)


def test_READ_4_the_raw_source_is_shown_and_saved_whole(desk, tmp_path):
    async def scene(stage):
        await stage.press("enter", "V")
        await stage.until(lambda: "Received: from mx.example" in stage.text())
        assert "Body \ufffd\ufffd with bytes" in stage.text()
        await stage.press("s", "enter")
        await stage.until(lambda: "Saved: ~/Downloads/Re 資料.eml" in stage.text())

    play(board(desk), NARROW, scene)
    assert (tmp_path / "Downloads" / "Re 資料.eml").read_bytes() == SOURCE


def test_READ_5_a_saved_message_never_takes_the_place_of_a_file_nor_leaves_its_folder(desk, tmp_path):
    (tmp_path / "Downloads" / "etc passwd.eml").write_text("mine")
    desk.threads["t1"] = [message(1, "x", subject="../../etc/passwd")]

    async def scene(stage):
        await stage.press("enter", "V")
        await stage.until(lambda: "Received" in stage.text())
        await stage.press("s", "enter")
        await stage.until(lambda: "Saved: ~/Downloads/etc passwd (2).eml" in stage.text())

    play(board(desk), NARROW, scene)
    assert (tmp_path / "Downloads" / "etc passwd.eml").read_text() == "mine"
    assert (tmp_path / "Downloads" / "etc passwd (2).eml").read_bytes() == SOURCE


def test_a_long_source_scrolls(desk):
    desk.content.sources["m1"] = SOURCE + b"".join(b"line %d\r\n" % n for n in range(5000)) + b"the very end"

    async def scene(stage):
        await stage.press("enter", "V")
        await stage.until(lambda: "line 3" in stage.text())
        await stage.press("G")
        assert "the very end" in stage.text()
        await stage.press("g", "space")
        assert "Received" not in stage.text()
        await stage.press("q")
        assert "see the files" in stage.text()

    play(board(desk), NARROW, scene)


def test_all_headers_are_shown_without_the_body(desk):
    async def scene(stage):
        await stage.press("enter", "H")
        await stage.until(lambda: "X-Folded: one" in stage.text())
        assert "with bytes" not in stage.text()

    play(board(desk), NARROW, scene)


def test_what_cannot_be_fetched_is_a_sentence(desk):
    desk.content.sources.clear()

    async def scene(stage):
        await stage.press("enter", "V")
        await stage.until(lambda: "no connection to the server" in stage.lines()[-1])
        await stage.press("j")

    play(board(desk), NARROW, scene)


def test_a_message_without_attachments_says_so(desk):
    desk.threads["t1"] = [message(1, "nothing")]

    async def scene(stage):
        await stage.press("enter")
        assert "Attachments" not in stage.lines()[-1]
        await stage.press("@")
        assert "no attachments to this message" in stage.lines()[-1]

    play(board(desk), NARROW, scene)
