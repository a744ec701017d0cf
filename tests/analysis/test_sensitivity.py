"""The whole answer: closed forms through the case itself, and what is told where inputs hang together."""

from dataclasses import replace

import numpy as np
import pytest
from sensitivity_cases import correlated, small, with_chain, with_source

from funnelsim.analysis.sensitivity import Plan, output_number, sensitivity
from funnelsim.errors import InputError
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shock import Shock
from funnelsim.report.sensitivity_contract import Sensitivity as Contract

# 5 inputs, 2 indices: 1 seed in 1,000 may err
Z = 4.0
QUICK = Plan(points=16, gradient_trials=200, trials=200)


def far(estimate, wanted):
    errors = (estimate.high[:, 0] - estimate.low[:, 0]) / 3.92
    return np.abs(estimate.value[:, 0] - wanted) / np.maximum(errors, 1e-3)


@pytest.fixture(scope="module")
def product():
    """A funnel all deals of which stand in the first stage, so that the mean is a product of its inputs."""
    case = replace(small(believed=True, targets=()), pipeline=Pipeline((Deal("a", "met", 100.0),)), shock=Shock(0.1))
    return sensitivity(case, Plan(points=256, gradient_trials=0))


def test_the_mean_of_a_product_funnel_shares_its_variance_as_the_closed_form_says(product):
    cv = np.array([*(np.sqrt((1 - c) / (c * 41)) for c in (0.4, 0.6, 0.8)), 0.2 / np.sqrt(12), 0.0])
    whole = np.prod(1 + cv**2)
    first, total = cv**2 / (whole - 1), cv**2 / (1 + cv**2) * whole / (whole - 1)
    assert [one.kind for one in product.inputs.inputs] == [*["conversion"] * 3, "realisation", "rho"]
    assert far(product.sobol.first, first).max() < Z
    assert far(product.sobol.total, total).max() < Z
    assert far(product.sobol.total, np.roll(total, 1)).max() > Z


def test_a_plan_of_no_points_works_out_the_same_tornado_and_no_shares(product):
    alone = sensitivity(product.case, Plan(points=0, gradient_trials=0))
    assert alone.sobol is alone.shapley is None
    for name in ("base", "low", "high"):
        assert getattr(alone.tornado, name).tolist() == getattr(product.tornado, name).tolist()


def test_a_tornado_of_a_product_goes_in_proportion(product):
    tornado, inputs = product.tornado, product.inputs.inputs
    assert tornado.base[0] == pytest.approx(100 * 0.4 * 0.6 * 0.8)
    for i, one in enumerate(inputs[:4]):
        assert tornado.low[i, 0] == pytest.approx(tornado.base[0] * one.low / one.base)
        assert tornado.high[i, 0] == pytest.approx(tornado.base[0] * one.high / one.base)
    assert tornado.swing[4, 0] == pytest.approx(0.0, abs=1e-6)  # a shared shock moves no mean
    assert tornado.order(0)[-1] == 4


def test_correlated_inputs_have_shapley_effects_in_place_of_indices():
    found = sensitivity(correlated(), replace(QUICK, points=4))
    assert found.sobol is None
    assert Contract.model_validate(found.as_json()).sobol is None
    assert found.shapley.share.value.sum(axis=0) == pytest.approx(np.ones(5))


def test_shapley_effects_of_independent_inputs_lie_between_the_indices():
    found = sensitivity(small(believed=True), replace(QUICK, points=64, gradient_trials=0, shapley=True))
    low, high = found.sobol.first.low, found.sobol.total.high
    share = found.shapley.share
    assert ((share.high > low) & (share.low < high)).all()


@pytest.mark.parametrize("case", [small(), with_chain(), with_source()], ids=["plain", "chain", "source"])
def test_json_keeps_the_contract(case):
    told = sensitivity(case, replace(QUICK, points=2)).as_json()
    kept = Contract.model_validate(told)
    assert len(kept.tornado.low) == len(kept.inputs)
    assert {len(row) for row in kept.tornado.low} == {len(kept.outputs)}


def test_trials_and_exact_laws_tell_the_same_story():
    plan = Plan(points=8, gradient_trials=0, trials=2000)
    exact, drawn = (sensitivity(small(), replace(plan, engine=engine)) for engine in ("exact", "simulate"))
    assert (exact.engine, exact.trials, drawn.engine, drawn.trials) == ("exact", None, "simulate", 2000)
    spread = (exact.tornado.base[3] - exact.tornado.base[1]) / 2.56
    assert np.abs(exact.tornado.low[:, 0] - drawn.tornado.low[:, 0]).max() < Z * spread / np.sqrt(2000)
    assert np.abs(exact.sobol.total.value[:, 0] - drawn.sobol.total.value[:, 0]).max() < 0.05  # the same 8 rows


def test_one_seed_serves_design_and_trials_and_is_told():
    stated, drawn = (sensitivity(replace(small(), seed=seed), replace(QUICK, points=2)) for seed in (0, None))
    assert (stated.seed, stated.gradient.seed) == (0, 0)
    again = sensitivity(replace(small(), seed=None), replace(QUICK, points=2, seed=drawn.seed))
    assert again.as_json() == drawn.as_json()


def test_an_output_that_is_not_there_is_told():
    assert (output_number(small(), None), output_number(small(targets=()), None)) == (4, 2)
    with pytest.raises(InputError, match="no output 'target_2'; take mean, p10, p50, p90, target_1"):
        output_number(small(), "target_2")


def test_a_number_of_rows_that_is_no_power_of_2_is_told():
    with pytest.raises(InputError, match="power of 2"):
        Plan(points=100)
