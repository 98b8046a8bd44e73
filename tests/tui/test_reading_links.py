"""Links of the message that is being read: their list, opening, copying, and what is wrong with them."""

import base64
import stat

import pytest

from salesinbox.model.reading import Document, Link

from .desk import Desk, DeskReading
from .stage import NARROW, WIDE, board, play
from .test_reading import message

LINKS = (
    Link(1, "the shop", "https://shop.example/a/" + "x" * 300 + "/end"),
    Link(2, "www.mizuho.example", "https://login.evil.example/x", "other-address", "www.mizuho.example"),
    Link(3, "PayPal", "https://paypa1.example/", "look-alike", "paypal.example"),
    Link(4, "here", "http://192.0.2.7/", "bare-number"),
    *(Link(number, f"link {number}", f"https://{number}.example/") for number in range(5, 31)),
    Link(31, "run", "file:///etc/passwd"),
)


class Linking(DeskReading):
    def __init__(self, links=LINKS):
        super().__init__({})
        self.links = links

    def document(self, message):
        return Document(super().document(message).blocks, self.links)


@pytest.fixture
def desk(monkeypatch):
    desk = Desk.filled(30)
    desk.threads["t1"] = [message(1, "hello")]
    monkeypatch.setattr(Desk, "reading", Linking())
    return desk


@pytest.fixture
def desktop(monkeypatch, tmp_path):
    """A desktop whose opener writes down what it is given."""
    opened = tmp_path / "opened"
    program = tmp_path / "xdg-open"
    program.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for name in ("SSH_CONNECTION", "SSH_TTY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return opened


@pytest.fixture
def over_ssh(monkeypatch, desktop):
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    return desktop


def copied(app):
    """What went to the terminal's clipboard."""
    return app._clipboard


def test_READ_2_links_are_listed_by_number_with_the_address_in_full(desk):
    async def scene(stage):
        await stage.press("enter", "l")
        assert any("1 the shop" in line and "shop.example" in line for line in stage.lines())
        shown = "".join(line.strip(" │") for line in stage.lines())
        assert LINKS[0].address in shown
        await stage.press("2", "7")
        assert "https://27.example/" in stage.text()
        await stage.press("3", "0")
        assert "https://30.example/" in stage.text()

    play(board(desk), NARROW, scene)


def test_READ_7_a_link_that_is_not_what_it_seems_is_marked_in_words(desk):
    async def scene(stage):
        await stage.press("enter", "l", "2")
        assert "The text shows www.mizuho.example, but the link opens" in stage.text()
        assert "login.evil.example" in stage.text()
        await stage.press("j")
        assert "opens paypa1.example, which only looks like paypal.example" in stage.text()
        await stage.press("j")
        assert "a bare number instead of a named site" in stage.text()

    play(board(desk), NARROW, scene)


def test_READ_2_enter_opens_with_the_desktops_browser(desk, desktop):
    async def scene(stage):
        await stage.press("enter", "l", "5", "enter")
        await stage.until(desktop.exists)
        await stage.until(lambda: desktop.read_text() == "https://5.example/\n")

    play(board(desk), WIDE, scene)


def test_READ_2_over_ssh_the_address_is_shown_and_copied_and_nothing_is_opened(desk, over_ssh):
    app = board(desk)

    async def scene(stage):
        await stage.press("enter", "l", "1", "enter")
        assert "connected over SSH" in stage.text()
        shown = "".join(line.strip(" │") for line in stage.lines())
        assert LINKS[0].address in shown
        assert copied(app) == LINKS[0].address

    play(app, NARROW, scene)
    assert not over_ssh.exists()


def test_READ_7_a_marked_link_is_opened_only_after_one_more_question_that_names_both_domains(desk, desktop):
    async def scene(stage):
        await stage.press("enter", "l", "2", "enter")
        assert "www.mizuho.example" in stage.text()
        assert "It leads to login.evil.example" in stage.text()
        await stage.press("enter")
        assert not desktop.exists(), "the first choice leaves it"
        await stage.press("enter", "down", "enter")
        await stage.until(desktop.exists)
        await stage.until(lambda: desktop.read_text() == "https://login.evil.example/x\n")

    play(board(desk), NARROW, scene)


def test_READ_7_only_web_and_mail_addresses_are_ever_opened(desk, desktop):
    async def scene(stage):
        await stage.press("enter", "l", "3", "1", "enter")
        assert "Only web and mail addresses are opened" in stage.lines()[-1]

    play(board(desk), WIDE, scene)
    assert not desktop.exists()


def test_READ_2_y_copies_through_the_terminal_and_shows_the_address(desk):
    app = board(desk)
    written = []

    async def scene(stage):
        monitor = app._driver.write
        app._driver.write = lambda data: (written.append(data), monitor(data))
        await stage.press("enter", "l", "5", "y")
        assert "Copied: https://5.example/" in stage.lines()[-1]

    play(app, NARROW, scene)
    code = base64.b64encode(b"https://5.example/").decode()
    assert any(data == f"\x1b]52;c;{code}\x07" for data in written)


def test_keys_in_the_list_of_links_can_be_chosen(desk):
    app = board(desk, keys={"copy-link": "c"})

    async def scene(stage):
        await stage.press("enter", "l")
        assert "c Copy" in stage.text()
        await stage.press("c")
        assert copied(app) == LINKS[0].address

    play(app, NARROW, scene)
