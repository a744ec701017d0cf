"""All that a day's past says of daily chances: posterior draws, strata of amounts, weekdays, how fast it forgets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.memory import LARGEST_SUM, capped, chances_at, half_lives_at
from funnelsim.fitting.strata import Strata, strata_at
from funnelsim.fitting.weekdays import Weekdays

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """Daily chances as known at 00:00 of a day.

    Parameters
    ----------
    chance : array (draw, stratum, cell, E)
        Averaged over weekdays where these differ; to be multiplied by the calendar's factors.
    strata : Strata
        Where amounts part, and what that does.
    """

    day: int
    chance: Floats
    strata: Strata
    half_lives: dict[float, float]
    weekdays: Weekdays | None


def rates_at(chronicle: Chronicle, day: int, n_days: int, n_draws: int, seed: int) -> Rates:
    """Return the rates that are fitted to what was known at 00:00 of a day.

    Parameters
    ----------
    n_days : int
        Length of the window they are wanted for.
    n_draws : int
        Posterior draws, dealt out among the half-lives.
    seed : int
        The draws hang on it and on the day alone.
    """
    rng = np.random.default_rng([seed, day % 2**32])  # days before 1970 are negative
    layout, half_lives = chronicle.layout, half_lives_at(chronicle, day, n_days)
    shares = zip(half_lives, _shares(list(half_lives.values()), n_draws), strict=True)
    q = chances_at(chronicle, day, {half_life: n for half_life, n in shares if n}, rng)
    most = np.maximum(q.sum(axis=-1), LARGEST_SUM)[:, None, :, None]
    strata = strata_at(chronicle, day, q.mean(axis=0))
    q = q * strata.correction.reshape(1, -1, layout.targets.shape[1])
    q = np.repeat(strata.draw(n_draws, rng), layout.n_cells, axis=2) * q[:, None]
    return Rates(day, capped(q, most), strata, half_lives, chronicle.weekdays(day))


def _shares(weights: list[float], n: int) -> list[int]:
    """Return how many of n draws each weight gets, rounded so that they add up."""
    ends = np.rint(np.cumsum(weights) * n).astype(int)
    return [int(n) for n in np.diff(ends, prepend=0)]
