"""The figures of a forecast as one tidy table: a row per measure, group and period."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from funnelsim.analysis.forecast import LEVELS, Forecast, MeasureForecast, Summary
from funnelsim.report.clean import for_spreadsheet

HEADS = (
    *("measure", "group_axis", "group", "period", "start", "end", "booked", "mean", "sd", "mean_se"),
    *LEVELS,
)
Cell = str | float


def summary_csv(forecast: Forecast) -> bytes:
    """Return the table as CSV in UTF-8 with a byte order mark, so that spreadsheets read Chinese.

    Amounts are what is still to come, in the case's unit; `booked` stands beside. `end` is exclusive.
    """
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADS)
    writer.writerows(_rows(forecast))
    return out.getvalue().encode("utf-8-sig")


def _rows(forecast: Forecast) -> Iterator[tuple[Cell, ...]]:
    for name, measure in forecast.measures.items():
        yield from _measure_rows((name, "", ""), measure, forecast)
    for axis, values in forecast.groups.items():
        for value, measures in values.items():
            for name, measure in measures.items():
                yield from _measure_rows((name, axis, for_spreadsheet(value)), measure, forecast)


def _measure_rows(
    key: tuple[str, str, str], measure: MeasureForecast, forecast: Forecast
) -> Iterator[tuple[Cell, ...]]:
    for period in measure.periods:
        days = (for_spreadsheet(period.label), period.start.isoformat(), period.end.isoformat())
        yield (*key, *days, period.booked, *_figures(period.to_come))
    end = forecast.case.end
    days = ("total", forecast.case.as_of.isoformat(), end.isoformat() if end else "")
    yield (*key, *days, measure.booked, *_figures(measure.total))


def _figures(summary: Summary) -> tuple[float, ...]:
    return (summary.mean, summary.sd, summary.mean_se, *(summary.quantiles[name] for name in LEVELS))
