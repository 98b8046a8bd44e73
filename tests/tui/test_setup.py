"""Setting up an account by keys (ACC-2): what is asked, what is offered, what is kept when one goes back."""

from pathlib import Path

import pytest

from salesinbox.model.errors import CredentialsError
from salesinbox.model.text import width
from salesinbox.services.setup import Tried
from salesinbox.tui.setup.answers import Answers
from salesinbox.tui.setup.finding import AddressStep
from salesinbox.tui.welcome import SET_UP, Welcome

from .setup_desk import SetupDesk
from .stage import MIDDLE, NARROW, THEMES, WIDE, play


@pytest.fixture
def desk(tmp_path):
    return SetupDesk(tmp_path)


def welcome(desk):
    return Welcome(path=desk.path, example="[me]\n", themes=[THEMES], setting_up=desk)


async def address(stage, typed="nami@zylker.example", name="橋本 奈美"):
    await stage.press("c")
    await write(stage, name)
    await stage.press("enter")
    await write(stage, typed)
    await stage.press("enter")


async def write(stage, text):
    """Each letter as a key; what no key is called is pasted, as input methods do."""
    from textual import events

    if text.isascii() and text.isalnum():
        await stage.press(*text)
    else:
        stage.app.screen.post_message(events.Paste(text))
        await stage.pilot.pause()


def answered(stage, words):
    return lambda: words in stage.text()


async def password_step(stage):
    await address(stage)
    await stage.until(answered(stage, "These ways to the mail"))
    await stage.press("enter")


@pytest.mark.parametrize("size", [NARROW, MIDDLE, WIDE])
def test_ACC_2_from_the_address_to_what_is_written(desk, size):
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        assert "IMAP imap.zylker.example:993" in stage.text()
        await write(stage, "secret word")
        assert "secret" not in stage.text()
        assert "•" * len("secret word") in stage.text()
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))
        assert [width(line) for line in stage.lines()] == [size[0]] * size[1]
        assert "20,118  INBOX" in stage.text()
        await stage.press("enter")
        assert "all but spam and trash" in stage.text()
        assert str(desk.path) in "".join(line.strip() for line in stage.lines())
        assert not desk.written
        assert not desk.kept
        await stage.press("enter")
        await stage.until(lambda: desk.written)

    play(app, size, scene)
    assert app.return_value == SET_UP
    [proposal] = desk.written
    assert (proposal.name, proposal.address, proposal.me_name) == ("zylker", "nami@zylker.example", "橋本 奈美")
    assert (proposal.provider, proposal.folders, proposal.color) == ("imap", None, "")
    assert proposal.tables["imap"]["host"] == "imap.zylker.example"
    assert "secret word" not in repr(proposal)
    assert desk.kept == ["secret word"]
    assert [secret for _proposal, secret in desk.tried] == ["secret word"]


def test_ACC_2_esc_goes_back_a_step_and_nothing_that_was_typed_is_lost(desk):
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "geheim")
        await stage.press("escape")
        assert "These ways to the mail" in stage.text()
        await stage.press("escape")
        assert "nami@zylker.example" in stage.text()
        await stage.press("escape")
        assert "Four columns" in stage.text()
        await stage.press("c")
        assert "橋本 奈美" in stage.text()
        assert "nami@zylker.example" in stage.text()
        await stage.press("enter")
        await stage.until(answered(stage, "These ways to the mail"))
        await stage.press("enter")
        assert "••••••" in stage.text()
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))

    play(app, NARROW, scene)
    assert [secret for _proposal, secret in desk.tried] == ["geheim"]
    assert len(desk.asked) == 1, "what was found for the same address is not looked for again"


def test_ACC_2_another_address_takes_no_password_of_the_one_before(desk):
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "geheim")
        await stage.press("escape", "escape", "x", "enter")
        await stage.until(answered(stage, "These ways to the mail of nami@zylker.examplex"))
        await stage.press("enter")
        assert "•" not in stage.text()

    play(app, NARROW, scene)


def test_ACC_2_the_search_can_be_stopped_and_keys_are_answered_meanwhile(desk):
    desk.searched.clear()
    app = welcome(desk)

    async def scene(stage):
        await address(stage)
        await stage.until(answered(stage, "Looking for the servers of zylker.example"))
        await stage.press("escape")
        assert "1/6 Address" in stage.text()
        await stage.press("enter", "enter")
        assert "No server was found" in stage.text()
        assert "Another IMAP server" in stage.text()
        desk.searched.set()

    play(app, NARROW, scene)


def test_SAFE_3_the_public_list_is_asked_only_when_the_rep_says_so(desk):
    app = welcome(desk)

    async def scene(stage):
        await address(stage)
        await stage.until(answered(stage, "These ways"))
        await stage.press("escape", "tab", "space")
        assert "[x]" in stage.text()
        await stage.press("enter")
        await stage.until(answered(stage, "These ways"))

    play(app, NARROW, scene)
    assert desk.asked == [("nami@zylker.example", False), ("nami@zylker.example", True)]


def test_ACC_2_only_what_the_server_offers_can_be_chosen(desk):
    app = welcome(desk)

    async def scene(stage):
        await address(stage)
        await stage.until(answered(stage, "These ways"))
        await stage.press("down", "enter")
        text = stage.text()
        assert "Client id" in text
        assert "Password" not in text
        assert "in the browser" in text
        await stage.press("up", "space")
        assert "by a code" in stage.text()
        await stage.press("space")
        assert "in the browser" in stage.text()

    play(app, NARROW, scene)


def test_ACC_2_a_refused_password_says_what_to_change_and_leads_back(desk):
    refused = Tried(False, "zylker: the server refused the user or the password.", int(CredentialsError.exit))
    desk.outcomes = [refused]
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "wrong")
        await stage.press("enter")
        await stage.until(answered(stage, "It does not work yet"))
        text = " ".join(stage.text().split())
        assert "refused the user or the password" in text
        assert "app password" in text
        assert "without a server that sends" not in text
        await stage.press("escape")
        assert "•••••" in stage.text()
        await stage.press("backspace", "enter")
        await stage.until(answered(stage, "Which folders"))

    play(app, NARROW, scene)
    assert [secret for _proposal, secret in desk.tried] == ["wrong", "wron"]


def test_ACC_2_what_can_be_read_but_not_sent_may_be_taken_for_reading(desk):
    desk.outcomes = [Tried(False, "Mail can be read, but not sent: no route.", 5, readable=True)]
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "geheim")
        await stage.press("enter")
        await stage.until(answered(stage, "go on without sending"))
        await stage.press("w")
        await stage.until(answered(stage, "Which folders"))
        await stage.press("enter", "enter")
        await stage.until(lambda: desk.written)

    play(app, MIDDLE, scene)
    assert "smtp" not in desk.written[0].tables


def test_ACC_2_servers_are_changed_by_hand(desk):
    app = welcome(desk)

    async def scene(stage):
        await address(stage)
        await stage.until(answered(stage, "These ways"))
        await stage.press("e")
        assert "imap.zylker.example" in stage.text()
        for _field in range(10):
            await stage.press("up")
        await stage.press("ctrl+u", "m", "x", "tab", "space", "tab", "ctrl+u")
        await write(stage, "99999")
        await stage.press("tab", "tab", "tab", "tab", "enter")
        assert "A port is a number from 1 to 65535" in stage.text()
        await stage.press("ctrl+u")
        await write(stage, "1430")
        await stage.press("enter")
        assert "IMAP mx:1430" in stage.text()

    play(app, NARROW, scene)


def test_ACC_7_chosen_folders_are_written_by_their_names(desk):
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "geheim")
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))
        await stage.press("A", "A", "enter")
        assert "Choose at least one folder" in stage.text()
        await stage.press("space", "down", "space", "enter", "c")
        assert "INBOX, Sent" in stage.text()
        assert "red" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: desk.written)

    play(app, NARROW, scene)
    assert desk.written[0].folders == ("INBOX", "Sent")
    assert desk.written[0].color == "red"


def browser(desk, scene, size=NARROW):
    app = welcome(desk)

    async def whole(stage):
        await address(stage)
        await stage.until(answered(stage, "These ways"))
        await stage.press("down", "enter")
        await write(stage, "client1")
        await stage.press("enter", "enter")
        await stage.until(answered(stage, "Open this address"))
        await scene(stage)

    play(app, size, whole)


def test_ACC_5_the_browser_comes_back_by_itself(desk):
    async def scene(stage):
        shown = "".join(line.strip() for line in stage.lines())
        assert desk.login_made.url in shown
        assert desk.login_made.ssh_line in stage.text()
        desk.login_made.came.set()
        await stage.until(answered(stage, "Which folders"))
        await stage.press("enter", "enter")
        await stage.until(lambda: desk.written)

    browser(desk, scene)
    assert desk.kept == ["refresh-1"]
    tables = desk.written[0].tables
    assert tables["oauth"] == {"provider": "microsoft", "client_id": "client1"}
    assert tables["imap"]["auth"] == tables["smtp"]["auth"] == "oauth"
    assert "refresh-1" not in repr(desk.written)


def test_ACC_5_the_address_can_be_pasted_while_the_browser_is_waited_for(desk):
    async def scene(stage):
        await write(stage, "http://127.0.0.1:8719/?state=1")
        await stage.press("enter")
        await stage.until(answered(stage, "it has no code"))
        assert "Waiting for the browser" in stage.text()
        await stage.press("ctrl+u")
        await write(stage, "http://127.0.0.1:8719/?code=c&state=1")
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))

    browser(desk, scene)
    assert desk.tried[0][1] == "refresh-2"


def test_ACC_5_going_back_ends_the_waiting(desk):
    async def scene(stage):
        await stage.press("escape")
        await stage.until(lambda: desk.login_made.stopped)
        assert "Client id" in stage.text()

    browser(desk, scene)


def test_ACC_5_the_address_is_copied_by_a_key(desk):
    async def scene(stage):
        copied = []
        stage.app.copy_to_clipboard = copied.append
        await stage.press("y")
        assert copied == [desk.login_made.url]
        assert "Copied" in stage.lines()[-1]

    browser(desk, scene)


def test_ACC_5_a_code_is_shown_and_waited_for(desk):
    app = welcome(desk)

    async def scene(stage):
        await address(stage)
        await stage.until(answered(stage, "These ways"))
        await stage.press("down", "enter", "up", "space", "down")
        await write(stage, "client1")
        await stage.press("enter", "enter")
        await stage.until(answered(stage, "ABCD-1234"))
        assert "https://login.example/device" in stage.text()
        desk.login_made.came.set()
        await stage.until(answered(stage, "Which folders"))

    play(app, NARROW, scene)


def test_ACC_4_without_a_keyring_a_passphrase_is_chosen_once(desk):
    desk.open = False
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "geheim")
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))
        await stage.press("enter", "enter")
        await stage.until(answered(stage, "There is no keyring here"))
        await write(stage, "short")
        await stage.press("enter", "enter")
        assert "At least 8 characters" in stage.text()
        await stage.press("ctrl+u")
        await write(stage, "long enough")
        await stage.press("enter")
        await write(stage, "long enou")
        await stage.press("enter")
        assert "These two are not the same" in stage.text()
        assert "enough" not in stage.text()
        await stage.press("g", "h", "enter")
        await stage.until(lambda: desk.written)

    play(app, NARROW, scene)
    assert desk.kept == ["geheim"]


def test_ACC_4_a_locked_file_asks_for_its_passphrase(desk):
    desk.open, desk.there = False, True
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "geheim")
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))
        await stage.press("enter", "enter")
        await stage.until(answered(stage, "What is the passphrase?"))
        await write(stage, "wrong")
        await stage.press("enter")
        await stage.until(answered(stage, "not the passphrase"))
        await stage.press("ctrl+u")
        await write(stage, "correct horse")
        await stage.press("enter")
        await stage.until(lambda: desk.written)

    play(app, NARROW, scene)
    assert desk.kept == ["geheim"]


def test_ACC_4_a_command_takes_the_place_of_a_password(desk):
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await stage.press("up", "space", "down")
        await write(stage, "pass show 'mail/my work'")
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))
        await stage.press("enter", "enter")
        await stage.until(lambda: desk.written)

    play(app, NARROW, scene)
    assert desk.written[0].tables["imap"]["password_command"] == ["pass", "show", "mail/my work"]
    assert desk.kept == []
    assert desk.tried[0][1] == ""


def test_UI_5_leaving_ends_the_program_whatever_is_waited_for(desk):
    desk.searched.clear()
    app = welcome(desk)

    async def scene(stage):
        await address(stage)
        await stage.until(answered(stage, "Looking for"))
        await stage.press("ctrl+c")

    play(app, NARROW, scene)
    assert app.return_value is None
    desk.searched.set()


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (200, 60)])
def test_UI_2_every_step_is_drawn_at_any_size(desk, size):
    app = welcome(desk)

    async def scene(stage):
        def whole():
            return [width(line) for line in stage.lines()] == [size[0]] * size[1]

        await address(stage)
        await stage.until(lambda: stage.app.screen.step.__class__.__name__ == "CandidateStep")
        assert whole()
        await stage.press("e")
        assert whole()
        await stage.press("escape", "enter")
        await write(stage, "geheim")
        assert whole()
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen.step.__class__.__name__ == "FolderStep")
        assert whole()
        await stage.press("enter")
        assert whole()

    play(app, size, scene)


def test_no_secret_is_in_a_repr():
    answers = Answers(address="a@b.example", secret="geheim", token="refresh")
    assert "geheim" not in repr(answers)
    assert "refresh" not in repr(answers)


def test_the_first_step_says_what_an_address_looks_like(desk):
    app = welcome(desk)

    async def scene(stage):
        await address(stage, "nami")
        assert "An address looks like" in stage.text()
        assert isinstance(stage.app.screen.step, AddressStep)

    play(app, NARROW, scene)
    assert not desk.asked


def test_the_file_is_named_as_people_write_it(desk):
    desk.path = Path.home() / ".config/salesinbox/config.toml"
    app = welcome(desk)

    async def scene(stage):
        await password_step(stage)
        await write(stage, "geheim")
        await stage.press("enter")
        await stage.until(answered(stage, "Which folders"))
        await stage.press("enter")
        assert "~/.config/salesinbox/config.toml" in stage.text()

    play(app, NARROW, scene)
