"""How numpy draws a stay: by exact inverse, by interpolation, from an octave table, from equal shares.

A sampler is made for a law and an age, and draws what is left of the stay of deals of that age: an aged deal
multiplies the survival it looks up by S(age), so that nothing is drawn in vain.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from peers.funnel import Floats, Stay

Sampler = Callable[[np.random.Generator, int], Floats]
Method = Callable[[Stay, float], Sampler]
OCTAVES, CELLS = 40, 64
TOP_OCTAVE = 1021  # the exponent's bits of numbers from 1/4 to 1/2
N_NODES = 4096
N_SHARES = 1 << 16


def by_inverse(stay: Stay, age: float) -> Sampler:
    """Return a sampler by the exact inverse."""
    alive = float(stay.survival(np.array(age)))
    return lambda rng, n: stay.exceeded(alive * (1.0 - rng.random(n))) - age


def by_interpolation(stay: Stay, age: float) -> Sampler:
    """Return a sampler that interpolates between nodes, dense where the law is steep: even in the normal score."""
    alive = float(stay.survival(np.array(age)))
    score = np.linspace(-7.0, 7.0, N_NODES)
    at = 1.0 / (1.0 + np.exp(-2.5 * score))
    days = stay.exceeded(alive * at) - age
    return lambda rng, n: np.interp(rng.random(n), at, days)


def by_octaves(stay: Stay, age: float) -> Sampler:
    """Return a sampler that finds its cell in the bits of the number, 64 cells an octave toward either tail."""
    alive = float(stay.survival(np.array(age)))
    tail = 2.0 ** -(2.0 + np.arange(OCTAVES))[:, None] * (1.0 + np.arange(CELLS + 1) / CELLS)
    days = np.stack([stay.exceeded(alive * tail), stay.exceeded(alive * (1.0 - tail))]) - age
    days = np.nan_to_num(np.maximum(days, 0.0))
    # value = base + slope x tail, so that the fraction inside the cell need not be worked out
    slope = (np.diff(days, axis=2) / np.diff(tail, axis=1)).ravel()
    base = days[:, :, :-1].ravel() - slope * np.tile(tail[:, :-1].ravel(), 2)
    side = OCTAVES * CELLS

    def draw(rng: np.random.Generator, n: int) -> Floats:
        v = rng.random(n)
        v += 2.0**-54
        near = np.minimum(v, 1.0 - v)
        np.minimum(near, 0.49999999999999994, out=near)
        number = near.view(np.int64) >> 46
        cell = number & (CELLS - 1)
        cell += np.minimum(TOP_OCTAVE - (number >> 6), OCTAVES - 1) << 6
        cell += (v > 0.5) * side
        near *= slope.take(cell)
        near += base.take(cell)
        return near

    return draw


def by_shares(stay: Stay, age: float) -> Sampler:
    """Return a sampler that takes one of 65,536 values alike in weight, each the middle of its share of the law."""
    alive = float(stay.survival(np.array(age)))
    days = stay.exceeded(alive * (np.arange(N_SHARES) + 0.5) / N_SHARES) - age
    return lambda rng, n: days.take(rng.integers(0, N_SHARES, n, dtype=np.uint16))
