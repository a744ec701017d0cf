"""Run the walk: many trials, in chunks over threads, the same bytes whatever the chunks and threads."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.kernel.plan import Tally
from funnelsim.engine.lining import empty_waiting, walk_in_line
from funnelsim.engine.loop import refuse_endless_loop
from funnelsim.engine.lower import lower
from funnelsim.engine.program import Program
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.target import MEASURES

Progress = Callable[[int, int], None]
ENDS = {"losses", "open_value"}  # measures that need the day of every loss
FIRST_BATCH = 8_192
MAX_VISITS = 10_000
MAX_RESULT_BYTES = 8 * 2**30
_PATHS_PER_CHUNK = 6_400_000
_SLOTS_IN_CACHE = 32_768
_FITTED_BLOCK = 1024


def simulate(
    case: Case,
    *,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    measures: Sequence[str] | None = None,
    on_progress: Progress | None = None,
    first_trial: int = 0,
) -> Ensemble:
    """Walk every open deal in every trial.

    Parameters
    ----------
    case : Case
    trials, seed : int, optional
        Default: the case's own. A case without a seed draws one; the ensemble tells which.
    threads : int, optional
        Default: all cores. It changes the time, not one byte of the result.
    measures : sequence of str, optional
        Any of those of `Case.measures` (the default), and ``losses`` and ``open_value``.
    on_progress : callable, optional
        Called with (trials done, all trials).
    first_trial : int
        Number of the first trial; trial m is the same alone as among many.

    Returns
    -------
    Ensemble

    Raises
    ------
    InputError
        If the case cannot be lowered, or `trials`, `threads` or `measures` are out of range.
    RefusedError
        If the results would not fit in memory.

    Examples
    --------
    >>> from funnelsim import Case, Deal, Funnel, Pipeline, Step
    >>> from funnelsim.model.money import Money
    >>> from datetime import date
    >>> case = Case("one", Money("CNY"), date(2026, 10, 1), Funnel.linear([Step("offer", win_rate=0.5)]),
    ...             Pipeline((Deal("a", "offer", 100.0),)))
    >>> simulate(case, trials=4, seed=1).total("wins").sum() <= 4
    np.True_
    """
    return Simulation(case, seed=seed, threads=threads, measures=measures).run(
        case.trials if trials is None else trials, first_trial=first_trial, on_progress=on_progress
    )


def simulate_until(
    case: Case,
    precision: float,
    *,
    seed: int | None = None,
    threads: int | None = None,
    measures: Sequence[str] | None = None,
    on_progress: Progress | None = None,
) -> Ensemble:
    """Simulate until the standard errors of p10, p50 and p90 are under `precision` (a share of the mean).

    Raises
    ------
    RefusedError
        If that many trials would not fit in memory.
    """
    return Simulation(case, seed=seed, threads=threads, measures=measures).run_until(precision, on_progress=on_progress)


@dataclass(frozen=True)
class Swing:
    """A target as `mark` needs it: hundredths (or wins) still needed, which deals count, and until when."""

    needed: int
    counts_wins: bool
    in_target: npt.NDArray[np.int64]
    end_days: float


class Simulation:
    """A lowered case with its seed, ready to run any number of trials."""

    def __init__(
        self,
        case: Case,
        *,
        seed: int | None = None,
        threads: int | None = None,
        measures: Sequence[str] | None = None,
    ) -> None:
        chosen = case.seed if seed is None else seed
        self.seed = secrets.randbelow(2**31) if chosen is None else chosen
        self.threads = (os.cpu_count() or 1) if threads is None else threads
        self.measures = case.measures if measures is None else tuple(measures)
        self.program: Program = lower(case)
        if self.threads < 1:
            raise InputError.of(f"{threads} threads; give 1 or more", "threads")
        if not set(self.measures) <= (known := {*case.measures, *ENDS}):
            allowed = ", ".join(name for name in MEASURES if name in known)
            raise InputError.of(f"measures {self.measures}; of this case take {allowed}", "measures")

    @property
    def seed_key(self) -> np.uint64:
        """Return the key of the run."""
        return key("seed", self.seed)

    def run(self, trials: int, *, first_trial: int = 0, on_progress: Progress | None = None) -> Ensemble:
        """Walk `trials` trials from number `first_trial` on."""
        if trials < 1:
            raise InputError.of(f"{trials} trials; give 1 or more", "trials")
        refuse_endless_loop(self.program, self.seed_key)
        found = self._empty(trials)
        chunks = list(self._chunks(trials))
        done = 0
        pool = ThreadPoolExecutor(self.threads)
        try:
            waiting: set[Future[int]] = {pool.submit(self._walk, found, lo, hi, first_trial) for lo, hi in chunks}
            while waiting:
                finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_EXCEPTION)
                done += sum(future.result() for future in finished)
                if on_progress is not None:
                    on_progress(done, trials)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return found

    def run_until(self, precision: float, *, on_progress: Progress | None = None) -> Ensemble:
        """Double the trials until the standard errors of p10, p50 and p90 of total bookings are small enough.

        `precision` is the share of the mean they may reach, such as 0.005. The steps are fixed, so the number of
        trials depends on the case and the seed only.
        """
        from funnelsim.engine.quantiles import summarise_sample

        if not 0 < precision < 1:
            raise InputError.of(f"a precision of {precision:g}; give a share such as 0.5%", "precision")
        trials = FIRST_BATCH
        while True:
            found = self.run(trials, on_progress=on_progress)
            total = summarise_sample(found.total("bookings"), (0.1, 0.5, 0.9), found.step("bookings"))
            if max(total.quantiles_se) <= precision * total.mean:
                return found
            trials *= 2

    def _walk(self, found: Ensemble, low: int, high: int, first_trial: int) -> int:
        if found.waiting is not None:
            walk_in_line(self.program, self.seed_key, first_trial, found, low, high)
            return high - low
        from funnelsim.engine.kernel.chances import workspace
        from funnelsim.engine.kernel.flow import flow_space
        from funnelsim.engine.kernel.walk import walk

        plan, n = self.program.plan, self.block
        if found.tally is not None:
            self._walk_business(found, low, high, first_trial)
            return high - low
        walk(
            plan,
            workspace(plan, n),
            flow_space(plan, n),
            self.seed_key,
            first_trial,
            low,
            high,
            # whole arrays: a slice would be another type, and compiled again
            found.bookings,
            found.wins,
            found.losses,
            found.closed,
        )
        return high - low

    def _walk_business(self, found: Ensemble, low: int, high: int, first_trial: int) -> None:
        from funnelsim.engine.kernel.business import walk_business
        from funnelsim.engine.kernel.chances import workspace
        from funnelsim.engine.kernel.flow import flow_space
        from funnelsim.engine.kernel.newcomers import crowd_space

        plan, n = self.program.plan, self.block
        books, ends = (found.bookings, found.wins), (found.losses, found.closed)
        space = workspace(plan, n), flow_space(plan, n), crowd_space(plan, n)
        if not walk_business(plan, *space, self.seed_key, first_trial, low, high, books, ends, found.tally):
            raise RefusedError(
                "leads or renewals bring more than can be held: their loop feeds itself in some futures; lower "
                "referral.leads, state referral.generations, a longer loyalty.after, or a nearer horizon"
            )

    def trace(self, trial: int, deal: int) -> tuple[npt.NDArray[np.float64], int, int]:
        """Return (visits, [stage, exit, day]) of deal number `deal`, its outcome (1, 0, -1), and signed hundredths."""
        from funnelsim.engine.kernel.chances import workspace
        from funnelsim.engine.kernel.flow import flow_space
        from funnelsim.engine.kernel.walk import trace

        plan = self.program.plan
        path = np.zeros((MAX_VISITS, 3))
        n, outcome, signed = trace(plan, workspace(plan, 1), flow_space(plan, 1, path), self.seed_key, trial, deal)
        return path[:n], int(outcome), int(signed)

    def mark(
        self, trials: int, first_trial: int, total: npt.NDArray[np.int64], swing: Swing, n_days: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Return, per deal, [wins, target reached if it is forced to win, if forced not to], and days of win."""
        from funnelsim.engine.kernel.chances import workspace
        from funnelsim.engine.kernel.flow import flow_space
        from funnelsim.engine.kernel.walk import mark

        plan, n = self.program.plan, self.block
        shape = (len(self.program.deals), n_days)

        def count(low: int, high: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
            marks, days = np.zeros((shape[0], 3), np.int64), np.zeros(shape, np.int32)
            space = workspace(plan, n), flow_space(plan, n)
            mark(
                plan, *space, self.seed_key, first_trial, low, high, total, swing.needed, swing.counts_wins,
                swing.in_target, swing.end_days, marks, days,
            )  # fmt: skip
            return marks, days

        bounds = np.linspace(0, trials, self.threads + 1).astype(int)
        with ThreadPoolExecutor(self.threads) as pool:
            found = list(pool.map(count, bounds[:-1].tolist(), bounds[1:].tolist()))
        return sum(marks for marks, _ in found), sum(days for _, days in found)  # type: ignore[return-value]

    @property
    def block(self) -> int:
        """Return how many trials are walked side by side: as many as keep their chances in the cache."""
        arrays = self.program.arrays
        if arrays.daily is not None:
            return _FITTED_BLOCK
        n_slots = len(arrays.class_stage) + len(arrays.lane_profile) * len(arrays.n_exits)
        return int(np.clip(_SLOTS_IN_CACHE // n_slots, 256, 2048))

    def _empty(self, trials: int) -> Ensemble:
        program = self.program
        shape = (len(program.rows), program.arrays.n_bins, trials)
        all_measures = set(self.measures) & ENDS
        n_bytes = shape[0] * shape[1] * trials * ((24 if all_measures else 12) + 44 * program.case.has_business)
        if program.stations is not None:
            n_bytes += len(program.stations.stations) * trials * 8 * (3 + shape[1])
        if n_bytes > MAX_RESULT_BYTES:
            raise RefusedError(
                f"{trials:,} trials of {shape[0]} groups and {shape[1]} periods need {n_bytes / 2**30:.1f} GiB; "
                f"ask for at most {trials * MAX_RESULT_BYTES // n_bytes:,} trials, or fewer groups"
            )
        extra = trials if all_measures else 0
        return Ensemble(
            program,
            self.seed,
            trials,
            self.measures,
            np.zeros(shape, np.int32) if program.largest_sum < 2**31 else np.zeros(shape, np.int64),
            np.zeros(shape, np.int32),
            np.zeros((*shape[:2], extra), np.int32),
            np.zeros((*shape[:2], extra), np.int64),
            self._tally(trials) if program.case.has_business else None,
            empty_waiting(program, trials),
        )

    def _tally(self, trials: int) -> Tally:
        case, (n_rows, n_bins) = self.program.case, (len(self.program.rows), self.program.arrays.n_bins)
        n_paid, n_loyal = (trials if part else 0 for part in (case.payment, case.loyalty))
        return Tally(
            new_deals=np.zeros((n_rows, n_bins, trials), np.int64),
            new_bookings=np.zeros((n_rows, n_bins, trials), np.int64),
            new_wins=np.zeros((n_rows, n_bins, trials), np.int64),
            cash=np.zeros((n_rows, n_bins, n_paid), np.int64),
            written_off=np.zeros((n_rows, n_bins, n_paid), np.int64),
            outstanding=np.zeros((n_rows, 1, n_paid), np.int64),
            customers=np.zeros((n_rows, n_bins, n_loyal), np.int64),
        )

    def _chunks(self, trials: int) -> Iterator[tuple[int, int]]:
        """Return whole blocks: many to a chunk, but some chunks for every thread."""
        block = self.block
        n_blocks = max(
            1, min(_PATHS_PER_CHUNK // max(len(self.program.deals), 100), trials // (4 * self.threads)) // block
        )
        for low in range(0, trials, n_blocks * block):
            yield low, min(low + n_blocks * block, trials)
