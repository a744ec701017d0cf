"""Load a case from a config file, its scenarios and the settings of the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any

from funnelsim.config.beliefs import hoist
from funnelsim.config.build import Builder
from funnelsim.config.communication import OF_A_FUNNEL, settle_beliefs
from funnelsim.config.figures import shown
from funnelsim.config.laws import Figure
from funnelsim.config.overrides import Changes, setting
from funnelsim.config.reading import Document, Files, document_in, read_document
from funnelsim.config.sections import Findings
from funnelsim.config.tables import sample_of
from funnelsim.errors import InputError, Problem
from funnelsim.errors import Path as ValuePath
from funnelsim.model.briefing import Briefing
from funnelsim.model.case import Case, Origin

MAX_LISTED = 20


def load(path: str | PathLike[str], overrides: Sequence[str] = (), scenario: str | None = None) -> Case:
    """Load a case.

    Parameters
    ----------
    path : path
        A YAML config. The files it names are looked for beside it.
    overrides : sequence of str
        Settings such as ``stages.demo.win_rate=35%``, ``stages.demo.stay=x1.2``; they are put in last.
    scenario : str, optional
        The name of one of the file's scenarios.

    Raises
    ------
    InputError
        With every problem of the config and of its files, each with ``file:line:column``, in file order.
    """
    found = load_any(path, overrides, scenario)
    if isinstance(found, Briefing):
        missing = ", ".join(sorted(OF_A_FUNNEL))
        raise InputError.of(
            f"states a chain of communication and no funnel: see it with `funnelsim communicate {path}`, "
            f"or state {missing} for a forecast",
            place=str(path),
        )
    return found


def load_briefing(path: str | PathLike[str], overrides: Sequence[str] = (), scenario: str | None = None) -> Briefing:
    """Load the chain of communication of a config, which may state a funnel or not.

    Raises
    ------
    InputError
        As `load`, and if the config states no communication.
    """
    found = load_any(path, overrides, scenario)
    if isinstance(found, Briefing):
        return found
    if found.communication is None:
        raise InputError.of("states no `communication`; state its hops", place=str(path))
    return Briefing(found.name, found.communication, found.notes, found.origin)


def load_any(path: str | PathLike[str], overrides: Sequence[str] = (), scenario: str | None = None) -> Case | Briefing:
    """Load whatever a config states: a case, or a chain of communication alone.

    Raises
    ------
    InputError
        As `load`.
    """
    config = Path(path)
    loader = Loader(read_document(config), Files(config.parent, keeps=True), config.name)
    return loader.load(overrides, scenario, checks_scenarios=True)


def load_kept(origin: Origin) -> Case:
    """Load a case again from the bytes that its origin kept, whatever has become of the files.

    Raises
    ------
    InputError
        As `load`.
    """
    return _case_of(_kept(origin), origin, origin.scenario, checks_scenarios=True)


def load_kept_scenarios(origin: Origin) -> dict[str, Case]:
    """Load the case as its config states it, under no name, and each of its scenarios; empty if it has none.

    Raises
    ------
    InputError
        As `load`.
    """
    loader = _kept(origin)
    names = ("", *loader.scenarios) if loader.scenarios else ()
    return {name: _case_of(loader, origin, name) for name in names}


def _kept(origin: Origin) -> Loader:
    document = document_in(origin.content[origin.config], origin.config)
    return Loader(document, Files(Path(), keeps=True, kept=origin.content), origin.config)


def _case_of(loader: Loader, origin: Origin, scenario: str, *, checks_scenarios: bool = False) -> Case:
    found = loader.load(origin.overrides, scenario or None, checks_scenarios=checks_scenarios)
    if isinstance(found, Briefing):
        raise InputError.of("states a chain of communication and no funnel", place=origin.config)
    return found


@dataclass(frozen=True)
class Wanted:
    """A value to be put at a dotted path, and the place where it is written."""

    dotted: str
    raw: Any
    place: str

    def __str__(self) -> str:
        return f"{self.dotted}={self.raw}"


class Loader:
    """A config file that is read once, and gives a case for any settings.

    The deals and tables of a part that no setting touches are read once too.
    """

    def __init__(self, document: Document, files: Files, name: str) -> None:
        self.reading, self.name = _Reading(document, files), name

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the names of the file's scenarios."""
        return tuple(self.reading.scenarios)

    @classmethod
    def of(cls, path: str | PathLike[str]) -> Loader:
        """Return the loader of a config file, which keeps no copy of its bytes."""
        config = Path(path)
        return cls(read_document(config), Files(config.parent), config.name)

    def load(
        self, wanted: Sequence[str | Wanted] = (), scenario: str | None = None, *, checks_scenarios: bool = False
    ) -> Case | Briefing:
        """Return what the config states once a scenario and settings are put in, in that order.

        Parameters
        ----------
        wanted : sequence of Wanted, or of str such as ``stages.demo.win_rate=35%``
        checks_scenarios : bool
            Whether the other scenarios of the file are tried as well.

        Raises
        ------
        InputError
            With every problem, each with its place.
        """
        reading = self.reading
        reading.told = []
        found = reading.case(tuple(wanted), scenario)
        if checks_scenarios:
            reading.check_scenarios(scenario)
        if found is None or reading.told:
            raise InputError(_in_order(reading.told, reading.document.name))
        document, files = reading.document, reading.files
        content = {self.name: document.content, **files.content} if files.keeps else {}
        changes = tuple(str(one) for one in wanted)
        return replace(
            found, origin=Origin(self.name, document.sha256, dict(files.sha256), changes, scenario or "", content)
        )

    def tree(self, wanted: Sequence[str | Wanted] = (), scenario: str | None = None) -> dict[str, Any]:
        """Return the config as it stands with a scenario and settings put in, its other scenarios left out.

        Raises
        ------
        InputError
            If one of them cannot be put in.
        """
        self.reading.told = []
        tree = self.reading.changed(tuple(wanted), scenario).tree
        if self.reading.told:
            raise InputError(_in_order(self.reading.told, self.reading.document.name))
        return {key: value for key, value in tree.items() if key != "scenarios"}


def scenario_names(path: str | PathLike[str]) -> tuple[str, ...]:
    """Return the names of the scenarios in a config file."""
    scenarios = read_document(Path(path)).tree.get("scenarios")
    return tuple(scenarios) if isinstance(scenarios, dict) else ()


@dataclass
class _Reading:
    """One load: the document, and the problems told so far with their places."""

    document: Document
    files: Files

    def __post_init__(self) -> None:
        self.told: list[Problem] = []
        self.builder = Builder(self.files, self._sample)
        scenarios = self.document.tree.get("scenarios", {})
        self.scenarios: dict[str, Any] = scenarios if isinstance(scenarios, dict) else {}

    def _sample(self, name: str, column: str | None, figure: Figure) -> tuple[float, ...]:
        return sample_of(self.files, name, column, figure)

    def case(self, overrides: tuple[str | Wanted, ...], scenario: str | None) -> Case | Briefing | None:
        """Return the case, or the chain alone, with a scenario and the settings put in."""
        changes, findings = self.changed(overrides, scenario), Findings()
        case = self._build(changes, findings)
        self.told += [self._placed(problem, findings, changes.marks) for problem in findings.problems]
        return case and replace(case, notes=(*changes.notes, *case.notes))

    def changed(self, overrides: tuple[str | Wanted, ...], scenario: str | None) -> Changes:
        """Return the tree with a scenario and the settings put in."""
        changes = self._changes()
        if not isinstance(self.document.tree.get("scenarios", {}), dict):
            found = shown(self.document.tree["scenarios"])
            self._tell(("scenarios",), f"found {found}; write a mapping of names to changes")
        if scenario is not None and scenario not in self.scenarios:
            close = get_close_matches(scenario, self.scenarios, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(self.scenarios) or 'none'}"
            self.told.append(Problem((), f"no scenario '{scenario}'; {hint}", f"--scenario {scenario}"))
        elif scenario is not None:
            self.told += self._apply(changes, scenario)
        for one in overrides:
            self._set(changes, one)
        return changes

    def check_scenarios(self, selected: str | None) -> None:
        """Try every scenario of the file, and tell what only that scenario does wrong."""
        if not self.scenarios:
            return
        base = Findings()
        self._build(self._changes(), base)
        known = {(problem.path, problem.message) for problem in base.problems}
        for name in self.scenarios:
            if name != selected:
                self._check_scenario(name, known)

    def _check_scenario(self, name: str, known: set[tuple[ValuePath, str]]) -> None:
        changes = self._changes()
        problems = self._apply(changes, name)
        self.told += problems
        if problems:
            return
        findings = Findings()
        self._build(changes, findings)
        default = self.document.place(("scenarios", name), of_key=True)
        for problem in findings.problems:
            if (problem.path, problem.message) not in known:
                marked = [place for path, place in changes.marks.items() if problem.path[: len(path)] == path]
                place = marked[0] if marked else default
                self.told.append(Problem(problem.path, f"scenario '{name}': {problem.message}", place))

    def _changes(self) -> Changes:
        return Changes(deepcopy(self.document.tree), self._sample)

    def _apply(self, changes: Changes, name: str) -> list[Problem]:
        """Put a scenario in; return what cannot be put in."""
        wanted = self.scenarios[name]
        where: ValuePath = ("scenarios", name)
        if not isinstance(wanted, dict):
            message = f"found {shown(wanted)}; write a mapping of paths to changes"
            return [Problem(where, message, self.document.place(where))]
        problems = []
        for dotted, raw in wanted.items():
            place = self.document.place((*where, dotted))
            try:
                changes.set(dotted, deepcopy(raw), place)
            except InputError as error:
                problems += [Problem((*where, dotted), p.message, place) for p in error.problems]
        return problems

    def _set(self, changes: Changes, wanted: str | Wanted) -> None:
        place = wanted.place if isinstance(wanted, Wanted) else f"--set {wanted.split('=', maxsplit=1)[0]}"
        try:
            if isinstance(wanted, str):
                dotted, raw = setting(wanted)
                wanted = Wanted(dotted, raw, place := f"--set {dotted}")
            changes.set(wanted.dotted, deepcopy(wanted.raw), place)
        except InputError as error:
            self.told += [Problem((), problem.message, place) for problem in error.problems]

    def _build(self, changes: Changes, findings: Findings) -> Case | Briefing | None:
        place: Callable[[ValuePath], str] = lambda path: self.document.place(path, marks=changes.marks)  # noqa: E731
        for move in (hoist, settle_beliefs):
            for problem in move(changes.tree, changes.marks, place, self._sample):
                findings.add(problem)
        return self.builder.build(changes.tree, findings, Path(self.document.name).stem)

    def _placed(self, problem: Problem, findings: Findings, marks: dict[ValuePath, str]) -> Problem:
        if problem.place:
            return problem
        of_key = problem.path in findings.about_keys
        return replace(problem, place=self.document.place(problem.path, of_key=of_key, marks=marks))

    def _tell(self, path: ValuePath, message: str) -> None:
        self.told.append(Problem(path, message, self.document.place(path)))


def _in_order(problems: list[Problem], config: str) -> list[Problem]:
    """Return problems by file, line and column: the config first; what exceeds the limit is counted."""
    distinct = list({(problem.place, problem.message): problem for problem in problems}.values())
    ordered = sorted(distinct, key=lambda problem: _order(problem.place, config))
    if len(ordered) <= MAX_LISTED:
        return ordered
    n_more = len(ordered) - MAX_LISTED
    more = f"and {n_more} more problem{'s' if n_more > 1 else ''}; mend these first"
    return [*ordered[:MAX_LISTED], Problem((), more)]


def _order(place: str, config: str) -> tuple[int, str, list[int]]:
    parts = place.split(":")
    numbers: list[int] = []
    while len(parts) > 1 and parts[-1].isdecimal():
        numbers.insert(0, int(parts.pop()))
    name = ":".join(parts)
    rank = 0 if name == config else 2 if name.startswith("--") else 1
    return rank, name, numbers
