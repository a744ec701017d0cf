"""The one page: one page whatever the case, its text the told figures, and names nothing but text."""

import struct
from dataclasses import replace

import numpy as np
import pytest
import typst
from pdf_text import bare, n_pages, text_of
from report_cases import case_of, forecast_of

from funnelsim.analysis.between_days import Extent
from funnelsim.analysis.briefing import PARTS, Absence, Briefing
from funnelsim.analysis.explain import Explanation
from funnelsim.analysis.swings import swings
from funnelsim.analysis.track import PastHits
from funnelsim.analysis.waterfall import Step, Waterfall
from funnelsim.model.horizon import Horizon
from funnelsim.model.target import Target
from funnelsim.report.fonts import drawable
from funnelsim.report.levers import lever_sentences, levers_table
from funnelsim.report.numbers import chance
from funnelsim.report.one_page import DOTS_PER_INCH, pdf_bytes, png_bytes, typst_input
from funnelsim.report.one_page_content import content
from funnelsim.report.sensitivity import shown
from funnelsim.report.words import Words

HOSTILE = '=HYPERLINK("x")<script>alert(1)</script>$A$1 # * _ @ \\ ` [x] {y} //z\u202e😀\n\x1b' + "长" * 300
EN = Words("en")


def briefing_of(forecast, **parts):
    return Briefing(forecast, absent=dict.fromkeys(set(PARTS) - set(parts), Absence("too_large")) | {
        "deals": Absence("not_given"), "track": Absence("not_given"), "backtest": Absence("not_given"),
    }, **parts)  # fmt: skip


def changes_of(case):
    figures = {"mean": 2000.0, "p10": 1500.0, "p50": 1990.0, "p90": 2600.0}
    steps = tuple(Step(cause, dict.fromkeys(figures, 10.0), {}) for cause in ("calendar", "won", "added"))
    fall = Waterfall(figures, {k: x + 30 for k, x in figures.items()}, steps, "one order", "simulate", 4)
    return Explanation(case, case, (0.0, 0.0), fall, {"won": Extent(2, 100.0)}, 1000, 7)


@pytest.fixture(scope="module")
def full():
    """A briefing with everything on it, and names that would do harm as markup."""
    many = tuple(Target(1000.0 + i, group={"segment": HOSTILE}) for i in range(9))
    case = case_of(name=HOSTILE, segments=(HOSTILE, *(f"segment {i}" for i in range(40))), label=HOSTILE, targets=many)
    forecast = replace(forecast_of(case), notes=(HOSTILE,) * 9, stale=(HOSTILE,) * 30)
    track = (PastHits("open_wins", 0.8, 46, 57, 14), PastHits("open_bookings", 0.8, 3, 4, 2))
    return briefing_of(forecast, levers=swings(case, seed=1), changes=changes_of(case), track=track)


def strings(told):
    if isinstance(told, dict):
        for name, one in told.items():
            yield from () if name in {"svg", "alt", "lang"} else strings(one)
    elif isinstance(told, list):
        for one in told:
            yield from strings(one)
    elif isinstance(told, str):
        yield told


def test_every_case_is_one_page_whose_text_is_what_is_told(forecasts, say):
    for forecast in forecasts.values():
        told = briefing_of(forecast)
        made = pdf_bytes(told, say)
        assert n_pages(made) == 1
        found = text_of(made)
        for text in strings(content(told, say)):
            assert bare(drawable(text)) in found


def test_the_fullest_page_is_one_page_in_letters_that_can_be_read(full, say):
    made = pdf_bytes(full, say)
    assert n_pages(made) == 1
    found = text_of(made)
    for one in full.forecast.targets[:3]:
        assert chance(one.chance, one.chance_se, full.forecast.trials) in found
    tornado, first = full.levers.tornado, full.levers.order[0]
    for end in (tornado.low, tornado.high):
        assert shown(full.levers, full.levers.answer, end[first, full.levers.answer]) in found
    for part in ("=HYPERLINK(", "<script>alert(1)</script>", "$A$1#*_@\\`[x]{y}//z"):
        assert part in found
    for sign in (b"/JavaScript", b"/URI", b"/Launch", b"/Annots", b"/EmbeddedFile"):
        assert sign not in made
    assert say("and_n_more", n=len(full.forecast.targets) - 3).replace(" ", "") in found


def test_pages_are_counted_not_assumed():
    assert n_pages(typst.compile(b"one #pagebreak() two", format="pdf")) == 2
    assert "two" not in text_of(typst.compile(b"one", format="pdf"))


def test_the_same_briefing_gives_the_same_bytes(full, say):
    assert pdf_bytes(full, say) == pdf_bytes(full, say)
    assert full.case.as_of.strftime("D:%Y%m%d").encode() in pdf_bytes(full, say)


def test_the_picture_is_one_tall_image_wide_enough_for_a_telephone(forecast, say):
    made = png_bytes(briefing_of(forecast), say)
    assert made[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", made[16:24])
    assert width == pytest.approx(118 / 25.4 * DOTS_PER_INCH, abs=2)
    assert height > 1.5 * width
    assert made == png_bytes(briefing_of(forecast), say)


def test_only_the_one_font_is_used(forecast):
    made = typst_input(briefing_of(forecast), EN, "page")
    assert made["ignore_system_fonts"]
    assert b"NotoSansSC" in pdf_bytes(briefing_of(forecast), EN)
    assert b"Libertinus" not in pdf_bytes(briefing_of(forecast), EN)


def test_no_percentile_is_named(full, say):
    assert not [text for text in strings(content(full, say)) if "p10" in text.lower() or "p90" in text.lower()]


def test_levers_tell_both_ends_with_their_intervals(full):
    case = case_of(horizon=Horizon(4, "quarter"))
    found = swings(case, seed=1)
    first, one = found.order[0], found.inputs.inputs[found.order[0]]
    [told] = lever_sentences(found, EN, 1)
    low, high = found.tornado.low[first], found.tornado.high[first]
    assert f"chance of 2,685 from {100 * low[4]:.1f}% to {100 * high[4]:.1f}%" in told
    for row in (low, high):
        assert f"{row[2]:,.0f} ({row[1]:,.0f}–{row[3]:,.0f})" in told
    assert levers_table(found, EN).rows[0][0] in told
    swing = np.abs(found.tornado.high - found.tornado.low)[:, 4]
    assert one.name == found.inputs.inputs[int(np.argmax(swing))].name
    assert len(levers_table(found, EN).rows) == len(found.order)
