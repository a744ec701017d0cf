"""One sheet of a workbook: a question, sentences and tables from the top down, ready to print."""

from __future__ import annotations

from math import ceil
from typing import Any

from rich.cells import cell_len

from funnelsim.report.clean import one_line
from funnelsim.report.number_cells import number_cell
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words

_LONGEST = 2000
_WIDEST, _NARROWEST = 48, 11
_TEXT_COLUMNS = 8
_LINE_POINTS, _A4 = 15.0, 9


class Formats:
    """The looks of cells, each made once a workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **looks: Any) -> Any:
        """Return the format with these looks."""
        key = tuple(sorted(looks.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **looks})
        return self._made[key]


class Sheet:
    """A sheet that is written downwards; `row` is the next free row."""

    def __init__(self, book: Any, formats: Formats, name: str, say: Words) -> None:
        self.name, self.row = name, 0
        self._formats, self._widths, self._last_column, self._last_row = formats, dict[int, int](), 0, 0
        self.sheet = book.add_worksheet(name)
        self.sheet.set_landscape()
        self.sheet.set_paper(_A4)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer(f"&L{name}&R{say('page_footer')}")

    def question(self, text: str) -> None:
        """Write what the sheet answers."""
        self._text(text, bold=True, font_size=14)

    def sentence(self, text: str, **looks: Any) -> None:
        """Write a sentence over the width of the page, wrapped."""
        told, width = one_line(text, _LONGEST), _TEXT_COLUMNS * _NARROWEST
        self.sheet.merge_range(self.row, 0, self.row, _TEXT_COLUMNS - 1, "", self._formats(text_wrap=True, **looks))
        self.sheet.write_string(self.row, 0, told, self._formats(text_wrap=True, **looks))
        self.sheet.set_row(self.row, _LINE_POINTS * ceil((cell_len(told) + 1) / width))
        self._reach(self.row, _TEXT_COLUMNS - 1)
        self.row += 1

    def table(self, table: Table, *, freeze: bool = False) -> tuple[int, int]:
        """Write a table and its note, and return its first and last row of cells; `freeze` keeps its head in sight."""
        self._text(table.title, bold=True)
        self._head(table.columns, freeze=freeze)
        first = self.row
        for i, cells in enumerate(table.rows):
            is_total = table.has_total and i == len(table.rows) - 1
            for column, text in enumerate(cells):
                self._cell(column, text, table.columns[column], bold=is_total, top=int(is_total))
            self.row += 1
        last = self.row - 1
        if table.note:
            self.sentence(table.note, italic=True)
        return first, last

    def space(self) -> None:
        """Leave a row empty."""
        self.row += 1

    def chart(self, chart: Any, told: str, *, column: int = 0, row: int | None = None, rows: int = 20) -> None:
        """Place a chart below everything, or at a column and row; `told` is what it says, for those who do not see."""
        place = self.row if row is None else row
        chart.set_size({"width": 860, "height": rows * 20})
        self.sheet.insert_chart(place, column, chart, {"description": one_line(told, 500), "object_position": 2})
        self._reach(place + rows, column + _TEXT_COLUMNS - 1)
        if row is None:
            self.row += rows + 1

    def finish(self) -> None:
        """Set the widths, and what is printed."""
        for column, width in self._widths.items():
            self.sheet.set_column(column, column, width)
        self.sheet.print_area(0, 0, self._last_row, self._last_column)

    def _text(self, text: str, **looks: Any) -> None:
        self.sheet.write_string(self.row, 0, one_line(text, _LONGEST), self._formats(**looks))
        self._reach(self.row, 0)
        self.row += 1

    def _head(self, columns: tuple[Column, ...], *, freeze: bool) -> None:
        for number, column in enumerate(columns):
            text = f"{column.name}\n{column.hint}" if column.hint else column.name
            align = "right" if column.is_number else "left"
            looks = self._formats(bold=True, text_wrap=True, bottom=1, align=align, valign="bottom")
            self.sheet.write_string(self.row, number, text, looks)
            self._widen(number, min(max(map(cell_len, text.split("\n"))), 18))
        self.sheet.set_row(self.row, 3 * _LINE_POINTS)
        self._reach(self.row, len(columns) - 1)
        if freeze:
            self.sheet.freeze_panes(self.row + 1, 1)
            self.sheet.repeat_rows(self.row)
        self.row += 1

    def _cell(self, column: int, text: str, head: Column, **looks: Any) -> None:
        number = number_cell(text) if head.is_number else None
        if number is None:
            align = "right" if head.is_number else "left"
            self.sheet.write_string(
                self.row, column, one_line(text, _LONGEST), self._formats(text_wrap=True, align=align, **looks)
            )
        else:
            looks_of_number = self._formats(num_format=number.number_format, align="right", **looks)
            self.sheet.write_number(self.row, column, number.value, looks_of_number)
        self._widen(column, cell_len(text))
        self._reach(self.row, column)

    def _widen(self, column: int, width: int) -> None:
        wanted = min(max(width + 2, _NARROWEST), _WIDEST)
        self._widths[column] = max(self._widths.get(column, 0), wanted)

    def _reach(self, row: int, column: int) -> None:
        self._last_row, self._last_column = max(self._last_row, row), max(self._last_column, column)
