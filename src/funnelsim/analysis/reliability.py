"""Do deals that were given a chance of 30 % come true 30 times in 100? Past chances deal by deal, against the records.

At past days each open deal is given its chance to be won within the window from what was known then (model page,
M13). The windows are whole and do not overlap, so that no win is counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.errors import RefusedError
from funnelsim.fitting.chronicle import WEEKS_BEFORE_FIRST
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.history.record import WON, History, date_of

Floats = npt.NDArray[np.float64]
EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
WEEK = 7
MOST_WINDOWS = 12
FEWEST_DEALS = 20  # a bin with fewer is joined to the next
INTERVAL = 0.9


@dataclass(frozen=True)
class Bin:
    """Deals of about the same chance: the mean of what was said, and what came true with its interval."""

    n: int
    said: float
    won: int
    low: float
    high: float

    @property
    def came_true(self) -> float:
        """Return the share that was won."""
        return self.won / self.n

    @property
    def holds(self) -> bool:
        """Return whether what was said lies within the interval of what came true."""
        return self.low <= self.said <= self.high

    def as_json(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {"deals": self.n, "said": self.said, "won": self.won, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Reliability:
    """Chances said of deals at past days, and what came true.

    Parameters
    ----------
    days : tuple of int
        The origins.
    chance, won : arrays (deal and origin,)
    """

    days: tuple[int, ...]
    n_days: int
    chance: Floats
    won: npt.NDArray[np.bool_]

    @property
    def bins(self) -> tuple[Bin, ...]:
        """Return deals by chance, with a Clopper-Pearson interval of 9 in 10; small bins are joined upward."""
        cuts = np.searchsorted(EDGES[1:-1], self.chance, side="right")
        groups: list[npt.NDArray[np.intp]] = []
        held = np.zeros(0, np.intp)
        for k in range(len(EDGES) - 1):
            held = np.concatenate([held, np.flatnonzero(cuts == k)])
            if len(held) >= FEWEST_DEALS:
                groups.append(held)
                held = np.zeros(0, np.intp)
        if len(held):
            groups = [*groups[:-1], np.concatenate([groups[-1], held])] if groups else [held]
        return tuple(self._bin(group) for group in groups)

    @property
    def brier(self) -> float:
        """Return the mean of (chance - outcome) squared."""
        return float(np.mean((self.chance - self.won) ** 2))

    @property
    def brier_of_base_rate(self) -> float:
        """Return the same of one chance for all deals, the share that was won: hindsight that is hard to beat."""
        return float(np.var(self.won))

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "origins": [date_of(day).isoformat() for day in self.days],
            "horizon_days": self.n_days,
            "deals": len(self.chance),
            "brier": self.brier,
            "brier_of_base_rate": self.brier_of_base_rate,
            "bins": [one.as_json() for one in self.bins],
        }

    def _bin(self, group: npt.NDArray[np.intp]) -> Bin:
        n, k, tail = len(group), int(self.won[group].sum()), (1 - INTERVAL) / 2
        low = float(special.betaincinv(k, n - k + 1, tail)) if k else 0.0
        high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
        return Bin(n, float(self.chance[group].mean()), k, low, high)


def reliability(
    history: History, day: int, n_days: int, *, seed: int = 0, most: int = MOST_WINDOWS, n_draws: int = 30
) -> Reliability:
    """Give the deals open at past days their chances, and tell what came true.

    Parameters
    ----------
    history : History
    day : int
        Nothing recorded on or after it is read; the last window ends there.
    n_days : int
        Length of a window.
    most : int
        How many windows at most, the latest ones.

    Raises
    ------
    RefusedError
        If the records hold no whole window, or no deal was open at any.
    """
    known = history.known_at(day)
    first = known.observed_from + WEEKS_BEFORE_FIRST * WEEK
    days = list(range(day - n_days, first - 1, -n_days))[:most][::-1]
    forecaster = Forecaster(known, seed)
    pairs = [_said(forecaster, d, n_days, n_draws) for d in days]
    if not pairs or not sum(len(chance) for chance, _ in pairs):
        raise RefusedError(
            f"the records hold no past window of {n_days} days after {WEEKS_BEFORE_FIRST} weeks to learn from; "
            "take a shorter window, or leave out the history"
        )
    chance, won = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return Reliability(tuple(days), n_days, chance, won)


def _said(forecaster: Forecaster, day: int, n_days: int, n_draws: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the chance of each deal open at a day, the mean over draws and shocks, and whether it was won."""
    expected = forecaster.outlook(day, n_days, n_samples=2, n_draws=n_draws).expected
    standing, deals = expected.standing, forecaster.history.deals
    middle = int(np.searchsorted(expected.u, 0.0))
    chance = expected.open_chance[:, middle].mean(axis=0)[standing.class_of_deal]
    closed, outcome = deals.closed[standing.deal], deals.outcome[standing.deal]
    return chance, np.asarray((outcome == WON) & (closed < day + n_days))
