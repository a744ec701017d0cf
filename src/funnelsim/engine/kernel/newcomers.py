"""New deals: drawn month by month and source by source, and walked side by side whatever trial they belong to.

Newcomers fill a **virtual block**: place p holds one new deal of the trial at place owner[p] of the block under way.
Its trial key is that of its trial plus its own entity key, and the chances of its trial are copied to its place, so
the flow of open deals moves newcomers too. Where a month brings very many deals through a straight funnel, their
winners are counted out first, Binomial(N, W), and only they walk, advancing at every stage: the same law, since there
neither the stays nor the days depend on what a deal would have done otherwise. Losers are counted, and walk (given
that they lose) only where losses are asked for.
"""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import numpy as np

from funnelsim.engine.kernel.addresses import GOLDEN, draw, low_uniform, mix64, uniform
from funnelsim.engine.kernel.aftermath import Pending, count_entry, renew, sign
from funnelsim.engine.kernel.chances import Chances, workspace
from funnelsim.engine.kernel.compiling import compiled
from funnelsim.engine.kernel.counts import binomial_quantile, poisson_quantile
from funnelsim.engine.kernel.daily import is_fitted, seat_newcomers
from funnelsim.engine.kernel.flow import Flow, bin_of, flow_space, follow_newcomers
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.plan import Ints, Keys, Places, Plan
from funnelsim.engine.kernel.tables import quantile_of

ANYHOW, WINNING, LOSING = 0, 1, 2
PENDING_PER_PLACE = 64
_NUMBER = np.uint64(0x6A09E667F3BCC909)
_WINNERS = np.uint64(0xBB67AE8584CAA73B)
_SPLIT = np.uint64(0x3C6EF372FE94F82B)
_DAY = np.uint64(0x1F83D9ABFB41BD6B)
_LOSER = np.uint64(0x5BE0CD19137E2179)


@lent
class Crowd(NamedTuple):
    """A virtual block of newcomers, and the leads that wait for their turn."""

    owner: Places  # (n,) place of the trial in the block under way
    key: Keys
    brought: Ints  # (n,) what the customer who brought a lead signed
    generation: Ints
    amount: Ints  # (n,) worth, drawn when it is first asked for
    n: Ints  # [number of newcomers in the block]
    chances: Chances
    flow: Flow
    pending: Pending
    drawn: Ints  # (n,) numbers of arrivals, by trial
    winners: Ints


def crowd_space(plan: Plan, n: int) -> Crowd:
    """Return an empty virtual block of `n` places."""
    m = n * (PENDING_PER_PLACE + int(8 * max(plan.business.leads.mean, 0.0)))
    ints = np.int64
    pending = Pending(
        place=np.zeros(m, np.uint32),
        key=np.zeros(m, np.uint64),
        day=np.zeros(m),
        kind=np.zeros(m, ints),
        amount=np.zeros(m, ints),
        generation=np.zeros(m, ints),
        n=np.zeros(2, ints),
    )
    return Crowd(
        owner=np.zeros(n, np.uint32),
        key=np.zeros(n, np.uint64),
        brought=np.zeros(n, ints),
        generation=np.zeros(n, ints),
        amount=np.zeros(n, ints),
        n=np.zeros(1, ints),
        chances=workspace(plan, n),
        flow=flow_space(plan, n),
        pending=pending,
        drawn=np.zeros(n, ints),
        winners=np.zeros(n, ints),
    )


@compiled
def admit_arrivals(plan, chances, crowd, tally, books, ends, n, low):
    """Draw what every source brings in the block's `n` trials, and walk it. Column of place 0 is `low`."""
    business = plan.business
    for a in range(len(business.arrivals.kind)):
        kind = business.arrivals.kind[a]
        draw_numbers(plan, chances, crowd, a, n)
        if business.arrivals.is_counted[a]:
            _count_winners(plan, chances, crowd, a, kind, n)
            _admit(plan, chances, crowd, tally, books, ends, a, kind, crowd.winners, n, low, WINNING)
            _pass_losers(plan, chances, crowd, tally, books, ends, a, kind, n, low)
        else:
            _admit(plan, chances, crowd, tally, books, ends, a, kind, crowd.drawn, n, low, ANYHOW)


@compiled
def draw_numbers(plan, chances, crowd, a, n):
    """Draw into `crowd.drawn` how many deals arrival `a` brings in each of `n` trials."""
    business = plan.business
    for i in range(n):
        number = business.arrivals.exact[a]
        if number < 0:
            mean, row = business.arrivals.mean[a], business.arrivals.spread_row[a]
            if row >= 0:
                v = uniform(draw(chances.trial[i], business.arrivals.spread_key[a], np.uint64(0)))
                mean *= quantile_of(plan.tables, row, v)
            number = poisson_quantile(uniform(draw(chances.trial[i], business.arrivals.key[a], _NUMBER)), mean)
        crowd.drawn[i] = number


@compiled
def arrival_key(key, j):
    """Return the key of newcomer number `j` of an arrival."""
    return mix64(key + np.uint64(j + 1) * GOLDEN)


@compiled
def arrival_day(trial, key, start, n_days):
    """Return the day on which a newcomer enters."""
    return start + low_uniform(draw(trial, key, _DAY)) * n_days


@compiled
def _count_winners(plan, chances, crowd, a, kind, n):
    """Draw how many of each trial's newcomers win in the end; a straight funnel's chance is a product."""
    business = plan.business
    fresh = len(plan.class_stage) + business.kind_lane[kind] * len(plan.n_exits)
    for i in range(n):
        chance = 1.0
        for stage in range(business.kind_stage[kind], len(plan.n_exits)):
            chance *= 1.0 - chances.cumulative[fresh + stage, plan.n_exits[stage] - 2, i]
        u = uniform(draw(chances.trial[i], business.arrivals.key[a], _WINNERS))
        crowd.winners[i] = binomial_quantile(u, crowd.drawn[i], chance)


@compiled
def _admit(plan, chances, crowd, tally, books, ends, a, kind, numbers, n, low, fate):
    """Let `numbers` of newcomers in per trial, each on a day of its own, and walk them."""
    business = plan.business
    most = 0
    for i in range(n):
        most = max(most, numbers[i])
    subject = len(plan.deal_class) + kind
    for j in range(most):
        key = arrival_key(business.arrivals.key[a], j)
        for i in range(n):
            if numbers[i] <= j:
                continue
            day = arrival_day(chances.trial[i], key, business.arrivals.start[a], business.arrivals.days[a])
            count_entry(business, tally, low + i, day, subject, 1)
            if _add(crowd, i, key, day, 0, 0):
                _flush(plan, chances, crowd, tally, books, ends, kind, low, fate)
    _flush(plan, chances, crowd, tally, books, ends, kind, low, fate)


@compiled
def _flush(plan, chances, crowd, tally, books, ends, kind, low, fate):
    """Walk the virtual block, and the leads if many wait by then."""
    _walk_crowd(plan, chances, crowd, tally, books, ends, kind, low, fate)
    admit_leads(plan, chances, crowd, tally, books, ends, low, len(crowd.pending.place) // 4)


@compiled
def _pass_losers(plan, chances, crowd, tally, books, ends, a, kind, n, low):
    """Count the newcomers that lose, shared out over the bins of their month; walk them where losses are timed."""
    business = plan.business
    subject = len(plan.deal_class) + kind
    timed = ends[0].shape[2] > 0
    start, n_days = business.arrivals.start[a], business.arrivals.days[a]
    for i in range(n):
        left = crowd.drawn[i] - crowd.winners[i]
        begin, number = start, 0
        while left > 0:
            upto = _end_of_bin(plan, begin, start + n_days)
            share = 1.0 if upto >= start + n_days else (upto - begin) / (start + n_days - begin)
            u = uniform(draw(chances.trial[i], business.arrivals.key[a], _SPLIT + np.uint64(number) * GOLDEN))
            here = binomial_quantile(u, left, share)
            count_entry(business, tally, low + i, begin, subject, here)
            if timed:
                for j in range(here):
                    key = mix64(business.arrivals.key[a] + _LOSER + np.uint64(number + j) * GOLDEN)
                    u = low_uniform(draw(chances.trial[i], key, _DAY))
                    if _add(crowd, i, key, begin + u * (upto - begin), 0, 0):
                        _walk_crowd(plan, chances, crowd, tally, books, ends, kind, low, LOSING)
            number += here
            left -= here
            begin = upto
    if timed:
        _walk_crowd(plan, chances, crowd, tally, books, ends, kind, low, LOSING)


@compiled
def _end_of_bin(plan, begin, last):
    """Return where the bin of a day ends, or `last` if that is earlier."""
    day, bin_ = int(begin), bin_of(plan, begin)
    while day + 1 < last and bin_of(plan, day + 1.0) == bin_:
        day += 1
    return min(day + 1.0, last) if last > begin else last


@compiled
def _add(crowd, i, key, day, brought, generation):
    """Give a newcomer the next place; return whether the block is full then."""
    p = crowd.n[0]
    crowd.owner[p] = i
    crowd.key[p] = key
    crowd.flow.day[p] = day
    crowd.brought[p] = brought
    crowd.generation[p] = generation
    crowd.n[0] += 1
    return crowd.n[0] == len(crowd.owner)


@compiled
def admit_leads(plan, chances, crowd, tally, books, ends, low, at_least):
    """Walk the leads that wait, if more than `at_least` do, and those they bring, until none is left."""
    pending = crowd.pending
    if pending.n[0] <= at_least:
        return
    while pending.n[0] > 0 and pending.n[1] == 0:
        # from the top of the stack those of one kind, so that the stack stays low
        at = pending.n[0] - 1
        kind = pending.kind[at]
        while at >= 0 and pending.kind[at] == kind and crowd.n[0] < len(crowd.owner):
            _add(crowd, pending.place[at], pending.key[at], pending.day[at], pending.amount[at], pending.generation[at])
            at -= 1
        pending.n[0] = at + 1
        _walk_crowd(plan, chances, crowd, tally, books, ends, kind, low, ANYHOW)


@compiled
def follow_base(plan, chances, crowd, tally, books, ends, n, low):
    """Follow the customers there are at as_of through their renewals."""
    business = plan.business
    base = business.renewals
    for b in range(len(base.base_kind)):
        subject = len(plan.deal_class) + base.base_kind[b]
        for j in range(base.base_count[b]):
            key = mix64(base.base_key[b] + np.uint64(j + 1) * GOLDEN)
            for i in range(n):
                renew(
                    business, crowd.pending, tally, books, chances.trial[i], key, i, low + i, 0.0,
                    base.base_amount[b], subject, 0, base.base_age[b], base.base_alive[b],
                )  # fmt: skip
            admit_leads(plan, chances, crowd, tally, books, ends, low, len(crowd.pending.place) // 4)


@compiled
def _walk_crowd(plan, chances, crowd, tally, books, ends, kind, low, fate):
    """Walk the newcomers of the virtual block and enter what becomes of them."""
    m = crowd.n[0]
    crowd.n[0] = 0
    if m == 0:
        return
    business = plan.business
    losses, closed = ends
    timed = losses.shape[2] > 0
    stage, lane, subject = business.kind_stage[kind], business.kind_lane[kind], len(plan.deal_class) + kind
    lend_chances(plan, chances, crowd, stage, lane, m, fate)
    if timed or is_fitted(plan):
        _price(business, crowd, kind, m)
    if is_fitted(plan):
        seat_newcomers(plan, chances, crowd, kind, m)
    if timed:
        for p in range(m):
            _close(business, closed, crowd.flow.day[p], low + crowd.owner[p], subject, -crowd.amount[p])
    follow_newcomers(plan, crowd.chances, crowd.flow, m, stage, lane, timed)
    flow = crowd.flow
    for w in range(flow.n_ended[0]):
        p = flow.won[w]
        i = crowd.owner[p]
        signed = crowd.amount[p] if timed else worth_of(business, crowd, kind, p)
        if timed:
            _close(business, closed, flow.day[p], low + i, subject, signed)
        sign(
            business, crowd.pending, tally, books, chances.trial[i], crowd.key[p], i, low + i, flow.day[p], signed,
            subject, True, crowd.generation[p],
        )  # fmt: skip
    if timed:
        for w in range(flow.n_ended[1]):
            p = flow.lost[w]
            column = low + crowd.owner[p]
            _close(business, closed, flow.day[p], column, subject, crowd.amount[p])
            bin_ = bin_of(plan, flow.day[p])
            for r in range(plan.row_start[subject], plan.row_start[subject + 1]):
                losses[plan.row_index[r], bin_, column] += 1


@compiled
def _close(business, closed, day, column, subject, amount):
    """Take an amount out of what is open from a day on; a newcomer's entry is a negative one."""
    bin_ = bin_of(business, day)
    for r in range(business.row_start[subject], business.row_start[subject + 1]):
        closed[business.row_index[r], bin_, column] += amount


@compiled
def _price(business, crowd, kind, m):
    for p in range(m):
        crowd.amount[p] = worth_of(business, crowd, kind, p)


@compiled
def worth_of(business, crowd, kind, p):
    """Return what a newcomer is worth if won, in whole hundredths."""
    row = business.kind_amount_row[kind]
    if row < 0:
        return crowd.brought[p]
    v = low_uniform(mix64(crowd.chances.trial[p] + business.amount_key))
    return np.int64(floor(100.0 * quantile_of(business.tables, row, v) + 0.5))


@compiled
def lend_chances(plan, chances, crowd, stage, lane, m, fate):
    """Copy to every place what its trial believes of the stages ahead."""
    own, owner = crowd.chances, crowd.owner
    n_stages = len(plan.n_exits)
    fresh = len(plan.class_stage) + lane * n_stages
    first = 0 if plan.has_returns else stage
    for p in range(m):
        own.trial[p] = chances.trial[owner[p]] + crowd.key[p]
    if is_fitted(plan):
        return
    for s in range(n_stages - 1, first - 1, -1):
        slot = fresh + s
        last = plan.n_exits[s] - 1
        for k in range(last + 1):
            if fate == WINNING and k < last:
                for p in range(m):
                    own.cumulative[slot, k, p] = 0.0
            else:
                for p in range(m):
                    own.cumulative[slot, k, p] = chances.cumulative[slot, k, owner[p]]
        if plan.stays_vary or plan.phi >= 0.0:
            for p in range(m):
                own.stage_time[s, p] = chances.stage_time[s, owner[p]]
    if fate == LOSING:
        _make_lose(plan, own, fresh, first, m)
    if plan.stays_vary or plan.phi >= 0.0:
        for p in range(m):
            own.stay_factor[p] = chances.stay_factor[owner[p]]
    if plan.phi >= 0.0:
        for p in range(m):
            own.inverse[p] = chances.inverse[owner[p]]
            for b in range(plan.n_blocks):
                own.shock[lane, b, p] = chances.shock[lane, b, owner[p]]


@compiled
def _make_lose(plan, own, fresh, first, m):
    """Turn chances into those of a deal that will not be won: loss at s has (1 - c_s) / (1 - c_s w_ahead)."""
    for p in range(m):
        ahead = 1.0
        for s in range(len(plan.n_exits) - 1, first - 1, -1):
            last = plan.n_exits[s] - 1
            advance = (1.0 - own.cumulative[fresh + s, last - 1, p]) * ahead
            for k in range(last):
                scaled = own.cumulative[fresh + s, k, p] / max(1.0 - advance, 1e-300)
                own.cumulative[fresh + s, k, p] = min(scaled, 1.0)
            if s == len(plan.n_exits) - 1:
                own.cumulative[fresh + s, last - 1, p] = 1.0
            ahead = advance
