"""The track record that a forecast from history carries: the same forecast at past days, as many as there are."""

from __future__ import annotations

from funnelsim.analysis.backtest import Backtest, Plan, Progress, backtest
from funnelsim.fitting.chronicle import WEEKS_BEFORE_FIRST
from funnelsim.fitting.forecaster import Forecaster

N_WINDOWS = 26
WEEK = 7
N_SAMPLES = 1000
N_DRAWS = 25


def record_of(
    forecaster: Forecaster, day: int, n_days: int, *, threads: int = 1, on_progress: Progress | None = None
) -> Backtest | None:
    """Return the backtest of windows that were over by a day, up to 26 of them, whole weeks apart; None without any.

    Each begins whole weeks before `day`: so the past windows that their forecasts look back on are those that a
    forecast at `day` looks back on too, and the forecaster works them out once. Only what was recorded before `day` is
    read.
    """
    history = forecaster.history
    last = day - -(-n_days // WEEK) * WEEK
    first = history.observed_from + WEEKS_BEFORE_FIRST * WEEK
    if last < first:
        return None
    n_weeks = (last - first) // WEEK
    step = max(-(-n_weeks // (N_WINDOWS - 1)), 1) * WEEK
    plan = Plan(
        last - (n_weeks * WEEK // step) * step,
        last,
        step,
        n_days,
        forecaster.seed,
        n_samples=N_SAMPLES,
        n_draws=N_DRAWS,
    )
    return backtest(history, plan, forecaster=forecaster, threads=threads, on_progress=on_progress)
