"""Shapley effects: the variance of an answer shared out to inputs that may hang together (model page, M14.2).

The worth of a set of inputs is Var(E[f | those inputs]); each input gets what it adds, averaged over all orders. Along
one random order pi, with normal scores X and X' that share the first k inputs of pi and are independent given those,
E[f(X) f(X')] - E[f]^2 is that worth. So with X_k the point that takes its first k scores from X and draws the
others anew given them,

    phi_(pi_k) = f(X) (f(X_k) - f(X_(k-1))) - (f(X_k)^2 - f(X_(k-1))^2) / 2

is right on average, the last term having mean 0, and the effects add up to (f(X) - f(X_0))^2 / 2, half the squared
difference of two independent points. For independent inputs this is the walk of Goda (2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.analysis.sobol import Estimate, Model

Floats = npt.NDArray[np.float64]
N_RESAMPLES = 1000


@dataclass(frozen=True)
class ShapleyEffects:
    """Shares of the variance of every answer that add up to 1.

    Parameters
    ----------
    share : Estimate
        Figures (inputs, answers).
    mean, sd : array (answers,)
        Of the answers over the laws of the inputs.
    """

    share: Estimate
    mean: Floats
    sd: Floats
    n_points: int


def shapley_effects(
    model: Model, correlation: Floats, *, n_points: int = 256, seed: int = 0, confidence: float = 0.95
) -> ShapleyEffects:
    """Return the Shapley effects of a function of correlated normal scores.

    Parameters
    ----------
    model : callable
        Takes normal scores (n, inputs) with this `correlation`, returns answers (n, answers). It is called once,
        with (inputs + 1) x `n_points` points.
    correlation : array (inputs, inputs)
        Of the normal scores: the copula.
    n_points : int
        Number of random orders, a walk of inputs + 1 points each; a power of 2 keeps the scores balanced.
    seed : int
    confidence : float
        Of the intervals, from a bootstrap over walks.

    Examples
    --------
    >>> found = shapley_effects(lambda z: z @ [[1.0], [2.0]], np.eye(2), n_points=4096)
    >>> found.share.value.round(1).ravel().tolist()
    [0.2, 0.8]
    """
    d = len(correlation)
    rng = np.random.default_rng([seed, 2])
    orders = rng.permuted(np.tile(np.arange(d), (n_points, 1)), axis=1)
    answers = model(_walks(correlation, orders, _scores(n_points, 2 * d, rng)).reshape(-1, d)).reshape(
        n_points, d + 1, -1
    )
    gains = _gains(answers, orders)
    share = _shares(gains.mean(axis=0))
    ends = 0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence
    rows = rng.multinomial(n_points, np.full(n_points, 1.0 / n_points), N_RESAMPLES) / n_points
    low, high = np.quantile(_shares(np.einsum("rn,nia->ria", rows, gains)), ends, axis=0)
    whole = answers[:, [0, -1]].reshape(2 * n_points, -1)
    return ShapleyEffects(Estimate(share, low, high), whole.mean(axis=0), whole.std(axis=0), n_points)


def _scores(n: int, d: int, rng: np.random.Generator) -> Floats:
    """Return (n, d) independent normal scores, spread evenly."""
    from scipy.stats import qmc  # slow to import

    return np.asarray(special.ndtri(np.clip(qmc.Sobol(d, rng=rng).random(n), 1e-12, 1.0 - 1e-12)))


def _walks(correlation: Floats, orders: npt.NDArray[np.int64], scores: Floats) -> Floats:
    """Return (walk, d + 1, d) the points X_0 .. X_d: each takes one score more, in its order, from the last one."""
    n, d = orders.shape
    fresh, kept = scores[:, :d], scores[:, d:]
    points = np.empty((n, d + 1, d))
    for row, order in enumerate(orders):
        root = np.linalg.cholesky(correlation[np.ix_(order, order)])
        taken = np.where(np.tri(d + 1, d, -1) > 0, kept[row], fresh[row])
        points[row][:, order] = taken @ root.T
    return points


def _gains(answers: Floats, orders: npt.NDArray[np.int64]) -> Floats:
    """Return (walk, input, answer) what each input adds."""
    last = answers[:, -1:]
    step = last * np.diff(answers, axis=1) - 0.5 * np.diff(answers**2, axis=1)
    found = np.empty_like(step)
    np.put_along_axis(found, orders[..., None], step, axis=1)
    return found


def _shares(gains: Floats) -> Floats:
    """Return gains (..., input, answer) as shares of their sum; 0 where nothing varies."""
    whole = gains.sum(axis=-2, keepdims=True)
    return np.asarray(np.divide(gains, whole, out=np.zeros_like(gains), where=whole > 1e-12))
