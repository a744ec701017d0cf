"""Variants of one case, forecast side by side on the same random numbers, or by the exact laws.

The difference between two variants is then surer than either of them: simulated, its standard error is that of the
differences trial by trial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.booked import needed_for
from funnelsim.analysis.forecast import Summary, TargetForecast
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.exact import exact
from funnelsim.engine.simulate import Simulation, simulate
from funnelsim.model.case import Case

EngineName = Literal["simulate", "exact"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Difference:
    """By how much a variant differs from the one it is held against.

    Parameters
    ----------
    mean, mean_se : float
        Of mean bookings; the error is 0 from the exact engine, whose own error stands beside each variant.
    chances, chances_se : tuple of float
        Of the chance of each target.
    """

    mean: float
    mean_se: float
    chances: tuple[float, ...]
    chances_se: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            "mean": self.mean,
            "mean_se": self.mean_se,
            "chances": list(self.chances),
            "chances_se": list(self.chances_se),
        }


@dataclass(frozen=True)
class Variant:
    """A case's bookings and targets, and how they differ from those of the variant named first."""

    bookings: Summary
    targets: tuple[TargetForecast, ...]
    difference: Difference

    def as_json(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            **self.bookings.as_json(),
            "targets": [target.as_json() for target in self.targets],
            "difference": self.difference.as_json(),
        }


@dataclass(frozen=True)
class Variants:
    """Variants by name, and how they were made.

    Parameters
    ----------
    trials, seed : int, optional
        None from the exact engine.
    """

    engine: EngineName
    trials: int | None
    seed: int | None
    by_name: Mapping[str, Variant]


def forecast_variants(
    cases: Mapping[str, Case],
    *,
    engine: EngineName = "simulate",
    trials: int | None = None,
    seed: int | None = None,
    on_progress: Progress | None = None,
) -> Variants:
    """Forecast every case; differences are from the first one.

    Parameters
    ----------
    cases : mapping of str to Case
        Variants of one case: the same targets, horizon and trials.
    engine : {"simulate", "exact"}
    trials, seed : int, optional
        For simulations; default: the first case's own. Without any seed one is drawn, and shared by all.
    on_progress : callable, optional
        Called with (variants done, all variants).

    Returns
    -------
    Variants

    Raises
    ------
    InputError, RefusedError
        As from the engine.
    """
    first = next(iter(cases.values()))
    chosen = Simulation(first, seed=seed).seed if engine == "simulate" else None
    n_trials = (first.trials if trials is None else trials) if engine == "simulate" else None
    found: dict[str, Variant] = {}
    base: Ensemble | None = None
    for name, case in cases.items():
        if n_trials is None:
            told = forecast(exact(case, measures=case.measured(("bookings", "wins"))))
            apart = _between(told.bookings.total, told.targets, found)
        else:
            ensemble = simulate(case, trials=n_trials, seed=chosen)
            told = forecast(ensemble)
            base = base or ensemble
            apart = _trial_by_trial(ensemble, base)
        found[name] = Variant(told.bookings.total, told.targets, apart)
        if on_progress is not None:
            on_progress(len(found), len(cases))
    return Variants(engine, n_trials, chosen, found)


def _between(total: Summary, targets: tuple[TargetForecast, ...], found: Mapping[str, Variant]) -> Difference:
    first = next(iter(found.values()), None)
    if first is None:
        return Difference(0.0, 0.0, (0.0,) * len(targets), (0.0,) * len(targets))
    chances = tuple(one.chance - other.chance for one, other in zip(targets, first.targets, strict=True))
    return Difference(total.mean - first.bookings.mean, 0.0, chances, (0.0,) * len(targets))


def _trial_by_trial(one: Ensemble, base: Ensemble) -> Difference:
    mean, mean_se = _mean((one.total("bookings") - base.total("bookings")) / 100.0)
    pairs = [_mean(_reached(one, i) - _reached(base, i)) for i in range(len(one.case.targets))]
    return Difference(mean, mean_se, tuple(p for p, _ in pairs), tuple(se for _, se in pairs))


def _reached(ensemble: Ensemble, number: int) -> npt.NDArray[np.float64]:
    target = ensemble.case.targets[number]
    return np.asarray(ensemble.toward(target) >= needed_for(ensemble.case, target), float)


def _mean(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / sqrt(len(values)))
