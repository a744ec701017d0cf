"""Two cases answered by one method, and what the second has over the first.

The exact engine differs two laws. A simulation differs two runs trial by trial on the same random numbers, so that
the error is that of the difference and not of either run (model page, M9).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.booked import needed_for, needed_in_unit
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.exact import ExactLaw, LatticeLaw, exact
from funnelsim.engine.exact.law import jackknife_error
from funnelsim.engine.simulate import simulate
from funnelsim.model.case import Case
from funnelsim.model.target import Target

Result = Ensemble | ExactLaw
Floats = npt.NDArray[np.float64]
HUNDREDTHS = 100.0


@dataclass(frozen=True)
class Method:
    """The exact engine, or simulation with one number of trials and one seed for every case."""

    engine: Literal["exact", "simulate"]
    trials: int | None = None
    seed: int | None = None
    threads: int | None = None

    def answer(self, case: Case) -> Result:
        """Return the laws of a case, or its trials.

        Raises
        ------
        RefusedError
            If the engine does not answer this case.
        """
        if self.engine == "exact":
            return exact(case, case.measured(("bookings", "wins")))
        return simulate(case, trials=self.trials, seed=self.seed, threads=self.threads)


@dataclass(frozen=True)
class Gain:
    """What a second case has over a first: the difference, and its error.

    From simulation the error is one standard error of the paired difference; from the exact engine it bounds what the
    points of beliefs leave, and is 0 without beliefs.
    """

    value: float
    error: float


def chance_of(result: Result, target: Target) -> float:
    """Return the chance of a target, what is booked already counted in."""
    if isinstance(result, ExactLaw):
        return result.toward(target).chance_at_least(needed_in_unit(result.case, target))
    return float((result.toward(target) >= needed_for(result.case, target)).mean())


def mean_toward(result: Result, target: Target) -> float:
    """Return the mean of what is still to come toward a target, in the unit or in wins."""
    if isinstance(result, ExactLaw):
        return result.toward(target).mean
    return float(result.toward(target).mean()) / _scale(target.measure)


def gain_of_mean(before: Result, after: Result) -> Gain:
    """Return what the mean of bookings gains, in the unit."""
    if isinstance(before, Ensemble) and isinstance(after, Ensemble):
        return _paired((after.total("bookings") - before.total("bookings")) / HUNDREDTHS)
    laws = [result.total("bookings") for result in (before, after) if isinstance(result, ExactLaw)]
    return Gain(laws[1].mean - laws[0].mean, _error(laws, [_means(law) for law in laws]))


def gain_of_chance(before: Result, after: Result, target: Target) -> Gain:
    """Return what the chance of a target gains."""
    if isinstance(before, Ensemble) and isinstance(after, Ensemble):
        needed = needed_for(before.case, target)
        reached = [(result.toward(target) >= needed).astype(float) for result in (before, after)]
        return _paired(reached[1] - reached[0])
    laws = [result.toward(target) for result in (before, after) if isinstance(result, ExactLaw)]
    needed_amount = needed_in_unit(before.case, target)
    chances = [law.chance_at_least(needed_amount) for law in laws]
    return Gain(chances[1] - chances[0], _error(laws, [_chances(law, needed_amount) for law in laws]))


def _paired(difference: Floats) -> Gain:
    return Gain(float(difference.mean()), float(difference.std()) / sqrt(len(difference)))


def _error(laws: list[LatticeLaw], replicates: list[Floats]) -> float:
    """Return the error of a difference: both laws leave out the same points of beliefs at a time."""
    return jackknife_error(replicates[1] - replicates[0]) + sum(law.slack for law in laws)


def _means(law: LatticeLaw) -> Floats:
    return np.asarray(law.pmf_without @ law.support)


def _chances(law: LatticeLaw, x: float) -> Floats:
    return np.array([replace(law, pmf=pmf).chance_at_least(x) for pmf in law.pmf_without])


def _scale(measure: str) -> float:
    return 1.0 if measure == "wins" else HUNDREDTHS
