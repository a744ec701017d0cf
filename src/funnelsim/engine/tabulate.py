"""Quantile tables for the kernel, made from curves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import Tables
from funnelsim.engine.laws import Curve, StepCurve

OCTAVES = 64
CELLS = 64
_KEPT_LAWS = 256  # of 128 KiB each
Floats = npt.NDArray[np.float64]


def _nodes() -> Floats:
    """Return the tail probabilities at which a side is tabulated: 64 cells per octave from 1/2 down to 2^-65."""
    starts = 2.0 ** -(2.0 + np.arange(OCTAVES))
    return np.asarray(starts[:, None] * (1.0 + np.arange(CELLS + 1) / CELLS))


@lru_cache(_KEPT_LAWS)
def _cells_of(curve: Curve) -> Floats:
    """Return (side, cell, [value, slope]) of a law; worked out once, as the many cases of a sweep share their laws."""
    at = np.stack([curve.upper(_nodes()), curve.lower(_nodes())])
    found = np.stack([at[..., :-1], np.diff(at, axis=-1)], axis=-1).reshape(2, OCTAVES * CELLS, 2)
    found.flags.writeable = False
    return found


def tables_of(curves: Sequence[Curve]) -> Tables:
    """Return the tables of all curves, one row each."""
    cells = np.zeros((len(curves), 2, OCTAVES * CELLS, 2))
    count = np.zeros(len(curves), np.int64)
    start = np.zeros(len(curves), np.int64)
    values: list[Floats] = [np.empty(0)]
    at_least: list[Floats] = [np.empty(0)]
    n_steps = 0
    for row, curve in enumerate(curves):
        if isinstance(curve, StepCurve):
            count[row], start[row] = len(curve.values), n_steps
            n_steps += len(curve.values)
            values.append(curve.values[::-1])
            at_least.append(curve.at_least)
            continue
        cells[row] = _cells_of(curve)
    return Tables(cells, count, start, np.concatenate(values), np.concatenate(at_least))
