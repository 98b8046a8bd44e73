"""Several accounts on one board: told apart, looked at one by one, and seen to from a list (ACC-7)."""

import pytest

from salesinbox.services.removing import Removal
from salesinbox.tui.account_colors import AccountMarks, style
from salesinbox.tui.screens.account_work import AGAIN

from .accounts_home import AccountsHome, with_tokens
from .setup_desk import DeskLogin
from .stage import NARROW, WIDE, play
from .test_real import Home


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = AccountsHome(tmp_path, (with_tokens(),))
    made.deliver_to("work", ("永田 達郎", "nagata@minato.example", "お礼"), ("Bob", "bob@twitter.example", "Hello"))
    made.deliver_to("home", ("Aunt Mia", "mia@family.example", "Birthday"))
    yield made
    made.services.close()


def shown(app, column="unknown"):
    return [card.subject for card in app.columns[column].window.cards]


def test_mail_of_several_accounts_is_marked_by_a_letter_on_a_colour(home):
    app = home.board()

    async def scene(stage):
        strips = stage.strips()
        rows = [row for row, line in enumerate(stage.lines()) if "Aunt Mia" in line]
        assert any("H Aunt Mia" in stage.lines()[row] for row in rows)
        assert any("W Bob" in line for line in stage.lines())
        marks = {
            segment.text: segment.style
            for row in strips for segment in row if segment.text in ("W", "H") and segment.style.bgcolor
        }  # fmt: skip
        assert set(marks) == {"W", "H"}
        assert marks["W"].bgcolor != marks["H"].bgcolor

    play(app, WIDE, scene)


def test_with_one_account_nothing_is_marked(tmp_path):
    tmp_path.chmod(0o700)
    made = Home(tmp_path)
    made.deliver(("Bob", "bob@twitter.example", "Hello"))
    app = made.board()

    async def scene(stage):
        assert "•Bob" in stage.text()
        assert "Accounts" not in stage.text()
        await stage.press("full_stop")
        assert shown(app) == ["Hello"]

    play(app, WIDE, scene)
    made.services.close()


def test_the_account_is_named_above_the_text_and_in_why(home):
    app = home.board()

    async def scene(stage):
        await stage.press("4", "w")
        assert "Account: " in stage.text()
        await stage.press("escape", "enter")
        name = "home" if "Birthday" in stage.lines()[1] else "work"
        assert f"{name[0].upper()} {name}" in stage.lines()[1]

    play(app, NARROW, scene)


def test_the_board_is_narrowed_to_one_account_and_back(home):
    app = home.board()

    async def scene(stage):
        assert sorted(shown(app)) == ["Birthday", "Hello"]
        await stage.press("full_stop")
        assert shown(app) == ["Hello"]
        assert app.columns["deals"].head.threads == 1
        assert "› work" in stage.lines()[0]
        await stage.press("full_stop")
        assert shown(app) == ["Birthday"]
        assert app.columns["deals"].head.threads == 0
        assert app.columns["unknown"].head.threads == app.columns["unknown"].head.unread == 1
        await stage.press("escape")
        assert sorted(shown(app)) == ["Birthday", "Hello"]
        assert app.columns["deals"].head.threads == 1

    play(app, WIDE, scene)


def test_an_account_is_chosen_in_the_rail_and_views_are_of_it_alone(home):
    app = home.board()

    async def scene(stage):
        names = [view.name for view in app.rail.views]
        place = names.index("account home")
        await stage.press("v", "g", *["j"] * place, "enter")
        assert shown(app) == ["Birthday"]
        await stage.press("v", "g", *["j"] * names.index("unread"), "enter")
        assert shown(app) == ["Birthday"]
        assert "› home · Unread" in stage.lines()[0]
        home.deliver_to("work", ("Eve", "eve@twitter.example", "News"), ago=0)
        home.deliver_to("home", ("Uncle", "uncle@family.example", "Visit"), ago=0)
        await stage.until(lambda: shown(app) == ["Visit", "Birthday"])

    play(app, WIDE, scene)


def test_narrowed_windows_go_by_key_in_both_directions(home):
    """What is paged and what is counted agree for an account that has few of many threads."""
    for number in range(150):
        account = "home" if number % 5 == 0 else "work"
        home.deliver_to(account, (f"P{number}", f"p{number}@other.example", f"S{number}"))
    board = home.services.board
    board.only = "home"
    whole = board.ids("inbox", "unknown")
    assert len(whole) == 31 == {head.name: head.threads for head in board.heads("inbox")}["unknown"]
    first = board.page("inbox", "unknown", "newest", 10)
    key = (first[-1].sort, first[-1].row)
    second = board.page("inbox", "unknown", "newest", 10, after=key)
    assert [card.id for card in (*first, *second)] == whole[:20]
    before = board.page("inbox", "unknown", "newest", 10, before=(second[0].sort, second[0].row))
    assert [card.id for card in before] == whole[:10]
    assert board.rank("inbox", "unknown", "newest", key) == 9
    assert board.within("inbox", whole) == set(whole)
    board.only = "work"
    assert board.within("inbox", whole) == set()
    for name, count in ((view.name, view.threads) for view in board.views()):
        if " " not in name and name != "outbox":
            assert count == sum(len(board.ids(name, head.name)) for head in board.heads(name))


def test_a_folder_of_another_account_is_looked_at_all_the_same(home):
    app = home.board()

    async def scene(stage):
        await stage.press("full_stop")
        folder = next(view.name for view in app.rail.views if view.group == "home" and view.name.startswith("folder"))
        app.nav.choose_view(folder)
        assert shown(app) == ["Birthday"]
        assert app.columns["unknown"].head.threads == 1

    play(app, WIDE, scene)


async def accounts(stage, *down):
    await stage.press("number_sign", *["j" for _step in down])
    await stage.until(lambda: "nami@home.example" in stage.text() or "rep@zylker.example" in stage.text())


def test_ACC_7_accounts_are_listed_with_their_state(home):
    app = home.board()

    async def scene(stage):
        await accounts(stage)
        text = stage.text()
        assert "rep@zylker.example  (IMAP, 127.0.0.1)" in text
        assert "not syncing" in text
        assert "Mail is only read" in text
        await stage.press("j")
        assert "nami@home.example" in stage.text()

    play(app, NARROW, scene)


def test_an_account_is_paused_and_goes_on(home):
    app = home.board()
    asked = []
    home.services.live.ask_sync = lambda *_args: asked.append(True)

    async def scene(stage):
        await accounts(stage)
        await stage.press("p")
        await stage.until(lambda: home.services.accounts.paused("work"))
        await stage.until(lambda: "‖ paused" in stage.text())
        assert not home.services.accounts.paused("home")
        await stage.press("p")
        await stage.until(lambda: not home.services.accounts.paused("work"))
        await stage.until(lambda: asked)

    play(app, NARROW, scene)


def test_an_account_is_tried_from_the_list_and_says_what_is_wrong(home):
    home.services.lines.secret = lambda _account: "x"
    app = home.board()

    async def scene(stage):
        await accounts(stage)
        await stage.press("t")
        await stage.until(lambda: "! work" in stage.text() or "! " in "\n".join(stage.lines()[10:]))
        assert "127.0.0.1" in stage.text()

    play(app, NARROW, scene)


def test_enter_narrows_the_board_to_the_account(home):
    app = home.board()

    async def scene(stage):
        await accounts(stage)
        await stage.press("j", "enter")
        assert shown(app) == ["Birthday"]

    play(app, NARROW, scene)


def test_ACC_5_logging_in_anew_keeps_the_token_at_once(home):
    finished = []
    home.desk.finish = lambda name, token: finished.append((name, token))
    home.desk.login_made = DeskLogin()
    app = home.board()

    async def scene(stage):
        await accounts(stage)
        await stage.press("j", "j", "l")
        await stage.until(lambda: "Open this address" in stage.text())
        assert "Log in to cloud" in stage.lines()[0]
        home.desk.login_made.came.set()
        await stage.until(lambda: finished == [("cloud", "refresh-1")])
        await stage.until(lambda: "You are logged in to cloud" in stage.lines()[-1])

    play(app, WIDE, scene)


def test_ACC_4_another_password_is_asked_for_and_kept(home):
    kept = []
    home.desk.keep = lambda account, secret: kept.append((account.name, secret)) or "keyring"
    app = home.board()

    async def scene(stage):
        await accounts(stage)
        await stage.press("l", *"new pass".replace(" ", "_"))
        assert "new" not in stage.text()
        assert "••••••••" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: kept == [("work", "new_pass")])
        await stage.until(lambda: "kept in the system's keyring" in stage.text())

    play(app, NARROW, scene)


def test_ACC_4_a_password_that_cannot_be_kept_yet_waits_for_the_passphrase(home):
    home.desk.open, home.desk.there = False, True
    app = home.board()

    async def scene(stage):
        await accounts(stage)
        await stage.press("l", *"geheim", "enter")
        await stage.until(lambda: "What is the passphrase?" in stage.text())
        await stage.press(*"correct", "space", *"horse", "enter")
        await stage.until(lambda: home.desk.kept == ["geheim"])

    play(app, NARROW, scene)


def test_ACC_4_passwords_are_unlocked_from_the_board(home):
    home.desk.open, home.desk.there = False, True
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+p", *"secrets-unlock", "enter")
        await stage.press(*"wrong", "enter")
        await stage.until(lambda: "not the passphrase" in stage.lines()[-1])
        await accounts(stage)
        await stage.press("u", *"correct", "space", *"horse", "enter")
        await stage.until(lambda: home.desk.open)

    play(app, WIDE, scene)


def test_removing_asks_first_and_then_the_board_opens_anew(home):
    removed = []

    def remove(name):
        removed.append(name)
        return Removal(name, 2, 1, 0)

    home.desk.remove = remove
    home.desk.look = lambda name: Removal(name, 2, 1, 0)
    app = home.board()

    async def scene(stage):
        await accounts(stage)
        await stage.press("d")
        await stage.until(lambda: "Remove work?" in stage.text())
        text = " ".join(stage.text().replace("│", " ").split())
        assert "Its server keeps what" in text
        assert "2 messages" in text
        await stage.press("n")
        assert not removed
        await stage.press("d")
        await stage.until(lambda: "Remove work?" in stage.text())
        await stage.press("y")
        await stage.until(lambda: app.return_value == AGAIN)
        assert removed == ["work"]

    play(app, NARROW, scene)
    assert app.return_value == AGAIN


def test_ACC_2_a_further_account_is_set_up_from_the_board(home):
    app = home.board()

    async def scene(stage):
        await stage.press("number_sign", "n")
        assert "Add an account" in stage.lines()[0]
        assert "Your name" not in stage.text()
        from textual import events

        app.screen.post_message(events.Paste("nami@zylker.example"))
        await stage.press("enter")
        await stage.until(lambda: "These ways" in stage.text())
        await stage.press("enter", *"geheim", "enter")
        await stage.until(lambda: "Which folders" in stage.text())
        await stage.press("enter", "enter")
        await stage.until(lambda: home.desk.written)

    play(app, NARROW, scene)
    assert app.return_value == AGAIN


def test_colours_are_the_reps_and_others_are_given_by_themselves():
    from dataclasses import replace

    one = with_tokens()
    accounts = [replace(one, name=name, color=color) for name, color in
                (("work", "cyan"), ("web", ""), ("会社", "#ff8800"), ("w", ""))]  # fmt: skip
    marks = AccountMarks(accounts)
    from salesinbox.tui.themes import load

    from .stage import THEMES

    look = load(THEMES / "dark.toml")
    drawn = [marks.mark(one.name, look) for one in accounts]
    assert [letter for letter, _style in drawn] == ["W", "E", "会", "4"]
    assert len({style.bgcolor for _letter, style in drawn}) == 4
    assert marks.mark("gone", look) is None


@pytest.mark.parametrize("theme", ["dark", "light", "terminal", "high-contrast"])
def test_UI_6_letters_are_read_on_their_colour_in_every_theme(theme):
    from salesinbox.tui.account_colors import COLORS
    from salesinbox.tui.themes import load

    from .stage import THEMES

    names = [path.stem for path in THEMES.glob("*.toml")]
    if theme not in names:
        theme = names[0]
    for color in (True, False):
        look = load(THEMES / f"{theme}.toml", color=color)
        for name in (*COLORS, "#102030", "#f0f0f0"):
            made = style(name, look)
            assert made.reverse or made.color != made.bgcolor
