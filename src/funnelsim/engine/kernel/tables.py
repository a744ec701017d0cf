"""Quantiles of a law by table: one load and one multiplication in place of a sampler.

A smooth law is tabulated on octaves of its survival v and, on the other side, of 1 - v: 64 octaves toward
either tail, 64 cells each, linear inside (relative error of mean and sd about 5e-6; the tails are there, to
2^-65). A discrete law keeps its values and P(T >= value), the largest first, and is searched exactly.
"""

from __future__ import annotations

from math import inf

import numpy as np

from funnelsim.engine.kernel.compiling import compiled, entry

OCTAVES = 64
CELLS = 64
_BELOW_HALF = 0.49999999999999994
# all unsigned: numba guards every signed index against being negative
_MANTISSA = np.uint64(52)
_CELL_BITS = np.uint64(6)
_CELL_SHIFT = np.uint64(46)  # of 52 bits of mantissa the first 6 number the cell
_CELL_MASK = np.uint64(63)
_FRACTION_MASK = np.uint64((1 << 46) - 1)
_FRACTION_SCALE = 2.0**-46
_EXPONENT_OF_TOP_OCTAVE = np.uint64(1021)  # [1/4, 1/2)
_LAST_OCTAVE = np.uint64(OCTAVES - 1)
_VALUE, _SLOPE = np.uint64(0), np.uint64(1)


@compiled
def smooth_quantile(cells, v):
    """Return the value exceeded with probability `v`, 0 < v < 1, of a smooth law with these `cells` (side, cell, 2).

    Chosen by selection, not by branching: which side is a coin no processor guesses.
    """
    tail = min(v, 1.0 - v, _BELOW_HALF)
    bits = np.float64(tail).view(np.uint64)
    octave = min(_EXPONENT_OF_TOP_OCTAVE - (bits >> _MANTISSA), _LAST_OCTAVE)
    cell = (octave << _CELL_BITS) + ((bits >> _CELL_SHIFT) & _CELL_MASK)
    fraction = np.float64(np.int64(bits & _FRACTION_MASK)) * _FRACTION_SCALE
    side = np.uint64(v > 0.5)
    return cells[side, cell, _VALUE] + fraction * cells[side, cell, _SLOPE]


@compiled
def step_quantile(step_value, step_at_least, start, n_steps, v):
    """Return the value exceeded or met with probability above `v`, of the discrete law that begins at `start`."""
    low, high = 0, n_steps - 1
    while low < high:
        middle = (low + high) >> 1
        if v < step_at_least[start + middle]:
            high = middle
        else:
            low = middle + 1
    return step_value[start + low]


@entry
def quantile_of(tables, row, v):
    """Return the value that law `row` exceeds with probability `v`, 0 < v < 1."""
    if tables.step_count[row] > 0:
        return step_quantile(tables.step_value, tables.step_at_least, tables.step_start[row], tables.step_count[row], v)
    return smooth_quantile(tables.cells[row], v)


@entry
def survival(tables, row, x):
    """Return P(T > x) of law `row`, the inverse of `quantile`."""
    if x == inf:
        return 0.0
    n_steps = tables.step_count[row]
    if n_steps > 0:
        start = tables.step_start[row]
        at_least = 0.0
        for i in range(n_steps):
            if tables.step_value[start + i] <= x:
                break
            at_least = tables.step_at_least[start + i]
        return at_least
    rank, side = _find_cell(tables, row, x)
    if rank < 0:
        return 0.0 if side == 0 else 1.0
    tail = _cell_start(rank) + _cell_width(rank) * _cell_fraction(tables, row, side, rank, x)
    return tail if side == 0 else 1.0 - tail


@entry
def mass_and_density(tables, row, x):
    """Return (P(T = x), density at x): an atom, or where there is none the density."""
    n_steps = tables.step_count[row]
    if n_steps > 0:
        start = tables.step_start[row]
        before = 0.0
        for i in range(n_steps):
            at_least = tables.step_at_least[start + i]
            if tables.step_value[start + i] == x:
                return at_least - before, 0.0
            before = at_least
        return 0.0, 0.0
    rank, side = _find_cell(tables, row, x)
    if rank < 0:
        return 0.0, 0.0
    width = _cell_width(rank)
    tail = _cell_start(rank) + width * _cell_fraction(tables, row, side, rank, x)
    # half a cell to either side, so that the slope is smooth and not that of one cell
    near, far = tail + 0.5 * width, max(tail - 0.5 * width, 0.25 * width)
    if side == 1:
        near, far = 1.0 - near, 1.0 - far
    rise = abs(smooth_quantile(tables.cells[row], far) - smooth_quantile(tables.cells[row], near))
    return 0.0, (abs(near - far) / rise if rise > 0.0 else 0.0)


@compiled
def _find_cell(tables, row, x):
    """Return (rank, side) of the cell that holds x, ranks counted from the median outward; -1 beyond the table."""
    median = tables.cells[row, 0, CELLS - 1, 0] + tables.cells[row, 0, CELLS - 1, 1]
    side = 0 if x >= median else 1
    sign = 1.0 if side == 0 else -1.0
    low, high = 0, OCTAVES * CELLS - 1
    if sign * tables.cells[row, side, _cell_of(high), 0] < sign * x:
        return -1, side
    while low < high:
        middle = (low + high) >> 1
        if sign * tables.cells[row, side, _cell_of(middle), 0] >= sign * x:
            high = middle
        else:
            low = middle + 1
    return low, side


@compiled
def _cell_of(rank):
    return (rank & ~63) + 63 - (rank & 63)


@compiled
def _cell_start(rank):
    return 2.0 ** (-2.0 - (rank >> 6)) * (1.0 + (63 - (rank & 63)) / 64.0)


@compiled
def _cell_width(rank):
    return 2.0 ** (-8.0 - (rank >> 6))


@compiled
def _cell_fraction(tables, row, side, rank, x):
    cell = _cell_of(rank)
    slope = tables.cells[row, side, cell, 1]
    if slope == 0.0:
        return 0.0
    return min(max((x - tables.cells[row, side, cell, 0]) / slope, 0.0), 1.0)
