"""Tables from files and databases, every cell as text, and the place of every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from funnelsim.errors import InputError, Problem
from funnelsim.history.columns import Chosen, chosen
from funnelsim.model.contract import Part

Read = Callable[[str], bytes]
_CSV, _PARQUET, _XLSX = ".csv", ".parquet", ".xlsx"
_PARQUET_MAGIC, _ZIP_MAGIC, _OLD_EXCEL_MAGIC = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Piece:
    """One file, or the answer of a database: its name, and how many rows it holds."""

    name: str
    rows: int
    lines: Callable[[], Iterator[int]] | None = None


@dataclass
class Frame:
    """A table: the columns that were asked for, as text; its index is the number of the row over all pieces."""

    part: Part
    cells: pd.DataFrame
    pieces: list[Piece]
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def source(self) -> str:
        """Return the names of the files, or of the database."""
        names = [piece.name for piece in self.pieces]
        return names[0] if len(names) == 1 else f"{names[0]} .. {names[-1]} ({len(names)})"

    @property
    def rows(self) -> int:
        """Return how many rows were read."""
        return sum(piece.rows for piece in self.pieces)

    def has(self, name: str) -> bool:
        """Tell whether the table holds this."""
        return name in self.cells.columns

    def text(self, name: str) -> pd.Series[str]:
        """Return a column; empty texts where the table has none such."""
        if self.has(name):
            found: pd.Series[str] = self.cells[name]
            return found
        return pd.Series("", index=self.cells.index, dtype="str")

    def place(self, row: int) -> str:
        """Return ``file:line`` of a row, by its number in the index."""
        for piece in self.pieces:
            if row < piece.rows:
                if piece.lines is None:
                    return f"{piece.name}, row {row + 1}"
                return f"{piece.name}:{next(line for n, line in enumerate(piece.lines()) if n == row)}"
            row -= piece.rows
        return self.source

    def leave_out(self, reason: str, is_left_out: pd.Series[bool]) -> None:
        """Leave rows out for a reason that the report tells."""
        n = int(is_left_out.sum())
        if n:
            self.left_out[reason] = self.left_out.get(reason, 0) + n
            self.cells = self.cells[~is_left_out]


def read_frame(part: Part, read: Read) -> Frame:
    """Return the table of a part of a history.

    Parameters
    ----------
    read : function
        Returns the bytes of a file (unpacked where it was gzipped) by its name as written.

    Raises
    ------
    InputError
        If a file or database cannot be read, is empty, or lacks a column.
    """
    if part.query or part.table:
        from funnelsim.history.databases import read_database

        name, n_rows, answer = read_database(part)
        pieces = [(Piece(name, n_rows), answer)]
    else:
        pieces = [_read_file(part, name, read) for name in part.files]
    frames = [frame for _, frame in pieces]
    cells = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True).fillna("")
    frame = Frame(part, cells, [piece for piece, _ in pieces])
    _keep_where(frame)
    return frame


def _read_file(part: Part, name: str, read: Read) -> tuple[Piece, pd.DataFrame]:
    content = read(name)
    if not content:
        raise InputError.of("an empty file; its first line must name the columns", place=f"{name}:1")
    if content[:4] == _PARQUET_MAGIC:
        return _read_parquet(part, name, content)
    if content[:4] == _ZIP_MAGIC:
        from funnelsim.history.workbooks import read_workbook

        header, columns = read_workbook(content, name, part.sheet)
        return _named(part, name, header, pa.table(columns, names=[str(i) for i in range(len(header))]))
    if content[:4] == _OLD_EXCEL_MAGIC:
        raise InputError.of("an old Excel file (.xls); save it as .xlsx or as CSV", place=name)
    return _read_csv(part, name, content)


def _read_csv(part: Part, name: str, content: bytes) -> tuple[Piece, pd.DataFrame]:
    text = _as_utf8(content, name)
    separator = _separator(text)
    header = _header(text, name, separator)
    if text.count(b'"') % 2:
        raise InputError.of(
            "not readable as CSV: a quote that is opened is never closed; mend the quotes", place=f"{name}:1"
        )
    picked = chosen(part, header, name)
    positions = [str(i) for i in range(len(header))]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(text),
            read_options=pa.csv.ReadOptions(column_names=positions, skip_rows=0, block_size=1 << 24),
            parse_options=pa.csv.ParseOptions(delimiter=separator, newlines_in_values=b'"' in text),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(positions, pa.large_string()),
                strings_can_be_null=False,
                include_columns=[str(i) for i in picked.positions],
            ),
        ).slice(1)
    except (pa.ArrowInvalid, pa.ArrowException) as error:
        raise _bad_csv(text, name, separator, error) from None
    lines: Callable[[], Iterator[int]] = lambda: _lines(text, separator)  # noqa: E731
    return Piece(name, table.num_rows, lines), picked.frame(table)


def _as_utf8(content: bytes, name: str) -> bytes:
    if b"\0" in content:
        hint = "it is UTF-16; save it as UTF-8" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "give a text file"
        raise InputError.of(f"a binary file (it holds NUL bytes); {hint}", place=name)
    try:
        content.decode("utf-8")
        return content.removeprefix(b"\xef\xbb\xbf")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030").encode()
    except UnicodeDecodeError:
        raise InputError.of("neither UTF-8 nor GB18030 text; save it as UTF-8", place=name) from None


def _separator(text: bytes) -> str:
    first = text.split(b"\n", 1)[0].decode()
    return max(_SEPARATORS, key=lambda one: (first.count(one), one == ","))


def _header(text: bytes, name: str, separator: str) -> list[str]:
    try:
        reader = csv.reader(io.TextIOWrapper(io.BytesIO(text), "utf-8", newline=""), strict=True, delimiter=separator)
        header = [cell.strip() for cell in next(reader, [])]
    except csv.Error as error:
        raise InputError.of(f"not readable as CSV: {error}", place=f"{name}:1") from None
    if not any(header):
        raise InputError.of("an empty table; its first line must name the columns", place=f"{name}:1")
    return header


def _lines(text: bytes, separator: str) -> Iterator[int]:
    """Return the line on which each row begins; blank lines are no rows."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(text), "utf-8", newline=""), delimiter=separator)
    line, is_head = 1, True
    for row in reader:
        if row and not is_head:
            yield line
        is_head, line = is_head and not row, reader.line_num + 1


def _bad_csv(text: bytes, name: str, separator: str, error: Exception) -> InputError:
    """Return the error of a CSV file that cannot be read, with the lines of its first bad rows."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(text), "utf-8", newline=""), delimiter=separator)
    problems, n, line = list[Problem](), 0, 1
    for row in reader:
        n = n or len(row)
        if row and len(row) != n:
            told = f"{len(row)} cells where the header has {n}; mend the commas or quotes"
            problems.append(Problem((), told, f"{name}:{line}"))
        line = reader.line_num + 1
    reason = str(error).splitlines()[0]
    return InputError(problems[:20] or [Problem((), f"not readable as CSV: {reason}", name)])


def _read_parquet(part: Part, name: str, content: bytes) -> tuple[Piece, pd.DataFrame]:
    try:
        file = pa.parquet.ParquetFile(pa.BufferReader(content))
        header = list(file.schema_arrow.names)
        picked = chosen(part, header, name)
        table = file.read(columns=[header[i] for i in picked.positions])
        texts = [_arrow_text(table.column(header[i])) for i in picked.positions]
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
        raise InputError.of(f"not readable as Parquet: {str(error).splitlines()[0]}", place=name) from None
    table = pa.table(texts, names=[str(i) for i in picked.positions])
    return Piece(name, table.num_rows), picked.frame(table)


def _arrow_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    return column.cast(pa.large_string()).fill_null("")


def _named(part: Part, name: str, header: list[str], table: pa.Table) -> tuple[Piece, pd.DataFrame]:
    picked: Chosen = chosen(part, header, name)
    return Piece(name, table.num_rows), picked.frame(table)


def _keep_where(frame: Frame) -> None:
    for n, (column, values) in enumerate(frame.part.where):
        key = f"where {n}"
        if not frame.has(key):
            continue
        cells = frame.text(key)
        found = cells.isin(values)
        if len(frame) and not found.any() and not column.is_preset:
            seen = [str(one) for one in cells.unique()[:20]]
            close = get_close_matches(next(iter(values)), seen, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"it holds {', '.join(seen)}"
            told = f"no row has {column.names[0]} {' or '.join(sorted(values))}; {hint}"
            raise InputError.of(told, "where", place=frame.source)
        frame.leave_out("where", ~found)
