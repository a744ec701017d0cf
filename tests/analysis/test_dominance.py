"""Dominance against laws whose order is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from funnelsim.analysis.dominance import CONFIDENCE, N_LOOKS, dominance, z_of_all_looks

U = np.random.default_rng(11).uniform(size=20_000)


def normal(mean: float, sd: float) -> np.ndarray:
    return stats.norm(mean, sd).ppf(U)


@pytest.mark.parametrize(
    ("a", "b", "first", "second"),
    [
        (normal(101, 10), normal(100, 10), "ahead", "ahead"),
        (normal(99, 10), normal(100, 10), "behind", "behind"),
        (normal(100, 5), normal(100, 10), "crossing", "ahead"),
        (normal(90, 5), normal(100, 10), "crossing", "crossing"),
        (normal(100, 10), normal(100, 10), "not told apart", "not told apart"),
        (stats.binom(147, 0.30).ppf(U), stats.binom(147, 0.28).ppf(U), "ahead", "ahead"),
    ],
)
def test_known_laws_are_put_in_their_order(a, b, first, second) -> None:
    found = dominance(a, b)
    assert (found.first, found.second) == (first, second)


def test_the_largest_difference_of_chances_is_that_of_the_laws() -> None:
    """Of two normal laws a shift d apart it is 2 Phi(d / 2) - 1."""
    found = dominance(normal(105, 10), normal(100, 10))
    assert found.best == pytest.approx(2 * stats.norm.cdf(0.25) - 1, abs=0.02)  # one hundredth lies between looks
    assert found.worst == 0.0


def test_laws_alike_are_told_apart_at_most_once_in_a_hundred() -> None:
    rng = np.random.default_rng(3)
    wrong = sum(dominance(*rng.normal(size=(2, 500))).first != "not told apart" for _ in range(200))
    assert wrong <= 6  # binomial(200, 0.01) is above 6 once in 300 seeds


def test_a_bound_that_allows_too_little_is_found_out() -> None:
    """The negative control: at 2 standard errors, as if only one look were taken, laws alike are told apart."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 200, 500))
    at = np.quantile(b[0], np.linspace(0.01, 0.99, 99))
    apart = (a[:, :, None] <= at).mean(1) - (b[:, :, None] <= at).mean(1)
    assert (np.abs(apart) > 2 * np.sqrt(2 * 0.25 / 500)).any(axis=1).mean() > 0.03
    assert z_of_all_looks() == pytest.approx(stats.norm.isf((1 - CONFIDENCE) / (2 * N_LOOKS)))


def test_a_difference_in_one_future_shows_nothing() -> None:
    y = normal(100, 10)
    other = y.copy()
    other[7] += 50
    assert dominance(other, y).first == "not told apart"
