"""The chances of every exit at every node: parameters, then tilt, then age, then shock (model page, M3, M5.2).

With latent Y = sqrt(rho) Z + sqrt(1 - rho) eps an exit is taken below its threshold. In a linear funnel the
thresholds of a stage move by one shift, solved from the last stage backwards so that the win rate of a
new deal
keeps its stated mean, and once more for every class of aged deals. In other graphs conversions are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.exact.nodes import Nodes
from funnelsim.engine.program import Program
from funnelsim.engine.tilt import tilt_exits

Floats = npt.NDArray[np.float64]
_TINY = 1e-300


@dataclass(frozen=True)
class Thresholds:
    """Normal quantiles of cumulative chances, worst exit first; the last exit of a stage has none and reads inf.

    Parameters
    ----------
    of_stage : array (profile, stage, n, K)
    of_class : array (class, n, K)
    """

    of_stage: Floats
    of_class: Floats
    scale: Floats  # (n,) 1 / sqrt(1 - sum rho)


def thresholds_of(program: Program, nodes: Nodes) -> Thresholds:
    """Solve the thresholds of all stages and classes at every point of the beliefs."""
    plan, draws = program.arrays, nodes.draws
    n_stages, width = plan.target.shape
    n = len(nodes.weight)
    rho = draws.rho.sum(axis=1)
    s, r = np.sqrt(rho), np.sqrt(1.0 - rho)
    of_stage = np.full((len(plan.tilt), n_stages, n, width), np.inf)
    of_class = np.full((len(plan.class_stage), n, width), np.inf)
    holds = bool(plan.is_linear) and bool((rho > 0).any())
    profile_of_class = plan.lane_profile[plan.class_lane]
    for profile, tilt in enumerate(plan.tilt):
        exits = [_tilted(program, nodes, stage, float(tilt)) for stage in range(n_stages)]
        win_ahead = np.ones((n, len(plan.nodes)))
        ahead_at: list[Floats] = [win_ahead] * n_stages
        ahead = np.ones(n)
        for stage in range(n_stages - 1, -1, -1):
            p, top = exits[stage], int(plan.n_exits[stage]) - 1
            threshold = _cumulative_scores(p)
            ahead_at[stage] = win_ahead
            if holds:
                threshold -= _shift(program, p[:, top] * ahead, threshold[:, top - 1], win_ahead, s, r)[:, None]
                chance = special.ndtr((s[:, None] * plan.nodes - threshold[:, top - 1, None]) / r[:, None])
                win_ahead = chance * win_ahead
                ahead = ahead * p[:, top]
            of_stage[profile, stage, :, :top] = threshold[:, :top]
        for c in np.flatnonzero(profile_of_class == profile):
            stage, top = int(plan.class_stage[c]), int(plan.n_exits[plan.class_stage[c]]) - 1
            if plan.class_age[c] < 0:
                of_class[c] = of_stage[profile, stage]
                continue
            p = aged(program, nodes, int(c), exits[stage])
            threshold = _cumulative_scores(p)
            if holds:
                mean_ahead = ahead_at[stage] @ plan.node_weight
                wanted = p[:, top] * mean_ahead
                threshold -= _shift(program, wanted, threshold[:, top - 1], ahead_at[stage], s, r)[:, None]
            of_class[c, :, :top] = threshold[:, :top]
    return Thresholds(of_stage, of_class, 1.0 / r)


def _tilted(program: Program, nodes: Nodes, stage: int, tilt: float) -> Floats:
    plan = program.arrays
    p = nodes.draws.probability[:, stage, : plan.n_exits[stage]]
    return p if tilt == 0.0 else tilt_exits(p, plan.onward[stage, : plan.n_exits[stage]], tilt)


def survivals(program: Program, nodes: Nodes, c: int) -> Floats:
    """Return S_k(age), shape (n, K of the stage), of an aged class."""
    plan = program.arrays
    stage = int(plan.class_stage[c])
    age = plan.class_age[c] / nodes.draws.time[:, stage]
    rows = plan.row[stage, : plan.n_exits[stage]]
    return np.stack([program.curves[row].survival(age) for row in rows], axis=1)


def aged(program: Program, nodes: Nodes, c: int, p: Floats) -> Floats:
    """Return the exits (n, K) of an aged class, p_k S_k(a) / sum; where nothing survives age says nothing."""
    weighted = p * survivals(program, nodes, c)
    total = weighted.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > _TINY, weighted / np.maximum(total, _TINY), p))


def _cumulative_scores(p: Floats) -> Floats:
    """Return normal quantiles of cumulative chances; a best exit of exactly 0 or 1 stays exactly so."""
    below = np.cumsum(p, axis=1)
    below = np.minimum(below / below[:, -1:], 1.0)
    if p.shape[1] > 1:
        # the chance of the best exit is read from above, so that it keeps all its digits
        last = -special.ndtri(np.clip(p[:, -1] / p.sum(axis=1), 0.0, 1.0))
        scores = special.ndtri(below)
        scores[:, -2] = last
    else:
        scores = special.ndtri(below)
    scores[:, -1] = np.inf
    return np.asarray(scores)


def _shift(program: Program, wanted: Floats, threshold: Floats, win_ahead: Floats, s: Floats, r: Floats) -> Floats:
    """Return d (n,) with E[Phi((d - threshold + s Z) / r) win_ahead(Z)] = wanted, by Newton from 0."""
    plan = program.arrays
    solvable = (wanted > 0) & np.isfinite(threshold) & (s > 0)
    d = np.zeros(len(wanted))
    if not solvable.any():
        return d
    offset = np.where(solvable, threshold, 0.0)
    weight = plan.node_weight * win_ahead
    for _ in range(60):
        x = (d[:, None] - offset[:, None] + s[:, None] * plan.nodes) / r[:, None]
        miss = (weight * special.ndtr(x)).sum(axis=1) - wanted
        slope = (weight * np.exp(-0.5 * x * x)).sum(axis=1) / np.sqrt(2.0 * np.pi)
        step = np.where(solvable, np.clip(miss * r / np.maximum(slope, _TINY), -1.0, 1.0), 0.0)
        d -= step
        if np.abs(step).max() < 1e-13:
            break
    return d


def exits_at(threshold: Floats, scale: Floats, shock: Floats, n_exits: int) -> Floats:
    """Return the chances (K, n, J, I) of a stage's exits where thresholds are (n, K) and the shock is (n, J, I)."""
    upto = [advance_at(threshold[:, k], scale, shock, below=True) for k in range(n_exits - 1)]
    best = advance_at(threshold[:, n_exits - 2], scale, shock) if n_exits > 1 else np.ones_like(shock)
    between = [upto[0], *(b - a for a, b in pairwise(upto))] if upto else []
    return np.stack([*between, best])


def advance_at(threshold: Floats, scale: Floats, shock: Floats, *, below: bool = False) -> Floats:
    """Return P(Y > threshold), or P(Y < threshold), of shape (n, J, I)."""
    x = (shock - threshold[:, None, None]) * scale[:, None, None]
    return np.asarray(special.ndtr(-x if below else x))


def linear_win_chances(program: Program, nodes: Nodes, thresholds: Thresholds) -> Floats:
    """Return (class, n, J, I): the chance that a deal of each class of a linear funnel is won in the end."""
    plan = program.arrays
    n_stages = len(plan.n_exits)
    found = np.zeros((len(plan.class_stage), *nodes.shape))
    profile_of_class = plan.lane_profile[plan.class_lane]
    for profile in range(len(plan.tilt)):
        members = np.flatnonzero(profile_of_class == profile)
        ahead = np.ones(nodes.shape)
        for stage in range(n_stages - 1, -1, -1):
            top = int(plan.n_exits[stage]) - 1
            for c in members[plan.class_stage[members] == stage]:
                found[c] = advance_at(thresholds.of_class[c, :, top - 1], thresholds.scale, nodes.shock) * ahead
            own = thresholds.of_stage[profile, stage, :, top - 1]
            ahead = advance_at(own, thresholds.scale, nodes.shock) * ahead
    return found
