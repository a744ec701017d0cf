"""Where in the files of a config a value stands that a case names: a figure of a stage, a belief, a deal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from funnelsim.config import paths
from funnelsim.config.overrides import resolve
from funnelsim.config.reading import Document, Files
from funnelsim.config.tables import read_table
from funnelsim.errors import InputError
from funnelsim.errors import Path as ValuePath


def lines_of(tree: dict[str, Any]) -> Iterator[tuple[ValuePath, dict[str, Any]]]:
    """Return the lines and tables of the pipeline section, each with its path."""
    pipeline = tree.get("pipeline")
    if isinstance(pipeline, dict):
        yield ("pipeline",), pipeline
    for i, item in enumerate(pipeline if isinstance(pipeline, list) else []):
        if isinstance(item, dict):
            yield ("pipeline", i), item


def resolved(document: Document, path: ValuePath) -> ValuePath:
    """Return a path with names of stages as numbers; a belief is where it stands, or where its law does."""
    if path[:1] == ("beliefs",) and len(path) > 1:
        beliefs = document.tree.get("beliefs")
        if isinstance(beliefs, dict) and path[1] in beliefs:
            return path
        path = paths.split(str(path[1]))
    try:
        return resolve(document.tree, tuple(str(part) for part in path))
    except InputError:
        return path


def place_of_deal(document: Document, files: Files, deal: str) -> str:
    """Return ``file:line`` of a deal: of its line or its row in a table, else of the section."""
    stage = deal.rpartition("#")[0]
    for path, item in lines_of(document.tree):
        if "file" in item:
            if line := _row_of(files, item, deal):
                return f"{item['file']}:{line}"
        elif str(item.get("id", "")) == deal or ("id" not in item and stage and item.get("stage") == stage):
            return document.place(path)
    return document.place(("pipeline",))


def _row_of(files: Files, item: dict[str, Any], deal: str) -> int:
    """Return the line of a deal in a table, 0 where the table has no ids or not this one."""
    columns = item.get("columns")
    name = columns.get("id") if isinstance(columns, dict) else None
    if name is None:
        return 0
    table = read_table(files, str(item["file"]))
    column = table.column(str(name))
    return next((line for line, row in table.rows() if row[column].strip() == deal), 0)
