"""The track record that a forecast from history carries: the same forecast at past days, as many as there are."""

from __future__ import annotations

from funnelsim.analysis.backtest import Backtest, Plan, Progress, backtest
from funnelsim.fitting.chronicle import WEEKS_BEFORE_FIRST
from funnelsim.history.record import History

N_WINDOWS = 26
WEEK = 7
N_SAMPLES = 1000


def record_of(
    history: History, day: int, n_days: int, seed: int, *, threads: int = 1, on_progress: Progress | None = None
) -> Backtest | None:
    """Return the backtest of windows that were over by a day, up to 26 of them, whole weeks apart; None without any.

    Only what was recorded before `day` is read.
    """
    known = history.known_at(day)
    last = day - n_days
    first = known.observed_from + WEEKS_BEFORE_FIRST * WEEK
    if last < first:
        return None
    n_weeks = (last - first) // WEEK
    step = max(-(-n_weeks // (N_WINDOWS - 1)), 1) * WEEK
    plan = Plan(last - (n_weeks * WEEK // step) * step, last, step, n_days, seed, n_samples=N_SAMPLES)
    return backtest(known, plan, threads=threads, on_progress=on_progress)
