"""The inputs of a case: which there are, their ranges, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sensitivity_cases import NAMES, small, with_chain, with_source

from funnelsim.analysis.inputs import inputs_of
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.funnel import LOST, WON, Exit, Funnel, Stage
from funnelsim.model.law import Beta, Uniform
from funnelsim.model.shock import Shock


def by_name(case, ranges=None):
    return {one.name: one for one in inputs_of(case, ranges).inputs}


def test_every_kind_of_input_is_found():
    assert set(by_name(with_source())) == {
        *(f"stages.{name}.conversion" for name in NAMES),
        *(f"stages.{name}.stay" for name in NAMES),
        "realisation",
        "shock.rho",
        "sources.web.rate",
    }
    assert {"communication.hops.said.keeps", "communication.hops.heard.keeps"} <= set(by_name(with_chain()))


def test_a_belief_goes_from_its_p10_to_its_p90_and_stands_at_its_mean():
    one = by_name(small(believed=True))["stages.met.conversion"]
    law = stats.beta(40 * 0.4, 40 * 0.6)
    assert (one.low, one.base, one.high) == pytest.approx((law.ppf(0.1), 0.4, law.ppf(0.9)), abs=1e-9)
    assert one.origin == "belief"


def test_a_default_range_is_told_and_stands_at_what_is_stated():
    found = by_name(replace(small(stays=True), shock=Shock(0.2)))
    law = stats.beta(50 * 0.6, 50 * 0.4)
    quoted, stay, rho = (found[n] for n in ("stages.quoted.conversion", "stages.quoted.stay", "shock.rho"))
    assert (quoted.low, quoted.base, quoted.high) == pytest.approx((law.ppf(0.1), 0.6, law.ppf(0.9)), abs=1e-9)
    assert (stay.low, stay.base, stay.high) == (0.8, 1.0, 1.2)
    assert (rho.low, rho.base, rho.high) == pytest.approx((0.1, 0.2, 0.3))
    assert {quoted.origin, stay.origin, rho.origin} == {"default"}


def test_a_stated_range_takes_the_place_of_a_belief():
    one = by_name(small(believed=True), {"stages.met.conversion": (0.3, 0.6)})["stages.met.conversion"]
    assert (one.low, one.base, one.high, one.origin) == (0.3, 0.4, 0.6, "stated")


def test_a_belief_on_a_win_rate_is_one_on_its_conversion():
    case = replace(small(), beliefs=(Belief(Subject("win_rate", "met"), Beta(40.0)),))
    one = by_name(case)["stages.met.conversion"]
    assert (one.base, one.origin) == (pytest.approx(0.4), "belief")


def test_a_belief_on_amounts_stays_as_it_is():
    case = replace(small(), beliefs=(Belief(Subject("realisation"), Uniform(0.7, 0.9)),))
    one = by_name(case)["realisation"]
    assert (one.low, one.base, one.high) == pytest.approx((0.72, 0.8, 0.88))


def test_branches_are_moved_exit_by_exit():
    stages = (
        Stage("a", (Exit("b", 0.5), Exit(WON, 0.1), Exit(LOST, 0.4))),
        Stage("b", (Exit(WON, 0.3), Exit("a", 0.2), Exit(LOST, 0.5))),
    )
    deals = small().pipeline.deals[0]._replace(stage="a")
    case = replace(small(), funnel=Funnel(stages), pipeline=type(small().pipeline)((deals,)))
    found = by_name(case)
    assert {"stages.a.exits.b", "stages.b.exits.won"} <= set(found)
    assert found["stages.a.exits.b"].to == "b"


def test_figures_have_the_laws_they_are_drawn_from():
    inputs = inputs_of(small(believed=True))
    u = (np.arange(2000) + 0.5) / 2000
    values = inputs.figures(np.tile(u[:, None], len(inputs)))
    assert stats.kstest(values[:, 0], stats.beta(16, 24).cdf).statistic < 0.002
    assert (np.diff(values, axis=0) > 0).all()


def test_every_problem_of_the_ranges_is_told_at_once():
    with pytest.raises(InputError) as told:
        inputs_of(small(), {"stages.quote.conversion": (0.1, 0.2), "shock.rho": (0.5, 0.95), "realisation": (1.2, 0.8)})
    said = str(told.value)
    assert "did you mean 'stages.quoted.conversion'?" in said
    assert "HIGH <= 0.9" in said
    assert "1.2:0.8" in said
