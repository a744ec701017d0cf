"""Pictures of stress and of what to do: they draw what was found, and nothing overlaps, whatever the names."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from report_cases import case_of
from test_report_pictures import boxes, overlaps

import funnelsim as fs
from funnelsim.analysis.act import act
from funnelsim.analysis.stress import stress_test
from funnelsim.model.funnel import Funnel
from funnelsim.model.horizon import Horizon
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.target import Target
from funnelsim.report import plots
from funnelsim.report.act_picture import act_picture
from funnelsim.report.bar_panels import Panel, Row, panels_picture
from funnelsim.report.stress_picture import stress_picture
from funnelsim.report.words import Words

LONG = "初步接洽初步接洽初步接洽初步接洽 and a name that goes on"


@cache
def long_names():
    """Return a stress test and an action of a small case with long names."""
    funnel = Funnel.linear([fs.Step(LONG, conversion=0.5), fs.Step("报价", conversion=0.6)])
    deals = (
        *(Deal(f"a{i}", LONG, 51.0 + i, owner="a very long name of a person") for i in range(6)),
        *(Deal(f"b{i}", "报价", 81.0 + i, owner="王") for i in range(4)),
    )
    plain = replace(
        case_of(), targets=(Target(200.0),), groups=(), booked=(), beliefs=(), sources=(), horizon=Horizon()
    )
    case = replace(plain, funnel=funnel, pipeline=Pipeline(deals))
    costs = {f"stage:{LONG}": 3.0, "stage:报价": 2.0}
    return stress_test(case, engine="exact"), act(case, budget=20.0, costs=costs, engine="exact")


@pytest.fixture
def told():
    return long_names()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["stress", "act"])
def test_no_two_labels_overlap_and_none_leaves_the_picture(told, name, lang):
    say = Words(lang)
    figure = stress_picture(told[0], say) if name == "stress" else act_picture(told[1], say)
    assert overlaps(figure) == []
    width, height = figure.bbox.width, figure.bbox.height
    assert [t for t, b in boxes(figure) if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height] == []
    plots.png_bytes(figure)  # a missing glyph would warn, and a warning is an error


def test_bars_are_what_was_found(told):
    stress, _ = told
    figure = stress_picture(stress, Words("en"))
    bands, chances, turned, _ = figure.axes
    base = stress.base.bookings.quantiles
    assert bands.patches[0].get_x() == pytest.approx(base["p10"])
    assert bands.patches[0].get_width() == pytest.approx(base["p90"] - base["p10"])
    variants = [stress.base, *stress.stresses.values()]
    assert [bar.get_width() for bar in chances.patches] == pytest.approx([100 * v.targets[0].chance for v in variants])
    assert [bar.get_width() for bar in turned.patches] == pytest.approx([one.units for one in stress.reverse.turned])


def test_the_spend_of_a_split_adds_up_to_the_budget(told):
    figure = act_picture(told[1], Words("en"))
    assert sum(bar.get_width() for bar in figure.axes[-2].patches) == pytest.approx(20.0)


def test_a_bar_below_nothing_goes_to_the_left():
    axes = panels_picture("t", "s", [Panel("p", "x", [Row("a", -2.0, "-2"), Row("b", 1.0, "1")])]).axes[0]
    assert axes.get_xlim()[0] < -2
    assert [bar.get_width() for bar in axes.patches] == [-2.0, 1.0]
