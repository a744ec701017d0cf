"""The parts of a slide: text that fits its box, tables of a few rows, native charts that can be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt
from rich.cells import cell_len

from funnelsim.report.clean import for_spreadsheet, one_line
from funnelsim.report.fan import Fan
from funnelsim.report.ink import DARK, INK, LIGHT, MIDDLE
from funnelsim.report.tables import Table
from funnelsim.report.words import Language, Words

Box = tuple[float, float, float, float]  # left, top, width and height in inches
_LANGUAGES = {"en": MSO_LANGUAGE_ID.ENGLISH_US, "zh": MSO_LANGUAGE_ID.SIMPLIFIED_CHINESE}
_CELLS_PER_INCH_POINT = 130.0  # half-width characters in an inch of type of one point
_LEADING = 1.25
_BAND_COLOURS = (None, LIGHT, MIDDLE, MIDDLE, LIGHT)
_LONGEST = 400
_HEAD_HEIGHT, _ROW_HEIGHT = 0.45, 0.29


def write_text(
    slide: Any, box: Box, lines: Sequence[str], sizes: tuple[int, int], language: Language, *, bold: bool = False
) -> None:
    """Write paragraphs in the largest of the sizes (from, down to) at which all fit; a line that cannot fit is cut."""
    frame = slide.shapes.add_textbox(*map(Inches, box)).text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    told = [one_line(line, _LONGEST) for line in lines]
    size = next((s for s in range(sizes[0], sizes[1], -1) if _inches(told, box[2], s) <= box[3]), sizes[1])
    for i, line in enumerate(_that_fit(told, box, size)):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        _write_run(paragraph, line, size, language, bold=bold)


def write_title(slide: Any, box: Box, text: str, language: Language) -> None:
    """Write the title of a slide, small enough for one or two lines."""
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = map(Inches, box)
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    told = one_line(text, 120)
    size = next((s for s in range(26, 12, -1) if _inches([told], box[2], s) <= box[3]), 12)
    _write_run(frame.paragraphs[0], told, size, language, bold=True)


def write_table(slide: Any, box: Box, table: Table, most: int, say: Words) -> float:
    """Write a table of at most `most` rows, the last one kept, and return where it ends, in inches from the top."""
    heads = tuple(f"{column.name}: {column.hint}" if column.hint else column.name for column in table.columns)
    rows = (heads, *_some_rows(table, most))
    left, top, width, _ = box
    height = _HEAD_HEIGHT + _ROW_HEIGHT * (len(rows) - 1)
    frame = slide.shapes.add_table(len(rows), len(heads), *map(Inches, (left, top, width, height)))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", one_line(table.title, _LONGEST))
    _set_widths(frame.table, rows, width)
    for i, cells in enumerate(rows):
        frame.table.rows[i].height = Inches(_ROW_HEIGHT if i else _HEAD_HEIGHT)
        for j, text in enumerate(cells):
            is_number = table.columns[j].is_number
            _write_cell(frame.table.cell(i, j), text, say.language, is_number=is_number, bold=i == 0)
    return top + height + 0.15


def draw_fan(slide: Any, box: Box, bands: Fan, title: str, told: str, likely: Sequence[str]) -> None:
    """Draw the periods as stacked bands, the even chance written on each; `told` is for those who do not see it."""
    data = CategoryChartData(number_format="#,##0.##")
    data.categories = [for_spreadsheet(label) for label in bands.labels]
    for name, heights in zip(bands.names, bands.heights, strict=True):
        data.add_series(name, heights)
    chart = _chart(slide, box, XL_CHART_TYPE.COLUMN_STACKED, data, title, told)
    chart.plots[0].gap_width, chart.plots[0].overlap = 60, 100
    for series, colour in zip(chart.plots[0].series, _BAND_COLOURS, strict=True):
        _paint(series, colour)
    _label_likely(chart.plots[0].series[2], bands, likely)
    _add_legend(chart, without=0)


def draw_bars(slide: Any, box: Box, edges: Sequence[str], shares: Sequence[float], title: str, told: str) -> None:
    """Draw the share of futures (of one) in each step of the total."""
    data = CategoryChartData(number_format="0.0%")
    data.categories = [for_spreadsheet(edge) for edge in edges]
    data.add_series(title, shares)
    chart = _chart(slide, box, XL_CHART_TYPE.COLUMN_CLUSTERED, data, title, told)
    chart.plots[0].gap_width, chart.has_legend = 4, False
    _paint(chart.plots[0].series[0], MIDDLE)


def draw_ends(
    slide: Any,
    box: Box,
    labels: Sequence[str],
    ends: Mapping[str, Sequence[float]],
    number_format: str,
    title: str,
    told: str,
) -> None:
    """Draw two bars for each label, what an answer is at the low and at the high end; the first label on top."""
    data = CategoryChartData(number_format=number_format)
    data.categories = [for_spreadsheet(label) for label in labels]
    for name, values in ends.items():
        data.add_series(name, values)
    chart = _chart(slide, box, XL_CHART_TYPE.BAR_CLUSTERED, data, title, told)
    chart.plots[0].gap_width, chart.category_axis.reverse_order = 40, True
    for series, colour in zip(chart.plots[0].series, (LIGHT, DARK), strict=True):
        _paint(series, colour)
    chart.plots[0].has_data_labels = True
    chart.plots[0].data_labels.number_format, chart.plots[0].data_labels.number_format_is_linked = number_format, False
    chart.plots[0].data_labels.font.size = Pt(9)
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False


def _chart(slide: Any, box: Box, kind: Any, data: Any, title: str, told: str) -> Any:
    frame = slide.shapes.add_chart(kind, *map(Inches, box), data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", one_line(told, _LONGEST))
    chart = frame.chart
    chart.font.size, chart.font.color.rgb = Pt(11), _rgb(INK)
    chart.has_title = True
    chart.chart_title.text_frame.text = title
    chart.chart_title.text_frame.paragraphs[0].runs[0].font.size = Pt(13)
    return chart


def _paint(series: Any, colour: str | None) -> None:
    if colour is None:
        series.format.fill.background()
        return
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = _rgb(colour)
    series.format.line.color.rgb = _rgb("#ffffff")  # between the bands, so that the even chance is seen


def _label_likely(series: Any, bands: Fan, likely: Sequence[str]) -> None:
    """Write the even chance into the band that ends there, where the band is high enough to hold it."""
    top = max(map(sum, zip(*bands.heights, strict=True)), default=0.0)
    for i, text in enumerate(likely):
        if bands.heights[2][i] >= 0.05 * top > 0:
            frame = series.points[i].data_label.text_frame
            frame.text = text
            frame.paragraphs[0].runs[0].font.size = Pt(10)
            frame.paragraphs[0].runs[0].font.bold = True


def _add_legend(chart: Any, without: int) -> None:
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.legend.font.size = Pt(10)
    entry = chart.legend._element.makeelement(qn("c:legendEntry"), {})
    entry.append(entry.makeelement(qn("c:idx"), {"val": str(without)}))
    entry.append(entry.makeelement(qn("c:delete"), {"val": "1"}))
    chart.legend._element.find(qn("c:legendPos")).addnext(entry)


def _write_cell(cell: Any, text: str, language: Language, *, is_number: bool, bold: bool) -> None:
    cell.margin_top = cell.margin_bottom = Inches(0.02)
    cell.margin_left = cell.margin_right = Inches(0.05)
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
    _write_run(paragraph, one_line(text, 70), 10, language, bold=bold)
    cell.fill.solid()
    cell.fill.fore_color.rgb = _rgb(LIGHT if bold else "#ffffff")


def _write_run(paragraph: Any, text: str, size: int, language: Language, *, bold: bool) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, _rgb(INK if size < 20 else DARK)
    run.font.language_id = _LANGUAGES[language]


def _set_widths(grid: Any, rows: Sequence[tuple[str, ...]], width: float) -> None:
    """Give the columns widths by their longest cell, none above four times another."""
    longest = [max(8, *map(cell_len, cells)) for cells in zip(*rows, strict=True)]
    shares = [min(n, 4 * min(longest)) for n in longest]
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Inches(width * share / sum(shares))


def _some_rows(table: Table, most: int) -> tuple[tuple[str, ...], ...]:
    if len(table.rows) <= most:
        return table.rows
    return (*table.rows[: most - 1], table.rows[-1]) if table.has_total else table.rows[:most]


def _that_fit(lines: list[str], box: Box, size: int) -> list[str]:
    kept = len(lines)
    while kept > 1 and _inches(lines[:kept], box[2], size) > box[3]:
        kept -= 1
    return lines if kept == len(lines) else [*lines[: kept - 1], "…"]


def _inches(lines: Sequence[str], width: float, size: int) -> float:
    a_line = (width - 0.2) * _CELLS_PER_INCH_POINT / size
    return sum(ceil((cell_len(line) + 1) / a_line) for line in lines) * size * _LEADING / 72 + 0.1


def _rgb(colour: str) -> RGBColor:
    found: RGBColor = RGBColor.from_string(colour.removeprefix("#").upper())
    return found
