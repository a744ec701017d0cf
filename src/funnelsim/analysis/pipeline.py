"""The pipeline as it is managed: stages, targets against what is to come, bottleneck, stalled deals (M14.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Literal

import numpy as np

from funnelsim.analysis.answer import forecast, summarise, summary_of_law
from funnelsim.analysis.booked import booked_in
from funnelsim.analysis.bottleneck import Bottleneck, bottleneck
from funnelsim.analysis.deals import deal_forecasts
from funnelsim.analysis.forecast import Forecast, Summary, TargetForecast
from funnelsim.analysis.fresh import Fresh, fresh_pipeline
from funnelsim.analysis.method import Method, Result
from funnelsim.analysis.stages import StageStanding, cycle_days, stage_standings
from funnelsim.analysis.stalled import StalledDeal, stalled_deals
from funnelsim.engine.ensemble import Ensemble
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case
from funnelsim.model.target import Target

SCHEMA = "funnelsim.pipeline/1"
STALLED_BELOW = 0.1
Choice = Literal["auto", "exact", "simulate"]


@dataclass(frozen=True)
class PlanStanding:
    """A target against what is booked and what is still to come, and the fresh pipeline that closes the gap."""

    told: TargetForecast
    booked: float
    to_come: Summary
    fresh: Fresh

    @property
    def target(self) -> Target:
        """Return the target."""
        return self.told.target

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            **self.told.as_json(),
            "booked": self.booked,
            "to_come": self.to_come.as_json(),
            "fresh": self.fresh.as_json(),
        }


@dataclass(frozen=True)
class PipelineReview:
    """What `funnelsim pipeline` tells.

    Parameters
    ----------
    forecast : Forecast
        The forecast of the case as it is.
    refused : RefusedError, optional
        Why the exact engine was not used, where the choice was left open; empty if it was.
    cycle_days : float, optional
        Mean time from the first stage to a win, of deals that are won; None without stays.
    """

    forecast: Forecast
    stages: tuple[StageStanding, ...]
    cycle_days: float | None
    plan: tuple[PlanStanding, ...]
    bottleneck: Bottleneck
    stalled: tuple[StalledDeal, ...]
    stalled_below: float
    n_judged: int
    refused: RefusedError | None = None

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.forecast.case

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.pipeline/1``; the same bytes for the same review."""
        told, case = self.forecast, self.case
        found = {
            "schema": SCHEMA,
            "case": case.name,
            "engine": told.engine,
            "refused": str(self.refused) if self.refused else None,
            "trials": told.trials,
            "seed": told.seed,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "timezone": case.timezone,
            "stages": [stage.as_json() for stage in self.stages],
            "cycle_days": self.cycle_days,
            "plan": [standing.as_json() for standing in self.plan],
            "bottleneck": self.bottleneck.as_json(),
            "stalled": {
                "below": self.stalled_below,
                "judged": self.n_judged,
                "deals": [deal.as_json() for deal in self.stalled],
            },
            "stale": list(told.stale),
            "notes": list(told.notes),
            "provenance": dict(told.provenance),
        }
        return {name: _finite(value) for name, value in found.items()}


def review_pipeline(
    case: Case,
    *,
    engine: Choice = "auto",
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    stalled_below: float = STALLED_BELOW,
) -> PipelineReview:
    """Review the pipeline of a case.

    Parameters
    ----------
    engine : {"auto", "exact", "simulate"}
        ``auto`` takes the exact engine where it applies, and simulation elsewhere.
    trials, seed, threads : int, optional
        Of the simulation; default: the case's own.
    stalled_below : float
        A deal is stalled if fewer than this share of the deals that moved on from its stage ever waited as long.

    Raises
    ------
    RefusedError
        If ``exact`` was asked for and does not answer this case.
    """
    simulating = Method("simulate", trials, seed, threads)
    if engine == "simulate":
        return _reviewed(case, simulating, stalled_below)
    try:
        return _reviewed(case, Method("exact"), stalled_below)
    except RefusedError as refusal:
        if engine == "exact":
            raise
        return replace(_reviewed(case, simulating, stalled_below), refused=refusal)


def _reviewed(case: Case, method: Method, below: float) -> PipelineReview:
    base = method.answer(case)
    if isinstance(base, Ensemble):
        method = replace(method, seed=base.seed, trials=base.trials)
    told = forecast(base)
    told = replace(told, notes=(*told.notes, *_own_rate_note(case)))
    plan = tuple(_plan(case, target, method, base) for target in told.targets)
    return PipelineReview(
        forecast=told,
        stages=stage_standings(case, _win_chances(base)),
        cycle_days=cycle_days(case.funnel),
        plan=plan,
        bottleneck=bottleneck(case, method, base),
        stalled=stalled_deals(base.program, below),
        stalled_below=below,
        n_judged=len(base.program.deals) if case.funnel.has_stays else 0,
    )


def _plan(case: Case, told: TargetForecast, method: Method, base: Result) -> PlanStanding:
    target = told.target
    booked = booked_in(case, target.measure, target.group)
    if isinstance(base, Ensemble):
        to_come = summarise(base.toward(target), target.measure, base.step(target.measure))
    else:
        to_come = summary_of_law(base.toward(target))
    return PlanStanding(told, booked, to_come, fresh_pipeline(case, target, method, base))


def _win_chances(result: Result) -> Mapping[str, float]:
    """Return each deal's chance of a win in the window, by id."""
    if isinstance(result, Ensemble):
        return {deal.id: deal.win_probability for deal in deal_forecasts(result)}
    chances, _ = result.deal_chances()
    return {deal.id: float(p) for deal, p in zip(result.program.deals, chances, strict=True)}


def _own_rate_note(case: Case) -> list[str]:
    n = sum(deal.win_rate is not None for deal in case.pipeline.deals)
    return [f"{n} deals state a win rate of their own, which a better stage does not move"] if n else []


def _finite(value: Any) -> Any:
    """Return a value in which figures that are not finite are None, as JSON has no word for them."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, np.floating):
        return _finite(float(value))
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list) else value
