"""Deals one by one: forced chances against formulas, past chances against a company whose truth is known."""

import sys
from dataclasses import replace
from pathlib import Path

import goal_cases as cases
import numpy as np
import pytest
from scipy.stats import beta, binom

import funnelsim as fs
from funnelsim.analysis.deal_review import review_deals
from funnelsim.analysis.reliability import Reliability, reliability
from funnelsim.errors import RefusedError
from funnelsim.model.target import Target


@pytest.fixture(scope="module")
def company():
    sys.path.append(str(Path(__file__).parents[1] / "backtest"))
    from backtest_cases import company

    return company


def binomial_case():
    book = (*cases.deals(10), fs.Deal("big", "contact", 200.0))
    return replace(cases.one_stage(0.3, None, book), targets=(Target(250.0),), seed=3)


def test_the_chance_if_a_deal_is_won_and_if_not_are_binomial_tails():
    told = {deal.id: deal for deal in review_deals(binomial_case(), engine="exact").forecast.deals}
    # 10 deals of 50 at 30 %, one of 200: with it one more is needed, without it five are
    assert told["big"].if_won == pytest.approx(binom.sf(0, 10, 0.3))
    assert told["big"].if_not == pytest.approx(binom.sf(4, 10, 0.3))
    without = 0.3 * binom.sf(0, 9, 0.3) + 0.7 * binom.sf(4, 9, 0.3)
    with_it = 0.3 * 1.0 + 0.7 * binom.sf(3, 9, 0.3)
    assert (told["open0"].if_won, told["open0"].if_not) == pytest.approx((with_it, without))
    assert told["open0"].swing == told["open0"].if_won - told["open0"].if_not


def test_simulation_forces_deals_on_the_same_trials():
    known = review_deals(binomial_case(), engine="exact").forecast.deals
    drawn = review_deals(binomial_case(), engine="simulate", trials=20_000).forecast.deals
    for one, other in zip(known, drawn, strict=True):
        for a, b in ((one.if_won, other.if_won), (one.if_not, other.if_not)):
            assert abs(a - b) < 4.5 * np.sqrt(a * (1 - a) / 20_000)
    # a chance that leaks the deal's own odds into both is refused: P(target) itself is far from either
    assert abs(known[0].if_won - known[0].if_not) > 4.5 * 2 * np.sqrt(0.25 / 20_000)


def test_a_swing_errs_as_the_share_of_the_trials_in_which_the_deal_decides():
    told = {deal.id: deal for deal in review_deals(binomial_case(), engine="exact").forecast.deals}["open0"]
    runs = [review_deals(binomial_case(), engine="simulate", trials=400, seed=s).forecast.deals for s in range(150)]
    spread = np.std([{deal.id: deal for deal in one}["open0"].swing for one in runs])
    known = np.sqrt(told.swing * (1 - told.swing) / 400)
    apart = np.sqrt(sum(p * (1 - p) for p in (told.if_won, told.if_not)) / 400)
    assert abs(spread / known - 1) < 4.5 / np.sqrt(2 * 150)  # the sd of an sd
    assert abs(spread / apart - 1) > 4.5 / np.sqrt(2 * 150)  # two runs of their own would err by more


def test_deals_that_make_or_break_the_target_come_by_their_swing():
    told = review_deals(binomial_case(), engine="exact", at_least=0.3)
    assert [deal.id for deal in told.make_or_break] == ["big"]
    assert len(review_deals(binomial_case(), at_least=0.001).make_or_break) == 11
    assert review_deals(replace(binomial_case(), targets=()), at_least=0.001).make_or_break == ()


def test_past_chances_of_a_company_that_stays_as_it_is_come_true(company):
    history = company()
    told = reliability(history, history.as_of, 21, most=4)
    assert len(told.days) == 4
    # sum over deals of (won - chance) / sd, the deals of a window being independent given the rates
    z = (told.won - told.chance).sum() / np.sqrt((told.chance * (1 - told.chance)).sum())
    assert abs(z) < 3.3
    assert told.brier < told.brier_of_base_rate
    # odds that are off by a factor of three are refused by the same test
    off = told.chance / (told.chance + 3 * (1 - told.chance))
    assert abs((told.won - off).sum() / np.sqrt((off * (1 - off)).sum())) > 3.3


def test_an_outcome_after_the_day_changes_nothing_that_was_said(company):
    from backtest_cases import all_won_at_once

    history = company()
    day = history.as_of - 21
    before = reliability(history, day, 21, most=1)
    changed = reliability(all_won_at_once(history, day, history.as_of), day, 21, most=1)
    assert np.array_equal(before.chance, changed.chance)
    assert np.array_equal(before.won, changed.won)


def test_bins_hold_every_deal_once_with_the_interval_of_their_count():
    rng = np.random.default_rng(2)
    chance = rng.beta(1.0, 3.0, 400)
    won = rng.random(400) < chance
    bins = Reliability((0,), 30, chance, won).bins
    assert sum(b.n for b in bins) == 400
    assert sum(b.won for b in bins) == won.sum()
    assert all(b.n >= 20 for b in bins)
    one = bins[1]
    assert one.low == pytest.approx(beta.ppf(0.05, one.won, one.n - one.won + 1))
    assert one.high == pytest.approx(beta.ppf(0.95, one.won + 1, one.n - one.won))
    few = Reliability((0,), 30, chance[:5], won[:5]).bins
    assert [b.n for b in few] == [5]


def test_a_history_too_short_for_a_window_is_refused(company):
    with pytest.raises(RefusedError, match="no past window of 500 days"):
        reliability(company(), company().as_of, 500)
