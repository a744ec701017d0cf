"""What a notebook shows of a forecast, a comparison and a backtest: one sentence and one small table each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from funnelsim.analysis.html import html_answer, percent, shown
from funnelsim.model.target import MONEY

if TYPE_CHECKING:
    from funnelsim.analysis.backtest import Backtest
    from funnelsim.analysis.compare import Comparison
    from funnelsim.analysis.forecast import Forecast, MeasureForecast, Summary, TargetForecast

_LEVELS = ("commit (9 in 10)", "likely (even chance)", "stretch (1 in 10)", "mean", "±")


def forecast_html(told: Forecast) -> str:
    """Return bookings and wins with what is booked counted in, period by period, and the targets below."""
    unit, how = told.case.money, "exact laws" if told.trials is None else f"{told.trials:,} futures, seed {told.seed}"
    sentence = f"{told.case.name}, as of {told.case.as_of}: bookings in {unit}; {how}."
    rows = [*_measure("bookings", told.bookings), *(_target(target) for target in told.targets)]
    return html_answer(sentence, ("", *_LEVELS), rows)


def comparison_html(found: Comparison) -> str:
    """Return every assumption with its bookings, and by how much it is above the first one."""
    first = found.first
    unit = first.case.money
    sentence = (
        f"Bookings in {unit} in the same {found.trials:,} futures, seed {found.seed}; differences are from "
        f"'{first.name or first.case.name}'."
    )
    pairs = {pair.name: pair for pair in found.pairs}
    rows = []
    for one in found.assumptions:
        pair = pairs.get(one.name)
        apart = ("", "") if pair is None else (f"{pair.mean:+,.1f}", f"{pair.mean_se:.2g}")
        rows.append((one.name or one.case.name, *_levels(one.bookings, one.booked)[:4], *apart))
    return html_answer(sentence, ("", *_LEVELS[:4], "mean above the first", "±"), rows)


def backtest_html(told: Backtest) -> str:
    """Return how often the 80 % interval of each measure held, its mean CRPS and its bias."""
    sentence = f"{len(told.origins)} past windows of {told.plan.n_days} days, {told.n_independent} of them independent."
    rows = []
    for measure in told.origins[0].measures if told.origins else ():
        hits, bias = told.hits(measure), told.bias(measure)
        held = f"{hits.hits} of {hits.windows}"
        rows.append((measure, held, shown(told.crps(measure)), "" if bias is None else f"{100 * bias:+.1f} %"))
    return html_answer(sentence, ("measure", "80 % interval held", "mean CRPS", "bias"), rows)


def _measure(name: str, measure: MeasureForecast) -> Iterator[tuple[str, ...]]:
    for period in measure.periods:
        yield (period.label, *_levels(period.to_come, period.booked))
    yield (f"{name}, total", *_levels(measure.total, measure.booked))


def _levels(summary: Summary, booked: float) -> tuple[str, ...]:
    levels = (summary.commit, summary.likely, summary.stretch, summary.mean)
    error = summary.mean_se or summary.mean_error or 0.0
    return (*(shown(x + booked) for x in levels), f"{error:.2g}")


def _target(told: TargetForecast) -> tuple[str, ...]:
    goal = told.target
    amount = shown(goal.amount) if goal.measure in MONEY else f"{goal.amount:g}"
    by = f" by {goal.by}" if goal.by else ""
    return (f"chance of {goal.measure} {amount}{by}", "", "", "", percent(told.chance), f"{100 * told.chance_se:.2g}")
