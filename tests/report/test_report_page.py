import base64
import json
import re
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from io import BytesIO
from itertools import pairwise, product

import pytest
from fontTools.ttLib import TTFont

from funnelsim.analysis.briefing import Briefing
from funnelsim.report import ink
from funnelsim.report.page import page
from funnelsim.report.page_warnings import warnings
from funnelsim.report.words import Words

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "use", "rect"}


class Reader(HTMLParser):
    """Collects elements, visible text and attributes, and checks that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.stack, self.ids = [], [], [], [], []
        self.scripts = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack[-1:] == ["script"]:
            self.scripts.append(data)
        elif self.stack[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


@pytest.fixture(scope="module")
def pages(forecasts):
    return {
        (name, lang): page(forecasts[name], Words(lang))
        for name in ("plain", "hostile", "unlimited")
        for lang in ("en", "zh")
    }


def test_the_page_asks_nothing_of_the_network_and_runs_one_script_of_its_own(pages):
    for text in pages.values():
        read = Reader(text)
        assert read.stack == []
        assert not set(read.tags) & {"iframe", "object", "link", "img", "base", "form", "embed"}
        data, script = read.scripts
        assert set(json.loads(data)) == {"amounts", "rates", "start"}
        assert not set("<>&") & set(data)
        assert "eval" not in script
        digest = base64.b64encode(sha256(script.encode()).digest()).decode()
        assert f"default-src 'none'; script-src 'sha256-{digest}';" in text
        assert not [name for name, _ in read.attributes if name.startswith("on")]
        assert not [v for n, v in read.attributes if n in {"src", "href", "xlink:href"} and not v.startswith("#")]
        assert all(url.startswith(("data:font/woff;base64,", "#")) for url in re.findall(r"url\(([^)]*)", text))
        assert ("http-equiv", "Content-Security-Policy") in read.attributes


def test_hostile_names_are_shown_and_not_obeyed(pages):
    for lang in ("en", "zh"):
        read = Reader(pages["hostile", lang])
        assert "<script>alert(1)</script>" in read.text
        assert "<img src=x onerror=alert(1)>" in read.text
        assert "{{ 7 * 7 }}" in read.text
        assert "\u202e" not in pages["hostile", lang]
        assert "\x1b" not in pages["hostile", lang]


def test_no_two_elements_share_an_id(pages):
    for text in pages.values():
        ids = Reader(text).ids
        assert len(ids) == len(set(ids))


def test_every_reference_inside_a_picture_finds_its_target(pages):
    for text in pages.values():
        read = Reader(text)
        wanted = {value[1:] for name, value in read.attributes if name == "xlink:href"}
        wanted |= set(re.findall(r"url\(#([^)]*)\)", text))
        assert wanted
        assert wanted <= set(read.ids)


def test_the_page_holds_every_part(pages):
    headings = (
        "Period by period",
        "Bookings, 万元 CNY",
        "Targets",
        "Bookings by segment",
        "Stages",
        "How likely is how much?",
        "Deals, 万元 CNY",
    )
    told = Reader(pages["plain", "en"]).text
    for part in (
        *headings,
        "Assumptions",
        "How it was made",
        "ab" * 32,
        "treated as lost",
        "age moves dates",
    ):
        assert part in told
    assert "Period by period" not in Reader(pages["unlimited", "en"]).text


def test_the_font_on_the_page_draws_every_chinese_character_of_it(pages):
    for text in pages.values():
        woff = re.search(r"base64,([A-Za-z0-9+/=]+)", text).group(1)
        font = TTFont(BytesIO(base64.b64decode(woff)))
        needed = {ord(c) for c in Reader(text).text + " ".join(Reader(text).scripts) if "\u3000" <= c <= "\u9fff"}
        assert needed
        assert needed <= set(font.getBestCmap())


def test_the_page_says_its_language(pages):
    assert ("lang", "zh-Hans") in Reader(pages["plain", "zh"]).attributes
    assert ("lang", "en") in Reader(pages["plain", "en"]).attributes


def test_a_page_in_chinese_leaves_no_english_words_of_ours(pages):
    told = Reader(pages["plain", "zh"]).text.replace("age moves dates, not chances", "")
    found = set(re.findall(r"[A-Za-z]{4,}", told))
    ours = {"pipeline", "east", "west", "configs", "yaml", "deals", "stages", "rate", "ab" * 32, "cd" * 32}
    assert found <= ours | {"Asia", "Shanghai", "funnelsim", "forecast", "json", "PERT", "Noto", "Sans"}


def test_the_same_forecast_gives_the_same_page(forecast, pages):
    assert page(forecast, Words("zh")) == pages["plain", "zh"]


def test_pictures_take_the_ink_of_the_page(pages):
    drawn = [
        svg for svg in re.findall(r"<svg.*?</svg>", pages["plain", "en"], re.DOTALL) if "aria-labelledby" in svg[:400]
    ]
    assert len(drawn) == 4
    for svg in drawn:
        assert "currentColor" in svg
        assert not re.search("#[0-9a-f]{6}", svg)
        assert 'role="img"' in svg
        assert re.search(r"<title id=[^>]*>[^<]+</title><desc id=[^>]*>[^<]+</desc>", svg)


def test_headings_go_down_one_step_at_a_time_and_every_section_has_one(pages):
    for text in pages.values():
        levels = [int(n) for n in re.findall(r"<h([1-6])\b", text)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert set(re.findall(r'<section aria-labelledby="([^"]*)"', text)) <= set(Reader(text).ids)
        assert {"header", "nav", "main", "footer"} <= set(Reader(text).tags)


def test_no_amount_of_the_head_stands_without_the_others_and_every_chance_has_its_error(forecasts, pages):
    head = Reader(pages["plain", "en"].partition("<nav")[0]).text
    for told in ("9 chances in 10 of at least", "even chance of at least", "1 chance in 10 of at least"):
        assert told in head
    assert len(re.findall(r"chance \d[\d.]*% \(± [\d.]+ points\)", head)) == len(forecasts["plain"].targets)
    assert not re.search(r"\b[pP]\d\d\b", Reader(pages["plain", "en"]).text)


def test_the_page_says_at_the_top_what_history_bears(forecast, pages):
    top = pages["plain", "en"].partition('class="headline"')[0].partition("<h1>")[2]
    assert "not learnt from records" in top
    grave = "too little data: 12 deals were ever won; take this as a first guess, not as a forecast"
    assert warnings(Briefing(replace(forecast, notes=(grave,))), Words("zh"))[0].startswith(
        "数据太少：历史上只赢过 12 单"
    )
    assert not any("数据太少" in told for told in warnings(Briefing(forecast), Words("zh")))


LIGHT, DARK = ({}, {})
for _block, _found in zip((":root { ", ':root[data-colours="dark"] { '), (LIGHT, DARK), strict=True):
    _style = (files("funnelsim.report") / "templates" / "page.css").read_text()
    _found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", _style.partition(_block)[2].partition("}")[0]))


def contrast(one, other):
    """Return the ratio that WCAG 2.2 defines."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_stand_out_as_aa_asks(palette):
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    for text, ground in product(("ink", "soft"), ("page", "card", "warn")):
        assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
    assert contrast(palette["deep"], palette["page"]) >= 4.5  # links
    assert contrast(palette["warn-line"], palette["page"]) >= 3
    assert contrast(palette["dark"], palette["light"]) >= 3  # a gauge, filled and empty
    assert contrast(palette["dark"], palette["middle"]) >= 1.5  # the even chance has ink-dark edges beside it
    assert contrast(palette["dark"], palette["page"]) >= 3


def test_both_ways_to_the_dark_use_the_same_colours_and_pictures_take_those_of_ink():
    style = (files("funnelsim.report") / "templates" / "page.css").read_text()
    by_system = style.partition("prefers-color-scheme: dark")[2].partition("}")[0]
    assert dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", by_system)) == DARK
    assert set(LIGHT) == set(DARK)
    told = {"light": ink.LIGHT, "middle": ink.MIDDLE, "dark": ink.DARK, "grey": ink.GREY, "ink": ink.INK}
    assert {name: LIGHT[name] for name in told} == told
