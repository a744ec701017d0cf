"""A company that never was: how deals arrive, what becomes of them, and what of it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from funnelsim.history.record import day_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Regime:
    """From a day on, hazards of advancing and of losing are multiplied.

    Parameters
    ----------
    day : int
        Days since the company's first.
    """

    day: int
    advance: float = 1.0
    lose: float = 1.0


@dataclass(frozen=True)
class Company:
    """A company that never was.

    Parameters
    ----------
    hazards : array (stage, age, exit)
        See `funnelsim.history.synthetic.hazards`.
    deals_per_day : float
        Mean of the first day; arrivals are Poisson.
    n_days : int
        How long the record is.
    days_after : int
        How long deals live on unseen after the record ends (the truth knows).
    growth_per_year : float
        0.5: half as many arrivals more after each year.
    season : float
        Swing of the arrivals over a year, between 0 and 1.
    campaigns : dict of (int, int) to float
        By what arrivals are multiplied from one day up to another, days since the first.
    entry : array (stage,), optional
        Where deals enter; default: all at the first stage.
    observed_from : int
        Days since the first on which the record begins: deals that had ended by then are missing.
    regimes : tuple of Regime
        Changes of the hazards, in order of their days; a later one replaces an earlier.
    shock_sigma, shock_days : float, int
        In every window of so many days hazards of advancing are multiplied by e^u and those of losing by e^-u,
        u normal with this standard deviation.
    amount_median, amount_sigma : float
        Amounts are lognormal.
    amount_effect : float
        Log odds of advancing against losing, on each day, per standard deviation of the log amount.
    first : int
        The first day.
    """

    hazards: Floats
    deals_per_day: float = 3.0
    n_days: int = 730
    days_after: int = 0
    growth_per_year: float = 0.0
    season: float = 0.0
    campaigns: Mapping[tuple[int, int], float] = field(default_factory=dict)
    entry: Floats | None = None
    observed_from: int = 0
    regimes: tuple[Regime, ...] = ()
    shock_sigma: float = 0.0
    shock_days: int = 30
    amount_median: float = 50.0
    amount_sigma: float = 0.6
    amount_effect: float = 0.0
    first: int = field(default=day_of(date(2023, 1, 2)))

    @property
    def n_stages(self) -> int:
        """Return the number of stages."""
        return len(self.hazards)

    @property
    def as_of(self) -> int:
        """Return the day on which the record ends."""
        return self.first + self.n_days

    @property
    def end(self) -> int:
        """Return the day on which the world ends."""
        return self.as_of + self.days_after

    def arrivals(self, random: np.random.Generator) -> Ints:
        """Return the day of creation of each deal, in order, from the first day to the end."""
        days = np.arange(self.n_days + self.days_after)
        level = (1 + self.growth_per_year) ** (days / 365) * (1 + self.season * np.sin(2 * np.pi * days / 365))
        for (start, stop), factor in self.campaigns.items():
            level[start:stop] *= factor
        return self.first + np.repeat(days, random.poisson(self.deals_per_day * level))

    def entries(self, n_deals: int, random: np.random.Generator) -> Ints:
        """Return the stage in which each deal begins."""
        if self.entry is None:
            return np.zeros(n_deals, np.int64)
        return random.choice(self.n_stages, size=n_deals, p=self.entry)

    def regime_logs(self) -> Floats:
        """Return logs of the multipliers of [advancing, losing] on each day that the regimes state."""
        logs = np.zeros((self.n_days + self.days_after, 2))
        for regime in self.regimes:
            logs[regime.day :] = np.log([regime.advance, regime.lose])
        return logs

    def shock_logs(self, random: np.random.Generator) -> Floats:
        """Return logs of the multipliers of [advancing, losing] on each day that the shocks of the windows add."""
        n_days = self.n_days + self.days_after
        draws = self.shock_sigma * random.standard_normal(n_days // self.shock_days + 1)
        u = np.repeat(draws, self.shock_days)[:n_days]
        return np.stack([u, -u], axis=1)
