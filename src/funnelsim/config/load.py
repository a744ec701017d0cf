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
    return _loaded(
        _Reading(read_document(config), Files(config.parent, keeps=True)), config.name, tuple(overrides), scenario
    )


def load_kept(origin: Origin) -> Case:
    """Load a case again from the bytes that its origin kept, whatever has become of the files.

    Raises
    ------
    InputError
        As `load`.
    """
    reading = _Reading(
        document_in(origin.content[origin.config], origin.config), Files(Path(), keeps=True, kept=origin.content)
    )
    found = _loaded(reading, origin.config, origin.overrides, origin.scenario or None)
    if isinstance(found, Briefing):
        raise InputError.of("states a chain of communication and no funnel", place=origin.config)
    return found


def _loaded(reading: _Reading, name: str, overrides: tuple[str, ...], scenario: str | None) -> Case | Briefing:
    found = reading.case(overrides, scenario)
    reading.check_scenarios(scenario)
    if found is None or reading.told:
        raise InputError(_in_order(reading.told, reading.document.name))
    document, files = reading.document, reading.files
    content = {name: document.content, **files.content}
    return replace(found, origin=Origin(name, document.sha256, dict(files.sha256), overrides, scenario or "", content))


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

    def case(self, overrides: tuple[str, ...], scenario: str | None) -> Case | Briefing | None:
        """Return the case, or the chain alone, with a scenario and the settings put in."""
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
        for text in overrides:
            self._set(changes, text)
        findings = Findings()
        case = self._build(changes, findings)
        self.told += [self._placed(problem, findings, changes.marks) for problem in findings.problems]
        return case and replace(case, notes=(*changes.notes, *case.notes))

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

    def _set(self, changes: Changes, text: str) -> None:
        place = f"--set {text.split('=', maxsplit=1)[0]}"
        try:
            dotted, raw = setting(text)
            place = f"--set {dotted}"
            changes.set(dotted, raw, place)
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
