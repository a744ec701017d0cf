"""What every test folder shares: where the shared data are, and what may be skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("COLUMNS", "120")  # tables come out alike, whatever terminal runs the tests

ROOT = Path(__file__).parents[1]
NO_SKIP = "FUNNELSIM_NO_SKIP"
# What a machine may lack even where everything else must run.
MAY_LACK = ("no device", "no shared data")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the shared data sets; skip where there is none."""
    folder = Path(os.environ.get("FUNNELSIM_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared data: {folder} is absent; set FUNNELSIM_DATA to their folder")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[Any]:
    """Let a skipped test fail where nothing may be skipped."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[Any]:
    """Let a skipped file fail where nothing may be skipped."""
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: Any) -> None:
    if os.environ.get(NO_SKIP) != "1" or not report.skipped:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(MAY_LACK):
        report.outcome = "failed"
        report.longrepr = f"skipped although {NO_SKIP}=1: {reason}"
