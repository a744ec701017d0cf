"""A visit in a real browser, how fast answers come there, and ten visitors at a time."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from served import PATIENCE_MS, ROOT, server

from funnelsim.analysis.answer import forecast
from funnelsim.cli import commands
from funnelsim.config import load
from funnelsim.engine.exact import exact

QUOTE = "方案报价 · win rate"
SHOTS = os.environ.get("FUNNELSIM_SHOTS")  # a folder for pictures of the page, to be looked at
ANSWER = ".fs-answer"
WATCH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const mean = document.querySelector('.fs-answer')?.dataset.mean;
    if (mean && mean !== window.last) { window.last = mean; window.seen.push([performance.now(), mean]); }
  }).observe(document.body, {subtree: true, childList: true, attributes: true});
  window.last = document.querySelector('.fs-answer').dataset.mean;
}"""


@pytest.fixture
def tab(chromium: Any, page_address: str) -> Any:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = opened(context, page_address)
    yield page
    context.close()


def opened(context: Any, address: str) -> Any:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector(ANSWER)
    settle(page)
    return page


def settle(page: Any) -> None:
    """Wait until the page is no longer computing."""
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")


def mean(page: Any) -> float:
    return float(page.locator(ANSWER).get_attribute("data-mean"))


def slider_of(page: Any, label: str) -> Any:
    return page.locator(f'input[type=range][aria-label="{label}"]')


def slide(page: Any, label: str, key: str, times: int, wanted: float) -> None:
    """Move a slider by keys, and wait for the answer that is wanted."""
    slider = slider_of(page, label)
    slider.focus()
    for _ in range(times):
        slider.press(key)
    wait_for(page, wanted)


def wait_for(page: Any, wanted: float) -> None:
    """Wait until the mean on the page is the one that is wanted; time out with the page's own otherwise."""
    page.wait_for_function("m => Math.abs(document.querySelector('.fs-answer').dataset.mean - m) < 1e-6", arg=wanted)
    settle(page)


def view(page: Any, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    settle(page)


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(500)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def download(page: Any, label: str) -> tuple[str, bytes]:
    with page.expect_download() as found:
        page.get_by_role("button", name=label, exact=True).click()
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def exact_mean(*settings: str) -> float:
    return forecast(exact(load(ROOT / "configs/weighted_pipeline_2685.yaml", settings))).bookings.total.mean


def test_a_whole_visit(tab: Any, tmp_path: Path) -> None:
    assert mean(tab) == pytest.approx(2685)
    shot(tab, "open")
    better = "stages.方案报价.win_rate=65%"
    slide(tab, QUOTE, "ArrowRight", 10, exact_mean(better))  # by half a point each
    view(tab, "Scenarios")
    less = exact_mean(better, "stages.初步接洽.win_rate=8%")
    for name in ("as quoted", "less at first"):
        tab.get_by_label("Name", exact=True).fill(name)
        tab.get_by_role("button", name="Save what is set now").click()
        tab.get_by_text(name, exact=False).first.wait_for()
        settle(tab)
        if name == "as quoted":
            slide(tab, "初步接洽 · win rate", "ArrowLeft", 4, less)
    tab.get_by_text("stands for itself").or_(tab.locator("table")).first.wait_for()
    shot(tab, "scenarios")
    assert tab.locator("table").filter(has_text="less at first").count() >= 1
    view(tab, "Edit deals")
    edit_first_amount(tab, "250", less + 200 * 0.08)
    shot(tab, "deals")
    view(tab, "Take away")
    name, content = download(tab, "Config of what is set now")
    (tmp_path / name).write_bytes(content)
    command = tab.locator("code").first.inner_text().split()[1:]
    done = CliRunner().invoke(
        commands, [*(str(tmp_path / word) if word == name else word for word in command), "--json"]
    )
    assert json.loads(done.stdout)["measures"]["bookings"]["total"]["mean"] == mean(tab)
    for label, begins in {"Workbook": b"PK", "Slides": b"PK", "Page": b"<!doctype html>"}.items():
        assert download(tab, label)[1].startswith(begins)
    assert b"mean" in download(tab, "Figures, CSV")[1]
    shot(tab, "take_away")
    tab.reload()
    tab.wait_for_selector(ANSWER)
    settle(tab)
    assert mean(tab) == pytest.approx(2685)  # a visit begins anew, and leaves nothing behind
    assert tab.errors == []


def edit_first_amount(page: Any, amount: str, wanted: float) -> None:
    """Type an amount into the first row of the table, which is drawn and has no elements."""
    grid = page.locator("[data-testid=stDataFrame] canvas").first
    grid.wait_for()
    page.wait_for_timeout(1000)  # until the table listens: nothing on the page tells when
    box = grid.bounding_box()
    page.mouse.dblclick(box["x"] + 400, box["y"] + 52)
    editor = page.locator("#portal input, #portal textarea").first
    editor.fill(amount)
    editor.press("Enter")
    wait_for(page, wanted)


def test_an_export_is_opened_fitted_and_forecast(tab: Any, export_files: list[Path]) -> None:
    view(tab, "Open")
    tab.locator("input[type=file]").set_input_files([str(path) for path in export_files])
    tab.get_by_role("button", name="Read the records").wait_for()
    settle(tab)
    shot(tab, "mapping")
    tab.get_by_label("OpportunityHistory.csv holds").first.wait_for()
    tab.get_by_role("button", name="Read the records").click()
    tab.get_by_role("button", name="Fit and forecast").wait_for()
    settle(tab)
    shot(tab, "defects")
    tab.get_by_role("button", name="Fit and forecast").click()
    tab.wait_for_function("document.querySelector('.fs-title')?.textContent.startsWith('upload')")
    settle(tab)
    assert mean(tab) > 0
    shot(tab, "fitted")
    assert tab.errors == []


def test_a_telephone_shows_the_whole_width(chromium: Any, page_address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = opened(context, page_address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "phone")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_text("中文", exact=True).click()
    page.get_by_text("九成把握不低于").first.wait_for()
    settle(page)
    shot(page, "phone_zh")
    assert page.errors == []
    context.close()


def test_the_page_is_not_reached_from_elsewhere(page_address: str) -> None:
    port = int(page_address.rpartition(":")[2])
    own = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in own - {"127.0.0.1"}:
        with socket.socket() as one:
            one.settimeout(2)
            assert one.connect_ex((address, port)) != 0


@pytest.mark.slow
def test_ten_visitors_get_their_own_answers(chromium: Any, page_address: str) -> None:
    contexts = [chromium.new_context(viewport={"width": 1000, "height": 700}) for _ in range(10)]
    pages = [opened(context, page_address) for context in contexts]
    for n, page in enumerate(pages, 1):  # nobody waits for anybody
        slider = slider_of(page, QUOTE)
        slider.focus()
        for _ in range(n):
            slider.press("ArrowRight")
    for n, page in enumerate(pages, 1):
        wait_for(page, exact_mean(f"stages.方案报价.win_rate={60 + 0.5 * n}%"))
    told = {page.locator(ANSWER).get_attribute("data-mean") for page in pages}
    assert len(told) == 10
    for context in contexts:
        context.close()


def answers_in(page: Any, label: str, moves: int) -> list[float]:
    """Return how many seconds went by from each key to the answer in the page, as the page's own clock tells."""
    page.evaluate(WATCH)
    slider = slider_of(page, label)
    slider.focus()
    took = []
    for _ in range(moves):
        n = page.evaluate("window.seen.length")
        begun = page.evaluate("performance.now()")
        slider.press("ArrowRight")
        page.wait_for_function("n => window.seen.length > n", arg=n)
        took.append((page.evaluate("window.seen[window.seen.length - 1][0]") - begun) / 1000)
        settle(page)
    return took


def test_answers_come_while_one_looks(tab: Any) -> None:
    took = answers_in(tab, QUOTE, 7)
    print(f"2685: {sorted(took)}")
    # the limit is .3 s on a machine that does nothing else; tests share theirs, and the least of seven tells the work
    assert min(took) < 0.3


def of_five_thousand(folder: Path) -> Path:
    """Write a config of 5,000 deals, a year by months and a shock."""
    stages = ("lead", "demo", "quote", "contract")
    rows = [f"D{i},{stages[i % 4]},{i * 7 % 60},{5 + i * 13 % 195}" for i in range(5000)]
    (folder / "deals.csv").write_text("\n".join(["id,stage,age,amount", *rows]) + "\n", encoding="utf-8")
    stays = "stay: {median: 20 d, p90: 60 d}, stay_lost: {median: 30 d, p90: 90 d}"
    shape = "".join(
        f"  - {{name: {name}, win_rate: {rate}%, {stays}}}\n"
        for name, rate in zip(stages, (10, 30, 50, 80), strict=True)
    )
    text = (
        "case: large\ncurrency: EUR\nunit: K\nas_of: 2026-10-01\ntimezone: UTC\nhorizon: {periods: 12, of: month}\n"
        f"stages:\n{shape}pipeline: {{file: deals.csv, columns: {{id: id, stage: stage, age: age, amount: amount}}}}\n"
        "shock: {rho: 0.05}\ntargets: [200000]\ntrials: 2000\nseed: 7\n"
    )
    (folder / "large.yaml").write_text(text, encoding="utf-8")
    return folder / "large.yaml"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "label", "seconds"), [("timed", QUOTE, 1.0), ("large", "demo · win rate", 2.0)])
def test_answers_of_larger_cases_come_while_one_waits(
    name: str, label: str, seconds: float, chromium: Any, tmp_path: Path
) -> None:
    timed = ROOT / "configs/weighted_pipeline_2685_timed.yaml"
    with server(timed if name == "timed" else of_five_thousand(tmp_path), folder=tmp_path) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        took = answers_in(opened(context, address), label, 7)
        context.close()
    print(f"{name}: {sorted(took)}")
    assert min(took) < seconds
