"""The demo and the first start: a rep who has nothing yet sees the board, and nothing of theirs is touched."""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.desk import PROJECT, Rep, Screen, foreign, overflowing
from tests.servers import until

SAMPLE = ("受発注システム刷新", "Warehouse rollout")
OFTEN = {"SALESINBOX_DEMO_EVERY": "2"}
NUMBER = 'from importlib.metadata import version; print(version("salesinbox"))'


def nothing_left(rep: Rep) -> None:
    """No process, no temporary file, and nothing in the rep's home."""
    until(lambda: not rep.processes(), "no process is left")
    until(lambda: not list(rep.temporary.iterdir()), "no temporary file is left")
    assert list(rep.home.rglob("*")) == []


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
def test_the_demo_shows_its_sample_and_leaves_nothing_behind(rep: Rep, size: tuple[int, int]) -> None:
    with rep.board(*size, "demo") as screen:
        screen.wait("SalesInbox demo", *SAMPLE, "✓")
        assert "¥4,000,000" in screen.text
        assert len(rep.processes()) >= 3, "the board, its sync process and the mail server"
        screen.press("\r")
        screen.wait("Back")
        screen.type("Q")
        assert screen.ended() == 0
    assert screen.after == ""
    assert foreign(screen.sent) == []
    assert overflowing(screen.sent, size[0]) == []
    nothing_left(rep)


def test_a_demo_that_is_left_at_once_leaves_nothing_behind(rep: Rep) -> None:
    """Its sync process may have started by then, and not listen yet."""
    with rep.board(80, 24, "demo") as screen:
        screen.until(lambda: "Deals" in screen.text, "the first picture")
        screen.type("Q")
        assert screen.ended() == 0
    nothing_left(rep)


def test_the_demo_speaks_japanese(rep: Rep) -> None:
    with rep.board(160, 45, "demo", env={"LC_ALL": "ja_JP.UTF-8"}) as screen:
        screen.wait("商談", "連絡先と見込み客", "同僚", *SAMPLE)
        screen.type("Q")
        assert screen.ended() == 0
    assert overflowing(screen.sent, 160) == []


def messages(screen: Screen) -> int:
    """How many messages are here, as the title says."""
    found = re.search(r"✓ .* (\d+) of \d+", screen.lines[0])
    return int(found[1]) if found else 0


def subject_under_the_cursor(screen: Screen) -> str:
    """Its beginning, for the width of a column may change; "" while the screen is being painted."""
    marked = [line.partition("▌")[2][1:10].strip() for line in screen.lines if "▌" in line]
    return marked[1] if len(marked) > 1 else ""


def test_new_mail_arrives_in_the_demo_while_one_watches(rep: Rep) -> None:
    """The card under the cursor stays under it."""
    with rep.board(160, 45, "demo", env=OFTEN) as screen:
        screen.wait(*SAMPLE)
        screen.until(lambda: messages(screen), "the first sync is over")
        # Customers answer in their own threads; nobody answers to this one.
        screen.type("4G")
        screen.until(lambda: subject_under_the_cursor(screen).startswith("スマート物流展"), "the last card")
        before, under = messages(screen), subject_under_the_cursor(screen)
        for more in (1, 2):
            screen.until(lambda more=more: messages(screen) >= before + more, "new mail")
        assert subject_under_the_cursor(screen) == under, screen.text
        screen.type("Q")
        assert screen.ended() == 0


def test_two_demos_side_by_side(rep: Rep) -> None:
    with rep.board(80, 24, "demo") as one, rep.board(120, 40, "demo") as other:
        one.wait(SAMPLE[0], "✓")
        other.wait(SAMPLE[0], "✓")
        assert len(list(rep.temporary.iterdir())) == 2
        one.type("Q")
        assert one.ended() == 0
        other.press("j")
        other.press("R")
        other.wait("✓")
        other.type("Q")
        assert other.ended() == 0
    nothing_left(rep)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "hang up"])
def test_a_demo_that_is_killed_leaves_nothing_behind(rep: Rep, how: str) -> None:
    with rep.board(80, 24, "demo") as screen:
        screen.wait(SAMPLE[0], "✓")
        if how == "hang up":
            screen.hang_up()
        else:
            screen.kill(signal.Signals[how])
            screen.ended()
    nothing_left(rep)


def test_the_rep_s_own_account_is_not_touched_by_the_demo(rep: Rep) -> None:
    rep.write("this is no TOML and the demo does not read it\n")
    rep.data.mkdir(parents=True)
    (rep.data / "mail.db").write_bytes(b"no database")
    before = {path: path.stat().st_mtime_ns for path in rep.home.rglob("*")}
    with rep.board(80, 24, "demo") as screen:
        screen.wait(SAMPLE[0])
        screen.type("Q")
        assert screen.ended() == 0
    assert {path: path.stat().st_mtime_ns for path in rep.home.rglob("*")} == before
    assert (rep.data / "mail.db").read_bytes() == b"no database"


def test_a_first_start_shows_the_way_to_the_demo(rep: Rep) -> None:
    with rep.board(120, 40) as screen:
        screen.wait("Look at the demo", "Set up your mail account")
        screen.press("e")
        screen.wait(str(rep.config)[:60], "[[account]]", "[account.imap]", "password_command", "own_domains")
        screen.press("q")
        screen.wait("Look at the demo")
        screen.press("d")
        screen.wait("SalesInbox demo", *SAMPLE)
        screen.type("Q")
        assert screen.ended() == 0
    nothing_left(rep)


def test_a_first_start_that_is_left_writes_nothing(rep: Rep) -> None:
    for size in ((80, 24), (160, 45)):
        with rep.board(*size) as screen:
            screen.wait("Look at the demo")
            screen.type("Q")
            assert screen.ended() == 0
        assert screen.after == ""
        assert foreign(screen.sent) == []
    nothing_left(rep)


def test_the_few_lines_of_the_welcome_are_a_configuration_that_works(rep: Rep) -> None:
    with rep.board(120, 60) as screen:
        screen.wait("Look at the demo")
        screen.press("e")
        screen.wait("password_command")
        lines = [line.rstrip() for line in screen.lines]
        screen.type("Q")
        screen.ended()
    start = next(number for number, line in enumerate(lines) if line.strip() == "[me]")
    end = next(number for number, line in enumerate(lines) if "password_command" in line)
    rep.write("\n".join(lines[start : end + 1]))
    done = rep.run("account", "list", "--json")
    assert (done.code, done.json[0]["address"]) == (0, "hashimoto@zylker.example")


# --- from a wheel ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has the program as pip installs it from a wheel, beside nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    # A copy, so that building leaves nothing in the checkout.
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile"):
        shutil.copy2(PROJECT / name, source / name)
    for name in ("salesinbox", "themes"):
        shutil.copytree(PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    _quietly("build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source))
    wheel = next(folder.glob("*.whl"))
    target = folder / "target"
    _quietly(
        "pip", "install", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(target), str(wheel)
    )
    return target


def _quietly(*words: str) -> None:
    subprocess.run([sys.executable, "-m", *words], check=True, capture_output=True, timeout=100)


@pytest.fixture
def elsewhere(rep: Rep, installed: Path, tmp_path: Path) -> Rep:
    """A rep who has installed the wheel, and works in some other folder."""
    rep.folder = tmp_path / "elsewhere"
    rep.folder.mkdir()
    rep.environment["PYTHONPATH"] = str(installed)
    return rep


def test_an_installed_wheel_has_all_that_the_program_needs(elsewhere: Rep, installed: Path) -> None:
    def python(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], env=elsewhere.environment, cwd=elsewhere.folder, capture_output=True, text=True,
            check=True, timeout=60,
        )  # fmt: skip
        return done.stdout.strip()

    for module in ("salesinbox.cli.main", "salesinbox.demo.server", "salesinbox.tui.app"):
        assert Path(python(f"import {module} as m; print(m.__file__)")).is_relative_to(installed)
    themes = {path.name for path in (PROJECT / "themes").glob("*.toml")}
    assert {path.name for path in (installed / "salesinbox" / "themes").glob("*.toml")} == themes
    assert {"dark.toml", "light.toml", "high-contrast.toml", "terminal.toml"} <= themes
    assert (installed / "salesinbox" / "locale" / "ja" / "LC_MESSAGES" / "salesinbox.mo").is_file()
    assert not (installed / "tests").exists()
    assert [path.name for path in (installed / "bin").iterdir()] == ["salesinbox"]
    version = elsewhere.run("--version")
    assert (version.code, version.out) == (0, f"salesinbox {python(NUMBER)}\n")
    elsewhere.configure()
    listed = elsewhere.run("list", "--json")
    assert (listed.code, listed.out, listed.err) == (0, "[]\n", "")
    assert "使い方" in elsewhere.run("--help", env={"LC_ALL": "ja_JP.UTF-8"}).out


def test_the_demo_works_from_an_installed_wheel(elsewhere: Rep, installed: Path) -> None:
    with elsewhere.board(160, 45, "demo", env={"LC_ALL": "ja_JP.UTF-8"}) as screen:
        screen.wait("商談", *SAMPLE, "✓")
        screen.press("T")
        screen.wait("high-contrast")
        screen.press("q")
        screen.type("Q")
        assert screen.ended() == 0
    nothing_left(elsewhere)
