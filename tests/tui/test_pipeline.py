"""Deals by stage: what they are worth, moved by key, opened and made (REC-6)."""

from dataclasses import replace

import pytest

from salesinbox.model.settings import Pipeline, Records
from salesinbox.model.text import width

from .records_home import HOSTILE, RecordsHome, typed
from .stage import NARROW, WIDE, play


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = RecordsHome(tmp_path)
    made.services.settings = made.settings = replace(
        made.settings,
        records=Records(
            pipelines=(
                Pipeline("営業", (("提案", "open", 50), ("見積", "open", 80), ("受注", "won", 100), ("失注", "lost", 0))),
                Pipeline("Renewals", (("Notice", "open", 90), ("受注", "won", 100))),
            )
        ),
    )  # fmt: skip
    yield made
    made.services.close()


def at_cursor(stage):
    return next((line[line.index("▌") :] for line in stage.lines() if "▌" in line), "")


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_6_deals_stand_by_stage_with_counts_totals_and_what_they_are_weighted(home, size):
    home.change(lambda changes: changes.create("deal", {"name": "In dollars", "stage": "提案", "amount": "1000 USD"}))

    async def scene(stage):
        await stage.press("equals_sign")
        text = stage.text()
        assert "Pipeline 営業" in stage.lines()[0]
        assert "提案 3" in text
        for shown in ("50%", "¥4,800,000 + $1,000", "¥2,400,000", "Web刷新", "¥4,000,000", "Nov 30", "見積 1"):
            assert shown in text, shown
        assert {width(line) for line in stage.lines()} == {size[0]}

    play(home.board(), size, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_6_a_deal_goes_to_the_next_stage_and_back_and_the_cursor_goes_with_it(home, size):
    before = home.dump()

    async def scene(stage):
        await stage.press("equals_sign")
        for _step in range(5):
            if "Web刷新" in at_cursor(stage):
                break
            await stage.press("j")
        await stage.press(">")
        assert home.one("SELECT stage FROM deal WHERE name = 'Web刷新'") == "見積"
        assert "Web刷新" in at_cursor(stage)
        await stage.press("<")
        assert home.one("SELECT stage FROM deal WHERE name = 'Web刷新'") == "提案"
        await stage.press("<")
        assert "There is no further stage." in stage.lines()[-1]
        await stage.press("u", "u")
        assert home.dump() == before

    play(home.board(), size, scene)


def test_REC_6_a_stage_is_chosen_and_a_won_deal_counts_as_won(home):
    async def scene(stage):
        await stage.press("equals_sign", "m")
        await stage.press("j", "j", "enter")
        assert home.one("SELECT count(*) FROM deal WHERE stage = '受注'") == 1
        assert "✓ 受注 1" in stage.text()

    play(home.board(), WIDE, scene)


def test_a_deal_is_opened_and_made_in_its_stage(home):
    async def scene(stage):
        await stage.press("equals_sign", "l")
        assert "倉庫管理" in at_cursor(stage)
        await stage.press("enter")
        assert "倉庫管理  Deal" in stage.lines()[0]
        await stage.press("escape", "n")
        assert "New: Deal" in stage.lines()[0]
        await stage.press(*typed("Next big one"), "ctrl+s")
        assert home.one("SELECT stage FROM deal WHERE name = 'Next big one'") == "見積"
        assert "Next big one" in at_cursor(stage)

    play(home.board(), NARROW, scene)


def test_REC_6_another_pipeline_is_chosen(home):
    home.change(
        lambda changes: changes.create(
            "deal", {"name": "Renewal", "pipeline": "Renewals", "stage": "Notice", "amount": "5 EUR"}
        )
    )

    async def scene(stage):
        await stage.press("equals_sign", "p")
        assert "Renewals" in stage.text()
        await stage.press("j", "enter")
        assert "Pipeline Renewals" in stage.lines()[0]
        assert "Renewal" in at_cursor(stage)
        assert "€5" in stage.text()

    play(home.board(), NARROW, scene)


def test_without_deals_it_says_how_to_make_one(home):
    home.change(lambda changes: changes.remove(["d1", "d2", "d3"]))

    async def scene(stage):
        await stage.press("equals_sign", *"jkhl><")
        assert "There are no deals here yet. n makes the first one." in stage.text()
        await stage.press("enter", "e", "m", "n")
        assert "New: Deal" in stage.lines()[0]

    play(home.board(), NARROW, scene)


@pytest.mark.parametrize("size", [(50, 20), NARROW, WIDE])
def test_READ_3_hostile_and_long_names_break_nothing_however_narrow(home, size):
    for text in HOSTILE:
        home.change(lambda changes, text=text: changes.create("deal", {"name": text, "stage": "提案", "company": text}))

    async def scene(stage):
        await stage.press("equals_sign")
        for key in (*"jjjGglhl",):
            await stage.press(key)
            assert {width(line) for line in stage.lines()} == {size[0]}
            assert not any(character in stage.text() for character in "\x1b\x07\u202e\u200d")

    play(home.board(), size, scene)


def test_REC_6_a_deal_in_another_pipeline_has_the_stages_of_that_one(home):
    async def scene(stage):
        await stage.press("equals_sign", "e")
        for _step in range(20):
            if "▌ Pipeline" in stage.text():
                break
            await stage.press("down")
        await stage.press("right", "right")
        assert "Renewals" in next(line for line in stage.lines() if "▌ Pipeline" in line)
        assert "Notice" in next(line for line in stage.lines() if line.strip().startswith("Stage"))

    play(home.board(), WIDE, scene)
