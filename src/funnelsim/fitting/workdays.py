"""Days on which the whole company stands still: the year's end, a works holiday. No deal ages on them.

A run of seven days or more in which hardly any deal leaves its stage (at most 15 % of what the eight weeks before would
expect, and at least 15 exits expected) is a closure. A closure seen once is expected on the same days of later years,
a day less on either side. Chances are then counted, and forecasts made, on a clock that skips closed days: what was
due during a closure comes after it, where a calendar of multipliers would lose it.

Days that somebody states (`closed`, `weekend`) are skipped too, past and to come. Such plans are known on every day. A
closure that is found on stated days is explained by them: it is as long as they say, and is not expected again by
itself, since a lunar new year moves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from funnelsim.history.record import NEVER, OPEN, Changes, History, date_of, day_of
from funnelsim.model.closed_days import ALWAYS_OPEN, ClosedDays

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SHORTEST = 7
FEWEST_EXPECTED = 15.0
LARGEST_SHARE = 0.15
WEEKS_BEFORE = 8


@dataclass(frozen=True)
class Workdays:
    """A clock that counts open days only.

    Parameters
    ----------
    closed : int array
        Closed days in order.
    days_a_week : int
        Days of a usual week that are open.

    Examples
    --------
    >>> clock = Workdays(np.array([10, 11]))
    >>> clock.number(np.array([9, 10, 11, 12])).tolist()
    [9, 10, 10, 10]
    >>> clock.days(9, 3).tolist()
    [9, 12, 13]
    """

    closed: Ints
    days_a_week: int = 7

    def number(self, day: Ints) -> Ints:
        """Return the number of days that are not closed before each day; `NEVER` stays."""
        day = np.asarray(day)
        return np.asarray(np.where(day == NEVER, NEVER, day - np.searchsorted(self.closed, day)), np.int64)

    def days(self, first: int, n: int) -> Ints:
        """Return the days whose numbers are `first` and on."""
        days = np.arange(first, first + n + len(self.closed) + 1)
        days = days[~np.isin(days, self.closed)]
        return np.asarray(days[self.number(days) >= first][:n], np.int64)

    def applied(self, history: History) -> History:
        """Return the history on this clock, as of its own end."""
        if not len(self.closed):
            return history
        deals, visits, changes = history.deals, history.visits, history.changes
        return replace(
            history,
            deals=replace(
                deals,
                created=self.number(deals.created),
                closed=self.number(deals.closed),
                expected_close=self.number(deals.expected_close),
            ),
            visits=replace(visits, entered=self.number(visits.entered), left=self.number(visits.left)),
            changes=None if changes is None else self._changed(changes),
            observed_from=int(self.number(np.array(history.observed_from))),
            as_of=int(self.number(np.array(history.as_of))),
            closed=ALWAYS_OPEN,
        )

    def _changed(self, changes: Changes) -> Changes:
        return replace(changes, day=self.number(changes.day))


@dataclass(frozen=True)
class Bustle:
    """How many exits each day of a history saw, and how many it would see by the eight weeks before it."""

    first_day: int
    daily: Floats
    usual: Floats


def bustle_of(history: History) -> Bustle:
    """Return the bustle of a history's days."""
    visits, first = history.visits, history.observed_from
    left = visits.left[(visits.exit != OPEN) & (visits.left >= first) & (visits.left < history.as_of)]
    daily = np.bincount(left - first, minlength=max(history.as_of - first, 0)).astype(float)
    return Bustle(first, daily, _usual(daily))


def closures(bustle: Bustle, day: int) -> list[tuple[int, int]]:
    """Return the first and last day of each closure that was over by 00:00 of a day."""
    first = bustle.first_day
    n = max(day - first, 0)
    daily, usual = bustle.daily[:n], bustle.usual[:n]
    found, at = [], 0
    while at < n:
        end = _standstill(daily[at:], usual[at:])
        if end and at + end < n:  # one that reaches the last day may not be over
            found.append((at + first, at + end - 1 + first))
        at += max(end, 1)
    return found


def _standstill(daily: Floats, usual: Floats) -> int:
    """Return how many days a closure lasts that begins on the first of these days; 0 for none."""
    if not 0 <= daily[0] <= LARGEST_SHARE * usual[0] or usual[0] == 0:
        return 0
    share = np.cumsum(daily) <= LARGEST_SHARE * np.cumsum(usual)
    n = len(share) if share.all() else int(np.argmin(share))
    while n and daily[n - 1] > LARGEST_SHARE * usual[n - 1]:
        n -= 1
    return n if n >= SHORTEST and usual[:n].sum() >= FEWEST_EXPECTED else 0


def _usual(daily: Floats) -> Floats:
    """Return what each day would bring after the same weekday of the eight weeks before it."""
    usual = np.zeros(len(daily))
    for at in range(7 * WEEKS_BEFORE, len(daily)):
        usual[at] = np.median(daily[at - 7 * WEEKS_BEFORE : at : 7])
    return usual


def repeated(runs: Iterable[tuple[int, int]], first: int, end: int) -> Ints:
    """Return the days from `first` to `end` - 1 on which closures of earlier years fall again.

    But for their first and last day: weekdays move through the year, and ends move with them.
    """
    days: set[int] = set()
    for start, last in runs:
        for years in range(1, (end - start) // 365 + 2):
            days |= {d for x in range(start + 1, last) if first <= (d := _years_later(x, years)) < end}
    return np.array(sorted(days), np.int64)


def _years_later(day: int, years: int) -> int:
    then = date_of(day)
    is_leap_day = (then.month, then.day) == (2, 29)
    return day_of(date(then.year + years, then.month, 28 if is_leap_day else then.day))


def stated_days(closed: ClosedDays, first: int, end: int) -> Ints:
    """Return the days from `first` to `end` - 1 that are stated closed.

    Examples
    --------
    >>> stated_days(ClosedDays(weekend=(5, 6)), 0, 11).tolist()
    [2, 3, 9, 10]
    """
    days = np.arange(first, end)
    shut = np.isin((days + 3) % 7, closed.weekend)  # day 0 is a Thursday
    for begins, ends in closed.runs:
        shut |= (days >= day_of(begins)) & (days <= day_of(ends))
    return np.asarray(days[shut], np.int64)


def unexplained(runs: Iterable[tuple[int, int]], stated: Ints) -> list[tuple[int, int]]:
    """Return the closures of which no day is stated.

    Examples
    --------
    >>> unexplained([(10, 20), (40, 50)], np.array([12, 13]))
    [(40, 50)]
    """
    return [(first, last) for first, last in runs if not ((stated >= first) & (stated <= last)).any()]


def closed_days(runs: Iterable[tuple[int, int]]) -> Ints:
    """Return the days of all runs."""
    return np.array(sorted({d for start, last in runs for d in range(start, last + 1)}), np.int64)
