from pathlib import Path

import pytest
from batch_cases import BASE, SWEEP


@pytest.fixture
def folder(tmp_path):
    """A folder with a base case and a sweep of 12 cases of it."""
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    return tmp_path


@pytest.fixture
def written(folder):
    """Write a sweep beside the base case and return its path."""

    def write(text: str, name: str = "sweep.yaml") -> Path:
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return write
