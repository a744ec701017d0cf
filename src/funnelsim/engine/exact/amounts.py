"""What a won deal is worth, as masses on a lattice of money (in hundredths of the unit).

An amount that falls between two points is shared between them so that its mean stays. A realisation law
is first
cut into pieces of known chance and mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.laws import Curve

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
_N_PIECES = 1024
_TAIL_OCTAVES = 30


@dataclass(frozen=True)
class Realisation:
    """The law of final over quoted amount, in pieces; `mean` and `square` are its exact first two moments."""

    values: Floats
    probability: Floats
    mean: float
    square: float

    @property
    def is_fixed(self) -> bool:
        """Return whether every deal realises its quoted amount."""
        return len(self.values) == 1 and float(self.values[0]) == 1.0

    @property
    def largest(self) -> float:
        """Return the largest value of the pieces."""
        return float(self.values.max())


AS_QUOTED = Realisation(np.ones(1), np.ones(1), 1.0, 1.0)


def realisation_of(curve: Curve) -> Realisation:
    """Return a realisation law in pieces."""
    values, probability = curve.atoms
    square = curve.variance + curve.mean**2
    if len(values):
        return Realisation(values, probability, curve.mean, square)
    edges = np.arange(1, _N_PIECES) / _N_PIECES
    tail = 2.0 ** -np.arange(_TAIL_OCTAVES, 0, -1.0) / _N_PIECES
    edges = np.concatenate([[0.0], tail, edges, 1.0 - tail[::-1], [1.0]])
    low, width = edges[:-1], np.diff(edges)
    # Gauss-Legendre of order 3 inside each piece; `lower` and `upper` each keep their own tail exact
    at, weight = np.polynomial.legendre.leggauss(3)
    inside = 0.5 * (1.0 + at)
    lower = curve.lower(np.clip(low[:, None] + width[:, None] * inside, 1e-300, 1.0))
    far = (1.0 - edges[1:])[:, None] + width[:, None] * inside[::-1]
    upper = curve.upper(np.clip(far, 1e-300, 1.0))
    pieces = np.where(low[:, None] < 0.5, lower, upper) @ (0.5 * weight)
    pieces *= curve.mean / float(pieces @ width)
    return Realisation(pieces, width, curve.mean, square)


def transforms(worths: Floats, probability: Floats, step: float, size: int, *, keeps_variance: bool) -> Complexes:
    """Return (amount, frequency): transforms of worths (amount, piece) on points 0, step, 2 step ...

    A worth is shared between its two neighbours, means kept; or, where many deals would add up what that widens,
    among three points with the variance kept too, which takes weights slightly below 0.
    """
    found = np.empty((len(worths), size // 2 + 1), complex)
    for i, worth in enumerate(worths):
        position = worth / step
        at = np.rint(position) if keeps_variance else np.floor(position + 1e-9)
        off = position - at
        if keeps_variance:
            weights = {-1: 0.5 * off * (off - 1.0), 0: 1.0 - off**2, 1: 0.5 * off * (off + 1.0)}
        else:
            weights = {0: 1.0 - np.clip(off, 0.0, 1.0), 1: np.clip(off, 0.0, 1.0)}
        mass = np.zeros(size)
        for k, weight in weights.items():
            mass += np.bincount((at.astype(np.int64) + k) % size, probability * weight, size)
        found[i] = np.fft.rfft(mass)
    return found


def unit_transforms(multiples: npt.NDArray[np.int64], size: int) -> Complexes:
    """Return (amount, frequency) for amounts that are whole multiples of the step: roots of unity."""
    frequency = np.arange(size // 2 + 1)
    return np.asarray(np.exp(-2j * np.pi * ((multiples[:, None] * frequency) % size) / size))
