"""The flow of one deal through the stages, in a block of trials at once.

All trials that stand in a stage draw their exits, and those that leave go on to the lists of the stages ahead, until
none is left. Since draws are addressed, the block changes nothing but the speed.
"""

from __future__ import annotations

from math import floor, inf
from typing import NamedTuple

import numpy as np

from funnelsim.engine.kernel.addresses import VISIT, draw, high_uniform, low_uniform, mix64
from funnelsim.engine.kernel.chances import BLOCK_DAYS
from funnelsim.engine.kernel.compiling import compiled
from funnelsim.engine.kernel.daily import is_fitted, seat_deal, visit_by_day
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.normal import normal_cdf, normal_quantile
from funnelsim.engine.kernel.paths import Log, log_space, log_visits
from funnelsim.engine.kernel.plan import LOST, STALE_LOST, WALKS, WON, Floats, Ints, Keys, Places, Plan
from funnelsim.engine.kernel.tables import mass_and_density, quantile_of, smooth_quantile, step_quantile

_LATE = np.uint64(0xA54FF53A5F1D36F1)  # from the word at entry to the one at the day of exit


@lent
class Flow(NamedTuple):
    """Scratch and results of one deal in a block of n trials (places 0 to n - 1)."""

    everyone: Places  # (n,) all places in order, where every deal begins
    waiting: Places  # (S, n) places standing in each stage
    n_waiting: Ints  # (S,)
    visits: Ints  # (S, n) visits so far, kept only where a stage can be entered twice
    place: Places  # (n,) places of the visit under way
    word: Keys  # (n,) and their draws
    exit: Ints  # (n,)
    taking: Places  # (n,) places that take the exit at hand
    v: Floats  # (n,) and where on the survival curve they leave
    day: Floats  # (n,) day of the last exit
    won: Places  # (n,) places won
    lost: Places  # (n,) places lost, if losses are timed
    signed: Ints  # (n,) what those won bring
    n_ended: Ints  # [number won, number lost]
    path: Floats  # (visits, [stage, exit, day]) of place 0, if it has room
    n_visits: Ints  # [number of visits written]
    log: Log  # the path of every place, if it has room


def flow_space(plan: Plan, n: int, path: Floats | None = None, log: Log | None = None) -> Flow:
    """Return scratch for blocks of up to `n` trials.

    With `path` (visits, 3) the path of place 0 is written, with `log` those of all places.
    """
    n_stages = len(plan.n_exits)
    ints = np.int64
    return Flow(
        everyone=np.arange(n, dtype=np.uint32),
        waiting=np.zeros((n_stages, n), np.uint32),
        n_waiting=np.zeros(n_stages, ints),
        visits=np.zeros((n_stages, n), ints),
        place=np.zeros(n, np.uint32),
        word=np.zeros(n, np.uint64),
        exit=np.zeros(n, ints),
        taking=np.zeros(n, np.uint32),
        v=np.zeros(n),
        day=np.zeros(n),
        won=np.zeros(n, np.uint32),
        lost=np.zeros(n, np.uint32),
        signed=np.zeros(n, ints),
        n_ended=np.zeros(2, ints),
        path=np.zeros((0, 3)) if path is None else path,
        n_visits=np.zeros(1, ints),
        log=log_space(0, 0, 0) if log is None else log,
    )


@compiled
def follow_deal(plan, chances, flow, deal, n, timed_losses):
    """Walk one open deal through a block of `n` trials; fill `won`, `lost`, `n_ended` and `day`."""
    flow.n_ended[0] = 0
    flow.n_ended[1] = 0
    flow.n_visits[0] = 0
    c = plan.deal_class[deal]
    if plan.class_fate[c] != WALKS:
        for i in range(n):
            flow.day[i] = 0.0
            flow.lost[i] = i
        if plan.class_fate[c] == STALE_LOST and timed_losses:
            flow.n_ended[1] = n
        return
    if is_fitted(plan):
        seat_deal(plan, chances, c, n)
    _run(
        plan, chances, flow, n, plan.class_stage[c], c, plan.class_lane[c], plan.deal_key[deal],
        max(plan.class_age[c], 0.0), True, timed_losses,
    )  # fmt: skip


@compiled
def follow_newcomers(plan, chances, flow, n, stage, lane, timed_losses):
    """Walk `n` new deals, one a place, from their entry stage on; `day` holds when each enters.

    The trial keys of these `chances` hold the key of each deal already.
    """
    flow.n_ended[0] = 0
    flow.n_ended[1] = 0
    flow.n_visits[0] = 0
    slot = len(plan.class_stage) + lane * len(plan.n_exits) + stage
    _run(plan, chances, flow, n, stage, slot, lane, np.uint64(0), 0.0, False, timed_losses)


@compiled
def _run(plan, chances, flow, n, stage, slot, lane, entity, age, is_first, timed_losses):
    """Move everyone from stage to stage until none is left."""
    n_stages = len(plan.n_exits)
    fresh = len(plan.class_stage) + lane * n_stages
    for s in range(n_stages):
        flow.n_waiting[s] = 0
        if plan.has_returns:
            for i in range(n):
                flow.visits[s, i] = 0
    place, n_here = flow.everyone, n
    while stage < n_stages:
        if n_here > 0:
            lowest = _visit(
                plan, chances, flow, place, n_here, stage, slot, fresh, lane, entity, age, is_first, timed_losses
            )
            stage, age, is_first = min(stage + 1, lowest), 0.0, False
        else:
            stage += 1
        if stage < n_stages:
            slot, n_here, place = fresh + stage, flow.n_waiting[stage], flow.waiting[stage]
            flow.n_waiting[stage] = 0
            if plan.has_returns:  # the list may grow while it is read
                place = flow.place
                for j in range(n_here):
                    place[j] = flow.waiting[stage, j]


@compiled
def _visit(plan, chances, flow, place, n, stage, slot, fresh, lane, entity, age, is_first, timed_losses):
    """Let the first `n` places draw exit and stay, and send them on; return the lowest stage sent to."""
    entity += plan.stage_key[stage]
    if is_fitted(plan):
        return visit_by_day(plan, chances, flow, place, n, stage, entity, age, is_first, timed_losses)
    n_exits = plan.n_exits[stage]
    is_late = plan.phi >= 0.0
    if n_exits == 2 and not (timed_losses or is_late or plan.has_returns):
        # the plain funnel: only those who advance are followed
        to = plan.target[stage, 1]
        n_taking = _advance(
            chances.trial, chances.cumulative[slot, 0], chances.survival[slot if is_first else 0, 1], is_first,
            place, flow.word, flow.taking, flow.v, n, entity,
        )  # fmt: skip
        _leave(plan, chances, flow, n_taking, stage, 1, to, age, is_first)
        return len(plan.n_exits)
    _choose(
        chances.trial, chances.cumulative[slot], flow.visits[stage], plan.has_returns,
        place, flow.word, flow.exit, n, n_exits, entity,
    )  # fmt: skip
    if is_late:
        lowest = _leave_late(plan, chances, flow, place, n, stage, slot, fresh, lane, age, is_first)
    else:
        lowest = len(plan.n_exits)
        for k in range(n_exits):
            to = plan.target[stage, k]
            if to > LOST or (timed_losses and to == LOST):
                survival = chances.survival[slot if is_first else 0, k]
                n_taking = _pick(place, flow.word, flow.exit, survival, is_first, flow.taking, flow.v, n, k)
                _leave(plan, chances, flow, n_taking, stage, k, to, age, is_first)
                if to >= 0:
                    lowest = min(lowest, to)
            elif timed_losses:
                _park(flow, place, n, stage, k)
    if len(flow.path) > flow.n_visits[0]:
        at = flow.n_visits[0]
        flow.path[at, 0], flow.path[at, 1], flow.path[at, 2] = stage, flow.exit[0], flow.day[0]
        flow.n_visits[0] += 1
    return lowest


@compiled
def _advance(trial, cumulative, survival, is_first, place, word, taking, v, n, entity):
    """Draw two exits for each place; list those that take the better one, and return their number."""
    if is_first:  # every place in order: a loop that runs through contiguous memory
        for i in range(n):
            word[i] = mix64(trial[i] + entity)
    else:
        for j in range(n):
            word[j] = mix64(trial[place[j]] + entity)
    n_taking = 0  # words are moved up behind those that advance, and only their low halves are looked at
    if is_first:
        for i in range(n):
            drawn = word[i]
            taking[n_taking] = i
            word[n_taking] = drawn
            n_taking += high_uniform(drawn) >= cumulative[i]
        for t in range(n_taking):
            v[t] = low_uniform(word[t]) * survival[taking[t]]
    else:
        for j in range(n):
            i = place[j]
            drawn = word[j]
            taking[n_taking] = i
            word[n_taking] = drawn
            n_taking += high_uniform(drawn) >= cumulative[i]
        for t in range(n_taking):
            v[t] = low_uniform(word[t])
    return n_taking


@compiled
def _choose(trial, cumulative, visits, has_returns, place, word, exit_, n, n_exits, entity):
    """Draw a word for each place and pick its exit by the high half: the first whose cumulative chance is above."""
    for j in range(n):
        i = place[j]
        key = trial[i] + entity
        if has_returns:
            key += np.uint64(visits[i]) * VISIT
            visits[i] += 1
        word[j] = mix64(key)
        u = high_uniform(word[j])
        chosen = 0
        for k in range(n_exits - 1):
            chosen += u >= cumulative[k, i]
        exit_[j] = chosen


@compiled
def _leave(plan, chances, flow, n_taking, stage, k, to, age, is_first):
    """Send those that take exit `k` on, unless their stay outlasts the horizon."""
    where = flow.won if to == WON else flow.lost if to == LOST else flow.waiting[max(to, 0)]
    there = flow.n_ended[0] if to == WON else flow.n_ended[1] if to == LOST else flow.n_waiting[max(to, 0)]
    tables = plan.tables
    row = plan.row[stage, k]
    _look_up(
        tables.cells[row], tables.step_count[row], tables.step_start[row], tables.step_value, tables.step_at_least,
        flow.v, n_taking,
    )  # fmt: skip
    if plan.stays_vary:
        _stretch(flow.v, flow.taking, chances.stage_time[stage], chances.stay_factor, n_taking, age)
    elif age > 0.0:
        _shorten(flow.v, n_taking, age)
    if len(flow.log.last) > 0:
        log_visits(flow.log, flow.taking, flow.v, n_taking, stage)
    there = _pass_time(flow.v, flow.taking, flow.day, is_first, n_taking, plan.end_days, where, there)
    if to == WON:
        flow.n_ended[0] = there
    elif to == LOST:
        flow.n_ended[1] = there
    elif to >= 0:
        flow.n_waiting[to] = there


@compiled
def _pick(place, word, exit_, survival, is_first, taking, v, n, k):
    """List the places that take exit `k`, and where on its survival curve they leave; return their number."""
    n_taking = 0
    for j in range(n):
        i = place[j]
        taking[n_taking] = i
        v[n_taking] = low_uniform(word[j]) * (survival[i] if is_first else 1.0)
        n_taking += exit_[j] == k
    return n_taking


@compiled
def _park(flow, place, n, stage, k):
    """Put off for ever the day of those who never decide."""
    n_parked = 0
    for j in range(n):
        if flow.exit[j] == k:
            flow.day[place[j]] = inf
            flow.taking[n_parked] = place[j]
            flow.v[n_parked] = inf
            n_parked += 1
    if len(flow.log.last) > 0:
        log_visits(flow.log, flow.taking, flow.v, n_parked, stage)


@compiled
def _look_up(cells, step_count, step_start, step_value, step_at_least, v, n):
    """Turn places on the survival curve into stays."""
    if step_count > 0:
        for t in range(n):
            v[t] = step_quantile(step_value, step_at_least, step_start, step_count, v[t])
    else:
        for t in range(n):
            v[t] = smooth_quantile(cells, v[t])


@compiled
def _stretch(stay, taking, time, stay_factor, n, age):
    for t in range(n):
        i = taking[t]
        stay[t] = max(time[i] * stay[t] - age, 0.0) * stay_factor[i]


@compiled
def _shorten(stay, n, age):
    for t in range(n):
        stay[t] = max(stay[t] - age, 0.0)


@compiled
def _pass_time(stay, taking, day, is_first, n, end_days, where, there):
    """Let `n` places stay; list those that leave before the end."""
    for t in range(n):
        i = taking[t]
        left = stay[t] if is_first else day[i] + stay[t]
        day[i] = left
        where[there] = i
        there += left < end_days
    return there


@compiled
def _leave_late(plan, chances, flow, place, n, stage, slot, fresh, lane, age, is_first):
    """Send everyone on by the exit that the shock of its day of exit makes of it; return the lowest stage."""
    tables = plan.tables
    lowest = len(plan.n_exits)
    for j in range(n):
        i, k = place[j], flow.exit[j]
        v = low_uniform(flow.word[j]) * (chances.survival[slot, k, i] if is_first else 1.0)
        x = quantile_of(tables, plan.row[stage, k], v)
        since = 0.0 if is_first else flow.day[i]
        flow.day[i] = since + max(chances.stage_time[stage, i] * x - age, 0.0) * chances.stay_factor[i]
        if not flow.day[i] < plan.end_days:
            continue
        block = min(int(flow.day[i] / BLOCK_DAYS), plan.n_blocks - 1)
        y = chances.shock[lane, block, i]
        u = high_uniform(mix64(flow.word[j] + _LATE))
        k = _exit_on_day(tables, plan.row[stage], chances.cumulative[fresh + stage], i, plan.n_exits[stage],
                         k, u, x, y, chances.inverse[i])  # fmt: skip
        flow.exit[j] = k
        to = plan.target[stage, k]
        if to == WON:
            flow.won[flow.n_ended[0]] = i
            flow.n_ended[0] += 1
        elif to == LOST:
            flow.lost[flow.n_ended[1]] = i
            flow.n_ended[1] += 1
        elif to >= 0:
            flow.waiting[to, flow.n_waiting[to]] = i
            flow.n_waiting[to] += 1
            lowest = min(lowest, to)
    return lowest


@compiled
def _exit_on_day(tables, row, cumulative, i, n_exits, exit_, u, x, y, inverse):
    """Return the exit under the shock y of its day: the split of exits after a stay x, moved by that shock.

    `cumulative` holds the unshocked chances of a fresh visit; p_k f_k(x) are the odds of the exits.
    """
    by_mass = mass_and_density(tables, row[exit_], x)[0] > 0.0
    total = 0.0
    for k in range(n_exits):
        total += _odds(tables, row, cumulative, i, k, x, by_mass)
    if total <= 0.0:
        return exit_
    below = 0.0
    for k in range(n_exits - 1):
        below += _odds(tables, row, cumulative, i, k, x, by_mass)
        if u < normal_cdf((normal_quantile(min(below / total, 1.0)) - y) * inverse):
            return k
    return n_exits - 1


@compiled
def _odds(tables, row, cumulative, i, k, x, by_mass):
    chance = cumulative[k, i] - (cumulative[k - 1, i] if k > 0 else 0.0)
    mass, density = mass_and_density(tables, row[k], x)
    return chance * (mass if by_mass else density)


@compiled
def bin_of(plan, day):
    """Return the bin that holds a day before the end."""
    return 0 if plan.end_days == inf else plan.bin_of_day[int(day)]


@compiled
def signed_of(plan, chances, deal, i):
    """Return what a deal is worth if won in the trial at place `i`, in whole hundredths."""
    amount = plan.deal_amount[deal] * chances.amount_factor[i]
    if plan.realisation_row >= 0:
        v = low_uniform(draw(chances.trial[i], plan.deal_key[deal], plan.amount_key))
        amount *= quantile_of(plan.tables, plan.realisation_row, v)
    return np.int64(floor(amount + 0.5))
