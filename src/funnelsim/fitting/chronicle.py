"""A history made ready for fits at many origins: one diary, and what each past week taught, worked out once.

Everything here is asked for as of a day and reads only what was recorded before it (model page, M12.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.diary import Counts, Diary, begun, diary_of
from funnelsim.fitting.hazards import draw_chances
from funnelsim.fitting.layout import Layout
from funnelsim.fitting.weekdays import Weekdays, weekdays_of
from funnelsim.fitting.workdays import Workdays
from funnelsim.history.record import NEVER, WON, Deals, History

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
HALF_LIVES = (14.0, 28.0, 56.0, 112.0, np.inf)
FEWEST_WEEKS_SCORED = 3
WEEKS_BEFORE_FIRST_SCORE = 3
SHORTEST_SHARE = 0.25
WEEKLY_SPREAD = 0.3
LONGEST_DEFAULT = 365.0
PRIOR_OCTAVES = 1.5
WEEK = 7
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
    _cache: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False, compare=False)
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

    @property
    def first_day(self) -> int:
        """Return the first day whose exits are recorded."""
        return self.history.observed_from

    def weeks_before(self, day: int, after: int) -> range:
        """Return the days `day`, a week before it, and so on, down to the last one beyond `after`."""
        return range(day, max(after, self.first_day), -WEEK)

    def counts(self, upto: int, half_life: float) -> Counts:
        """Return the diary's counts, kept for the next asking."""
        key = ("counts", upto, half_life)
        if key not in self._cache:
            self._cache[key] = self.diary.counts(upto, half_life)
        found = self._cache[key]
        return found  # type: ignore[return-value]

    def half_lives(self, upto: int, n_days: int) -> dict[float, float]:
        """Return the half-lives that forecasts for `n_days` may have, with the weights that past weeks give them.

        A week scores sum log t_4((O - E) / s) / s over stages and exits, s^2 = E + (0.3 E)^2: O exits of the week, E
        those that the means of the week's start expect of the deals at risk, plus one half. Weights are exp of the sum
        and of a prior around twice the median time from creation to a win, 1.5 octaves wide.
        Single weeks like short memories, so none shorter than a quarter of the window is taken. Before three weeks
        are scored that middle stands alone.
        """
        choices = [h for h in HALF_LIVES if SHORTEST_SHARE * n_days <= h]
        weeks = self.weeks_before(upto, self.first_day + WEEKS_BEFORE_FIRST_SCORE * WEEK)
        if len(weeks) < FEWEST_WEEKS_SCORED:
            return {max(self._twice_the_cycle(upto), choices[0]): 1.0}
        total = np.sum([self._week_score(week) for week in weeks], axis=0)[-len(choices) :]
        octaves = np.log2(np.minimum(choices, LONGEST_DEFAULT) / self._twice_the_cycle(upto))
        total = total - 0.5 * (octaves / PRIOR_OCTAVES) ** 2
        weight = np.exp(total - total.max())
        return dict(zip(choices, (weight / weight.sum()).tolist(), strict=True))

    def _twice_the_cycle(self, upto: int) -> float:
        won_on = self.won_on(upto)
        won = won_on < NEVER
        if not won.any():
            return LONGEST_DEFAULT
        cycle = np.median(won_on[won] - self.history.deals.created[won])
        return float(np.clip(2.0 * cycle, HALF_LIVES[0], LONGEST_DEFAULT))

    def _week_score(self, week_end: int) -> Floats:
        key = ("score", week_end)
        if key not in self._cache:
            start = week_end - WEEK
            week, rng = self.diary.counts(week_end, since=start), np.random.default_rng(0)
            all_time = self.counts(start, np.inf)
            is_seen = all_time.ended.sum(axis=1) > 0
            exits = week.ended.sum(axis=1)
            scores = []
            for half_life in HALF_LIVES:
                q = draw_chances(self.layout, all_time, self.counts(start, half_life), 0, rng)[0]
                expected = (week.at_risk[..., None] * q.reshape(week.ended.shape)).sum(axis=1) + 0.5
                square = expected + (WEEKLY_SPREAD * expected) ** 2
                off = (exits + 0.5 - expected) ** 2 / square
                scores.append(((-0.5 * np.log(square) - 2.5 * np.log1p(off / 4.0)) * is_seen).sum())
            self._cache[key] = np.array(scores)
        found = self._cache[key]
        return found  # type: ignore[return-value]

    def weekdays(self, upto: int) -> Weekdays | None:
        """Return the weekdays known at a day."""
        key = ("weekdays", upto)
        if key not in self._cache:
            self._cache[key] = weekdays_of(self.diary, upto, self.clock)
        found = self._cache[key]
        return found  # type: ignore[return-value]

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
        if day not in self._stated:
            self._stated.clear()  # one day is asked for many times over, then the next
            self._stated[day] = self.history.stated_at(day)
        return self._stated[day]

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
