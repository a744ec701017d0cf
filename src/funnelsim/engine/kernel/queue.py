"""Deals that wait for each other: the unhindered paths of one trial, delayed (model page, M6.3).

What a deal draws has an address, so the stages it would pass, its stays there and its outcome do not depend on
waiting. What is left to do for a capacity is to shift paths in time:

    a path holds a slot of its home (its owner) from the start of work on it to its end,
    and during each stay a slot of its stage, if the stage has a capacity;
    who finds no slot free waits; a free slot goes to the first in the station's queue.

Homes and stages with a capacity are both **stations**, homes first. At one instant everything that ends ends first,
then everyone who wants a slot joins a queue, then free slots are handed out, homes before stages: the result does
not depend on the order in which simultaneous events are looked at. A path that must wait for a stage keeps its home.

Events stand in a binary heap, one at most for each path. Each queue is a pairing heap (Fredman, Sedgewick, Sleator
and Tarjan, Algorithmica 1986) linked through the paths, so that all queues together need two numbers a path.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

from funnelsim.engine.kernel.compiling import entry, inlined
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.plan import Flags, Floats, Ints

NOBODY = -1
IN_TURN = -2


@lent
class Visits(NamedTuple):
    """Stays in the order they were written; those of one path are linked by `next`."""

    stage: Ints  # (visits,)
    stay: Floats  # (visits,)
    next: Ints  # (visits,) the path's next visit, or -1


@lent
class Line(NamedTuple):
    """The paths of one trial, and what becomes of them."""

    visit: Ints  # (paths,) the first visit, later the one to come; -1: none
    arrival: Floats  # (paths,) day
    home: Ints  # (paths,) station; -1: needs none; -2: dealt out on arrival
    value: Floats  # (paths,)
    rank: Ints  # (paths,) decides where all else is equal
    is_standing: Flags  # (paths,) being worked on already: holds its slots though there be too few
    start: Floats  # (paths,) day the work begins; infinite if not before the end
    end: Floats  # (paths,) day of the outcome; infinite if not before the end
    waited: Floats  # (paths,) days, up to the end


@lent
class Stations(NamedTuple):
    """Who can be kept waiting where."""

    slots: Ints  # (N,)
    n_homes: int
    n_dealt: int  # deals without a home go to homes 0 to n_dealt - 1 in turn, as they come in
    first_turn: int
    of_stage: Ints  # (S,) station of a stage, or -1: no capacity
    by_value: bool  # else first come, first served
    bin_ends: Floats  # (bins,) days on which queues are counted


@lent
class Queues(NamedTuple):
    """Scratch for one trial."""

    event_day: Floats  # (paths,) binary heap
    event_path: Ints  # (paths,)
    n_events: Ints  # [number]
    free: Ints  # (N,) below 0 while more stand there than slots
    root: Ints  # (N,) the first in each queue
    child: Ints  # (paths,)
    sibling: Ints  # (paths,)
    joined: Floats  # (paths,) day it joined the queue it stands in
    held: Ints  # (paths,) the stage's station it holds a slot of, or -1
    since: Floats  # (paths,) day it got that slot
    touched: Ints  # (N,) stations to look at before time goes on
    is_touched: Flags  # (N,)
    n_touched: Ints  # [number]
    turn: Ints  # [whose turn it is]


@lent
class Tally(NamedTuple):
    """What each station did in each trial."""

    busy: Floats  # (N, trials) slot-days held before the end
    waited: Floats  # (N, trials) days waited by those who got a slot
    served: Ints  # (N, trials) how many got one, those standing at the start left out
    waiting: Ints  # (N, bins, trials) queue at the end of each bin


def line_space(n: int) -> Line:
    """Return an empty line for up to `n` paths."""
    return Line(
        visit=np.zeros(n, np.int64),
        arrival=np.zeros(n),
        home=np.zeros(n, np.int64),
        value=np.zeros(n),
        rank=np.zeros(n, np.int64),
        is_standing=np.zeros(n, np.bool_),
        start=np.zeros(n),
        end=np.zeros(n),
        waited=np.zeros(n),
    )


def queue_space(n: int, n_stations: int) -> Queues:
    """Return scratch for up to `n` paths."""
    return Queues(
        event_day=np.zeros(n),
        event_path=np.zeros(n, np.int64),
        n_events=np.zeros(1, np.int64),
        free=np.zeros(n_stations, np.int64),
        root=np.zeros(n_stations, np.int64),
        child=np.zeros(n, np.int64),
        sibling=np.zeros(n, np.int64),
        joined=np.zeros(n),
        held=np.zeros(n, np.int64),
        since=np.zeros(n),
        touched=np.zeros(n_stations, np.int64),
        is_touched=np.zeros(n_stations, np.bool_),
        n_touched=np.zeros(1, np.int64),
        turn=np.zeros(1, np.int64),
    )


def tally_space(n_stations: int, n_bins: int, n_trials: int) -> Tally:
    """Return an empty tally."""
    return Tally(
        busy=np.zeros((n_stations, n_trials)),
        waited=np.zeros((n_stations, n_trials)),
        served=np.zeros((n_stations, n_trials), np.int64),
        waiting=np.zeros((n_stations, n_bins, n_trials), np.int64),
    )


@entry
def delay(line, n, visits, stations, queues, end_days, tally, column):
    """Play the first `n` paths of the line against each other up to `end_days`; add to the tally's `column`."""
    queues.n_events[0] = 0
    queues.n_touched[0] = 0
    queues.turn[0] = stations.first_turn
    for s in range(len(stations.slots)):
        queues.free[s] = stations.slots[s]
        queues.root[s] = NOBODY
        queues.is_touched[s] = False
    for p in range(n):
        _arrive(line, p, visits, stations, queues, end_days)
    while queues.n_events[0] > 0:
        now = queues.event_day[0]
        while queues.n_events[0] > 0 and queues.event_day[0] == now:
            _happen(line, _pop_event(queues), now, visits, stations, queues, end_days, tally, column)
        _hand_out(line, now, visits, stations, queues, end_days, tally, column)
    for p in range(n):
        _close(line, p, visits, stations, queues, end_days, tally, column)


@inlined
def _arrive(line, p, visits, stations, queues, end_days):
    arrival = line.arrival[p]
    line.start[p] = inf
    line.end[p] = inf
    line.waited[p] = 0.0
    queues.held[p] = NOBODY
    queues.joined[p] = inf
    queues.child[p] = NOBODY
    queues.sibling[p] = NOBODY
    if line.visit[p] < 0:
        line.start[p] = arrival
        line.end[p] = arrival
    elif line.is_standing[p]:
        line.start[p] = arrival
        if line.home[p] >= 0:
            queues.free[line.home[p]] -= 1
        station = stations.of_stage[visits.stage[line.visit[p]]]
        if station >= 0:
            queues.free[station] -= 1
            queues.held[p] = station
            queues.since[p] = arrival
        _stay(line, p, arrival, visits, stations, queues, end_days)
    elif arrival < end_days:
        _push_event(queues, arrival, p)


@inlined
def _happen(line, p, now, visits, stations, queues, end_days, tally, column):
    """Let a path arrive, or its stay end."""
    if line.start[p] == inf:
        if line.home[p] == IN_TURN:
            line.home[p] = queues.turn[0]
            queues.turn[0] = (queues.turn[0] + 1) % stations.n_dealt
        if line.home[p] >= 0:
            _join(line, p, line.home[p], now, stations, queues)
        else:
            line.start[p] = now
            _enter(line, p, now, visits, stations, queues, end_days)
        return
    if queues.held[p] >= 0:
        _release(queues.held[p], now - queues.since[p], queues, tally, column)
        queues.held[p] = NOBODY
    if line.visit[p] >= 0:
        _enter(line, p, now, visits, stations, queues, end_days)
        return
    line.end[p] = now
    if line.home[p] >= 0:
        _release(line.home[p], now - line.start[p], queues, tally, column)


@inlined
def _enter(line, p, now, visits, stations, queues, end_days):
    station = stations.of_stage[visits.stage[line.visit[p]]]
    if station >= 0:
        _join(line, p, station, now, stations, queues)
    else:
        _stay(line, p, now, visits, stations, queues, end_days)


@inlined
def _stay(line, p, now, visits, stations, queues, end_days):
    """Let the visit under way last its stay, and those after it that nothing can hold up."""
    v = line.visit[p]
    day = now + visits.stay[v]
    v = visits.next[v]
    if queues.held[p] < 0:
        while v >= 0 and stations.of_stage[visits.stage[v]] < 0:
            day += visits.stay[v]
            v = visits.next[v]
    line.visit[p] = v
    if day < end_days:
        _push_event(queues, day, p)


@inlined
def _join(line, p, station, now, stations, queues):
    queues.joined[p] = now
    queues.root[station] = _meld(line, stations.by_value, queues, queues.root[station], p)
    _touch(queues, station)


@inlined
def _release(station, held_days, queues, tally, column):
    tally.busy[station, column] += held_days
    queues.free[station] += 1
    _touch(queues, station)


@inlined
def _touch(queues, station):
    if not queues.is_touched[station]:
        queues.is_touched[station] = True
        queues.touched[queues.n_touched[0]] = station
        queues.n_touched[0] += 1


@inlined
def _hand_out(line, now, visits, stations, queues, end_days, tally, column):
    """Give free slots to those who wait: homes first, since who gets one may join the queue of a stage."""
    for is_stage in range(2):
        i = 0
        while i < queues.n_touched[0]:
            s = queues.touched[i]
            if (s >= stations.n_homes) == (is_stage == 1):
                while queues.free[s] > 0 and queues.root[s] >= 0:
                    p = _pop(line, stations.by_value, queues, s)
                    _grant(line, p, s, now, visits, stations, queues, end_days, tally, column)
            i += 1
    for i in range(queues.n_touched[0]):
        queues.is_touched[queues.touched[i]] = False
    queues.n_touched[0] = 0


@inlined
def _grant(line, p, station, now, visits, stations, queues, end_days, tally, column):
    queues.free[station] -= 1
    tally.served[station, column] += 1
    if now > queues.joined[p]:
        tally.waited[station, column] += now - queues.joined[p]
        _count_wait(line, p, station, now, stations, queues, tally, column)
    queues.joined[p] = inf
    if station < stations.n_homes:
        line.start[p] = now
        _enter(line, p, now, visits, stations, queues, end_days)
    else:
        queues.held[p] = station
        queues.since[p] = now
        _stay(line, p, now, visits, stations, queues, end_days)


@inlined
def _count_wait(line, p, station, until, stations, queues, tally, column):
    """Count the path in the queue at the end of every bin it waited through."""
    joined = queues.joined[p]
    line.waited[p] += until - joined
    for b in range(len(stations.bin_ends)):
        if joined < stations.bin_ends[b] <= until:
            tally.waiting[station, b, column] += 1


@inlined
def _close(line, p, visits, stations, queues, end_days, tally, column):
    """Count what a path still waits for or holds when the horizon ends."""
    home, held = line.home[p], queues.held[p]
    if queues.joined[p] < inf:
        station = home if line.start[p] == inf else stations.of_stage[visits.stage[line.visit[p]]]
        _count_wait(line, p, station, end_days, stations, queues, tally, column)
    if line.end[p] < inf or end_days == inf:
        return
    if home >= 0 and line.start[p] < inf:
        tally.busy[home, column] += end_days - line.start[p]
    if held >= 0:
        tally.busy[held, column] += end_days - queues.since[p]


@inlined
def _before(line, by_value, queues, p, q):
    """Tell whether path `p` is served before path `q`."""
    dearer, earlier = line.value[p] - line.value[q], queues.joined[q] - queues.joined[p]
    first, second = (dearer, earlier) if by_value else (earlier, dearer)
    if first != 0.0:
        return first > 0.0
    if second != 0.0:
        return second > 0.0
    return line.rank[p] < line.rank[q]


# ---- a queue: the root is served next; children of a path hang from it by `child` and then `sibling`


@inlined
def _meld(line, by_value, queues, a, b):
    if a < 0:
        return b
    if b < 0:
        return a
    if _before(line, by_value, queues, b, a):
        a, b = b, a
    queues.sibling[b] = queues.child[a]
    queues.child[a] = b
    return a


@inlined
def _pop(line, by_value, queues, station):
    """Take the first out of the queue: its children are melded in pairs, and the pairs from the last to the first."""
    taken = queues.root[station]
    rest, pairs = queues.child[taken], NOBODY
    while rest >= 0:
        a, b = rest, queues.sibling[rest]
        rest = queues.sibling[b] if b >= 0 else NOBODY
        pair = _meld(line, by_value, queues, a, b)
        queues.sibling[pair] = pairs
        pairs = pair
    root = NOBODY
    while pairs >= 0:
        pair, pairs = pairs, queues.sibling[pairs]
        root = _meld(line, by_value, queues, root, pair)
    if root >= 0:
        queues.sibling[root] = NOBODY
    queues.root[station] = root
    queues.child[taken] = NOBODY
    queues.sibling[taken] = NOBODY
    return taken


# ---- the events: a binary heap by day, and in the order of the line on one day


@inlined
def _earlier(day, p, other_day, q):
    return day < other_day or (day == other_day and p < q)


@inlined
def _push_event(queues, day, p):
    i = queues.n_events[0]
    queues.n_events[0] += 1
    while i > 0:
        parent = (i - 1) >> 1
        if not _earlier(day, p, queues.event_day[parent], queues.event_path[parent]):
            break
        queues.event_day[i] = queues.event_day[parent]
        queues.event_path[i] = queues.event_path[parent]
        i = parent
    queues.event_day[i] = day
    queues.event_path[i] = p


@inlined
def _pop_event(queues):
    """Take out the path of the first event; the last one sinks from the top."""
    taken = queues.event_path[0]
    queues.n_events[0] -= 1
    n = queues.n_events[0]
    day, p = queues.event_day[n], queues.event_path[n]
    i = 0
    while True:
        c = 2 * i + 1
        if c >= n:
            break
        d = c + 1
        if d < n and _earlier(queues.event_day[d], queues.event_path[d], queues.event_day[c], queues.event_path[c]):
            c = d
        if not _earlier(queues.event_day[c], queues.event_path[c], day, p):
            break
        queues.event_day[i] = queues.event_day[c]
        queues.event_path[i] = queues.event_path[c]
        i = c
    queues.event_day[i] = day
    queues.event_path[i] = p
    return taken
