"""New business: what sources bring, what won customers bring, and what they buy again (model page, M6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from math import isfinite
from statistics import fmean, pvariance
from typing import Literal

from funnelsim.errors import InputError, Problem
from funnelsim.model.law import Empirical, Fixed, Law, Shaped

Span = Literal["day", "week", "month", "quarter", "year"]
SPANS: tuple[Span, ...] = ("day", "week", "month", "quarter", "year")
_MONTHS_IN: dict[str, float] = {"month": 1.0, "quarter": 3.0, "year": 12.0}
_DAYS_IN: dict[str, float] = {"day": 1.0, "week": 7.0}
FLAT = (1.0,) * 12
MAX_PER_MONTH = 1e9
MAX_COHORT = 1_000_000_000
MIN_CV = 0.002
MEAN_WITHIN = 1e-3
LARGEST_AMOUNT = 1e13  # sums in hundredths stay far inside 64 bits
LARGEST_RATIO = 5.0


@dataclass(frozen=True)
class Rate:
    """So many deals per calendar span, on average."""

    level: float
    per: Span

    def __post_init__(self) -> None:
        if self.per not in SPANS:
            raise InputError.of(f"'{self.per}' is no span; take one of {', '.join(SPANS)}")
        if not 0 <= self.level <= MAX_PER_MONTH:
            raise InputError.of(f"{self.level:g} per {self.per}; give 0 to {MAX_PER_MONTH:.0e}")

    def expected(self, n_days: float, days_in_month: int) -> float:
        """Return the mean number in `n_days` days of one calendar month; a quarter brings a third in each month."""
        if self.per in _DAYS_IN:
            return self.level * n_days / _DAYS_IN[self.per]
        return self.level / _MONTHS_IN[self.per] * n_days / days_in_month


@dataclass(frozen=True)
class Spread:
    """Months that are good or bad as a whole: the rate times a factor of mean 1.

    Parameters
    ----------
    cv : float
        Of a gamma law of the factor; the number of deals is then negative binomial.
    per : {"horizon", "month"}
        Whether one factor is drawn for the whole horizon or one for every month.
    factors : tuple of float
        In place of a gamma law: values of the factor, each as likely.
    together : str
        Sources with the same word here share the factor; without one each has its own.

    Examples
    --------
    >>> round(Spread(factors=(0.8, 1.2)).variation, 12)
    0.04
    """

    cv: float = 0.0
    per: Literal["horizon", "month"] = "horizon"
    factors: tuple[float, ...] = ()
    together: str = ""

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        if not self.factors and not MIN_CV <= self.cv <= 3:
            yield Problem(("spread", "cv"), f"a spread of {self.cv:g}; give {MIN_CV:.1%} to 300%, or leave it out")
        if self.factors and self.cv:
            yield Problem(("spread",), "states both cv and factors; keep one")
        if self.factors and not (min(self.factors) >= 0 and abs(fmean(self.factors) - 1.0) <= MEAN_WITHIN):
            told = f"factors from {min(self.factors):g} on, of mean {fmean(self.factors):.6g}"
            yield Problem(("spread", "factors"), f"{told}; they must be 0 or more, and 1 on average")

    @cached_property
    def law(self) -> Law:
        """Return the law of the factor on the rate."""
        return Empirical(self.factors) if self.factors else Shaped("gamma", {"mean": 1.0, "cv": self.cv})

    @cached_property
    def variation(self) -> float:
        """Return the squared coefficient of variation of the factor."""
        return pvariance(self.factors) if self.factors else self.cv**2


@dataclass(frozen=True)
class Entry:
    """How a new deal begins: its stage, what it is worth, and how well it does beside the stage's own figures.

    Parameters
    ----------
    stage : str
        Where it enters.
    amount : Law, optional
        Law of what is signed if it is won, in the case's unit; None for a lead worth what its customer signed.
    win_rate : float, optional
        Its chance to be won, from entry on: one tilt in log odds on all onward exits makes it come out.
    odds : float
        Factor on the odds of every onward exit.
    """

    stage: str
    amount: Law | None = None
    win_rate: float | None = None
    odds: float = 1.0

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        if self.win_rate is not None and not 0 <= self.win_rate <= 1:
            yield Problem(("win_rate",), f"{self.win_rate:g} is outside 0..1")
        if self.win_rate is not None and self.odds != 1.0:
            yield Problem(("odds",), "states both win_rate and odds; keep one")
        if self.amount is not None and isfinite(high := self.amount.support[1]) and high > LARGEST_AMOUNT:
            yield Problem(("amount",), f"amounts reach {high:.3g}, above {LARGEST_AMOUNT:.0e}; take a larger unit")
        if not (isfinite(self.odds) and self.odds > 0):
            yield Problem(("odds",), f"{self.odds:g} must be above 0")


@dataclass(frozen=True)
class Source:
    """Where new deals come from: a flow of deals at a rate, or one cohort that enters on a day.

    Parameters
    ----------
    rate : Rate, optional
        A flow: numbers per calendar month are Poisson, or negative binomial with a `spread`.
    cohort : int, optional
        Exactly so many deals, all entering on the day `since`.
    since, until : date, optional
        First and last day of the flow; default the whole horizon.
    growth : float
        Change of the rate per calendar month, compounded from the month of `as_of`.
    season : tuple of 12
        Factor of each calendar month, January first.
    """

    name: str
    entry: Entry
    rate: Rate | None = None
    cohort: int | None = None
    since: date | None = None
    until: date | None = None
    growth: float = 0.0
    season: tuple[float, ...] = FLAT
    spread: Spread | None = None
    owner: str = ""
    segment: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        if (self.rate is None) == (self.cohort is None):
            yield Problem((), f"source '{self.name}' needs one of rate and cohort; write rate: 12 per month")
        if self.cohort is not None and not 1 <= self.cohort <= MAX_COHORT:
            yield Problem(("cohort",), f"{self.cohort} deals; give 1 to {MAX_COHORT:,}")
        if self.cohort is not None and self.since is None:
            yield Problem(("on",), "no day on which the cohort enters; write on: 2026-10-15")
        if self.cohort is not None and (self.spread or self.growth or self.season != FLAT or self.until):
            yield Problem((), "spread, growth, season and until belong to a rate; a cohort is exactly so many deals")
        if self.entry.amount is None:
            yield Problem(("amount",), "no amount; write what a won deal is worth, a number or a law")
        if not -1 < self.growth <= 1:
            yield Problem(("growth",), f"{self.growth:g} a month; give more than -100%, up to 100%")
        if len(self.season) != 12 or not all(isfinite(x) and x >= 0 for x in self.season):
            yield Problem(("season",), "factors must be 0 or more, by the number of the month, 1 to 12")
        if self.since and self.until and self.until < self.since:
            yield Problem(("until",), f"{self.until} is before {self.since}")

    def arrivals(self, as_of: date, end: date, closed: frozenset[date] = frozenset()) -> tuple[Arrival, ...]:
        """Return what the source brings in each calendar month from `as_of` to before `end`.

        A rate brings nothing on `closed` days, which cut a month into runs of open ones.
        """
        if self.cohort is not None:
            day = float(((self.since or as_of) - as_of).days)
            inside = self.since is not None and as_of <= self.since < end
            return (Arrival("cohort", day, 0.0, 0.0, self.cohort),) if inside else ()
        first = max(as_of, self.since or as_of)
        last = self.until + timedelta(days=1) if self.until and self.until < end else end
        found = []
        while first < last:
            month = first.replace(day=1)
            following = (month + timedelta(days=32)).replace(day=1)
            stop = min(following, last)
            n_days = (stop - first).days
            age_months = (month.year - as_of.year) * 12 + month.month - as_of.month
            factor = self.season[month.month - 1] * (1.0 + self.growth) ** age_months
            for run, (begin, length) in enumerate(_open_runs(first, n_days, closed)):
                mean = self.rate.expected(length, (following - month).days) * factor if self.rate else 0.0
                found.append(Arrival(f"{month:%Y-%m}", float((begin - as_of).days), float(length), mean, run=run))
            first = stop
        return tuple(found)


def _open_runs(first: date, n_days: int, closed: frozenset[date]) -> list[tuple[date, int]]:
    """Return the first day and the length of each run of open days."""
    days = [day for n in range(n_days) if (day := first + timedelta(days=n)) not in closed]
    begins = [day for day in days if day == first or day - timedelta(days=1) not in days]
    return [(a, sum(a <= day < b for day in days)) for a, b in pairwise([*begins, date.max])]


@dataclass(frozen=True)
class Arrival:
    """One month of a source: deals enter uniformly over its days; `count` is exact where it is a cohort.

    Closed days cut a month into several, told apart by `run`.
    """

    label: str
    start_days: float
    n_days: float
    mean: float
    count: int = -1
    run: int = 0

    @property
    def address(self) -> tuple[str, ...]:
        """Return what its draws are addressed by."""
        return (self.label, str(self.run)) if self.run else (self.label,)


@dataclass(frozen=True)
class Referral:
    """What a won customer brings: after a lag, a Poisson number of new leads with this mean (M6.1).

    `generations` caps how far the loop goes round: leads of leads of leads; None is no cap.
    """

    leads: float
    after: Law
    entry: Entry
    generations: int | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        if not 0 < self.leads <= 1000:
            yield Problem(("leads",), f"{self.leads:g} leads a customer; give a number above 0, up to 1000")
        if self.generations is not None and not 1 <= self.generations <= 1000:
            yield Problem(("generations",), f"{self.generations}; give 1 to 1000")


@dataclass(frozen=True)
class CustomerBase:
    """Customers won before `as_of`: how many, what each pays, and how long ago each last signed."""

    customers: int
    amount: float
    age_days: float = 0.0
    owner: str = ""
    segment: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        if not 1 <= self.customers <= 10_000_000:
            yield Problem(("customers",), f"{self.customers} customers; give 1 to 10,000,000")
        if not (isfinite(self.amount) and self.amount >= 0):
            yield Problem(("amount",), f"amount {self.amount} must be 0 or more and finite")
        elif self.customers * self.amount > LARGEST_AMOUNT:
            yield Problem(
                ("amount",),
                f"{self.customers} customers of {self.amount:g} are above {LARGEST_AMOUNT:.0e}; take a larger unit",
            )
        if not (isfinite(self.age_days) and self.age_days >= 0):
            yield Problem(("age",), f"age {self.age_days} days must be 0 or more")


@dataclass(frozen=True)
class Loyalty:
    """What a customer does next: after a law of days it buys again with chance `renews`, or is gone (M6.2).

    Parameters
    ----------
    amount : Law
        Law of the renewed over the previous amount.
    refers : bool
        Whether a renewal brings leads as a first win does.
    base : tuple of CustomerBase
        Customers there are already.
    """

    renews: float
    after: Law
    amount: Law = field(default_factory=lambda: Fixed(1.0))
    refers: bool = False
    base: tuple[CustomerBase, ...] = ()

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        if not 0 <= self.renews <= 1:
            yield Problem(("renews",), f"{self.renews:g} is outside 0..1")
        low, high = self.amount.support
        if low > LARGEST_RATIO:
            yield Problem(("amount",), f"a renewal is {low:g} times the amount before, at least; write {low:g}%")
        elif isfinite(high) and high > 100 * LARGEST_RATIO:
            yield Problem(("amount",), f"a renewal may be {high:g} times the amount before; write shares such as 95%")
        longest = self.after.support[1]
        for i, base in enumerate(self.base):
            if base.age_days >= longest:
                yield Problem(
                    ("customers", i, "age"),
                    f"an age of {base.age_days:g} days, and by `after` all have bought again or left by {longest:g}; "
                    "mend the age or the law",
                )
