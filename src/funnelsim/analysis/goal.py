"""A goal and its answers: the least of an input at which a target has the chance that is asked for (model page, M15).

Where rates are believed rather than known there are two answers, side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from funnelsim.analysis.levers import Lever, Value
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.target import Target

SCHEMA = "funnelsim.goal/1"
Rates = Literal["known", "learnt"]
EngineName = Literal["exact", "simulate"]


@dataclass(frozen=True)
class Goal:
    """A target, and the chance it is wanted with.

    Examples
    --------
    >>> Goal(Target(6, "wins"), 0.9).chance
    0.9
    """

    target: Target
    chance: float

    def __post_init__(self) -> None:
        if not 0 < self.chance < 1:
            raise InputError.of(f"{self.chance:g}; give a share above 0% and below 100%", "--chance")


@dataclass(frozen=True)
class Held:
    """The chance of the goal at one value of the input, and the bounds that are vouched for."""

    value: Value
    chance: float
    low: float
    high: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"value": _plain(self.value), "chance": self.chance, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Certificate:
    """What vouches for an answer: the chance at it, and at one step less.

    Parameters
    ----------
    engine : {"exact", "simulate"}
        Exact: bounds are those of the engine's stated error. Simulate: Clopper-Pearson on fresh trials.
    before : Held or None
        None where there is no smaller step.
    trials : int, optional
        Number of fresh trials at each of the two values.
    confidence : float, optional
        With which each bound holds.
    """

    engine: EngineName
    at: Held
    before: Held | None
    trials: int | None = None
    confidence: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "engine": self.engine,
            "trials": self.trials,
            "confidence": self.confidence,
            "at": self.at.as_json(),
            "before": self.before.as_json() if self.before else None,
        }


@dataclass(frozen=True)
class Solution:
    """The answer for rates known or learnt.

    Parameters
    ----------
    answer : int, float or date
        The least value whose chance reaches the goal beyond doubt: its lower bound does.
    estimate : int, float or date
        The least value whose chance reaches the goal by itself; the same as the answer but for the error.
    average : Held or None
        The value at which the mean reaches the target, and its chance: the figure that X / w gives.
    why_simulated : RefusedError, optional
        Why the exact engine did not answer, None if it did or was not asked.
    """

    rates: Rates
    answer: Value
    estimate: Value
    certificate: Certificate
    average: Held | None
    why_simulated: RefusedError | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "rates": self.rates,
            "answer": _plain(self.answer),
            "estimate": _plain(self.estimate),
            "certificate": self.certificate.as_json(),
            "average": self.average.as_json() if self.average else None,
            "why_simulated": str(self.why_simulated or ""),
        }


@dataclass(frozen=True)
class GoalSeek:
    """A goal, the input it is solved for, and the answers: as the case believes last.

    Parameters
    ----------
    seed : int or None
        None if nothing was drawn.
    unreached : str
        Why the goal is out of reach with rates taken as known, where it is and with rates as learnt it is not.
    """

    case: Case
    goal: Goal
    lever: Lever
    solutions: tuple[Solution, ...]
    seed: int | None
    unreached: str = ""

    @property
    def main(self) -> Solution:
        """Return the answer as the case believes: with what was learnt, where anything was."""
        return self.solutions[-1]

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.goal/1`` as plain values."""
        case, target, lever = self.case, self.goal.target, self.lever
        return {
            "schema": SCHEMA,
            "case": case.name,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "goal": {
                "measure": target.measure,
                "amount": target.amount,
                "by": target.by.isoformat() if target.by else None,
                "chance": self.goal.chance,
            },
            "solve": {
                "for": lever.kind,
                "stage": lever.stage or None,
                "besides_open": getattr(lever, "besides", None),
                "amount": getattr(lever, "amount", None) if target.measure == "bookings" else None,
                "group": dict(getattr(lever, "group", {})),
                "input": getattr(lever, "path", None),
                "prospects": getattr(lever, "n", None),
            },
            "answer": _plain(self.main.answer),
            "solutions": [solution.as_json() for solution in self.solutions],
            "unreached": self.unreached,
            "seed": self.seed,
            "config": case.origin.config,
            "config_sha256": case.origin.config_sha256,
            "overrides": list(case.origin.overrides),
            "scenario": case.origin.scenario,
        }


def _plain(value: Value) -> int | float | str:
    return value.isoformat() if isinstance(value, date) else value
