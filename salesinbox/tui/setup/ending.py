"""The last steps of setting up: the folders, what will be written and where, and the writing."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, SalesInboxError
from salesinbox.model.text import safe, width
from salesinbox.services.desktop import short
from salesinbox.tui.account_colors import COLORS, color_titles, swatch
from salesinbox.tui.setup.answers import COMMAND, PASSWORD
from salesinbox.tui.setup.fields import Field, Line
from salesinbox.tui.setup.finding import described, method_titles
from salesinbox.tui.setup.step import Drawn, FormStep, ListStep, Part, Row, Step

if TYPE_CHECKING:
    from salesinbox.services.setup import FolderChoice
    from salesinbox.tui.setup.screen import Services, Setup

_LEAST_PASSPHRASE = 8
_SHOWN_FOLDERS = 12
_STARTING, _LOOK = 10.0, 0.2
"""Seconds that the sync process may take to listen, and between two tries to reach it."""


class FolderStep(ListStep):
    """The folders with what is in them; those that are marked are synced (ACC-7)."""

    @property
    def title(self) -> str:
        return _("5/6 Folders")

    def rows(self) -> "list[FolderChoice]":
        return self.answers.listed

    def keys(self) -> list[tuple[str, str]]:
        label = self.setup.label
        return [("⏎", _("go on")), (label("setup-toggle"), _("on or off")), (label("setup-all"), _("all or none"))]

    def draw(self, cells: int) -> Drawn:
        look, chosen = self.setup.look, self.answers.chosen
        above = self.words(_("Which folders shall be synced? Others are not touched."), cells, "person")
        if self.answers.tried:
            above = [*self.words(self.answers.tried, cells, "dim"), *above]
        above += [*self.wrong(cells), []]
        counts = [number(one.messages) if one.messages is not None else "" for one in self.rows()]
        wide = max((width(count) for count in counts), default=1)
        lines: list[Row] = []
        for place, (one, count) in enumerate(zip(self.rows(), counts, strict=True)):
            here = place == self.at
            bar: Part = ("▌ " if here else "  ", look["cursor"])
            mark: Part = ("[x] " if one.name in chosen else "[ ] ", look["mark" if one.name in chosen else "dim"])
            told: Part = (count.rjust(wide) + "  ", look["time"])
            role = role_titles().get(one.role, one.role)
            role = f"  {role}" if role.casefold() != one.name.casefold() else ""
            lines.append([bar, mark, told, (safe(one.name, 100), look["unread" if here else "text"]),
                          (role, look["dim"])])  # fmt: skip
        total = sum(one.messages or 0 for one in self.rows() if one.name in chosen)
        told_total = _("{n} of {total} folders, {messages} messages").format(
            n=len(chosen), total=len(lines), messages=number(total))  # fmt: skip
        rows = [*above, *lines, [], *self.words(told_total, cells, "dim")]
        # At the last folder the sum below it is seen, too.
        return Drawn(rows, len(above) + self.at + (2 if self.at == len(lines) - 1 else 0))

    def does(self) -> dict[str, Callable[[], None]]:
        return {"open": self._go_on, "setup-toggle": self._toggle, "setup-all": self._all}

    def _toggle(self) -> None:
        self.error = ""
        name = self.rows()[self.at].name
        self.answers.chosen ^= {name}
        self.at = min(self.at + 1, len(self.rows()) - 1)

    def _all(self) -> None:
        self.error = ""
        every = {one.name for one in self.rows()}
        self.answers.chosen = set() if self.answers.chosen == every else every

    def _go_on(self) -> None:
        if not self.answers.chosen:
            self.error = _("Choose at least one folder.")
            return
        self.setup.go(SummaryStep(self.setup))


def role_titles() -> dict[str, str]:
    return {
        "inbox": _("Inbox"), "sent": _("Sent"), "drafts": _("Drafts"), "archive": _("Archive"), "spam": _("Spam"),
        "trash": _("Trash"), "all": _("All mail"),
    }  # fmt: skip


class SummaryStep(Step):
    """What will be written, and where. Nothing has been written up to here."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self.busy = False

    @property
    def title(self) -> str:
        return _("6/6 Write it")

    def keys(self) -> list[tuple[str, str]]:
        if self.busy:
            return []
        return [("⏎", _("write it")), (self.setup.label("setup-color"), _("another colour"))]

    def draw(self, cells: int) -> Drawn:
        look, answers = self.setup.look, self.answers
        if self.busy:
            return Drawn(self.words(_("Writing…"), cells, "person"))
        rows = [*self.wrong(cells), *self.words(_("This will be written. Nothing is written before you say so."),
                                                cells, "person"), []]  # fmt: skip
        facts = self._facts()
        label = max(width(name) for name, _value in facts) + 2
        for name, value in facts:
            room = max(cells - label, 10)
            first, *rest = self.words(value, room) or [[]]
            rows.append([(name + " " * (label - width(name)), look["dim"]), *first])
            rows += [[(" " * label, look["dim"]), *line] for line in rest]
            if name == _("Colour"):
                rows[-1].append(("  ", look["text"]))
                rows[-1].append(swatch(answers.color, look))
        return Drawn(rows)

    def _facts(self) -> list[tuple[str, str]]:
        answers = self.answers
        candidate = answers.candidate
        folders = answers.folders()
        if folders is None:
            told = _("all but spam and trash") if answers.listed else ""
        else:
            more = len(folders) - _SHOWN_FOLDERS
            told = ", ".join(folders[:_SHOWN_FOLDERS]) + (" " + _("and {n} more").format(n=more) if more > 0 else "")
        way = method_titles().get(answers.method, "")
        if answers.method == PASSWORD:
            way = _("password, kept in the system's keyring or encrypted")
        elif answers.method == COMMAND:
            way = answers.command
        elif answers.has_token:
            way = _("{way}; the token is kept in the system's keyring or encrypted").format(way=way)
        color = color_titles().get(answers.color, answers.color) or _("chosen by itself")
        facts = [
            (_("File"), short(self.setup.services.setup.path)),
            (_("Account"), f"{answers.name} <{answers.address}>"),
            (_("Your name"), answers.me if answers.first else ""),
            (_("Servers"), described(candidate) if candidate is not None else ""),
            (_("Log in"), way),
            (_("Folders"), told),
            (_("Colour"), color),
        ]
        return [(name, value) for name, value in facts if value]

    def take(self, key: str, character: str | None) -> None:
        if self.busy:
            return
        if key == "enter":
            self.write()
        elif self.setup.command(key, character) == "setup-color":
            order = ("", *COLORS)
            at = order.index(self.answers.color) if self.answers.color in order else 0
            self.answers.color = order[(at + 1) % len(order)]

    def write(self) -> None:
        """The secret first: a configuration whose account cannot log in would be worse than none."""
        self.error, self.busy = "", True
        answers, services = self.answers, self.setup.services
        proposal, secret = answers.proposal(), answers.secret if answers.method == PASSWORD else ""
        token = answers.token if answers.has_token else ""

        def doing(_stopped: Event) -> tuple[str, Path]:
            where = ""
            if secret:
                where = services.setup.keep(proposal, secret)
            elif token:
                where = services.setup.keep_token(proposal, token)
            path = services.setup.write(proposal)
            if answers.first and answers.passphrase:
                _unlock_sync(services, answers.passphrase)
            return where, path

        self.setup.work(doing, self._written, self._failed)

    def _written(self, outcome: tuple[str, Any]) -> None:
        self.busy = False
        self.answers.secret = self.answers.token = self.answers.passphrase = ""
        self.setup.finish(outcome[1], self.answers.name)

    def _failed(self, error: SalesInboxError) -> None:
        self.busy = False
        self.error = str(error)
        if isinstance(error, CredentialsError) and self.setup.services.secrets.wants_passphrase():
            self.setup.go(PassphraseStep(self.setup, self._once_more))

    def _once_more(self) -> None:
        self.setup.back()
        self.write()


def _unlock_sync(services: "Services", passphrase: str) -> None:
    """Start the sync process and open the encrypted passwords for it: the rep has only just said the passphrase."""
    services.live.ensure_process()
    end = time.monotonic() + _STARTING
    # What goes wrong here is said on the board, where there is a key for it, too.
    with contextlib.suppress(SalesInboxError):
        while not services.secrets.unlock(passphrase) and time.monotonic() < end:
            time.sleep(_LOOK)


class PassphraseStep(FormStep):
    """Where there is no keyring, secrets are encrypted with a passphrase: asked for, or chosen, once."""

    def __init__(self, setup: "Setup", after: Callable[[], None]) -> None:
        """`after` is called once secrets can be encrypted."""
        self.new = not setup.services.secrets.is_there()
        super().__init__(setup)
        self.after = after
        self.busy = False

    @property
    def title(self) -> str:
        return _("Passphrase")

    def above(self, cells: int) -> list[Row]:
        if self.new:
            told = _("There is no keyring here, so the password is encrypted with a passphrase of yours. It is asked"
                     " for once after each start of this machine.")  # fmt: skip
        else:
            told = _("Passwords are encrypted here, and locked. What is the passphrase?")
        return [*self.words(told, cells, "person"), []]

    def made(self) -> list[Field]:
        fields: list[Field] = [Line("one", _("Passphrase"), secret=True)]
        if self.new:
            fields.append(Line("two", _("Once more"), secret=True))
        return fields

    def go_on(self) -> None:
        one, secrets = self.value("one"), self.setup.services.secrets
        if self.new and len(one) < _LEAST_PASSPHRASE:
            self.point("one", _("At least {n} characters.").format(n=_LEAST_PASSPHRASE))
        elif self.new and one != self.value("two"):
            self.point("two", _("These two are not the same."))
        elif not self.busy:
            self.busy = True
            doing = secrets.set_passphrase if self.new else None
            self.setup.work(
                lambda _stopped: doing("", one) if doing is not None else secrets.unlock(one), self._open, self._no
            )

    def _open(self, _nothing: Any) -> None:
        self.answers.passphrase = self.value("one")
        self.after()

    def _no(self, error: SalesInboxError) -> None:
        self.busy = False
        self.point("one", str(error))
