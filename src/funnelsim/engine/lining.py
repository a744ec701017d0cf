"""Run the walk of deals that wait for each other, with room for so many paths at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import Plan, Tally
from funnelsim.engine.stations import Stations

if TYPE_CHECKING:
    from funnelsim.engine.kernel import queue
    from funnelsim.engine.kernel.chances import Chances
    from funnelsim.engine.kernel.delayed import Guests, Homes
    from funnelsim.engine.kernel.flow import Flow
    from funnelsim.engine.kernel.newcomers import Crowd
    from funnelsim.engine.walking import Totals, Walk

PATHS_AT_A_TIME = 65_536
MOST_TRIALS_AT_A_TIME = 512
PLACES_OF_GUESTS = 1_024
VISITS_A_PATH = 3
MORE_ROOM = 1.25


class Waiting(NamedTuple):
    """What each station did in each trial; stations as in ``program.stations``.

    Parameters
    ----------
    busy, waited : array (station, trial)
        Slot-days held inside the horizon; days waited by those who got a slot.
    served : int array (station, trial)
        How many got a slot, those who stood there at the start left out.
    queue : int array (station, bin, trial)
        How many wait at the end of each bin.
    """

    busy: npt.NDArray[np.float64]
    waited: npt.NDArray[np.float64]
    served: npt.NDArray[np.int64]
    queue: npt.NDArray[np.int64]


def empty_waiting(walk: Walk, trials: int) -> Waiting | None:
    """Return room for what the stations do in so many trials; None where nobody waits."""
    if walk.stations is None:
        return None
    n = len(walk.stations.stations)
    return Waiting(
        np.zeros((n, trials)),
        np.zeros((n, trials)),
        np.zeros((n, trials), np.int64),
        np.zeros((n, walk.plan.n_bins, trials), np.int64),
    )


def walk_in_line(walk: Walk, first_trial: int, found: Totals, low: int, high: int) -> None:
    """Walk the trials of columns `low` to `high` - 1 and add what becomes of them to `found`.

    Memory is that of a block of trials; a block with more visits or new deals than expected is walked again with
    room for them.
    """
    from funnelsim.engine.kernel.delayed import walk_delayed
    from funnelsim.engine.kernel.queue import Tally as QueueTally

    if walk.stations is None or found.waiting is None:
        return
    plan, expected = walk.plan, _expected_guests(walk.plan)
    n = max(1, min(int(PATHS_AT_A_TIME / (walk.n_deals + expected + 1)), MOST_TRIALS_AT_A_TIME))
    n_guests = int(n * expected * MORE_ROOM) + 64 * bool(expected)
    n_visits = (n * walk.n_deals + n_guests) * VISITS_A_PATH
    told = QueueTally(*found.waiting)
    tally = found.tally or _no_tally()
    stations, homes = _in_arrays(walk.stations, walk.bin_ends_days)
    while True:
        room = _room(plan, walk.stations, n, n_guests, n_visits)
        low = walk_delayed(
            plan, *room, stations, homes, walk.seed_key, first_trial, low, high, found[:2], found[2:4], tally, told
        )
        if low == high:
            return
        n_guests = max(n_guests, int(room.guests.n[0] * MORE_ROOM))
        n_visits = max(n_visits, int(room.flow.log.n_visits[0] * MORE_ROOM))


class _Room(NamedTuple):
    """Scratch of one thread, in the order the kernel takes it."""

    chances: Chances
    flow: Flow
    crowd: Crowd
    guests: Guests
    line: queue.Line
    queues: queue.Queues


def _room(plan: Plan, stations: Stations, n: int, n_guests: int, n_visits: int) -> _Room:
    from funnelsim.engine.kernel.chances import workspace
    from funnelsim.engine.kernel.delayed import guest_space
    from funnelsim.engine.kernel.flow import flow_space
    from funnelsim.engine.kernel.newcomers import crowd_space
    from funnelsim.engine.kernel.paths import log_space
    from funnelsim.engine.kernel.queue import line_space, queue_space

    n_deals = len(plan.deal_class)
    log = log_space(n, n * n_deals + n_guests, n_visits)
    n_places = max(n, PLACES_OF_GUESTS) if n_guests else 1
    crowd = crowd_space(plan, n_places)
    shared = log._replace(path=np.zeros(n_places, np.int64))
    return _Room(
        workspace(plan, n),
        flow_space(plan, n, log=log),
        crowd._replace(flow=flow_space(plan, n_places, log=shared)),
        guest_space(n, n_guests),
        line_space(n_deals + n_guests),
        queue_space(n_deals + n_guests, len(stations.stations)),
    )


def _expected_guests(plan: Plan) -> float:
    arrivals = plan.business.arrivals
    return float(np.maximum(arrivals.mean, arrivals.exact).sum())


def _no_tally() -> Tally:
    none = np.zeros((0, 0, 0), np.int64)
    return Tally(none, none, none, none, none, none, none)


def _in_arrays(stations: Stations, bin_ends_days: npt.NDArray[np.float64]) -> tuple[queue.Stations, Homes]:
    from funnelsim.engine.kernel.delayed import Homes
    from funnelsim.engine.kernel.queue import Stations as InArrays

    arrays = InArrays(
        stations.slots,
        stations.n_homes,
        stations.n_dealt,
        stations.first_turn,
        stations.of_stage,
        stations.by_value,
        bin_ends_days,
    )
    return arrays, Homes(stations.deal_home, stations.kind_home, stations.deal_rank, stations.are_standing)
