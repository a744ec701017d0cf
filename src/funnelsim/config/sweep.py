"""A sweep file -> the base case and its design, with every problem found on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from funnelsim.config.figures import shown
from funnelsim.config.load import Loader, Wanted
from funnelsim.config.overrides import setting
from funnelsim.config.ramp import Ramp, evenly, ramp
from funnelsim.config.reading import Document, Files, read_document
from funnelsim.config.sections import Findings, Sections
from funnelsim.config.sweep_forms import AxisForm, SweepForm
from funnelsim.config.tables import read_table
from funnelsim.errors import InputError, Problem
from funnelsim.errors import Path as ValuePath
from funnelsim.model.briefing import Briefing
from funnelsim.model.case import Case
from funnelsim.model.design import BASE, SCENARIO, Axis, Design, Point

MOST_CASES = 10_000_000
MOST_ROWS = 100_000
MOST_TRIED = 40
MOST_LISTED = 20
_KINDS = ("values", "steps", "latin_hypercube", "sobol", "file", "scenarios")
Engine = Literal["simulate", "exact", "auto"]


@dataclass(frozen=True)
class Sweep:
    """A base case and the settings that make the cases of a design from it.

    Parameters
    ----------
    seed : int
        Shared by all cases, or the first of the cases' own where seeds are independent.
    trials : int
        Of every case.
    """

    name: str
    loader: Loader
    design: Design
    scenario: str | None
    seeds: Literal["shared", "independent"]
    seed: int
    trials: int
    engine: Engine
    base: Case

    def case(self, number: int) -> Case:
        """Return case `number` of the design.

        Raises
        ------
        InputError
            If the settings of this case do not make one, each problem at the place where the sweep states it.
        """
        return _case_of(self.loader, self.design.point(number), self.scenario)

    @property
    def content(self) -> dict[str, Any]:
        """Return what the results depend on, the design left out."""
        origin = self.base.origin
        return {
            "name": self.name,
            "base": origin.config,
            "base_sha256": origin.config_sha256,
            "data_sha256": dict(origin.data_sha256),
            "money": str(self.base.money),
            "as_of": self.base.as_of.isoformat(),
            "scenario": self.scenario,
            "engine": self.engine,
            "trials": self.trials,
            "seeds": self.seeds,
            "seed": self.seed,
        }

    def seed_of(self, number: int) -> int:
        """Return the seed of case `number`."""
        return self.seed + number if self.seeds == "independent" else self.seed


def load_sweep(path: str | PathLike[str], *, seed: int | None = None, trials: int | None = None) -> Sweep:
    """Load a sweep.

    Parameters
    ----------
    path : path
        A YAML file; the files it names are looked for beside it.
    seed, trials : int, optional
        In place of those of the file; where neither states one, those of the base case, and seed 0.

    Raises
    ------
    InputError
        With every problem of the file, of the base case and of each axis's settings, each with its place.
    """
    place = Path(path)
    document, files = read_document(place), Files(place.parent)
    form = _form(document)
    loader = Loader.of(files.locate(form.base)) if _is_there(files, form, document) else None
    reading = _Axes(document, files)
    axes = tuple(axis for name, one in form.axes.items() if (axis := reading.axis(name, one)) is not None)
    if reading.problems or loader is None:
        raise InputError(reading.problems[:MOST_LISTED])
    design = Design(axes)
    if told := _size_problem(design):
        raise InputError([Problem(("axes",), told, document.place(("axes",)))])
    base = _tried(loader, design, form.scenario)
    return Sweep(
        name=form.sweep or place.stem,
        loader=loader,
        design=design,
        scenario=form.scenario,
        seeds=form.seeds,
        seed=next(s for s in (seed, form.seed, base.seed, 0) if s is not None),
        trials=next(n for n in (trials, form.trials, base.trials) if n is not None),
        engine=form.engine,
        base=base,
    )


def _form(document: Document) -> SweepForm:
    findings = Findings()
    form: SweepForm | None = Sections(document.tree, findings, _no_sample, "SweepForm").item(
        SweepForm, document.tree, ()
    )
    if form is None:
        raise InputError(
            Problem(p.path, p.message, document.place(p.path, of_key=p.path in findings.about_keys))
            for p in findings.problems
        )
    return form


def _no_sample(name: str, column: str | None, figure: Any) -> tuple[float, ...]:
    raise InputError.of(f"'{name}': a sweep holds no laws of its own; state them in the base case")


def _is_there(files: Files, form: SweepForm, document: Document) -> bool:
    if files.locate(form.base).is_file():
        return True
    told = f"no such file: {form.base}; `base` is looked for beside this file"
    raise InputError([Problem(("base",), told, document.place(("base",)))])


def _size_problem(design: Design) -> str:
    if len(design) > MOST_CASES:
        return f"{len(design):,} cases, above {MOST_CASES:,}; shorten an axis, or spread points over ranges"
    twice = sorted({name for name in design.columns if design.columns.count(name) > 1})
    return f"two axes set {', '.join(twice)}; keep one" if twice else ""


def _case_of(loader: Loader, point: Point, scenario: str | None) -> Case:
    if point.scenario is not None and point.scenario not in loader.scenarios:
        there = ", ".join((BASE, *loader.scenarios))
        raise InputError.of(f"no scenario '{point.scenario}'; there are {there}", place=point.places[SCENARIO])
    wanted = [Wanted(*one) for one in point.settings]
    found = loader.load(wanted, point.scenario if SCENARIO in point.values else scenario)
    if isinstance(found, Briefing):
        raise InputError.of("states a chain of communication and no funnel; a sweep needs a funnel", place=loader.name)
    return found


def _tried(loader: Loader, design: Design, scenario: str | None) -> Case:
    """Return the base case, once the rows of each axis have been tried, some of a long axis."""
    base = _case_of(loader, Point(0, {}, {}), scenario)
    steps = list(design.single_steps())
    problems: dict[tuple[str, str], Problem] = {}
    for n in sorted({round(i) for i in evenly(0, len(steps) - 1, min(MOST_TRIED * len(design.axes), len(steps)))}):
        told = [_problems_of(loader, point, scenario) for point in steps[n]]
        if all(told):  # what another row of another axis may heal is told with the case it happens in
            problems |= {(p.place, p.message): p for p in told[0]}
    if problems:
        raise InputError(list(problems.values())[:MOST_LISTED])
    return base


def _problems_of(loader: Loader, point: Point, scenario: str | None) -> tuple[Problem, ...]:
    try:
        _case_of(loader, point, scenario)
    except InputError as error:
        return error.problems
    return ()


@dataclass
class _Axes:
    """Reads axes; what is wrong goes into `problems`."""

    document: Document
    files: Files
    problems: list[Problem] = field(default_factory=list)

    def axis(self, name: str, form: AxisForm) -> Axis | None:
        """Return an axis, or None with its problems noted."""
        path: ValuePath = ("axes", name)
        kinds = [kind for kind in _KINDS if getattr(form, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(kinds) if kinds else "none"
            wanted = "values, from/to/steps, latin_hypercube, sobol, file or scenarios"
            self._note(path, f"states {found}; state one of {wanted}")
            return None
        try:
            read: Callable[[str, AxisForm, ValuePath], Axis] = getattr(self, f"_{kinds[0]}")
            axis = read(name, form, path)
        except InputError as error:
            for p in error.problems:
                self._note((*path, *p.path), p.message, p.place)
            return None
        if not 1 <= len(axis) <= MOST_ROWS:
            self._note(path, f"{len(axis):,} points; give 1 to {MOST_ROWS:,}")
            return None
        return axis

    def _note(self, path: ValuePath, message: str, place: str = "") -> None:
        self.problems.append(Problem(path, message, place or self.document.place(path)))

    def _values(self, name: str, form: AxisForm, path: ValuePath) -> Axis:
        columns, rows = _columns(form), []
        for i, value in enumerate(form.values or ()):
            row = value if len(columns) > 1 else [value]
            if not isinstance(row, list) or len(row) != len(columns):
                told = f"found {shown(value)}; write a list of {len(columns)} values, one for each path of `set`"
                raise InputError.of(told, "values", i)
            rows.append(tuple(row))
        places = [self.document.place((*path, "values", i)) for i in range(len(rows))]
        return Axis(name, columns, tuple(rows), tuple(places))

    def _steps(self, name: str, form: AxisForm, path: ValuePath) -> Axis:
        columns = _columns(form)
        if len(columns) > 1:
            raise InputError.of("a range sets one path; write `values` to set several together", "set")
        if form.low is None or form.high is None:
            raise InputError.of("a range needs `from`, `to` and `steps`; state all three")
        if form.steps is None or form.steps < 2:
            raise InputError.of(f"{form.steps} steps; give 2 or more: both ends are among them", "steps")
        between = ramp(form.low, form.high)
        shares = evenly(0, 1, min(form.steps, MOST_ROWS + 1))
        return self._all_at(name, columns, [(between.at(s),) for s in shares], path)

    def _latin_hypercube(self, name: str, form: AxisForm, path: ValuePath) -> Axis:
        return self._spread("latin_hypercube", name, form, path)

    def _sobol(self, name: str, form: AxisForm, path: ValuePath) -> Axis:
        return self._spread("sobol", name, form, path)

    def _spread(self, method: Literal["latin_hypercube", "sobol"], name: str, form: AxisForm, path: ValuePath) -> Axis:
        from funnelsim.batch.spread import spread

        n: int = getattr(form, method)
        if not form.ranges:
            raise InputError.of("no `ranges`; state from and to for each path")
        if not 1 <= n <= MOST_ROWS:
            raise InputError.of(f"{n:,} points; give 1 to {MOST_ROWS:,}", method)
        ramps: list[Ramp] = []
        for dotted, one in form.ranges.items():
            try:
                ramps.append(ramp(one.low, one.high))
            except InputError as error:
                raise InputError(p.under("ranges", dotted) for p in error.problems) from None
        shares = spread(method, n, len(ramps), form.seed)
        rows = [tuple(between.at(float(s)) for between, s in zip(ramps, row, strict=True)) for row in shares]
        return self._all_at(name, tuple(form.ranges), rows, path)

    def _file(self, name: str, form: AxisForm, path: ValuePath) -> Axis:
        table = read_table(self.files, form.file or "")
        if not all(table.header):
            raise InputError.of("a column without a name; head each column with a path", place=f"{table.name}:1")
        rows, places = [], []
        for line, cells in table.rows():
            rows.append(tuple(_cell(cell) for cell in cells))
            places.append(f"{table.name}:{line}")
        return Axis(name, table.header, tuple(rows), tuple(places))

    def _scenarios(self, name: str, form: AxisForm, path: ValuePath) -> Axis:
        names = form.scenarios or []
        places = [self.document.place((*path, "scenarios", i)) for i in range(len(names))]
        return Axis(name, (SCENARIO,), tuple((one,) for one in names), tuple(places))

    def _all_at(self, name: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], path: ValuePath) -> Axis:
        return Axis(name, columns, tuple(rows), (self.document.place(path),) * len(rows))


def _columns(form: AxisForm) -> tuple[str, ...]:
    if not form.set:
        raise InputError.of("no `set`; name the path of the base case that this axis sets")
    return tuple(form.set)


def _cell(text: str) -> Any:
    """Return the value of a cell, read as YAML like a value on the command line."""
    return setting(f"cell={text.strip()}")[1] if text.strip() else ""


__all__ = ["BASE", "Sweep", "load_sweep"]
