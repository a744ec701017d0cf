"""How much fresh pipeline would close the gap to a target.

Fresh deals enter the first stage of the forecast on `as_of`, each of the mean amount of the deals open there. They
are added to the case, which is answered again: their luck is shared with the market's as everybody's is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from scipy import special

from funnelsim.analysis.booked import needed_in_unit
from funnelsim.analysis.method import Method, Result, chance_of, mean_toward
from funnelsim.model.case import Case
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.target import Target

MOST_DEALS = 20_000
LEVELS = {"even": 0.5, "nine_in_ten": 0.9}
_N_TRIED = 100
_ROUNDS = 40


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
        none is needed, None if more than 20,000 would be.
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

    for name, level in LEVELS.items():
        found[name] = None if worth <= 0 and chance(0) < level else fewest(chance, level, max(for_mean or 0, 8))
    within = {name: n if n is None or n <= MOST_DEALS else None for name, n in found.items()}
    return Fresh(entry, amount, worth, within)


def with_fresh(case: Case, target: Target, stage: str, amount: float, n_deals: int) -> Case:
    """Return the case with `n_deals` fresh deals more, of the group that the target speaks of."""
    name = "fresh"
    while any(deal.id.startswith(name) for deal in case.pipeline.deals):
        name += "*"
    one = Deal(name, stage, amount)._replace(**target.group)
    fresh = tuple(one._replace(id=f"{name}#{i + 1}") for i in range(n_deals))
    return replace(case, pipeline=Pipeline((*case.pipeline.deals, *fresh)))


def fewest(chance: Callable[[int], float], level: float, guess: int) -> int | None:
    """Return the smallest n with chance(n) >= level, for a chance that rises with n; None beyond 20,000.

    Between two bounds the next try lies where a straight line through their normal scores crosses the level, and in
    the middle every third time.
    """
    low, at_low = 0, chance(0)
    if at_low >= level:
        return 0
    high, at_high = guess, chance(guess)
    while at_high < level:
        if high >= MOST_DEALS:
            return None
        low, at_low = high, at_high
        high = min(2 * high, MOST_DEALS)
        at_high = chance(high)
    for turn in range(_ROUNDS):
        if high - low <= 1:
            break
        middle = (low + high) // 2 if turn % 3 == 2 else _crossing(low, at_low, high, at_high, level)
        found = chance(middle)
        if found >= level:
            high, at_high = middle, found
        else:
            low, at_low = middle, found
    return high


def _crossing(low: int, at_low: float, high: int, at_high: float, level: float) -> int:
    scores = [float(special.ndtri(min(max(p, 1e-9), 1 - 1e-9))) for p in (at_low, level, at_high)]
    share = (scores[1] - scores[0]) / (scores[2] - scores[0]) if scores[2] > scores[0] else 0.5
    return min(max(ceil(low + share * (high - low)), low + 1), high - 1)


def _entry(case: Case) -> str:
    """Return the first stage that is forecast and leads onward."""
    funnel = case.funnel
    stages = [s.name for s, w in zip(funnel.stages, funnel.win_rates, strict=True) if s.in_forecast and w > 0]
    return stages[0] if stages else funnel.names[0]
