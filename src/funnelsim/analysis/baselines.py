"""What a spreadsheet would have said: simple forecasts of a window, each with the spread of its own past misses.

Every seventh day back from an origin is the start of a past window; those that had ended by a day are what a baseline
knows on it. Of the last eight of these, or of all, it makes one figure a measure:

- ``weighted``: each open deal times the share of closed deals that passed its stage and were won; no horizon.
- ``stage_share``: each open deal times the share of the deals in its stage that were won within such a window, all past
  windows together; of bookings, the share of the money.
- ``trailing_mean``: the mean of the last eight windows.
- ``trailing_ratio``: won over open in the last eight windows, times what is open.
- ``ses``: simple exponential smoothing of the windows; each measure smooths as would have missed least so far.
- ``seasonal_naive``: what the window 52 weeks earlier came to; nothing before there is one.

The first two speak of open deals alone. For totals the mean of what new deals brought in the last eight windows is
added to them. In dated histories only deals whose date lies within the window count as open, but for ``weighted``,
which has no window.

A baseline's law is its figure f with its past misses about it, less their mean, so that its level stays what the method
says; spread by sqrt((n + 1) / (n - 1)) for being n misses only, and cut at 0. Before there are three misses they are
those of a count against an earlier count as large, variance 2 f, amounts drawn from those won so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.fitting.chronicle import WEEK, Chronicle
from funnelsim.fitting.windows import actual
from funnelsim.history.record import WON

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BASELINES = ("weighted", "stage_share", "trailing_mean", "trailing_ratio", "ses", "seasonal_naive")
N_TRAILING = 8
FEWEST_MISSES = 3
SMOOTHINGS = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0])
WEEKS_A_YEAR = 52
_BEFORE_ANY = special.ndtri((np.arange(99) + 0.5) / 99)


@dataclass(frozen=True)
class Weeks:
    """Windows that begin a week apart; arrays of shape (week, ..), in order of starts.

    Parameters
    ----------
    start : int array (week,)
    n_finished : int array (week,)
        How many of the windows had ended when this one began.
    open, won : array (week, [deals, money], stage)
        What was open at the start, and what of it was won in the window.
    weighted : array (week, [deals, money])
        Open deals times the win rates of closed deals, as known then.
    actual : array (week, measure)
    """

    start: Ints
    n_finished: Ints
    open: Floats
    won: Floats
    weighted: Floats
    actual: Floats

    @cached_property
    def figures(self) -> dict[str, Floats]:
        """Return (week, measure) what each baseline says of each window; not a number where it says nothing."""
        trailing = self._mean_of_last(self.actual)
        new = np.tile(trailing[:, 2:] - trailing[:, :2], 2) * [0, 0, 1, 1]
        share = _ratio(self._sum_of_last(self.won, None), self._sum_of_last(self.open, None))
        shared = np.where(self.open > 0, self.open * share, 0.0).sum(axis=2)
        all_open = np.tile(self.open.sum(axis=2), 2)
        ratio = _ratio(self._sum_of_last(self.actual), self._sum_of_last(all_open))
        return {
            "weighted": np.tile(self.weighted, 2) + np.where(np.isnan(new), [0, 0, np.nan, np.nan], new),
            "stage_share": np.tile(shared, 2) + new,
            "trailing_mean": trailing,
            "trailing_ratio": ratio * all_open,
            "ses": self._smoothed(),
            "seasonal_naive": self._a_year_ago(),
        }

    def _sum_of_last(self, values: Floats, n: int | None = N_TRAILING) -> Floats:
        """Return, per week, the sum over the last n windows that had ended, or over all; not a number if none had."""
        upto = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
        first = np.zeros_like(self.n_finished) if n is None else np.maximum(self.n_finished - n, 0)
        total = upto[self.n_finished] - upto[first]
        total[self.n_finished == 0] = np.nan
        return np.asarray(total)

    def _mean_of_last(self, values: Floats) -> Floats:
        n = np.minimum(self.n_finished, N_TRAILING)[:, None]
        return np.asarray(self._sum_of_last(values) / np.maximum(n, 1))

    def _smoothed(self) -> Floats:
        found = np.full_like(self.actual, np.nan)
        level = np.zeros((len(self.start), len(SMOOTHINGS), self.actual.shape[1]))  # after each window
        error = np.zeros_like(level)  # squares of its misses up to each window
        keep = SMOOTHINGS[:, None]
        for week, y in enumerate(self.actual):
            level[week] = keep * y + (1 - keep) * level[week - 1] if week else y
            known = self.n_finished[week]
            error[week] = error[week - 1] if week else 0.0
            if known:
                error[week] += (y - level[known - 1]) ** 2
                best = error[known - 1].argmin(axis=0)
                found[week] = level[known - 1, best, np.arange(len(y))]
        return found

    def _a_year_ago(self) -> Floats:
        found = np.full_like(self.actual, np.nan)
        has_ended = self.n_finished[WEEKS_A_YEAR:] > np.arange(len(self.start) - WEEKS_A_YEAR)
        found[WEEKS_A_YEAR:] = np.where(has_ended[:, None], self.actual[:-WEEKS_A_YEAR], np.nan)
        return found


@dataclass
class Baselines:
    """The baselines of windows of one length; what past weeks were is worked out once for all origins.

    Parameters
    ----------
    last_day : int
        The last origin that will be asked for.
    """

    chronicle: Chronicle
    n_days: int
    last_day: int
    _weeks: dict[int, Weeks] = field(default_factory=dict, repr=False)

    def at(self, day: int) -> dict[str, list[Floats | None]]:
        """Return, per baseline, samples of each measure as known at 00:00 of a day; None where it says nothing."""
        weeks = self._weeks_through(day)
        row = int(np.searchsorted(weeks.start, day))
        luck = self._luck(weeks, row)
        return {
            name: [
                _law(figures[: row + 1, m], weeks.actual[: weeks.n_finished[row], m], luck[m]) for m in range(len(luck))
            ]
            for name, figures in weeks.figures.items()
        }

    def _luck(self, weeks: Weeks, row: int) -> Floats:
        """Return (measure,) the variance of a miss that is luck alone, over the figure."""
        start = int(weeks.start[row])
        amount = self.chronicle.stated(start).amount[self.chronicle.won_between(-(2**31), start)]
        amount = amount[np.isfinite(amount) & (amount > 0)]
        of_money = float((amount**2).mean() / amount.mean()) if len(amount) else 1.0
        return 2.0 * np.array([1.0, of_money, 1.0, of_money])

    def _weeks_through(self, day: int) -> Weeks:
        weekday = day % WEEK
        if weekday not in self._weeks:
            last = self.last_day - (self.last_day - day) % WEEK
            starts = np.arange(last, self.chronicle.first_day - 1, -WEEK)[::-1]
            self._weeks[weekday] = self._weeks_at(starts)
        return self._weeks[weekday]

    def _weeks_at(self, starts: Ints) -> Weeks:
        rates = _closed_rates(self.chronicle, starts)
        rows = [self._week(int(start), rate) for start, rate in zip(starts, rates, strict=True)]
        open_, won, weighted, happened = (np.array(column) for column in zip(*rows, strict=True))
        n_finished = np.searchsorted(starts, starts - self.n_days, side="right")
        return Weeks(starts, n_finished.astype(np.int64), open_, won, weighted, happened)

    def _week(self, start: int, rate: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        standing = self.chronicle.standing(start, np.zeros(0))
        _, stage, _, days_left = standing.classes[standing.class_of_deal].T.reshape(4, -1)
        every = self._by_stage(stage, standing.amount)
        if self.chronicle.is_dated:
            can_be = days_left < self.n_days
            stage, amount, deal = stage[can_be], standing.amount[can_be], standing.deal[can_be]
        else:
            amount, deal = standing.amount, standing.deal
        is_won = self.chronicle.won_between(start, start + self.n_days)[deal]
        open_, won = self._by_stage(stage, amount), self._by_stage(stage[is_won], amount[is_won])
        return open_, won, every @ rate, actual(self.chronicle, start, self.n_days)

    def _by_stage(self, stage: Ints, amount: Floats) -> Floats:
        """Return ([deals, money], stage)."""
        n = len(self.chronicle.history.stages)
        return np.array([np.bincount(stage, minlength=n), np.bincount(stage, amount, minlength=n)], float)


def _law(figures: Floats, finished: Floats, luck: float) -> Floats | None:
    """Return samples of the last of a method's figures; `finished` is what its first ones were about."""
    figure, past = figures[-1], figures[: len(finished)]
    if not np.isfinite(figure):
        return None
    misses = (finished - past)[np.isfinite(past)]
    n = len(misses)
    if n < FEWEST_MISSES:
        return np.asarray(np.maximum(figure + np.sqrt(luck * figure) * _BEFORE_ANY, 0.0))
    return np.asarray(np.maximum(figure + (misses - misses.mean()) * np.sqrt((n + 1) / (n - 1)), 0.0))


def _closed_rates(chronicle: Chronicle, days: Ints) -> Floats:
    """Return (day, stage) the share won of the deals that passed a stage and were closed before a day.

    Half a win of one deal is added, so that nothing closed yet says 50 %.
    """
    visits, deals, n = chronicle.history.visits, chronicle.history.deals, len(chronicle.history.stages)
    passed = np.unique(visits.deal * n + visits.stage)
    deal, stage = passed // n, passed % n
    found = np.zeros((len(days), n))
    for s in range(n):
        closed = np.sort(deals.closed[deal[stage == s]])
        won = np.sort(deals.closed[deal[(stage == s) & (deals.outcome[deal] == WON)]])
        found[:, s] = (np.searchsorted(won, days) + 0.5) / (np.searchsorted(closed, days) + 1.0)
    return found


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Return part / whole; 0 where there is nothing, not a number where nothing is known."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.asarray(np.where(np.isnan(whole), np.nan, part / np.where(whole > 0, whole, np.inf)))
