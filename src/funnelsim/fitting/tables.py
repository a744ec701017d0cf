"""Fitted tables in a file: parquet, one row a stage, `funnelsim.fitted/1` in its metadata.

Columns: ``stage``, ``clock`` (age or date), ``exits``, ``ages``, ``due``, ``leads``, ``chance`` (draw, stratum, cell,
exit; of a stage with a date the losses by draw, stratum, due cell, age cell), ``won`` (draw, stratum; only of these)
and ``day_factor`` (kind of day, exit), each array flat with its last axis fastest. The metadata hold a JSON text:
schema, as_of, n_draws, cuts, shock, and of_day where there are kinds of days (-1 for a closed one).
"""

from __future__ import annotations

import hashlib
import io
import json
from array import array
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from funnelsim.errors import InputError
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, DayKinds, Figures

SCHEMA = "funnelsim.fitted/1"
_KEY = b"funnelsim"
_COLUMNS = pa.schema(
    [
        ("stage", pa.string()),
        ("clock", pa.string()),
        ("exits", pa.list_(pa.string())),
        ("ages", pa.list_(pa.int64())),
        ("due", pa.list_(pa.int64())),
        ("leads", pa.list_(pa.int64())),
        ("chance", pa.large_list(pa.float64())),
        ("won", pa.list_(pa.float64())),
        ("day_factor", pa.list_(pa.float64())),
    ]
)


def write_tables(tables: DailyTables, path: Path) -> str:
    """Write tables to a file and return the SHA-256 of its bytes, for `fitted` in a config."""
    content = bytes_of(tables)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_tables(path: Path) -> DailyTables:
    """Return the tables in a file.

    Raises
    ------
    InputError
        If the file holds no such tables, or what it holds contradicts itself.
    """
    return tables_in(path.read_bytes(), str(path))


def bytes_of(tables: DailyTables) -> bytes:
    """Return tables as the bytes of a file."""
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "as_of": tables.as_of.isoformat(),
        "n_draws": tables.n_draws,
        "cuts": tables.cuts,
        "shock": tables.shock,
    }
    if tables.days is not None:
        told["of_day"] = tables.days.of_day
    rows = [_row(stage, tables.days) for stage in tables.stages]
    metadata = {_KEY: json.dumps(told, ensure_ascii=False).encode()}
    table = pa.Table.from_pylist(rows, schema=_COLUMNS.with_metadata(metadata))
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _row(stage: AgedStage | DatedStage, days: DayKinds | None) -> dict[str, Any]:
    factor = days.factor.get(stage.name) if days else None
    told: dict[str, Any] = {
        "stage": stage.name,
        "exits": list(stage.exits),
        "ages": list(stage.ages),
        "day_factor": factor.values if factor is not None else None,
    }
    if isinstance(stage, AgedStage):
        return told | {"clock": "age", "chance": stage.chance.values}
    dates = {"due": list(stage.due), "leads": list(stage.leads), "won": stage.won.values}
    return told | dates | {"clock": "date", "chance": stage.loss.values}


def tables_in(content: bytes, name: str) -> DailyTables:
    """Return the tables in the bytes of a file; `name` is how errors call it.

    Raises
    ------
    InputError
        As `read_tables`.
    """
    table = _parquet(content, name)
    told = _metadata(table, name)
    try:
        n_draws, n_strata = int(told["n_draws"]), len(told["cuts"]) + 1
        rows = table.to_pylist()
        of_day = tuple(int(kind) for kind in told["of_day"]) if "of_day" in told else ()
        factors = {row["stage"]: _day_factor(row, of_day) for row in rows if row["day_factor"] is not None}
        return DailyTables(
            as_of=date.fromisoformat(told["as_of"]),
            stages=tuple(_stage(row, n_draws, n_strata) for row in rows),
            cuts=tuple(float(cut) for cut in told["cuts"]),
            shock=tuple(float(u) for u in told["shock"]),
            days=DayKinds(of_day, factors) if of_day else None,
        )
    except InputError as error:
        raise InputError([problem.under(name) for problem in error.problems]) from None
    except (KeyError, TypeError, ValueError) as error:
        raise InputError.of(f"its contents do not fit {SCHEMA} ({error}); fit again", place=name) from None


def _parquet(content: bytes, name: str) -> pa.Table:
    try:
        return parquet.read_table(io.BytesIO(content), columns=_COLUMNS.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError.of(f"not readable as parquet: {first}; fit again", place=name) from None


def _metadata(table: pa.Table, name: str) -> dict[str, Any]:
    try:
        told = json.loads((table.schema.metadata or {})[_KEY])
        schema = told["schema"]
    except (KeyError, TypeError, ValueError):
        raise InputError.of(f"holds no fitted tables (nothing says {SCHEMA}); fit again", place=name) from None
    if schema != SCHEMA:
        raise InputError.of(f"holds '{schema}', and this version reads {SCHEMA}; fit again", place=name)
    if not table.schema.remove_metadata().equals(_COLUMNS):
        raise InputError.of(f"its columns are not those of {SCHEMA}; fit again", place=name)
    return dict(told)


def _figures(values: list[float], *outer: int, last: int) -> Figures:
    """Return figures whose axis before the last is as long as their number makes it."""
    n = len(values) // max(int(last * _product(outer)), 1)
    return Figures((*outer, n, last), array("d", values))


def _product(numbers: tuple[int, ...]) -> int:
    found = 1
    for number in numbers:
        found *= number
    return found


def _day_factor(row: dict[str, Any], of_day: tuple[int, ...]) -> Figures:
    return Figures((max(0, *of_day) + 1, len(row["exits"])), array("d", row["day_factor"]))


def _stage(row: dict[str, Any], n_draws: int, n_strata: int) -> AgedStage | DatedStage:
    ages = tuple(row["ages"])
    if row["clock"] == "age":
        exits = tuple(row["exits"])
        chance = _figures(row["chance"], n_draws, n_strata, last=len(exits))
        return AgedStage(row["stage"], exits, ages, chance)
    if row["clock"] != "date":
        raise InputError.of(f"'{row['clock']}' is no clock; it is age or date", "stages", row["stage"])
    loss = _figures(row["chance"], n_draws, n_strata, last=len(ages))
    won = Figures((n_draws, n_strata), array("d", row["won"]))
    return DatedStage(row["stage"], tuple(row["due"]), ages, loss, won, tuple(row["leads"]))
