"""Communication coupled to stages (M8.3): neutral as stated, moved by remedies, the same in both engines."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy import integrate, special, stats

from funnelsim.engine.coupling import remedied, remedy_row
from funnelsim.engine.exact import exact
from funnelsim.engine.kernel.chances import workspace
from funnelsim.engine.laws import curve_of
from funnelsim.engine.lower import lower
from funnelsim.engine.rules import combined, rule_of
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.communication import REMOVED, Communication, Coupling, Hop, Remedy
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Pert, Triangular, Uniform
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Referral
from tests.engine.cases import BELIEFS, CASES, GAMMA, LINEAR, LOGNORMAL, SPOKEN, case
from tests.engine.inside import draw_beliefs
from tests.engine.test_engines_agree import disagreements
from tests.engine.twin_communication import mended, solved

# some 40 comparisons; 1 seed in 1,000 may err
Z = 4.3
N_TRIALS = 60_000
HOPS = (Hop("said", Beta(12.0, 0.8)), Hop("heard", Beta(8.0, 0.75)), Hop("done", Fixed(0.5)))
ONE = Funnel.linear([Step("quote", conversion=0.3)])


def chain(elasticity=2.0, hops=HOPS, stage="quote", rework=0.0):
    return Communication(hops, stages={stage: Coupling(Fixed(elasticity), Fixed(rework))})


def quotes(**changes):
    deals = Pipeline(tuple(Deal(f"d{i}", "quote", 1.0) for i in range(40)))
    return case(ONE, pipeline=deals, horizon=Horizon(), **changes)


def won(found):
    """Return the share of deals won, and its standard error over trials."""
    wins = simulate(found, trials=N_TRIALS).total("wins") / len(found.pipeline)
    return wins.mean(), wins.std() / sqrt(N_TRIALS)


def plain_mean(communication, shift, n=400_000):
    """Return E[c'] and its standard error, by numpy's own random numbers, hop by hop."""
    rng, share = np.random.default_rng(5), np.zeros(n)
    for hop in communication.hops:
        mean = curve_of(hop.keeps).mean
        evidence = getattr(hop.keeps, "evidence", None)
        kept = rng.beta(evidence * mean, evidence * (1 - mean), n) if evidence else np.full(n, mean)
        share += np.log([mended(r, hop.remedy) for r in kept] if hop.remedy != Remedy() else kept) - np.log(mean)
    e = communication.stages["quote"].elasticity.value
    chance = special.expit(special.logit(0.3) + shift + e * share)
    return chance.mean(), chance.std() / sqrt(n)


# ---- stated figures stay averages


@pytest.mark.parametrize("elasticity", [0.5, 2.0])
def test_a_stated_conversion_is_the_mean_over_what_hops_keep(elasticity):
    mean, se = won(quotes(communication=chain(elasticity)))
    assert abs(mean - 0.3) < Z * se


def test_f0_alone_would_not_hold_it():
    """The negative control: with the shift left out the mean conversion is off by far more than Z se."""
    mean, se = plain_mean(chain(0.5), 0.0)
    assert abs(mean - 0.3) > 10 * Z * se
    solved_shift = lower(quotes(communication=chain(0.5))).parameters.coupling.shift[0]
    mean, se = plain_mean(chain(0.5), solved_shift)
    assert abs(mean - 0.3) < Z * se


def test_the_shift_is_that_of_an_adaptive_integral():
    one_hop = chain(1.3, (Hop("said", Beta(9.0, 0.7)),))
    shift = lower(quotes(communication=one_hop)).parameters.coupling.shift[0]
    law = stats.beta(6.3, 2.7)

    def chance(r):
        return special.expit(special.logit(0.3) + shift + 1.3 * np.log(r / 0.7)) * law.pdf(r)

    assert integrate.quad(chance, 0, 1, epsabs=1e-13)[0] == pytest.approx(0.3, abs=1e-10)


@pytest.mark.parametrize(
    "name",
    ["communication", "communication, beliefs and shock", "communication in a graph", "communication without chance"],
)
def test_shift_and_scale_are_those_of_a_plain_tensor_of_grids(name):
    found = CASES[name]
    coupling = lower(found).parameters.coupling
    for u, stage in enumerate(found.communication.stages):
        shift, scale = solved(found, stage)
        # pert and triangular beliefs have kinks, which the coarser grid of the twin sees to 1e-7
        assert coupling.shift[u] == pytest.approx(shift, abs=1e-6)
        assert coupling.scale[u] == pytest.approx(scale, rel=1e-9)


def test_the_mean_factor_on_stays_is_one_as_stated():
    found = case(LINEAR, communication=chain(0.0, stage="need", rework=0.7))
    factors = drawn_times(found, 4000)[:, 1]
    assert abs(factors.mean() - 1.0) < Z * factors.std() / sqrt(4000)
    assert factors.std() > 0.1


def drawn_times(found, n):
    plan = lower(found).plan
    chances, seen = workspace(plan, 1), []
    for trial in range(n):
        chances.trial[0] = np.uint64(trial * 7919 + 1)
        draw_beliefs(plan, chances, 0)
        seen.append(chances.time.copy())
    return np.array(seen)


def test_a_belief_in_the_conversion_and_communication_together_hold_it():
    beliefs = (Belief(Subject("conversion", "quote"), Beta(6.0)),)
    mean, se = won(quotes(beliefs=beliefs, communication=chain(1.5)))
    assert abs(mean - 0.3) < Z * se


def test_a_deals_own_win_rate_is_held_as_stated_and_moved_by_a_remedy():
    deals = Pipeline(tuple(Deal(f"d{i}", "quote", 1.0, win_rate=0.6) for i in range(40)))
    plain = replace(quotes(communication=chain(1.0)), pipeline=deals)
    mean, se = won(plain)
    assert abs(mean - 0.6) < Z * se + 1e-3  # the tilt is solved at 256 points
    better, _ = won(replace(plain, communication=plain.communication.with_remedy(2, REMOVED)))
    assert better > 0.65


# ---- remedies


@pytest.mark.parametrize("remedy", [REMOVED, Remedy(repeat_backs=1), Remedy(repeat_backs=2, correlation=0.4)], ids=str)
def test_a_remedy_raises_the_mean_by_what_plain_numpy_says(remedy):
    told = chain(0.8).with_remedy(1, remedy)
    shift = lower(quotes(communication=told)).parameters.coupling.shift[0]
    expected, expected_se = plain_mean(told, shift)
    mean, se = won(quotes(communication=told))
    assert abs(mean - expected) < Z * sqrt(se**2 + expected_se**2)
    assert expected > 0.3 + 5 * Z * se
    # negative control: a remedy a few per cent weaker is told apart
    weaker, _ = plain_mean(chain(0.8), shift)
    assert abs(mean - weaker) > Z * sqrt(se**2 + expected_se**2)


@pytest.mark.parametrize("m", [0, 1, 3])
@pytest.mark.parametrize("correlation", [0.0, 0.4, 1.0])
def test_repeat_backs_are_attempts_with_the_stated_correlation(m, correlation):
    rng = np.random.default_rng(2)
    n, r = 400_000, 0.6
    alike = rng.random(n) < correlation
    attempts = rng.random((n, m + 1)) < r
    attempts[alike] = attempts[alike, :1]
    share = attempts.any(axis=1).mean()
    found = float(remedied(np.array(r), remedy_row(Remedy(repeat_backs=m, correlation=correlation))))
    assert abs(share - found) < Z * sqrt(found * (1 - found) / n)
    if m == 3:
        pair = np.corrcoef(attempts[:, 0], attempts[:, 2])[0, 1]
        assert abs(pair - correlation) < Z / sqrt(n)
    if correlation == 0:
        assert found == pytest.approx(1 - (1 - r) ** (m + 1))


def test_remedies_at_their_ends():
    r = np.array([0.0, 0.3, 1.0])
    assert (remedied(r, remedy_row(REMOVED)) == 1).all()
    assert (remedied(r, remedy_row(Remedy())) == r).all()
    assert (remedied(r, remedy_row(Remedy(written=0.9))) == [0.9, 0.9, 1.0]).all()
    assert remedied(r, remedy_row(Remedy(adds=0.2))) == pytest.approx([0.2, 0.5, 1.0])


def test_a_remedy_changes_no_other_draw():
    found = case(LINEAR, beliefs=BELIEFS, communication=SPOKEN.baseline, shock=Shock(rho=0.1))
    better = replace(found, communication=SPOKEN.with_remedy(1, Remedy(repeat_backs=3)))
    plans = [lower(one).plan for one in (found, better)]
    spaces = [workspace(plan, 1) for plan in plans]
    for trial in range(50):
        for plan, chances in zip(plans, spaces, strict=True):
            chances.trial[0] = np.uint64(trial + 1)
            draw_beliefs(plan, chances, 0)
        one, other = spaces
        for name in ("keeps", "elasticity", "rework", "score", "rho"):
            assert (getattr(one, name) == getattr(other, name)).all()
        assert one.amount_factor[0] == other.amount_factor[0]
        for stage in (0, 2):  # nothing hangs on these
            assert one.time[stage] == other.time[stage]
            assert (one.probability[stage] == other.probability[stage]).all()
        assert one.time[1] != other.time[1]


def test_what_was_won_is_won_with_a_remedy_too():
    told = replace(SPOKEN, stages={"need": Coupling(Fixed(0.5)), "deal": Coupling(Uniform(0.3, 0.7))})
    found = case(LINEAR, horizon=Horizon(), communication=told.baseline)
    better = replace(found, communication=told)
    before, after = (simulate(one, trials=4000).total("wins") for one in (found, better))
    assert (after >= before).all()
    assert (after > before).any()


def test_a_chain_that_no_stage_hangs_on_changes_nothing():
    alone = replace(CASES["shock and beliefs"], communication=Communication(SPOKEN.hops))
    one, other = (simulate(c, trials=300, threads=1) for c in (alone, CASES["shock and beliefs"]))
    assert (one.bookings == other.bookings).all()
    assert lower(alone).arrays.coupled_stage.size == 0


# ---- both engines


def timed(shock=None, beliefs=(), remedies=True, elasticity=None):
    steps = [
        Step("need", conversion=0.5, stay=LOGNORMAL, stay_lost=GAMMA),
        Step("quote", conversion=0.4, stay=GAMMA),
    ]
    deals = Pipeline(tuple(Deal(f"d{i}", ("need", "quote")[i % 2], 50.0, (0.0, 12.0)[i % 3 == 0]) for i in range(24)))
    told = chain(0.8, rework=0.4).with_remedy(1, Remedy(repeat_backs=1, correlation=0.2))
    told = told if remedies else told.baseline
    if elasticity:
        told = replace(told, stages={"quote": Coupling(elasticity, Uniform(0.1, 0.4))})
    return case(
        Funnel.linear(steps), pipeline=deals, communication=told, shock=shock or Shock(), beliefs=beliefs,
        horizon=Horizon(3, "month"),
    )  # fmt: skip


CONVERSION = (Belief(Subject("conversion", "need"), Beta(40.0)),)


@pytest.mark.parametrize(
    "found",
    [timed(), timed(Shock(rho=0.1)), timed(beliefs=CONVERSION), timed(elasticity=Uniform(0.5, 1.1))],
    ids=["alone", "shock", "belief", "elasticity drawn"],
)
def test_simulated_and_exact_agree(found):
    assert disagreements(found, exact(found), simulate(found, trials=40_000)) == []


def test_a_remedy_forgotten_by_one_engine_is_noticed():
    """The negative control."""
    assert disagreements(timed(), exact(timed(remedies=False)), simulate(timed(), trials=40_000)) != []


# ---- rules


def test_a_rule_has_the_moments_of_its_law():
    for law in (Beta(9.0, 0.7), Uniform(0.2, 0.9), Pert(0.1, 0.5, 0.9), Triangular(0.1, 0.5, 0.9)):
        curve, rule = curve_of(law), rule_of(curve_of(law)).reduced(20)
        assert rule.mean() == pytest.approx(curve.mean, abs=1e-6)
        assert rule.mean(lambda x, m=curve.mean: (x - m) ** 2) == pytest.approx(curve.variance, rel=1e-4)


def test_the_moments_of_a_product_are_the_products_of_the_moments():
    a, b = Beta(9.0, 0.7), Beta(20.0, 0.4)
    rule = combined([rule_of(curve_of(law)) for law in (a, b)], np.multiply, 40)
    assert len(rule.points) == 40
    for j in (1, 2, 7, 30):
        expected = stats.beta(6.3, 2.7).moment(j) * stats.beta(8.0, 12.0).moment(j)
        assert rule.mean(lambda x, j=j: x**j) == pytest.approx(expected, rel=1e-9)


def test_stays_that_would_have_no_finite_spread_are_refused():
    wild = chain(0.5, (Hop("said", Beta(1.5, 0.5)),), rework=1.0)
    with pytest.raises(InputError, match="no finite spread"):
        lower(quotes(communication=wild))


def test_a_remedy_that_lets_a_loop_grow_for_ever_is_noticed():
    referral = Referral(2.5, Fixed(10.0), Entry("quote", Fixed(1.0)))
    told = chain(2.0, (Hop("said", Fixed(0.5)),))
    simulate(quotes(communication=told, referral=referral), trials=50)
    with pytest.raises(InputError, match="without a horizon that has no end"):
        simulate(quotes(communication=told.with_remedy(0, REMOVED), referral=referral), trials=50)
