"""Deals by stage (REC-6)."""

import sqlite3
from collections import defaultdict
from decimal import Decimal, InvalidOperation

from salesinbox.model.pipeline import PipelineBoard, StageColumn
from salesinbox.model.records import Money, Stage
from salesinbox.store.records import pipelines, reading

_SHOWN = 200
"""Deals of a stage that are listed; the amounts are those of all."""

_Within = tuple[str, tuple[str, ...]]
_ALL: _Within = ("1", ())

_WHOLE = "(d.amount <> '' AND d.amount NOT GLOB '*[^0-9]*' AND length(d.amount) < 14)"

Amounts = dict[str, Decimal]


def read(connection: sqlite3.Connection, name: str = "") -> PipelineBoard:
    """The pipeline of this name, the first one for "": its stages in order, those last that deals have besides."""
    first = next(iter(pipelines.names(connection)), "")
    named = name or first
    # A deal that names no pipeline is in the first one.
    # Without any pipeline there is but one; else a deal that names none is in the first.
    within: _Within = ("(d.pipeline = ? OR (d.pipeline = '' AND ? = ?))", (named, named, first)) if named else _ALL
    counts: dict[str, int] = defaultdict(int)
    totals: dict[str, Amounts] = defaultdict(lambda: defaultdict(Decimal))
    weighted: dict[str, Amounts] = defaultdict(lambda: defaultdict(Decimal))
    joined = f"FROM deal AS d JOIN stage ON stage.name = d.stage WHERE {within[0]}"
    probability = "coalesce(d.probability, stage.probability)"
    # Whole amounts are added up by SQLite, exactly as long as the sum fits; the others here, one by one.
    rows = connection.execute(
        f"SELECT d.stage, sum(CAST(d.amount AS INTEGER)), d.currency, {probability} AS chance, count(*) {joined}"
        f" AND {_WHOLE} GROUP BY d.stage, d.currency, chance"
        f" UNION ALL SELECT d.stage, d.amount, d.currency, {probability}, 1 {joined} AND NOT {_WHOLE}",
        within[1] * 2,
    )
    for stage, amount, currency, chance, number in rows:
        counts[stage] += number
        value = _decimal(str(amount))
        if value is not None:
            totals[stage][currency] += value
            weighted[stage][currency] += value * chance / 100
    stages = pipelines.stages(connection, named)
    listed = {stage.name for stage in stages}
    stages += [one for one in pipelines.every_stage(connection) if one.name not in listed and counts.get(one.name)]
    return PipelineBoard(
        named,
        tuple(
            _column(
                connection, stage, within, counts[stage.name], _money(totals[stage.name]), _money(weighted[stage.name])
            )
            for stage in stages
        ),
    )


def _column(
    connection: sqlite3.Connection,
    stage: Stage,
    within: _Within,
    count: int,
    total: tuple[Money, ...],
    weighted: tuple[Money, ...],
) -> StageColumn:
    """What closes first stands first; of closed deals, what closed last."""
    way = "d.closing = '', d.closing, d.id" if stage.state == "open" else "d.closing DESC, d.id DESC"
    chosen = f"SELECT d.id FROM deal AS d WHERE d.stage = ? AND ({within[0]}) ORDER BY {way} LIMIT ?"
    rows = connection.execute(
        f"{reading.DEAL} WHERE d.id IN ({chosen}) ORDER BY {way}", (stage.name, *within[1], _SHOWN)
    )
    deals = tuple(map(reading.deal_of, rows)) if count else ()
    return StageColumn(stage.name, stage.state, stage.probability, deals, count, total, weighted)


def _decimal(amount: str) -> Decimal | None:
    try:
        return Decimal(amount) if amount else None
    except InvalidOperation:
        return None


def _money(amounts: Amounts) -> tuple[Money, ...]:
    ordered = sorted(amounts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Money(_text(value), currency) for currency, value in ordered)


def _text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
