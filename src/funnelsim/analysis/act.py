"""What to do: where a point buys most, and the split of a budget that helps the first target most (M14.5).

The chance is no sum over inputs, and neither convex nor concave in the split, so nothing but looking tells the
best one. Money moves between pairs of inputs as long as that raises the chance, in steps from a half of the
budget down to a 32nd, from several splits to begin with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

from funnelsim.analysis.bottleneck import Bottleneck, bottleneck
from funnelsim.analysis.method import Gain, Method, Result, chance_of, gain_of_chance
from funnelsim.analysis.spending import Spending, spendings_of
from funnelsim.engine.ensemble import Ensemble
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case

SCHEMA = "funnelsim.act/1"
PARTS = 32
STEPS = (16, 8, 4, 2, 1)
Shares = tuple[int, ...]


@dataclass(frozen=True)
class Split:
    """A budget split over inputs.

    Parameters
    ----------
    money : tuple of float
        Spent on each of `spendings`.
    chance : float
        Of the first target then.
    gain : Gain
        Of the chance over the case as it stands.
    even : float
        The chance if the budget is split evenly.
    alone : tuple of float
        The chance if all of it goes to each input.
    evaluations : int
        How many splits were answered.
    """

    budget: float
    spendings: tuple[Spending, ...]
    money: tuple[float, ...]
    chance: float
    gain: Gain
    even: float
    alone: tuple[float, ...]
    evaluations: int

    @property
    def left(self) -> float:
        """Return what is not spent, since there is no room for it."""
        return self.budget - sum(self.money)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        rows = zip(self.spendings, self.money, self.alone, strict=True)
        return {
            "budget": self.budget,
            "left": self.left,
            "chance": self.chance,
            "gain": self.gain.value,
            "gain_error": self.gain.error,
            "chance_if_even": self.even,
            "spend": [
                {
                    "on": s.kind,
                    "name": s.name,
                    "cost_of_one": s.cost,
                    "money": m,
                    "buys": s.bought(m),
                    "chance_if_all": a,
                }
                for s, m, a in rows
            ],
            "evaluations": self.evaluations,
        }


@dataclass(frozen=True)
class Action:
    """What `funnelsim act` tells: the bottleneck, and the best split of a budget where one is given."""

    case: Case
    engine: str
    trials: int | None
    seed: int | None
    chance: float | None
    bottleneck: Bottleneck
    split: Split | None
    refused: RefusedError | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.act/1`` as plain values."""
        case = self.case
        return {
            "schema": SCHEMA,
            "case": case.name,
            "engine": self.engine,
            "trials": self.trials,
            "seed": self.seed,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "chance": self.chance,
            "bottleneck": self.bottleneck.as_json(),
            "split": self.split.as_json() if self.split else None,
        }


def act(
    case: Case,
    *,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    engine: str = "auto",
    trials: int | None = None,
    seed: int | None = None,
) -> Action:
    """Tell where a point buys most, and how a budget is split best.

    Parameters
    ----------
    budget : float, optional
        In the case's unit; None leaves the split out.
    costs : mapping, optional
        As in `spendings_of`.
    engine : {"auto", "exact", "simulate"}
        ``auto`` takes the exact engine where it applies. Simulated splits share their random numbers.

    Raises
    ------
    InputError
        If there is a budget and no target, nothing to spend it on, or it is not above 0.
    RefusedError
        If ``exact`` was asked for and does not answer this case.
    """
    spendings = spendings_of(case, costs or {}) if budget is not None else ()
    if budget is not None and not budget > 0:
        raise InputError.of(f"{budget:g}; give a budget above 0", "--budget")
    if budget is not None and not case.targets:
        raise InputError.of("a budget is split for the chance of a target, and the case states none", "targets")
    simulating = Method("simulate", trials, seed)
    if engine == "simulate":
        return _told(case, simulating, budget, spendings)
    try:
        return _told(case, Method("exact"), budget, spendings)
    except RefusedError as refusal:
        if engine == "exact":
            raise
        return replace(_told(case, simulating, budget, spendings), refused=refusal)


def _told(case: Case, method: Method, budget: float | None, spendings: tuple[Spending, ...]) -> Action:
    base = method.answer(case)
    if isinstance(base, Ensemble):
        method = replace(method, seed=base.seed, trials=base.trials)
    chance = chance_of(base, case.targets[0]) if case.targets else None
    split = None if budget is None else best_split(case, method, base, budget, spendings)
    return Action(case, method.engine, method.trials, method.seed, chance, bottleneck(case, method, base), split)


def best_split(case: Case, method: Method, base: Result, budget: float, spendings: Sequence[Spending]) -> Split:
    """Return the split of a budget, in parts of a 32nd, with the highest chance of the first target."""
    n = len(spendings)

    def spent(shares: Shares) -> tuple[float, ...]:
        return tuple(min(budget * share / PARTS, s.most) for s, share in zip(spendings, shares, strict=True))

    def chance(shares: Shares) -> float:
        after = case
        for spending, money in zip(spendings, spent(shares), strict=True):
            after = spending.put(after, money)
        return chance_of(method.answer(after), case.targets[0])

    search = Search(chance)
    corners = [tuple(PARTS * (i == k) for i in range(n)) for k in range(n)]
    even = _even(n)
    best = max((search.climbed(start) for start in (*corners, even)), key=search.at)
    after = case
    for spending, money in zip(spendings, spent(best), strict=True):
        after = spending.put(after, money)
    gain = gain_of_chance(base, method.answer(after), case.targets[0])
    return Split(
        budget, tuple(spendings), spent(best), search.at(best), gain, search.at(even),
        tuple(search.at(corner) for corner in corners), search.evaluations,
    )  # fmt: skip


@dataclass
class Search:
    """A climb over splits: parts of a whole move between pairs as long as the value rises.

    Examples
    --------
    >>> Search(lambda shares: -abs(shares[0] - 11)).climbed((32, 0))
    (11, 21)
    """

    value: Callable[[Shares], float]
    _known: dict[Shares, float] = field(default_factory=dict)

    @property
    def evaluations(self) -> int:
        """Return how many splits were worked out."""
        return len(self._known)

    def at(self, shares: Shares) -> float:
        """Return the value of a split, worked out once."""
        if shares not in self._known:
            self._known[shares] = self.value(shares)
        return self._known[shares]

    def climbed(self, shares: Shares) -> Shares:
        """Return the split that no move of a part between two inputs makes better."""
        for step in STEPS:
            while (better := max(self._moved(shares, step), key=self.at, default=shares)) != shares:
                if self.at(better) <= self.at(shares) + 1e-12:
                    break
                shares = better
        return shares

    def _moved(self, shares: Shares, step: int) -> Iterator[Shares]:
        for giver, taker in permutations(range(len(shares)), 2):
            if shares[giver] >= step:
                yield tuple(s + step * ((i == taker) - (i == giver)) for i, s in enumerate(shares))


def _even(n: int) -> Shares:
    return tuple(PARTS // n + (i < PARTS % n) for i in range(n))
