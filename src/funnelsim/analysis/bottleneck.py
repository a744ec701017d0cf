"""The bottleneck: what one more point of conversion at each stage does to the forecast (model page, M14.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import hypot
from typing import Any, Literal

from funnelsim.analysis.method import Gain, Method, Result, gain_of_chance, gain_of_mean
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.lifting import lifted, room_to_rise

ONE_POINT = 0.01
_SAME = 1e-9
Hindrance = Literal["", "full", "left_out", "belief", "date"]


@dataclass(frozen=True)
class Lift:
    """One stage with one point more of conversion, all other conversions kept.

    Parameters
    ----------
    points : float
        How many points it was raised by: 1, or less where less is lost in the stage; 0 where it cannot rise.
    mean, chance : Gain, optional
        What the mean of bookings and the chance of the first target gain; None where it cannot rise, the second also
        without a target.
    cost : float, optional
        What these points cost, in the unit, where the stage states it.
    hindrance : str
        Why it cannot rise: ``full`` (nothing is lost there), ``left_out`` (not in the forecast), ``belief`` (a belief
        would reach above 1), ``date`` (fitted, and decided on a date); empty if it can.
    """

    stage: str
    conversion: float
    points: float
    mean: Gain | None = None
    chance: Gain | None = None
    cost: float | None = None
    hindrance: Hindrance = ""

    @property
    def mean_per_cost(self) -> float | None:
        """Return the gain of the mean per unit of cost, both in the case's money."""
        return self.mean.value / self.cost if self.mean and self.cost else None

    @property
    def chance_per_cost(self) -> float | None:
        """Return the gain of the chance per unit of cost."""
        return self.chance.value / self.cost if self.chance and self.cost else None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "stage": self.stage,
            "conversion": self.conversion,
            "points": self.points,
            "mean": self.mean.value if self.mean else None,
            "mean_error": self.mean.error if self.mean else None,
            "chance": self.chance.value if self.chance else None,
            "chance_error": self.chance.error if self.chance else None,
            "cost": self.cost,
            "mean_per_cost": self.mean_per_cost,
            "chance_per_cost": self.chance_per_cost,
            "hindrance": self.hindrance or None,
        }


@dataclass(frozen=True)
class Bottleneck:
    """Every stage's lift, and the stage where a point buys most; None where no stage gains anything."""

    lifts: tuple[Lift, ...]

    @property
    def for_mean(self) -> Lift | None:
        """Return the lift that raises the mean of bookings most."""
        return self._best(lambda lift: lift.mean.value if lift.mean else None)

    @property
    def for_chance(self) -> Lift | None:
        """Return the lift that raises the chance of the first target most."""
        return self._best(lambda lift: lift.chance.value if lift.chance else None)

    @property
    def per_cost(self) -> Lift | None:
        """Return the lift that raises the mean most per unit of cost, of the stages that state one."""
        return self._best(lambda lift: lift.mean_per_cost)

    @property
    def rivals(self) -> tuple[Lift, ...]:
        """Return the lifts whose gain of the mean is within two errors of the best one's, as simulation may leave."""
        best = self.for_mean
        if best is None or best.mean is None:
            return ()
        top = best.mean
        return tuple(
            lift
            for lift in self.lifts
            if lift is not best and lift.mean and top.value - lift.mean.value < 2 * hypot(top.error, lift.mean.error)
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        named = {"for_mean": self.for_mean, "for_chance": self.for_chance, "per_cost": self.per_cost}
        return {
            "stages": [lift.as_json() for lift in self.lifts],
            "best": {name: lift.stage if lift else None for name, lift in named.items()},
            "rivals": [lift.stage for lift in self.rivals],
        }

    def _best(self, worth: Callable[[Lift], float | None]) -> Lift | None:
        known = [(worth(lift) or 0.0, lift) for lift in self.lifts]
        value, best = max(known, key=lambda pair: pair[0], default=(0.0, None))
        return best if value > _SAME else None


def bottleneck(case: Case, method: Method, base: Result | None = None) -> Bottleneck:
    """Answer the case again and again, one stage a point higher each time.

    Parameters
    ----------
    case : Case
    method : Method
        With simulation, its trials and seed serve every case.
    base : Result, optional
        The answer of the case as it is, if it is known already.
    """
    return Bottleneck(tuple(_lifts(case, method, base or method.answer(case))))


def _lifts(case: Case, method: Method, base: Result) -> Iterator[Lift]:
    funnel = case.funnel
    for i, stage in enumerate(funnel.stages):
        by = min(ONE_POINT, room_to_rise(funnel, i))
        name, conversion, price = stage.name, funnel.conversions[i], stage.practice.cost_per_point
        if by <= _SAME:
            yield Lift(name, conversion, 0.0, hindrance="full" if stage.in_forecast else "left_out")
            continue
        try:
            after = method.answer(lifted(case, i, by))
        except InputError:
            yield Lift(name, conversion, 0.0, hindrance="date" if case.fitted else "belief")
            continue
        chance = gain_of_chance(base, after, case.targets[0]) if case.targets else None
        points = 100.0 * by
        cost = None if price is None else price * points
        yield Lift(name, conversion, points, gain_of_mean(base, after), chance, cost)
