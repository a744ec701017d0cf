"""What deals share: shocks and beliefs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from funnelsim.engine.exact import engine, exact
from funnelsim.engine.exact.nodes import axes_of, nodes_of
from funnelsim.engine.lower import lower
from funnelsim.errors import RefusedError
from funnelsim.model.beliefs import Belief, Correlation, Subject
from funnelsim.model.funnel import Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Pert, Uniform
from funnelsim.model.pipeline import Deal
from funnelsim.model.shock import Shock, StayShock
from funnelsim.model.target import Target
from tests.engine.exact.exact_cases import (
    alike,
    case_of,
    exponential,
    gamma,
    graph,
    lognormal,
    one_stage,
    timed,
    weighted_pipeline,
)

STEPS = (
    Step("a", conversion=0.4, stay=lognormal(20, 60), stay_lost=lognormal(40, 90)),
    Step("b", conversion=0.7, stay=gamma(15, 0.6), stay_lost=exponential(30)),
)
SOLVED = 1e-9  # the shift is solved to 1e-13 on nodes with an error below 1e-12


def deals_of_all_ages():
    return [
        *alike(5, "a"),
        *(Deal(f"old{i}", "a", 20.0, age_days=25.0, segment="xy"[i % 2]) for i in range(6)),
        *alike(4, "b"),
    ]


@pytest.mark.parametrize("shock", [Shock(0.3), Shock(0.2, {"segment": 0.2}), Shock(0.0, {"segment": 0.4})])
def test_a_shock_leaves_the_mean_of_fresh_and_aged_deals_alone(shock):
    calm = exact(timed(STEPS, deals_of_all_ages()))
    moved = exact(timed(STEPS, deals_of_all_ages(), shock=shock))
    assert moved.deal_chances()[0] == pytest.approx(calm.deal_chances()[0], abs=SOLVED)
    assert moved.total("wins").mean == pytest.approx(calm.total("wins").mean, abs=10 * SOLVED)
    assert moved.total("wins").sd > 1.1 * calm.total("wins").sd


def test_without_the_shift_the_mean_would_be_off():
    """The control: conversions held one by one do not hold the win rate of two stages."""
    s, r = np.sqrt(0.3), np.sqrt(0.7)
    z = np.linspace(-8, 8, 321)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    held_alone = weight @ (
        special.ndtr((special.ndtri(0.4) + s * z) / r) * special.ndtr((special.ndtri(0.7) + s * z) / r)
    )
    assert abs(held_alone - 0.28) > 1e-2


def test_one_stage_under_a_shock_is_the_one_factor_model_by_another_rule():
    law = exact(one_stage(0.3, 40, shock=Shock(0.25))).total("wins")
    z, weight = np.polynomial.hermite_e.hermegauss(180)
    chance = special.ndtr((special.ndtri(0.3) + 0.5 * z) / np.sqrt(0.75))
    expected = weight @ stats.binom.pmf(np.arange(41), 40, chance[:, None]) / weight.sum()
    assert np.abs(law.pmf - expected).max() < 1e-7
    wrong = weight @ stats.binom.pmf(np.arange(41), 40, np.minimum(1.03 * chance[:, None], 1.0)) / weight.sum()
    assert np.abs(law.pmf - wrong).max() > 1e-4


@pytest.mark.parametrize("shock", [Shock(0.3), Shock(0.2, {"segment": 0.2}), Shock(0.2, stays=StayShock(0.4, 0.5))])
def test_twice_as_many_nodes_give_the_same_law(shock, monkeypatch):
    case = timed(STEPS, deals_of_all_ages(), shock=shock)
    usual = exact(case).total("wins").pmf
    monkeypatch.setattr(engine, "step_for", lambda program: 0.12)
    assert np.abs(exact(case).total("wins").pmf - usual).max() < 1e-7


def test_groups_share_the_market_and_nothing_else():
    """Two segments of one deal each: the correlation of their wins is that of two normals with the market's share."""
    deals = [Deal("x", "offer", 1.0, segment="x"), Deal("y", "offer", 1.0, segment="y")]
    case = replace(one_stage(0.3, 1), pipeline=type(one_stage(0.3, 1).pipeline)(tuple(deals)))
    both = exact(replace(case, shock=Shock(0.2, {"segment": 0.3}))).total("wins").pmf[2]
    expected = stats.multivariate_normal([0, 0], [[1, 0.2], [0.2, 1]]).cdf([special.ndtri(0.3)] * 2)
    assert both == pytest.approx(float(expected), abs=1e-6)  # the error of scipy's own quadrature
    together = exact(replace(case, shock=Shock(0.5))).total("wins").pmf[2]
    assert together > both + 0.02


def test_nested_shocks_of_segment_and_owner_are_integrated():
    deals = [Deal(f"{s}{o}", "offer", 1.0, segment=s, owner=s + o) for s in "xy" for o in "pq"]
    case = replace(one_stage(0.3, 1), pipeline=type(one_stage(0.3, 1).pipeline)(tuple(deals)))
    law = exact(replace(case, shock=Shock(0.0, {"owner": 0.1, "segment": 0.2}))).total("wins")
    near = stats.multivariate_normal([0, 0], [[1, 0.2], [0.2, 1]]).cdf([special.ndtri(0.3)] * 2) - 0.09
    assert law.mean == pytest.approx(1.2, abs=SOLVED)
    assert law.sd**2 == pytest.approx(4 * 0.21 + 4 * float(near), abs=1e-5)


def test_a_shock_on_stays_multiplies_what_is_left():
    steps = [Step("a", conversion=0.5, stay=exponential(30))]
    law = exact(timed(steps, alike(6, "a"), shock=Shock(stays=StayShock(0.5))))
    w, weight = np.polynomial.hermite_e.hermegauss(100)
    stretch = np.exp(0.5 * w - 0.125)
    for i, end in enumerate((31, 59, 90)):
        expected = weight @ (1 - np.exp(-end / 30 / stretch)) / weight.sum() * 3
        found = sum(law.period("wins", k).mean for k in range(i + 1))
        assert found == pytest.approx(expected, abs=1e-4)
        if i == 0:  # the control: without the shock
            assert found != pytest.approx(3 * (1 - np.exp(-end / 30)), abs=1e-2)


def test_a_fixed_stay_under_a_shock_on_stays_keeps_within_the_stated_error(monkeypatch):
    """All deals jump over the end of the month together, somewhere between two nodes."""
    steps = [Step("a", conversion=0.5, stay=Fixed(31.0)), Step("b", conversion=1.0, stay=Fixed(0.0))]
    case = timed(steps, alike(8, "a"), shock=Shock(0.2, stays=StayShock(0.5, -0.6)))
    usual = exact(case).period("wins", 0)
    monkeypatch.setattr(engine, "step_for", lambda program: 0.04)
    fine = exact(case).period("wins", 0)
    off = [abs(usual.chance_at_least(x) - fine.chance_at_least(x)) for x in range(1, 8)]
    assert max(off) > 1e-3  # so that there is an error to state
    assert all(o <= usual.chance_error_at(x) for x, o in enumerate(off, start=1))


def test_conversions_of_a_graph_are_held_under_a_shock():
    case = case_of(graph(), alike(1, "c"), shock=Shock(0.3))
    law = exact(case)
    z = np.linspace(-8, 8, 641)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    upto = [special.ndtr((special.ndtri(p) - np.sqrt(0.3) * z) / np.sqrt(0.7)) for p in (0.35, 0.5)]
    win, back = 1 - upto[1], upto[1] - upto[0]
    # the rest of the graph at each z, by hand: a: lost .3, never .1, b .4, c .2; b: lost .3, a .2, c .5
    a = np.diff(special.ndtr((special.ndtri([[0.3], [0.4], [0.8]]) - np.sqrt(0.3) * z) / np.sqrt(0.7)), axis=0)
    a_to_c = 1 - special.ndtr((special.ndtri(0.8) - np.sqrt(0.3) * z) / np.sqrt(0.7))
    b = [special.ndtr((special.ndtri(p) - np.sqrt(0.3) * z) / np.sqrt(0.7)) for p in (0.3, 0.5)]
    matrix = np.zeros((len(z), 3, 3))
    matrix[:, 0, 1], matrix[:, 0, 2] = a[1], a_to_c
    matrix[:, 1, 0], matrix[:, 1, 2] = b[1] - b[0], 1 - b[1]
    matrix[:, 2, 1] = back
    right = np.stack([np.zeros_like(z), np.zeros_like(z), win], axis=1)
    expected = weight @ np.linalg.solve(np.eye(3) - matrix, right[..., None])[:, 2, 0]
    assert law.total("wins").mean == pytest.approx(expected, abs=SOLVED)


def test_wins_under_a_believed_rate_are_beta_binomial_within_the_stated_error():
    about = Subject("win_rate", "offer")
    law = exact(one_stage(0.3, 25, beliefs=(Belief(about, Beta(20)),))).total("wins")
    truth = stats.betabinom(25, 6, 14)
    assert law.mean == pytest.approx(7.5, abs=1e-6)
    assert law.sd == pytest.approx(truth.std(), rel=2e-3)
    for x in range(1, 20):
        assert law.chance_at_least(x) == pytest.approx(truth.sf(x - 1), abs=max(law.chance_error_at(x), 2e-4))
    wrong = stats.betabinom(25, 6 * 1.03, 14)
    assert any(abs(law.chance_at_least(x) - wrong.sf(x - 1)) > max(law.chance_error_at(x), 2e-4) for x in range(1, 20))


def test_beliefs_leave_the_mean_alone():
    beliefs = tuple(Belief(Subject("win_rate", f"s{i}"), Beta(40 + i)) for i in range(5))
    calm, moved = exact(weighted_pipeline()), exact(weighted_pipeline(beliefs=beliefs))
    assert moved.total("wins").mean == pytest.approx(53.7, abs=1e-6)
    assert moved.total("bookings").sd > 1.5 * calm.total("bookings").sd
    assert 0 < moved.total("bookings").chance_error < 0.015


def test_correlated_beliefs_a_shock_and_a_believed_rho_act_together():
    a, b = Subject("conversion", "a"), Subject("conversion", "b")
    beliefs = (Belief(a, Beta(30)), Belief(b, Beta(30)), Belief(Subject("rho"), Uniform(0.05, 0.3)))
    case = timed(STEPS, alike(20, "a"), horizon=Horizon(), shock=Shock(0.1), beliefs=beliefs)
    law = exact(replace(case, correlations=(Correlation((a, b), 0.6),))).total("wins")
    assert law.mean == pytest.approx(20 * 0.28, abs=max(law.mean_error, 0.005))
    assert law.sd > exact(case).total("wins").sd


def test_a_believed_realisation_scales_all_amounts_together():
    factor = Pert(0.7, 0.9, 1.2)
    mean, share = (0.7 + 3.6 + 1.2) / 6, (0.9 - 0.7) / 0.5
    square = 0.5**2 * (1 + 4 * share) * (5 - 4 * share) / (36 * 7) + mean**2
    law = exact(one_stage(0.3, 30, 10.0, beliefs=(Belief(Subject("realisation"), factor),))).total("bookings")
    assert law.mean == pytest.approx(90 * mean, rel=1e-6)
    assert law.sd == pytest.approx(np.sqrt(square * (30 * 0.21 + 81) * 100 - (90 * mean) ** 2), rel=1e-4)
    assert law.support @ law.pmf == pytest.approx(law.mean, rel=1e-5)


def test_a_believed_stay_shifts_the_date_and_not_the_chance():
    case = timed(STEPS, alike(5, "a"), beliefs=(Belief(Subject("stay", "a"), Uniform(0.5, 1.5)),))
    spread, known = exact(case), exact(replace(case, beliefs=()))
    assert spread.total("wins").mean != pytest.approx(known.total("wins").mean, abs=1e-3)
    in_the_end = replace(case, horizon=Horizon())
    assert exact(in_the_end).total("wins").mean == pytest.approx(1.4, abs=1e-9)


REFUSED = {
    "a shock per period": Shock(0.2, phi=0.5),
    "3 dimensions": Shock(0.2, {"segment": 0.2}, stays=StayShock(0.4)),
    "cross": Shock(0.0, {"segment": 0.2, "owner": 0.1}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_answered_is_refused_with_its_reason(reason):
    deals = [Deal(f"{s}{o}", "a", 1.0, segment=s, owner=o) for s in "xy" for o in "pq"]
    with pytest.raises(RefusedError, match=reason) as caught:
        exact(timed(STEPS, deals, shock=REFUSED[reason]))
    assert "--engine simulate" in str(caught.value)


def test_the_open_value_is_refused():
    with pytest.raises(RefusedError, match="open_value"):
        exact(one_stage(0.3, 2), ("bookings", "open_value"))


def test_a_market_and_a_stretch_that_move_as_one_are_one_dimension():
    program = lower(timed(STEPS, alike(2, "a"), shock=Shock(0.2, {"segment": 0.1}, stays=StayShock(0.4, -1.0))))
    nodes = nodes_of(program, axes_of(program))
    assert nodes.shape == (1, 81, 81)
    assert nodes.stretch[0, 0] > nodes.stretch[0, -1] or nodes.shock[0, 0, 40] > nodes.shock[0, -1, 40]


def test_swing_is_an_intervention_that_leaks_no_shared_shock():
    case = one_stage(0.3, 6, shock=Shock(0.4))
    worthless = replace(case, pipeline=type(case.pipeline)((*case.pipeline.deals, Deal("zero", "offer", 0.0))))
    law = exact(worthless)
    swing = law.swing(Target(3.0))
    z = np.linspace(-8, 8, 321)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    chance = special.ndtr((special.ndtri(0.3) + np.sqrt(0.4) * z) / np.sqrt(0.6))
    expected = weight @ (stats.binom.sf(1, 5, chance) - stats.binom.sf(2, 5, chance))
    assert swing[:6] == pytest.approx(expected, abs=SOLVED)
    assert swing[6] == 0.0
    # the control: conditioning on the deal's own win, which leaks the shock
    conditioned = (weight @ (chance * stats.binom.sf(1, 5, chance))) / 0.3
    assert conditioned - weight @ ((1 - chance) * stats.binom.sf(2, 5, chance)) / 0.7 > 1.2 * expected


def test_the_short_way_to_a_swing_agrees_with_the_long_one(monkeypatch):
    rng = np.random.default_rng(4)
    amounts = np.round(rng.lognormal(3, 0.4, 24), 2)
    deals = [Deal(str(i), "ab"[i % 2], float(a), age_days=float(i % 3)) for i, a in enumerate(amounts)]
    case = timed(STEPS, deals, shock=Shock(0.05))
    target = Target(float(0.4 * amounts.sum()))
    long_way = exact(case).swing(target)
    monkeypatch.setattr(engine, "MAX_WORK_OF_SWINGS", 0)
    assert exact(case).swing(target) == pytest.approx(long_way, rel=0.1)  # of second order in one deal of 24
