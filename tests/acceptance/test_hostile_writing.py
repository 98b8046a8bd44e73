"""Answering the worst mail, and the words of the worst server (READ-3, SEND-8)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import SIZES, Rep, account, foreign, overflowing
from tests.acceptance.test_hostile_mail import PLANTED, planted
from tests.hostile import worst_messages
from tests.servers import Dovecot
from tests.sync.outpost import RECIPIENT, Outpost


@pytest.fixture(scope="module")
def outpost() -> Iterator[Outpost]:
    with Outpost() as running:
        yield running


@pytest.fixture(scope="module")
def answering(dovecot_server: Dovecot, outpost: Outpost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rep]:
    """A rep with all of the worst mail who can send."""
    home = tmp_path_factory.mktemp("answering")
    rep = Rep(home, home)
    mailbox = dovecot_server.login("answering")
    for raw in [*worst_messages().values(), planted()]:
        mailbox.deliver(raw)
    smtp = f'[account.smtp]\nhost = "127.0.0.1"\nport = {outpost.port}\ntls = "none"\n'
    rep.configure(account(mailbox) + smtp)
    assert rep.run("sync", "--json").code == 0
    yield rep
    rep.clear()


@pytest.mark.parametrize("turn", [0, 1])
def test_READ_3_SEND_1_every_one_of_the_worst_messages_is_answered(answering: Rep, turn: int) -> None:
    """Half of them on the smallest screen, half on the largest."""
    size = (SIZES[0], SIZES[-1])[turn]
    cards = answering.run("list", "--view", "inbox", "--json").json
    with answering.board(*size) as screen:
        screen.wait("(no subject)")
        for card in range(len(cards)):
            if card:
                screen.press("j")
            if card % 2 == turn:
                screen.press("ra"[card // 2 % 2])
                screen.wait("^s Send")
                screen.press("\x13")
                screen.until(
                    lambda: any("Send?" in line or "cannot be sent" in line for line in screen.lines), "review"
                )
                screen.press("\x1b")
                screen.press("\x1b")
                screen.wait("Archive")
        screen.type("Q")
        assert screen.ended() == 0
    assert foreign(screen.sent) == []
    assert overflowing(screen.sent, size[0]) == []


def test_READ_3_SEND_6_a_servers_words_cannot_drive_the_terminal(
    answering: Rep, outpost: Outpost, tmp_path: Path
) -> None:
    said = "550 5.1.1 planted " + PLANTED.replace("\r", "").replace("\n", "").encode("ascii", "replace").decode()
    outpost.fault = lambda step: said if step == RECIPIENT else None
    letter = tmp_path / "letter.txt"
    letter.write_text("Hello.", encoding="utf-8")
    done = answering.run("send", "a@x.example", "-s", "Offer", stdin=letter.read_bytes())
    outpost.fault = lambda _step: None
    assert done.code == 1
    assert "\x1b" not in done.err
    assert "planted" in done.err
    with answering.board(80, 24) as screen:
        screen.wait("(no subject)")
        screen.press("O")
        screen.wait("550 5.1.1 planted")
        screen.press("q")
        screen.type("Q")
        assert screen.ended() == 0
    assert foreign(screen.sent) == []
    assert overflowing(screen.sent, 80) == []
