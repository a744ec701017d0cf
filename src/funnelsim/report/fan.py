"""The periods of a forecast as a stack of bands: what a native chart draws, rounded as the tables are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from funnelsim.analysis.forecast import Forecast, PeriodForecast
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import figure, places_of
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words

# the share of futures that reach each level, from the surest up
LEVEL_WORDS = {
    "p10": "nine_tenths",
    "p25": "three_quarters",
    "p50": "one_half",
    "p75": "one_quarter",
    "p90": "one_tenth",
}


@dataclass(frozen=True)
class Fan:
    """Bands to stack, period by period.

    Parameters
    ----------
    labels : tuple of str
        Of the periods.
    names : tuple of str
        Of the bands, five: below commit, then the four between the levels.
    heights : tuple of tuple of float
        One row a band, one figure a period, in the case's unit; they add up to the stretch.
    likely : tuple of float
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    heights: tuple[tuple[float, ...], ...]
    likely: tuple[float, ...]


def fan(forecast: Forecast, say: Words) -> Fan:
    """Return the bands of the bookings, what is booked counted in."""
    levels = [_levels(period) for period in forecast.bookings.periods]
    stacks = [(row[0], *(round(high - low, 2) for low, high in pairwise(row))) for row in levels]
    labels = tuple(one_line(period.label) for period in forecast.bookings.periods)
    return Fan(labels, band_names(say), tuple(zip(*stacks, strict=True)), tuple(row[2] for row in levels))


def band_names(say: Words) -> tuple[str, ...]:
    """Return what the bands are called, by the shares of futures that reach their edges."""
    edges = [say(word) for word in LEVEL_WORDS.values()]
    return (say("below_commit"), *(say("band", low=low, high=high) for low, high in pairwise(edges)))


def fan_table(forecast: Forecast, say: Words) -> Table:
    """Return the bands with the even chance, as cells: what stands behind the chart."""
    bands = fan(forecast, say)
    columns = (Column(say("period"), is_number=False), *map(Column, bands.names), Column(say("likely_hint")))
    places = [places_of(period.to_come) for period in forecast.bookings.periods]
    rows = zip(bands.labels, *bands.heights, bands.likely, strict=True)
    shown = tuple(
        (label, *(figure(x, place) for x in amounts)) for (label, *amounts), place in zip(rows, places, strict=True)
    )
    title = say("bands_title", measure=say("bookings"), unit=forecast.case.money)
    return Table(title, columns, shown)


def _levels(period: PeriodForecast) -> list[float]:
    places = places_of(period.to_come)
    return [round(period.to_come.quantiles[name] + period.booked, places) for name in LEVEL_WORDS]
