"""What walking takes, and what it leaves: a case as arrays, some of its deals, some of its trials.

Every path is drawn at addresses of its own, of the seed, the trial and the deal (model page, M9), and money is counted
in whole hundredths. So a walk may be cut by trials, whose results stand side by side, and by deals, whose results add
up trial by trial: whoever walks the parts, and in whatever order they come, the totals have the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import Business, Plan, Tally
from funnelsim.engine.lining import Waiting, empty_waiting, walk_in_line
from funnelsim.engine.stations import Stations
from funnelsim.errors import RefusedError

Progress = Callable[[int, int], None]
Ints = npt.NDArray[np.int64]
_PATHS_PER_CHUNK = 6_400_000
_SLOTS_IN_CACHE = 32_768
_FITTED_BLOCK = 1024


class Totals(NamedTuple):
    """What became of the deals of a walk; arrays as in `funnelsim.engine.ensemble.Ensemble`, whose fields they are."""

    bookings: Ints | npt.NDArray[np.int32]
    wins: npt.NDArray[np.int32]
    losses: npt.NDArray[np.int32]
    closed: Ints
    tally: Tally | None
    waiting: Waiting | None

    def add(self, part: Totals, first: int) -> None:
        """Add the totals of some deals in the trials from number `first` on."""
        for whole, own in zip(self._arrays(), part._arrays(), strict=True):
            if whole.shape[-1]:
                whole[..., first : first + own.shape[-1]] += own

    def _arrays(self) -> list[npt.NDArray[Any]]:
        return [*self[:4], *(self.tally or ()), *(self.waiting or ())]


@dataclass(frozen=True)
class Kept:
    """Which results a walk keeps.

    Parameters
    ----------
    losses, business, cash, customers : bool
    in_32_bits : bool
        Whether no sum of money can exceed 32 bits.
    """

    losses: bool
    business: bool
    cash: bool
    customers: bool
    in_32_bits: bool


@dataclass(frozen=True)
class Walk:
    """A case ready to be walked: pure arrays, which can be handed to another process.

    Parameters
    ----------
    plan : Plan
    seed_key : uint64
    kept : Kept
    stations : Stations, optional
        Where deals wait for each other.
    bin_ends_days : array (bins,)
    """

    plan: Plan
    seed_key: np.uint64
    kept: Kept
    stations: Stations | None
    bin_ends_days: npt.NDArray[np.float64]

    @property
    def n_deals(self) -> int:
        """Return how many open deals are walked."""
        return len(self.plan.deal_class)

    @property
    def block(self) -> int:
        """Return how many trials are walked side by side: as many as keep their chances in the cache."""
        plan = self.plan
        if plan.daily is not None:
            return _FITTED_BLOCK
        n_slots = len(plan.class_stage) + len(plan.lane_profile) * len(plan.n_exits)
        return int(np.clip(_SLOTS_IN_CACHE // n_slots, 256, 2048))

    @property
    def bytes_per_trial(self) -> int:
        """Return the memory of one trial's totals."""
        n_rows, n_bins = self.plan.n_rows, self.plan.n_bins
        each = (24 if self.kept.losses else 12) + 44 * self.kept.business
        waiting = len(self.stations.stations) * 8 * (3 + n_bins) if self.stations else 0
        return n_rows * n_bins * each + waiting

    def of_deals(self, deals: range) -> Walk:
        """Return the walk of some open deals; new business goes with the first of them.

        Raises
        ------
        RefusedError
            If deals wait for each other.
        """
        if len(deals) == self.n_deals:
            return self
        if self.stations is not None:
            raise RefusedError("deals that wait for each other are walked together")
        return replace(self, plan=_plan_of(self.plan, deals))

    def run(
        self, trials: int, *, first_trial: int = 0, threads: int = 1, on_progress: Progress | None = None
    ) -> Totals:
        """Walk `trials` trials from number `first_trial` on; the threads change the time alone."""
        found, done = self.empty(trials), 0
        pool = ThreadPoolExecutor(threads)
        try:
            waiting: set[Future[int]] = {
                pool.submit(self._walk, found, low, high, first_trial) for low, high in self._chunks(trials, threads)
            }
            while waiting:
                finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_EXCEPTION)
                done += sum(future.result() for future in finished)
                if on_progress is not None:
                    on_progress(done, trials)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return found

    def empty(self, trials: int) -> Totals:
        """Return totals of nothing."""
        shape, kept = (self.plan.n_rows, self.plan.n_bins, trials), self.kept
        ends = (*shape[:2], trials * kept.losses)
        return Totals(
            np.zeros(shape, np.int32) if kept.in_32_bits else np.zeros(shape, np.int64),
            np.zeros(shape, np.int32),
            np.zeros(ends, np.int32),
            np.zeros(ends, np.int64),
            self._tally(trials) if kept.business else None,
            empty_waiting(self, trials),
        )

    def _tally(self, trials: int) -> Tally:
        n_rows, n_bins = self.plan.n_rows, self.plan.n_bins
        n_paid, n_loyal = trials * self.kept.cash, trials * self.kept.customers
        return Tally(
            new_deals=np.zeros((n_rows, n_bins, trials), np.int64),
            new_bookings=np.zeros((n_rows, n_bins, trials), np.int64),
            new_wins=np.zeros((n_rows, n_bins, trials), np.int64),
            cash=np.zeros((n_rows, n_bins, n_paid), np.int64),
            written_off=np.zeros((n_rows, n_bins, n_paid), np.int64),
            outstanding=np.zeros((n_rows, 1, n_paid), np.int64),
            customers=np.zeros((n_rows, n_bins, n_loyal), np.int64),
        )

    def _chunks(self, trials: int, threads: int) -> Iterator[tuple[int, int]]:
        """Return whole blocks: many to a chunk, but some chunks for every thread."""
        block = self.block
        n_blocks = max(1, min(_PATHS_PER_CHUNK // max(self.n_deals, 100), trials // (4 * threads)) // block)
        for low in range(0, trials, n_blocks * block):
            yield low, min(low + n_blocks * block, trials)

    def _walk(self, found: Totals, low: int, high: int, first_trial: int) -> int:
        if self.stations is not None:
            walk_in_line(self, first_trial, found, low, high)
        elif found.tally is not None:
            self._walk_business(found, low, high, first_trial)
        else:
            self._walk_deals(found, low, high, first_trial)
        return high - low

    def _walk_deals(self, found: Totals, low: int, high: int, first_trial: int) -> None:
        from funnelsim.engine.kernel.chances import workspace
        from funnelsim.engine.kernel.flow import flow_space
        from funnelsim.engine.kernel.walk import walk

        plan, n = self.plan, self.block
        space = workspace(plan, n), flow_space(plan, n)
        # whole arrays: a slice would be another type, and compiled again
        walk(plan, *space, self.seed_key, first_trial, low, high, *found[:4])

    def _walk_business(self, found: Totals, low: int, high: int, first_trial: int) -> None:
        from funnelsim.engine.kernel.business import walk_business
        from funnelsim.engine.kernel.chances import workspace
        from funnelsim.engine.kernel.flow import flow_space
        from funnelsim.engine.kernel.newcomers import crowd_space

        plan, n = self.plan, self.block
        space = workspace(plan, n), flow_space(plan, n), crowd_space(plan, n)
        if not walk_business(plan, *space, self.seed_key, first_trial, low, high, found[:2], found[2:4], found.tally):
            raise RefusedError(
                "leads or renewals bring more than can be held: their loop feeds itself in some futures; lower "
                "referral.leads, state referral.generations, a longer loyalty.after, or a nearer horizon"
            )


def _plan_of(plan: Plan, deals: range) -> Plan:
    """Return the plan with some of its deals alone; the classes, and all that is drawn, stay those of the whole."""
    own = slice(deals.start, deals.stop)
    business = plan.business if deals.start == 0 else _without_newcomers(plan.business)
    n_all, kinds = plan.business.n_deals, business.leads.kind[plan.business.n_deals :]
    start, index = _rows_of(plan.row_start, plan.row_index, deals, n_all)
    return plan._replace(
        deal_class=plan.deal_class[own],
        deal_key=plan.deal_key[own],
        deal_amount=plan.deal_amount[own],
        row_start=start,
        row_index=index,
        business=business._replace(
            n_deals=len(deals),
            row_start=start,
            row_index=index,
            leads=business.leads._replace(kind=np.concatenate([business.leads.kind[own], kinds])),
        ),
    )


def _rows_of(start: Ints, index: Ints, deals: range, n_all: int) -> tuple[Ints, Ints]:
    """Return start and index of the rows of some deals, and of the kinds of new ones behind them."""
    n_rows = np.diff(start)
    kept = np.concatenate([n_rows[deals.start : deals.stop], n_rows[n_all:]])
    own, kinds = index[start[deals.start] : start[deals.stop]], index[start[n_all] :]
    return np.concatenate([[0], np.cumsum(kept)]).astype(np.int64), np.concatenate([own, kinds])


def _without_newcomers(business: Business) -> Business:
    """Return the business in which nobody new comes, and customers there are already do nothing."""
    arrivals, renewals = business.arrivals, business.renewals
    base = {name: column[:0] for name, column in renewals._asdict().items() if name.startswith("base_")}
    nobody = arrivals._replace(**{name: column[:0] for name, column in arrivals._asdict().items()})
    return business._replace(arrivals=nobody, renewals=renewals._replace(**base))
