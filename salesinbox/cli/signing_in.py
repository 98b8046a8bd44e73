"""`salesinbox account login` and `logout`: tokens in place of a password, by the provider's own page (ACC-5)."""

import argparse
import contextlib
import os
import select
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from salesinbox.cli import output, secrets
from salesinbox.cli.opening import opened
from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError, CredentialsError, Exit, UsageError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.services.signing_in import Login

_LOOK = 0.1
_LONGEST = 65_536


def add(verbs: "Commands", shared: "Parser") -> None:
    login = verbs.add_parser(
        "login", parents=[shared], help=_("log in to an account by its provider's own page (OAuth)"),
        description=_(
            "Logs in to an account that has [account.oauth]: shows an address to open in a browser, anywhere, and waits"
            " until the browser comes back to this machine or the address that it ended at is pasted."
        ),
    )  # fmt: skip
    login.add_argument("account", metavar=_("ACCOUNT"), help=_("the account's name"))
    way = login.add_mutually_exclusive_group()
    way.add_argument(
        "--device", action="store_true", help=_("show a code to type on any machine; Google gives none for mail")
    )
    way.add_argument(
        "--paste", action="store_true", help=_("wait for no browser; read the address that it ended at from stdin")
    )
    login.set_defaults(run=run_login)
    logout = verbs.add_parser(
        "logout", parents=[shared], help=_("give back an account's login (OAuth)"),
        description=_("Removes an account's token here, and has the provider forget it. Mail stays."),
    )  # fmt: skip
    logout.add_argument("account", metavar=_("ACCOUNT"), help=_("the account's name"))
    logout.set_defaults(run=run_logout)


def run_login(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        signing_in = application.signing_in
        login = signing_in.begin(arguments.account)
        # Before the browser is sent off: what it brings is to be kept at once.
        secrets.open_here(application)
        if arguments.device:
            token = _by_code(login)
        elif arguments.paste:
            _show_address(login)
            _tell(_("Log in there, then paste the address that the browser ends at, and press Enter:"))
            token = _pasted(login, Future())
        else:
            token = _by_browser(login)
        try:
            where = signing_in.finish(arguments.account, token)
        except CredentialsError:
            if not secrets.began_file(application.secrets):
                raise
            where = signing_in.finish(arguments.account, token)
    if arguments.json:
        output.document({"account": arguments.account, "done": True, "kept": where})
        return Exit.DONE
    sentence = (
        _("{name} is logged in. The token is in the keyring.")
        if where == "keyring"
        else _("{name} is logged in. The token is in the encrypted file.")
    )
    print(sentence.format(name=safe(arguments.account, 40)))
    return Exit.DONE


def run_logout(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        secrets.open_here(application)
        done = application.signing_in.log_out(arguments.account)
    if arguments.json:
        output.document({"account": arguments.account, "done": True, "revoked": done.revoked, "detail": done.detail})
        return Exit.DONE
    print(_("{name} is logged out here.").format(name=safe(arguments.account, 40)))
    if done.detail:
        _tell(_("The provider was not told: {detail}").format(detail=done.detail))
    return Exit.DONE


def _by_code(login: "Login") -> str:
    code = login.device()
    _tell(_("Open this page on any machine, and type the code there:"), "", f"  {code.url}", f"  {code.code}", "")
    _tell(_("Waiting until you are let in … (Ctrl-C leaves)"))
    return login.poll(code, lambda: False)


def _by_browser(login: "Login") -> str:
    """The browser and who pastes at the same time: whatever comes first."""
    _show_address(login)
    _tell(
        _("The browser comes back to this machine. If it is on another one, type this there first:"),
        "",
        f"  {login.ssh_line}",
        "",
    )
    if not sys.stdin.isatty():
        _tell(_("Waiting for the browser … (Ctrl-C leaves)"))
        return login.wait(lambda: False)
    _tell(_("Or paste the address that it ends at here, and press Enter. (Ctrl-C leaves)"))
    with _waiting(login) as waiting:
        return _pasted(login, waiting)


@contextmanager
def _waiting(login: "Login") -> Iterator["Future[str]"]:
    """The login waits for its browser in a thread, which ends with this."""
    left = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(login.wait, left.is_set)
        finally:
            left.set()


def _pasted(login: "Login", waiting: "Future[str]") -> str:
    """Read addresses from stdin until one is right, or until the browser has come back to `waiting`."""
    lines = _Lines()
    told = False
    while True:
        if waiting.done():
            try:
                return waiting.result()
            except ConfigurationError as error:
                # The port cannot be had: what is pasted needs none.
                if not told:
                    _tell(str(error))
                    told = True
        line = lines.next(_LOOK)
        if line is None:
            if waiting.running():
                return waiting.result()
            raise UsageError(_("nothing was pasted, so nobody is logged in"))
        if line.strip():
            try:
                return login.pasted(line)
            except UsageError as error:
                _tell(str(error))


class _Lines:
    """Lines of stdin as they come, without waiting for them; what is typed ahead is not lost to a buffer."""

    def __init__(self) -> None:
        self._buffer = b""
        self._ended = False

    def next(self, seconds: float) -> str | None:
        """The next line, "" where none has come in so many seconds, None after the last."""
        if b"\n" not in self._buffer and not self._ended and select.select([sys.stdin], [], [], seconds)[0]:
            octets = os.read(sys.stdin.fileno(), _LONGEST)
            self._buffer += octets
            self._ended = not octets or len(self._buffer) > _LONGEST
        line, end, rest = self._buffer.partition(b"\n")
        if end or (self._ended and line):
            self._buffer = rest
            return line.decode("utf-8", "replace")
        return None if self._ended else ""


def _show_address(login: "Login") -> None:
    _tell(
        _("Open this address in your browser, and log in to {provider} there:").format(provider=safe(login.title, 60)),
        "",
        login.url,
        "",
    )


def _tell(*lines: str) -> None:
    """For people, so on stderr: stdout is the outcome."""
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", file=sys.stderr, flush=True)
