"""A case with every win rate moved by the same number of points (model page, M14.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from funnelsim.errors import RefusedError
from funnelsim.model.case import Case
from funnelsim.model.conversion import with_conversion
from funnelsim.model.funnel import Funnel, Stage
from funnelsim.model.lifting import following
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.sources import Source


def shifted(case: Case, points: float) -> Case:
    """Return the case with every win rate higher by `points` hundredths, held between 0 and 1.

    Win rates of stages move together, and so do those that a deal or a source states of its own; a stage labelled 0 %
    stays a mark of progress. Beliefs keep their shape about the new figures.

    Parameters
    ----------
    case : Case
        With a straight funnel.
    points : float
        Hundredths; below 0 for fewer wins.

    Raises
    ------
    RefusedError
        If the funnel is fitted or not straight: then no win rate of a stage is stated.

    Examples
    --------
    >>> from funnelsim import Deal, Funnel, Money, Pipeline, Step
    >>> from datetime import date
    >>> funnel = Funnel.linear([Step("demo", win_rate=0.2), Step("offer", win_rate=0.5)])
    >>> case = Case("one", Money("EUR"), date(2026, 10, 1), funnel, Pipeline((Deal("a", "demo", 50.0),)))
    >>> [round(rate, 6) for rate in shifted(case, 10).funnel.win_rates]
    [0.3, 0.6]
    """
    if case.fitted is not None or not case.funnel.is_linear:
        raise RefusedError("win rates move together in a straight funnel with stated rates only")
    if not points:
        return case
    funnel = replace(case.funnel, stages=tuple(_stages(case.funnel, points / 100.0)))
    return replace(
        case,
        funnel=funnel,
        pipeline=Pipeline(tuple(_deal(deal, points / 100.0) for deal in case.pipeline.deals)),
        sources=tuple(_source(source, points / 100.0) for source in case.sources),
        beliefs=tuple(following(case, funnel)),
    )


def _stages(funnel: Funnel, by: float) -> Iterator[Stage]:
    before = funnel.win_rates
    rates = [_held(rate + by) if rate > 0 else 0.0 for rate in before]
    for i, stage in enumerate(funnel.stages):
        ahead = rates[i + 1] if i + 1 < len(rates) else 1.0
        conversion = min(rates[i] / ahead, 1.0 - stage.never) if ahead > 0 else 0.0
        onward = [funnel.is_onward(i, exit_.to) for exit_ in stage.exits]
        yield with_conversion(stage, onward, conversion)


def _deal(deal: Deal, by: float) -> Deal:
    return deal if deal.win_rate is None else deal._replace(win_rate=_held(deal.win_rate + by))


def _source(source: Source, by: float) -> Source:
    rate = source.entry.win_rate
    return source if rate is None else replace(source, entry=replace(source.entry, win_rate=_held(rate + by)))


def _held(rate: float) -> float:
    return min(max(rate, 0.0), 1.0)
