"""Writing on a real database: what is kept, sent and taken back there (SEND-1, SEND-4, SEND-5)."""

from dataclasses import replace

import pytest

from salesinbox.model.identities import Identity
from salesinbox.model.settings import Smtp
from salesinbox.tui import writing

from .stage import NARROW, WIDE, play
from .test_real import Home


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = Home(tmp_path)
    account = replace(
        made.settings.accounts[0],
        smtp=Smtp("127.0.0.1", 1, "none", "rep"),
        identities=(
            Identity("work", "橋本 奈美", "rep@zylker.example", "橋本"),
            Identity("work", "Sales", "sales@zylker.example", "The team"),
        ),
    )
    made.settings = made.services.settings = replace(made.settings, accounts=(account,))
    made.deliver(("Ken Naka", "ken@nowhere.example", "Price list"))
    yield made
    made.services.close()


def test_SEND_4_a_reply_is_kept_gone_on_with_and_sent(home):
    app = home.board()
    service = home.services.writing

    async def scene(stage):
        await stage.press("r", *"Thank you", "escape")
        await stage.until(lambda: "The draft is kept" in stage.lines()[-1])
        [draft] = service.drafts()
        assert draft.text.startswith("Thank you")
        assert draft.to == "Ken Naka <ken@nowhere.example>"
        writing.resume(app, draft.id)
        await stage.until(lambda: writing.is_open(app))
        await stage.press("ctrl+n", "down", "enter", "ctrl+s")
        assert "Sales <sales@zylker.example>" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "It goes in 10 seconds." in stage.lines()[-1])
        [entry] = home.services.outbox.entries()
        assert entry.recipients == ("ken@nowhere.example",)
        assert service.drafts() == []
        await stage.press("u")
        await stage.until(lambda: writing.is_open(app))
        assert "Thank you" in stage.text(), "taken back, it is open again"

    play(app, NARROW, scene)


def test_SEND_4_nothing_is_left_of_what_nobody_wrote(home):
    app = home.board()

    async def scene(stage):
        for key in ("r", "a", "c"):
            await stage.press(key, "escape")
            await stage.until(lambda: not writing.is_open(app))
        assert home.services.writing.drafts() == []

    play(app, NARROW, scene)


def test_SEND_4_discard_and_undo(home):
    app = home.board()

    async def scene(stage):
        await stage.press("c", *"ken@nowhere.example", "alt+x")
        await stage.until(lambda: "thrown away" in stage.lines()[-1])
        assert home.services.writing.drafts() == []
        await stage.press("u")
        await stage.until(lambda: writing.is_open(app))
        assert "ken@nowhere.example" in stage.text()

    play(app, NARROW, scene)


def test_SEND_2_people_of_the_crm_complete(home):
    app = home.board()

    async def scene(stage):
        await stage.press("c")
        await stage.until(lambda: home.services.recipients.loaded)
        await stage.press("n", "a", "g")
        assert "nagata@minato.example" in stage.text()
        await stage.press("enter")
        assert (
            app.screen.draft.to == "達郎 永田 <nagata@minato.example>" or "nagata@minato.example" in app.screen.draft.to
        )

    play(app, WIDE, scene)


def test_SEND_9_a_file_is_kept_with_the_draft(home, tmp_path):
    app = home.board()
    (tmp_path / "offer.txt").write_text("forty seats")

    async def scene(stage):
        await stage.press("c", *"ken@nowhere.example", "ctrl+o", *str(tmp_path / "offer.txt"), "enter")
        await stage.until(lambda: "offer.txt (plain, 11 B)" in stage.text())
        await stage.press("tab", "tab", "tab", "tab", *"See the offer", "escape")
        await stage.until(lambda: not writing.is_open(app))
        [draft] = home.services.writing.drafts()
        assert [file.name for file in draft.files] == ["offer.txt"]
        assert draft.text.startswith("See the offer")

    play(app, NARROW, scene)
