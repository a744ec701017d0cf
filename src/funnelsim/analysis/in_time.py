"""How long a chain takes, and the chance that it is within its limit.

The times of hops and remedies are independent. Fixed times are added up exactly; of the others the widest is
integrated by its own law, and the rest by quasi-random points, whose replicates tell the error.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
import numpy.typing as npt

from funnelsim.engine.laws import Curve, StepCurve, curve_of
from funnelsim.engine.quasirandom import points
from funnelsim.model.communication import Communication, Hop

Floats = npt.NDArray[np.float64]
N_REPLICATES = 8
N_POINTS = 2048
MAX_ATOMS = 4096
_SAME = 1e-9  # a limit is met by times that add up to it but for rounding


def times_of(chain: Communication) -> list[Curve]:
    """Return the law of every time that the chain takes one after another."""
    return [curve for hop in chain.hops if not hop.remedy.removed for curve in _times_at(hop)]


def mean_days(chain: Communication) -> float:
    """Return the mean time from the first hop to the last."""
    return float(sum(curve.mean for curve in times_of(chain)))


def chance_in_time(chain: Communication) -> tuple[float, float]:
    """Return the chance that all hops together take no longer than the limit, and its error (3 standard errors)."""
    if not np.isfinite(chain.time_limit_days):
        return 1.0, 0.0
    limit = chain.time_limit_days * (1.0 + _SAME)
    curves = times_of(chain)
    atoms, smooth = _gathered([c for c in curves if len(c.atoms[0])]), [c for c in curves if not len(c.atoms[0])]
    left, weight = limit - atoms.values, atoms.probability
    if not smooth:
        return float(weight[left >= 0].sum()), 0.0
    *others, widest = sorted(smooth, key=lambda curve: curve.variance)
    found = [_chance(left, weight, others, widest, replicate) for replicate in range(N_REPLICATES if others else 1)]
    error = 3.0 * float(np.std(found, ddof=1)) / np.sqrt(N_REPLICATES) if others else 0.0
    return float(np.mean(found)), float(error)


def _times_at(hop: Hop) -> list[Curve]:
    remedy = hop.remedy
    repeat = remedy.repeat_takes or hop.takes
    laws = [hop.takes, *[repeat] * remedy.repeat_backs, remedy.written_takes]
    return [curve_of(law) for law in laws if law is not None]


def _gathered(curves: list[Curve]) -> StepCurve:
    """Return the law of the sum of atomic times."""

    def add(a: StepCurve, b: StepCurve) -> StepCurve:
        values = np.add.outer(a.values, b.values).ravel()
        weights = np.outer(a.probability, b.probability).ravel()
        if len(values) <= MAX_ATOMS:
            return StepCurve(values, weights)
        # too many to keep apart: neighbours are told by their mean
        order = np.argsort(values)
        parts = np.array_split(order, MAX_ATOMS)
        means = [values[part] @ weights[part] / max(weights[part].sum(), 1e-300) for part in parts]
        return StepCurve(means, [weights[part].sum() for part in parts])

    steps = [StepCurve(*curve.atoms) for curve in curves]
    return reduce(add, steps, StepCurve([0.0]))


def _chance(left: Floats, weight: Floats, others: list[Curve], widest: Curve, replicate: int) -> float:
    u = points(N_POINTS, len(others), replicate) if others else np.zeros((1, 0))
    taken = sum((curve.upper(u[:, j]) for j, curve in enumerate(others)), np.zeros(len(u)))
    room = left[:, None] - taken
    chance = np.where(room >= 0, 1.0 - widest.survival(np.maximum(room, 0.0)), 0.0)
    return float(weight @ chance.mean(axis=1))
