"""What machines are told, as models that publish a JSON Schema each: the contracts of ``--json``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from funnelsim.report.contract_parts import OfCase, Part


class ToldSummary(Part):
    """Mean, spread and percentiles of an amount in the unit, with their Monte Carlo standard errors."""

    mean: float
    sd: float
    mean_se: float
    quantiles: dict[str, float]
    quantiles_se: dict[str, float]
    numeric_error: float | None = None
    mean_error: float | None = None


class ToldTarget(Part):
    """A target, its chance, and the mean gap below it."""

    measure: Literal["bookings", "wins", "cash"]
    amount: float
    by: str | None
    group: dict[str, str]
    chance: float = Field(ge=0, le=1)
    chance_se: float
    mean_gap: float
    mean_gap_se: float


class ToldFigures(Part):
    """Mean and percentiles of bookings, in the unit."""

    mean: float
    p10: float
    p50: float
    p90: float


class ToldStep(Part):
    """What a cause adds to each figure, and the error of that where orders were sampled."""

    cause: str
    adds: ToldFigures
    error: ToldFigures


class ToldWaterfall(Part):
    """Steps from one forecast to another; for every figure they add up to ``end - start``."""

    start: ToldFigures
    end: ToldFigures
    steps: list[ToldStep]
    basis: Literal["all orders", "sampled orders", "one order"]
    engine: Literal["simulate", "exact"]
    cases: int
    orders: int


class ToldAssumption(Part):
    """One assumption; the name of a config as it stands is empty."""

    name: str
    bookings: ToldSummary
    booked: float
    targets: list[ToldTarget]
    config: str
    scenario: str
    overrides: list[str]


class ToldDominance(Part):
    """What the futures show of an assumption against the first one, in the first and the second order."""

    first: Literal["ahead", "behind", "crossing", "not told apart"]
    second: Literal["ahead", "behind", "crossing", "not told apart"]
    worst: float
    best: float
    allowance: float
    confidence: float
    looks: int


class ToldChance(Part):
    """What the chance of a target gains."""

    chance: float
    chance_se: float


class ToldPair(Part):
    """By how much an assumption is above the first one; the gain is null where the two never differ."""

    name: str
    mean: float
    mean_se: float
    sd: float
    quantiles: dict[str, float]
    higher: float
    lower: float
    equal: float
    targets: list[ToldChance]
    dominance: ToldDominance
    independent_se: float
    gain: float | None
    best_gain: float | None
    waterfall: ToldWaterfall | None


class Compare(OfCase):
    """``funnelsim compare --json``."""

    contract: Literal["funnelsim.compare/1"] = Field(alias="schema")
    trials: int
    seed: int
    assumptions: list[ToldAssumption]
    against_first: list[ToldPair]


class ToldLayer(Part):
    """A layer of chance: what it adds to the variance, in squared units and as a share."""

    layer: Literal["parameters", "shock", "arrivals", "wins", "amounts"]
    variance: float
    variance_se: float
    share: float
    share_se: float


class Layers(OfCase):
    """``funnelsim layers --json``."""

    contract: Literal["funnelsim.layers/1"] = Field(alias="schema")
    trials: int
    seed: int
    mean: float
    sd: float
    variance: float
    basis: Literal["all orders", "one order"]
    order: list[str]
    layers: list[ToldLayer]
    runs: int


class ToldNarrowing(Part):
    """By how much the width from P10 to P90 shrinks on average, and that as a share of it."""

    by: float
    by_se: float
    share: float


class ToldFigure(Part):
    """What evidence on a believed figure is worth: of closed deals in its stage, and if it were known for certain."""

    figure: str
    stage: str | None
    closed_deals: ToldNarrowing | None
    certain: ToldNarrowing


class Value(OfCase):
    """``funnelsim value --json``."""

    contract: Literal["funnelsim.value/1"] = Field(alias="schema")
    trials: int
    seed: int
    deals: int
    p10: float
    p90: float
    width: float
    width_se: float
    figures: list[ToldFigure]
    best: str | None
    rivals: list[str]


class ToldExtent(Part):
    """How many deals a cause touched, and what they are worth."""

    deals: int
    amount: float


class Explain(OfCase):
    """``funnelsim explain --json``; ``as_of`` is the later day. Trials and seed are null from the exact engine."""

    contract: Literal["funnelsim.explain/1"] = Field(alias="schema")
    since: str = Field(alias="from")
    windows_end: list[str | None]
    trials: int | None
    seed: int | None
    signed: list[float]
    touched: dict[str, ToldExtent]
    waterfall: ToldWaterfall


CONTRACTS: dict[str, type[BaseModel]] = {"compare": Compare, "explain": Explain, "layers": Layers, "value": Value}
