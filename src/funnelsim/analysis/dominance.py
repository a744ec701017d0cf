"""Is one random amount better than another, whoever judges? Stochastic dominance of the first and second order.

A is ahead of B in the **first order** if P(A <= x) <= P(B <= x) at every x: then everybody who likes more prefers A. In
the **second order** if E(x - A)+ <= E(x - B)+ at every x: then everybody who also dislikes risk does. Both are means
over futures of h_x(A) - h_x(B), with h_x(y) = 1 if y <= x, or (x - y)+. On shared random numbers these differences are
small and their errors too. They are looked at on the 99 hundredths of both samples together and at the top; a
difference counts as shown beyond z standard errors, z such that all the looks together err at most once in 100.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Verdict = Literal["ahead", "behind", "crossing", "not told apart"]
CONFIDENCE = 0.99
N_LOOKS = 100


@dataclass(frozen=True)
class Dominance:
    """What the futures show of A against B.

    Parameters
    ----------
    first, second : str
        ``ahead``: A is shown better somewhere and nowhere shown worse; ``behind``: the other way round; ``crossing``:
        shown better in one place and worse in another; ``not told apart``: neither is shown.
    worst, best : float
        Largest P(A <= x) - P(B <= x), where A is worse, and largest P(B <= x) - P(A <= x), where it is better.
    allowance : float
        Largest difference that Monte Carlo error alone was allowed at any of the looks of the first order.
    """

    first: Verdict
    second: Verdict
    worst: float
    best: float
    allowance: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {**asdict(self), "confidence": CONFIDENCE, "looks": N_LOOKS}


def dominance(a: Floats, b: Floats) -> Dominance:
    """Judge two samples of the same futures.

    Parameters
    ----------
    a, b : array (trial,)
        The same trials on the same random numbers.

    Examples
    --------
    >>> y = np.random.default_rng(1).normal(100.0, 10.0, 2000)
    >>> dominance(y + 1.0, y).first, dominance(100.0 + 0.5 * (y - 100.0), y).first
    ('ahead', 'crossing')
    >>> dominance(100.0 + 0.5 * (y - 100.0), y).second
    'ahead'
    """
    levels = looks(a, b)
    first = np.array([_mean_and_error((a <= x).astype(float) - (b <= x)) for x in levels])
    second = np.array([_mean_and_error(np.maximum(x - a, 0.0) - np.maximum(x - b, 0.0)) for x in levels])
    allowed = z_of_all_looks() * first[:, 1]
    return Dominance(
        _verdict(first), _verdict(second), float(max(first[:, 0].max(), 0.0)), float(max(-first[:, 0].min(), 0.0)),
        float(allowed.max()),
    )  # fmt: skip


def looks(a: Floats, b: Floats) -> Floats:
    """Return where two samples are compared: the hundredths of both together, and their top."""
    both = np.concatenate([a, b])
    return np.unique(np.quantile(both, np.linspace(0.01, 1.0, N_LOOKS), method="inverted_cdf"))


def z_of_all_looks() -> float:
    """Return the standard errors beyond which a look of either sign shows a difference (Bonferroni)."""
    return float(-special.ndtri((1 - CONFIDENCE) / (2 * N_LOOKS)))


def _verdict(found: Floats) -> Verdict:
    z = z_of_all_looks()
    is_worse = bool((found[:, 0] > z * found[:, 1]).any())
    is_better = bool((found[:, 0] < -z * found[:, 1]).any())
    if is_worse and is_better:
        return "crossing"
    return "ahead" if is_better else "behind" if is_worse else "not told apart"


def _mean_and_error(differences: Floats) -> tuple[float, float]:
    """Return mean and standard error; a difference seen in hardly any future is given the error of a few."""
    n = len(differences)
    spread = max(float(differences.std()), float(np.abs(differences).max()) * sqrt(_FEW / n))
    return float(differences.mean()), spread / sqrt(n)


_FEW = 4.0  # futures: with fewer that differ, the normal law of their mean is no guide
