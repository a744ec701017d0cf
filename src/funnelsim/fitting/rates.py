"""All that a day's past says of daily chances: posterior draws, strata of amounts, weekdays, how fast it forgets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.recursion import Calendar, no_calendar
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.hazards import draw_chances
from funnelsim.fitting.strata import Strata, strata_at
from funnelsim.fitting.weekdays import Weekdays
from funnelsim.fitting.workdays import Workdays

Floats = npt.NDArray[np.float64]
LARGEST_SUM = 0.985


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

    def calendar(self, chronicle: Chronicle, n_days: int, clock: Workdays | None = None) -> Calendar:
        """Return the calendar of the open days from this one on; `clock` may know of closures to come."""
        if self.weekdays is None:
            return no_calendar(chronicle.layout.cells, n_days)
        return self.weekdays.calendar((clock or chronicle.clock).days(self.day, n_days))


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
    layout, half_lives = chronicle.layout, chronicle.half_lives(day, n_days)
    all_time = chronicle.counts(day, np.inf)
    parts = [
        draw_chances(layout, all_time, chronicle.counts(day, half_life), n, rng)
        for half_life, n in zip(half_lives, _shares(list(half_lives.values()), n_draws), strict=True)
        if n
    ]
    q = np.concatenate(parts)
    most = np.maximum(q.sum(axis=-1), LARGEST_SUM)[:, None]
    weekdays = chronicle.weekdays(day)
    if weekdays is not None:
        q = q * weekdays.correction.reshape(1, -1, layout.targets.shape[1])
    strata = strata_at(chronicle, day, q.mean(axis=0))
    q = q * strata.correction.reshape(1, -1, layout.targets.shape[1])
    q = np.repeat(strata.draw(n_draws, rng), layout.n_cells, axis=2) * q[:, None]
    return Rates(day, _capped(q, most[..., None]), strata, half_lives, weekdays)


def _shares(weights: list[float], n: int) -> list[int]:
    """Return how many of n draws each weight gets, rounded so that they add up."""
    ends = np.rint(np.cumsum(weights) * n).astype(int)
    return [int(n) for n in np.diff(ends, prepend=0)]


def _capped(q: Floats, most: Floats) -> Floats:
    """Return chances whose sum stays within what it was or .985; only those that a factor pushed beyond are scaled."""
    return np.ascontiguousarray(q * (most / np.maximum(q.sum(axis=-1, keepdims=True), most)))
