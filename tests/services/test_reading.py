"""What the reading view is given: messages with their labels and their fate, and their text in blocks."""

import hashlib

import pytest

from salesinbox.model.mail import Address, Body, BounceReport, Delivery, Envelope, Flag, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.model.settings import Settings
from salesinbox.rules.columns import own
from salesinbox.services.mail import MailService
from salesinbox.services.reading import ReadingService
from salesinbox.store import board, bodies, folders, mail
from salesinbox.store.database import Database
from tests.mailboxes import ME, NOW


class Kept:
    """One thread in a cache: messages put there, with or without their content."""

    def __init__(self, path):
        self.database = Database(path / "mail.db")
        self.service = MailService(self.database, Settings(None, ME, ()), lambda: NOW)
        self.reading = ReadingService(self.database)
        self.rows = {}
        self.uid = 0

    def put(self, name, body=None, *, keywords="", state=Flag.NONE, here=True):
        self.uid += 1
        envelope = Envelope(
            f"<{name}@x.example>", ("<first@x.example>",), Address("永田", "nagata@minato.example"), (), (), (),
            "資料", NOW + self.uid, "", False, (), False,
        )  # fmt: skip
        digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
        arrival = mail.Arrival(self.uid, FlagState(state, keywords), NOW + self.uid, 100, envelope, digest, False, "")
        with self.database.transaction() as connection:
            account = folders.account(connection, "work", "rep@zylker.example")
            folder = mail.keep_folders(connection, account, [RemoteFolder("INBOX", "/", "inbox")])[0].id
            touched, _new = mail.add(connection, account, folder, [arrival])
            row = connection.execute("SELECT max(id) FROM message").fetchone()[0]
            if here:
                touched |= bodies.add_bodies(connection, {row: body})
            board.refresh(connection, touched, board.Placing(own(ME, ()), "2026-11"))
        self.rows[name] = f"m{row}"

    def thread(self):
        row = self.database.connection.execute("SELECT thread_id FROM message").fetchone()
        return self.service.thread(f"t{row[0]}")


@pytest.fixture
def kept(tmp_path):
    tmp_path.chmod(0o700)
    kept = Kept(tmp_path)
    yield kept
    kept.database.close()


def body(text="hello", html="", **fields):
    return Body(text, html, (), text[:200], **fields)


def bounce(about, *deliveries):
    return body("This is the mail system.", bounce=True, report=BounceReport(f"<{about}@x.example>", deliveries))


def test_READ_8_a_sent_message_knows_what_became_of_it_and_its_bounce_what_it_is_about(kept):
    kept.put("first", body())
    late = Delivery("a@y.example", "delayed", "4.4.1", "try later")
    failed = Delivery("b@y.example", "failed", "5.1.1", "User unknown")
    kept.put("report", bounce("first", late, failed))
    sent, report = kept.thread()
    assert sent.deliveries == (failed, late)
    assert (report.bounce, report.about) == (True, kept.rows["first"])
    kept.put("later", bounce("first", Delivery("a@y.example", "delivered")))
    assert kept.thread()[0].deliveries == (failed, Delivery("a@y.example", "delivered"))


def test_READ_8_a_bounce_of_something_else_is_about_nothing_here(kept):
    kept.put("first", body())
    kept.put("report", bounce("elsewhere", Delivery("a@y.example", "failed")))
    assert [(message.about, message.deliveries) for message in kept.thread()] == [("", ()), ("", ())]


def test_labels_are_told_by_the_names_that_people_read(kept):
    kept.put("first", body(), keywords="$label1 Follow-up $MDNSent NonJunk")
    assert kept.thread()[0].labels == ("Important", "Follow-up")


def test_what_the_server_could_not_give_is_told_apart_from_what_is_on_its_way(kept):
    kept.put("first", None)
    kept.put("second", here=False)
    assert [(message.body_here, message.unavailable) for message in kept.thread()] == [(False, True), (False, False)]


def test_READ_2_html_is_read_as_blocks_and_plain_text_as_it_is(kept):
    kept.put("first", body("fallback", "<h1>Offer</h1><p>See <a href='https://shop.example/'>the shop</a></p>"))
    kept.put("second", body("plain words\n\n> quoted"))
    html, plain = kept.thread()
    document = kept.reading.document(html)
    assert html.html
    assert [link.address for link in document.links] == ["https://shop.example/"]
    rows = kept.reading.rows(document, 60, quotes=True, signatures=True)
    assert any(row.kind == "heading" and "Offer" in "".join(span.text for span in row.spans) for row in rows)
    assert not plain.html
    folded = kept.reading.rows(kept.reading.document(plain), 60, quotes=False, signatures=False)
    assert [(row.fold, row.folded) for row in folded if row.fold] == [("quote", 1)]


def test_an_html_bomb_is_unpacked_only_so_far(kept, monkeypatch):
    kept.put("first", body("x", "<p>" + "a " * 100_000))
    monkeypatch.setattr("salesinbox.services.reading.LONGEST_HTML", 1000)
    rows = kept.reading.rows(kept.reading.document(kept.thread()[0]), 60, quotes=True, signatures=True)
    assert sum(len(span.text) for row in rows for span in row.spans) < 1100
