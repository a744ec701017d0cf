"""Holding the means of a fitted funnel under its hazard shock (model page, M5.2).

Fitted chances are averages over past shocks already. With u about 0 in the middle, the chance of a win is no straight
line in u, so that its mean over u is not what the tables say. A factor k on advancing hazards mends that: one for all
open deals of a stage and stratum, and one for the new deals of a source and stratum, such that over u the mean chance
to be won within the horizon is what it is without a shock. A deal keeps its k along its path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import Arrivals, Daily
from funnelsim.engine.recursion import Asked, Calendar, end_chances

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
N_DRAWS = 16
N_NODES = 8
_TOLERANCE = 1e-10
_ROUNDS = 12


@dataclass(frozen=True)
class Lane:
    """Deals that share a factor: the open deals of a stage, or the new ones of a kind, in one stratum.

    `mean` is their mean chance to be won within the horizon, without a shock; `shocked` what it would be under the
    shock without the factor `boost`.
    """

    stage: int
    stratum: int
    kind: int  # below 0: open deals
    boost: float = 1.0
    mean: float = 0.0
    shocked: float = 0.0


def recentred(
    daily: Daily, standing: Ints, of_deal: Ints, kind_stage: Ints, arrivals: Arrivals
) -> tuple[Daily, tuple[Lane, ...]]:
    """Return the arrays with their factors, and what was held.

    Parameters
    ----------
    standing : int array (class, [stratum, stage, age, days to the date])
    of_deal : int array (open deal,)
        Classes.
    """
    n_strata, nodes, weight = daily.chance.shape[1], *shock_nodes(daily.shock)
    if len(daily.shock) == 1 and daily.shock[0] == 0.0:
        return daily, ()
    lanes = _lanes(standing, of_deal, kind_stage, n_strata)
    asked, share = _asked(daily, lanes, standing, of_deal, arrivals)
    draws = np.unique(np.linspace(0, len(daily.chance) - 1, min(len(daily.chance), N_DRAWS)).astype(int))
    chance = np.ascontiguousarray(daily.chance[draws])

    def means(boost: Floats, u: Floats, weight: Floats) -> Floats:
        factor = np.exp(np.multiply.outer(u, np.ones(len(lanes)))[..., None] * [1.0, -1.0])
        factor[..., 0] *= boost
        calendar = Calendar(daily.multiplier, daily.kind_of_day)
        found = end_chances(daily.cells, chance, calendar, asked, factor[None])
        each = np.concatenate(found, axis=2)[..., 0]
        return np.asarray(share @ np.tensordot(weight, each.mean(axis=0), 1))

    ones = np.ones(len(lanes))
    wanted, plain = means(ones, np.zeros(1), np.ones(1)), means(ones, nodes, weight)
    boost = _solved(lambda k: means(k, nodes, weight), wanted, plain)
    held = tuple(
        Lane(lane.stage, lane.stratum, lane.kind, float(k), float(m), float(s))
        for lane, k, m, s in zip(lanes, boost, wanted, plain, strict=True)
    )
    return _with_boosts(daily, standing, held), held


def shock_nodes(shock: Floats) -> tuple[Floats, Floats]:
    """Return nodes and weights that integrate smooth functions over an equal-weight sample (Gauss for its law)."""
    values = np.unique(shock)
    if len(values) <= N_NODES:
        return values, np.array([(shock == u).mean() for u in values])
    basis, diagonal, off = [np.full(len(shock), len(shock) ** -0.5)], [], []
    for n in range(N_NODES):
        v = shock * basis[-1]
        diagonal.append(float(v @ basis[-1]))
        for known in basis:
            v = v - (v @ known) * known
        for known in basis:  # once more, for rounding
            v = v - (v @ known) * known
        if n + 1 < N_NODES:
            off.append(float(np.linalg.norm(v)))
            basis.append(v / off[-1])
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    return nodes, vectors[0] ** 2


def _lanes(standing: Ints, of_deal: Ints, kind_stage: Ints, n_strata: int) -> list[Lane]:
    of_open = sorted({(int(stage), int(stratum)) for stratum, stage in standing[np.unique(of_deal), :2]})
    found = [Lane(stage, stratum, -1) for stage, stratum in of_open]
    return found + [Lane(int(s), g, kind) for kind, s in enumerate(kind_stage) for g in range(n_strata)]


def _asked(
    daily: Daily, lanes: Sequence[Lane], standing: Ints, of_deal: Ints, arrivals: Arrivals
) -> tuple[Asked, Floats]:
    """Return whose chances are wanted, and (lane, asked): what share each has in the mean of its lane."""
    horizon = len(daily.kind_of_day)
    classes, counts = np.unique(of_deal, return_counts=True)
    number = {(lane.stage, lane.stratum): i for i, lane in enumerate(lanes) if lane.kind < 0}
    rows, weights, entering = [], [], []
    for c, n in zip(classes, counts, strict=True):
        stratum, stage, age, due = (int(x) for x in standing[c])
        rows.append([number[stage, stratum], stage, age, due])
        weights.append((number[stage, stratum], float(n)))
    for i, lane in enumerate(lanes):
        mine = np.flatnonzero(arrivals.kind == lane.kind) if lane.kind >= 0 else np.zeros(0, np.int64)
        for a in mine:
            first, n_days = int(arrivals.start[a]), max(round(float(arrivals.days[a])), 1)
            entering.append([i, lane.stage, first, n_days])
            weights.append((i, float(max(arrivals.mean[a], arrivals.exact[a]))))
        if lane.kind >= 0 and not len(mine):  # leads come when they come
            entering.append([i, lane.stage, 0, horizon])
            weights.append((i, 1.0))
    share = np.zeros((len(lanes), len(weights)))
    for column, (row, weight) in enumerate(weights):
        share[row, column] = weight
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
    asked = Asked(
        np.array([horizon]),
        np.array([lane.stratum for lane in lanes], np.int64),
        np.array(rows, np.int64).reshape(-1, 4),
        np.array(entering, np.int64).reshape(-1, 4),
    )
    return asked, share


def _solved(means, wanted: Floats, plain: Floats) -> Floats:  # type: ignore[no-untyped-def]
    """Return the factors at which means are as wanted, by secants in log k; where nothing can be won, 1."""
    can = (wanted > 1e-12) & (wanted < 1.0 - 1e-12)
    x0, y0 = np.zeros(len(wanted)), np.where(can, plain - wanted, 0.0)
    x1 = np.where(can, np.clip(-y0 / np.maximum(wanted, 1e-12), -0.3, 0.3), 0.0)
    for _ in range(_ROUNDS):
        y1 = np.where(can, means(np.exp(x1)) - wanted, 0.0)
        if np.abs(y1).max(initial=0.0) < _TOLERANCE:
            break
        flat = np.abs(y1 - y0) < 1e-15
        step = np.where(flat, 0.0, -y1 * (x1 - x0) / np.where(flat, 1.0, y1 - y0))
        x0, y0, x1 = x1, y1, np.clip(x1 + np.clip(step, -0.5, 0.5), -2.0, 2.0)
    return np.asarray(np.exp(x1))


def _with_boosts(daily: Daily, standing: Ints, lanes: Sequence[Lane]) -> Daily:
    class_boost, kind_boost = daily.class_boost.copy(), daily.kind_boost.copy()
    for lane in lanes:
        if lane.kind >= 0:
            kind_boost[lane.kind, lane.stratum] = lane.boost
        else:
            class_boost[(standing[:, 0] == lane.stratum) & (standing[:, 1] == lane.stage)] = lane.boost
    return daily._replace(class_boost=class_boost, kind_boost=kind_boost)
