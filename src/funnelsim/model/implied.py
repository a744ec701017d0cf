"""The funnel that fitted tables imply: shares of the exits and laws of the stays of a new deal, for display (M1.1).

Worked out from the mean of the draws and strata. Forecasts are not made from it: they walk the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    for cell, (first, leaves) in enumerate(zip(stage.ages, shares_by_cell(stage), strict=True)):
        chances = mean[cell * n : (cell + 1) * n]
        if (out := min(sum(chances), 1.0)) > 0:
            age = first + _mean_day(out, _width(stage, cell))
            for name, chance in zip(stage.exits, chances, strict=True):
                if chance > 0:
                    found[name][age] = leaves * chance / out
    return found


def shares_by_cell(stage: AgedStage) -> list[float]:
    """Return what share of all new deals leaves a stage in each cell of its ages."""
    mean, n, alive, found = stage.chance.mean_over(2), len(stage.exits), 1.0, list[float]()
    for cell in range(len(stage.ages)):
        stays = (1.0 - min(sum(mean[cell * n : (cell + 1) * n]), 1.0)) ** _width(stage, cell)
        found.append(alive * (1.0 - stays))
        alive *= stays
    return found


def _width(stage: AgedStage, cell: int) -> float:
    return inf if cell + 1 == len(stage.ages) else float(stage.ages[cell + 1] - stage.ages[cell])


def share_on_date(stage: DatedStage) -> float:
    """Return what share of the new deals of a stage is still there on its date."""
    return sum(there for _, _, there in _waits(stage))


def _mean_day(out: float, width: float) -> float:
    """Return the mean day, counted from 0, of those who leave within `width` days with a chance of `out` a day."""
    if out * width < 1e-4:  # hardly any of them: evenly spread
        return (width - 1.0) / 2.0
    stays = (1.0 - out) ** width
    cut_off = 0.0 if width == inf else width * stays / (1.0 - stays)
    return max((1.0 - out) / out - cut_off, 0.0)


def _dated(stage: DatedStage) -> dict[str, dict[float, float]]:
    won = stage.won.mean_over(2)[0]
    found: dict[str, dict[float, float]] = {LOST: {}, WON: {}}
    for lead, losses, there in _waits(stage):
        for age, gone in enumerate(losses):
            found[LOST][age] = found[LOST].get(age, 0.0) + gone
        for name, share in ((LOST, 1.0 - won), (WON, won)):
            found[name][lead] = found[name].get(lead, 0.0) + there * share
    return found


def _waits(stage: DatedStage) -> Iterator[tuple[int, list[float], float]]:
    """Yield, per number of days to the date, the shares lost on each day before it and that which is there on it."""
    loss, leads = stage.loss.mean_over(2), stage.leads or (stage.due[-1],)
    for lead in leads:
        alive, losses = 1.0 / len(leads), list[float]()
        for age in range(lead):
            row = sum(first <= lead - age for first in stage.due) - 1
            column = sum(first <= age for first in stage.ages) - 1
            losses.append(alive * loss[row * len(stage.ages) + column])
            alive -= losses[-1]
        yield lead, losses, alive
