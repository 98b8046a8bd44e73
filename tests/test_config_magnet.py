"""[magnet] of config.toml (MAG-1, MAG-2, MAG-5)."""

from pathlib import Path

import pytest

from salesinbox import config
from salesinbox.locale import texts
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import Magnet


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture
def read(tmp_path):
    def read(text: str) -> Magnet:
        path = Path(tmp_path, "config.toml")
        path.write_text(f'[me]\nzone = "Asia/Tokyo"\n{text}', encoding="utf-8")
        return config.load(path).magnet

    return read


def test_without_a_table_the_magnet_is_as_shipped(read):
    assert read("") == Magnet()
    assert read("[magnet]") == Magnet()


def test_everything_at_once(read):
    assert read(
        """
[magnet]
groups = true
lists = true
days = 14
until_read = true
query = "from:@minato.example OR is:flagged"
folders = ["INBOX", "work:Kunden"]
labels = ["urgent"]
columns = ["deals", "x-tokyo"]
deals_over = 1000000
bell = false
terminal = false
desktop = false
command = ["paplay", "/usr/share/sounds/bell.oga"]
quiet = ["22:00-07:00", "12:00–13:00"]
quiet_days = ["sun", "Saturday", "水"]
show = "name"
"""
    ) == Magnet(
        groups=True,
        lists=True,
        days=14,
        until_read=True,
        query="from:@minato.example OR is:flagged",
        folders=("INBOX", "work:Kunden"),
        labels=("urgent",),
        columns=("deals", "x-tokyo"),
        deals_over="1000000",
        bell=False,
        terminal=False,
        desktop=False,
        command=("paplay", "/usr/share/sounds/bell.oga"),
        quiet=((22 * 60, 7 * 60), (12 * 60, 13 * 60)),
        quiet_days=(2, 5, 6),
        show="name",
    )


@pytest.mark.parametrize(
    ("written", "amount"),
    [('"1,000,000"', "1000000"), ("1000000.50", "1000000.5"), ("0", "0"), ('"1e6"', "1000000"), ('""', "")],
)
def test_an_amount_may_be_a_number_or_a_text(read, written, amount):
    assert read(f"[magnet]\ndeals_over = {written}").deals_over == amount


@pytest.mark.parametrize(("written", "number"), [("mon", 0), ("Friday", 4), ("土", 5), ("日曜", 6), ("月曜日", 0)])
def test_days_in_english_and_japanese(read, written, number):
    assert read(f'[magnet]\nquiet_days = ["{written}"]').quiet_days == (number,)


REFUSED = [
    ("group = true", 'did you mean "groups"?'),
    ("groups = 1", "true or false"),
    ("days = 0", "from 1 to 3650"),
    ("days = 4000", "from 1 to 3650"),
    ('query = "before:soon"', "before"),
    ('query = "is:nonsense"', "nonsense"),
    ('folders = "INBOX"', "a list of texts"),
    ('columns = ["customers"]', '"customers" is none of'),
    ("deals_over = -1", "write an amount"),
    ('deals_over = "a lot"', "write an amount"),
    ('deals_over = "nan"', "write an amount"),
    ("deals_over = true", "write an amount"),
    ("deals_over = [1]", "write an amount"),
    ('command = "beep"', "a list of texts"),
    ('command = [" "]', "write the program and its arguments"),
    ('quiet = ["22-7"]', 'write them like "22:00-07:00"'),
    ('quiet = ["22:00-25:00"]', 'write them like "22:00-07:00"'),
    ('quiet = ["22:60-07:00"]', 'write them like "22:00-07:00"'),
    ('quiet = ["22:00-22:00"]', 'write them like "22:00-07:00"'),
    ('quiet = ["00:00-24:00"]', "quiet_days"),
    ('quiet_days = ["today"]', '"today" is none of'),
    ('quiet_days = [""]', "is none of"),
    ('show = "all"', '"all" is none of'),
]


@pytest.mark.parametrize(("line", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_wrong_is_said_with_its_line(read, line, words):
    with pytest.raises(ConfigurationError) as caught:
        read(f"[magnet]\n{line}\n")
    assert words in str(caught.value)
    assert "line 4" in str(caught.value)
