"""A pipeline as a board: deals by stage, with amounts (REC-6)."""

from dataclasses import dataclass

from salesinbox.model.records import Deal, Money


@dataclass(frozen=True, slots=True)
class StageColumn:
    """`total` has one amount for each currency, the largest first; `weighted` the same times the probability."""

    name: str
    state: str
    probability: int
    deals: tuple[Deal, ...]
    count: int
    total: tuple[Money, ...] = ()
    weighted: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineBoard:
    name: str
    stages: tuple[StageColumn, ...]
