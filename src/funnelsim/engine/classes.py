"""Deals that share stage, age, tilt and shocks form a class: their chances are worked out once per trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nextafter

import numpy as np
import numpy.typing as npt

from funnelsim.engine.business import Kind
from funnelsim.engine.graph import Curves, Graph
from funnelsim.engine.kernel.plan import STALE_LOST, STALE_OPEN, WALKS
from funnelsim.engine.parameters import Parameters
from funnelsim.engine.tilt import tilt_for
from funnelsim.model.case import Case
from funnelsim.model.pipeline import Deal

STALE_MASS = 1e-6
FRESH = -1.0
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Classes:
    """Profiles (a tilt), lanes (a profile under one combination of shocks) and classes (lane, stage, age).

    Parameters
    ----------
    factors : tuple of (axis, value)
        The shocks drawn per trial, the market first; ``lane_factor`` counts in them.
    age : array (class,)
        Age in days that conditions the stay; -1 where there is none.
    """

    factors: tuple[tuple[str, str], ...]
    tilt: Floats
    lane_profile: Ints
    lane_factor: Ints
    stage: Ints
    lane: Ints
    age: Floats
    fate: Ints
    of_deal: Ints

    @property
    def is_stale(self) -> npt.NDArray[np.bool_]:
        """Return, per deal, whether its class is stale and does not walk."""
        return np.asarray(self.fate[self.of_deal] != WALKS)


def classes_of(
    case: Case,
    deals: tuple[Deal, ...],
    graph: Graph,
    curves: Curves,
    parameters: Parameters,
    kinds: Sequence[Kind] = (),
) -> tuple[Classes, tuple[str, ...]]:
    """Return the classes, and the ids of the deals older than their stage's laws can explain.

    The stand-ins of `kinds` come after the deals, each with a tilt of its own.
    """
    stages = {name: i for i, name in enumerate(case.funnel.names)}
    factors: dict[tuple[str, str], int] = {("market", ""): 0}
    profiles: dict[float, int] = {0.0: 0}
    lanes: dict[tuple[int, ...], int] = {}
    classes: dict[tuple[int, int, float, int], int] = {}
    standing: dict[tuple[int, float, float | None, float], tuple[float, float, int, bool]] = {}
    everyone = [*((deal, 0.0) for deal in deals), *((kind.deal, kind.log_odds) for kind in kinds)]
    of_deal = np.empty(len(everyone), np.int64)
    stale: list[str] = []
    for d, (deal, log_odds) in enumerate(everyone):
        where = (stages[deal.stage], deal.age_days, deal.win_rate, deal.evidence)
        if where not in standing:
            standing[where] = _standing(case, deal, where[0], graph, curves, parameters)
        age, tilt, fate, is_stale = standing[where]
        tilt += log_odds
        if is_stale:
            stale.append(deal.id)
        shocks = tuple(factors.setdefault((axis, getattr(deal, axis)), len(factors)) for axis in case.shock.by)
        profile = profiles.setdefault(tilt, len(profiles))
        lane = lanes.setdefault((profile, 0, *shocks), len(lanes))
        of_deal[d] = classes.setdefault((where[0], lane, age, fate), len(classes))
    lane_rows = np.array(list(lanes), np.int64)
    stage, lane_of, age_of, fate_of = zip(*classes, strict=True)
    found = Classes(
        factors=tuple(factors),
        tilt=np.array(list(profiles)),
        lane_profile=np.ascontiguousarray(lane_rows[:, 0]),
        lane_factor=np.ascontiguousarray(lane_rows[:, 1:]),
        stage=np.array(stage, np.int64),
        lane=np.array(lane_of, np.int64),
        age=np.array(age_of, float),
        fate=np.array(fate_of, np.int64),
        of_deal=of_deal,
    )
    return found, tuple(stale)


def _standing(
    case: Case, deal: Deal, stage: int, graph: Graph, curves: Curves, parameters: Parameters
) -> tuple[float, float, int, bool]:
    """Return (age, tilt, fate, whether stale) of deals of this stage, age, win rate and evidence."""
    age = effective_age(case, deal)
    is_stale = age >= 0 and _surviving(graph, curves, stage, age) < STALE_MASS
    if is_stale and case.stale != "fresh":
        return age, 0.0, STALE_LOST if case.stale == "lost" else STALE_OPEN, True
    if is_stale:
        age = FRESH
    tilt = tilt_for(deal, stage, age, graph, curves.rows, parameters)
    return age, tilt, WALKS, is_stale


def effective_age(case: Case, deal: Deal) -> float:
    """Return the age that conditions the stay; -1 for a deal that entered just now, or where no stay is stated."""
    if deal.age_days <= 0 or not case.funnel.has_stays:
        return FRESH
    # just below the age, an exit due on that day is still to come
    return nextafter(deal.age_days, 0.0) if case.due_today else deal.age_days


def _surviving(graph: Graph, curves: Curves, stage: int, age: float) -> float:
    pairs = zip(graph.probability[stage], graph.row[stage], strict=True)
    return sum(float(p) * float(curves.rows[row].survival(age)) for p, row in pairs if p > 0)
