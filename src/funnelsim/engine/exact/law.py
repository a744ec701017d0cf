"""The law of a sum, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
_SAME = 1e-12
_JACKKNIFE_Z = 4.0  # three degrees of freedom: 97 in 100


@dataclass(frozen=True)
class LatticeLaw:
    """A law on rising points, in the case's unit (or a count).

    Parameters
    ----------
    support : array (points,)
    pmf : array (points,)
        Probabilities.
    mean, sd : float
        From moments, not from the lattice.
    step : float
        0 where every possible sum is a point. Otherwise the points are 0, step, 2 step ..., and the
        mass of a point
        above 0 is spread evenly over one step around it.
    pmf_without : array (replicate, points)
        The same law with a part of the points of beliefs left out; its spread is the error of beliefs.
    mean_error : float
        Error of the mean from the points of beliefs.
    slack : float
        Further error of any probability: of the lattice of days, and of what was gathered.
    """

    support: Floats
    pmf: Floats
    mean: float
    sd: float
    step: float
    pmf_without: Floats
    mean_error: float = 0.0
    slack: float = 0.0

    @property
    def is_true_lattice(self) -> bool:
        """Return whether every possible sum is a point."""
        return self.step == 0.0

    @cached_property
    def _upto(self) -> Floats:
        return np.cumsum(self.pmf)

    def quantile(self, p: float) -> float:
        """Return the smallest x with P(X <= x) >= p."""
        at = min(int(np.searchsorted(self._upto, p - 1e-12, side="left")), len(self.pmf) - 1)
        if self.is_true_lattice or at == 0:
            return float(self.support[at])
        share = (p - self._upto[at - 1]) / self.pmf[at] if self.pmf[at] > 0 else 0.5
        return (at - 0.5 + float(np.clip(share, 0.0, 1.0))) * self.step

    def chance_at_least(self, x: float) -> float:
        """Return P(X >= x)."""
        return self._at_least(self.pmf, x)

    def _at_least(self, pmf: Floats, x: float) -> float:
        if x <= 0:
            return 1.0
        if self.is_true_lattice:
            below = pmf[: int(np.searchsorted(self.support, x * (1.0 - _SAME), side="left"))].sum()
        else:
            position = x / self.step
            whole = int(np.floor(position + 0.5))
            below = pmf[:whole].sum()
            if 0 < whole < len(pmf):
                below += pmf[whole] * (position + 0.5 - whole)
        return float(np.clip(1.0 - below, 0.0, 1.0))

    def distance_to(self, other: LatticeLaw) -> float:
        """Return the largest difference of P(X >= x) over a hundred points of this law's middle."""
        at = np.unique([self.quantile(p) for p in np.linspace(0.005, 0.995, 100)])
        # just above a point too, where all of its mass is left behind
        above = at + (self.step or 1e-9 * np.maximum(at, 1.0))
        return max(abs(self.chance_at_least(x) - other.chance_at_least(x)) for x in np.concatenate([at, above]))

    def mean_gap(self, x: float) -> float:
        """Return E(x - X)+, how far X falls short of x on average."""
        return float(np.maximum(x - self.support, 0.0) @ self.pmf)

    def chance_error_at(self, x: float) -> float:
        """Return a bound on the error of P(X >= x): points of beliefs, slack, and the width of a point."""
        found = self.slack + jackknife_error(np.array([self._at_least(pmf, x) for pmf in self.pmf_without]))
        if not self.is_true_lattice:
            found += 0.25 * abs(self.chance_at_least(x - self.step) - self.chance_at_least(x + self.step))
        return found

    @property
    def chance_error(self) -> float:
        """Return a bound on the error of chances at the usual quantiles."""
        return max(self.chance_error_at(self.quantile(p)) for p in _LEVELS)

    @cached_property
    def numeric_error(self) -> float:
        """Return a bound, in the unit, on the error of the mean and of the usual quantiles."""
        worst = self.mean_error
        for p in _LEVELS:
            x = self.quantile(p)
            error = self.slack + jackknife_error(np.array([self._at_least(pmf, x) for pmf in self.pmf_without]))
            if error > 1e-9:
                moved = [abs(self.quantile(min(max(q, 0.0), 1.0)) - x) for q in (p - error, p + error)]
                worst = max(worst, *moved)
        return worst + self.step


def jackknife_error(values: Floats) -> float:
    """Return a bound on the error of a figure that takes these values as one replicate each is left out."""
    n = len(values)
    return _JACKKNIFE_Z * sqrt((n - 1) / n * float(((values - values.mean()) ** 2).sum())) if n else 0.0
