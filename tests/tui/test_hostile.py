"""Mail that wants to drive the terminal: what really reaches it, read from a pseudo-terminal (READ-3)."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

from salesinbox.model.mail import Address, Attachment, Flag, ThreadMessage
from salesinbox.model.text import width

from .desk import NOW, Desk, make
from .stage import MIDDLE, WIDE, board, play

EVIL = (
    "\x1b]0;pwned\x07\x1b[2J\x1b[31mred\x1b[0m", "\x9b31mC1\x9d0;pwned\x9c", "[bold red]markup[/] [@click=app.exit]x[/]",
    "Re: [/] done [sales] hi", "\u202egnp.exe\u202c right to left", "zero\u200bwidth\u2060\ufeff", "line\nbreak\rand\ttab\u2028end",
    "\ud800lone surrogate", "a" + "\u0301" * 500, "👩‍👩‍👧‍👦 🇯🇵 👍🏽", "\x00\x08\x7f", "長" * 3000,
)  # fmt: skip


def hostile_desk() -> Desk:
    desk = Desk()
    for number, text in enumerate(EVIL):
        for place, column in enumerate(("deals", "people", "colleagues", "unknown")):
            row = number * 4 + place + 1
            desk.cards.append(
                make(
                    row,
                    column,
                    NOW - row,
                    people=(text, text),
                    sender_name=text,
                    subject=text,
                    sender_address=f"{text}@x",
                )
            )
            desk.threads[f"t{row}"] = [
                ThreadMessage(
                    f"m{row}", text, Address(text, text), (Address(text, text),), (), NOW, text + "2", Flag.NONE, text,
                    text + "\n> " + text, (Attachment(text, text, 3, "2"),), body_here=True, mine=False, warning="auth-failed",
                )
            ]  # fmt: skip
    return desk


def test_READ_3_nothing_in_mail_breaks_the_screen():
    desk = hostile_desk()
    app = board(desk)

    async def scene(stage):
        for _card in EVIL:
            for keys in (("enter",), ("G",), ("q",), ("w",), ("escape",), ("o",), ("escape",), ("j",)):
                await stage.press(*keys)
                assert [width(line) for line in stage.lines()] == [stage.app.size.width] * stage.app.size.height
                assert not re.search(
                    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "".join(stage.lines())
                )
        await stage.press("slash", *"done")
        assert "[/] done [sales] hi" in stage.text()

    play(app, MIDDLE, scene)


def test_READ_3_markup_is_text():
    async def scene(stage):
        assert "[bold red]markup[/]"[:12] in stage.text()
        assert "Re: [/] done" in stage.text()

    play(board(hostile_desk()), WIDE, scene)


def test_READ_3_no_escape_sequence_of_mail_reaches_the_terminal():
    sent = _seen_by_a_terminal(keys=(b"j", b"\r", b"q", b"l", b"\r", b"q", b"w", b"q", b"?", b"q", b"Q"))
    assert b"SalesInbox" in sent
    assert b"pwned" in sent, "the text itself is shown"
    assert not re.search(rb"\x1b\][0-9]*;pwned", sent)
    assert b"\x9b31m" not in sent
    assert b"\x1b[31mred" not in sent
    assert "\u202e".encode() not in sent
    text = sent.decode("utf-8", "strict")
    ours = re.compile(r"\x1b(?:\]22;[a-z]*\x07|\[[0-9;?<>=$]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78])")
    left = ours.sub("", text)
    assert "\x1b" not in left
    assert not re.search("[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]", left)


_PLAY = """
import sys
sys.path.insert(0, {folder!r})
from tests.tui.stage import board
from tests.tui.test_hostile import hostile_desk
board(hostile_desk()).run()
"""


def _seen_by_a_terminal(keys: tuple[bytes, ...]) -> bytes:
    """Everything that the board writes to a terminal of 120×40 while these keys are pressed."""
    program = _PLAY.format(folder=str(Path(__file__).parents[2]))
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
        os.environ.pop("LANGUAGE", None)
        os.execv(sys.executable, [sys.executable, "-c", program])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    sent = b""
    end = time.monotonic() + 60
    waiting = list(keys)
    try:
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.3)[0]:
                try:
                    sent += os.read(terminal, 65536)
                except OSError:
                    break
            elif waiting and b"SalesInbox" in sent:
                os.write(terminal, waiting.pop(0))
        else:
            raise AssertionError("the board did not end")
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)
    return sent
