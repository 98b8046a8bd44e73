"""Records change while everything runs: mail is placed again at once, here and on the board (COL-9, VIEW-1)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.desk import Rep, Screen, account
from tests.mailboxes import mail, sound
from tests.servers import Mailbox, until

HEAD = "Deal Name,Company,Contact Email,Stage,Amount,Currency,Closing Date\n"
CONTACTS = "First Name,Last Name,Email,Company\nTess,Buyer,tess@buyer.example,Buyer Inc\n"


def deal(stage: str, closing: str = "2027-12-20") -> str:
    return f"{HEAD}Big rollout,Buyer Inc,tess@buyer.example,{stage},1000,USD,{closing}\n"


def imported(rep: Rep, kind: str, text: str) -> int:
    """Import a file; how many threads it is said to have moved."""
    done = rep.run("records", "import", str(rep.file(f"{kind}.csv", text)), "--kind", kind, "--json")
    assert done.code == 0, done
    return int(done.json["moved"])


def columns(rep: Rep, *words: str) -> dict[str, str]:
    return {card["subject"]: card["column"] for card in rep.run("list", *words, "--json").json}


def heads(screen: Screen) -> str:
    """The columns' titles with their unread counts."""
    return screen.lines[1]


@pytest.fixture
def desk(rep: Rep, dovecot: Mailbox) -> Rep:
    for number in range(3):
        dovecot.deliver(mail(number, sender="Tess Buyer <tess@buyer.example>"))
    dovecot.deliver(mail("other", sender="Someone <someone@elsewhere.example>"))
    rep.configure(account(dovecot))
    assert rep.run("sync").code == 0
    return rep


def test_COL_9_records_that_change_move_all_mail_at_once_and_say_how_many(desk: Rep) -> None:
    assert set(columns(desk).values()) == {"unknown"}
    assert imported(desk, "contacts", CONTACTS) == 3
    assert columns(desk, "--column", "people") == {f"Subject {n}": "people" for n in range(3)}
    assert imported(desk, "deals", deal("Proposal")) == 3
    assert set(columns(desk, "--column", "deals")) == {f"Subject {n}" for n in range(3)}
    assert imported(desk, "deals", deal("Proposal")) == 0
    assert imported(desk, "deals", deal("Closed Won")) == 3
    assert set(columns(desk, "--view", "customers").values()) == {"people"}
    assert imported(desk, "deals", deal("Closed Lost")) == 0
    assert columns(desk, "--view", "customers") == {}
    assert columns(desk)["Subject other"] == "unknown"
    plain = desk.run("records", "import", str(desk.file("deals.csv", deal("Proposal"))), "--kind", "deals")
    assert "3 threads moved to another column." in plain.out
    sound(desk.data / "mail.db")


def test_COL_9_cards_move_on_the_open_board_while_the_sync_process_watches(desk: Rep, dovecot: Mailbox) -> None:
    with desk.board(160, 45) as screen:
        screen.wait("Subject 2", "✓")
        until(lambda: desk.running("sync", "--watch"), "the board's sync process")
        assert "Not in CRM 4" in heads(screen)
        assert imported(desk, "contacts", CONTACTS) == 3
        screen.until(lambda: "Contacts & leads 3" in heads(screen) and "Not in CRM 1" in heads(screen), "people")
        assert imported(desk, "deals", deal("Proposal")) == 3
        screen.until(lambda: "Deals 3" in heads(screen) and "Contacts & leads 3" not in heads(screen), "deals")
        screen.wait("$1,000 Proposal")
        # Mail that arrives now is placed by the records of now, by a process that was started before them.
        dovecot.deliver(mail("fresh", sender="Tess Buyer <tess@buyer.example>"))
        screen.until(lambda: "Deals 4" in heads(screen), "new mail in deals")
        assert imported(desk, "deals", deal("Closed Won")) == 4
        screen.until(lambda: "Contacts & leads 4" in heads(screen) and "Deals 4" not in heads(screen), "people again")
        screen.until(lambda: "$1,000 Proposal" not in screen.text, "no card with a closed deal's amount")
        dovecot.deliver(mail("late", sender="Tess Buyer <tess@buyer.example>"))
        screen.until(lambda: "Contacts & leads 5" in heads(screen), "new mail in people")
        screen.type("Q")
        assert screen.ended() == 0
    sound(desk.data / "mail.db")


def test_COL_9_the_card_under_the_cursor_stays_in_sight_when_others_move(desk: Rep) -> None:
    with desk.board(160, 45) as screen:
        screen.wait("Subject other", "✓")
        screen.settle()
        while not any("▌ Subject other" in line for line in screen.lines):
            screen.press("j")
        imported(desk, "contacts", CONTACTS)
        screen.until(lambda: "Contacts & leads 3" in heads(screen), "people")
        assert any("▌ Subject other" in line for line in screen.lines), screen.text
        screen.press("w")
        screen.wait("someone@elsewhere.example")
        screen.press("q")
        screen.type("Q")
        assert screen.ended() == 0


def test_VIEW_1_the_month_is_that_of_the_organisations_zone_whatever_the_machines(desk: Rep) -> None:
    """Two zones that are a day apart at any moment: the last day of a month is in the view of only one of them."""
    imported(desk, "contacts", CONTACTS)
    config = desk.config.read_text()
    east, west = "Pacific/Kiritimati", "Pacific/Pago_Pago"
    for zone, machine in ((east, west), (west, east)):
        today = datetime.now(ZoneInfo(zone)).date()
        last = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        desk.write(config.replace("Asia/Tokyo", zone))
        for closing, inside in (
            (last, True),
            (last + timedelta(days=1), False),
            (today.replace(day=1), True),
            (today.replace(day=1) - timedelta(days=1), False),
        ):
            imported(desk, "deals", deal("Proposal", closing.isoformat()))
            done = desk.run("list", "--view", "closing-this-month", "--json", env={"TZ": machine})
            assert len(done.json) == (3 if inside else 0), (zone, closing)


def test_VIEW_1_a_closed_deal_closes_no_more(desk: Rep) -> None:
    today = datetime.now(ZoneInfo("Asia/Tokyo")).date().isoformat()
    imported(desk, "contacts", CONTACTS)
    imported(desk, "deals", deal("Proposal", today))
    assert len(columns(desk, "--view", "closing-this-month")) == 3
    assert len(columns(desk, "--view", "open-deals")) == 3
    imported(desk, "deals", deal("Closed Won", today))
    assert columns(desk, "--view", "closing-this-month") == {}
    assert columns(desk, "--view", "open-deals") == {}
    assert len(columns(desk, "--view", "customers")) == 3
