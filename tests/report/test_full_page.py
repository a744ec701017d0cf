"""The full page tells every part of a dossier, or why it does not, and carries the font for all it can show."""

import base64
import json
import re
from dataclasses import replace
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from gallery import CONFIGS, past
from report_cases import case_of, forecast_of
from test_one_page import changes_of, dossier_of
from test_report_page import Reader

from funnelsim.analysis.baselines import BASELINES
from funnelsim.analysis.compare import compare
from funnelsim.analysis.layers import split_layers
from funnelsim.analysis.swings import swings
from funnelsim.analysis.track import PastHits
from funnelsim.config import load
from funnelsim.model.funnel import Exit, Funnel, Stage
from funnelsim.model.horizon import Horizon
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shifting import shifted
from funnelsim.report.page import page_bytes
from funnelsim.report.page_answers import chain_section, scenarios_section
from funnelsim.report.page_sections import (
    chances_section,
    deals_section,
    groups_section,
    money_section,
    targets_section,
    when_section,
)
from funnelsim.report.words import Words

EN = Words("en")
TITLES = ("levers", "layers", "changes", "scenarios", "track", "chances", "when", "funnel", "deals", "method")


def scored_past():
    """A backtest whose baselines have nothing to say."""
    silent = dict.fromkeys(BASELINES)
    origins = tuple(
        replace(origin, measures={name: replace(one, baselines=silent) for name, one in origin.measures.items()})
        for origin in past().origins
    )
    return replace(past(), origins=origins)


@pytest.fixture(scope="module")
def full():
    case = case_of()
    track = (PastHits("open_wins", 0.8, 46, 57, 14), PastHits("open_bookings", 0.8, 3, 4, 2))
    return dossier_of(
        forecast_of(case), levers=swings(case, seed=1), layers=split_layers(case, trials=200, seed=1),
        changes=changes_of(case), track=track, backtest=scored_past(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def pages(full):
    return {lang: page_bytes(full, Words(lang)) for lang in ("en", "zh")}


def section(text, name):
    return text.partition(f'<section aria-labelledby="{name}">')[2].partition("</section>")[0]


def test_every_part_is_told_or_why_it_is_not(pages, full):
    for lang, made in pages.items():
        text, say = made.decode(), Words(lang)
        for name in TITLES:
            assert say(f"section_{name}") in section(text, name)
        for name, n_pictures in (("levers", 1), ("layers", 1), ("changes", 1), ("track", 2), ("chances", 2)):
            assert section(text, name).count("<figure>") == n_pictures, name
        assert section(text, "levers").count("<li>") == 3
        assert "<figure>" not in section(text, "scenarios")
        assert say("without_too_large", command="funnelsim compare") in section(text, "scenarios")
        assert len(made) < 2_000_000


def test_what_cannot_be_verified_is_said_above_the_figures(pages):
    top = pages["en"].decode().partition('class="headline"')[0].partition("<h1>")[2]
    assert "Bookings of open deals: in 4 past windows its 80 % interval held 3 times" in top
    assert "calibration cannot be verified" in top
    assert "Wins of open deals" not in top


def test_the_same_dossier_gives_the_same_bytes_and_no_two_elements_share_an_id(pages, full):
    assert page_bytes(full, Words("zh")) == pages["zh"]
    for made in pages.values():
        ids = Reader(made.decode()).ids
        assert len(ids) == len(set(ids))


def test_the_font_holds_every_chinese_character_that_the_script_can_show(pages):
    text = pages["zh"].decode()
    font = TTFont(BytesIO(base64.b64decode(re.search(r"base64,([A-Za-z0-9+/=]+)", text).group(1))))
    data = json.loads(Reader(text).scripts[0])
    shown = {ord(c) for row in data["rates"] for told in (row["name"], *row["answers"]) for c in told}
    chinese = {c for c in shown if 0x3000 <= c <= 0x9FFF}
    assert len(chinese) > 10
    assert chinese <= set(font.getBestCmap())
    assert len(font.getBestCmap()) < 2000


def test_rates_that_cannot_be_moved_leave_one_slider(pages):
    assert pages["en"].decode().count('<input type="range"') == 2
    stages = (
        Stage("初步接洽", (Exit("方案", 0.5), Exit("won", 0.1), Exit("lost", 0.4))),
        Stage("方案", (Exit("won", 0.5), Exit("lost", 0.5))),
    )
    told = forecast_of(case_of())
    bent = replace(
        told.case, funnel=Funnel(stages), pipeline=Pipeline((Deal("x", "方案", 10.0),)), beliefs=(), horizon=Horizon()
    )
    text = page_bytes(dossier_of(replace(told, case=bent, implied={})), EN).decode()
    assert text.count('<input type="range"') == 1
    assert len(json.loads(Reader(text).scripts[0])["rates"]) == 1


def test_money_has_a_section_of_its_own():
    told = forecast_of(case_of())
    assert money_section(told, EN) is None
    paid = replace(told, measures=told.measures | {"cash": told.bookings})
    (cash,) = (part.content for part in money_section(paid, EN).parts)
    assert cash.title == "Cash received, 万元 CNY"
    titles = [part.content.title for part in when_section(paid, EN).parts if part.kind == "table"]
    assert titles == ["Bookings, 万元 CNY", "Deals won"]


def test_a_chain_is_told_where_the_case_has_one(full):
    assert chain_section(full, EN) is None
    case = load(CONFIGS / "communication_coupled.yaml")
    found = chain_section(replace(full, forecast=replace(full.forecast, case=case)), EN)
    assert [part.kind for part in found.parts] == ["lines", "picture", "table", "table", "lines"]
    assert "1 chance in 10" in found.parts[0].content


def test_scenarios_are_drawn_and_told(full):
    cases = {"": full.case, "<b>better</b>": shifted(full.case, 5)}
    compared = compare(cases, trials=300, seed=1, steps=False)
    found = scenarios_section(replace(full, comparison=compared), EN)
    assert [part.kind for part in found.parts][:4] == ["lines", "picture", "table", "table"]
    assert "<b>better</b>" in found.parts[2].content.rows[1][0]


def test_make_or_break_deals_have_their_error(full):
    deals = tuple(replace(d, swing=0.1, if_won=0.6, if_not=0.5) for d in full.forecast.deals)
    told = replace(full, forecast=replace(full.forecast, deals=deals, trials=100))
    bullets, _ = deals_section(told, EN).parts
    assert len(bullets.content) == 3
    # in a tenth of the futures the deal decides: sqrt(0.1 * 0.9 / 100) = 0.03
    assert all("by 10.0 points (± 3)" in line for line in bullets.content)


def tables_of(told):
    sections = (
        builder(told.forecast, EN) for builder in (chances_section, when_section, targets_section, groups_section)
    )
    for section_ in sections:
        for part in section_.parts:
            if part.kind in {"table", "folded"}:
                yield part.content if part.kind == "table" else part.content["table"]


def test_no_mean_stands_without_its_interval_and_no_chance_without_its_error(full):
    shown = list(tables_of(full))
    assert len(shown) >= 6
    for table in shown:
        names = [column.name for column in table.columns]
        if "mean" in names:
            assert {"commit", "likely", "stretch", "± mean"} <= set(names), table.title
        if {"chance", "chance of at least"} & set(names):
            assert "± points" in names, table.title
        for column, name in enumerate(names):
            if name == "deals won, mean":
                assert all(re.fullmatch(r"[\d.,]+ \(\d+–\d+\)", row[column]) for row in table.rows)
