import base64
import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from funnelsim.report.page import page
from funnelsim.report.words import Words

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "use", "rect"}


class Reader(HTMLParser):
    """Collects elements, visible text and attributes, and checks that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.stack, self.ids = [], [], [], [], []
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
        if self.stack[-1:] != ["style"]:
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


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(pages):
    for text in pages.values():
        read = Reader(text)
        assert read.stack == []
        assert not set(read.tags) & {"script", "iframe", "object", "link", "img", "base", "form", "a"}
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
        needed = {ord(c) for c in Reader(text).text if "\u3000" <= c <= "\u9fff"}
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
    svg = re.search(r"<svg.*?</svg>", pages["plain", "en"], re.DOTALL).group(0)
    assert "currentColor" in svg
    assert "#1f2933" not in svg
    assert 'role="img"' in svg
