"""Stalled deals: those that have waited longer than nearly all deals that moved on from their stage ever did.

An open deal of age a is judged by the survival of the stays of deals that *advanced* from its stage, S_advance(a), and
of those that were won in the end, S_won(a); in a straight funnel the two are one. Its present chance (M3) stands
beside a fresh deal's: where lost deals linger the two part, and where one stay serves win and loss they do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.engine.classes import FRESH, effective_age
from funnelsim.engine.graph import Curves, Graph, graph_of
from funnelsim.engine.kernel.plan import WALKS, WON
from funnelsim.engine.program import Program
from funnelsim.engine.quasirandom import points
from funnelsim.engine.tilt import N_POINTS, win_chance
from funnelsim.model.pipeline import Deal

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StalledDeal:
    """One open deal that has waited long.

    Parameters
    ----------
    advanced_later : float
        Of the deals that advanced from its stage, the share that had stayed longer than it has by now.
    won_later : float or None
        The same among deals that were won in the end; None if none is ever won from there.
    chance : float
        Of a win in the end, at its age and the stated figures.
    chance_fresh : float
        The same for a deal that enters its stage now.
    is_stale : bool
        Whether the stated laws cannot explain that it is still open; its chance is then what the case's `stale` says.
    """

    id: str
    stage: str
    owner: str
    amount: float
    age_days: float
    advanced_later: float
    won_later: float | None
    chance: float
    chance_fresh: float
    is_stale: bool

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "id": self.id,
            "stage": self.stage,
            "owner": self.owner,
            "amount": self.amount,
            "age_days": self.age_days,
            "advanced_later": self.advanced_later,
            "won_later": self.won_later,
            "chance": self.chance,
            "chance_fresh": self.chance_fresh,
            "stale": self.is_stale,
        }


def stalled_deals(program: Program, below: float) -> tuple[StalledDeal, ...]:
    """Return the deals of which `advanced_later` is under `below`, the longest waiting first.

    Parameters
    ----------
    program : Program
    below : float
        A share, such as 0.1.
    """
    if not program.case.funnel.has_stays:
        return ()
    tails, stale = Tails(program), set(program.stale)
    kept = [deal for i in range(len(program.deals)) if (deal := _judged(tails, i, stale, below)) is not None]
    return tuple(sorted(kept, key=lambda deal: (deal.advanced_later, -deal.amount, deal.id)))


@dataclass(frozen=True)
class Tails:
    """What the stays of a case say of a deal that is still open."""

    program: Program
    _advanced: dict[tuple[int, float], float | None] = field(default_factory=dict)
    _chances: dict[tuple[int, float], float] = field(default_factory=dict)

    def advanced_later(self, stage: int, age: float) -> float | None:
        """Return P(T > age | the deal advances), None if none advances."""
        if (stage, age) not in self._advanced:
            weight = self._graph.probability[stage] * self._graph.onward[stage]
            self._advanced[stage, age] = self._share(stage, age, weight)
        return self._advanced[stage, age]

    def won_later(self, stage: int, age: float) -> float | None:
        """Return P(T > age | the deal is won in the end), None if none is won."""
        ahead = [self._win_rate_at(int(to)) for to in self._graph.target[stage]]
        return self._share(stage, age, self._graph.probability[stage] * np.array(ahead))

    def chance(self, stage: int, age: float) -> float:
        """Return the chance of a win in the end at this age, the mean over what is believed."""
        if (stage, age) not in self._chances:
            self._chances[stage, age] = self._worked_out(stage, age)
        return self._chances[stage, age]

    def _worked_out(self, stage: int, age: float) -> float:
        parameters = self.program.parameters
        draws = parameters.at(points(N_POINTS if parameters.moves_chances else 1, parameters.n))
        alive = np.stack(
            [self._survival(row, age / draws.time[:, stage]) for row in self._graph.row[stage]],
            axis=1,
        )
        return float(win_chance(draws, 0.0, stage, alive, self._graph).mean())

    def _share(self, stage: int, age: float, weight: Floats) -> float | None:
        alive = np.array([float(self._survival(row, np.array([age]))[0]) for row in self._graph.row[stage]])
        total = float(weight.sum())
        return float(weight @ alive) / total if total > 0 else None

    def _survival(self, row: int, age: Floats) -> Floats:
        return self._curves.rows[row].survival(age) if (age >= 0).all() else np.ones_like(age)

    def _win_rate_at(self, target: int) -> float:
        if target == WON:
            return 1.0
        return self.program.case.funnel.win_rates[target] if target >= 0 else 0.0

    @cached_property
    def _made(self) -> tuple[Graph, Curves]:
        curves = Curves()
        return graph_of(self.program.case.funnel, curves), curves

    @property
    def _graph(self) -> Graph:
        return self._made[0]

    @property
    def _curves(self) -> Curves:
        return self._made[1]


def _judged(tails: Tails, number: int, stale: set[str], below: float) -> StalledDeal | None:
    program = tails.program
    case, deal = program.case, program.deals[number]
    stage, age = case.funnel.names.index(deal.stage), effective_age(case, deal)
    advanced_later = tails.advanced_later(stage, age)
    if age == FRESH or advanced_later is None or advanced_later >= below:
        return None
    return StalledDeal(
        id=deal.id,
        stage=deal.stage,
        owner=deal.owner,
        amount=deal.amount,
        age_days=deal.age_days,
        advanced_later=advanced_later,
        won_later=tails.won_later(stage, age),
        chance=_chance(tails, number, deal, stage),
        chance_fresh=case.funnel.win_rates[stage],
        is_stale=deal.id in stale,
    )


def _chance(tails: Tails, number: int, deal: Deal, stage: int) -> float:
    """Return a deal's own figure where it states one; nothing is won of a stale deal that counts as lost or open."""
    arrays = tails.program.arrays
    class_ = arrays.deal_class[number]
    if arrays.class_fate[class_] != WALKS:
        return 0.0
    return tails.chance(stage, float(arrays.class_age[class_])) if deal.win_rate is None else deal.win_rate
