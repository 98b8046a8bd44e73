"""ACC-2: an account goes with everything that belongs to it; everybody else's stays."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from salesinbox import wiring
from salesinbox.model import operations as verbs
from salesinbox.model.errors import BusyError, ConfigurationError, NotFoundError
from salesinbox.services import removing
from salesinbox.services.removing import RemovingService
from salesinbox.store.homes import home
from salesinbox.sync.lock import Lock
from salesinbox.wiring import Application
from tests import mailboxes
from tests.mailboxes import mail
from tests.servers import Mailbox, until

TEXT = """\
# Mine, by hand.
[me]
name = "Rep"

{one}
# The other one, which stays.
{two}
[display]
theme = "light"
"""


def _block(name: str, mailbox: Mailbox) -> str:
    return (
        f'[[account]]\nname = "{name}"\naddress = "{mailbox.user}@zylker.example"\n  [account.imap]\n'
        f'  host = "127.0.0.1"\n  port = {mailbox.port}\n  tls = "none"\n  user = "{mailbox.user}"\n'
        f'  password = "{mailbox.password}"\n  password_in_clear = true\n'
    )


class Home:
    def __init__(self, folder: Path, one: Mailbox, two: Mailbox) -> None:
        self.config, self.data = folder / "config.toml", folder / "data"
        self.config.touch(mode=0o600)
        self.config.write_text(TEXT.format(one=_block("one", one), two=_block("two", two)))
        self.boxes = {"one": one, "two": two}
        self.application = Application(wiring.settings(self.config), self.data)

    def sync(self) -> None:
        for account in self.application.settings.accounts:
            assert not mailboxes.sync(self.boxes[account.name], self.data / "mail.db", account).error

    @property
    def removing(self) -> RemovingService:
        return self.application.removing

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables but the counters."""
        with sqlite3.connect(self.data / "mail.db") as connection:
            names = [
                row[0]
                for row in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite*'"
                    " AND name NOT GLOB 'search_*' AND name <> 'state' AND name <> 'search'"
                )
            ]
            found = {name: sorted(map(tuple, connection.execute(f"SELECT * FROM {name}"))) for name in names}
            found["thread_count"] = [row for row in found["thread_count"] if any(row[2:])]
            # Of what the rep did before, undo takes back nothing any more; what it says of it may stay.
            found["action"] = [row for row in found["action"] if not row[-1]]
            return found


@pytest.fixture
def rep(tmp_path: Path, dovecot: Mailbox, dovecot_plain: Mailbox) -> Home:
    for number in range(3):
        dovecot.deliver(mail(number, subject=f"Of the first {number}"))
    return Home(tmp_path, dovecot, dovecot_plain)


def test_ACC_2_nothing_of_a_removed_account_stays_and_nothing_of_another_goes(rep: Home) -> None:
    only_two = [one for one in rep.application.settings.accounts if one.name == "two"]
    rep.boxes["two"].deliver(mail("b", subject="Of the second"))
    assert not mailboxes.sync(rep.boxes["two"], rep.data / "mail.db", only_two[0]).error
    before = rep.everything()
    rep.sync()
    board, actions = rep.application.board, rep.application.actions
    ids = {card.subject: card.id for card in board.cards(None, "all", None, None)}
    actions.archive([ids["Of the first 0"]])
    actions.mark([ids["Of the first 1"]], verbs.FLAGGED)
    actions.snooze([ids["Of the first 2"]], mailboxes.NOW * 2, note="later")
    board.override(ids["Of the first 1"], "thread", "people")
    (home(rep.data, "one") / "kept").mkdir(parents=True)
    parts = rep.data / "parts"
    parts.mkdir()
    message = rep.application.mail.thread(ids["Of the first 1"])[0].id
    (parts / f"{message}-abc.eml").write_bytes(b"of the first")
    (parts / "m999-abc.eml").write_bytes(b"of nobody")

    removed = rep.removing.remove("one")
    assert (removed.messages, removed.troubles) == (3, ())
    after = rep.everything()
    assert {name for name in before if before[name] != after[name] and name != "account"} == set()
    assert [row[1] for row in after["account"]] == ["two"]
    assert not home(rep.data, "one").exists()
    assert [path.name for path in parts.iterdir()] == ["m999-abc.eml"]
    assert rep.application.search.find("first", 10) == []
    wanted = TEXT.format(one=_block("one", rep.boxes["one"]), two=_block("two", rep.boxes["two"]))
    left = wanted.replace("\n" + _block("one", rep.boxes["one"]), "")
    assert rep.config.read_text() == left
    rep.application.close()
    assert [one.name for one in wiring.settings(rep.config).accounts] == ["two"]


def test_ACC_2_undo_after_a_removal_takes_back_what_is_left(rep: Home) -> None:
    rep.sync()
    ids = [card.id for card in rep.application.board.cards(None, "all", None, None)]
    rep.application.actions.archive(ids[:1])
    rep.removing.remove("one")
    assert rep.application.actions.undo().text == "Nothing to undo."
    rep.application.close()


def test_ACC_2_an_account_that_is_not_there_is_named(rep: Home) -> None:
    with pytest.raises(NotFoundError, match="three"):
        rep.removing.remove("three")


def test_ACC_2_a_configuration_that_cannot_be_changed_removes_nothing(rep: Home) -> None:
    rep.sync()
    rep.config.write_text(rep.config.read_text() + "\n[nonsense\n")
    with pytest.raises(ConfigurationError):
        rep.removing.remove("one")
    assert len(rep.application.board.cards(None, "all", None, None)) == 3
    assert not rep.application.accounts.paused("one")
    rep.application.close()


def test_ACC_2_a_running_sync_process_does_not_take_the_account_up_again(rep: Home) -> None:
    command = [sys.executable, "-m", "salesinbox", "--config", str(rep.config), "--data", str(rep.data)]
    with subprocess.Popen([*command, "sync", "--watch"], stderr=subprocess.DEVNULL) as process:
        try:
            threads = rep.application.board
            until(lambda: len(threads.cards(None, "all", None, None)) == 3, "the mail is here", 40)
            removed = rep.removing.remove("one")
            assert (removed.messages, removed.troubles) == (3, ())
            # The other account is watched again by the process that began anew, and the removed one by nobody.
            rep.boxes["one"].deliver(mail("late", subject="Too late"))
            rep.boxes["two"].deliver(mail("b", subject="Of the second"))
            until(
                lambda: [card.subject for card in threads.cards(None, "all", None, None)] == ["Of the second"],
                "only the other account's mail is here",
                40,
            )
            rows = rep.application.database.connection.execute("SELECT name FROM account").fetchall()
            assert rows == [("two",)]
            states = rep.application.database.connection.execute("SELECT name FROM state").fetchall()
            assert not [name for (name,) in states if name.endswith(" one")]
        finally:
            process.terminate()
            process.wait(20)
    rep.application.close()


def test_SAFE_1_a_sync_that_does_not_let_go_stops_the_removal_and_nothing_is_removed(
    rep: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    rep.sync()
    monkeypatch.setattr(removing, "PATIENCE", 0.3)
    before = rep.config.read_bytes()
    lock = Lock.take(rep.data)
    assert lock is not None
    with pytest.raises(BusyError, match="does not let go of the account one"):
        rep.removing.remove("one")
    lock.release()
    assert rep.config.read_bytes() == before
    assert not rep.application.accounts.paused("one")
    assert rep.removing.remove("one").messages == 3
    rep.application.close()


def test_ACC_2_what_was_taken_out_of_the_configuration_by_hand_can_still_go(rep: Home) -> None:
    rep.sync()
    rep.config.write_text(TEXT.format(one="", two=_block("two", rep.boxes["two"])))
    after = Application(wiring.settings(rep.config), rep.data)
    assert after.removing.look("one").messages == 3
    text = rep.config.read_text()
    assert after.removing.remove("one").messages == 3
    assert rep.config.read_text() == text
    with pytest.raises(NotFoundError):
        after.removing.look("one")
    after.close()
    rep.application.close()


POP3 = """[[account]]
name = "fetched"
address = "rep@zylker.example"
provider = "pop3"
  [account.pop3]
  host = "127.0.0.1"
  port = 1
  tls = "none"
  password_command = ["echo", "x"]
"""


@pytest.mark.parametrize("keep", [False, True])
def test_ACC_1_mail_that_only_this_machine_has_is_told_of_and_may_be_left(tmp_path: Path, keep: bool) -> None:
    config, data = tmp_path / "config.toml", tmp_path / "data"
    config.touch(mode=0o600)
    config.write_text(POP3)
    folder = home(data, "fetched")
    for name in ("mail/new", "mail/cur", "mail/.Sent/cur", "other"):
        (folder / name).mkdir(parents=True)
    for number, name in enumerate(("mail/new", "mail/cur", "mail/.Sent/cur")):
        (folder / name / f"{number}.x").write_bytes(b"From: a@x.example\n\nhi\n")
    (folder / "taken.db").write_bytes(b"x")
    application = Application(wiring.settings(config), data)
    assert application.removing.look("fetched").only_here == 3
    removed = application.removing.remove("fetched", keep_files=keep)
    assert removed.kept_files == (str(folder / "mail") if keep else "")
    left = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    assert left == (["mail"] if keep else [])
    assert len(list((folder / "mail").rglob("*.x"))) == (3 if keep else 0)
    application.close()
