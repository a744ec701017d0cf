"""The results of a store as tidy frames: one question, one row per case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelsim.analysis.forecast import LEVELS
from funnelsim.batch.store import CASES, POINTS, Kept, read_store
from funnelsim.batch.tables import COLUMNS, NUMBER, SUM, TARGET
from funnelsim.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FIGURES = ("mean", "sd", "mean_se", *LEVELS, "booked")
OF_TARGETS = ("chance", "chance_se", "mean_gap", "mean_gap_se", "target")


@dataclass(frozen=True)
class Question:
    """Which rows of every case are asked for.

    Parameters
    ----------
    measure : str
        Such as ``bookings`` or ``wins``.
    period : str
        A period's label, or ``total``.
    axis, group : str
        Such as ``segment`` and ``north``; empty for everything.
    """

    measure: str = "bookings"
    period: str = "total"
    axis: str = ""
    group: str = ""


def results(store: str | Path | Kept, question: Question | None = None) -> pd.DataFrame:
    """Return one row per finished case: what varies in it, its figures, and the chance of each target.

    Columns: ``case_number``; one per path that varies, text as the sweep states it (numbers where all are); mean, sd,
    mean_se, p5 .. p95, booked, in the case's unit; for each target ``chance <amount> <period>``.

    Raises
    ------
    InputError
        If the folder holds no store, or no case has such rows; then what there is is named.

    Examples
    --------
    >>> results("out/store", Question("wins"))  # doctest: +SKIP
    """
    kept, question = store if isinstance(store, Kept) else read_store(Path(store)), question or Question()
    rows = rows_of(kept)
    sums = rows[
        (rows["question"] == SUM)
        & (rows["measure"] == question.measure)
        & (rows["period"] == question.period)
        & (rows["group_axis"].fillna("") == question.axis)
        & (rows["group"].fillna("") == question.group)
    ]
    if sums.empty:
        raise InputError(_absent(rows, question))
    found = points(kept).merge(sums[[NUMBER, *FIGURES]], on=NUMBER)
    return found.merge(_chances(rows), on=NUMBER, how="left").sort_values(NUMBER, ignore_index=True)


def points(kept: Kept) -> pd.DataFrame:
    """Return what varies, a row per case; a column whose texts are all figures of one form becomes numbers."""
    from pyarrow import ArrowException, parquet

    path = kept.folder / POINTS
    try:
        frame: pd.DataFrame = parquet.read_table(path).to_pandas()
    except (ArrowException, OSError):
        raise InputError.of("absent or damaged; run the same sweep into a new folder", place=str(path)) from None
    for name in kept.columns:
        frame[name] = _numbers(frame[name])
    return frame


def rows_of(kept: Kept) -> pd.DataFrame:
    """Return every row of every finished case, as it lies in the files.

    Raises
    ------
    InputError
        If no case is finished, or a file is damaged; then it is named.
    """
    from pyarrow import ArrowException, concat_tables, parquet

    tables: list[pa.Table] = []
    problems: list[Problem] = []
    for path in sorted((kept.folder / CASES).glob("*/*.parquet")):
        try:
            tables.append(parquet.read_table(path, page_checksum_verification=True).replace_schema_metadata(None))
        except (ArrowException, OSError):
            problems.append(Problem((), "damaged; run the same sweep again to mend it", str(path)))
    if problems:
        raise InputError(problems)
    if not tables:
        raise InputError.of("no case is finished yet", place=str(kept.folder))
    frame: pd.DataFrame = concat_tables(tables).select(COLUMNS).to_pandas()
    return frame


def chosen(frame: pd.DataFrame, where: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of a frame whose columns have the wanted values.

    Raises
    ------
    InputError
        If there is no such column, or no row has the value.
    """
    for name, value in where.items():
        if name not in frame:
            raise InputError.of(f"no column '{name}'; there are {', '.join(map(str, frame.columns))}", "where")
        kept = frame[frame[name].map(_shown) == value]
        if kept.empty:
            there = ", ".join(sorted({_shown(v) for v in frame[name]})[:10])
            raise InputError.of(f"no case has {name} = {value}; there are {there}", "where")
        frame = kept
    return frame


def pivot(frame: pd.DataFrame, rows: str, columns: str, figure: str) -> pd.DataFrame:
    """Return `figure` by two of the columns that vary; where several cases meet, their mean.

    Raises
    ------
    InputError
        If there is no such column.
    """
    if absent := [name for name in (rows, columns, figure) if name not in frame]:
        told = f"no column {', '.join(absent)}; there are {', '.join(map(str, frame.columns))}"
        raise InputError.of(told, "pivot")
    if rows == columns:
        raise InputError.of(f"rows and columns are both {rows}; name two columns that vary", "pivot")
    if frame[figure].dtype.kind not in "fi":
        raise InputError.of(f"'{figure}' holds texts; name a figure, such as mean or p10", "figure")
    return frame.pivot_table(index=rows, columns=columns, values=figure, aggfunc="mean")


def _chances(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one column for each target: its chance."""
    targets = rows[rows["question"] == TARGET].copy()
    if targets.empty:
        return targets[[NUMBER]]
    groups = targets["group"].fillna("").map(lambda name: f" {name}" if name else "")
    targets["name"] = (
        "chance " + targets["measure"] + " " + targets["target"].map(_in_full) + " " + targets["period"] + groups
    )
    return targets.pivot_table(index=NUMBER, columns="name", values="chance", sort=False, aggfunc="first").reset_index()


def _in_full(amount: float) -> str:
    """Return an amount with all its digits, since two targets may differ in the last."""
    return repr(int(amount)) if float(amount).is_integer() else repr(float(amount))


def _absent(rows: pd.DataFrame, question: Question) -> list[Problem]:
    sums = rows[rows["question"] == SUM]
    asked = {
        "measure": (question.measure, sums["measure"]),
        "period": (question.period, sums["period"]),
        "by": (question.axis, sums["group_axis"].fillna("")),
        "group": (question.group, sums["group"].fillna("")),
    }
    problems = [
        Problem((name,), f"no '{wanted}'; there are {', '.join(v for v in dict.fromkeys(there) if v) or 'none'}")
        for name, (wanted, there) in asked.items()
        if wanted not in set(there)
    ]
    return problems or [Problem((), "no case has such rows together")]


def _numbers(texts: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    is_percent = texts.str.endswith("%").all()
    numbers = pd.to_numeric(texts.str.removesuffix("%") if is_percent else texts, errors="coerce")
    if numbers.isna().any():
        return texts
    return (numbers / 100).round(15) if is_percent else numbers


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
