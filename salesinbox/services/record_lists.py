"""How a rep has arranged the lists of records, kept across starts: columns and order of each kind (REC-1)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from salesinbox.model.operations import Outcome
from salesinbox.services.writer import Writer
from salesinbox.store.database import Database, set_state


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Names of fields, as they were when it was kept: there may be no such field any more. Empty: as it comes."""

    columns: tuple[str, ...] = ()
    sort: str = ""
    falling: bool = False


def remember(writer: Writer, kind: str, columns: Sequence[str], sort: str, *, falling: bool) -> Outcome:
    """Keep how the list of a kind is arranged; nothing that undo takes back."""
    text = json.dumps(asdict(Arrangement(tuple(columns), sort, falling)), ensure_ascii=False)
    with writer.writing.transaction() as connection:
        set_state(connection, _name(kind), text)
    return Outcome(())


def remembered(database: Database, kind: str) -> Arrangement:
    """How the list of a kind was arranged; as it comes, where nothing that can be understood was kept."""
    try:
        kept = json.loads(database.state(_name(kind), "{}"))
        columns = kept.get("columns", ())
        if not isinstance(columns, list):
            columns = ()
        return Arrangement(tuple(map(str, columns)), str(kept.get("sort", "")), bool(kept.get("falling")))
    except (ValueError, AttributeError):
        return Arrangement()


def _name(kind: str) -> str:
    return f"list of {kind}"
