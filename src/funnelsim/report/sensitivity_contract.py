"""What machines are told of a sensitivity, as a model that publishes its JSON Schema: ``funnelsim.sensitivity/1``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from funnelsim.report.contract_parts import Part

Row = list[float]


class ToldAim(Part):
    """A target; ``outputs`` calls its chance ``target_1``, ``target_2`` .. in this order."""

    measure: Literal["bookings", "wins", "cash"]
    amount: float
    by: str | None
    group: dict[str, str]


class ToldInput(Part):
    """An input, the ends of its range, where it stands, and where the range comes from."""

    name: str
    kind: Literal["conversion", "exit", "stay", "realisation", "rho", "keeps", "elasticity", "rework", "rate"]
    of: str | None
    low: float
    base: float
    high: float
    range: Literal["belief", "stated", "default"]
    is_factor: bool


class ToldTornado(Part):
    """Outputs with all inputs at their bases; and, a row an input, with it at the low and at the high end."""

    base: Row
    low: list[Row]
    high: list[Row]


class ToldEstimate(Part):
    """A figure per input and output, with the ends of its interval."""

    value: list[Row]
    low: list[Row]
    high: list[Row]


class ToldSobol(Part):
    """Shares of the variance: of an input alone, and with all it takes part in; mean and sd of the outputs."""

    first: ToldEstimate
    total: ToldEstimate
    mean: Row
    sd: Row


class ToldShapley(Part):
    """Fair shares of the variance, which add up to 1."""

    share: ToldEstimate
    mean: Row
    sd: Row


class ToldSlope(Part):
    """What a stage's conversion, higher by ``per``, adds to mean bookings and to the chance of each target."""

    stage: str
    mean: float
    mean_se: float
    targets: Row
    targets_se: Row


class ToldGradient(Part):
    """A slope per stage, or why there are none."""

    per: float
    slopes: list[ToldSlope]
    trials: int
    seed: int | None
    why_not: str


class ToldHop(Part):
    """What the outputs gain if a hop of communication keeps a point more, or loses nothing."""

    hop: str
    point: Row
    removed: Row


class Sensitivity(Part):
    """``funnelsim sensitivity --json``."""

    contract: Literal["funnelsim.sensitivity/1"] = Field(alias="schema")
    case: str
    currency: str
    unit: str
    as_of: str
    outputs: list[str]
    targets: list[ToldAim]
    inputs: list[ToldInput]
    tornado: ToldTornado
    sobol: ToldSobol | None
    shapley: ToldShapley | None
    gradient: ToldGradient | None
    hops: list[ToldHop]
    engine: Literal["exact", "simulate"]
    points: int
    trials: int | None
    seed: int
    confidence: float
    why_simulated: str
    config: str
    config_sha256: str
    overrides: list[str]
    scenario: str
