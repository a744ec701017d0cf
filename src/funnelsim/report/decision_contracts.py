"""What `lint`, `stress`, `deals`, `act` and `people` tell machines, as models that publish a JSON Schema each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from funnelsim.report.contract_parts import OfCase, Part

# ---- lint


class LintFinding(Part):
    """One finding: where, the figures that set it off, and its three sentences."""

    rule: str
    place: str
    path: list[str | int]
    facts: dict[str, str | float]
    what: str
    why: str
    do: str


class LintFile(Part):
    """The findings of one config; it is not forecastable where the text holds what no forecast can be made from."""

    config: str
    forecastable: bool
    findings: list[LintFinding]


class Lint(Part):
    """What ``funnelsim lint --json`` prints."""

    schema_: Literal["funnelsim.lint/1"] = Field(alias="schema")
    files: list[LintFile]


# ---- stress


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


class ToldDifference(Part):
    """By how much a forecast differs from the one without stress."""

    mean: float
    mean_se: float
    chances: list[float]
    chances_se: list[float]


class ToldVariant(Part):
    """Bookings and targets of a forecast."""

    mean: float
    sd: float
    mean_se: float
    quantiles: dict[str, float]
    quantiles_se: dict[str, float]
    numeric_error: float | None = None
    mean_error: float | None = None
    targets: list[ToldTarget]
    difference: ToldDifference


class StressedVariant(ToldVariant):
    """A forecast under a stress, and whom it was done to."""

    stress: str
    whom: str | None


class TurnedInput(Part):
    """One input at the mildest joint change."""

    input: str
    kind: Literal["conversion", "stays", "amounts", "arrivals"]
    unit: float
    unit_from: Literal["belief", "stated"]
    units: float
    from_: float = Field(alias="from")
    to: float


class AloneInput(Part):
    """How far an input alone must be turned; null where it alone does not do it."""

    input: str
    units: float | None


class ReverseStress(Part):
    """The mildest joint change; its distance is null where there is none, 0 where none is needed."""

    level: float
    chance: float
    chance_there: float | None
    distance: float | None
    turned: list[TurnedInput]
    alone: list[AloneInput]
    evaluations: int


class Stress(OfCase):
    """What ``funnelsim stress --json`` prints."""

    schema_: Literal["funnelsim.stress/1"] = Field(alias="schema")
    engine: Literal["exact", "simulate"]
    trials: int | None
    seed: int | None
    booked: float
    base: ToldVariant
    stresses: list[StressedVariant]
    left_out: dict[str, str]
    reverse: ReverseStress | None


# ---- deals


class ToldDeal(Part):
    """One open deal; chances of the first target are null without targets."""

    id: str
    stage: str
    amount: float
    win_probability: float = Field(ge=0, le=1)
    close_p10: str | None
    close_p50: str | None
    close_p90: str | None
    expected_close: str | None
    swing: float | None
    target_if_won: float | None
    target_if_not: float | None


class ToldStalled(Part):
    """One stalled deal."""

    id: str
    stage: str
    owner: str
    amount: float
    age_days: float
    advanced_later: float
    won_later: float | None
    chance: float
    chance_fresh: float
    stale: bool


class ToldStalledDeals(Part):
    """The stalled deals, and the share under which a deal is one."""

    below: float
    deals: list[ToldStalled]


class ToldMakeOrBreak(Part):
    """Ids of the deals on which the first target hangs."""

    at_least: float
    deals: list[str]


class ReliabilityBin(Part):
    """Past deals of about the same chance."""

    deals: int
    said: float
    won: int
    low: float
    high: float


class ToldReliability(Part):
    """Past chances against what came true."""

    origins: list[str]
    horizon_days: int
    deals: int
    brier: float
    brier_of_base_rate: float
    bins: list[ReliabilityBin]


class Deals(OfCase):
    """What ``funnelsim deals --json`` prints."""

    schema_: Literal["funnelsim.deals/1"] = Field(alias="schema")
    engine: Literal["exact", "simulate"]
    trials: int | None
    seed: int | None
    targets: list[ToldTarget]
    deals: list[ToldDeal]
    make_or_break: ToldMakeOrBreak
    stalled: ToldStalledDeals
    stale: list[str]
    reliability: ToldReliability | None


# ---- act


class ToldLift(Part):
    """One stage a point higher."""

    stage: str
    conversion: float
    points: float
    mean: float | None
    mean_error: float | None
    chance: float | None
    chance_error: float | None
    cost: float | None
    mean_per_cost: float | None
    chance_per_cost: float | None
    hindrance: str | None


class ToldBottleneck(Part):
    """Every stage's lift, and the best by each measure."""

    stages: list[ToldLift]
    best: dict[str, str | None]
    rivals: list[str]


class ToldSpend(Part):
    """What is spent on one input, and what that buys."""

    on: Literal["stage", "hop", "source"]
    name: str
    cost_of_one: float
    money: float
    buys: float
    chance_if_all: float


class ToldSplit(Part):
    """The best split of a budget."""

    budget: float
    left: float
    chance: float
    gain: float
    gain_error: float
    chance_if_even: float
    spend: list[ToldSpend]
    evaluations: int


class Act(OfCase):
    """What ``funnelsim act --json`` prints."""

    schema_: Literal["funnelsim.act/1"] = Field(alias="schema")
    engine: Literal["exact", "simulate"]
    trials: int | None
    seed: int | None
    chance: float | None
    bottleneck: ToldBottleneck
    split: ToldSplit | None


# ---- people


class ToldBand(Part):
    """The middle of what is known of a figure, and the ends of 8 chances in 10."""

    p10: float
    p50: float
    p90: float


class ToldStanding(Part):
    """One rep, source or segment."""

    name: str
    deals: int
    won: int
    raw: float
    rate: ToldBand
    rank: ToldBand
    days_factor: ToldBand | None
    better_than_next: float | None
    cost_per_win: ToldBand | None


class ToldShares(Part):
    """Of the spread of raw rates."""

    luck: float
    mix: float
    skill: float
    skill_p10_to_p90: list[float]


class People(Part):
    """What ``funnelsim people --json`` prints; ``better`` holds the chance that the row is better than the column."""

    schema_: Literal["funnelsim.people/1"] = Field(alias="schema")
    by: Literal["owner", "source", "segment"]
    first: str
    last: str
    within_days: int
    deals: int
    without_name: int
    standings: list[ToldStanding]
    shares: ToldShares
    spread_log_odds: ToldBand
    better: list[list[float]]


DECISION_CONTRACTS: dict[str, type[BaseModel]] = {
    "lint": Lint,
    "stress": Stress,
    "deals": Deals,
    "act": Act,
    "people": People,
}
