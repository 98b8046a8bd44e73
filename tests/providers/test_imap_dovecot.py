"""What only Dovecot offers among the servers here: keywords, special use, NOTIFY, COMPRESS."""

from pathlib import Path

import pytest

from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.registry import session
from tests.servers import SECRET, Cut, Dovecot, Mailbox


def text(subject: str, lines: int = 1) -> bytes:
    body = "".join(f"line {number} of a rather repetitive message\r\n" for number in range(lines))
    return f"From: ann@customer.example\r\nSubject: {subject}\r\n\r\n{body}".encode()


@pytest.mark.parametrize("which", ["dovecot", "dovecot_condstore", "dovecot_plain"])
def test_keywords_travel_beside_the_flags(which: str, request: pytest.FixtureRequest) -> None:
    mailbox: Mailbox = request.getfixturevalue(which)
    mailbox.deliver(text("a"))
    line = session(mailbox.account(), lambda: SECRET)
    line.connect()
    line.open("INBOX", None)
    (uid,) = line.uids()
    with mailbox.client() as other:
        other.select_folder("INBOX")
        other.add_flags([uid], ["$Forwarded", "zeta", "Alpha", "$MDNSent", b"\\Seen"])
    expected = FlagState(Flag.SEEN | Flag.FORWARDED, "$MDNSent Alpha zeta")
    line.open("INBOX", None)
    assert line.flags(None) == {uid: expected}
    assert line.headers([uid])[0].state == expected
    line.close()


def test_special_use_gives_the_roles(tmp_path: Path) -> None:
    use = {"Gesendet": "\\Sent", "Papierkorb": "\\Trash", "Unerwünscht": "\\Junk", "Alles": "\\Archive"}
    with Dovecot(tmp_path, special_use=use) as server:
        with server.client() as other:
            other.create_folder("Sent")
        line = session(server.account(), lambda: SECRET)
        line.connect()
        roles = {folder.name: folder.role for folder in line.folders()}
        line.close()
    assert roles == {
        "INBOX": "inbox",
        "Gesendet": "sent",
        "Papierkorb": "trash",
        "Unerwünscht": "spam",
        "Alles": "archive",
        "Sent": "",
    }


def test_notify_tells_of_other_folders(dovecot: Mailbox) -> None:
    with dovecot.client() as other:
        other.create_folder("見積")
        line = session(dovecot.account(), lambda: SECRET)
        line.connect()
        line.open("INBOX", None)
        line.watch("INBOX")
        assert line.wait(0) == set()
        other.append("見積", text("b"))
        assert line.wait(30) == {"見積"}
        dovecot.deliver(text("c"))
        assert line.wait(30) == {"INBOX"}
    line.close()


def test_compress_is_used_and_saves_most_of_the_octets(tmp_path: Path) -> None:
    on_the_wire = {}
    for compress in (False, True):
        with Dovecot(tmp_path / str(compress), compress=compress) as server, Cut(server.port) as proxy:
            for number in range(20):
                server.deliver(text(f"m{number}", 500))
            line = session(server.account(port=proxy.port), lambda: SECRET)
            line.connect()
            assert ("COMPRESS" in line.capabilities()) is compress
            opened = line.open("INBOX", None)
            assert opened.exists == 20
            headers = line.headers(line.uids())
            bodies = list(line.bodies([(header.uid, header.size) for header in headers]))
            assert sum(len(body.raw) for body in bodies) == sum(header.size for header in headers)
            line.watch("INBOX")
            server.deliver(text("new"))
            assert line.wait(30) == {"INBOX"}
            line.close()
            on_the_wire[compress] = proxy.received
    assert on_the_wire[True] * 5 < on_the_wire[False]


def test_the_server_goes_away_and_comes_back(tmp_path: Path) -> None:
    with Dovecot(tmp_path) as server:
        server.deliver(text("a"))
        first = session(server.account(), lambda: SECRET)
        first.connect()
        cursor = first.open("INBOX", None).cursor
        first.close()
        server.stop()
        server.deliver(text("b"))
        server.start()
        again = session(server.account(), lambda: SECRET)
        again.connect()
        opened = again.open("INBOX", cursor)
        assert (opened.exists, opened.cursor.uidvalidity) == (2, cursor.uidvalidity)
        assert len(again.uids(cursor.uidnext)) == 1
        again.close()
