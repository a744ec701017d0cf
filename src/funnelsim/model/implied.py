"""The funnel that fitted tables imply: shares of the exits and laws of the stays of a new deal, for display (M1.1).

Worked out from the mean of the draws and strata. Forecasts are not made from it: they walk the tables.
"""

from __future__ import annotations

from math import inf

from funnelsim.model.daily import AgedStage, DailyTables, DatedStage
from funnelsim.model.funnel import LOST, WON, Exit, Funnel, Stage
from funnelsim.model.law import Empirical

_NEGLIGIBLE = 1e-12


def implied_funnel(tables: DailyTables) -> Funnel:
    """Return the funnel of the tables in the form people state."""
    return Funnel(tuple(_stage(stage) for stage in tables.stages))


def _stage(stage: AgedStage | DatedStage) -> Stage:
    masses = _aged(stage) if isinstance(stage, AgedStage) else _dated(stage)
    shares = {name: sum(mass.values()) for name, mass in masses.items()}
    never = max(1.0 - sum(shares.values()), 0.0)
    if never < _NEGLIGIBLE:
        never = 0.0
    total = sum(shares.values()) or 1.0
    exits = tuple(
        Exit(name, share / total * (1.0 - never), _law(masses[name]) if share > 0 else None)
        for name, share in shares.items()
    )
    return Stage(stage.name, exits, never)


def _law(mass: dict[float, float]) -> Empirical:
    return Empirical(tuple(mass), tuple(mass.values()))


def _aged(stage: AgedStage) -> dict[str, dict[float, float]]:
    """Return, per exit, what share of all new deals takes it at which mean age."""
    mean, n = stage.chance.mean_over(2), len(stage.exits)
    found: dict[str, dict[float, float]] = {name: {} for name in stage.exits}
    alive = 1.0
    for cell, first in enumerate(stage.ages):
        chances = mean[cell * n : (cell + 1) * n]
        out = min(sum(chances), 1.0)
        width = inf if cell + 1 == len(stage.ages) else float(stage.ages[cell + 1] - first)
        stays = (1.0 - out) ** width
        if out > 0:
            leaves, age = alive * (1.0 - stays), first + _mean_day(out, width)
            for name, chance in zip(stage.exits, chances, strict=True):
                if chance > 0:
                    found[name][age] = leaves * chance / out
            alive *= stays
    return found


def _mean_day(out: float, width: float) -> float:
    """Return the mean day, counted from 0, of those who leave within `width` days with a chance of `out` a day."""
    if out * width < 1e-4:  # hardly any of them: evenly spread
        return (width - 1.0) / 2.0
    stays = (1.0 - out) ** width
    cut_off = 0.0 if width == inf else width * stays / (1.0 - stays)
    return max((1.0 - out) / out - cut_off, 0.0)


def _dated(stage: DatedStage) -> dict[str, dict[float, float]]:
    loss, won = stage.loss.mean_over(2), stage.won.mean_over(2)[0]
    leads = stage.leads or (stage.due[-1],)
    found: dict[str, dict[float, float]] = {LOST: {}, WON: {}}
    for lead in leads:
        alive = 1.0 / len(leads)
        for age in range(lead):
            row = sum(first <= lead - age for first in stage.due) - 1
            column = sum(first <= age for first in stage.ages) - 1
            gone = alive * loss[row * len(stage.ages) + column]
            found[LOST][age] = found[LOST].get(age, 0.0) + gone
            alive -= gone
        for name, share in ((LOST, 1.0 - won), (WON, won)):
            found[name][lead] = found[name].get(lead, 0.0) + alive * share
    return found
