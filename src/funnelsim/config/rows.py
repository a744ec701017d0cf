"""The rows of a deals table -> deals, by the table's column mapping."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from math import isfinite
from sys import intern
from typing import TypeVar

from funnelsim.config import figures
from funnelsim.config.clock import DateReader
from funnelsim.config.document import ColumnsForm, LookupForm, TableForm
from funnelsim.config.reading import Files
from funnelsim.config.setting import Setting
from funnelsim.config.tables import Table, read_table
from funnelsim.errors import InputError, Problem
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal

T = TypeVar("T")
Row = list[str]
Cell = Callable[[Row], str]


@dataclass
class RowReader:
    """Reads one table's rows: `deals`, the `lines` they begin on, and `problems` as ``file:line``."""

    form: TableForm
    table: Table
    setting: Setting
    cells: dict[str, int]
    where: list[tuple[int, frozenset[str]]]
    amount_of: Callable[[Row], float]
    dates: DateReader
    deals: list[Deal] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    calls: dict[str, dict[str, float]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    n_assumed_entered: int = 0
    n_created_for_entered: int = 0

    @classmethod
    def of(cls, form: TableForm, table: Table, files: Files, setting: Setting) -> RowReader:
        """Return a reader; raises if a column, a setting or the price list is wrong."""
        problems: list[Problem] = []
        cells = _cells(form.columns, table, problems)
        where = _where(form, table, problems)
        factor = _collect(lambda: _factor(form, setting.money), problems)
        amount_of = _collect(lambda: _amount_reader(form, table, files, cells, factor or 1.0), problems)
        problems += [*_mapping_problems(form, setting), *_caller_problems(form, setting)]
        if problems or amount_of is None:
            raise InputError(problems)
        return cls(form, table, setting, cells, where, amount_of, DateReader(form.date_format))

    def read(self) -> None:
        """Read all rows."""
        try:
            for line, row in self.table.rows():
                if all(row[index].strip() in allowed for index, allowed in self.where):
                    self._read_row(line, row)
        except InputError as error:
            self.problems += error.problems

    def notes(self) -> list[str]:
        """Return what was assumed on the way, in words."""
        said, whose = [], f"of {len(self.deals)} deals in {self.table.name}"
        if self.n_assumed_entered:
            age = f"{self.form.missing_entered:g} days"
            said.append(
                f"{self.n_assumed_entered} {whose} have no date of entry; missing_entered gives them an age of {age}"
            )
        if self.n_created_for_entered:
            said.append(
                f"{self.n_created_for_entered} {whose} are in the first stage "
                "without a date of entry; the date they were created stands for it"
            )
        return said

    def _read_row(self, line: int, row: Row) -> None:
        told: list[str] = []
        deal = self._deal(row, line, told)
        if told:
            place = f"{self.table.name}:{line}"
            self.problems += [Problem((), message, place) for message in told]
        elif deal is not None:
            self.deals.append(deal)
            self.lines.append(line)

    def _deal(self, row: Row, line: int, told: list[str]) -> Deal | None:
        raw_stage = intern(self._cell(row, "stage"))
        stage = self.form.stages.get(raw_stage, raw_stage)
        if problem := self.setting.stage_problem(stage) if stage else "no stage; fill it in":
            told.append(problem if stage == raw_stage else f"stage '{raw_stage}': {problem}")
        identity = self._cell(row, "id") if "id" in self.cells else f"{self.table.name}#{line}"
        if not identity:
            told.append("no id; every deal needs its own")
        self._check_currency(row, told)
        amount = _try(lambda: self.amount_of(row), told)
        age_days = _try(lambda: self._age_days(row, stage), told)
        win_rate = _try(lambda: self._chance(row, "win_rate"), told)
        calls = self._calls(row, told)
        if calls and win_rate is not None:
            told.append("states both a win rate and opinions; keep one")
        expected = self._cell(row, "expected_close")
        expected_close = _try(lambda: self.dates(expected), told) if expected else None
        if amount is None or age_days is None or told:
            return None
        if expected_close is not None and self.setting.clock is not None:
            expected_close = self.setting.clock.local_day(expected_close)
        if calls:
            self.calls[identity] = calls
        # few names for many deals: each is kept once
        owner, segment, source = (intern(self._cell(row, name)) for name in ("owner", "segment", "source"))
        return Deal(identity, stage, amount, age_days, owner, segment, source, win_rate, expected_close)

    def _cell(self, row: Row, name: str) -> str:
        index = self.cells.get(name)
        return row[index].strip() if index is not None else ""

    def _check_currency(self, row: Row, told: list[str]) -> None:
        money = self.setting.money
        if "currency" in self.cells and money is not None and self._cell(row, "currency") != money.currency:
            found = self._cell(row, "currency") or "nothing"
            told.append(f"currency {found} where the case counts in {money.currency}; convert it or leave it out")

    def _chance(self, row: Row, name: str) -> float | None:
        text = self._cell(row, name)
        return figures.probability(_number_or_text(text)) if text else None

    def _calls(self, row: Row, told: list[str]) -> dict[str, float]:
        found = {}
        for name in self.form.columns.opinions:
            call = _try(partial(self._chance, row, f"opinions.{name}"), told)
            if call is not None:
                problem = self.setting.callers.call_problem(call)
                told += [f"{name}: {problem}"] if problem else []
                found[name] = call
        return found

    def _age_days(self, row: Row, stage: str) -> float:
        clock = self.setting.clock
        if age := self._cell(row, "age"):
            return _age(age)
        if entered := self._cell(row, "entered"):
            stamp = self.dates(entered)
            return clock.age_days(stamp) if clock else 0.0
        created = self._cell(row, "created")
        if created and self.setting.stages and stage == self.setting.stages[0]:
            self.n_created_for_entered += 1
            stamp = self.dates(created)
            return clock.age_days(stamp) if clock else 0.0
        if self.form.missing_entered is not None:
            self.n_assumed_entered += 1
            return self.form.missing_entered
        if not self.setting.timed:
            return 0.0
        raise InputError.of("no date of entry into its stage; fill it in, or state missing_entered: 0 d")


def _try(read: Callable[[], T], told: list[str]) -> T | None:
    try:
        return read()
    except InputError as error:
        told += [problem.message for problem in error.problems]
        return None


def _collect(read: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return read()
    except InputError as error:
        problems += error.problems
        return None


def _cells(columns: ColumnsForm, table: Table, problems: list[Problem]) -> dict[str, int]:
    found = {}
    for key in ColumnsForm.model_fields:
        name = getattr(columns, key)
        named = {(key, n): c for n, c in name.items()} if isinstance(name, dict) else {(key,): name}
        for path, column in named.items():
            if column is not None:
                index = _at(("columns", *path), partial(table.column, column), problems)
                found.update({} if index is None else {".".join(path): index})
    return found


def _where(form: TableForm, table: Table, problems: list[Problem]) -> list[tuple[int, frozenset[str]]]:
    found = []
    for key, values in form.where.items():
        name = getattr(form.columns, key, None) if key in ColumnsForm.model_fields else key
        index = _at(("where", key), partial(table.column, name if name and isinstance(name, str) else key), problems)
        if index is not None:
            found.append((index, frozenset(values)))
    return found


def _at(path: tuple[str, ...], read: Callable[[], int], problems: list[Problem]) -> int | None:
    try:
        return read()
    except InputError as error:
        problems += [problem.under(*path) for problem in error.problems]
        return None


def _factor(form: TableForm, money: Money | None) -> float:
    """Return what the table's amounts are multiplied by to count in the case's unit."""
    if form.unit is None or money is None:
        return 1.0
    return Money(money.currency, form.unit).factor / money.factor


def _mapping_problems(form: TableForm, setting: Setting) -> list[Problem]:
    return [
        Problem(("stages", raw), told) for raw, stage in form.stages.items() if (told := setting.stage_problem(stage))
    ]


def _caller_problems(form: TableForm, setting: Setting) -> list[Problem]:
    told = {name: setting.callers.name_problem(name) for name in form.columns.opinions}
    return [Problem(("columns", "opinions", name), problem) for name, problem in told.items() if problem]


def _amount_reader(
    form: TableForm, table: Table, files: Files, cells: dict[str, int], factor: float
) -> Callable[[Row], float]:
    if (form.amount is None) == (form.columns.amount is None):
        found = "both" if form.amount else "neither"
        raise InputError.of(f"states {found} of columns.amount and amount: {{lookup: ..}}; state one", "amount")
    if form.amount is not None:
        return _lookup_reader(form.amount, table, files, factor)
    index = cells.get("amount", 0)
    return lambda row: _amount(row[index].strip(), factor)


def _lookup_reader(form: LookupForm, table: Table, files: Files, factor: float) -> Callable[[Row], float]:
    try:
        on = table.column(form.on)
        amounts = _price_list(form, files, factor)
    except InputError as error:
        raise InputError(p if p.place else p.under("amount") for p in error.problems) from None

    def amount_of(row: Row) -> float:
        raw = row[on].strip()
        key = form.aliases.get(raw, raw)
        if key not in amounts:
            close = get_close_matches(key, amounts, 1)
            hint = f"; did you mean '{close[0]}'? Then write aliases: {{{raw}: {close[0]}}}" if close else ""
            raise InputError.of(f"no amount for {form.on} '{raw}' in {form.lookup}{hint or '; add it there'}")
        return amounts[key]

    return amount_of


def _price_list(form: LookupForm, files: Files, factor: float) -> dict[str, float]:
    table = read_table(files, form.lookup)
    key_at, value_at = table.column(form.key or form.on), table.column(form.value)
    amounts: dict[str, float] = {}
    problems: list[Problem] = []
    for line, row in table.rows():
        key, told = row[key_at].strip(), list[str]()
        amount = _try(partial(_amount, row[value_at].strip(), factor), told)
        if key in amounts:
            told.append(f"'{key}' appears twice; keep one")
        amounts[key] = amount or 0.0
        problems += [Problem((), message, f"{form.lookup}:{line}") for message in told]
    if problems:
        raise InputError(problems)
    return amounts


def _amount(text: str, factor: float) -> float:
    if not text:
        raise InputError.of("no amount; fill it in, or leave the deal out")
    try:
        value = float(text)
    except ValueError:
        raise InputError.of(f"amount '{text}' is no plain number; write digits and a point, such as 1234.5") from None
    if not isfinite(value) or value < 0:
        raise InputError.of(f"amount {text} must be 0 or more and finite")
    return value * factor


def _age(text: str) -> float:
    value = _number_or_text(text)
    if isinstance(value, str):
        return figures.duration(value)
    if not isfinite(value) or value < 0:
        raise InputError.of(f"age {text} must be 0 or more days")
    return value


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
