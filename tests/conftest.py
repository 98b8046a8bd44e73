"""Mail servers as fixtures: each test has a fresh mailbox; the servers themselves live as long as the run."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.providers.pop3.session import Pop3Session
from tests.gmail_server import GmailBox, GmailServer
from tests.maildir_box import MaildirBox
from tests.pop3_server import Pop3Box, Pop3Dovecot
from tests.servers import CONDSTORE_CAPABILITIES, Certificates, Dovecot, Mailbox, Pymap, make_certificates

# Sentences are compared in English, whatever the machine's locale.
os.environ.update({"LC_ALL": "C.UTF-8", "LANGUAGE": ""})

_users = itertools.count(1)


@pytest.fixture(scope="session")
def dovecot_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot")) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot-plain"), qresync=False) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_condstore_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    folder = tmp_path_factory.mktemp("dovecot-condstore")
    with Dovecot(folder, qresync=False, capabilities=CONDSTORE_CAPABILITIES) as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Mailbox:
    """A fresh mailbox on Dovecot with QRESYNC, CONDSTORE, ESEARCH and NOTIFY."""
    return dovecot_server.login(f"rep{next(_users)}")


@pytest.fixture
def dovecot_plain(dovecot_plain_server: Dovecot) -> Mailbox:
    """A fresh mailbox on Dovecot that offers no change counters."""
    return dovecot_plain_server.login(f"rep{next(_users)}")


@pytest.fixture
def dovecot_condstore(dovecot_condstore_server: Dovecot) -> Mailbox:
    """A fresh mailbox on Dovecot that offers CONDSTORE and ESEARCH, but no QRESYNC."""
    return dovecot_condstore_server.login(f"rep{next(_users)}")


@pytest.fixture
def pymap_server(tmp_path: Path) -> Iterator[Mailbox]:
    """A fresh mailbox on a pymap of its own."""
    with Pymap(tmp_path) as server:
        yield server.login("rep")


@pytest.fixture
def gmail_box() -> Iterator[GmailBox]:
    """A fresh Gmail. What is asked of it, and what it answers, must keep to Google's discovery document."""
    with GmailServer() as server:
        yield GmailBox(server)
    assert server.faults == []


@pytest.fixture
def maildir_box(dovecot_server: Dovecot, tmp_path: Path) -> MaildirBox:
    """A fresh mailbox whose files the program reads, while Dovecot serves them to others."""
    return MaildirBox(dovecot_server.login(f"rep{next(_users)}"), tmp_path / "home")


@pytest.fixture(scope="session")
def dovecot_pop3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pop3Dovecot]:
    with Pop3Dovecot(tmp_path_factory.mktemp("dovecot-pop3")) as server:
        yield server


@pytest.fixture
def pop3_box(dovecot_pop3_server: Pop3Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pop3Box:
    """A fresh mailbox to fetch from by POP3; its server is looked at as often as a test needs it."""
    monkeypatch.setattr(Pop3Session, "REST", 0.0)
    monkeypatch.setattr(Pop3Session, "EVERY", 0.2)
    source, here = (dovecot_pop3_server.login(f"rep{next(_users)}") for _which in range(2))
    return Pop3Box(source, here, tmp_path / "data" / "accounts" / "work")


@pytest.fixture(params=["dovecot", "dovecot_condstore", "dovecot_plain", "pymap_server"])
def server(request: pytest.FixtureRequest) -> Mailbox:
    """The same test on each kind of IMAP server."""
    mailbox: Mailbox = request.getfixturevalue(request.param)
    return mailbox


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


_LONG = (
    "test_exactly_once.py",
    "test_killed_acting.py",
    "test_hostile_mail.py",
    "test_killed.py",
    "test_outgoing.py",
    "test_demo.py",
    "test_hostile_writing.py",
    "test_acting.py",
)
"""Files that take minutes, the longest first: begun last, they would keep one worker busy while the other has nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skipped test is a failed run: nothing is left out in silence."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("skipped tests are failures here", red=True)
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {report.longrepr}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
