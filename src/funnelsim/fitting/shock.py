"""The size of the shared shock, from what past windows left over beyond luck and parameters (M5.2, M12.6).

A past window j came out at y_j where mu_j was expected, with variance v_j from luck and parameters, and moves by g_j
per unit of the shock u on log hazards. With u = sigma t_4 = sigma N / sqrt(lambda), lambda ~ Gamma(2, 2),

    log p(sigma) = log t_4(sigma / 0.05)
                 + sum_j w_j log E_lambda N(y_j - mu_j; 0, v_j + sigma^2 g_j^2 / lambda).

The prior has a heavy tail, so that few windows can speak up for a large shock; a normal prior that allowed for large
ones would find shocks where there are none. Putting the heavy tail of the shock on u alone, and not on the sum with
luck, keeps sigma from coming out low where luck is large. w_j halves with every year passed, and counts windows that
overlap for what they bring together. Where windows of the forecast's own length are few, shorter ones that have
finished help out: shocks hardly shrink with length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
SCALE = 0.05
SCALE_UNSUPPORTED = 0.3
GRID = np.arange(0.01, 1.21, 0.02)
MOST_BORROWED = 4.0
LARGEST_T = 4.0
LARGEST_U = 2.0
FORGET_DAYS = 365.0
_DEGREES = 4.0
_LAMBDA = np.linspace(0.02, 6.0, 60)
_LAMBDA_WEIGHT = _LAMBDA * np.exp(-2.0 * _LAMBDA) / (_LAMBDA * np.exp(-2.0 * _LAMBDA)).sum()


@dataclass(frozen=True)
class Evidence:
    """Left-overs of past windows, arrays of shape (window,): y - mu, v, g and w."""

    left_over: Floats
    variance: Floats
    slope: Floats
    weight: Floats

    @property
    def amount(self) -> float:
        """Return how many independent windows this is worth."""
        return float(self.weight.sum())

    def log_likelihood(self) -> Floats:
        """Return (sigma,) the log likelihood at every grid point."""
        if not len(self.left_over):
            return np.zeros(len(GRID))
        luck = self.variance[:, None, None]
        spread = luck + (GRID[:, None] * self.slope[:, None, None]) ** 2 / _LAMBDA
        density = np.exp(-0.5 * self.left_over[:, None, None] ** 2 / spread) / np.sqrt(spread)
        mixed = np.einsum("jsl,l->js", density, _LAMBDA_WEIGHT)
        return np.asarray(np.einsum("j,js->s", self.weight, np.log(np.maximum(mixed, 1e-300))))


def weights_of(age_days: Floats, step_days: float, window_days: float) -> Floats:
    """Return what windows count for that ended `age_days` ago and start `step_days` apart."""
    return np.asarray(min(1.0, step_days / window_days) * 2.0 ** (-age_days / FORGET_DAYS))


@dataclass(frozen=True)
class ShockLaw:
    """What is believed of sigma: a weight for each grid point.

    Examples
    --------
    >>> law = shock_from(Evidence(*np.zeros((4, 0))))
    >>> round(law.mean_sigma, 2)
    0.05
    """

    weight: Floats

    @property
    def mean_sigma(self) -> float:
        """Return the mean of sigma."""
        return float(self.weight @ GRID)

    @cached_property
    def variance(self) -> float:
        """Return the variance of u."""
        u = self.quantiles(2000)
        return float(np.mean(u**2))

    def quantiles(self, n: int) -> Floats:
        """Return n equally likely values of u in order, the middles of n slices of its law."""
        u = _grid()
        below = np.zeros(len(u))
        for sigma, weight in zip(GRID, self.weight, strict=True):
            if weight > 1e-9:
                within, at_the_end = _below(float(sigma))
                below += weight * within
                below += weight * at_the_end
        below[-1] = 1.0
        half = np.interp((np.arange(n) + 0.5) / n, below, u)
        return np.asarray(0.5 * (half - half[::-1]))  # the law is even


def _grid() -> Floats:
    return np.linspace(-LARGEST_U, LARGEST_U, 4001)


@cache
def _below(sigma: float) -> tuple[Floats, Floats]:
    """Return the share of the clipped t law of one sigma below each u of the grid: within, and what clipping adds."""
    u = _grid()
    t = np.clip(u / sigma, -LARGEST_T, LARGEST_T)
    within = np.where(u < -LARGEST_T * sigma, 0.0, special.stdtr(_DEGREES, t))
    return within, np.where(u >= LARGEST_T * sigma, 1.0 - special.stdtr(_DEGREES, LARGEST_T), 0.0)


def log_prior(scale: float) -> Floats:
    """Return (sigma,) the log density of a t law of 4 degrees, but for a constant."""
    return np.asarray(-0.5 * (_DEGREES + 1.0) * np.log1p((GRID / scale) ** 2 / _DEGREES))


def shock_from(own: Evidence, shorter: Sequence[Evidence] = (), scale: float = SCALE) -> ShockLaw:
    """Return the posterior of sigma from windows of the forecast's own length, and of shorter ones.

    Shorter windows count for four of their own at most, and less the more the own windows say: by 1 / (1 + n).
    """
    log_weight = log_prior(scale) + own.log_likelihood()
    borrowed = MOST_BORROWED / (1.0 + own.amount)
    for evidence in shorter:
        share = min(1.0 / len(shorter), borrowed / (len(shorter) * max(evidence.amount, 1.0)))
        log_weight = log_weight + share * evidence.log_likelihood()
    weight = np.exp(log_weight - log_weight.max())
    return ShockLaw(weight / weight.sum())
