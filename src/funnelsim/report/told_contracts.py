"""What the other commands tell machines: the keys of their answers by name and kind, the parts below them left open."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from funnelsim.report.contract_parts import OfCase, Part

Parts = list[dict[str, Any]]
By = dict[str, Any]


class _Made(OfCase):
    """An answer about a case that an engine made; no trials and seed from the exact one."""

    engine: Literal["exact", "simulate"]
    trials: int | None
    seed: int | None


class Forecast(OfCase):
    """``funnelsim run --json``."""

    contract: Literal["funnelsim.forecast/1"] = Field(alias="schema")
    seed: int | None
    trials: int | None
    engine: str
    timezone: str
    measures: By
    groups: By
    targets: Parts
    deals: Parts
    distribution: By
    stale: list[str]
    implied: By
    loop: By | None = None
    waiting: Parts | None = None
    notes: list[str]
    provenance: By


class Fit(Part):
    """``funnelsim fit --json``."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)
    contract: Literal["funnelsim.fit/1"] = Field(alias="schema")
    history: str
    as_of: str
    end: str
    currency: str
    unit: str
    timezone: str
    seed: int
    open_deals: int
    stages: list[str]
    draws: int
    shock: By
    arrivals: By


class HistoryForecast(Part):
    """``funnelsim forecast --json``: what was fitted, how such forecasts came out, and the forecast."""

    contract: Literal["funnelsim.history_forecast/1"] = Field(alias="schema")
    fit: Fit
    track: Parts
    forecast: Forecast


class Results(Part):
    """``funnelsim results ... --json``: the stores, or rows of figures."""

    contract: Literal["funnelsim.results/1"] = Field(alias="schema")
    stores: Parts | None = None
    rows: Parts | None = None


class Combination(Part):
    """``funnelsim combine --json``; what all parts were made with stands beside."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)
    contract: Literal["funnelsim.combination/1"] = Field(alias="schema")
    parts: list[str]
    sums: Parts
    correlation: list[list[float | None]]
    booked: float
    target: float | None
    chance: float | None


class Calls(Part):
    """``funnelsim calls --json``."""

    contract: Literal["funnelsim.calls/1"] = Field(alias="schema")
    as_of: str
    horizon_days: int
    windows: list[str]
    currency: str
    unit: str
    seed: int
    no_surer_than: float
    voices: Parts
    rollups: Parts
    pooled_by: str | None
    open_deals: Parts


class Backtest(Part):
    """``funnelsim backtest --json``."""

    contract: Literal["funnelsim.backtest/1"] = Field(alias="schema")
    horizon_days: int
    origins: Parts
    summary: By
    provenance: By
    rollups: Parts | None = None


class Capacity(OfCase):
    """``funnelsim capacity --json``."""

    contract: Literal["funnelsim.capacity/1"] = Field(alias="schema")
    seed: int
    trials: int
    deals_each: float | None
    queue: str | None
    target: By | None
    asked: float | None
    teams: Parts
    enough: int | None
    is_clear: bool


class Communication(Part):
    """``funnelsim communicate --json``."""

    contract: Literal["funnelsim.communication/1"] = Field(alias="schema")
    case: str
    items: int
    weight: float
    n_critical: int
    time_limit_days: float | None
    arrivals: Parts
    as_told: Parts
    changes: Parts
    notes: list[str]
    provenance: By


class Goal(OfCase):
    """``funnelsim goal --json``."""

    contract: Literal["funnelsim.goal/1"] = Field(alias="schema")
    goal: By
    solve: By
    answer: float | str
    solutions: Parts
    unreached: Any
    seed: int | None
    config: str
    config_sha256: str
    overrides: list[str]
    scenario: str | None


class Opinions(_Made):
    """``funnelsim opinions --json``."""

    contract: Literal["funnelsim.opinions/1"] = Field(alias="schema")
    booked: float
    weights: str
    no_surer_than: float | None
    sources: Parts
    forecasts: Parts
    deals: Parts
    notes: list[str]


class Roles(_Made):
    """``funnelsim roles --json``."""

    contract: Literal["funnelsim.roles/1"] = Field(alias="schema")
    booked: float
    strengths: By
    with_roles: By
    without_roles: By
    deals: Parts
    turns: Parts
    turns_left_out: int
    notes: list[str]


class Pipeline(_Made):
    """``funnelsim pipeline --json``."""

    contract: Literal["funnelsim.pipeline/1"] = Field(alias="schema")
    refused: str | None
    timezone: str
    stages: Parts
    cycle_days: float | None
    plan: Parts
    bottleneck: By
    stalled: By
    stale: list[str]
    notes: list[str]
    provenance: By


class Score(Part):
    """``funnelsim score --json``."""

    contract: Literal["funnelsim.score/1"] = Field(alias="schema")
    records_sha256: str
    records_to: str
    verdicts: Parts
    track: Parts
    calls: Parts | None = None


class History(Part):
    """``funnelsim history check --json``."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)
    contract: Literal["funnelsim.history/1"] = Field(alias="schema")
    shape: str
    tables: Parts
    deals: By
    visits: int
    changes: int
    observed: dict[str, str]
    timezone: str
    currency: str
    unit: str
    defects: Parts
    notes: Parts


class Sweep(Part):
    """``funnelsim sweep --json``: the last line, or the guess of ``--guess``; before it a line for every case."""

    contract: Literal["funnelsim.sweep/1"] = Field(alias="schema")
    cases: int
    found: int | None = None
    done: int | None = None
    damaged: list[int] | None = None
    problems: dict[str, str] | None = None
    left: int | None = None
    seconds: float
    timed: int | None = None
    seconds_each: float | None = None
    workers: int | None = None


class Validate(Part):
    """``funnelsim validate --json``: whether a config is sound, what it holds, or every problem of it."""

    ok: bool
    problems: Parts
    stages: int | None = None
    deals: int | None = None
    hops: int | None = None


TOLD_CONTRACTS: dict[str, type[BaseModel]] = {
    "backtest": Backtest,
    "calls": Calls,
    "capacity": Capacity,
    "combine": Combination,
    "communicate": Communication,
    "fit": Fit,
    "forecast": HistoryForecast,
    "goal": Goal,
    "history": History,
    "opinions": Opinions,
    "pipeline": Pipeline,
    "results": Results,
    "roles": Roles,
    "run": Forecast,
    "score": Score,
    "sweep-told": Sweep,
    "validate": Validate,
}
