"""A forecast as one tidy table, a row per question, and the parquet file it is kept in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from funnelsim.analysis.forecast import LEVELS, Forecast, MeasureForecast, Summary, TargetForecast

if TYPE_CHECKING:
    import pyarrow as pa

PLAN, CASE = b"funnelsim.plan", b"funnelsim.case"
SCHEMA = b"funnelsim.batch/1"
SUM, TARGET = "sum", "target"
NUMBER = "case_number"
_TEXTS = ("question", "measure", "group_axis", "group", "period", "start", "end", "engine")
_NUMBERS = ("booked", "mean", "sd", "mean_se", *LEVELS, "target", "chance", "chance_se", "mean_gap", "mean_gap_se")
COLUMNS = (NUMBER, *_TEXTS, *_NUMBERS)


def table_of(told: Forecast, number: int) -> pa.Table:
    """Return the figures of a forecast.

    A row of question ``sum`` is a measure in a period, or in ``total``, of everything or of one group: what is still to
    come, in the case's unit, and beside it what is booked. A row of question ``target`` is a target: its chance and
    mean gap. `end` is exclusive, and the day itself for a target.
    """
    import pyarrow as pa

    rows = [{NUMBER: number, "engine": told.engine, **row} for row in _rows(told)]
    return pa.Table.from_pylist(rows, schema=_schema())


def as_bytes(table: pa.Table, plan: str, number: int) -> bytes:
    """Return the parquet file of a table; the same bytes for the same table."""
    from pyarrow import parquet

    marked = table.replace_schema_metadata({b"schema": SCHEMA, PLAN: plan.encode(), CASE: str(number).encode()})
    out = io.BytesIO()
    parquet.write_table(marked, out, compression="zstd", write_page_checksum=True)
    return out.getvalue()


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = [(name, pa.string()) for name in _TEXTS]
    return pa.schema([(NUMBER, pa.int64()), *texts, *((name, pa.float64()) for name in _NUMBERS)])


def _rows(told: Forecast) -> Iterator[dict[str, Any]]:
    for measure, found in told.measures.items():
        yield from _sums({"measure": measure}, found, told)
    for axis, values in told.groups.items():
        for value, measures in values.items():
            for measure, found in measures.items():
                yield from _sums({"measure": measure, "group_axis": axis, "group": value}, found, told)
    for target in told.targets:
        yield _target(target, told)


def _sums(key: dict[str, str], found: MeasureForecast, told: Forecast) -> Iterator[dict[str, Any]]:
    case = told.case
    for period in found.periods:
        days = {"start": period.start.isoformat(), "end": period.end.isoformat()}
        yield {**_sum(key, period.to_come), "period": period.label, **days, "booked": period.booked}
    ends = {"start": case.as_of.isoformat(), "end": case.end.isoformat() if case.end else None}
    yield {**_sum(key, found.total), "period": "total", **ends, "booked": found.booked}


def _sum(key: dict[str, str], told: Summary) -> dict[str, Any]:
    return {"question": SUM, **key, "mean": told.mean, "sd": told.sd, "mean_se": told.mean_se, **told.quantiles}


def _target(told: TargetForecast, forecast: Forecast) -> dict[str, Any]:
    target = told.target
    return {
        "question": TARGET,
        "measure": target.measure,
        "group_axis": " + ".join(target.group) or None,
        "group": " + ".join(target.group.values()) or None,
        "period": f"by {target.by.isoformat()}" if target.by else "total",
        "start": forecast.case.as_of.isoformat(),
        "end": target.by.isoformat() if target.by else None,
        "target": target.amount,
        "chance": told.chance,
        "chance_se": told.chance_se,
        "mean_gap": told.mean_gap,
        "mean_gap_se": told.mean_gap_se,
    }
