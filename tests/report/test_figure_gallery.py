"""Every picture of the product in both languages: no missing glyph, no label on another, no text outside."""

import ast
import warnings
from itertools import combinations
from pathlib import Path

import pytest
from gallery import GALLERY
from matplotlib.text import Text

from funnelsim.report import plots
from funnelsim.report.fonts import FAMILY
from funnelsim.report.words import Words

ROOM = Path(plots.__file__).parent
SHEETS = {"plots.new_figure"}  # an empty sheet is no picture
ONE_POINT = 1.0


def makers():
    """Every public function of the room that returns a figure."""
    found = set()
    for file in ROOM.glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.returns is not None and node.name[0] != "_":
                found |= {f"{file.stem}.{node.name}"} if ast.unparse(node.returns).endswith("Figure") else set()
    return found - SHEETS


def faults(figure):
    """What is wrong with a picture, drawn once."""
    with warnings.catch_warnings(record=True) as told, plots.style():
        warnings.simplefilter("always")
        figure.canvas.draw()
    found = [str(one.message) for one in told]
    shown = list(_boxes(figure))
    for text, box in shown:
        if box.x0 < -ONE_POINT or box.y0 < -ONE_POINT:
            found.append(f"'{text}' begins outside")
        if box.x1 > figure.bbox.width + ONE_POINT or box.y1 > figure.bbox.height + ONE_POINT:
            found.append(f"'{text}' ends outside")
    for (a, one), (b, other) in combinations(shown, 2):
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        high = min(one.y1, other.y1) - max(one.y0, other.y0)
        if wide > ONE_POINT and high > ONE_POINT:
            found.append(f"'{a}' lies on '{b}'")
    return found


def _boxes(figure):
    hidden = {
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible() and id(text) not in hidden:
            yield text.get_text(), text.get_window_extent()


def test_no_picture_is_left_out_of_the_gallery():
    assert set(GALLERY) == makers()


@pytest.mark.parametrize("name", list(GALLERY))
def test_a_picture_is_whole_in_either_language(name, say):
    assert faults(GALLERY[name](say)) == []


@pytest.mark.parametrize(
    ("place", "text", "told"),
    [
        ((0.5, 0.5), "😀", "Glyph"),
        ((0.98, 0.5), "a text that does not end in time", "ends outside"),
        ((-0.1, 0.5), "a text that begins early", "begins outside"),
        ((0.021, 0.96), "on the title", "lies on"),
    ],
)
def test_each_fault_is_seen(place, text, told):
    figure = GALLERY["plots.chart"](Words("en"))
    assert faults(figure) == []
    figure.text(*place, text, family=FAMILY)
    assert [fault for fault in faults(figure) if told in fault]
