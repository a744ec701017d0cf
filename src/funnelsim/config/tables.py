"""CSV files -> rows with their line numbers. Plain or gzipped; UTF-8 first, then GB18030."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from funnelsim.config.laws import Figure
from funnelsim.config.reading import DATA_LIMIT, Files, raw_bytes, refuse_binary
from funnelsim.errors import InputError, Problem

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Table:
    """A CSV file: its header, and the text below it."""

    name: str
    header: tuple[str, ...]
    text: str

    def column(self, name: str) -> int:
        """Return the number of a column, or raise with the nearest name."""
        if name in self.header:
            return self.header.index(name)
        close = get_close_matches(name, self.header, 1, 0.5)
        hint = f"did you mean '{close[0]}'?" if close else f"the columns are {', '.join(self.header)}"
        raise InputError.of(f"{self.name} has no column '{name}'; {hint}")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return each row that is not blank with the line it begins on.

        Raises
        ------
        InputError
            At a row that is no CSV, or has more or fewer cells than the header.
        """
        reader = csv.reader(io.StringIO(self.text, newline=""), strict=True)
        n, line = len(self.header), 1
        try:
            next(reader)
            line = reader.line_num + 1
            for row in reader:
                if len(row) != n and any(row):
                    told = f"{len(row)} cells where the header has {n}; mend the commas or quotes"
                    raise InputError.of(told, place=f"{self.name}:{line}")
                if any(row):
                    yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise InputError.of(f"not readable as CSV: {error}", place=f"{self.name}:{line}") from None


def read_table(files: Files, written: str) -> Table:
    """Return the table in the file a config names."""
    return table_of(files.read(written), written)


def open_table(path: Path) -> Table:
    """Return the table in a file."""
    return table_of(raw_bytes(path, str(path), DATA_LIMIT), str(path))


def table_of(content: bytes, name: str) -> Table:
    """Return the table in the bytes of a CSV file."""
    content = unpacked(content, name)
    refuse_binary(content, name)
    text = _decoded(content, name)
    try:
        header = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error as error:
        raise InputError.of(f"not readable as CSV: {error}", place=f"{name}:1") from None
    columns = tuple(cell.strip() for cell in header)
    if not any(columns):
        raise InputError.of("an empty table; its first line must name the columns", place=f"{name}:1")
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise InputError(Problem((), f"two columns are named '{one}'; rename one", f"{name}:1") for one in twice)
    return Table(name, columns, text)


def sample_of(files: Files, written: str, column: str | None, figure: Figure) -> tuple[float, ...]:
    """Return the values in a column of a CSV file (its only one if none is named), each read by `figure`.

    In a file the plain numbers of a stay are days.
    """
    table = read_table(files, written)
    if column is None and len(table.header) != 1:
        raise InputError.of(f"{written} has several columns; write {{file: {written}, column: NAME}}")
    index = 0 if column is None else table.column(column)
    values: list[float] = []
    problems: list[Problem] = []
    for line, row in table.rows():
        cell = row[index].strip()
        try:
            values.append(_value(cell, figure))
        except InputError as error:
            problems.extend(Problem((), p.message, f"{written}:{line}") for p in error.problems)
    if problems:
        raise InputError(problems)
    return tuple(values)


def _value(cell: str, figure: Figure) -> float:
    try:
        value = float(cell)
    except ValueError:
        return figure(cell)
    if not 0 <= value < float("inf"):
        raise InputError.of(f"{cell} must be 0 or more and finite")
    return value


def _decoded(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError.of("neither UTF-8 nor GB18030 text; save it as UTF-8", place=name)


def unpacked(content: bytes, name: str) -> bytes:
    """Return the bytes of a file, unpacked where they are gzipped."""
    if content[:2] != _GZIP_MAGIC:
        return content
    unzip = zlib.decompressobj(wbits=31)
    try:
        found = unzip.decompress(content, DATA_LIMIT + 1)
    except zlib.error as error:
        raise InputError.of(f"not readable as gzip: {error}", place=name) from None
    if len(found) > DATA_LIMIT:
        raise InputError.of(f"unpacks to more than the {DATA_LIMIT // 2**20} MB allowed", place=name)
    if not unzip.eof:
        raise InputError.of("the gzip file is cut short; fetch it again", place=name)
    return found
