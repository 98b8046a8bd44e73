"""An account's password: from the rep's own command, or the system's keyring (ACC-4).

Nothing here prompts on the terminal or waits without end. Both are asked in a process of their own, which has
no terminal, no input, and a limit of time. A password is in this process's memory and on a pipe; never in an
argument, the environment, a log, a `repr` or an error.
"""

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError
from salesinbox.model.settings import Account, Imap
from salesinbox.model.text import safe

COMMAND_SECONDS = 30.0
"""How long a password command may take: long enough for a graphical prompt."""
KEYRING_SECONDS = 3.0
"""How long the keyring may take; a locked one waits for a window that a server does not have."""

_MOST_OUTPUT = 65536
_SAID = 120
_LOOK = 0.05

# What follows one of these words in an error may be what it names.
_TOLD = re.compile(r"(?i)\b(pass\w*|secret|token|key)(\s*[:=]\s*|\s+is\s+)\S+")

_KEYRING_CHILD = """
import json, sys
try:
    import keyring, keyring.errors
    answer = {"secret": keyring.get_password(sys.argv[1], sys.argv[2])}
except ImportError:
    answer = {"error": "NoKeyringError"}
except BaseException as error:
    answer = {"error": type(error).__name__}
sys.stdout.write("\\n" + json.dumps(answer))
"""

_secrets: dict[Account, str] = {}
_locks: dict[Account, threading.Lock] = {}
_locks_lock = threading.Lock()


def secret(account: Account) -> str:
    """The account's password, asked for once and then kept in memory. May be called from any thread.

    Raises CredentialsError, whose sentence says what to do.
    """
    with _lock_of(account):
        if account not in _secrets:
            _secrets[account] = _ask(account)
        return _secrets[account]


def forget(account: Account) -> None:
    """Ask anew at the next call: the server refused what was kept."""
    with _lock_of(account):
        _secrets.pop(account, None)


def sending_secret(account: Account) -> str:
    """The password for the account's SMTP server: its own where the configuration names one, else `secret`'s."""
    return secret(_sending(account))


def forget_sending(account: Account) -> None:
    """As `forget`, for `sending_secret`."""
    forget(_sending(account))


def _sending(account: Account) -> Account:
    """The account with the way to its SMTP server's secret in the place of the IMAP server's."""
    smtp = account.smtp
    if smtp is None or account.imap is None or not (smtp.password_command or smtp.password):
        return account
    own = replace(account.imap, password_command=smtp.password_command, password=smtp.password)
    return replace(account, imap=own)


def service(imap: Imap) -> str:
    """The name under which the keyring holds a server's passwords."""
    return f"salesinbox:{imap.host}"


def _lock_of(account: Account) -> threading.Lock:
    """One thread asks for an account's password while its others wait: a prompt is to show once."""
    with _locks_lock:
        return _locks.setdefault(account, threading.Lock())


def _ask(account: Account) -> str:
    imap = account.imap
    if imap is None:
        raise CredentialsError(_('Account "{name}" has no server to log in to.').format(name=account.name))
    if imap.password_command:
        return _from_command(account, imap.password_command)
    return imap.password or _from_keyring(account, imap)


# --- the rep's own command ---------------------------------------------------------------------------------


def _from_command(account: Account, command: Sequence[str]) -> str:
    # Arguments may be private: only the program is named.
    where = {"name": account.name, "program": safe(command[0], 60)}
    # gpg and its like would ask on the terminal that this names, over the board.
    environment = {key: value for key, value in os.environ.items() if key != "GPG_TTY"}
    try:
        ran = _run([os.path.expanduser(command[0]), *command[1:]], environment, COMMAND_SECONDS)  # noqa: PTH111 - a bare name must stay one
    except FileNotFoundError as error:
        raise CredentialsError(
            _(
                'The password_command of account "{name}" cannot be found: {program}. '
                "Install it, or write its full path."
            ).format(**where)
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CredentialsError(
            _(
                'The password_command of account "{name}" cannot be run: {program} ({reason}). '
                "Check that it is a program that you may run."
            ).format(**where, reason=reason)
        ) from error
    if ran.code is None:
        raise CredentialsError(
            _(
                'The password_command of account "{name}" ({program}) gave no answer within {seconds} s. '
                "Run it in a terminal: it may be asking for something."
            ).format(**where, seconds=round(COMMAND_SECONDS))
        )
    if ran.code != 0:
        raise CredentialsError(
            _(
                'The password_command of account "{name}" ({program}) ended with {code}{said}. '
                "Run it in a terminal to see what it wants."
            ).format(**where, code=ran.code, said=_said(ran))
        )
    found = _first_line(ran.output)
    if not found:
        raise CredentialsError(
            _(
                'The password_command of account "{name}" ({program}) printed nothing. '
                "It must print the password on its first line."
            ).format(**where)
        )
    return found


def _first_line(output: bytes) -> str:
    line = output.partition(b"\n")[0].removesuffix(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _said(ran: "_Ran") -> str:
    """What the program complained of, in brackets, without anything that could be the password."""
    complaint = next((line for line in ran.complaint.decode("utf-8", "replace").splitlines() if line.strip()), "")
    for printed in ran.output.decode("utf-8", "replace").splitlines():
        for part in (printed.strip(), *printed.split()):
            if len(part) > 2:
                complaint = complaint.replace(part, "…")
    complaint = safe(_TOLD.sub(r"\1\2…", complaint).strip(), _SAID)
    return f" ({complaint})" if complaint else ""


# --- the system's keyring ----------------------------------------------------------------------------------


def _from_keyring(account: Account, imap: Imap) -> str:
    name = safe(account.name, 60)
    here = {"name": name, "example": f'password_command = ["pass", "show", "{name}"]'}
    command = [sys.executable, "-P", "-c", _KEYRING_CHILD, service(imap), imap.user]
    try:
        ran = _run(command, os.environ, KEYRING_SECONDS)
    except (OSError, ValueError) as error:
        raise CredentialsError(
            _('The keyring cannot be asked for the password of account "{name}". Write {example}.').format(**here)
        ) from error
    if ran.code is None:
        raise CredentialsError(
            _(
                'The keyring did not answer when asked for the password of account "{name}". '
                "It may be locked: unlock it, or write {example} in the configuration."
            ).format(**here)
        )
    answer = _answer(ran)
    if answer.get("error") in ("NoKeyringError", "InitError"):
        raise CredentialsError(
            _(
                'There is no password for account "{name}": it has no password_command, and this machine '
                "has no keyring. Write {example} in the configuration, with the program that has it."
            ).format(**here)
        )
    if answer.get("error"):
        raise CredentialsError(
            _(
                'The keyring refused the password of account "{name}" ({reason}). '
                "Unlock it, or write {example} in the configuration."
            ).format(**here, reason=safe(answer["error"], 60))
        )
    found = answer.get("secret")
    if not found:
        raise CredentialsError(
            _(
                'The keyring holds no password for account "{name}". Store it with: {store} '
                "– or write {example} in the configuration."
            ).format(**here, store=f"{sys.executable} -m keyring set {service(imap)} {safe(imap.user, 100)}")
        )
    return found


def _answer(ran: "_Ran") -> dict[str, str]:
    try:
        # A back end may have printed something of its own before.
        answer = json.loads(ran.output.rpartition(b"\n")[2])
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"error": "no answer"}


# --- a process without a terminal --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ran:
    """How a process ended; `code` None: it had to be stopped. Its output is kept out of every `repr`."""

    code: int | None
    output: bytes = field(repr=False)
    complaint: bytes = field(repr=False)


def _run(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> _Ran:
    """Run a program in a session of its own, with nothing to read from, for at most `seconds`.

    At most 64 KiB of what it prints is kept. It has answered when it ends, also where something that it left
    behind (an agent, say) keeps its output open. Raises OSError and ValueError as `Popen` does.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    end = time.monotonic() + seconds
    kept = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with process.stdout, process.stderr, selectors.DefaultSelector() as selector:
        for descriptor in kept:
            os.set_blocking(descriptor, False)
            selector.register(descriptor, selectors.EVENT_READ)
        while time.monotonic() < end:
            ended = process.poll() is not None
            ready = selector.select(0 if ended else _LOOK) if selector.get_map() else ()
            for key, _events in ready:
                _take(key.fd, kept, selector)
            if ended and not ready:
                break
            if not selector.get_map() and not ended:
                try:
                    process.wait(max(end - time.monotonic(), 0))
                except subprocess.TimeoutExpired:
                    break
        code = process.poll()
        if code is None:
            _stop(process)
        output, complaint = (bytes(buffer) for buffer in kept.values())
    return _Ran(code, output, complaint)


def _take(descriptor: int, kept: Mapping[int, bytearray], selector: selectors.BaseSelector) -> None:
    try:
        data = os.read(descriptor, _MOST_OUTPUT)
    except BlockingIOError:
        return
    if not data:
        selector.unregister(descriptor)
        return
    buffer = kept[descriptor]
    buffer.extend(data[: _MOST_OUTPUT - len(buffer)])


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Kill the program with everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
