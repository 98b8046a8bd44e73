"""Search as one types: each keystroke from its asking to the first answer, beside notmuch on the same mail."""

import queue
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from salesinbox.model.search import NEWEST, RELEVANCE, Results
from salesinbox.services.typed_search import PAGE, TypedSearch
from tests.benchmarks import peers
from tests.benchmarks.ground import Ground
from tests.benchmarks.mailbox import COMMON_WORD, RARE_JAPANESE, RARE_WORD
from tests.benchmarks.table import Row, median, ms, p95

TYPED = {
    "English": (
        f"{COMMON_WORD} renewal", "meeting contract", "the price", "alice quote", "from:alice invoice", "company7",
        f'"{COMMON_WORD} for"', RARE_WORD, "invoice -reminder", "subject:re budget is:unread",
    ),
    "Japanese": ("見積書", "お見積り", "契約 更新", "資料送付", "佐藤 納期", "件名:見積", RARE_JAPANESE, "打ち合わせの日程"),
}  # fmt: skip
"""What is typed letter by letter, each from its first letter on."""


def typing(ground: Ground) -> list[Row]:
    """Every prefix of every query, through the search that the screen uses; the peer searches what is whole words."""
    count = ground.large
    data = ground.data(count)
    mirror = _notmuch(ground, count)
    rows = []
    for language, queries in TYPED.items():
        keys = [query[:length] for query in queries for length in range(1, len(query) + 1)]
        with ground.application(count, data) as application:
            answers: queue.Queue[Results] = queue.Queue()
            search = application.search.typing(answers.put)
            ours = {order: [_asked(search, answers, key, order) for key in keys] for order in (NEWEST, RELEVANCE)}
            search.close(wait=True)
        times, found = map(list, zip(*ours[NEWEST], strict=True))
        ranked = [taken for taken, _found in ours[RELEVANCE]]
        asked = [_searched(mirror, key) for key in keys] if mirror else []
        theirs = [taken for taken, _found in asked]
        rows += [
            Row(
                f"search as you type, {count:,} messages, {language}: a keystroke",
                f"p95 {ms(p95(times) * 1000)}",
                f"p95 {ms(p95(theirs) * 1000)} notmuch" if theirs else "no notmuch",
                f"{p95(times) / p95(theirs):.2f}" if theirs else "",
                "≤ 50 ms",
                p95(times) <= 0.05,
            ),
            Row(
                "  the median, and the slowest",
                f"{ms(median(times) * 1000)}, {ms(max(times) * 1000)} ({keys[times.index(max(times))]})",
                f"{ms(median(theirs) * 1000)}, {ms(max(theirs) * 1000)}" if theirs else "",
            ),
            Row(
                f"  keystrokes that find something, of {len(keys)}",
                str(sum(found)),
                str(sum(hit for _taken, hit in asked)) if asked else "",
            ),
            Row("  by relevance", f"p95 {ms(p95(ranked) * 1000)}"),
        ]
    return rows


def _asked(search: TypedSearch, answers: "queue.Queue[Results]", text: str, order: str) -> tuple[float, bool]:
    """Seconds to the first answer, and whether anything was found."""
    started = time.perf_counter()
    search.ask(text, order)
    results = answers.get()
    taken = time.perf_counter() - started
    found = bool(results.found)
    while results.more and results.total is None:
        results = answers.get()  # the count, which nobody waits for
    return taken, found


def _notmuch(ground: Ground, count: int) -> peers.Mirror | None:
    """The same mail in a notmuch database of its own, kept from run to run; None where notmuch is not here."""
    if "notmuch" not in peers.install():
        return None
    home = ground.folder / f"notmuch-{count}"
    made = home / "made"
    mirror = peers.Mirror(home, peers.environment(home))
    if not made.exists():
        ground.note(f"notmuch's index of {count:,}")
        shutil.rmtree(home)
        mirror = peers.Mirror(home, peers.environment(home))
        peers.copy(ground.box(count).maildir, mirror.maildir)
        _configure(home)
        mirror.index()
        made.touch()
    return mirror


def _configure(home: Path) -> None:
    (home / ".notmuch-config").write_text(
        f"[database]\npath={home}/mail\n[user]\nname=Rep\nprimary_email=rep@zylker.example\n"
        "[new]\ntags=inbox\n[maildir]\nsynchronize_flags=false\n"
    )


def _searched(mirror: peers.Mirror, typed: str) -> tuple[float, bool]:
    """One `notmuch search` for as many threads, newest first, the last word open-ended as ours is: seconds, and if
    anything was found.

    It includes the start of the program, which is what a front end of notmuch pays for each keystroke, too.
    """
    words = typed.replace("件名", "subject").split(" ")
    last = words[-1]
    if last[-1:].isalnum() and last.isascii() and '"' not in typed:
        words[-1] = f"{last}*"
    elif not last.isascii() and ":" not in last:
        words[-1] = f'"{last}"'
    return _timed(["notmuch", "search", f"--limit={PAGE}", "--output=summary", *_for_notmuch(words)], mirror)


def _for_notmuch(words: Iterable[str]) -> list[str]:
    return [" ".join(word.replace("is:unread", "tag:unread") for word in words if word != "-")]


def _timed(command: list[str], mirror: peers.Mirror) -> tuple[float, bool]:
    started = time.perf_counter()
    done = subprocess.run(command, env=mirror.environment, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - started, bool(done.stdout.strip())
