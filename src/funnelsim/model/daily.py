"""Fitted tables: a funnel as daily chances by stage and age, with posterior draws (model page, M1.2).

On each day, at age a = whole days since it entered stage s, a deal takes exit e with chance q[s, a, e]. A deal that
enters a stage ahead meets age 0 of it on the same day; one that moves back, or begins its stage anew, waits for the
next day. An open deal of age a at `as_of` is first exposed on day 0, the day of `as_of`, at age a. On a closed day
nothing moves and no age is counted: what was due on it is due on the next open day.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from math import isfinite, prod

from funnelsim.errors import InputError, Problem
from funnelsim.model.funnel import LOST, WON, is_lost

MAX_FIGURES = 200_000_000
CLOSED = -1
MAX_DRAWS = 100_000
LARGEST_SHOCK = 3.0
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Figures:
    """An array as a word: its shape, and its numbers in order, the last axis fastest.

    Examples
    --------
    >>> Figures.of((2, 2), [1.0, 2.0, 3.0, 4.0]).at(1, 0)
    3.0
    """

    shape: tuple[int, ...]
    values: array[float]

    def __post_init__(self) -> None:
        if prod(self.shape) != len(self.values):
            raise InputError.of(f"{len(self.values):,} figures where {' x '.join(map(str, self.shape))} belong")

    @classmethod
    def of(cls, shape: tuple[int, ...], values: Iterable[float]) -> Figures:
        """Return figures from any numbers."""
        return cls(shape, array("d", values))

    def at(self, *index: int) -> float:
        """Return one figure."""
        place = 0
        for n, i in zip(self.shape, index, strict=True):
            place = place * n + i
        return self.values[place]

    def mean_over(self, n_axes: int) -> list[float]:
        """Return the means over the first `n_axes` axes, the others in order."""
        size = prod(self.shape[n_axes:])
        return [sum(self.values[i::size]) * size / len(self.values) for i in range(size)]

    def range_problem(self, low: float, high: float) -> str:
        """Return what is wrong if any figure is no number or outside `low` to `high`; nothing else."""
        if not self.values:
            return ""
        least, most = min(self.values), max(self.values)
        if not isfinite(sum(self.values)):
            return "holds what is no finite number"
        if least < low or most > high:
            return f"reaches from {least:.6g} to {most:.6g}, beyond {low:g} to {high:g}"
        return ""


@dataclass(frozen=True)
class AgedStage:
    """A stage clocked by age.

    Parameters
    ----------
    exits : tuple of str
        Where they lead: a stage, ``won``, ``lost`` or ``lost/reason``.
    ages : tuple of int
        The first age of every cell, 0 first; the last cell goes on for ever.
    chance : Figures of shape (draw, stratum, cell, exit)
        The chance of each exit on a day.
    """

    name: str
    exits: tuple[str, ...]
    ages: tuple[int, ...]
    chance: Figures

    @property
    def sizes(self) -> tuple[int, int]:
        """Return the numbers of draws and strata."""
        return _first_two(self.chance.shape)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the stage alone."""
        yield from _rising("ages", self.ages, 0)
        if not self.exits or len(set(self.exits)) != len(self.exits):
            yield Problem(("exits",), "name every exit once, and at least one")
        yield from _shape_problem("chance", self.chance, (len(self.ages), len(self.exits)))
        if told := self.chance.range_problem(0.0, 1.0 + _ROUNDING):
            yield Problem(("chance",), f"{told}; a daily chance lies between 0 and 1")
            return
        n = max(len(self.exits), 1)
        columns = [self.chance.values[e::n] for e in range(n)]
        if (largest := max(map(sum, zip(*columns, strict=False)), default=0.0)) > 1.0 + _ROUNDING:
            yield Problem(("chance",), f"the exits of a day add up to {largest:.6g}, above 1")


@dataclass(frozen=True)
class DatedStage:
    """A stage in which deals wait for a date: some are lost on the way, the others are won or lost on the date.

    Parameters
    ----------
    due : tuple of int
        The first number of days to the date of every cell, 1 first; the last cell goes on for ever.
    ages : tuple of int
        The first age of every cell, 0 first.
    loss : Figures of shape (draw, stratum, due cell, age cell)
        The chance of a loss on a day before the date.
    won : Figures of shape (draw, stratum)
        The chance of a win on the date itself; what is not won then is lost.
    leads : tuple of int
        Days to the date of deals that enter the stage, each as likely; empty where none enters.
    """

    name: str
    due: tuple[int, ...]
    ages: tuple[int, ...]
    loss: Figures
    won: Figures
    leads: tuple[int, ...] = ()

    @property
    def exits(self) -> tuple[str, ...]:
        """Return lost and won."""
        return LOST, WON

    @property
    def sizes(self) -> tuple[int, int]:
        """Return the numbers of draws and strata."""
        return _first_two(self.loss.shape)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the stage alone."""
        yield from _rising("due", self.due, 1)
        yield from _rising("ages", self.ages, 0)
        yield from _shape_problem("loss", self.loss, (len(self.due), len(self.ages)))
        if self.won.shape != self.sizes:
            yield Problem(("won",), f"has the shape {self.won.shape}; (draw, stratum) is {self.sizes}")
        for name, figures in (("loss", self.loss), ("won", self.won)):
            if told := figures.range_problem(0.0, 1.0 + _ROUNDING):
                yield Problem((name,), f"{told}; a chance lies between 0 and 1")
        if any(lead < 0 for lead in self.leads):
            yield Problem(("leads",), f"{min(self.leads)} days to the date; give 0 or more")


@dataclass(frozen=True)
class DayKinds:
    """Kinds of days, such as weekdays and holidays, and what each multiplies the daily chances by.

    Parameters
    ----------
    of_day : tuple of int
        The kind of every day from ``as_of`` of the tables on, from 0; `CLOSED` on days on which all clocks stand still.
    factor : dict of str to Figures of shape (kind, exit)
        By stage; a stage left out has factors of 1. In a dated stage they act on losses before the date.
    """

    of_day: tuple[int, ...]
    factor: dict[str, Figures]

    @property
    def n_kinds(self) -> int:
        """Return how many kinds there are."""
        return max(0, *self.of_day) + 1


@dataclass(frozen=True)
class DailyTables:
    """All stages of a fitted funnel in order.

    Parameters
    ----------
    as_of : date
        The day they were fitted as of.
    cuts : tuple of float
        Amounts at which the next stratum begins; none for a single stratum.
    shock : tuple of float
        The law of the hazard shock u as values alike in weight. One u a trial, shared by all deals: hazards of
        advancing and winning times exp(u), of losing times exp(-u), of going back times 1 (M5.2).
    days : DayKinds, optional
        Multipliers of single days.

    Raises
    ------
    InputError
        With every problem: shapes that do not fit, chances outside 0 to 1, exits that lead nowhere.
    """

    as_of: date
    stages: tuple[AgedStage | DatedStage, ...]
    cuts: tuple[float, ...] = ()
    shock: tuple[float, ...] = (0.0,)
    days: DayKinds | None = field(default=None)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of the stages in order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def n_draws(self) -> int:
        """Return the number of posterior draws."""
        return self.stages[0].sizes[0]

    @property
    def n_strata(self) -> int:
        """Return the number of strata of amounts."""
        return len(self.cuts) + 1

    @cached_property
    def closed(self) -> frozenset[date]:
        """Return the closed days."""
        of_day = self.days.of_day if self.days else ()
        return frozenset(self.as_of + timedelta(days=n) for n, kind in enumerate(of_day) if kind == CLOSED)

    def open_days(self, first: date, end: date) -> int:
        """Return how many days from `first` to before `end` are not closed; below 0 where `end` comes first."""
        return (end - first).days - sum(first <= day < end for day in self.closed)

    def stratum_of(self, amount: float) -> int:
        """Return the stratum of an amount."""
        return sum(amount >= cut for cut in self.cuts)

    def _problems(self) -> Iterator[Problem]:
        if not self.stages:
            yield Problem(("stages",), "no stages; there must be at least one")
            return
        if len(set(self.names)) != len(self.names):
            yield Problem(("stages",), f"a stage is named twice among {', '.join(self.names)}")
        for stage in self.stages:
            yield from (problem.under("stages", stage.name) for problem in self._stage_problems(stage))
        if any(not after > before for before, after in pairwise(self.cuts)) or not all(map(isfinite, self.cuts)):
            yield Problem(("cuts",), "amounts that cut strata must be finite and rise")
        if not self.shock or not all(abs(u) <= LARGEST_SHOCK for u in self.shock):
            yield Problem(("shock",), f"give at least one value of u, each within {LARGEST_SHOCK:g} of 0")
        if self.days is not None:
            yield from (problem.under("days") for problem in self._day_problems(self.days))

    def _stage_problems(self, stage: AgedStage | DatedStage) -> Iterator[Problem]:
        yield from stage.problems()
        if stage.sizes != (self.n_draws, self.n_strata):
            wanted = f"{self.n_draws} draws and {self.n_strata} strata"
            yield Problem((), f"has {stage.sizes[0]} draws and {stage.sizes[1]} strata, where there are {wanted}")
        if not 1 <= stage.sizes[0] <= MAX_DRAWS:
            yield Problem((), f"{stage.sizes[0]} draws; give 1 to {MAX_DRAWS:,}")
        for name in stage.exits:
            if name not in {WON, *self.names} and not is_lost(name):
                yield Problem(("exits", name), f"no such stage; the stages are {', '.join(self.names)}")

    def _day_problems(self, days: DayKinds) -> Iterator[Problem]:
        if not days.of_day or min(days.of_day) < CLOSED:
            yield Problem(("of_day",), "number the kinds of days from 0 on, closed days -1, for at least one day")
        exits = {stage.name: stage.exits for stage in self.stages}
        for name, figures in days.factor.items():
            if name not in exits:
                yield Problem(("factor", name), f"no such stage; the stages are {', '.join(self.names)}")
            elif figures.shape != (shape := (days.n_kinds, len(exits[name]))):
                yield Problem(("factor", name), f"has the shape {figures.shape}; (kind, exit) is {shape}")
            elif told := figures.range_problem(0.0, 1e6):
                yield Problem(("factor", name), told)


def _first_two(shape: tuple[int, ...]) -> tuple[int, int]:
    n_draws, n_strata, *_ = (*shape, 0, 0)
    return n_draws, n_strata


def _rising(name: str, first: Sequence[int], start: int) -> Iterator[Problem]:
    if not first or first[0] != start or any(after <= before for before, after in pairwise(first)):
        yield Problem((name,), f"first days of cells must rise from {start}")


def _shape_problem(name: str, figures: Figures, inner: tuple[int, int]) -> Iterator[Problem]:
    if len(figures.shape) != 4 or figures.shape[2:] != inner:
        yield Problem((name,), f"has the shape {figures.shape}; the last two axes must be {inner[0]} and {inner[1]}")
    elif len(figures.values) > MAX_FIGURES:
        yield Problem((name,), f"{len(figures.values):,} figures; keep below {MAX_FIGURES:,}")
