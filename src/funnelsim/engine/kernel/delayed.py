"""The walk of deals that wait for each other: paths are collected, delayed, and then added up (model page, M6.3).

A block of trials is walked as if nobody waited; each path is written down. Then, trial by trial, the queue shifts
the paths, and what ends before the horizon does is counted on its new day.
"""

from __future__ import annotations

from math import floor, inf

import numpy as np

from funnelsim.engine.kernel.chances import prepare
from funnelsim.engine.kernel.compiling import compiled
from funnelsim.engine.kernel.paths import clear, log_outcomes, log_visits
from funnelsim.engine.kernel.plan import STALE_OPEN
from funnelsim.engine.kernel.queue import delay
from funnelsim.engine.kernel.walk import bin_of, follow, signed_hundredths


@compiled
def walk_delayed(
    plan, chances, flow, line, queues, stations, deal_home, deal_rank, are_standing, seed_key, first_trial, begin, end,
    bookings, wins, losses, closed, tally,
):  # fmt: skip
    """Walk every deal in the trials of columns `begin` to `end` - 1, and let it wait.

    Results are added as `walk` adds them, and to the tally. Returns the column it stopped at: `end`, or the first of
    a block whose visits the log has no room for; `flow.log.n_visits` then tells how many there are.
    """
    size = len(flow.won)
    n_deals = len(plan.deal_class)
    for low in range(begin, end, size):
        n = min(size, end - low)
        prepare(plan, chances, seed_key, first_trial + low, n, low == begin)
        _collect(plan, chances, flow, n)
        if flow.log.n_visits[0] > len(flow.log.visits.stay):
            return low
        for i in range(n):
            for deal in range(n_deals):
                line.visit[deal] = flow.log.first[deal * size + i]
                line.arrival[deal] = 0.0
                line.home[deal] = deal_home[deal]
                line.value[deal] = plan.deal_amount[deal]
                line.rank[deal] = deal_rank[deal]
                line.is_standing[deal] = are_standing
            delay(line, n_deals, flow.log.visits, stations, queues, plan.end_days, tally, low + i)
            for deal in range(n_deals):
                outcome = flow.log.outcome[deal * size + i]
                if outcome != 0 and line.end[deal] < inf:
                    _add(plan, chances, deal, i, low + i, outcome, line.end[deal], bookings, wins, losses, closed)
    return end


@compiled
def _collect(plan, chances, flow, n):
    """Write down the paths of all deals in the block; path `deal` x size + i is that of place i."""
    log, size = flow.log, len(flow.won)
    clear(log, len(plan.deal_class) * size)
    for deal in range(len(plan.deal_class)):
        for i in range(n):
            log.path[i] = deal * size + i
        follow(plan, chances, flow, deal, n, True)
        log_outcomes(log, flow.won, flow.lost, flow.n_ended)
        c = plan.deal_class[deal]
        if plan.class_fate[c] == STALE_OPEN:  # never ends, and holds its slots as long
            for i in range(n):
                flow.taking[i] = i
                flow.v[i] = inf
            log_visits(log, flow.taking, flow.v, n, plan.class_stage[c])


@compiled
def _add(plan, chances, deal, i, column, outcome, day, bookings, wins, losses, closed):
    """Count the end of one deal in the trial at place `i`."""
    bin_ = bin_of(plan, day)
    signed = signed_hundredths(plan, chances, deal, i) if outcome > 0 else np.int64(0)
    quoted = np.int64(floor(plan.deal_amount[deal] + 0.5))
    for r in range(plan.row_start[deal], plan.row_start[deal + 1]):
        row = plan.row_index[r]
        if outcome > 0:
            bookings[row, bin_, column] += signed
            wins[row, bin_, column] += 1
        if losses.shape[2] > 0:
            closed[row, bin_, column] += quoted
            losses[row, bin_, column] += outcome < 0
