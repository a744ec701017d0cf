"""Likelihood-ratio scores: how the log chance of what each trial drew moves with a conversion (model page, M14.2).

A trial that took exit k from a slot had the chance P_k to do so. If raising a conversion by h makes that P_k', the
trial's score is sum ln(P_k' / P_k) / h over all its draws, and

    d E[f] / d conversion = E[f x score]

for any f of the paths, since the days of exit, given the exits, do not move. Beliefs move with their stated figure,
shocks keep their normal scores; so no path is walked a second time.

New deals of a straight funnel come as a Poisson number, and are won in the window as another one: of mean L w p, with w
the win rate of the trial, which the conversion moves, and p the share of wins in the window, which it does not. So
their score is (W - L w p) d ln w, W the wins of a source in a trial; L p is read from the trials, as sum W / sum w. A
cohort of n has the score of a binomial number, (W - n w p) d ln w / (1 - w p).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from funnelsim.engine.ensemble import Ensemble
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
        For customers who come back, new deals whose number or days the conversion does not leave alone, a capacity,
        fitted stages, or a shock per period.
    """
    if found := refusals(case):
        raise RefusedError("; ".join(map(str, found)), found[0].reason, **found[0].facts)


def refusals(case: Case) -> tuple[RefusedError, ...]:
    """Return every reason for which the draws of a case cannot be scored."""
    reasons = (
        (bool(case.referral or case.loyalty), "customers who refer or buy again draw paths anew", "score_returning"),
        (bool(case.sources) and not case.funnel.is_linear, "new deals run through branches", "score_branches"),
        (
            any(s.spread for s in case.sources),
            "the rate of new deals is spread, and not seen in a trial",
            "score_spread",
        ),
        (_stays_vary(case), "the share of new deals won in time differs from trial to trial", "score_stays"),
        (case.capacity is not None, "with a capacity deals wait for each other", "score_waiting"),
        (case.fitted is not None, "fitted stages run by the day", "score_tables"),
        (case.shock.phi is not None, "under a shock per period an exit hangs on its day", "score_path"),
    )
    return tuple(RefusedError(told, reason) for holds, told, reason in reasons if holds)


def _stays_vary(case: Case) -> bool:
    is_timed = case.shock.stays is not None or any(belief.about.kind == "stay" for belief in case.beliefs)
    chain = case.communication
    return bool(case.sources) and (is_timed or bool(chain and chain.stages))


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
    raised = _raised(simulation, stages)
    for other in (simulation, *raised):
        _ = other.program.plan  # its tables are made once, before threads share them

    def block(low: int) -> Floats:
        n = min(_BLOCK, trials - low)
        counts, base = _counts(simulation, low, n), _log_chances(simulation, low, n)
        moved = [np.where(counts > 0, _log_chances(other, low, n) - base, 0.0) for other in raised]
        return np.array([(counts * one).sum(axis=(0, 1)) for one in moved]).reshape(len(stages), n) / STEP

    with ThreadPoolExecutor(simulation.threads) as pool:
        return np.concatenate(list(pool.map(block, range(0, trials, _BLOCK))), axis=1)


def arrival_scores(simulation: Simulation, ensemble: Ensemble, stages: Sequence[int]) -> Floats:
    """Return (stage, trial) the score of each trial for what its new deals did, per unit of conversion.

    Parameters
    ----------
    simulation : Simulation
        Of the case with its results told apart by source.
    ensemble : Ensemble
        Its trials, numbered from 0, with ``wins_from_new``.
    """
    case, found = simulation.program.case, np.zeros((len(stages), ensemble.trials))
    if not case.sources:
        return found
    base, *raised = (_log_win_rates(one, ensemble.trials) for one in (simulation, *_raised(simulation, stages)))
    for number, source in enumerate(case.sources):
        won = ensemble.total("wins_from_new", simulation.program.row_of({"source": source.name})).astype(float)
        rate = np.exp(base[number])
        mean = rate * won.sum() / max(rate.sum(), 1e-300)
        missed = won - mean
        if source.cohort is not None:
            missed /= 1.0 - mean / max(source.cohort, 1)
        found += [missed * (one[number] - base[number]) / STEP for one in raised]
    return found


def _raised(simulation: Simulation, stages: Sequence[int]) -> list[Simulation]:
    case = simulation.program.case
    return [Simulation(lifted(case, stage, STEP), seed=simulation.seed, threads=1) for stage in stages]


def _log_win_rates(simulation: Simulation, trials: int) -> Floats:
    """Return (source, trial) the logarithm of the win rate of new deals, in a straight funnel."""
    plan, blocks = simulation.program.arrays, range(0, trials, _BLOCK)
    n_classes, n_stages = len(plan.class_stage), len(plan.n_exits)
    found = np.zeros((len(simulation.program.case.sources), trials))
    for low in blocks:
        logs = _log_chances(simulation, low, min(_BLOCK, trials - low))
        for number in range(len(found)):
            first = n_classes + int(plan.business.kind_lane[number]) * n_stages
            for stage in range(int(plan.business.kind_stage[number]), n_stages):
                found[number, low : low + _BLOCK] += logs[first + stage, int(plan.n_exits[stage]) - 1]
    return found


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
