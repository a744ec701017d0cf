"""Sobol' indices: how much of the variance of an answer each independent input explains (model page, M14.2).

With rows of A and B independent and AB_i equal to A but for input i, taken from B (Saltelli and others, 2010; Jansen,
1999),

    S_i = E[f(B) (f(AB_i) - f(A))] / V        alone,
    T_i = E[(f(A) - f(AB_i))^2] / (2 V)       with all it takes part in.

Rows come from a scrambled Sobol' sequence. Intervals are those of a bootstrap over rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Model = Callable[[Floats], Floats]
N_RESAMPLES = 1000
_RESAMPLES_AT_ONCE = 50


@dataclass(frozen=True)
class Estimate:
    """A figure per input and answer, shape (inputs, answers), with the ends of its interval."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class SobolIndices:
    """First and total indices of every answer.

    Parameters
    ----------
    mean, sd : array (answers,)
        Of the answers over the laws of the inputs.
    """

    first: Estimate
    total: Estimate
    mean: Floats
    sd: Floats
    n_points: int


@dataclass(frozen=True)
class Sample:
    """Answers (rows, answers) at A and B, and (inputs, rows, answers) at every AB_i."""

    a: Floats
    b: Floats
    ab: Floats


def sobol_indices(
    model: Model, n_inputs: int, *, n_points: int = 256, seed: int = 0, confidence: float = 0.95
) -> SobolIndices:
    """Return the Sobol' indices of a function of the unit cube.

    Parameters
    ----------
    model : callable
        Takes points (n, inputs) of the unit cube, returns answers (n, answers). It is called once, with
        (inputs + 2) x `n_points` points.
    n_inputs : int
    n_points : int
        Rows of A and of B; a power of 2 keeps the sequence balanced.
    seed : int
        Of the scrambling and of the bootstrap.
    confidence : float
        Of the intervals.

    Returns
    -------
    SobolIndices
        An answer that does not vary has indices of 0.

    Examples
    --------
    >>> found = sobol_indices(lambda u: u[:, :1] + 2 * u[:, 1:], 2, n_points=1024)
    >>> found.total.value.round(2).ravel().tolist()
    [0.2, 0.8]
    """
    sample = _sampled(model, n_inputs, n_points, seed)
    first, total = indices(sample)
    resampled = _resampled(sample, np.random.default_rng([seed, 1]))
    ends = 0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence
    intervals = [np.quantile(values, ends, axis=0) for values in resampled]
    both = np.concatenate([sample.a, sample.b])
    return SobolIndices(
        Estimate(first, *intervals[0]), Estimate(total, *intervals[1]), both.mean(axis=0), both.std(axis=0), n_points
    )


def indices(sample: Sample) -> tuple[Floats, Floats]:
    """Return first and total indices (inputs, answers)."""
    first, total = _indices(sample, np.arange(len(sample.a))[None])
    return first[0], total[0]


def design(n_inputs: int, n_points: int, seed: int) -> Floats:
    """Return the points at which a model is asked: those of A, those of B, then every AB_i, one below the other."""
    from scipy.stats import qmc  # slow to import

    u = qmc.Sobol(2 * n_inputs, rng=np.random.default_rng([seed, 0])).random(n_points)
    a, b = u[:, :n_inputs], u[:, n_inputs:]
    mixed = np.repeat(a[None], n_inputs, axis=0)
    for i in range(n_inputs):
        mixed[i, :, i] = b[:, i]
    whole: Floats = np.concatenate([a, b, mixed.reshape(-1, n_inputs)])
    return np.clip(whole, 1e-9, 1.0 - 1e-9)


def _sampled(model: Model, n_inputs: int, n_points: int, seed: int) -> Sample:
    answers = model(design(n_inputs, n_points, seed))
    n_answers = answers.shape[1]
    mixed = answers[2 * n_points :].reshape(n_inputs, n_points, n_answers)
    return Sample(answers[:n_points], answers[n_points : 2 * n_points], mixed)


def _indices(sample: Sample, rows: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return first and total indices (resamples, inputs, answers) of the rows (resamples, rows)."""
    a, b, ab = sample.a[rows], sample.b[rows], sample.ab[:, rows]
    both = np.concatenate([a, b], axis=1)
    middle, variance = both.mean(axis=1), both.var(axis=1)
    spread = np.where(variance > 1e-12 * np.maximum(middle**2, 1e-300), variance, np.inf)
    moved = ab - a
    first = ((b - middle[:, None]) * moved).mean(axis=2) / spread
    total = 0.5 * (moved**2).mean(axis=2) / spread
    return np.moveaxis(first, 0, 1), np.moveaxis(total, 0, 1)


def _resampled(sample: Sample, rng: np.random.Generator) -> tuple[Floats, Floats]:
    n = len(sample.a)
    rows = rng.integers(0, n, (N_RESAMPLES, n))
    parts = [
        _indices(sample, rows[low : low + _RESAMPLES_AT_ONCE]) for low in range(0, N_RESAMPLES, _RESAMPLES_AT_ONCE)
    ]
    first, total = zip(*parts, strict=True)
    return np.concatenate(first), np.concatenate(total)
