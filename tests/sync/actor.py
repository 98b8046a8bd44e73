"""A rep's interface without a screen: does one random thing for each line that it is sent, and says so when it is kept.

Run as a process, so that it can be killed at any moment: `python -m tests.sync.actor CONFIG DATA LABELS SEED`;
LABELS is 1 for a server that keeps labels.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from salesinbox import wiring
from salesinbox.model import operations as verbs
from salesinbox.model.operations import Outcome
from salesinbox.services.actions import ActionService


def _deeds(actions: ActionService, id: str, dice: random.Random, *, labels: bool) -> list[Callable[[], Outcome]]:
    labelling = [
        lambda: actions.label([id], add=[dice.choice(["Important", "大口"])]),
        lambda: actions.label([id], remove=["Important"]),
    ]
    return [
        lambda: actions.archive([id]),
        lambda: actions.trash([id]),
        lambda: actions.move([id], dice.choice(["INBOX", "案件", "Archive"])),
        lambda: actions.move([id], "案件", copy=True),
        lambda: actions.mark([id], dice.choice(verbs.MARKS)),
        lambda: actions.mark([id], dice.choice(verbs.MARKS)),
        actions.undo,
        *(labelling if labels else ()),
    ]


def main(config: str, data: str, labels: str, seed: str) -> None:
    dice = random.Random(int(seed))
    with wiring.application(wiring.settings(Path(config)), Path(data)) as application:
        live = application.live
        connection = application.database.connection
        actions = ActionService(application.database, application.settings, application.own, time.time)
        threads = [f"t{row[0]}" for row in connection.execute("SELECT id FROM thread WHERE messages > 0 ORDER BY id")]
        print("ready", flush=True)
        for _line in sys.stdin:
            dice.choice(_deeds(actions, dice.choice(threads), dice, labels=labels == "1"))()
            # Only what is on disk is said.
            print(connection.execute("SELECT coalesce(max(id), 0) FROM action").fetchone()[0], flush=True)
            if live.fileno() < 0:
                live.connect()
            live.ask_push()


if __name__ == "__main__":
    main(*sys.argv[1:])
