"""Pipelines and their stages (REC-6): the settings say which there are, deals say which must stay."""

import hashlib
import sqlite3
from collections.abc import Sequence

from salesinbox.model.records import OPEN, Stage
from salesinbox.model.settings import Pipeline
from salesinbox.rules.matching import stage_key
from salesinbox.store.database import set_state

_STATE = "pipelines"
_FIRST = ("Qualification", OPEN, 10)
"""The stage of a new deal where every stage is a closed one."""


def are_kept(connection: sqlite3.Connection, pipelines: Sequence[Pipeline]) -> bool:
    """Whether the tables are as these settings want them; costs one small read."""
    row = connection.execute("SELECT value FROM state WHERE name = ?", (_STATE,)).fetchone()
    return (str(row[0]) if row else "") == _digest(pipelines)


def keep(connection: sqlite3.Connection, pipelines: Sequence[Pipeline]) -> bool:
    """Make pipelines and stages those of the settings; without any there, the stages stay as they are.

    A stage that deals are in is never deleted: it stays behind the others. A stage that is spelled differently in
    the settings takes their spelling, on its deals, too. Returns whether mail has to be placed again.
    """
    before = _stages_of_deals(connection)
    connection.execute("DELETE FROM pipeline_stage")
    connection.execute("DELETE FROM pipeline")
    wanted: dict[str, tuple[str, int]] = {}
    for position, pipeline in enumerate(pipelines):
        connection.execute("INSERT INTO pipeline (name, position) VALUES (?, ?)", (pipeline.name, position))
        for name, state, probability in pipeline.stages:
            wanted.setdefault(name, (state, probability))
    if wanted:
        _write_stages(connection, wanted)
    connection.executemany(
        "INSERT INTO pipeline_stage (pipeline, stage, position) VALUES (?, ?, ?)",
        [
            (pipeline.name, name, position)
            for pipeline in pipelines
            for position, (name, _state, _chance) in enumerate(pipeline.stages)
        ],
    )
    set_state(connection, _STATE, _digest(pipelines))
    return before != _stages_of_deals(connection)


def _write_stages(connection: sqlite3.Connection, wanted: dict[str, tuple[str, int]]) -> None:
    spelled = {stage_key(name): name for name in wanted}
    rest = []
    others = [row[0] for row in connection.execute("SELECT name FROM stage ORDER BY position") if row[0] not in wanted]
    connection.executemany(
        "INSERT INTO stage (name, state, probability, position) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET state = excluded.state, probability = excluded.probability, position = excluded.position",
        [(name, *values, position) for position, (name, values) in enumerate(wanted.items())],
    )
    for name in others:
        if (settled := spelled.get(stage_key(name))) is not None:
            connection.execute("UPDATE deal SET stage = ? WHERE stage = ?", (settled, name))
        if connection.execute("SELECT 1 FROM deal WHERE stage = ? LIMIT 1", (name,)).fetchone():
            rest.append(name)
        else:
            connection.execute("DELETE FROM stage WHERE name = ?", (name,))
    connection.executemany(
        "UPDATE stage SET position = ? WHERE name = ?",
        [(len(wanted) + position, name) for position, name in enumerate(rest)],
    )


def names(connection: sqlite3.Connection) -> list[str]:
    """Names of the pipelines in their order; [] where the settings have none and all stages make one."""
    return [row[0] for row in connection.execute("SELECT name FROM pipeline ORDER BY position")]


def stages(connection: sqlite3.Connection, pipeline: str = "") -> list[Stage]:
    """The stages of a pipeline in their order; of the first one for "", all where there are no pipelines."""
    named = pipeline or next(iter(names(connection)), "")
    rows = connection.execute(
        "SELECT name, state, probability FROM pipeline_stage AS p JOIN stage ON stage.name = p.stage"
        " WHERE p.pipeline = ? ORDER BY p.position"
        if named
        else "SELECT name, state, probability FROM stage WHERE ? = '' ORDER BY position",
        (named,),
    )
    return [Stage(*row) for row in rows]


def every_stage(connection: sqlite3.Connection) -> list[Stage]:
    """All stages, those of no pipeline last."""
    return [Stage(*row) for row in connection.execute("SELECT name, state, probability FROM stage ORDER BY position")]


def first_open(connection: sqlite3.Connection, pipeline: str = "") -> Stage:
    """The stage of a new deal: the pipeline's first open one."""
    for stage in (*stages(connection, pipeline), *every_stage(connection)):
        if stage.state == OPEN:
            return stage
    connection.execute(
        "INSERT INTO stage (name, state, probability, position) SELECT ?, ?, ?, coalesce(max(position), -1) + 1"
        " FROM stage WHERE true ON CONFLICT (name) DO UPDATE SET state = excluded.state",
        _FIRST,
    )
    return Stage(*_FIRST)


def _stages_of_deals(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    query = "SELECT DISTINCT stage.name, state FROM deal JOIN stage ON stage.name = deal.stage ORDER BY stage.name"
    return connection.execute(query).fetchall()


def _digest(pipelines: Sequence[Pipeline]) -> str:
    if not pipelines:
        return ""
    return hashlib.blake2b(repr(tuple(pipelines)).encode("utf-8", "replace"), digest_size=12).hexdigest()
