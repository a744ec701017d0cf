"""The forecast on a terminal: one sentence, then tables; plain text when piped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.business import business_table, loop_sentence
from funnelsim.report.notes import notes
from funnelsim.report.sentences import error_sentence, headline, provenance_line, stale_sentence, title
from funnelsim.report.tables import Column, Table, deals_table, group_table, measure_tables, targets_table
from funnelsim.report.waiting import waiting_table
from funnelsim.report.words import Words

_N_SHOWN = 20
_WIDTH_WHEN_PIPED = 120
_GAP = 2
_WORD = 8
_NAME = 12


def print_forecast(forecast: Forecast, say: Words, console: Console | None = None) -> None:
    """Print everything a leader reads, in the order of reading."""
    console = console or new_console()
    for part in _parts(forecast, say, console.width):
        console.print(part)


def new_console() -> Console:
    """Return a console on stdout: as wide as the terminal or COLUMNS says, or 120 columns when piped."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not (console.is_terminal or "COLUMNS" in os.environ):
        console.width = _WIDTH_WHEN_PIPED
    return console


def grid(table: Table, width: int = 0) -> Grid:
    """Return a table as rich draws it; every cell is text, never markup.

    Where `width` is too small, heads are broken and names folded, but no figure and no date.
    """
    drawn = Grid(
        title=Text(table.title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption=Text(table.note) if table.note else None,
        caption_justify="left",
    )
    widths = _widths(table, width)
    for column, columns_wide in zip(table.columns, widths, strict=True):
        justify: Literal["right", "left"] = "right" if column.is_number else "left"
        drawn.add_column(_head(column), justify=justify, vertical="top", overflow="fold", width=columns_wide)
    for i, row in enumerate(table.rows):
        is_total = table.has_total and i == len(table.rows) - 1
        drawn.add_row(*(Text(cell) for cell in row), style="bold" if is_total else None)
    return drawn


def _head(column: Column) -> Text:
    head = Text(column.name)
    return head.append(f"\n{column.hint}", style="not bold dim") if column.hint else head


def _widths(table: Table, width: int) -> list[int | None]:
    """Return a width a column: figures and dates whole, the rest shared by need; None if all fit."""
    cells = [max([1, *(cell_len(row[i]) for row in table.rows)]) for i in range(len(table.columns))]
    heads = [max(cell_len(column.name), cell_len(column.hint)) for column in table.columns]
    wanted = [max(pair) for pair in zip(cells, heads, strict=True)]
    room = width - _GAP * len(wanted)
    if not width or sum(wanted) <= room:
        return [None] * len(wanted)
    is_rigid = [column.is_number or column.is_day for column in table.columns]
    words = [max(map(cell_len, f"{c.name} {c.hint}".split()), default=0) for c in table.columns]
    given = [
        max(n, min(word, _WORD)) if rigid else min(n, _NAME)
        for n, word, rigid in zip(cells, words, is_rigid, strict=True)
    ]
    for _ in range(room - sum(given)):
        neediest = max(range(len(given)), key=lambda i: wanted[i] / given[i])
        given[neediest] += 1
    return list(given)


def _parts(forecast: Forecast, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(title(forecast, say), style="bold")
    yield Text(headline(forecast, say))
    for table in _tables(forecast, say):
        yield Text("")
        yield grid(table, width)
    yield Text("")
    stale = stale_sentence(forecast, say)
    if stale:
        yield Text(stale)
    if told := loop_sentence(forecast, say):
        yield Text(told)
    for note in notes(forecast, say):
        yield Text(say("note_line", note=note))
    yield Text(error_sentence(forecast, say), style="dim")
    yield Text(provenance_line(forecast, say), style="dim")


def _tables(forecast: Forecast, say: Words) -> Iterator[Table]:
    yield from measure_tables(forecast, say)
    if table := business_table(forecast, say):
        yield table
    if forecast.targets:
        yield targets_table(forecast, say)
    if forecast.waiting:
        yield waiting_table(forecast, say)
    for axis in forecast.groups:
        yield group_table(forecast, axis, say, _N_SHOWN)
    if forecast.deals:
        yield deals_table(forecast, say, _N_SHOWN, is_brief=True)
