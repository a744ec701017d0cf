"""How many deals of each amount are won, jointly: a short way where amounts are few.

The joint count of wins (j_1 .. j_A) of A different amounts is coded as one whole number sum_a j_a
stride_a, whose
law is found as any other sum. The worth of a code is then known (fixed amounts: exact atoms), or its
transform is
prod_a phi_a^(j_a) (amounts that are realised in part).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
MAX_CODES = 1 << 12
_ELEMENTS_PER_BLOCK = 1 << 20


@dataclass(frozen=True)
class Codes:
    """Different amounts, the most numerous last, with how many deals of each there are.

    Parameters
    ----------
    amounts : array (A,)
    tops : int array (A,)
        Number of deals, plus one.
    stride_of_cell : int array (cell,)
    """

    amounts: Floats
    tops: Ints
    stride_of_cell: Ints

    @property
    def n(self) -> int:
        """Return the number of codes."""
        return int(np.prod(self.tops))

    def worths(self) -> Floats:
        """Return (code,) the sum that each code stands for."""
        counts = np.stack(np.unravel_index(np.arange(self.n), tuple(self.tops)))
        return np.asarray(self.amounts @ counts)

    def compound(self, probability: Floats, phi: Complexes) -> Complexes:
        """Return (row, frequency) from (row, code) and the transforms of each amount, (A, frequency)."""
        rows, n_frequencies = len(probability), phi.shape[1]
        found = np.empty((rows, n_frequencies), complex)
        block = max(1, _ELEMENTS_PER_BLOCK * int(self.tops[-1]) // (rows * self.n))
        for low in range(0, n_frequencies, block):
            part = slice(low, low + block)
            left = probability.reshape(-1, self.tops[-1]) @ _powers(phi[-1, part], int(self.tops[-1]))
            for top, values in zip(self.tops[-2::-1], phi[-2::-1, part], strict=True):
                left = np.einsum("rnf,nf->rf", left.reshape(-1, top, left.shape[1]), _powers(values, int(top)))
            found[:, part] = left
        return found


def codes_of(amount: Floats, count: Floats) -> Codes | None:
    """Return the codes of cells with these amounts and counts, or None if there are too many."""
    unique, where = np.unique(amount, return_inverse=True)
    n_deals = np.bincount(where.ravel(), count, len(unique))
    if float(np.log2(n_deals + 1.0).sum()) > np.log2(MAX_CODES):
        return None
    order = np.argsort(n_deals, kind="stable")
    tops = np.rint(n_deals[order]).astype(np.int64) + 1
    strides = np.append(np.cumprod(tops[:0:-1])[::-1], 1)
    stride_of_amount = np.empty(len(unique), np.int64)
    stride_of_amount[order] = strides
    return Codes(unique[order], tops, stride_of_amount[where.ravel()])


def _powers(values: Complexes, n: int) -> Complexes:
    """Return 1, x, x^2 .. x^(n - 1), shape (n, frequency)."""
    found = np.ones((n, len(values)), complex)
    np.cumprod(np.broadcast_to(values, (n - 1, len(values))), axis=0, out=found[1:])
    return found
