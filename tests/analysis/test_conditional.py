"""The forecast given the inputs: against the exact engine case by case, and trials against the exact engine."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from sensitivity_cases import put_in, small, with_branches, with_chain, with_source

import funnelsim as fs
from funnelsim.analysis.conditional import ExactAnswers, answers_of, outputs_of, simulated_answers
from funnelsim.analysis.inputs import inputs_of
from funnelsim.errors import RefusedError
from funnelsim.model.capacity import Capacity
from funnelsim.model.law import Pert
from funnelsim.model.pipeline import Pipeline
from funnelsim.model.shock import Shock
from funnelsim.model.target import Target

# 4 settings, 2 figures each, in 4 cases: 1 seed in 1,000 may err
Z = 4.2


def some_figures(inputs, n=4, seed=3):
    return np.concatenate([inputs.base[None], inputs.figures(np.random.default_rng(seed).random((n - 1, len(inputs))))])


def as_case(inputs, row):
    return put_in(inputs.case, dict(zip((one.name for one in inputs.inputs), row, strict=True)))


def one_by_one(case):
    """Return the outputs of a case by the exact engine as it stands."""
    law = fs.exact(case)
    total = law.total("bookings")
    chances = [law.toward(t).chance_at_least(t.amount) for t in case.targets]
    return [total.mean, *(total.quantile(p) for p in (0.1, 0.5, 0.9)), *chances]


@pytest.mark.parametrize(
    "case",
    [
        small(),
        replace(small(believed=True), shock=Shock(0.1), realisation=Pert(0.7, 0.9, 1.1)),
        small(stays=True, targets=(Target(300.0), Target(5, "wins"))),
        with_source(),
    ],
    ids=["plain", "believed", "timed", "source"],
)
def test_answers_at_many_settings_are_those_of_one_case_each(case):
    inputs = inputs_of(case)
    figures = some_figures(inputs)
    found = ExactAnswers(inputs)(figures)
    for row, answers in zip(figures, found, strict=True):
        wanted = one_by_one(as_case(inputs, row))
        # amounts are put in whole hundredths there; quantiles of spread sums hang on the grid
        assert answers == pytest.approx(wanted, rel=4e-3, abs=2e-4)
        assert answers[0] == pytest.approx(wanted[0], rel=1e-4)


def test_a_chain_at_its_base_changes_nothing():
    case = with_chain()
    inputs = inputs_of(case)
    assert ExactAnswers(inputs)(inputs.base[None])[0] == pytest.approx(one_by_one(case), rel=1e-9)
    worse = inputs.base.copy()
    worse[[one.kind == "keeps" for one in inputs.inputs]] *= 0.8
    assert ExactAnswers(inputs)(worse[None])[0, 0] < 0.95 * one_by_one(case)[0]


@pytest.mark.parametrize(
    "case",
    [replace(small(stays=True), shock=Shock(0.1)), with_source(), with_chain(), with_branches()],
    ids=["timed", "source", "chain", "branches"],
)
def test_trials_and_exact_laws_agree_at_every_setting(case):
    inputs = inputs_of(case)
    figures, trials = some_figures(inputs), 8000
    exact = ExactAnswers(inputs)(figures)
    found = simulated_answers(inputs, trials, seed=5)(figures)
    spread = (exact[:, 3] - exact[:, 1]) / 2.56
    assert (np.abs(found[:, 0] - exact[:, 0]) < Z * spread / sqrt(trials) * 1.1).all()
    p = exact[:, 4]
    assert (np.abs(found[:, 4] - p) < Z * np.sqrt(p * (1 - p) / trials)).all()
    # the negative control: one setting taken for the one before it
    assert (np.abs(found[1:, 0] - exact[:-1, 0]) > Z * spread[1:] / sqrt(trials)).any()


def test_two_settings_alike_get_the_same_answer_from_the_same_trials():
    inputs = inputs_of(small())
    twice = np.concatenate([inputs.base[None]] * 2)
    found = simulated_answers(inputs, 500, seed=1, threads=2)(twice)
    assert (found[0] == found[1]).all()
    assert (found[0] == simulated_answers(inputs, 500, seed=1, threads=1)(twice[:1])[0]).all()


def test_what_the_exact_engine_refuses_is_simulated_with_the_reason():
    case = replace(small(stays=True), shock=Shock(0.1, phi=0.5))
    answers, why = answers_of(inputs_of(case), 10, 100)
    assert answers.engine == "simulate"
    assert "shock per period" in str(why)
    with pytest.raises(RefusedError):
        answers_of(inputs_of(case), 10, 100, engine="exact")


def test_deals_that_wait_for_each_other_are_simulated_with_the_reason():
    deals = Pipeline(tuple(deal._replace(owner="ann") for deal in small().pipeline.deals))
    case = replace(small(stays=True), pipeline=deals, capacity=Capacity(each_owner=3))
    answers, why = answers_of(inputs_of(case), 10, 100)
    assert answers.engine == "simulate"
    assert "capacity" in str(why)


def test_too_much_work_for_exact_laws_is_simulated_with_the_reason():
    answers, why = answers_of(inputs_of(small()), 10**9, 100)
    assert answers.engine == "simulate"
    assert "too long" in str(why)


def test_every_target_is_an_output():
    assert outputs_of(small()) == ("mean", "p10", "p50", "p90", "target_1")
