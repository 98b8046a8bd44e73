"""Clearing an inbox: from the key to the next card, beside the peers; and opening what is long."""

import re
from collections.abc import Callable

from tests.benchmarks import peers
from tests.benchmarks.ground import Ground
from tests.benchmarks.mailbox import message
from tests.benchmarks.table import Row, median, ms, octets, p95
from tests.benchmarks.terminal import Answer, Terminal
from tests.servers import Mailbox as Served

CLEARED = 40
"""Cards that are archived one after the other."""
OPENED = 15
THREAD = 50
"""Messages of a long thread."""
NEWSLETTER = 200_000
"""Octets of a long newsletter."""
_PAUSE = 0.4


def _subject(number: int) -> str:
    return f"Clear{number:03d} this away"


def _fill(served: Served) -> None:
    for number in range(CLEARED + 5):
        served.deliver(message(number, _subject(number)))
    with served.client() as client:
        if not client.folder_exists("Archive"):
            client.create_folder("Archive")


def _gone(number: int) -> Callable[[str], bool]:
    """The card has left the columns; the last lines may still name it, as what was done."""
    start = _subject(number)[:8]

    def gone(screen: str) -> bool:
        return not any(start in line[:128] for line in screen.splitlines()[:-2])

    return gone


def _clear(terminal: Terminal, key: bytes, *, leaves: bool) -> list[Answer]:
    """Archive from the newest on. `leaves`: the card goes from the screen at once, as opposed to being marked."""
    terminal.when(lambda screen: _subject(CLEARED + 4)[:8] in screen)
    terminal.settle(1.5, 10.0)
    answers = []
    for number in range(CLEARED + 4, 4, -1):
        answers.append(terminal.press(key, 0.12, until=_gone(number) if leaves else None))
        terminal.settle(_PAUSE, 3.0)
    return answers


def archive(ground: Ground) -> list[Row]:
    """`e` on a card until the next one stands in its place; the server is told meanwhile."""
    count = ground.small
    found: dict[str, list[Answer]] = {}
    here = peers.install()
    served = ground.served(count, "clear-ours")
    _fill(served)
    data = ground.home("clear") / "data"
    ground.run(count, data, "sync", name="clear-ours")
    program = ground.board(count, data, name="clear-ours")
    with Terminal(program.command, program.environment) as terminal:
        found["ours"] = _clear(terminal, b"e", leaves=True)
        terminal.leave(program.leave)
    for name, make, leaves in (("aerc", peers.aerc, True), ("neomutt", peers.neomutt, False)):
        if name in here:
            served = ground.served(count, f"clear-{name}")
            _fill(served)
            program = make(ground.home(f"clear-{name}"), server=served, archive="Archive")
            with Terminal(program.command, program.environment) as terminal:
                label = name if leaves else f"{name}, which only marks it"
                found[label] = _clear(terminal, b"A", leaves=leaves)
                terminal.leave(program.leave)
    ours = [answer.ms for answer in found["ours"] if answer.octets]
    beside = [
        f"p95 {ms(p95([a.ms for a in answers if a.octets]))} (median {ms(median([a.ms for a in answers if a.octets]))})"
        f" {name}"
        for name, answers in found.items()
        if name != "ours"
    ]
    return [
        Row(
            "archive a card, until the next is there, p95",
            f"{ms(p95(ours))} (median {ms(median(ours))})",
            ", ".join(beside),
        ),
        Row("  octets (median)", octets(median([answer.octets for answer in found["ours"]]))),
    ]


def _long_thread(number: int) -> list[bytes]:
    """A thread of mail in HTML, each quoting the one before."""
    first = f"<long.{number}.0@company.example>"
    messages = []
    for place in range(THREAD):
        own = first if place == 0 else f"<long.{number}.{place}@company.example>"
        paragraph = (
            "<p>The offer as discussed, with the figures of last week. " + "見積書をお送りします。" * 12 + "</p>"
        )
        rows = "".join(f"<tr><td>Item {n}</td><td>{n * 100}</td><td>¥{n * 12000:,}</td></tr>" for n in range(12))
        html = (
            f"<html><body>{paragraph * 3}<table>{rows}</table><p><a href='https://company.example/{place}'>see here</a></p>"
            f"<blockquote>{paragraph * 4}</blockquote></body></html>"
        )
        raw = message(number * 100 + place, f"Long{number:03d} thread").decode()
        raw = re.sub(r"Message-ID: <[^>]*>", f"Message-ID: {own}\r\nReferences: {first}", raw)
        raw = raw.replace("text/plain", "text/html").replace("Please call me about the offer today.", html)
        messages.append(raw.encode())
    return messages


def _newsletter(number: int) -> bytes:
    """Nested layout tables, as newsletters are made of them."""
    story = (
        "<table width='100%'><tr><td style='padding:8px'><table><tr><td><img src='https://news.example/{n}.png' alt='Story'>"
        "</td></tr><tr><td><h2>Story {n}: 新製品のご案内</h2><p>"
        + "Words that fill a line of a newsletter. "
        * 12
        + "</p>"
        "<a href='https://news.example/{n}'>Read more</a></td></tr></table></td></tr></table>"
    )
    stories = []
    while sum(map(len, stories)) < NEWSLETTER:
        stories.append(story.replace("{n}", str(len(stories))))
    raw = message(9000 + number, f"News{number:03d} letter").decode()
    raw = raw.replace("text/plain", "text/html")
    return raw.replace(
        "Please call me about the offer today.", f"<html><body>{''.join(stories)}</body></html>"
    ).encode()


def opening(ground: Ground) -> list[Row]:
    """Enter on a card until the thread stands there: each one is opened for the first time."""
    count = ground.small
    served = ground.served(count, "opening")
    rows = []
    kinds = (
        (f"a thread of {THREAD} messages", "Long", True),
        (f"a newsletter of {NEWSLETTER // 1000} KB", "News", False),
    )
    for what, start, long in kinds:
        for number in range(OPENED):
            for raw in _long_thread(number) if long else [_newsletter(number)]:
                served.deliver(raw)
        data = ground.home(f"opening-{start}") / "data"
        ground.run(count, data, "sync", name="opening")
        program = ground.board(count, data, name="opening")
        answers = []
        with Terminal(program.command, program.environment) as terminal:
            terminal.when(lambda screen, start=start: f"{start}{OPENED - 1:03d}" in screen)  # type: ignore[misc]
            terminal.settle(1.5, 10.0)
            for _number in range(OPENED):
                answers.append(terminal.press(b"\r", 0.12))
                terminal.settle(_PAUSE, 3.0)
                terminal.press(b"q", 0.12)
                terminal.settle(_PAUSE, 3.0)
                terminal.press(b"j", 0.12)
                terminal.settle(_PAUSE, 3.0)
            terminal.leave(program.leave)
        times = [answer.first_ms for answer in answers if answer.octets]
        whole = [answer.ms for answer in answers if answer.octets]
        rows.append(
            Row(
                f"open {what}, to the first paint, p95",
                ms(p95(times)),
                f"{ms(p95(whole))} to the last octet",
                "",
                "≤ 100 ms",
                p95(times) <= 100,
            )
        )
    return rows
