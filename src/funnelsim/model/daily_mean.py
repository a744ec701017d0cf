"""Fitted tables with what is not known of them taken out: the mean over the posterior draws, in a single one."""

from __future__ import annotations

from dataclasses import replace

from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, Figures


def mean_tables(tables: DailyTables) -> DailyTables:
    """Return the tables with one draw, in which every daily chance is the mean over the draws.

    Examples
    --------
    >>> from datetime import date
    >>> stage = AgedStage("offer", ("won",), (0,), Figures.of((2, 1, 1, 1), [0.1, 0.3]))
    >>> mean_tables(DailyTables(date(2026, 1, 1), (stage,))).stages[0].chance.values.tolist()
    [0.2]
    """
    return replace(tables, stages=tuple(_mean_stage(stage) for stage in tables.stages))


def _mean_stage(stage: AgedStage | DatedStage) -> AgedStage | DatedStage:
    if isinstance(stage, DatedStage):
        return replace(stage, loss=_mean(stage.loss), won=_mean(stage.won))
    return replace(stage, chance=_mean(stage.chance))


def _mean(figures: Figures) -> Figures:
    return Figures.of((1, *figures.shape[1:]), figures.mean_over(1))
