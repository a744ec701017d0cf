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
from funnelsim.history.record import EXPECTED_CLOSE, NEVER, OPEN, History, Visits

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


def begun(visits: Visits) -> Ints:
    """Return (visit,) the days from which the ages of visits count: the day of entry, or the next after a way back.

    A deal that moves back waits for the next day; if it was off again on the same day, it did not wait.
    """
    back = np.zeros(len(visits), bool)
    back[1:] = (
        (visits.deal[1:] == visits.deal[:-1])
        & (visits.stage[1:] <= visits.stage[:-1])
        & (visits.exit[:-1] == visits.stage[1:])  # moved there, not opened again after an end
    )
    return np.minimum(visits.entered + back, visits.left)


def diary_of(history: History, layout: Layout) -> Diary:
    """Return the diary of a history; days before its records are complete count for nothing (left truncation)."""
    from funnelsim.engine.kernel.diary import tally

    visits, first_day = history.visits, history.observed_from
    last_day = history.as_of - 1
    spans = _dated_spans(history) if layout.is_dated else _whole_spans(visits)
    first = np.maximum(spans.first, first_day)
    last = np.minimum(spans.last, last_day)
    since = begun(visits)
    at_risk = np.zeros((max(last_day - first_day + 1, 0), layout.n_stages * layout.n_cells), np.int32)
    tally(
        layout.cells.start, layout.age_cell, layout.due_cell, len(layout.ages), visits.stage[spans.visit],
        since[spans.visit], first, last, spans.due, first_day, at_risk,
    )  # fmt: skip
    has_left = (visits.exit != OPEN) & (visits.left >= first_day) & (visits.left <= last_day)
    rows = np.flatnonzero(has_left)
    rows = rows[np.argsort(visits.left[rows], kind="stable")]
    left, stage = visits.left[rows], visits.stage[rows]
    exit_ = layout.exit_of(stage, visits.exit[rows])
    cell = layout.cell_of(stage, left - since[rows], spans.due_at_end[rows] - left)
    known = exit_ >= 0
    diary = Diary(
        layout, first_day, at_risk, left[known], cell[known], exit_[known], np.ones(int(known.sum())), np.zeros(0, int)
    )
    return _without_bulk_losses(diary) if layout.is_dated else diary


@dataclass(frozen=True)
class _Spans:
    """Days of visits, from first to last, over which one date stood; and the date that stood when a visit ended."""

    visit: Ints
    first: Ints
    last: Ints
    due: Ints
    due_at_end: Ints


def _whole_spans(visits: Visits) -> _Spans:
    never = np.full(len(visits), NEVER)
    return _Spans(np.arange(len(visits)), begun(visits), visits.left, never, never)


def _dated_spans(history: History) -> _Spans:
    """Return the spans up to each date: on the date itself a deal is won or not, by no hazard of the days before it."""
    visits, (deal, begins, ends, due) = history.visits, _dates_by_day(history)
    n_dates = np.bincount(deal, minlength=len(history.deals))
    n_spans = n_dates[visits.deal]
    visit = np.repeat(np.arange(len(visits)), n_spans)
    within = np.arange(len(visit)) - np.repeat(np.cumsum(n_spans) - n_spans, n_spans)
    date = (np.cumsum(n_dates) - n_dates)[visits.deal[visit]] + within
    left = visits.left[visit]
    due_at_end = np.full(len(visits), NEVER)
    is_at_end = (begins[date] <= left) & (left <= ends[date])
    due_at_end[visit[is_at_end]] = due[date[is_at_end]]
    first = np.maximum(begun(visits)[visit], begins[date])
    return _Spans(visit, first, np.minimum(np.minimum(left, ends[date]), due[date] - 1), due[date], due_at_end)


def _dates_by_day(history: History) -> tuple[Ints, Ints, Ints, Ints]:
    """Return every date that was ever stated, in order of deals and days: deal, first and last day it held, date.

    A change tells from the morning after it on, as in `History.known_at`.
    """
    n, changes = len(history.deals), history.changes
    stated_first = history.stated_at(-NEVER).expected_close
    if changes is None:
        return np.arange(n), np.full(n, -NEVER), np.full(n, NEVER), stated_first
    moved = np.flatnonzero(changes.field == EXPECTED_CLOSE)
    value = changes.value[moved]
    value = np.where(np.isfinite(value), value, NEVER).astype(np.int64)
    deal = np.concatenate([np.arange(n), changes.deal[moved]])
    begins = np.concatenate([np.full(n, -NEVER), changes.day[moved] + 1])
    due = np.concatenate([stated_first, value])
    order = np.lexsort((begins, deal))
    deal, begins, due = deal[order], begins[order], due[order]
    goes_on = np.append(deal[1:] == deal[:-1], False)[: len(deal)]
    ends = np.where(goes_on, np.append(begins[1:], 0)[: len(deal)] - 1, NEVER)
    return deal, begins, ends, due


def _without_bulk_losses(diary: Diary) -> Diary:
    """Return the diary with the losses of clean-up days weighed down to three times what was usual.

    A day is one if it loses ten deals or more, and more than three times the median rate of those of the 91 days
    before that had losses: where losses are written down once a week, no such day is a clean-up.
    """
    layout, n_days = diary.layout, len(diary.at_risk)
    is_early = diary.end_cell < layout.n_cells - 1
    is_loss = is_early & (layout.targets[0][diary.end_exit] == LOST)
    lost = np.bincount(diary.end_day[is_loss] - diary.first_day, minlength=n_days).astype(float)
    stood = np.maximum(diary.at_risk.sum(axis=1), 1)
    usual = np.full(n_days, np.inf)
    for day in range(14, n_days):
        past = np.arange(max(day - TRAILING_DAYS, 0), day)
        past = past[lost[past] > 0]
        if len(past):
            usual[day] = BULK * float(np.median(lost[past] / stood[past])) * stood[day]
    is_bulk = (lost >= FEWEST_BULK) & (lost > usual)
    share = np.where(is_bulk, usual / np.maximum(lost, 1.0), 1.0)
    weight = np.where(is_loss, share[diary.end_day - diary.first_day], 1.0)
    return replace(diary, end_weight=weight, capped_days=np.flatnonzero(is_bulk) + diary.first_day)
