"""Where nothing may be skipped, a skipped test fails, unless a device or the shared data are absent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_that_passes(): pass

@pytest.mark.skipif(True, reason="no browser here")
def test_marked(): pass

def test_calling(): pytest.skip("no browser here")

def test_without_device(): pytest.skip("no device: this machine has none")

def test_without_data(shared_data): pass

@pytest.mark.xfail(reason="known", strict=True)
def test_known_to_fail(): assert False
"""
SKIPPED_FILE = "import pytest\npytest.skip('no browser here', allow_module_level=True)\n"


def outcome(folder: Path, *files: str, no_skip: str) -> dict[str, int]:
    for i, text in enumerate(files):
        (folder / f"test_{i}.py").write_text(text, encoding="utf-8")
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "FUNNELSIM_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", str(folder)],
        env={**known, "PYTHONPATH": str(ROOT), "FUNNELSIM_NO_SKIP": no_skip, "FUNNELSIM_DATA": str(folder / "none")},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return {word: int(n) for n, word in re.findall(r"(\d+) (?!in\b)([a-z]{2,})", done.stdout.strip().splitlines()[-1])}


def test_a_skip_fails_where_nothing_may_be_skipped(tmp_path: Path) -> None:
    found = outcome(tmp_path, TESTS, no_skip="1")
    # a mark skips while the test is set up, and pytest calls a failure there an error
    assert found == {"failed": 1, "error": 1, "skipped": 2, "passed": 1, "xfailed": 1}


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    found = outcome(tmp_path, TESTS, no_skip="")
    assert found == {"skipped": 4, "passed": 1, "xfailed": 1}


@pytest.mark.parametrize(("no_skip", "told"), [("1", "error"), ("", "skipped")])
def test_a_file_that_skips_itself_counts_as_well(tmp_path: Path, no_skip: str, told: str) -> None:
    assert outcome(tmp_path, SKIPPED_FILE, no_skip=no_skip)[told] == 1
