"""A backtest's sentences, tables and pictures say what was found, in either language, and nothing overlaps."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from backtest_cases import company, plan
from matplotlib.text import Text

from funnelsim.analysis.backtest import Backtest, backtest, provenance_of
from funnelsim.analysis.track import PastHits
from funnelsim.report.backtest_pictures import calibration_figure, fan_figure
from funnelsim.report.backtest_terminal import coverage_table, skill_table
from funnelsim.report.plots import png_bytes, svg_text
from funnelsim.report.track import track_lines, track_sentence
from funnelsim.report.words import Words


@pytest.fixture(scope="module")
def told() -> Backtest:
    history = company()
    asked = plan(history, n=3)
    about = provenance_of(history, asked, history="records\x1b[31m.yaml")
    return backtest(history, asked, provenance=about)


@pytest.fixture(scope="module")
def long(told: Backtest) -> Backtest:
    """Many windows with large amounts, so that all there is to draw is drawn."""
    rng = np.random.default_rng(1)
    origins = []
    for n in range(80):
        base = told.origins[n % 3]
        measures = {
            name: replace(s, pit=float(rng.random()), actual=s.actual * float(rng.uniform(0.2, 9)) * 1e5)
            for name, s in base.measures.items()
        }
        origins.append(replace(base, day=told.plan.first + 7 * n, measures=measures))
    asked = replace(told.plan, last=told.plan.first + 7 * 79)
    return replace(told, plan=asked, origins=tuple(origins))


def test_the_track_record_is_one_sentence() -> None:
    many = PastHits("open_wins", 0.8, 46, 57, 14)
    few = PastHits("open_bookings", 0.8, 1, 1, 1)
    en, zh = Words("en"), Words("zh")
    assert track_sentence(many, en) == "in 57 past windows its 80 % interval held 46 times (14 independent)"
    assert track_sentence(many, zh) == "过去 57 个窗口中，其 80% 区间命中 46 次（其中独立窗口 14 个）"
    assert track_sentence(few, en) == (
        "in 1 past window its 80 % interval held once (1 independent); "
        "with fewer than 8 independent windows calibration cannot be verified"
    )
    assert track_sentence(few, zh).endswith("；独立窗口不足 8 个，无法验证校准程度")
    assert track_sentence(PastHits("open_wins", 0.8, 0, 0, 0), en) == "no past window has been forecast"
    assert track_lines([many], en) == [f"Wins of open deals: {track_sentence(many, en)}."]


def test_eight_independent_windows_are_enough() -> None:
    assert not PastHits("open_wins", 0.8, 7, 30, 7).is_verifiable
    assert PastHits("open_wins", 0.8, 7, 30, 8).is_verifiable


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tables_hold_hits_scores_and_skills(told: Backtest, lang) -> None:
    say = Words(lang)
    rows = coverage_table(told, say).rows
    hits = told.hits("open_wins", "c80")
    assert rows[0][0] == say("open_wins")
    assert rows[0][2].startswith(f"{hits.hits}/3 ")
    assert rows[0][5] == f"{told.crps('open_wins') / told.mean_actual('open_wins'):.3f}"
    skills = skill_table(told, say).rows
    skill = told.skill("total_bookings", "ses")
    assert skill is not None
    assert skills[3][5] == f"{100 * skill:+.0f}%"
    assert skills[0][6] == "–"  # less than a year of records has no last year


def boxes(figure):
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


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("draw", [calibration_figure, fan_figure])
@pytest.mark.parametrize("which", ["told", "long"])
def test_no_text_of_a_picture_covers_another_or_leaves_it(which: str, draw, lang, request) -> None:
    figure = draw(request.getfixturevalue(which), Words(lang))
    found = boxes(figure)
    for (a, one), (b, other) in combinations(found, 2):
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        high = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert not (wide > 1 and high > 1), (a, b)
    width, height = figure.bbox.width, figure.bbox.height
    assert [text for text, box in found if box.x0 < 0 or box.x1 > width or box.y0 < 0 or box.y1 > height] == []
    assert not any(
        "?" in text.replace("state?", "") for text, _ in found if "\x1b" not in text and "records" not in text
    )


def test_the_same_backtest_gives_the_same_pictures(told: Backtest) -> None:
    for draw in (calibration_figure, fan_figure):
        assert png_bytes(draw(told, Words("zh"))) == png_bytes(draw(told, Words("zh")))
        assert svg_text(draw(told, Words("en"))) == svg_text(draw(told, Words("en")))


def test_hostile_names_are_harmless(told: Backtest) -> None:
    assert not [text for text, _ in boxes(fan_figure(told, Words("en"))) if "\x1b" in text]
