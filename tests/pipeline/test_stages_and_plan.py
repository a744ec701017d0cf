"""Stages as they stand, targets against plan, and the fresh pipeline that closes the gap."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import ceil

import numpy as np
import pytest
from pipeline_cases import CONVERSIONS, N_DEALS, START, alike, branched, case_of, straight, timed
from scipy import stats

import funnelsim as fs
from funnelsim.analysis.fresh import MOST_DEALS, Search, fresh_pipeline, with_fresh
from funnelsim.analysis.method import Method
from funnelsim.analysis.pipeline import review_pipeline
from funnelsim.analysis.stages import cycle_days, days_to_advance, days_to_win
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import RefusedError
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.law import Fixed, Shaped
from funnelsim.model.shock import Shock
from funnelsim.model.target import Booked, Target

EXACT = Method("exact")
Z = 3.5


# ---- stages


def test_the_stages_tell_their_rates_and_what_is_open_in_them():
    stages = review_pipeline(straight()).stages
    win_rates = np.cumprod(CONVERSIONS[::-1])[::-1]
    for stage, c, w, n in zip(stages, CONVERSIONS, win_rates, N_DEALS, strict=True):
        assert (stage.conversion, stage.open_deals, stage.open_amount) == (c, n, 50.0 * n)
        assert stage.win_rate == pytest.approx(w)
        assert stage.weighted == pytest.approx(50.0 * n * w)
        assert stage.expected_wins == pytest.approx(n * w)
        assert (stage.mean_days, stage.median_days, stage.days_to_win) == (None, None, None)


def test_expected_wins_add_up_to_the_mean_of_wins_by_either_engine():
    for engine in ("exact", "simulate"):
        review = review_pipeline(timed(), engine=engine, trials=5_000)
        wins = review.forecast.wins.total.mean
        assert sum(stage.expected_wins for stage in review.stages) == pytest.approx(wins, rel=1e-9)
        assert wins < sum(stage.weighted for stage in review.stages) / 50.0  # age and horizon take their part


def test_a_deals_own_win_rate_weighs_it_and_a_stage_left_out_weighs_nothing():
    steps = [Step("mark", win_rate=0.0, in_forecast=False), Step("offer", win_rate=0.5)]
    deals = [*alike(3, "mark"), fs.Deal("own", "offer", 100.0, win_rate=0.9), fs.Deal("plain", "offer", 100.0)]
    review = review_pipeline(case_of(Funnel.linear(steps), deals, targets=(Target(100.0),)))
    assert [stage.weighted for stage in review.stages] == [0.0, pytest.approx(140.0)]
    assert review.plan[0].fresh.stage == "offer"
    assert any("win rate of their own" in note for note in review.forecast.notes)


def test_the_times_of_a_straight_funnel_are_those_of_its_laws():
    funnel = timed().funnel
    sigma = np.log(3.0) / stats.norm.ppf(0.9)
    oracles = (stats.lognorm(s=sigma, scale=20.0), stats.gamma(a=1 / 0.49, scale=18 * 0.49))
    oracles = (*oracles, stats.weibull_min(c=1.3, scale=25.0))
    for i, oracle in enumerate(oracles):
        assert days_to_advance(funnel, i) == pytest.approx((oracle.mean(), oracle.median()), rel=1e-6)
    assert days_to_win(funnel)[1] == pytest.approx(oracles[1].mean() + oracles[2].mean(), rel=1e-6)
    assert cycle_days(funnel) == pytest.approx(sum(oracle.mean() for oracle in oracles), rel=1e-6)


def test_several_exits_onward_are_mixed_by_their_chances():
    mean, median = days_to_advance(branched().funnel, 0)
    sigma = np.log(3.0) / stats.norm.ppf(0.9)
    quick = stats.lognorm(s=sigma, scale=20.0)
    assert mean == pytest.approx(0.8 * quick.mean() + 0.2 * 30.0)
    assert 0.8 * quick.cdf(median) + 0.2 * (median >= 30.0) == pytest.approx(0.5, abs=1e-9)


def test_the_cycle_of_a_funnel_of_branches_is_the_one_its_winners_walk():
    case = replace(branched(), horizon=type(branched().horizon)(), targets=())
    case = replace(case, pipeline=fs.Pipeline((fs.Deal("a", "a", 1.0),)))
    simulation = Simulation(case, seed=2)
    took = []
    for trial in range(6_000):
        path, outcome, _ = simulation.trace(trial, 0)
        if outcome == 1:
            took.append(path[-1][2])
    error = np.std(took) / len(took) ** 0.5
    assert abs(np.mean(took) - cycle_days(case.funnel)) < Z * error
    # negative control: a cycle 10 % longer is told apart
    assert abs(np.mean(took) - 1.1 * cycle_days(case.funnel)) > Z * error


def test_an_endless_stay_has_no_mean_in_json():
    steps = [Step("s", conversion=0.5, stay=Fixed(np.inf), stay_lost=Fixed(3.0))]
    told = review_pipeline(case_of(Funnel.linear(steps), alike(2, "s"))).as_json()
    assert (told["stages"][0]["mean_days"], told["cycle_days"]) == (None, None)


def test_a_stage_that_nobody_wins_from_has_no_time_to_win():
    stay = Shaped("exponential", {"mean": 5.0})
    stages = (
        Stage("dead", (Exit("lost", 1.0, stay),)),
        Stage("live", (Exit("won", 0.5, stay), Exit("lost", 0.5, stay))),
    )
    assert days_to_win(Funnel(stages)) == (None, pytest.approx(5.0))


# ---- plan


def test_a_target_tells_booked_and_to_come_apart():
    case = timed(booked=(Booked(400.0, START, 3),), targets=(Target(1000.0), Target(20, "wins")))
    review = review_pipeline(case)
    money, wins = review.plan
    assert (money.booked, wins.booked) == (400.0, 3.0)
    law = fs.exact(case).total("bookings")
    assert money.to_come.commit == law.quantile(0.1)
    assert money.told.chance == pytest.approx(law.chance_at_least(600.0))
    assert wins.told.chance == pytest.approx(fs.exact(case).total("wins").chance_at_least(17))


def test_a_target_by_a_day_counts_what_comes_up_to_it():
    case = timed(targets=(Target(600.0), Target(600.0, by=date(2026, 2, 15))))
    late, early = review_pipeline(case).plan
    assert early.to_come.mean < late.to_come.mean
    assert early.fresh.worth < late.fresh.worth


# ---- fresh pipeline


def test_fresh_deals_that_are_binomial_are_counted_as_the_binomial_law_says():
    """Deals of one amount, no time: K wins among n fresh deals of win rate w and no others that matter."""
    case = case_of(Funnel.linear([Step("s", win_rate=0.2)]), [fs.Deal("none", "s", 50.0, win_rate=0.0)])
    target = Target(300.0)
    case = replace(case, targets=(target,))
    fresh = fresh_pipeline(case, target, EXACT, EXACT.answer(case))
    n = np.arange(200)
    reached = stats.binom.sf(5, n, 0.2)  # 6 wins of 50
    assert fresh.worth == pytest.approx(10.0)
    assert fresh.deals == {
        "mean": 30,
        "even": int(np.argmax(reached >= 0.5)),
        "nine_in_ten": int(np.argmax(reached >= 0.9)),
    }
    # negative control: a win rate 3 % higher asks for fewer
    assert int(np.argmax(stats.binom.sf(5, n, 0.206) >= 0.9)) < fresh.deals["nine_in_ten"]


def test_the_figure_found_reaches_the_level_and_one_less_does_not():
    case = timed(shock=Shock(0.05))
    target = case.targets[0]
    fresh = fresh_pipeline(case, target, EXACT, EXACT.answer(case))
    for name, level in (("even", 0.5), ("nine_in_ten", 0.9)):
        n = fresh.deals[name]
        chances = [
            fs.exact(with_fresh(case, target, fresh.stage, fresh.amount, k)).toward(target).chance_at_least(1000.0)
            for k in (n - 1, n)
        ]
        assert chances[0] < level <= chances[1]
    mean = fs.exact(case).toward(target).mean
    assert fresh.deals["mean"] == ceil((1000.0 - mean) / fresh.worth)


def test_simulation_asks_for_about_as_many():
    case = timed()
    sure = review_pipeline(case, engine="exact").plan[0].fresh
    drawn = review_pipeline(case, engine="simulate", trials=20_000, seed=2).plan[0].fresh
    assert drawn.worth == pytest.approx(sure.worth, rel=0.03)
    for name, n in sure.deals.items():
        assert drawn.deals[name] == pytest.approx(n, rel=0.05, abs=2)


def test_a_target_that_is_reached_asks_for_none_and_one_out_of_reach_for_too_many():
    case = straight(targets=(Target(1.0), Target(1e9)))
    near, far = review_pipeline(case).plan
    assert set(near.fresh.deals.values()) == {0}
    assert far.fresh.deals == {"mean": None, "even": None, "nine_in_ten": None}


def test_a_target_before_any_fresh_deal_can_be_won_is_not_closed_by_any():
    case = timed(targets=(Target(900.0, by=date(2026, 1, 2)),))
    slow = tuple(replace(s, exits=tuple(replace(e, stay=Fixed(60.0)) for e in s.exits)) for s in case.funnel.stages)
    case = replace(case, funnel=replace(case.funnel, stages=slow))
    fresh = review_pipeline(case).plan[0].fresh
    assert fresh.worth == 0.0
    assert fresh.deals == {"mean": None, "even": None, "nine_in_ten": None}


def test_fresh_deals_join_the_group_of_the_target_and_take_no_name_of_another():
    deals = [fs.Deal("fresh#1", "s", 10.0, segment="east"), fs.Deal("b", "s", 30.0, segment="west")]
    target = Target(50.0, group={"segment": "east"})
    case = case_of(Funnel.linear([Step("s", win_rate=0.5)]), deals, targets=(target,))
    more = with_fresh(case, target, "s", 20.0, 3)
    assert [d.segment for d in more.pipeline.deals[2:]] == ["east"] * 3
    assert len({d.id for d in more.pipeline.deals}) == 5
    fresh = review_pipeline(case).plan[0].fresh
    assert (fresh.amount, fresh.worth) == (20.0, pytest.approx(10.0))


@pytest.mark.parametrize("level", [0.01, 0.37, 0.5, 0.9])
@pytest.mark.parametrize("scale", [3.0, 40.0, 900.0, 6_000.0])
def test_the_search_finds_the_first_number_that_reaches_a_level(level, scale):
    asked = []

    def chance(n):
        asked.append(n)
        return 1 - 0.5 ** (n / scale)

    truth = ceil(-scale * np.log2(1 - level) - 1e-9)
    found = Search(chance).fewest(level)
    assert found == truth if truth <= 200 else truth <= found <= 1.006 * truth
    assert len(asked) <= 16
    assert len(set(asked)) == len(asked)


def test_the_search_gives_up_where_the_chance_levels_off():
    asked = []
    assert Search(lambda n: asked.append(n) or min(0.3, n / 1e4)).fewest(0.5) is None
    assert max(asked) == MOST_DEALS
    assert all(a < b for a, b in pairwise(asked[1:]))


# ---- the engine


def test_the_exact_engine_is_taken_where_it_applies_and_said_where_not():
    wandering = timed(shock=Shock(0.1, phi=0.5))
    assert review_pipeline(timed()).forecast.engine == "exact"
    review = review_pipeline(wandering, trials=400)
    assert (review.forecast.engine, review.forecast.trials, review.forecast.seed) == ("simulate", 400, 11)
    assert "exact engine does not answer" in str(review.refused)
    with pytest.raises(RefusedError, match="exact engine"):
        review_pipeline(wandering, engine="exact")


def test_the_same_review_gives_the_same_bytes_and_a_drawn_seed_serves_every_run():
    from json import dumps

    case = timed(seed=None)
    first = review_pipeline(case, engine="simulate", trials=300)
    again = review_pipeline(case, engine="simulate", trials=300, seed=first.forecast.seed)
    assert dumps(first.as_json()) == dumps(again.as_json())
