"""Points spread over ranges: by Latin hypercube, or by a scrambled Sobol' sequence."""

from __future__ import annotations

from typing import Literal

Method = Literal["latin_hypercube", "sobol"]


def spread(method: Method, n: int, n_columns: int, seed: int) -> list[list[float]]:
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
    >>> sorted(int(first * 5) for first, _ in spread("latin_hypercube", 5, 2, 1))
    [0, 1, 2, 3, 4]
    """
    import numpy as np
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if method == "latin_hypercube":
        found = qmc.LatinHypercube(n_columns, rng=rng).random(n)
    else:
        found = qmc.Sobol(n_columns, rng=rng).random_base2(_power(n))[:n]
    return [[float(x) for x in row] for row in found]


def _power(n: int) -> int:
    return (n - 1).bit_length()
