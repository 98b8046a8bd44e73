"""Placing and linking as a whole: records and mail go in, a card comes out (COL-2 to COL-8, COL-13, LINK-2 to LINK-4).

Each row is a small world: what the CRM holds, what mail comes, what the rep or time does then, and what the card of
the message "m" says: its column, the rule, the deal, and how the deal was found.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from salesinbox.model.board import COLLEAGUES, DEALS, PEOPLE, UNKNOWN
from salesinbox.rules.authentication import AUTH_FAILED
from salesinbox.store import board
from tests.customers import REP, Customers

NAGATA, SHIMURA, HINA, STRANGER = (
    "nagata@minato.example",
    "shimura@kita.example",
    "hina@lead.example",
    "who@else.example",
)
COLLEAGUE = "suzuki@zylker.example"
NOTHING = ("", "")

Do = Callable[[Customers], Any]


def contact(name: str, *addresses: str, **more: Any) -> Do:
    return lambda office: office.person(name, *addresses, **more)


def lead(name: str, *addresses: str, **more: Any) -> Do:
    return lambda office: office.person(name, *addresses, kind="lead", **more)


def deal(name: str, *people: str, **more: Any) -> Do:
    return lambda office: office.deal(name, *people, **more)


def comes(name: str, sender: str, **header: Any) -> Do:
    """Mail arrives; "m" is the one that is asked about."""
    return lambda office: office.deliver(name, sender, **header)


def sent(name: str, *to: str, **header: Any) -> Do:
    """The rep has sent mail, and it is filed."""
    return lambda office: office.deliver(name, to=to, **header)


def override(scope: str, value: str, column: str) -> Do:
    def do(office: Customers) -> None:
        with office.database.transaction() as connection:
            key = office.thread("m")[1:] if scope == "thread" else value
            board.set_override(connection, scope, key, column)
            board.place_again(connection, office.placing())

    return do


def stage(name: str, stage: str) -> Do:
    return lambda office: office.step(("UPDATE deal SET stage = ? WHERE id = ?", (stage, office.deals[name])))


def later(*doing: Do) -> Do:
    """Records that are written once the mail is here, and what follows of them (COL-9)."""

    def do(office: Customers) -> None:
        for one in doing:
            one(office)
        office.place_again()

    return do


def chosen(name: str) -> Do:
    return lambda office: office.links.link([office.thread("m")], f"d{office.deals[name]}")


def chosen_alone(name: str, message: str = "m") -> Do:
    return lambda office: office.links.link([office.messages[message]], f"d{office.deals[name]}")


def unlinked(office: Customers) -> None:
    assert office.links.unlink([office.thread("m")]).done


def confirmed(office: Customers) -> None:
    assert office.links.confirm([office.thread("m")]).done


@dataclass(frozen=True)
class Row:
    about: str
    doing: tuple[Do, ...]
    column: str
    rule: str
    deal: tuple[str, str] = NOTHING
    """Its name, and how it was found."""
    office: dict[str, Any] = field(default_factory=dict)


nagata, shimura, hina = contact("永田", NAGATA), contact("志村", SHIMURA), lead("Hina", HINA)
web = deal("Web刷新", "永田")
two = (nagata, deal("Web刷新", "永田", changed=-1), deal("保守契約", "永田", changed=-9))
mail = comes("m", NAGATA)
OLD = -400
"""A day before the account was first read."""

ROWS = [
    # --- one person, no deal ---------------------------------------------------------------------------------
    Row("a stranger", (mail,), UNKNOWN, "no-record"),
    Row("a lead", (hina, comes("m", HINA)), PEOPLE, "lead"),
    Row("a contact", (nagata, mail), PEOPLE, "contact"),
    Row("a lead on a deal is no contact yet", (hina, deal("Web刷新", "Hina"), comes("m", HINA)), PEOPLE, "lead"),
    Row("a lead and a contact on one address", (lead("Hina", NAGATA), nagata, mail), PEOPLE, "contact"),
    Row("the same, on a deal", (lead("Hina", NAGATA), nagata, web, mail), DEALS, "open-deal", ("Web刷新", "auto")),
    # --- one deal --------------------------------------------------------------------------------------------
    Row("the main contact of an open deal", (nagata, web, mail), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("a contact with a role on it", (shimura, nagata, deal("Web刷新", "永田", "志村"), comes("m", SHIMURA)),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("a won deal does not count", (nagata, deal("Web刷新", "永田", stage="Closed Won"), mail), PEOPLE, "contact"),
    Row("a lost deal does not count", (nagata, deal("Web刷新", "永田", stage="Closed Lost"), mail), PEOPLE, "contact"),
    Row("one open, one won", (nagata, web, deal("旧案件", "永田", stage="Closed Won", changed=5), mail),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("one open, one lost, both named", (nagata, web, deal("旧案件", "永田", stage="Closed Lost"),
        comes("m", NAGATA, subject="旧案件について")), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("a deal without contacts", (nagata, deal("Web刷新"), mail), PEOPLE, "contact"),
    Row("a deal of somebody else", (nagata, shimura, deal("Web刷新", "志村"), mail), PEOPLE, "contact"),
    # --- several deals ---------------------------------------------------------------------------------------
    Row("two open deals: the one that changed last", (*two, mail), DEALS, "open-deal", ("Web刷新", "guess")),
    Row("the subject names the other", (*two, comes("m", NAGATA, subject="Re: 保守契約の件")),
        DEALS, "open-deal", ("保守契約", "guess")),
    Row("a name amid Japanese, half-width", (nagata, deal("サーバー更改", "永田", changed=-5), web,
        comes("m", NAGATA, subject="【至急】ｻｰﾊﾞｰ更改のお見積り")), DEALS, "open-deal", ("サーバー更改", "guess")),
    Row("of two names the longer", (nagata, deal("Web", "永田"), deal("Web renewal", "永田", changed=-9),
        comes("m", NAGATA, subject="RE: WEB  RENEWAL")), DEALS, "open-deal", ("Web renewal", "guess")),
    Row("a name inside a word is none", (nagata, web, deal("AI", "永田", changed=-9),
        comes("m", NAGATA, subject="your email")), DEALS, "open-deal", ("Web刷新", "guess")),
    Row("a deal's id in the subject", (*two, comes("m", NAGATA, subject="Offer [D-2]")),
        DEALS, "open-deal", ("保守契約", "guess")),
    Row("the same without a dash", (*two, comes("m", NAGATA, subject="Offer d2")),
        DEALS, "open-deal", ("保守契約", "guess")),
    Row("a longer number is another one", (*two, comes("m", NAGATA, subject="Offer d22 [D-21]")),
        DEALS, "open-deal", ("Web刷新", "guess")),
    Row("a reference of the CRM", (nagata, web, deal("保守契約", "永田", changed=-9, extra={"Deal Number": "ZX-2041"}),
        comes("m", NAGATA, subject="Order zx-2041/b")), DEALS, "open-deal", ("保守契約", "guess")),
    Row("a short reference in brackets", (nagata, web, deal("保守契約", "永田", changed=-9, extra={"案件番号": "77"}),
        comes("m", NAGATA, subject="【77】お見積り")), DEALS, "open-deal", ("保守契約", "guess")),
    Row("a short reference by chance", (nagata, web, deal("保守契約", "永田", changed=-9, extra={"案件番号": "77"}),
        comes("m", NAGATA, subject="77 questions")), DEALS, "open-deal", ("Web刷新", "guess")),
    Row("a reference weighs more than a name", (nagata, deal("Web刷新", "永田"), deal("保守契約", "永田", changed=-9,
        extra={"Reference": "A-9001"}), comes("m", NAGATA, subject="Web刷新 A-9001")),
        DEALS, "open-deal", ("保守契約", "guess")),
    Row("the thread's earlier link, not the name in the subject", (nagata, deal("保守契約", "永田"),
        comes("first", NAGATA, day=-3, subject="Web刷新"), later(web),
        comes("m", NAGATA, thread="first", subject="Re: Web刷新")), DEALS, "open-deal", ("保守契約", "guess")),
    Row("the thread's earlier link has been won since", (nagata, deal("保守契約", "永田"),
        comes("first", NAGATA, day=-3), stage("保守契約", "Closed Won"), later(web, deal("追加", "永田", changed=3)),
        comes("m", NAGATA, thread="first")), DEALS, "open-deal", ("追加", "guess")),
    Row("a guess by the subject leads the answers, which name nothing", (*two,
        comes("first", NAGATA, day=-3, subject="保守契約"), comes("m", NAGATA, thread="first", subject="Re: hello")),
        DEALS, "open-deal", ("保守契約", "guess")),
    Row("a guess that was confirmed", (*two, mail, confirmed), DEALS, "open-deal", ("Web刷新", "chosen")),
    # --- addresses -------------------------------------------------------------------------------------------
    Row("another address of the same contact", (contact("永田", NAGATA, "nagata@home.example"), web,
        comes("m", "nagata@home.example")), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("upper case", (nagata, web, comes("m", "Nagata@MINATO.Example")), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("a tag makes another address", (nagata, web, comes("m", "nagata+web@minato.example")), UNKNOWN, "no-record"),
    Row("an international domain, as letters", (contact("永田", "info@例え.example"), web,
        comes("m", "info@xn--r8jz45g.example")), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("an international domain, as it is written", (contact("永田", "info@xn--r8jz45g.example"), web,
        comes("m", "info@例え.example")), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("two contacts on one address, one on a deal", (nagata, contact("志村", NAGATA, changed=9), web, mail),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("two contacts on one address, each on a deal", (nagata, contact("志村", NAGATA, changed=9), web,
        deal("保守契約", "志村", changed=-4), mail), DEALS, "open-deal", ("Web刷新", "guess")),
    Row("a free-mail domain makes nobody a colleague", (comes("m", "x@gmail.com"),), UNKNOWN, "no-record",
        office={"domains": ("gmail.com",)}),
    Row("a contact at a free-mail domain", (contact("永田", "x@gmail.com"), web, comes("m", "x@gmail.com")),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("nobody else at that free-mail domain", (contact("永田", "x@gmail.com"), web, comes("m", "y@gmail.com")),
        UNKNOWN, "no-record"),
    # --- colleagues ------------------------------------------------------------------------------------------
    Row("a colleague", (comes("m", COLLEAGUE),), COLLEAGUES, "own-domain"),
    Row("a colleague who is a contact on a deal", (contact("鈴木", COLLEAGUE), deal("社内", "鈴木"),
        comes("m", COLLEAGUE)), COLLEAGUES, "own-domain"),
    Row("a team member elsewhere, on a deal", (contact("外注", "free@lance.example"), deal("社内", "外注"),
        comes("m", "free@lance.example")), COLLEAGUES, "team-member", office={"team": ("free@lance.example",)}),
    Row("a colleague writes to the contact", (nagata, web, comes("m", COLLEAGUE, to=(NAGATA,), cc=(REP,))),
        COLLEAGUES, "own-domain", ("Web刷新", "auto")),
    Row("an alias of the rep is no customer", (contact("私", "sales@zylker.example"), deal("社内", "私"),
        comes("m", "sales@zylker.example", to=(STRANGER,))), UNKNOWN, "no-record"),
    # --- who is on a message ---------------------------------------------------------------------------------
    Row("a stranger with the contact in copy", (nagata, web, comes("m", STRANGER, cc=(NAGATA,))),
        UNKNOWN, "no-record", ("Web刷新", "auto")),
    Row("contacts of two deals on one message", (nagata, shimura, web, deal("別件", "志村", changed=4),
        comes("m", NAGATA, cc=(SHIMURA,))), DEALS, "open-deal", ("別件", "guess")),
    Row("contacts of one deal on one message", (nagata, shimura, deal("Web刷新", "永田", "志村"),
        comes("m", NAGATA, cc=(SHIMURA,))), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("sent to a contact", (nagata, web, sent("m", NAGATA)), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("sent to two contacts of two deals", (nagata, shimura, deal("Web刷新", "永田", changed=2),
        deal("別件", "志村"), sent("m", SHIMURA, NAGATA)), DEALS, "open-deal", ("Web刷新", "guess")),
    Row("sent to a stranger, the contact in copy", (nagata, web, sent("m", STRANGER, cc=(NAGATA,))),
        UNKNOWN, "no-record", ("Web刷新", "auto")),
    Row("the contact's answer to the rep's mail", (nagata, web, sent("first", NAGATA, day=-1),
        comes("m", NAGATA, thread="first")), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("a draft is no mail yet", (nagata, web, sent("m", NAGATA, folder="Drafts")), DEALS, "open-deal",
        ("Web刷新", "")),
    Row("spam in the contact's name", (nagata, web, comes("m", NAGATA, folder="Junk")), DEALS, "open-deal",
        ("Web刷新", "")),
    # --- lists and machines ----------------------------------------------------------------------------------
    Row("the contact writes to a list", (nagata, web, comes("m", NAGATA, list_id="talk.example")),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("a list that the contact reads, too", (nagata, web, comes("m", STRANGER, to=(NAGATA, REP), list_id="talk.x")),
        UNKNOWN, "no-record"),
    Row("the contact is out of office", (nagata, web, comes("m", NAGATA, automatic=True)),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("a machine, the contact in copy", (nagata, web, comes("m", STRANGER, cc=(NAGATA,), automatic=True)),
        UNKNOWN, "no-record"),
    # --- who cannot be proved --------------------------------------------------------------------------------
    Row("failed authentication, one deal: a guess", (nagata, web, comes("m", NAGATA, warning=AUTH_FAILED)),
        DEALS, "open-deal", ("Web刷新", "guess")),
    Row("failed authentication of a stranger", (comes("m", STRANGER, warning=AUTH_FAILED),), UNKNOWN, "no-record"),
    Row("a forged mail leads nothing", (*two, comes("first", NAGATA, day=-2, subject="保守契約", warning=AUTH_FAILED),
        comes("m", NAGATA, thread="first", subject="Re: hello")), DEALS, "open-deal", ("Web刷新", "guess")),
    # --- old mail --------------------------------------------------------------------------------------------
    Row("old mail of a contact with one deal", (nagata, web, comes("m", NAGATA, day=OLD)),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("old mail, one deal that is won now", (nagata, deal("Web刷新", "永田", stage="Closed Won", ended=-300),
        comes("m", NAGATA, day=OLD)), PEOPLE, "contact", ("Web刷新", "auto")),
    Row("old mail, one of two had ended", (nagata, web, deal("旧", "永田", stage="Closed Lost", ended=-500),
        comes("m", NAGATA, day=OLD)), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("the same by the closing date", (nagata, web, deal("旧", "永田", stage="Closed Won", closing="2025-06-30"),
        comes("m", NAGATA, day=OLD)), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("old mail, both deals were there", (nagata, web, deal("旧", "永田", stage="Closed Lost", ended=-300),
        comes("m", NAGATA, day=OLD)), DEALS, "open-deal", ("Web刷新", "")),
    Row("old mail, the deal began long after it", (nagata, deal("Web刷新", "永田", began=-300),
        comes("m", NAGATA, day=OLD)), DEALS, "open-deal", ("Web刷新", "")),
    Row("old mail, the deal began soon after it", (nagata, deal("Web刷新", "永田", began=OLD + 20),
        comes("m", NAGATA, day=OLD)), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("old mail of several deals: the card guesses, nothing is linked", (*two, comes("m", NAGATA, day=OLD)),
        DEALS, "open-deal", ("Web刷新", "guess")),
    Row("old mail that failed its checks", (nagata, web, comes("m", NAGATA, day=OLD, warning=AUTH_FAILED)),
        DEALS, "open-deal", ("Web刷新", "guess")),
    # --- what becomes of records -----------------------------------------------------------------------------
    Row("won since: the link stays", (nagata, web, mail, stage("Web刷新", "Closed Won")),
        PEOPLE, "contact", ("Web刷新", "auto")),
    Row("won and opened again", (nagata, web, mail, stage("Web刷新", "Closed Won"), stage("Web刷新", "Proposal")),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("closed when it came, opened since", (nagata, deal("Web刷新", "永田", stage="Closed Lost"), mail,
        stage("Web刷新", "Proposal")), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("won since, and the next deal is open", (nagata, web, mail, stage("Web刷新", "Closed Won"),
        later(deal("次", "永田"))), DEALS, "open-deal", ("次", "")),
    Row("a second deal since: the link stays", (nagata, web, mail, later(deal("次", "永田", changed=9))),
        DEALS, "open-deal", ("Web刷新", "auto")),
    Row("of two deals one is lost: no guess any more", (*two, mail, stage("Web刷新", "Closed Lost")),
        DEALS, "open-deal", ("保守契約", "auto")),
    Row("the record came after the mail", (mail, later(nagata, web)), DEALS, "open-deal", ("Web刷新", "auto")),
    Row("the deal is gone", (nagata, web, mail, lambda office: office.step(("DELETE FROM deal", ()))),
        PEOPLE, "contact"),
    # --- what the rep decides --------------------------------------------------------------------------------
    Row("unlinked: no deal even in that column", (nagata, web, mail, unlinked), DEALS, "open-deal"),
    Row("unlinked, and more comes in it", (nagata, web, mail, unlinked, comes("next", NAGATA, thread="m")),
        DEALS, "open-deal"),
    Row("unlinked, and the records change", (nagata, web, mail, unlinked, later(deal("次", "永田"))),
        DEALS, "open-deal"),
    Row("chosen against the rule", (nagata, shimura, web, deal("別件", "志村"), mail, chosen("別件")),
        DEALS, "open-deal", ("別件", "chosen")),
    Row("chosen, then won", (nagata, web, mail, chosen("Web刷新"), stage("Web刷新", "Closed Won")),
        PEOPLE, "contact", ("Web刷新", "chosen")),
    Row("chosen and won, and the next deal is open", (nagata, web, mail, chosen("Web刷新"),
        stage("Web刷新", "Closed Won"), later(deal("次", "永田"))), DEALS, "open-deal", ("Web刷新", "chosen")),
    Row("chosen, and more comes in it", (*two, mail, chosen("保守契約"),
        comes("next", NAGATA, thread="m", subject="Web刷新")), DEALS, "open-deal", ("保守契約", "chosen")),
    Row("a stranger's thread, chosen", (deal("Web刷新"), comes("m", STRANGER), chosen("Web刷新")),
        UNKNOWN, "no-record", ("Web刷新", "chosen")),
    Row("one message chosen", (*two, mail, chosen_alone("保守契約")), DEALS, "open-deal", ("保守契約", "chosen")),
    Row("one message chosen, the next follows it as a guess", (*two, mail, chosen_alone("保守契約"),
        comes("next", NAGATA, thread="m", day=1)), DEALS, "open-deal", ("保守契約", "guess")),
    Row("the thread put elsewhere keeps its link", (nagata, web, mail, override("thread", "", UNKNOWN)),
        UNKNOWN, "override-thread", ("Web刷新", "auto")),
    Row("the address put elsewhere", (nagata, web, mail, override("address", NAGATA, COLLEAGUES)),
        COLLEAGUES, "override-address", ("Web刷新", "auto")),
    Row("the domain put elsewhere", (nagata, web, override("domain", "minato.example", PEOPLE), mail),
        PEOPLE, "override-domain", ("Web刷新", "auto")),
    Row("the thread before its address", (nagata, web, mail, override("address", NAGATA, COLLEAGUES),
        override("thread", "", PEOPLE)), PEOPLE, "override-thread", ("Web刷新", "auto")),
    Row("a column of the rep's own shows the deal", (*two, mail, override("address", NAGATA, "x-vip")),
        "x-vip", "override-address", ("Web刷新", "guess")),
    Row("a stranger put among the deals", (comes("m", STRANGER), override("thread", "", DEALS)),
        DEALS, "override-thread"),
    # --- who decides the column ------------------------------------------------------------------------------
    Row("a colleague answers last", (nagata, web, mail, comes("next", COLLEAGUE, thread="m", day=1, to=(REP,))),
        COLLEAGUES, "own-domain", ("Web刷新", "auto")),
    Row("the contact answers last", (nagata, web, comes("m", STRANGER, day=-1), comes("next", NAGATA, thread="m")),
        DEALS, "open-deal", ("Web刷新", "auto")),
]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder / "mail.db"


def told(office: Customers) -> tuple[str, str, tuple[str, str]]:
    card, why = office.card("m"), office.why("m")
    deal = (card.deal.name, card.link) if card.deal else ("", card.link)
    return card.column, why.rule, deal


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.about)
def test_COL_3_LINK_2_the_card_says_where_it_lies_and_which_deal_it_belongs_to(row: Row, path: Path) -> None:
    office = Customers(path, **row.office)
    try:
        for do in row.doing:
            do(office)
        if not office.messages.get("m"):
            pytest.fail("a row needs its message")
        assert told(office) == (row.column, row.rule, row.deal)
        office.sound()
        assert told(office) == (row.column, row.rule, row.deal), "placing everything anew says the same"
    finally:
        office.close()


def test_the_table_is_as_large_as_it_was_promised() -> None:
    assert len(ROWS) >= 60
    assert len({row.about for row in ROWS}) == len(ROWS)
