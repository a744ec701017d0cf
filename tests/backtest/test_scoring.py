"""Scores of samples are what their definitions say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from funnelsim.analysis.scoring import (
    INTERVALS,
    QUANTILES,
    bias,
    crps,
    holds,
    independent_windows,
    luck_of,
    pinball,
    pit,
    quantile,
    quantiles,
)

# a handful of comparisons: 1 seed in 10,000 may err
Z = 4.0


def area(samples: np.ndarray, actual: float) -> float:
    """The integral of (F(x) - 1{x >= y})^2, step by step."""
    edges = np.unique(np.append(samples, actual))
    total = 0.0
    for low, high in pairwise(edges):
        share = np.mean(samples <= low)
        total += (share - (actual <= low)) ** 2 * (high - low)
    return total


@pytest.mark.parametrize("actual", [-3.0, 0.2, 1.0, 40.0])
@pytest.mark.parametrize("n", [1, 2, 7, 50])
def test_crps_is_the_area_between_the_steps_squared(n: int, actual: float) -> None:
    samples = np.random.default_rng(n).gamma(2.0, size=n).round(1)
    assert crps(samples, actual) == pytest.approx(area(samples, actual), abs=1e-12)


def test_crps_is_the_mean_of_all_pairs() -> None:
    x, y = np.random.default_rng(3).normal(size=40), 0.3
    pairs = np.abs(x[:, None] - x).sum()
    assert crps(x, y) == pytest.approx(np.abs(x - y).mean() - pairs / (2 * 40 * 40))
    assert crps(x, y, fair=True) == pytest.approx(np.abs(x - y).mean() - pairs / (2 * 40 * 39))


def test_crps_of_many_samples_is_that_of_their_law() -> None:
    # the known form for the normal law: s (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi))
    y, law = 1.3, stats.norm
    z = y
    exact = z * (2 * law.cdf(z) - 1) + 2 * law.pdf(z) - 1 / np.sqrt(np.pi)
    whole = integrate.quad(lambda x: law.cdf(x) ** 2, -12, y)[0] + integrate.quad(lambda x: law.sf(x) ** 2, y, 12)[0]
    assert exact == pytest.approx(whole, abs=1e-7)
    grid = law.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert crps(grid, y) == pytest.approx(exact, abs=1e-4)  # the grid's own coarseness


def test_the_fair_score_does_not_hang_on_the_number_of_samples() -> None:
    rng, y = np.random.default_rng(1), 0.5
    exact = y * (2 * stats.norm.cdf(y) - 1) + 2 * stats.norm.pdf(y) - 1 / np.sqrt(np.pi)
    few = rng.normal(size=(20_000, 5))
    fair, plain = (np.array([crps(x, y, fair=f) for x in few]) for f in (True, False))
    error = fair.std() / np.sqrt(len(few))
    assert abs(fair.mean() - exact) < Z * error
    assert abs(plain.mean() - exact) > Z * error  # the plain form is too large for few samples


def test_crps_is_twice_the_mean_pinball_loss() -> None:
    x, y = np.random.default_rng(5).normal(size=30), 0.4
    levels = (np.arange(30_000) + 0.5) / 30_000
    losses = [pinball(quantile(x, p), y, p) for p in levels]
    assert crps(x, y) == pytest.approx(2 * np.mean(losses), abs=1e-4)  # the width of a slice


def test_a_quantile_is_the_smallest_value_whose_share_is_reached() -> None:
    rng = np.random.default_rng(2)
    for n in (1, 3, 10, 20, 100, 2000):
        x = rng.poisson(5, n).astype(float)
        for p in (0.0, 0.05, 0.1, 0.25, 0.5, 0.9, 0.95, 1.0):
            slow = next(v for v in np.sort(x) if np.mean(x <= v) >= p - 1e-12)
            assert quantile(x, p) == slow
    assert list(quantiles(range(1, 101)).values()) == [100 * p for p in QUANTILES.values()]


def test_intervals_hold_their_ends() -> None:
    stated = quantiles(range(1, 101))
    assert holds(stated, 10, "c80")
    assert holds(stated, 90, "c80")
    assert not holds(stated, 90.5, "c80")
    assert holds(stated, 90.5, "c90")
    assert {name: QUANTILES[high] - QUANTILES[low] for name, (low, high) in INTERVALS.items()} == pytest.approx(
        {"c50": 0.5, "c80": 0.8, "c90": 0.9}
    )


def pits(forecast_mean: float, n: int = 4000) -> np.ndarray:
    rng = np.random.default_rng(11)
    return np.array([pit(rng.poisson(forecast_mean, 200), rng.poisson(4.0), luck_of(7, i)) for i in range(n)])


def test_the_pit_of_counts_is_uniform_when_the_forecast_is_true_and_only_then() -> None:
    assert stats.kstest(pits(4.0), "uniform").pvalue > 0.01
    # a mean that is 3 % too high is seen
    assert stats.kstest(pits(4.12, 40_000), "uniform").pvalue < 0.001


def test_luck_hangs_on_seed_and_address_and_nothing_else() -> None:
    drawn = [luck_of(7, day, "open_wins") for day in range(2000)]
    assert drawn == [luck_of(7, day, "open_wins") for day in range(2000)]
    assert stats.kstest(drawn, "uniform").pvalue > 0.01
    assert luck_of(0, 1) != luck_of(1, 1)
    assert luck_of(7, 1, "open_wins") != luck_of(7, 1, "open_bookings")


def test_bias_is_relative_to_what_happened() -> None:
    assert bias([11, 13], [10, 10]) == pytest.approx(0.2)
    assert bias([1.0], [0.0]) is None


@pytest.mark.parametrize(
    ("n", "span", "days", "independent"),
    [(57, 422, 30, 14), (60, 427, 14, 30), (87, 632, 30, 21), (8, 56, 7, 8), (3, 700, 30, 3), (1, 30, 30, 1)],
)
def test_overlapping_windows_count_for_the_days_they_cover(n: int, span: int, days: int, independent: int) -> None:
    assert independent_windows(n, span, days) == independent
