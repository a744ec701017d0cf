"""Calls on deals: what somebody said of a deal, and from which day on (model page, M12.5).

A call is a forecast category or a chance. It is known from the morning after the day it was stated, until the same
voice says something else of the deal; a call that says nothing takes the one before it back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
NO_CATEGORY = -1


@dataclass(frozen=True)
class Standing:
    """What one voice says of every deal on one day; arrays of shape (deal,).

    Parameters
    ----------
    category : int array
        -1 where it names none.
    chance : float array
        Not a number where it states none.
    """

    category: Ints
    chance: Floats

    @property
    def is_said(self) -> npt.NDArray[np.bool_]:
        """Return of which deals anything is said."""
        return np.asarray((self.category != NO_CATEGORY) | np.isfinite(self.chance))


@dataclass(frozen=True)
class Calls:
    """Everything that was said; arrays of shape (call,), the calls of a deal in order of time.

    Parameters
    ----------
    voices : tuple of str
        Who or what speaks.
    categories : tuple of str
        Names of the forecast categories, surest first.
    deal, day : int arrays
        Row of the deal, and the day on which it was said.
    voice, category : int arrays
        Numbers in `voices` and `categories`; -1 for no category.
    chance : float array
        Between 0 and 1; not a number where none is stated.

    Examples
    --------
    >>> said = Calls(("rep",), ("sure",), *np.array([[0, 0], [5, 9], [0, 0], [0, -1]]), np.full(2, np.nan))
    >>> [said.standing(0, day, 1).category.tolist() for day in (5, 6, 10)]
    [[-1], [0], [-1]]
    """

    voices: tuple[str, ...]
    categories: tuple[str, ...]
    deal: Ints
    day: Ints
    voice: Ints
    category: Ints
    chance: Floats

    def __len__(self) -> int:
        return len(self.deal)

    def rows(self, chosen: Any) -> Calls:
        """Return some of the calls, by a mask or by row numbers."""
        names = ("deal", "day", "voice", "category", "chance")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    def standing(self, voice: int, day: int, n_deals: int) -> Standing:
        """Return what a voice says at 00:00 of a day of deals 0 to `n_deals` - 1."""
        category, chance = np.full(n_deals, NO_CATEGORY), np.full(n_deals, np.nan)
        past = np.flatnonzero((self.voice == voice) & (self.day < day))
        category[self.deal[past]] = self.category[past]  # the last of a deal stays
        chance[self.deal[past]] = self.chance[past]
        return Standing(category.astype(np.int64), chance)
