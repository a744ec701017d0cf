"""Stated figures come out of the laws they fix."""

from __future__ import annotations

from itertools import combinations
from math import exp, sqrt

import numpy as np
import pytest

from funnelsim.engine.laws import curve_of
from funnelsim.errors import InputError
from funnelsim.model.law import Beta, Empirical, Fixed, Pert, Shaped, Triangular, Uniform

FIGURES = ("mean", "median", "sd", "cv", "p10", "p90")
# what each family has at one plausible shape; any pair of these must lead back to it
TRUTH = {
    "lognormal": Shaped("lognormal", {"median": 20.0, "cv": 0.9}),
    "gamma": Shaped("gamma", {"mean": 20.0, "cv": 0.7}),
    "weibull": Shaped("weibull", {"scale": 25.0, "shape": 1.3}),
}


def figures_of(curve):
    sd = sqrt(curve.variance)
    return {
        "mean": curve.mean,
        "median": float(curve.lower(0.5)),
        "sd": sd,
        "cv": sd / curve.mean,
        "p10": float(curve.lower(0.1)),
        "p90": float(curve.upper(0.1)),
    }


@pytest.mark.parametrize("family", TRUTH)
@pytest.mark.parametrize("pair", list(combinations(FIGURES, 2)))
def test_any_two_figures_fix_the_law(family, pair):
    truth = figures_of(curve_of(TRUTH[family]))
    curve = curve_of(Shaped(family, {name: truth[name] for name in pair}))
    found = figures_of(curve)
    assert {name: found[name] for name in pair} == pytest.approx({name: truth[name] for name in pair}, rel=1e-9)


@pytest.mark.parametrize("figure", ["mean", "median", "p10", "p90", "sd"])
def test_one_figure_fixes_an_exponential(figure):
    curve = curve_of(Shaped("exponential", {figure: 12.0}))
    assert figures_of(curve)[figure] == pytest.approx(12.0)
    assert figures_of(curve)["cv"] == pytest.approx(1.0)


def test_figures_no_law_has_are_an_error():
    with pytest.raises(InputError, match="no weibull law has mean 20 and p90 60"):
        curve_of(Shaped("weibull", {"mean": 20.0, "p90": 60.0}))


def test_a_delay_shifts_the_whole_law():
    plain, late = (
        curve_of(Shaped("gamma", {"mean": 20.0, "cv": 0.7})),
        curve_of(Shaped("gamma", {"mean": 20.0, "cv": 0.7}, delay=5.0)),
    )
    assert late.mean == pytest.approx(plain.mean + 5)
    assert list(late.survival(np.array([0.0, 4.9]))) == [1.0, 1.0]
    assert float(late.survival(np.array(25.0))) == pytest.approx(float(plain.survival(np.array(20.0))))
    assert list(curve_of(Fixed(10.0, delay=3.0)).atoms[0]) == [13.0]


def test_three_point_laws_have_their_means():
    assert curve_of(Pert(1.0, 4.0, 10.0)).mean == pytest.approx((1 + 16 + 10) / 6)
    assert curve_of(Triangular(1.0, 4.0, 10.0)).mean == pytest.approx(5.0)
    assert curve_of(Uniform(1.0, 4.0)).mean == pytest.approx(2.5)
    assert curve_of(Beta(50.0, 0.2)).mean == pytest.approx(0.2)
    assert curve_of(Beta(50.0, 0.2)).variance == pytest.approx(0.2 * 0.8 / 51)
    assert curve_of(Empirical((1.0, 2.0), (3.0, 1.0))).mean == pytest.approx(1.25)


def test_a_lognormal_by_median_and_p90_is_the_closed_form():
    sigma = np.log(3.0) / 1.2815515655446004
    curve = curve_of(Shaped("lognormal", {"median": 20.0, "p90": 60.0}))
    assert curve.mean == pytest.approx(20.0 * exp(sigma**2 / 2))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Shaped("lognormal", {"median": 20.0}), "exactly 2"),
        (lambda: Shaped("lognormal", {"median": 20.0, "p90": 10.0}), "above median 20"),
        (lambda: Shaped("gamma", {"mean": -1.0, "cv": 1.0}), "must lie between"),
        (lambda: Shaped("exponential", {"mean": 1.0, "p90": 3.0}), "exactly 1"),
        (lambda: Shaped("gamma", {"scale": 1.0, "shape": 3.0}), "only with weibull"),
        (lambda: Triangular(5.0, 3.0, 9.0), "must rise"),
        (lambda: Uniform(5.0, 5.0), "must rise"),
        (lambda: Fixed(-1.0), "0 or more"),
        (lambda: Fixed(float("nan")), "0 or more"),
        (lambda: Beta(0.0), "past deals"),
        (lambda: Empirical(()), "at least one value"),
        (lambda: Empirical((1.0, -2.0)), "0 or more"),
    ],
)
def test_an_impossible_law_is_refused_in_words(make, words):
    with pytest.raises(InputError, match=words):
        make()
