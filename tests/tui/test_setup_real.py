"""Setting up an account by keys against a real server: read, counted, sent by, written, and then used (ACC-2)."""

import tomllib

import pytest
from textual import events

from salesinbox import config
from salesinbox.credentials import Credentials
from salesinbox.model.settings import Me, Settings
from salesinbox.services.live import LiveService
from salesinbox.services.setup import SetupService
from salesinbox.tui.welcome import SET_UP, Welcome
from salesinbox.wiring import Application
from tests import mailboxes
from tests.sync.outpost import Outpost

from .stage import NARROW, THEMES, WIDE, play

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch):
    """As on a server without a desktop: passwords go to the encrypted file."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture(autouse=True)
def _sync_ends(tmp_path):
    """What was set up is synced at once, by a process that would go on for a while."""
    yield
    LiveService(tmp_path / "data", None).end_process()


class _Nowhere:
    """Nobody knows the domain: the servers are typed."""

    def find(self, _address, *, central=False, stopped=bool):
        return []


class FirstStart:
    """What a first start has: no configuration, and services over an empty data folder."""

    def __init__(self, folder):
        self.path = folder / "config" / "config.toml"
        self.data = folder / "data"
        self.services = Application(Settings(self.path, Me(), ()), self.data)
        self.services.__dict__["setup"] = SetupService(self.path, lambda: self.services.credentials, finder=_Nowhere)

    def welcome(self):
        return Welcome(path=self.path, example="", themes=[THEMES], setting_up=self.services)


async def write(stage, text):
    stage.app.screen.post_message(events.Paste(text))
    await stage.pilot.pause()


def shows(stage, words):
    return lambda: words in " ".join(stage.text().split())


async def to_servers(stage, mailbox, post, *, way=0):
    """Name, address, and the servers by hand."""
    await stage.press("c")
    await write(stage, "橋本 奈美")
    await stage.press("enter")
    await write(stage, f"{mailbox.user}@zylker.example")
    await stage.press("enter")
    await stage.until(shows(stage, "No server was found"))
    await stage.press(*["down"] * way, "enter")
    await write(stage, "127.0.0.1")
    await stage.press("tab", "left", "tab")
    await write(stage, str(mailbox.port))
    await stage.press("tab", "ctrl+u")
    await write(stage, mailbox.user)
    await stage.press("tab")
    if post is not None:
        await write(stage, "127.0.0.1")
        await stage.press("tab", "left", "tab")
        await write(stage, str(post))
    await stage.press("enter")
    await stage.until(shows(stage, "3/6 Log in"))


async def choose_passphrase(stage):
    await stage.until(shows(stage, "encrypted with a passphrase of yours"))
    await write(stage, PASSPHRASE)
    await stage.press("enter")
    await write(stage, PASSPHRASE)
    await stage.press("enter")


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_ACC_2_a_first_account_is_tried_chosen_written_and_then_works(dovecot, tmp_path, size):
    for number in range(3):
        dovecot.deliver(mailboxes.mail(number))
    with dovecot.client() as other:
        for folder in ("Archive", "受注", "Junk"):
            other.create_folder(folder)
    start = FirstStart(tmp_path)
    app = start.welcome()

    async def scene(stage):
        await to_servers(stage, dovecot, post.port)
        await write(stage, "wrong")
        await stage.press("enter")
        await stage.until(shows(stage, "It does not work yet"), 60)
        assert "Look at the user and the password" in " ".join(stage.text().split())
        assert not start.path.exists()
        await stage.press("escape", "ctrl+u")
        await write(stage, dovecot.password)
        await stage.press("enter")
        await stage.until(shows(stage, "Which folders shall be synced"), 60)
        text = " ".join(stage.text().split())
        assert "Mail can be sent by 127.0.0.1" in text
        assert "[x] 3 INBOX" in text
        assert "受注" in text
        rows = [line.split("]")[1].split()[1] for line in stage.lines() if "] " in line]
        await stage.press(*["down"] * rows.index("Archive"), "space", "enter")
        assert not start.path.exists()
        await stage.press("enter")
        await choose_passphrase(stage)
        await stage.until(lambda: app.return_value == SET_UP, 60)

    with Outpost() as post:
        play(app, size, scene)
        assert app.return_value == SET_UP
        found = config.load(start.path)
        assert start.path.stat().st_mode & 0o777 == 0o600
        assert dovecot.password not in start.path.read_text("utf-8")
        [account] = found.accounts
        assert (found.me.name, account.address) == ("橋本 奈美", f"{dovecot.user}@zylker.example")
        assert "受注" in account.folders
        assert not {"Archive", "Junk"} & set(account.folders)
        again = Application(found, start.data)
        again.credentials.unlock(PASSPHRASE)
        [tried] = again.accounts.test()
        assert tried.ok, tried.detail
        again.close()


def test_ACC_2_what_only_reads_is_told_and_may_be_taken(dovecot, tmp_path):
    from tests.servers import free_port

    start = FirstStart(tmp_path)
    app = start.welcome()

    async def scene(stage):
        await to_servers(stage, dovecot, free_port())
        await write(stage, dovecot.password)
        await stage.press("enter")
        await stage.until(shows(stage, "Mail can be read, but not sent"), 60)
        await stage.press("w")
        await stage.until(shows(stage, "Which folders shall be synced"), 60)
        await stage.press("enter", "enter")
        await choose_passphrase(stage)
        await stage.until(lambda: app.return_value == SET_UP, 60)

    play(app, NARROW, scene)
    assert not config.load(start.path).accounts[0].sends


def test_ACC_2_a_maildir_needs_no_password(dovecot, tmp_path):
    dovecot.deliver(mailboxes.mail(1))
    start = FirstStart(tmp_path)
    app = start.welcome()

    async def scene(stage):
        await stage.press("c")
        await write(stage, "Nami")
        await stage.press("enter")
        await write(stage, "nami@zylker.example")
        await stage.press("enter")
        await stage.until(shows(stage, "No server was found"))
        await stage.press("down", "down", "enter", "up", "up", "up", "ctrl+u")
        await write(stage, str(dovecot.maildir()))
        await stage.press("down", "down", "down", "enter")
        await stage.until(shows(stage, "3/6 Log in"))
        assert "Password" not in stage.text()
        await stage.press("enter")
        await stage.until(shows(stage, "[x] 1 INBOX"), 60)
        await stage.press("enter", "enter")
        await stage.until(lambda: app.return_value == SET_UP, 60)

    play(app, NARROW, scene)
    assert app.return_value == SET_UP
    assert tomllib.loads(start.path.read_text("utf-8"))["account"][0]["provider"] == "maildir"


def test_ACC_2_what_a_person_wrote_stays_when_an_account_is_added(dovecot, tmp_path):
    start = FirstStart(tmp_path)
    start.path.parent.mkdir(mode=0o700)
    written = '# mine\n[me]\nname = "橋本 奈美"   # me\n\n[display]\ntheme = "light"\n'
    start.path.touch(mode=0o600)
    start.path.write_text(written, encoding="utf-8")
    app = start.welcome()

    async def scene(stage):
        await to_servers(stage, dovecot, None)
        await write(stage, dovecot.password)
        await stage.press("enter")
        await stage.until(shows(stage, "Which folders shall be synced"), 60)
        await stage.press("enter", "enter")
        await choose_passphrase(stage)
        await stage.until(lambda: app.return_value == SET_UP, 60)

    play(app, NARROW, scene)
    text = start.path.read_text("utf-8")
    assert all(line in text for line in written.splitlines())
    assert len(config.load(start.path).accounts) == 1


def test_ACC_4_the_passphrase_that_was_chosen_opens_the_file_later(dovecot, tmp_path):
    start = FirstStart(tmp_path)
    app = start.welcome()

    async def scene(stage):
        await to_servers(stage, dovecot, None)
        await write(stage, dovecot.password)
        await stage.press("enter")
        await stage.until(shows(stage, "Which folders shall be synced"), 60)
        await stage.press("enter", "enter")
        await choose_passphrase(stage)
        await stage.until(lambda: app.return_value == SET_UP, 60)

    play(app, NARROW, scene)
    found = config.load(start.path)
    credentials = Credentials(found.secrets, start.data)
    assert credentials.locked()
    credentials.unlock(PASSPHRASE)
    assert credentials.secret(found.accounts[0]) == dovecot.password
    kept = [file.read_bytes().replace(b"secrets", b"") for file in start.data.rglob("*") if file.is_file()]
    assert all(dovecot.password.encode() not in content for content in kept)
