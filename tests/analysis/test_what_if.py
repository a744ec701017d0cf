"""Win rates moved together, and the grid that pages look up."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.bearable import FEWEST_TRIALS
from funnelsim.analysis.what_if import MAX_WALKS, trials_for, what_if
from funnelsim.engine.exact import exact
from funnelsim.engine.simulate import simulate
from funnelsim.errors import RefusedError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.case import Case
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.law import Beta
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shifting import shifted

RATES, COUNTS = (0.1, 0.4, 0.9), (20, 10, 5)


def case_of(**more):
    steps = [Step(f"s{i}", win_rate=rate) for i, rate in enumerate(RATES)]
    deals = [Deal(f"s{i}#{n}", f"s{i}", 10.0) for i, count in enumerate(COUNTS) for n in range(count)]
    return Case("rates", Money("EUR"), date(2026, 10, 1), Funnel.linear(steps), Pipeline(tuple(deals)), **more)


def rungs(told, amounts):
    return [(x, 0.5, 0.0) for x in amounts]


def wins_at(moved, k):
    """Return P(at least k wins) by convolving binomials."""
    law = np.ones(1)
    for rate, count in zip(RATES, COUNTS, strict=True):
        p = min(max(rate + moved / 100, 0.0), 1.0)
        law = np.convolve(law, stats.binom.pmf(np.arange(count + 1), count, p))
    return float(law[k:].sum())


def test_every_win_rate_moves_by_the_same_points_and_stays_a_chance():
    assert shifted(case_of(), 5).funnel.win_rates == pytest.approx((0.15, 0.45, 0.95))
    assert shifted(case_of(), 20).funnel.win_rates == pytest.approx((0.3, 0.6, 1.0))
    assert shifted(case_of(), -20).funnel.win_rates == pytest.approx((0.0, 0.2, 0.7))
    assert shifted(case_of(), 0) == case_of()
    own = replace(case_of(), pipeline=Pipeline((Deal("a", "s0", 10.0)._replace(win_rate=0.97),)))
    assert shifted(own, 5).pipeline.deals[0].win_rate == 1.0


def test_a_belief_keeps_its_weight_about_the_new_rate():
    case = case_of(beliefs=(Belief(Subject("win_rate", "s2"), Beta(40.0)),))
    before, after = (forecast(exact(one)).bookings.total for one in (case, shifted(case, -10)))
    assert before.mean - after.mean == pytest.approx(0.1 * 10 * sum(COUNTS), rel=1e-6)
    assert after.sd > forecast(exact(replace(shifted(case, -10), beliefs=()))).bookings.total.sd


def test_what_cannot_be_moved_is_refused_and_leaves_the_forecast_alone():
    stages = (
        Stage("a", (Exit("b", 0.5), Exit("won", 0.1), Exit("lost", 0.4))),
        Stage("b", (Exit("won", 0.5), Exit("lost", 0.5))),
    )
    case = replace(case_of(), funnel=Funnel(stages), pipeline=Pipeline((Deal("x", "a", 10.0),)))
    with pytest.raises(RefusedError, match="straight"):
        shifted(case, 1)
    grid = what_if(forecast(exact(case)), [(10.0, 0.3, 0.0)])
    assert [one.points for one in grid.grid] == [0.0]
    assert grid.base == 0


def test_the_exact_grid_is_the_law_of_the_moved_rates():
    told = forecast(exact(case_of()))
    grid = what_if(told, rungs(told, (40.0, 100.0, 150.0)))
    assert grid.trials is None
    assert grid.grid[grid.base].bookings == told.bookings.total
    for one in grid.grid:
        if one.points:
            exact_chances = [wins_at(one.points, k) for k in (4, 10, 15)]
            assert one.chances == pytest.approx(exact_chances, abs=1e-9)
    assert wins_at(6, 10) > wins_at(0, 10) + 0.1  # the rates matter


def test_the_simulated_grid_agrees_with_the_law_and_differs_by_the_rates_alone():
    told = forecast(simulate(case_of(), trials=4000, seed=3))
    grid = what_if(told, rungs(told, (40.0, 100.0, 150.0)), (-6.0, -1e-9, 0.0, 6.0))
    for one in grid.grid:
        if abs(one.points) > 1:
            for k, chance, error in zip((4, 10, 15), one.chances, one.errors, strict=True):
                assert abs(chance - wins_at(one.points, k)) < 4.5 * max(error, 1e-3)
    # the same trials: a move of nothing gives the forecast's own figures back
    (still,) = (one for one in grid.grid if -1 < one.points < 0)
    assert still.bookings == told.bookings.total
    means = [one.bookings.mean for one in grid.grid]
    assert means == sorted(means)


def book_of(n):
    return replace(case_of(), pipeline=Pipeline(tuple(Deal(str(i), "s0", 10.0) for i in range(n))))


def test_a_large_book_takes_fewer_trials_and_a_huge_one_stays_as_it_is():
    told = forecast(simulate(case_of(), trials=4000, seed=3))
    assert trials_for(told, 6) == 4000
    assert trials_for(replace(told, case=book_of(1000)), 6) == MAX_WALKS // 6000
    assert trials_for(forecast(exact(case_of())), 6) is None
    huge = replace(told, case=book_of(MAX_WALKS // 6 // FEWEST_TRIALS + 1))
    assert [one.points for one in what_if(huge, rungs(told, (40.0,))).grid] == [0.0]


def test_what_is_booked_counts_toward_an_amount():
    from funnelsim.model.target import Booked

    case = case_of(booked=(Booked(50.0, date(2026, 9, 1)),))
    told = forecast(exact(case))
    grid = what_if(told, rungs(told, (50.0, 150.0)), (0.0, 6.0))
    assert grid.grid[1].chances == pytest.approx([1.0, wins_at(6, 10)])
