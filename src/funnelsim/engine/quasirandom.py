"""Points that fill the unit cube more evenly than random ones: a shifted additive lattice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key


def points(n: int, n_dimensions: int, replicate: int = 0) -> npt.NDArray[np.float64]:
    """Return `n` points of (0, 1)^d, shape (n, d): frac(shift + i alpha), alpha_k = g^-k.

    g solves g^(d+1) = g + 1 (the generalised golden ratio). Each `replicate` has its own random shift, so the
    spread over replicates tells the error.
    """
    g = 2.0
    for _ in range(64):
        g = (1.0 + g) ** (1.0 / (n_dimensions + 1))
    alpha = g ** -np.arange(1, n_dimensions + 1)
    shift = np.array([float(key("shift", replicate, k)) / 2.0**64 for k in range(n_dimensions)])
    inside = (shift + np.arange(1, n + 1)[:, None] * alpha) % 1.0
    return np.clip(inside, 1e-12, 1 - 1e-12)
