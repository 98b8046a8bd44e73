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

from salesinbox.model.invitations import Attendee, Invitation, Recurrence
from salesinbox.model.mail import Address, Attachment, Delivery, Flag, ThreadMessage
from salesinbox.model.reading import Document, Link, Row, Span
from salesinbox.model.text import width

from .desk import NOW, Desk, DeskReading, make
from .stage import MIDDLE, WIDE, board, play

EVIL = (
    "\x1b]0;pwned\x07\x1b[2J\x1b[31mred\x1b[0m", "\x9b31mC1\x9d0;pwned\x9c", "[bold red]markup[/] [@click=app.exit]x[/]",
    "Re: [/] done [sales] hi", "\u202egnp.exe\u202c right to left", "zero\u200bwidth\u2060\ufeff", "line\nbreak\rand\ttab\u2028end",
    "\ud800lone surrogate", "a" + "\u0301" * 500, "👩‍👩‍👧‍👦 🇯🇵 👍🏽", "\x00\x08\x7f", "長" * 3000,
)  # fmt: skip


class HostileReading(DeskReading):
    """Blocks, rows and links as no reader of ours would make them: what draws them has to do its part (READ-3)."""

    def document(self, message):
        links = tuple(
            Link(number, text, f"https://{text}/{text}", ("", "other-address", "look-alike", "bare-number")[number % 4], text)
            for number, text in enumerate((message.subject, *EVIL), 1)
        )  # fmt: skip
        return Document(super().document(message).blocks, links, 3, 1, cut=True)

    def rows(self, document, cells, *, quotes, signatures):
        evil = [Row((Span(link.text[:cells] or "x", style, link.number), Span(link.address[:cells])), quote=1)
                for link in document.links for style in ("strong", "link", "image")]  # fmt: skip
        return [*evil, *super().rows(document, cells, quotes=quotes, signatures=signatures)]


class HostileInvitations:
    def __init__(self, texts):
        self.texts = texts

    def read(self, message_id):
        text = self.texts[message_id]
        return Invitation(
            "REQUEST", text, 1, text, text, text, f"https://{text}", Address(text, text), (Attendee(text, text, text),),
            None, None, text, Recurrence(text, text, 2, (text,)), None, text,
        )  # fmt: skip

    def answered(self, message_id):
        return (self.texts[message_id], "refused")

    def may_answer(self, _invitation):
        return True

    def answer(self, message_id, answer, comment=""):
        return self.texts[message_id]


class HostileDesk(Desk):
    @property
    def reading(self):
        return HostileReading({})


def hostile_desk() -> Desk:
    desk = HostileDesk()
    desk.invitations = HostileInvitations({})
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
                    text + "\n> " + text, (Attachment(text, "text/plain", 3, "2"), *(Attachment(evil + ".exe", evil, 3, "3") for evil in EVIL)),
                    body_here=True, mine=False, warning="auth-failed", labels=(text, text), invitation=True,
                    deliveries=tuple(Delivery(evil, "failed", evil, evil) for evil in (text, *EVIL)),
                )
            ]  # fmt: skip
            desk.invitations.texts[f"m{row}"] = text
            raw = text.encode("utf-8", "surrogatepass")
            desk.content.sources[f"m{row}"] = b"Subject: " + raw + b"\r\n\r\n" + raw
            desk.content.parts[f"m{row}", "2"] = text.encode("utf-8", "replace")
    return desk


def test_READ_3_nothing_in_mail_breaks_the_screen():
    desk = hostile_desk()
    app = board(desk)

    async def scene(stage):
        reading = [
            "Z", *("l", *("y", "enter", "escape", "down") * len(EVIL), "escape"), *("@", *("o", "down") * len(EVIL), "escape"),
            *("@", "s", "escape", "enter", "q", "q"), *("V", "q", "H", "q"), *("i", "enter", "x", "enter"), "g",
        ]  # fmt: skip
        for number, _card in enumerate(EVIL):
            for key in ("enter", *(reading if number == 0 else ()), "G", "q", "w", "escape", "o", "escape", "j"):
                await stage.press(key)
                if stage.app.workers:
                    await stage.app.workers.wait_for_complete()
                    await stage.pilot.pause()
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
    reading = (b"Z", b"l", b"y", b"\r", b"q", b"q", b"@", b"\r", b"q", b"q", b"V", b"q", b"H", b"q", b"i", b"\x1b")
    sent = _seen_by_a_terminal(
        keys=(b"\r", *reading, b"q", b"j", b"\r", *reading, b"q", b"l", b"\r", b"q", b"w", b"q", b"?", b"q", b"Q")
    )
    assert b"SalesInbox" in sent
    assert b"pwned" in sent, "the text itself is shown"
    for screen in ("Links", "Attachments", "Source", "Headers"):
        assert f"┌─ {screen}".encode() in sent, screen
    assert not re.search(rb"\x1b\][0-9]*;pwned", sent)
    assert b"\x9b31m" not in sent
    assert b"\x1b[31mred" not in sent
    assert "\u202e".encode() not in sent
    text = sent.decode("utf-8", "strict")
    ours = re.compile(
        r"\x1b(?:\]22;[a-z]*\x07|\]52;c;[A-Za-z0-9+/=]*\x07|\[[0-9;?<>=$]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78])"
    )
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
