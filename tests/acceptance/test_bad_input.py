"""What is wrong is told in one sentence, with the exit code that scripts rely on; nothing is lost, no secret told."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from salesinbox.store.database import VERSION
from tests.acceptance.desk import ME, Done, Rep, Screen, account
from tests.mailboxes import in_cache, mail
from tests.servers import Certificates, Dovecot, Mailbox, Saying, free_port

WORD = "hunter2-never-shown"
CONTACTS = "First Name,Last Name,Email,Company\n達郎,永田,nagata@minato.example,みなとみらい商事\n"


@contextmanager
def refusing(rep: Rep, code: int, *words: str) -> Iterator[None]:
    """`sync`, `account test` and `doctor` all tell the same of an account: what, where, what to do."""
    yield
    sync = rep.run("sync")
    assert sync.code == code, sync
    sentence = sync.one_sentence()
    assert all(word in sentence for word in words), sentence
    assert "work: not synced" in sync.out
    test = rep.run("account", "test", "--json")
    assert test.code == code, test
    found = test.json[0]
    assert (found["name"], found["ok"]) == ("work", False)
    assert all(word in found["detail"] for word in words), found
    doctor = rep.run("doctor", "--json")
    assert doctor.code == 1
    # Where the password comes from may be wrong by itself, and then the account is, too.
    bad = [check for check in doctor.json if not check["ok"]]
    assert {check["name"] for check in bad} <= {"account work", "password of work"}
    assert all(word in bad[-1]["detail"] for word in words), bad
    assert all(check["fix"] for check in bad)
    for done in (sync, test, doctor):
        assert "Traceback" not in done.out + done.err
        assert WORD not in done.out + done.err
    # What is here can still be read.
    assert rep.run("list", "--json").json == []


def server(host: str, port: int, user: str = "rep") -> Mailbox:
    return Mailbox(server=type("Elsewhere", (), {"host": host, "port": port})(), user=user, password=WORD)


# --- servers ---------------------------------------------------------------------------------------------------


def test_a_host_that_no_name_server_knows_ends_with_5(rep: Rep) -> None:
    with refusing(rep, 5, "imap.zylker.invalid"):
        rep.configure(account(server("imap.zylker.invalid", 993), tls="implicit"))


def test_a_port_that_refuses_ends_with_5(rep: Rep) -> None:
    port = free_port()
    with refusing(rep, 5, "127.0.0.1", str(port), "refuses connections"):
        rep.configure(account(server("127.0.0.1", port)))


def test_a_refused_login_ends_with_4(rep: Rep, dovecot: Mailbox) -> None:
    with refusing(rep, 4, dovecot.user):
        rep.configure(account(dovecot, password_command=["printf", "%s", WORD]))


def test_a_password_command_that_fails_ends_with_4(rep: Rep, dovecot: Mailbox) -> None:
    with refusing(rep, 4, "sh"):
        rep.configure(account(dovecot, password_command=["sh", "-c", f"echo {WORD}; echo locked >&2; exit 3"]))


def test_a_password_command_that_does_not_exist_ends_with_4(rep: Rep, dovecot: Mailbox) -> None:
    with refusing(rep, 4, "no-such-program"):
        rep.configure(account(dovecot, password_command=["no-such-program", WORD]))


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("expired", ("expired",)),
        ("wrong_host", ("not for localhost", "another name")),
        ("unknown", ("signed by nobody this machine trusts", "ca_file")),
    ],
)
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_ACC_6_a_certificate_that_cannot_be_trusted_ends_with_5(
    rep: Rep, certificates: Certificates, tmp_path: Path, shown: str, words: tuple[str, ...], tls: str
) -> None:
    with Dovecot(tmp_path / "dovecot", certificate=getattr(certificates, shown)) as dovecot:
        port = dovecot.tls_port if tls == "implicit" else dovecot.port
        with refusing(rep, 5, "localhost", *words):
            rep.configure(account(server("localhost", port), tls=tls, ca_file=str(certificates.ca_file)))


def test_ACC_6_starttls_that_is_not_offered_ends_without_a_login(rep: Rep) -> None:
    with Saying(capabilities=b"IMAP4rev1 AUTH=PLAIN") as saying:
        with refusing(rep, 1, "does not offer STARTTLS", "nothing was sent in clear"):
            rep.configure(account(server(saying.host, saying.port), tls="starttls"))
        assert not any(b"LOGIN" in line.upper() or b"AUTHENTICATE" in line.upper() for line in saying.heard)


def test_ACC_6_clear_text_to_another_machine_is_a_fault_of_the_configuration(rep: Rep) -> None:
    with refusing(rep, 3, "in clear to 192.0.2.1", 'tls = "implicit"'):
        rep.configure(account(server("192.0.2.1", 143), tls="none"))


def test_a_server_that_says_nonsense_is_a_sentence(rep: Rep) -> None:
    with Saying(greeting=b"HTTP/1.1 400 \x1b[31mBad\r\n") as saying:
        rep.configure(account(server(saying.host, saying.port)))
        done = rep.run("sync")
    assert done.code in (1, 5)
    done.one_sentence()
    assert "\x1b" not in done.err


def test_a_server_that_fails_loses_nothing_of_what_is_here(rep: Rep, dovecot: Mailbox) -> None:
    rep.configure(account(dovecot))
    for number in range(5):
        dovecot.deliver(mail(number))
    assert rep.run("sync").code == 0
    before, state = rep.run("list", "--json"), in_cache(rep.data / "mail.db")
    rep.configure(account(server("127.0.0.1", free_port(), dovecot.user)))
    assert rep.run("sync").code == 5
    rep.configure(account(dovecot, password_command=["printf", "%s", WORD]))
    assert rep.run("sync").code == 4
    assert rep.run("list", "--json").out == before.out
    assert in_cache(rep.data / "mail.db") == state
    rep.configure(account(dovecot))
    assert rep.run("sync", "--json").json["accounts"][0]["folders"][0]["new"] == 0


# --- the configuration -----------------------------------------------------------------------------------------

NO_ACCOUNT = '[[account]]\nname = "work"\naddress = "a@zylker.example"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ME.replace("zone", "zome"), ('"zome"', '"zone"', "line 3")),
        (ME + "\n[[acount]]\n", ('"acount"', '"account"', "line 6")),
        (ME + NO_ACCOUNT + '[account.imap]\nhots = "h"\n', ('"hots"', '"host"')),
        (ME + "[broken\n", ("line 5",)),
        (ME.replace("Asia/Tokyo", "Asia/Tokio"), ('"Asia/Tokio"', '"Asia/Tokyo"', "line 3")),
        (ME + NO_ACCOUNT + 'provider = "imapp"\n', ("imapp", "imap")),
        (ME + NO_ACCOUNT + f'[account.imap]\nhost = "h"\nuser = "u"\npassword = "{WORD}"\n', ("password_command",)),
    ],
    ids=["key", "table", "inner key", "syntax", "zone", "provider", "password in clear"],
)
def test_a_configuration_that_cannot_be_used_ends_with_3(rep: Rep, text: str, words: tuple[str, ...]) -> None:
    rep.write(text)
    for command in (["sync"], ["list", "--json"], ["account", "test"]):
        done = rep.run(*command)
        assert (done.code, done.out) == (3, "")
        sentence = done.one_sentence()
        assert str(rep.config) in sentence
        assert all(word in sentence for word in words), sentence
        assert WORD not in sentence
    assert rep.config.read_text() == text
    assert not rep.data.exists()


@pytest.mark.parametrize(
    "command", [["records", "import", "contacts.csv", "--kind", "contacts"], ["doctor"], ["status"]]
)
def test_every_command_tells_of_a_bad_configuration(rep: Rep, command: list[str]) -> None:
    rep.write("[me\n")
    done = rep.run(*command)
    assert done.code == 3
    assert "line 1" in done.one_sentence()


# --- records ---------------------------------------------------------------------------------------------------


def imported(rep: Rep, content: str | bytes, kind: str = "contacts", *more: str) -> Done:
    return rep.run("records", "import", str(rep.file("records.csv", content)), "--kind", kind, *more)


def test_REC_7_broken_rows_are_told_by_line_and_the_others_are_in(rep: Rep) -> None:
    rep.configure()
    rows = [
        "First Name,Last Name,Email",
        "Ann,Good,ann@good.example",
        "Bad,Address,not an address",
        'Two,"Lines\nhere",two@good.example',
        "Ben,Best,ben@good.example,too,many,cells",
        ",,",
        "Cut,Off,also not",
    ]
    done = imported(rep, "\n".join(rows) + "\n", "contacts", "--json")
    assert done.code == 6
    assert done.json["created"] == 2
    assert [error["line"] for error in done.json["errors"]] == [3, 6, 8]
    assert all(error["error"] for error in done.json["errors"])
    listed = rep.run("records", "list", "--kind", "contacts", "--json").json
    assert {"ann@good.example", "two@good.example"} == {one["addresses"][0] for one in listed}
    again = imported(rep, "\n".join(rows) + "\n")
    assert again.code == 6
    assert "line 3: " in again.err
    assert "line 8: " in again.err
    assert "2 unchanged" in again.out


def test_REC_7_a_dry_run_tells_the_same_and_changes_nothing(rep: Rep) -> None:
    rep.configure()
    content = CONTACTS + "x,y,broken,z\n"
    dry = imported(rep, content, "contacts", "--dry-run", "--json")
    assert rep.run("records", "list", "--kind", "contacts", "--json").json == []
    real = imported(rep, content, "contacts", "--json")
    assert (dry.code, dry.json) == (real.code, real.json)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\x00\x01\x02\xff\xfe" * 100, "does not name the columns of contacts"),
        (b"What,Ever\n1,2\n", "It has: What, Ever"),
        (b"PK\x03\x04" + bytes(range(256)) * 20, "Save it as CSV"),
    ],
    ids=["empty", "binary", "no heading known", "a workbook"],
)
def test_REC_7_a_file_that_is_no_table_of_records_is_a_sentence(rep: Rep, content: bytes, words: str) -> None:
    rep.configure()
    done = imported(rep, content)
    assert (done.code, done.out) == (1, "")
    sentence = done.one_sentence()
    assert str(rep.home / "records.csv") in sentence
    assert words in sentence
    assert rep.run("records", "list", "--kind", "contacts", "--json").json == []


def test_REC_7_a_file_that_cannot_be_read_is_a_sentence(rep: Rep) -> None:
    rep.configure()
    for path in (rep.home / "none.csv", rep.home, Path("/proc/self/mem")):
        done = rep.run("records", "import", str(path), "--kind", "contacts")
        assert (done.code, done.out) == (1, "")
        assert str(path) in done.one_sentence()


# --- the database ----------------------------------------------------------------------------------------------


def garbage(rep: Rep) -> bytes:
    content = b"this is no database, but it may be all that is left of one " * 100
    rep.data.mkdir(parents=True)
    (rep.data / "mail.db").write_bytes(content)
    return content


def newer(rep: Rep) -> bytes:
    rep.configure()
    assert rep.run("list").code == 0
    with sqlite3.connect(rep.data / "mail.db") as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    return (rep.data / "mail.db").read_bytes()


COMMANDS = (
    ["sync"],
    ["list", "--json"],
    ["search", "x"],
    ["show", "t1"],
    ["status"],
    ["records", "list", "--kind", "leads"],
    ["records", "import", "{csv}", "--kind", "contacts"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0] + "-" + command[-1])
def test_SAFE_1_a_file_that_is_no_database_is_left_alone(rep: Rep, dovecot: Mailbox, command: list[str]) -> None:
    content = garbage(rep)
    rep.configure(account(dovecot))
    csv = rep.file("contacts.csv", CONTACTS)
    done = rep.run(*(word.format(csv=csv) for word in command))
    assert (done.code, done.out) == (1, "")
    sentence = done.one_sentence()
    assert str(rep.data / "mail.db") in sentence
    assert "Move the file away" in sentence
    assert (rep.data / "mail.db").read_bytes() == content


def test_SAFE_1_a_database_of_a_later_version_is_left_alone(rep: Rep, dovecot: Mailbox) -> None:
    content = newer(rep)
    rep.configure(account(dovecot))
    csv = rep.file("contacts.csv", CONTACTS)
    for command in COMMANDS:
        done = rep.run(*(word.format(csv=csv) for word in command))
        assert (done.code, done.out) == (1, "")
        assert "later SalesInbox" in done.one_sentence()
    assert (rep.data / "mail.db").read_bytes() == content


@pytest.mark.parametrize("make", [garbage, newer])
def test_doctor_tells_of_the_database_and_still_looks_at_the_rest(rep: Rep, dovecot: Mailbox, make) -> None:
    content = make(rep)
    rep.configure(account(dovecot))
    done = rep.run("doctor", "--json")
    assert done.code == 1
    checks = {check["name"]: check for check in done.json}
    assert not checks["database"]["ok"]
    assert str(rep.data / "mail.db") in checks["database"]["detail"]
    assert checks["database"]["fix"]
    assert checks["account work"]["ok"]
    assert (rep.data / "mail.db").read_bytes() == content


def test_a_data_folder_that_cannot_be_made_is_a_sentence(rep: Rep, dovecot: Mailbox) -> None:
    rep.configure(account(dovecot))
    blocked = rep.file("a-file", "in the way") / "data"
    for command in (["list"], ["sync"], ["status"]):
        done = rep.run(*command, data=blocked)
        assert (done.code, done.out) == (1, "")
        sentence = done.one_sentence()
        assert str(blocked) in sentence
        assert "--data" in sentence
    assert rep.run("doctor", data=blocked).code == 1


# --- names that are not there ------------------------------------------------------------------------------------


def test_names_and_ids_that_do_not_exist_are_told_with_those_that_do(rep: Rep, dovecot: Mailbox) -> None:
    rep.configure(account(dovecot))
    dovecot.deliver(mail(1))
    assert rep.run("sync").code == 0
    for words, code, told in (
        (["list", "--column", "deal"], 2, "deals"),
        (["list", "--view", "unred"], 2, "unread"),
        (["list", "--folder", "Nowhere"], 1, "INBOX"),
        (["sync", "--account", "wrok"], 1, "work"),
        (["account", "test", "wrok"], 1, "work"),
        (["show", "t99"], 1, "t99"),
        (["show", "\x1b[2Jt1"], 1, "t1"),
        (["why", "m1"], 1, "m1"),
        (["records", "show", "p7"], 1, "p7"),
        (["search", "before:never", "--json"], 2, "never"),
    ):
        done = rep.run(*words)
        assert (done.code, done.out) == (code, ""), words
        assert told in done.one_sentence()
        assert "\x1b" not in done.err


# --- the board ---------------------------------------------------------------------------------------------------


def on_the_normal_screen(screen: Screen) -> str:
    """The sentence that the board left where the rep looks after it has gone."""
    lines = [line for line in screen.after.split("\n") if line.strip()]
    assert "".join(lines).startswith("salesinbox: "), screen.after
    assert "Traceback" not in screen.sent
    return "".join(lines)


def test_the_board_tells_of_a_bad_configuration_on_the_normal_screen(rep: Rep) -> None:
    rep.write(ME.replace("zone", "zome"))
    with rep.board(120, 40) as screen:
        assert screen.ended() == 3
        assert '"zome"' in on_the_normal_screen(screen)


def test_the_board_tells_of_unusable_keys_and_themes_on_the_normal_screen(rep: Rep, dovecot: Mailbox) -> None:
    for text in ('[display.keys]\nopne = "x"\n', '[display.keys]\nopen = "j"\nback = "j"\n'):
        rep.configure(account(dovecot), text)
        with rep.board(120, 40) as screen:
            assert screen.ended() == 3
            on_the_normal_screen(screen)


@pytest.mark.parametrize("make", [garbage, newer])
def test_SAFE_1_the_board_leaves_a_database_alone_that_it_cannot_use(rep: Rep, dovecot: Mailbox, make) -> None:
    content = make(rep)
    rep.configure(account(dovecot))
    with rep.board(120, 40) as screen:
        assert screen.ended() == 1
        assert str(rep.data / "mail.db") in on_the_normal_screen(screen)
    assert (rep.data / "mail.db").read_bytes() == content
    assert rep.processes() == []


def test_the_board_tells_of_a_data_folder_that_cannot_be_made(rep: Rep, dovecot: Mailbox) -> None:
    rep.configure(account(dovecot))
    blocked = rep.file("a-file", "in the way") / "data"
    with rep.board(120, 40, "--data", str(blocked)) as screen:
        assert screen.ended() == 1
        assert str(blocked) in on_the_normal_screen(screen)


def test_ACC_7_the_board_says_what_keeps_an_account_from_syncing(rep: Rep) -> None:
    port = free_port()
    rep.configure(account(server("127.0.0.1", port)))
    with rep.board(160, 45) as screen:
        screen.wait("refuses connections")
        screen.type("Q")
        assert screen.ended() == 0


def test_UI_7_a_full_device_is_no_trace(rep: Rep) -> None:
    rep.configure()
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*rep.command, "records", "export", "--kind", "contacts"],
            env=rep.environment,
            cwd=rep.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
