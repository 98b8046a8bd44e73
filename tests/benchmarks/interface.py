"""The budgets of what a rep sees: starting, moving, turning pages, new mail, memory."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.ground import Ground
from tests.benchmarks.mailbox import message
from tests.benchmarks.table import Row, against, median, ms, octets, p95, seconds
from tests.benchmarks.terminal import Answer, Memory, NeverReadyError, Ready, Terminal, shows
from tests.servers import Mailbox as Served
from tests.servers import Pymap

MARK = "▌"
"""What stands at the card under the cursor."""
QUICK = 0.08
"""Seconds of silence that end an answer, so short that the pane, which waits for the cursor to rest, does not follow."""
RESTING = 0.4
MOVES = 60
DELIVERIES = 30
FLAT = 1.2
"""How much more than with 20,000 messages something may take with 100,000, to be called flat."""


def _start(program: peers.Program, ready: Ready) -> tuple[float, int, Memory]:
    """Seconds to mail on the screen, octets sent until it was at rest, and the memory then."""
    with Terminal(program.command, program.environment) as terminal:
        taken = terminal.ready(ready)
        terminal.settle(0.5, 5.0)
        found = taken, terminal.octets, terminal.memory()
        terminal.leave(program.leave)
    return found


def _mail_programs(ground: Ground, count: int, names: Sequence[str]) -> dict[str, peers.Program]:
    here = peers.install()
    home, server, maildir = ground.folder / "run", ground.served(count), ground.box(count).maildir
    makers = {
        "aerc, IMAP": lambda: peers.aerc(home / f"aerc-imap-{count}", server=server),
        "aerc, Maildir": lambda: peers.aerc(home / f"aerc-maildir-{count}", maildir=maildir),
        "neomutt, IMAP": lambda: peers.neomutt(home / f"neomutt-imap-{count}", server=server),
        "neomutt, Maildir": lambda: peers.neomutt(home / f"neomutt-maildir-{count}", maildir=maildir),
    }
    return {name: makers[name]() for name in names if name.partition(",")[0] in here}


def start(ground: Ground) -> list[Row]:
    """Ours and the peers in turn, caches filled by a start that does not count."""
    count = ground.small
    ready = shows(ground.box(count).subjects)
    programs = {"ours": ground.board(count, ground.data(count))}
    programs |= _mail_programs(ground, count, ("aerc, IMAP", "aerc, Maildir", "neomutt, IMAP", "neomutt, Maildir"))
    times: dict[str, list[float]] = {name: [] for name in programs}
    sent: dict[str, int] = {}
    for turn in range(ground.rounds + 1):
        for name, program in programs.items():
            taken, sent[name], _memory = _start(program, ready)
            if turn:
                times[name].append(taken)
    medians = {name: median(taken) for name, taken in times.items()}
    what = f"start to painted board, {count:,} messages"
    rows = []
    best = ""
    rivals = [name for name in medians if name.startswith("aerc")]
    if rivals:
        best = min(rivals, key=medians.__getitem__)
        rows.append(against(what, medians["ours"], medians[best], 1.0, best))
    else:
        rows.append(Row(what, seconds(medians["ours"]), "aerc is not here", "", "≤ 1 ×"))
    for name, theirs in medians.items():
        if name not in ("ours", best):
            ratio = f"{medians['ours'] / theirs:.2f}"
            rows.append(Row(f"  the same beside {name}", seconds(medians["ours"]), seconds(theirs), ratio))
    beside = ", ".join(f"{octets(sent[name])} {name}" for name in sent if name != "ours")
    rows.append(Row("  octets of a start, 160x45", octets(sent["ours"]), beside))
    return rows


def growth(ground: Ground) -> list[Row]:
    """Starts with few and with many messages in turn, and what the interface holds in memory with many."""
    programs = {n: ground.board(n, ground.data(n)) for n in (ground.small, ground.large)}
    times: dict[int, list[float]] = {n: [] for n in programs}
    for turn in range(ground.rounds + 1):
        for count, program in programs.items():
            taken, _sent, _memory = _start(program, shows(ground.box(count).subjects))
            if turn:
                times[count].append(taken)
    small, large = median(times[ground.small]), median(times[ground.large])
    what = f"start, {ground.large:,} messages"
    return [against(what, large, small, FLAT, f"own, {ground.small:,}")]


def memory(ground: Ground) -> list[Row]:
    """Of the interface's process alone: after its start, and after a rep has moved through all that is there."""
    count = ground.large
    with _opened(ground, count) as (terminal, _program):
        first = terminal.memory()
        pages = [b"\x1b[6~"] * 20
        for key in [*pages, b"l", *pages, b"l", b"l", *pages, b"G", b"g", b"\r", b"q"]:
            terminal.press(key)
        for letter in "/offer":
            terminal.press(letter.encode(), RESTING)
        after = terminal.memory()
    rows = []
    for when, found in (("at rest", first), ("after 60 pages and a search", after)):
        rows.append(
            Row(
                f"memory of the interface, {count:,} messages, {when}",
                f"RSS {found.rss:.0f} MB",
                f"(USS {found.uss:.0f}, PSS {found.pss:.0f})",
                "",
                "≤ 90 MB",
                found.rss <= 90,
            )
        )
    return rows


@contextlib.contextmanager
def _opened(
    ground: Ground, count: int, data: Path | None = None, name: str = "rep"
) -> Iterator[tuple[Terminal, peers.Program]]:
    """Our board with mail on it, at rest."""
    program = ground.board(count, data or ground.data(count), name=name)
    with Terminal(program.command, program.environment) as terminal:
        terminal.ready(shows(ground.box(count).subjects))
        terminal.settle(1.5, 10.0)
        yield terminal, program
        terminal.leave(program.leave)


def _moves(terminal: Terminal, number: int, silence: float) -> list[Answer]:
    """Down six cards, up six cards, and so on: within what is on the screen."""
    keys = [b"j"] * 6 + [b"k"] * 6
    found = [terminal.press(keys[n % 12], silence, moving=MARK) for n in range(number)]
    return [answer for answer in found if answer.octets]


def cursor(ground: Ground) -> list[Row]:
    """Moves at rest, beside the peers' moves; the pane that follows when the cursor rests; moves during a first sync."""
    count = ground.small
    with _opened(ground, count) as (terminal, _program):
        quick = _moves(terminal, MOVES, QUICK)
        time.sleep(RESTING)
        slow = _moves(terminal, MOVES // 3, RESTING)
        shown = [terminal.press(key, RESTING) for key in [b"j"] * 6 + [b"k"] * 6]
    sizes = [answer.octets for answer in quick]
    times = [answer.ms for answer in quick]
    told = []
    for name, program in _mail_programs(ground, count, ("aerc, IMAP", "neomutt, IMAP")).items():
        with Terminal(program.command, program.environment) as terminal:
            terminal.ready(shows(ground.box(count).subjects))
            terminal.settle(1.0, 5.0)
            theirs = [terminal.press(b"j", QUICK) for _ in range(30)]
            terminal.leave(program.leave)
        told.append((name, median([a.octets for a in theirs]), p95([a.ms for a in theirs])))
    rows = [
        Row(
            "one cursor move, 160x45, octets (median, most)",
            f"{octets(median(sizes))}, {octets(max(sizes))}",
            ", ".join(f"{octets(size)} {name}" for name, size, _time in told),
            "",
            "≤ 400 B",
            median(sizes) <= 400,
        ),
        Row(
            "one cursor move, p95",
            ms(p95(times)),
            ", ".join(f"{ms(time_)} {name}" for name, _size, time_ in told),
            "",
            "≤ 15 ms",
            p95(times) <= 15,
        ),
        Row(
            "  the pane, when the cursor rests",
            f"{octets(median([a.octets for a in shown]) - median(sizes))} more",
            f"{ms(median([a.ms for a in shown]))} after the key",
        ),
        Row("  one cursor move with the pane following, p95", ms(p95([a.ms for a in slow]))),
    ]
    return [*rows, _cursor_during_sync(ground)]


def _cursor_during_sync(ground: Ground) -> Row:
    count = ground.large
    program = ground.board(count, ground.home("cursor") / "data")
    with Terminal(program.command, program.environment) as terminal:
        terminal.ready(shows(ground.box(count).subjects))
        found = _moves(terminal, MOVES, QUICK)
        time.sleep(0.5)
        screen = terminal.look()
        terminal.leave(program.leave)
    # The head says "12,700 of 100,000" until all is here.
    done = re.search(rf"{count:,} of {count:,}", screen) is not None
    what = "one cursor move during a first sync, p95"
    if done:
        what += " (the sync ended too soon)"
    times = [answer.ms for answer in found]
    return Row(what, ms(p95(times)), f"median {ms(median(times))}", "", "≤ 30 ms", None if done else p95(times) <= 30)


def page(ground: Ground) -> list[Row]:
    count = ground.small
    with _opened(ground, count) as (terminal, program):
        ours = [terminal.press(program.page, QUICK) for _ in range(12)]
        time.sleep(RESTING)
        resting = [terminal.press(program.page, RESTING) for _ in range(6)]
    told = []
    for name, peer in _mail_programs(ground, count, ("aerc, IMAP", "neomutt, IMAP")).items():
        with Terminal(peer.command, peer.environment) as terminal:
            terminal.ready(shows(ground.box(count).subjects))
            terminal.settle(1.0, 5.0)
            theirs = [terminal.press(peer.page, RESTING) for _ in range(6)]
            terminal.leave(peer.leave)
        told.append(f"{octets(max(a.octets for a in theirs))} {name}")
    most = max(answer.octets for answer in ours)
    return [
        Row("one page down, 160x45, octets (most)", octets(most), ", ".join(told), "", "≤ 8 KB", most <= 8192),
        Row("  the same with the pane following", octets(max(a.octets for a in resting))),
        Row("  one page down, p95", ms(p95([a.ms for a in ours]))),
    ]


class _Connected(threading.Thread):
    """Notes the moment at which something on this machine has a connection to a port (Linux: /proc/net/tcp)."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._ours = f":{port:04X} 01 "
        self.ended = False
        self.moment: float | None = None

    def run(self) -> None:
        table = Path("/proc/net/tcp")
        while not self.ended and self.moment is None:
            # "sl local_address rem_address st …": the remote address is the server's in the client's own line.
            if self._ours in table.read_text():
                self.moment = time.perf_counter()
            time.sleep(0.002)


def first_cards(ground: Ground) -> list[Row]:
    """An empty data folder: from the start of the program, and from its connection, until mail stands in columns."""
    rows = []
    for count in (ground.small, ground.large):
        ground.served(count)
        ready = shows(ground.box(count).subjects)
        whole, connected = [], []
        for turn in range(max(3, ground.rounds // 2 + 1)):
            program = ground.board(count, ground.home(f"first-{turn}") / "data")
            watch = _Connected(ground.server.port)
            watch.start()
            with Terminal(program.command, program.environment) as terminal:
                moment = terminal.when(ready)
                watch.ended = True
                whole.append(moment - terminal.started)
                connected.append(moment - (watch.moment or terminal.started))
                terminal.leave(program.leave)
        from_connect = median(connected)
        rows.append(
            Row(
                f"first cards after the first connect, {count:,} messages",
                seconds(from_connect),
                f"{seconds(median(whole))} from the start of the program",
                "",
                "≤ 1.5 s",
                from_connect <= 1.5,
            )
        )
    return rows


class _Told(threading.Thread):
    """A plain IDLE line of its own (RFC 2177): notes when the server says that there is a message more."""

    def __init__(self, served: Served) -> None:
        super().__init__(daemon=True)
        self.line = socket.create_connection((served.host, served.port), 10)
        self._lines = self.line.makefile("rb")
        self._lines.readline()
        for number, command in enumerate((f"LOGIN {served.user} {served.password}", "EXAMINE INBOX")):
            self.line.sendall(f"a{number} {command}\r\n".encode())
            while not self._lines.readline().startswith(f"a{number} ".encode()):
                pass
        self.line.sendall(b"a9 IDLE\r\n")
        self._lines.readline()
        self.line.settimeout(None)
        self.moments: list[float] = []

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in self._lines:
                if line.rstrip().endswith(b"EXISTS"):
                    self.moments.append(time.perf_counter())


def _deliver(terminal: Terminal, served: Served, numbers: range) -> tuple[list[float], list[float]]:
    """Seconds from each delivery until the server told an idle line of it, and until it stood on the screen.

    `numbers` name the deliveries; none may be used twice on one mailbox.
    """
    told = _Told(served)
    told.start()
    said, shown = [], []
    for index in numbers:
        subject = f"Arrived{index:03d} {time.time_ns() % 100_000}"
        told.moments.clear()
        delivered = time.perf_counter()
        served.deliver(message(index, subject))
        shown.append(terminal.when(lambda screen, start=subject[:10]: start in screen, 20) - delivered)  # type: ignore[misc]
        said.append(told.moments[0] - delivered if told.moments else shown[-1])
        terminal.settle(0.2, 2.0)
    told.line.close()
    return said, shown


def push(ground: Ground) -> list[Row]:
    """Delivered (into the Maildir, or by APPEND to a server in memory) until the subject stands on the screen."""
    count = max(500, ground.small // 10)
    ready = shows(ground.box(count).subjects)
    served = ground.served(count, "push")
    # A sync first, so that the board opens on mail that is here, as on any morning.
    data = ground.home("push") / "data"
    ground.run(count, data, "sync", name="push")
    with _opened(ground, count, data, "push") as (terminal, _program):
        said, shown = _deliver(terminal, served, range(DELIVERIES))
    beside = f"p95 {ms(p95(said) * 1000)} until the server tells"
    if "aerc" in peers.install():
        program = peers.aerc(ground.home("aerc-push"), server=served)
        with Terminal(program.command, program.environment) as terminal:
            terminal.ready(lambda screen: "Arrived" in screen)
            terminal.settle(1.0, 5.0)
            try:
                _said, theirs = _deliver(terminal, served, range(100, 100 + DELIVERIES // 3))
                beside += f", {ms(p95(theirs) * 1000)} aerc"
            except NeverReadyError:
                beside += ", aerc shows it only when asked"
    rows = [
        _push_row(f"new mail delivered to shown, Dovecot, p95 of {DELIVERIES}", shown, beside),
        Row("  from the server's word to shown, p95", ms(_after(said, shown)), "Dovecot waits 500 ms before it tells"),
    ]
    with Pymap(ground.home("pymap")) as server:
        login = server.login("rep")
        for file in sorted((ground.box(count).maildir / "cur").iterdir())[-60:]:
            login.deliver(file.read_bytes(), flags="S")
        variables = peers.environment(ground.folder / "run/home")
        command = ground.command_for(login, ground.home("push-pymap") / "data")
        with Terminal(command, variables) as terminal:
            terminal.ready(ready)
            terminal.settle(2.0, 10.0)
            said, shown = _deliver(terminal, login, range(DELIVERIES))
            terminal.leave(b"Q")
    beside = f"p95 {ms(p95(said) * 1000)} until the server tells"
    rows.append(_push_row("  the same, pymap, which tells at once", shown, beside))
    return rows


def _push_row(what: str, shown: Sequence[float], beside: str) -> Row:
    return Row(what, ms(p95(shown) * 1000), beside, "", "≤ 300 ms", p95(shown) <= 0.3)


def _after(said: Sequence[float], shown: Sequence[float]) -> float:
    return p95([(b - a) * 1000 for a, b in zip(said, shown, strict=True)])
