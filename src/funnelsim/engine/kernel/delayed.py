"""The walk of deals that wait for each other: paths are collected, delayed, and then added up (model page, M6.3).

A block of trials is walked as if nobody waited; each path is written down. Then, trial by trial, the queue shifts
the paths, and what ends before the horizon does is counted on its new day. The paths of open deals come first:
number `deal` x block size + place; those of new deals follow in the order they are drawn.
"""

from __future__ import annotations

from math import floor, inf
from typing import NamedTuple

import numpy as np

from funnelsim.engine.kernel.aftermath import count_entry, enter
from funnelsim.engine.kernel.chances import prepare
from funnelsim.engine.kernel.compiling import compiled, entry, inlined
from funnelsim.engine.kernel.flow import bin_of, follow_deal, follow_newcomers, signed_of
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.newcomers import (
    ANYHOW,
    arrival_day,
    arrival_key,
    draw_numbers,
    lend_chances,
    worth_of,
)
from funnelsim.engine.kernel.paths import clear, log_outcomes, log_visits
from funnelsim.engine.kernel.plan import STALE_OPEN, Floats, Ints, Keys
from funnelsim.engine.kernel.queue import NOBODY, delay


@lent
class Homes(NamedTuple):
    """Where deals can be kept waiting."""

    of_deal: Ints  # (D,) station; -1: none
    of_kind: Ints  # (kinds,) the same for new deals; -2: dealt out on arrival
    deal_rank: Ints  # (D,) the order of open deals where all else is equal
    are_standing: bool  # whether open deals hold their slots from the start


@lent
class Guests(NamedTuple):
    """The new deals of a block of trials; those of one trial are linked by `next`."""

    first: Ints  # (n,) by place, or -1
    last: Ints  # (n,)
    next: Ints  # (guests,)
    kind: Ints
    key: Keys
    day: Floats  # it comes in
    worth: Ints  # if it is won, in hundredths
    n: Ints  # [number, counted on where there is no room]


def guest_space(n: int, n_guests: int) -> Guests:
    """Return room for `n_guests` new deals in blocks of `n` trials."""
    ints = np.int64
    return Guests(
        first=np.zeros(n, ints),
        last=np.zeros(n, ints),
        next=np.zeros(n_guests, ints),
        kind=np.zeros(n_guests, ints),
        key=np.zeros(n_guests, np.uint64),
        day=np.zeros(n_guests),
        worth=np.zeros(n_guests, ints),
        n=np.zeros(1, ints),
    )


@entry
def walk_delayed(
    plan, chances, flow, crowd, guests, line, queues, stations, homes, seed_key, first_trial, begin, end,
    books, ends, tally, told,
):  # fmt: skip
    """Walk every deal in the trials of columns `begin` to `end` - 1, and let it wait.

    `books` are (bookings, wins), `ends` (losses, closed); results are added as `walk_business` adds them, and what the
    stations do to `told`. Returns the column it stopped at: `end`, or the first of a block with more visits or new
    deals than there is room for; `flow.log.n_visits` and `guests.n` then tell how many there are.
    """
    size = len(flow.won)
    for low in range(begin, end, size):
        n = min(size, end - low)
        prepare(plan, chances, seed_key, first_trial + low, n, low == begin)
        clear(flow.log)
        _collect_deals(plan, chances, flow, n)
        _collect_guests(plan, chances, crowd, guests, n, size)
        if flow.log.n_visits[0] > len(flow.log.visits.stay) or guests.n[0] > len(guests.day):
            return low
        for i in range(n):
            k = _line_up(plan, flow.log, guests, line, homes, i, size)
            delay(line, k, flow.log.visits, stations, queues, plan.end_days, told, low + i)
            _enter_deals(plan, chances, flow.log, line, i, size, low + i, books, ends, tally)
            _enter_guests(plan, chances, flow.log, guests, line, i, size, low + i, books, ends, tally)
    return end


@compiled
def _collect_deals(plan, chances, flow, n):
    """Write down the paths of all open deals in the block."""
    log, size = flow.log, len(flow.won)
    for deal in range(len(plan.deal_class)):
        for i in range(n):
            log.path[i] = deal * size + i
        follow_deal(plan, chances, flow, deal, n, True)
        log_outcomes(log, flow.won, flow.lost, flow.n_ended)
        c = plan.deal_class[deal]
        if plan.class_fate[c] == STALE_OPEN:  # never ends, and holds its slots as long
            for i in range(n):
                flow.taking[i] = i
                flow.v[i] = inf
            log_visits(log, flow.taking, flow.v, n, plan.class_stage[c])


@compiled
def _collect_guests(plan, chances, crowd, guests, n, size):
    """Draw what every source brings in the block's `n` trials, and write down the paths."""
    business = plan.business
    guests.n[0] = 0
    for i in range(n):
        guests.first[i] = NOBODY
    for a in range(len(business.arrivals.kind)):
        kind = business.arrivals.kind[a]
        draw_numbers(plan, chances, crowd, a, n)
        for i in range(n):
            for j in range(crowd.drawn[i]):
                g = guests.n[0]
                guests.n[0] += 1
                if g >= len(guests.day):
                    continue
                key = arrival_key(business.arrivals.key[a], j)
                day = arrival_day(chances.trial[i], key, business.arrivals.start[a], business.arrivals.days[a])
                _seat(guests, g, i, kind, key, day)
                p = crowd.n[0]
                crowd.owner[p] = i
                crowd.key[p] = key
                crowd.flow.day[p] = day
                crowd.n[0] += 1
                if crowd.n[0] == len(crowd.owner):
                    _walk_guests(plan, chances, crowd, guests, kind, g + 1, size)
        _walk_guests(plan, chances, crowd, guests, kind, min(guests.n[0], len(guests.day)), size)


@inlined
def _seat(guests, g, i, kind, key, day):
    guests.kind[g] = kind
    guests.key[g] = key
    guests.day[g] = day
    guests.next[g] = NOBODY
    if guests.first[i] < 0:
        guests.first[i] = g
    else:
        guests.next[guests.last[i]] = g
    guests.last[i] = g


@compiled
def _walk_guests(plan, chances, crowd, guests, kind, upto, size):
    """Walk the guests of the virtual block, all of one kind, the last of them number `upto` - 1."""
    m = crowd.n[0]
    crowd.n[0] = 0
    if m == 0:
        return
    business, flow = plan.business, crowd.flow
    stage, lane = business.kind_stage[kind], business.kind_lane[kind]
    lend_chances(plan, chances, crowd, stage, lane, m, ANYHOW)
    for p in range(m):
        guests.worth[upto - m + p] = worth_of(plan.business, crowd, kind, p)
        flow.log.path[p] = len(plan.deal_class) * size + upto - m + p
    follow_newcomers(plan, crowd.chances, flow, m, stage, lane, True)
    log_outcomes(flow.log, flow.won, flow.lost, flow.n_ended)


@compiled
def _line_up(plan, log, guests, line, homes, i, size):
    """Put the paths of the trial at place `i` in line; return how many there are."""
    n_deals = len(plan.deal_class)
    for deal in range(n_deals):
        line.visit[deal] = log.first[deal * size + i]
        line.arrival[deal] = 0.0
        line.home[deal] = homes.of_deal[deal]
        line.value[deal] = plan.deal_amount[deal]
        line.rank[deal] = homes.deal_rank[deal]
        line.is_standing[deal] = homes.are_standing
    k, g = n_deals, guests.first[i]
    while g >= 0:
        line.visit[k] = log.first[n_deals * size + g]
        line.arrival[k] = guests.day[g]
        line.home[k] = homes.of_kind[guests.kind[g]]
        line.value[k] = guests.worth[g]
        line.rank[k] = k
        line.is_standing[k] = False
        k += 1
        g = guests.next[g]
    return k


@compiled
def _enter_deals(plan, chances, log, line, i, size, column, books, ends, tally):
    """Enter what becomes of open deals, on the days they come to."""
    for deal in range(len(plan.deal_class)):
        outcome, day = log.outcome[deal * size + i], line.end[deal]
        if outcome == 0 or day == inf:
            continue
        if outcome > 0:
            signed = signed_of(plan, chances, deal, i)
            enter(plan.business, tally, books, chances.trial[i], plan.deal_key[deal], column, day, signed, deal, False)
        _close(plan, ends, day, column, deal, np.int64(floor(plan.deal_amount[deal] + 0.5)), outcome < 0)


@compiled
def _enter_guests(plan, chances, log, guests, line, i, size, column, books, ends, tally):
    """Enter what becomes of new deals, and that they came."""
    n_deals = len(plan.deal_class)
    k, g = n_deals, guests.first[i]
    while g >= 0:
        subject, worth = n_deals + guests.kind[g], guests.worth[g]
        count_entry(plan.business, tally, column, guests.day[g], subject, 1)
        _close(plan, ends, guests.day[g], column, subject, -worth, False)
        outcome, day = log.outcome[n_deals * size + g], line.end[k]
        if outcome != 0 and day < inf:
            if outcome > 0:
                enter(plan.business, tally, books, chances.trial[i], guests.key[g], column, day, worth, subject, True)
            _close(plan, ends, day, column, subject, worth, outcome < 0)
        k += 1
        g = guests.next[g]


@inlined
def _close(plan, ends, day, column, subject, amount, is_lost):
    """Take an amount out of what is open from a day on, where that is asked for; a newcomer's entry puts it in."""
    losses, closed = ends
    if losses.shape[2] > 0:
        bin_ = bin_of(plan, day)
        for r in range(plan.row_start[subject], plan.row_start[subject + 1]):
            closed[plan.row_index[r], bin_, column] += amount
            losses[plan.row_index[r], bin_, column] += is_lost
