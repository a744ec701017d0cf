"""Points spread over ranges: evenly, by Latin hypercube, or by a scrambled Sobol' sequence."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Method = Literal["latin_hypercube", "sobol"]


def evenly(low: float, high: float, n: int) -> Floats:
    """Return `n` values from `low` to `high`, both ends among them."""
    return np.linspace(low, high, n)


def spread(method: Method, n: int, n_columns: int, seed: int) -> Floats:
    """Return (n, n_columns) points of the unit cube.

    Parameters
    ----------
    method : {"latin_hypercube", "sobol"}
        One point in each of `n` slices of every column; or the first `n` of a scrambled Sobol' sequence, which is
        balanced where `n` is a power of two.
    seed : int
        The same seed gives the same points.

    Examples
    --------
    >>> bool((np.sort(np.floor(spread("latin_hypercube", 5, 2, 1)[:, 0] * 5)) == np.arange(5)).all())
    True
    """
    from scipy.stats import qmc

    if method == "latin_hypercube":
        return np.asarray(qmc.LatinHypercube(n_columns, rng=np.random.default_rng(seed)).random(n))
    sequence = qmc.Sobol(n_columns, rng=np.random.default_rng(seed))
    return np.asarray(sequence.random_base2(_power(n))[:n])


def _power(n: int) -> int:
    return (n - 1).bit_length()
