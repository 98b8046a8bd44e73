"""When the rep is told that nobody answered (ACT-6). Pure."""

from datetime import datetime, timedelta, tzinfo

_MOST_DAYS = 3660


def due(sent: int, days: int, zone: tzinfo) -> int:
    """When the rep is told, in seconds since 1970: `days` later, at the same time on the clocks there.

    A time that summer time leaves out is the one after it; of a time that comes twice, the first. 0 for no days:
    the rep did not ask.
    """
    if days <= 0:
        return 0
    then = datetime.fromtimestamp(sent, zone)
    day = then.date() + timedelta(days=min(days, _MOST_DAYS))
    return int(datetime.combine(day, then.time(), zone).timestamp())
