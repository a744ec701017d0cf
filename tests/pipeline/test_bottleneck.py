"""One more point of conversion: against closed forms, by hand on the exact engine, and by simulation."""

from dataclasses import replace
from math import hypot, prod

import numpy as np
import pytest
from pipeline_cases import CONVERSIONS, N_DEALS, alike, branched, case_of, straight, timed

import funnelsim as fs
from funnelsim.analysis.bottleneck import bottleneck
from funnelsim.analysis.method import Method
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.law import Beta, Empirical, Fixed, Pert, Shaped, Triangular, Uniform
from funnelsim.model.lifting import lifted, room_to_rise
from funnelsim.model.practice import Practice
from funnelsim.model.scaling import scaled
from funnelsim.model.shock import Shock

EXACT = Method("exact")
TRIALS = 40_000
# 3 stages, mean and chance, two cases: 1 seed in 1,000 may err
Z = 4.0


def by_hand(case, stage, points=1.0):
    """Return mean and chance of the case whose stated conversion of a stage is higher, built anew from its steps."""
    conversions = [c + (points / 100 if i == stage else 0.0) for i, c in enumerate(case.funnel.conversions)]
    steps = []
    for s, c in zip(case.funnel.stages, conversions, strict=True):
        onward, lost = s.exits
        steps.append(Step(s.name, conversion=c, stay=onward.stay, stay_lost=lost.stay))
    told = fs.forecast(fs.exact(replace(case, funnel=Funnel.linear(steps))))
    return told.bookings.total.mean, told.targets[0].chance


# ---- the closed form of a straight funnel with all the time in the world


def through(stage):
    """Return the mean of bookings from the deals that still have to pass a stage."""
    return sum(n * 50.0 * prod(CONVERSIONS[i:]) for i, n in enumerate(N_DEALS) if i <= stage)


@pytest.mark.parametrize("stage", range(3))
def test_a_point_is_worth_a_hundredth_of_the_mean_through_the_stage_over_its_conversion(stage):
    lift = bottleneck(straight(), EXACT).lifts[stage]
    assert lift.mean.value == pytest.approx(0.01 * through(stage) / CONVERSIONS[stage], rel=1e-9)
    assert lift.mean.error == 0.0


def test_a_rule_that_counts_the_deals_of_the_stage_alone_is_told_apart():
    """Negative control: the mean of the stage's own deals over its conversion is another figure."""
    lift = bottleneck(straight(), EXACT).lifts[2]
    own = 0.01 * N_DEALS[2] * 50.0
    assert abs(lift.mean.value - own) > 0.03 * lift.mean.value


def test_the_best_stage_by_mean_by_chance_and_per_cost_are_named():
    case = straight()
    prices = (1.0, 50.0, 2.0)
    stages = tuple(
        replace(s, practice=Practice(cost_per_point=p)) for s, p in zip(case.funnel.stages, prices, strict=True)
    )
    found = bottleneck(replace(case, funnel=replace(case.funnel, stages=stages)), EXACT)
    by_mean = [lift.mean.value for lift in found.lifts]
    assert found.for_mean is found.lifts[int(np.argmax(by_mean))]
    assert found.for_chance is found.lifts[int(np.argmax([lift.chance.value for lift in found.lifts]))]
    assert found.per_cost is found.lifts[int(np.argmax(np.divide(by_mean, prices)))]
    assert found.lifts[1].mean_per_cost == pytest.approx(by_mean[1] / 50.0)
    assert found.lifts[1].chance_per_cost == pytest.approx(found.lifts[1].chance.value / 50.0)
    assert found.rivals == ()


# ---- by hand on the exact engine, with ages and a horizon


@pytest.mark.parametrize("stage", range(3))
def test_a_lift_is_the_difference_of_two_exact_laws(stage):
    case = timed()
    base = fs.forecast(fs.exact(case))
    mean, chance = by_hand(case, stage)
    lift = bottleneck(case, EXACT).lifts[stage]
    assert lift.mean.value == pytest.approx(mean - base.bookings.total.mean, abs=1e-8)
    assert lift.chance.value == pytest.approx(chance - base.targets[0].chance, abs=1e-10)
    # negative control: a lift of 1.03 points is told apart
    assert lift.mean.value != pytest.approx(by_hand(case, stage, 1.03)[0] - base.bookings.total.mean, rel=0.01)


def test_with_a_shock_the_win_rates_of_the_raised_case_are_held():
    case = straight(shock=Shock(0.1))
    lift = bottleneck(case, EXACT).lifts[1]
    assert lift.mean.value == pytest.approx(0.01 * through(1) / CONVERSIONS[1], rel=1e-6)


@pytest.mark.parametrize("make", [timed, branched])
def test_simulation_agrees_within_its_own_error_and_that_error_is_small(make):
    case = make()
    exact = bottleneck(case, EXACT)
    simulated = bottleneck(case, Method("simulate", TRIALS, 11))
    spread = fs.forecast(fs.exact(case)).bookings.total.sd / TRIALS**0.5
    for sure, drawn in zip(exact.lifts, simulated.lifts, strict=True):
        assert abs(drawn.mean.value - sure.mean.value) < Z * drawn.mean.error
        assert abs(drawn.chance.value - sure.chance.value) < Z * drawn.chance.error
        # shared draws: far below the error of two runs on draws of their own
        assert drawn.mean.error < 0.5 * hypot(spread, spread)
        # negative control: a second point is told apart
        assert abs(drawn.mean.value - 2 * sure.mean.value) > Z * drawn.mean.error


def test_where_simulation_cannot_tell_two_stages_apart_it_says_so():
    steps = [Step(name, conversion=0.5) for name in ("one", "other")]
    case = case_of(Funnel.linear(steps), alike(20, "one"))
    found = bottleneck(case, Method("simulate", 500, 1))
    assert len(found.rivals) == 1
    assert found.for_chance is None


# ---- where a stage cannot rise


def test_a_conversion_of_one_or_of_a_stage_left_out_cannot_rise():
    steps = [
        Step("out", conversion=0.3, in_forecast=False),
        Step("quote", conversion=1.0),
        Step("sign", conversion=0.995),
    ]
    case = case_of(Funnel.linear(steps), alike(9, "quote"))
    found = bottleneck(case, EXACT)
    assert [lift.hindrance for lift in found.lifts] == ["left_out", "full", ""]
    # half a point is left, and half a point is raised
    assert found.lifts[2].points == pytest.approx(0.5)
    assert found.lifts[2].mean.value == pytest.approx(9 * 50.0 * 0.005)


def test_what_never_decides_leaves_no_room():
    funnel = Funnel.linear([Step("s", conversion=0.6, never=0.398)])
    assert room_to_rise(funnel, 0) == pytest.approx(0.002)
    with pytest.raises(InputError, match=r"rise by 0\.2 points, not by 1"):
        lifted(case_of(funnel, alike(3, "s")), 0, 0.01)


def test_where_nothing_can_rise_no_stage_is_named():
    case = case_of(Funnel.linear([Step("s", conversion=1.0)]), alike(3, "s"))
    found = bottleneck(case, EXACT)
    assert (found.for_mean, found.for_chance, found.per_cost) == (None, None, None)


# ---- the raised case


def test_branches_keep_their_proportions_and_steps_back_and_never_are_left_alone():
    case = branched()
    after = lifted(case, 0, 0.01).funnel
    p = {e.to: e.probability for e in after.stages[0].exits}
    assert p["b"] / p["c"] == pytest.approx(4.0)
    assert p["lost/price"] / p["lost"] == pytest.approx(3.0)
    assert after.conversions[0] == pytest.approx(0.51)
    assert after.stages[0].never == 0.1
    back = {e.to: e.probability for e in lifted(case, 1, 0.01).funnel.stages[1].exits}
    assert back["a"] == 0.2
    assert after.stages[1:] == case.funnel.stages[1:]


@pytest.mark.parametrize(
    ("about", "law"),
    [
        (Subject("conversion", "s1"), Uniform(0.55, 0.65)),
        (Subject("win_rate", "s1"), Pert(0.46, 0.48, 0.50)),
        (Subject("win_rate", "s0"), Triangular(0.10, 0.12, 0.14)),
        (Subject("win_rate", "s1"), Beta(40.0)),
    ],
)
def test_a_belief_follows_the_figure_it_speaks_of(about, law):
    sure = bottleneck(straight(), EXACT).lifts[1]
    unsure = bottleneck(straight(beliefs=(Belief(about, law),)), EXACT).lifts[1]
    # with independent beliefs the mean is what it would be without; 256 points leave a little
    assert unsure.mean.value == pytest.approx(sure.mean.value, rel=2e-3)
    if not isinstance(law, Beta):
        unmoved = replace(lifted(straight(), 1, 0.01), beliefs=(Belief(about, law),))
        mean = fs.exact(unmoved).total("bookings").mean
        before = fs.exact(straight(beliefs=(Belief(about, law),))).total("bookings").mean
        assert mean - before < 0.9 * sure.mean.value  # negative control: a belief left where it was


def test_a_belief_that_would_reach_above_one_leaves_no_room():
    case = case_of(
        Funnel.linear([Step("s", conversion=0.9)]),
        alike(5, "s"),
        beliefs=(Belief(Subject("conversion", "s"), Uniform(0.8, 1.0)),),
    )
    lift = bottleneck(case, EXACT).lifts[0]
    assert (lift.hindrance, lift.mean) == ("belief", None)


@pytest.mark.parametrize(
    "law",
    [
        Shaped("gamma", {"mean": 18.0, "cv": 0.7}, delay=2.0),
        Shaped("lognormal", {"median": 20.0, "p90": 60.0}),
        Shaped("weibull", {"scale": 25.0, "shape": 1.3}),
        Fixed(4.0),
        Triangular(1.0, 2.0, 6.0),
        Pert(1.0, 2.0, 6.0, delay=1.0),
        Uniform(1.0, 6.0),
        Empirical((1.0, 5.0, 9.0), (1.0, 2.0, 1.0)),
    ],
)
def test_a_scaled_law_has_every_quantile_scaled(law):
    from funnelsim.engine.laws import curve_of

    levels = np.array([0.01, 0.1, 0.5, 0.9, 0.99])
    before, after = curve_of(law).lower(levels), curve_of(scaled(law, 1.5)).lower(levels)
    np.testing.assert_allclose(after, 1.5 * before, rtol=1e-9)
