"""The top line: the accounts and how they stand (ACC-7), the view, and where help is."""

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from salesinbox.locale.formatting import duration, number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.events import Progress
from salesinbox.model.status import AccountStatus
from salesinbox.model.text import safe, width
from salesinbox.tui.lines import Lines, ends
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock

Part = tuple[str, Style]
MAGNET = "◉"
"""One cell in every terminal; an emoji is two in some and one in others."""
DUE = "⚑"


class Title(Lines):
    """Says "synced" (✓) only where the counts of server and cache agree."""

    def __init__(self, look: Look, clock: Clock, *, demo: bool) -> None:
        super().__init__(look, id="title")
        self.clock = clock
        self.demo = demo
        self.accounts: Sequence[AccountStatus] = ()
        self.progress: dict[str, Progress] = {}
        self.view = ""
        self.marked = 0
        """Cards that are selected."""
        self.pending = 0
        """Changes that servers are still to be told of."""
        self.waiting = 0
        """Threads of customers that wait for an answer (MAG-1)."""
        self.due = 0
        """Tasks that are overdue, or due today."""
        self.hints: Sequence[tuple[str, str]] = ()
        """Keys and what they do, at the right edge."""

    def build(self, cells: int, rows: int) -> list[Strip]:  # noqa: ARG002 - one line
        ground = self.look["title_dim"]
        end: list[Part] = []
        for key, text in self.hints:
            end += [(key, self.look["title"]), (f" {text}  ", ground)]
        parts = self._parts(cells, brief=False)
        if _size(parts) + _size(end) > cells:
            parts = self._parts(cells, brief=True)
        if _size(parts) + _size(end) > cells:
            end = []
        return [ends(parts, end, cells, ground)]

    def _parts(self, cells: int, *, brief: bool) -> list[Part]:
        """What stands at the left; `brief`: numbers of what is to be done without words."""
        name = " SalesInbox" + (" demo" if self.demo else "") + "  "
        parts: list[Part] = [(name, self.look["title"])]
        if self.view:
            parts.append((f"{safe(self.view, 40)}  ", self.look["title"]))
        if self.marked:
            words = ngettext("{n} selected", "{n} selected", self.marked).format(n=number(self.marked))
            parts.append((f"✓ {words}  ", self.look["mark"]))
        if self.pending:
            words = ngettext("{n} change to send", "{n} changes to send", self.pending).format(n=number(self.pending))
            parts.append((f"⇡ {words}  ", self.look["busy"]))
        if self.waiting:
            words = ngettext("{n} waiting", "{n} waiting", self.waiting).format(n=number(self.waiting))
            parts.append((f"{MAGNET} {number(self.waiting) if brief else words}  ", self.look["busy"]))
        if self.due:
            words = ngettext("{n} due", "{n} due", self.due).format(n=number(self.due))
            parts.append((f"{DUE} {number(self.due) if brief else words}  ", self.look["busy"]))
        for index, account in enumerate(self.accounts):
            parts += [("· ", self.look["title_dim"])] if index else []
            parts += self._account(account, brief=cells < 100 or len(self.accounts) > 2)
        return parts

    def _account(self, account: AccountStatus, *, brief: bool) -> list[Part]:
        ground = self.look["title_dim"]
        name: Part = (safe(account.name, 24) + " ", self.look["title"])
        server = sum(folder.server for folder in account.folders)
        local = sum(folder.local for folder in account.folders)
        counts = _("{local} of {server}").format(local=f"{local:,}", server=f"{server:,}")
        progress = self.progress.get(account.name)
        if progress is not None and progress.done < progress.total and account.state == "syncing":
            done = _("{local} of {server}").format(local=f"{progress.done:,}", server=f"{progress.total:,}")
            what = _("contents") if progress.phase == "bodies" else _("headers")
            rest = "" if progress.seconds_left is None or brief else f", {duration(progress.seconds_left)}"
            return [name, ("↓ ", self.look["busy"]), (f"{what} {done}{rest}  ", ground)]
        if account.state == "paused":
            return [name, ("‖ ", self.look["busy"]), (_("paused") + "  ", ground)]
        error = next((folder.last_error for folder in account.folders if folder.last_error), "")
        if account.state == "waiting" or error:
            text = safe(account.detail or error, 24 if brief else 60)
            return [name, (f"! {text}  ", self.look["error"])]
        if account.synced:
            latest = self.clock.seconds(max(folder.last_success for folder in account.folders))
            return [name, ("✓ ", self.look["ok"]), (f"{latest}  {counts}  ", ground)]
        state = {
            "connecting": _("connecting…"), "syncing": _("syncing…"), "watching": _("checking…"),
            "stopped": _("not syncing"),
        }.get(account.state, _("waiting for the first sync"))  # fmt: skip
        return [name, ("… ", self.look["busy"]), (f"{state}  {counts if server else ''}  ", ground)]


def _size(parts: Sequence[Part]) -> int:
    return sum(width(text) for text, _style in parts)
