"""Run the walk of deals that wait for each other, with room for so many paths at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnelsim.engine.ensemble import Ensemble, Waiting
from funnelsim.engine.program import Program

if TYPE_CHECKING:
    from funnelsim.engine.kernel.queue import Stations

PATHS_AT_A_TIME = 65_536
MOST_TRIALS_AT_A_TIME = 512
VISITS_A_PATH = 3
MORE_ROOM = 1.25


def empty_waiting(program: Program, trials: int) -> Waiting | None:
    """Return room for what the stations do in so many trials; None where nobody waits."""
    if program.stations is None:
        return None
    n = len(program.stations.stations)
    return Waiting(
        np.zeros((n, trials)),
        np.zeros((n, trials)),
        np.zeros((n, trials), np.int64),
        np.zeros((n, program.arrays.n_bins, trials), np.int64),
    )


def walk_in_line(program: Program, seed_key: np.uint64, first_trial: int, found: Ensemble, low: int, high: int) -> None:
    """Walk the trials of columns `low` to `high` - 1 and add what becomes of them to `found`.

    Memory is that of a block of trials; a block with more visits than expected is walked again with room for them.
    """
    from funnelsim.engine.kernel.chances import workspace
    from funnelsim.engine.kernel.delayed import walk_delayed
    from funnelsim.engine.kernel.paths import log_space
    from funnelsim.engine.kernel.queue import Tally, line_space, queue_space
    from funnelsim.engine.kernel.walk import flow_space

    plan, stations, waiting = program.plan, program.stations, found.waiting
    if stations is None or waiting is None:
        return
    n_deals = len(program.deals)
    n = max(1, min(PATHS_AT_A_TIME // n_deals, MOST_TRIALS_AT_A_TIME))
    chances, line = workspace(plan, n), line_space(n_deals)
    queues = queue_space(n_deals, len(stations.stations))
    tally = Tally(waiting.busy, waiting.waited, waiting.served, waiting.queue)
    log = log_space(n, n * n_deals, n * n_deals * VISITS_A_PATH)
    while low < high:
        low = walk_delayed(
            plan, chances, flow_space(plan, n, log=log), line, queues, _in_arrays(program), stations.deal_home,
            stations.deal_rank, stations.are_standing, seed_key, first_trial, low, high,
            found.bookings, found.wins, found.losses, found.closed, tally,
        )  # fmt: skip
        if low < high:
            log = log_space(n, n * n_deals, int(log.n_visits[0] * MORE_ROOM))


def _in_arrays(program: Program) -> Stations:
    from funnelsim.engine.kernel.queue import Stations

    stations = program.stations
    if stations is None:
        raise LookupError("a case without capacity has no stations")
    return Stations(stations.slots, stations.n_homes, stations.of_stage, stations.by_value, program.bin_ends_days)
