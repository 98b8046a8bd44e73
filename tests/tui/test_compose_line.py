"""A line that is dropped while somebody types: the process ends, and the text is on disk (SEND-4)."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pyte
import pytest

from tests.servers import until

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from pathlib import Path
from tests.tui.stage import board
from tests.tui.writing_desk import writing_desk
desk = writing_desk()
keep = desk.writing.keep
def kept(draft):
    draft = keep(draft)
    path = Path(sys.argv[1])
    path.with_suffix(".new").write_text(json.dumps([draft.to, draft.text]))
    path.with_suffix(".new").rename(path)
    return draft
desk.writing.keep = kept
board(desk).run()
"""


class Line:
    """A program on a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        master, slave = pty.openpty()
        os.set_blocking(master, False)
        self.master = master
        environment = os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "COLUMNS": "80", "LINES": "24"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)

    def shows(self, text: str) -> bool:
        if select.select([self.master], [], [], 0.01)[0]:
            with contextlib.suppress(OSError):  # nobody is at the other end any more
                self.stream.feed(os.read(self.master, 65536))
        return any(text in line for line in self.screen.display)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.master >= 0:
            os.close(self.master)


CLOSED = "closed"
"""The terminal goes, and no signal comes: the process has no controlling terminal here, as below a `make`."""


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM, CLOSED])
def test_SEND_4_a_dropped_line_loses_nothing_that_was_typed(tmp_path, how):
    line = Line(str(tmp_path / "kept.json"))
    try:
        until(lambda: line.shows("Deals"), "the board", 60)
        os.write(line.master, b"c")
        until(lambda: line.shows("▌To"), "the message", 60)
        os.write(line.master, b"x@y.example\t\t\tHow far did I g")
        until(lambda: line.shows("How far did I g"), "what was typed", 60)
        if how == CLOSED:
            os.close(line.master)
            line.master = -1
        else:
            line.process.send_signal(how)
        if how == signal.SIGTERM:
            until(lambda: line.shows("") and line.process.poll() is not None, "the end", 60)
        line.process.wait(30)
        to, text = json.loads((tmp_path / "kept.json").read_text())
        assert to == "x@y.example"
        assert text.startswith("How far did I g\n")
        assert line.process.returncode == (0 if how == signal.SIGTERM else -signal.SIGHUP)
    finally:
        line.close()
