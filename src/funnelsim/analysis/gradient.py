"""What a point of every conversion is worth, all from one run (model page, M14.2).

The likelihood ratio turns the trials of a run into derivatives: a trial counts by how much likelier it would be
if the conversion were raised. Nothing is walked a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.booked import needed_for
from funnelsim.engine.scores import arrival_scores, liftable, refusals, scores
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case

Floats = npt.NDArray[np.float64]
POINT = 0.01


@dataclass(frozen=True)
class Slope:
    """What one point more of a stage's conversion brings, its other conversions kept.

    Parameters
    ----------
    mean, mean_se : float
        Of bookings, in the case's unit.
    chances, chances_se : tuple of float
        Of the chance of each target.
    """

    stage: str
    mean: float
    mean_se: float
    chances: tuple[float, ...]
    chances_se: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            "stage": self.stage,
            "mean": self.mean,
            "mean_se": self.mean_se,
            "targets": list(self.chances),
            "targets_se": list(self.chances_se),
        }


@dataclass(frozen=True)
class Gradient:
    """A slope per stage whose conversion can rise, or why there are none."""

    slopes: tuple[Slope, ...]
    trials: int
    seed: int | None
    why_not: tuple[RefusedError, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "per": POINT,
            "slopes": [slope.as_json() for slope in self.slopes],
            "trials": self.trials,
            "seed": self.seed,
            "why_not": "; ".join(map(str, self.why_not)),
        }


def gradient(case: Case, *, trials: int, seed: int | None = None, threads: int | None = None) -> Gradient:
    """Return what a point of each conversion brings, with standard errors, from one run of the case as it stands.

    Parameters
    ----------
    case : Case
    trials : int
    seed, threads : int, optional

    Returns
    -------
    Gradient
        Without slopes, and with every reason, where a case draws what has no score.
    """
    if why_not := refusals(case):
        return Gradient((), 0, None, why_not)
    told_apart = replace(case, groups=(*case.groups, "source")) if "source" not in case.groups else case
    measures = ("bookings", "wins", *(("wins_from_new",) if case.sources else ()), *case.measured(()))
    simulation = Simulation(told_apart, seed=seed, threads=threads, measures=tuple(dict.fromkeys(measures)))
    stages = liftable(case)
    ensemble = simulation.run(trials)
    weight = (scores(simulation, stages, trials) + arrival_scores(simulation, ensemble, stages)) * POINT
    reached = [np.asarray(ensemble.toward(t) >= needed_for(case, t), float) for t in case.targets]
    total = ensemble.total("bookings") / 100.0
    slopes = []
    for row, stage in enumerate(stages):
        mean, mean_se = _slope(total, weight[row])
        pairs = [_slope(hit, weight[row]) for hit in reached]
        chances, errors = tuple(p for p, _ in pairs), tuple(se for _, se in pairs)
        slopes.append(Slope(case.funnel.names[stage], mean, mean_se, chances, errors))
    return Gradient(tuple(slopes), trials, simulation.seed)


def _slope(values: Floats, weight: Floats) -> tuple[float, float]:
    """Return the mean of values times scores, and its standard error; scores have mean 0, so values are centred."""
    products = (values - values.mean()) * weight
    return float(products.mean()), float(products.std() / sqrt(len(products)))
