"""Fitted stages in the walk: the next exit by day (model page, M1.2).

One word decides a visit. Its low half says when: the deal leaves on the first day by which the hazards since its entry
add up to more than E = -log(low half). Its high half says by which exit, in the proportions of that day. Where all days
are alike and age alone is the clock, the day is found by a search in hazards added up cell by cell; otherwise cell by
cell, or day by day under a calendar. A closed day adds nothing, and no age.

What a trial believes is one posterior draw and one shock u, and what a deal brings is a stratum, a date and a factor
that keeps its mean: they stand by place in the rows of `Chances.daily`.

A plan without fitted stages has another type, and what is below the doors is not compiled for it.
"""

from __future__ import annotations

from math import exp, floor, log

import numpy as np
from numba import types

from funnelsim.engine.kernel.addresses import VISIT, draw, high_uniform, low_uniform, mix64, uniform
from funnelsim.engine.kernel.compiling import compiled, door
from funnelsim.engine.kernel.plan import LOST, WON
from funnelsim.engine.kernel.recursion import cell_of, factor_of, is_date

DRAW, LOSING, ADVANCING, STRATUM, BOOST, DUE = 0, 1, 2, 3, 4, 5
N_ROWS = 6
CERTAIN = 1000.0  # the hazard of a day that nobody outlasts
_LEAD = np.uint64(0x510E527FADE682D1)  # from the word of a visit to the one for its date
_FOR_EVER = 1e15


def is_fitted(plan):
    """Tell whether the stages of a plan are fitted."""
    return plan.daily is not None


def draw_tables(plan, chances, n):
    """Draw what `n` trials believe: the posterior draw, and the shock on hazards."""


def seat_deal(plan, chances, c, n):
    """Put an open deal of class `c` into all places."""


def seat_newcomers(plan, chances, crowd, kind, m):
    """Give `m` newcomers what their trials believe, and their own stratum; they enter at the start of a day."""


def visit_by_day(plan, chances, flow, place, n, stage, entity, age, is_first, timed_losses):
    """Let the first `n` places draw day and exit, and send them on; return the lowest stage sent to.

    `is_first` says that these are open deals in the stage they stood in at as_of, `age` days old; a newcomer begins
    at age 0 as any deal does that has moved.
    """


@compiled
def _draw_tables(daily, rows, trial, n):
    n_draws, n_shocks = daily.chance.shape[0], len(daily.shock)
    for i in range(n):
        rows[DRAW, i] = floor(uniform(draw(trial[i], daily.draw_key, np.uint64(0))) * n_draws)
        u = daily.shock[int(uniform(draw(trial[i], daily.shock_key, np.uint64(0))) * n_shocks)]
        rows[LOSING, i] = exp(-u)
        rows[ADVANCING, i] = exp(u)


@compiled
def _seat_deal(daily, rows, c, n):
    for i in range(n):
        rows[STRATUM, i] = daily.class_stratum[c]
        rows[BOOST, i] = daily.class_boost[c]
        rows[DUE, i] = daily.class_due[c]


@compiled
def _seat_newcomers(daily, rows_of_trials, crowd, kind, m):
    rows = crowd.chances.daily
    for p in range(m):
        stratum = 0
        for cut in daily.cuts:
            stratum += crowd.amount[p] >= cut
        for row in (DRAW, LOSING, ADVANCING):
            rows[row, p] = rows_of_trials[row, crowd.owner[p]]
        rows[STRATUM, p] = stratum
        rows[BOOST, p] = daily.kind_boost[kind, stratum]
        crowd.flow.day[p] = floor(crowd.flow.day[p])


@compiled
def _visit_by_day(plan, chances, flow, place, n, stage, entity, age, is_first, timed_losses):
    daily, rows = plan.daily, chances.daily
    cells = daily.cells
    is_dated = cells.n_due[stage] > 0
    is_searched = len(daily.upto) > 0 and not is_dated
    first_age, end_day = int(age) if is_first else 0, len(daily.kind_of_day)
    lowest = len(plan.n_exits)
    for j in range(n):
        i = place[j]
        key = chances.trial[i] + entity
        if plan.has_returns:
            key += np.uint64(flow.visits[stage, i]) * VISIT
            flow.visits[stage, i] += 1
        word = mix64(key)
        since = 0 if is_first else int(flow.day[i])
        needed = -log(low_uniform(word))
        if is_searched:
            cell, day = _search(daily, rows, i, stage, first_age, since, needed)
        else:
            due = int(rows[DUE, i]) if is_first else _lead(cells, stage, word)
            cell, day = _step(daily, rows, i, stage, first_age, due, since, needed)
        kind = daily.kind_of_day[int(day)] if day < end_day else 0
        k = _exit_of(daily, rows, i, stage, cell, kind, high_uniform(word))
        flow.exit[j] = k
        flow.v[j] = day
        if not day < end_day:
            continue
        flow.day[i] = day
        to = plan.target[stage, k]
        if to == WON:
            flow.won[flow.n_ended[0]] = i
            flow.n_ended[0] += 1
        elif to == LOST and timed_losses:
            flow.lost[flow.n_ended[1]] = i
            flow.n_ended[1] += 1
        elif to >= 0:
            if to <= stage:
                flow.day[i] = day + 1.0  # a way back waits for the next day
            flow.waiting[to, flow.n_waiting[to]] = i
            flow.n_waiting[to] += 1
            lowest = min(lowest, to)
    if len(flow.path) > flow.n_visits[0]:
        at = flow.n_visits[0]
        flow.path[at, 0], flow.path[at, 1], flow.path[at, 2] = stage, flow.exit[0], flow.v[0]
        flow.n_visits[0] += 1
    return lowest


@compiled
def _lead(cells, stage, word):
    """Draw how many days from its date a deal enters a stage."""
    first, last = cells.lead_start[stage], cells.lead_start[stage + 1]
    return 0 if first == last else cells.lead[first + int(uniform(mix64(word + _LEAD)) * (last - first))]


@compiled
def _search(daily, rows, i, stage, age, since, needed):
    """Return the cell and the day of the exit of a deal that is `age` days old on the morning of day `since`."""
    cells = daily.cells
    r, g = int(rows[DRAW, i]), int(rows[STRATUM, i])
    losing, advancing = rows[LOSING, i], rows[ADVANCING, i] * rows[BOOST, i]
    low, high = cell_of(cells, stage, age, 0), cells.start[stage + 1] - 1
    wanted = (
        needed
        + losing * daily.upto[g, low, r, 0] + daily.upto[g, low, r, 1] + advancing * daily.upto[g, low, r, 2]
        + (age - cells.first_age[low]) * _hazard(daily, rows, i, 0, low)
    )  # fmt: skip
    last = high
    while low < high:
        middle = (low + high + 1) >> 1
        before = (
            losing * daily.upto[g, middle, r, 0] + daily.upto[g, middle, r, 1] + advancing * daily.upto[g, middle, r, 2]
        )
        if before <= wanted:
            low = middle
        else:
            high = middle - 1
    before = losing * daily.upto[g, low, r, 0] + daily.upto[g, low, r, 1] + advancing * daily.upto[g, low, r, 2]
    days = min(floor((wanted - before) / max(_hazard(daily, rows, i, 0, low), 1e-300)), _FOR_EVER)
    if low < last:  # the division may round up to the next cell
        days = min(days, cells.first_age[low + 1] - cells.first_age[low] - 1.0)
    return low, since + max(cells.first_age[low] + days - age, 0.0)


@compiled
def _hazard(daily, rows, i, kind, cell):
    """Return the hazard of one day in a cell, all exits together."""
    r, g = int(rows[DRAW, i]), int(rows[STRATUM, i])
    return (
        rows[LOSING, i] * daily.hazard[g, kind, cell, r, 0]
        + daily.hazard[g, kind, cell, r, 1]
        + rows[ADVANCING, i] * rows[BOOST, i] * daily.hazard[g, kind, cell, r, 2]
    )


@compiled
def _step(daily, rows, i, stage, age, due, since, needed):
    """Return cell and day of the exit, by going from day to day; a day past the end if there is none before it."""
    cells, end_day = daily.cells, len(daily.kind_of_day)
    day, cell = since, cell_of(cells, stage, age, due)
    while day < end_day:
        if daily.kind_of_day[day] < 0:
            day += 1
            continue
        hazard = _hazard(daily, rows, i, daily.kind_of_day[day], cell)
        n_days = _days_alike(cells, stage, cell, age, due) if len(daily.upto) > 0 else 1
        if needed < hazard * n_days:
            return cell, min(day + floor(needed / hazard), day + n_days - 1.0)
        needed -= hazard * n_days
        day += n_days
        age += n_days
        due -= n_days
        cell = cell_of(cells, stage, age, due)
    return cell, float(end_day)


@compiled
def _days_alike(cells, stage, cell, age, due):
    """Return for how many days a deal of a dated stage stays in its cell."""
    if is_date(cells, stage, cell):
        return 1
    n_days = due - cells.first_due[cell] + 1
    following = cell + 1
    if following < cells.start[stage + 1] - 1 and cells.first_due[following] == cells.first_due[cell]:
        n_days = min(n_days, cells.first_age[following] - age)
    return n_days


@compiled
def _exit_of(daily, rows, i, stage, cell, kind, u):
    """Return the exit at `u` of those of one day, from the worst to the best."""
    r, g = int(rows[DRAW, i]), int(rows[STRATUM, i])
    target, n_exits = daily.cells.target, daily.cells.target.shape[1]
    advancing = rows[ADVANCING, i] * rows[BOOST, i]
    everyday = is_date(daily.cells, stage, cell)
    total, best = 0.0, 0
    for e in range(n_exits):
        weight = daily.split[g, cell, r, e] * factor_of(target[stage, e], stage, advancing, rows[LOSING, i])
        total += weight if everyday else weight * daily.multiplier[kind, stage, e]
    upto = 0.0
    for e in range(n_exits):
        weight = daily.split[g, cell, r, e] * factor_of(target[stage, e], stage, advancing, rows[LOSING, i])
        weight *= 1.0 if everyday else daily.multiplier[kind, stage, e]
        upto += weight
        if weight > 0.0:
            best = e
            if u * total < upto:
                break
    return best


# ---- the doors: nothing behind them where a plan has no fitted stages


@door(is_fitted)
def _is_fitted(plan):
    fitted = has_tables(plan)
    return lambda plan: fitted


@door(draw_tables)
def _draw(plan, chances, n):
    if has_tables(plan):
        return lambda plan, chances, n: _draw_tables(plan.daily, chances.daily, chances.trial, n)
    return lambda plan, chances, n: None


@door(seat_deal)
def _seat(plan, chances, c, n):
    if has_tables(plan):
        return lambda plan, chances, c, n: _seat_deal(plan.daily, chances.daily, c, n)
    return lambda plan, chances, c, n: None


@door(seat_newcomers)
def _seat_new(plan, chances, crowd, kind, m):
    if has_tables(plan):
        return lambda plan, chances, crowd, kind, m: _seat_newcomers(plan.daily, chances.daily, crowd, kind, m)
    return lambda plan, chances, crowd, kind, m: None


@door(visit_by_day)
def _visit(plan, chances, flow, place, n, stage, entity, age, is_first, timed_losses):
    if not has_tables(plan):
        return lambda plan, chances, flow, place, n, stage, entity, age, is_first, timed_losses: 0

    def visit(plan, chances, flow, place, n, stage, entity, age, is_first, timed_losses):
        return _visit_by_day(plan, chances, flow, place, n, stage, entity, age, is_first, timed_losses)

    return visit


def has_tables(plan_type) -> bool:
    """Tell whether plans of a numba type have fitted stages."""
    return not isinstance(plan_type.field("daily"), types.NoneType)
