"""The table of who is how busy and how long deals wait."""

from __future__ import annotations

from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.waiting import Figure, StationForecast
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, figure, percent
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words


def waiting_table(forecast: Forecast, say: Words) -> Table:
    """Return a row for each owner, team or stage with a capacity."""
    labels = [one_line(period.label) for period in forecast.case.periods] or [say("by_the_end")]
    columns = (
        Column(say("station"), is_number=False),
        Column(say("slots")),
        Column(say("standing")),
        *([Column(say("utilisation"))] if forecast.case.periods else []),
        Column(say("wait_days")),
        *(Column(say("queue_at", label=label)) for label in labels),
    )
    rows = tuple(_row(station, say) for station in forecast.waiting)
    return Table(say("waiting"), columns, rows, note=say("waiting_note"))


def station_name(station: StationForecast, say: Words) -> str:
    """Return the name of a station in the reader's language."""
    if station.kind == "team":
        return say("team") if station.name == "team" else say("person", n=station.name.removeprefix("person "))
    return say("at_stage", name=one_line(station.name)) if station.kind == "stage" else one_line(station.name)


def in_figures(value: Figure | None) -> str:
    """Return a mean to as many places as its error allows."""
    return "" if value is None else figure(value.mean, decimals(value.mean, value.se))


def _row(station: StationForecast, say: Words) -> tuple[str, ...]:
    busy = [percent(station.utilisation.mean)] if station.utilisation else []
    return (
        station_name(station, say),
        f"{station.slots:,}",
        f"{station.standing:,}",
        *busy,
        in_figures(station.wait_days),
        *(in_figures(queue) for queue in station.queues),
    )
