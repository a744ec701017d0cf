"""How much fresh pipeline would close the gap to a target.

Fresh deals enter the first stage of the forecast on `as_of`, each of the mean amount of the deals open there. They
are added to the case, which is answered again: their luck is shared with the market's as everybody's is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from scipy import special

from funnelsim.analysis.booked import needed_in_unit
from funnelsim.analysis.method import Method, Result, chance_of, mean_toward
from funnelsim.model.case import GROUPINGS, Case
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.target import Target

MOST_DEALS = 20_000
LEVELS = {"even": 0.5, "nine_in_ten": 0.9}
_N_TRIED = 100
_ROUNDS = 60
_FINEST = 200


@dataclass(frozen=True)
class Fresh:
    """Fresh deals that a target asks for.

    Parameters
    ----------
    stage : str
        Where they enter.
    amount : float
        Of each, in the unit.
    worth : float
        What one adds on average, by the target's day, to what the target counts.
    deals : dict of str to int or None
        How many bring the ``mean`` up to the target, make it an ``even`` bet, give it ``nine_in_ten`` chances; 0 if
        none is needed, None if more than 20,000 would be. Above 200 a figure holds to half a per cent.
    """

    stage: str
    amount: float
    worth: float
    deals: dict[str, int | None]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "stage": self.stage,
            "amount": self.amount,
            "worth": self.worth,
            "deals": dict(self.deals),
            "value": {name: None if n is None else n * self.amount for name, n in self.deals.items()},
        }


def fresh_pipeline(case: Case, target: Target, method: Method, base: Result) -> Fresh:
    """Return how many fresh deals the target asks for; `base` is the answer of the case as it is."""
    entry = _entry(case)
    there = [deal.amount for deal in case.pipeline.deals if deal.stage == entry]
    amounts = there or [deal.amount for deal in case.pipeline.deals]
    amount = sum(amounts) / len(amounts)
    tried = method.answer(with_fresh(case, target, entry, amount, _N_TRIED))
    worth = max(mean_toward(tried, target) - mean_toward(base, target), 0.0) / _N_TRIED
    missing = needed_in_unit(case, target) - mean_toward(base, target)
    for_mean = 0 if missing <= 0 else None if worth <= 0 else ceil(missing / worth - 1e-9)
    found: dict[str, int | None] = {"mean": for_mean}

    def chance(n: int) -> float:
        return chance_of(base if n == 0 else method.answer(with_fresh(case, target, entry, amount, n)), target)

    search = Search(chance, {_N_TRIED: chance_of(tried, target)})
    for name, level in LEVELS.items():
        found[name] = search.fewest(level) if worth > 0 or search.at(0) >= level else None
    within = {name: n if n is None or n <= MOST_DEALS else None for name, n in found.items()}
    return Fresh(entry, amount, worth, within)


def with_fresh(case: Case, target: Target, stage: str, amount: float, n_deals: int) -> Case:
    """Return the case with `n_deals` fresh deals more, of the group that the target speaks of."""
    name = "fresh"
    while any(deal.id.startswith(name) for deal in case.pipeline.deals):
        name += "*"
    group = {axis: target.group.get(axis, "") for axis in GROUPINGS}
    one = Deal(name, stage, amount, 0.0, group["owner"], group["segment"], group["source"])
    fresh = tuple(one._replace(id=f"{name}#{i + 1}") for i in range(n_deals))
    return replace(case, pipeline=Pipeline((*case.pipeline.deals, *fresh)))


@dataclass(frozen=True)
class Search:
    """The number of deals at which a chance that rises with it reaches a level; what is known is not asked again.

    Examples
    --------
    >>> Search(lambda n: n / 250).fewest(0.5)
    125
    """

    chance: Callable[[int], float]
    known: dict[int, float] = field(default_factory=dict)

    def at(self, n: int) -> float:
        """Return the chance with `n` deals."""
        if n not in self.known:
            self.known[n] = self.chance(n)
        return self.known[n]

    def fewest(self, level: float) -> int | None:
        """Return the smallest n at which the chance reaches `level`, above 200 to half a per cent; None beyond 20,000.

        Between two bounds the next try lies where a straight line through their normal scores crosses the level,
        and in the middle every third time.
        """
        if self.at(0) >= level:
            return 0
        for turn in range(_ROUNDS):
            low = max(n for n, p in self.known.items() if p < level)
            high = min((n for n, p in self.known.items() if p >= level), default=None)
            if high is None and low >= MOST_DEALS:
                return None
            if high is not None and high - low <= max(1, high // _FINEST):
                return high
            self.at(self._next(low, high, level, by_halves=turn % 3 == 2))
        return high

    def _next(self, low: int, high: int | None, level: float, *, by_halves: bool) -> int:
        if high is None:
            start, furthest = (0, _N_TRIED) if low == 0 else (low, 8 * low)
            beyond = ceil(1.05 * self._crossing(0, low, level)) if low else _N_TRIED
            return min(max(beyond, 2 * start), furthest, MOST_DEALS)
        middle = (low + high) // 2 if by_halves else ceil(self._crossing(low, high, level))
        return min(max(middle, low + 1), high - 1)

    def _crossing(self, low: int, high: int, level: float) -> float:
        """Return where the straight line through the normal scores at two numbers crosses the level's."""
        a, b, wanted = (float(special.ndtri(min(max(p, 1e-9), 1 - 1e-9))) for p in (self.at(low), self.at(high), level))
        return low + (high - low) * (wanted - a) / (b - a) if b > a else 8.0 * high


def _entry(case: Case) -> str:
    """Return the first stage that is forecast and leads onward."""
    funnel = case.funnel
    stages = [s.name for s, w in zip(funnel.stages, funnel.win_rates, strict=True) if s.in_forecast and w > 0]
    return stages[0] if stages else funnel.names[0]
