"""A history made ready for fits at many origins: one diary, and what each past week taught, worked out once.

Everything here is asked for as of a day and reads only what was recorded before it (model page, M12.2).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from funnelsim.engine.recursion import Calendar, no_calendar
from funnelsim.fitting.diary import Counts, Diary, begun, diary_of
from funnelsim.fitting.layout import Layout
from funnelsim.fitting.weekdays import Weekdays, weekdays_of
from funnelsim.fitting.workdays import Workdays
from funnelsim.history.record import NEVER, WON, Deals, History

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
T = TypeVar("T")
WEEK = 7
WEEKS_BEFORE_FIRST = 3
DAYS_KEPT = 8
_SHARE_ON_DATE = 0.9


@dataclass(frozen=True)
class Standing:
    """Open deals, grouped where nothing tells them apart.

    Parameters
    ----------
    deal : int array (deal,)
        Rows of the history's deals.
    amount : float array (deal,)
        As stated then; 0 where unknown.
    class_of_deal : int array (deal,)
    classes : int array (class, [stratum, stage, age, days to the date])
    size : int array (class,)
    n_undated, n_overdue : int
        Open deals of a dated history that have no date, or one that is past: not among the others.
    """

    deal: Ints
    amount: Floats
    class_of_deal: Ints
    classes: Ints
    size: Ints
    n_undated: int = 0
    n_overdue: int = 0


@dataclass(frozen=True)
class Chronicle:
    """A history with its diary.

    Parameters
    ----------
    history : History
        Its days are those of the clock.
    is_dated : bool
        Whether deals are won on a date stated beforehand; see `is_dated`.
    clock : Workdays
        Days of the calendar from days of the history.
    """

    history: History
    is_dated: bool = False
    clock: Workdays = field(default_factory=lambda: Workdays(np.zeros(0, np.int64)))
    _cache: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    _stated: dict[int, Deals] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def arrivals(self) -> dict[int, Any]:
        """Return where arrivals are kept, by length of window."""
        return {}

    @cached_property
    def layout(self) -> Layout:
        """Return the cells and exits."""
        return Layout(len(self.history.stages), self.is_dated)

    @cached_property
    def diary(self) -> Diary:
        """Return the diary."""
        return diary_of(self.history, self.layout)

    @cached_property
    def exits(self) -> Ints:
        """Return, per visit, which exit of its stage it took; -1 for none."""
        visits = self.history.visits
        return self.layout.exit_of(visits.stage, visits.exit)

    @property
    def first_day(self) -> int:
        """Return the first day whose exits are recorded."""
        return self.history.observed_from

    def weeks_before(self, day: int, after: int) -> range:
        """Return the days `day`, a week before it, and so on, down to the last one beyond `after`."""
        return range(day, max(after, self.first_day), -WEEK)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for a key before, or make it."""
        if key not in self._cache:
            self._cache[key] = make()
        found: T = self._cache[key]
        return found

    def counts(self, upto: int, half_life: float) -> Counts:
        """Return the diary's counts, kept for the next asking."""
        return self.kept(("counts", upto, half_life), lambda: self.diary.counts(upto, half_life))

    def weekdays(self, upto: int) -> Weekdays | None:
        """Return the weekdays known at a day."""
        return self.kept(("weekdays", upto), lambda: weekdays_of(self.diary, upto, self.clock))

    def calendar(self, day: int, n_days: int, clock: Workdays | None = None) -> Calendar:
        """Return the calendar of the open days from a day on, as known at it; `clock` may know of closures to come."""
        weekdays = self.weekdays(day)
        if weekdays is None:
            return no_calendar(self.layout.cells, n_days)
        return weekdays.calendar((clock or self.clock).days(day, n_days))

    @cached_property
    def begun(self) -> Ints:
        """Return (visit,) the days from which the ages of visits count."""
        return begun(self.history.visits)

    def standing(self, day: int, cuts: Floats, clock: Workdays | None = None) -> Standing:
        """Return the deals open at 00:00 of a day, by stratum of amount, stage, age and days to the date.

        `clock` is that of the chronicle, with closures to come, if there are any.
        """
        visits, stated = self.history.visits, self.stated(day)
        here = np.flatnonzero((visits.entered < day) & (visits.left >= day))
        here = here[_is_last(visits.deal[here])]
        deal = visits.deal[here]
        amount, due = np.nan_to_num(stated.amount[deal], nan=0.0), stated.expected_close[deal]
        days = self._due_on(clock or self.clock, due) - day if self.is_dated else np.zeros(len(deal), np.int64)
        kept = (due < NEVER) & (days >= 0) if self.is_dated else np.ones(len(deal), bool)
        n_undated = int((due == NEVER).sum()) if self.is_dated else 0
        n_overdue = len(deal) - int(kept.sum()) - n_undated
        here, deal, amount, days = here[kept], deal[kept], amount[kept], days[kept]
        rows = np.stack(
            [
                np.searchsorted(cuts, amount, side="right"),
                visits.stage[here],
                np.maximum(day - self.begun[here], 0),
                days,
            ]
        )
        classes, class_of_deal, size = np.unique(rows.T, axis=0, return_inverse=True, return_counts=True)
        return Standing(deal, amount, class_of_deal.ravel(), classes.astype(np.int64), size, n_undated, n_overdue)

    def _due_on(self, clock: Workdays, due: Ints) -> Ints:
        """Return dates to come on a clock that knows of more closed days than that of the history."""
        return clock.number(np.where(due == NEVER, NEVER, due + len(self.clock.closed)))

    def stated(self, day: int) -> Deals:
        """Return all deals with the amounts and dates that were stated just before 00:00 of a day."""
        found = self._stated.get(day)
        if found is None:
            found = self.history.stated_at(day)
            if len(self._stated) >= DAYS_KEPT:  # one day is asked for many times over, then another
                self._stated.clear()
            self._stated[day] = found
        return found

    @cached_property
    def lead(self) -> Ints:
        """Return (deal,) the days from creation to the date that was stated for a deal on its first day."""
        deals = self.history.deals
        due = self.history.stated_at(deals.created + 1).expected_close
        return np.where(due == NEVER, NEVER, due - deals.created)

    def won_between(self, first: int, end: int) -> npt.NDArray[np.bool_]:
        """Return, per deal, whether it was won on a day from `first` to `end` - 1, as it was known when that ended."""
        won_on = self.won_on(end)
        return np.asarray((won_on >= first) & (won_on < end))

    def won_on(self, upto: int) -> Ints:
        """Return, per deal, the day before `upto` on which it was won, as it was known then; `NEVER` for others."""
        deals, (deal, day, undone) = self.history.deals, self._undone_wins
        won_on = np.where((deals.outcome == WON) & (deals.closed < upto), deals.closed, NEVER)
        stood = (day < upto) & (undone >= upto)
        won_on[deal[stood]] = day[stood]
        return won_on

    @cached_property
    def _undone_wins(self) -> tuple[Ints, Ints, Ints]:
        """Return deal, day and end of the wins that did not last: the deal was reopened, or ended in another way."""
        visits, deals = self.history.visits, self.history.deals
        again = np.append(visits.deal[1:] == visits.deal[:-1], False)[: len(visits)]
        until = np.where(again, np.append(visits.entered[1:], NEVER)[: len(visits)], deals.closed[visits.deal])
        is_last_word = (deals.outcome[visits.deal] == WON) & (deals.closed[visits.deal] == visits.left)
        rows = np.flatnonzero((visits.exit == WON) & ~is_last_word)
        return visits.deal[rows], visits.left[rows], until[rows]


def is_dated(history: History) -> bool:
    """Return whether nine in ten wins of a history with one stage fell on the very date stated for them."""
    won = history.deals.outcome == WON
    if len(history.stages) != 1 or not won.any():
        return False
    # closing may overwrite the date: what stood before is what was known
    on_date = (history.deals.closed == history.stated_at(history.deals.closed).expected_close)[won]
    stated = (history.deals.expected_close < NEVER).mean()
    return bool(on_date.mean() >= _SHARE_ON_DATE and stated >= _SHARE_ON_DATE)


def _is_last(deal: Ints) -> npt.NDArray[np.bool_]:
    return np.append(deal[1:] != deal[:-1], True) if len(deal) else np.zeros(0, bool)
