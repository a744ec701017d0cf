"""Past windows: what was expected of each at its start, and what came of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.chronicle import WEEK, WEEKS_BEFORE_FIRST, Chronicle
from funnelsim.fitting.expectation import Expectation, expect
from funnelsim.fitting.memory import half_lives_at
from funnelsim.fitting.shock import SCALE, Evidence, ShockLaw, shock_from, weights_of

Floats = npt.NDArray[np.float64]
MEASURES = ("open_wins", "open_bookings", "total_wins", "total_bookings")
OPEN_WINS = 0
N_DRAWS = 50
SLOPE_EVERY = 10
STEP = 0.1
SHORTER = (7, 14)
N_WINDOWS = 104  # two years: what lies further back counts for a fourth and less
FEWEST_APART = 10  # of long windows so many that do not overlap
N_SHORTER = 26  # they stand in for four windows at most
SMALLEST_VARIANCE = 0.25


@dataclass(frozen=True)
class Window:
    """One window, arrays of shape (measure,) in the order of `MEASURES`.

    Parameters
    ----------
    actual, mean : array
    variance : array
        Of luck and parameters together.
    slope : array
        Change of the mean per unit of the shock u.
    arrivals_slope : array
        Change of the mean per unit of log arrivals.
    """

    start: int
    actual: Floats
    mean: Floats
    variance: Floats
    slope: Floats
    arrivals_slope: Floats


def window_at(chronicle: Chronicle, start: int, n_days: int, seed: int) -> Window:
    """Return the window of `n_days` days that begins at `start`, forecast from what was known then; none has come."""
    expected = expect(chronicle, start, n_days, (0.0,), N_DRAWS, seed)
    return Window(start, np.full(len(MEASURES), np.nan), *moments(chronicle, expected))


def actual(chronicle: Chronicle, start: int, n_days: int) -> Floats:
    """Return what the four measures came to in a window, in amounts as they stood when it ended."""
    won = chronicle.won_between(start, start + n_days)
    visits = chronicle.history.visits
    was_open = np.zeros(len(won), bool)
    was_open[visits.deal[(visits.entered < start) & (visits.left >= start)]] = True
    amount = np.nan_to_num(chronicle.history.stated_at(start + n_days).amount)
    return np.array([
        (won & was_open).sum(), amount[won & was_open].sum(), won.sum(), amount[won].sum()
    ])  # fmt: skip


def moments(chronicle: Chronicle, expected: Expectation) -> tuple[Floats, Floats, Floats, Floats]:
    """Return means, variances, slopes and arrivals slopes of the four measures, from chances at u = 0 and nearby.

    How chances move with u is much the same in every draw, so few draws tell the slope.
    """
    standing, inflow, new = expected.standing, expected.inflow, expected.new
    n_classes = len(standing.size)
    money = np.bincount(standing.class_of_deal, standing.amount, minlength=n_classes)
    square = np.bincount(standing.class_of_deal, standing.amount**2, minlength=n_classes)
    arrives = inflow.expected * new.share
    first = np.array([pool.mean() for pool in new.pools])
    second = np.array([(pool**2).mean() for pool in new.pools])

    def sums(p: Floats, n: Floats) -> Floats:  # (4, draw, M)
        found = np.stack([p @ standing.size, p @ money, n @ arrives, n @ (arrives * first)])
        found[2:] += found[:2]
        return found

    calm = int(np.flatnonzero(expected.u == 0.0)[0])
    p, n = expected.open_chance[:, calm], expected.new_chance[:, calm]
    at_zero = sums(p, n)
    luck = np.stack([
        (p * (1 - p)) @ standing.size, (p * (1 - p)) @ square, n @ arrives, n @ (arrives * second),
    ]).mean(axis=1)  # fmt: skip
    luck[2:] += luck[:2]
    amounts = np.concatenate([standing.amount, *new.pools])
    typical = float(np.mean(amounts**2)) if amounts.any() else 1.0  # one win squared, in units of money
    mean, variance = at_zero.mean(axis=1), luck + at_zero.var(axis=1)
    nudged = sums(*expected.query.answer(expected.rates.chance[::SLOPE_EVERY], (-STEP, STEP)))
    slope = (nudged[:, :, 1] - nudged[:, :, 0]).mean(axis=1) / (2.0 * STEP)
    arrivals_slope = np.concatenate([np.zeros(2), mean[2:] - mean[:2]])
    least = SMALLEST_VARIANCE * np.array([1.0, typical, 1.0, typical])
    return mean, np.maximum(variance, least), slope, arrivals_slope


@dataclass
class Past:
    """The past windows of one chronicle, each worked out when it is first asked for."""

    chronicle: Chronicle
    seed: int

    def __post_init__(self) -> None:
        self._windows: dict[tuple[int, int], Window] = {}
        self._presents: dict[tuple[int, int], Window] = {}

    def finished(self, day: int, n_days: int) -> list[Window]:
        """Return the windows that had ended by 00:00 of a day, of those that still tell, latest first."""
        return [self.window(start, n_days) for start in self._starts(day, n_days)]

    def present(self, day: int, n_days: int) -> Window:
        """Return the window that begins on a day; what came of it is not told."""
        if (day, n_days) not in self._presents:
            self._presents[day, n_days] = window_at(self.chronicle, day, n_days, self.seed)
        return self._presents[day, n_days]

    def shock(self, day: int, n_days: int, scale: float = SCALE) -> ShockLaw:
        """Return what past windows say of the shared shock at a day."""
        shorter = [self._evidence(day, days, N_SHORTER) for days in _shorter(n_days)]
        return shock_from(self._evidence(day, n_days), shorter, scale)

    def needed(self, day: int, n_days: int) -> set[tuple[int, int]]:
        """Return start and length of the windows that a forecast at a day needs and that are not worked out yet."""
        lengths = {n_days: self._starts(day, n_days)}
        lengths |= {days: self._starts(day, days)[:N_SHORTER] for days in _shorter(n_days)}
        return {(start, days) for days, starts in lengths.items() for start in starts} - self._windows.keys()

    def look_back(self, day: int, n_days: int, threads: int) -> None:
        """Work out what a forecast at a day needs, the earliest first; the same by any number of threads."""
        for length in (n_days, *_shorter(n_days)):  # scores of memories, which all windows share
            half_lives_at(self.chronicle, day, length)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda window: self.window(*window), sorted(self.needed(day, n_days))))

    def window(self, start: int, n_days: int) -> Window:
        """Return the window of `n_days` days that begins at `start`."""
        key = (start, n_days)
        if key not in self._windows:
            came = actual(self.chronicle, start, n_days)
            self._windows[key] = replace(self.present(start, n_days), actual=came)
        return self._windows[key]

    def _starts(self, day: int, n_days: int) -> range:
        after = self.chronicle.first_day + WEEKS_BEFORE_FIRST * WEEK - 1
        n = max(N_WINDOWS, FEWEST_APART * n_days // WEEK)
        return self.chronicle.weeks_before(day - n_days, after)[:n]

    def _evidence(self, day: int, n_days: int, n: int | None = None) -> Evidence:
        windows = [self.window(start, n_days) for start in self._starts(day, n_days)[:n]]
        column = [[w.actual[OPEN_WINS] - w.mean[OPEN_WINS], w.variance[OPEN_WINS], w.slope[OPEN_WINS]] for w in windows]
        left_over, variance, slope = np.array(column).reshape(-1, 3).T
        age = day - n_days - np.array([w.start for w in windows], float)
        return Evidence(left_over, variance, slope, weights_of(age, WEEK, n_days))


def _shorter(n_days: int) -> tuple[int, ...]:
    return tuple(days for days in SHORTER if days < n_days)
