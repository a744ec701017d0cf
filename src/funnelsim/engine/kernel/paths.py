"""Paths written down while the walk goes on: each visit with its stay, linked deal by deal (model page, M6.3)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine.kernel.compiling import compiled
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.plan import Ints
from funnelsim.engine.kernel.queue import NOBODY, Visits


@lent
class Log(NamedTuple):
    """The paths of all deals in a block of trials; of length 0 where nobody reads them."""

    path: Ints  # (n,) the path that the walk is on at each place
    first: Ints  # (paths,) its first visit, or -1
    last: Ints  # (paths,) its latest visit, or -1
    outcome: Ints  # (paths,) 1 won, -1 lost, 0 open, were nobody to wait
    visits: Visits
    n_visits: Ints  # [number of visits, counted on where there is no room to write]


def log_space(n: int, n_paths: int, n_visits: int) -> Log:
    """Return room for `n_visits` visits of `n_paths` paths in blocks of `n` trials; zeros for no log at all."""
    ints = np.int64
    return Log(
        path=np.zeros(n, ints),
        first=np.zeros(n_paths, ints),
        last=np.zeros(n_paths, ints),
        outcome=np.zeros(n_paths, ints),
        visits=Visits(np.zeros(n_visits, ints), np.zeros(n_visits), np.zeros(n_visits, ints)),
        n_visits=np.zeros(1, ints),
    )


@compiled
def clear(log):
    """Forget all paths."""
    log.n_visits[0] = 0
    for path in range(len(log.first)):
        log.first[path] = NOBODY
        log.last[path] = NOBODY
        log.outcome[path] = 0


@compiled
def log_visits(log, taking, stay, n, stage):
    """Write down that the first `n` places of `taking` visit a stage for their stays."""
    visits, last = log.visits, log.last
    room = len(visits.stay)
    at = log.n_visits[0]
    log.n_visits[0] += n
    if at + n > room:
        return
    for t in range(n):
        path = log.path[taking[t]]
        visits.stage[at] = stage
        visits.stay[at] = stay[t]
        visits.next[at] = NOBODY
        if last[path] >= 0:
            visits.next[last[path]] = at
        else:
            log.first[path] = at
        last[path] = at
        at += 1


@compiled
def log_outcomes(log, won, lost, n_ended):
    """Write down who was won and who was lost."""
    for w in range(n_ended[0]):
        log.outcome[log.path[won[w]]] = 1
    for w in range(n_ended[1]):
        log.outcome[log.path[lost[w]]] = -1
