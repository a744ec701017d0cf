"""Stalled deals: survival tails against scipy, present chances against Bayes' rule, and who is listed."""

from dataclasses import replace

import numpy as np
import pytest
from pipeline_cases import branched, case_of, timed
from scipy import stats

import funnelsim as fs
from funnelsim.analysis.stalled import stalled_deals
from funnelsim.engine.lower import lower
from funnelsim.engine.simulate import simulate
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Shaped
from funnelsim.model.pipeline import Deal

Z = 3.5  # one figure a test
P90 = stats.norm.ppf(0.9)
LAWS = {
    "lognormal": (
        Shaped("lognormal", {"median": 20.0, "p90": 60.0}),
        stats.lognorm(s=np.log(3.0) / P90, scale=20.0),
    ),
    "gamma": (Shaped("gamma", {"mean": 30.0, "cv": 0.5}), stats.gamma(a=4.0, scale=7.5)),
    "weibull": (Shaped("weibull", {"scale": 25.0, "shape": 1.3}), stats.weibull_min(c=1.3, scale=25.0)),
    "exponential, delayed": (
        Shaped("exponential", {"mean": 15.0}, delay=3.0),
        stats.expon(loc=3.0, scale=15.0),
    ),
}


def one_stage(stay, stay_lost=None, conversion=0.4, **deal):
    step = Step("offer", conversion=conversion, stay=stay, stay_lost=stay_lost)
    return case_of(Funnel.linear([step]), [Deal("d", "offer", 50.0, **deal)])


def told(case, below=1.0):
    return stalled_deals(lower(case), below)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("age", [0.5, 21.0, 70.0, 200.0])
def test_the_tail_is_the_survival_of_the_stay_before_an_advance(name, age):
    law, oracle = LAWS[name]
    (deal,) = told(one_stage(law, Shaped("exponential", {"mean": 90.0}), age_days=age), below=1.1)
    assert deal.advanced_later == pytest.approx(oracle.sf(age), rel=1e-6, abs=1e-12)
    assert deal.won_later == pytest.approx(deal.advanced_later, abs=1e-15)
    if 20 < age < 100:
        # negative control: the survival of all deals, lost ones included, is another figure
        mixed = 0.4 * oracle.sf(age) + 0.6 * stats.expon(scale=90.0).sf(age)
        assert abs(deal.advanced_later - mixed) > 0.03


def test_the_present_chance_is_that_of_bayes_beside_a_fresh_deals():
    (quick, won), (slow, lost) = LAWS["gamma"], LAWS["lognormal"]
    (deal,) = told(one_stage(quick, slow, age_days=45.0))
    alive = 0.4 * won.sf(45.0), 0.6 * lost.sf(45.0)
    assert deal.chance == pytest.approx(alive[0] / sum(alive), rel=1e-6)
    assert deal.chance_fresh == 0.4


def test_the_present_chance_is_the_one_the_walk_gives():
    case, n, trials = timed(ages=(70.0,)), 40, 20_000
    first = next(deal for deal in told(case) if deal.stage == "s0")
    deals = fs.Pipeline(case.pipeline.deals[:n])
    ensemble = simulate(replace(case, pipeline=deals, horizon=Horizon(), targets=()), trials=trials, seed=5)
    share = ensemble.total("wins").mean() / n
    error = (share * (1 - share) / (n * trials)) ** 0.5
    assert abs(share - first.chance) < Z * error
    # negative control: a fresh deal's chance is told apart
    assert abs(share - first.chance_fresh) > Z * error


def test_where_one_stay_serves_win_and_loss_waiting_moves_no_chance():
    (deal,) = told(one_stage(LAWS["gamma"][0], age_days=100.0))
    assert deal.advanced_later < 0.01
    assert deal.chance == pytest.approx(deal.chance_fresh, rel=1e-12)


def test_in_a_funnel_of_branches_winners_and_movers_wait_apart():
    case = branched()
    (deal,) = [d for d in told(case) if d.id == "a#1"]
    p, w = case.funnel.stages[0].exits, case.funnel.win_rates
    to_b, to_c = stats.lognorm(s=np.log(3.0) / P90, scale=20.0).sf(12.0), 1.0
    moved = (p[0].probability * to_b + p[1].probability * to_c) / (p[0].probability + p[1].probability)
    won = (p[0].probability * w[1] * to_b + p[1].probability * w[2] * to_c) / w[0]
    assert deal.advanced_later == pytest.approx(moved, rel=1e-6)
    assert deal.won_later == pytest.approx(won, rel=1e-6)
    assert deal.won_later != pytest.approx(deal.advanced_later, rel=1e-3)


def test_only_deals_under_the_share_are_listed_and_the_longest_waiting_comes_first():
    case = timed(ages=(5.0, 75.0, 110.0))
    found = told(case, below=0.1)
    assert found
    assert all(deal.advanced_later < 0.1 for deal in found)
    assert [d.advanced_later for d in found] == sorted(d.advanced_later for d in found)
    everybody = {deal.id: deal.advanced_later for deal in told(case, below=1.1)}
    assert len(everybody) == len(case.pipeline)
    assert {d.id for d in found} == {id_ for id_, share in everybody.items() if share < 0.1}
    assert told(case, below=0.02) == tuple(d for d in found if d.advanced_later < 0.02)


def test_a_deal_older_than_its_law_explains_is_listed_with_what_the_case_makes_of_it():
    for stale, chance in (("lost", 0.0), ("open", 0.0), ("fresh", 0.4)):
        case = replace(one_stage(Fixed(30.0), age_days=31.0), stale=stale)
        extra = Deal("young", "offer", 50.0, 1.0)
        case = replace(case, pipeline=type(case.pipeline)((*case.pipeline.deals, extra)))
        (deal,) = told(case, below=0.1)
        assert (deal.id, deal.is_stale, deal.advanced_later) == ("d", True, 0.0)
        assert deal.chance == pytest.approx(chance)


@pytest.mark.parametrize(("due_today", "share"), [(False, 0.0), (True, 1.0)])
def test_an_exit_due_on_the_day_counts_as_the_case_says(due_today, share):
    case = replace(one_stage(Fixed(30.0), LAWS["gamma"][0], age_days=30.0), due_today=due_today)
    (deal,) = told(case, below=1.1)
    assert deal.advanced_later == share


def test_a_deals_own_win_rate_is_its_present_chance():
    (deal,) = told(one_stage(LAWS["gamma"][0], LAWS["lognormal"][0], age_days=90.0, win_rate=0.8))
    assert deal.chance == 0.8


def test_with_beliefs_the_chance_is_the_mean_over_them():
    (quick, won), (slow, lost) = LAWS["gamma"], LAWS["lognormal"]
    case = one_stage(quick, slow, age_days=45.0)
    (deal,) = told(replace(case, beliefs=(Belief(Subject("conversion", "offer"), Beta(20.0)),)))
    c = stats.beta(8, 12).ppf((np.arange(4000) + 0.5) / 4000)
    alive = c * won.sf(45.0), (1 - c) * lost.sf(45.0)
    assert deal.chance == pytest.approx((alive[0] / (alive[0] + alive[1])).mean(), abs=2e-3)


def test_without_stays_and_of_fresh_deals_nothing_is_said():
    bare = case_of(Funnel.linear([Step("offer", conversion=0.4)]), [Deal("d", "offer", 50.0, 90.0)])
    assert told(bare, 1.1) == ()
    assert told(one_stage(LAWS["gamma"][0], age_days=0.0), 1.1) == ()
    assert told(one_stage(LAWS["gamma"][0], conversion=0.0, age_days=90.0), 1.1) == ()


def test_a_book_of_20_000_deals_is_judged_by_its_few_ages():
    case = timed(ages=(75.0,))
    deals = tuple(Deal(f"d{i}", "s0", 1.0, float(i % 100)) for i in range(20_000))
    found = told(replace(case, pipeline=fs.Pipeline(deals)), 0.1)
    # nine in ten of those that advance do so within 60 days
    assert {deal.age_days for deal in found} - {60.0} == set(np.arange(61.0, 100.0))
