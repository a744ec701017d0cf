from dataclasses import replace
from io import BytesIO
from itertools import combinations, pairwise, product
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import image
from matplotlib.text import Text

from funnelsim.report import plots
from funnelsim.report.fonts import FAMILY, drawable
from funnelsim.report.marks import staircase
from funnelsim.report.words import Words

MAKERS = {"chart": plots.chart, "distribution": plots.distribution_figure, "periods": plots.periods_figure}
NAMES = ("plain", "booked", "unlimited", "weeks", "large", "hostile", "exact")


def boxes(figure):
    """Return the boxes of all text that is drawn, by text."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    hidden = {
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    drawn = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible() and id(t) not in hidden]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in drawn]


def overlaps(figure):
    found = []
    for (a, one), (b, other) in combinations(boxes(figure), 2):
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        high = min(one.y1, other.y1) - max(one.y0, other.y0)
        if wide > 1 and high > 1:
            found.append((a, b))
    return found


@pytest.mark.parametrize(
    ("name", "maker"), [pair for pair in product(NAMES, MAKERS) if pair != ("unlimited", "periods")]
)
def test_no_two_labels_overlap_and_none_leaves_the_picture(forecasts, say, name, maker):
    figure = MAKERS[maker](forecasts[name], say)
    assert overlaps(figure) == []
    width, height = figure.bbox.width, figure.bbox.height
    outside = [t for t, b in boxes(figure) if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]
    assert outside == []


def test_the_check_for_overlaps_sees_one(forecast):
    figure = plots.distribution_figure(forecast, Words("en"))
    figure.text(0.5, 0.5, "one")
    figure.text(0.51, 0.5, "other")
    assert overlaps(figure) == [("one", "other")]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 60)), min_size=1, max_size=8))
def test_no_upright_line_crosses_a_label(marks):
    places = [x for x, _ in marks]
    reaches = [x + width for x, width in marks]
    lanes = staircase(places, reaches)
    for i, j in combinations(range(len(marks)), 2):
        left, right = (i, j) if (places[i], i) < (places[j], j) else (j, i)
        if places[right] <= reaches[left]:
            assert lanes[left] > lanes[right]


def test_marks_far_apart_share_the_lowest_lane():
    assert staircase([1.0, 50.0], [10.0, 60.0]) == [0, 0]


def test_a_missing_glyph_is_an_error(forecast):
    figure = plots.distribution_figure(forecast, Words("en"))
    figure.text(0.5, 0.5, "😀", family=FAMILY)
    with pytest.raises(UserWarning, match=r"Glyph .* missing"):
        plots.png_bytes(figure)


def test_a_character_the_font_lacks_becomes_a_question_mark():
    assert drawable("华东 😀 east") == "华东 ? east"


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_the_same_forecast_gives_the_same_bytes(forecasts, say, name):
    one, two = (plots.chart(forecasts[name], say) for _ in range(2))
    assert plots.svg_text(one) == plots.svg_text(two)
    assert plots.png_bytes(one) == plots.png_bytes(two)


def test_a_picture_that_is_sent_alone_stands_on_white_and_a_drawing_on_nothing(forecast, say):
    figure = plots.distribution_figure(forecast, say)
    pixels = image.imread(BytesIO(plots.png_bytes(figure)))
    assert pixels[0, 0].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert "fill: #ffffff" not in plots.svg_text(figure)


def test_a_picture_holds_outlines_and_neither_dates_nor_scripts(hostile, say):
    svg = plots.svg_text(plots.chart(hostile, say))
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    tags = {element.tag.split("}")[-1] for element in root.iter()}
    assert "path" in tags
    assert not tags & {"text", "script", "image", "date", "foreignObject"}


def test_targets_of_the_whole_are_marked_and_others_are_not(forecasts):
    told = [text for text, _ in boxes(plots.distribution_figure(forecasts["hostile"], Words("en")))]
    assert "target 2,685" in told
    assert "target 500" not in told


def test_a_target_far_outside_is_named_at_the_edge(forecasts):
    told = [text for text, _ in boxes(plots.distribution_figure(forecasts["booked"], Words("zh")))]
    assert "目标 9,000 →" in told


def test_bands_of_the_periods_lie_at_the_quantiles_above_what_is_booked(forecasts):
    forecast = forecasts["booked"]
    axes = plots.periods_figure(forecast, Words("en")).axes[0]
    bars = {(round(bar.get_y(), 6), round(bar.get_y() + bar.get_height(), 6)) for bar in axes.patches}
    q = forecast.bookings.periods[0].to_come.quantiles
    assert (0, 900) in bars
    assert (round(q["p10"] + 900, 6), round(q["p90"] + 900, 6)) in bars
    assert (round(q["p25"] + 900, 6), round(q["p75"] + 900, 6)) in bars


def test_many_periods_keep_few_labels(forecasts):
    axes = plots.periods_figure(forecasts["weeks"], Words("en")).axes[0]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert len(labels) == 7
    assert all(a < b for a, b in pairwise(labels))


def test_a_certain_outcome_can_be_drawn(forecast, say):
    law = replace(forecast.distribution, edges=(2685.0, 2686.0), probability=(1.0,))
    plots.png_bytes(plots.chart(replace(forecast, distribution=law), say))
