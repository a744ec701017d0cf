"""A server and a browser for the whole folder, started when a test first needs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from served import ROOT, browser, server

from funnelsim.history.record import day_of
from funnelsim.history.synthetic import Company, make, write_salesforce
from funnelsim.history.synthetic.hazards import straight

CONFIGS = ROOT / "configs"


@pytest.fixture(scope="session")
def page_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a page that begins with the pipeline of 2685."""
    with server(CONFIGS / "weighted_pipeline_2685.yaml", folder=tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Yield a browser."""
    with browser() as opened:
        yield opened


@pytest.fixture
def config_path() -> Path:
    """Return the pipeline of 2685."""
    return CONFIGS / "weighted_pipeline_2685.yaml"


@pytest.fixture(scope="session")
def export_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the two tables of an export of a company that never was."""
    folder = tmp_path_factory.mktemp("export")
    stages = straight((0.6, 0.5), [stats.expon(scale=4), stats.gamma(2, scale=8)])
    history, _ = make(Company(stages, deals_per_day=2, n_days=300, first=day_of(date(2026, 1, 1))), seed=3)
    return list(write_salesforce(history, folder))
