"""The size of the shared shock: known sizes come back, none is found where there is none, and its law is even."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from funnelsim.fitting.shock import (
    FORGET_DAYS,
    GRID,
    LARGEST_T,
    LARGEST_U,
    SCALE,
    SCALE_UNSUPPORTED,
    Evidence,
    ShockLaw,
    shock_from,
    weights_of,
)

SLOPE, LUCK = 60.0, 30.0


def windows(sigma: float, n: int, rng: np.random.Generator) -> Evidence:
    """Return left-overs of windows that luck and a shock sigma t_4 made."""
    u = sigma * rng.standard_t(4, n)
    left_over = SLOPE * u + np.sqrt(LUCK) * rng.standard_normal(n)
    return Evidence(left_over, np.full(n, LUCK), np.full(n, SLOPE), np.ones(n))


def only(sigma: float) -> ShockLaw:
    return ShockLaw((np.abs(GRID - sigma) < 1e-9).astype(float))


def ranks(n: int, factor: float, seed: int) -> np.ndarray:
    """Return where true sizes, drawn from the prior, fall in their posteriors; uniform if these are right."""
    rng = np.random.default_rng(seed)
    prior = stats.t(4).pdf(GRID / SCALE)
    found = []
    for _ in range(n):
        at = int(rng.choice(len(GRID), p=prior / prior.sum()))
        weight = shock_from(windows(factor * GRID[at], 25, rng)).weight
        found.append(weight[:at].sum() + rng.random() * weight[at])
    return np.array(found)


def test_known_sizes_fall_anywhere_in_their_posteriors() -> None:
    assert stats.kstest(ranks(1000, 1.0, seed=1), "uniform").pvalue > 0.001
    # shocks 12 % larger than the posterior believes are told
    assert stats.kstest(ranks(1000, 1.12, seed=1), "uniform").pvalue < 0.001


@pytest.mark.parametrize("sigma", [0.05, 0.15, 0.3])
def test_many_windows_find_the_size(sigma: float) -> None:
    rng = np.random.default_rng(2)
    found = [shock_from(windows(sigma, 300, rng)).mean_sigma for _ in range(20)]
    se = np.std(found) / np.sqrt(len(found))
    # 300 windows leave the prior about 2 % of the say, and the grid is 0.02 wide
    assert abs(np.mean(found) - sigma) < 4 * se + 0.02 * sigma + 0.002


def test_where_luck_is_all_the_shock_stays_small() -> None:
    rng = np.random.default_rng(3)
    prior = shock_from(Evidence(*np.zeros((4, 0)))).mean_sigma
    found = [shock_from(windows(0.0, 100, rng)).mean_sigma for _ in range(20)]
    assert max(found) < 0.045 < prior
    assert np.mean(found) < prior / 2


def test_four_windows_can_speak_up_for_a_large_shock() -> None:
    """A normal prior of the same middle would hold it down, and one that would not sees shocks where there are none."""
    rng = np.random.default_rng(6)

    def mean_sizes(scale: float, sigma: float) -> tuple[float, float]:
        evidence = [windows(sigma, 4, rng) for _ in range(200)]
        normal = [np.exp(-0.5 * (GRID / scale) ** 2 + e.log_likelihood()) for e in evidence]
        of_normal = np.mean([w @ GRID / w.sum() for w in normal])
        return float(np.mean([shock_from(e).mean_sigma for e in evidence])), float(of_normal)

    found, held_down = mean_sizes(0.055, 0.3)
    assert found > 1.4 * held_down
    found, invented = mean_sizes(0.2, 0.0)
    assert found < 0.7 * invented


def test_without_windows_the_prior_speaks() -> None:
    weight = stats.t(4).pdf(GRID / SCALE)
    law = shock_from(Evidence(*np.zeros((4, 0))))
    assert np.allclose(law.weight, weight / weight.sum())
    assert shock_from(Evidence(*np.zeros((4, 0))), scale=SCALE_UNSUPPORTED).mean_sigma > 3 * law.mean_sigma


def test_the_likelihood_is_the_integral_it_claims() -> None:
    from scipy.integrate import quad

    evidence = windows(0.2, 3, np.random.default_rng(4))
    found = evidence.log_likelihood()
    at = 20
    exact = 0.0
    for y in evidence.left_over:

        def density(lam: float, y: float = y) -> float:
            spread = np.sqrt(LUCK + (GRID[at] * SLOPE) ** 2 / lam)
            return float(stats.gamma.pdf(lam, 2, scale=0.5) * stats.norm.pdf(y, 0, spread) * np.sqrt(2 * np.pi))

        exact += np.log(quad(density, 1e-6, 30)[0])
    # the grid of lambda leaves out what is below 0.02: 0.08 % of its law
    assert found[at] == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("n", [1, 2, 9, 2000])
def test_quantiles_are_even_and_in_order(n: int) -> None:
    law = shock_from(windows(0.2, 20, np.random.default_rng(5)))
    u = law.quantiles(n)
    assert len(u) == n
    assert (u == -u[::-1]).all()
    assert (np.diff(u) >= 0).all()


@pytest.mark.parametrize("sigma", [0.01, 0.11, 0.31])
def test_quantiles_of_one_size_are_those_of_a_clipped_t(sigma: float) -> None:
    u = only(sigma).quantiles(1000)
    t = np.clip(stats.t(4).ppf((np.arange(1000) + 0.5) / 1000), -LARGEST_T, LARGEST_T)
    assert np.allclose(u, sigma * t, atol=0.0011)  # the step of its table
    assert only(sigma).variance == pytest.approx(sigma**2 * np.mean(t**2), rel=0.03)


def test_shocks_are_clipped_at_four_sizes_and_at_two() -> None:
    assert only(0.11).quantiles(5000)[-1] == pytest.approx(0.44, abs=0.0011)
    assert only(1.19).quantiles(5000)[-1] == pytest.approx(LARGEST_U)


def test_windows_that_overlap_or_are_old_count_for_less() -> None:
    assert weights_of(np.array([0.0, FORGET_DAYS]), 7, 14).tolist() == [0.5, 0.25]
    assert weights_of(np.zeros(1), 7, 7).tolist() == [1.0]
    assert weights_of(np.zeros(1), 7, 3).tolist() == [1.0]


def test_shorter_windows_help_where_own_ones_are_few_and_hardly_where_they_are_many() -> None:
    rng = np.random.default_rng(6)
    shaken = windows(0.4, 60, rng)
    nothing = Evidence(*np.zeros((4, 0)))
    helped, alone = shock_from(nothing, [shaken]), shock_from(nothing)
    assert helped.mean_sigma > alone.mean_sigma + 0.05
    # four windows' worth at most
    assert helped.mean_sigma < shock_from(shaken).mean_sigma
    own = windows(0.05, 200, rng)
    assert shock_from(own, [shaken]).mean_sigma == pytest.approx(shock_from(own).mean_sigma, abs=0.01)


def test_a_window_that_nothing_moves_says_nothing() -> None:
    still = Evidence(np.array([3.0]), np.array([4.0]), np.zeros(1), np.ones(1))
    assert np.allclose(shock_from(still).weight, shock_from(Evidence(*np.zeros((4, 0)))).weight)
