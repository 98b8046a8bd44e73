"""The first steps of setting up: the address, the search for its servers, and what was found."""

import re
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.text import safe
from salesinbox.tui.setup.answers import GMAIL, IMAP, MAILDIR, PASSWORD, POP3, SMTP
from salesinbox.tui.setup.fields import Check, Field, Line
from salesinbox.tui.setup.step import Drawn, FormStep, ListStep, Row, Step

if TYPE_CHECKING:
    from salesinbox.services.setup import Candidate
    from salesinbox.tui.setup.screen import Setup, Work

_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_TICK = 0.25
_TURN = "|/-\\"


class AddressStep(FormStep):
    """Who the rep is, and the address."""

    @property
    def title(self) -> str:
        return _("1/6 Address")

    def made(self) -> list[Field]:
        answers = self.answers
        fields: list[Field] = []
        if answers.first:
            fields.append(Line("me", _("Your name"), answers.me, _("As it stands in the mail that you send.")))
        fields += [
            Line("address", _("Mail address"), answers.address,
                 _("Its servers are looked for: with its domain, in the DNS, and among providers that are known.")),
            Check("central", _("Ask Thunderbird's list, too"),
                  _("Tells autoconfig.thunderbird.net the domain of the address, and nothing else."),
                  on=answers.central),
        ]  # fmt: skip
        return fields

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        empty = (n for n, one in enumerate(self.fields) if isinstance(one, Line) and not one.value())
        self.at = next(empty, len(self.fields) - 2)

    def above(self, cells: int) -> list[Row]:
        told = _("Which mail shall be on the board?")
        return [*self.words(told, cells, "person"), []]

    def back_word(self) -> str:
        return _("leave")

    def changed(self) -> None:
        answers = self.answers
        answers.me = self.value("me") or answers.me
        answers.central = bool(self.value("central"))
        if self.value("address") != answers.address:
            # Another address: what was typed for the one before does not belong to it.
            answers.address = self.value("address")
            answers.candidate, answers.name, answers.secret, answers.token = None, "", "", ""
            answers.listed = []

    def take(self, key: str, character: str | None) -> None:
        # The list that may be asked need not be gone through with Enter.
        if key == "enter" and self.here.name == "address" and self.here.value():
            self.go_on()
            return
        super().take(key, character)

    def go_on(self) -> None:
        self.changed()
        if not _ADDRESS.fullmatch(self.answers.address):
            self.point("address", _("An address looks like name@company.example."))
            return
        self.error = ""
        self.setup.go(SearchStep(self.setup))


class SearchStep(Step):
    """The servers are looked for; the rep can stop waiting, and name them by hand."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self._work: Work | None = None
        self._timer: Timer | None = None
        self._begun = 0.0

    @property
    def title(self) -> str:
        return _("2/6 Servers")

    def keys(self) -> list[tuple[str, str]]:
        return [("⏎", _("name the servers by hand"))]

    def back_word(self) -> str:
        return _("stop")

    def entered(self) -> None:
        answers, services = self.answers, self.setup.services
        if answers.searched == (answers.address, answers.central):
            self._found(answers.found)
            return
        self._begun = monotonic()
        self._work = self.setup.work(
            lambda stopped: services.setup.find(
                answers.address, central=answers.central, stopped=stopped.is_set
            ),
            self._found,
            self._failed,
        )  # fmt: skip
        self._timer = self.setup.set_interval(_TICK, self.setup.show)

    def left(self) -> None:
        if self._work is not None:
            self._work.stop()
        if self._timer is not None:
            self._timer.stop()

    def draw(self, cells: int) -> Drawn:
        seconds = monotonic() - self._begun
        turn = _TURN[int(seconds / _TICK) % len(_TURN)]
        domain = safe(self.answers.address.rpartition("@")[2], 100)
        told = _("Looking for the servers of {domain}… {seconds} s").format(domain=domain, seconds=int(seconds))
        asked = _("This takes a few seconds at most. The DNS and the domain's own servers are asked.")
        return Drawn([*self.words(f"{turn} {told}", cells, "person"), [], *self.words(asked, cells, "dim")])

    def take(self, key: str, character: str | None) -> None:  # noqa: ARG002 - one key
        if key == "enter":
            self._found([])

    def _found(self, candidates: "list[Candidate]") -> None:
        self.left()
        answers = self.answers
        if candidates:
            answers.searched, answers.found = (answers.address, answers.central), candidates
        self.setup.go(CandidateStep(self.setup, candidates), instead=True)

    def _failed(self, error: SalesInboxError) -> None:
        self.left()
        step = CandidateStep(self.setup, [])
        step.error = str(error)
        self.setup.go(step, instead=True)


class CandidateStep(ListStep):
    """What was found, and the ways by hand."""

    def __init__(self, setup: "Setup", candidates: "list[Candidate]") -> None:
        super().__init__(setup)
        self.candidates = candidates
        self.all = [*candidates, *by_hand(self.answers.address)]
        before = self.answers.candidate
        if before is not None:
            self.at = next((n for n, one in enumerate(self.all) if one.title == before.title), 0)

    @property
    def title(self) -> str:
        return _("2/6 Servers")

    def rows(self) -> "list[Candidate]":
        return self.all

    def keys(self) -> list[tuple[str, str]]:
        return [("⏎", _("take it")), (self.setup.label("setup-servers"), _("look at the servers"))]

    def draw(self, cells: int) -> Drawn:
        address = safe(self.answers.address, 100)
        if self.candidates:
            told = _("These ways to the mail of {address} were found:").format(address=address)
        else:
            told = _("No server was found for {address}. Your provider's help pages name it; here it is typed:").format(
                address=address)  # fmt: skip
        above = [*self.wrong(cells), *self.words(told, cells, "person"), []]
        rows = [(safe(one.title, 100), ways(one), safe(described(one), 400)) for one in self.all]
        drawn = self.choices(rows, self.at, cells)
        return Drawn([*above, *drawn.rows], len(above) + drawn.at)

    def does(self) -> "dict[str, Callable[[], None]]":
        return {"open": self._take, "setup-servers": self._look}

    def _take(self) -> None:
        from salesinbox.tui.setup.asking import ServerStep, SignInStep  # noqa: PLC0415 - they lead back here

        candidate = self.all[self.at]
        known = self.answers.candidate
        if known is None or known.title != candidate.title:
            self.answers.take(candidate)
        typed = self.at >= len(self.candidates) and candidate.provider != GMAIL
        self.setup.go(ServerStep(self.setup) if typed else SignInStep(self.setup))

    def _look(self) -> None:
        from salesinbox.tui.setup.asking import ServerStep, SignInStep  # noqa: PLC0415 - they lead back here

        candidate = self.all[self.at]
        if self.answers.candidate is None or self.answers.candidate.title != candidate.title:
            self.answers.take(candidate)
        self.setup.go(SignInStep(self.setup) if candidate.provider == GMAIL else ServerStep(self.setup))


def ways(candidate: "Candidate") -> str:
    """How one logs in there, short."""
    if candidate.provider == MAILDIR:
        return ""
    titles = method_titles()
    found = [titles[one] for one in candidate.methods if one in titles and one != "command"]
    return " / ".join(found)


def method_titles() -> dict[str, str]:
    return {
        PASSWORD: _("password"),
        "oauth": _("in the browser"),
        "device": _("by a code"),
        "command": _("a command of mine prints it"),
    }


def described(candidate: "Candidate") -> str:
    """Its servers, and what is to be known of it."""
    tables = candidate.settings
    places = []
    for name, shown in ((IMAP, "IMAP"), (POP3, "POP3"), (SMTP, "SMTP")):
        table = tables.get(name)
        if table and table.get("host"):
            port = f":{table['port']}" if table.get("port") else ""
            places.append(f"{shown} {table['host']}{port}")
    return "  ".join(part for part in (" · ".join(places), candidate.note) if part)


def by_hand(address: str) -> "list[Candidate]":
    """The ways that need no search."""
    from salesinbox.services.setup import Candidate  # noqa: PLC0415 - loaded when something is set up

    login = (PASSWORD, "command")
    server = {"host": "", "tls": "implicit", "user": address}
    sending = {"host": "", "tls": "implicit"}
    return [
        Candidate(provider=IMAP, title=_("Another IMAP server"), settings={IMAP: dict(server), SMTP: dict(sending)},
                  methods=login, note=_("You type its name.")),
        Candidate(provider=POP3, title=_("A POP3 server"), settings={POP3: dict(server), SMTP: dict(sending)},
                  methods=login, note=_("Mail is only fetched: what you do with it here stays here.")),
        Candidate(provider=MAILDIR, title=_("A Maildir folder on this machine"),
                  settings={MAILDIR: {"path": "~/Maildir"}, SMTP: dict(sending)}, methods=login,
                  note=_("Read and changed in place; other programs may use it, too.")),
        Candidate(provider=GMAIL, title=_("The Gmail API"), settings={GMAIL: {}}, methods=("oauth", "command"),
                  note=_("With a client id of your own from Google's console.")),
    ]  # fmt: skip
