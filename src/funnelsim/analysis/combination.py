"""Cases of one company added trial by trial: new business, renewals, regions (model page, M10).

Cases that were run with the same seed read the same draws of the market, so their good and bad futures are the same
futures, and the sum in trial m is what the company would see in it. A sum of commits is no commit of the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.answer import summarise
from funnelsim.analysis.forecast import Summary
from funnelsim.errors import InputError, Problem

SCHEMA = "funnelsim.combination/1"
TOTAL = "total"
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """A run with its trials.

    Parameters
    ----------
    setting : mapping
        What must be the same in all parts: currency, unit, as_of, timezone, seed, trials, periods, horizon end.
    booked : float
        Signed before the day of the forecast, in the unit; it is in no trial, and counts toward a target.
    sha256 : str
        Of the figures of the run; it tells runs apart.
    values : mapping of (measure, label) to int array (trial,)
        Hundredths of the unit for money; the label is a period's or ``total``.
    """

    name: str
    setting: Mapping[str, Any]
    values: Mapping[tuple[str, str], Ints]
    booked: float = 0.0
    sha256: str = ""


@dataclass(frozen=True)
class Sum:
    """A measure in a period, or in total: of all parts together, and of each alone."""

    measure: str
    label: str
    together: Summary
    alone: tuple[Summary, ...]

    @property
    def commits_added(self) -> float:
        """Return the sum of the parts' commits, which is no commit of the sum."""
        return sum(one.commit for one in self.alone)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        alone = [one.as_json() for one in self.alone]
        return {"measure": self.measure, "label": self.label, "together": self.together.as_json(), "alone": alone}


@dataclass(frozen=True)
class Combination:
    """What several cases bring together.

    Parameters
    ----------
    correlation : float array (part, part)
        Of the total bookings of the parts, over trials; nan where one does not vary.
    chance : float, optional
        Of reaching `target` with the total bookings of all parts, what is booked counted in.
    """

    names: tuple[str, ...]
    setting: Mapping[str, Any]
    sums: tuple[Sum, ...]
    correlation: npt.NDArray[np.float64]
    booked: float = 0.0
    target: float | None = None
    chance: float | None = None

    def sum_of(self, measure: str, label: str = TOTAL) -> Sum:
        """Return the sum of a measure in a period, or in total."""
        return next(one for one in self.sums if (one.measure, one.label) == (measure, label))

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.combination/1``."""
        return {
            "schema": SCHEMA,
            "parts": list(self.names),
            **dict(self.setting),
            "sums": [one.as_json() for one in self.sums],
            "correlation": [[None if x != x else float(x) for x in row] for row in self.correlation],  # noqa: PLR0124
            "booked": self.booked,
            "target": self.target,
            "chance": self.chance,
        }


def combine(parts: Sequence[Part], target: float | None = None) -> Combination:
    """Add runs trial by trial.

    Parameters
    ----------
    parts : sequence of Part
        Two or more, of the same seed, trials, currency, unit, day and periods.
    target : float, optional
        Of total bookings, in the unit; what is booked already counts toward it.

    Raises
    ------
    InputError
        With everything in which the parts differ.
    """
    _check(parts)
    shared = [key for key in parts[0].values if all(key in part.values for part in parts)]
    sums = tuple(_sum(measure, label, parts) for measure, label in shared)
    bookings = np.array([part.values["bookings", TOTAL] for part in parts], dtype=float)
    varies = bookings.std(axis=1) > 0
    correlation = np.full((len(parts), len(parts)), np.nan)
    if varies.any():
        correlation[np.ix_(varies, varies)] = np.corrcoef(bookings[varies]).reshape(varies.sum(), varies.sum())
    booked = sum(part.booked for part in parts)
    reached = bookings.sum(axis=0) >= np.round(100 * (target - booked)) if target is not None else None
    return Combination(
        tuple(part.name for part in parts), parts[0].setting, sums, correlation, booked, target,
        None if reached is None else float(reached.mean()),
    )  # fmt: skip


def _sum(measure: str, label: str, parts: Sequence[Part]) -> Sum:
    values = [part.values[measure, label] for part in parts]
    return Sum(
        measure, label, summarise(sum(values[1:], values[0]), measure), tuple(summarise(v, measure) for v in values)
    )


def _check(parts: Sequence[Part]) -> None:
    if len(parts) < 2:
        raise InputError.of("one run alone adds up to nothing new; give two or more")
    first = parts[0]
    problems = [
        Problem((), f"{name} is {part.setting[name]}, and {wanted} in {first.name}; run both with the same", part.name)
        for part in parts[1:]
        for name, wanted in first.setting.items()
        if part.setting[name] != wanted
    ]
    known: dict[str, str] = {}
    for part in parts:
        if part.sha256 and part.sha256 in known:
            problems.append(Problem((), f"the same forecast as {known[part.sha256]}; give each once", part.name))
        known[part.sha256] = part.name
    if problems:
        raise InputError(problems)
