"""Pipeline lines and tables -> deals, each with the place it came from."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from funnelsim.config.document import LineForm, TableForm
from funnelsim.config.reading import Files
from funnelsim.config.rows import RowReader
from funnelsim.config.sections import Sections
from funnelsim.config.setting import Setting
from funnelsim.config.tables import read_table
from funnelsim.errors import InputError, Path, Problem
from funnelsim.model.pipeline import Deal


@dataclass
class Book:
    """Deals read, and for each the item of the config that made it and, from a table, its file and line."""

    deals: list[Deal] = field(default_factory=list)
    origins: list[tuple[Path, str]] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    calls: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def place(self, problem: Problem) -> Problem:
        """Return a problem that counts deals, said of the line or row that made the deal."""
        if len(problem.path) < 2 or not isinstance(problem.path[1], int):
            return problem
        number = problem.path[1]
        path, file = self.origins[number]
        if not file:
            return Problem((*path, *problem.path[2:]), problem.message)
        return Problem(path, problem.message, f"{file}:{self.lines[number]}")


def read_deals(sections: Sections, setting: Setting, files: Files) -> Book:
    """Return the deals of the pipeline section, with the problems of every line and row."""
    book, counts = Book(), Counter[str]()
    raw = sections.tree.get("pipeline")
    if raw is None:
        return book
    listed = isinstance(raw, list)
    for i, item in enumerate(raw if listed else [raw]):
        path: Path = ("pipeline", i) if listed else ("pipeline",)
        if _is_table(item) or not listed:
            table = sections.item(TableForm, item, path)
            if table is not None:
                _add_table(book, table, path, setting, files)
        else:
            line = sections.item(LineForm, item, path)
            if line is not None:
                _add_line(book, line, path, setting, counts)
    return book


def _is_table(item: Any) -> bool:
    return isinstance(item, dict) and ("file" in item or "columns" in item)


def _add_line(book: Book, line: LineForm, path: Path, setting: Setting, counts: Counter[str]) -> None:
    n_deals = 1 if line.deals is None else line.deals
    problems = list(_line_problems(line, n_deals, setting))
    age_days = line.age or 0.0
    if line.entered is not None and setting.clock is not None:
        try:
            age_days = setting.clock.age_days(line.entered)
        except InputError as error:
            problems += [problem.under("entered") for problem in error.problems]
    book.problems += [problem.under(*path) for problem in problems]
    if problems:
        return
    for _ in range(n_deals):
        counts[line.stage] += 1
        deal = Deal(
            line.id or f"{line.stage}#{counts[line.stage]}",
            line.stage,
            line.amount,
            age_days,
            line.owner,
            line.segment,
            line.source,
            line.win_rate,
            line.expected_close,
        )
        book.deals.append(deal)
        book.origins.append((path, ""))
        book.lines.append(0)
        if line.opinions:
            book.calls[deal.id] = line.opinions


def _line_problems(line: LineForm, n_deals: int, setting: Setting) -> list[Problem]:
    problems = []
    if told := setting.stage_problem(line.stage):
        problems.append(Problem(("stage",), told))
    if not 1 <= n_deals <= 1_000_000:
        problems.append(Problem(("deals",), f"{n_deals} deals; give 1 to 1,000,000"))
    if line.id is not None and n_deals > 1:
        problems.append(Problem(("id",), f"one id for {n_deals} deals; leave out `id`, or write one line a deal"))
    if line.opinions and line.win_rate is not None:
        problems.append(Problem(("win_rate",), "states both win_rate and opinions; keep one"))
    for name, call in line.opinions.items():
        told = setting.callers.name_problem(name) or setting.callers.call_problem(call)
        problems += [Problem(("opinions", name), told)] if told else []
    if line.amount < 0:
        problems.append(Problem(("amount",), f"amount {line.amount:g} is negative; give 0 or more"))
    if line.age is not None and line.entered is not None:
        problems.append(Problem(("age",), "states both age and entered; keep one"))
    if line.age is None and line.entered is None and setting.timed:
        problems.append(
            Problem((), "states neither age nor entered; write how long it is in its stage, such as age: 0 d")
        )
    return problems


def _add_table(book: Book, table: TableForm, path: Path, setting: Setting, files: Files) -> None:
    try:
        rows = RowReader.of(table, read_table(files, table.file), files, setting)
    except InputError as error:
        # a file that cannot be read is told at the line of the config that names it as well
        book.problems += [p.under(*path) if p.path else p.under(*path, "file") for p in error.problems]
        return
    rows.read()
    book.deals += rows.deals
    book.calls |= rows.calls
    book.origins += [(path, table.file)] * len(rows.lines)
    book.lines += rows.lines
    book.problems += [problem.under(*path) for problem in rows.problems]
    book.notes += rows.notes()
