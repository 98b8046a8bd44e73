"""Each test has a rep of its own, whose home is empty."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import Rep


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    home = tmp_path / "home"
    home.mkdir()
    # Short, as the system's own is: a socket's path has room for a hundred octets.
    temporary = Path(tempfile.mkdtemp(prefix="si-"))
    desk = Rep(home, temporary)
    yield desk
    desk.clear()
    shutil.rmtree(temporary, ignore_errors=True)
