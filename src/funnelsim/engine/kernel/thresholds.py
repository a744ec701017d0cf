"""Thresholds of a trial: where its stated chances stand on the scale of the shock.

In a linear funnel all thresholds of a stage move by one shift d, solved backwards from the last stage so that
E[Phi((d - t + sqrt(rho) Z) / sqrt(1 - rho)) w_next(Z)] = c w_next (model page, M5.2), and once more for every class of
aged deals; in other graphs conversions are held and d = 0.
"""

from __future__ import annotations

from math import exp, inf, sqrt
from typing import NamedTuple

from funnelsim.engine.kernel.compiling import compiled
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.normal import normal_cdf_near, normal_density, normal_quantile
from funnelsim.engine.kernel.plan import Floats
from funnelsim.engine.kernel.tables import survival

_TINY = 1e-300


@lent
class AtNodes(NamedTuple):
    """Scratch: a normal law at the nodes of the shock, each (nodes,)."""

    x: Floats
    density: Floats
    chance: Floats


@compiled
def tilted(plan, probability, stage, tilt, out):
    """Write the exits of a stage to `out` with the odds of its onward exits times exp(tilt)."""
    n = plan.n_exits[stage]
    up = 0.0
    for k in range(n):
        out[k] = probability[stage, k]
        if plan.onward[stage, k]:
            up += out[k]
    if tilt == 0.0 or up <= 0.0 or up >= 1.0:
        return
    if tilt == inf:
        new_up = 1.0
    elif tilt == -inf:
        new_up = 0.0
    else:
        new_up = 1.0 / (1.0 + (1.0 - up) / up * exp(-tilt))
    for k in range(n):
        out[k] *= new_up / up if plan.onward[stage, k] else (1.0 - new_up) / (1.0 - up)


@compiled
def fix_thresholds(plan, chances):
    """Solve the thresholds of all fresh stages and of all classes at the trial's parameters."""
    n_stages = len(plan.n_exits)
    rho = total_of(chances.rho)
    s, r = sqrt(rho), sqrt(1.0 - rho)
    holds_win_rates = plan.is_linear and plan.is_latent and plan.phi < 0.0
    p = chances.exits
    for profile in range(len(plan.tilt)):
        ahead = 1.0
        for stage in range(n_stages - 1, -1, -1):
            tilted(plan, chances.probability, stage, plan.tilt[profile], p)
            n = plan.n_exits[stage]
            threshold = chances.stage_threshold[profile, stage]
            _set_thresholds(p, n, threshold, plan.is_latent)
            if holds_win_rates:
                win_ahead = chances.win_at_node[profile, stage + 1]
                start = chances.stage_start[profile, stage]
                shift = 0.0  # the last stage needs none: nothing lies ahead that moves with it
                if stage < n_stages - 1:
                    shift = _shift(plan, chances.at_node, p[n - 1] * ahead, threshold[n - 2], win_ahead, s, r, start)
                chances.stage_shift[profile, stage] = shift
                _move(threshold, n, shift)
                at = chances.at_node
                _evaluate(plan.nodes, -threshold[n - 2] / r, s / r, at.x, at.density, at.chance)
                for i in range(len(plan.nodes)):
                    chances.win_at_node[profile, stage, i] = at.chance[i] * win_ahead[i]
                ahead *= p[n - 1]
    for c in range(len(plan.class_stage)):
        stage, lane = plan.class_stage[c], plan.class_lane[c]
        profile = plan.lane_profile[lane]
        tilted(plan, chances.probability, stage, plan.tilt[profile], p)
        n = plan.n_exits[stage]
        _age(plan, chances, c, stage, n, p)
        threshold = chances.class_threshold[c]
        _set_thresholds(p, n, threshold, plan.is_latent)
        if holds_win_rates and stage < n_stages - 1:
            win_ahead = chances.win_at_node[profile, stage + 1]
            ahead = 0.0
            for i in range(len(plan.nodes)):
                ahead += plan.node_weight[i] * win_ahead[i]
            start = chances.class_start[c]
            shift = _shift(plan, chances.at_node, p[n - 1] * ahead, threshold[n - 2], win_ahead, s, r, start)
            chances.class_shift[c] = shift
            _move(threshold, n, shift)


@compiled
def _age(plan, chances, c, stage, n, p):
    """Turn the exits `p` of a new deal into those of one of the class's age: p_k S_k(a) / sum."""
    if chances.class_time[c] != chances.time[stage]:  # as long as stays are believed alike, so many are left
        chances.class_time[c] = chances.time[stage]
        for k in range(n if plan.class_age[c] >= 0.0 else 0):
            age = plan.class_age[c] / chances.time[stage]
            chances.class_survival[c, k] = survival(plan.tables, plan.row[stage, k], age)
    total = 0.0
    for k in range(n):
        total += p[k] * chances.class_survival[c, k]
    if total <= _TINY:  # older than this trial's laws allow: the tail decides
        chances.class_time[c] = 0.0
        for k in range(n):
            chances.class_survival[c, k] = _TINY
        return
    for k in range(n):
        p[k] *= chances.class_survival[c, k] / total


@compiled
def _set_thresholds(p, n, threshold, latent):
    """Write cumulative chances (or their normal quantiles) of all exits but the best."""
    total = 0.0
    for k in range(n):
        total += p[k]
    below = 0.0
    for k in range(n - 1):
        below += p[k] / total
        threshold[k] = normal_quantile(min(below, 1.0)) if latent else below
    # a best exit of exactly 0 or 1 stays exactly so, whatever the sum of the others rounds to
    if n > 1 and p[n - 1] == 0.0:
        threshold[n - 2] = inf if latent else 1.0
    threshold[n - 1] = inf


@compiled
def _move(threshold, n, shift):
    for k in range(n - 1):
        threshold[k] -= shift


@compiled
def _shift(plan, at, wanted, threshold, win_ahead, s, r, start):
    """Return d with E[Phi((d - threshold + s Z) / r) win_ahead(Z)] = wanted, from `start`.

    At a point the mean and its first four derivatives are known at the cost of the mean alone; the root of that
    polynomial is the next point. It is right to t^5 / 120, so that a step t of less than 1/50 is the last one.
    """
    if wanted <= 0.0 or abs(threshold) == inf:
        return 0.0
    d = start
    for _ in range(60):
        _evaluate(plan.nodes, (d - threshold) / r, s / r, at.x, at.density, at.chance)
        value, first, second, third, fourth = -wanted, 0.0, 0.0, 0.0, 0.0
        for i in range(len(plan.nodes)):
            x, weight = at.x[i], plan.node_weight[i] * win_ahead[i]
            density = at.density[i] * weight
            value += weight * at.chance[i]
            first += density
            second -= density * x
            third += density * (x * x - 1.0)
            fourth -= density * x * (x * x - 3.0)
        first = max(first, _TINY)
        t = min(max(-value / first, -1.0), 1.0)
        for _ in range(4 if abs(t) < 0.3 else 0):
            miss = value + t * (first + t * (second / 2.0 + t * (third / 6.0 + t * fourth / 24.0)))
            slope = first + t * (second + t * (third / 2.0 + t * fourth / 6.0))
            t -= miss / max(slope, 0.2 * first)
        d += t * r
        if abs(t) < 0.02:
            break
    return d


@compiled
def _evaluate(nodes, level, slope, x, density, chance):
    """Write x = level + slope Z, phi(x) and Phi(x) at every node: a loop without a branch, four nodes at a time."""
    for i in range(len(nodes)):
        x[i] = level + slope * nodes[i]
        density[i] = normal_density(x[i])
        chance[i] = normal_cdf_near(x[i], density[i])


@compiled
def total_of(values):
    """Return the sum: compiled code has none that allocates nothing."""
    total = 0.0
    for value in values:
        total += value
    return total
