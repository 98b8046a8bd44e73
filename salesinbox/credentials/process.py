"""A program that is asked for something: without a terminal, and for so long only (ACC-4).

What goes in and comes out is on pipes, in this process's memory; never in an argument or the environment.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MOST_OUTPUT = 65536
_MOST_GIVEN = 65536
"""Octets that an empty pipe takes without anybody reading (Linux, pipe(7))."""
_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended; `code` None: it had to be stopped. Its output is kept out of every `repr`."""

    code: int | None
    output: bytes = field(repr=False)
    complaint: bytes = field(repr=False)


def run(command: Sequence[str], environment: Mapping[str, str], seconds: float, given: bytes = b"") -> Ran:
    """Run a program in a session of its own for at most `seconds`. `given` is all that it can read, at most 64 KiB.

    At most 64 KiB of what it prints is kept. It has answered when it ends, also where something that it left
    behind (an agent, say) keeps its output open. Raises OSError and ValueError as `Popen` does.
    """
    reading = _filled(given)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if reading is None else reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    finally:
        if reading is not None:
            os.close(reading)
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
    return Ran(code, output, complaint)


def _filled(given: bytes) -> int | None:
    """The reading end of a pipe that holds `given` and nothing more; None for nothing."""
    if not given:
        return None
    if len(given) > _MOST_GIVEN:
        raise ValueError("too long")
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        os.set_blocking(writing, False)
        written = os.write(writing, given)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    if written < len(given):
        os.close(reading)
        raise ValueError("too long")
    return reading


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
