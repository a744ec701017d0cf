"""Simulate a case: lower it, walk its trials here or by others, the same bytes whoever walks."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.loop import refuse_endless_loop
from funnelsim.engine.lower import lower
from funnelsim.engine.program import Program
from funnelsim.engine.walking import Kept, Progress, Totals, Walk
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.target import MEASURES

Walker = Callable[[Walk, range, Progress | None], Totals]  # walks the trials of a range
ENDS = {"losses", "open_value"}  # measures that need the day of every loss
FIRST_BATCH = 8_192
MAX_VISITS = 10_000
MAX_RESULT_BYTES = 8 * 2**30


def simulate(
    case: Case,
    *,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    measures: Sequence[str] | None = None,
    on_progress: Progress | None = None,
    first_trial: int = 0,
    walker: Walker | None = None,
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
    walker : callable, optional
        Who walks the trials; default: the threads of this process. `funnelsim.batch.split` hands them to others.

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
    return Simulation(case, seed=seed, threads=threads, measures=measures, walker=walker).run(
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
    walker: Walker | None = None,
) -> Ensemble:
    """Simulate until the standard errors of p10, p50 and p90 are under `precision` (a share of the mean).

    Raises
    ------
    RefusedError
        If that many trials would not fit in memory.
    """
    run = Simulation(case, seed=seed, threads=threads, measures=measures, walker=walker)
    return run.run_until(precision, on_progress=on_progress)


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
        walker: Walker | None = None,
    ) -> None:
        chosen = case.seed if seed is None else seed
        self.seed = secrets.randbelow(2**31) if chosen is None else chosen
        self.threads = (os.cpu_count() or 1) if threads is None else threads
        self.measures = case.measures if measures is None else tuple(measures)
        self.walker = walker or self._walk_here
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
        walk = self.walk
        self._refuse_too_large(walk, trials)
        totals = self.walker(walk, range(first_trial, first_trial + trials), on_progress)
        return Ensemble(self.program, self.seed, trials, self.measures, *totals)

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

    @property
    def walk(self) -> Walk:
        """Return what walking takes."""
        program, case = self.program, self.program.case
        kept = Kept(
            losses=bool(set(self.measures) & ENDS),
            business=case.has_business,
            cash=case.payment is not None,
            customers=case.loyalty is not None,
            in_32_bits=program.largest_sum < 2**31,
        )
        return Walk(program.plan, self.seed_key, kept, program.stations, program.bin_ends_days)

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

        plan, n = self.program.plan, self.walk.block
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

    def _walk_here(self, walk: Walk, trials: range, on_progress: Progress | None) -> Totals:
        return walk.run(len(trials), first_trial=trials.start, threads=self.threads, on_progress=on_progress)

    def _refuse_too_large(self, walk: Walk, trials: int) -> None:
        n_bytes = walk.bytes_per_trial * trials
        if n_bytes > MAX_RESULT_BYTES:
            plan = walk.plan
            raise RefusedError(
                f"{trials:,} trials of {plan.n_rows} groups and {plan.n_bins} periods need {n_bytes / 2**30:.1f} GiB; "
                f"ask for at most {MAX_RESULT_BYTES // walk.bytes_per_trial:,} trials, or fewer groups"
            )
