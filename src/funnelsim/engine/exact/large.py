"""Products over many cells at once, for large books.

log(1 + pi (phi - 1)) is interpolated in pi between fixed chances by parabolas, which keeps the mean and
the variance
of every deal's win. The logarithm of the product over all cells is then one matrix product: (how much
weight lies
on each chance and amount, per node) times (the logarithms, per frequency).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
N_CHANCES = 49
_ELEMENTS_PER_BLOCK = 1 << 22
_LEAST_MODULUS = 1e-12
CHANCES = np.sin(0.5 * np.pi * np.arange(N_CHANCES) / (N_CHANCES - 1)) ** 2


@dataclass(frozen=True)
class Counts:
    """How many deals of each class (rows) have each amount (columns)."""

    classes: Ints
    table: Floats


def counts_of(class_: Ints, amount_index: Ints, count: Floats, n_amounts: int) -> Counts:
    """Return the counts of a run of cells."""
    classes, row = np.unique(class_, return_inverse=True)
    table = np.zeros((len(classes), n_amounts))
    np.add.at(table, (row.ravel(), amount_index), count)
    return Counts(classes, table)


def logarithms(phi: Complexes, kept: Ints) -> Complexes:
    """Return log(1 + pi (phi - 1)), shape (chance, amount, frequency), at the `kept` ones of all frequencies.

    Above a chance of one half the curve winds around 0 as often as phi does; the turns are added.
    """
    factor = 1.0 + CHANCES[:, None, None] * (phi[:, kept] - 1.0)
    turns = np.rint(np.unwrap(np.angle(phi), axis=1)[:, kept] / (2 * np.pi))
    angle = np.angle(factor) + 2 * np.pi * turns * (CHANCES > 0.5)[:, None, None]
    return np.asarray(np.log(np.maximum(np.abs(factor), _LEAST_MODULUS)) + 1j * angle)


def product(counts: Counts, chance: Floats, logs: Complexes) -> Complexes:
    """Return prod (1 + pi (phi - 1))^count, shape (node, frequency).

    Parameters
    ----------
    chance : array (class, node)
    logs : complex array (chance, amount, frequency)
    """
    n_nodes, n_amounts = chance.shape[1], counts.table.shape[1]
    flat = logs.reshape(-1, logs.shape[2])
    found = np.empty((n_nodes, logs.shape[2]), complex)
    block = max(1, _ELEMENTS_PER_BLOCK // (N_CHANCES * (n_amounts + len(counts.classes))))
    for low in range(0, n_nodes, block):
        part = slice(low, low + block)
        weight = _parabolas(chance[:, part])
        at = np.einsum("pcj,ca->jpa", weight, counts.table, optimize=True).reshape(-1, len(flat))
        found[part] = np.exp(at @ flat.real + 1j * (at @ flat.imag))
    return found


def _parabolas(chance: Floats) -> Floats:
    """Return (grid, class, node): weights on three grid chances each, exact for parabolas."""
    middle = np.clip(np.searchsorted(CHANCES, chance), 1, N_CHANCES - 2)
    found = np.zeros((N_CHANCES, *chance.shape))
    at = np.indices(chance.shape)
    points = [CHANCES[middle + k] for k in (-1, 0, 1)]
    for k in range(3):
        others = [points[m] for m in range(3) if m != k]
        weight = np.ones_like(chance)
        for other in others:
            weight *= (chance - other) / (points[k] - other)
        found[middle + k - 1, at[0], at[1]] = weight
    return found
