"""Mean, spread and quantiles of a sample of whole numbers, with their standard errors.

A quantile is the smallest x with F(x) >= p, no interpolation. Its standard error is half the width of the
order-statistic interval at p +- sqrt(p (1 - p) / n) (model page, M10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

# Up to this many places, in all and per value, a sample is counted, which is faster than sorting it.
_MAX_COUNTED, _MAX_PLACES_EACH = 2**22, 8
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """How often each of the values 0, step, 2 step ... occurs."""

    step: int
    times: Ints

    @classmethod
    def of(cls, sample: npt.NDArray[np.integer], step: int = 1) -> Counts | None:
        """Return the counts of a sample of multiples of `step` from 0 up; None if they reach too far to be counted."""
        if int(sample.max()) // step >= min(_MAX_COUNTED, _MAX_PLACES_EACH * len(sample)):
            return None
        return cls(step, np.bincount(sample // step if step > 1 else sample))

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        values = np.flatnonzero(self.times).astype(float)
        times = self.times[self.times > 0].astype(float)  # products of whole numbers and floats are slow
        n = times.sum()
        mean = float(values @ times) / n
        variance = float((values - mean) ** 2 @ times) / n
        return self.step * mean, self.step * sqrt(variance)

    def order_statistics(self, ranks: Sequence[int]) -> Ints:
        """Return the values of the given ranks (0 is the smallest)."""
        places = np.searchsorted(np.cumsum(self.times), np.asarray(ranks) + 1)
        return np.asarray(self.step * places, dtype=np.int64)


@dataclass(frozen=True)
class SampleSummary:
    """Mean, standard deviation, quantiles and their standard errors, in the sample's own counting."""

    mean: float
    sd: float
    quantiles: tuple[float, ...]
    quantiles_se: tuple[float, ...]


def summarise_sample(sample: npt.NDArray[np.integer], levels: Sequence[float], step: int = 1) -> SampleSummary:
    """Return the summary of `sample` (n,), multiples of `step` from 0 up, with quantiles at `levels`."""
    ranks = [rank for p in levels for rank in _ranks(p, len(sample))]
    counts = Counts.of(sample, step)
    if counts is not None:
        (mean, sd), values = counts.moments(), counts.order_statistics(ranks)
    else:
        mean, sd = float(sample.mean()), float(sample.std())
        values = np.sort(sample)[ranks]
    errors = (values[2::3] - values[1::3]) / 2
    return SampleSummary(mean, sd, tuple(map(float, values[::3])), tuple(map(float, errors)))


def _ranks(p: float, n: int) -> tuple[int, int, int]:
    half = sqrt(p * (1 - p) / n)
    return _rank(p, n), _rank(p - half, n), _rank(p + half, n)


def _rank(p: float, n: int) -> int:
    # the small allowance keeps p n from rounding up past a whole number
    return int(min(max(np.ceil(p * n - 1e-9) - 1, 0), n - 1))
