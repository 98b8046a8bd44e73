"""ACC-2: accounts are written into config.toml and taken out of it; what a person wrote stays octet by octet."""

import os
import random
import threading
import tomllib
from pathlib import Path

import pytest

from salesinbox import config
from salesinbox.config import changing
from salesinbox.model.errors import ConfigurationError

WORK = {"name": "work", "address": "nami@zylker.example", "imap": {"host": "imap.zylker.example", "user": "nami"}}
OTHER = {
    "name": "other",
    "address": "n@x.example",
    "color": "red",
    "imap": {"host": "imap.x.example", "port": 143, "tls": "starttls", "folders": ("INBOX", '受注 "A"\\b')},
    "smtp": {"host": "smtp.x.example", "password_command": ["pass", "show", "it's"]},
}
HAND = """\
# My settings. Keep the order.

[me]
name   = "橋本 奈美"      # as on my cards
zone = 'Asia/Tokyo'

[[account]]   # the first one
name = "hand"
address = "hand@zylker.example"
signature = \"\"\"
[[account]]
name = "not one"
# not a comment
\"\"\"
    # inside
    [account.imap]
    host = "imap.hand.example"
    folders = [
       "INBOX",   # a comment within

       "Sent",
    ]

  [[account.identity]]
  address = "alias@zylker.example"

# About how things look.
[display]
theme = "light"\t\t# by day


[account.smtp]
host = "smtp.hand.example"

# The end.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def put(path: Path, text: str | bytes) -> bytes:
    path.touch(mode=0o600)
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(content)
    return content


def names(path: Path) -> list[str]:
    return [one.name for one in config.load(path).accounts]


def test_SAFE_2_the_first_account_makes_a_private_file_in_a_private_folder(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "config.toml"
    old = os.umask(0)
    try:
        changing.add(path, WORK, {"name": "Nami", "zone": "Asia/Tokyo"})
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    found = config.load(path)
    assert (found.me.name, found.me.zone.key, found.accounts[0].name) == ("Nami", "Asia/Tokyo", "work")
    assert path.read_text() == (
        '[me]\nname = "Nami"\nzone = "Asia/Tokyo"\n\n[[account]]\nname = "work"\naddress = "nami@zylker.example"\n'
        '  [account.imap]\n  host = "imap.zylker.example"\n  user = "nami"\n'
    )
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    "hand",
    [
        HAND,
        HAND.rstrip("\n"),
        HAND.replace("\n", "\r\n"),
        "\ufeff" + HAND,
        "# nothing yet\n",
        "",
        "\n\n\n",
        '[me]\nname = "x"',
        "[me] # a line with \u2028 and \x85 in it\n",
    ],
)
def test_ACC_2_what_a_person_wrote_stays_octet_by_octet(path: Path, hand: str) -> None:
    before = put(path, hand)
    changing.add(path, OTHER, {"name": "Nami"})
    after = path.read_bytes()
    assert after.startswith(before)
    found = next(one for one in config.load(path).accounts if one.name == "other")
    assert found.imap is not None
    assert found.smtp is not None
    assert found.imap.folders == ("INBOX", '受注 "A"\\b')
    assert found.smtp.password_command == ("pass", "show", "it's")
    assert ("\r\n" in hand) == (b"\r\n" in after)
    assert b"\n" not in after.replace(b"\r\n", b"") or "\r\n" not in hand
    # And the way back gives the very file, but for the line end that the last line lacked.
    changing.remove(path, "other")
    left = path.read_bytes()
    if tomllib.loads(hand.removeprefix("\ufeff")).get("me"):
        assert left.rstrip(b"\r\n") == before.rstrip(b"\r\n")
        assert left.startswith(before.rstrip(b"\r\n"))


def test_ACC_2_an_account_is_taken_out_with_its_tables_wherever_they_stand(path: Path) -> None:
    put(path, HAND)
    changing.remove(path, "hand")
    assert path.read_text() == (
        "# My settings. Keep the order.\n\n[me]\nname   = \"橋本 奈美\"      # as on my cards\nzone = 'Asia/Tokyo'\n"
        '\n# About how things look.\n[display]\ntheme = "light"\t\t# by day\n\n\n\n# The end.\n'
    )
    assert config.load(path).accounts == ()


def test_ACC_2_each_of_several_accounts_can_be_taken_out(path: Path) -> None:
    rng = random.Random(6)
    for _round in range(30):
        path.unlink(missing_ok=True)
        put(path, "# top\n[me]\nname = 'x'\n")
        here = [f"a{n}" for n in range(rng.randrange(1, 6))]
        for name in here:
            changing.add(path, {**OTHER, "name": name}, {})
            with path.open("a") as file:
                file.write(rng.choice(["", f"# after {name}\n", "\n\n", "# x\n\n# y\n", "   \n"]))
        comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
        rng.shuffle(here)
        while here:
            changing.remove(path, here.pop())
            assert sorted(names(path)) == sorted(here)
            assert [line for line in path.read_text().splitlines() if line.startswith("#")] == comments


@pytest.mark.parametrize(
    "values",
    [
        {**WORK, "name": "hand"},
        {**WORK, "name": ""},
        {**WORK, "name": "a:b"},
        {**WORK, "name": "x" * 41},
        {**WORK, "address": "nobody"},
        {**WORK, "imap": {"host": ""}},
        {**WORK, "imap": {"host": "x", "port": 70000}},
        {**WORK, "imap": {"hots": "x"}},
        {**WORK, "imap": {"host": "a\x1b]0;b"}},
        {**WORK, "password": "secret"},
        {**WORK, "imap": {"host": "x", "password": "secret"}},
    ],
)
def test_ACC_2_what_cannot_be_used_is_not_written(path: Path, values: dict[str, object]) -> None:
    before = put(path, HAND)
    with pytest.raises(ConfigurationError) as caught:
        changing.add(path, values, {})
    assert path.read_bytes() == before
    assert str(path) in str(caught.value)
    assert ".new" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    "text",
    [
        "[me\n",
        "account = [{name = 'hand', address = 'a@b.example', imap = {host = 'x'}}]\n",
        "account = 'x'\n",
        "[account]\nname = 'hand'\n",
    ],
)
def test_ACC_2_a_file_that_only_a_person_should_change_is_left_alone(path: Path, text: str) -> None:
    before = put(path, text)
    with pytest.raises(ConfigurationError):
        changing.add(path, WORK, {})
    with pytest.raises(ConfigurationError):
        changing.remove(path, "hand")
    assert path.read_bytes() == before


def test_ACC_2_keys_with_dots_are_taken_out_too(path: Path) -> None:
    put(path, "[display]\ntheme='dark'\n[[account]]\nname='hand'\naddress='a@b.example'\nimap.host='x.example'\n"
              "\n[[ account ]]\nname='b'\naddress='b@b.example'\n[ account . 'imap' ]\nhost='y.example'\n")  # fmt: skip
    changing.remove(path, "b")
    assert names(path) == ["hand"]
    changing.remove(path, "hand")
    assert path.read_text() == "[display]\ntheme='dark'\n"


def test_ACC_2_an_account_that_is_not_there_is_named(path: Path) -> None:
    put(path, HAND)
    with pytest.raises(ConfigurationError, match='no account "nobody"'):
        changing.remove(path, "nobody")
    with pytest.raises(ConfigurationError, match="There is no configuration"):
        changing.remove(path.with_name("other.toml"), "nobody")


def test_SAFE_2_mode_and_link_of_the_file_stay(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "mail.toml"
    real.parent.mkdir()
    put(real, HAND)
    real.chmod(0o640)
    path.symlink_to(real)
    changing.add(path, WORK, {})
    assert path.is_symlink()
    assert real.read_text().startswith(HAND)
    assert real.stat().st_mode & 0o777 == 0o640
    assert names(path) == ["hand", "work"]


def test_SAFE_1_a_file_that_cannot_be_written_is_told_and_stays(path: Path) -> None:
    target = path.parent / "folder"
    target.mkdir()
    with pytest.raises(ConfigurationError, match="cannot be"):
        changing.add(target, WORK, {})
    blocked = path.parent / "file"
    blocked.write_text("")
    with pytest.raises(ConfigurationError, match="cannot be"):
        changing.add(blocked / "config.toml", WORK, {})


def test_SAFE_1_writers_at_the_same_time_lose_nobodys_account(path: Path) -> None:
    put(path, HAND)
    written: list[str] = []

    def write(name: str) -> None:
        for _try in range(200):
            try:
                changing.add(path, {**WORK, "name": name}, {})
            except ConfigurationError:
                continue
            written.append(name)
            return

    threads = [threading.Thread(target=write, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(path)) == sorted(["hand", *written])
    assert len(written) == 6
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]
