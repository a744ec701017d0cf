"""Each deal's chance to be won in the end: tilted, aged, the mean over beliefs (model page, M3, M12.5)."""

from __future__ import annotations

from funnelsim.engine.graph import Curves, graph_of
from funnelsim.engine.kernel.plan import WALKS
from funnelsim.engine.lower import lower
from funnelsim.engine.quasirandom import points
from funnelsim.engine.tilt import N_POINTS, alive_at, win_chance
from funnelsim.model.case import Case


def own_chances(case: Case) -> dict[str, float]:
    """Return deal id -> chance to be won in the end, of the deals that are forecast; 0 for a stale one.

    A shared shock is left out: in a linear funnel these are the averages over it, in others they are what its
    conversions imply without it.

    Raises
    ------
    InputError
        If the case cannot be lowered.
    """
    program = lower(case)
    plan, parameters = program.arrays, program.parameters
    curves = Curves()
    graph = graph_of(case.funnel, curves)
    draws = parameters.at(points(N_POINTS if parameters.moves_chances else 1, parameters.n))
    chances = []
    for stage, lane, age, fate in zip(plan.class_stage, plan.class_lane, plan.class_age, plan.class_fate, strict=True):
        if fate != WALKS:
            chances.append(0.0)
            continue
        alive = alive_at(draws, int(stage), float(age), graph, curves.rows)
        tilt = float(plan.tilt[plan.lane_profile[lane]])
        chances.append(float(win_chance(draws, tilt, int(stage), alive, graph).mean()))
    return {deal.id: chances[c] for deal, c in zip(program.deals, plan.deal_class, strict=True)}
