"""The search screen on a real database: keys pressed, and the screen read."""

import re

import pytest

from salesinbox.model.errors import NetworkError
from salesinbox.model.mail import Address, Body
from salesinbox.store import bodies
from salesinbox.store.database import Database

from .stage import MIDDLE, NARROW, WIDE, play
from .test_real import Home


class Searched(Home):
    """A home whose mail has text; the servers hold what `away` lists."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.away = []
        self.asked = []
        self.error = None
        self.services.__dict__["content"] = self

    def write(self, name: str, subject: str, text: str, *, ago: int = 600) -> None:
        address = f"{re.sub('[^a-z]', '', name.lower()) or 'x'}@minato.example"
        self.deliver((name, address, subject), ago=ago)
        with Database(self.services.database.path) as writing, writing.transaction() as connection:
            number = connection.execute("SELECT max(id) FROM message").fetchone()[0]
            bodies.add_bodies(connection, {number: Body(text, "", (), text[:200])})

    def search_server(self, text):
        self.asked.append(text)
        if self.error:
            raise self.error
        return self.away

    def take(self, hit):
        self.write(hit.sender.name, hit.subject, "fetched text")
        with Database(self.services.database.path, readonly=True) as reading:
            return "t" + str(reading.connection.execute("SELECT max(id) FROM thread").fetchone()[0])


class Hit:
    """What a server has, as the content service tells it."""

    def __init__(self, subject, *, account="work", folder="Old mail", uid=99):
        self.account, self.folder, self.uid, self.date = account, folder, uid, 1_600_000_000
        self.sender, self.subject = Address("Far Away", "far@away.example"), subject


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = Searched(tmp_path)
    made.write("Anna Berg", "Renewal", "Good morning. The renewal costs 4,000 a year.", ago=4000)
    made.write("Ben Stone", "Quote", "Please see the renewal quote attached.", ago=3000)
    made.write("永田 達郎", "お見積りのご依頼", "お世話になっております。見積書を添付いたします。", ago=2000)
    yield made
    made.services.close()


def shown(stage, *words):
    return lambda: all(word in stage.text() for word in words)


def marked(stage) -> set[str]:
    """What is drawn in the colour of marks inside the frame."""
    color = stage.app.look["mark"].color
    return {
        segment.text
        for strip in stage.strips()[3:]
        for segment in strip
        if segment.style and segment.style.color == color
    }


def test_SRCH_4_results_come_while_typing_and_say_who_wrote_what_when_and_where(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"rene")
        await stage.until(shown(stage, "2 threads · newest first"))
        lines = stage.lines()
        place = next(n for n, line in enumerate(lines) if "Ben Stone" in line)
        for words in ("Quote", "Not in CRM · 14:10"):
            assert words in lines[place]
        assert "Please see the renewal quote" in lines[place + 1]
        assert lines.index(next(line for line in lines if "Anna Berg" in line)) > place
        await stage.press(*"wal costs")
        await stage.until(shown(stage, "1 thread "))
        assert not any("Please see" in line for line in stage.lines())

    play(app, MIDDLE, scene)


def test_SRCH_4_words_that_were_found_are_marked_in_subject_sender_and_text(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"rene")
        await stage.until(shown(stage, "2 threads"))
        assert marked(stage) >= {"Rene", "rene"}
        await stage.press("ctrl+u", *"anna")
        await stage.until(shown(stage, "1 thread "))
        assert "Anna" in marked(stage)

    play(app, MIDDLE, scene)


def test_SRCH_3_japanese_comes_from_an_input_method_as_it_is_committed(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash", "見", "積", "書")
        await stage.until(shown(stage, "1 thread "))
        assert "永田 達郎" in stage.text()
        assert "見積書" in marked(stage)
        row, column = app.cursor_position.y, app.cursor_position.x
        line = stage.lines()[row]
        assert line.index("見積書") < len(line)
        assert column > 8

    play(app, MIDDLE, scene)


def test_a_hit_opens_its_thread_at_the_message_that_was_found(home):
    app = home.board()
    opened = []

    async def scene(stage):
        read = app.nav.read
        app.nav.read = lambda card, message="": (opened.append((card.subject, message)), read(card, message))
        await stage.press("slash", *"renewal", "enter")  # before the answer is there, too
        await stage.until(lambda: app.nav.mode == "read")
        assert opened == [("Quote", "m2")]
        assert "renewal quote attached" in stage.text()
        await stage.press("q", "slash")
        assert "your last search" in stage.text()
        await stage.press("enter")
        await stage.until(shown(stage, "2 threads"))
        await stage.press("down", "enter")
        await stage.until(lambda: len(opened) == 2)
        assert opened[1] == ("Renewal", "m1")

    play(app, WIDE, scene)


def test_SRCH_4_by_relevance_with_a_key(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"renewal")
        await stage.until(shown(stage, "newest first"))
        assert stage.text().index("Ben Stone") < stage.text().index("Anna Berg")
        await stage.press("ctrl+r")
        await stage.until(shown(stage, "2 threads · best first"))
        assert stage.text().index("Anna Berg") < stage.text().index("Ben Stone")
        assert "^r newest first" in stage.text()

    play(app, MIDDLE, scene)


def test_SRCH_2_a_query_that_cannot_be_understood_is_a_sentence(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"renewal before:2026-1")
        await stage.until(lambda: app.screen.answered)
        assert "is no date" not in stage.text()
        await stage.press(*"x")
        await stage.until(shown(stage, "“2026-1x” after before: is no date"))
        assert "2026-05-31" in stage.text()
        await stage.press("backspace")
        await stage.until(lambda: "is no date" not in stage.text())
        await stage.press("escape")
        assert "Search" not in stage.lines()[1]

    play(app, NARROW, scene)


def test_without_text_there_are_examples_and_one_of_them_can_be_taken(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash")
        assert "one without the other" in stage.text()
        await stage.press("down", "enter")
        assert app.screen.sheet.typed.text == '"next steps"'
        await stage.until(shown(stage, "nothing here"))
        assert "Search on the server" in stage.text()

    play(app, NARROW, scene)


def test_SRCH_4_further_hits_come_by_scrolling(home):
    for number in range(90):
        home.write(f"Writer {number}", f"Offer {number}", "the same words", ago=5000 + number * 60)
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"same words")
        await stage.until(shown(stage, "90 threads"))
        assert len(app.screen.results.found) == 40
        while "Offer 89" not in stage.text():
            await stage.press("pagedown")
            await stage.until(lambda: app.screen.answered)
        assert len(app.screen.results.found) == 90
        assert "Offer 0 " not in stage.text()

    play(app, MIDDLE, scene)


def test_VIEW_3_a_search_is_kept_as_a_view_and_forgotten(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"renewal", "ctrl+s", "ctrl+u", *"Renewals", "enter")
        assert "Renewals is a view now" in stage.text()
        assert [(saved.name, saved.query) for saved in home.services.search.saved()] == [("Renewals", "renewal")]
        await stage.press("ctrl+s", "ctrl+u", *"Renewals", "enter")
        assert "Enter once more" in stage.text()
        await stage.press("enter")
        assert "Renewals is a view now" in stage.text()
        await stage.press("escape")
        await stage.until(lambda: any(view.title == "Renewals" for view in app.rail.views))
        await stage.press("slash")
        assert "Renewals" in stage.text()
        await stage.press("delete")
        assert "Delete once more" in stage.text()
        await stage.press("delete")
        assert "is forgotten" in stage.text()
        assert home.services.search.saved() == []

    play(app, MIDDLE, scene)


def test_what_only_the_server_has_is_marked_fetched_and_opened(home):
    home.away = [Hit("An old contract\x1b[31m")]
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"contract")
        await stage.until(shown(stage, "nothing here"))
        await stage.press("ctrl+f")
        await stage.until(shown(stage, "on the server, work: Old mail"))
        assert home.asked == ["contract"]
        assert "An old contract" in stage.text()
        assert "\x1b" not in stage.text()
        await stage.press("enter")
        await stage.until(lambda: app.nav.mode == "read")
        assert "fetched text" in stage.text()

    play(app, MIDDLE, scene)


def test_a_server_that_cannot_be_asked_is_a_sentence_and_the_offer_stays(home):
    home.error = NetworkError("work: there is no connection to the server.")
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"contract", "ctrl+f")
        await stage.until(shown(stage, "there is no connection to the server"))
        assert "Search on the server" in stage.text()
        home.error = None
        await stage.press("ctrl+f")
        await stage.until(shown(stage, "The server has nothing more that fits."))

    play(app, MIDDLE, scene)


def test_typing_edits_like_a_line_editor(home):
    app = home.board()

    async def scene(stage):
        await stage.press("slash", *"hello world", "ctrl+w", "home", "delete", "end", "x", "left", "backspace")
        assert app.screen.sheet.typed.text == "ellox"

    play(app, NARROW, scene)
