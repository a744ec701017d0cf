"""The numbers of a law: survival, quantile from either end, mean and variance.

A statement (`funnelsim.model.law`) becomes a `Curve`. All curves answer the same verbs on arrays:

- ``survival(x)`` = P(T > x),
- ``upper(v)``    = the x with P(T > x) = v, exact for small v,
- ``lower(v)``    = the x with P(T <= x) = v, exact for small v,
- ``mean`` and ``variance``.

Only `scipy.special` is used, since `scipy.stats` alone would double the time to start.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, singledispatch
from itertools import pairwise
from math import exp, gamma, inf, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.errors import InputError
from funnelsim.model.law import Beta, Empirical, Fixed, Law, Pert, Shaped, Triangular, Uniform

Floats = npt.NDArray[np.float64]
Numbers = Floats | float


class Curve(ABC):
    """A law of a non-negative quantity, ready to be computed with."""

    mean: float
    variance: float

    @abstractmethod
    def survival(self, x: Numbers) -> Floats:
        """Return P(T > x)."""

    @abstractmethod
    def upper(self, v: Numbers) -> Floats:
        """Return the x exceeded with probability v."""

    @abstractmethod
    def lower(self, v: Numbers) -> Floats:
        """Return the x not exceeded with probability v."""

    @property
    def atoms(self) -> tuple[Floats, Floats]:
        """Return the values that carry mass of their own, rising, and their probabilities; none if smooth."""
        return np.empty(0), np.empty(0)


@dataclass(frozen=True)
class LognormalCurve(Curve):
    """ln T is normal with mean `mu` and standard deviation `sigma`."""

    mu: float
    sigma: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        """Return exp(mu + sigma^2 / 2)."""
        return exp(self.mu + self.sigma**2 / 2)

    @property
    def variance(self) -> float:  # type: ignore[override]
        """Return mean^2 (exp(sigma^2) - 1)."""
        return self.mean**2 * float(np.expm1(self.sigma**2))

    def survival(self, x: Numbers) -> Floats:
        """Return Phi((mu - ln x) / sigma)."""
        with np.errstate(divide="ignore"):
            return _f(special.ndtr((self.mu - np.log(np.maximum(x, 0.0))) / self.sigma))

    def upper(self, v: Numbers) -> Floats:
        """Return exp(mu - sigma Phi^-1(v))."""
        return _f(np.exp(self.mu - self.sigma * special.ndtri(v)))

    def lower(self, v: Numbers) -> Floats:
        """Return exp(mu + sigma Phi^-1(v))."""
        return _f(np.exp(self.mu + self.sigma * special.ndtri(v)))


@dataclass(frozen=True)
class GammaCurve(Curve):
    """Gamma law with `shape` and `scale`."""

    shape: float
    scale: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        """Return shape x scale."""
        return self.shape * self.scale

    @property
    def variance(self) -> float:  # type: ignore[override]
        """Return shape x scale^2."""
        return self.shape * self.scale**2

    def survival(self, x: Numbers) -> Floats:
        """Return the upper incomplete gamma ratio."""
        return _f(special.gammaincc(self.shape, np.maximum(x, 0.0) / self.scale))

    def upper(self, v: Numbers) -> Floats:
        """Return the inverse of `survival`."""
        return _f(self.scale * special.gammainccinv(self.shape, v))

    def lower(self, v: Numbers) -> Floats:
        """Return the inverse of the lower incomplete gamma ratio."""
        return _f(self.scale * special.gammaincinv(self.shape, v))


@dataclass(frozen=True)
class WeibullCurve(Curve):
    """Weibull law with `shape` and `scale`; shape 1 is the exponential."""

    shape: float
    scale: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        """Return scale x Gamma(1 + 1/shape)."""
        return self.scale * gamma(1 + 1 / self.shape)

    @property
    def variance(self) -> float:  # type: ignore[override]
        """Return scale^2 Gamma(1 + 2/shape) - mean^2."""
        return self.scale**2 * gamma(1 + 2 / self.shape) - self.mean**2

    def survival(self, x: Numbers) -> Floats:
        """Return exp(-(x / scale)^shape)."""
        return _f(np.exp(-((np.maximum(x, 0.0) / self.scale) ** self.shape)))

    def upper(self, v: Numbers) -> Floats:
        """Return scale (-ln v)^(1/shape)."""
        return _f(self.scale * (-np.log(v)) ** (1 / self.shape))

    def lower(self, v: Numbers) -> Floats:
        """Return scale (-ln(1 - v))^(1/shape)."""
        return _f(self.scale * (-np.log1p(-np.asarray(v, float))) ** (1 / self.shape))


@dataclass(frozen=True)
class BetaCurve(Curve):
    """Beta(a, b) stretched over [low, high]; uniform and PERT laws are of this kind."""

    low: float
    high: float
    a: float
    b: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        """Return low + (high - low) a / (a + b)."""
        return self.low + (self.high - self.low) * self.a / (self.a + self.b)

    @property
    def variance(self) -> float:  # type: ignore[override]
        """Return the beta variance, stretched."""
        n = self.a + self.b
        return (self.high - self.low) ** 2 * self.a * self.b / (n * n * (n + 1))

    def survival(self, x: Numbers) -> Floats:
        """Return the complemented incomplete beta ratio."""
        share = (np.asarray(x, float) - self.low) / (self.high - self.low)
        return _f(special.betaincc(self.a, self.b, np.clip(share, 0.0, 1.0)))

    def upper(self, v: Numbers) -> Floats:
        """Return the inverse of `survival`."""
        return _f(self.low + (self.high - self.low) * special.betainccinv(self.a, self.b, v))

    def lower(self, v: Numbers) -> Floats:
        """Return the inverse of the incomplete beta ratio."""
        return _f(self.low + (self.high - self.low) * special.betaincinv(self.a, self.b, v))


@dataclass(frozen=True)
class TriangleCurve(Curve):
    """Triangular law on [low, high] with its peak at `mode`."""

    low: float
    mode: float
    high: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        """Return (low + mode + high) / 3."""
        return (self.low + self.mode + self.high) / 3

    @property
    def variance(self) -> float:  # type: ignore[override]
        """Return the variance of the triangle."""
        a, m, b = self.low, self.mode, self.high
        return (a * a + m * m + b * b - a * m - a * b - m * b) / 18

    @property
    def _rising_share(self) -> float:
        return (self.mode - self.low) / (self.high - self.low)

    def survival(self, x: Numbers) -> Floats:
        """Return 1 minus the area left of x."""
        x = np.clip(np.asarray(x, float), self.low, self.high)
        span = self.high - self.low
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = 1 - (x - self.low) ** 2 / (span * (self.mode - self.low))
            falling = (self.high - x) ** 2 / (span * (self.high - self.mode))
        return _f(np.where(x < self.mode, rising, np.where(x >= self.high, 0.0, falling)))

    def upper(self, v: Numbers) -> Floats:
        """Return the x with area v on its right."""
        v = np.asarray(v, float)
        span = self.high - self.low
        falling = self.high - np.sqrt(v * span * (self.high - self.mode))
        rising = self.low + np.sqrt((1 - v) * span * (self.mode - self.low))
        return _f(np.where(v <= 1 - self._rising_share, falling, rising))

    def lower(self, v: Numbers) -> Floats:
        """Return the x with area v on its left."""
        v = np.asarray(v, float)
        span = self.high - self.low
        rising = self.low + np.sqrt(v * span * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - v) * span * (self.high - self.mode))
        return _f(np.where(v <= self._rising_share, rising, falling))


class StepCurve(Curve):
    """A discrete law: rising `values` with their probabilities."""

    def __init__(self, values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> None:
        raw = np.asarray(values, float)
        shares = np.ones_like(raw) if weights is None else np.asarray(weights, float)
        self.values, inverse = np.unique(raw, return_inverse=True)
        self.probability = np.bincount(inverse, shares) / shares.sum()
        keep = self.probability > 0
        self.values, self.probability = self.values[keep], self.probability[keep]
        finite = np.isfinite(self.values)
        self.mean = float(self.values @ self.probability) if finite.all() else inf
        self.variance = float((self.values - self.mean) ** 2 @ self.probability) if finite.all() else inf
        # P(T >= value), the largest value first: how the kernel searches it.
        self.at_least = np.cumsum(self.probability[::-1])
        self.at_least[-1] = 1.0

    @property
    def atoms(self) -> tuple[Floats, Floats]:
        """Return the values and their probabilities."""
        return self.values, self.probability

    def survival(self, x: Numbers) -> Floats:
        """Return P(T > x); the value itself counts as past."""
        n_above = len(self.values) - np.searchsorted(self.values, np.asarray(x, float), side="right")
        return _f(np.concatenate(([0.0], self.at_least))[n_above])

    def upper(self, v: Numbers) -> Floats:
        """Return the value at which P(T >= value) first exceeds v."""
        index = np.searchsorted(self.at_least, np.asarray(v, float), side="right")
        return _f(self.values[::-1][np.minimum(index, len(self.values) - 1)])

    def lower(self, v: Numbers) -> Floats:
        """Return the smallest value with P(T <= value) >= v."""
        cumulative = np.cumsum(self.probability)
        index = np.searchsorted(cumulative, np.asarray(v, float), side="left")
        return _f(self.values[np.minimum(index, len(self.values) - 1)])


@dataclass(frozen=True)
class ShiftedCurve(Curve):
    """Another curve, `delay` later."""

    curve: Curve
    delay: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        """Return the mean, delayed."""
        return self.curve.mean + self.delay

    @property
    def variance(self) -> float:  # type: ignore[override]
        """Return the variance, which a delay leaves alone."""
        return self.curve.variance

    @property
    def atoms(self) -> tuple[Floats, Floats]:
        """Return the atoms, delayed."""
        values, probability = self.curve.atoms
        return values + self.delay, probability

    def survival(self, x: Numbers) -> Floats:
        """Return P(T > x), which is 1 before the delay."""
        x = np.asarray(x, float) - self.delay
        return _f(np.where(x < 0, 1.0, self.curve.survival(np.maximum(x, 0.0))))

    def upper(self, v: Numbers) -> Floats:
        """Return the delayed quantile."""
        return _f(self.curve.upper(v) + self.delay)

    def lower(self, v: Numbers) -> Floats:
        """Return the delayed quantile."""
        return _f(self.curve.lower(v) + self.delay)


NEVER = StepCurve([inf])


def curve_of(law: Law) -> Curve:
    """Return the numbers of a stated law.

    Raises
    ------
    InputError
        If no law of the family has the stated figures.

    Examples
    --------
    >>> curve = curve_of(Shaped("lognormal", {"median": 20.0, "p90": 60.0}))
    >>> round(float(curve.survival(60.0)), 6)
    0.1
    """
    curve = _plain_curve(law)
    if not law.delay:
        return curve
    if isinstance(curve, StepCurve):
        return StepCurve(curve.values + law.delay, curve.probability)
    return ShiftedCurve(curve, law.delay)


@singledispatch
def _plain_curve(law: Law) -> Curve:
    raise TypeError(f"no numbers for {type(law).__name__}")


@_plain_curve.register
def _(law: Fixed) -> Curve:
    return StepCurve([law.value])


@_plain_curve.register
def _(law: Empirical) -> Curve:
    return StepCurve(law.values, law.weights)


@_plain_curve.register
def _(law: Uniform) -> Curve:
    return BetaCurve(law.low, law.high, 1.0, 1.0)


@_plain_curve.register
def _(law: Triangular) -> Curve:
    return TriangleCurve(law.low, law.mode, law.high)


@_plain_curve.register
def _(law: Pert) -> Curve:
    span = law.high - law.low
    return BetaCurve(law.low, law.high, 1 + 4 * (law.mode - law.low) / span, 1 + 4 * (law.high - law.mode) / span)


@_plain_curve.register
def _(law: Beta) -> Curve:
    if law.mean is None:
        raise InputError.of("a beta without a mean; state its mean", "beta")
    if law.mean in {0.0, 1.0}:
        return StepCurve([law.mean])
    return BetaCurve(0.0, 1.0, law.evidence * law.mean, law.evidence * (1 - law.mean))


@_plain_curve.register
def _(law: Shaped) -> Curve:
    figures = dict(law.figures)
    if law.family == "exponential":
        ((name, value),) = figures.items()
        return WeibullCurve(1.0, value / _unit_figures(WeibullCurve(1.0, 1.0))[name])
    if "scale" in figures:
        return WeibullCurve(figures["shape"], figures["scale"])
    return _shaped(law.family, tuple(figures.items()))


@lru_cache(maxsize=4096)
def _shaped(family: str, stated: tuple[tuple[str, float], ...]) -> Curve:
    """Return the curve of two stated figures; searched for once, as the many cases of a sweep share their laws."""
    figures, make = dict(stated), _FAMILIES[family]
    spread = _spread_for(make, figures, family)
    unit = _unit_figures(make(spread, 1.0))
    name = next(name for name in figures if name != "cv")
    return make(spread, figures[name] / unit[name])


# Each family as (spread, scale) -> curve, the spread growing with the coefficient of variation.
_FAMILIES: dict[str, Callable[[float, float], Curve]] = {
    "lognormal": lambda spread, scale: LognormalCurve(log(scale), spread),
    "gamma": lambda spread, scale: GammaCurve(1 / spread**2, scale * spread**2),
    "weibull": lambda spread, scale: WeibullCurve(1 / spread, scale),
}
_SPREADS = np.geomspace(1e-3, 6.0, 240)


def _unit_figures(curve: Curve) -> dict[str, float]:
    p10, median, p90 = (float(curve.lower(v)) for v in (0.1, 0.5, 0.9))
    sd = sqrt(curve.variance)
    return {"mean": curve.mean, "median": median, "sd": sd, "cv": sd / curve.mean, "p10": p10, "p90": p90}


def _spread_for(make: Callable[[float, float], Curve], figures: dict[str, float], family: str) -> float:
    """Return the least spread at which the ratio of the two stated figures comes out."""

    def miss(spread: float) -> float:
        unit = _unit_figures(make(spread, 1.0))
        if "cv" in figures:
            return log(unit["cv"] / figures["cv"])
        (a, x), (b, y) = figures.items()
        if unit[a] <= 0 or unit[b] <= 0:
            return inf
        return log(unit[a] / unit[b]) - log(x / y)

    at_left = miss(float(_SPREADS[0]))
    for left, right in pairwise(_SPREADS):
        at_right = miss(float(right))
        if np.isfinite(at_right) and at_left * at_right <= 0:
            return _root(miss, float(left), float(right))
        at_left = at_right
    stated = " and ".join(f"{name} {value:g}" for name, value in figures.items())
    raise InputError.of(f"no {family} law has {stated}; check the two figures or take another law", "law")


def _root(miss: Callable[[float], float], left: float, right: float) -> float:
    below = miss(left) < 0
    for _ in range(80):
        middle = 0.5 * (left + right)
        if (miss(middle) < 0) == below:
            left = middle
        else:
            right = middle
    return 0.5 * (left + right)


def _f(values: object) -> Floats:
    return np.asarray(values, dtype=np.float64)
