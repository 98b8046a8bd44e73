"""ACC-4: what the rep keeps secret is looked for everywhere that others can see, and found nowhere."""

import base64
import json
import os
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from salesinbox.credentials import Credentials
from salesinbox.model.settings import OAUTH, Account, Imap, Secrets
from tests.acceptance.desk import MARK, Done, Rep, account
from tests.mailboxes import mail
from tests.oauth_server import CLIENT, CLIENT_SECRET, OAuthServer, token_dovecot
from tests.providers.test_smtp import Post, Server
from tests.servers import Dovecot, until

PASSWORD = "Xq7-pässword-of-reading"
WRONG = "Vb3-pässword-that-is-wrong"
SENDING = "Kz9-password-of-sending"
PASSPHRASE = "Jw5 phrase of thé file"


class Strict(Post):
    """Takes mail from whoever knows the password for sending."""

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=data.password == SENDING.encode(), handled=False)  # type: ignore[attr-defined]


class Onlooker:
    """What any process of the machine can read of a rep's: command lines and, for the rep's own, environments."""

    def __init__(self, rep: Rep) -> None:
        self.mark = f"{MARK}={rep.mark}".encode()
        self.seen: set[bytes] = set()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.002):
            for process in Path("/proc").iterdir():
                if process.name.isdigit() and int(process.name) != os.getpid():
                    self._take(process)

    def _take(self, process: Path) -> None:
        try:
            environment = (process / "environ").read_bytes()
            if self.mark in environment:
                self.seen |= {environment, (process / "cmdline").read_bytes()}
        except OSError:
            return


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it is, as logs and protocols write it, and in Base64 wherever it stands in what was encoded."""
    raw = secret.encode()
    yield raw
    yield from (
        text.encode()
        for text in (repr(secret)[1:-1], ascii(secret)[1:-1], json.dumps(secret)[1:-1], urllib.parse.quote(secret))
    )
    yield from (repr(raw)[2:-1].encode(), raw.hex().encode(), raw.decode("latin-1").encode())
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # Without the characters that depend on the neighbours.
            yield encode(b"\0" * before + raw)[4 if before else 0 : -4]


def found(secrets: dict[str, str], where: dict[str, bytes]) -> list[str]:
    return [
        f"{name} in {place} as {form!r}"
        for name, secret in secrets.items()
        for form in set(forms(secret))
        for place, octets in where.items()
        if form in octets
    ]


def test_the_search_finds_what_is_there() -> None:
    for octets in (
        f"login rep {PASSWORD}".encode(),
        f"{PASSWORD!r}".encode(),
        ascii(PASSWORD).encode(),
        base64.b64encode(f"\0rep\0{PASSWORD}".encode()),
        base64.b64encode(f"user=rep\1auth=Bearer {PASSWORD}\1\1".encode()),
        repr(PASSWORD.encode()).encode(),
        urllib.parse.urlencode({"password": PASSWORD}).encode(),
    ):
        assert found({"it": PASSWORD}, {"here": octets}), octets


@contextmanager
def watching(rep: Rep, said: Path, env: dict[str, str] | None = None) -> Iterator[None]:
    with said.open("ab") as file:
        process = subprocess.Popen(
            [*rep.command, "sync", "--watch"],
            env={**rep.environment, **(env or {})},
            cwd=rep.folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def oauth() -> Iterator[OAuthServer]:
    with OAuthServer(needs_secret=True, rotates=True) as server:
        yield server


@pytest.fixture
def dovecot(tmp_path_factory: pytest.TempPathFactory, oauth: OAuthServer) -> Iterator[Dovecot]:
    server = token_dovecot(tmp_path_factory.mktemp("dovecot"), oauth)
    server._users = {"rep": PASSWORD}
    with server as running:
        yield running


# The first login of a process fails in a way that nobody has foreseen, while the password is at hand.
_CRASH = """
import imapclient
real = imapclient.IMAPClient.plain_login
def failing(self, user, password):
    imapclient.IMAPClient.plain_login = real
    raise RuntimeError("provoked")
imapclient.IMAPClient.plain_login = failing
"""


@pytest.mark.timeout(240)
def test_ACC_4_secrets_are_found_nowhere(rep: Rep, dovecot: Dovecot, oauth: OAuthServer, tmp_path: Path) -> None:
    vault = tmp_path / "vault"  # what the rep keeps secret from others lies outside of what is searched
    vault.mkdir(mode=0o700)
    (vault / "salesinbox-passphrase").write_text(PASSPHRASE)
    (vault / "app").write_text(CLIENT_SECRET)
    (vault / "sitecustomize.py").write_text(_CRASH)
    rep.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    opened = {"CREDENTIALS_DIRECTORY": str(vault)}
    client = {"client_secret_command": ("cat", str(vault / "app"))}
    tokens = Account(
        "tokens", "other@zylker.example", "imap", Imap("127.0.0.1", dovecot.port, "none", "other", auth=OAUTH),
        oauth=oauth.oauth(**client),
    )  # fmt: skip
    assert tokens.oauth is not None
    refresh = oauth.refresh_token("other")
    said: dict[str, bytes] = {}

    def keep(what: str, done: Done, code: int = 0) -> Done:
        assert done.code == code, (what, done)
        said[f"output of {what} {len(said)}"] = (done.out + done.err).encode()
        return done

    with Server(Strict()) as smtp, Onlooker(rep) as onlooker:
        rep.configure(
            account(dovecot.login("rep"), password_command=None)
            + f'[account.smtp]\nhost = "127.0.0.1"\nport = {smtp.port}\ntls = "none"\nuser = "rep"\nsent = "program"\n',
            account(dovecot.login("other"), "tokens", password_command=None, auth="oauth")
            + f'[account.oauth]\nprovider = "custom"\nclient_id = "{CLIENT}"\nscopes = {json.dumps(tokens.oauth.scopes)}\n'
            f'client_secret_command = ["cat", "{vault / "app"}"]\nport = {tokens.oauth.port}\n'
            f'authorize_url = "{tokens.oauth.authorize_url}"\ntoken_url = "{tokens.oauth.token_url}"\n'
            f'revoke_url = "{tokens.oauth.revoke_url}"\n',
        )
        for user in ("rep", "other"):
            dovecot.login(user).deliver(mail(user))

        # Chosen, given, refused.
        keep("passphrase", rep.run("secrets", "passphrase", stdin=f"{PASSPHRASE}\n".encode()))
        keep("set", rep.run("secrets", "set", "work", stdin=f"{WRONG}\n".encode(), env=opened))
        keep("set", rep.run("secrets", "set", "work", "--sending", stdin=f"{SENDING}\n".encode(), env=opened))
        credentials = Credentials(Secrets(), rep.data)
        credentials.unlock(PASSPHRASE)
        credentials.keep_token(tokens, refresh)
        keep("test", rep.run("account", "test", env=opened), 6)
        keep("sync", rep.run("sync", env=opened), 6)
        keep("unlock", rep.run("secrets", "unlock", stdin=f"{PASSWORD}\n".encode()), 4)

        # At work, after a crash at the worst moment.
        with watching(rep, tmp_path / "watch.out", {"PYTHONPATH": str(vault)}):
            unlocked = lambda: rep.run("secrets", "unlock", stdin=f"{PASSPHRASE}\n".encode())  # noqa: E731 - once more each time
            until(lambda: unlocked().code == 0, "unlocked")
            until((rep.data / "log" / "errors.log").exists, "a crash is written down")
            keep("unlock", unlocked())  # it tries again at once
            watch = tmp_path / "watch.out"
            until(lambda: "refused the login of rep" in watch.read_text(), "a wrong password is told")
            keep("status", rep.run("status"))
            keep("set", rep.run("secrets", "set", "work", stdin=f"{PASSWORD}\n".encode(), env=opened))
            until(lambda: all(one["synced"] for one in rep.run("status", "--json").json), "synced", 60)
            keep("status", rep.run("status"))
            keep("send", rep.run("send", "-s", "Offer", "c1@customer.example", stdin=b"Hello\n"))
            keep("secrets status", rep.run("secrets", "status", env=opened))
            keep("doctor", rep.run("doctor", env=opened), rep.run("doctor", env=opened).code)
            keep("lock", rep.run("secrets", "lock"))
        keep("test", rep.run("account", "test", env=opened))
        keep("remove", rep.run("secrets", "remove", "work", env=opened))

    assert b"provoked" in (rep.data / "log" / "errors.log").read_bytes()
    access = [*oauth.access_tokens]
    assert access
    for words in (b"sync\0--watch", b"secrets\0set", b"secrets\0unlock", b"import keyring"):
        assert any(words in one for one in onlooker.seen), words
    secrets = {
        "the password": PASSWORD, "a wrong password": WRONG, "the password for sending": SENDING,
        "the passphrase": PASSPHRASE, "the app's secret": CLIENT_SECRET, "the first login": refresh,
        **{f"login {number}": token for number, token in enumerate(oauth.refresh_tokens)},
        **{f"access token {number}": token for number, token in enumerate(access)},
    }  # fmt: skip
    where = {
        **said,
        "the output of sync": watch.read_bytes(),
        "the process list": b"\n".join(onlooker.seen),
        **{
            str(path.relative_to(rep.home)): path.read_bytes()
            for path in rep.home.rglob("*")
            if path.is_file() and not path.is_symlink()
        },
    }
    names = {Path(place).name for place in where}
    assert {"config.toml", "mail.db", "errors.log", "secrets"} <= names
    assert found(secrets, where) == []
