"""How well a forecaster has done: how often its interval held in past windows, and whether that proves anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FEWEST_INDEPENDENT = 8


@dataclass(frozen=True)
class PastHits:
    """Hits of one interval of one measure.

    Parameters
    ----------
    measure : str
        Such as ``open_wins``.
    level : float
        The chance the interval states, such as 0.8.
    hits, windows : int
        In how many of the past windows it held what happened.
    independent_windows : int
        How many windows would not overlap.
    """

    measure: str
    level: float
    hits: int
    windows: int
    independent_windows: int

    @property
    def share(self) -> float | None:
        """Return the share of windows in which it held."""
        return self.hits / self.windows if self.windows else None

    @property
    def is_verifiable(self) -> bool:
        """Return whether there are enough windows to tell a good interval from a bad one."""
        return self.independent_windows >= FEWEST_INDEPENDENT

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "measure": self.measure,
            "level": self.level,
            "hits": self.hits,
            "windows": self.windows,
            "independent_windows": self.independent_windows,
            "is_verifiable": self.is_verifiable,
        }
