"""What a trial believes before any deal moves: its parameters, its shocks, and so the chances of every exit.

Order (model page, M3): parameters, then communication, then a deal's own tilt in log odds, then age, then shock.

Stated numbers are marginal numbers (M5.2). With latent Y = sqrt(rho) Z + sqrt(1 - rho) eps an exit k is taken
below its threshold t_k; `thresholds` solves them.
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np

from funnelsim.engine.kernel.addresses import GOLDEN, draw, trial_key, uniform
from funnelsim.engine.kernel.compiling import compiled, entry
from funnelsim.engine.kernel.daily import N_ROWS, draw_tables, is_fitted
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.normal import normal_cdf, normal_quantile
from funnelsim.engine.kernel.plan import (
    CONVERSION,
    ELASTICITY,
    KEEPS,
    REALISATION,
    REWORK,
    RHO,
    STAY,
    Floats,
    Keys,
    Plan,
)
from funnelsim.engine.kernel.tables import quantile_of
from funnelsim.engine.kernel.thresholds import AtNodes, fix_thresholds, tilted, total_of

BLOCK_DAYS = 30.0
_TINY = 1e-300


@lent
class Chances(NamedTuple):
    """The work arrays of one thread: what one trial believes, and the chances of a block of n trials."""

    # one trial
    probability: Floats  # (S, K) drawn
    time: Floats  # (S,) factor on the stays of a stage
    rho: Floats  # (A,)
    score: Floats  # (B,) normal scores
    keeps: Floats  # (H,)
    elasticity: Floats  # (U,)
    rework: Floats  # (U,)
    z: Floats  # (F,) shocks
    stage_threshold: Floats  # (P, S, K)
    class_threshold: Floats  # (C, K)
    class_survival: Floats  # (C, K)
    class_time: Floats  # (C,) the factor on stays for which `class_survival` is right; 0 for none
    win_at_node: Floats  # (P, S + 1, nodes)
    at_node: AtNodes
    stage_shift: Floats  # (P, S) how far thresholds of fresh stages moved
    class_shift: Floats  # (C,) the same of classes
    stage_start: Floats  # (P, S) where the search for a shift begins: its value at the stated figures
    class_start: Floats  # (C,)
    exits: Floats  # (K,) scratch
    # a block of trials
    trial: Keys  # (n,)
    amount_factor: Floats  # (n,) on all amounts
    stay_factor: Floats  # (n,) on all remaining stays
    inverse: Floats  # (n,) 1 / sqrt(1 - sum rho)
    stage_time: Floats  # (S, n)
    shock: Floats  # (L, blocks of days, n) each lane's shock y
    survival: Floats  # (C, K, n) P(T > age)
    cumulative: Floats  # (slots, K, n) chance of this exit or a worse one
    daily: Floats  # (rows of `kernel.daily`, n) of fitted stages


def workspace(plan: Plan, n: int) -> Chances:
    """Return empty work arrays for one thread and blocks of up to `n` trials."""
    n_stages, n_exits = plan.target.shape
    n_classes, n_lanes, n_profiles = len(plan.class_stage), len(plan.lane_profile), len(plan.tilt)
    if is_fitted(plan):  # the tables stand for the chances of all classes
        n_classes = n_lanes = 0
    return Chances(
        probability=plan.probability.copy(),
        time=np.ones(n_stages),
        rho=plan.rho.copy(),
        score=np.zeros(len(plan.belief_kind)),
        keeps=plan.hop_keeps.copy(),
        elasticity=plan.coupled_elasticity.copy(),
        rework=plan.coupled_rework.copy(),
        z=np.zeros(len(plan.factor_key)),
        stage_threshold=np.zeros((n_profiles, n_stages, n_exits)),
        class_threshold=np.zeros((n_classes, n_exits)),
        class_survival=np.ones((n_classes, n_exits)),
        class_time=np.zeros(n_classes),
        win_at_node=np.ones((n_profiles, n_stages + 1, len(plan.nodes))),
        at_node=AtNodes(*np.zeros((3, len(plan.nodes)))),
        stage_shift=np.zeros((n_profiles, n_stages)),
        class_shift=np.zeros(n_classes),
        stage_start=np.zeros((n_profiles, n_stages)),
        class_start=np.zeros(n_classes),
        exits=np.zeros(n_exits),
        trial=np.zeros(n, np.uint64),
        amount_factor=np.ones(n),
        stay_factor=np.ones(n),
        inverse=np.ones(n),
        stage_time=np.ones((n_stages, n)),
        shock=np.zeros((n_lanes, plan.n_blocks, n)),
        survival=np.ones((n_classes, n_exits, n)),
        cumulative=np.zeros((n_classes + n_lanes * n_stages, n_exits, n)),
        daily=np.zeros((N_ROWS, n if is_fitted(plan) else 0)),
    )


@compiled
def prepare(plan, chances, seed_key, first_trial, n, is_first):
    """Fill the block for trials `first_trial` to `first_trial` + n - 1.

    `is_first` says that the thread has prepared no block yet; what is the same in all trials is then filled once.
    """
    for i in range(n):
        chances.trial[i] = trial_key(seed_key, first_trial + i)
    believes = len(plan.belief_kind) > 0
    if is_fitted(plan):
        draw_tables(plan, chances, n)
        for i in range(n if believes else 0):
            draw_beliefs(plan, chances, i)
        return
    varies = believes or plan.tau > 0.0 or plan.is_latent
    if not (varies or is_first):
        return
    if is_first and believes:
        _find_starts(plan, chances)
    n_places = n if varies else len(chances.trial)
    for i in range(n_places if varies else 1):
        if believes or (is_first and i == 0 and len(plan.coupled_stage) > 0):
            draw_beliefs(plan, chances, i)
        if believes or (is_first and i == 0):
            fix_thresholds(plan, chances)
        if believes or i == 0:
            _keep(plan, chances, i, i + 1 if believes else n_places)
        if varies:
            _draw_shocks(plan, chances, i)
    if plan.is_latent:
        _apply_shocks(plan, chances, n)


@entry
def look(plan, chances, seed_key, first_trial, n):
    """Fill the block as `prepare` does for a thread that begins, for a caller from Python who only looks."""
    prepare(plan, chances, seed_key, first_trial, n, True)


@compiled
def _find_starts(plan, chances):
    """Solve the shifts at the stated figures: those of a trial are near, and found in two steps from there."""
    for stage in range(len(plan.n_exits)):
        for k in range(plan.n_exits[stage]):
            chances.probability[stage, k] = plan.probability[stage, k]
    fix_thresholds(plan, chances)
    for profile in range(len(plan.tilt)):
        for stage in range(len(plan.n_exits)):
            chances.stage_start[profile, stage] = chances.stage_shift[profile, stage]
    for c in range(len(chances.class_start)):
        chances.class_start[c] = chances.class_shift[c]


@compiled
def _keep(plan, chances, low, high):
    """Copy what the trial believes to places `low` to `high` - 1; `cumulative` holds thresholds until shocks act."""
    inverse = 1.0 / sqrt(1.0 - total_of(chances.rho))
    n_classes, n_stages = len(plan.class_stage), len(plan.n_exits)
    for i in range(low, high):
        chances.inverse[i] = inverse
    for stage in range(n_stages):
        for i in range(low, high):
            chances.stage_time[stage, i] = chances.time[stage]
    for slot in range(len(chances.cumulative)):
        is_class = slot < n_classes
        lane, stage = (slot - n_classes) // n_stages, (slot - n_classes) % n_stages
        if is_class:
            lane, stage = plan.class_lane[slot], plan.class_stage[slot]
        for k in range(plan.n_exits[stage]):
            threshold = chances.stage_threshold[plan.lane_profile[lane], stage, k]
            if is_class:
                threshold = chances.class_threshold[slot, k]
                for i in range(low, high):
                    chances.survival[slot, k, i] = chances.class_survival[slot, k]
            if k == plan.n_exits[stage] - 1:
                threshold = 1.0  # nothing is better than the best exit
            for i in range(low, high):
                chances.cumulative[slot, k, i] = threshold


@compiled
def draw_beliefs(plan, chances, place):
    """Draw every parameter of the trial at `place` of the block, correlated ones through a Gaussian copula."""
    n, trial = len(plan.belief_kind), chances.trial[place]
    chances.amount_factor[place] = 1.0
    for stage in range(len(plan.n_exits)):
        chances.time[stage] = 1.0
        for k in range(plan.n_exits[stage]):
            chances.probability[stage, k] = plan.probability[stage, k]
    for axis in range(len(plan.rho)):
        chances.rho[axis] = plan.rho[axis]
    for i in range(n):
        if plan.is_correlated[i]:
            chances.score[i] = normal_quantile(uniform(draw(trial, plan.belief_key[i], np.uint64(0))))
    for i in range(n):
        if plan.is_correlated[i]:
            score = 0.0
            for j in range(i + 1):
                if plan.is_correlated[j]:
                    score += plan.copula[i, j] * chances.score[j]
            u = normal_cdf(-score)
        else:
            u = uniform(draw(trial, plan.belief_key[i], np.uint64(0)))
        u = min(max(u, _TINY), 1.0 - 1e-16)
        value = quantile_of(plan.tables, plan.belief_row[i], u) * plan.belief_factor[i]
        kind, stage = plan.belief_kind[i], plan.belief_stage[i]
        if kind == CONVERSION:
            _set_exit(chances.probability, stage, plan.belief_exit[i], plan.n_exits[stage], value)
        elif kind == STAY:
            chances.time[stage] = value
        elif kind == RHO:
            chances.rho[0] = value
        elif kind == REALISATION:
            chances.amount_factor[place] = value
        elif kind == KEEPS:
            chances.keeps[stage] = value
        elif kind == ELASTICITY:
            chances.elasticity[stage] = value
        elif kind == REWORK:
            chances.rework[stage] = value
    if len(plan.coupled_stage) > 0:
        _couple(plan, chances)


@compiled
def _couple(plan, chances):
    """Let communication act: odds times exp(shift) (F / F0)^e, stays times scale (F0 / F)^d (model page, M8.3)."""
    log_share = -plan.log_baseline
    for h in range(len(plan.hop_keeps)):
        log_share += log(max(_remedied(chances.keeps[h], plan.hop_remedy[h]), _TINY))
    for u in range(len(plan.coupled_stage)):
        stage = plan.coupled_stage[u]
        tilt = plan.coupled_shift[u] + chances.elasticity[u] * log_share
        tilted(plan, chances.probability, stage, tilt, chances.exits)
        for k in range(plan.n_exits[stage]):
            chances.probability[stage, k] = chances.exits[k]
        chances.time[stage] *= plan.coupled_scale[u] * exp(-chances.rework[u] * log_share)


@compiled
def _remedied(keeps, remedy):
    """Return what a hop retains after [added, repeat-backs, their correlation, written, removed]."""
    if remedy[4] > 0.0:
        return 1.0
    once = min(keeps + remedy[0], 1.0)
    gained = (1.0 - once) * (1.0 - (1.0 - once) ** remedy[1])
    return max(once + (1.0 - remedy[2]) * gained, remedy[3])


@compiled
def _set_exit(probability, stage, exit_, n_exits, value):
    """Give one exit a probability; the others keep their proportions."""
    before = probability[stage, exit_]
    rest = (1.0 - value) / (1.0 - before) if before < 1.0 else 0.0
    for k in range(n_exits):
        probability[stage, k] = value if k == exit_ else probability[stage, k] * rest


@compiled
def _draw_shocks(plan, chances, i):
    """Draw the shocks of the trial at place `i`: its factor on stays, and every lane's y per block of days."""
    trial = chances.trial[i]
    for f in range(len(plan.factor_key)):
        chances.z[f] = normal_quantile(uniform(draw(trial, plan.factor_key[f], np.uint64(0))))
    if plan.tau > 0.0:
        own = normal_quantile(uniform(draw(trial, plan.tau_key, np.uint64(0))))
        k = plan.tau_correlation
        w = k * chances.z[0] + sqrt(1.0 - k * k) * own
        chances.stay_factor[i] = exp(plan.tau * w - 0.5 * plan.tau * plan.tau)
    market = chances.z[0]
    fresh = sqrt(1.0 - plan.phi * plan.phi)
    for block in range(plan.n_blocks):
        if block > 0:
            word = draw(trial, plan.factor_key[0], np.uint64(block) * GOLDEN)
            market = plan.phi * market + fresh * normal_quantile(uniform(word))
        for lane in range(len(plan.lane_profile)):
            y = sqrt(chances.rho[0]) * market
            for axis in range(1, len(plan.rho)):
                y += sqrt(chances.rho[axis]) * chances.z[plan.lane_factor[lane, axis]]
            chances.shock[lane, block, i] = y


@compiled
def _apply_shocks(plan, chances, n):
    """Turn thresholds into the chances of each trial; a shock per block of days waits for the day of exit."""
    n_classes, n_stages = len(plan.class_stage), len(plan.n_exits)
    for slot in range(len(chances.cumulative)):
        lane, stage = (slot - n_classes) // n_stages, (slot - n_classes) % n_stages
        if slot < n_classes:
            lane, stage = plan.class_lane[slot], plan.class_stage[slot]
        for k in range(plan.n_exits[stage] - 1):
            for i in range(n):
                threshold = chances.cumulative[slot, k, i]
                if plan.phi < 0.0:
                    threshold = (threshold - chances.shock[lane, 0, i]) * chances.inverse[i]
                chances.cumulative[slot, k, i] = normal_cdf(threshold)
