"""One input at a time, from one end of its range to the other, all else held (model page, M14.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tornado:
    """Answers with every input at its base, and with each one at either end.

    Parameters
    ----------
    base : array (answers,)
    low, high : array (inputs, answers)
        With the input at the low and at the high end of its range.
    """

    base: Floats
    low: Floats
    high: Floats

    @property
    def swing(self) -> Floats:
        """Return (inputs, answers) how far apart the ends are."""
        return np.abs(self.high - self.low)

    def order(self, answer: int) -> list[int]:
        """Return the inputs, the widest swing of an answer first."""
        return [int(i) for i in np.argsort(-self.swing[:, answer], kind="stable")]


def points(base: Floats, low: Floats, high: Floats) -> Floats:
    """Return the settings of a tornado (1 + 2 inputs, inputs): the base, every low end, every high end.

    Examples
    --------
    >>> points(np.array([1.0, 2.0]), np.array([0.0, 1.0]), np.array([3.0, 4.0])).tolist()
    [[1.0, 2.0], [0.0, 2.0], [1.0, 1.0], [3.0, 2.0], [1.0, 4.0]]
    """
    d = len(base)
    found = np.tile(base, (1 + 2 * d, 1))
    found[1 + np.arange(d), np.arange(d)] = low
    found[1 + d + np.arange(d), np.arange(d)] = high
    return found


def tornado_of(answers: Floats) -> Tornado:
    """Return the tornado of answers (1 + 2 inputs, answers) at its `points`."""
    d = (len(answers) - 1) // 2
    return Tornado(answers[0], answers[1 : d + 1], answers[d + 1 :])
