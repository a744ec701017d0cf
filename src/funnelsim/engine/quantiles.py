"""Quantiles of a sample of whole numbers, with their standard errors.

A quantile is the smallest x with F(x) >= p, no interpolation. Its standard error is half the width of the
order-statistic interval at p +- sqrt(p (1 - p) / n) (model page, M10).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

# Up to this many distinct values a sample is counted, which is faster than sorting it.
_MAX_COUNTED = 2**22


def quantiles_with_se(sample: npt.NDArray[np.int64], levels: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the quantiles of `sample` (n,) at `levels`, and their standard errors."""
    n = len(sample)
    ranks: list[int] = []
    for p in levels:
        half = sqrt(p * (1 - p) / n)
        ranks += [_rank(p, n), _rank(p - half, n), _rank(p + half, n)]
    values = order_statistics(sample, ranks)
    return [float(x) for x in values[::3]], [float(b - a) / 2 for a, b in zip(values[1::3], values[2::3], strict=True)]


def order_statistics(sample: npt.NDArray[np.int64], ranks: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return the values of the given ranks (0 is the smallest)."""
    low, high = int(sample.min()), int(sample.max())
    step = common_step(sample, low)
    if (high - low) // step < _MAX_COUNTED:
        counts = np.bincount((sample - low) // step if step > 1 else sample - low)
        return np.asarray(low + step * np.searchsorted(np.cumsum(counts), np.asarray(ranks) + 1))
    return np.asarray(np.partition(sample, sorted(set(ranks)))[list(ranks)])


def common_step(sample: npt.NDArray[np.int64], low: int) -> int:
    """Return a common divisor of the differences, guessed from the head of the sample and then checked."""
    step = int(np.gcd.reduce(sample[:256] - low)) or 1
    if step == 1:
        return 1
    return step if not ((sample - low) % step).any() else 1


def _rank(p: float, n: int) -> int:
    # the small allowance keeps p n from rounding up past a whole number
    return int(min(max(np.ceil(p * n - 1e-9) - 1, 0), n - 1))
