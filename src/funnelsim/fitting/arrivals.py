"""New deals to come: a level, its candidates judged by their own past, and a shock of its own.

A candidate forecasts the arrivals of the next H days by the mean of the last 7, 14, 28, 56 or 112 days, plain or, with
a year of records behind it, halfway (in logs) to what the same weeks of the last year did after such a mean. The
candidate with the smallest mean |log((actual + 1) / (forecast + 1))| over the last 26 finished windows is taken.
What it left over there gives the size of the shock on arrivals, which is far more than Poisson.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.chronicle import WEEK, Chronicle
from funnelsim.fitting.shock import Evidence, ShockLaw, shock_from, weights_of
from funnelsim.history.record import NEVER

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TRAILING = (7, 14, 28, 56, 112)
N_JUDGED = 26
YEAR = 364
SCALE = 0.2


@dataclass(frozen=True)
class Inflow:
    """What is expected to arrive in a window, and how sure that is.

    Parameters
    ----------
    expected : float
        Mean number of new deals.
    shock : ShockLaw
        Of log arrivals.
    trailing_days : int
        Days behind the level; 0 where nothing ever arrived.
    is_seasonal : bool
    """

    expected: float
    shock: ShockLaw
    trailing_days: int
    is_seasonal: bool


@dataclass(frozen=True)
class Arrivals:
    """The number of deals created on each day, of those that can be won within `window_days`.

    In dated histories only deals whose date lies within the window can be.
    """

    chronicle: Chronicle
    window_days: int

    @cached_property
    def upto(self) -> Ints:
        """Return (day,) how many arrived before each day, from the first on."""
        history = self.chronicle.history
        created = history.deals.created
        counted = (created >= history.observed_from) & (created < history.as_of)
        if self.chronicle.is_dated:
            counted &= history.deals.expected_close - created < self.window_days
        n = history.as_of - history.observed_from
        daily = np.bincount(created[counted] - history.observed_from, minlength=n)[:n]
        return np.concatenate([[0], np.cumsum(daily)]).astype(np.int64)

    def between(self, first: int, end: int) -> int:
        """Return how many arrived from day `first` to `end` - 1."""
        n = len(self.upto) - 1
        low, high = (min(max(day - self.chronicle.first_day, 0), n) for day in (first, end))
        return int(self.upto[high] - self.upto[low])

    def inflow(self, day: int) -> Inflow:
        """Return what a day's past expects of the window that begins on it."""
        choices = [(days, seasonal) for seasonal in (False, True) for days in TRAILING]
        choices = [choice for choice in choices if self._forecast(day, *choice) is not None]
        if not choices:
            whole = max(day - self.chronicle.first_day, 1)
            level = self.between(self.chronicle.first_day, day) / whole
            return Inflow(level * self.window_days, shock_from(_nothing(), scale=SCALE), whole, False)
        errors = [self._past_error(day, choice) for choice in choices]
        best = choices[int(np.argmin(errors))]
        found = self._forecast(day, *best)
        return Inflow(found or 0.0, self._shock(day, best), best[0], best[1])

    def _forecast(self, day: int, trailing: int, seasonal: bool) -> float | None:
        """Return what one candidate expects; None if its past is not long enough."""
        if day - trailing < self.chronicle.first_day:
            return None
        level = self.between(day - trailing, day) / trailing
        if seasonal:
            if day - trailing - YEAR < self.chronicle.first_day:
                return None
            then = self.between(day - trailing - YEAR, day - YEAR) / trailing
            after = self.between(day - YEAR, day - YEAR + self.window_days) / self.window_days
            if then <= 0 or after <= 0:
                return None
            level *= (after / then) ** 0.5
        return level * self.window_days

    def _finished(self, day: int) -> range:
        return self.chronicle.weeks_before(day - self.window_days, self.chronicle.first_day)

    def _past_error(self, day: int, choice: tuple[int, bool]) -> float:
        errors = [
            abs(np.log((self.between(start, start + self.window_days) + 1.0) / (found + 1.0)))
            for start in self._finished(day)[:N_JUDGED]
            if (found := self._forecast(start, *choice)) is not None
        ]
        # too few windows of its own: judged as if it had missed by a factor of two once more
        return float((np.sum(errors) + np.log(2.0)) / (len(errors) + 1.0))

    def _shock(self, day: int, choice: tuple[int, bool]) -> ShockLaw:
        starts, left_over, variance = [], [], []
        for start in self._finished(day):
            found = self._forecast(start, *choice)
            if found is not None:
                starts.append(start)
                left_over.append(np.log((self.between(start, start + self.window_days) + 0.5) / (found + 0.5)))
                variance.append(1.0 / (found + 0.5))
        age = day - np.array(starts, float) - self.window_days
        weight = weights_of(age, WEEK, self.window_days)
        evidence = Evidence(np.array(left_over), np.array(variance), np.ones(len(starts)), weight)
        return shock_from(evidence, scale=SCALE)


def entry_stages(chronicle: Chronicle, day: int, days_back: int) -> tuple[Ints, Floats]:
    """Return the stages in which recent deals began, and their shares."""
    visits = chronicle.history.visits
    is_first = np.append(True, visits.deal[1:] != visits.deal[:-1]) if len(visits) else np.zeros(0, bool)
    recent = is_first & (visits.entered < day) & (visits.entered >= day - days_back)
    if not recent.any():
        recent = is_first & (visits.entered < day)
    stages, n = np.unique(visits.stage[recent], return_counts=True)
    if not len(stages):
        return np.zeros(1, np.int64), np.ones(1)
    return stages.astype(np.int64), n / n.sum()


def leads(chronicle: Chronicle, day: int, days_back: int, below: int) -> Floats:
    """Return (lead,) the shares of recent deals by days to their date, 0 to `below` - 1, of those in that range."""
    deals = chronicle.history.deals
    lead = deals.expected_close - deals.created
    recent = (deals.created < day) & (deals.created >= day - days_back) & (deals.expected_close < NEVER)
    found = np.bincount(lead[recent & (lead >= 0) & (lead < below)], minlength=below).astype(float)
    return np.asarray(found / max(found.sum(), 1.0))


def _nothing() -> Evidence:
    return Evidence(*np.zeros((4, 0)))
