"""Fitted tables, lowered: words of figures become cells, hazards and classes (model page, M1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key
from funnelsim.engine.business import Kind
from funnelsim.engine.classes import Classes
from funnelsim.engine.graph import Graph
from funnelsim.engine.kernel.plan import LOST, WALKS, WON, Cells, Daily
from funnelsim.engine.recursion import Calendar, no_calendar
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case
from funnelsim.model.daily import CLOSED, AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.pipeline import Deal

CERTAIN = 1000.0  # the hazard of a day that nobody outlasts
MOST = 0.985  # what multipliers of days may raise the chance of all exits of a day to
MAX_HAZARDS = 1 << 28
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def array_of(figures: Figures) -> Floats:
    """Return figures as an array of their shape."""
    return np.array(figures.values, float).reshape(figures.shape)


def tables_lowered(
    tables: DailyTables, case: Case, graph: Graph, classes: Classes, standing: Ints, n_kinds: int
) -> Daily:
    """Return the arrays of a case's tables, means not yet held (`engine.recentring` does).

    Parameters
    ----------
    standing : int array (class, [stratum, stage, age, days to the date])
    """
    cells, chance = cells_of(tables, graph.names, graph.target)
    calendar = calendar_of(tables, case, cells, graph.names)
    hazard = _hazards(cells, chance, calendar)
    return Daily(
        cells=cells,
        chance=chance,
        split=np.ascontiguousarray(np.moveaxis(chance, 0, 2)),
        hazard=np.ascontiguousarray(np.moveaxis(hazard, 0, 3)),
        upto=np.ascontiguousarray(np.moveaxis(_added_up(cells, hazard, calendar), 0, 2)),
        multiplier=calendar.multiplier,
        kind_of_day=calendar.kind_of_day,
        shock=np.array(tables.shock, float),
        draw_key=key("fitted", "draw"),
        shock_key=key("fitted", "shock"),
        cuts=np.array([ceil(cut * 100.0 - 1e-6) for cut in tables.cuts], np.int64),
        class_stratum=standing[:, 0].copy(),
        class_due=standing[:, 3].copy(),
        class_boost=np.ones(len(classes.stage)),
        kind_boost=np.ones((n_kinds, tables.n_strata)),
    )


# ---- cells


def cells_of(tables: DailyTables, names: Sequence[tuple[str, ...]], target: Ints) -> tuple[Cells, Floats]:
    """Return the cells of all stages and the daily chances (draw, stratum, cell, exit).

    Parameters
    ----------
    names : per stage, the names of its exits in the order wanted; others have no chance.
    target : int array (stage, exit)
        Where they lead.
    """
    ages, dues, n_due, rows = list[int](), list[int](), list[int](), list[Floats]()
    start, leads, lead_start = [0], list[int](), [0]
    for stage, exits in zip(tables.stages, names, strict=True):
        found = _aged_rows(stage) if isinstance(stage, AgedStage) else _dated_rows(stage)
        row = np.zeros((*found.shape[:3], target.shape[1]))
        for e, name in enumerate(exits):
            if name in stage.exits:
                row[..., e] = found[..., stage.exits.index(name)]
        rows.append(row)
        if isinstance(stage, DatedStage):
            ages += [*(age for _ in stage.due for age in stage.ages), 0]
            dues += [*(due for due in stage.due for _ in stage.ages), 0]
            n_due.append(len(stage.due))
            leads += stage.leads
        else:
            ages += stage.ages
            dues += [0] * len(stage.ages)
            n_due.append(0)
        start.append(len(ages))
        lead_start.append(len(leads))
    ints = [np.array(x, np.int64) for x in (start, ages, n_due, dues, lead_start, leads)]
    return Cells(target, *ints), np.ascontiguousarray(np.concatenate(rows, axis=2))


def _aged_rows(stage: AgedStage) -> Floats:
    return array_of(stage.chance)


def _dated_rows(stage: DatedStage) -> Floats:
    """Return (draw, stratum, cell, [lost, won]): the cells before the date, then the date."""
    loss, won = array_of(stage.loss), array_of(stage.won)
    before = loss.reshape(*loss.shape[:2], -1, 1) * [1.0, 0.0]
    date = np.stack([1.0 - won, won], axis=-1)[:, :, None]
    return np.concatenate([before, date], axis=2)


def calendar_of(tables: DailyTables, case: Case, cells: Cells, names: Sequence[tuple[str, ...]]) -> Calendar:
    """Return the kinds of days over the horizon of the case."""
    n_days = 0 if case.end is None else (case.end - case.as_of).days
    days = tables.days
    if days is None:
        return no_calendar(cells, n_days)
    first = (case.as_of - tables.as_of).days
    of_day = np.array(days.of_day[first : first + n_days], np.int64)
    is_open = of_day != CLOSED
    kinds, of_day[is_open] = np.unique(of_day[is_open], return_inverse=True)
    kinds = kinds if len(kinds) else np.zeros(1, np.int64)
    multiplier = np.ones((len(kinds), *cells.target.shape))
    for s, (stage, exits) in enumerate(zip(tables.stages, names, strict=True)):
        if stage.name not in days.factor:
            continue
        factor = array_of(days.factor[stage.name])[kinds]
        for e, name in enumerate(exits):
            if name in stage.exits:
                multiplier[:, s, e] = factor[:, stage.exits.index(name)]
    return Calendar(multiplier, of_day)


# ---- hazards


def _hazards(cells: Cells, chance: Floats, calendar: Calendar) -> Floats:
    """Return (draw, stratum, kind of day, cell, [losing, back, advancing]): -log(1 - sum q) shared out by q."""
    n_kinds, n_cells = len(calendar.multiplier), chance.shape[2]
    shape = (*chance.shape[:2], n_kinds, n_cells, 3)
    if np.prod(shape) > MAX_HAZARDS:
        raise RefusedError(
            f"{shape[0]} draws, {shape[1]} strata, {n_cells} cells and {n_kinds} kinds of days make too large a table; "
            "fit fewer draws or kinds of days"
        )
    stage = np.repeat(np.arange(len(cells.n_due)), np.diff(cells.start))
    target = cells.target[stage]
    group = np.where(target == LOST, 0, np.where((target == WON) | (target > stage[:, None]), 2, 1))
    is_date = np.zeros(n_cells, bool)
    is_date[cells.start[1:][cells.n_due > 0] - 1] = True
    found, before = np.zeros(shape), chance.sum(axis=3)
    for kind in range(n_kinds):
        factor = np.where(is_date[:, None], 1.0, calendar.multiplier[kind][stage])
        moved = chance * factor
        total = moved.sum(axis=3)
        most = np.minimum(np.maximum(before, MOST), 1.0)
        kept = np.where(total > most, most, total)
        with np.errstate(divide="ignore"):
            hazard = np.minimum(-np.log1p(-np.minimum(kept, 1.0)), CERTAIN)
        share = hazard / np.where(total > 0, total, 1.0)
        for g in range(3):
            found[:, :, kind, :, g] = np.where(group == g, moved, 0.0).sum(axis=3) * share
    return found


def _added_up(cells: Cells, hazard: Floats, calendar: Calendar) -> Floats:
    """Return (draw, stratum, cell, 3): the hazards from age 0 to before the first day of each cell.

    Empty where days are of several kinds, or some are closed: then no sum over ages alone is of use.
    """
    found = np.zeros((*hazard.shape[:2], *hazard.shape[3:]))
    if hazard.shape[2] > 1 or (calendar.kind_of_day == CLOSED).any():
        return np.asarray(found[:, :0])
    for s in np.flatnonzero(cells.n_due == 0):
        low, high = int(cells.start[s]), int(cells.start[s + 1])
        width = np.diff(cells.first_age[low:high])
        found[:, :, low + 1 : high] = np.cumsum(hazard[:, :, 0, low : high - 1] * width[:, None], axis=2)
    return found


# ---- classes


def daily_classes(
    case: Case, deals: Sequence[Deal], kinds: Sequence[Kind], tables: DailyTables
) -> tuple[Classes, Ints]:
    """Return the classes of open deals and kinds, and (class, [stratum, stage, age, days to the date]).

    Ages count begun days: a deal that entered yesterday afternoon is 1 day old.
    """
    stages = {name: i for i, name in enumerate(case.funnel.names)}
    dated = {stage.name for stage in tables.stages if isinstance(stage, DatedStage)}
    known: dict[tuple[int, int, int, int], int] = {}
    of_deal = np.empty(len(deals) + len(kinds), np.int64)
    for d, deal in enumerate([*deals, *(kind.deal for kind in kinds)]):
        due = tables.open_days(case.as_of, deal.expected_close) if deal.expected_close and deal.stage in dated else 0
        where = (tables.stratum_of(deal.amount), stages[deal.stage], ceil(deal.age_days - 1e-9), due)
        of_deal[d] = known.setdefault(where, len(known))
    standing = np.array(list(known), np.int64).reshape(-1, 4)
    n = len(standing)
    found = Classes(
        factors=(("market", ""),),
        tilt=np.zeros(1),
        lane_profile=np.zeros(1, np.int64),
        lane_factor=np.zeros((1, 1), np.int64),
        stage=standing[:, 1].copy(),
        lane=np.zeros(n, np.int64),
        age=standing[:, 2].astype(float),
        fate=np.full(n, WALKS, np.int64),
        of_deal=of_deal,
    )
    return found, standing
