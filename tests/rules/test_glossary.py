"""The glossary names things that exist, and leaves out nothing that is public."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import funnelsim

GLOSSARY = Path(__file__).parents[2] / "GLOSSARY.md"
COLUMNS = ("中文", "English", "field term", "name in the code")


def rows() -> list[list[str]]:
    lines = [line for line in GLOSSARY.read_text("utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row != list(COLUMNS) and not set(row[0]) <= set(":- ")]


def names_in_the_code() -> list[str]:
    return [name for row in rows() for name in re.findall(r"`([^`]+)`", row[-1])]


def is_there(dotted: str) -> bool:
    """Tell whether a dotted path leads to a module, a name in it, or a field of a class."""
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for part in parts[n:]:
            if part in getattr(found, "__dataclass_fields__", ()):
                return part == parts[-1]
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def test_every_row_is_whole() -> None:
    assert len(rows()) > 30
    assert [row for row in rows() if len(row) != len(COLUMNS) or not all(row)] == []


@pytest.mark.parametrize("dotted", names_in_the_code())
def test_a_name_of_the_glossary_is_in_the_code(dotted: str) -> None:
    assert is_there(dotted)


def test_a_name_that_is_not_there_is_told() -> None:
    assert not is_there("funnelsim.model.funnel.Pipe")
    assert not is_there("funnelsim.model.pipeline.Deal.colour")
    assert not is_there("funnelsim.attic.Box")


def test_every_public_name_is_in_the_glossary() -> None:
    listed = {dotted.rpartition(".")[2] for dotted in names_in_the_code()}
    assert set(funnelsim.__all__) - listed - {"__version__"} == set()


def test_no_word_is_explained_twice() -> None:
    chinese = [row[0] for row in rows()]
    assert sorted({word for word in chinese if chinese.count(word) > 1}) == []
