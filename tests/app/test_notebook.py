"""The notebook runs from top to bottom, and answers show themselves in it."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path

import pytest
from served import ROOT

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.backtest import Backtest, Plan
from funnelsim.analysis.compare import compare
from funnelsim.config import load
from funnelsim.engine.exact import exact

NOTEBOOK = ROOT / "docs/notebooks/what_if.ipynb"
CONFIG = ROOT / "configs/weighted_pipeline_2685.yaml"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the libraries that run notebooks
def test_the_notebook_runs_and_shows_its_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in book.cells), "outputs are made when it runs, and not kept"
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    shown = [output["data"] for cell in book.cells for output in cell.get("outputs", []) if "data" in output]
    pages = [data["text/html"] for data in shown if "text/html" in data]
    assert len(pages) == 2
    assert "2,685" in pages[0]
    assert "better quotes" in pages[1]


def test_a_forecast_shows_its_figures() -> None:
    told = forecast(exact(load(CONFIG)))
    page = told._repr_html_()
    assert page.count("<tr>") == 1 + 1 + 2  # head, total, two targets
    for text in ("2,400", "2,700", "3,000", "2,685", f"{100 * told.targets[0].chance:.1f} %"):
        assert text in page


def test_names_are_escaped() -> None:
    case = replace(load(CONFIG), name="<b>&")
    page = forecast(exact(case))._repr_html_()
    assert html.escape("<b>&") in page
    assert "<b>" not in page


def test_a_comparison_shows_its_difference() -> None:
    cases = {"as it is": load(CONFIG), "<better>": load(CONFIG, ["stages.方案报价.win_rate=65%"])}
    found = compare(cases, trials=500, seed=7, steps=False)
    page = found._repr_html_()
    assert f"{found.pairs[0].mean:+,.1f}" in page
    assert "&lt;better&gt;" in page


def test_a_backtest_without_windows_shows_that_there_are_none() -> None:
    page = Backtest(Plan(10, 9, 7, 30), ())._repr_html_()
    assert page.startswith("<p>0 past windows of 30 days")
