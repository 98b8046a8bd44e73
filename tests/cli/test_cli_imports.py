"""A script that lists mail a thousand times a day pays for what a command loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import write_config

HEAVY = (
    "textual",
    "googleapiclient",
    "keyring",
    "httpx",
    "imapclient",
    "sqlite_utils",
    "fast_mail_parser",
    "selectolax",
)


def loaded(code: str, home: Path) -> set[str]:
    """Which of the heavy packages are loaded once `code` has run in a process of its own."""
    told = f"import sys\n{code}\nprint(*(n for n in {HEAVY!r} if n in sys.modules), file=sys.stderr)"
    environment = {
        **os.environ,
        "SALESINBOX_CONFIG": str(home / "config.toml"),
        "SALESINBOX_DATA": str(home / "data"),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.splitlines()[-1].split())


def test_the_command_line_loads_no_heavy_package(home):
    assert loaded("import salesinbox.cli.main", home) == set()


@pytest.mark.parametrize(
    "command", [["list"], ["list", "--json"], ["status"], ["account", "list"], ["records", "list", "--kind", "deals"]]
)
def test_looking_at_what_is_here_loads_no_heavy_package(cli, home, command):
    write_config(home)
    assert cli("list").code == 0  # the database is made once, and that may cost
    assert loaded(f"from salesinbox.cli.main import main\nassert main({command!r}) == 0", home) == set()
