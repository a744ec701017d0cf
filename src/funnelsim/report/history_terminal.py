"""An import on the terminal: what was read, what was found, what was done about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.history.findings import ImportReport, Note
from funnelsim.model.money import Money
from funnelsim.report.clean import one_line
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words

_ID = 24
_SOURCE = 48


def print_import(report: ImportReport, name: str, say: Words, console: Console | None = None) -> None:
    """Print everything of an import, in the order of reading."""
    console = console or new_console()
    for part in _parts(report, name, say, console.width):
        console.print(part)


def import_tables(report: ImportReport, say: Words) -> Iterator[Table]:
    """Yield the tables of an import: rows read, stages, outcomes, defects."""
    yield _tables_read(report, say)
    yield _counted(say("history_stages"), say("stage"), say("stays_count"), report.stages)
    yield _counted(say("history_outcomes"), say("outcome"), say("deals_count"), report.exits)
    if report.defects:
        yield _defects(report, say)


def note_in_words(note: Note, report: ImportReport, say: Words) -> str:
    """Return what was assumed, as a sentence."""
    values: dict[str, Any] = {"timezone": report.timezone, **note.values}
    values |= {key: f"{value:,}" for key, value in values.items() if isinstance(value, int)}
    values |= {"stage": one_line(str(values["stage"]), _ID)} if "stage" in values else {}
    if "zone" in values:
        values["zone"] = values["zone"] or report.timezone
    return say(f"note_{note.name}", **values)


def _parts(report: ImportReport, name: str, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(say("history_title", history=one_line(name), day=report.last.isoformat()), style="bold")
    yield Text(_headline(report, say))
    if report.snapshot_gap_days:
        yield Text(say("history_gap", n=report.snapshot_gap_days))
    for table in import_tables(report, say):
        yield Text("")
        yield grid(table, width)
    yield Text("")
    if not report.defects:
        yield Text(say("no_defects"))
    for note in report.notes:
        yield Text(note_in_words(note, report, say))


def _headline(report: ImportReport, say: Words) -> str:
    return say(
        "history_line",
        deals=f"{report.n_deals:,}",
        visits=f"{report.n_visits:,}",
        won=f"{report.n_won:,}",
        lost=f"{report.n_lost:,}",
        open=f"{report.n_open:,}",
        first=report.first.isoformat(),
        last=report.last.isoformat(),
        timezone=report.timezone,
        unit=str(Money(report.currency, report.unit)),
    )


def _tables_read(report: ImportReport, say: Words) -> Table:
    names = ("table_part", "table_source", "table_rows", "table_left_out")
    columns = tuple(Column(say(name), is_number=name == "table_rows") for name in names)
    rows = tuple(
        (
            table.part,
            one_line(table.source, _SOURCE),
            f"{table.rows:,}",
            say.listed([say(f"left_{why}", n=f"{n:,}") for why, n in table.left_out.items()]) or "–",
        )
        for table in report.tables
    )
    return Table(say("history_tables"), columns, rows)


def _counted(title: str, name: str, count: str, counts: dict[str, int]) -> Table:
    rows = tuple((one_line(key, 40), f"{n:,}") for key, n in counts.items())
    return Table(title, (Column(name, is_number=False), Column(count)), rows)


def _defects(report: ImportReport, say: Words) -> Table:
    names = ("defect", "defect_count", "defect_examples", "defect_done")
    columns = tuple(Column(say(name), is_number=name == "defect_count") for name in names)
    rows = tuple(
        (
            say(f"defect_{one.name}"),
            f"{one.count:,}",
            say.listed([one_line(example, _ID) for example in one.examples]),
            say(f"done_{one.done}"),
        )
        for one in report.defects
    )
    return Table(say("history_defects"), columns, rows)
