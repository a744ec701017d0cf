"""What a peer is told of the case: chances, laws of stays, open deals, and where months end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.laws import GammaCurve, LognormalCurve, WeibullCurve, curve_of
from funnelsim.model.case import Case
from funnelsim.model.funnel import Stage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Play = Callable[[int, int], Ints]  # (trials, seed) -> (trial, month) wins
NOT_YET = (
    "the peers know straight funnels of smooth stays, in which age moves no chance and all deals are worth the same"
)


@dataclass(frozen=True)
class Stay:
    """A law of days: `gamma` (shape, scale), `lognormal` (mu, sigma) or `weibull` (shape, scale)."""

    family: str
    first: float
    second: float

    def survival(self, days: Floats) -> Floats:
        """Return P(T > days)."""
        if self.family == "gamma":
            return special.gammaincc(self.first, days / self.second)
        if self.family == "weibull":
            return np.exp(-((days / self.second) ** self.first))
        with np.errstate(divide="ignore"):
            return special.ndtr((self.first - np.log(days)) / self.second)

    def exceeded(self, v: Floats) -> Floats:
        """Return the days that are exceeded with probability `v`."""
        if self.family == "gamma":
            return self.second * special.gammainccinv(self.first, v)
        if self.family == "weibull":
            return self.second * (-np.log(v)) ** (1.0 / self.first)
        return np.exp(self.first - self.second * special.ndtri(v))


@dataclass(frozen=True)
class Group:
    """So many deals that have stood in one stage for one and the same time."""

    stage: int
    n_deals: int
    age_days: float


@dataclass(frozen=True)
class Funnel:
    """The case in plain numbers.

    Parameters
    ----------
    conversions : tuple of float
        Chance of each stage to be passed.
    stays : tuple of Stay
    groups : tuple of Group
    ends : array (month,)
        Days from the start to the end of each month, whole.
    amount : float
        What every deal is worth.
    """

    conversions: tuple[float, ...]
    stays: tuple[Stay, ...]
    groups: tuple[Group, ...]
    ends: Floats
    amount: float

    @property
    def n_deals(self) -> int:
        """Return how many deals are open."""
        return sum(group.n_deals for group in self.groups)

    @property
    def month_of_day(self) -> Ints:
        """Return the month of each whole day; the day behind the last month has the number behind the last."""
        return np.searchsorted(self.ends, np.arange(int(self.ends[-1]) + 1), side="right")

    def in_stage(self, stage: int) -> list[Group]:
        """Return the groups that stand in a stage."""
        return [group for group in self.groups if group.stage == stage]


def funnel_of(case: Case) -> Funnel:
    """Return what peers are told of a case."""
    amounts = {deal.amount for deal in case.pipeline.deals}
    if len(amounts) != 1:
        raise ValueError(NOT_YET)
    names = case.funnel.names
    groups = Counter((names.index(deal.stage), deal.age_days) for deal in case.pipeline.deals)
    return Funnel(
        conversions=tuple(case.funnel.conversions),
        stays=tuple(stay_of(stage) for stage in case.funnel.stages),
        groups=tuple(Group(stage, n, age) for (stage, age), n in sorted(groups.items())),
        ends=np.array([(period.end - case.as_of).days for period in case.periods], float),
        amount=amounts.pop(),
    )


def stay_of(stage: Stage) -> Stay:
    """Return the law after which a stage is passed."""
    onward, lost = stage.exits
    if onward.stay != lost.stay:
        raise ValueError(NOT_YET)
    curve = curve_of(onward.stay)
    if isinstance(curve, GammaCurve):
        return Stay("gamma", curve.shape, curve.scale)
    if isinstance(curve, WeibullCurve):
        return Stay("weibull", curve.shape, curve.scale)
    if isinstance(curve, LognormalCurve):
        return Stay("lognormal", curve.mu, curve.sigma)
    raise ValueError(NOT_YET)
