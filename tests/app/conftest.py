"""A server and a browser for the whole folder, started when a test first needs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import ROOT, browser, server

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
