"""The magnet on a real mailbox: what puts mail in, and what takes it out again (MAG-1 to MAG-4)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

import pytest

from salesinbox.model.errors import NotFoundError
from salesinbox.model.magnet import MagnetEntry
from salesinbox.model.settings import Magnet, Settings
from salesinbox.rules.columns import own
from salesinbox.services.actions import ActionService
from salesinbox.services.board import BoardService
from salesinbox.services.magnet import MagnetService
from salesinbox.services.records.changes import RecordChanges
from salesinbox.store import board, changes, magnet, pages, placing
from salesinbox.store.database import Database
from salesinbox.sync.once import one_pass
from tests.mailboxes import ME, line, sound
from tests.servers import Mailbox

NOW = 1_795_500_000
HOUR, DAY = 3600, 86_400
CONTACT, LEAD = "永田 達郎 <nagata@minato.example>", "Bob Stone <bob@stone.example>"
COLLEAGUE = "鈴木 ほなみ <suzuki@zylker.example>"


class Rep:
    """A rep's mailbox and cache, with one contact on a deal, one lead, and a colleague who is a contact as well."""

    def __init__(self, mailbox: Mailbox, folder: Path) -> None:
        self.mailbox = mailbox
        self.path = folder / "data" / "mail.db"
        self.account = mailbox.account()
        self.clock = NOW
        self.serial = 0
        self.database = Database(self.path)
        with self.database.transaction() as connection:
            for number, kind, name, address in (
                (1, "contact", "永田 達郎", "nagata@minato.example"),
                (2, "lead", "Bob Stone", "bob@stone.example"),
                (3, "contact", "鈴木 ほなみ", "suzuki@zylker.example"),
            ):
                connection.execute(
                    "INSERT INTO person (id, kind, name, name_key, created, changed) VALUES (?, ?, ?, ?, 1, 1)",
                    (number, kind, name, name.lower()),
                )
                connection.execute("INSERT INTO person_address VALUES (?, ?, 0)", (address, number))
            stage = connection.execute("SELECT name FROM stage WHERE state = 'open' LIMIT 1").fetchone()[0]
            connection.execute(
                "INSERT INTO deal (id, name, name_key, amount, currency, stage, created, changed)"
                " VALUES (7, 'Web刷新', 'web刷新', '4000000', 'JPY', ?, 1, 1)",
                (stage,),
            )
            connection.execute("INSERT INTO deal_contact (deal_id, person_id, main) VALUES (7, 1, 1)")
        self.use()

    def use(self, **settings: object) -> None:
        """Work with these settings of the magnet from now on."""
        self.settings = Settings(None, ME, (self.account,), magnet=Magnet(**settings))  # type: ignore[arg-type]
        self.own = own(ME, (self.account,))
        self.actions = ActionService(self.database, self.settings, self.own, lambda: self.clock)
        self.magnet = MagnetService(self.actions.writer)
        placing.bring_up_to_date(self.database, self._placing())

    def _placing(self) -> board.Placing:
        return board.placing(self.settings, self.own, self.clock)

    def mail(self, sender: str = CONTACT, subject: str = "", folder: str = "INBOX", **more: str) -> str:
        """Put a message on the server; returns its Message-ID. `more` are headers, with _ for -."""
        self.serial += 1
        message = EmailMessage()
        message["From"] = sender
        more.setdefault("To", f"Rep <{self.account.address}>")
        more.setdefault("Date", formatdate(self.clock - HOUR + self.serial))
        body = more.pop("body", "Please tell me.\n")
        flags = more.pop("flags", "").split()
        for name, value in more.items():
            message[name.replace("_", "-")] = value
        message["Subject"] = subject or f"Subject {self.serial}"
        message["Message-ID"] = f"<{self.serial}@test.example>"
        message.set_content(body)
        with self.mailbox.client() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, message.as_bytes(), flags, datetime.fromtimestamp(self.clock, UTC))
        return str(message["Message-ID"])

    def sync(self) -> None:
        report = one_pass(
            self.account,
            line(self.account, self.mailbox.password),
            self.path,
            self._placing,
            lambda _event: None,
            lambda: self.clock,
        )
        assert not report.error

    def waiting(self) -> list[str]:
        """Subjects in the magnet, the longest waiting first; its count, its view and its bits agree."""
        found = [entry.card.subject for entry in self.magnet.entries()]
        assert self.magnet.count() == len(found)
        cards = BoardService(self.database, self.settings, self.own, lambda: self.clock).cards(
            None, "magnet", None, None
        )
        assert sorted(card.subject for card in cards) == sorted(found)
        return found

    def thread(self, subject: str) -> str:
        row = self.database.connection.execute(
            "SELECT thread_id FROM message WHERE subject = ? ORDER BY id DESC", (subject,)
        ).fetchone()
        return f"t{row[0]}"

    def entry(self) -> MagnetEntry:
        (entry,) = self.magnet.entries()
        return entry

    def close(self) -> None:
        self.actions.close()
        self.database.close()


@pytest.fixture
def rep(dovecot: Mailbox, tmp_path: Path) -> Iterator[Rep]:
    found = Rep(dovecot, tmp_path)
    yield found
    sound(found.path)
    found.close()


# --- what is in it --------------------------------------------------------------------------------------------------


def test_MAG_1_mail_of_leads_and_contacts_to_the_rep_waits_the_longest_first(rep: Rep) -> None:
    rep.mail(CONTACT, "second", Date=formatdate(NOW - 2 * HOUR))
    rep.mail(LEAD, "first", Date=formatdate(NOW - 5 * HOUR))
    rep.sync()
    assert rep.waiting() == ["first", "second"]
    first, second = rep.magnet.entries()
    assert (first.waiting_since, second.waiting_since) == (NOW - 5 * HOUR, NOW - 2 * HOUR)
    assert "Bob Stone" in first.reason
    assert "永田 達郎" in second.reason


def test_MAG_1_what_does_not_wait(rep: Rep) -> None:
    address = rep.account.address
    rep.mail("Stranger <who@else.example>", "a stranger")
    rep.mail(COLLEAGUE, "a colleague who is a contact")
    rep.mail(f"Rep <{address}>", "own mail")
    rep.mail(CONTACT, "to a group", To="info@zylker.example")
    rep.mail(CONTACT, "by a list", List_Id="<sales.minato.example>")
    rep.mail(CONTACT, "in Bcc", To="undisclosed-recipients:;")
    rep.mail(CONTACT, "to a colleague", To="suzuki@zylker.example")
    rep.mail(CONTACT, "automatic", Auto_Submitted="auto-replied")
    rep.mail(CONTACT, "old", Date=formatdate(NOW - 40 * DAY))
    rep.mail(CONTACT, "spam", "Junk")
    failed = "zylker.example; dmarc=fail header.from=minato.example"
    rep.mail(CONTACT, "failed its checks", Authentication_Results=failed)
    rep.mail(CONTACT, "answered", flags="\\Answered")
    rep.sync()
    assert rep.waiting() == []


def test_MAG_1_cc_counts_as_to_and_groups_and_lists_are_let_in_by_settings(rep: Rep) -> None:
    rep.mail(CONTACT, "in Cc", To="boss@minato.example", Cc=rep.account.address)
    rep.mail(CONTACT, "group", To="info@zylker.example")
    rep.mail(CONTACT, "list", List_Id="<sales.minato.example>")
    rep.sync()
    assert rep.waiting() == ["in Cc"]
    rep.use(groups=True)
    assert rep.waiting() == ["in Cc", "group"]
    rep.use(lists=True)
    assert rep.waiting() == ["in Cc", "list"]
    rep.use(groups=True, lists=True)
    assert rep.waiting() == ["in Cc", "group", "list"]


def test_MAG_1_a_colleagues_word_in_a_thread_leaves_the_customer_waiting(rep: Rep) -> None:
    first = rep.mail(CONTACT, "question")
    rep.mail(COLLEAGUE, "Re: question", References=first)
    rep.sync()
    (entry,) = rep.magnet.entries()
    assert entry.card.column == "colleagues"
    assert "永田 達郎" in entry.reason


def test_MAG_1_a_customer_who_wrote_to_a_group_does_not_wait_because_a_colleague_wrote_to_the_rep(rep: Rep) -> None:
    first = rep.mail(COLLEAGUE, "for you")
    rep.mail(CONTACT, "Re: for you", To="info@zylker.example", References=first)
    rep.sync()
    assert rep.waiting() == []


def test_MAG_1_who_wrote_long_ago_and_writes_again_waits_since_now(rep: Rep) -> None:
    first = rep.mail(CONTACT, "question", Date=formatdate(NOW - 50 * DAY))
    rep.mail(CONTACT, "Re: question", References=first, Date=formatdate(NOW - HOUR))
    rep.sync()
    assert rep.entry().waiting_since == NOW - HOUR


def test_MAG_1_mail_waits_from_the_moment_its_sender_is_a_record_and_grows_old(rep: Rep) -> None:
    rep.mail("New <new@else.example>", "hello")
    rep.sync()
    assert rep.waiting() == []
    with rep.actions.writer.step("created") as step:
        step.connection.execute(
            "INSERT INTO person (id, kind, name, name_key, created, changed) VALUES (9, 'lead', 'New', 'new', 1, 1)"
        )
        step.connection.execute("INSERT INTO person_address VALUES ('new@else.example', 9, 0)")
    assert rep.waiting() == ["hello"]
    rep.clock = NOW + 31 * DAY
    rep.use()
    assert rep.waiting() == []


# --- what takes it out ----------------------------------------------------------------------------------------------


def _flag(rep: Rep, folder: str, flag: bytes, message_id: str) -> None:
    with rep.mailbox.client() as client:
        client.select_folder(folder)
        client.add_flags(client.search(["HEADER", "Message-ID", message_id]), [flag])


def test_MAG_4_an_answer_from_another_client_takes_it_out(rep: Rep) -> None:
    flagged = rep.mail(CONTACT, "flagged as answered")
    answered = rep.mail(LEAD, "answered in Sent")
    rep.sync()
    assert len(rep.waiting()) == 2
    _flag(rep, "INBOX", b"\\Answered", flagged)
    rep.mail(f"Rep <{rep.account.address}>", "Re: answered in Sent", "Sent", To=LEAD, References=answered)
    rep.sync()
    assert rep.waiting() == []
    rep.mail(LEAD, "Re: Re: answered in Sent", References=answered)
    rep.sync()
    assert len(rep.waiting()) == 1


def test_MAG_4_reading_takes_it_out_only_if_set(rep: Rep) -> None:
    read = rep.mail(CONTACT, "question")
    rep.sync()
    _flag(rep, "INBOX", b"\\Seen", read)
    rep.sync()
    assert rep.waiting() == ["question"]
    rep.use(until_read=True)
    assert rep.waiting() == []
    assert "until_read" in rep.magnet.why(rep.thread("question"))
    rep.mail(CONTACT, "Re: question", References=read)
    rep.sync()
    assert rep.waiting() == ["Re: question"]


def test_MAG_4_one_entry_for_a_thread_which_survives_a_restart(rep: Rep) -> None:
    first = rep.mail(CONTACT, "question", Date=formatdate(NOW - 9 * HOUR))
    rep.mail(CONTACT, "Re: question", References=first)
    rep.sync()
    assert rep.entry().waiting_since == NOW - 9 * HOUR
    rep.close()
    rep.database = Database(rep.path)
    rep.use()
    assert rep.waiting() == ["Re: question"]


def test_MAG_4_archived_mail_still_waits_and_trashed_mail_does_not(rep: Rep) -> None:
    for name in ("Archive", "Trash"):
        with rep.mailbox.client() as client:
            client.create_folder(name)
    rep.mail(CONTACT, "archived")
    rep.mail(LEAD, "trashed")
    rep.sync()
    rep.actions.archive([rep.thread("archived")])
    rep.actions.trash([rep.thread("trashed")])
    assert rep.waiting() == ["archived"]
    assert "trash" in rep.magnet.why(rep.thread("trashed"))


def test_MAG_3_snoozed_and_muted_threads_are_out_while_they_are(rep: Rep) -> None:
    rep.mail(CONTACT, "asleep")
    rep.mail(LEAD, "muted")
    rep.sync()
    rep.actions.snooze([rep.thread("asleep")], NOW + DAY)
    rep.actions.mute([rep.thread("muted")])
    assert rep.waiting() == []
    assert "snoozed" in rep.magnet.why(rep.thread("asleep"))
    assert "muted" in rep.magnet.why(rep.thread("muted"))
    rep.use(days=31)  # everything is placed again
    assert rep.waiting() == []
    rep.clock = NOW + DAY
    rep.actions.wake()
    rep.actions.mute([rep.thread("muted")], on=False)
    assert rep.waiting() == ["asleep", "muted"]


def test_MAG_3_an_entry_says_what_the_rep_did_about_it(rep: Rep) -> None:
    rep.mail(CONTACT, "question")
    rep.sync()
    thread = rep.thread("question")
    assert rep.entry().did == ()
    changes = RecordChanges(rep.actions.writer)
    task = changes.create("task", {"name": "Ask the factory"}, thread=thread)
    assert rep.entry().did == ("Task: Ask the factory",)
    assert rep.entry().card.task
    changes.complete(task.done)
    assert rep.entry().did == ("Task: Ask the factory (done)",)
    assert not rep.entry().card.task
    rep.actions.snooze([thread], NOW + HOUR)
    rep.clock = NOW + HOUR
    rep.actions.wake()
    assert rep.entry().did[-1].startswith("It was snoozed until ")


def test_MAG_4_dismissed_until_new_mail_comes(rep: Rep) -> None:
    first = rep.mail(CONTACT, "question")
    rep.sync()
    outcome = rep.magnet.dismiss([rep.thread("question")])
    assert outcome.done == (rep.thread("question"),)
    assert outcome.text == "Out of the magnet: question"
    assert rep.waiting() == []
    again = rep.magnet.dismiss([rep.thread("question")])
    assert again.refused == ((rep.thread("question"), "It is not in the magnet."),)
    rep.sync()
    rep.use(days=29)
    assert rep.waiting() == []
    rep.mail(CONTACT, "Re: question", References=first, Date=formatdate(NOW - 60))
    rep.sync()
    assert rep.entry().waiting_since == NOW - 60


def test_MAG_4_restored_it_waits_again(rep: Rep) -> None:
    rep.mail(CONTACT, "question")
    rep.sync()
    thread = rep.thread("question")
    assert rep.magnet.restore([thread]).refused
    rep.magnet.dismiss([thread])
    assert "dismissed" in rep.magnet.why(thread)
    assert rep.magnet.restore([thread]).text == "Waits again: question"
    assert rep.waiting() == ["question"]
    assert rep.actions.undo().text == "Undone – Waits again: question"
    assert rep.waiting() == []


def test_ACT_3_undo_leaves_the_database_as_it_was(rep: Rep) -> None:
    rep.mail(CONTACT, "one")
    rep.mail(LEAD, "two")
    rep.sync()

    def tables() -> dict[str, list[tuple[object, ...]]]:
        names = [*changes.TABLES, "thread", "thread_count", "thread_folder", "message", "location"]
        return {
            name: [row for row in rep.database.connection.execute(f"SELECT * FROM {name}") if row[-2:] != (0, 0)]
            for name in names
        }

    before = tables()
    rep.magnet.dismiss([rep.thread("one"), rep.thread("two")])
    assert tables() != before
    assert rep.actions.undo().text == "Undone – Out of the magnet: 2 threads"
    assert tables() == before


def test_MAG_3_ids_of_messages_and_unknown_ids(rep: Rep) -> None:
    rep.mail(CONTACT, "question")
    rep.sync()
    message = rep.database.connection.execute("SELECT id FROM message").fetchone()[0]
    outcome = rep.magnet.dismiss([f"m{message}", "t999", "x", "m-1"])
    assert outcome.done == (f"m{message}",)
    assert [id for id, _sentence in outcome.refused] == ["t999", "x", "m-1"]  # noqa: A001 - as in the services
    with pytest.raises(NotFoundError):
        rep.magnet.why("t999")


# --- narrowed -------------------------------------------------------------------------------------------------------

NARROWED = [
    ({"folders": ("INBOX",)}, ["deal", "lead"]),
    ({"folders": ("work:Kunden",)}, ["elsewhere"]),
    ({"folders": ("inbox", "Kunden")}, ["deal", "lead", "elsewhere"]),
    ({"folders": ("nowhere",)}, []),
    ({"labels": ("urgent",)}, ["lead"]),
    ({"labels": ("Kunden",)}, ["elsewhere"]),
    ({"columns": ("deals",)}, ["deal", "elsewhere"]),
    ({"columns": ("people",)}, ["lead"]),
    ({"deals_over": "3999999.99"}, ["deal", "elsewhere"]),
    ({"deals_over": "4000000"}, []),
    ({"query": "subject:deal"}, ["deal"]),
    ({"query": "-subject:deal"}, ["lead", "elsewhere"]),
    ({"query": "from:bob OR in:Kunden"}, ["lead", "elsewhere"]),
    ({"query": "kind:lead"}, ["lead"]),
    ({"query": "column:people"}, ["lead"]),
    ({"query": "deal:Web刷新"}, ["deal", "elsewhere"]),
    ({"query": "body:urgently"}, ["deal"]),
    ({"query": "subject:deal", "columns": ("people",)}, []),
]


@pytest.mark.parametrize(("settings", "expected"), NARROWED, ids=[str(case[0]) for case in NARROWED])
@pytest.mark.parametrize("arrives", [True, False], ids=["arriving", "placed again"])
def test_MAG_2_narrowed_by_settings(
    rep: Rep, settings: dict[str, object], expected: list[str], *, arrives: bool
) -> None:
    if arrives:
        rep.use(**settings)
    rep.mail(CONTACT, "deal", body="We need it urgently.\n")
    rep.mail(LEAD, "lead", flags="urgent")
    rep.mail(CONTACT, "elsewhere", "Kunden")
    rep.sync()
    if not arrives:
        assert rep.waiting() == ["deal", "lead", "elsewhere"]
        rep.use(**settings)
    assert rep.waiting() == expected
    for subject in {"deal", "lead", "elsewhere"} - set(expected):
        assert "setting" in rep.magnet.why(rep.thread(subject))


def test_MAG_2_the_query_asks_of_the_mail_that_waits_not_of_the_rest_of_the_thread(rep: Rep) -> None:
    rep.use(query="-body:invoice")
    first = rep.mail(f"Rep <{rep.account.address}>", "offer", "Sent", To=CONTACT, body="The invoice follows.\n")
    rep.mail(CONTACT, "Re: offer", References=first)
    rep.sync()
    assert rep.waiting() == ["Re: offer"]


def test_MAG_2_moving_the_mail_moves_it_in_and_out(rep: Rep) -> None:
    rep.use(folders=("INBOX",))
    rep.mail(CONTACT, "question")
    with rep.mailbox.client() as client:
        client.create_folder("Kunden")
    rep.sync()
    rep.actions.move([rep.thread("question")], "Kunden")
    assert rep.waiting() == []
    rep.actions.undo()
    assert rep.waiting() == ["question"]


def test_FLT_2_a_filter_puts_on_and_takes_off(rep: Rep) -> None:
    rep.use(columns=("deals",))
    rep.mail("Stranger <who@else.example>", "put on")
    rep.mail(CONTACT, "taken off")
    rep.sync()
    with rep.actions.writer.step("filtered") as step:
        magnet.force(step.connection, int(rep.thread("put on")[1:]), True)
        magnet.force(step.connection, int(rep.thread("taken off")[1:]), False)
    assert rep.waiting() == ["put on"]
    assert "filter" in rep.magnet.why(rep.thread("put on"))
    assert "filter" in rep.magnet.why(rep.thread("taken off"))
    rep.magnet.dismiss([rep.thread("put on")])
    rep.magnet.restore([rep.thread("taken off")])
    assert rep.waiting() == ["taken off"]


# --- why ------------------------------------------------------------------------------------------------------------

WHY: list[tuple[str, Callable[[Rep], object], str]] = [
    ("in", lambda rep: rep.mail(CONTACT, "x"), "永田 達郎, a contact, wrote to you."),
    ("lead", lambda rep: rep.mail(LEAD, "x"), "Bob Stone, a lead, wrote to you."),
    ("stranger", lambda rep: rep.mail("w@else.example", "x"), "w@else.example is neither a lead nor a contact."),
    ("colleague", lambda rep: rep.mail(COLLEAGUE, "x"), "suzuki@zylker.example is a colleague."),
    ("group", lambda rep: rep.mail(CONTACT, "x", To="info@zylker.example"), "group address only"),
    ("list", lambda rep: rep.mail(CONTACT, "x", List_Id="<a.b>"), "mailing list"),
    ("bcc", lambda rep: rep.mail(CONTACT, "x", To="u:;"), "Neither To nor Cc"),
    ("old", lambda rep: rep.mail(CONTACT, "x", Date=formatdate(NOW - 40 * DAY)), "older than 30 days"),
    ("answered", lambda rep: rep.mail(CONTACT, "x", flags="\\Answered"), "It is answered."),
    ("automatic", lambda rep: rep.mail(CONTACT, "x", Auto_Submitted="auto-replied"), "A program wrote it"),
    ("mine", lambda rep: rep.mail(f"<{rep.account.address}>", "x", To=CONTACT), "You wrote it yourself."),
    (
        "failed",
        lambda rep: rep.mail(CONTACT, "x", Authentication_Results="zylker.example; dmarc=fail"),
        "failed the checks",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", WHY, ids=[case[0] for case in WHY])
def test_MAG_1_why_it_is_there_or_not(rep: Rep, case: tuple[str, Callable[[Rep], object], str]) -> None:
    _name, put, expected = case
    put(rep)
    rep.sync()
    first, *rest = rep.magnet.why(rep.thread("x")).splitlines()
    inside = bool(rep.waiting())
    assert first == ("It is in the magnet." if inside else "It is not in the magnet.")
    assert len(rest) == 1
    assert expected in rest[0]


def test_MAG_2_nothing_is_asked_where_nothing_narrows(rep: Rep) -> None:
    rep.mail(CONTACT, "question")
    rep.sync()
    asked: list[str] = []
    rep.database.connection.set_trace_callback(asked.append)
    left = magnet.left_out(rep.database.connection, Magnet(), ME.zone, NOW, None)
    rep.database.connection.set_trace_callback(None)
    assert (left, asked) == ([], [])
    assert pages.total(rep.database.connection, 16384) == 1


def test_MAG_4_what_was_dismissed_stays_so_when_two_threads_turn_out_to_be_one(rep: Rep) -> None:
    first = rep.mail(CONTACT, "one")
    second = rep.mail(CONTACT, "two")
    rep.sync()
    rep.magnet.dismiss([rep.thread("one"), rep.thread("two")])
    rep.mail(f"Rep <{rep.account.address}>", "between", "Drafts", References=f"{first} {second}", flags="\\Draft")
    rep.sync()
    assert rep.thread("one") == rep.thread("two")
    assert rep.waiting() == []
