"""The forecaster of a history: asked for any day and window, it reads only what was recorded before that day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.chronicle import Chronicle, is_dated
from funnelsim.fitting.outlook import N_DRAWS, N_SAMPLES, Outlook, outlook
from funnelsim.fitting.windows import Past, actual
from funnelsim.fitting.workdays import (
    Bustle,
    Workdays,
    bustle_of,
    closed_days,
    closures,
    repeated,
    stated_days,
    unexplained,
)
from funnelsim.history.record import History

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DAYS_AROUND = 3653  # how far before and after the record stated days are counted


@dataclass(frozen=True)
class Forecaster:
    """A history and all that past origins taught, worked out once and shared by later ones.

    Parameters
    ----------
    history : History
    seed : int
        Draws hang on it and on the day asked for, on nothing else.

    Examples
    --------
    >>> from scipy.stats import expon
    >>> from funnelsim.history.synthetic import Company, make
    >>> from funnelsim.history.synthetic.hazards import straight
    >>> history, _ = make(Company(straight([0.5], [expon(scale=20)]), n_days=100), seed=1)
    >>> forecast = Forecaster(history).outlook(history.as_of, 14)
    >>> bool(forecast.of("open_wins").mean() <= len(history.book()))
    True
    """

    history: History
    seed: int = 1
    _pasts: dict[tuple[bool, bytes], Past] = field(default_factory=dict, repr=False, compare=False)
    _dated: dict[int, bool] = field(default_factory=dict, repr=False, compare=False)

    def outlook(
        self, day: int, n_days: int, *, n_samples: int = N_SAMPLES, n_draws: int = N_DRAWS, threads: int = 1
    ) -> Outlook:
        """Return the outlook at 00:00 of a day for the next `n_days` days of the calendar."""
        past, start, n_open = self.window(day, n_days)
        return outlook(
            past, start, n_open, seed=self.seed, n_samples=n_samples, n_draws=n_draws, threads=threads,
            clock=self.clock(day, n_days),
        )  # fmt: skip

    def window(self, day: int, n_days: int) -> tuple[Past, int, int]:
        """Return a window on the clock known at its first day: the past to judge it by, its first day and length."""
        start, end = (int(d) for d in self.clock(day, n_days).number(np.array([day, day + n_days])))
        return self.past(day), start, max(end - start, 1)

    def is_dated(self, day: int) -> bool:
        """Return whether deals are won on a date stated beforehand, by what is known at a day."""
        if day not in self._dated:
            self._dated[day] = len(self.history.stages) == 1 and is_dated(self.history.known_at(day))
        return self._dated[day]

    def actual(self, day: int, n_days: int) -> Floats:
        """Return what the measures came to in the `n_days` days from a day on."""
        return actual(self._plain, day, n_days)

    def past(self, day: int) -> Past:
        """Return the past windows on the clock known at a day."""
        clock = self._clock_of(closed_days(self._closures_by(day)), self.history.as_of)
        dated = self.is_dated(day)
        key = (dated, clock.closed.tobytes())
        if key not in self._pasts:
            self._pasts[key] = Past(Chronicle(clock.applied(self.history), dated, clock), self.seed)
        return self._pasts[key]

    def clock(self, day: int, n_days: int) -> Workdays:
        """Return the clock at a day, with the closures that are to be expected in the days to come."""
        runs = self._closures_by(day)
        ahead = repeated(runs, day, day + n_days)
        return self._clock_of(np.concatenate([closed_days(runs), ahead]), day + n_days)

    def _clock_of(self, found: Ints, end: int) -> Workdays:
        """Return the clock that skips the days found and those stated, at least up to a day."""
        first, last = self.history.observed_from - DAYS_AROUND, max(end, self.history.as_of) + DAYS_AROUND
        stated = stated_days(self.history.closed, first, last)
        closed = np.unique(np.concatenate([found, stated])).astype(np.int64)
        return Workdays(closed, 7 - len(self.history.closed.weekend))

    @cached_property
    def _holidays(self) -> Ints:
        """Return the stated days that are no weekends."""
        plan, end = replace(self.history.closed, weekend=()), self.history.as_of
        return stated_days(plan, self.history.observed_from - DAYS_AROUND, end + DAYS_AROUND)

    def _closures_by(self, day: int) -> list[tuple[int, int]]:
        return unexplained(closures(self._bustle, day), self._holidays)

    @cached_property
    def _bustle(self) -> Bustle:
        return bustle_of(self.history)

    @cached_property
    def _plain(self) -> Chronicle:
        return Chronicle(self.history)
