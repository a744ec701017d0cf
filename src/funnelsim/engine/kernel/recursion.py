"""The chance of a fitted deal to end in time: a recursion over stage, age and day (model page, M1.2 and M11).

Let q[s, a, e] be the chance of exit e on a day at age a. Then the chance W_t(s, a) of a deal that stands in s at age a
on the morning of day t to be won before a given day is

    W_t(s, a) = q_won + sum over s' ahead q_s' W_t(s', 0) + sum over s' behind q_s' W_{t+1}(s', 0)
                + (1 - sum q) W_{t+1}(s, a + 1),

and 0 from that day on. A deal that moves ahead meets age 0 of its new stage on the same day; one that moves back, or
begins its stage anew, waits for the next. On a closed day W_t(s, a) = W_{t+1}(s, a). Only the W_t(s, 0) are kept: a
deal grows older by a day a day, so those of any other age are one sum along its diagonal.

A change m of hazards (advancing m_a, losing m_l, back 1) acts on L = -log(1 - sum q), in proportion to q:

    L_e = m_e L q_e / sum q,    q'_e = (1 - exp(-sum L)) L_e / sum L.

Where sum q = 1 nothing remains on either scale and the split alone moves.
"""

from __future__ import annotations

from math import exp, log1p

from funnelsim.engine.kernel.compiling import compiled, entry
from funnelsim.engine.kernel.plan import LOST, WON

MOST = 0.985  # what multipliers of days may raise the chance of all exits of a day to
_GONE = 1e-18


@entry
def end_chances(
    cells, chance, multiplier, kind_of_day, factor, lane_stratum, standing, entering, bounds, outcome,
    first, last, moved, fresh, alive, total, stood, entered,
):  # fmt: skip
    """Fill the chances to end in `outcome` (WON or LOST) before each bound, of draws `first` to `last` - 1.

    Draws go side by side, W at a time: the innermost loops run over draws, which the compiler turns into vectors.

    Sizes: R draws, G strata, N cells, E exits, K kinds of day, H days, M changes of hazards, L lanes (a stratum under a
    change of its own), C standing, A entering, B bounds.

    Parameters
    ----------
    cells : Cells
    chance : array (R, G, N, E)
        Daily chances of the exits.
    multiplier : array (K, S, E)
        On the chances, by kind of day; (1, S, E) of ones for no calendar.
    kind_of_day : int array (H,)
        Below 0 for a closed day.
    factor : array (R, M, L, 2)
        Factors on the hazards of [advancing, losing].
    lane_stratum : int array (L,)
    standing : int array (C, [lane, stage, age, days to the date])
        Open deals on the morning of day 0; the last is read in dated stages only.
    entering : int array (A, [lane, stage, first day, number of days])
        New deals that enter at age 0 on one of these days, each day as likely.
    bounds : int array (B,)
        Whole days, at most H; an end on day d is before d + 1.
    moved, fresh, alive, total : arrays (K, N, E + 1, W), (B, S, H + 1, W), (W,), (W,)
        Scratch; B is enough in any case.
    stood, entered : arrays (R, M, C, B), (R, M, A, B)
        Filled.
    """
    horizon, width = len(kind_of_day), moved.shape[3]
    is_stationary = multiplier.shape[0] == 1 and not has_closed(kind_of_day)
    for r in range(first, last, width):
        n = min(width, last - r)
        for m in range(factor.shape[1]):
            for lane in range(len(lane_stratum)):
                for stage in range(len(cells.n_due)):
                    oldest = horizon + _oldest(standing, lane, stage)
                    _move(cells, stage, oldest, chance[r : r + n, lane_stratum[lane]], multiplier,
                          factor[r : r + n, m, lane], moved)  # fmt: skip
                lowest = _lowest_stage(cells, lane, standing, entering)
                if is_stationary:  # what is left of the time says all: one bound answers the others
                    _fill_fresh(cells, moved, kind_of_day, lowest, 0, horizon, outcome, fresh, n, alive, total)
                else:
                    for b in range(len(bounds)):
                        _fill_fresh(cells, moved, kind_of_day, lowest, b, bounds[b], outcome, fresh, n, alive, total)
                for b in range(len(bounds)):
                    row, shift = (0, horizon - bounds[b]) if is_stationary else (b, 0)
                    for c in range(len(standing)):
                        if standing[c, 0] == lane:
                            _clear(total, n)
                            _add_diagonal(
                                cells, moved, kind_of_day, standing[c, 1], standing[c, 2], standing[c, 3], 0, bounds[b],
                                outcome, fresh, row, shift, n, alive, total,
                            )  # fmt: skip
                            for v in range(n):
                                stood[r + v, m, c, b] = total[v]
                    for a in range(len(entering)):
                        if entering[a, 0] == lane:
                            _clear(total, n)
                            begin = entering[a, 2]
                            for day in range(begin, min(begin + entering[a, 3], bounds[b])):
                                for v in range(n):
                                    total[v] += fresh[row, entering[a, 1], day + shift, v]
                            for v in range(n):
                                entered[r + v, m, a, b] = total[v] / entering[a, 3]


@compiled
def has_closed(kind_of_day):
    """Tell whether any day is closed."""
    n_closed = 0
    for kind in kind_of_day:
        n_closed += kind < 0
    return n_closed > 0


@compiled
def _clear(values, n):
    for v in range(n):
        values[v] = 0.0


@compiled
def _oldest(standing, lane, stage):
    """Return the age of the oldest deal of a lane in a stage; 0 for none."""
    age = 0
    for c in range(len(standing)):
        if standing[c, 0] == lane and standing[c, 1] == stage:
            age = max(age, standing[c, 2])
    return age


@compiled
def _move(cells, stage, oldest, chance, multiplier, factor, moved):
    """Write a stage's chances of every kind of day with hazards times these factors, then the chance to stay.

    Cells that begin beyond the age `oldest` are left out: nobody comes there.
    """
    n_exits = cells.target.shape[1]
    for kind in range(multiplier.shape[0]):
        for cell in range(cells.start[stage], cells.start[stage + 1]):
            if cells.first_age[cell] > oldest:
                continue
            is_timed = not is_date(cells, stage, cell)
            for v in range(len(chance)):
                exits = moved[kind, cell, :, v]
                before, total = 0.0, 0.0
                for e in range(n_exits):
                    before += chance[v, cell, e]
                    exits[e] = chance[v, cell, e]
                    if is_timed:
                        exits[e] *= multiplier[kind, stage, e]
                    total += exits[e]
                most = min(max(before, MOST), 1.0)
                if total > most:
                    for e in range(n_exits):
                        exits[e] *= most / total
                    total = most
                if total > 0.0 and not (factor[v, 0] == 1.0 and factor[v, 1] == 1.0):
                    _scale_hazards(cells, stage, exits, total, factor[v, 0], factor[v, 1])
                out = 0.0
                for e in range(n_exits):
                    out += exits[e]
                exits[n_exits] = max(1.0 - out, 0.0)


@compiled
def is_date(cells, stage, cell):
    """Tell whether a cell is the date itself of a dated stage."""
    return cells.n_due[stage] > 0 and cell == cells.start[stage + 1] - 1


@compiled
def _scale_hazards(cells, stage, exits, total, advancing, losing):
    """Change exits of chance `total` together, in place."""
    n_exits, weight = cells.target.shape[1], 0.0
    for e in range(n_exits):
        exits[e] *= factor_of(cells.target[stage, e], stage, advancing, losing)
        weight += exits[e]
    left = 0.0 if total >= 1.0 else exp(log1p(-total) * weight / total)
    for e in range(n_exits):
        exits[e] *= (1.0 - left) / weight


@compiled
def factor_of(target, stage, advancing, losing):
    """Return the factor on the hazard of an exit: winning counts as advancing, and a way back is left alone."""
    if target == WON or target > stage:
        return advancing
    return losing if target == LOST else 1.0


@compiled
def _lowest_stage(cells, lane, standing, entering):
    """Return the lowest stage that a deal of this lane may enter."""
    n_stages = len(cells.n_due)
    for stage in range(n_stages):
        for e in range(cells.target.shape[1]):
            if 0 <= cells.target[stage, e] <= stage:
                return 0
    lowest = n_stages
    for c in range(len(standing)):
        if standing[c, 0] == lane:
            lowest = min(lowest, standing[c, 1] + 1)
    for a in range(len(entering)):
        if entering[a, 0] == lane:
            lowest = min(lowest, entering[a, 1])
    return lowest


@compiled
def _fill_fresh(cells, moved, kind_of_day, lowest, row, bound, outcome, fresh, n, alive, total):
    """Fill fresh[row, stage, day]: the chance of a deal that enters a stage on a day to end before the bound."""
    n_stages = len(cells.n_due)
    for stage in range(lowest, n_stages):
        for day in range(bound, fresh.shape[2]):
            _clear(fresh[row, stage, day], n)
    for day in range(bound - 1, -1, -1):
        for stage in range(n_stages - 1, lowest - 1, -1):
            _clear(total, n)
            n_leads = 1
            if cells.n_due[stage] == 0:
                _add_diagonal(
                    cells, moved, kind_of_day, stage, 0, 0, day, bound, outcome, fresh, row, 0, n, alive, total
                )
            else:
                n_leads = max(cells.lead_start[stage + 1] - cells.lead_start[stage], 1)
                for lead in range(cells.lead_start[stage], cells.lead_start[stage + 1]):
                    _add_diagonal(
                        cells, moved, kind_of_day, stage, 0, cells.lead[lead], day, bound, outcome, fresh, row, 0, n,
                        alive, total,
                    )  # fmt: skip
            for v in range(n):
                fresh[row, stage, day, v] = total[v] / n_leads


@compiled
def _add_diagonal(
    cells, moved, kind_of_day, stage, age, due, day, bound, outcome, fresh, row, shift, n, alive, total
):  # fmt: skip
    """Add the chances of a deal in a stage on the morning of `day` to end before the bound.

    Those that go on have fresh[row, stage, day + shift].
    """
    n_exits = cells.target.shape[1]
    is_dated = cells.n_due[stage] > 0
    cell = cell_of(cells, stage, age, due)
    end = cells.start[stage + 1]
    for v in range(n):
        alive[v] = 1.0
    while day < bound:
        kind = kind_of_day[day]
        if kind < 0:
            day += 1
            continue
        now = moved[kind, cell]
        for e in range(n_exits):
            to = cells.target[stage, e]
            if to == outcome:
                for v in range(n):
                    total[v] += alive[v] * now[e, v]
            elif to >= 0:
                ahead = fresh[row, to, day + shift + (0 if to > stage else 1)]
                for v in range(n):
                    total[v] += alive[v] * now[e, v] * ahead[v]
        most = 0.0
        for v in range(n):
            alive[v] *= now[n_exits, v]
            most = max(most, alive[v])
        if most < _GONE:
            break
        day += 1
        age += 1
        due -= 1
        if is_dated:
            cell = cell_of(cells, stage, age, due)
        elif cell + 1 < end and cells.first_age[cell + 1] <= age:
            cell += 1


@entry
def cell_of(cells, stage, age, due):
    """Return the cell of a deal in a stage, `due` days before its date where the stage has one."""
    low, high, step = cells.start[stage], cells.start[stage + 1], 1
    if cells.n_due[stage] > 0:
        if due <= 0:
            return high - 1
        step = (high - 1 - low) // cells.n_due[stage]
        row = _last_not_above(cells.first_due, low, cells.n_due[stage], step, due)
        low += row * step
        high = low + step
    return low + _last_not_above(cells.first_age, low, high - low, 1, age)


@compiled
def _last_not_above(values, start, n, step, x):
    """Return the number of the last of `n` rising values, `step` apart in their array, that is not above x."""
    low, high = 0, n - 1
    while low < high:
        middle = (low + high + 1) >> 1
        if values[start + middle * step] <= x:
            low = middle
        else:
            high = middle - 1
    return low
