"""The chance of each target as a bar, with its error and the sentence that says the same."""

from __future__ import annotations

from dataclasses import dataclass

from funnelsim.analysis.forecast import Forecast, TargetForecast
from funnelsim.report.gauge import gauges
from funnelsim.report.numbers import chance
from funnelsim.report.tables import target_in_words
from funnelsim.report.words import Words

_MOST = 3


@dataclass(frozen=True)
class GaugeBar:
    """A bar from 0 to 100: what is reached, and two standard errors on either side of it."""

    name: str
    told: str
    reached: float
    low: float
    high: float


def gauge_bars(forecast: Forecast, say: Words) -> list[GaugeBar]:
    """Return a bar for each of the first targets; all of them stand in a table further down."""
    told = zip(forecast.targets[:_MOST], gauges(forecast, say), strict=False)
    return [_bar(forecast, one, sentence, say) for one, sentence in told]


def _bar(forecast: Forecast, one: TargetForecast, told: str, say: Words) -> GaugeBar:
    reached = chance(one.chance, one.chance_se, forecast.trials)
    name = say("gauge_told", target=target_in_words(forecast, one, say), chance=reached)
    low, high = max(one.chance - 2 * one.chance_se, 0.0), min(one.chance + 2 * one.chance_se, 1.0)
    return GaugeBar(name, told, *(round(100 * share, 2) for share in (one.chance, low, high)))
