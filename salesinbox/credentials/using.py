"""Which way to a secret an account uses, and what is wrong with it: for `doctor` and `secrets status`."""

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesinbox.credentials import sentences, ways
from salesinbox.credentials.ways import CLEAR, COMMAND, KEPT, TOKEN_COMMAND, TOKENS, Way
from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.credentials.keeper import Credentials


@dataclass(frozen=True, slots=True)
class Used:
    """`kind`: command, token_command, configuration, keyring, file, oauth, or none. `fix`: what to do, if not `ok`."""

    kind: str
    ok: bool
    detail: str
    fix: str = ""
    sending: bool = False


def used(credentials: "Credentials", account: Account) -> list[Used]:
    """The way to the secret that mail is read with, and that for sending where it is another one.

    No command is run, for it may prompt. The keyring is asked, which takes at most `KEYRING_SECONDS`.
    """
    found = [ways.reading(account)] if account.maildir is None else []
    try:
        sending = credentials.sending_way(account)
    except SalesInboxError as error:
        return [Used("file", False, str(error), sending=True)]
    if account.smtp is not None and sending not in found:
        found.append(sending)
    if sum(way.kind == TOKENS for way in found) > 1:  # one login serves both
        found = found[:1]
    return [_looked_at(credentials, account, way) for way in found]


def _looked_at(credentials: "Credentials", account: Account, way: Way) -> Used:
    try:
        if way.kind in (COMMAND, TOKEN_COMMAND):
            return _command(way)
        if way.kind == CLEAR:
            return Used("configuration", True, _("in clear in the configuration"), sending=way.sending)
        if way.kind == TOKENS:
            return _login(credentials, account, way)
        if way.kind == KEPT:
            return _kept(credentials, account, way)
        raise sentences.no_way(account, way)
    except SalesInboxError as error:
        return Used("oauth" if way.kind == TOKENS else "none", False, str(error), sending=way.sending)


def _command(way: Way) -> Used:
    kind = "token_command" if way.kind == TOKEN_COMMAND else "command"
    program = safe(way.command[0], 60)
    if shutil.which(os.path.expanduser(way.command[0])) is None:  # noqa: PTH111 - a bare name must stay one
        detail = _("{key}: {program} cannot be found, or is no program").format(key=way.key, program=program)
        return Used(kind, False, detail, _("Install it, or write its full path."), way.sending)
    return Used(kind, True, f"{way.key}: {program}", sending=way.sending)


def _login(credentials: "Credentials", account: Account, way: Way) -> Used:
    provider = account.oauth.provider if account.oauth is not None else ""
    if not credentials.token(account):
        fix = _("Log in with: salesinbox account login {name}").format(name=sentences.quoted(account.name))
        return Used("oauth", False, _("OAuth ({provider}): not logged in").format(provider=provider), fix, way.sending)
    place = _in_words(credentials.place(ways.token(account)))
    detail = _("OAuth ({provider}); the login is kept in {place}").format(provider=provider, place=place)
    return Used("oauth", True, detail, sending=way.sending)


def _kept(credentials: "Credentials", account: Account, way: Way) -> Used:
    assert way.entry is not None
    place = credentials.place(way.entry)
    try:
        credentials.kept(account, way)
    except SalesInboxError as error:
        return Used(place or "none", False, str(error), sending=way.sending)
    # One that the rep has put into the keyring without this program is found there, too.
    place = place or "keyring"
    return Used(place, True, _in_words(place), sending=way.sending)


def _in_words(place: str) -> str:
    return _("the encrypted file") if place == "file" else _("the keyring")
