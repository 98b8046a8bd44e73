"""What is to be done, and when."""

from dataclasses import dataclass

from salesinbox.model.records import Item


@dataclass(frozen=True, slots=True)
class Agenda:
    """Open tasks and calls by their day in the rep's zone, and the events of today and the days that follow."""

    overdue: tuple[Item, ...] = ()
    today: tuple[Item, ...] = ()
    later: tuple[Item, ...] = ()
    undated: tuple[Item, ...] = ()
    events: tuple[Item, ...] = ()
    open_count: int = 0
