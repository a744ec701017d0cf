"""Quadrature rules: a few weighted points that stand for a law, also for a sum or product of independent ones.

A smooth law is taken at x = q(Phi(z)) by the trapezoid rule in z on [-8.3, 8.3], an atomic law at its atoms. A rule
of many points is reduced to the Gauss rule of the same discrete law by the Lanczos process (Golub and Welsch, 1969;
Gragg and Harwood, 1984): n points then have all moments up to the order 2 n - 1 of the many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.laws import Curve

Floats = npt.NDArray[np.float64]
REACH = 8.3  # the normal law leaves 1e-16 beyond
STEP = 0.02
N_KEPT = 64
_SETTLED = 1e-14


@dataclass(frozen=True)
class Rule:
    """Points with weights that add up to 1."""

    points: Floats
    weights: Floats

    def mean(self, of: Callable[[Floats], Floats] = lambda x: x) -> float:
        """Return the mean of a function under the law."""
        return float(self.weights @ of(self.points))

    def mapped(self, to: Callable[[Floats], Floats]) -> Rule:
        """Return the rule of a function of the variable."""
        return Rule(to(self.points), self.weights)

    def reduced(self, n: int = N_KEPT) -> Rule:
        """Return the Gauss rule of at most `n` points with the same lowest moments."""
        if len(self.points) <= n:
            return self
        centre = self.mean()
        scale = float(np.abs(self.points - centre).max())
        if scale <= _SETTLED * max(abs(centre), 1.0):
            return Rule(np.array([centre]), np.ones(1))
        diagonal, beside = _lanczos((self.points - centre) / scale, np.sqrt(self.weights), n)
        matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        values, vectors = np.linalg.eigh(matrix)
        weights = vectors[0] ** 2
        return Rule(centre + scale * values, weights / weights.sum())


def rule_of(curve: Curve, step: float = STEP) -> Rule:
    """Return the rule of a law."""
    values, probability = curve.atoms
    if len(values):
        return Rule(values, probability)
    half = int(np.ceil(REACH / step))
    z = np.linspace(-REACH, REACH, 2 * half + 1)
    weights = np.exp(-0.5 * z * z)
    # each half by its own tail, so that both ends keep their digits
    tail = special.ndtr(-np.abs(z))
    points = np.where(z < 0, curve.lower(tail), curve.upper(tail))
    return Rule(points, weights / weights.sum())


def combined(rules: Sequence[Rule], how: np.ufunc, n: int = N_KEPT) -> Rule:
    """Return the rule of the sum (``np.add``) or product (``np.multiply``) of independent variables."""

    def join(a: Rule, b: Rule) -> Rule:
        both = Rule(how.outer(a.points, b.points).ravel(), np.outer(a.weights, b.weights).ravel())
        return both.reduced(n)

    return reduce(join, [rule.reduced(n) for rule in rules])


def _lanczos(points: Floats, start: Floats, n: int) -> tuple[Floats, Floats]:
    """Return the diagonal and the side of the Jacobi matrix of a discrete law, each vector made orthogonal twice."""
    basis = np.zeros((n, len(points)))
    basis[0] = start / np.linalg.norm(start)
    diagonal, beside = [], []
    for k in range(n):
        image = points * basis[k]
        diagonal.append(float(basis[k] @ image))
        for _ in range(2):
            image = image - basis[: k + 1].T @ (basis[: k + 1] @ image)
        size = float(np.linalg.norm(image))
        if k == n - 1 or size < _SETTLED:
            break
        beside.append(size)
        basis[k + 1] = image / size
    return np.array(diagonal), np.array(beside)
