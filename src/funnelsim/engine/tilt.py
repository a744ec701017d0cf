"""A deal's own win rate: the one tilt in log odds, on all its remaining onward exits, that makes it come out.

The figure is the deal's chance at its present age (model page, M12.5). Where parameters are drawn, it is the mean
over the draws that is held, before any remedy of communication. Evidence (M12.5) shifts the log odds of that
figure, or of the stage's own, first.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.graph import Graph
from funnelsim.engine.kernel.plan import WON
from funnelsim.engine.laws import Curve
from funnelsim.engine.quasirandom import points
from funnelsim.errors import InputError
from funnelsim.model.pipeline import Deal

if TYPE_CHECKING:
    from funnelsim.engine.parameters import Draws, Parameters

Floats = npt.NDArray[np.float64]
N_POINTS = 1024
_LIMIT = 40.0


def tilt_for(
    deal: Deal,
    stage: int,
    age: float,
    graph: Graph,
    curves: Sequence[Curve],
    parameters: Parameters,
) -> float:
    """Return the tilt at which a deal of this stage and age wins with its own chance, evidence counted in.

    Raises
    ------
    InputError
        If no tilt reaches the figure.
    """
    if deal.win_rate is None and not deal.evidence:
        return 0.0
    draws = parameters.as_stated.at(points(N_POINTS if parameters.moves_chances else 1, parameters.n))
    alive = alive_at(draws, stage, age, graph, curves)

    def chance(tilt: float) -> float:
        return float(win_chance(draws, tilt, stage, alive, graph).mean())

    wanted = chance(0.0) if deal.win_rate is None else deal.win_rate
    if wanted in {0.0, 1.0}:
        # a certainty: evidence moves nothing, and a stage's own certainty needs no tilt
        return 0.0 if deal.win_rate is None else inf if wanted else -inf
    wanted = float(special.expit(special.logit(wanted) + deal.evidence)) if deal.evidence else wanted
    low, high = -_LIMIT, _LIMIT
    if not chance(low) < wanted < chance(high):
        said = f"has evidence that makes its win rate {wanted:g}" if deal.evidence else f"has a win rate of {wanted:g}"
        raise InputError.of(
            f"deal '{deal.id}' {said}, which its stage '{deal.stage}' cannot reach; "
            "correct it or the exits of the stages ahead",
            "pipeline",
            deal.id,
        )
    from scipy import optimize  # a fifth of a second, for deals that state a chance of their own alone

    return float(optimize.brentq(lambda tilt: chance(tilt) - wanted, low, high, xtol=1e-13, rtol=1e-14))


def win_chance(draws: Draws, tilt: float, stage: int, alive: Floats, graph: Graph) -> Floats:
    """Return, per point of `draws`, the chance that a deal in `stage` wins; `alive` are its exits' survivals."""
    tilted = np.stack(
        [tilt_exits(draws.probability[:, s], graph.onward[s], tilt) for s in range(len(graph.onward))],
        1,
    )
    first = tilted[:, stage] * alive
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.nan_to_num(first / first.sum(axis=1, keepdims=True))
    ahead = np.concatenate([win_rates(tilted, graph.target), np.zeros((len(tilted), 3))], axis=1)
    ahead[:, WON] = 1.0  # targets below 0 count from the end: WON is the last column
    return np.asarray((first * ahead[:, graph.target[stage]]).sum(axis=1))


def tilt_exits(probability: Floats, onward: npt.NDArray[np.bool_], tilt: float | Floats) -> Floats:
    """Return exits (n, K) with the odds of the onward ones times exp(tilt)."""
    up = probability[:, onward].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        new_up = np.where((up > 0) & (up < 1), special.expit(special.logit(up) + tilt), up)
        rise = np.where(up > 0, new_up / up, 1.0)
        fall = np.where(up < 1, (1 - new_up) / (1 - up), 1.0)
    return np.asarray(probability * np.where(onward, rise[:, None], fall[:, None]))


def win_rates(probability: Floats, target: npt.NDArray[np.int64]) -> Floats:
    """Return w (n, S) solving w = P w + b for exits (n, S, K)."""
    n_stages = target.shape[0]
    matrix = np.repeat(np.eye(n_stages)[None], len(probability), axis=0)
    won = np.zeros((len(probability), n_stages))
    for (s, k), to in np.ndenumerate(target):
        if to == WON:
            won[:, s] += probability[:, s, k]
        elif to >= 0:
            matrix[:, s, to] -= probability[:, s, k]
    return np.asarray(np.linalg.solve(matrix, won[..., None])[..., 0])


def alive_at(draws: Draws, stage: int, age: float, graph: Graph, curves: Sequence[Curve]) -> Floats:
    """Return, per point of `draws`, what share of a stage's exits is still to come at an age; 1 for an age below 0."""
    rows = graph.row[stage]
    if age < 0:
        return np.ones((len(draws.time), len(rows)))
    return np.stack([curves[row].survival(age / draws.time[:, stage]) for row in rows], axis=1)
