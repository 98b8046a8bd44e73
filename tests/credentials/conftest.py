"""Accounts whose passwords come from real commands and real keyring back ends, on a machine without D-Bus."""

import traceback
from dataclasses import replace

import pytest

from salesinbox.credentials import Credentials, system_keyring
from salesinbox.locale import texts
from salesinbox.model.errors import CredentialsError, Exit
from salesinbox.model.settings import IMPLICIT, Account, Imap, Secrets

SECRET = "hunter2-æ-パス"

_BACK_END = """
import json, os, pathlib, sys, time
from keyring.backend import KeyringBackend
from keyring import errors
KEPT = pathlib.Path(__file__).with_name("kept.json")
def kept():
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}
class Keyring(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        return kept().get(service + " " + username)
    def set_password(self, service, username, password):
        KEPT.write_text(json.dumps({**kept(), service + " " + username: password}))
    def delete_password(self, service, username):
        left = kept()
        if left.pop(service + " " + username, None) is None:
            raise errors.PasswordDeleteError("not found")
        KEPT.write_text(json.dumps(left))
"""


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture(autouse=True)
def _no_bus(monkeypatch):
    """A server without a desktop: neither D-Bus nor a back end that the environment names."""
    for name in (
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
        "DISPLAY",
        "PYTHON_KEYRING_BACKEND",
        "CREDENTIALS_DIRECTORY",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def credentials(tmp_path):
    """What one run of the program has."""
    return Credentials(Secrets(), tmp_path / "data")


@pytest.fixture
def refusal(credentials):
    def refusal(account: Account) -> str:
        with pytest.raises(CredentialsError) as caught:
            credentials.secret(account)
        assert caught.value.exit == Exit.CREDENTIALS
        # Nothing of the whole chain of causes may tell it.
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        return str(caught.value)

    return refusal


@pytest.fixture
def account():
    imap = Imap("imap.zylker.example", 993, IMPLICIT, "rep@zylker.example")
    return Account("work", "rep@zylker.example", "imap", imap)


@pytest.fixture
def with_command(account, tmp_path):
    def with_command(script: str, *arguments: str) -> Account:
        program = tmp_path / "password"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        return replace(account, imap=replace(account.imap, password_command=(str(program), *arguments)))

    return with_command


@pytest.fixture
def back_end(tmp_path, monkeypatch):
    """Install a keyring back end. `bodies`: of its methods, in the place of those that keep in a file."""

    def back_end(**bodies: str) -> None:
        text = _BACK_END
        for method, body in bodies.items():
            lines = "".join(f"        {line}\n" for line in body.splitlines())
            start = text.index("\n", text.index(f"def {method}")) + 1
            text = text[:start] + lines + text[start:]
        (tmp_path / "rep_keyring.py").write_text(text)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "rep_keyring.Keyring")
        # Time to start Python, on a machine that is busy with the other tests.
        monkeypatch.setattr(system_keyring, "KEYRING_SECONDS", 30.0)

    return back_end


@pytest.fixture
def no_keyring(monkeypatch):
    """A machine whose `keyring` finds no back end."""
    monkeypatch.setattr(system_keyring, "KEYRING_SECONDS", 30.0)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def with_keyring(account, back_end):
    """The account, with a keyring back end whose `get_password` has this body."""

    def with_keyring(body: str) -> Account:
        back_end(get_password=body)
        return account

    return with_keyring
