"""Deals of a fitted case that change hands: they go through stages of their own with lower odds.

Fitted tables heed no evidence of a single deal. So for each stage in which such deals stand, the stages are there a
second time, alike but for a shift of the log odds on every day: the one at which a new deal of that stage wins with the
wanted odds (M12.5). The shift is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from funnelsim.model.case import Case
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, DayKinds
from funnelsim.model.daily_mean import mean_tables
from funnelsim.model.daily_odds import tilted
from funnelsim.model.implied import implied_funnel
from funnelsim.model.pipeline import Deal, Pipeline

_WIDEST, _HALVINGS = 20.0, 50


def handed_over(case: Case, tables: DailyTables, is_hit: Callable[[Deal], bool], odds: float) -> Case:
    """Return the case in which some open deals begin their stage anew, with `odds` times their odds to be won."""
    stages = {deal.stage for deal in case.pipeline.deals if is_hit(deal)}
    found, names = tables, dict[str, dict[str, str]]()
    for stage in sorted(stages, key=tables.names.index):
        names[stage] = {name: _free(f"{name} / {stage}", found) for name in tables.names}
        found = _beside(found, tilted(tables, range(len(tables.stages)), _shift(tables, stage, odds)), names[stage])
    deals = tuple(
        deal._replace(stage=names[deal.stage][deal.stage], age_days=0.0) if is_hit(deal) else deal
        for deal in case.pipeline.deals
    )
    return replace(case, fitted=found, funnel=implied_funnel(found), pipeline=Pipeline(deals))


def _shift(tables: DailyTables, stage: str, odds: float) -> float:
    """Return the shift of the log odds of all stages at which the win rate of one has `odds` times its odds."""
    number = tables.names.index(stage)
    before = _win_rate(tables, number, 0.0)
    if not 0 < before < 1:
        return 0.0
    wanted = odds * before / (1.0 - before + odds * before)
    low, high = (-_WIDEST, 0.0) if odds < 1 else (0.0, _WIDEST)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _win_rate(tables, number, middle) < wanted else (low, middle)
    return 0.5 * (low + high)


def _win_rate(tables: DailyTables, number: int, shift: float) -> float:
    every = range(len(tables.stages))
    return implied_funnel(tilted(mean_tables(tables), every, shift)).win_rates[number]


def _beside(tables: DailyTables, others: DailyTables, names: dict[str, str]) -> DailyTables:
    """Return tables with the stages of others behind them under other names."""
    factor = tables.days.factor if tables.days else {}
    more = {names[name]: figures for name, figures in factor.items() if name in names}
    days = DayKinds(tables.days.of_day, {**factor, **more}) if tables.days else None
    renamed = tuple(_renamed(stage, names) for stage in others.stages)
    return replace(tables, stages=(*tables.stages, *renamed), days=days)


def _renamed(stage: AgedStage | DatedStage, names: dict[str, str]) -> AgedStage | DatedStage:
    if isinstance(stage, DatedStage):
        return replace(stage, name=names[stage.name])
    return replace(stage, name=names[stage.name], exits=tuple(names.get(name, name) for name in stage.exits))


def _free(name: str, tables: DailyTables) -> str:
    return name if name not in tables.names else _free(f"{name}+", tables)
