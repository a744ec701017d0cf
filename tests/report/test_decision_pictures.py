"""Pictures of comparisons, layers, evidence and explanations: nothing overlaps, whatever the names."""

from __future__ import annotations

import numpy as np
import pytest
from report_cases import case_of
from test_report_pictures import boxes, overlaps

from funnelsim.analysis.compare import Assumption, Comparison, Pair
from funnelsim.analysis.differing import Input
from funnelsim.analysis.dominance import Dominance
from funnelsim.analysis.evidence import Narrowing, ValueOfEvidence, Worth
from funnelsim.analysis.explain import Explanation
from funnelsim.analysis.forecast import LEVELS, Summary
from funnelsim.analysis.layers import Layers, LayerShare
from funnelsim.analysis.waterfall import FIGURES, Step, Waterfall
from funnelsim.engine.redraw import LAYERS
from funnelsim.report import plots
from funnelsim.report.compare import compare_headline
from funnelsim.report.compare_picture import compare_picture
from funnelsim.report.explain import explain_picture
from funnelsim.report.share_pictures import layers_picture, value_picture
from funnelsim.report.waterfall_picture import MAX_BARS
from funnelsim.report.words import Words

LONG = "a name that goes on and on, \x1b[31m初步接洽初步接洽初步接洽"


def fall_of(causes, adds) -> Waterfall:
    steps = tuple(
        Step(c, dict.fromkeys(FIGURES, a), dict.fromkeys(FIGURES, 0.0)) for c, a in zip(causes, adds, strict=True)
    )
    start = dict.fromkeys(FIGURES, 2000.0)
    return Waterfall(start, dict.fromkeys(FIGURES, 2000.0 + sum(adds)), steps, "all orders", "exact", 4)


def summary(mean: float, sd: float) -> Summary:
    quantiles = {name: mean + 2.5 * sd * (p - 0.5) for name, p in LEVELS.items()}
    return Summary(mean, sd, sd / 100, quantiles, dict.fromkeys(LEVELS, sd / 50))


def comparison(n_inputs: int, names=("", "rep", "manager")) -> Comparison:
    rng = np.random.default_rng(n_inputs)
    case = case_of()
    causes = [Input("conversion", f"{LONG} {i}") for i in range(n_inputs)]
    verdict = Dominance("crossing", "ahead", 0.1, 0.2, 0.01)
    pairs = [
        Pair(name, 30.0, 1.0, 90.0, {"p10": -80.0, "p50": 30.0, "p90": 150.0}, 0.6, 0.3, (), verdict, 3.0, 9.0, None,
             fall_of(causes, rng.normal(0, 200, n_inputs)))
        for name in names[1:]
    ]  # fmt: skip
    rows = [Assumption(name, case, summary(2000.0 + 300 * i, 200.0), 100.0, ()) for i, name in enumerate(names)]
    return Comparison(tuple(rows), tuple(pairs), 10_000, 7)


def pictures():
    case = case_of()
    layers = Layers(case, 2000.0, 100.0, tuple(LayerShare(n, v, 1.0) for n, v in zip(LAYERS, (1, 70, 0, -0.5, 29.5),
                    strict=True)), False, 1000, 7, 5)  # fmt: skip
    worths = [
        Worth(f"stages.{LONG}.stay", "", None, Narrowing(-3.0, 4.0)),
        Worth("stages.x.win_rate", LONG, Narrowing(20.0, 3.0), Narrowing(60.0, 5.0)),
        Worth("stages.y.win_rate", "y", Narrowing(1.0, 0.1), Narrowing(2.0, 0.5)),
    ]
    value = ValueOfEvidence(case, 20, 1600.0, 9.0, 1500.0, 3100.0, tuple(worths), 10_000, 7)
    causes = ["calendar", "aged", "moved", "slipped", "won", "lost", "closed", "added", "amounts", "refitted"]
    fall = fall_of(causes, [-100, -200, 50, 0.0, 300, -150, 20, 400, -5, 1])
    why = Explanation(case, case, (0.0, 90.0), fall, {}, 1000, 7)
    return {
        "compare": lambda say: compare_picture(comparison(3), say),
        "many inputs": lambda say: compare_picture(comparison(30), say),
        "long names": lambda say: compare_picture(comparison(2, (LONG, LONG + "b", "manager")), say),
        "nothing differs": lambda say: compare_picture(comparison(0), say),
        "layers": lambda say: layers_picture(layers, say),
        "value": lambda say: value_picture(value, say),
        "explain": lambda say: explain_picture(why, say),
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", list(pictures()))
def test_no_two_labels_overlap_and_none_leaves_the_picture(name, lang):
    figure = pictures()[name](Words(lang))
    assert overlaps(figure) == []
    width, height = figure.bbox.width, figure.bbox.height
    assert [t for t, b in boxes(figure) if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height] == []
    plots.png_bytes(figure)  # a missing glyph would warn, and a warning is an error


def test_the_smallest_of_very_many_steps_are_drawn_together():
    axes = compare_picture(comparison(30), Words("en")).axes[1]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) == MAX_BARS + 2
    assert labels[-2] == "all the rest"


def test_bars_of_a_waterfall_end_where_the_forecast_does():
    axes = compare_picture(comparison(3), Words("en")).axes[1]
    bars = axes.patches
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(comparison(3).pairs[0].waterfall.end["mean"])
    last = bars[-2]
    assert last.get_x() + last.get_width() == pytest.approx(comparison(3).pairs[0].waterfall.end["mean"])


def test_the_headline_tells_every_difference_with_its_sign():
    said = compare_headline(comparison(1), Words("en"))
    unit = case_of().money
    assert said == (
        f"Against 'as stated': 'rep' +30.0 ± 1.0 {unit} on average, higher in 60%, "
        f"'manager' +30.0 ± 1.0 {unit} on average, higher in 60%."
    )
