"""What the figures that are not held become under a shared shock (model page, M5.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.program import Program
from funnelsim.engine.tilt import win_rates

Floats = npt.NDArray[np.float64]


def implied_conversions(program: Program) -> dict[str, tuple[float, float]]:
    """Return stage -> (stated, implied), the implied one being the mean over the shock.

    In a linear funnel win rates are held and conversions move; in other graphs, or with a shock per period,
    conversions are held and the win rates are returned. Empty without a shock.
    """
    arrays = program.arrays
    rho = float(arrays.rho.sum())
    if rho == 0.0:
        return {}
    names, funnel = program.case.funnel.names, program.case.funnel
    if arrays.is_linear and arrays.phi < 0:
        implied = _conversions_that_hold_win_rates(program, rho)
        return {name: (c, float(i)) for name, c, i in zip(names, funnel.conversions, implied, strict=True)}
    at_nodes = _exits_at(program, rho)
    means = arrays.node_weight @ win_rates(at_nodes, arrays.target)
    return {name: (w, float(i)) for name, w, i in zip(names, funnel.win_rates, means, strict=True)}


def _conversions_that_hold_win_rates(program: Program, rho: float) -> list[float]:
    arrays = program.arrays
    s, r = np.sqrt(rho), np.sqrt(1 - rho)
    ahead, wanted = np.ones_like(arrays.nodes), 1.0
    found: list[float] = []
    for stage in range(len(arrays.n_exits) - 1, -1, -1):
        c = arrays.probability[stage, arrays.n_exits[stage] - 1]
        wanted *= c
        shift = _solve(c, wanted, ahead, arrays.nodes, arrays.node_weight, s, r)
        ahead = special.ndtr((shift + s * arrays.nodes) / r) * ahead
        found.append(float(special.ndtr(shift)))
    return found[::-1]


def _solve(c: float, wanted: float, ahead: Floats, nodes: Floats, weights: Floats, s: float, r: float) -> float:
    """Return x with E[Phi((x + s Z) / r) ahead(Z)] = wanted, by Newton within the bounds that bisection keeps."""
    if c <= 0 or c >= 1:
        return float(special.ndtri(c))
    low, high, x = -40.0, 40.0, float(special.ndtri(c))
    for _ in range(100):
        at = (x + s * nodes) / r
        missed = weights @ (special.ndtr(at) * ahead) - wanted
        low, high = (low, x) if missed > 0 else (x, high)
        slope = weights @ (np.exp(-0.5 * at**2) * ahead) / (r * np.sqrt(2 * np.pi))
        step = missed / slope if slope > 0 else np.inf
        x, before = (x - step if low < x - step < high else 0.5 * (low + high)), x
        if abs(x - before) < 1e-12 * max(1.0, abs(x)):
            break
    return x


def _exits_at(program: Program, rho: float) -> Floats:
    """Return exits (nodes, S, K) of fresh stages at each node of the shock."""
    arrays = program.arrays
    cumulative = np.minimum(np.cumsum(arrays.probability, axis=1), 1.0)
    threshold = special.ndtri(cumulative)
    moved = special.ndtr((threshold[None] - np.sqrt(rho) * arrays.nodes[:, None, None]) / np.sqrt(1 - rho))
    return np.asarray(np.diff(moved, axis=2, prepend=0.0))
