"""Drafts from their first character to the outbox, and back (SEND-1 to SEND-5, SEND-9)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.drafts import EDIT, FORWARD, FORWARD_ATTACHED, NEW, REDIRECT, REPLY, REPLY_ALL, Draft
from salesinbox.model.errors import ConfigurationError, NotFoundError, UsageError
from salesinbox.model.identities import Identity
from salesinbox.model.outbox import SENT
from tests.mailboxes import sound
from tests.sending import Office
from tests.servers import Mailbox, free_port
from tests.sync.outpost import Outpost

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def outpost() -> Iterator[Outpost]:
    with Outpost() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, dovecot: Mailbox, outpost: Outpost) -> Iterator[Office]:
    dovecot.deliver(_letter())
    office = Office(dovecot, outpost, tmp_path)
    address = office.account.address
    identities = (
        Identity("work", "橋本 奈美", address, "橋本 奈美\nZylker"),
        Identity("work", "Zylker Sales", "sales@zylker.example", "Zylker Sales Team"),
    )
    office.account = replace(office.account, identities=identities)
    office.settings = replace(office.settings, accounts=(office.account,))
    office.close()
    office.open()
    office.sync()
    yield office
    sound(office.path)
    office.close()


def _letter() -> bytes:
    letter = EmailMessage()
    letter["From"] = "永田 達郎 <nagata@customer.example>"
    letter["To"] = "Zylker Sales <sales@zylker.example>, 志村 <shimura@customer.example>"
    letter["Cc"] = "boss@customer.example"
    letter["Subject"] = "見積のお願い"
    letter["Date"] = "Mon, 02 Nov 2026 10:00:00 +0900"
    letter["Message-ID"] = "<1@test.example>"
    letter["References"] = "<0@test.example>"
    letter.set_content("お世話になっております。\n見積をお願いします。\n-- \n永田\n")
    letter.add_attachment(b"%PDF-1.4 \x00\xff", maintype="application", subtype="pdf", filename="仕様 書.pdf")
    return letter.as_bytes()


def _message(desk: Office, message_id: str = "<1@test.example>") -> str:
    row = desk.application.database.connection.execute("SELECT id FROM message WHERE message_id = ?", (message_id,))
    return f"m{row.fetchone()[0]}"


def _sent(desk: Office, draft: Draft) -> EmailMessage:
    """Send it, wait out the undo window, and read what arrived."""
    queued = desk.application.writing.send(draft)
    desk.clock = queued.due
    desk.sync()
    assert desk.entry(queued.id).state == SENT
    content = desk.outpost.taken[-1].content
    assert isinstance(content, bytes)
    found = message_from_bytes(content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


# --- SEND-1, SEND-3: how a draft begins -----------------------------------------------------------------------------


def test_SEND_1_a_reply_goes_to_the_sender_in_the_thread_and_quotes(desk: Office) -> None:
    draft = desk.application.writing.begin(REPLY, _message(desk))
    assert draft.to == "永田 達郎 <nagata@customer.example>"
    assert (draft.cc, draft.subject, draft.id) == ("", "Re: 見積のお願い", "")
    assert "> 見積をお願いします。" in draft.text
    assert "> 永田" not in draft.text  # a signature is not quoted
    letter = _sent(desk, replace(draft, text="承知しました。" + draft.text))
    assert letter["In-Reply-To"] == "<1@test.example>"
    assert letter["References"].split()[-1] == "<1@test.example>"
    assert letter.get_content().startswith("承知しました。")


def test_SEND_3_a_reply_is_from_the_address_that_the_mail_came_to(desk: Office) -> None:
    draft = desk.application.writing.begin(REPLY, _message(desk))
    assert draft.sender == "sales@zylker.example"
    assert "-- \nZylker Sales Team" in draft.text
    own = desk.application.writing.identities()[0]
    changed = desk.application.writing.with_identity(draft, own)
    assert "-- \n橋本 奈美\nZylker" in changed.text
    assert "Sales Team" not in changed.text
    letter = _sent(desk, changed)
    assert letter["From"] == "橋本 奈美 <" + desk.account.address + ">"
    assert desk.outpost.taken[-1].mail_from == desk.account.address


def test_SEND_1_reply_all_has_the_others_in_copy_and_not_the_rep(desk: Office) -> None:
    draft = desk.application.writing.begin(REPLY_ALL, _message(desk))
    assert draft.to == "永田 達郎 <nagata@customer.example>"
    assert draft.cc == "志村 <shimura@customer.example>, boss@customer.example"


def test_SEND_1_forward_takes_text_and_files_along(desk: Office) -> None:
    draft = desk.application.writing.begin(FORWARD, _message(desk))
    assert (draft.subject, draft.to) == ("Fwd: 見積のお願い", "")
    assert [(file.name, file.size) for file in draft.files] == [("仕様 書.pdf", 11)]
    assert "見積をお願いします。" in draft.text
    letter = _sent(desk, replace(draft, to="colleague@zylker.example"))
    assert [part.get_filename() for part in letter.iter_attachments()] == ["仕様 書.pdf"]
    assert next(letter.iter_attachments()).get_content() == b"%PDF-1.4 \x00\xff"
    assert letter["In-Reply-To"] is None


def test_SEND_1_forward_as_an_attachment_keeps_the_message_whole(desk: Office) -> None:
    draft = desk.application.writing.begin(FORWARD_ATTACHED, _message(desk))
    assert [(file.name, file.type) for file in draft.files] == [("見積のお願い.eml", "message/rfc822")]
    assert "見積をお願いします。" not in draft.text
    letter = _sent(desk, replace(draft, to="colleague@zylker.example"))
    (part,) = letter.iter_attachments()
    inside = part.get_content()
    inside = inside if isinstance(inside, EmailMessage) else message_from_bytes(inside, policy=default)
    assert inside["Message-ID"] == "<1@test.example>"
    assert inside["Subject"] == "見積のお願い"


def test_SEND_1_redirect_passes_the_message_on_as_it_is(desk: Office) -> None:
    draft = desk.application.writing.begin(REDIRECT, _message(desk))
    letter = _sent(desk, replace(draft, to="support@zylker.example"))
    assert letter["From"] == "永田 達郎 <nagata@customer.example>"
    assert letter["Message-ID"] == "<1@test.example>"
    assert letter["Resent-To"] == "support@zylker.example"
    assert "sales@zylker.example" in str(letter["Resent-From"])
    assert desk.outpost.taken[-1].rcpt_tos == ["support@zylker.example"]


def test_SEND_8_who_gets_a_redirected_message_unseen_stays_unseen_and_it_is_filed_once(desk: Office) -> None:
    for time in (1, 2):  # once more the same message is another sending
        draft = desk.application.writing.begin(REDIRECT, _message(desk))
        _sent(desk, replace(draft, to="support@zylker.example", bcc="unseen@zylker.example"))
        assert desk.outpost.taken[-1].rcpt_tos == ["support@zylker.example", "unseen@zylker.example"]
        assert b"unseen" not in desk.outpost.taken[-1].content  # type: ignore[operator] # octets
        assert len(desk.in_folder("Sent")) == time
        desk.sync()
        assert len(desk.in_folder("Sent")) == time


def test_SEND_6_an_unknown_outcome_of_a_redirected_message_is_looked_for_by_its_own_id(
    desk: Office, dovecot: Mailbox
) -> None:
    def files_and_hangs_up(step: str) -> str | None:
        if step != "taken":
            return None
        raw = desk.application.outbox.source(queued.id)
        with dovecot.client() as client:
            client.append("Sent", raw)
        return Outpost.CUT

    with dovecot.client() as client:
        if not client.folder_exists("Sent"):
            client.create_folder("Sent")
    draft = desk.application.writing.begin(REDIRECT, _message(desk))
    desk.outpost.fault = files_and_hangs_up
    queued = desk.application.writing.send(replace(draft, to="support@zylker.example"))
    desk.clock = queued.due
    desk.sync()
    assert (desk.entry(queued.id).state, desk.entry(queued.id).asks) == (SENT, False)


def test_SEND_1_edit_as_new_is_a_message_of_its_own(desk: Office) -> None:
    first = desk.application.writing.begin(NEW)
    _sent(desk, replace(first, to="a@customer.example", bcc="b@customer.example", subject="Offer", text="Hello"))
    desk.sync()
    (message_id,) = desk.application.database.connection.execute(
        "SELECT message_id FROM message WHERE subject = 'Offer'"
    ).fetchone()
    draft = desk.application.writing.begin(EDIT, _message(desk, message_id))
    assert (draft.to, draft.bcc, draft.subject, draft.text) == (
        "a@customer.example", "b@customer.example", "Offer", "Hello",
    )  # fmt: skip
    again = _sent(desk, draft)
    assert again["Message-ID"] != message_id
    assert again["In-Reply-To"] is None


def test_SEND_1_markdown_is_sent_as_text_and_html(desk: Office) -> None:
    draft = replace(desk.application.writing.begin(NEW), to="a@customer.example", subject="x", markdown=True)
    letter = _sent(desk, replace(draft, text="**Price**: 10\n\n- one\n- two\n"))
    assert letter.get_content_type() == "multipart/alternative"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "**Price**" in text.get_content()
    assert "<strong>Price</strong>" in html.get_content()


def test_SEND_1_nobody_writes_where_no_account_can_send(desk: Office) -> None:
    without = replace(desk.account, smtp=None)
    desk.settings = replace(desk.settings, accounts=(without,))
    desk.close()
    desk.open()
    with pytest.raises(ConfigurationError, match=r"\[account\.smtp\]"):
        desk.application.writing.begin(NEW)


# --- SEND-4: drafts -------------------------------------------------------------------------------------------------


def _written(desk: Office, **changes: object) -> Draft:
    draft = desk.application.writing.begin(NEW)
    return desk.application.writing.keep(replace(draft, to="a@customer.example, half", subject="下書き", **changes))  # type: ignore[arg-type] # fields of a draft


def test_SEND_4_a_draft_is_kept_as_typed_and_reaches_the_server(
    server: Mailbox, tmp_path: Path, outpost: Outpost
) -> None:
    desk = Office(server, outpost, tmp_path)
    desk.sync()
    draft = _written(desk, text="一行目\n二行")
    assert desk.application.writing.kept(draft.id) == draft
    desk.sync()
    assert desk.in_folder("Drafts") == []  # the rep is still typing
    desk.clock += 5
    desk.sync()
    (raw,) = desk.in_folder("Drafts")
    there = message_from_bytes(raw, policy=default)
    assert there["Subject"] == "下書き"
    assert "a@customer.example" in there["To"]
    assert b"\\Draft" in next(iter(desk.flags("Drafts").values()))
    # Each later version takes the place of the one before.
    for text in ("一行目\n二行目", "一行目\n二行目\n三行目"):
        draft = desk.application.writing.keep(replace(draft, text=text))
        desk.clock += 5
        desk.sync()
        (raw,) = desk.in_folder("Drafts")
        there = message_from_bytes(raw, policy=default)
        assert isinstance(there, EmailMessage)
        assert there.get_content().replace("\r\n", "\n").rstrip("\n") == text
    desk.close()


def test_SEND_4_a_draft_is_gone_on_with_on_another_machine(
    desk: Office, dovecot: Mailbox, outpost: Outpost, tmp_path: Path
) -> None:
    attachment = tmp_path / "価格表.csv"
    attachment.write_bytes("品名,価格\n".encode())
    reply = desk.application.writing.begin(REPLY, _message(desk))
    draft = desk.application.writing.attach(
        replace(reply, to=reply.to + ", unfini", text="途中" + reply.text), attachment
    )
    desk.clock += 5
    desk.sync()
    other = Office(dovecot, outpost, tmp_path / "laptop")
    other.account, other.settings = desk.account, desk.settings
    other.close()
    other.open()
    other.clock = desk.clock
    other.sync()
    row = other.application.database.connection.execute(
        "SELECT message.id FROM message JOIN location ON message = message.id JOIN folder ON folder.id = folder_id"
        " WHERE role = 'drafts'"
    ).fetchone()
    assert other.application.writing.is_draft(f"m{row[0]}")
    resumed = other.application.writing.resume(f"m{row[0]}")
    same = ("kind", "sender", "to", "cc", "bcc", "subject", "text", "in_reply_to", "references")
    assert {name: getattr(resumed, name) for name in same} == {name: getattr(draft, name) for name in same}
    assert [(file.name, file.size) for file in resumed.files] == [("価格表.csv", 14)]
    assert resumed.about == _message(other)
    resumed = other.application.writing.keep(replace(resumed, text="仕上げ", to=reply.to))
    other.clock += 5
    other.sync()
    (raw,) = other.in_folder("Drafts")
    there = message_from_bytes(raw, policy=default)
    assert isinstance(there, EmailMessage)
    body = there.get_body()
    assert body is not None
    assert body.get_content().strip() == "仕上げ"
    # The first machine had nothing newer, so it lets go of its version; sent there, it is gone from both.
    desk.clock += 200
    desk.sync()
    desk.clock += 200
    desk.sync()
    assert desk.application.writing.drafts() == []
    queued = other.application.writing.send(resumed)
    other.clock = queued.due
    other.sync()
    assert other.in_folder("Drafts") == []
    assert len(outpost.taken) == 1
    desk.sync()
    assert len(other.in_folder("Sent")) == 1
    other.close()


def test_SEND_4_both_versions_stay_when_two_machines_write(desk: Office, dovecot: Mailbox) -> None:
    draft = _written(desk, text="ここで書いた")
    desk.clock += 5
    desk.sync()
    with dovecot.client() as client:  # another client has thrown the server's copy away
        client.select_folder("Drafts")
        client.delete_messages(client.search())
        client.expunge()
    desk.application.writing.keep(replace(draft, text="ここで書き足した"))
    desk.clock += 5
    desk.sync()
    assert len(desk.in_folder("Drafts")) == 1
    assert desk.application.writing.drafts()[0].text == "ここで書き足した"


def test_SAFE_1_two_boards_that_write_one_draft_lose_neither_text(desk: Office, tmp_path: Path) -> None:
    file = tmp_path / "offer.txt"
    file.write_text("x")
    first = desk.application.writing.attach(_written(desk, text="both"), file)
    second = desk.application.writing.kept(first.id)
    first = desk.application.writing.keep(replace(first, text="from the office"))
    first = desk.application.writing.keep(replace(first, text="from the office, more"))
    second = desk.application.writing.keep(replace(second, text="from home"))
    second = desk.application.writing.keep(replace(second, text="from home, more"))
    assert sorted(one.text for one in desk.application.writing.drafts()) == ["from home, more", "from the office, more"]
    assert [file.name for file in second.files] == ["offer.txt"]


def test_SEND_4_a_draft_thrown_away_comes_back_by_undo(desk: Office) -> None:
    draft = _written(desk, text="text")
    desk.clock += 5
    desk.sync()
    desk.application.writing.discard(draft.id)
    desk.sync()
    assert desk.in_folder("Drafts") == []
    with pytest.raises(NotFoundError):
        desk.application.writing.kept(draft.id)
    outcome = desk.application.actions.undo()
    assert outcome.draft == draft.id
    assert desk.application.writing.kept(draft.id).text == "text"
    desk.clock += 5
    desk.sync()
    assert len(desk.in_folder("Drafts")) == 1


def test_SEND_4_other_clients_drafts_can_be_gone_on_with(desk: Office, dovecot: Mailbox) -> None:
    foreign = EmailMessage()
    foreign["From"], foreign["To"] = desk.account.address, "a@customer.example"
    foreign["Subject"], foreign["Message-ID"] = "From my phone", "<phone@x.example>"
    foreign.set_content("Half a sen")
    with dovecot.client() as client:
        if not client.folder_exists("Drafts"):
            client.create_folder("Drafts")
        client.append("Drafts", foreign.as_bytes(), [b"\\Draft"])
    desk.sync()
    draft = desk.application.writing.resume(_message(desk, "<phone@x.example>"))
    assert (draft.to, draft.subject, draft.text) == ("a@customer.example", "From my phone", "Half a sen")
    assert desk.application.writing.draft_of(_message(desk, "<phone@x.example>")) == draft.id
    desk.application.writing.keep(replace(draft, text="Half a sentence."))
    desk.clock += 5
    desk.sync()
    (raw,) = desk.in_folder("Drafts")
    assert b"Half a sentence." in raw


def test_SEND_4_killed_while_typing_loses_what_was_typed_in_the_last_second_at_most(desk: Office) -> None:
    program = (
        "import sys, time; from pathlib import Path; from dataclasses import replace\n"
        "from salesinbox.store.database import Database; from salesinbox.store import folders\n"
        "from salesinbox.store.sending import drafts\n"
        "from salesinbox.model.drafts import Draft\n"
        "path = Path(sys.argv[1])\n"
        "number, text = 0, ''\n"
        "for count in range(1, 10_000):\n"
        "    text += 'x'\n"
        "    with Database(path) as database, database.transaction() as connection:\n"
        "        account = folders.account(connection, 'work', 'rep@zylker.example')\n"
        "        draft = Draft(account='work', text=text)\n"
        "        if number: drafts.update(connection, number, account, draft, count)\n"
        "        else: number = drafts.put(connection, account, draft, 'key', count)\n"
        "    print(len(text), flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(desk.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _line in range(50)]
    process.kill()
    said += [int(line) for line in process.stdout if line.endswith("\n")]
    process.wait()
    process.stdout.close()
    (draft,) = desk.application.writing.drafts()
    assert len(draft.text) >= said[-1]


# --- SEND-5: undo, later --------------------------------------------------------------------------------------------


def _ready(desk: Office) -> Draft:
    return replace(desk.application.writing.begin(NEW), to="a@customer.example", subject="Offer", text="Hello")


def test_SEND_5_undo_brings_the_draft_back_and_nothing_is_sent(desk: Office) -> None:
    queued = desk.application.writing.send(_ready(desk))
    assert queued.text == "It goes in 10 seconds."
    desk.clock += 9
    desk.sync()
    assert desk.outpost.taken == []
    outcome = desk.application.actions.undo()
    assert outcome.text == "Undone – To be sent: Offer"
    draft = desk.application.writing.kept(outcome.draft)
    assert (draft.to, draft.subject, draft.text) == ("a@customer.example", "Offer", "Hello")
    desk.clock += 60
    desk.sync()
    assert desk.outpost.taken == []
    assert desk.application.outbox.entries() == []


def test_SEND_5_undo_after_it_was_sent_says_so_and_sends_nothing_twice(desk: Office) -> None:
    queued = desk.application.writing.send(_ready(desk))
    desk.clock = queued.due
    desk.sync()
    outcome = desk.application.actions.undo()
    assert outcome.draft == ""
    assert outcome.refused == (("", "It has been sent, which cannot be undone."),)
    desk.sync()
    assert len(desk.outpost.taken) == 1


def test_SEND_5_the_timer_lives_on_disk_across_a_restart(desk: Office) -> None:
    queued = desk.application.writing.send(_ready(desk))
    desk.close()
    desk.open()
    desk.clock = queued.due - 1
    desk.sync()
    assert desk.outpost.taken == []
    assert desk.application.actions.undo().draft
    desk.application.writing.send(desk.application.writing.drafts()[0])
    desk.close()
    desk.open()
    desk.clock += 10
    desk.sync()
    assert len(desk.outpost.taken) == 1


def test_SEND_5_later_is_a_time_on_the_reps_clocks_whatever_summer_time_does(desk: Office) -> None:
    # Saturday evening in New York; in the night the clocks go forward, and nine o'clock comes an hour earlier.
    zone = ZoneInfo("America/New_York")
    desk.settings = replace(desk.settings, me=replace(desk.settings.me, zone=zone))
    desk.clock = datetime(2026, 3, 7, 21, 0, tzinfo=zone).timestamp()
    desk.close()
    desk.open()
    at = desk.application.writing.parse_time("tomorrow 9:00")
    assert at is not None
    assert at - desk.clock == 11 * 3600
    queued = desk.application.writing.send(_ready(desk), at)
    assert queued.text == "It goes tomorrow 9:00."
    desk.clock = at - 1
    desk.sync()
    assert desk.outpost.taken == []
    desk.clock = at
    desk.sync()
    assert len(desk.outpost.taken) == 1
    date = message_from_bytes(desk.outpost.taken[0].content, policy=default)["Date"]  # type: ignore[arg-type] # octets
    assert str(date) == "Sun, 08 Mar 2026 09:00:00 -0400"


def test_SEND_5_a_rep_who_changes_zones_does_not_change_when_it_is_sent(desk: Office) -> None:
    desk.clock = datetime(2026, 11, 20, 18, 0, tzinfo=TOKYO).timestamp()
    at = desk.application.writing.parse_time("明日 9:00")
    assert at == datetime(2026, 11, 21, 9, 0, tzinfo=TOKYO).timestamp()
    queued = desk.application.writing.send(_ready(desk), at)
    desk.settings = replace(desk.settings, me=replace(desk.settings.me, zone=ZoneInfo("Europe/Berlin")))
    desk.close()
    desk.open()
    assert desk.entry(queued.id).due == at
    desk.clock = at - 60
    desk.sync()
    assert desk.outpost.taken == []
    desk.clock = at
    desk.sync()
    assert len(desk.outpost.taken) == 1


def test_SEND_5_a_time_that_is_over_is_refused(desk: Office) -> None:
    with pytest.raises(UsageError, match="That time is over"):
        desk.application.writing.send(_ready(desk), int(desk.clock) - 1)
    assert desk.application.outbox.entries() == []


def test_SEND_5_it_goes_when_there_is_a_line_again(desk: Office) -> None:
    assert desk.account.smtp is not None
    there = desk.account
    desk.account = replace(desk.account, smtp=replace(desk.account.smtp, port=free_port()))
    queued = desk.application.writing.send(_ready(desk))
    desk.clock = queued.due
    desk.sync()
    entry = desk.entry(queued.id)
    assert entry.state == "pending"
    assert entry.due > desk.clock
    assert "127.0.0.1" in entry.error
    desk.account = there
    desk.clock += 1  # a pass is the sign that there is a line: nobody waits for the next try
    desk.sync()
    assert desk.entry(queued.id).state == SENT
    assert len(desk.outpost.taken) == 1


def test_SEND_5_the_outbox_lets_the_rep_decide(desk: Office) -> None:
    tomorrow = int(desk.clock) + 86_400
    queued = desk.application.writing.send(_ready(desk), tomorrow)
    assert desk.application.board.outbox_count() == 1
    assert desk.application.outbox.postpone(queued.id, tomorrow + 60).startswith("It goes ")
    desk.application.outbox.send_now(queued.id)
    desk.sync()
    assert desk.entry(queued.id).state == SENT
    for decide in (desk.application.outbox.send_now, desk.application.outbox.cancel, desk.application.outbox.retry):
        with pytest.raises(UsageError, match="sent already"):
            decide(queued.id)
    second = desk.application.writing.send(_ready(desk), tomorrow)
    draft = desk.application.outbox.cancel(second.id)
    assert draft is not None
    assert desk.application.writing.drafts() == [draft]
    assert (
        desk.application.actions.undo().text == "Cannot be undone – To be sent: Offer"
    )  # the first one, which is sent
    desk.clock = tomorrow + 120
    desk.sync()
    assert len(desk.outpost.taken) == 1


def test_SEND_6_a_refused_message_is_mended_and_sent(desk: Office) -> None:
    desk.outpost.fault = lambda step: "550 5.1.1 no such user" if step == "recipient" else None
    queued = desk.application.writing.send(_ready(desk))
    desk.clock = queued.due
    desk.sync()
    entry = desk.entry(queued.id)
    assert entry.state == "refused"
    assert "a@customer.example (550 5.1.1 no such user)" in entry.error
    desk.outpost.fault = lambda _step: None
    draft = desk.application.outbox.cancel(queued.id)
    assert draft is not None
    assert _sent(desk, replace(draft, to="b@customer.example"))["To"] == "b@customer.example"


# --- SEND-8, SEND-9 -------------------------------------------------------------------------------------------------


def test_SEND_8_bcc_is_in_no_copy_but_the_reps_own(desk: Office) -> None:
    letter = _sent(desk, replace(_ready(desk), bcc="秘書 <secret@customer.example>"))
    assert desk.outpost.taken[-1].rcpt_tos == ["a@customer.example", "secret@customer.example"]
    assert letter["Bcc"] is None
    assert b"secret" not in desk.outpost.taken[-1].content  # type: ignore[operator] # octets
    assert any(b"secret@customer.example" in raw for raw in desk.in_folder("Sent"))


@pytest.mark.parametrize("field", ["subject", "to", "cc"])
def test_SEND_8_a_line_break_in_a_field_is_never_a_field_of_its_own(desk: Office, field: str) -> None:
    draft = replace(_ready(desk), **{field: "a@customer.example\r\nBcc: thief@x.example\r\nX-Evil: 1"})
    try:
        letter = _sent(desk, draft)
    except UsageError:
        assert desk.outpost.taken == []
    else:
        assert letter["X-Evil"] is None
        assert letter["Bcc"] is None


def test_SEND_8_nothing_of_this_machine_is_in_a_message(desk: Office, tmp_path: Path) -> None:
    file = tmp_path / "secret folder" / "offer.txt"
    file.parent.mkdir()
    file.write_text("x")
    _sent(desk, desk.application.writing.attach(_ready(desk), file))
    content = desk.outpost.taken[-1].content
    assert isinstance(content, bytes)
    for leak in (os.uname().nodename, str(tmp_path), "secret folder", "SalesInbox", "salesinbox", "Python"):
        assert leak.encode() not in content
    assert b"offer.txt" in content


def test_SEND_9_a_file_is_attached_as_it_is_now(desk: Office, tmp_path: Path) -> None:
    file = tmp_path / "提案.pdf"
    file.write_bytes(b"first")
    draft = desk.application.writing.attach(_ready(desk), file)
    file.write_bytes(b"second")
    file.unlink()
    letter = _sent(desk, draft)
    (part,) = letter.iter_attachments()
    assert (part.get_filename(), part.get_content(), part.get_content_type()) == (
        "提案.pdf",
        b"first",
        "application/pdf",
    )


def test_SEND_9_what_cannot_be_attached_is_said(desk: Office, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "nothing", "No such file"), (tmp_path, "is a folder")):
        with pytest.raises(UsageError, match=words):
            desk.application.writing.attach(_ready(desk), path)
    draft = desk.application.writing.attach(_ready(desk), Path(__file__))
    assert desk.application.writing.detach(draft, draft.files[0].id).files == ()


def test_SEND_9_the_servers_limit_is_known_after_the_first_mail(desk: Office, tmp_path: Path) -> None:
    _sent(desk, _ready(desk))
    file = tmp_path / "film.mov"
    with file.open("wb") as out:
        out.truncate(40_000_000)
    draft = desk.application.writing.attach(_ready(desk), file)
    review = desk.application.writing.review(draft)
    assert review.stopped
    assert "too large" in review.warnings[0].text
    with pytest.raises(UsageError, match="too large"):
        desk.application.writing.send(draft)


def test_SEND_9_another_message_is_attached(desk: Office) -> None:
    draft = desk.application.writing.attach_message(_ready(desk), _message(desk))
    letter = _sent(desk, draft)
    assert next(letter.iter_attachments()).get_filename() == "見積のお願い.eml"


# --- the rep's own editor -------------------------------------------------------------------------------------------


def test_SEND_1_the_reps_own_editor_writes_the_text(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = desk.application.writing.keep(replace(_ready(desk), text="\n\n-- \nme"))
    path = desk.application.writing.editor_file(draft)
    assert path.read_text() == "\n\n-- \nme"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("編集しました\n\n-- \nme\n", encoding="utf-8")
    assert desk.application.writing.edited(draft).text == "編集しました\n\n-- \nme"
    assert not path.exists()
    monkeypatch.setenv("VISUAL", "vim -u 'my rc'")
    assert desk.application.writing.editor() == ["vim", "-u", "my rc"]
