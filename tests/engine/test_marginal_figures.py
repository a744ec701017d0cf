"""Stated numbers are marginal numbers: shocks and beliefs leave the stated means where they were (M5)."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy import special

from funnelsim.engine.implied import implied_conversions
from funnelsim.engine.kernel.chances import workspace
from funnelsim.engine.lower import lower, shift_nodes
from funnelsim.engine.simulate import Simulation, simulate
from funnelsim.model.beliefs import Belief, Correlation, Subject
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Shaped, Uniform
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shock import Shock, StayShock
from tests.engine.cases import GRAPH, LINEAR, case
from tests.engine.inside import fix_thresholds

Z = 4.5
N_TRIALS = 60_000


def deals_in(stage, n=40, age=0.0, **more):
    return Pipeline(tuple(Deal(f"d{i}", stage, 1.0, age, **more) for i in range(n)))


def mean_win_rate(found, **options):
    """Return the share of deals won, and its standard error over trials."""
    wins = simulate(found, trials=N_TRIALS, **options).total("wins") / len(found.pipeline)
    return wins.mean(), wins.std() / sqrt(N_TRIALS)


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.8])
@pytest.mark.parametrize("stage", LINEAR.names)
def test_a_shock_holds_the_win_rate_of_every_stage(stage, rho):
    found = case(LINEAR, pipeline=deals_in(stage), horizon=Horizon(), shock=Shock(rho=rho))
    stated = dict(zip(LINEAR.names, LINEAR.win_rates, strict=True))[stage]
    mean, se = mean_win_rate(found)
    assert abs(mean - stated) < Z * se


def test_conversions_that_were_simply_shocked_would_not_hold_it():
    """The negative control: unshifted thresholds lift the win rate of five stages by much more than Z se."""
    found = case(LINEAR, pipeline=deals_in("meet"), horizon=Horizon(), shock=Shock(rho=0.3))
    program = lower(found)
    nodes, weights = program.arrays.nodes, program.arrays.node_weight
    ahead = np.ones_like(nodes)
    for c in LINEAR.conversions:
        ahead = ahead * special.ndtr((special.ndtri(c) + sqrt(0.3) * nodes) / sqrt(0.7))
    _, se = mean_win_rate(found)
    assert abs(weights @ ahead - LINEAR.win_rates[0]) > 10 * Z * se


@pytest.mark.parametrize("age", [5.0, 30.0])
@pytest.mark.parametrize("stage", ["meet", "need", "deal"])
def test_a_shock_holds_the_win_rate_of_aged_deals(stage, age):
    plain = case(LINEAR, pipeline=deals_in(stage, age=age), horizon=Horizon())
    shocked = replace(plain, shock=Shock(rho=0.3))
    (a, se_a), (b, se_b) = mean_win_rate(plain), mean_win_rate(shocked)
    assert abs(a - b) < Z * sqrt(se_a**2 + se_b**2)


def test_a_shock_holds_conversions_in_other_graphs_and_says_what_win_rates_become():
    found = case(GRAPH, pipeline=deals_in("a"), horizon=Horizon(), shock=Shock(rho=0.3))
    stated, implied = implied_conversions(lower(found))["a"]
    assert stated == pytest.approx(GRAPH.win_rates[0])
    assert implied > stated + 0.01
    mean, se = mean_win_rate(found)
    assert abs(mean - implied) < Z * se


def test_a_duration_shock_holds_the_mean_stay():
    one = Funnel.linear([Step("only", conversion=1.0, stay=Shaped("gamma", {"mean": 20.0, "cv": 0.5}))])
    found = case(one, pipeline=deals_in("only", 1), horizon=Horizon(), shock=Shock(stays=StayShock(0.4)))
    simulation = Simulation(found, threads=1)
    days = np.array([simulation.trace(trial, 0)[0][-1, 2] for trial in range(4000)])
    assert abs(days.mean() - 20.0) < Z * days.std() / sqrt(len(days))
    assert days.std() > 1.1 * 10.0


@pytest.mark.parametrize("evidence", [12.0, 60.0])
def test_beliefs_hold_the_win_rate(evidence):
    beliefs = tuple(Belief(Subject("win_rate", name), Beta(evidence)) for name in LINEAR.names)
    found = case(LINEAR, pipeline=deals_in("meet"), horizon=Horizon(), beliefs=beliefs)
    mean, se = mean_win_rate(found)
    assert abs(mean - 0.1) < Z * se


def test_beliefs_and_a_shock_together_hold_it_for_aged_deals_too():
    beliefs = tuple(Belief(Subject("win_rate", name), Beta(25.0)) for name in LINEAR.names)
    plain = case(LINEAR, pipeline=deals_in("need", age=30.0), horizon=Horizon(), beliefs=beliefs)
    both = replace(plain, shock=Shock(rho=0.2))
    (a, se_a), (b, se_b) = mean_win_rate(plain), mean_win_rate(both)
    assert abs(a - b) < Z * sqrt(se_a**2 + se_b**2)


@pytest.mark.parametrize("rank", [0.6, -0.5])
def test_correlated_beliefs_hold_the_win_rates_they_are_stated_for(rank):
    subjects = [Subject("win_rate", name) for name in LINEAR.names]
    found = case(
        LINEAR,
        pipeline=deals_in("meet"),
        horizon=Horizon(),
        beliefs=tuple(Belief(subject, Beta(8.0)) for subject in subjects),
        correlations=(Correlation((subjects[0], subjects[1]), rank), Correlation((subjects[1], subjects[2]), rank)),
    )
    mean, se = mean_win_rate(found)
    assert abs(mean - 0.1) < Z * se + 2e-4  # means are solved by quadrature to about that


def test_beliefs_drawn_without_their_correlation_would_be_off():
    """The negative control: with means left as stated, positive correlation lifts the product."""
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 200_000)
    u = special.ndtr(z)
    c = [special.betaincinv(8 * m, 8 * (1 - m), u[:, i]) for i, m in enumerate((0.25, 2 / 3))]
    product = c[0] * c[1]
    assert product.mean() - 0.25 * 2 / 3 > 20 * product.std() / sqrt(200_000)


def test_drawn_win_rates_never_fall_from_a_stage_to_the_next():
    beliefs = tuple(Belief(Subject("win_rate", name), Beta(5.0)) for name in LINEAR.names)
    program = lower(case(LINEAR, beliefs=beliefs))
    u = np.random.default_rng(0).random((5000, 4))
    p = program.parameters.at(u).probability
    best = p[np.arange(5000)[:, None], np.arange(4), program.arrays.n_exits - 1]
    w = np.cumprod(best[:, ::-1], axis=1)[:, ::-1]
    assert (np.diff(w, axis=1) >= 0).all()


@pytest.mark.parametrize("wanted", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("funnel", [LINEAR, GRAPH], ids=["linear", "graph"])
def test_a_deals_own_win_rate_is_its_chance_at_its_present_age(funnel, wanted):
    pipeline = deals_in(funnel.names[0], age=12.0, win_rate=wanted)
    mean, se = mean_win_rate(case(funnel, pipeline=pipeline, horizon=Horizon()))
    assert abs(mean - wanted) < Z * se


def test_a_deals_own_win_rate_is_held_under_beliefs_and_shocks():
    beliefs = tuple(Belief(Subject("win_rate", name), Beta(20.0)) for name in LINEAR.names)
    pipeline = deals_in("meet", age=12.0, win_rate=0.35)
    found = case(LINEAR, pipeline=pipeline, horizon=Horizon(), beliefs=beliefs, shock=Shock(rho=0.2))
    mean, se = mean_win_rate(found)
    assert abs(mean - 0.35) < Z * se + 1e-3  # the tilt is solved at 256 points of the beliefs


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_certainty_is_kept_exactly(rate):
    found = case(LINEAR, pipeline=deals_in("meet", win_rate=rate), horizon=Horizon(), shock=Shock(rho=0.3))
    wins = simulate(found, trials=500).total("wins")
    assert (wins == rate * 40).all()


def test_the_shift_does_not_depend_on_the_quadrature():
    found = case(LINEAR, shock=Shock(rho=0.25))
    program = lower(found)
    results = []
    for once in (True, False):
        nodes, weights = shift_nodes(0.25, 4, once=once)
        plan = program.plan._replace(nodes=nodes, node_weight=weights)
        chances = workspace(plan, 1)
        fix_thresholds(plan, chances)
        results.append((chances.stage_threshold.copy(), chances.class_threshold.copy()))
    assert len(shift_nodes(0.25, 4)[0]) >= 81
    finite = np.isfinite(results[0][0])
    assert np.allclose(results[0][0][finite], results[1][0][finite], atol=1e-10)
    # another rule altogether: Gauss-Hermite
    x, w = np.polynomial.hermite_e.hermegauss(120)
    plan = program.plan._replace(nodes=np.ascontiguousarray(x), node_weight=w / w.sum())
    chances = workspace(plan, 1)
    fix_thresholds(plan, chances)
    assert np.allclose(chances.stage_threshold[finite], results[0][0][finite], atol=1e-8)


@pytest.mark.parametrize("start", [-0.7, -0.05, 0.0, 0.003, 2.0])
def test_the_shift_does_not_depend_on_where_its_search_begins(start):
    found = case(LINEAR, shock=Shock(rho=0.25))
    plan = lower(found).plan
    results = []
    for begin in (0.0, start):
        chances = workspace(plan, 1)
        chances.stage_start[:], chances.class_start[:] = begin, begin
        fix_thresholds(plan, chances)
        results.append((chances.stage_shift.copy(), chances.class_shift.copy()))
    np.testing.assert_allclose(results[1][0], results[0][0], atol=1e-11)
    np.testing.assert_allclose(results[1][1], results[0][1], atol=1e-11)
    assert np.abs(results[0][0]).max() > 1e-3  # there is something to be found


def test_a_belief_on_rho_is_drawn():
    found = case(LINEAR, pipeline=deals_in("need"), horizon=Horizon(), shock=Shock(rho=0.1),
                 beliefs=(Belief(Subject("rho"), Uniform(0.0, 0.6)),))  # fmt: skip
    mean, se = mean_win_rate(found)
    assert abs(mean - 0.4) < Z * se


def test_correlated_beliefs_hold_win_rates_where_stages_ahead_have_none_and_fewer_exits():
    subjects = [Subject("win_rate", name) for name in LINEAR.names[:2]]
    found = case(
        LINEAR,
        pipeline=deals_in("meet"),
        horizon=Horizon(),
        beliefs=tuple(Belief(subject, Beta(8.0)) for subject in subjects),
        correlations=(Correlation((subjects[0], subjects[1]), 0.6),),
    )
    mean, se = mean_win_rate(found)
    assert abs(mean - 0.1) < Z * se + 2e-4
