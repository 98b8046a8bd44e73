"""What writing costs: the page until it stands, and each character of a text, while recipients are read beside it."""

from salesinbox.model.settings import NO_TLS
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Row, median, ms, octets, p95
from tests.benchmarks.terminal import Answer, Terminal, shows
from tests.mailboxes import configuration

OPENED = 20
TEXT = "thank you for your mail about the offer we talk on monday "
JAPANESE = "お世話になっております先日の見積の件ですが来週月曜にお電話します"
_PAUSE = 0.4


def writing(ground: Ground) -> list[Row]:
    """On 100,000 messages: `r` until the reply stands there with its quotation; then a text, key by key."""
    count = ground.large
    data = ground.data(count)
    smtp = f'[account.smtp]\n  host = "127.0.0.1"\n  port = 9\n  tls = "{NO_TLS}"'
    config = configuration(ground.home("writing"), ground.served(count), imap=smtp)
    program = ground.board(count, data)
    command = [str(config) if word == str(ground.config(count)) else word for word in program.command]
    opened: list[Answer] = []
    typed: list[Answer] = []
    with Terminal(command, program.environment) as terminal:
        terminal.ready(shows(ground.box(count).subjects))
        terminal.settle(1.5, 10.0)
        for _number in range(OPENED):
            opened.append(terminal.press(b"r", 1.0 if not opened else 0.12))
            terminal.settle(_PAUSE, 3.0)
            terminal.press(b"\x1b", 0.12)
            terminal.settle(_PAUSE, 3.0)
            terminal.press(b"j", 0.12)
            terminal.settle(_PAUSE, 3.0)
        terminal.press(b"r", 0.12)
        terminal.settle(_PAUSE, 3.0)
        for letter in TEXT + JAPANESE:
            typed.append(terminal.press(letter.encode(), 0.08))
        held = terminal.memory()
        terminal.press(b"\x1bx", _PAUSE)
        terminal.leave(program.leave)
    first, *others = opened
    times, sizes = [answer.first_ms for answer in typed], [answer.octets for answer in typed]
    return [
        Row(
            f"open a reply, {count:,} messages, to the first paint, p95",
            ms(p95([answer.first_ms for answer in others])),
            f"{ms(first.first_ms)} the first time",
        ),
        Row("a key in a text, p95", ms(p95(times)), f"{octets(median(sizes))} (median), {octets(max(sizes))} (most)"),
        Row(
            "  memory while writing, recipients read",
            f"RSS {held.rss:.0f} MB",
            f"(USS {held.uss:.0f}, PSS {held.pss:.0f})",
        ),
    ]
