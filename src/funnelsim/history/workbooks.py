"""Tables from Excel workbooks: a sheet whose first row names the columns."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from funnelsim.errors import InputError

LIMIT = 512 * 2**20


def read_workbook(content: bytes, name: str, sheet: str) -> tuple[list[str], list[pa.Array]]:
    """Return the heads and the columns of a sheet, every cell as text.

    Raises
    ------
    InputError
        If it is no workbook, has several sheets and none is named, or the sheet is empty.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    _refuse_bomb(content, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = _sheet_of(book.sheet_names, name, sheet, book)
        rows = book.get_sheet_by_name(found).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise InputError.of(f"not readable as an Excel workbook: {error}", place=name) from None
    header = [_text(cell).strip() for cell in rows[0]] if rows else []
    if not any(header):
        raise InputError.of(f"sheet '{found}' is empty; its first row must name the columns", place=name)
    filled = [row for row in rows[1:] if any(cell not in ("", None) for cell in row)]
    columns = [pa.array([_text(row[i]) for row in filled], pa.large_string()) for i in range(len(header))]
    return header, columns


def _sheet_of(names: list[str], file: str, wanted: str, book: Any) -> str:
    if wanted:
        if wanted not in names:
            raise InputError.of(f"{file} has no sheet '{wanted}'; it has {', '.join(names)}", "sheet")
        return wanted
    filled = [one for one in names if book.get_sheet_by_name(one).to_python()]
    if len(filled) > 1:
        raise InputError.of(f"{file} has the sheets {', '.join(filled)}; state sheet: NAME", "sheet")
    return (filled or names)[0]


def _refuse_bomb(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except zipfile.BadZipFile:
        raise InputError.of("not readable as an Excel workbook; save it again", place=name) from None
    if size > LIMIT:
        raise InputError.of(f"unpacks to more than the {LIMIT // 2**20} MB allowed", place=name)


def _text(cell: Any) -> str:
    """Return a cell as text: a whole number without a point, a date year first."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
