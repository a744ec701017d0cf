"""Fitted tables with other odds: on every day of a stage the odds of going on against all else move alike (M1.3).

How many deals leave on a day stays what it was, and so does the law of the stay; what moves is by which exit they
leave. With m_a the share of new deals that leave at age a and s_a the share of these that goes on,

    c(x) = sum_a m_a expit(logit s_a + x)

is the conversion at a shift of x in log odds. In a stage that waits for a date the odds on the date move.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import exp, log

from funnelsim.errors import InputError
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.funnel import WON
from funnelsim.model.implied import share_on_date, shares_by_cell

_CLOSE = 1e-12
_ROUNDS = 500


@dataclass(frozen=True)
class Split:
    """New deals that leave a stage alike: what share of all they are, and their chances to go on and to do else."""

    share: float
    onward: float
    rest: float

    def going_on(self, shift: float) -> float:
        """Return the share that goes on at a shift of the log odds."""
        return self.share * moved(self.onward, self.rest, exp(shift)) / (self.onward + self.rest)


def moved(onward: float, rest: float, odds: float) -> float:
    """Return what of `onward` + `rest` goes on if the odds of it are multiplied; one that is 0 stays 0.

    Examples
    --------
    >>> moved(0.1, 0.1, 3.0)
    0.15000000000000002
    """
    total = onward * odds + rest
    return (onward + rest) * (onward * odds / total) if total > 0 else 0.0


def splits(tables: DailyTables, number: int) -> list[Split]:
    """Return how the new deals of a stage leave it, by cell, draw and stratum; the mean table says how many."""
    stage = tables.stages[number]
    return list(_dated_splits(stage) if isinstance(stage, DatedStage) else _aged_splits(tables, stage, number))


def conversion_of(tables: DailyTables, number: int, shift: float = 0.0) -> float:
    """Return the share of the new deals of a stage that goes on, as `implied_funnel` has it, at a shift in log odds."""
    return sum(split.going_on(shift) for split in splits(tables, number))


def reach_of(tables: DailyTables, number: int) -> tuple[float, float]:
    """Return between which bounds the conversion of a stage can be moved: some days may know one way out alone."""
    found = splits(tables, number)
    return sum(s.share for s in found if not s.rest > 0), sum(s.share for s in found if s.onward > 0)


def shift_to(tables: DailyTables, number: int, conversion: float) -> float:
    """Return by how much the log odds of a stage must move for a conversion.

    The log odds of c(x) rise by x at most, since s (1 - s) is concave, so steps of what is missing come near and
    never overshoot.

    Raises
    ------
    InputError
        If the conversion is out of reach.
    """
    found, (low, high) = splits(tables, number), reach_of(tables, number)
    if not low < conversion < high:
        name = tables.names[number]
        raise InputError.of(
            f"the tables of '{name}' reach conversions from {low:.4g} to {high:.4g}, not {conversion:g}"
        )
    shift = 0.0
    for _ in range(_ROUNDS):
        step = _log_odds(conversion) - _log_odds(sum(split.going_on(shift) for split in found))
        shift += step
        if abs(step) < _CLOSE:
            break
    return shift


def tilted(tables: DailyTables, numbers: Iterable[int], shift: float) -> DailyTables:
    """Return the tables with the log odds of some stages moved.

    Examples
    --------
    >>> from datetime import date
    >>> stage = AgedStage("offer", ("won", "lost"), (0,), Figures.of((1, 1, 1, 2), [0.03, 0.01]))
    >>> round(conversion_of(tilted(DailyTables(date(2026, 1, 1), (stage,)), [0], -log(3.0)), 0), 12)
    0.5
    """
    stages = list(tables.stages)
    for number in numbers:
        stage = stages[number]
        if isinstance(stage, DatedStage):
            won = [moved(p, 1.0 - p, exp(shift)) for p in stage.won.values]
            stages[number] = replace(stage, won=Figures.of(stage.won.shape, won))
        else:
            stages[number] = _tilted_days(tables, stage, number, exp(shift))
    return replace(tables, stages=tuple(stages))


def _tilted_days(tables: DailyTables, stage: AgedStage, number: int, odds: float) -> AgedStage:
    ahead, values = _ahead(tables, number), stage.chance.values[:]
    n = len(ahead)
    for low in range(0, len(values), n):
        q = values[low : low + n]
        onward, rest = _two(q, ahead)
        after = moved(onward, rest, odds)
        up, down = (after / onward if onward > 0 else 1.0), (onward + rest - after) / rest if rest > 0 else 1.0
        for e in range(n):
            values[low + e] = q[e] * (up if ahead[e] else down)
    return replace(stage, chance=Figures(stage.chance.shape, values))


def _aged_splits(tables: DailyTables, stage: AgedStage, number: int) -> Iterator[Split]:
    ahead = _ahead(tables, number)
    n, values, leaving = len(ahead), stage.chance.values, shares_by_cell(stage)
    tables_of_all = range(0, len(values), n * len(stage.ages))
    for cell, share in enumerate(leaving):
        pairs = [_two(values[low + cell * n : low + (cell + 1) * n], ahead) for low in tables_of_all]
        total = sum(onward + rest for onward, rest in pairs)
        yield from (Split(share * (a + b) / total, a, b) for a, b in pairs if a + b > 0)


def _dated_splits(stage: DatedStage) -> Iterator[Split]:
    reached, n = share_on_date(stage), len(stage.won.values)
    yield Split(1.0 - reached, 0.0, 1.0)
    yield from (Split(reached / n, p, 1.0 - p) for p in stage.won.values)


def _ahead(tables: DailyTables, number: int) -> list[bool]:
    names = {WON, *tables.names[number + 1 :]}
    return [name in names for name in tables.stages[number].exits]


def _two(chances: Iterable[float], ahead: list[bool]) -> tuple[float, float]:
    onward = rest = 0.0
    for chance, is_onward in zip(chances, ahead, strict=True):
        onward, rest = (onward + chance, rest) if is_onward else (onward, rest + chance)
    return onward, rest


def _log_odds(p: float) -> float:
    return log(p) - log(1.0 - p) if 0 < p < 1 else (40.0 if p >= 1 else -40.0)
