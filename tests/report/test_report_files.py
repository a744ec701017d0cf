"""Workbooks and slides, read back from their files: the same figures as everywhere, and names stay text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from math import ceil
from zipfile import ZipFile

import numpy as np
import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from python_calamine import CalamineWorkbook
from report_cases import case_of, forecast_of

from funnelsim.analysis.briefing import PARTS, Absence, Briefing
from funnelsim.analysis.forecast import Distribution
from funnelsim.analysis.waiting import Figure, StationForecast
from funnelsim.engine.loop import Loop
from funnelsim.errors import InputError
from funnelsim.report import tables
from funnelsim.report.absences import why_absent
from funnelsim.report.clean import one_line
from funnelsim.report.exceedance import exceedance, exceedance_table
from funnelsim.report.fan import LEVEL_WORDS, fan
from funnelsim.report.gauge import gauges
from funnelsim.report.kept_forecast import forecast_told
from funnelsim.report.number_cells import number_cell
from funnelsim.report.numbers import figure, places_of
from funnelsim.report.sentences import assumptions, headline
from funnelsim.report.slides import slides_bytes
from funnelsim.report.words import Words
from funnelsim.report.workbook import workbook_bytes

EN = Words("en")
PERCENTILE = re.compile(r"\bp\d\d?\b", re.IGNORECASE)
HOSTILE = '=HYPERLINK("x")<script>alert(1)</script>\u202e😀\n_x0041_\ufffe\x1b' + "长" * 300


def told_of(forecast):
    """The forecast alone, with nothing around it."""
    return Briefing(
        forecast,
        absent=dict.fromkeys(PARTS, Absence("too_large"))
        | dict.fromkeys(("deals", "track", "backtest"), Absence("not_given")),
    )


def sheets(content):
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def shown(cell, text):
    """Tell whether a cell read back is what the table shows."""
    number = number_cell(text)
    return cell == text if number is None or isinstance(cell, str) else abs(cell - number.value) < 1e-12


def deck_of(content):
    return Presentation(BytesIO(content))


def texts(deck):
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if shape.shape_type == MSO_SHAPE_TYPE.TABLE:
                yield from (cell.text_frame.text for row in shape.table.rows for cell in row.cells)


def parts(content):
    """Every XML part of an Office file and of the workbooks inside it."""
    with ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith(".xlsx"):
                yield from parts(archive.read(name))
            elif name.endswith((".xml", ".rels")):
                yield name, archive.read(name).decode("utf-8")


# ---- the forecast read back


def test_a_told_forecast_is_the_forecast_that_told_it(forecasts):
    station = StationForecast("owner", "Li", 3, 1, Figure(0.5, 0.01), None, 4.5, (Figure(1.0, 0.1),))
    full = replace(forecasts["booked"], loop=Loop(0.25, 0.01, 64), waiting=(station,))
    for forecast in (*forecasts.values(), full):
        told = json.loads(json.dumps(forecast.as_json()))
        found = forecast_told(told, forecast.case, "run")
        assert found.as_json() == forecast.as_json()
        assert tables.measure_tables(found, EN) == tables.measure_tables(forecast, EN)


def test_a_missing_figure_is_told_with_its_place(forecast):
    told = forecast.as_json()
    del told["measures"]["wins"]["total"]["mean"]
    with pytest.raises(InputError, match=r"east/run: forecast.json cannot be read \('mean'\)"):
        forecast_told(told, forecast.case, "east/run")


# ---- what both formats draw


def test_exceedance_is_counted_from_the_trials():
    random = np.random.default_rng(5)
    total = np.round(random.gamma(4.0, 100.0, 3000) / 50) * 50
    edges = np.linspace(total.min(), total.max() + 0.01, 42)
    share = np.histogram(total, edges)[0] / len(total)
    law = Distribution(tuple(edges.tolist()), tuple(share.tolist()))
    forecast = replace(forecast_of(case_of(booked=70.0)), distribution=law, trials=len(total))
    for amount, reached, error in exceedance(forecast):
        counted = np.mean(total + 70.0 >= amount - 1e-9)
        assert reached == pytest.approx(counted, abs=1e-12)
        assert error == pytest.approx(np.sqrt(counted * (1 - counted) / 3000))
        assert amount * 100 == pytest.approx(ceil(amount * 100 - 1e-6), abs=1e-6)


def test_no_chance_of_trials_is_told_as_a_certainty(forecast):
    first = exceedance_table(forecast, EN).rows[0]
    assert first[2] == ">99.92%"
    assert first[3] == "–"


def test_bands_add_up_to_the_levels_of_the_table(forecasts):
    for forecast in forecasts.values():
        bands = fan(forecast, EN)
        for i, period in enumerate(forecast.bookings.periods):
            edges = np.cumsum([band[i] for band in bands.heights])
            wanted = [
                round(period.to_come.quantiles[level] + period.booked, places_of(period.to_come))
                for level in LEVEL_WORDS
            ]
            np.testing.assert_allclose(edges, wanted, atol=1e-6)
            assert bands.likely[i] == wanted[2]


def test_a_gauge_tells_its_error(forecast, say):
    told = gauges(forecast, say)
    assert len(told) == len(forecast.targets)
    for sentence, row in zip(told, tables.targets_table(forecast, say).rows, strict=True):
        assert all(part in sentence for part in row)


# ---- the workbook


def test_the_workbook_holds_every_cell_of_the_tables(forecasts, say):
    for forecast in forecasts.values():
        rows = [row for sheet in sheets(workbook_bytes(told_of(forecast), say)).values() for row in sheet]
        wanted = [*tables.measure_tables(forecast, say, with_dates=True), tables.targets_table(forecast, say)]
        wanted += [tables.group_table(forecast, axis, say) for axis in forecast.groups]
        wanted += [exceedance_table(forecast, say)]
        for table in wanted:
            for row in table.rows:
                cells = [one_line(text) for text in row]
                assert any(all(map(shown, found, cells)) for found in rows), row


def test_numbers_are_numbers_and_no_bare_percentile_is_told(forecast, say):
    found = sheets(workbook_bytes(told_of(forecast), say))
    periods = found[say("sheet_periods")]
    row = next(row for row in periods if row[0] == forecast.bookings.periods[0].label)
    assert all(isinstance(cell, float) for cell in row[2:])
    assert not any(PERCENTILE.search(str(cell)) for sheet in found.values() for row in sheet for cell in row)


def test_each_question_has_a_sheet_and_sentences_are_those_of_the_page(forecast, say):
    found = sheets(workbook_bytes(told_of(forecast), say))
    told = {str(row[0]) for sheet in found.values() for row in sheet if row}
    assert {
        headline(forecast, say),
        *gauges(forecast, say),
        *assumptions(forecast, say),
        why_absent(told_of(forecast), "track", say),
    } <= told
    assert len(found) == 7


def test_a_sheet_is_ready_to_print_and_its_head_stays_in_sight(forecast):
    told = dict(parts(workbook_bytes(told_of(forecast), EN)))
    assert told["xl/workbook.xml"].count("_xlnm.Print_Area") == 7
    assert told["xl/worksheets/sheet2.xml"].count('state="frozen"') == 1
    assert sum(name.startswith("xl/charts/chart") for name in told) == 3


def test_hostile_names_are_text_in_the_workbook(hostile, say):
    nasty = forecast_of(case_of(name=HOSTILE, segments=(HOSTILE, "west"), label=HOSTILE))
    for forecast in (hostile, nasty):
        for name, part in parts(workbook_bytes(told_of(forecast), say)):
            assert "<f>" not in part or name.startswith("xl/charts/"), name
            assert "<hyperlink" not in part
            assert "<script>" not in part
    cells = {
        str(cell) for sheet in sheets(workbook_bytes(told_of(nasty), say)).values() for row in sheet for cell in row
    }
    assert one_line(HOSTILE) in cells


def test_an_all_but_certain_total_has_no_curve(forecast):
    sure = replace(forecast, distribution=Distribution((100.0, 101.0), (1.0,)))
    told = dict(parts(workbook_bytes(told_of(sure), EN)))
    assert sum(name.startswith("xl/charts/chart") for name in told) == 1
    assert EN("no_curve") in told["xl/sharedStrings.xml"]


# ---- the slides


def test_three_slides_tell_the_same_figures(forecasts, say):
    for name, forecast in forecasts.items():
        deck = deck_of(slides_bytes(told_of(forecast), say))
        assert len(deck.slides) == 3
        told = list(texts(deck))
        assert headline(forecast, say) in told
        rows = tables.measure_table(forecast, "bookings", say).rows
        wanted = rows if name != "weeks" else (*rows[:3], rows[-1])
        assert {cell for row in wanted for cell in row} <= set(told)


def test_the_chart_of_the_slides_is_native_and_holds_the_bands(forecast, say):
    deck = deck_of(slides_bytes(told_of(forecast), say))
    [chart] = [shape.chart for shape in deck.slides[0].shapes if shape.has_chart]
    bands = fan(forecast, say)
    assert [series.name for series in chart.plots[0].series] == list(bands.names)
    assert [tuple(series.values) for series in chart.plots[0].series] == list(bands.heights)
    assert list(chart.plots[0].categories) == list(bands.labels)


def test_without_periods_the_chart_is_the_histogram(forecasts, say):
    forecast = forecasts["unlimited"]
    deck = deck_of(slides_bytes(told_of(forecast), say))
    [chart] = [shape.chart for shape in deck.slides[0].shapes if shape.has_chart]
    assert tuple(chart.plots[0].series[0].values) == forecast.distribution.probability


def test_nothing_on_a_slide_overlaps_or_leaves_it(forecasts, say):
    for forecast in forecasts.values():
        deck = deck_of(slides_bytes(told_of(forecast), say))
        for slide in deck.slides:
            boxes = sorted((s.top, s.top + s.height, s.left, s.left + s.width) for s in slide.shapes)
            assert all(upper[1] <= lower[0] + 10 for upper, lower in pairwise(boxes))
            assert all(top >= 0 and end <= deck.slide_height for top, end, _, _ in boxes)
            assert all(left >= 0 and right <= deck.slide_width for _, _, left, right in boxes)


def test_hostile_names_are_text_on_the_slides(say):
    nasty = forecast_of(case_of(name=HOSTILE, segments=(HOSTILE, "west"), label=HOSTILE))
    content = slides_bytes(told_of(nasty), say)
    for name, part in parts(content):
        assert "<script>" not in part
        assert "hlinkClick" not in part
        assert not (name.startswith("xl/worksheets/") and "<f>" in part)
    told = "\n".join(texts(deck_of(content)))
    assert '=HYPERLINK("x")' in told
    assert "\u202e" not in told


def test_the_same_forecast_gives_the_same_bytes(forecast, say):
    for make in (workbook_bytes, slides_bytes):
        told = dict(parts(make(told_of(forecast), say)))
        assert make(told_of(forecast), say) == make(told_of(forecast), say)
        assert f"{forecast.case.as_of.isoformat()}T00:00:00Z" in told["docProps/core.xml"]


def test_figures_of_numpy_round_as_others_do():
    assert figure(np.float64(42.045), 2) == figure(42.045, 2)
