"""When a deal's win, or the money of its one instalment, comes: chances per class, and per arrival of new deals.

A straight funnel's day of win is a sum of stays. Its payment adds one more stay, the lag, and then waits for the next
day on which customers pay: what falls due before the day after the last payment day before an end is received before
that end. An arrival enters uniformly over its days, so its chance is the mean of the fresh deal's over that window.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.clock import Lattice, linear_clock
from funnelsim.engine.exact.outcomes import Clocks
from funnelsim.engine.laws import Curve
from funnelsim.engine.program import Program

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def due_ends(program: Program, ends: Floats) -> Floats:
    """Return, for each end of a bin, the day before which money must be due to be received before that end."""
    payment, case = program.case.payment, program.case
    if payment is None or not payment.pays_on:
        return ends
    found = []
    for end in ends:
        day = int(end) - 1
        while day >= 0 and not payment.pays_at(case.as_of + timedelta(days=day)):
            day -= 1
        found.append(day + 1.0)
    return np.array(found)


def straight_days(
    program: Program, clocks: Clocks, classes: Ints, lattice: Lattice, ends: Floats, *, pays: bool
) -> Floats:
    """Return (class, clock, end): P(the win, or with `pays` its money falling due, comes before the end | won)."""
    plan = program.arrays
    curves = [program.curves[plan.row[stage, k]] for stage, k in enumerate(plan.n_exits - 1)]
    lag: list[Curve] = [program.curves[plan.business.instalments.lag_row[0]]] if pays else []
    wanted = [(int(plan.class_stage[c]), float(plan.class_age[c])) for c in classes]
    found = np.empty((len(wanted), len(clocks.stretch), len(ends)))
    for i, (scale, stretch) in enumerate(zip(clocks.scale, clocks.stretch, strict=True)):
        scales = np.append(scale, [1.0] * len(lag))
        found[:, i] = linear_clock([*curves, *lag], wanted, scales, float(stretch), lattice, ends)
    return found


def arrival_days(
    program: Program, clocks: Clocks, classes: Ints, lattice: Lattice, ends: Floats, *, pays: bool
) -> Floats:
    """Return (arrival, clock, end): the chance of a fresh deal before each end, averaged over the arrival's days.

    `classes` are those under which each arrival's deals begin.
    """
    arrivals = program.arrays.business.arrivals
    unique, where = np.unique(classes, return_inverse=True)
    fresh = straight_days(program, clocks, unique, lattice, lattice.days, pays=pays)
    area = np.concatenate(
        [np.zeros((*fresh.shape[:2], 1)), np.cumsum(0.5 * (fresh[..., 1:] + fresh[..., :-1]), axis=-1)], axis=-1
    )
    area /= lattice.per_day
    found = np.empty((len(classes), fresh.shape[1], len(ends)))
    for a, c in enumerate(where.ravel()):
        start, days = arrivals.start[a], arrivals.days[a]
        late, early = np.maximum(ends - start, 0.0), np.maximum(ends - start - days, 0.0)
        for i in range(fresh.shape[1]):
            if days > 0:
                inside = np.interp(late, lattice.days, area[c, i]) - np.interp(early, lattice.days, area[c, i])
                found[a, i] = inside / days
            else:
                found[a, i] = np.interp(late, lattice.days, fresh[c, i])
    return found


def entry_shares(program: Program, ends: Floats) -> Floats:
    """Return (arrival, end): the share of an arrival that has entered before each end."""
    arrivals = program.arrays.business.arrivals
    start, days = arrivals.start[:, None], np.maximum(arrivals.days[:, None], 1e-9)
    return np.asarray(np.clip((ends[None] - start) / days, 0.0, 1.0))
