"""A diary of a history: who stood in which cell on each day, and who left it how.

The page of a day holds only what that day showed, so the pages before day t are what was known at t (model page,
M12.2). Every count that a fit at t is made from is a weighted sum over those pages, so one diary serves all origins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import LOST
from funnelsim.fitting.layout import Layout
from funnelsim.history.record import OPEN, History

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TRAILING_DAYS = 91
FEWEST_BULK = 10
BULK = 3.0


@dataclass(frozen=True)
class Counts:
    """Deals at risk (S, cell) and exits (S, cell, E), perhaps weighted: N and D of the posterior."""

    at_risk: Floats
    ended: Floats


@dataclass(frozen=True)
class Diary:
    """Exposure and exits by day.

    Parameters
    ----------
    first_day : int
    at_risk : int array (day, cell)
    end_day, end_cell, end_exit : int arrays (exit,)
        The exits, in order of days.
    end_weight : float array (exit,)
        1, or less on a day of bulk losses that is capped.
    capped_days : int array
        The days on which so many deals were lost at once that it was a clean-up.
    """

    layout: Layout
    first_day: int
    at_risk: npt.NDArray[np.int32]
    end_day: Ints
    end_cell: Ints
    end_exit: Ints
    end_weight: Floats
    capped_days: Ints

    def counts(self, upto: int, half_life: float = np.inf, since: int | None = None) -> Counts:
        """Return the counts of the days from `since` to `upto` - 1, day tau with weight 2^(-(upto - 1 - tau) / h)."""
        first = 0 if since is None else max(since - self.first_day, 0)
        n = max(upto - self.first_day, first)
        weight = 2.0 ** (-(n - 1.0 - np.arange(first, n)) / half_life)
        at_risk = np.einsum("d,dc->c", weight, self.at_risk[first:n])
        low, high = np.searchsorted(self.end_day, [self.first_day + first, self.first_day + n])
        run = slice(int(low), int(high))
        n_exits = self.layout.targets.shape[1]
        where = self.end_cell[run] * n_exits + self.end_exit[run]
        weights = self.end_weight[run] * weight[self.end_day[run] - self.first_day - first]
        ended = np.bincount(where, weights, minlength=len(at_risk) * n_exits).astype(float)
        shape = (self.layout.n_stages, self.layout.n_cells)
        return Counts(at_risk.reshape(shape), ended.reshape(*shape, n_exits))

    @cached_property
    def has_exits(self) -> bool:
        """Return whether any exit was recorded."""
        return len(self.end_day) > 0


def diary_of(history: History, layout: Layout) -> Diary:
    """Return the diary of a history; days before its records are complete count for nothing (left truncation)."""
    from funnelsim.engine.kernel.diary import tally

    visits, first_day = history.visits, history.observed_from
    last_day = history.as_of - 1
    due = history.deals.expected_close[visits.deal]
    first = np.maximum(visits.entered, first_day)
    last = np.minimum(visits.left, last_day)
    if layout.is_dated:
        last = np.minimum(last, due - 1)  # on the date itself a deal is won or not: no hazard of the days before it
    at_risk = np.zeros((max(last_day - first_day + 1, 0), layout.n_stages * layout.n_cells), np.int32)
    tally(
        layout.cells.start, layout.age_cell, layout.due_cell, len(layout.ages), visits.stage, visits.entered, first,
        last, due, first_day, at_risk,
    )  # fmt: skip
    has_left = (visits.exit != OPEN) & (visits.left >= first_day) & (visits.left <= last_day)
    rows = np.flatnonzero(has_left)
    rows = rows[np.argsort(visits.left[rows], kind="stable")]
    left, stage = visits.left[rows], visits.stage[rows]
    exit_ = layout.exit_of(stage, visits.exit[rows])
    cell = layout.cell_of(stage, left - visits.entered[rows], due[rows] - left)
    known = exit_ >= 0
    diary = Diary(
        layout, first_day, at_risk, left[known], cell[known], exit_[known], np.ones(int(known.sum())), np.zeros(0, int)
    )
    return _without_bulk_losses(diary) if layout.is_dated else diary


def _without_bulk_losses(diary: Diary) -> Diary:
    """Return the diary with the losses of clean-up days weighed down to three times what was usual.

    A day is one if it loses ten deals or more, and more than three times the median rate of the 91 days before.
    """
    layout, n_days = diary.layout, len(diary.at_risk)
    is_early = diary.end_cell < layout.n_cells - 1
    is_loss = is_early & (layout.targets[0][diary.end_exit] == LOST)
    lost = np.bincount(diary.end_day[is_loss] - diary.first_day, minlength=n_days).astype(float)
    stood = np.maximum(diary.at_risk.sum(axis=1), 1)
    usual = np.full(n_days, np.inf)
    for day in range(14, n_days):
        past = slice(max(day - TRAILING_DAYS, 0), day)
        usual[day] = BULK * float(np.median(lost[past] / stood[past])) * stood[day]
    is_bulk = (lost >= FEWEST_BULK) & (lost > usual)
    share = np.where(is_bulk, usual / np.maximum(lost, 1.0), 1.0)
    weight = np.where(is_loss, share[diary.end_day - diary.first_day], 1.0)
    return replace(diary, end_weight=weight, capped_days=np.flatnonzero(is_bulk) + diary.first_day)
