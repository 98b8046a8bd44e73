"""ACC-2: an account goes with everything that belongs to it; everybody else's stays."""

import sqlite3
from pathlib import Path

import pytest

from salesinbox import wiring
from salesinbox.model import operations as verbs
from salesinbox.model.errors import ConfigurationError, NotFoundError
from salesinbox.services.removing import RemovingService
from salesinbox.store.homes import home
from salesinbox.wiring import Application
from tests import mailboxes
from tests.mailboxes import mail
from tests.servers import Mailbox

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
    rep.application.close()
