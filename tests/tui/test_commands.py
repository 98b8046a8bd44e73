"""The registry: keys, clashes, and what follows from it."""

import pytest

from salesinbox.model.errors import ConfigurationError
from salesinbox.tui.commands import BY_NAME, COMMANDS
from salesinbox.tui.keys import Keys, shown


def test_UI_1_names_are_unique_and_every_command_has_help():
    assert len(BY_NAME) == len(COMMANDS)
    assert all(command.help and command.title and command.modes for command in COMMANDS)
    assert {command.name for command in COMMANDS if not command.keys} == {
        "account-add",
        "secrets-unlock",
        "forward-attached",
        "attach-message",
        "import-records",
    }


def test_UI_1_the_registrys_own_keys_do_not_clash():
    Keys()


def test_UI_1_keys_are_rebound_by_name():
    keys = Keys({"why": "W ctrl+y"})
    assert keys.find("board", "w", "w") is None
    assert keys.find("board", "W", "W").name == "why"
    assert keys.find("board", "ctrl+y", None).name == "why"


def test_UI_1_a_character_is_found_whatever_its_key_is_called():
    keys = Keys()
    assert keys.find("board", "question_mark", "?").name == "help"
    assert keys.find("board", "slash", "/").name == "search"
    assert keys.find("read", "p", "p").name == "previous-message"
    assert keys.find("board", "p", "p").name == "pane"


def test_a_command_can_be_left_without_a_key():
    keys = Keys({"quit": ""})
    assert keys.label("quit") == ""
    assert keys.find("board", "Q", "Q") is None


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"wyh": "x"}, "Did you mean why?"),
        ({"zzzz": "x"}, "Commands are: move-down"),
        ({"why": "o", "override": "o"}, "why and override"),
        ({"why": "ctrlx"}, "there is no key 'ctrlx'"),
        ({"why": "hyper+x"}, "there is no key"),
    ],
)
def test_UI_1_what_cannot_be_is_a_sentence(chosen, sentence):
    with pytest.raises(ConfigurationError, match=sentence.replace("?", r"\?")):
        Keys(chosen)


def test_keys_are_shown_as_people_write_them():
    assert [shown(key) for key in ("ctrl+p", "enter", "G", "escape")] == ["^p", "⏎", "G", "Esc"]


def test_UI_1_the_reps_key_takes_the_place_of_ours():
    """So a later release can give a key to a new command without breaking anybody's settings."""
    keys = Keys({"override": "m"})
    assert keys.label("override") == "m"
    assert keys.label("move") == ""
