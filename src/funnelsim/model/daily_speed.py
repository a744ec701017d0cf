"""Fitted tables in another time: every stay is so many times as long (M1.3).

With L(a) the hazard of all exits added up to age a, a day at age a of the slower stage covers the ages a / f to
(a + 1) / f of the old one, and a deal outlasts it with chance exp(L(a / f) - L((a + 1) / f)). So a stay is longer than
f a days with the chance that it was longer than a, and every exit keeps its share. In a stage that waits for a date the
days to the date grow with the stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil, floor

from funnelsim.model.case import Case
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.implied import implied_funnel
from funnelsim.model.pipeline import Deal, Pipeline

_ROUNDING = 1e-9
Part = tuple[int, float]  # a cell, and how many of its days


def slower_case(case: Case, tables: DailyTables, factor: float, numbers: Sequence[int] | None = None) -> Case:
    """Return a fitted case whose stays are `factor` times as long, in all stages or in some.

    Open deals keep their age, and those that wait for a date wait so many times as long.
    """
    slow = slower_tables(tables, range(len(tables.stages)) if numbers is None else numbers, factor)
    moved = {slow.names[number] for number in (range(len(slow.stages)) if numbers is None else numbers)}
    dated = {stage.name for stage in slow.stages if isinstance(stage, DatedStage)} & moved
    deals = tuple(_later(case, deal, factor) if deal.stage in dated else deal for deal in case.pipeline.deals)
    return replace(case, fitted=slow, funnel=implied_funnel(slow), pipeline=Pipeline(deals))


def slower_tables(tables: DailyTables, numbers: Sequence[int], factor: float) -> DailyTables:
    """Return the tables with the stays of some stages `factor` times as long.

    Examples
    --------
    >>> from datetime import date
    >>> stage = AgedStage("offer", ("won", "lost"), (0, 3), Figures.of((1, 1, 2, 2), [0.19, 0.0, 0.0, 0.36]))
    >>> slow = slower_tables(DailyTables(date(2026, 1, 1), (stage,)), [0], 2.0).stages[0]
    >>> slow.ages, [round(q, 12) for q in slow.chance.values]
    ((0, 6), [0.1, 0.0, 0.0, 0.2])
    """
    stages = list(tables.stages)
    for number in numbers:
        stage = stages[number]
        stages[number] = _slower_dated(stage, factor) if isinstance(stage, DatedStage) else _slower(stage, factor)
    return replace(tables, stages=tuple(stages))


def _later(case: Case, deal: Deal, factor: float) -> Deal:
    if deal.expected_close is None:
        return deal
    days = round(factor * (deal.expected_close - case.as_of).days)
    return deal._replace(expected_close=case.as_of + timedelta(days=days))


def _slower(stage: AgedStage, factor: float) -> AgedStage:
    ages = _first_days(stage.ages, factor)
    parts = [_parts(stage.ages, age, factor) for age in ages]
    n, n_cells = len(stage.exits), len(stage.ages)
    values = list[float]()
    for low in range(0, len(stage.chance.values), n * n_cells):
        table = stage.chance.values[low : low + n * n_cells]
        for of_day in parts:
            values += _day([(table[c * n : (c + 1) * n], days) for c, days in of_day], n)
    shape = (*stage.chance.shape[:2], len(ages), n)
    return replace(stage, ages=tuple(ages), chance=Figures.of(shape, values))


def _first_days(ages: Sequence[int], factor: float) -> list[int]:
    """Return the ages at which what a day is made of changes: where a cell begins, and the day that sees it begin."""
    ends = [_whole(factor * age) for age in ages]
    return sorted({floor(end) for end in ends} | {ceil(end) for end in ends})


def _parts(ages: Sequence[int], age: int, factor: float) -> list[Part]:
    """Return which cells a day at a new age covers, and how many of their days."""
    low, high = _whole(age / factor), _whole((age + 1) / factor)
    ends = [*ages[1:], high + 1.0]
    covered = [(c, min(high, end) - max(low, first)) for c, (first, end) in enumerate(zip(ages, ends, strict=True))]
    return [(c, days) for c, days in covered if days > 0]


def _day(parts: Sequence[tuple[Sequence[float], float]], n_exits: int) -> list[float]:
    """Return the chances of a day that is made of parts of others, one after the other."""
    found, alive = [0.0] * n_exits, 1.0
    for q, days in parts:
        total = min(sum(q), 1.0)
        if total > 0:
            stays = (1.0 - total) ** days
            for e in range(n_exits):
                found[e] += alive * (1.0 - stays) * q[e] / total
            alive *= stays
    return found


def _slower_dated(stage: DatedStage, factor: float) -> DatedStage:
    """Return a dated stage in another time, to the day: a new day has the hazard of the old one at its middle."""
    ages, dues = _middles(stage.ages, factor), _middles([due - 1 for due in stage.due], factor)
    n_due, n_age = len(stage.due), len(stage.ages)
    values = list[float]()
    for low in range(0, len(stage.loss.values), n_due * n_age):
        for row in dues.values():
            values += [_lost(stage.loss.values[low + row * n_age + column], factor) for column in ages.values()]
    loss = Figures.of((*stage.loss.shape[:2], len(dues), len(ages)), values)
    leads = tuple(round(factor * lead) for lead in stage.leads)
    return replace(stage, ages=tuple(ages), due=tuple(due + 1 for due in dues), loss=loss, leads=leads)


def _middles(first: Sequence[int], factor: float) -> dict[int, int]:
    """Return the first day of every cell in the new time, and which cell it is; the last of those on one day."""
    return {max(ceil(factor * age - 0.5 - _ROUNDING), 0): cell for cell, age in enumerate(first)}


def _lost(chance: float, factor: float) -> float:
    return float(1.0 - (1.0 - chance) ** (1.0 / factor))


def _whole(x: float) -> float:
    """Return a number, a whole one where only rounding is in between."""
    return float(round(x)) if abs(x - round(x)) < _ROUNDING * max(abs(x), 1.0) else x
