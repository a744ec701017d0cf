"""Weekdays: payment runs come back from a history, and leaving them out is wrong even over whole weeks."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from fitted_histories import history_of

from funnelsim.engine.recursion import win_chances
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.rates import rates_at
from funnelsim.fitting.weekdays import FEWEST_WEEKS, weekday_of
from funnelsim.history.record import NEVER, OPEN, WON, History, date_of, day_of

MONDAY, THURSDAY = 0, 3
RUN = 0.5
FIRST = day_of(date(2023, 1, 2))


def payer(n_weeks: int, seed: int, runs: tuple[int, ...] = (MONDAY, THURSDAY)) -> History:
    """Return a history in which half of what is due is paid on each Monday and Thursday, and nothing in between."""
    rng = np.random.default_rng(seed)
    n_days, rows = 7 * n_weeks, []
    chance = np.array([RUN if k in runs else 0.0 for k in range(7)])
    for created in np.repeat(np.arange(n_days), rng.poisson(6, n_days)):
        days = np.arange(created, n_days)
        paid = days[rng.random(len(days)) < chance[days % 7]]
        left, exit_ = (FIRST + int(paid[0]), WON) if len(paid) else (NEVER, OPEN)
        rows.append((FIRST + int(created), exit_, 10.0, [(FIRST + int(created), left, exit_)]))
    return history_of(rows, n_stages=1, observed_from=FIRST, as_of=FIRST + n_days)


@pytest.fixture(scope="module")
def runs() -> Chronicle:
    return Chronicle(payer(60, seed=1))


def test_weekdays_are_those_of_the_calendar() -> None:
    days = np.arange(-800, 20_000, 37)
    assert weekday_of(days).tolist() == [date_of(int(d)).weekday() for d in days]


def test_payment_runs_are_found(runs: Chronicle) -> None:
    found = runs.weekdays(runs.history.as_of)
    assert found is not None
    m = found.multiplier[:, 0, 1]
    assert m[[1, 2, 4, 5, 6]].max() < 0.1
    assert m[[MONDAY, THURSDAY]].min() > 1.5


def test_the_chance_of_a_run_comes_back(runs: Chronicle) -> None:
    day = runs.history.as_of
    rates = rates_at(runs, day, 14, 200, seed=1)
    m = runs.calendar(rates.day, 14).multiplier[:, 0, 1]
    # a day's chance at ages that were often seen: half on Mondays and Thursdays, hardly any else
    q = rates.chance[:, 0, :5, 1].mean()
    # rates remember some hundred exits, so a standard error is about 4 %; weekdays a thousand
    assert m[MONDAY] * q == pytest.approx(RUN, abs=0.07)
    assert m[THURSDAY] * q == pytest.approx(RUN, abs=0.07)
    assert m[1] * q < 0.03


def test_over_whole_weeks_daily_chances_averaged_over_the_week_are_wrong_and_these_are_not(runs: Chronicle) -> None:
    """Four runs at one half leave 1 / 16 of the deals; fourteen equal days leave twice as many."""
    day = runs.history.as_of
    truth = 1 - (1 - RUN) ** 4
    rates = rates_at(runs, day, 14, 100, seed=1)
    row = np.array([[0, 0, 0, 0]])
    told = win_chances(runs.layout.cells, rates.chance, row, [14], calendar=runs.calendar(rates.day, 14)).mean()
    averaged = np.zeros((1, 1, runs.layout.n_cells, 2))
    averaged[..., 1] = RUN * 2 / 7
    plain = win_chances(runs.layout.cells, averaged, row, [14]).mean()
    assert told == pytest.approx(truth, abs=0.03)  # two standard errors of a memory of two months
    assert told > plain + 0.02
    assert truth - plain > 0.05
    assert truth - plain == pytest.approx((1 - 1 / 7) ** 14 - 1 / 16, abs=1e-9)


def test_where_weekdays_are_alike_none_is_invented() -> None:
    chronicle = Chronicle(payer(60, seed=2, runs=tuple(range(7))))
    found = chronicle.weekdays(chronicle.history.as_of)
    assert found is not None
    n_exits = np.bincount(weekday_of(chronicle.diary.end_day), minlength=7)
    z = (found.multiplier[:, 0, 1] - 1) * np.sqrt(n_exits)
    assert np.abs(z).max() < 3.5  # of seven 1 seed in 300 may err
    assert (found.multiplier[:, 0, 0] == 1).all()  # an exit never seen


def test_half_a_year_is_needed_and_weekdays_average_to_one(runs: Chronicle) -> None:
    first = runs.first_day
    assert runs.weekdays(first + 7 * FEWEST_WEEKS - 1) is None
    found = runs.weekdays(first + 7 * FEWEST_WEEKS)
    assert found is not None
    stood = np.array(
        [runs.diary.at_risk[: 7 * FEWEST_WEEKS][k::7].sum() for k in range(7)]
    )  # the first day is a Monday; old days weigh less, so this is near the weights that are used
    assert stood @ found.multiplier[:, 0, 1] / stood.sum() == pytest.approx(1, abs=0.02)
