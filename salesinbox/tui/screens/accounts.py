"""The rep's accounts and how they stand (ACC-7): paused, tried, logged in, added and removed from here."""

from functools import partial
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.settings import Account
from salesinbox.model.status import AccountStatus
from salesinbox.model.text import safe
from salesinbox.tui.navigation import ACCOUNTS
from salesinbox.tui.screens import account_work
from salesinbox.tui.screens.listing import Item, Listing
from salesinbox.tui.waiting import wait_for

if TYPE_CHECKING:
    from salesinbox.services.accounts import Tried
    from salesinbox.tui.app import Board

_ERRORS = 3
"""Folders whose errors are told one by one."""
_STOPPED, _PAUSED = "stopped", "paused"


class AccountsScreen(Listing):
    """`Enter` narrows the board to the account under the cursor."""

    def __init__(self, board: "Board") -> None:
        self.tried: dict[str, tuple[bool, str]] = {}
        """How accounts were found when they were tried from here."""
        self.ways: dict[str, list[tuple[str, str]]] = {}
        """Where their secrets come from, as (role, text)."""
        does = {
            "open": self._narrow, "accounts-pause": self._pause, "accounts-test": self._test,
            "accounts-login": self._login, "accounts-new": lambda _name: self._new(), "accounts-remove": self._remove,
        }  # fmt: skip
        if board.later.secrets.is_there():
            does["accounts-unlock"] = lambda _name: account_work.unlock(board, self._look)
        super().__init__(board, ACCOUNTS, _("Accounts"), (), does, enter=_("its mail"))
        self._read()

    def on_mount(self) -> None:
        self.board.nav.watching.append(self._read)
        self._look()

    def on_unmount(self) -> None:
        self.board.nav.watching.remove(self._read)

    def on_screen_resume(self) -> None:
        self._shown()  # as large as what was found out meanwhile needs

    # --- what is shown ------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Look again how they stand."""
        statuses = {status.name: status for status in self.board.accounts.status()}
        self.items.items = [self._item(account, statuses.get(account.name)) for account in self.accounts]
        self._shown()

    def _shown(self) -> None:
        if self.is_mounted:
            self._clear_arrangement_cache()  # the frame is as large as what is told in it
            self.refresh(layout=True)
            self.items.changed()

    @property
    def accounts(self) -> tuple[Account, ...]:
        return self.board.settings.accounts

    def _item(self, account: Account, status: AccountStatus | None) -> Item:
        mark = self.board.account_marks.mark(account.name, self.board.look)
        trouble, words = state(status)
        details: list[tuple[str, str]] = [("person", safe(f"{account.address}  ({kind(account)})", 200))]
        if status is not None:
            details += self._folders(status)
        if not account.sends:
            details.append(("dim", _("Mail is only read: no server that sends is named for it.")))
        details += self.ways.get(account.name, [])
        if account.name in self.tried:
            ok, told = self.tried[account.name]
            details.append(("text" if ok else "warning", safe(("✓ " if ok else "! ") + told, 600)))
        return Item(mark[0] if mark else " ", safe(account.name, 40), words, tuple(details), account.name,
                    "warning" if trouble else "text")  # fmt: skip

    def _folders(self, status: AccountStatus) -> list[tuple[str, str]]:
        lines: list[tuple[str, str]] = []
        if status.folders:
            server = sum(folder.server for folder in status.folders)
            local = sum(folder.local for folder in status.folders)
            told = ngettext("{n} folder", "{n} folders", len(status.folders)).format(n=len(status.folders))
            counts = _("{local} of {server}").format(local=number(local), server=number(server))
            latest = max(folder.last_success for folder in status.folders)
            last = self.board.clock.full(latest) if latest else _("never")
            lines.append(("text", _("{folders}, {counts} messages, last looked at: {time}").format(
                folders=told, counts=counts, time=last)))  # fmt: skip
        if status.pending:
            told = ngettext("{n} change to send", "{n} changes to send", status.pending)
            lines.append(("text", told.format(n=number(status.pending))))
        if status.detail and status.state == "waiting":
            lines.append(("warning", "! " + safe(status.detail, 400)))
        failing = [folder for folder in status.folders if folder.last_error]
        lines += [("warning", f"! {safe(one.name, 60)}: {safe(one.last_error, 300)}") for one in failing[:_ERRORS]]
        return lines

    def _look(self) -> None:
        """Where secrets come from; in a thread, for a keyring may take its time to answer."""
        secrets = self.board.later.secrets
        self.board.in_thread(lambda: {one.name: secrets.used(one) for one in self.accounts}, self._found)

    def _found(self, used: dict[str, list[account_work.Used]]) -> None:
        self.ways = {name: [way(one) for one in found] for name, found in used.items()}
        if self.is_mounted:
            self._read()

    # --- what is done -------------------------------------------------------------------------------------------

    def _account(self, name: str) -> Account:
        return next(account for account in self.accounts if account.name == name)

    def _narrow(self, name: str) -> None:
        if len(self.accounts) > 1:
            self.close()
            self.board.nav.narrow(name)

    def _pause(self, name: str) -> None:
        board, accounts = self.board, self.board.accounts
        if accounts.paused(name):
            board.in_thread(partial(accounts.resume, name), lambda _nothing: self._resumed(name))
        else:
            board.in_thread(partial(accounts.pause, name), lambda _nothing: self._changed(
                _("{name} is paused: its servers are left alone.").format(name=safe(name, 40))))  # fmt: skip

    def _resumed(self, name: str) -> None:
        self._changed(_("{name} goes on.").format(name=safe(name, 40)))
        self.board.in_thread(self.board.bridge.ask, lambda _answer: None)

    def _changed(self, sentence: str) -> None:
        self.board.say(sentence)
        self.board.bridge.accounts_changed()
        if self.is_mounted:
            self._read()

    def _test(self, name: str) -> None:
        def done(tried: "list[Tried]") -> None:
            for one in tried:
                self.tried[one.name] = (bool(one.ok), one.detail)
            self._read()

        words = _("Trying {name}…").format(name=safe(name, 40))
        wait_for(self.board, words, lambda _stopped: self.board.accounts.test([name]), done)

    def _login(self, name: str) -> None:
        account_work.log_in(self.board, self._account(name), self._look)

    def _new(self) -> None:
        if self.board.demo:
            self.board.say(_("This is the demo: its accounts go when it ends."))
        else:
            account_work.set_up(self.board)

    def _remove(self, name: str) -> None:
        if self.board.demo:
            self.board.say(_("This is the demo: its accounts go when it ends."))
        else:
            account_work.remove(self.board, self._account(name))


def way(used: account_work.Used) -> tuple[str, str]:
    """Where a secret comes from, and what is wrong there, as a line of the details."""
    told = safe(f"{used.detail} {used.fix}".strip(), 400)
    return ("text", told) if used.ok else ("warning", f"! {told}")


def kind(account: Account) -> str:
    """What the account is, and how it is reached."""
    if account.server is not None:
        shown = "IMAP" if account.imap is not None else "POP3"
        return f"{shown}, {account.server.host}"
    if account.maildir is not None:
        return f"Maildir, {account.maildir.path}"
    if account.keeps_mail:
        return "Gmail API"
    return _("Gmail API, nothing kept here")


def state(status: AccountStatus | None) -> tuple[bool, str]:
    """Whether something is wrong with it, and its state in a word or two."""
    if status is None or status.state == _STOPPED:
        return False, _("not syncing")
    if status.state == _PAUSED:
        return False, "‖ " + _("paused")
    if status.state == "waiting" or any(folder.last_error for folder in status.folders):
        return True, "! " + _("waits, and tries again")
    if status.synced:
        return False, "✓ " + _("synced")
    return False, {"connecting": _("connecting…"), "syncing": _("syncing…")}.get(status.state, _("checking…"))
