"""The walk of open deals through trials, and what it leaves behind.

`walk` adds the outcomes up, `mark` asks what each deal means for a target, `trace` writes one path down. Bookings are
whole hundredths of the unit, so sums are exact in any order.
"""

from __future__ import annotations

from math import floor, inf

import numpy as np

from funnelsim.engine.kernel.chances import prepare
from funnelsim.engine.kernel.compiling import compiled, entry
from funnelsim.engine.kernel.flow import bin_of, follow_deal, signed_of


@entry
def walk(plan, chances, flow, seed_key, first_trial, begin, end, bookings, wins, losses, closed):
    """Walk every deal in the trials of columns `begin` to `end` - 1; column 0 is trial `first_trial`.

    `bookings`, `wins`, `losses` and `closed` (quoted value of deals ended) have shape (row, bin, trial) and come
    in as zeros; `losses` and `closed` may have length 0, and then losses are not timed.
    """
    size = len(flow.won)
    all_measures = losses.shape[2] > 0
    for low in range(begin, end, size):
        n = min(size, end - low)
        prepare(plan, chances, seed_key, first_trial + low, n, low == begin)
        for deal in range(len(plan.deal_class)):
            follow_deal(plan, chances, flow, deal, n, all_measures)
            _add_wins(plan, chances, flow, deal, low, bookings, wins)
            if all_measures:
                add_ends(plan, flow, deal, low, losses, closed)


@compiled
def _add_wins(plan, chances, flow, deal, low, bookings, wins):
    n = flow.n_ended[0]
    _find_bins(plan.bin_of_day, plan.end_days, flow.won, flow.day, flow.exit, n)
    signed = np.int64(floor(plan.deal_amount[deal] + 0.5))
    for w in range(n):
        flow.signed[w] = signed_of(plan, chances, deal, flow.won[w]) if plan.amounts_vary else signed
    for r in range(plan.row_start[deal], plan.row_start[deal + 1]):
        row = plan.row_index[r]
        _add(flow.won, flow.exit, flow.signed, n, low, bookings[row], wins[row])


@compiled
def _find_bins(bin_of_day, end_days, place, day, bin_, n):
    """Write the bin of the day of the first `n` places, each before the end."""
    for w in range(n):
        bin_[w] = 0 if end_days == inf else bin_of_day[int(day[place[w]])]


@compiled
def _add(place, bin_, signed, n, low, bookings, wins):
    """Add wins: a loop over arrays alone, which costs a third of one that asks the plan."""
    for w in range(n):
        bookings[bin_[w], low + place[w]] += signed[w]
        wins[bin_[w], low + place[w]] += 1


@compiled
def add_ends(plan, flow, deal, low, losses, closed):
    """Add what a deal's end takes out of the open value, and its loss if it is one."""
    quoted = np.int64(floor(plan.deal_amount[deal] + 0.5))
    for is_loss in range(2):
        for w in range(flow.n_ended[is_loss]):
            i = flow.lost[w] if is_loss else flow.won[w]
            bin_ = bin_of(plan, flow.day[i])
            for r in range(plan.row_start[deal], plan.row_start[deal + 1]):
                closed[plan.row_index[r], bin_, low + i] += quoted
                losses[plan.row_index[r], bin_, low + i] += is_loss


@entry
def mark(
    plan, chances, flow, seed_key, first_trial, begin, end, total, needed, counts_wins, in_target, target_end,
    marks, days,
):  # fmt: skip
    """Count, deal by deal, what becomes of it and what it means for one target, in columns `begin` to `end` - 1.

    `total` (trial,) is what each trial reached toward the target, `needed` the amount it must reach (hundredths, or
    wins). `marks` (deal, [wins, target reached if forced to win, target reached if forced not to]) and `days`
    (deal, day of win; the last column is later) are added to. Deals with `in_target` 0 do not swing it.
    """
    size = len(flow.won)
    for low in range(begin, end, size):
        n = min(size, end - low)
        prepare(plan, chances, seed_key, first_trial + low, n, low == begin)
        for deal in range(len(plan.deal_class)):
            follow_deal(plan, chances, flow, deal, n, False)
            _mark_deal(plan, chances, flow, deal, low, n, total, needed, counts_wins, in_target, target_end, marks)
            last_day = days.shape[1] - 1
            for w in range(flow.n_ended[0]):
                if last_day >= 0:
                    days[deal, min(int(min(flow.day[flow.won[w]], 1e9)), last_day)] += 1


@compiled
def _mark_deal(plan, chances, flow, deal, low, n, total, needed, counts_wins, in_target, target_end, marks):
    marks[deal, 0] += flow.n_ended[0]
    if in_target[deal] == 0:
        return
    for i in range(n):
        flow.exit[i] = 0
    for w in range(flow.n_ended[0]):
        i = flow.won[w]
        flow.exit[i] = flow.day[i] < target_end
    for i in range(n):
        worth = np.int64(1) if counts_wins else signed_of(plan, chances, deal, i)
        without = total[low + i] - worth * flow.exit[i]
        marks[deal, 1] += without + worth >= needed
        marks[deal, 2] += without >= needed


@entry
def trace(plan, chances, flow, seed_key, trial_number, deal):
    """Write the visits of one deal in one trial to `flow.path`.

    Returns (number of visits, outcome: 1 won, -1 lost, 0 open, signed hundredths if won).
    """
    prepare(plan, chances, seed_key, trial_number, 1, True)
    follow_deal(plan, chances, flow, deal, 1, True)
    outcome = flow.n_ended[0] - flow.n_ended[1]
    signed = signed_of(plan, chances, deal, 0) if outcome == 1 else np.int64(0)
    return flow.n_visits[0], outcome, signed
