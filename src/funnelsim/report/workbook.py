"""A forecast as a workbook: one sheet a question, numbers as numbers, native charts."""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO
from typing import Any

from funnelsim.analysis.briefing import Briefing
from funnelsim.analysis.forecast import Forecast
from funnelsim.report.absences import not_told, track_told
from funnelsim.report.answers import answers
from funnelsim.report.business import business_table, loop_sentence
from funnelsim.report.clean import one_line
from funnelsim.report.exceedance import exceedance, exceedance_table, marks_table
from funnelsim.report.fan import fan_table
from funnelsim.report.gauge import gauges
from funnelsim.report.notes import notes
from funnelsim.report.sentences import assumptions, error_sentence, headline, provenance, stale_sentence, title
from funnelsim.report.stages import stages_table
from funnelsim.report.tables import (
    Column,
    Table,
    deals_table,
    group_table,
    measure_tables,
    targets_table,
)
from funnelsim.report.waiting import waiting_table
from funnelsim.report.words import Words
from funnelsim.report.workbook_charts import curve_chart, ends_chart, fan_chart, histogram_chart
from funnelsim.report.workbook_sheet import Formats, Sheet

MOST_DEALS = 2000
# a name is text whatever it looks like
_SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook_bytes(told: Briefing, say: Words) -> bytes:
    """Return the workbook as xlsx; the same bytes for the same briefing."""
    import xlsxwriter

    out, forecast = BytesIO(), told.forecast
    book = xlsxwriter.Workbook(out, _SAFE)
    made = datetime.combine(forecast.case.as_of, time())
    book.set_properties({"title": one_line(title(forecast, say), 200), "created": made})
    _Book(book, told, say).write()
    book.close()
    return out.getvalue()


class _Book:
    def __init__(self, book: Any, told: Briefing, say: Words) -> None:
        self._book, self._told, self._forecast, self._say = book, told, told.forecast, say
        self._formats = Formats(book)

    def write(self) -> None:
        """Write every sheet the forecast has an answer for."""
        self._headline()
        self._periods()
        if self._forecast.targets:
            self._tables("targets", [targets_table(self._forecast, self._say)])
        for axis in self._forecast.groups:
            self._tables("axis", [group_table(self._forecast, axis, self._say)], axis=self._say(axis))
        if self._forecast.deals:
            self._tables("deals", [deals_table(self._forecast, self._say, MOST_DEALS)])
        self._chances()
        self._answers()
        self._assumptions()

    def _sheet(self, what: str, **blanks: str) -> Sheet:
        sheet = Sheet(self._book, self._formats, self._say(f"sheet_{what}", **blanks), self._say)
        sheet.question(self._say(f"ask_{what}", **blanks))
        return sheet

    def _headline(self) -> None:
        forecast, say, sheet = self._forecast, self._say, self._sheet("headline")
        sheet.sentence(title(forecast, say), bold=True)
        sheet.sentence(headline(forecast, say), font_size=12)
        for told in (*gauges(forecast, say), *_warnings(forecast, say)):
            sheet.sentence(told)
        sheet.space()
        for table in measure_tables(forecast, say):
            sheet.table(_total_only(table))
        self._error(sheet)
        sheet.finish()

    def _periods(self) -> None:
        forecast, say, sheet = self._forecast, self._say, self._sheet("periods")
        tables = measure_tables(forecast, say, with_dates=True)
        if table := business_table(forecast, say):
            tables.append(table)
        if forecast.waiting:
            tables.append(waiting_table(forecast, say))
        for i, table in enumerate(tables):
            sheet.table(table, freeze=i == 0)
            sheet.space()
        self._error(sheet)
        if forecast.bookings.periods:
            self._fan(sheet)
        sheet.finish()

    def _fan(self, sheet: Sheet) -> None:
        sheet.space()
        table = fan_table(self._forecast, self._say)
        first, last = sheet.table(table)
        sheet.space()
        told = f"{table.title}. {headline(self._forecast, self._say)}"
        sheet.chart(fan_chart(self._book, sheet.name, first - 1, (first, last), table.title), told)

    def _tables(self, what: str, tables: list[Table], **blanks: str) -> None:
        sheet = self._sheet(what, **blanks)
        for i, table in enumerate(tables):
            sheet.table(table, freeze=i == 0)
        self._error(sheet)
        sheet.finish()

    def _chances(self) -> None:
        forecast, say, sheet = self._forecast, self._say, self._sheet("chances")
        table = exceedance_table(forecast, say)
        first, last = sheet.table(table, freeze=True)
        self._error(sheet)
        sheet.space()
        marks = sheet.table(marks_table(forecast, say))
        inside = [first + i for i, (_, reached, _) in enumerate(exceedance(forecast)) if 0 < reached < 1]
        if len(inside) > 1:
            told, beside = headline(forecast, say), len(table.columns) + 1
            drawn = curve_chart(self._book, sheet.name, (inside[0], inside[-1]), marks, table.title, say)
            sheet.chart(drawn, told, column=beside, row=first, rows=24)
            bars = histogram_chart(self._book, sheet.name, (first, last), say("distribution"), say)
            sheet.chart(bars, told, column=beside, row=first + 25, rows=20)
        else:
            sheet.sentence(say("no_curve"))
        sheet.finish()

    def _answers(self) -> None:
        """Write a sheet for each part of the briefing that is told."""
        for what, sentences, tables in answers(self._told, self._say):
            sheet = self._sheet(what)
            for told in sentences:
                sheet.sentence(told)
            for i, table in enumerate(tables):
                first, last = sheet.table(table, freeze=i == 0 and not sentences)
                sheet.space()
                if what == "levers":
                    self._ends(sheet, table, (first, last))
            sheet.finish()

    def _ends(self, sheet: Sheet, table: Table, rows: tuple[int, int]) -> None:
        """Draw what the first answer is at either end of each lever."""
        n_told = (len(table.columns) - 3) // 2
        drawn = ends_chart(self._book, sheet.name, rows, (3, 3 + n_told), table.title)
        sheet.chart(drawn, table.title)

    def _assumptions(self) -> None:
        forecast, say, sheet = self._forecast, self._say, self._sheet("assumptions")
        for told in assumptions(forecast, say):
            sheet.sentence(told)
        sheet.space()
        sheet.sentence(say("track_title"), bold=True)
        for told in track_told(self._told, say):
            sheet.sentence(told)
        for told in not_told(self._told, say):
            sheet.sentence(told)
        sheet.space()
        sheet.table(stages_table(forecast, say))
        sheet.space()
        sheet.table(_provenance_table(forecast, say))
        sheet.finish()

    def _error(self, sheet: Sheet) -> None:
        sheet.sentence(error_sentence(self._forecast, self._say), italic=True)


def _warnings(forecast: Forecast, say: Words) -> list[str]:
    """Return what must be known before the figures are read."""
    told = (stale_sentence(forecast, say), loop_sentence(forecast, say))
    return [one for one in told if one] + [say("note_line", note=note) for note in notes(forecast, say)]


def _total_only(table: Table) -> Table:
    return Table(table.title, table.columns, table.rows[-1:])


def _provenance_table(forecast: Forecast, say: Words) -> Table:
    rows = tuple(provenance(forecast, say))
    columns = tuple(Column(say(name), is_number=False) for name in ("item", "stated_as"))
    return Table(say("provenance"), columns, rows)
