"""Mail that is written for a record, and files of records that are sent, are linked to where they go (LINK-5, SEND-9)."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from salesinbox.model.drafts import NEW, REDIRECT, Draft
from salesinbox.model.errors import NotFoundError
from salesinbox.model.links import CHOSEN, FOUND, GUESS, LINKED, PEOPLE
from salesinbox.model.outbox import PENDING, SENT
from salesinbox.model.timeline import DRAFTS, SCHEDULED, SENT_HERE
from salesinbox.services.links import LinkService
from salesinbox.services.records.changes import RecordChanges
from salesinbox.store import history
from salesinbox.store.sending import outgoing
from tests.customers import DAY, REP, Customers
from tests.mailboxes import sound
from tests.sending import Office
from tests.servers import Mailbox
from tests.sync.outpost import Outpost

NAGATA = "nagata@minato.example"


class Records:
    """What the rep has: 永田 of みなと商事 with two open deals, and a case about him."""

    def __init__(self, office: Office) -> None:
        self.changes = RecordChanges(office.application.actions.writer)
        [self.company] = self.make("company", name="みなと商事", domain="minato.example")
        [self.person] = self.make("contact", last="永田", addresses=NAGATA, company=self.company)
        [self.web] = self.make("deal", name="Web刷新", contacts=self.person)
        [self.care] = self.make("deal", name="保守契約", contacts=self.person)
        [self.case] = self.make("case", about=(self.person,), name="画面が白い")

    def make(self, kind: str, about: tuple[str, ...] = (), **values: str) -> tuple[str, ...]:
        return self.changes.create(kind, values, about=about).done

    def file(self, record: str, path: Path) -> None:
        assert self.changes.add_file(record, path).done


@pytest.fixture
def outpost() -> Iterator[Outpost]:
    with Outpost() as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, dovecot: Mailbox, outpost: Outpost) -> Iterator[Office]:
    office = Office(dovecot, outpost, tmp_path)
    office.sync()
    yield office
    sound(office.path)
    office.close()


@pytest.fixture
def records(office: Office) -> Records:
    return Records(office)


def write(office: Office, record: str = "", *, to: str = NAGATA, subject: str = "ご案内") -> Draft:
    draft = office.application.writing.begin(NEW)
    return office.application.writing.for_record(replace(draft, to=to, subject=subject, text="Dear"), record)


def send(office: Office, draft: Draft, *, read: bool = True) -> str:
    """Send it, and file it; with `read`, meet it in Sent. Returns its Message-ID."""
    queued = office.application.writing.send(draft)
    office.clock = queued.due
    office.sync()
    if read:
        office.sync()
    assert office.entry(queued.id).state == SENT
    return queued.message_id


def answer(office: Office, message_id: str, number: int = 1) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = NAGATA, office.account.address, "Re: ご案内"
    letter["Message-ID"], letter["In-Reply-To"] = f"<answer{number}@minato.example>", message_id
    letter["Date"] = "Mon, 02 Nov 2026 12:00:00 +0900"
    letter.set_content("承知しました。\n")
    office.mailbox.deliver(letter.as_bytes())


def linked(office: Office, message_id: str) -> tuple[str, str] | None:
    """(deal, how) of a message here; None where it has no link."""
    row = office.application.database.connection.execute(
        "SELECT coalesce(deal.name, ''), how FROM message JOIN link ON link.message = message.id"
        " LEFT JOIN deal ON deal.id = deal_id WHERE message_id = ?",
        (message_id,),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def here(office: Office, message_id: str) -> str:
    [row] = office.application.database.connection.execute(
        "SELECT id FROM message WHERE message_id = ?", (message_id,)
    ).fetchall()
    return f"m{row[0]}"


# --- LINK-5: what is sent -------------------------------------------------------------------------------------------


def test_LINK_5_mail_written_for_a_deal_is_linked_to_it_and_so_are_the_answers(
    office: Office, records: Records
) -> None:
    plain = send(office, write(office, to="someone@else.example"))
    draft = office.application.writing.keep(write(office, records.care))
    office.close()
    office.open()  # the program starts anew between writing and sending
    name = send(office, office.application.writing.kept(draft.id))
    assert linked(office, name) == ("保守契約", CHOSEN)
    assert linked(office, plain) is None
    answer(office, name)
    office.sync()
    found = {one.record: one for one in office.application.links.of(here(office, "<answer1@minato.example>"))}
    assert found[records.care].how == CHOSEN
    assert {records.person, records.company} <= set(found)
    [card] = [one for one in office.application.outbox.entries() if one.message_id == name]
    assert card.linked == ("保守契約", "永田")


def test_LINK_5_another_record_is_linked_besides(office: Office, records: Records) -> None:
    name = send(office, write(office, records.case, to="helper@else.example"))
    assert [one.record for one in office.application.links.of(here(office, name))] == [records.case]
    [entry] = office.application.outbox.entries()
    assert entry.linked == ("画面が白い",)


def test_LINK_5_an_answer_may_be_here_before_what_it_answers(office: Office, records: Records) -> None:
    name = send(office, write(office, records.care), read=False)
    answer(office, name)
    office.sync()
    assert linked(office, name) == ("保守契約", CHOSEN)
    assert office.application.links.of(here(office, "<answer1@minato.example>"))[0].record == records.care


def test_LINK_5_what_is_for_a_record_that_is_merged_or_gone_by_then(office: Office, records: Records) -> None:
    first = office.application.writing.keep(write(office, records.care))
    second = office.application.writing.send(write(office, records.care), int(office.clock) + DAY)
    records.changes.merge(records.web, [records.care])
    assert office.application.writing.record(first).record == records.web  # type: ignore[union-attr]
    assert linked(office, send(office, first)) == ("Web刷新", CHOSEN)
    office.clock += DAY
    office.sync()
    office.sync()
    assert linked(office, second.message_id) == ("Web刷新", CHOSEN)
    third = office.application.writing.keep(write(office, records.web))
    records.changes.remove([records.web])
    assert office.application.writing.record(third) is None
    assert linked(office, send(office, third)) is None


def test_LINK_5_a_message_that_is_passed_on_as_it_is_is_linked_to_nothing(office: Office, records: Records) -> None:
    answer(office, "<of-old@x.example>")
    office.sync()
    begun = office.application.writing.begin(REDIRECT, here(office, "<answer1@minato.example>"))
    office.application.writing.send(replace(begun, to="helper@else.example", record=records.care))
    assert office.application.database.connection.execute("SELECT record FROM outgoing").fetchall() == [("",)]


def test_LINK_5_taken_back_it_is_a_draft_for_the_record_again(office: Office, records: Records) -> None:
    queued = office.application.writing.send(write(office, records.care))
    draft = office.application.outbox.cancel(queued.id)
    assert draft is not None
    assert draft.record == records.care
    queued = office.application.writing.send(draft)
    assert office.entry(queued.id).state == PENDING
    assert linked(office, send(office, office.application.outbox.cancel(queued.id) or draft)) == ("保守契約", CHOSEN)


# --- LINK-4: the rep's later choice -----------------------------------------------------------------------------------


class Desk(Customers):
    """What was sent for records, by store and order of arrival alone."""

    def sent(self, name: str, record: str) -> None:
        with self.database.transaction() as connection:
            action = history.began(connection, "mailed", self.now, subject=name, threads=1)
            outgoing.put(
                connection, self.account, action, answers=None, message_id=f"<{name}@x.example>", sender=REP,
                recipients=(NAGATA,), raw=b"x", now=self.now, due=self.now, record=record,
            )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    desk = Desk(folder / "mail.db")
    desk.person("永田", NAGATA)
    desk.deal("Web刷新", "永田")
    desk.deal("保守契約", "永田", changed=-1)
    yield desk
    desk.close()


def test_LINK_4_a_later_choice_stays_whatever_comes(desk: Desk) -> None:
    desk.sent("offer", "d2")
    desk.deliver("offer", to=(NAGATA,))
    assert (desk.link("offer"), desk.card("offer").link) == (("保守契約", CHOSEN), CHOSEN)
    desk.links.link([desk.threads["offer"]], "d1")
    desk.deliver("reply", NAGATA, thread="offer", day=1)
    desk.deliver("offer", to=(NAGATA,), folder="Trash")  # the same message once more, in another folder
    assert desk.link("offer") == ("Web刷新", CHOSEN)
    assert desk.card("offer").deal is not None
    assert desk.card("offer").deal.name == "Web刷新"  # type: ignore[union-attr]
    desk.links.unlink([desk.messages["offer"]])
    desk.place_again()
    assert desk.link("offer") == ("", CHOSEN)
    desk.sound()


def test_LINK_4_a_choice_for_the_thread_of_the_answer_that_was_here_first(desk: Desk) -> None:
    desk.sent("offer", "d2")
    desk.deliver("reply", NAGATA, thread="offer", day=1)
    desk.links.link([desk.threads["reply"]], "d1")
    desk.deliver("offer", to=(NAGATA,))
    assert desk.link("offer") == ("Web刷新", GUESS), "as all that comes into a thread that the rep has linked"
    assert desk.card("offer").deal.name == "Web刷新"  # type: ignore[union-attr]
    desk.sound()


def test_LINK_5_in_a_thread_of_something_else_only_the_message_is_linked(desk: Desk) -> None:
    desk.deliver("question", NAGATA)
    desk.links.link([desk.threads["question"]], "d1")
    desk.sent("offer", "d2")
    desk.deliver("offer", to=(NAGATA,), thread="question", day=1)
    desk.deliver("more", NAGATA, thread="offer", day=2)
    assert [desk.link(name) for name in ("question", "offer", "more")] == [
        ("Web刷新", CHOSEN), ("保守契約", CHOSEN), ("Web刷新", GUESS),
    ]  # fmt: skip
    desk.sound()


def test_LINK_5_others_cannot_link_by_the_name_of_a_message(desk: Desk) -> None:
    desk.sent("offer", "d2")
    desk.deliver("offer", "mallory@else.example")
    assert desk.link("offer") is None
    desk.sent("second", "d2")
    desk.deliver("second", REP, warning="spoofed", folder="INBOX")
    assert desk.link("second") != ("保守契約", CHOSEN)


# --- which record a draft is for --------------------------------------------------------------------------------------


def test_LINK_4_the_deals_of_the_recipients_are_offered_first(office: Office, records: Records) -> None:
    writing = office.application.writing
    draft = write(office, to=f"永田 <{NAGATA}>, half")
    assert [one.record for one in writing.records(draft)] == [
        records.care, records.web, records.person, records.company,
    ]  # fmt: skip
    draft = writing.for_record(draft, records.web)
    assert [(one.record, one.why) for one in writing.records(draft)][:2] == [
        (records.web, LINKED), (records.care, PEOPLE),
    ]  # fmt: skip
    assert [(one.record, one.why) for one in writing.records(draft, "画面")] == [(records.case, FOUND)]
    assert [one.name for one in writing.records(draft, "保守")] == ["保守契約"]
    assert writing.records(write(office, to="")) == []
    assert writing.for_record(draft, "").record == ""
    with pytest.raises(NotFoundError, match="d99"):
        writing.for_record(draft, "d99")


def test_SEND_4_a_draft_keeps_its_record_on_another_machine_that_has_it_too(
    office: Office, records: Records, dovecot: Mailbox, outpost: Outpost, tmp_path: Path
) -> None:
    office.application.writing.keep(write(office, records.care))
    office.clock += 60
    office.sync()
    assert records.care == "d2"
    machines = ((["保守契約", "別件"], "d1"), (["別件", "保守契約"], "d2"), (["別件", "違う"], ""), (["保守契約"] * 2, "d2"),
                ([*["保守契約"] * 3, "違う"], "d2"), (["保守契約", "違う", "保守契約"], ""))  # fmt: skip
    for number, (names, expected) in enumerate(machines):
        other = Office(dovecot, outpost, tmp_path / str(number))
        changes = RecordChanges(other.application.actions.writer)
        assert [changes.create("deal", {"name": name}).done for name in names][1] == ("d2",)
        other.clock = office.clock
        other.sync()
        [row] = other.application.database.connection.execute("SELECT id FROM message").fetchall()
        draft = other.application.writing.resume(f"m{row[0]}")
        assert draft.record == expected, names
        other.close()


# --- SEND-9: files of records -----------------------------------------------------------------------------------------


def test_SEND_9_a_file_of_a_deal_is_sent_and_the_mail_is_linked_to_the_deal(
    office: Office, records: Records, tmp_path: Path
) -> None:
    offer = tmp_path / "見積書.pdf"
    offer.write_bytes(b"%PDF-1.4 \x00\xff")
    records.file(records.care, offer)
    writing = office.application.writing
    draft = write(office)
    [at_hand] = writing.record_files(draft)
    assert (at_hand.file.name, at_hand.record, at_hand.name) == ("見積書.pdf", records.care, "保守契約")
    offer.unlink()
    draft = writing.attach_record_file(draft, at_hand.file.id)
    assert draft.record == records.care
    assert [(file.name, file.type, file.size) for file in draft.files] == [("見積書.pdf", "application/pdf", 11)]
    name = send(office, draft)
    sent = message_from_bytes(office.outpost.taken[-1].content, policy=default)  # type: ignore[arg-type]
    assert isinstance(sent, EmailMessage)
    [part] = sent.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("見積書.pdf", b"%PDF-1.4 \x00\xff")
    assert linked(office, name) == ("保守契約", CHOSEN)


def test_SEND_9_files_of_what_is_at_hand_come_first_and_typing_finds_all(
    office: Office, records: Records, tmp_path: Path
) -> None:
    [sheet] = records.make("product", name="Shoe")
    [lone] = records.make("deal", name="Elsewhere")
    for record in (records.web, records.company, records.case, sheet, lone):
        file = tmp_path / f"file of {record}.txt"
        file.write_text("x")
        records.file(record, file)
    writing = office.application.writing
    assert [one.record for one in writing.record_files(write(office))] == [records.web, records.case, records.company]
    draft = write(office, records.company)
    assert [one.record for one in writing.record_files(draft)] == [records.company, records.web, records.case]
    assert [one.record for one in writing.record_files(draft, "shoe")] == [sheet]
    assert [one.record for one in writing.record_files(draft, f"FILE {lone}")] == [lone]
    assert writing.record_files(write(office, to="")) == []
    [found] = writing.record_files(draft, "elsewhere")
    kept = writing.attach_record_file(draft, found.file.id)
    assert kept.record == records.company, "what the rep chose stays"
    [found] = writing.record_files(write(office), "みなと")
    assert writing.attach_record_file(write(office), found.file.id).record == ""
    records.changes.remove_file(found.file.id)
    for wrong in (found.file.id, "f999", "m1:2", "", "f", "f٣"):
        with pytest.raises(NotFoundError):
            writing.attach_record_file(draft, wrong)


# --- REC-2 ------------------------------------------------------------------------------------------------------------


def test_REC_2_what_is_for_a_record_is_among_its_mail_of_each_kind(office: Office, records: Records) -> None:
    def subjects(record: str, mail: str) -> list[str]:
        return [one.title for one in office.application.records.timeline(record, mail=mail)]

    others = "helper@else.example"
    writing = office.application.writing
    writing.keep(write(office, records.case, to=others, subject="written"))
    writing.send(write(office, records.case, to=others, subject="waits"), int(office.clock) + DAY)
    name = send(office, write(office, records.care, to=others, subject="gone"))
    send(office, write(office, records.care, to=others, subject="on its way"), read=False)
    assert (subjects(records.case, DRAFTS), subjects(records.case, SCHEDULED)) == (["written"], ["waits"])
    assert subjects(records.care, SENT_HERE) == ["on its way", "gone"]
    assert subjects(records.care, DRAFTS) == subjects(records.web, SENT_HERE) == subjects(records.case, SENT_HERE) == []
    LinkService(office.application.actions.writer).link([here(office, name)], records.web)
    assert subjects(records.web, SENT_HERE) == ["gone"], "the rep has chosen otherwise since"
    assert subjects(records.care, SENT_HERE) == ["on its way"]
    records.changes.merge(records.web, [records.care])
    assert subjects(records.web, SENT_HERE) == ["on its way", "gone"]
