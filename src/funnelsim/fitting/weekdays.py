"""Weekdays: how much oftener a stage is left on a Monday than on an average day.

Where exits fall on few days of the week (payment runs on Mondays and Thursdays), a daily chance that is averaged over
the week is wrong even over whole weeks: four runs at 50 % leave 6 % of the deals, fourteen days at 14 % leave 12 %.

With N[k,s,a] deal-days at risk on weekday k and q[s,a,e] chances averaged over the week,

    m[k,s,e] = (O[k,s,e] + 5) / (E[k,s,e] + 5),    E = sum_a N[k,s,a] q[s,a,e] c[s,a,e],
    c[s,a,e] = (sum_k N[k,s,a] + 1) / (sum_k N[k,s,a] m[k,s,e] + 1),

in turns. c takes out of a cell's chance what is due to the weekdays on which deals happened to be of that age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.recursion import Calendar
from funnelsim.fitting.diary import Diary
from funnelsim.fitting.workdays import Workdays

Floats = npt.NDArray[np.float64]
FEWEST_WEEKS = 26
HALF_LIFE = 364.0
EVENTS = 5.0
_ROUNDS = 8
_LARGEST_CORRECTION = 20.0
_THURSDAY = 3  # day 0 is 1970-01-01


@dataclass(frozen=True)
class Weekdays:
    """Multipliers (weekday, S, E), Monday first, and corrections (S, cell, E) of the averaged chances."""

    multiplier: Floats
    correction: Floats

    def calendar(self, days: npt.NDArray[np.int64]) -> Calendar:
        """Return the calendar of a run of days."""
        return Calendar(self.multiplier, weekday_of(days))


def weekday_of(day: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the weekday of days since 1970-01-01, Monday 0.

    Examples
    --------
    >>> weekday_of(np.array([0, 4])).tolist()
    [3, 0]
    """
    return np.asarray((day + _THURSDAY) % 7, np.int64)


def weekdays_of(diary: Diary, upto: int, clock: Workdays) -> Weekdays | None:
    """Return the weekdays of a diary's days before `upto`; None with fewer than 26 weeks, or in dated stages."""
    layout = diary.layout
    n = upto - diary.first_day
    if n < clock.days_a_week * FEWEST_WEEKS or layout.is_dated:
        return None
    shape = (layout.n_stages, layout.n_cells)
    n_exits = layout.targets.shape[1]
    weight = 2.0 ** (-(n - 1.0 - np.arange(n)) / HALF_LIFE)
    kind = weekday_of(clock.days(diary.first_day, n))
    stood = np.stack([np.einsum("d,dc->c", weight * (kind == k), diary.at_risk[:n]) for k in range(7)])
    stood = stood.reshape(7, *shape)
    last = int(np.searchsorted(diary.end_day, upto))
    page = diary.end_day[:last] - diary.first_day
    where = (kind[page] * stood[0].size + diary.end_cell[:last]) * n_exits + diary.end_exit[:last]
    ended = np.bincount(where, weight[page], minlength=7 * stood[0].size * n_exits)
    return _in_turns(stood, ended.astype(float).reshape(7, *shape, n_exits))


def _in_turns(stood: Floats, ended: Floats) -> Weekdays:
    of_day, of_cell, every = ended.sum(axis=2), ended.sum(axis=0), stood.sum(axis=0)
    q = of_cell / np.maximum(every, 1e-9)[..., None]
    share = stood.sum(axis=2) / np.maximum(stood.sum(axis=(0, 2)), 1e-9)
    m = np.ones_like(of_day)
    c = np.ones_like(q)
    for _ in range(_ROUNDS):
        c = np.minimum((every[..., None] + 1.0) / (np.einsum("ksa,kse->sae", stood, m) + 1.0), _LARGEST_CORRECTION)
        m = (of_day + EVENTS) / (np.einsum("ksa,sae->kse", stood, q * c) + EVENTS)
        mean = np.einsum("ks,kse->se", share, m)
        m = m / np.where(mean > 0, mean, 1.0)
    return Weekdays(m, c)
