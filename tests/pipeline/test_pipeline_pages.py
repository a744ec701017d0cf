"""What a review looks like: tables, sentences, the picture and the folder; hostile texts stay texts."""

import json
import re
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.text import Text
from pipeline_cases import alike, branched, case_of, straight, timed
from rich.console import Console

import funnelsim as fs
from funnelsim.analysis.pipeline import review_pipeline
from funnelsim.model.funnel import Funnel, Step
from funnelsim.report.fonts import FAMILY
from funnelsim.report.funnel_picture import funnel_picture
from funnelsim.report.page import page
from funnelsim.report.pipeline_tables import (
    bottleneck_sentence,
    fresh_table,
    plan_table,
    practice_table,
    stalled_table,
    standings_table,
)
from funnelsim.report.pipeline_terminal import print_review
from funnelsim.report.plots import png_bytes, svg_text
from funnelsim.report.words import Words

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EN = Words("en")
HOSTILE = (HERE / "hostile.yaml").read_text("utf-8").replace("LONG", "long " * 60)
CONFIGS = ("pipeline_management", "product_type", "aida", "traditional_funnel", "weighted_pipeline_2685")


@pytest.fixture(params=["en", "zh"])
def say(request):
    return Words(request.param)


@pytest.fixture(scope="module")
def hostile_case(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    return fs.load(path)


@pytest.fixture(scope="module")
def reviews(hostile_case):
    many = Funnel.linear([Step(f"stage number {i}", conversion=0.8) for i in range(14)])
    found = {name: review_pipeline(fs.load(ROOT / f"configs/{name}.yaml", ["targets=[]"])) for name in CONFIGS}
    return found | {
        "hostile": review_pipeline(hostile_case),
        "branched": review_pipeline(branched()),
        "many": review_pipeline(case_of(many, alike(3, "stage number 2"))),
        "nothing": review_pipeline(case_of(Funnel.linear([Step("s", win_rate=0.5)]), alike(2, "s", 0.0))),
    }


def printed(review, say, width=120):
    console = Console(width=width, record=True, markup=False, highlight=False, emoji=False)
    with console.capture() as captured:
        print_review(review, say, console)
    return captured.get()


# ---- the picture


NAMES = (*CONFIGS, "hostile", "branched", "many", "nothing")


def boxes(figure):
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    drawn = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in drawn if t.get_window_extent(renderer).width > 1]


def overlaps(figure):
    found = []
    for (a, one), (b, other) in combinations(boxes(figure), 2):
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        high = min(one.y1, other.y1) - max(one.y0, other.y0)
        if wide > 1 and high > 1:
            found.append((a, b))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_no_two_labels_overlap_and_none_leaves_the_picture(reviews, say, name):
    figure = funnel_picture(reviews[name], say)
    assert overlaps(figure) == []
    width, height = figure.bbox.width, figure.bbox.height
    assert [t for t, b in boxes(figure) if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height] == []
    assert {t.get_fontfamily()[0] for t in figure.findobj(Text) if t.get_text()} == {FAMILY}


def test_the_check_for_overlaps_sees_one(reviews):
    figure = funnel_picture(reviews["aida"], EN)
    figure.axes[0].text(7.2, 1.75, "on top of a figure", va="top")
    assert len(overlaps(figure)) >= 1


def test_bars_are_as_wide_as_open_amounts_and_their_dark_parts_as_weighted_ones(reviews):
    review = reviews["product_type"]
    widths = [patch.get_width() for patch in funnel_picture(review, EN).axes[0].patches if hasattr(patch, "get_width")]
    pale, dark = widths[::2], widths[1::2]
    per_unit = pale[0] / review.stages[0].open_amount
    for stage, p, d in zip(review.stages, pale, dark, strict=True):
        assert p == pytest.approx(per_unit * stage.open_amount)
        assert d == pytest.approx(per_unit * stage.weighted)


def test_the_picture_tells_counts_amounts_conversions_and_stays(reviews):
    texts = [text for text, _ in boxes(funnel_picture(reviews["traditional_funnel"], EN))]
    for part in ("10 deals", "900 open, 180 weighted", "mean stay 8.0 days", "62.5%", "80%  won", "意向确认"):
        assert part in texts
    assert any("万元 CNY" in text for text in texts)


def test_the_same_review_draws_the_same_bytes(reviews, say):
    pictures = [funnel_picture(reviews["hostile"], say) for _ in range(2)]
    assert svg_text(pictures[0]) == svg_text(pictures[1])
    assert png_bytes(pictures[0]) == png_bytes(pictures[1])
    tags = set(re.findall(r"<(\w+)", svg_text(pictures[0])))
    assert {"svg", "path"} <= tags
    assert not tags & {"script", "text", "image", "a", "foreignObject"}


# ---- hostile texts


def test_hostile_texts_are_shown_on_the_terminal_and_not_obeyed(reviews, say):
    for width in (80, 120, 1000):
        told = printed(reviews["hostile"], say, width)
        assert "\x1b[31m" not in told
        assert "\u202e" not in told
    assert "<script>alert(1)</script> =HYPERLINK" in told
    assert "[red]{{ 7 * 7 }}[/red]" in told


def test_hostile_texts_are_shown_on_the_page_and_not_obeyed(hostile_case, say):
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.tags, self.attributes, self.words = [], [], []

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)
            self.attributes += [name for name, _ in attrs]

        def handle_data(self, data):
            self.words.append(data)

    reader = Reader()
    text = page(fs.forecast(fs.simulate(hostile_case)), say)
    reader.feed(text)
    assert not set(reader.tags) & {"img", "iframe", "i", "svg onload"}
    assert reader.tags.count("script") == 2
    assert not [name for name in reader.attributes if name.startswith("on")]
    words = " ".join(reader.words)
    assert say("practice") in words
    assert "<script>alert(1)</script> =HYPERLINK" in words
    assert "=cmd|' /C calc'!A0" in words
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_a_page_without_texts_of_stages_has_no_table_of_them(say):
    assert say("practice") not in page(fs.forecast(fs.exact(straight())), say)
    assert practice_table(straight().funnel.stages, say) is None


def test_texts_of_stages_take_one_line_and_leave_the_json_as_written(hostile_case, reviews):
    practice = hostile_case.funnel.stages[0].practice
    assert "\n" not in practice.definition
    assert practice.definition.startswith("<script>alert(1)</script> =HYPERLINK")
    told = json.loads(json.dumps(reviews["hostile"].as_json(), ensure_ascii=False))
    assert told["stages"][0]["definition"] == practice.definition
    assert len(told["stages"][0]["tasks"][1]) == 299


# ---- tables and sentences


def test_no_figure_of_a_table_is_broken_on_a_narrow_terminal(reviews, say):
    told = printed(reviews["pipeline_management"], say, 80)
    assert "1,607.5" in told
    assert max(map(len, told.splitlines())) <= 80


def test_the_stage_table_sums_up(reviews, say):
    table = standings_table(reviews["product_type"], say)
    assert table.has_total
    assert table.rows[-1][-4:] == ("90", "1,800", "584", "29.1")


def test_the_tables_of_the_plan_tell_chance_booked_and_fresh_pipeline(say):
    review = review_pipeline(fs.load(ROOT / "configs/pipeline_management.yaml"))
    row = dict(zip([c.name for c in plan_table(review, say).columns], plan_table(review, say).rows[0], strict=True))
    assert row[say("booked")] == "150"
    assert row[say("chance")] == "31.7%"
    first = fresh_table(review, say).rows[0]
    assert first[3] == say("fresh_of", n="10", amount="609.68")


def test_the_bottleneck_is_said_in_a_sentence(reviews):
    review = reviews["pipeline_management"]
    gain = review.bottleneck.for_mean.mean.value
    assert bottleneck_sentence(review, EN) == (
        f"A point buys most in '商务谈判': {gain:.2f} 万元 CNY on average. "
        "Per unit of cost it is '方案认可': 1.36 for 1 spent."
    )
    sure = review_pipeline(case_of(Funnel.linear([Step("s", conversion=1.0)]), alike(2, "s")))
    assert bottleneck_sentence(sure, EN) == "No stage has anything to gain."


def test_rivals_are_named(say):
    steps = [Step(name, conversion=0.5) for name in ("one", "other")]
    review = review_pipeline(case_of(Funnel.linear(steps), alike(20, "one"), seed=1), engine="simulate", trials=300)
    assert say("best_rivals", stages=review.bottleneck.rivals[0].stage) in bottleneck_sentence(review, say)


def test_stalled_deals_are_told_with_both_chances_and_the_rest_is_counted(reviews, say):
    review = reviews["pipeline_management"]
    table = stalled_table(review, say, 2)
    assert table.rows[0][0] == "老客户扩容"
    assert table.rows[0][-3:] == ("2.3%", "4.6%", "20.0%")
    assert say("stalled_more", n=2) in table.note
    assert len(stalled_table(reviews["branched"], say, 9).columns) == len(table.columns)  # won later, but no owner


def test_without_stays_no_deal_is_called_stalled(reviews, say):
    told = printed(reviews["weighted_pipeline_2685"], say)
    assert say("stalled_unknown") in told.replace("\n", "")


def test_every_review_is_told_in_both_languages(reviews, say):
    for review in reviews.values():
        told = printed(review, say)
        assert say("page_title", case="", day="") not in told
        assert "{" not in told or review is reviews["hostile"]


def test_a_refusal_of_the_exact_engine_is_told():
    from funnelsim.model.shock import Shock

    told = printed(review_pipeline(timed(shock=Shock(0.1, phi=0.5)), trials=200), EN)
    assert "Simulated: the exact engine does not answer this case" in told
    assert "use --engine" not in told
