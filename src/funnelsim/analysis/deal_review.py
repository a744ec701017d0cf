"""Deals one by one: chance and date, which make or break the target, which have stalled (model page, M10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.forecast import DealForecast, Forecast
from funnelsim.analysis.method import Method
from funnelsim.analysis.pipeline import STALLED_BELOW
from funnelsim.analysis.reliability import Reliability
from funnelsim.analysis.stalled import StalledDeal, stalled_deals
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case

SCHEMA = "funnelsim.deals/1"
MAKE_OR_BREAK = 0.15
Choice = Literal["auto", "exact", "simulate"]


@dataclass(frozen=True)
class DealReview:
    """What `funnelsim deals` tells.

    Parameters
    ----------
    forecast : Forecast
        With every deal's chance, dates and swing.
    at_least : float
        A deal makes or breaks the first target if winning it rather than not moves the chance by so much.
    stalled : tuple of StalledDeal
    reliability : Reliability, optional
        Of chances said of past deals, where a history was given.
    refused : RefusedError, optional
        Why the exact engine was not used, where the choice was left open.
    """

    forecast: Forecast
    at_least: float
    stalled: tuple[StalledDeal, ...]
    stalled_below: float
    reliability: Reliability | None = None
    refused: RefusedError | None = None

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.forecast.case

    @property
    def make_or_break(self) -> tuple[DealForecast, ...]:
        """Return the deals on which the first target hangs most, the largest swing first."""
        chosen = [deal for deal in self.forecast.deals if abs(deal.swing or 0.0) >= self.at_least]
        return tuple(sorted(chosen, key=lambda deal: (-abs(deal.swing or 0.0), deal.id)))

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.deals/1`` as plain values."""
        told, case = self.forecast, self.case
        return {
            "schema": SCHEMA,
            "case": case.name,
            "engine": told.engine,
            "trials": told.trials,
            "seed": told.seed,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "targets": [target.as_json() for target in told.targets],
            "deals": [deal.as_json() for deal in told.deals],
            "make_or_break": {"at_least": self.at_least, "deals": [deal.id for deal in self.make_or_break]},
            "stalled": {"below": self.stalled_below, "deals": [deal.as_json() for deal in self.stalled]},
            "stale": list(told.stale),
            "reliability": self.reliability.as_json() if self.reliability else None,
        }


def review_deals(
    case: Case,
    *,
    engine: Choice = "auto",
    trials: int | None = None,
    seed: int | None = None,
    at_least: float = MAKE_OR_BREAK,
    stalled_below: float = STALLED_BELOW,
) -> DealReview:
    """Look at the open deals of a case one by one.

    Parameters
    ----------
    engine : {"auto", "exact", "simulate"}
        ``auto`` takes the exact engine where it applies, and simulation elsewhere.
    trials, seed : int, optional
        Of the simulation; default: the case's own.

    Raises
    ------
    RefusedError
        If ``exact`` was asked for and does not answer this case, or the case has a capacity.
    """
    if engine == "simulate":
        return _reviewed(case, Method("simulate", trials, seed), at_least, stalled_below)
    try:
        return _reviewed(case, Method("exact"), at_least, stalled_below)
    except RefusedError as refusal:
        if engine == "exact":
            raise
        drawn = _reviewed(case, Method("simulate", trials, seed), at_least, stalled_below)
        return replace(drawn, refused=refusal)


def _reviewed(case: Case, method: Method, at_least: float, below: float) -> DealReview:
    result = method.answer(case)
    told = forecast(result, deals=True)
    return DealReview(told, at_least, stalled_deals(result.program, below), below)
