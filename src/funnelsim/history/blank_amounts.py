"""Amounts that closing writes: blank until a deal is won, they tell on any earlier day what was to come of it.

An amount is blank where it is unknown or 0. With k blank ones of n deals, p = (k + 1) / (n + 2), amounts seem to be
written at closing where of lost deals, or of open ones, far more are blank than of won ones, by a fifth of the deals:

    z = (p - p_won - 0.2) / sqrt(p (1 - p) / (n + 2) + p_won (1 - p_won) / (n_won + 2)) > 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Z = 3.0
MARGIN = 0.2


@dataclass(frozen=True)
class Blanks:
    """How many of some deals have no amount, or 0."""

    n_blank: int
    n_deals: int

    @property
    def share(self) -> float:
        """Return p."""
        return (self.n_blank + 1) / (self.n_deals + 2)

    @property
    def variance(self) -> float:
        """Return that of p."""
        return self.share * (1.0 - self.share) / (self.n_deals + 2)


@dataclass(frozen=True)
class BlankAmounts:
    """Blank amounts by what became of the deals.

    Examples
    --------
    >>> BlankAmounts(won=Blanks(3, 90), lost=Blanks(40, 40), open=Blanks(0, 30)).are_written_at_closing
    True
    >>> BlankAmounts(won=Blanks(9, 90), lost=Blanks(6, 40), open=Blanks(4, 30)).are_written_at_closing
    False
    """

    won: Blanks
    lost: Blanks
    open: Blanks

    @property
    def are_written_at_closing(self) -> bool:
        """Return whether lost deals, or open ones, lack the amounts that won ones have."""
        return max(_z(self.lost, self.won), _z(self.open, self.won)) > Z


def blank_amounts(
    amount: npt.NDArray[np.float64], won: npt.NDArray[np.bool_], lost: npt.NDArray[np.bool_],
    is_open: npt.NDArray[np.bool_],
) -> BlankAmounts:  # fmt: skip
    """Count blank amounts (deal,) of won, lost and open deals."""
    is_blank = is_blank_amount(amount)
    return BlankAmounts(*(Blanks(int((is_blank & of).sum()), int(of.sum())) for of in (won, lost, is_open)))


def is_blank_amount(amount: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return, per deal, whether its amount is unknown or 0."""
    return np.asarray(~np.isfinite(amount) | (amount == 0.0))


def _z(some: Blanks, won: Blanks) -> float:
    return float((some.share - won.share - MARGIN) / np.sqrt(some.variance + won.variance))
