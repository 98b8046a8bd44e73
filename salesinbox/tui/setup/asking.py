"""Servers that are typed or looked at, and how one logs in there."""

from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.text import safe
from salesinbox.tui.setup.answers import (
    BROWSER,
    COMMAND,
    DEVICE,
    GMAIL,
    IMAP,
    MAILDIR,
    PASSWORD,
    POP3,
    SMTP,
    provider_of,
    split,
    with_settings,
)
from salesinbox.tui.setup.fields import Field, Line, Pick
from salesinbox.tui.setup.finding import described, method_titles
from salesinbox.tui.setup.step import FormStep, Row

_NAMES = {IMAP: "IMAP", POP3: "POP3", SMTP: "SMTP"}


class ServerStep(FormStep):
    """The servers of the way that was chosen, to be looked at and changed."""

    @property
    def title(self) -> str:
        return _("2/6 Servers")

    def above(self, cells: int) -> list[Row]:
        title = self.answers.candidate.title if self.answers.candidate is not None else ""
        return [*self.words(title, cells, "person"), []]

    def _settings(self) -> dict[str, dict[str, Any]]:
        candidate = self.answers.candidate
        return {name: dict(table) for name, table in candidate.settings.items()} if candidate is not None else {}

    def made(self) -> list[Field]:
        tables = self._settings()
        if self.answers.provider == MAILDIR:
            path = str(tables.get(MAILDIR, {}).get("path", ""))
            note = _("The folder that holds cur, new and tmp, or folders that do.")
            fields: list[Field] = [Line("maildir path", _("Folder"), path, note)]
        else:
            fields = self._server(self.answers.provider, tables)
        return fields + self._server(SMTP, tables)

    def _server(self, name: str, tables: dict[str, dict[str, Any]]) -> list[Field]:
        table, shown = tables.get(name, {}), _NAMES[name]
        port = str(table.get("port", "") or "")
        secure = [
            ("implicit", _("TLS from the start")),
            ("starttls", "STARTTLS"),
            ("none", _("none (only to this machine)")),
        ]
        note = _("Left empty: mail is only read.") if name == SMTP else ""
        fields: list[Field] = [
            Line(f"{name} host", _("{kind} server").format(kind=shown), str(table.get("host", "")), note),
            Pick(f"{name} tls", _("{kind} security").format(kind=shown), secure, str(table.get("tls", "implicit"))),
            Line(f"{name} port", _("{kind} port").format(kind=shown), port, _("Left empty: the usual one.")),
        ]
        if name != SMTP:
            note = _("Left empty: the address.")
            fields.append(Line(f"{name} user", _("User"), str(table.get("user", "")), note))
        return fields

    def go_on(self) -> None:
        if self._keep():
            self.setup.go(SignInStep(self.setup))

    def left(self) -> None:
        self._keep(quiet=True)

    def _keep(self, *, quiet: bool = False) -> bool:
        """Take over what was typed; False where it cannot be."""
        tables, candidate = self._settings(), self.answers.candidate
        if candidate is None:
            return False
        for one in self.fields:
            name, _blank, key = one.name.partition(" ")
            table, value = tables.setdefault(name, {}), one.value()
            if key == "port" and value:
                if not value.isascii() or not value.isdecimal() or not 0 < int(value) < 65536:
                    if not quiet:
                        self.point(one.name, _("A port is a number from 1 to 65535."))
                    return False
                table[key] = int(value)
            elif value:
                table[key] = value
            else:
                table.pop(key, None)
        if not tables.get(SMTP, {}).get("host"):
            tables.pop(SMTP, None)
        own = self.answers.provider
        needed = "path" if own == MAILDIR else "host"
        if not tables[own].get(needed) and not quiet:
            self.point(f"{own} {needed}", _("This is needed."))
            return False
        self.answers.candidate = with_settings(candidate, tables)
        return True


class SignInStep(FormStep):
    """What the account is called, and how one logs in: only what the server offers."""

    @property
    def title(self) -> str:
        return _("3/6 Log in")

    def made(self) -> list[Field]:
        answers = self.answers
        if not answers.name:
            answers.name = self.setup.services.setup.name_for(answers.address)
        methods = self._methods()
        titles = method_titles()
        fields: list[Field] = [
            Line("name", _("Call the account"), answers.name, _("A short name, for the title line and the rail."))
        ]
        if answers.provider == GMAIL:
            kinds = [("cache", _("keep mail here, as of any account")), ("none", _("keep nothing but who wrote when"))]
            note = _("Nothing kept: subjects and texts are asked of Gmail each time, and searching is done there.")
            fields.append(Pick("storage", _("What is kept"), kinds, answers.storage or "cache", note))
        if len(methods) > 1:
            ways = [(one, titles.get(one, one)) for one in methods]
            fields.append(Pick("method", _("Log in"), ways, answers.method, _("Only what the server offers is here.")))
        fields += self._secrets(methods)
        return fields

    def _secrets(self, methods: tuple[str, ...]) -> list[Field]:
        answers = self.answers
        found: list[Field] = []
        if PASSWORD in methods:
            note = _("Kept in the system's keyring, or encrypted; never in the configuration.")
            found.append(Line("password", _("Password"), answers.secret, note, secret=True))
        if COMMAND in methods:
            note = _("For example: pass show mail/work. It is run whenever the password is needed.")
            found.append(Line("command", _("Command"), answers.command, note))
        if BROWSER in methods or DEVICE in methods:
            note = _("Of the program that you registered with the provider; the README says how.")
            found += [
                Line("client", _("Client id"), answers.client or self._client(), note),
                Line("client_command", _("Client secret command"), answers.client_command,
                     _("Prints the client secret, if your client has one. Left empty: it has none.")),
            ]  # fmt: skip
            if answers.provider != GMAIL and self._gives_tokens() == "microsoft":
                note = _("Your organisation's domain or id, where it asks for that. Left empty: any.")
                found.append(Line("tenant", _("Tenant"), answers.tenant, note))
        return found

    def _client(self) -> str:
        tables = self.answers.candidate.settings if self.answers.candidate is not None else {}
        return str(tables.get("oauth", tables.get(GMAIL, {})).get("client_id", ""))

    def _gives_tokens(self) -> str:
        tables = self.answers.candidate.settings if self.answers.candidate is not None else {}
        return str(tables.get("oauth", {}).get("provider", "")) or provider_of(tables)

    def shown(self) -> list[Field]:
        method = self._method()
        wanted = {
            PASSWORD: ("password",), COMMAND: ("command",), BROWSER: ("client", "client_command", "tenant"),
            DEVICE: ("client", "client_command", "tenant"),
        }.get(method, ())  # fmt: skip
        return [one for one in self.fields if one.name in ("name", "storage", "method", *wanted)]

    def _method(self) -> str:
        pick = next((one for one in self.fields if one.name == "method"), None)
        return pick.value() if pick is not None else next(iter(self._methods()), "")

    def _methods(self) -> tuple[str, ...]:
        """How one can log in; nobody does where mail is read from files and nothing sends."""
        candidate = self.answers.candidate
        if candidate is None or (candidate.provider == MAILDIR and SMTP not in candidate.settings):
            return ()
        return candidate.methods

    def above(self, cells: int) -> list[Row]:
        candidate = self.answers.candidate
        if candidate is None:
            return []
        lines = [*self.words(safe(candidate.title, 120), cells, "person")]
        if told := described(candidate):
            lines += self.words(told, cells, "dim")
        return [*lines, []]

    def keys(self) -> list[tuple[str, str]]:
        found = super().keys()
        if self._has_servers():
            found.append((self.setup.label("setup-servers", typing=True), _("servers")))
        return found

    def changed(self) -> None:
        answers = self.answers
        answers.name, answers.storage = self.value("name"), self.value("storage")
        answers.method = self._method()
        before = (answers.client, answers.client_command, answers.tenant)
        for one in self.fields:
            if one.name == "password":
                answers.secret = one.value()
            elif one.name in ("command", "client", "client_command", "tenant"):
                setattr(answers, one.name, one.value())
        if before != (answers.client, answers.client_command, answers.tenant):
            answers.token = ""

    def take(self, key: str, character: str | None) -> None:
        if character is None and self._has_servers() and self.setup.command(key, None) == "setup-servers":
            self.changed()
            if not self.setup.back_to(ServerStep):
                self.setup.go(ServerStep(self.setup), instead=True)
            return
        super().take(key, character)

    def _has_servers(self) -> bool:
        return self.answers.provider != GMAIL

    def left(self) -> None:
        self.changed()

    def go_on(self) -> None:
        from salesinbox.tui.setup.browser import BrowserStep, CodeStep  # noqa: PLC0415 - loaded when one gets so far
        from salesinbox.tui.setup.testing import TestStep  # noqa: PLC0415 - the same

        self.changed()
        answers = self.answers
        if not answers.name or ":" in answers.name:
            self.point("name", _("An account's name is short and has no colon."))
        elif answers.method == PASSWORD and not answers.secret:
            self.point("password", _("The password is needed to look at the mailbox."))
        elif answers.method == COMMAND and not self._is_command("command", needed=True):
            pass
        elif answers.has_token and not answers.client:
            self.point("client", _("Without a client id the provider lets nobody in."))
        elif answers.has_token and not self._is_command("client_command", needed=False):
            pass
        elif answers.has_token and not answers.token:
            self.setup.go(CodeStep(self.setup) if answers.method == DEVICE else BrowserStep(self.setup))
        else:
            self.setup.go(TestStep(self.setup))

    def _is_command(self, name: str, *, needed: bool) -> bool:
        """Whether a command can be understood; else what is wrong is said."""
        text = self.value(name)
        try:
            parts = split(text)
        except ValueError:
            self.point(name, _("A quotation mark is not closed."))
            return False
        if needed and not parts:
            self.point(name, _("This is needed."))
            return False
        return True
