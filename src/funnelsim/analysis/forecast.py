"""The forecast: distributions per period, per group and in total, and how they were made (model page, M10).

Amounts are in the case's unit. p10 is the 10th percentile, the low end, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from funnelsim.analysis.waiting import StationForecast
from funnelsim.engine.loop import Loop
from funnelsim.model.case import Case
from funnelsim.model.target import Target

SCHEMA = "funnelsim.forecast/1"
LEVELS: dict[str, float] = {
    "p5": 0.05,
    "p10": 0.10,
    "p25": 0.25,
    "p50": 0.50,
    "p75": 0.75,
    "p90": 0.90,
    "p95": 0.95,
}


@dataclass(frozen=True)
class Summary:
    """What is said of one random amount or count.

    Parameters
    ----------
    mean, sd : float
    mean_se : float
        Monte Carlo standard error of the mean; 0 from the exact engine.
    quantiles, quantiles_se : dict of str to float
        Keys p5, p10, p25, p50, p75, p90, p95: the smallest x with F(x) >= p, and its standard error.
    numeric_error : float, optional
        From the exact engine: bound on the numerical error of mean and quantiles; None from simulation.
    mean_error : float, optional
        From the exact engine: bound on the numerical error of the mean alone.
    """

    mean: float
    sd: float
    mean_se: float
    quantiles: Mapping[str, float]
    quantiles_se: Mapping[str, float]
    numeric_error: float | None = None
    mean_error: float | None = None

    @property
    def commit(self) -> float:
        """Return what nine chances in ten reach or exceed."""
        return self.quantiles["p10"]

    @property
    def likely(self) -> float:
        """Return what is reached with an even chance."""
        return self.quantiles["p50"]

    @property
    def stretch(self) -> float:
        """Return what one chance in ten reaches or exceeds."""
        return self.quantiles["p90"]

    def as_json(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        found: dict[str, Any] = {
            "mean": self.mean,
            "sd": self.sd,
            "mean_se": self.mean_se,
            "quantiles": dict(self.quantiles),
            "quantiles_se": dict(self.quantiles_se),
        }
        if self.numeric_error is not None:
            found["numeric_error"] = self.numeric_error
            found["mean_error"] = self.mean_error
        return found


@dataclass(frozen=True)
class PeriodForecast:
    """One calendar period: what is still to come in it, and what is booked in it already."""

    label: str
    start: date
    end: date
    to_come: Summary
    booked: float = 0.0


@dataclass(frozen=True)
class MeasureForecast:
    """One measure: the total inside the horizon (for a stock: its value at the end) and each period.

    `booked` is what was signed before `as_of` in the current period; it is not part of `total`.
    """

    total: Summary
    periods: tuple[PeriodForecast, ...] = ()
    booked: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the shape ``{total: S, periods: [{start, end, ...S}]}``; S is what is still to come.

        ``booked`` stands beside each S, ``with_booked`` repeats mean and quantiles with it added.
        """
        return {
            "total": _with_booked(self.total, self.booked),
            "periods": [
                {
                    "label": period.label,
                    "start": period.start.isoformat(),
                    "end": period.end.isoformat(),
                    **_with_booked(period.to_come, period.booked),
                }
                for period in self.periods
            ],
        }


@dataclass(frozen=True)
class TargetForecast:
    """The chance of a target, what is booked counted in, and the mean gap E(K - Y)+ below it."""

    target: Target
    chance: float
    chance_se: float
    mean_gap: float
    mean_gap_se: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        target = self.target
        return {
            "measure": target.measure,
            "amount": target.amount,
            "by": target.by.isoformat() if target.by else None,
            "group": dict(target.group),
            "chance": self.chance,
            "chance_se": self.chance_se,
            "mean_gap": self.mean_gap,
            "mean_gap_se": self.mean_gap_se,
        }


@dataclass(frozen=True)
class DealForecast:
    """One deal: its chance in the window, its close date if won, and its swing on the first target.

    `if_won` = P(target | forced to win in the window), `if_not` = P(target | forced not to), an intervention on the
    same trials (M10), `swing` the difference; None when the case states no target.
    """

    id: str
    stage: str
    amount: float
    win_probability: float
    close_p10: date | None
    close_p50: date | None
    close_p90: date | None
    swing: float | None
    expected_close: date | None = None
    if_won: float | None = None
    if_not: float | None = None

    @property
    def weight(self) -> tuple[float, float, str]:
        """Return what deals are ranked by: the swing either way, then the expected amount, then the name."""
        return abs(self.swing or 0.0), self.win_probability * self.amount, self.id

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        days = {
            name: day.isoformat() if day else None
            for name, day in {
                "close_p10": self.close_p10,
                "close_p50": self.close_p50,
                "close_p90": self.close_p90,
                "expected_close": self.expected_close,
            }.items()
        }
        return {
            "id": self.id,
            "stage": self.stage,
            "amount": self.amount,
            "win_probability": self.win_probability,
            **days,
            "swing": self.swing,
            "target_if_won": self.if_won,
            "target_if_not": self.if_not,
        }


@dataclass(frozen=True)
class Distribution:
    """The law of total bookings still to come as a histogram: `probability[i]` lies in [edges[i], edges[i+1])."""

    edges: tuple[float, ...]
    probability: tuple[float, ...]


@dataclass(frozen=True)
class Forecast:
    """Everything a report prints.

    Parameters
    ----------
    measures : mapping of str to MeasureForecast
        ``bookings`` and ``wins``; ``losses`` and ``open_value`` where asked for.
    groups : mapping
        axis (segment, owner, source) -> value -> measure -> MeasureForecast.
    stale : tuple of str
        Ids of deals older than their stage's law can explain, treated as the case says.
    implied : mapping of str to (stated, implied)
        Figures that a shared shock leaves marginal only on one side (M5.2): stage -> stated and implied conversion.
    loop : Loop, optional
        How many purchases one purchase brings, where customers refer or come back.
    notes : tuple of str
        Sentences (English) that every page repeats, such as "age moves dates, not chances".
    waiting : tuple of StationForecast
        Who is how busy and how long deals wait, where the case states a capacity.
    """

    case: Case
    engine: str
    trials: int | None
    seed: int | None
    measures: Mapping[str, MeasureForecast]
    groups: Mapping[str, Mapping[str, Mapping[str, MeasureForecast]]]
    targets: tuple[TargetForecast, ...]
    distribution: Distribution
    deals: tuple[DealForecast, ...] = ()
    stale: tuple[str, ...] = ()
    implied: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    loop: Loop | None = None
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    waiting: tuple[StationForecast, ...] = ()

    @property
    def bookings(self) -> MeasureForecast:
        """Return the bookings."""
        return self.measures["bookings"]

    @property
    def wins(self) -> MeasureForecast:
        """Return the number of wins."""
        return self.measures["wins"]

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from funnelsim.analysis.notebook import forecast_html

        return forecast_html(self)

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.forecast/1`` as plain values; the same bytes for the same forecast."""
        return {
            "schema": SCHEMA,
            "case": self.case.name,
            "seed": self.seed,
            "trials": self.trials,
            "engine": self.engine,
            "currency": self.case.money.currency,
            "unit": self.case.money.unit,
            "as_of": self.case.as_of.isoformat(),
            "timezone": self.case.timezone,
            "measures": {name: measure.as_json() for name, measure in self.measures.items()},
            "groups": {
                axis: {
                    value: {name: measure.as_json() for name, measure in measures.items()}
                    for value, measures in values.items()
                }
                for axis, values in self.groups.items()
            },
            "targets": [target.as_json() for target in self.targets],
            "deals": [deal.as_json() for deal in self.deals],
            "distribution": {
                "edges": list(self.distribution.edges),
                "probability": list(self.distribution.probability),
            },
            "stale": list(self.stale),
            "implied": {name: {"stated": s, "implied": i} for name, (s, i) in self.implied.items()},
            **({"loop": self.loop.as_json()} if self.loop else {}),
            **({"waiting": [station.as_json() for station in self.waiting]} if self.waiting else {}),
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }


def _with_booked(summary: Summary, booked: float) -> dict[str, Any]:
    return {
        **summary.as_json(),
        "booked": booked,
        "with_booked": {
            # whole hundredths again, without the dust of adding floats
            "mean": round(summary.mean + booked, 9),
            "quantiles": {name: round(value + booked, 9) for name, value in summary.quantiles.items()},
        },
    }
