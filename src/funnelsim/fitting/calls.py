"""What calls on deals are worth beside the fitted chance of the same deals (model page, M12.5).

A case is a deal that was open when a past window began: what was said of it then, its fitted chance f of a win within
the window, and whether it was won. Windows do not overlap, so of a deal that is a case twice the second outcome is not
yet decided by the first.

**A category's share.** With W of its N cases won, and b the share of all cases,

    p = (W + 5 b) / (N + 5).

**A chance's meaning.** logit p = a + b logit(said), as any voice's past calls are recalibrated; said is held within
1 % and 99 %.

**Weight.** A call is evidence beside what the stage and the age of the deal say already:

    logit P(won) = logit f + w (logit p - logit b),    w ~ N(0, 1/2).

w is 0 for a call that adds nothing, also for one that only repeats the stage, and 1 for one that is evidence of its
own. It maximises the posterior over past cases, each with the p and b that were known when its window began.

**Scores** are out of sample: p, b and w of a window are learnt from the windows before it. A weight is earned if the
pooled chance then scores above f by more than two standard errors: the larger of those over cases and over windows,
since deals of one window share its luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from funnelsim.fitting.opinions import calibrate, log_scores
from funnelsim.history.calls import NO_CATEGORY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
PSEUDO_CASES = 5.0
WEIGHT_PRIOR_SD = 0.5
SUREST = 0.99
FEWEST_CASES = 20
ENOUGH_ERRORS = 2.0
_TINY = 1e-6


@dataclass(frozen=True)
class Cases:
    """What one voice said of deals that were open when past windows began; arrays of shape (case,).

    Parameters
    ----------
    window : int array
        Number of the window, the earliest 0.
    category : int array
        -1 where a chance was said.
    chance : float array
        As said; not a number where a category was.
    fitted : float array
        The fitted chance of a win within the window.
    """

    deal: Ints
    window: Ints
    category: Ints
    chance: Floats
    fitted: Floats
    is_won: Bools

    def __len__(self) -> int:
        return len(self.deal)

    def rows(self, chosen: Bools) -> Cases:
        """Return some of the cases."""
        names = ("deal", "window", "category", "chance", "fitted", "is_won")
        return Cases(*(getattr(self, name)[chosen] for name in names))

    @cached_property
    def fitted_odds(self) -> Floats:
        """Return (case,) the log odds of the fitted chance."""
        return np.asarray(special.logit(np.clip(self.fitted, _TINY, 1 - _TINY)))

    @property
    def said_odds(self) -> Floats:
        """Return (case,) the log odds of the chance as said, none surer than 99 %."""
        return np.asarray(special.logit(np.clip(self.chance, 1 - SUREST, SUREST)))


@dataclass(frozen=True)
class Lesson:
    """What past cases teach of calls, all in log odds.

    Parameters
    ----------
    base : float
        Of the share of all cases that were won.
    category : array (category,)
    intercept, slope : float
        Of chances.

    Examples
    --------
    >>> lesson = Lesson(0.0, np.array([1.0, -1.0]), 0.0, 1.0)
    >>> lesson.odds(np.array([1, -1]), np.array([np.nan, 0.5])).tolist()
    [-1.0, 0.0]
    """

    base: float
    category: Floats
    intercept: float
    slope: float

    def odds(self, category: Ints, chance: Floats) -> Floats:
        """Return (case,) the log odds that calls stand for; those of all cases where nothing was said."""
        said = special.logit(np.clip(chance, 1 - SUREST, SUREST))
        by_chance = np.where(np.isfinite(said), self.intercept + self.slope * said, self.base)
        by_category = np.append(self.category, self.base)[category]  # -1 is the last
        return np.where(category != NO_CATEGORY, by_category, by_chance)


def lesson_of(cases: Cases, n_categories: int) -> Lesson:
    """Return what cases teach."""
    base = (cases.is_won.sum() + 0.5) / (len(cases) + 1.0)
    has_category = cases.category != NO_CATEGORY
    n = np.bincount(cases.category[has_category], minlength=n_categories)
    won = np.bincount(cases.category[has_category], cases.is_won[has_category], minlength=n_categories)
    share = (won + PSEUDO_CASES * base) / (n + PSEUDO_CASES)
    is_chance = ~has_category & np.isfinite(cases.chance)
    intercept, slope = calibrate(cases.said_odds[is_chance], cases.is_won[is_chance])[0]
    return Lesson(float(special.logit(base)), np.asarray(special.logit(share)), float(intercept), float(slope))


def share_interval(won: int, n: int, base: float, level: float = 0.8) -> tuple[float, float]:
    """Return the interval of a category's share: that of Beta(won + 5 base, lost + 5 (1 - base)).

    Examples
    --------
    >>> low, high = share_interval(8, 10, 0.5)
    >>> bool(low < (8 + 2.5) / 15 < high)
    True
    """
    law = stats.beta(won + PSEUDO_CASES * base, n - won + PSEUDO_CASES * (1.0 - base))
    return float(law.ppf((1 - level) / 2)), float(law.ppf((1 + level) / 2))


def evidence_weight(fitted_odds: Floats, evidence: Floats, is_won: Bools) -> tuple[float, float]:
    """Return the weight w of evidence beside fitted odds, and its standard error.

    Parameters
    ----------
    fitted_odds, evidence : array (case,)
        Log odds by the fit, and what the call adds to them at w = 1.
    """
    w, precision = 0.0, WEIGHT_PRIOR_SD**-2
    for _ in range(50):
        p = special.expit(fitted_odds + w * evidence)
        curvature = float((evidence**2 * p * (1 - p)).sum()) + precision
        step = (float((evidence * (is_won - p)).sum()) - precision * w) / curvature
        step = float(np.clip(step, -1.0, 1.0))  # a full step from far away may overshoot
        w += step
        if abs(step) < 1e-12:
            break
    return w, curvature**-0.5


@dataclass(frozen=True)
class Worth:
    """What one voice's calls are worth, by windows before which others had been finished.

    Parameters
    ----------
    judged : bool array (case,)
        Which cases were scored: those of windows before which enough was known.
    called, base, pooled : arrays (case,)
        Log odds by the call, by the share of all, and by fit and call together, as known when the window began.
    weight, weight_se : float
        From all cases.
    """

    cases: Cases
    lesson: Lesson
    judged: Bools
    called: Floats
    base: Floats
    pooled: Floats
    weight: float
    weight_se: float

    @property
    def n_judged(self) -> int:
        """Return how many cases were scored."""
        return int(self.judged.sum())

    @property
    def gain(self) -> tuple[float, float]:
        """Return how much better the pooled chance scores than the fitted one, in mean log score, and its error."""
        won = self.cases.is_won[self.judged]
        more = log_scores(self.pooled[self.judged], won) - log_scores(self.cases.fitted_odds[self.judged], won)
        return _mean_and_error(more, self.cases.window[self.judged])

    @property
    def is_earned(self) -> bool:
        """Return whether the call adds to the fitted chance beyond doubt."""
        gain, error = self.gain
        return self.n_judged > 0 and self.weight > 0 and gain > ENOUGH_ERRORS * error

    def evidence(self, category: Ints, chance: Floats) -> Floats:
        """Return (deal,) what calls add to log odds by the fit: nothing where no weight was earned."""
        if not self.is_earned:
            return np.zeros(len(category))
        return self.weight * (self.lesson.odds(category, chance) - self.lesson.base)


def worth_of(cases: Cases, n_categories: int) -> Worth:
    """Return what the calls of one voice are worth."""
    n = len(cases)
    called, base, pooled = (np.full(n, np.nan) for _ in range(3))
    judged = np.zeros(n, bool)
    for window in np.unique(cases.window):
        past, now = cases.window < window, cases.window == window
        if past.sum() < FEWEST_CASES:
            continue
        lesson = lesson_of(cases.rows(past), n_categories)
        called[now], base[now] = lesson.odds(cases.category[now], cases.chance[now]), lesson.base
        w = _weight(cases, called - base, judged)[0]
        pooled[now] = cases.fitted_odds[now] + w * (called - base)[now]
        judged |= now
    return Worth(
        cases, lesson_of(cases, n_categories), judged, called, base, pooled, *_weight(cases, called - base, judged)
    )


def _weight(cases: Cases, evidence: Floats, known: Bools) -> tuple[float, float]:
    return evidence_weight(cases.fitted_odds[known], evidence[known], cases.is_won[known])


def _mean_and_error(values: Floats, window: Ints) -> tuple[float, float]:
    """Return a mean, and the larger of its standard errors over cases and over windows."""
    n = len(values)
    if n < 2:
        return (float(values.mean()) if n else 0.0), 0.0
    off = values - values.mean()
    by_window = np.bincount(np.unique(window, return_inverse=True)[1], off)
    k = len(by_window)
    by_case = float(np.sqrt((off**2).sum() / (n - 1) / n))
    clustered = float(np.sqrt((by_window**2).sum() * k / (k - 1))) / n if k > 1 else 0.0
    return float(values.mean()), max(by_case, clustered)
