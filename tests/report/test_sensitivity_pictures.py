"""The pictures of a sensitivity: everything inside the sheet, nothing on top of anything else, no missing glyph."""

from datetime import date

import pytest

from funnelsim import Case, Deal, Funnel, Pipeline, Step
from funnelsim.analysis.sensitivity import Plan, sensitivity
from funnelsim.model.money import Money
from funnelsim.model.target import Target
from funnelsim.report.plots import png_bytes, style
from funnelsim.report.sensitivity_picture import shares_picture, tornado_picture
from funnelsim.report.words import Words


@pytest.fixture(scope="module")
def found():
    names = ("初步接洽", "需求确认和一个特别特别长的阶段名称", "x" * 60)
    funnel = Funnel.linear(
        [Step(n, conversion=c, label="a stage") for n, c in zip(names, (0.4, 0.6, 0.8), strict=True)]
    )
    deals = tuple(Deal(f"d{i}", names[i % 3], 50.0) for i in range(12))
    case = Case(
        "管线", Money("CNY", "万元"), date(2026, 10, 1), funnel, Pipeline(deals), targets=(Target(300.0),), seed=1
    )
    return sensitivity(case, Plan(points=16, gradient_trials=0))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("draw", [tornado_picture, shares_picture])
@pytest.mark.parametrize("answer", [0, 4])
def test_all_text_lies_inside_the_sheet_and_apart(found, draw, language, answer):
    canvas = draw(found, answer, Words(language))
    with style():
        png_bytes(canvas)  # a missing glyph warns, and warnings are errors
        renderer = canvas.canvas.get_renderer()
        axes = canvas.axes[0]
        texts = [*canvas.texts, *axes.get_yticklabels(), *axes.texts, *axes.get_legend().get_texts(), axes.xaxis.label]
        boxes = [t.get_window_extent(renderer) for t in texts if t.get_text()]
    for i, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= canvas.bbox.x1
        assert box.y1 <= canvas.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
