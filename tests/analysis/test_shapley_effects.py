"""Shapley effects against the closed form for linear functions of correlated normal inputs, by brute force."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from funnelsim.analysis.shapley_effects import shapley_effects

Z = 4.0
SLOPES = np.array([1.0, 2.0, 0.5])
CORRELATION = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 1.0]])


def worth(known, slopes, covariance):
    """Return Var(E[slopes X | X_known])."""
    if not known:
        return 0.0
    k = list(known)
    pull = covariance[:, k] @ np.linalg.inv(covariance[np.ix_(k, k)])
    return float(slopes @ pull @ covariance[np.ix_(k, k)] @ pull.T @ slopes)


def brute_force(slopes, covariance):
    d, shares = len(slopes), []
    for i in range(d):
        others = [j for j in range(d) if j != i]
        shares.append(
            sum(
                (worth((*s, i), slopes, covariance) - worth(s, slopes, covariance)) / comb(d - 1, n)
                for n in range(d)
                for s in combinations(others, n)
            )
            / d
        )
    return np.array(shares) / sum(shares)


def far(found, wanted):
    errors = (found.share.high - found.share.low).ravel() / 3.92
    return np.abs(found.share.value.ravel() - wanted) / errors


@pytest.mark.parametrize("correlation", [CORRELATION, np.eye(3)], ids=["correlated", "independent"])
def test_a_linear_function_shares_its_variance_as_all_orders_together_say(correlation):
    found = shapley_effects(lambda z: (z @ SLOPES)[:, None], correlation, n_points=8192, seed=3)
    assert far(found, brute_force(SLOPES, correlation)).max() < Z
    assert found.share.value.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.sd[0] == pytest.approx(np.sqrt(SLOPES @ correlation @ SLOPES), rel=0.05)


def test_shares_that_forget_the_correlation_are_refused():
    """The negative control."""
    found = shapley_effects(lambda z: (z @ SLOPES)[:, None], CORRELATION, n_points=8192, seed=3)
    assert far(found, brute_force(SLOPES, np.eye(3))).max() > Z


def test_an_answer_that_does_not_vary_has_no_shares():
    found = shapley_effects(lambda z: np.ones((len(z), 1)), np.eye(2), n_points=16)
    assert found.share.value.tolist() == [[0.0], [0.0]]
