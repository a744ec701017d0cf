"""How good a forecast was, once it is known what happened: scores of samples (model page, M13).

A forecast is n samples x_1 .. x_n, each as likely, with F(x) the share of them up to x; what happened is y.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key

Floats = npt.NDArray[np.float64]
QUANTILES = {"p5": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90, "p95": 0.95}
INTERVALS = {"c50": ("p25", "p75"), "c80": ("p10", "p90"), "c90": ("p5", "p95")}
_DUST = 1e-9


def crps(samples: npt.ArrayLike, actual: float, *, fair: bool = False) -> float:
    """Return the continuous ranked probability score: the area between F and the step at what happened, squared.

        CRPS = mean |x_i - y| - sum_ij |x_i - x_j| / (2 n^2)

    Parameters
    ----------
    samples : array (sample,)
    actual : float
        What happened.
    fair : bool
        Divide by 2 n (n - 1) instead: what infinitely many samples of the same law would score, on average.

    Examples
    --------
    >>> crps([1.0, 3.0], 2.0)
    0.5
    """
    x = np.sort(np.asarray(samples, float))
    n = len(x)
    pairs = float((2.0 * np.arange(1, n + 1) - n - 1.0) @ x)  # half of sum_ij |x_i - x_j|
    return float(np.abs(x - actual).mean()) - pairs / (n * max(n - 1, 1) if fair else n * n)


def quantile(samples: npt.ArrayLike, p: float) -> float:
    """Return the smallest sample x with F(x) >= p.

    Examples
    --------
    >>> quantile([4, 1, 3, 2], 0.5)
    2.0
    """
    x = np.sort(np.asarray(samples, float))
    # p n may come out a hair above the whole number it is
    return float(x[max(ceil(p * len(x) - _DUST), 1) - 1])


def quantiles(samples: npt.ArrayLike) -> dict[str, float]:
    """Return the quantiles that are printed, p5 to p95."""
    x = np.sort(np.asarray(samples, float))
    return {name: quantile(x, p) for name, p in QUANTILES.items()}


def pinball(stated: float, actual: float, p: float) -> float:
    """Return the pinball loss of a p-quantile; over all p, twice its mean is the CRPS.

    Examples
    --------
    >>> pinball(10.0, 12.0, 0.9)
    1.8
    """
    return (p - (actual < stated)) * (actual - stated)


def holds(stated: dict[str, float], actual: float, interval: str) -> bool:
    """Return whether a closed interval, ``c50``, ``c80`` or ``c90``, holds what happened."""
    low, high = INTERVALS[interval]
    return stated[low] <= actual <= stated[high]


def pit(samples: npt.ArrayLike, actual: float, luck: float) -> float:
    """Return where among the samples what happened fell, between 0 and 1; uniform for a perfect forecaster.

    Counts tie with samples. What happened takes, by `luck`, any of the places among its equals:

        PIT = (#{x_i < y} + luck (#{x_i = y} + 1)) / (n + 1).

    Parameters
    ----------
    luck : float
        Between 0 and 1; see `luck_of`.
    """
    x = np.asarray(samples, float)
    below, equal = int((x < actual).sum()), int((x == actual).sum())
    return (below + luck * (equal + 1)) / (len(x) + 1)


def luck_of(seed: int, *address: str | int) -> float:
    """Return the uniform number of an address; the same for the same seed."""
    return (int(key("pit", seed, *address)) >> 11) * 2.0**-53


def bias(means: Sequence[float], actuals: Sequence[float]) -> float | None:
    """Return (mean forecast - mean actual) / mean actual; None if nothing happened."""
    happened = float(np.mean(actuals))
    return (float(np.mean(means)) - happened) / happened if happened else None


def independent_windows(n_windows: int, span_days: int, window_days: int) -> int:
    """Return how many windows there are that do not overlap: the days they cover over the length of one.

    Examples
    --------
    57 weekly windows of 30 days:

    >>> independent_windows(57, 56 * 7 + 30, 30)
    14
    """
    return min(n_windows, max(round(span_days / window_days), 1)) if n_windows else 0
