"""The law of days: sums of stays on a lattice, atoms kept apart as they are.

A smooth stay gives its mass in ((k - 1/2) h, (k + 1/2) h] to lattice point k h. All boundaries are
lattice points; a
smooth sum has half of the mass at a boundary on either side of it, while an atom on a boundary belongs
to the next
period, since ends are exclusive. Sums of atoms alone are enumerated, so that they stay exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.laws import Curve, StepCurve

Floats = npt.NDArray[np.float64]
N_POINTS_WANTED = 1024
MAX_POINTS_PER_DAY = 256
_MAX_ATOMS = 50_000
_SAME_DAY = 1e-9
_TINY = 1e-300
_NONE: Floats = np.empty(0)


@dataclass(frozen=True)
class Lattice:
    """Points 0, h, 2h .. L h of the time to `end_days`, h = 1 / `per_day` days.

    `blur` above 0 spreads an atom at x evenly over x exp(-blur / 2) .. x exp(blur / 2): where a shock
    stretches all
    stays, each of its nodes stands for such an interval.
    """

    end_days: float
    per_day: int
    blur: float = 0.0

    @property
    def n(self) -> int:
        """Return the number of points."""
        return round(self.end_days * self.per_day) + 1

    @property
    def days(self) -> Floats:
        """Return the days of all points."""
        return np.arange(self.n) / self.per_day

    @property
    def finer(self) -> Lattice:
        """Return the lattice of half the step."""
        return Lattice(self.end_days, 2 * self.per_day, self.blur)


@dataclass(frozen=True)
class Days:
    """A law of days up to the end of a lattice: atoms (`values`, `probability`), or `mass` per lattice point."""

    values: Floats
    probability: Floats
    mass: Floats | None = None

    @property
    def is_atomic(self) -> bool:
        """Return whether the law is made of atoms alone."""
        return self.mass is None

    def on(self, lattice: Lattice) -> Floats:
        """Return the mass per lattice point; atoms between two points are shared so that their mean stays."""
        if self.mass is not None:
            return self.mass
        return split(self.values, self.probability, lattice)

    def before(self, ends: Floats, lattice: Lattice) -> Floats:
        """Return P(T < end) for ends that are lattice points."""
        if self.mass is None:
            upto: Floats = np.append(0.0, np.cumsum(self.probability))
            return np.asarray(upto[np.searchsorted(self.values, ends - _SAME_DAY, side="left")])
        at = np.rint(ends * lattice.per_day).astype(np.int64)
        return np.asarray((np.cumsum(self.mass) - 0.5 * self.mass)[at])


NOW = Days(np.zeros(1), np.ones(1))


def lattice_for(end_days: float, blur: float = 0.0) -> Lattice:
    """Return a lattice of at least four points a day, more where the horizon is short, fewer where it is very long."""
    if end_days > 10_000:
        return Lattice(end_days, 1, blur)
    per_day = 4
    while per_day * end_days < N_POINTS_WANTED and per_day < MAX_POINTS_PER_DAY:
        per_day *= 2
    return Lattice(end_days, per_day, blur)


def split(values: Floats, probability: Floats, lattice: Lattice) -> Floats:
    """Return the mass of atoms per lattice point, mean kept; what lies beyond the end is left out."""
    position = values * lattice.per_day
    inside = position <= lattice.n - 1 + _SAME_DAY
    position, weight = position[inside], probability[inside]
    floor = np.floor(position + _SAME_DAY)
    share = np.clip(position - floor, 0.0, 1.0)
    low = np.minimum(floor.astype(np.int64), lattice.n - 1)
    mass = np.bincount(low, weight * (1 - share), lattice.n + 1)
    mass += np.bincount(low + 1, weight * share, lattice.n + 1)
    return np.asarray(mass[: lattice.n], float)


def stay_law(curve: Curve, scale: float, age: float, stretch: float, lattice: Lattice) -> Days:
    """Return the law of the remaining stay, stretch x (scale x T - age), given scale x T > age; age 0 if new.

    Where nothing survives the age, the far end of the law decides, as in the walk.
    """
    at = max(age, 0.0) / scale
    if isinstance(curve, StepCurve):
        return _atoms_left(curve, scale, at if age > 0 else -1.0, stretch, lattice)
    alive = float(curve.survival(at)) if age > 0 else 1.0
    if alive <= _TINY:
        last = float(curve.upper(_TINY))
        return _cut(np.array([max(last - at, 0.0) * scale * stretch]), np.ones(1), lattice)
    edges = (np.arange(lattice.n + 1) - 0.5) / lattice.per_day / (scale * stretch)
    edges[0] = 0.0
    beyond = curve.survival(at + edges) / alive
    beyond[0] = 1.0
    return Days(_NONE, _NONE, -np.diff(beyond))


def _atoms_left(curve: StepCurve, scale: float, at: float, stretch: float, lattice: Lattice) -> Days:
    left = curve.values > at
    values, probability = curve.values[left], curve.probability[left]
    if not len(values):
        values, probability = np.array([max(at, 0.0)]), np.ones(1)
    return _cut((values - max(at, 0.0)) * scale * stretch, probability / probability.sum(), lattice)


def _cut(values: Floats, probability: Floats, lattice: Lattice) -> Days:
    if lattice.blur > 0:
        return Days(_NONE, _NONE, _blurred(values, probability, lattice))
    inside = values < lattice.end_days
    return Days(values[inside], probability[inside])


def _blurred(values: Floats, probability: Floats, lattice: Lattice) -> Floats:
    edges = (np.arange(lattice.n + 1) - 0.5) / lattice.per_day
    mass = np.zeros(lattice.n)
    for value, p in zip(values, probability, strict=True):
        if not np.isfinite(value):
            continue
        low, high = value * np.exp(-0.5 * lattice.blur), value * np.exp(0.5 * lattice.blur)
        upto = (edges - low) / (high - low) if high > low else np.asarray(edges > value, float)
        mass += p * np.diff(np.clip(upto, 0.0, 1.0))
    return mass


def finite_share(curve: Curve, scale: float, age: float) -> float:
    """Return the chance that the remaining stay ends at all."""
    values, probability = curve.atoms
    if not len(values) or np.isfinite(values).all():
        return 1.0
    left = values > (age / scale if age > 0 else -1.0)
    total = probability[left].sum()
    return float(probability[left & np.isfinite(values)].sum() / total) if total > 0 else 1.0


def add(first: Days, second: Days, lattice: Lattice) -> Days:
    """Return the law of the sum of two independent times."""
    if first.is_atomic and second.is_atomic:
        values, weights = first.values, second.values
        if len(values) * len(weights) <= _MAX_ATOMS:
            return _add_atoms(first, second, lattice)
    if second is NOW:
        return first
    return Days(_NONE, _NONE, convolve(first.on(lattice), second.on(lattice)[None])[0])


def _add_atoms(first: Days, second: Days, lattice: Lattice) -> Days:
    sums = np.add.outer(first.values, second.values).ravel()
    weights = np.multiply.outer(first.probability, second.probability).ravel()
    rounded, inverse = np.unique(np.round(sums, 9), return_inverse=True)
    return _cut(np.asarray(rounded, float), np.asarray(np.bincount(inverse, weights, len(rounded)), float), lattice)


def convolve(one: Floats, many: Floats) -> Floats:
    """Return each row of `many` convolved with `one`, cut to the same length."""
    n = len(one)
    size = 1 << (2 * n - 1).bit_length()
    found = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(many, size), size)[:, :n]
    return np.maximum(found, 0.0)


def linear_clock(
    curves: Sequence[Curve],
    classes: Sequence[tuple[int, float]],
    scale: Floats,
    stretch: float,
    lattice: Lattice,
    ends: Floats,
) -> Floats:
    """Return (class, end): P(day of win < end | won) in a linear funnel.

    Parameters
    ----------
    curves : sequence of Curve
        Per stage, the law of the time to advance.
    classes : sequence of (stage, age in days)
    scale : array (stages,)
        Factor on the stays of each stage.
    stretch : float
        Factor on everything that is still to come.
    """
    rest = [NOW]
    for stage in range(len(curves) - 1, 0, -1):
        rest.append(add(stay_law(curves[stage], float(scale[stage]), 0.0, stretch, lattice), rest[-1], lattice))
    found = np.empty((len(classes), len(ends)))
    known: dict[tuple[int, float], int] = {}
    for i, (stage, age) in enumerate(classes):
        age_days = max(age, 0.0)
        if (stage, age_days) in known:
            found[i] = found[known[stage, age_days]]
            continue
        known[stage, age_days] = i
        first = stay_law(curves[stage], float(scale[stage]), age_days, stretch, lattice)
        found[i] = add(first, rest[len(curves) - 1 - stage], lattice).before(ends, lattice)
    return found
