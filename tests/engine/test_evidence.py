"""Opinions and roles in both engines (model page, M12.5): the pooled figure comes out, and a turn moves exact odds."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest

from funnelsim.engine.exact import exact
from funnelsim.engine.own_chance import own_chances
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.case import Case
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.law import Beta
from funnelsim.model.money import Money
from funnelsim.model.opinions import Opinions, Voice
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.roles import Role, Roles
from funnelsim.model.shock import Shock
from tests.engine.cases import AS_OF, GRAPH, LINEAR

# some 30 comparisons: 1 seed in 1,000 may err
Z = 4.2
N_TRIALS = 40_000
BELIEFS = (
    Belief(Subject("win_rate", "need"), Beta(40.0)),
    Belief(Subject("win_rate", "offer"), Beta(25.0)),
)


def case_of(funnel, *deals, **parts):
    return Case("people", Money("CNY", "万元"), AS_OF, funnel, Pipeline(deals), **parts)


def odds(p):
    return p / (1 - p)


FUNNELS = [
    pytest.param(LINEAR, "need", {}, id="linear"),
    pytest.param(LINEAR, "need", {"beliefs": BELIEFS}, id="linear, beliefs"),
    pytest.param(LINEAR, "offer", {"shock": Shock(0.1)}, id="linear, shock"),
    pytest.param(GRAPH, "a", {}, id="graph"),
]


@pytest.mark.parametrize(("funnel", "stage", "parts"), FUNNELS)
@pytest.mark.parametrize("age", [0.0, 12.0])
def test_the_deal_is_won_in_the_end_with_its_pooled_figure_in_both_engines(funnel, stage, parts, age):
    voices = (Voice("rep", 1.0), Voice("boss", 2.0))
    opinions = Opinions(voices, {"A": {"rep": 0.8, "boss": 0.2}})
    pooled = 1 / (1 + exp(-(log(4) - 2 * log(4)) / 3))
    assert opinions.pooled("A") == pytest.approx(pooled, abs=1e-12)
    case = case_of(funnel, *opinions.applied([Deal("A", stage, 50.0, age)]), **parts)
    law, ensemble = exact(case), simulate(case, trials=N_TRIALS, seed=5)
    # with beliefs the tilt is solved on 1,024 points and the exact law averages over 256 others
    slack = 5e-4 if case.beliefs else 1e-6
    assert law.deal_chances()[0][0] == pytest.approx(pooled, abs=slack)
    share = ensemble.total("wins").mean()
    assert abs(share - pooled) < Z * sqrt(pooled * (1 - pooled) / N_TRIALS)
    # negative control: a figure three points higher is refused by the same test
    assert abs(share - pooled - 0.03) > Z * sqrt(pooled * (1 - pooled) / N_TRIALS)


@pytest.mark.parametrize(("funnel", "stage", "parts"), FUNNELS)
@pytest.mark.parametrize("win_rate", [None, 0.6])
def test_a_role_that_turns_moves_the_odds_by_exactly_its_strength(funnel, stage, parts, win_rate):
    strengths = {"supports": 0.8, "against": -1.1}
    deal = Deal("A", stage, 50.0, 12.0, win_rate=win_rate)

    def chance(stance, influence=1.0):
        roles = Roles(strengths, (Role("A", "采购总监", stance, influence),))
        return own_chances(case_of(funnel, *roles.applied([deal]), **parts))["A"]

    bare = own_chances(case_of(funnel, deal, **parts))["A"]
    assert chance("neutral") == pytest.approx(bare, abs=1e-12)
    assert odds(chance("supports")) / odds(bare) == pytest.approx(exp(0.8), rel=1e-9)
    assert odds(chance("against")) / odds(bare) == pytest.approx(exp(-1.1), rel=1e-9)
    assert odds(chance("supports")) / odds(chance("against")) == pytest.approx(exp(1.9), rel=1e-9)
    assert odds(chance("supports", 2.0)) / odds(bare) == pytest.approx(exp(1.6), rel=1e-9)


def test_both_engines_walk_the_evidence_of_roles():
    deals = [Deal("A", "need", 50.0, 12.0, evidence=0.9), Deal("B", "offer", 80.0, 5.0, evidence=-0.7)]
    case = case_of(LINEAR, *deals, shock=Shock(0.05), beliefs=BELIEFS)
    law, ensemble = exact(case), simulate(case, trials=N_TRIALS, seed=6)
    wanted = own_chances(case)
    assert law.deal_chances()[0] == pytest.approx([wanted["A"], wanted["B"]], abs=2e-3)
    bookings = ensemble.total("bookings") / 100
    assert abs(bookings.mean() - law.total("bookings").mean) < Z * bookings.std() / sqrt(N_TRIALS) + 0.05
    bare = simulate(
        replace(case, pipeline=Pipeline(tuple(d._replace(evidence=0.0) for d in deals))), trials=N_TRIALS, seed=6
    )
    # negative control: without evidence the mean is elsewhere
    assert abs(bare.total("bookings").mean() / 100 - law.total("bookings").mean) > Z * bookings.std() / sqrt(N_TRIALS)


def test_evidence_adds_up_whatever_carries_it():
    one = case_of(LINEAR, Deal("A", "need", 50.0, evidence=0.5))
    own = own_chances(case_of(LINEAR, Deal("A", "need", 50.0)))["A"]
    as_stated = case_of(LINEAR, Deal("A", "need", 50.0, win_rate=1 / (1 + exp(-(log(odds(own)) + 0.5)))))
    assert own_chances(one) == pytest.approx(own_chances(as_stated))


def test_a_certainty_is_not_moved_by_evidence():
    sure = Funnel.linear([Step("first", conversion=1.0), Step("last", conversion=1.0)])
    for case, p in (
        (case_of(sure, Deal("A", "first", 1.0, evidence=-3.0)), 1.0),
        (case_of(LINEAR, Deal("A", "need", 1.0, win_rate=0.0, evidence=3.0)), 0.0),
        (case_of(LINEAR, Deal("A", "need", 1.0, win_rate=1.0, evidence=-3.0)), 1.0),
    ):
        assert exact(case).deal_chances()[0][0] == p
        assert simulate(case, trials=200, seed=1).total("wins").mean() == p


def test_evidence_beyond_what_a_stage_can_reach_is_refused():
    never = Funnel.linear([Step("slow", conversion=0.5, never=0.3), Step("sure", conversion=1.0)])
    assert own_chances(case_of(never, Deal("A", "slow", 1.0, evidence=2.0)))["A"] == pytest.approx(
        odds(0.5) * exp(2) / (1 + exp(2))
    )
    with pytest.raises(InputError, match="cannot reach"):
        exact(case_of(never, Deal("A", "slow", 1.0, evidence=200.0)))


def test_deals_without_evidence_walk_as_before():
    deals = [Deal("A", "need", 50.0, 12.0), Deal("B", "offer", 80.0)]
    alone = simulate(case_of(LINEAR, *deals), trials=2000, seed=3, measures=("bookings", "wins"))
    beside = simulate(case_of(LINEAR, *deals, Deal("C", "need", 0.0, 12.0, evidence=1.0)), trials=2000, seed=3)
    assert np.array_equal(alone.total("bookings"), beside.total("bookings"))
