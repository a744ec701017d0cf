"""A company that never was, whose deals are decided on a stated date unless they are lost before (hotel bookings).

A deal is created with so many days to its date. On each day before it is lost with a chance that hangs on the days
to go and on its age; on the date itself it is won with a fixed chance, else lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from funnelsim.history.record import LOST, WON, Deals, Floats, History, Ints, Visits, day_of
from funnelsim.model.money import Money


@dataclass(frozen=True)
class DatedCompany:
    """A company whose deals have dates.

    Parameters
    ----------
    leads : array (days to date,)
        Chances of the days to the date that a new deal has.
    losing : array (days to date, age)
        Daily chances of a loss; both axes as long as `leads`. Row 0 is the date itself and is not read.
    kept : float
        The chance of a win on the date.
    deals_per_day, n_days : float, int
        Poisson arrivals on each of the days recorded.
    """

    leads: Floats
    losing: Floats
    kept: float = 0.9
    deals_per_day: float = 20.0
    n_days: int = 730
    first: int = field(default=day_of(date(2023, 1, 2)))

    @property
    def as_of(self) -> int:
        """Return the day on which the record ends."""
        return self.first + self.n_days

    def make(self, seed: int) -> tuple[History, DatedTruth]:
        """Return what the company recorded, and what is true of it; the same for the same seed."""
        random = np.random.default_rng(seed)
        created = self.first + np.repeat(np.arange(self.n_days), random.poisson(self.deals_per_day, self.n_days))
        lead = random.choice(len(self.leads), size=len(created), p=self.leads)
        age, is_won = self._ends(lead, random)
        closed, outcome = created + age, np.where(is_won, WON, LOST)
        amount = np.round(100 * np.exp(0.5 * random.standard_normal(len(created))), 2)
        none = np.full(len(created), "", object)
        names = np.array([f"deal-{number}" for number in range(1, len(created) + 1)], object)
        deals = Deals(names, created, closed, outcome, none, amount, created + lead, none, none, none)
        rows = np.arange(len(created))
        visits = Visits(rows, np.zeros_like(rows), created, closed, outcome)
        end = int(closed.max(initial=self.as_of)) + 1
        whole = History(("booked",), deals, visits, Money("EUR"), self.first, end)
        return whole.known_at(self.as_of), DatedTruth(self, whole)

    def stays(self, lead: int, age: int = 0) -> Floats:
        """Return P(not lost before) on each day from an age to the date, of a deal that had so many days at first."""
        ages = np.arange(age, lead)
        return np.concatenate([[1.0], np.cumprod(1 - self.losing[lead - ages, ages])])

    def _ends(self, lead: Ints, random: np.random.Generator) -> tuple[Ints, np.ndarray]:
        """Return the age at which each deal ends, and whether it is won."""
        luck = random.random(len(lead))
        age = np.empty_like(lead)
        for days in np.unique(lead):
            mine = lead == days
            # it is lost on the first day after which less than its luck is left
            age[mine] = np.searchsorted(-self.stays(int(days))[1:], -luck[mine], side="right")
        return age, (age == lead) & (random.random(len(lead)) < self.kept)


@dataclass(frozen=True)
class DatedTruth:
    """What is true of a company whose deals have dates.

    Parameters
    ----------
    company : DatedCompany
    whole : History
        Everything that happened to the deals created during the record.
    """

    company: DatedCompany
    whole: History

    def in_time(self, horizon_days: int) -> Floats:
        """Return P(win within a number of days) of an open deal, of shape (days to date, age)."""
        n = len(self.company.leads)
        found = np.zeros((n, n))
        for left in range(min(horizon_days, n)):
            for age in range(n - left):
                found[left, age] = self.company.kept * self.company.stays(left + age, age)[-1]
        return found

    def win_rate(self) -> float:
        """Return the chance that a new deal is won in the end."""
        chances = [self.company.stays(lead)[-1] for lead in range(len(self.company.leads))]
        return float(self.company.kept * (self.company.leads @ np.array(chances)))

    def n_won(self, horizon_days: int) -> int:
        """Return how many of the deals open at the end of the record were won within a number of days."""
        deals, end = self.whole.deals, self.company.as_of
        return int(((deals.outcome == WON) & (deals.closed >= end) & (deals.closed < end + horizon_days)).sum())
