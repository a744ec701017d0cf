"""Tables exported from a CRM, held in memory: which columns they have, what these mean, and the history in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from funnelsim.app.bench import yaml_of
from funnelsim.app.start import Record
from funnelsim.config.history import KINDS, history_in
from funnelsim.config.presets import PRESETS, Columns
from funnelsim.config.reading import Files, document_in, scalars
from funnelsim.config.tables import Table, table_of, unpacked
from funnelsim.errors import InputError, Problem
from funnelsim.model.contract import NEEDED, SHAPES

NAME = "history.yaml"
_WON, _LOST = re.compile(r"won\b|赢|成交|签约", re.IGNORECASE), re.compile(r"lost\b|输|丢|失", re.IGNORECASE)
_STAGE_OF = {"visits": "stage", "events": "to", "snapshots": "stage", "deals": "stage"}
_PLACES = {"url", "query", "table"}
MOST_STAGES = 60


@dataclass(frozen=True)
class Mapped:
    """A table and what its columns mean.

    Parameters
    ----------
    kind : str
        Such as ``visits``, ``events`` or ``deals``; empty if it is not read.
    columns : mapping of str to str
        From what is meant to the column that holds it, such as ``deal`` to ``OpportunityId``.
    """

    kind: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Ends:
    """Names of stages in order, and of outcomes."""

    stages: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """The tables of an export by the names of their files.

    Raises
    ------
    InputError
        If one of them is no table.
    """

    content: Mapping[str, bytes]
    tables: Mapping[str, Table] = field(init=False)

    def __post_init__(self) -> None:
        tables = {name: table_of(unpacked(found, name), name) for name, found in self.content.items()}
        object.__setattr__(self, "tables", tables)

    def preset(self) -> str:
        """Return the preset whose columns the tables have most of."""
        return max(PRESETS, key=lambda name: sum(self._best(name, table)[1] for table in self.tables))

    def mapped(self, name: str, preset: str) -> Mapped:
        """Return what a table is by a preset, and which of its columns mean what."""
        kind, score = self._best(preset, name)
        if not score:
            return Mapped("", {})
        return Mapped(kind, self.columns(name, kind, preset))

    def columns(self, name: str, kind: str, preset: str) -> dict[str, str]:
        """Return which columns of a table mean what by a preset."""
        usual: Columns = getattr(PRESETS[preset], kind, {}) if kind else {}
        there = {_plain(column): column for column in self.tables[name].header}
        found = {key: [there[_plain(one)] for one in names if _plain(one) in there] for key, names in usual.items()}
        return {key: names[0] for key, names in found.items() if names}

    def ends(self, tables: Mapping[str, Mapped]) -> Ends:
        """Return stages in the order in which they appear, and what looks like an outcome apart."""
        for kind in (*SHAPES, "deals"):
            for name, mapped in tables.items():
                if mapped.kind == kind and (column := mapped.columns.get(_STAGE_OF.get(kind, ""))):
                    return _ends(self._values(name, column))
        return Ends()

    def _values(self, name: str, column: str) -> list[str]:
        i = self.tables[name].column(column)
        return [value for value in dict.fromkeys(row[i].strip() for _, row in self.tables[name].rows()) if value]

    def _best(self, preset: str, name: str) -> tuple[str, int]:
        """Return the kind of table that has most columns by a preset, and how many; 0 if a needed one is not there."""
        found = [(kind, self._score(preset, name, kind)) for kind in KINDS]
        return max(found, key=lambda pair: pair[1])

    def _score(self, preset: str, name: str, kind: str) -> int:
        columns = self.columns(name, kind, preset)
        needed = set(NEEDED[kind]) - ({"as_of"} if kind == "snapshots" else set())
        return len(columns) if columns and needed <= set(columns) else 0


def described(
    tables: Mapping[str, Mapped], ends: Ends, preset: str, currency: str, unit: str, timezone: str, name: str = "upload"
) -> str:
    """Return the history.yaml that says what the tables mean."""
    tree: dict[str, Any] = {"history": name}
    if PRESETS[preset].proposed is False:
        tree["preset"] = preset
    for file, mapped in tables.items():
        if mapped.kind:
            tree[mapped.kind] = {"file": file, **_stated(mapped)}
    tree |= {"stages": list(ends.stages), "won": list(ends.won), "lost": list(ends.lost)}
    tree = {key: value for key, value in tree.items() if value != []}
    return yaml_of({**tree, "currency": currency, "unit": unit, "timezone": timezone})


def record_in(
    upload: Upload, text: str, name: str = "upload", *, allow_unmapped: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Record:  # fmt: skip
    """Return the history in an upload, as a history.yaml describes it.

    Raises
    ------
    InputError
        With every problem, and if the description leads anywhere but to the upload.
    """
    document = document_in(text.encode(), NAME)
    refuse_places(document.tree)
    files = Files(Path(), kept=upload.content)
    history, report = history_in(document, files, allow_unmapped=allow_unmapped, on_progress=on_progress)
    return Record(name, history, report)


def refuse_places(tree: dict[str, Any]) -> None:
    """Refuse databases, and names of files with a folder or a ``*``: a description reads what came with it alone.

    Raises
    ------
    InputError
        With everything of the kind.
    """
    problems = []
    for path, value in scalars(tree):
        if _PLACES & {str(part) for part in path[-1:]}:
            told = "a database is not asked from this page; export the table, or use `funnelsim history`"
            problems.append(Problem(path, told))
        elif ("file" in path[-1:] or "files" in path[-2:]) and re.search(r"[/\\*$~]", str(value)):
            problems.append(Problem(path, f"'{value}': name a file that was uploaded, without a folder"))
    if problems:
        raise InputError(problems)


def _stated(mapped: Mapped) -> dict[str, str]:
    return {key: column for key, column in mapped.columns.items() if column}


def _ends(values: list[str]) -> Ends:
    won = tuple(value for value in values if _WON.search(value))
    lost = tuple(value for value in values if _LOST.search(value) and value not in won)
    stages = tuple(value for value in values if value not in {*won, *lost})
    return Ends(stages[:MOST_STAGES], won, lost)


def _plain(name: str) -> str:
    return re.sub(r"[_\s]", "", name).lower()
