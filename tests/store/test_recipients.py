"""Whom the rep can write to, as records and mail have them (SEND-2), and what speaks against it (SEND-7)."""

import hashlib

import pytest

from salesinbox.model.imports import PersonRow
from salesinbox.model.mail import Address, Body, BounceReport, Delivery, Envelope, Flag, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.store import bodies, folders, mail, recipients
from salesinbox.store.database import Database
from salesinbox.store.imports.intake import take
from tests.mailboxes import NOW

DAY = 86_400
REP = Address("Rep", "rep@zylker.example")
FOLDERS = [RemoteFolder("INBOX", "/", "inbox"), RemoteFolder("Sent", "/", "sent"), RemoteFolder("Drafts", "/", "drafts"),
           RemoteFolder("Spam", "/", "spam")]  # fmt: skip


class Post:
    """A cache into which mail is put as the sync puts it."""

    def __init__(self, path):
        path.chmod(0o700)
        self.database = Database(path / "mail.db")
        self.connection = self.database.connection
        self.uid = 0
        with self.database.transaction() as connection:
            self.account = folders.account(connection, "work", REP.address)
            self.folders = {one.name: one.id for one in mail.keep_folders(connection, self.account, FOLDERS)}

    def came(self, name, address, *, days=0, folder="INBOX", to=(REP,), **fields):
        """A mail from there, so many days ago."""
        return self._put(Address(name, address), to, days, folder, mine=False, **fields)

    def sent(self, *to, days=0, folder="Sent", cc=(), **fields):
        """A mail from the rep to ("name", "address") pairs."""
        return self._put(REP, [Address(*one) for one in to], days, folder, mine=True, cc=cc, **fields)

    def _put(
        self,
        sender,
        to,
        days,
        folder,
        *,
        mine,
        cc=(),
        reply_to=(),
        list_id="",
        automatic=False,
        warning="",
        report=None,
    ):
        self.uid += 1
        when = NOW - days * DAY
        envelope = Envelope(
            f"<{self.uid}@x.example>", (), sender, tuple(to), tuple(Address(*one) for one in cc),
            tuple(Address(*one) for one in reply_to), "Offer", when, list_id, automatic, (), False,
        )  # fmt: skip
        digest = hashlib.blake2b(str(self.uid).encode(), digest_size=16).digest()
        arrival = mail.Arrival(self.uid, FlagState(Flag.NONE), when, 100, envelope, digest, mine, warning)
        with self.database.transaction() as connection:
            mail.add(connection, self.account, self.folders[folder], [arrival])
            row = connection.execute("SELECT max(id) FROM message").fetchone()[0]
            if report is not None:
                body = Body("This is the mail system.", "", (), "", bounce=True, report=report)
                bodies.add_bodies(connection, {row: body})
        return envelope.message_id

    def bounce(self, about, address, *, days=0, state="failed", status="5.1.1", detail="User unknown"):
        report = BounceReport(about, (Delivery(address, state, status, detail),))
        self.came("Mail System", "mailer-daemon@x.example", days=days, automatic=True, report=report)

    def take(self, kind, *rows, now=1000):
        with self.database.transaction() as connection:
            take(connection, kind, rows, now)

    def history(self):
        return recipients.history(self.connection, NOW)

    def bounced(self, *addresses, since=0):
        return recipients.bounced(self.connection, addresses or None, since)


@pytest.fixture
def post(tmp_path):
    post = Post(tmp_path)
    yield post
    post.database.close()


def test_SEND_2_history_counts_who_was_written_to_and_who_wrote(post):
    post.sent(("Anna", "Anna@Acme.example"), ("", "bob@acme.example"), cc=(("Kenji", "kenji@minato.example"),))
    post.sent(("Anna", "anna@acme.example"), reply_to=(("", "sales@zylker.example"),))
    post.came("Bob Miller", "BOB@acme.example")
    found = post.history()
    assert {key: (one.name, one.written, one.heard) for key, one in found.items()} == {
        "anna@acme.example": ("Anna", 2, 0),
        "bob@acme.example": ("Bob Miller", 1, 1),
        "kenji@minato.example": ("Kenji", 1, 0),
    }


def test_SEND_2_mail_of_long_ago_counts_less(post):
    post.sent(("", "old@x.example"), days=365)
    post.sent(("", "half@x.example"), days=90)
    post.sent(("", "new@x.example"))
    weight = {key: one.weight for key, one in post.history().items()}
    assert weight["new@x.example"] == pytest.approx(1)
    assert weight["half@x.example"] == pytest.approx(0.5)
    assert 0 < weight["old@x.example"] < 0.25


def test_SEND_2_a_date_in_the_future_counts_as_today(post):
    post.sent(("", "a@x.example"), days=-1)
    assert post.history()["a@x.example"].weight == pytest.approx(1)


def test_SEND_2_the_name_is_the_newest_that_the_address_has_for_itself(post):
    post.came("A. Schmidt", "anna@acme.example", days=9)
    post.came("Anna Huber", "anna@acme.example", days=5)
    post.came("", "anna@acme.example", days=3)
    post.sent(("Huber (Acme)", "anna@acme.example"), days=1)
    post.sent(("Bobby", "bob@acme.example"), days=4)
    post.sent(("Bob", "bob@acme.example"), days=2)
    post.sent(("", "bob@acme.example"), days=1)
    found = post.history()
    assert found["bob@acme.example"].name == "Bob"
    assert found["anna@acme.example"].name == "Anna Huber"


def test_SEND_2_drafts_spam_lists_programs_and_forged_senders_do_not_count(post):
    post.sent(("", "draft@x.example"), folder="Drafts")
    post.came("", "spammer@x.example", folder="Spam")
    post.came("", "poster@x.example", list_id="list.x.example")
    post.came("", "robot@x.example", automatic=True)
    post.came("Your boss", "boss@zylker.example", warning="auth-failed")
    post.came("", "person@x.example")
    assert list(post.history()) == ["person@x.example"]


def test_SEND_2_what_was_moved_to_spam_here_does_not_count_either(post):
    post.came("", "spammer@x.example")
    post.connection.execute("UPDATE location SET shown_folder = ?", (post.folders["Spam"],))
    assert post.history() == {}
    post.connection.execute("UPDATE location SET folder_id = shown_folder, shown_folder = ?", (post.folders["INBOX"],))
    assert list(post.history()) == ["spammer@x.example"]


def test_SEND_2_what_is_no_address_does_not_count(post):
    post.sent(("undisclosed recipients", ""), ("", "nobody"), ("", "@x.example"))
    assert post.history() == {}


def test_SEND_2_people_have_all_their_addresses_and_a_contact_stands_before_a_lead(post):
    post.take("leads", PersonRow(2, last="Lead", addresses=("info@minato.example",), company="Minato KK"), now=9000)
    anna = PersonRow(2, first="Anna", last="Huber", addresses=("anna@minato.example", "info@minato.example"),
                     company="みなと商事", title="部長")  # fmt: skip
    post.take("contacts", anna, now=1000)
    found = [(one.address, one.name, one.company, one.title) for one in recipients.people(post.connection)]
    assert found == [
        ("anna@minato.example", "Anna Huber", "みなと商事", "部長"),
        ("info@minato.example", "Anna Huber", "みなと商事", "部長"),
        ("info@minato.example", "Lead", "Minato KK", ""),
    ]


def test_SEND_6_known_names_the_record_of_each_address(post):
    post.take("leads", PersonRow(2, last="Lead", addresses=("lead@x.example", "both@x.example")))
    post.take("contacts", PersonRow(2, last="Contact", addresses=("both@x.example",)))
    found = recipients.known(post.connection, ["LEAD@x.example", "both@x.example", "none@x.example"])
    assert found == {"lead@x.example": ("p1", "Lead"), "both@x.example": ("p2", "Contact")}


def test_SEND_7_a_bounce_tells_when_and_why(post):
    sent = post.sent(("", "anna@acme.example"), days=9)
    post.bounce(sent, "Anna@acme.example", days=8, detail="5.1.1 No such user")
    assert post.bounced("ANNA@acme.example", "bob@acme.example") == {
        "anna@acme.example": (NOW - 8 * DAY, "5.1.1 No such user")
    }
    assert post.bounced() == post.bounced("anna@acme.example")
    assert post.bounced(since=NOW - 7 * DAY) == {}


def test_SEND_7_the_newest_failure_counts_and_a_delay_is_none(post):
    sent = post.sent(("", "anna@acme.example"), days=9)
    post.bounce(sent, "anna@acme.example", days=3, status="5.2.2", detail="Mailbox full")
    post.bounce(sent, "anna@acme.example", days=8)
    post.bounce(sent, "bob@acme.example", days=1, state="delayed", status="4.4.1")
    assert post.bounced() == {"anna@acme.example": (NOW - 3 * DAY, "5.2.2 Mailbox full")}


def test_SEND_7_who_was_reached_later_or_wrote_since_has_not_bounced(post):
    sent = post.sent(("", "anna@acme.example"), ("", "bob@acme.example"), days=9)
    for address in ("anna@acme.example", "bob@acme.example", "eve@acme.example"):
        post.bounce(sent, address, days=8)
    post.bounce(sent, "anna@acme.example", days=7, state="delivered", status="2.0.0")
    post.came("Bob", "Bob@acme.example", days=6)
    post.came("Eve", "eve@acme.example", days=6, automatic=True)
    assert list(post.bounced()) == ["eve@acme.example"]


def test_SEND_7_a_bounce_of_mail_that_was_never_sent_says_nothing(post):
    theirs = post.came("Anna", "anna@acme.example", days=9)
    post.bounce("<forged@x.example>", "anna@acme.example")
    post.bounce(theirs, "anna@acme.example")
    assert post.bounced() == {}


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("Email Opt Out", "true"),
        ("HasOptedOutOfEmail", "1"),
        ("Unsubscribed from all email", "TRUE"),
        ("メール オプトアウト", "はい"),
        ("メール送信除外", "1"),
    ],
)
def test_SEND_7_who_opted_out_by_the_crm_is_known(post, heading, value):
    post.take("contacts", PersonRow(2, last="Out", addresses=("out@x.example",), extra={heading: value}))
    assert recipients.opted_out(post.connection, ["OUT@x.example"]) == {"out@x.example"}


def test_SEND_7_who_did_not_opt_out_is_not_named(post):
    post.take(
        "contacts",
        PersonRow(2, last="In", addresses=("in@x.example",), extra={"Email Opt Out": "false", "Fax Opt Out": "true"}),
        PersonRow(3, last="Plain", addresses=("plain@x.example",)),
    )
    assert recipients.opted_out(post.connection, ["in@x.example", "plain@x.example", "no@x.example"]) == set()
