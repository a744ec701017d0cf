"""The straight funnels of configs/: each loads, and the figures it is there for come out."""

from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import pytest

import funnelsim as fs
from funnelsim.analysis.pipeline import review_pipeline
from funnelsim.engine.simulate import Simulation
from funnelsim.model.law import Beta

CONFIGS = Path(__file__).parents[2] / "configs"
Z = 3.5
UNLIMITED = ["horizon=unlimited"]


def load(name, *settings):
    return fs.load(CONFIGS / f"{name}.yaml", settings)


def mean_of(case):
    return fs.forecast(fs.exact(case)).bookings.total.mean


# ---- product type: 1-3-5-7-10


def test_the_product_type_funnel_has_the_rates_of_its_rule():
    funnel = load("product_type").funnel
    assert funnel.win_rates == pytest.approx((0.1, 0.3, 0.5, 0.7, 0.7, 1.0), abs=1e-12)
    assert funnel.conversions == pytest.approx((1 / 3, 3 / 5, 5 / 7, 1, 7 / 10, 1), abs=1e-12)
    assert [funnel.conversions[i] for i in (3, 5)] == [1.0, 1.0]  # exactly: nothing is lost there
    assert [stage.label for stage in funnel.stages] == [
        "first contact",
        "needs understood",
        "solution offered",
        "quote",
        "negotiation",
        "signing",
    ]


def test_the_rule_says_that_nobody_is_lost_between_quote_and_negotiation():
    case = load("product_type", *UNLIMITED)
    for stage in ("报价", "谈判"):
        deals = tuple(deal for deal in case.pipeline.deals if deal.stage == stage)
        only = replace(case, pipeline=fs.Pipeline(deals), targets=())
        assert fs.exact(only).total("wins").mean == pytest.approx(0.7 * len(deals))
    lifts = review_pipeline(case).bottleneck.lifts
    assert [lift.hindrance for lift in lifts] == ["", "", "", "full", "", "full"]


def test_the_weighted_pipeline_of_the_product_type_is_its_mean_given_all_the_time():
    case = load("product_type", *UNLIMITED)
    assert mean_of(case) == pytest.approx(80 + 120 + 120 + 140 + 84 + 40)
    # negative control: a win rate 3 % higher is told apart
    assert mean_of(load("product_type", *UNLIMITED, "stages.初次接触.win_rate=10.3%")) > 584 + 2


# ---- AIDA


def test_aida_is_stated_by_conversions_and_every_one_is_an_assumption_that_is_believed():
    case = load("aida")
    assert case.funnel.stated_as == "conversion"
    assert [stage.label for stage in case.funnel.stages] == ["awareness", "interest", "decision", "action"]
    assert {belief.about.stage for belief in case.beliefs} == set(case.funnel.names)
    assert all(isinstance(belief.law, Beta) for belief in case.beliefs)
    lines = (CONFIGS / "aida.yaml").read_text("utf-8").splitlines()
    figures = [line for line in lines if line.strip().startswith(("conversion:", "stay:"))]
    assert len(figures) == 8
    assert all(line.endswith("# assumption") for line in figures)


def test_of_100_that_are_aware_3_buy():
    win_rates = load("aida").funnel.win_rates
    assert win_rates == pytest.approx((0.03, 0.15, 0.375, 0.75))
    # the beliefs are independent, so their means multiply to the stated ones; 256 points leave a little
    aware = load("aida", *UNLIMITED, "pipeline=[{stage: 认知, deals: 100, amount: 1, age: 0 d}]", "targets=[]")
    assert fs.exact(aware).total("wins").mean == pytest.approx(3.0, rel=2e-3)


# ---- the traditional funnel


def test_of_10_deals_at_intent_confirmed_2_are_signed_as_the_product_of_what_is_stated():
    case = load("traditional_funnel", *UNLIMITED)
    here = case.funnel.names.index("意向确认")
    assert prod(case.funnel.conversions[here:]) == pytest.approx(0.2, abs=1e-12)
    deals = tuple(deal for deal in case.pipeline.deals if deal.stage == "意向确认")
    assert len(deals) == 10
    only = replace(case, pipeline=fs.Pipeline(deals), targets=())
    assert fs.exact(only).total("wins").mean == pytest.approx(2.0, abs=1e-9)
    standing = review_pipeline(case).stages[here]
    assert (standing.open_deals, standing.expected_wins) == (10, pytest.approx(2.0))
    assert "20%" not in (CONFIGS / "traditional_funnel.yaml").read_text("utf-8").split("stages:")[1]


def test_an_order_takes_45_days_as_the_sum_of_the_mean_stays_on_its_way():
    case = load("traditional_funnel")
    review = review_pipeline(case)
    assert review.cycle_days == pytest.approx(45.0, abs=1e-9)
    assert [stage.mean_days for stage in review.stages] == pytest.approx([11, 10, 8, 6, 10])
    assert "45" not in (CONFIGS / "traditional_funnel.yaml").read_text("utf-8").split("stages:")[1]


def test_the_winners_of_a_simulation_take_45_days():
    case = load("traditional_funnel", *UNLIMITED, "targets=[]")
    deals = fs.Pipeline((fs.Deal("new", case.funnel.names[0], 90.0),))
    simulation = Simulation(replace(case, pipeline=deals), seed=4)
    took = np.array([path[-1][2] for t in range(10_000) for path, won, _ in [simulation.trace(t, 0)] if won == 1])
    error = took.std() / len(took) ** 0.5
    assert abs(took.mean() - 45.0) < Z * error
    # negative control: a line that takes a tenth longer is told apart
    assert abs(took.mean() - 49.5) > Z * error


def test_a_quarter_is_long_enough_for_nearly_all_of_the_excavator_line():
    review = review_pipeline(load("traditional_funnel"))
    assert review.case.periods[0].label == "2026Q4"
    weighted = sum(stage.weighted for stage in review.stages)
    assert weighted == pytest.approx(162 + 162 + 180 + 225 + 144)
    assert 0.99 * weighted < review.forecast.bookings.total.mean < weighted


# ---- pipeline management


def test_the_managed_pipeline_states_what_every_stage_means_asks_for_and_costs():
    case = load("pipeline_management")
    for stage in case.funnel.stages:
        practice = stage.practice
        assert practice.definition
        assert practice.mark
        assert len(practice.tasks) >= 2
        assert practice.cost_per_point


def test_the_managed_pipeline_names_its_bottleneck_and_its_stalled_deals():
    review = review_pipeline(load("pipeline_management"))
    best = review.bottleneck
    assert (best.for_mean.stage, best.for_chance.stage, best.per_cost.stage) == ("商务谈判", "商务谈判", "方案认可")
    assert [deal.id for deal in review.stalled] == ["老客户扩容", "二期工程", "总部项目", "园区改造"]
    assert all(deal.chance < 0.5 * deal.chance_fresh for deal in review.stalled)
    assert 0 < review.plan[0].told.chance < 1


@pytest.mark.parametrize("name", ["product_type", "aida", "traditional_funnel", "pipeline_management"])
def test_both_engines_answer_the_config_alike(name):
    case = load(name)
    sure = fs.forecast(fs.exact(case)).bookings.total
    drawn = fs.forecast(fs.simulate(case, trials=10_000)).bookings.total
    assert abs(drawn.mean - sure.mean) < Z * drawn.mean_se
    assert abs(drawn.mean - 1.03 * sure.mean) > Z * drawn.mean_se
