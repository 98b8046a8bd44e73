"""The budgets of what travels: a first sync, and a look when nothing is new."""

import json

from tests.benchmarks import peers
from tests.benchmarks.ground import Ground
from tests.benchmarks.interface import FLAT
from tests.benchmarks.table import Row, against, median, ms, seconds


def first_sync(ground: Ground) -> list[Row]:
    """Our one command against the usual way to the same state: mbsync, then notmuch new. Turn by turn."""
    count = ground.small
    served = ground.served(count)
    ours, mirrored, indexed = [], [], []
    paired = {"mbsync", "notmuch"} <= set(peers.install())
    for turn in range(max(1, ground.rounds // 2)):
        ours.append(ground.run(count, ground.home(f"sync-{turn}") / "data", "sync"))
        ground.note(f"first sync: {seconds(ours[-1])}")
        if paired:
            mirror = peers.mirror(ground.folder / "run" / f"mirror-{turn}", served)
            mirrored.append(mirror.sync())
            indexed.append(mirror.index())
            ground.note(f"mbsync: {seconds(mirrored[-1])}, notmuch new: {seconds(indexed[-1])}")
    what = f"first sync of {count:,} to placed and searchable"
    if not paired:
        return [Row(what, seconds(median(ours)), "mbsync or notmuch is not here", "", "≤ 0.35 ×")]
    both = median([a + b for a, b in zip(mirrored, indexed, strict=True)])
    return [
        against(what, median(ours), both, 0.35, "mbsync + notmuch new"),
        Row("  of these", "", f"mbsync {seconds(median(mirrored))}, notmuch new {seconds(median(indexed))}"),
    ]


def resync(ground: Ground) -> list[Row]:
    """With nothing new, turn by turn; ours as a command, from the start of the interpreter to its end."""
    sizes = (ground.small, ground.large)
    here = peers.install()
    mirrors = {}
    if "mbsync" in here:
        for count in sizes:
            mirrors[count] = peers.mirror(ground.folder / "run" / f"resync-{count}", ground.served(count))
            ground.note(f"mbsync of {count:,} from nothing")
            mirrors[count].sync()
    prepared = {count: ground.data(count) for count in sizes}
    ours: dict[int, list[float]] = {count: [] for count in sizes}
    theirs: dict[int, list[float]] = {count: [] for count in sizes}
    passes: dict[int, list[float]] = {count: [] for count in sizes}
    for turn in range(ground.rounds + 1):
        for count in sizes:
            taken, printed = ground.answer(count, prepared[count], "sync", "--json")
            beside = mirrors[count].sync() if count in mirrors else 0.0
            if turn:
                ours[count].append(taken)
                theirs[count].append(beside)
                passes[count].append(json.loads(printed)["accounts"][0]["seconds"])
    small, large = (median(ours[count]) for count in sizes)
    rows = []
    for count, taken in zip(sizes, (small, large), strict=True):
        what = f"resync with nothing new, {count:,}"
        if count in mirrors:
            rows.append(against(what, taken, median(theirs[count]), 1.5, "mbsync"))
        else:
            rows.append(Row(what, seconds(taken), "mbsync is not here", "", "≤ 1.5 ×"))
    alone = ", ".join(f"{ms(median(passes[count]) * 1000)} at {count:,}" for count in sizes)
    rows.append(Row("  of these, the pass itself", alone))
    rows.append(against("  flat in size", large, small, FLAT, f"own, {ground.small:,}"))
    return rows
