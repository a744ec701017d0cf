"""Inputs at and beyond the edge of what can be counted: refused in words, at the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import comb

import pytest

from funnelsim.analysis.answer import forecast
from funnelsim.engine.exact import exact
from funnelsim.engine.lower import lower
from funnelsim.engine.replay import replay
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Correlation, Subject
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Shaped
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.target import Booked, Target
from tests.engine.cases import AS_OF, CASES, LINEAR, case

EVEN = Funnel.linear([Step("only", conversion=0.5, stay=Fixed(3.0))])


def ten(amount=1.0):
    return Pipeline(tuple(Deal(f"d{i}", "only", amount) for i in range(10)))


@pytest.mark.parametrize("booked", [(), (Booked(2.0, AS_OF),)])
def test_exact_swing_is_the_binomial_step_and_the_simulated_one_agrees(booked):
    found = case(EVEN, pipeline=ten(), targets=(Target(5.0),), booked=booked, trials=40_000)
    k = 4 - (2 if booked else 0)
    expected = comb(9, k) / 2**9
    exact_swings = [deal.swing for deal in forecast(exact(found), deals=True).deals]
    simulated = [deal.swing for deal in forecast(simulate(found), deals=True).deals]
    assert exact_swings == pytest.approx([expected] * 10, abs=1e-9)
    assert simulated == pytest.approx([expected] * 10, abs=4.5 * (expected / 40_000) ** 0.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pipeline": ten(0.004)}, "take a smaller unit"),
        ({"pipeline": ten(1e17)}, "take a larger unit"),
        ({"realisation": Fixed(95.0)}, "write 95%"),
        ({"as_of": date(9999, 12, 31)}, "outside the years 1900 to 2200"),
    ],
)
def test_a_case_beyond_what_can_be_counted_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        case(EVEN, **({"pipeline": ten()} | change))


def test_a_target_nobody_can_mean_is_refused():
    with pytest.raises(InputError, match="at most"):
        Target(1e300)


def test_the_same_pair_is_not_correlated_twice():
    a, b = (Subject("win_rate", name) for name in LINEAR.names[:2])
    beliefs = (Belief(a, Beta(20.0)), Belief(b, Beta(20.0)))
    with pytest.raises(InputError, match="correlated twice"):
        case(LINEAR, beliefs=beliefs, correlations=(Correlation((a, b), 0.5), Correlation((b, a), -0.9)))
    with pytest.raises(InputError, match="both excluded"):
        Correlation((a, b), 1.0)


def test_a_conversion_of_0_percent_is_kept_and_a_label_of_0_percent_is_not_a_rate():
    steps = [Step("a", conversion=0.0, stay=Fixed(3.0)), Step("b", conversion=0.5, stay=Fixed(3.0))]
    pipeline = Pipeline((Deal("x", "a", 1.0),))
    assert simulate(case(Funnel.linear(steps), pipeline=pipeline), trials=500).total("wins").sum() == 0
    marked = Funnel.linear([replace(steps[0], conversion=None, win_rate=0.0), steps[1]])
    with pytest.raises(InputError, match="whose win rate is 0"):
        case(marked, pipeline=pipeline)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"median": 1e-300, "p90": 1e300}, "must lie between"),
        ({"mean": 20.0, "median": 30.0}, "must be above the median"),
        ({"mean": 10.0, "cv": 1e-4}, "cv 0.0001 must lie between"),
    ],
)
def test_figures_outside_reason_are_refused_when_the_law_is_stated(figures, words):
    with pytest.raises(InputError, match=words):
        Shaped("lognormal", figures)


def test_a_law_without_solution_is_told_with_its_stage():
    steps = [Step("slow", conversion=0.5, stay=Shaped("weibull", {"mean": 20.0, "p90": 60.0}))]
    with pytest.raises(InputError, match=r"stages\.slow\.stay to (lost|won).*no weibull law"):
        lower(case(Funnel.linear(steps), pipeline=Pipeline((Deal("x", "slow", 1.0),)), horizon=Horizon()))


def test_a_trial_no_run_can_have_is_not_replayed():
    with pytest.raises(InputError, match="count from 0"):
        replay(CASES["linear"], trial=5_000_000_000, deal="d0")
