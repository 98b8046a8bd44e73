"""Beginning, filling in, reviewing and sending a message by keys (SEND-1, SEND-3, SEND-5, SEND-7, SEND-9)."""

import threading
from dataclasses import replace

import pytest
from textual import events

from salesinbox.locale import texts
from salesinbox.model import drafts, reviews
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import ConfigurationError, NetworkError
from salesinbox.model.settings import Writing
from salesinbox.tui import writing
from salesinbox.tui.compose.screen import ComposeScreen
from salesinbox.tui.keys import Keys

from .desk import Desk
from .stage import MIDDLE, NARROW, WIDE, board, play
from .writing_desk import writing_desk


@pytest.fixture
def desk():
    return writing_desk()


def _field(stage, label):
    return next(line for line in stage.lines() if line[1:].startswith(label))


@pytest.mark.parametrize("size", [NARROW, MIDDLE, WIDE, (60, 12)])
def test_SEND_1_a_new_message_is_written_reviewed_and_sent_with_one_enter(desk, size):
    app = board(desk)

    async def scene(stage):
        await stage.press("c")
        assert "New message" in stage.lines()[0]
        await stage.press(*"ken@minato.example", "tab", "tab", *"Offer", "enter", *"Hello Ken")
        assert "Hello Ken" in stage.text()
        await stage.press("ctrl+s")
        for shown in ("Send?", "橋本 奈美 <hashimoto@zylker.example>", "Nakamura, Ken <ken@minato.example>", "Offer"):
            assert shown in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "It goes in 10 seconds.   u Undo" in stage.lines()[-1])
        [(draft, at)] = desk.writing.sent
        assert (draft.to, draft.subject, at) == ('"Nakamura, Ken" <ken@minato.example>', "Offer", 0)
        assert draft.text.startswith("Hello Ken\n")
        assert "Deals" in stage.text()
        assert desk.pushed

    play(app, size, scene)


def test_SEND_1_reply_is_about_the_newest_message_of_others_and_begins_in_the_text(desk):
    app = board(desk)
    card = desk.cards[0]
    thread = desk.thread(card.id)
    desk.threads[card.id] = [replace(thread[0], id="m7"), replace(thread[0], id="m8", mine=True)]

    async def scene(stage):
        await stage.press("r")
        assert desk.writing.begun == [(drafts.REPLY, "m7")]
        await stage.press(*"Thanks")
        assert "Thanks" in stage.text()
        assert "永田 達郎 <nagata@minato.example>" in _field(stage, "To")
        await stage.press("escape")
        await stage.until(lambda: "Deals" in stage.text())
        await stage.press("f")
        await stage.until(lambda: "Forward" in stage.lines()[0])
        assert desk.writing.begun[-1] == (drafts.FORWARD, "m8")

    play(app, NARROW, scene)


def test_SEND_1_while_reading_the_message_under_the_cursor_is_answered(desk):
    app = board(desk)
    card = desk.cards[0]
    thread = desk.thread(card.id)
    desk.threads[card.id] = [replace(thread[0], id=f"m{n}", date=thread[0].date + n) for n in (5, 6)]

    async def scene(stage):
        await stage.press("enter", "p", "a")
        assert desk.writing.begun == [(drafts.REPLY_ALL, app.reader.message.id)]
        assert "Reply to all" in stage.lines()[0]
        assert "ken@minato.example" in _field(stage, "Cc")
        await stage.press("escape")
        assert app.nav.opened is not None, "back to the thread that was read"

    play(app, NARROW, scene)


def test_SEND_1_what_waits_for_the_server_can_be_stopped(desk):
    app = board(desk)
    desk.writing.gate.clear()

    async def scene(stage):
        await stage.press("B")
        assert "Fetching the message…" in stage.lines()[-1]
        await stage.press("escape")
        assert "Stopped." in stage.lines()[-1]
        desk.writing.gate.set()
        await stage.pilot.pause()
        assert not writing.is_open(app)

    play(app, NARROW, scene)


def test_SEND_1_redirect_asks_for_recipients_only(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("B")
        await stage.until(lambda: "Redirect" in stage.lines()[0])
        assert "the original goes as it is" in stage.text()
        await stage.press(*"ken@minato.example", "tab", "tab", *"not mine", "ctrl+s", "enter")
        await stage.until(lambda: desk.writing.sent)
        draft = desk.writing.sent[0][0]
        assert (draft.text, draft.subject) == ("As it came.", "Re: 価格表")

    play(app, NARROW, scene)


def test_SEND_1_enter_in_the_view_of_drafts_goes_on_with_the_draft(desk):
    app = board(desk)
    newest = desk.thread(desk.cards[0].id)[-1].id
    desk.writing.on_server[newest] = Draft(
        account="work", sender="hashimoto@zylker.example", to="x@y.example", text="Begun elsewhere"
    )

    async def scene(stage):
        app.nav.choose_view("drafts")
        await stage.press("enter")
        await stage.until(lambda: "Begun elsewhere" in stage.text())
        await stage.press("escape")
        await stage.until(lambda: not writing.is_open(app))
        assert list(desk.writing.store) == ["d1"], "what was there before stays"
        app.nav.choose_view("inbox")
        await stage.press("enter")
        assert app.nav.opened is not None, "elsewhere Enter reads"

    play(app, NARROW, scene)


def test_SEND_1_a_draft_that_is_kept_here_is_opened_without_the_server(desk):
    app = board(desk)
    newest = desk.thread(desk.cards[0].id)[-1].id
    kept = desk.writing.keep(Draft(account="work", sender="hashimoto@zylker.example", to="x@y.example", text="Mine"))
    desk.writing.here[newest] = kept.id
    desk.writing.gate.clear()

    async def scene(stage):
        app.nav.choose_view("drafts")
        await stage.press("enter")
        assert "Mine" in stage.text()
        await stage.press("escape", "N")
        assert "Mine" in stage.text()

    play(app, NARROW, scene)


def test_SEND_1_an_empty_board_can_write():
    desk = writing_desk()
    desk.cards = []
    app = board(desk)

    async def scene(stage):
        await stage.press("r", "f", "N", "B")
        assert not writing.is_open(app)
        await stage.press("c")
        assert "New message" in stage.lines()[0]

    play(app, NARROW, scene)


def test_SEND_3_without_a_server_it_is_said_which_lines_are_missing(desk):
    app = board(desk)
    desk.writing.who = []

    async def scene(stage):
        for key in ("c", "r", "f"):
            await stage.press(key)
            assert "[account.smtp]" in stage.text()
            assert 'tls = "starttls"' in stage.text()
            await stage.press("q")

    play(app, NARROW, scene)


def test_SEND_3_the_sender_is_chosen_and_the_signature_follows(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "up")
        assert "‹ 1/2 ›" in _field(stage, "From")
        await stage.press("right")
        assert "Zylker Sales <sales@zylker.example>" in _field(stage, "From")
        assert "The sales team" in stage.text()
        await stage.press("ctrl+n")
        assert "hashimoto@zylker.example" in stage.text()
        await stage.press("up", "enter")
        assert "‹ 1/2 ›" in _field(stage, "From")
        assert "The sales team" not in stage.text()

    play(app, NARROW, scene)


def test_SEND_7_the_review_shows_warnings_and_what_stops_leads_back_to_its_field(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", "tab", *"Text", "ctrl+s")
        text = stage.text()
        assert "It cannot be sent like this" in text
        assert text.index("There is no recipient.") < text.index("There is no subject."), "what stops comes first"
        await stage.press("ctrl+s")
        assert not desk.writing.sent
        assert "▌To" in stage.text(), "back in the field"
        await stage.press(*"ken@minato.example", "ctrl+s")
        assert "! There is no subject." in stage.text()
        await stage.press("escape")
        assert not desk.writing.sent
        await stage.press("ctrl+s", "ctrl+s")
        await stage.until(lambda: desk.writing.sent)

    play(app, NARROW, scene)


def test_SEND_7_nothing_that_a_stranger_wrote_drives_the_screen(desk):
    app = board(desk)
    desk.writing.subject = "Re: \x1b[2J\u202eevil\x07 [/b]"
    desk.writing.warns = [reviews.Caution(reviews.OUTSIDE, "\x1b]0;x\x07 \u202ename")]

    async def scene(stage):
        await stage.press("r", "ctrl+s")
        for sign in "\x1b\x07\u202e":
            assert sign not in stage.text()
        assert "evil" in stage.text()

    play(app, NARROW, scene)


def test_SEND_7_many_recipients_scroll_and_warnings_stay(desk):
    app = board(desk)
    desk.writing.warns = [reviews.Caution(reviews.MANY, "It goes to 40 people.")]

    async def scene(stage):
        await stage.press("c")
        app.screen.fields["to"].paste("\n".join(f"p{n}@x.example" for n in range(40)))
        app.screen.changed()
        await stage.press("ctrl+s")
        assert "p0@x.example" in stage.text()
        assert "p39@x.example" not in stage.text()
        assert "It goes to 40 people." in stage.text()
        await stage.press("G")
        assert "p39@x.example" in stage.text()
        assert "It goes to 40 people." in stage.text()

    play(app, NARROW, scene)


def test_SEND_5_send_later_by_choice_or_typed_shows_the_time(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", *"Hi", "ctrl+t", *"gibberish")
        assert "is no time to come" in stage.text()
        await stage.press(*["backspace"] * 9, *"tomorrow 9:00", "enter")
        assert "tomorrow 9:00" in stage.text()
        await stage.press("escape")
        assert "goes tomorrow 9:00" in stage.text()
        await stage.press("ctrl+s", "enter")
        await stage.until(lambda: desk.writing.sent)
        assert desk.writing.sent[0][1] == desk.writing.parse_time("tomorrow 9:00")
        assert "It goes tomorrow 9:00." in stage.lines()[-1]

    play(app, NARROW, scene)


def test_SEND_5_a_chosen_time_can_be_given_up(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", *"Hi", "ctrl+t", "enter", "escape", "ctrl+t", "enter")
        assert "goes" not in stage.text().replace("Goes", "")
        await stage.press("ctrl+s", "enter")
        await stage.until(lambda: desk.writing.sent)
        assert desk.writing.sent[0][1] == 0

    play(app, NARROW, scene)


def test_ACT_6_the_response_check_is_chosen_and_shown(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", "ctrl+r", *"3", "enter")
        assert "tell me if no reply in 3 days" in stage.text()
        await stage.press("ctrl+s", "enter")
        await stage.until(lambda: desk.writing.sent)
        assert desk.writing.sent[0][0].response_days == 3

    play(app, NARROW, scene)


def test_SEND_1_markdown_is_switched_by_key(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c")
        assert "plain text" in stage.text()
        await stage.press("alt+m")
        assert "Markdown" in stage.text()
        assert app.screen.draft.markdown
        await stage.press("alt+m")
        assert not app.screen.draft.markdown

    play(app, NARROW, scene)


def test_SEND_9_files_are_completed_attached_and_taken_off(desk, tmp_path):
    app = board(desk)
    (tmp_path / "offer one.txt").write_text("x" * 1500)
    (tmp_path / "offer two.txt").write_text("y")

    async def scene(stage):
        await stage.press("c", "ctrl+o", *f"{tmp_path}/off", "tab")
        assert "offer one.txt" in stage.text()
        await stage.press(*"o", "tab", "enter")
        await stage.until(lambda: "offer one.txt (plain, 1.5 kB)" in stage.text())
        await stage.press("ctrl+o")
        app.screen.asked.typed.insert(f"'{tmp_path}/offer two.txt' {tmp_path}/nothing.pdf")
        await stage.press("enter")
        await stage.until(lambda: "nothing.pdf cannot be attached" in stage.lines()[-1])
        assert "offer two.txt" in stage.text()
        await stage.press("tab", "tab", "tab")
        assert "▌Files" in stage.text()
        await stage.press("right", "delete")
        await stage.until(lambda: "offer two.txt" not in stage.text())
        assert [file.name for file in desk.writing.store["d1"].files] == ["offer one.txt"]

    play(app, NARROW, scene)


def test_SEND_9_a_message_of_the_thread_is_attached(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "ctrl+p", *"attach-message", "enter")
        assert "Attach a message of this thread" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: ".eml" in stage.text())

    play(app, NARROW, scene)


def test_UI_1_keys_of_writing_are_in_footer_palette_and_help(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c")
        assert "^s Send" in stage.lines()[-1]
        await stage.press("ctrl+p")
        assert "Wrap the paragraph  (rewrap)" in stage.text()
        assert "archive" not in stage.text()
        await stage.press(*"bcc", "enter")
        assert "▌Bcc" in stage.text()
        await stage.press("f1")
        assert "Keys and marks" in stage.text()
        assert "Markdown" in stage.text()  # what is of use here comes first
        await stage.press("q")
        assert "▌Bcc" in stage.text()

    play(app, NARROW, scene)


def test_UI_1_keys_of_writing_are_rebound_but_never_to_a_letter():
    assert Keys({"send": "f9"}).find("compose", "f9", None).name == "send"
    assert Keys({"help": "?"}).label("help", "compose") == ""
    with pytest.raises(ConfigurationError, match="is text where messages are written"):
        Keys({"send": "s"})


def test_plain_letters_are_text_whatever_they_mean_on_the_board(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "tab", "tab", *"Qq?jkdeR!/ x")
        assert "Qq?jkdeR!/ x" in _field(stage, "Subject")

    play(app, NARROW, scene)


def test_the_boards_sentences_are_seen_while_writing(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("c")
        app.say("Something happened.")
        await stage.until(lambda: "Something happened." in stage.lines()[-1])
        await stage.press("ctrl+r")
        assert "Something happened." not in stage.lines()[-1]

    play(app, NARROW, scene)


def test_an_error_in_sending_keeps_the_screen_and_says_it(desk):
    app = board(desk)

    def refuse(draft, at=0):
        raise NetworkError("It cannot be.")

    desk.writing.send = refuse

    async def scene(stage):
        await stage.press("r", *"Hi", "ctrl+s", "enter")
        await stage.until(lambda: "It cannot be." in stage.lines()[-1])
        await stage.press(*"!")
        assert "Hi!" in stage.text()

    play(app, NARROW, scene)


@pytest.mark.parametrize("code", [0, 1])
def test_SEND_1_the_reps_own_editor_writes_the_text(desk, tmp_path, code):
    desk.writing.file = tmp_path / "draft.txt"
    app = board(desk)
    commands = []

    def edit(command):
        commands.append(list(command))
        desk.writing.file.write_text("Written elsewhere\twith a tab\n\x1b[2J", encoding="utf-8")
        return code

    async def scene(stage):
        await stage.press("c", *"ken@minato.example", "ctrl+g")
        assert "There is no terminal here" in stage.lines()[-1] or "ended with code" in stage.lines()[-1]

    play(app, NARROW, scene)
    app = board(desk)

    async def other(stage):
        await stage.press("c", *"ken@minato.example")
        app.screen.start = edit
        await stage.press("ctrl+g")
        assert commands == [["ed", str(tmp_path / "draft.txt")]]
        assert "Written elsewhere   with a tab" in stage.text() or "Written elsewhere  with a tab" in stage.text()
        assert "\x1b" not in stage.text()
        assert ("ended with code 1" in stage.lines()[-1]) == bool(code)
        await stage.press(*"A")
        assert "AWritten" in stage.text(), "one goes on in the text"

    play(app, NARROW, other)


def test_SEND_1_no_editor_is_a_sentence(desk):
    desk.writing.command = []
    app = board(desk)

    async def scene(stage):
        await stage.press("c", "ctrl+g")
        assert "$EDITOR" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_SEND_1_the_setting_opens_the_editor_at_once(desk, tmp_path):
    desk.writing.file = tmp_path / "draft.txt"
    app = board(desk)
    app.settings = replace(app.settings, writing=Writing(external=True))
    ran = threading.Event()
    before = ComposeScreen.__init__

    def started(self, *args, **options):
        before(self, *args, **options, start=lambda command: ran.set() or 0)

    async def scene(stage):
        ComposeScreen.__init__ = started
        try:
            await stage.press("r")
            await stage.until(ran.is_set)
        finally:
            ComposeScreen.__init__ = before

    play(app, NARROW, scene)


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast", "terminal"])
def test_UI_6_text_and_fields_follow_the_theme(desk, theme):
    app = board(desk, theme=theme)

    async def scene(stage):
        await stage.press("r", *"Own")
        quoted = own = None
        for strip in stage.strips():
            for segment in strip:
                if "> お世話に" in segment.text:
                    quoted = segment.style
                if segment.text.startswith("Own"):
                    own = segment.style
        assert quoted == app.look["quote"]
        assert own == app.look["text"]

    play(app, NARROW, scene)


def test_UI_6_choosing_a_theme_redraws_the_open_message(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", *"Own")
        app.use_look(app.load_look("light"))
        await stage.pilot.pause()
        styles = {segment.text.strip(): segment.style for strip in stage.strips() for segment in strip}
        assert styles["Own"] == app.look["text"]

    play(app, NARROW, scene)


def test_UI_4_all_of_it_speaks_japanese(desk):
    texts.use("ja")
    app = board(desk)

    async def scene(stage):
        await stage.press("r", *"承知しました")
        assert "承知しました" in stage.text()
        for line in stage.lines():
            assert len(line) <= 80

    play(app, NARROW, scene)


def test_UI_2_a_new_size_keeps_everything_in_place(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r", *"Hello")
        for size in ((40, 8), WIDE, (80, 24), (20, 5)):
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
            await stage.press(*"x")
        await stage.pilot.resize_terminal(*NARROW)
        await stage.pilot.pause()
        assert "Helloxxxx" in stage.text()

    play(app, NARROW, scene)


def test_a_click_puts_the_cursor_there(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("r")
        await stage.pilot.click(offset=(20, 4))
        assert "▌Subject" in stage.text()
        await stage.pilot.click(offset=(3, 8))
        await stage.press(*"!")
        assert app.screen.head.active == "body"

    play(app, NARROW, scene)


def test_what_is_typed_ahead_is_text_and_never_a_command(desk):
    app = board(desk)
    typed = [*"r", *"Thanks, see you! e d s", "ctrl+s", "enter"]

    async def scene(stage):
        for key in typed:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await stage.until(lambda: desk.writing.sent)
        assert desk.writing.sent[0][0].text.startswith("Thanks, see you! e d s\n")
        assert len(desk.writing.begun) == 1
        assert app.nav.marked == {}

    play(app, NARROW, scene)


def test_other_desks_do_without_writing():
    app = board(Desk.filled(2))

    async def scene(stage):
        await stage.press("enter", "q", "j")

    play(app, NARROW, scene)
