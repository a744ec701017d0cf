"""A history.yaml -> the contract, and with it the history itself."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from funnelsim.config.clock import zone_of
from funnelsim.config.figures import day
from funnelsim.config.history_forms import (
    ColumnName,
    EventsForm,
    HistoryForm,
    MilestonesForm,
    SnapshotsForm,
    TableForm,
    VisitsForm,
)
from funnelsim.config.presets import PRESETS, Columns, Preset, preset_of
from funnelsim.config.reading import Document, Files, read_document, scalars
from funnelsim.config.sections import CONFIRM, Findings, Sections
from funnelsim.config.tables import unpacked
from funnelsim.errors import InputError, Problem
from funnelsim.model.categories import USUAL, Categories
from funnelsim.model.closed_days import ClosedDays
from funnelsim.model.contract import (
    CHANGES,
    DEALS,
    EVENTS,
    MILESTONES,
    NEEDED,
    OPINIONS,
    SHAPES,
    SNAPSHOTS,
    VISITS,
    Column,
    Contract,
    Part,
)
from funnelsim.model.money import Money

if TYPE_CHECKING:
    from funnelsim.history.findings import ImportReport
    from funnelsim.history.record import History

T = TypeVar("T")
MOST_LISTED = 20
KINDS = (*SHAPES, DEALS, CHANGES, OPINIONS)
SOURCES = ("file", "files", "query", "table")
FORMS: dict[str, type[TableForm]] = {
    VISITS: VisitsForm,
    EVENTS: EventsForm,
    SNAPSHOTS: SnapshotsForm,
    MILESTONES: MilestonesForm,
}
FROM_NAME = "from the name"
_FORMAT_CHECK = re.compile(r"%[a-zA-Z]")


def load_history(
    path: str | PathLike[str],
    *,
    allow_unmapped: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[History, ImportReport]:
    """Load the history that a history.yaml describes.

    Parameters
    ----------
    path : path
        The YAML file. The files it names are looked for beside it.
    allow_unmapped : bool
        Drop rows whose stage or outcome has no meaning, and count them; otherwise they are problems.
    on_progress : function, optional
        Called with the steps done and the number of steps.

    Returns
    -------
    History
        What happened to the deals.
    ImportReport
        Rows read and left out, defects of the records, and what was assumed.

    Raises
    ------
    InputError
        With every problem of the file and of its tables, each with its place.
    """
    place = Path(path)
    return history_in(
        read_document(place), Files(place.parent), allow_unmapped=allow_unmapped, on_progress=on_progress
    )  # fmt: skip


def history_in(
    document: Document,
    files: Files,
    *,
    allow_unmapped: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[History, ImportReport]:
    """Return the history that a document describes, its tables read from `files`.

    Raises
    ------
    InputError
        As `load_history`.
    """
    contract = _placed(document, lambda: read_contract(document, files))
    from funnelsim.history.importing import import_history

    read: Callable[[str], bytes] = lambda name: unpacked(files.read(name), name)  # noqa: E731
    return _placed(
        document, lambda: import_history(contract, read, allow_unmapped=allow_unmapped, on_progress=on_progress)
    )


def read_contract(document: Document, files: Files) -> Contract:
    """Return what a history.yaml says.

    Raises
    ------
    InputError
        With all its problems, by path.
    """
    findings = Findings()
    for path, value in scalars(document.tree):
        if value == CONFIRM:
            findings.add(Problem(path, "still says CONFIRM; confirm this value: put the right one here"))
    form: HistoryForm | None = Sections(document.tree, findings, _no_sample).item(HistoryForm, document.tree, ())
    if form is None or findings.problems:
        raise InputError(findings.problems)
    reader = _Reader(form, files)
    contract = reader.contract()
    if contract is None or reader.problems:
        raise InputError(reader.problems)
    return contract


def _no_sample(name: str, column: str | None, figure: Any) -> tuple[float, ...]:
    raise InputError.of(f"'{name}': a history holds no laws")


def _placed(document: Document, step: Callable[[], T]) -> T:
    """Return what a step returns; its problems get the place of the value they are about."""
    try:
        return step()
    except InputError as error:
        placed = [p if p.place else replace(p, place=document.place(p.path)) for p in error.problems]
        distinct = list({(p.place, p.message): p for p in placed}.values())
        n_more = len(distinct) - MOST_LISTED
        more = [Problem((), f"and {n_more} more problem{'s' if n_more > 1 else ''}; mend these first")]
        raise InputError([*distinct[:MOST_LISTED], *(more if n_more > 0 else [])]) from None


@dataclass
class _Reader:
    """Turns the checked form into the contract."""

    form: HistoryForm
    files: Files
    problems: list[Problem] = field(default_factory=list)

    def contract(self) -> Contract | None:
        parts = {kind: self._part(kind, table) for kind, table in self._tables().items()}
        if self.form.preset:
            self._try(lambda: preset_of(self.form.preset or ""))
        for told in (self._shape_problem(parts), self._stages_problem(parts)):
            self.problems += [told] if told else []
        money = self._try(lambda: Money(self.form.currency, self.form.unit))
        self._try(lambda: zone_of(self.form.timezone))
        first, last = self._try(lambda: _observed(self.form.observed)) or (None, None)
        form = self.form
        closed = self._try(lambda: ClosedDays(tuple(form.closed), tuple(sorted(set(form.weekend)))))
        if money is None or closed is None:
            return None
        ends = {key: tuple(getattr(form, key)) for key in ("won", "lost", "open") if getattr(form, key)}
        vanished = (form.snapshots.vanished if form.snapshots else None) or ""
        return self._try(
            lambda: Contract(
                parts,
                tuple(form.stages),
                money,
                **ends,
                timezone=form.timezone,
                observed_from=first,
                observed_to=last,
                vanished=vanished,
                name=form.history,
                snapshot_gap_days=form.snapshot_gap_days,
                closed=closed,
                categories=_categories(form.categories),
            )
        )

    def _tables(self) -> dict[str, TableForm]:
        """Return the tables; a file or query at the top is where the table of moves lies."""
        tables = {kind: table for kind in KINDS if (table := getattr(self.form, kind)) is not None}
        stated = {name: value for name in SOURCES if (value := getattr(self.form, name))}
        if not stated:
            return tables
        usual = [kind for kind in SHAPES if getattr(self.preset, kind)]
        kinds = [kind for kind in SHAPES if kind in tables] or usual
        if len(kinds) != 1:
            told = f"which table is it? Write it inside one: visits: {{{next(iter(stated))}: ..}}, events, .."
            self.problems.append(Problem((next(iter(stated)),), told))
            return tables
        table = tables.get(kinds[0]) or FORMS[kinds[0]]()
        return {**tables, kinds[0]: table.model_copy(update=stated)}

    def _try(self, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except InputError as error:
            self.problems += error.problems
            return None

    def _shape_problem(self, parts: dict[str, Part]) -> Problem | None:
        if not parts:
            return Problem((), f"no table; state one of {', '.join(KINDS)}")
        return None

    def _stages_problem(self, parts: dict[str, Part]) -> Problem | None:
        if self.form.stages or not parts.keys() & set(SHAPES):
            return None
        return Problem((), "no `stages`; list them in order, first to last")

    @property
    def preset(self) -> Preset:
        """Return the preset that is named, or an empty one."""
        return PRESETS.get(self.form.preset or "", Preset())

    def _part(self, kind: str, table: TableForm) -> Part:
        preset = self.preset
        usual: Columns = getattr(preset, kind)
        columns = {} if preset.proposed else {name: Column(names, is_preset=True) for name, names in usual.items()}
        columns |= {name: column for name, column in _columns(table).items() if name != "as_of"}
        dated_by_name, as_of = False, getattr(table, "as_of", None)
        if kind == SNAPSHOTS:
            dated_by_name = as_of == [FROM_NAME]
            columns |= {} if dated_by_name or as_of is None else {"as_of": Column(tuple(as_of))}
            if as_of is None:
                told = f"no `as_of`; name the column with the day of the copy, or write as_of: {FROM_NAME}"
                self.problems.append(Problem((kind,), told))
        missing = [name for name in NEEDED[kind] if name not in columns]
        if missing and not (preset.proposed and usual):
            told = f"no {', '.join(f'`{name}`' for name in missing)}; name the column that holds it"
            self.problems.append(Problem((kind,), told))
        if kind == MILESTONES and not (getattr(table, "columns", None) or preset.milestone_prefix):
            self.problems.append(Problem((kind,), "no `columns`; write columns: {STAGE: column, ..}"))
        self._check_formats(kind, table)
        milestones = getattr(table, "columns", {})
        where = [(Column((name,)), frozenset(values)) for name, values in table.where.items()]
        stated = {_plain(name) for name in table.where}
        for names, values in preset.where.get(kind, {}).items():
            if not stated & {_plain(name) for name in names}:
                where.append((Column(names, is_preset=True), frozenset(values)))
        part = Part(
            kind,
            sheet=table.sheet or "",
            columns=columns,
            milestones={stage: Column(tuple(names)) for stage, names in milestones.items()},
            milestone_prefix="" if milestones else preset.milestone_prefix,
            where=tuple(where),
            date_format=table.date_format or preset.date_format,
            zone=table.zone or preset.zone,
            thousands=table.thousands or "",
            dated_by_name=dated_by_name,
            dates_overwritten=preset.dates_overwritten and "expected_close" not in table.model_fields_set,
            proposals=usual if preset.proposed else {},
            fields={**preset.fields, **getattr(table, "fields", {})},
            probability_in=table.probability_in or preset.probability_in,
        )
        return replace(part, **self._origin(kind, table))

    def _check_formats(self, kind: str, table: TableForm) -> None:
        form = table.date_format
        if form and form not in {"epoch_ms", "epoch_s"} and not _FORMAT_CHECK.search(form):
            told = f"'{form}' is no form of dates; write one such as %d/%m/%Y, or epoch_ms, epoch_s"
            self.problems.append(Problem((kind, "date_format"), told))
        if table.zone:
            try:
                zone_of(table.zone)
            except InputError as error:
                self.problems += [Problem((kind, "zone"), p.message) for p in error.problems]

    def _origin(self, kind: str, table: TableForm) -> dict[str, Any]:
        """Return where a table lies: files, or a database and what is asked of it."""
        stated = [name for name in SOURCES if getattr(table, name)]
        if len(stated) != 1:
            found = " and ".join(stated) if stated else "no file"
            told = f"states {found}; state one of file, files, or (with url) query, table"
            self.problems.append(Problem((kind,), told))
            return {}
        if stated[0] in {"query", "table"}:
            url = table.url or self.form.url
            if not url:
                self.problems.append(Problem((kind,), f"a {stated[0]} without a database; state its url"))
                return {}
            return {"url": self._url(kind, url), stated[0]: getattr(table, stated[0])}
        if table.url:
            self.problems.append(Problem((kind, "url"), "a database beside a file; keep one"))
        written = [table.file] if table.file else list(table.files or [])
        return {"files": tuple(name for one in written for name in self._matching(kind, one))}

    def _matching(self, kind: str, written: str) -> list[str]:
        """Return the files of a name; a ``*`` in its last part stands for anything."""
        folder, _, last = written.rpartition("/")
        if "*" not in last:
            return [written]
        try:
            place = self.files.locate(folder or ".")
        except InputError as error:
            self.problems += [problem.under(kind, "file") for problem in error.problems]
            return []
        found = sorted(one.name for one in place.glob(last) if one.is_file())
        if not found:
            self.problems.append(Problem((kind,), f"no file matches '{written}'; check the name and the folder"))
        return [f"{folder}/{name}" if folder else name for name in found]

    def _url(self, kind: str, written: str) -> str:
        """Return the address of a database; ``${NAME}`` is taken from the environment, a path is a SQLite file."""
        if named := re.fullmatch(r"\$\{(\w+)\}", written):
            if not (found := os.environ.get(named[1])):
                self.problems.append(Problem((kind, "url"), f"{named[1]} is not set; set it to the database's address"))
            return found or ""
        if "://" in written and not written.startswith("sqlite:///"):
            return written
        path = written.removeprefix("sqlite:///")
        try:
            place = self.files.locate(path)
        except InputError as error:
            self.problems += [problem.under(kind, "url") for problem in error.problems]
            return ""
        if not place.is_file():
            self.problems.append(Problem((kind, "url"), f"no such file: {path}; check the name and the folder"))
        return f"sqlite:///{place}"


def _columns(table: TableForm) -> dict[str, Column]:
    """Return which column holds what, as stated."""
    found = {}
    for name, form_field in type(table).model_fields.items():
        stated = getattr(table, name)
        if form_field.annotation == (ColumnName | None) and name not in TableForm.model_fields and stated is not None:
            found[form_field.alias or name] = Column(tuple(stated))
    return found


def _categories(stated: dict[str, list[str]]) -> Categories:
    """Return the categories stated, each also under its own name; the usual ones where none are."""
    own = {name: tuple(dict.fromkeys((name, *words))) for name, words in stated.items()}
    return own or USUAL


def _plain(name: str) -> str:
    return re.sub(r"[_\s]", "", name).lower()


def _observed(text: str | None) -> tuple[date | None, date | None]:
    """Return the first and the last day of ``FROM..TO``; either may be left out."""
    if text is None:
        return None, None
    found = re.fullmatch(r"\s*(\S*?)\s*\.\.\s*(\S*)\s*", text)
    if not found or not (found[1] or found[2]):
        raise InputError.of(f"found '{text}'; write FROM..TO, such as 2024-01-01..2026-09-30", "observed")
    try:
        return (day(found[1]) if found[1] else None), (day(found[2]) if found[2] else None)
    except InputError as error:
        raise InputError(problem.under("observed") for problem in error.problems) from None
