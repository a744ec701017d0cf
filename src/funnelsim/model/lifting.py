"""A case with one stage's conversion raised, all other conversions kept (model page, M14.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief
from funnelsim.model.case import Case
from funnelsim.model.daily import AgedStage, DailyTables, Figures
from funnelsim.model.funnel import WON, Exit, Funnel, Stage, is_lost
from funnelsim.model.law import Beta
from funnelsim.model.scaling import scaled


def room_to_rise(funnel: Funnel, stage: int) -> float:
    """Return how far the conversion of a stage can rise: what is lost there, unless nothing leads onward."""
    onward = [e for e in funnel.stages[stage].exits if funnel.is_onward(stage, e.to)]
    lost = sum(e.probability for e in funnel.stages[stage].exits if is_lost(e.to))
    # where no exit onward is taken at all, only a single one can be meant
    is_open = len(onward) == 1 or funnel.conversions[stage] > 0
    return lost if is_open and funnel.stages[stage].in_forecast else 0.0


def lifted(case: Case, stage: int, by: float) -> Case:
    """Return the case with the conversion of a stage higher by `by`, taken from its losses.

    Exits onward keep their proportions, and so do the losses; steps back and deals that never decide stay as they
    are. In fitted tables losses become steps onward on the same day. A belief about a figure that rises keeps its shape
    and rises in proportion, so its mean is the new figure.

    Raises
    ------
    InputError
        If there is less room than `by`, a belief would reach above 1, or a fitted stage is decided on a date.
    """
    room = room_to_rise(case.funnel, stage)
    if not 0 < by <= room + 1e-12:
        name = case.funnel.names[stage]
        raise InputError.of(f"the conversion of '{name}' can rise by {100 * room:g} points, not by {100 * by:g}")
    stages = list(case.funnel.stages)
    stages[stage] = _lifted_stage(case.funnel, stage, by, room)
    funnel = replace(case.funnel, stages=tuple(stages))
    if case.fitted is not None:
        case = replace(case, fitted=_lifted_tables(case.fitted, stage, by / room))
    return replace(case, funnel=funnel, beliefs=tuple(following(case, funnel)))


def _lifted_stage(funnel: Funnel, i: int, by: float, room: float) -> Stage:
    stage, before = funnel.stages[i], funnel.conversions[i]

    def moved(exit_: Exit) -> Exit:
        p = exit_.probability
        if is_lost(exit_.to):
            return replace(exit_, probability=max(p - by * p / room, 0.0))
        if funnel.is_onward(i, exit_.to):
            return replace(exit_, probability=min(p + (by * p / before if before else by), 1.0))
        return exit_

    return replace(stage, exits=tuple(moved(exit_) for exit_ in stage.exits))


def following(case: Case, funnel: Funnel) -> Iterator[Belief]:
    """Yield the beliefs of a case for another funnel, those about a figure that changes in proportion to it."""
    for belief in case.beliefs:
        before, after = (_stated(belief, of) for of in (case.funnel, funnel))
        if isinstance(belief.law, Beta) or before == after or not before:
            yield belief  # a beta takes the stated figure for its mean
        else:
            yield replace(belief, law=scaled(belief.law, after / before))


def _stated(belief: Belief, funnel: Funnel) -> float:
    """Return the figure that a belief speaks of, or 1 where it is no probability."""
    about = belief.about
    if about.kind not in {"win_rate", "conversion", "exit"}:
        return 1.0
    i = funnel.names.index(about.stage)
    if about.kind == "exit":
        return next(e.probability for e in funnel.stages[i].exits if e.to == about.exit)
    conversions = funnel.conversions[i:] if about.kind == "win_rate" else funnel.conversions[i : i + 1]
    return prod(conversions)


def _lifted_tables(tables: DailyTables, number: int, share: float) -> DailyTables:
    """Return tables in which a share of the losses of a stage goes onward on the day of the loss instead."""
    stage = tables.stages[number]
    if not isinstance(stage, AgedStage):
        raise InputError.of(f"'{stage.name}' is decided on a date, and no share of it can be moved alone")
    ahead = [name == WON or name in tables.names[number + 1 :] for name in stage.exits]
    lost = [is_lost(name) for name in stage.exits]
    n, values = len(stage.exits), stage.chance.values[:]
    means = stage.chance.mean_over(2)
    usual = [sum(means[e::n]) * ahead[e] for e in range(n)]  # where a cell has no way onward of its own
    for low in range(0, len(values), n):
        q = values[low : low + n]
        moved = share * sum(q[e] for e in range(n) if lost[e])
        onward = [q[e] * ahead[e] for e in range(n)]
        onward = onward if sum(onward) > 0 else usual
        for e in range(n):
            values[low + e] = q[e] * (1.0 - share * lost[e]) + moved * onward[e] / sum(onward)
    stages = list(tables.stages)
    stages[number] = replace(stage, chance=Figures(stage.chance.shape, values))
    return replace(tables, stages=tuple(stages))
