"""Paths that wait for each other: how the kernel is called on plain lists, and a slow twin without any heap."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from funnelsim.engine.kernel.queue import Stations, Visits, delay, line_space, queue_space, tally_space


@dataclass
class Path:
    """One deal: its visits are (stage, stay)."""

    arrival: float
    visits: list[tuple[int, float]]
    home: int = -1
    value: float = 0.0
    is_standing: bool = False


@dataclass
class Network:
    """Who can be kept waiting: slots of homes, then of stages with a capacity; `of_stage` names the station of each.

    If `dealt`, paths with home -2 go to the homes in turn.
    """

    homes: list[int] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)
    of_stage: list[int] = field(default_factory=lambda: [-1])
    by_value: bool = False
    end: float = inf
    bin_ends: tuple[float, ...] | None = None
    dealt: bool = False

    @property
    def slots(self):
        return [*self.homes, *self.stages]


@dataclass
class Told:
    start: np.ndarray
    end: np.ndarray
    waited: np.ndarray
    busy: np.ndarray
    station_waited: np.ndarray
    served: np.ndarray
    waiting: np.ndarray


def pooled(arrivals, services, servers, **changes):
    """Return the told of one station with `servers` slots; a home, so the start is the start of service."""
    paths = [Path(a, [(0, s)], 0) for a, s in zip(arrivals, services, strict=True)]
    return kernel(paths, Network([servers], **changes))


def kernel(paths, network):
    """Return what the compiled queue makes of the paths."""
    bin_ends = np.array(network.bin_ends or (network.end,), float)
    stations = Stations(
        np.array(network.slots, np.int64),
        len(network.homes),
        len(network.homes) if network.dealt else 0,
        0,
        np.array(network.of_stage, np.int64),
        network.by_value,
        bin_ends,
    )
    visits = [visit for path in paths for visit in path.visits]
    following = np.arange(1, len(visits) + 1)
    line, at = line_space(len(paths)), 0
    for p, path in enumerate(paths):
        line.visit[p] = at if path.visits else -1
        at += len(path.visits)
        if path.visits:
            following[at - 1] = -1
        line.arrival[p], line.home[p], line.value[p] = path.arrival, path.home, path.value
        line.rank[p], line.is_standing[p] = p, path.is_standing
    told = tally_space(len(network.slots), len(bin_ends), 1)
    delay(
        line,
        len(paths),
        Visits(np.array([s for s, _ in visits], np.int64), np.array([t for _, t in visits], float), following),
        stations,
        queue_space(len(paths), len(network.slots)),
        network.end,
        told,
        0,
    )
    return Told(
        line.start, line.end, line.waited, told.busy[:, 0], told.waited[:, 0], told.served[:, 0], told.waiting[:, :, 0]
    )


def twin(paths, network):
    """Return the same by looking at every path again whenever anything happens."""
    paths = [replace(path) for path in paths]
    n, n_homes = len(paths), len(network.homes)
    n_stations = len(network.slots)
    start, end, waited = np.full(n, inf), np.full(n, inf), np.zeros(n)
    busy, station_waited = np.zeros(n_stations), np.zeros(n_stations)
    served = np.zeros(n_stations, int)
    bin_ends = network.bin_ends or (network.end,)
    waiting = np.zeros((n_stations, len(bin_ends)), int)
    at = [0] * n  # number of the visit under way or to come
    wants: list[int | None] = [None] * n
    joined = [inf] * n
    holds: list[dict[int, float]] = [{} for _ in paths]  # station: since
    next_day = [inf] * n
    turn = 0

    def station_of(p):
        return network.of_stage[paths[p].visits[at[p]][0]]

    def stay(p, now):
        next_day[p] = now + paths[p].visits[at[p]][1]

    def enter(p, now):
        if station_of(p) >= 0:
            wants[p], joined[p] = station_of(p), now
        else:
            stay(p, now)

    def told_wait(p, until):
        waited[p] += until - joined[p]
        for b, day in enumerate(bin_ends):
            waiting[wants[p], b] += joined[p] < day <= until

    for p, path in enumerate(paths):
        if not path.visits:
            start[p] = end[p] = path.arrival
        elif path.is_standing:
            start[p] = path.arrival
            for station in {path.home, station_of(p)} - {-1}:
                holds[p][station] = path.arrival
            stay(p, path.arrival)
        else:
            next_day[p] = path.arrival
    while (now := min(next_day, default=inf)) < network.end:
        while due := [p for p in range(n) if next_day[p] == now]:
            p = due[0]
            path = paths[p]
            next_day[p] = inf
            if start[p] == inf:
                if path.home == -2:
                    path.home, turn = turn, (turn + 1) % n_homes
                if path.home >= 0:
                    wants[p], joined[p] = path.home, now
                else:
                    start[p] = now
                    enter(p, now)
                continue
            for station in [s for s in holds[p] if s >= n_homes]:
                busy[station] += now - holds[p].pop(station)
            at[p] += 1
            if at[p] < len(path.visits):
                enter(p, now)
                continue
            end[p] = now
            for station in list(holds[p]):
                busy[station] += now - holds[p].pop(station)
        for station in range(n_stations):
            while sum(station in held for held in holds) < network.slots[station]:
                line = [p for p in range(n) if wants[p] == station]
                if not line:
                    break
                order = (
                    (lambda p: (-paths[p].value, joined[p], p))
                    if network.by_value
                    else (lambda p: (joined[p], -paths[p].value, p))
                )
                p = min(line, key=order)
                told_wait(p, now)
                served[station] += 1
                station_waited[station] += now - joined[p]
                wants[p], joined[p] = None, inf
                holds[p][station] = now
                if station < n_homes:
                    start[p] = now
                    enter(p, now)
                else:
                    stay(p, now)
    for p in range(n):
        if wants[p] is not None:
            told_wait(p, network.end)
        if network.end < inf:
            for station, since in holds[p].items():
                busy[station] += network.end - since
    return Told(start, end, waited, busy, station_waited, served, waiting)
