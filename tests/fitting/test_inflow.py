"""New deals to come: the level is found, a year's season is used once a year is known, and nothing later is read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import HOTEL, SELLER, history_of, with_another_future

from funnelsim.fitting.arrivals import TRAILING, YEAR, Arrivals, arrivals_of, entry_stages, leads
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.workdays import Workdays
from funnelsim.history.record import NEVER, OPEN, History
from funnelsim.history.synthetic import make

FIRST = SELLER.first


def arriving(per_day: np.ndarray, seed: int) -> Chronicle:
    rng = np.random.default_rng(seed)
    created = FIRST + np.repeat(np.arange(len(per_day)), rng.poisson(per_day))
    rows = [(int(d), OPEN, 1.0, [(int(d), NEVER, OPEN)]) for d in created]
    return Chronicle(history_of(rows, n_stages=1, observed_from=FIRST, as_of=FIRST + len(per_day)))


def test_a_steady_flow_is_found_and_its_shock_is_small() -> None:
    chronicle = arriving(np.full(400, 6.0), seed=1)
    inflow = arrivals_of(chronicle, 28).inflow(chronicle.history.as_of)
    # the pool holds means over a week to sixteen weeks; the noisiest alone has a standard error of 15 %
    assert inflow.expected == pytest.approx(168, rel=0.15)
    assert inflow.shock.mean_sigma < 0.1


def test_a_flow_that_jumps_by_the_month_has_a_larger_shock() -> None:
    rng = np.random.default_rng(2)
    level = np.repeat(6 * np.exp(0.4 * rng.standard_normal(20)), 28)
    chronicle = arriving(level, seed=2)
    assert arrivals_of(chronicle, 28).inflow(chronicle.history.as_of).shock.mean_sigma > 0.2


def test_the_pool_of_a_window_written_out() -> None:
    """Each candidate by its own past error, in logs, with a miss by a factor of two once before."""
    chronicle = arriving(np.full(60, 3.0), seed=3)
    day, n_days = FIRST + 60, 14
    daily = np.bincount(chronicle.history.deals.created - FIRST, minlength=60)
    weight, score = [], []
    for trailing in TRAILING[:4]:
        errors = [np.log(2.0)]
        for start in range(60 - 14, 7, -7):
            if start >= trailing:
                hoped = daily[start - trailing : start].mean() * n_days
                errors.append(abs(np.log((daily[start : start + n_days].sum() + 1) / (hoped + 1))))
        weight.append(np.mean(errors) ** -2)
        score.append(np.log(daily[60 - trailing :].mean() * n_days + 1))
    expected = np.exp(np.average(score, weights=weight)) - 1
    assert arrivals_of(chronicle, n_days).inflow(day).expected == pytest.approx(expected)


def test_seasons_help_once_a_year_is_known() -> None:
    days = np.arange(3 * 365)
    season = 6 * (1 + 0.7 * np.sin(2 * np.pi * days / 364))
    chronicle = arriving(season, seed=4)
    arrivals = arrivals_of(chronicle, 56)
    origins = np.arange(FIRST + 2 * 365, FIRST + 3 * 365 - 56, 14)
    came = np.array([arrivals.between(d, d + 56) for d in origins])
    pooled = np.array([arrivals.inflow(int(d)).expected for d in origins])
    plain = np.array([arrivals.between(d - 56, d) for d in origins])
    missed, missed_plainly = (np.mean(np.abs(np.log((came + 1) / (x + 1)))) for x in (pooled, plain))
    assert missed < 0.7 * missed_plainly
    # in the first year there is no last one
    assert np.isnan(arrivals._candidates(FIRST + 300)[1::2]).all()


def test_on_a_clock_without_weekends_a_year_is_as_many_days_shorter() -> None:
    """What repeats every 260 open days is seen as a season there, and not on the calendar's own clock."""
    level = 6 * (1 + 0.9 * np.sin(2 * np.pi * np.arange(780) / 260))
    plain = arriving(level, seed=6)
    working = replace(plain, clock=Workdays(np.zeros(0, np.int64), days_a_week=5))
    day, n_days = FIRST + 650, 28
    daily = np.bincount(plain.history.deals.created - FIRST, minlength=780)
    then, after = daily[650 - 260 - 56 : 650 - 260].sum() / 56, daily[650 - 260 : 650 - 260 + n_days].sum() / n_days
    wanted = daily[650 - 56 : 650].sum() / 56 * n_days * (after / then) ** 0.5
    seasonal = 2 * TRAILING.index(56) + 1
    assert Arrivals(working, n_days)._candidates(day)[seasonal] == pytest.approx(wanted)
    assert Arrivals(plain, n_days)._candidates(day)[seasonal] != pytest.approx(wanted, rel=0.2)


@pytest.mark.parametrize("n_days", [7, 30, YEAR + 40])
def test_what_arrives_later_changes_nothing(n_days: int) -> None:
    history = make(replace(SELLER, n_days=900, deals_per_day=2), seed=5)[0]
    day = history.observed_from + 600
    other = with_another_future(history, day, seed=1)
    told, same = (arrivals_of(Chronicle(h), n_days).inflow(day) for h in (history, other))
    assert told.expected == same.expected
    assert (told.shock.weight == same.shock.weight).all()


def test_dates_that_move_later_change_nothing_of_leads() -> None:
    hotel = HOTEL.make(seed=1)[0]
    chronicle = Chronicle(hotel, is_dated=True)
    shares = leads(chronicle, hotel.as_of, 56, 30)
    assert shares.sum() == pytest.approx(1)
    assert len(shares) == 30
    lead = hotel.deals.expected_close - hotel.deals.created
    counted = Arrivals(chronicle, 30).between(hotel.observed_from, hotel.as_of)
    assert counted == (lead < 30).sum()
    late = replace(hotel, deals=replace(hotel.deals, expected_close=np.where(lead < 5, hotel.deals.created - 1, NEVER)))
    # a date before its own creation is no lead
    assert Arrivals(Chronicle(late, is_dated=True), 30).between(hotel.observed_from, hotel.as_of) == 0


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("after", [1, 3, 8, 30])
def test_hardly_any_history_still_gives_a_number(n: int, after: int) -> None:
    rows = [(FIRST, OPEN, 1.0, [(FIRST, NEVER, OPEN)])] * n
    history: History = history_of(rows, n_stages=2, observed_from=FIRST, as_of=FIRST + after)
    chronicle = Chronicle(history)
    inflow = arrivals_of(chronicle, 14).inflow(FIRST + after)
    assert 0 <= inflow.expected <= 14 * n
    assert inflow.shock.weight.sum() == pytest.approx(1)
    stages, share = entry_stages(chronicle, FIRST + after, 100)
    assert share.sum() == pytest.approx(1)
    assert stages.tolist() == [0]
