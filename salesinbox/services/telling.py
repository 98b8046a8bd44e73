"""What servers made of an action: what they are still to be told, and what they refused (ACT-2, ACT-4)."""

import select
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit
from salesinbox.model.operations import Outcome
from salesinbox.services import action_words
from salesinbox.services.accounts import AccountService
from salesinbox.services.live import LiveService
from salesinbox.services.syncing import SyncService
from salesinbox.store.database import Database

_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """How an action stands with the servers.

    `waiting` operations are still to be told of, the first one at `due` (seconds since 1970). `refused`: ids as they
    were given, each with a sentence. `trouble` is why the rest was not told, `exit` the code that it stands for.
    """

    waiting: int = 0
    due: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    trouble: str = ""
    exit: int = 0


class TellingService:
    """For whoever acts and must know what became of it. Bound to the thread that it was made in."""

    def __init__(
        self,
        database: Database,
        accounts: AccountService,
        syncing: SyncService,
        live: LiveService,
        now: Callable[[], float],
    ) -> None:
        self.database = database
        self.accounts = accounts
        self.syncing = syncing
        self.live = live
        self.now = now

    def newest(self) -> int:
        """A mark to be taken before acting: actions after it are new."""
        row = self.database.connection.execute("SELECT coalesce(max(id), 0) FROM action").fetchone()
        return int(row[0])

    def nudge(self) -> bool:
        """Have the sync process tell the servers now; False when none listens."""
        return self.live.connect() and self.live.ask_push()

    def told(self, since: int, ids: Collection[str]) -> Told:
        """How the actions after the mark `since` stand, as far as they are about these ids ("t5" or "m9")."""
        waiting, due = 0, 0
        refused: dict[str, str] = {}
        for state, when, error, kind, told, message, thread, verb, target, subject in self.database.connection.execute(
            "SELECT operation.state, due, operation.error, kind, told, message, thread_id, verb, target,"
            " thread.subject FROM operation JOIN action ON action.id = action_id"
            " JOIN message ON message.id = operation.message LEFT JOIN thread ON thread.id = thread_id"
            " WHERE action_id > ? AND operation.state IN ('pending', 'running', 'refused') ORDER BY operation.id",
            (since,),
        ):
            id = next((known for known in (f"m{message}", f"t{thread}") if known in ids), None)  # noqa: A001 - as everywhere in the services
            if id is None:
                continue  # somebody else's, at the same moment
            if state != "refused":
                waiting, due = waiting + 1, min(due or when, when)
            elif not (kind == "delete" and told):  # who finds it deleted already has what was asked for
                refused.setdefault(id, action_words.refused(verb, target, subject or "", error))
        return Told(waiting, due, tuple(refused.items()))

    def wait(self, since: int, outcome: Outcome, seconds: float) -> Told:
        """Wait until the servers have been told of `outcome`, at most so long. Where no sync process runs, sync."""
        ids = frozenset(outcome.done)
        end = time.monotonic() + seconds
        while (told := self.told(since, ids)).waiting:
            if time.monotonic() >= end:
                return replace(told, trouble=self._why_not(outcome.accounts), exit=Exit.NETWORK)
            if self.live.fileno() >= 0 or self.nudge():
                select.select([self.live.fileno()], [], [], _LOOK)
                self.live.events()
            elif not self.live.runs() and told.due <= self.now():
                failed = [report for report in self.syncing.sync(outcome.accounts) if report.error]
                told = self.told(since, ids)
                if told.waiting and failed:
                    return replace(told, trouble=failed[0].error, exit=failed[0].exit or Exit.FAILED)
                time.sleep(_LOOK)
            else:
                time.sleep(_LOOK)
        return told

    def _why_not(self, names: Sequence[str]) -> str:
        reasons = [account.detail for account in self.accounts.status() if account.name in names and account.detail]
        return reasons[0] if reasons else _("The sync process has not come to it yet.")
