"""Frames of many cases as tables on the terminal and as files: CSV, workbook, parquet."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from funnelsim.analysis.forecast import LEVELS
from funnelsim.report.clean import for_spreadsheet, one_line
from funnelsim.report.numbers import decimals, figure, percent
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = {"mean", "p10", "p50", "p90"}
_FIGURES = {"mean", "sd", "mean_se", *LEVELS, "booked"}
_WIDEST = 40
_WORDS = {
    "case_number": ("case_head", ""),
    "mean": ("mean", ""),
    "p10": ("commit", "commit_hint"),
    "p50": ("likely", "likely_hint"),
    "p90": ("stretch", "stretch_hint"),
}


def results_table(frame: pd.DataFrame, title: str, note: str, say: Words) -> Table:
    """Return what varies, mean, commit, likely and stretch, and the chance of each target; a row per case."""
    names = [name for name in map(str, frame.columns) if name not in _FIGURES - _SHOWN]
    columns = tuple(_column(name, frame, say) for name in names)
    rows = tuple(
        tuple(_cell(name, value) for name, value in zip(names, row, strict=True)) for row in _rows(frame, names)
    )
    return Table(title, columns, rows, note=note)


def pivot_table(frame: pd.DataFrame, title: str, figure_name: str, say: Words) -> Table:
    """Return a pivot as it is: rows by columns, and below what its figures are."""
    corner = f"{frame.index.name} \\ {frame.columns.name}"
    columns = (Column(one_line(corner, _WIDEST), is_number=False), *(Column(_stated(name)) for name in frame.columns))
    rows = tuple(
        (_stated(index), *(_number(float(value)) for value in row))
        for index, row in zip(frame.index, frame.to_numpy(), strict=True)
    )
    return Table(title, columns, rows, note=_head(figure_name, say).name)


def side_by_side(frame: pd.DataFrame, title: str, say: Words) -> Table:
    """Return one column per case: what differs, then figures, and below each what it has over the first case."""
    number, *names = map(str, frame.columns)
    cases = frame[number].tolist()
    rows: list[tuple[str, ...]] = []
    for name in names:
        values = frame[name].tolist()
        is_figure = name in _FIGURES or name.startswith("chance ")
        if not is_figure and len(set(values)) > 1:
            rows.append((one_line(name, _WIDEST), *map(_stated, values)))
        elif name in _SHOWN or name.startswith("chance "):
            rows.append((_head(name, say).name, *(_cell(name, value) for value in values)))
            rows.append(
                (f"  {say('less_the_first')}", "", *(_less(name, value, values[0], say) for value in values[1:]))
            )
    columns = (Column(say("case_head"), is_number=False), *(Column(str(case)) for case in cases))
    return Table(title, columns, tuple(rows))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame as CSV in UTF-8 with a byte order mark; texts that look like formulas are made texts."""
    safe = _safe(frame)
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame as parquet."""
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()


def workbook_bytes(frame: pd.DataFrame, title: str) -> bytes:
    """Return a frame as a workbook of one sheet: numbers as numbers, texts as texts, head frozen."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    book = xlsxwriter.Workbook(out, options)
    sheet, head = book.add_worksheet("results"), book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    book.set_properties({"title": one_line(title, 200)})
    for column, name in enumerate(map(str, frame.columns)):
        sheet.write_string(0, column, one_line(name), head)
        for row, value in enumerate(frame[name], start=1):
            _write_cell(sheet, row, column, value)
    sheet.freeze_panes(1, 1)
    sheet.autofit()
    book.close()
    return out.getvalue()


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, one_line(value))
    elif value == value:  # a figure; one that is absent is not equal to itself  # noqa: PLR0124
        sheet.write_number(row, column, value)


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.rename(columns={name: for_spreadsheet(str(name)) for name in frame.columns})
    return found.map(lambda value: for_spreadsheet(value) if isinstance(value, str) else value)


def _rows(frame: pd.DataFrame, names: list[str]) -> list[tuple[Any, ...]]:
    return list(frame[names].itertuples(index=False, name=None))


def _column(name: str, frame: pd.DataFrame, say: Words) -> Column:
    head = _head(name, say)
    return replace(head, is_number=frame[name].dtype.kind in "fi")


def _head(name: str, say: Words) -> Column:
    """Return the head of a column: in words where it is one of ours, as it stands where it is a path of the config."""
    if name in _WORDS:
        word, hint = _WORDS[name]
        return Column(say(word), say(hint) if hint else "")
    if name.startswith("chance "):
        _, measure, amount, *window = name.split(" ")
        return Column(say("chance_of_case", measure=say(measure), amount=amount, window=_window(" ".join(window), say)))
    return Column(one_line(name, _WIDEST))


def _window(told: str, say: Words) -> str:
    """Return the window and group of a target as words."""
    for start, key in (("total", "total"), ("by ", "by_day")):
        if told.startswith(start):
            rest = told.removeprefix(start)
            return one_line(say(key) + rest if key == "total" else say(key, day=rest), _WIDEST)
    return one_line(told, _WIDEST)


def _cell(name: str, value: Any) -> str:
    if name.startswith("chance "):
        return percent(value) if value == value else "–"  # noqa: PLR0124
    if name in _FIGURES:
        return figure(value, decimals(value))
    return _stated(value)


def _less(name: str, value: float, first: float, say: Words) -> str:
    sign = "+" if value >= first else ""
    if name.startswith("chance "):
        return say("n_points", n=f"{sign}{figure(100 * (value - first), 1)}")
    return f"{sign}{figure(value - first, decimals(value))}"


def _stated(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else one_line(str(value), _WIDEST)


def _number(value: float) -> str:
    return figure(value, decimals(value) if abs(value) > 1 else 4)
