"""The full page as a reader opens it: by double click, on a desk or a telephone, in the dark, on paper, by keyboard."""

import re
import sys
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from report_cases import case_of, forecast_of

from funnelsim.analysis.briefing import Briefing
from funnelsim.model.pipeline import Pipeline
from funnelsim.model.target import Target
from funnelsim.report.page import page_bytes
from funnelsim.report.page_slider import grid_of
from funnelsim.report.words import Words

NASTY = (
    '=HYPERLINK("http://evil.example/x")',
    "<script>window.ran = 1</script>",
    "<img src=http://evil.example/i onerror='window.ran = 2'>",
    "$A$1 # * _ @ {{ 7 * 7 }} `x` \\u003c/script>",
    "</script><script>window.ran = 3</script>",
    "\u202egnp.exe\u2066 😀 \x1b[31m",
    "two\nlines\r\nof text",
    "长" * 150 + "W" * 150,
)
Opened = namedtuple("Opened", "page requests troubles failures")


def hostile_forecast():
    case = case_of(
        name=" ".join(NASTY[:5]),
        segments=NASTY,
        label=NASTY[1],
        targets=(Target(2685.0), Target(500.0, group={"segment": NASTY[4]})),
    )
    deals = tuple(d._replace(id=f"{NASTY[i % 8]} {i}", owner=NASTY[-i % 8]) for i, d in enumerate(case.pipeline.deals))
    return forecast_of(replace(case, pipeline=Pipeline(deals)))


@pytest.fixture(scope="module")
def forecast():
    return forecast_of(case_of())


@pytest.fixture(scope="module")
def files(forecast, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, told, lang in (("en", forecast, "en"), ("zh", forecast, "zh"), ("hostile", hostile_forecast(), "zh")):
        found[name] = folder / f"{name}.html"
        found[name].write_bytes(page_bytes(Briefing(told), Words(lang)))
    return found


@pytest.fixture
def opened(browser, files):
    """Return a function that opens a page and notes every request and every complaint of the browser."""
    contexts = []

    def open_(name, width=1280, **more):
        context = browser.new_context(viewport={"width": width, "height": 844}, **more)
        contexts.append(context)
        page, requests, troubles, failures = context.new_page(), [], [], []
        context.on("request", lambda request: requests.append(request.url))
        context.on("requestfailed", lambda request: failures.append(request.failure))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.goto(files[name].as_uri())
        return Opened(page, requests, troubles, failures)

    yield open_
    for context in contexts:
        context.close()


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("name", ["en", "zh", "hostile"])
def test_a_page_opens_without_a_request_or_a_complaint_and_is_small(opened, files, name):
    found = opened(name)
    found.page.mouse.wheel(0, 20_000)
    assert found.requests == [files[name].as_uri()]
    assert found.troubles == []
    assert files[name].stat().st_size < 2_000_000


def test_hostile_names_run_nothing_and_are_read_as_they_were_written(opened):
    page = opened("hostile").page
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.scripts.length") == 2
    assert page.evaluate("document.querySelectorAll('img, iframe, object, embed, link, base, form').length") == 0
    text = page.evaluate("document.body.innerText")
    for name in NASTY[:5]:
        assert name in text
    assert "�gnp.exe� 😀 �[31m" in text
    assert "two�lines" in text
    assert NASTY[-1] in text
    assert not set("\u202e\u2066\x1b") & set(text)


def test_what_is_not_ours_could_not_run_either(opened):
    found = opened("en")
    found.page.evaluate(
        """() => { const s = document.createElement("script"); s.textContent = "window.ran = 9";
        document.body.append(s); const i = new Image(); i.src = "http://evil.example/i.png"; }"""
    )
    found.page.wait_for_timeout(50)
    assert found.page.evaluate("window.ran") is None
    assert dict.fromkeys(found.requests[1:]) == {"http://evil.example/i.png": None}
    assert found.failures == ["csp"]
    assert any("Content Security Policy" in told for told in found.troubles)


def test_the_sliders_show_what_the_grid_holds(opened, forecast):
    page, grid = opened("en").page, grid_of(forecast)
    amount, rates = page.get_by_role("slider").all()
    start = grid.amounts.index(2685.0)
    assert (amount.input_value(), rates.input_value()) == (str(start), str(grid.base))
    seen = set()
    for i, j in ((start, 3), (start, 6), (start - 9, 0), (5, 6), (len(grid.amounts) - 1, 1)):
        amount.fill(str(i))
        rates.fill(str(j))
        point, told = grid.grid[j], page.locator("#answer").inner_text()
        chance = float(re.search(r" is ([\d.]+)%", told.replace("<", "").replace(">", "")).group(1)) / 100
        assert chance == pytest.approx(point.chances[i], abs=0.0006 + point.errors[i])
        assert f"{grid.amounts[i]:,.2f}".rstrip("0").rstrip(".") in told
        assert (f"{point.points:+g} points" in told) == (point.points != 0)
        if 0 < point.chances[i] < 1:
            assert "± " in told
        for name in ("commit", "likely", "stretch"):
            shown = float(re.match(r"[\d,.]+", page.locator(f"#if-{name}").inner_text()).group(0).replace(",", ""))
            assert shown == pytest.approx(getattr(point.bookings, name), abs=60)
        assert float(page.locator("#reached").get_attribute("width")) == pytest.approx(100 * point.chances[i], abs=0.01)
        assert amount.get_attribute("aria-valuetext") == page.locator("#amount-now").inner_text()
        seen.add(told)
    assert len(seen) == 5
    row = page.locator("#if-commit").inner_text()
    rates.fill("6")
    assert page.locator("#if-commit").inner_text() != row


def test_everything_can_be_reached_and_moved_by_keyboard(opened):
    page = opened("zh").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "colours"
    before = background(page)
    page.keyboard.press("Enter")
    assert background(page) != before
    amount = page.get_by_role("slider", name="签约金额")
    amount.focus()
    told = page.locator("#answer").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("#answer").inner_text() != told
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] table").first.is_visible()


def test_every_picture_slider_and_part_of_the_page_has_a_name(opened):
    page = opened("zh").page
    tree = page.locator("body").aria_snapshot()
    assert not re.search(r"- img\s*$", tree, re.MULTILINE)
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert re.search(rf"^\s*- {role}\b", tree, re.MULTILINE), role
    assert page.evaluate("document.querySelectorAll('svg[role=img] desc').length") == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_machine_and_the_button(opened, scheme):
    page = opened("en", color_scheme=scheme).page
    light, dark = "rgb(255, 255, 255)", "rgb(20, 24, 29)"
    mine, other = (light, dark) if scheme == "light" else (dark, light)
    assert background(page) == mine
    ink = "getComputedStyle(document.querySelector('figure svg')).color"
    mine_ink = page.evaluate(ink)
    page.get_by_role("button", name="Light or dark").click()
    assert background(page) == other
    assert page.evaluate(ink) != mine_ink
    page.emulate_media(media="print")
    assert background(page) == light


def test_paper_shows_the_figures_and_not_the_handles(opened):
    page = opened("zh", color_scheme="dark").page
    pdf = page.pdf(format="A4", print_background=False)
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", pdf)) >= 3
    page.emulate_media(media="print")
    assert not page.locator("#controls").is_visible()
    assert not page.locator("#colours").is_visible()
    assert page.locator("#answer").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", ["en", "zh", "hostile"])
def test_nothing_makes_the_reader_scroll_sideways(opened, name, width):
    page = opened(name, width).page
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.screenshot().startswith(b"\x89PNG")


def test_chinese_comes_with_its_own_font(opened):
    page = opened("zh").page
    page.evaluate("document.fonts.ready")
    assert page.evaluate("[...document.fonts].map(one => one.family + one.status)") == ["Page Hanloaded"]
    width = "text => { const c = document.createElement('canvas').getContext('2d'); c.font = '40px ' + text;"
    width += " return c.measureText('九成把握').width }"
    assert page.evaluate(width, '"Page Han"') == pytest.approx(160, abs=1)


def test_without_scripts_the_page_tells_the_forecast(opened):
    page = opened("en", java_script_enabled=False).page
    assert not page.locator("#controls").is_visible()
    assert "2,685" in page.locator("#answer").inner_text()
    page.locator("summary").first.click()
    assert page.locator("details[open] table").first.is_visible()
