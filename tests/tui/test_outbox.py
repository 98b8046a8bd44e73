"""The outbox by keys: what waits, what needs the rep, what was sent, drafts (SEND-5, SEND-6, VIEW-3)."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.drafts import NEW, Draft, DraftFile
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.mail import FAILED, Delivery
from salesinbox.model.operations import Refusal
from salesinbox.model.outbox import (
    CANCELLED,
    FILED,
    FILING,
    NOT_FILED,
    PENDING,
    REFUSED,
    RUNNING,
    SENT,
    UNKNOWN,
    OutboxEntry,
)
from salesinbox.model.settings import Account, Imap, Me, Settings, Smtp
from salesinbox.rules import snoozing
from salesinbox.store.database import FILE, Database
from salesinbox.tui.app import Board
from salesinbox.wiring import Application

from .desk import NOW, Desk
from .stage import MIDDLE, NARROW, THEMES, WIDE, board, play

LONG = "ご提案の件につきまして、お見積書と導入スケジュールを添付いたしますのでご確認のほどよろしくお願いいたします"
RAW = "From: rep@zylker.example\r\nSubject: 見積\r\n\r\nLiebe Grüße\r\n".encode()


def entry(number, state, subject, to=("nagata@minato.example",), **fields):
    given = {"due": NOW, "created": NOW - 60, **fields}
    return OutboxEntry(
        f"o{number}", "work", f"<{number}@zylker.example>", "rep@zylker.example", tuple(to), subject, state, **given
    )


class DeskOutbox:
    """An outbox in memory, with the states that are told apart. `desk.changes` counts up with every change."""

    def __init__(self, desk, *entries):
        self.desk = desk
        self.kept = {one.id: one for one in entries}
        self.written = {}

    def entries(self, *, recent=50):
        order = (REFUSED, UNKNOWN, PENDING, RUNNING, SENT)
        shown = [one for one in self.kept.values() if one.state in order]
        return sorted(shown, key=lambda one: (order.index(one.state), one.due if one.state == PENDING else -one.sent))

    def become(self, id, **fields):
        self.kept[id] = replace(self.kept[id], **fields)
        self.desk.changes += 1

    def _need(self, id, *states):
        if self.kept[id].state not in states:
            raise UsageError("It has been sent already." if self.kept[id].state == SENT else "It is being sent.")
        return self.kept[id]

    def send_now(self, id):
        self._need(id, PENDING)
        self.become(id, due=NOW)
        return "It is sent now."

    def postpone(self, id, at):
        self._need(id, PENDING)
        self.become(id, due=at)
        return "Sent later."

    def cancel(self, id):
        one = self._need(id, PENDING, REFUSED)
        self.become(id, state=CANCELLED)
        if not one.draft:
            return None
        draft = self.written[one.draft]
        self.desk.writing.opened[draft.id] = draft
        return draft

    def retry(self, id):
        self._need(id, REFUSED, UNKNOWN)
        self.become(id, state=PENDING, due=NOW, error="", asks=False)
        return "It is sent once more."

    def arrived(self, id):
        self._need(id, UNKNOWN)
        self.become(id, state=SENT, sent=NOW, error="", asks=False, filed=FILING)
        return "It counts as sent."

    def source(self, id):
        if self.kept[id].size == 0:
            raise NotFoundError("What was sent so long ago is no longer kept here; look in Sent.")
        return RAW


class DeskWriting:
    def __init__(self, desk, *drafts):
        self.desk = desk
        self.opened = {one.id: one for one in drafts}

    def drafts(self):
        return sorted(self.opened.values(), key=lambda one: -one.changed)

    def parse_time(self, text):
        return snoozing.parse(text, NOW, ZoneInfo("Asia/Tokyo"))

    def kept(self, id):
        try:
            return self.desk.outbox.written[id]
        except KeyError:
            raise NotFoundError("There is no such draft here any more.") from None

    def discard(self, id):
        del self.opened[id]
        self.desk.changes += 1
        return "The draft is thrown away."


def filled(*entries, drafts=()):
    desk = Desk.filled(10)
    desk.outbox, desk.writing = DeskOutbox(desk, *entries), DeskWriting(desk, *drafts)
    for one in entries:
        if one.draft:
            desk.outbox.written[one.draft] = Draft(one.draft, to=", ".join(one.recipients), subject=one.subject,
                                                   text="本文です。\nA second line.", sender=one.sender)  # fmt: skip
    return desk


EVERYTHING = (
    entry(1, REFUSED, "Offer", ("x@nowhere.example",), draft="d1",
          error="mx.nowhere.example refused these recipients, and nothing was sent: x@nowhere.example (550 no such user)"),
    entry(2, UNKNOWN, "Contract", asks=True, error="The line broke before the server had answered.", draft="d2", size=9),
    entry(3, PENDING, "Soon", due=NOW + 8, draft="d3", size=9),
    entry(4, PENDING, "Tomorrow", due=NOW + 18 * 3600, draft="d4", size=9),
    entry(5, SENT, LONG, ("nagata@minato.example", "b@minato.example", "c@minato.example"), sent=NOW - 600, filed=FILED,
          linked=("永田 達郎", "Web刷新"), thread="t1", size=9, response_due=NOW + 3 * 86400),
    entry(6, SENT, "Bounced one", ("gone@minato.example",), sent=NOW - 900, filed=NOT_FILED, thread="t5",
          filed_error="the folder Sent is full",
          deliveries=(Delivery("gone@minato.example", FAILED, "5.1.1", "mailbox unavailable"),)),
)  # fmt: skip
DRAFTS = (
    Draft("d9", to="永田 達郎 <nagata@minato.example>", subject="下書き", text="途中まで", changed=NOW - 120,
          files=(DraftFile("1", "見積書.pdf", "application/pdf", 1000),)),
)  # fmt: skip


@pytest.fixture
def composed(monkeypatch):
    """Drafts that were opened to be written on."""
    opened = []
    monkeypatch.setattr("salesinbox.tui.writing.open_draft", lambda _board, draft: opened.append(draft))
    return opened


def shown(stage):
    """The lines between the frame's sides."""
    return [line[line.index("│") + 1 : line.rindex("│")] for line in stage.lines() if line.count("│") >= 2]


def at_cursor(stage):
    """The row under the cursor."""
    return next((line for line in stage.lines() if "│ ▌" in line), "")


async def go_to(stage, subject):
    """Move the cursor to the row that has these words."""
    for _step in range(20):
        if subject in at_cursor(stage):
            return
        await stage.press("j")
    raise AssertionError(f"no row {subject}\n" + stage.text())


@pytest.mark.parametrize("size", [NARROW, MIDDLE, WIDE])
def test_VIEW_3_O_opens_the_outbox_in_groups_what_needs_the_rep_first(size):
    async def scene(stage):
        await stage.press("O")
        text = stage.text()
        places = [text.index(words) for words in ("Needs you", "To be sent", "Drafts", "Sent lately")]
        assert places == sorted(places)
        for words in ("! refused", "? unknown", "◷ waits", "✎ draft", "in 8 s", "tomorrow 9:00", "14:50", "+2"):
            assert words in text, words
        assert [len(line) for line in stage.lines() if line.isascii()] == [size[0]] * sum(
            map(str.isascii, stage.lines())
        )
        await stage.press("q")
        assert "Needs you" not in stage.text()

    play(board(filled(*EVERYTHING, drafts=DRAFTS)), size, scene)


def test_SEND_6_sent_filed_and_linked_are_shown_apart():
    async def scene(stage):
        await stage.press("O")
        assert any("✓ sent" in line and "filed · linked" in line for line in stage.lines())
        assert any("bounced" in line and "not filed" in line and "linked" not in line for line in stage.lines())
        await go_to(stage, "ご提案")
        for words in ("Sent: ", "Filed in Sent.", "Linked to: 永田 達郎, Web刷新", "if nobody answers: Fri, Nov 27"):
            assert words in stage.text(), words
        await go_to(stage, "Bounced one")
        for words in ("Not filed in Sent: the folder Sent is full", "Linked to no record."):
            assert words in stage.text(), words

    play(board(filled(*EVERYTHING)), WIDE, scene)


def test_READ_8_a_bounce_is_told_with_the_servers_words():
    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Bounced one")
        assert "Did not reach gone@minato.example: 5.1.1 mailbox unavailable" in stage.text()

    play(board(filled(*EVERYTHING)), NARROW, scene)


def test_SEND_6_a_refusal_is_told_by_recipient_in_the_servers_words():
    async def scene(stage):
        await stage.press("O")
        told = " ".join("".join(line) for line in shown(stage))
        assert "x@nowhere.example (550 no such user)" in re.sub(r"\s+", " ", told)

    play(board(filled(*EVERYTHING)), WIDE, scene)


def test_SEND_5_what_is_due_in_a_moment_counts_down_and_the_cursor_stays():
    clock = [NOW]
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Tomorrow")
        assert "in 8 s" in stage.text()
        clock[0] = NOW + 3
        await stage.until(lambda: "in 5 s" in stage.text())
        clock[0] = NOW + 9
        desk.outbox.become("o3", state=SENT, sent=NOW + 8, filed=FILING)
        await stage.until(lambda: "Soon" in stage.text() and "in 5 s" not in stage.text())
        assert "Tomorrow" in at_cursor(stage)
        assert stage.app.screen._timer is not None

    play(board(desk, now=lambda: clock[0]), NARROW, scene)


def test_no_timer_runs_where_nothing_is_to_come():
    async def scene(stage):
        await stage.press("O")
        assert stage.app.screen._timer is None

    play(board(filled(EVERYTHING[0], EVERYTHING[4])), NARROW, scene)


def test_SEND_5_x_takes_back_and_says_that_it_is_a_draft_again():
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Soon")
        await stage.press("x")
        await stage.until(lambda: "Taken back. It is a draft again, and is not sent." in stage.lines()[-1])
        assert "Drafts" in stage.text()
        assert "✎ draft" in at_cursor(stage), "the cursor goes along"
        assert desk.pushed

    play(board(desk), NARROW, scene)
    assert desk.outbox.kept["o3"].state == CANCELLED


def test_SEND_5_e_takes_back_and_opens_it(composed):
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Soon")
        await stage.press("e")
        await stage.until(lambda: composed)
        assert "Needs you" not in stage.text()

    play(board(desk), NARROW, scene)
    assert [draft.id for draft in composed] == ["d3"]


def test_SEND_4_enter_goes_on_with_a_draft_and_d_throws_it_away(composed):
    desk = filled(*EVERYTHING, drafts=DRAFTS)

    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "下書き")
        assert "Attachments: 見積書.pdf" in stage.text()
        await stage.press("s")
        assert "This is a draft: open it to send it." in stage.lines()[-1]
        await stage.press("enter")
        assert composed == list(DRAFTS)
        await stage.press("O")
        await go_to(stage, "下書き")
        await stage.press("d")
        await stage.until(lambda: "thrown away" in stage.lines()[-1])
        assert "下書き" not in stage.text()

    play(board(desk), NARROW, scene)


def test_SEND_5_s_sends_now_and_t_at_another_time():
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Tomorrow")
        await stage.press("t", *"12/1 10:00", "enter")
        await stage.until(lambda: "Sent later." in stage.lines()[-1])
        assert "Tue, Dec 1, 10:00" in stage.text()
        await stage.press("s")
        await stage.until(lambda: "It is sent now." in stage.lines()[-1])

    play(board(desk), NARROW, scene)
    assert desk.outbox.kept["o4"].due == NOW


def test_SEND_6_an_unknown_outcome_asks_and_is_never_sent_again_without_a_word():
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Contract")
        assert "r Send again  y It arrived" in stage.text()
        assert "only you can find out" in re.sub(r"[\s│]+", " ", stage.text())
        await stage.press("r")
        assert "It did not arrive: send it again?" in stage.text()
        assert "gets it twice" in re.sub(r"[\s│]+", " ", stage.text())
        await stage.press("n")
        assert desk.outbox.kept["o2"].state == UNKNOWN
        await stage.press("r", "y")
        await stage.until(lambda: "It is sent once more." in stage.lines()[-1])
        assert desk.outbox.kept["o2"].state == PENDING

    play(board(desk), NARROW, scene)


def test_SEND_6_the_rep_says_that_it_arrived():
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Contract")
        await stage.press("y")
        await stage.until(lambda: "It counts as sent." in stage.lines()[-1])
        assert "Not filed in Sent yet." in stage.text(), "the cursor went with it"

    play(board(desk), WIDE, scene)


def test_SEND_6_what_is_still_looked_for_does_not_ask():
    async def scene(stage):
        await stage.press("O")
        assert "Needs you" not in stage.text()
        assert "It is looked for in Sent first" in stage.text()

    play(board(filled(entry(1, UNKNOWN, "Contract"))), NARROW, scene)


def test_SEND_6_a_refused_one_is_tried_again_by_r():
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O", "r")
        await stage.until(lambda: "It is sent once more." in stage.lines()[-1])

    play(board(desk), NARROW, scene)


def test_what_is_too_late_is_a_sentence():
    async def scene(stage):
        await stage.press("O")
        await go_to(stage, "Bounced one")
        await stage.press("x")
        await stage.until(lambda: "It has been sent already." in stage.lines()[-1])
        await stage.press("V")
        assert "no longer kept here" in stage.lines()[-1]

    play(board(filled(*EVERYTHING)), NARROW, scene)


def test_enter_opens_what_was_sent_in_its_thread_and_else_the_message():
    desk = filled(*EVERYTHING)

    async def scene(stage):
        await stage.press("O", "enter")
        assert "Offer" in stage.text()
        assert "A second line." in stage.text()
        await stage.press("q")
        assert "Needs you" in stage.text()
        await stage.press("V")
        assert "no longer kept here" in stage.lines()[-1]
        await go_to(stage, "Tomorrow")
        await stage.press("V")
        assert "Liebe Grüße" in stage.text()
        await stage.press("q")
        await go_to(stage, "ご提案")
        await stage.press("enter")
        assert stage.app.nav.opened.id == "t1"
        assert "Sent lately" not in stage.text()

    play(board(desk), WIDE, scene)


def test_VIEW_3_the_rails_line_opens_the_outbox():
    desk = filled(*EVERYTHING)

    async def scene(stage):
        stage.app.nav.choose_view("outbox")
        await stage.pilot.pause()
        assert "Needs you" in stage.text()
        assert stage.app.nav.view == "inbox"
        await stage.press("q")
        assert stage.app.nav.mode == "board"

    play(board(desk), NARROW, scene)


def test_an_empty_outbox_says_what_it_is_for():
    async def scene(stage):
        await stage.press("O")
        assert "Nothing waits to be sent" in stage.text()
        await stage.press("x", "e", "enter", "j", "V", "q")
        assert "Nothing waits" not in stage.text()

    play(board(filled()), NARROW, scene)


def test_READ_3_nothing_in_the_outbox_drives_the_terminal():
    bad = "\x1b[2J\x1b]0;x\x07\u202e\n[/]"
    drafts = (Draft("d9", to=bad, cc=bad, subject=bad, text=bad, changed=NOW, files=(DraftFile("1", bad, bad, 1),)),)
    entries = [
        entry(1, REFUSED, bad, (bad,), error=bad, draft="d1"),
        entry(2, SENT, bad, (bad,), sent=NOW, filed=NOT_FILED, filed_error=bad, linked=(bad,), thread="t1",
              deliveries=(Delivery(bad, FAILED, bad, bad),)),
    ]  # fmt: skip

    async def scene(stage):
        await stage.press("O")
        for _row in range(3):
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", "".join(stage.lines()))
            await stage.press("enter" if _row == 0 else "j", "q" if _row == 0 else "j")

    play(board(filled(*entries, drafts=drafts)), NARROW, scene)


def test_a_long_outbox_scrolls_and_keeps_the_heading_of_its_first_row():
    many = [entry(n, SENT, f"Mail {n}", sent=NOW - n, filed=FILED) for n in range(1, 51)]

    async def scene(stage):
        await stage.press("O", "G")
        assert "Mail 50 " in at_cursor(stage)
        await stage.press("g")
        assert "Sent lately" in stage.text()
        assert "Mail 1 " in at_cursor(stage)

    play(board(filled(*many)), NARROW, scene)


def test_SEND_6_a_refusal_on_the_board_names_the_key_of_the_outbox():
    desk = filled(*EVERYTHING)
    desk.untold = lambda: True
    desk.actions.refusals = lambda: [Refusal(1, "t0", "Nobody knows whether “Contract” was sent. " * 3, mail=True)]
    desk.actions.told = lambda: None

    async def scene(stage):
        desk.changes += 1
        await stage.until(lambda: "O Outbox" in stage.lines()[-1])
        await stage.press("O")
        assert "Needs you" in stage.text()

    play(board(desk), NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_UI_4_in_japanese_every_line_is_as_wide_as_the_screen(size):
    texts.use("ja")
    try:

        async def scene(stage):
            await stage.press("O")
            for _row in range(7):
                assert all(strip.cell_length == size[0] for strip in stage.strips())
                await stage.press("j")

        play(board(filled(*EVERYTHING, drafts=DRAFTS)), size, scene)
    finally:
        texts.use("en")


class SendingHome:
    """A rep whose account can send, on a real database; nothing is sent, for nothing runs that does it."""

    def __init__(self, folder):
        me = Me("橋本 奈美", ZoneInfo("Asia/Tokyo"), ("zylker.example",))
        sends = Account("work", "rep@zylker.example", "imap", Imap("127.0.0.1", 1, "none", "rep"),
                        smtp=Smtp("127.0.0.1", 1, "none", "rep"))  # fmt: skip
        self.clock = [float(NOW)]
        self.services = Application(Settings(None, me, (sends,)), folder, lambda: self.clock[0])
        self.services.live.ensure_process = lambda: None
        self.services.live.connect = lambda: False

    def send(self, subject, at=0):
        writing = self.services.writing
        draft = replace(writing.begin(NEW), to="nagata@minato.example", subject=subject, text="本文です。")
        return writing.send(draft, at)

    def become(self, id, state, **fields):
        """What the sync process writes."""
        sets = ", ".join(f"{name} = ?" for name in ("state", *fields))
        with Database(self.services.data / FILE) as writing, writing.transaction() as connection:
            connection.execute(f"UPDATE outgoing SET {sets} WHERE id = ?", (state, *fields.values(), int(id[1:])))

    def board(self):
        each = self.services
        return Board(board=each.board, mail=each.mail, records=each.records, accounts=each.accounts, live=each.live,
                     later=each, settings=each.settings, data=each.data, now=lambda: self.clock[0], themes=[THEMES])  # fmt: skip


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = SendingHome(tmp_path)
    yield made
    made.services.close()


def test_VIEW_3_the_rail_counts_what_is_not_sent(home):
    def counted():
        return {view.name: view.unread for view in home.services.board.views()}["outbox"]

    assert counted() == 0
    first, second = home.send("One"), home.send("Two")
    assert counted() == 2
    home.become(first.id, UNKNOWN)
    home.become(second.id, REFUSED)
    assert counted() == 2
    home.become(first.id, SENT)
    home.services.outbox.cancel(second.id)
    assert counted() == 0
    names = [view.name for view in home.services.board.views()]
    assert names.index("waiting") < names.index("outbox")


def test_VIEW_3_counting_the_outbox_reads_an_index_alone(home):
    rows = home.services.database.connection.execute(
        "EXPLAIN QUERY PLAN SELECT count(*) FROM outgoing WHERE state IN ('pending', 'running', 'refused', 'unknown')"
    ).fetchall()
    assert any("COVERING INDEX outgoing_not_sent" in row[3] for row in rows)


def test_SEND_5_the_outbox_on_a_real_database(home, composed):
    later = home.send("Tomorrow", at=NOW + 18 * 3600)
    soon = home.send("Soon")
    app = home.board()

    async def scene(stage):
        assert "Outbox" in stage.text()
        await stage.press("O")
        assert "in 10 s" in stage.text()
        home.become(soon.id, REFUSED, error="550 5.1.1 no such user")
        await stage.until(lambda: "Needs you" in stage.text())
        assert "Soon" in at_cursor(stage)
        assert "550 5.1.1 no such user" in stage.text()
        await stage.press("r")
        await stage.until(lambda: "It is sent once more." in stage.lines()[-1])
        await stage.press("x")
        await stage.until(lambda: "Taken back." in stage.lines()[-1])
        assert "✎ draft" in at_cursor(stage)
        await stage.press("g")
        await go_to(stage, "Tomorrow")
        await stage.press("V")
        assert later.message_id in stage.text()
        await stage.press("q", "enter")
        assert "本文です。" in stage.text()
        await stage.press("q", "e")
        await stage.until(lambda: composed)

    play(app, WIDE, scene)
    assert [draft.subject for draft in composed] == ["Tomorrow"]
    assert {draft.subject for draft in home.services.writing.drafts()} == {"Tomorrow", "Soon"}
