"""The worst mail, folder names and records, from a real server to the terminal (READ-3, UI-3)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from salesinbox.cli.main import main
from tests.acceptance.desk import FORBIDDEN, SIZES, Done, Rep, Screen, account, foreign, overflowing
from tests.hostile import worst_messages
from tests.mailboxes import in_cache, sound
from tests.servers import Dovecot, Mailbox

PLANTED = (
    "\x1b]52;c;cGxhbnRlZA==\x07\x1b]8;;http://planted.example/\x1b\\here\x1b]8;;\x1b\\\x1b]0;planted\x07\x1b[2J\x1b[5;5H"
    "\x1b[?1049l\x1bc\x1b[6n\x9b2J\x9d0;planted\x9c\x90planted\x9c\x85\u202egnp.exe\u202c\u2066x\u2069\u200bz\u2028l\x00\x08\x7f"
)
"""What would fill the clipboard, make a link, name the window, clear and leave the screen, reset and ask the terminal."""
FOLDERS = ("Esc\x1b[2Jape", "C1\x9b31m\x9d0;planted\x9c", "Right\u202etfel", "Tab\tand\u2028line", "[red]Markup")
CONTACTS = (
    "First Name,Last Name,Email,Company,Title,Phone\n"
    f'"{PLANTED}","[bold red]Markup[/] [/]",worst@hostile.example,"=cmd|\' /C calc\'!A0","@SUM(1+1)*cmd",+81 3 5550 0123\n'
)
DEALS = (
    "Deal Name,Company,Contact Email,Stage,Amount,Currency,Closing Date\n"
    f'"{PLANTED}","=cmd|\' /C calc\'!A0",worst@hostile.example,"-2+3 {PLANTED}",1000,JPY,2027-12-20\n'
)


def planted() -> bytes:
    """A message that carries everything planted in every place that is shown."""
    place = PLANTED.encode()
    return (
        b"From: " + place + b" <planted@hostile.example>\r\nTo: " + place + b" <rep@zylker.example>\r\n"
        b"Subject: planted " + place + b"\r\nDate: Thu, 02 Jan 2025 10:00:00 +0000\r\nMessage-ID: <planted@hostile.example>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nplanted " + place + b"\r\n> quoted " + place + b"\r\n--B\r\n"
        b'Content-Type: text/plain; name="' + place + b'"\r\n'
        b'Content-Disposition: attachment; filename="' + place + b'"\r\n\r\nx\r\n--B--\r\n'
    )  # fmt: skip


@dataclass(frozen=True)
class Flooded:
    rep: Rep
    mailbox: Mailbox
    number: int


@pytest.fixture(scope="module")
def flooded(dovecot_server: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    """A rep whose mailbox has all of it, after one sync that must say that all went well."""
    home = tmp_path_factory.mktemp("flooded")
    rep = Rep(home, home)
    mailbox = dovecot_server.login("flooded")
    messages = [*worst_messages().values(), planted()]
    for raw in messages:
        mailbox.deliver(raw)
    for name in FOLDERS:
        mailbox.deliver(planted().replace(b"<planted@", b"<in-a-folder@"), folder=name)
    rep.configure(account(mailbox))
    done = rep.run("sync", "--json")
    assert done.code == 0, done.err
    report = done.json["accounts"][0]["folders"]
    assert all(folder["ok"] and folder["server"] == folder["local"] for folder in report)
    assert report[0]["local"] == len(messages)
    yield Flooded(rep, mailbox, len(messages))
    rep.clear()


def harmless(value: object, *, lines: bool = False) -> None:
    """No text in a JSON document has a character that could drive a terminal; only a mail's text has lines."""
    if isinstance(value, str):
        assert not FORBIDDEN.search(value), ascii(value[:200])
        assert not re.search("[\x1b\x07\t\r]" if lines else "[\x1b\x07\t\r\n]", value), ascii(value[:200])
    elif isinstance(value, list):
        for inner in value:
            harmless(inner, lines=lines)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "folder":  # given as it is, for scripts give it back; how it is written is looked at below
                harmless(inner, lines=key == "text")


def in_here(rep: Rep, capsys: pytest.CaptureFixture[str], *words: str) -> Done:
    """The same command in this process: fifty of them are quick then."""
    capsys.readouterr()
    code = main(["--config", str(rep.config), "--data", str(rep.data), *words])
    done = Done(code, *capsys.readouterr())
    assert (done.code, done.err) == (0, ""), done.err
    return done


def test_SAFE_1_the_worst_messages_are_all_here(flooded: Flooded) -> None:
    path = flooded.rep.data / "mail.db"
    sound(path)
    cache = {folder: 0 for folder, *_rest in in_cache(path)}
    for (folder, *_rest), number in in_cache(path).items():
        cache[folder] += number
    assert cache["INBOX"] == flooded.number
    assert flooded.rep.run("sync", "--json").json["accounts"][0]["folders"][0]["new"] == 0
    with flooded.mailbox.client() as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search()) == flooded.number


def test_READ_3_what_scripts_get_of_the_worst_messages_is_harmless(
    flooded: Flooded, capsys: pytest.CaptureFixture[str]
) -> None:
    rep = flooded.rep
    listed = rep.run("list", "--json")
    assert listed.code == 0
    harmless(listed.json)
    assert sum(card["messages"] for card in listed.json) >= flooded.number
    for card in listed.json:
        done = in_here(rep, capsys, "show", card["id"], "--json")
        harmless(done.json)
        assert len(done.json["messages"]) == card["messages"]
        assert all(message["text"] is not None for message in done.json["messages"])
    poisoned = [card for card in listed.json if "planted" in card["subject"] or "\ufffd" in card["subject"]]
    assert len(poisoned) >= 2
    for card in poisoned:
        assert rep.run("show", card["id"], "--json").json == in_here(rep, capsys, "show", card["id"], "--json").json
    for words in (["hostile.example"], ["planted"], ["from:worst"], ['subject:"[red]done"'], ["filename:exe"]):
        done = rep.run("search", *words, "--json")
        assert done.code == 0
        assert done.json or words == ["filename:exe"], words
        harmless(done.json)


def test_READ_3_what_people_get_of_the_worst_messages_is_harmless(flooded: Flooded) -> None:
    rep = flooded.rep
    ids = [card["id"] for card in rep.run("search", "planted", "--json").json]
    for words in (
        ["list"],
        ["search", "planted"],
        ["status"],
        ["sync"],
        ["show", ids[0], "--headers"],
        ["why", ids[0]],
    ):
        done = rep.run(*words)
        assert done.code == 0
        text = done.out + done.err
        assert not FORBIDDEN.search(text), words
        assert not re.search("[\x1b\x07\r\t]", text), words


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_READ_3_UI_3_the_board_shows_every_one_of_the_worst_messages(flooded: Flooded, size: tuple[int, int]) -> None:
    cards = flooded.rep.run("list", "--view", "inbox", "--json").json
    with flooded.rep.board(*size) as screen:
        screen.wait("(no subject)")
        screen.settle(0.1)
        if size == SIZES[-1]:
            one_by_one(screen, len(cards))
        else:
            screen.press("\r")
            screen.wait("Back")
            for _next in cards[1:]:
                screen.type("J")
                screen.settle()  # one empty message after another looks the same
            screen.until(
                lambda: any(line.lstrip().startswith("資料ダウンロード") for line in screen.lines), "the oldest"
            )
            screen.press("q")
            screen.press("g")
            for _next in cards[1:]:
                screen.press("j")
        # The last card is the oldest one.
        screen.until(lambda: any("資料ダウンロード" in line and "▌" in line for line in screen.lines), "the last card")
        screen.press("w")
        screen.press("q")
        screen.type("Q")
        assert screen.ended() == 0
    assert foreign(screen.sent) == []
    assert overflowing(screen.sent, size[0]) == []


def one_by_one(screen: Screen, number: int) -> None:
    """Every card opened, and gone back to."""
    for card in range(number):
        screen.press("\r")
        screen.wait("Back")
        straight(screen)
        screen.press("q")
        straight(screen)
        if card < number - 1:
            screen.press("j")


def straight(screen: Screen) -> None:
    """The rules between the columns stand below each other; a row that is a cell too long would bend them."""
    if screen.columns < 140:
        return
    rows = _cells(screen)[2:-1]
    rules = [{place for place, cell in enumerate(row) if cell in "│┃"} for row in rows]
    edge = min(rules[0])
    assert all(edge in found for found in rules), screen.text


def _cells(screen: Screen) -> list[list[str]]:
    """The screen cell by cell: the second half of a wide character is an empty cell."""
    buffer = screen._screen.buffer
    return [[buffer[row][place].data for place in range(screen.columns)] for row in range(screen.rows)]


def test_READ_3_records_cannot_drive_the_terminal_or_a_spreadsheet(flooded: Flooded, tmp_path: Path) -> None:
    rep = flooded.rep
    rep.file("contacts.csv", CONTACTS)
    rep.file("deals.csv", DEALS)
    for kind in ("contacts", "deals"):
        done = rep.run("records", "import", str(rep.home / f"{kind}.csv"), "--kind", kind, "--json")
        assert (done.code, done.json["created"]) == (0, 1), done
        harmless(rep.run("records", "list", "--kind", kind, "--json").json)
        exported = rep.run("records", "export", "--kind", kind)
        assert not re.search(r'(?:^|,)"?[=@\t]', exported.out, re.MULTILINE), exported.out
        again = rep.file("again.csv", exported.out)
        assert rep.run("records", "import", str(again), "--kind", kind, "--json").json["skipped"] == 1
    for size in SIZES:
        with rep.board(*size) as screen:
            screen.wait("¥1,000")
            screen.settle(0.1)
            if size[0] < 120:
                screen.press("p")
            screen.wait("=cmd|")
            straight(screen)
            screen.press("w")
            screen.press("q")
            screen.type("Q")
            assert screen.ended() == 0
        assert foreign(screen.sent) == []
        assert overflowing(screen.sent, size[0]) == []


def test_READ_3_folder_names_cannot_drive_the_terminal(flooded: Flooded) -> None:
    rep = flooded.rep
    done = rep.run("sync", "--json")
    assert {folder["name"] for folder in done.json["accounts"][0]["folders"]} == {"INBOX", *FOLDERS}
    # Scripts get the names as they are, for they give them back; in the JSON text they are written as escapes.
    for text in (done.out, rep.run("status", "--json").out):
        assert not FORBIDDEN.search(text), ascii(FORBIDDEN.findall(text))
    for name in FOLDERS:
        assert len(rep.run("list", "--folder", name, "--json").json) == 1
    with rep.board(160, 45) as screen:
        screen.wait("[red]Markup")
        for key in (
            "v",
            "j",
            "G",
            "\r",
            "x",
            "m",
            "\x1b",
            "C",
            "\x1b",
            "+",
            "\x1b",
            "s",
            "\x1b",
            "\x1b",
            "e",
            "u",
            "d",
            "u",
            "F",
        ):
            screen.press(key)
        screen.type("Q")
        assert screen.ended() == 0
    assert foreign(screen.sent) == []
    assert overflowing(screen.sent, 160) == []


def test_READ_3_ACT_1_moving_to_such_a_folder_says_so_harmlessly(flooded: Flooded) -> None:
    rep = flooded.rep
    with rep.board(120, 40) as screen:
        screen.wait("▌")
        for name in FOLDERS[:3]:
            screen.press("m")
            screen.wait("┌─ Move to")
            for letter in [letter for letter in name if letter.isalnum()][:3]:
                screen.press(letter)
            screen.press("\r")
            screen.settle()
            screen.press("\x1b")
            screen.press("u")
        screen.type("Q")
        assert screen.ended() == 0
    assert foreign(screen.sent) == []
    assert overflowing(screen.sent, 120) == []


def test_READ_3_json_stays_utf_8_whatever_the_locale(flooded: Flooded) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = flooded.rep.run("list", "--json", env=plain)
    assert done.code == 0
    assert "資料ダウンロード" in json.dumps(done.json, ensure_ascii=False)
