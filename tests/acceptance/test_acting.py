"""A rep clears mail by keys, on a real server, while another client looks on (ACT-2)."""

from pathlib import Path

from tests.acceptance.desk import Rep, account
from tests.mailboxes import mail, on_server
from tests.servers import Dovecot, Mailbox, until


def _where(server: Mailbox, number: int) -> list[str]:
    with server.client() as client:
        return [
            folder for folder, message, _flags, _words in on_server(client) if message == f"<{number}@test.example>"
        ]


def _flags(server: Mailbox, number: int) -> list[int]:
    with server.client() as client:
        return [flags for _f, message, flags, _w in on_server(client) if message == f"<{number}@test.example>"]


def _fill(server: Mailbox, count: int) -> None:
    with server.client() as client:
        for name in ("Archive", "Trash"):
            if not client.folder_exists(name):
                client.create_folder(name)
        for number in range(1, count + 1):
            client.append("INBOX", mail(number))


def test_ACT_2_keys_reach_the_server_and_another_clients_change_reaches_the_board(rep: Rep, dovecot: Mailbox) -> None:
    _fill(dovecot, 5)
    rep.configure(account(dovecot))
    with rep.board(120, 40) as screen:
        screen.wait("Subject 5", "✓")
        screen.press("e")
        screen.wait("Archived: Subject 5")
        until(lambda: _where(dovecot, 5) == ["Archive"], "the archived message")
        screen.press("F")
        until(lambda: _flags(dovecot, 4) == [4], "the flag")
        screen.press("\r")
        until(lambda: _flags(dovecot, 4) == [5], "the read mark")
        screen.press("q")
        screen.press("u")
        screen.wait("Undone – Flagged: Subject 4")
        until(lambda: _flags(dovecot, 4) == [1], "the flag taken back")
        screen.press("u")
        screen.wait("Undone – Archived: Subject 5")
        until(lambda: _where(dovecot, 5) == ["INBOX"], "the message back in the inbox")
        with dovecot.client() as client:
            client.select_folder("INBOX")
            client.move(client.search(["SUBJECT", "Subject 1"]), "Archive")
        screen.until(lambda: "Subject 1" not in screen.text, "another client's move")
        screen.type("Q")
        assert screen.ended() == 0


def test_ACT_2_off_line_for_a_while_then_everything_arrives_once_and_in_order(rep: Rep, tmp_path: Path) -> None:
    with Dovecot(tmp_path / "server") as running:
        _off_line(rep, running.login("rep"))


def _off_line(rep: Rep, dovecot: Mailbox) -> None:
    _fill(dovecot, 6)
    rep.configure(account(dovecot))
    with rep.board(120, 40) as screen:
        screen.wait("Subject 6", "✓")
        dovecot.server.stop()
        screen.wait("!")
        for keys in ("e", "d", "F"):
            screen.press(keys)
        screen.wait("changes to send")
        screen.type("Q")
        assert screen.ended() == 0
    with rep.board(120, 40) as screen:
        screen.wait("Subject 4")
        assert "Subject 6" not in screen.text
        assert "Subject 5" not in screen.text
        screen.press("u")
        screen.wait("Undone – Flagged: Subject 4")
        screen.press("U")
        dovecot.server.start()
        until(lambda: _where(dovecot, 6) == ["Archive"], "what was archived off line", 60)
        until(lambda: _where(dovecot, 5) == ["Trash"], "what was put in the trash off line")
        until(lambda: _flags(dovecot, 4) == [1], "the mark")
        screen.wait("✓")
        screen.until(lambda: "to send" not in screen.text, "nothing left to send")
        screen.type("Q")
        assert screen.ended() == 0
