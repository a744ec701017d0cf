"""Which columns of a table are read, by the names a contract gives them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from funnelsim.errors import InputError, Problem
from funnelsim.model.contract import MILESTONES, NEEDED, Column, Part

MILESTONE = "milestone "
_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True)
class Chosen:
    """What each thing asked for is read from: the numbers of its columns in the table."""

    of: dict[str, tuple[int, ...]]

    @property
    def positions(self) -> list[int]:
        """Return the numbers of all columns that are read."""
        return sorted({i for found in self.of.values() for i in found})

    def frame(self, table: pa.Table) -> pd.DataFrame:
        """Return the cells by what they hold; of several columns the first that is filled in counts."""
        series = {}
        for name, positions in self.of.items():
            first, *others = (_trimmed(table.column(str(i))) for i in positions)
            for other in others:
                first = first.where(first != "", other)
            series[name] = first
        return pd.DataFrame(series, index=pd.RangeIndex(table.num_rows))


def _trimmed(column: pa.ChunkedArray) -> pd.Series[str]:
    text: pd.Series[str] = pc.utf8_trim_whitespace(column).to_pandas(types_mapper={pa.large_string(): _TEXT}.get)
    return text


def chosen(part: Part, header: list[str], table: str) -> Chosen:
    """Return which columns of a table are read.

    Raises
    ------
    InputError
        If a column is missing or named twice; the nearest name is suggested.
    """
    if told := _proposal(part, header):
        raise InputError.of(told)
    problems: list[Problem] = []
    found: dict[str, tuple[int, ...]] = {}
    for name, column, is_needed in _wanted(part, header):
        positions, missing = _positions(column, header)
        twice = [header[i] for i in positions if header.count(header[i]) > 1]
        if twice:
            problems.append(Problem((name,), f"{table} has two columns named '{twice[0]}'; rename one"))
        elif missing and (is_needed or not column.is_preset):
            told = f"{table} has no column '{missing[0]}'; {_hint(missing[0], header)}"
            problems.append(Problem((name.removeprefix(MILESTONE),), told))
        elif positions:
            found[name] = positions
    if not problems and part.kind == MILESTONES and not any(name.startswith(MILESTONE) for name in found):
        problems.append(Problem(("columns",), f"{table} has no column that begins with '{part.milestone_prefix}'"))
    if problems:
        raise InputError(problems)
    return Chosen(found)


def _wanted(part: Part, header: list[str]) -> Iterator[tuple[str, Column, bool]]:
    for name, column in part.columns.items():
        yield name, column, name in NEEDED[part.kind]
    for name, column in part.milestones.items():
        yield MILESTONE + name, column, True
    if prefix := part.milestone_prefix:
        for cell in header:
            if cell.lower().startswith(prefix.lower()) and not cell.endswith("current_stage"):
                yield MILESTONE + cell[len(prefix) :], Column((cell,)), True
    for n, (column, _) in enumerate(part.where):
        yield f"where {n}", column, False


def _positions(column: Column, header: list[str]) -> tuple[tuple[int, ...], list[str]]:
    """Return the numbers of a column's columns, and the names that are not there."""
    if not column.is_preset:
        missing = [name for name in column.names if name not in header]
        return tuple(header.index(name) for name in column.names if name in header), missing
    plain = [_plain(cell) for cell in header]
    found = {plain.index(_plain(name)): None for name in column.names if _plain(name) in plain}
    return tuple(found), [] if found else [column.names[0]]


def _plain(name: str) -> str:
    return re.sub(r"[_\s]", "", name).lower()


def _hint(name: str, header: list[str]) -> str:
    close = [one for one in header if _plain(one) == _plain(name)] or get_close_matches(name, header, 1, 0.5)
    return f"did you mean '{close[0]}'?" if close else f"the columns are {', '.join(header[:40])}"


def _proposal(part: Part, header: list[str]) -> str:
    """Return which columns could be meant where none is stated, to be confirmed by writing them down."""
    if not part.proposals or all(name in part.columns for name in NEEDED[part.kind]):
        return ""
    found: dict[str, str] = {}
    for name, aliases in part.proposals.items():
        if name in part.columns:
            continue
        heads = {re.sub(r"[(（].*", "", head).strip(): head for head in header}
        close = [heads[one] for alias in aliases for one in get_close_matches(alias, heads, 1, 0.8)]
        if close and close[0] not in found.values():
            found[name] = close[0]
    if not found:
        return f"no column is stated, and none has a usual name; the columns are {', '.join(header)}"
    written = ", ".join(f"{name}: {_in_yaml(head)}" for name, head in found.items())
    line = f"write {part.kind}: {{file: {_in_yaml(part.files[0])}, {written}}}" if part.files else f"add: {written}"
    return f"columns must be confirmed; if they hold what their names say, {line}"


def _in_yaml(name: str) -> str:
    """Return a name as it may stand between braces."""
    return name if re.fullmatch(r"[\w(（][\w()（） ./-]*", name) else json.dumps(name, ensure_ascii=False)
