"""Comparisons against closed forms, a twin that draws afresh, and each other."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from decision_cases import full, learnt, plain

from funnelsim.analysis.compare import compare
from funnelsim.analysis.coupling_bound import least_variance
from funnelsim.analysis.waterfall import FIGURES
from funnelsim.engine.exact import exact
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.capacity import Capacity
from funnelsim.model.target import Booked

Z = 4.5


@pytest.fixture(scope="module")
def found():
    return compare({"low": plain((0.3, 0.6)), "high": plain((0.4, 0.7))}, trials=40_000)


def test_the_mean_difference_is_that_of_the_weighted_pipelines(found) -> None:
    (pair,) = found.pairs
    assert abs(pair.mean - 50 * (20 * 0.1 + 10 * 0.1)) < Z * pair.mean_se
    assert pair.mean_se == pytest.approx(pair.sd / sqrt(40_000))


def test_shared_draws_leave_no_more_than_the_deals_that_change_sides(found) -> None:
    """Both conversions are higher, so a deal differs with chance w' - w, the least any coupling of deals allows."""
    (pair,) = found.pairs
    attainable = 50**2 * (20 * 0.1 * 0.9 + 10 * 0.1 * 0.9)
    kurtosis = 3.5  # of a sum of so few
    assert abs(pair.sd**2 / attainable - 1) < Z * sqrt((kurtosis - 1) / 40_000)
    alone = sum(50**2 * (20 * a * (1 - a) + 10 * b * (1 - b)) for a, b in ((0.3, 0.6), (0.4, 0.7)))
    assert pair.gain == pytest.approx(alone / attainable, rel=Z * 2 * sqrt(2.5 / 40_000))
    assert pair.independent_se == pytest.approx(sqrt(alone / 40_000), rel=0.02)  # z of 5 with 40,000 trials


def test_the_best_gain_is_reached_where_all_conversions_rise_and_missed_where_they_cross(found) -> None:
    (pair,) = found.pairs
    assert pair.gain == pytest.approx(pair.best_gain, rel=Z * 2 * sqrt(2.5 / 40_000))
    (crossed,) = compare({"a": plain((0.3, 0.6)), "b": plain((0.3, 0.5))}, trials=40_000, steps=False).pairs
    least = 50**2 * 10 * 0.1 * 0.9  # deals in contact keep their chance: 1/2 x .6 becomes .6 x .5
    assert least_variance(plain((0.3, 0.6)), plain((0.3, 0.5))) == pytest.approx(least)
    assert crossed.gain < 0.6 * crossed.best_gain


def test_no_bound_is_told_where_deals_hang_together() -> None:
    assert least_variance(learnt(), learnt()) is None
    assert least_variance(full(), full()) is None
    more = plain(pipeline=replace(plain().pipeline, deals=plain().pipeline.deals[1:]))
    assert least_variance(plain(), more) == pytest.approx(50**2 * 0.3 * 0.7)


def test_other_seeds_do_not_reach_the_gain() -> None:
    """The negative control: two runs that share nothing have the spread of independent draws."""
    a, b = (simulate(c, trials=40_000, seed=s).total("bookings") for c, s in ((plain(), 1), (plain((0.4, 0.7)), 2)))
    assert ((b - a) / 100).std() > 1.3 * sqrt(50**2 * 30 * 0.09)


def test_higher_chances_are_higher_in_no_future_lower(found) -> None:
    (pair,) = found.pairs
    assert pair.lower == 0.0
    assert (pair.dominance.first, pair.dominance.second) == ("ahead", "ahead")
    never = 0.9**20 * 0.9**10  # no deal changes sides
    assert abs(1 - pair.higher - never) < Z * sqrt(never * (1 - never) / 40_000)


def test_the_chance_of_a_target_gains_what_the_laws_say(found) -> None:
    (pair,) = found.pairs
    chances = [exact(case).total("bookings").chance_at_least(400.0) for case in (plain(), plain((0.4, 0.7)))]
    assert abs(pair.chances[0].value - (chances[1] - chances[0])) < Z * pair.chances[0].error


def test_a_waterfall_adds_up_for_mean_and_quantiles(found) -> None:
    fall = found.pairs[0].waterfall
    assert [str(step.cause) for step in fall.steps] == ["conversion:contact", "conversion:offer"]
    assert max(map(abs, fall.residual.values())) < 1e-9
    # conversions 1/2 -> 4/7 and .6 -> .7; the deals in contact pass both
    first = 50 * 20 * (4 / 7 - 1 / 2) * (0.6 + 0.7) / 2
    assert fall.steps[0].adds["mean"] == pytest.approx(first)
    assert fall.steps[1].adds["mean"] == pytest.approx(150 - first)


def test_a_simulated_waterfall_adds_up_and_agrees_with_the_exact_one(found) -> None:
    cases = {"low": plain((0.3, 0.6)), "high": plain((0.4, 0.7))}
    fall = compare(cases, trials=20_000, engine="simulate").pairs[0].waterfall
    assert (fall.engine, fall.n_cases) == ("simulate", 4)
    assert max(map(abs, fall.residual.values())) < 1e-9
    for step, exactly in zip(fall.steps, found.pairs[0].waterfall.steps, strict=True):
        assert abs(step.adds["mean"] - exactly.adds["mean"]) < Z * 100 / sqrt(20_000)


def test_many_inputs_at_once_still_add_up() -> None:
    other = replace(
        full(), shock=replace(full().shock, rho=0.2), realisation=None, sources=(), beliefs=(),
        booked=(Booked(30.0, full().as_of),),
    )  # fmt: skip
    found = compare({"a": full(), "b": other}, trials=500, engine="simulate")
    fall = found.pairs[0].waterfall
    booked = next(step for step in fall.steps if str(step.cause) == "booked")
    assert booked.adds == pytest.approx(dict.fromkeys(FIGURES, 30.0))
    assert max(map(abs, fall.residual.values())) < 1e-9
    assert fall.start["mean"] == pytest.approx(found.first.bookings.mean)
    assert fall.end["mean"] == pytest.approx(found.assumptions[1].bookings.mean + 30.0)


def test_evidence_alone_moves_quantiles_and_not_the_mean() -> None:
    fall = compare({"much": learnt((400.0, 300.0)), "little": learnt((20.0, 15.0))}, trials=500).pairs[0].waterfall
    assert sum(step.adds["mean"] for step in fall.steps) == pytest.approx(0.0, abs=1.0)  # error of the belief points
    assert fall.end["p90"] - fall.start["p90"] > 40
    assert fall.end["p10"] - fall.start["p10"] < -40


def test_a_case_against_itself_differs_nowhere() -> None:
    (pair,) = compare({"a": plain(), "b": plain()}, trials=300).pairs
    assert (pair.mean, pair.sd, pair.higher, pair.lower) == (0.0, 0.0, 0.0, 0.0)
    assert pair.dominance.first == "not told apart"
    assert pair.waterfall.steps == ()
    assert pair.as_json()["gain"] is None


def test_the_same_seed_gives_the_same_answer_for_any_threads() -> None:
    told = [compare({"a": full(), "b": plain_in(full())}, trials=300, threads=n, steps=False).as_json() for n in (1, 3)]
    assert told[0] == told[1]


def plain_in(case):
    return replace(case, sources=())


def test_one_case_alone_is_refused() -> None:
    with pytest.raises(InputError, match="two or more"):
        compare({"a": plain()})


def test_the_exact_engine_alone_refuses_what_it_does_not_answer() -> None:
    cases = {"a": replace(full(), capacity=Capacity(stages={"offer": 3})), "b": full()}
    with pytest.raises(RefusedError, match="capacity"):
        compare(cases, trials=100, engine="exact")


def test_differences_are_sums_over_deals_of_their_own_chances() -> None:
    """A belief shared by both cases is drawn once: the mean difference has the closed form all the same."""
    first, second = learnt(), learnt((40.0, 30.0), rates=(0.3, 0.7))
    (pair,) = compare({"a": first, "b": second}, trials=20_000, steps=False).pairs
    assert abs(pair.mean - 50 * 10 * 0.1) < Z * pair.mean_se
    assert np.isfinite(pair.gain)
