"""Every format tells the numbers of the one briefing."""

from html import unescape
from io import BytesIO
from itertools import pairwise

import pytest
from pdf_text import bare, text_of
from pptx import Presentation
from python_calamine import CalamineWorkbook
from report_cases import case_of, forecast_of
from test_one_page import briefing_of, changes_of
from test_report_files import parts

from funnelsim.analysis.layers import split_layers
from funnelsim.analysis.swings import swings
from funnelsim.report.levers import lever_sentences
from funnelsim.report.number_cells import number_cell
from funnelsim.report.numbers import chance, figure, places_of
from funnelsim.report.one_page import pdf_bytes
from funnelsim.report.page import page_bytes
from funnelsim.report.sensitivity import shown
from funnelsim.report.slides import slides_bytes
from funnelsim.report.words import Words
from funnelsim.report.workbook import workbook_bytes

EN = Words("en")


@pytest.fixture(scope="module")
def told():
    case = case_of(booked=120.0)
    levers, layers = swings(case, seed=1), split_layers(case, trials=200, seed=1)
    return briefing_of(forecast_of(case), levers=levers, layers=layers, changes=changes_of(case))


@pytest.fixture(scope="module")
def texts(told):
    """What a reader of each format finds: words and numbers, without white space."""
    sheets = CalamineWorkbook.from_filelike(BytesIO(workbook_bytes(told, EN)))
    cells = [cell for name in sheets.sheet_names for row in sheets.get_sheet_by_name(name).to_python() for cell in row]
    slides = Presentation(BytesIO(slides_bytes(told, EN))).slides
    shapes = [shape for slide in slides for shape in slide.shapes]
    words = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    words += [cell.text_frame.text for s in shapes if s.has_table for row in s.table.rows for cell in row.cells]
    return {
        "xlsx": cells,
        "pptx": bare(" ".join(words)),
        "pdf": text_of(pdf_bytes(told, EN)),
        "html": bare(unescape(page_bytes(told, EN).decode())),
    }


def holds(text, wanted):
    """Tell whether a format holds a shown figure; a sheet holds it as a number, or within a sentence."""
    if isinstance(text, str):
        return bare(wanted) in text
    number = number_cell(wanted)
    return any(
        abs(cell - number.value) < 1e-9 if isinstance(cell, float) and number else bare(wanted) in bare(str(cell))
        for cell in text
    )


def headline_figures(told):
    total, places = told.forecast.bookings.total, places_of(told.forecast.bookings.total)
    yield from (figure(x + told.forecast.bookings.booked, places) for x in (total.commit, total.likely, total.stretch))
    yield from (chance(one.chance, one.chance_se, told.forecast.trials) for one in told.forecast.targets)


@pytest.mark.parametrize("format_", ["xlsx", "pptx", "pdf", "html"])
def test_headline_and_targets_are_the_same_figures_everywhere(told, texts, format_):
    for wanted in headline_figures(told):
        assert holds(texts[format_], wanted), wanted
    assert not holds(texts[format_], "1,234,567.8")


@pytest.mark.parametrize("format_", ["xlsx", "pptx", "pdf", "html"])
def test_levers_and_changes_are_the_same_sentences_everywhere(told, texts, format_):
    for sentence in lever_sentences(told.levers, EN):
        assert holds(texts[format_], sentence)
    assert holds(texts[format_], "likely went from 1,990")


def test_the_sheets_hold_the_tornado_as_numbers(told, texts):
    found = told.levers
    for i in found.order:
        for end in (found.tornado.low, found.tornado.high):
            for answer in (1, 2, 3, 4):
                assert holds(texts["xlsx"], shown(found, answer, end[i, answer]))


def test_the_chart_of_levers_holds_the_tornado(told):
    slides = Presentation(BytesIO(slides_bytes(told, EN))).slides
    assert len(slides) == 4
    [chart] = [shape.chart for shape in slides[2].shapes if shape.has_chart]
    found = told.levers
    for series, end in zip(chart.plots[0].series, (found.tornado.low, found.tornado.high), strict=True):
        assert list(series.values) == [end[i, found.answer] for i in found.order[:6]]


# ---- names that would do harm


HOSTILE = '=HYPERLINK("x")<script>alert(1)</script>$A$1 # * _ @\u202e😀\n\x1b' + "长" * 300


@pytest.fixture(scope="module")
def nasty():
    case = case_of(name=HOSTILE, segments=(HOSTILE, "west"), label=HOSTILE)
    levers = swings(case, seed=1)
    return briefing_of(forecast_of(case), levers=levers, changes=changes_of(case))


@pytest.mark.parametrize("make", [workbook_bytes, slides_bytes])
def test_names_in_answers_are_text_in_sheets_and_slides(nasty, say, make):
    for name, part in parts(make(nasty, say)):
        assert "<script>" not in part
        assert "hlinkClick" not in part
        assert not (name.startswith("xl/worksheets/") and "<f>" in part)
        assert "\u202e" not in part


def test_nothing_on_the_fourth_slide_overlaps_or_leaves_it(nasty, told, say):
    for briefing in (nasty, told):
        deck = Presentation(BytesIO(slides_bytes(briefing, say)))
        boxes = sorted((s.top, s.top + s.height, s.left, s.left + s.width) for s in deck.slides[2].shapes)
        assert all(upper[1] <= lower[0] + 10 for upper, lower in pairwise(boxes))
        assert all(top >= 0 and end <= deck.slide_height for top, end, _, _ in boxes)
        assert all(left >= 0 and right <= deck.slide_width for _, _, left, right in boxes)


def test_a_name_of_300_letters_is_cut_and_read(nasty, say):
    slides = Presentation(BytesIO(slides_bytes(nasty, say))).slides
    words = "\n".join(shape.text_frame.text for shape in slides[2].shapes if shape.has_text_frame)
    assert "=HYPERLINK(" in words
    assert "长" * 60 not in words
