import os
import subprocess
import sys

import pytest

from salesinbox.locale import texts
from salesinbox.locale.texts import _, from_environment, ngettext


@pytest.fixture(autouse=True)
def _language_restored():
    yield
    texts.use("")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE@euro"}, "de"),
    ],
)
def test_UI_4_the_locale_names_the_language(environment, expected):
    assert from_environment(environment) == expected


def test_UI_4_the_language_can_be_changed_while_the_program_runs():
    texts.use("ja")
    assert (texts.language(), _("Deals")) == ("ja", "商談")
    texts.use("en")
    assert (texts.language(), _("Deals")) == ("en", "Deals")


def test_UI_4_a_language_without_a_catalogue_is_english():
    texts.use("fr")
    assert (texts.language(), _("Deals")) == ("en", "Deals")


def test_UI_4_the_locale_decides_where_no_language_is_set(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    texts.use("")
    assert _("Colleagues") == "同僚"


def test_plurals_follow_the_language():
    one, many = "{n} thread moved to another column.", "{n} threads moved to another column."
    texts.use("en")
    assert [ngettext(one, many, n) for n in (0, 1, 2)] == [many, one, many]
    texts.use("ja")
    assert ngettext(one, many, 1) == ngettext(one, many, 2) == "{n} 件のスレッドが別の列に移りました。"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_empty_text_stays_empty(language):
    texts.use(language)
    assert _("") == ""


def test_an_unknown_text_stays_as_it_is():
    texts.use("ja")
    assert _("never written") == "never written"


def test_english_starts_without_gettext():
    code = "import sys; from salesinbox.locale.texts import _; _('Deals'); print('gettext' in sys.modules)"
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
