"""Likelihood-ratio scores: how the log chance of what each trial drew moves with a conversion (model page, M14.2).

A trial that took exit k from a slot had the chance P_k to do so. If raising a conversion by h makes that P_k', the
trial's score is sum ln(P_k' / P_k) / h over all its draws, and

    d E[f] / d conversion = E[f x score]

for any f of the paths, since the days of exit, given the exits, do not move. Beliefs move with their stated figure,
shocks keep their normal scores; so no path is walked a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from funnelsim.engine.simulate import MAX_VISITS, Simulation
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.lifting import lifted, room_to_rise

Floats = npt.NDArray[np.float64]
STEP = 1e-6
_BLOCK = 1024


def refuse_scores(case: Case) -> None:
    """Refuse a case whose draws are more than the exits of open deals.

    Raises
    ------
    RefusedError
        For new business, a capacity, fitted stages, or a shock per period.
    """
    reasons = {
        "new deals draw more than exits": case.has_business,
        "with a capacity deals wait for each other": case.capacity is not None,
        "fitted stages run by the day": case.fitted is not None,
        "under a shock per period an exit hangs on its day": case.shock.phi is not None,
    }
    found = [reason for reason, holds in reasons.items() if holds]
    if found:
        raise RefusedError("; ".join(found))


def liftable(case: Case) -> list[int]:
    """Return the stages whose conversion can rise and be scored: those with room, and some way to lose."""
    found = []
    for stage in range(len(case.funnel.names)):
        if room_to_rise(case.funnel, stage) > STEP and case.funnel.conversions[stage] > 0:
            try:
                lifted(case, stage, STEP)
            except InputError:
                continue
            found.append(stage)
    return found


def scores(simulation: Simulation, stages: Sequence[int], trials: int) -> Floats:
    """Return (stage, trial) the score of each trial for a conversion of each of `stages`, per unit of conversion.

    Parameters
    ----------
    simulation : Simulation
        Of the case as it stands; trials are numbered from 0.
    stages : sequence of int
        As from `liftable`.
    trials : int

    Raises
    ------
    RefusedError
        As from `refuse_scores`.
    """
    case = simulation.program.case
    refuse_scores(case)
    raised = [Simulation(lifted(case, stage, STEP), seed=simulation.seed, threads=1) for stage in stages]
    for other in (simulation, *raised):
        _ = other.program.plan  # its tables are made once, before threads share them

    def block(low: int) -> Floats:
        n = min(_BLOCK, trials - low)
        counts, base = _counts(simulation, low, n), _log_chances(simulation, low, n)
        moved = [np.where(counts > 0, _log_chances(other, low, n) - base, 0.0) for other in raised]
        return np.array([(counts * one).sum(axis=(0, 1)) for one in moved]).reshape(len(stages), n) / STEP

    with ThreadPoolExecutor(simulation.threads) as pool:
        return np.concatenate(list(pool.map(block, range(0, trials, _BLOCK))), axis=1)


def _counts(simulation: Simulation, first: int, n: int) -> Floats:
    """Return (slot, exit, trial) how often each exit was drawn."""
    from funnelsim.engine.kernel.chances import workspace
    from funnelsim.engine.kernel.exits import count_exits
    from funnelsim.engine.kernel.flow import flow_space

    plan = simulation.program.plan
    chances = workspace(plan, 1)
    flow = flow_space(plan, 1, np.zeros((MAX_VISITS, 3)))
    counts = np.zeros((*chances.cumulative.shape[:2], n), np.int64)
    count_exits(plan, chances, flow, simulation.seed_key, first, n, counts)
    return counts.astype(float)


def _log_chances(simulation: Simulation, first: int, n: int) -> Floats:
    """Return (slot, exit, trial) the logarithm of every chance; of none where an exit cannot be taken."""
    from funnelsim.engine.kernel.chances import look, workspace

    plan = simulation.program.plan
    chances = workspace(plan, n)
    look(plan, chances, simulation.seed_key, first, n)
    upto = chances.cumulative.copy()
    for slot, n_exits in enumerate(_exits_of_slots(simulation)):
        upto[slot, n_exits - 1 :] = 1.0
    chance = np.diff(upto, axis=1, prepend=0.0)
    return np.log(np.maximum(chance, 1e-300))


def _exits_of_slots(simulation: Simulation) -> Iterator[int]:
    plan = simulation.program.arrays
    for stage in plan.class_stage:
        yield int(plan.n_exits[stage])
    for _ in plan.lane_profile:
        yield from (int(n) for n in plan.n_exits)
