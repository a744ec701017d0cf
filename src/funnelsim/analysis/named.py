"""Any input of a config to solve for, and the last day on which new prospects still do (model page, M15)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from funnelsim.analysis.levers import Lever
from funnelsim.analysis.method import Method, chance_of, mean_toward
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.law import Fixed
from funnelsim.model.sources import Entry, Source

N_STEPS = 1000
TRIALS = 2000
SAME = 1e-6  # of a chance or a mean
_BETWEEN = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(\D*?)\s*:\s*(-?\d+(?:\.\d+)?)\s*(\D*?)\s*\Z")


@dataclass(frozen=True)
class Range:
    """From where to where an input may go, in the words of the config: ``5 d:60 d``, ``10%:50%``, ``0.1:0.3``.

    Examples
    --------
    >>> Range.read("5 d : 60 d").at(0.5)
    '32.5 d'
    """

    low: float
    high: float
    suffix: str = ""

    @classmethod
    def read(cls, text: str) -> Range:
        """Return the range a text states.

        Raises
        ------
        InputError
            If it is no range, its ends differ in unit, or it does not rise.
        """
        found = _BETWEEN.match(text)
        if found is None:
            raise InputError.of(f"'{text}' is no range; write FROM:TO, such as 10%:50% or 5 d:60 d", "--between")
        low, first, high, second = found.groups()
        if first != second:
            raise InputError.of(f"'{text}' begins in '{first}' and ends in '{second}'; write one unit", "--between")
        if not float(low) < float(high):
            raise InputError.of(f"'{text}' does not rise; write the smaller end first", "--between")
        return cls(float(low), float(high), first)

    def at(self, share: float) -> str:
        """Return the value at a share of the way, as a config states it."""
        value = f"{self.low + share * (self.high - self.low):.10g}"
        return f"{value}{'' if self.suffix == '%' else ' '}{self.suffix}".strip()


@dataclass(frozen=True)
class Setting(Lever):
    """An input of the config by its path, in thousandths of a range; a smaller one is less favourable, or a larger one.

    Parameters
    ----------
    make : callable
        From a value in the words of the config to the case with it.
    falls : bool
        Whether the target is reached less often the larger the input is.
    """

    path: str
    between: Range
    make: Callable[[str], Case]
    falls: bool = False
    kind = "input"
    stage = ""

    @classmethod
    def of(cls, case: Case, path: str, between: Range, make: Callable[[str], Case]) -> Setting:
        """Return the lever, its direction told by the chance at both ends, or else by the mean."""
        rising = cls(path, between, make)
        low, high = (_chance_and_mean(rising.put(case, step)) for step in (0, N_STEPS))
        rises = [b - a for a, b in zip(low, high, strict=True) if abs(b - a) > SAME * max(abs(a), abs(b))]
        if not rises:
            ends = f"between {between.at(0)} and {between.at(1)}"
            raise InputError.of(f"'{path}' does not move the target {ends}; solve for another input", "--solve")
        return replace(rising, falls=rises[0] < 0)

    @property
    def last(self) -> int:
        """Return the number of the most favourable end."""
        return N_STEPS

    def value(self, step: int) -> str:
        """Return the value, as the config states it."""
        share = step / N_STEPS
        return self.between.at(1.0 - share if self.falls else share)

    def put(self, case: Case, step: int) -> Case:
        """Return the case of the config with the value, with what `case` believes and the target it states."""
        made, about = self.make(self.value(step)), {belief.about for belief in case.beliefs}
        beliefs = tuple(belief for belief in made.beliefs if belief.about in about)
        correlations = tuple(c for c in made.correlations if set(c.between) <= about)
        return replace(made, targets=case.targets, groups=case.groups, beliefs=beliefs, correlations=correlations)


@dataclass(frozen=True)
class EntryDay(Lever):
    """The day on which `n` prospects enter a stage besides all there is; a later day is less favourable."""

    stage: str
    n: int
    amount: float
    as_of: date
    due: date
    group: Mapping[str, Any] = field(default_factory=dict)
    kind = "latest"

    @property
    def last(self) -> int:
        """Return the step of the day of the forecast."""
        return (self.due - self.as_of).days

    def value(self, step: int) -> date:
        """Return the day; step 0 is the day the target is due."""
        return self.due - timedelta(days=step)

    def put(self, case: Case, step: int) -> Case:
        """Return the case with the prospects entering on the day."""
        name = "prospects"
        while any(source.name == name for source in case.sources):
            name += "+"
        entry = Entry(self.stage, Fixed(self.amount))
        group = {axis: value for axis, value in self.group.items() if axis in {"owner", "segment"}}
        cohort = Source(name, entry, cohort=self.n, since=self.value(step), **group)
        return replace(case, sources=(*case.sources, cohort))

    def n_deals(self, case: Case, step: int) -> int:
        """Return the number of prospects and open deals."""
        return len(case.pipeline) + self.n


def _chance_and_mean(case: Case) -> tuple[float, float]:
    try:
        result = Method("exact").answer(case)
    except RefusedError:
        result = Method("simulate", TRIALS, case.seed or 0).answer(case)
    return chance_of(result, case.targets[0]), mean_toward(result, case.targets[0])
