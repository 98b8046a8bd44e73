"""`account add` and `account remove`, as a script calls them (ACC-2)."""

import tomllib

import pytest

from salesinbox import config
from tests.cli.test_cli_signing_in import Typed

HAND = '# My own words.\n[me]\nname = "Nami"   # as on my cards\n\n[display]\ntheme = "light"\n'


def servers(box, *more):
    return [
        "--imap-host", "127.0.0.1", "--imap-port", str(box.port), "--imap-tls", "none", "--user", box.user,
        "--password-command", f"echo {box.password}", *more,
    ]  # fmt: skip


def test_ACC_2_an_account_is_tried_written_and_synced(cli, home, dovecot):
    config = home / "config.toml"
    config.touch(mode=0o600)
    config.write_text(HAND)
    dovecot.deliver(b"From: a@x.example\r\nSubject: first\r\n\r\nhi\r\n")
    done = cli("account", "add", "nami@zylker.example", "--name", "work", *servers(dovecot), "--json")
    assert done.code == 0, done.err
    assert done.json["ok"] is True
    assert (done.json["name"], done.json["provider"]) == ("work", "imap")
    assert config.read_text().startswith(HAND)
    (written,) = tomllib.loads(config.read_text())["account"]
    assert written["imap"]["password_command"] == ["echo", "secret"]
    assert cli("sync").code == 0
    (card,) = cli("list", "--json").json
    assert card["subject"] == "first"

    refused = cli("account", "remove", "work")
    assert refused.code == 2
    assert "--yes" in refused.err
    gone = cli("account", "remove", "work", "--yes")
    assert gone.code == 0
    assert "1 message" in gone.out
    assert config.read_text() == HAND
    assert cli("account", "list", "--json").json == []


def test_ACC_2_the_first_account_makes_the_configuration_readable_by_the_rep_only(cli, home, dovecot):
    done = cli("account", "add", "nami@zylker.example", "--me", "Nami", *servers(dovecot))
    assert done.code == 0, done.err
    path = home / "config.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert tomllib.loads(path.read_text())["me"] == {"name": "Nami"}
    assert tomllib.loads(path.read_text())["account"][0]["name"] == "zylker"


def test_ACC_2_what_cannot_be_reached_is_not_written(cli, home, dovecot):
    done = cli("account", "add", "a@b.example", "--imap-host", "127.0.0.1", "--imap-port", "1", "--imap-tls", "none",
               "--password-command", "echo x")  # fmt: skip
    assert done.code == 5
    assert "127.0.0.1" in done.err
    assert not (home / "config.toml").exists()
    wrong = cli("account", "add", "a@b.example", *servers(dovecot)[:-1], "echo wrong")
    assert wrong.code == 4
    assert not (home / "config.toml").exists()


def test_ACC_1_a_maildir_is_an_account(cli, home, tmp_path):
    for part in ("cur", "new", "tmp"):
        (tmp_path / "Mail" / part).mkdir(parents=True)
    (tmp_path / "Mail" / "new" / "1.a.host").write_bytes(b"From: a@x.example\r\nSubject: in a file\r\n\r\nhi\r\n")
    done = cli("account", "add", "a@b.example", "--path", str(tmp_path / "Mail"), "--name", "files")
    assert done.code == 0, done.err
    assert cli("sync").code == 0
    assert [card["subject"] for card in cli("list", "--json").json] == ["in a file"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "mail address"),
        (["nobody"], "mail address"),
        (["a@b.example", "--provider", "gmail"], "--client-id"),
        (["a@b.example", "--provider", "maildir"], "--path"),
    ],
)
def test_ACC_2_what_is_missing_is_said_where_nobody_can_be_asked(cli, home, words, says):
    done = cli("account", "add", *words)
    assert done.code == 2
    assert says in done.err
    assert not (home / "config.toml").exists()


def test_ACC_2_a_name_that_is_taken_changes_nothing(cli, home, dovecot):
    assert cli("account", "add", "a@b.example", "--name", "work", *servers(dovecot)).code == 0
    before = (home / "config.toml").read_bytes()
    done = cli("account", "add", "c@d.example", "--name", "work", *servers(dovecot))
    assert done.code == 3
    assert "work" in done.err
    assert (home / "config.toml").read_bytes() == before


def test_ACC_1_an_account_is_paused_and_goes_on(cli, home, dovecot):
    assert cli("account", "add", "a@b.example", "--name", "work", *servers(dovecot)).code == 0
    assert cli("account", "pause", "work").code == 0
    (found,) = cli("status", "--json").json
    assert found["state"] == "paused"
    assert cli("account", "resume", "work", "--json").json == [{"name": "work", "paused": False}]
    assert cli("account", "pause", "nobody").code == 1


def test_ACC_2_at_a_terminal_what_is_missing_is_asked_for(cli, home, dovecot):
    dovecot.deliver(b"From: a@x.example\r\nSubject: first\r\n\r\nhi\r\n")
    with dovecot.client() as other:
        for folder in ("Junk", "受注"):
            other.create_folder(folder)
    (home / "config.toml").touch(mode=0o600)
    (home / "config.toml").write_text(
        '[secrets]\nstore = "file"\npassphrase_command = ["printf", "a long passphrase"]\n'
    )
    with Typed("add", *servers(dovecot)[:-2], terminal=True) as typed:
        typed.says("Mail address: ")
        typed.type(f"{dovecot.user}@zylker.example\n")
        typed.says("Password of ")
        typed.type(f"{dovecot.password}\n")
        typed.says("Folders to sync")
        typed.type("inbox, 受注\n")
        code, out = typed.done()
    assert code == 0, typed.err
    assert dovecot.password not in typed.err
    assert [line.split()[1:] for line in typed.err.splitlines() if line.startswith(("INBOX", "Junk"))] == [
        ["1", "yes"], ["0", "no"],
    ]  # fmt: skip
    assert "zylker is written into" in out
    assert "an encrypted file" in out
    (account,) = config.load(home / "config.toml").accounts
    assert account.folders == ("INBOX", "受注")
    assert dovecot.password not in (home / "config.toml").read_text().partition("[[account]]")[2]
    assert cli("sync").code == 0


def test_ACC_2_folders_that_are_not_there_are_named_and_nothing_is_written(cli, home, dovecot):
    done = cli("account", "add", "a@b.example", *servers(dovecot), "--folders", "INBOX,Nowhere")
    assert done.code == 2
    assert "There is no folder Nowhere on the server. Folders there: INBOX" in done.err
    assert not (home / "config.toml").exists()
    assert cli("account", "add", "a@b.example", *servers(dovecot), "--folders", "Inbox").code == 0
    assert config.load(home / "config.toml").accounts[0].folders == ("INBOX",)


def test_ACC_2_a_name_that_is_taken_is_told_before_a_password_is_asked_for(cli, home, dovecot):
    assert cli("account", "add", "a@b.example", "--name", "work", *servers(dovecot)).code == 0
    with Typed("add", "c@d.example", "--name", "work", *servers(dovecot)[:-2], terminal=True) as typed:
        code, _out = typed.done()
    assert code == 3
    assert "Password" not in typed.err
