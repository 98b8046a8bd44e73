"""`make bench`: measures the budgets of the design, side by side with the programs that a rep would use otherwise.

Nothing here fails for being slow: the table says what was measured, on whatever machine this is.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import acting, inside, interface, peers, records, searching, traffic, writing
from tests.benchmarks.ground import Ground, ground
from tests.benchmarks.table import Row, draw

BUDGETS: dict[str, Callable[[Ground], list[Row]]] = {
    "start": interface.start,
    "growth": interface.growth,
    "cursor": interface.cursor,
    "page": interface.page,
    "first-sync": traffic.first_sync,
    "first-cards": interface.first_cards,
    "resync": traffic.resync,
    "push": interface.push,
    "memory": interface.memory,
    "place-again": inside.place_again,
    "search": inside.search,
    "typing": searching.typing,
    "pane": inside.pane,
    "archive": acting.archive,
    "opening": acting.opening,
    "writing": writing.writing,
    "records": records.records,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", choices=BUDGETS, metavar="NAME", help=", ".join(BUDGETS))
    parser.add_argument("--quick", action="store_true", help="2,000 and 10,000 messages, two rounds")
    parser.add_argument("--rounds", type=int, default=5, help="how often each start is measured (5)")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / f"salesinbox-bench-{os.getuid()}",
        help="where mailboxes and databases are kept from run to run (%(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    small, large, rounds = (2_000, 10_000, 2) if arguments.quick else (20_000, 100_000, arguments.rounds)
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}, {platform.system()}"
        f" {platform.machine()}; peers: {', '.join(peers.versions()) or 'none'}",
        flush=True,
    )
    if load > 1:
        print("Other work runs on this machine: trust the ratios, not the times.", file=sys.stderr)
    rows: list[Row] = []
    failed = 0
    with ground(arguments.folder, small, large, rounds) as standing:
        for name in arguments.only or BUDGETS:
            standing.note(name)
            started = time.monotonic()
            try:
                found = BUDGETS[name](standing)
            except Exception as error:
                failed += 1
                found = [Row(name, "could not be measured")]
                print(f"{name}: {error}", file=sys.stderr)
            rows += found
            standing.note(f"{name}: {time.monotonic() - started:.0f} s")
            if len(arguments.only or BUDGETS) > 1:
                print("\n".join(" | ".join(row.cells()) for row in found), file=sys.stderr, flush=True)
    print(f"\n{draw(rows)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
