"""New deals to come: several simple forecasts pooled by their own past, and a shock of its own.

A candidate forecasts the arrivals of the next H days by the mean of the last 7, 14, 28, 56 or 112 days, plain or, with
a year of records behind it, halfway (in logs) to what the same weeks of the last year did after such a mean. They are
pooled in logs with weights err^-2, err the mean |log((actual + 1) / (forecast + 1))| over the last 26 finished windows:
no single one is best for long. What the pool left over in past windows gives the size of the shock on arrivals, which
is far more than Poisson.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.chronicle import WEEK, Chronicle
from funnelsim.fitting.shock import Evidence, ShockLaw, shock_from, weights_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TRAILING = (7, 14, 28, 56, 112)
N_JUDGED = 26
YEAR = 364
SCALE = 0.15
FIRST_ERROR = float(np.log(2.0))  # as if each had missed by a factor of two once before


@dataclass(frozen=True)
class Inflow:
    """What is expected to arrive in a window, and how sure that is.

    Parameters
    ----------
    expected : float
        Mean number of new deals.
    evidence : Evidence
        What the pool left over in past windows.
    """

    expected: float
    evidence: Evidence

    @cached_property
    def shock(self) -> ShockLaw:
        """Return the law of the shock on log arrivals."""
        return shock_from(self.evidence, scale=SCALE)

    def factors(self, n: int) -> Floats:
        """Return n equally likely factors on the expected number, in order; their mean is 1."""
        factor = np.exp(self.shock.quantiles(n))
        return np.asarray(factor / factor.mean())


@dataclass(frozen=True)
class Arrivals:
    """The number of deals created on each day, of those that can be won within `window_days`.

    In dated histories only deals whose date lies within the window can be.
    """

    chronicle: Chronicle
    window_days: int
    _known: dict[int, list[float]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def upto(self) -> Ints:
        """Return (day,) how many arrived before each day, from the first on."""
        history = self.chronicle.history
        created = history.deals.created
        counted = (created >= history.observed_from) & (created < history.as_of)
        if self.chronicle.is_dated:
            counted &= (self.chronicle.lead >= 0) & (self.chronicle.lead < self.window_days)
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
        starts, pooled = self._pooled(day)
        past = [(s, f) for s, f in zip(starts, pooled, strict=True) if s + self.window_days <= day]
        came = np.array([self.between(s, s + self.window_days) for s, _ in past], float)
        hoped = np.array([f for _, f in past], float)
        age = day - self.window_days - np.array([s for s, _ in past], float)
        weight = weights_of(age, WEEK, self.window_days)
        left_over = np.log((came + 0.5) / (hoped + 0.5))
        evidence = Evidence(left_over, 1.0 / (hoped + 0.5), np.ones(len(past)), weight)
        return Inflow(float(pooled[0]), evidence)

    def _pooled(self, day: int) -> tuple[list[int], Floats]:
        """Return what the pool expects, or would have expected, of the windows that begin on a day and weeks before."""
        starts = list(self.chronicle.weeks_before(day, self.chronicle.first_day + WEEK)) or [day]
        table = np.array([self._candidates(start) for start in starts])
        finished = np.array([start + self.window_days <= day for start in starts])
        came = np.array(
            [self.between(s, s + self.window_days) if f else 0 for s, f in zip(starts, finished, strict=True)]
        )
        error = np.abs(np.log((came[:, None] + 1.0) / (table + 1.0)))
        behind = -(-self.window_days // WEEK)  # weeks until a window is finished
        pooled = np.empty(len(starts))
        for i in range(len(starts)):
            judged = error[i + behind : i + behind + N_JUDGED]
            n = np.isfinite(judged).sum(axis=0)
            mean = (np.nansum(judged, axis=0) + FIRST_ERROR) / (n + 1.0)
            weight = np.where(np.isfinite(table[i]), mean**-2.0, 0.0)
            score = np.where(weight > 0, np.log(np.nan_to_num(table[i]) + 1.0), 0.0)
            pooled[i] = np.exp(weight @ score / weight.sum()) - 1.0 if weight.sum() > 0 else self._level(starts[i])
        return starts, np.maximum(pooled, 0.0)

    def _level(self, day: int) -> float:
        """Return the mean of all days before one, times the window: what is left where no candidate has its days."""
        whole = max(day - self.chronicle.first_day, 1)
        return self.between(self.chronicle.first_day, day) / whole * self.window_days

    def _candidates(self, day: int) -> list[float]:
        """Return what each candidate expects of the window that begins on a day; not a number without enough past."""
        if day in self._known:
            return self._known[day]
        found, year = [], YEAR * self.chronicle.clock.days_a_week // 7
        for trailing in TRAILING:
            plain = seasonal = np.nan
            if day - trailing >= self.chronicle.first_day:
                plain = self.between(day - trailing, day) / trailing * self.window_days
            if self.window_days <= year and day - trailing - year >= self.chronicle.first_day:
                then = self.between(day - trailing - year, day - year) / trailing
                after = self.between(day - year, day - year + self.window_days) / self.window_days
                if then > 0 and after > 0:
                    seasonal = plain * (after / then) ** 0.5
            found += [plain, seasonal]
        self._known[day] = found
        return found


def arrivals_of(chronicle: Chronicle, window_days: int) -> Arrivals:
    """Return the arrivals of a chronicle, made once for each length of window."""
    known = chronicle.arrivals
    if window_days not in known:
        known[window_days] = Arrivals(chronicle, window_days)
    found: Arrivals = known[window_days]
    return found


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
    created, lead = chronicle.history.deals.created, chronicle.lead
    recent = (created < day) & (created >= day - days_back)
    found = np.bincount(lead[recent & (lead >= 0) & (lead < below)], minlength=below).astype(float)
    return np.asarray(found / max(found.sum(), 1.0))
