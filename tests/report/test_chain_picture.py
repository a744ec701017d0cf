from dataclasses import replace
from pathlib import Path

import pytest
from test_report_pictures import boxes, overlaps

from funnelsim.analysis.communication import communicate
from funnelsim.config import load_briefing
from funnelsim.model.briefing import Briefing
from funnelsim.model.communication import Communication, Hop, Message, Remedy
from funnelsim.model.law import Fixed
from funnelsim.report import plots
from funnelsim.report.chain_picture import MAX_HOPS, chain_picture
from funnelsim.report.communication import duration, share
from funnelsim.report.words import Words

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("communication_*.yaml"))
LONG = Communication(
    tuple(
        Hop(
            f"环节名称很长很长的第{i}号",
            Fixed(0.97),
            label=f"a hop of a very long name {i} 😀",
            remedy=Remedy(adds=0.02),
        )
        for i in range(40)
    ),
    Message.alike(50),
)
CERTAIN = Communication((Hop("all", Fixed(1.0)), Hop("none", Fixed(0.0))), Message.alike(2))


def chains():
    return {path.stem: load_briefing(path) for path in CONFIGS} | {
        "long": Briefing("a long chain " * 20, LONG),
        "certain": Briefing("certain", CERTAIN),
    }


@pytest.mark.parametrize("name", [path.stem for path in CONFIGS] + ["long", "certain"])
def test_no_two_labels_overlap_and_none_leaves_the_picture(say, name):
    figure = chain_picture(communicate(chains()[name]), say)
    assert overlaps(figure) == []
    width, height = figure.bbox.width, figure.bbox.height
    assert [t for t, b in boxes(figure) if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height] == []
    plots.png_bytes(figure)  # a missing glyph would warn, and a warning is an error


def test_bars_stand_at_what_is_left():
    told = communicate(load_briefing(next(path for path in CONFIGS if path.stem.endswith("funnel"))))
    axes = chain_picture(told, Words("en")).axes[0]
    assert [round(bar.get_height(), 9) for bar in axes.patches] == [100, 80, 60, 40, 20]
    texts = [text for text, _ in boxes(axes.figure)]
    assert {"100%", "80%", "60%", "40%", "20%"} <= set(texts)


def test_a_very_long_chain_shows_its_first_and_last_hops():
    told = communicate(Briefing("long", LONG))
    labels = [label.get_text() for label in chain_picture(told, Words("en")).axes[0].get_xticklabels()]
    assert len(labels) == MAX_HOPS
    assert "intended" in labels[0]


def test_the_same_chain_gives_the_same_bytes(say):
    told = communicate(chains()["communication_order"])
    one, two = (plots.svg_text(chain_picture(told, say)) for _ in range(2))
    assert one == two
    other = replace(told, briefing=replace(told.briefing, name="other"))
    assert plots.svg_text(chain_picture(other, say)) != one


def test_times_are_told_in_the_unit_people_would_use():
    said = [duration(days, Words("en")) for days in (0.0, 5 / 1440, 1 / 24, 0.5, 1.0, 12.34)]
    assert said == ["0 min", "5 min", "1 h", "12 h", "1 d", "12.3 d"]


def test_a_share_is_never_told_as_a_certainty_that_it_is_not():
    assert [share(x) for x in (0.0, 1e-12, 0.2, 0.9999, 1.0)] == ["0.0%", "<0.1%", "20.0%", ">99.9%", "100.0%"]
