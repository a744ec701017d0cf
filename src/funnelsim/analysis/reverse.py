"""Reverse stress: the mildest joint change of the inputs that brings the chance of a target under a level (M14.6).

Every input is turned the way that hurts, by u of its own units (its standard deviation where there is a belief in
it). Of all points with P(target) <= level the one nearest to where things stand is sought, min |u|. Along a ray
from the origin the chance falls, so a ray has one point on the border, and the nearest border point over all rays
is the answer. First the classic iteration on the linearised border (Hasofer and Lind) from several directions;
then the best direction is turned by shrinking steps as long as that shortens its ray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.method import Method, chance_of
from funnelsim.analysis.turns import Turn, turned, turns_of
from funnelsim.analysis.variants import EngineName
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case

Floats = npt.NDArray[np.float64]
LEVEL = 0.5
FARTHEST = 8.0  # units; beyond, a change is no longer one of the same world
STEP = 0.25  # units, of a difference quotient
TOLERANCE = 0.002  # of a distance
CLOSE = 0.004  # in log odds, a thousandth of a chance at one half
SUREST = 30.0  # log odds beyond which chances are not told apart
N_ITERATIONS, N_SECTIONS, N_HALVINGS = 6, 60, 3


@dataclass(frozen=True)
class Turned:
    """One input at the answer: by how many of its units it is turned, and from which figure to which."""

    turn: Turn
    units: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "input": self.turn.name,
            "kind": self.turn.kind,
            "unit": self.turn.unit,
            "unit_from": self.turn.unit_from,
            "units": self.units,
            "from": self.turn.at(0.0),
            "to": self.turn.at(self.units),
        }


@dataclass(frozen=True)
class Reverse:
    """The mildest joint change.

    Parameters
    ----------
    chance : float
        Of the first target as things stand, rates at their means.
    chance_there : float or None
        At the answer; None where there is none.
    distance : float or None
        |u|: 0 where the chance is under the level already; None where no change within `FARTHEST` brings it there.
    turned : tuple of Turned
        Every input, the one turned most first.
    alone : tuple of (name, units or None)
        How far each input alone must be turned; None where it alone does not do it.
    evaluations : int
        How often the case was answered.
    """

    level: float
    chance: float
    chance_there: float | None
    distance: float | None
    turned: tuple[Turned, ...]
    alone: tuple[tuple[str, float | None], ...]
    evaluations: int

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "level": self.level,
            "chance": self.chance,
            "chance_there": self.chance_there,
            "distance": self.distance,
            "turned": [one.as_json() for one in self.turned],
            "alone": [{"input": name, "units": units} for name, units in self.alone],
            "evaluations": self.evaluations,
        }


@dataclass
class Border:
    """The chance of a target over the turns of the inputs, and its border at a level.

    Parameters
    ----------
    chance : callable
        From u (n,), all 0 or more, to P(target); no higher where any u is larger.
    """

    chance: Callable[[Floats], float]
    n: int
    level: float = LEVEL
    _known: dict[tuple[float, ...], float] = field(default_factory=dict)

    @property
    def evaluations(self) -> int:
        """Return how many points were worked out."""
        return len(self._known)

    def at(self, u: Floats) -> float:
        """Return the chance at a point, worked out once."""
        key = tuple(round(float(x), 6) for x in u)
        if key not in self._known:
            self._known[key] = self.chance(np.array(key))
        return self._known[key]

    def reach(self, direction: Floats, up_to: float = FARTHEST) -> float | None:
        """Return how far along a direction the border is, None if it is not within `up_to`, 0 if it lies behind."""
        if self.at(np.zeros(self.n)) <= self.level:
            return 0.0
        ray = direction / np.linalg.norm(direction)
        if self.at(up_to * ray) > self.level:
            return None
        low, high = 0.0, up_to
        over, under = self._gap(low * ray), self._gap(high * ray)
        for n in range(N_SECTIONS):
            if high - low <= TOLERANCE * high or under >= -CLOSE:
                break
            share = 0.5 if n % 3 == 2 else over / (over - under)
            middle = low + min(max(share, 0.02), 0.98) * (high - low)
            gap = self._gap(middle * ray)
            low, over, high, under = (middle, gap, high, under) if gap > 0 else (low, over, middle, gap)
        return high

    def _gap(self, u: Floats) -> float:
        """Return by how much the log odds of the chance are above those of the level."""
        return _log_odds(self.at(u)) - _log_odds(self.level)

    def slope(self, u: Floats) -> Floats:
        """Return how fast the chance falls with each input, by forward differences."""
        there = self.at(u)
        return np.array([max(there - self.at(u + STEP * e), 0.0) / STEP for e in np.eye(self.n)])

    def nearest(self) -> Floats | None:
        """Return the nearest point of the border, None if none is within `FARTHEST`."""
        if self.at(np.zeros(self.n)) <= self.level:
            return np.zeros(self.n)
        found = [end for start in self._starts() if (end := self._descended(start)) is not None]
        return self._polished(min(found, key=lambda u: float(np.linalg.norm(u)))) if found else None

    def _starts(self) -> Iterator[Floats]:
        """Yield the steepest descent, all inputs alike, and the axis whose border is nearest."""
        slope = self.slope(np.zeros(self.n))
        yield slope if slope.any() else np.ones(self.n)
        yield np.ones(self.n)
        yield min(np.eye(self.n), key=lambda e: self.reach(e) or FARTHEST)

    def _descended(self, start: Floats) -> Floats | None:
        """Return the border point where the slope points back to the origin (Hasofer and Lind)."""
        best = self._on_border(start)
        for _ in range(N_ITERATIONS):
            if best is None or not (slope := self.slope(best)).any():
                break
            point = self._on_border(slope)
            if point is None or np.linalg.norm(point) >= (1 - TOLERANCE) * np.linalg.norm(best):
                break
            best = point
        return best

    def _polished(self, u: Floats) -> Floats:
        """Return a border point no nearer neighbour of which is found by turning its direction along any axis."""
        step = 0.4
        for _ in range(N_HALVINGS):
            better = self._turned(u, step)
            while better is not None:
                u, better = better, self._turned(better, step)
            step *= 0.5
        return u

    def _turned(self, u: Floats, step: float) -> Floats | None:
        """Return a nearer border point in a direction turned by `step` along an axis, None if there is none."""
        length = float(np.linalg.norm(u))
        for axis in np.eye(self.n):
            for sign in (step, -step):
                direction = np.maximum(u / length + sign * axis, 0.0)
                if not direction.any():
                    continue
                nearer = (1 - TOLERANCE) * length
                ray = direction / np.linalg.norm(direction)
                if self.at(nearer * ray) <= self.level and (reach := self.reach(ray, nearer)) is not None:
                    return np.asarray(reach * ray)
        return None

    def _on_border(self, direction: Floats) -> Floats | None:
        reach = self.reach(direction)
        return None if reach is None else np.asarray(reach * direction / np.linalg.norm(direction))


def reverse_stress(
    case: Case,
    *,
    level: float = LEVEL,
    engine: EngineName = "exact",
    trials: int | None = None,
    seed: int | None = None,
    turns: tuple[Turn, ...] = (),
) -> Reverse:
    """Find the mildest joint change that brings the chance of the first target to `level` or under it.

    Beliefs in rates are replaced by the turned figures: what is doubted is what the distance is measured in.

    Parameters
    ----------
    case : Case
        One with a target.
    engine : {"exact", "simulate"}
        With simulation all points share their random numbers.
    turns : tuple of Turn, optional
        Which inputs to turn; default: all that `turns_of` knows.

    Raises
    ------
    InputError
        If the case states no target.
    RefusedError
        If no input can be turned, or the exact engine does not answer the case.
    """
    if not case.targets:
        raise InputError.of("states no target; state what is to be reached", "targets")
    turns = turns or turns_of(case)
    if not turns:
        raise RefusedError("no input of this case can be turned: all conversions are 0 or 1", "nothing_turns")
    method = Method(engine, trials, seed if seed is not None else case.seed)
    target = case.targets[0]
    border = Border(lambda u: chance_of(method.answer(turned(case, turns, u)), target), len(turns), level)
    there = border.nearest()
    distance = None if there is None else sqrt(float(there @ there))
    alone = tuple((turn.name, border.reach(e)) for turn, e in zip(turns, np.eye(len(turns)), strict=True))
    moved = [
        Turned(turn, float(x)) for turn, x in zip(turns, np.zeros(len(turns)) if there is None else there, strict=True)
    ]
    return Reverse(
        level,
        border.at(np.zeros(len(turns))),
        None if there is None else border.at(there),
        distance,
        tuple(sorted(moved, key=lambda one: -one.units)),
        alone,
        border.evaluations,
    )


def _log_odds(chance: float) -> float:
    if not 0 < chance < 1:
        return SUREST if chance >= 1 else -SUREST
    return max(min(log(chance / (1.0 - chance)), SUREST), -SUREST)
