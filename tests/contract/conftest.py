"""What the contract is tested on: every kind of server, and of place, that an account's mail can lie in."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from salesinbox.providers.registry import session
from salesinbox.providers.session import Session
from tests.servers import Mailbox

Connect = Callable[..., Session]

_IMAP = ["dovecot", "dovecot_condstore", "dovecot_plain", "pymap_server"]


@pytest.fixture(params=_IMAP)
def imap_server(request: pytest.FixtureRequest) -> Mailbox:
    """For what only holds where there is a line that can be cut, or numbers that a server gives."""
    mailbox: Mailbox = request.getfixturevalue(request.param)
    return mailbox


@pytest.fixture(params=[*_IMAP, "maildir_box", "gmail_box", "pop3_box"])
def server(request: pytest.FixtureRequest) -> Mailbox:
    """The same test on each kind. What is no IMAP server has the methods of a `Mailbox`, and a `kind` of its own."""
    mailbox: Mailbox = request.getfixturevalue(request.param)
    return mailbox


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Sessions that are connected, and closed when the test ends."""
    with contextlib.ExitStack() as stack:

        def make(mailbox: Mailbox, **account: object) -> Session:
            home = getattr(mailbox, "home", None)
            made = session(mailbox.account(**account), lambda: mailbox.password, home)
            stack.callback(made.close)
            made.connect()
            return made

        yield make
