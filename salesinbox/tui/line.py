"""The terminal as a line that can be cut."""

import select


def is_gone(fileno: int) -> bool:
    """Whether whoever was at the other end of the terminal with this descriptor has hung up."""
    poll = select.poll()
    poll.register(fileno, 0)
    return any(event & select.POLLHUP for _fileno, event in poll.poll(0))
