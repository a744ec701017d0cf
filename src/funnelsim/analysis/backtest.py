"""How well forecasts from this history would have done: the same forecast at many past days (model page, M13).

At each origin the outlook sees what was recorded before it and nothing later; what then happened scores it, and the
baselines beside it. An origin's result hangs on the records, the length of the window and the seed, and on no other
origin: so origins can be worked out in any order, by any number of threads, or be taken from an earlier run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from funnelsim.analysis.baselines import BASELINES, Baselines
from funnelsim.analysis.rollups import RollUp, rollups_of
from funnelsim.analysis.scored import Origin, Scored, scored
from funnelsim.analysis.scoring import INTERVALS, bias, holds, independent_windows, luck_of
from funnelsim.analysis.track import PastHits
from funnelsim.errors import InputError
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.outlook import N_DRAWS, N_SAMPLES
from funnelsim.fitting.windows import MEASURES, Past
from funnelsim.history.digest import digest
from funnelsim.history.record import History, date_of
from funnelsim.version import __version__

SCHEMA = "funnelsim.backtest/1"
LEVELS = {"c50": 0.5, "c80": 0.8, "c90": 0.9}
Progress = Callable[[int, int], None]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Plan:
    """Which windows are forecast, and how.

    Parameters
    ----------
    first, last, step_days : int
        Origins: `first`, and every `step_days` later up to and including `last`.
    n_days : int
        Length of the windows.
    """

    first: int
    last: int
    step_days: int
    n_days: int
    seed: int = 0
    n_samples: int = N_SAMPLES
    n_draws: int = N_DRAWS

    @property
    def origins(self) -> tuple[int, ...]:
        """Return the days of the origins."""
        return tuple(range(self.first, self.last + 1, self.step_days))

    def check(self, history: History) -> None:
        """Refuse origins that the records do not allow.

        Raises
        ------
        InputError
            If there is no origin, if the first has no records before it, or the last window ends after them.
        """
        ends, begins = history.as_of, history.observed_from
        span = f"the records go from {date_of(begins)} to {date_of(ends - 1)}"
        if not self.origins:
            raise InputError.of(f"{date_of(self.last)} is before {date_of(self.first)}; write FROM:TO:STEP", "origins")
        if self.origins[-1] + self.n_days > ends:
            last = ends - self.n_days
            way_out = f"the last possible origin is {date_of(last)}" if last > begins else "take a shorter horizon"
            raise InputError.of(
                f"the window of {self.n_days} days from {date_of(self.origins[-1])} is not over: {span}; {way_out}",
                "origins",
            )
        if self.first <= begins:
            raise InputError.of(
                f"nothing is recorded before {date_of(self.first)}: {span}; begin after {date_of(begins)}", "origins"
            )


@dataclass(frozen=True)
class Backtest:
    """All windows of a plan.

    Parameters
    ----------
    provenance : mapping
        What it was made from.
    rollups : tuple of RollUp
        What forecast categories added up to at the same origins, where the history has calls on deals.
    """

    plan: Plan
    origins: tuple[Origin, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    rollups: tuple[RollUp, ...] = ()

    @property
    def n_independent(self) -> int:
        """Return how many of the windows would not overlap."""
        span = self.origins[-1].day - self.origins[0].day + self.plan.n_days if self.origins else 0
        return independent_windows(len(self.origins), span, self.plan.n_days)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from funnelsim.analysis.notebook import backtest_html

        return backtest_html(self)

    def hits(self, measure: str, interval: str = "c80") -> PastHits:
        """Return how often an interval held: ``c50``, ``c80`` or ``c90``."""
        n_hits = sum(holds(s.quantiles, s.actual, interval) for s in self.of(measure))
        return PastHits(measure, LEVELS[interval], n_hits, len(self.origins), self.n_independent)

    def of(self, measure: str) -> list[Scored]:
        """Return one measure of all windows."""
        return [origin.measures[measure] for origin in self.origins]

    def crps(self, measure: str) -> float:
        """Return the mean CRPS."""
        return float(np.mean([scored.crps for scored in self.of(measure)]))

    def mean_actual(self, measure: str) -> float:
        """Return the mean of what happened."""
        return float(np.mean([scored.actual for scored in self.of(measure)]))

    def bias(self, measure: str) -> float | None:
        """Return (mean forecast - mean actual) / mean actual; None if nothing happened."""
        return bias([s.mean for s in self.of(measure)], [s.actual for s in self.of(measure)])

    def skill(self, measure: str, baseline: str) -> float | None:
        """Return 1 - CRPS / CRPS of a baseline, over the windows it spoke of; None if there are none."""
        pairs = [(s.crps, s.baselines[baseline]) for s in self.of(measure) if s.baselines[baseline] is not None]
        if not pairs:
            return None
        own, other = np.array(pairs, float).mean(axis=0)
        return float(1.0 - own / other) if other > 0 else None

    def summary(self) -> dict[str, Any]:
        """Return the contract's summary, by measure."""
        return {measure: self._summary(measure) for measure in MEASURES}

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.backtest/1`` as plain values."""
        return {
            "schema": SCHEMA,
            "horizon_days": self.plan.n_days,
            "origins": [origin.as_json() for origin in self.origins],
            "summary": self.summary(),
            "provenance": dict(self.provenance),
            **({"rollups": [one.as_json() for one in self.rollups]} if self.rollups else {}),
        }

    def _summary(self, measure: str) -> dict[str, Any]:
        score, happened = self.crps(measure), self.mean_actual(measure)
        return {
            "windows": len(self.origins),
            "independent_windows": self.n_independent,
            "coverage": {interval: self.hits(measure, interval).share for interval in INTERVALS},
            "crps": score,
            "crps_over_mean": score / happened if happened else None,
            "bias": self.bias(measure),
            "skill": {name: self.skill(measure, name) for name in BASELINES},
        }


def backtest(
    history: History,
    plan: Plan,
    *,
    known: Mapping[int, Origin] | None = None,
    on_origin: Callable[[Origin], None] | None = None,
    on_past: Progress | None = None,
    on_progress: Progress | None = None,
    threads: int = 1,
    provenance: Mapping[str, Any] | None = None,
    forecaster: Forecaster | None = None,
) -> Backtest:
    """Return how forecasts at the plan's origins did.

    Parameters
    ----------
    known : mapping of day to Origin, optional
        Origins worked out before from the same records, horizon and seed; they are taken over.
    on_origin : function, optional
        Called with each new origin as soon as it is finished, one at a time, in any order.
    on_past, on_progress : function, optional
        Called with the past windows, and with the origins, that are done and how many there are.
    threads : int
        Changes the time, never the result.
    forecaster : Forecaster, optional
        One of this history and seed that was asked before: what it has worked out is taken over.

    Raises
    ------
    InputError
        See `Plan.check`.
    """
    plan.check(history)
    found = {day: origin for day, origin in (known or {}).items() if day in set(plan.origins)}
    to_do = [day for day in plan.origins if day not in found]
    desk = _Desk(forecaster or Forecaster(history, plan.seed), plan)
    windows = desk.past_of(to_do)
    for window in windows[:1]:  # one alone scores the weeks before it, which all others share
        _look_back(window)
    with ThreadPoolExecutor(threads) as pool:
        for n_done, _ in enumerate(_each(pool, _look_back, windows), 1):
            if on_past is not None:
                on_past(n_done, len(windows))
        for origin in _each(pool, desk.origin, to_do):
            found[origin.day] = origin
            if on_origin is not None:
                on_origin(origin)
            if on_progress is not None:
                on_progress(len(found), len(plan.origins))
    origins = tuple(found[day] for day in plan.origins)
    return Backtest(plan, origins, dict(provenance or {}), _rollups(history, plan, origins))


def _rollups(history: History, plan: Plan, origins: Sequence[Origin]) -> tuple[RollUp, ...]:
    beside = [origin.measures["open_bookings"] for origin in origins]
    came, fitted = [one.actual for one in beside], [one.mean for one in beside]
    return rollups_of(history, plan.origins, plan.n_days, came, fitted)


def provenance_of(history: History, plan: Plan, /, **more: Any) -> dict[str, Any]:
    """Return what a backtest is made from; two with the same provenance have the same origins in common."""
    return {
        "funnelsim": __version__,
        **more,
        "records_sha256": digest(history),
        "records": {"from": date_of(history.observed_from).isoformat(), "to": date_of(history.as_of - 1).isoformat()},
        "currency": history.money.currency,
        "unit": history.money.unit,
        "timezone": history.timezone,
        "seed": plan.seed,
        "samples": plan.n_samples,
        "draws": plan.n_draws,
    }


@dataclass
class _Desk:
    """Works out origins; past windows are worked out once and shared by all threads."""

    forecaster: Forecaster
    plan: Plan
    _baselines: dict[bool, Baselines] = field(default_factory=dict)

    def past_of(self, origins: Sequence[int]) -> list[tuple[Past, int, int]]:
        """Return the past windows that these origins need, each with its start and length, the earliest first."""
        found: dict[tuple[int, int, int], Past] = {}
        for day in origins:
            past, first, n_days = self.forecaster.window(day, self.plan.n_days)
            _ = past.chronicle.diary, self.baselines(day)  # before threads ask for them, each for itself
            found |= {(start, length, id(past)): past for start, length in past.needed(first, n_days)}
        return [(found[key], *key[:2]) for key in sorted(found)]

    def baselines(self, day: int) -> Baselines:
        """Return the baselines, on the days of the calendar."""
        dated = self.forecaster.is_dated(day)
        if dated not in self._baselines:
            self._baselines[dated] = Baselines(
                Chronicle(self.forecaster.history, dated), self.plan.n_days, self.plan.last
            )
        return self._baselines[dated]

    def origin(self, day: int) -> Origin:
        """Return the forecast of a window and what came of it."""
        plan = self.plan
        seen = self.forecaster.outlook(day, plan.n_days, n_samples=plan.n_samples, n_draws=plan.n_draws)
        others = self.baselines(day).at(day)
        happened = self.forecaster.actual(day, plan.n_days)
        return Origin(
            day,
            {
                name: scored(
                    seen.of(name), float(happened[m]), luck_of(plan.seed, day, name),
                    {other: laws[m] for other, laws in others.items()},
                )
                for m, name in enumerate(MEASURES)
            },
        )  # fmt: skip


def _look_back(window: tuple[Past, int, int]) -> None:
    past, start, n_days = window
    past.window(start, n_days)


def _each(pool: ThreadPoolExecutor, step: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Yield what a step makes of each item, as it is finished; an error stops those not yet begun."""
    futures = [pool.submit(step, item) for item in items]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()
