"""A config as the lint of method reads it: what its text alone tells, its case, and the place of every finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from funnelsim.config import figures
from funnelsim.config.laws import mean_of, read_law
from funnelsim.config.load import load
from funnelsim.config.places import lines_of, place_of_deal, resolved
from funnelsim.config.reading import Document, Files, read_document
from funnelsim.config.tables import sample_of
from funnelsim.errors import InputError, Problem
from funnelsim.model.case import Case
from funnelsim.model.finding import Fact, Finding
from funnelsim.model.money import UNITS

TEXT_RULES = ("no_unit", "table_without_unit", "falling_win_rates", "beta_per_deal")
_MONEY_KEYS = ("currency", "unit")


@dataclass(frozen=True)
class Inspected:
    """A config, what its text alone tells, and its case.

    Parameters
    ----------
    case : Case or None
        None where the text holds what no forecast can be made from; `findings` say what.
    """

    name: str
    document: Document
    files: Files
    findings: tuple[Finding, ...]
    case: Case | None

    def placed(self, found: Finding) -> Finding:
        """Return a finding of the case with ``file:line:column``."""
        if found.path[:1] == ("pipeline",) and len(found.path) > 1:
            return found.at(place_of_deal(self.document, self.files, str(found.path[1])))
        return found.at(self.document.place(resolved(self.document, found.path)))


def inspect(path: Path) -> Inspected:
    """Read a config for the lint of method.

    Raises
    ------
    InputError
        With every problem that no finding explains.
    """
    document, files = read_document(path), Files(path.parent)
    findings = tuple(found.at(document.place(found.path)) for found in _of_text(document, files))
    try:
        case = load(path)
    except InputError as error:
        rest = [problem for problem in error.problems if not _is_explained(problem, findings)]
        if rest:
            raise InputError(rest) from None
        case = None
    return Inspected(str(path), document, files, findings, case)


def inspect_all(files: tuple[Path, ...]) -> tuple[Inspected, ...]:
    """Read several configs.

    Raises
    ------
    InputError
        With the problems of all of them.
    """
    found: list[Inspected] = []
    problems: list[Problem] = []
    for path in files:
        try:
            found.append(inspect(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(found)


# ---- the rules of the text: what a case cannot hold


def _of_text(document: Document, files: Files) -> Iterator[Finding]:
    yield from _no_unit(document.tree)
    yield from _falling(document.tree, files)
    yield from _beta_per_deal(document.tree)


def _no_unit(tree: dict[str, Any]) -> Iterator[Finding]:
    for key in _MONEY_KEYS:
        if key not in tree:
            yield Finding("no_unit", (key,), {"key": key})
    factor = UNITS.get(str(tree.get("unit")), 1)
    for path, item in lines_of(tree):
        if factor > 1 and "file" in item and "unit" not in item:
            yield Finding("table_without_unit", (*path, "file"), {"file": str(item["file"]), "unit": str(tree["unit"])})


def _falling(tree: dict[str, Any], files: Files) -> Iterator[Finding]:
    stages = tree.get("stages")
    stages = stages if isinstance(stages, list) else []
    names = [str(stage.get("name", n)) if isinstance(stage, dict) else "" for n, stage in enumerate(stages)]
    for i, (rate, ahead) in enumerate(pairwise(_rate(stage, files) for stage in stages)):
        if rate is not None and ahead is not None and rate > ahead:
            facts: dict[str, Fact] = {"stage": names[i], "rate": rate, "next": names[i + 1], "rate_next": ahead}
            yield Finding("falling_win_rates", ("stages", i, "win_rate"), facts)


def _rate(stage: Any, files: Files) -> float | None:
    """Return the win rate a stage states, of a law its mean; None where there is none, or no sound one."""
    raw = stage.get("win_rate") if isinstance(stage, dict) else None
    try:
        if isinstance(raw, dict):
            return mean_of(read_law(raw, figures.probability, lambda n, c, f: sample_of(files, n, c, f)))
        return None if raw is None else figures.probability(raw)
    except InputError:
        return None


def _beta_per_deal(tree: dict[str, Any]) -> Iterator[Finding]:
    for path, item in lines_of(tree):
        if isinstance(item.get("win_rate"), dict):
            yield Finding("beta_per_deal", (*path, "win_rate"), {"deal": str(item.get("id", item.get("stage", "")))})
    beliefs = tree.get("beliefs")
    for key in beliefs if isinstance(beliefs, dict) else ():
        if str(key).startswith("pipeline"):
            yield Finding("beta_per_deal", ("beliefs", key), {"deal": str(key)})


def _is_explained(problem: Problem, findings: tuple[Finding, ...]) -> bool:
    """Tell whether a finding says, and says better, why a config is refused."""
    missing = any(problem.message == f"no `{found.path[0]}`; state it" for found in findings if found.rule == "no_unit")
    return missing or any(
        problem.path[: len(found.path)] == found.path
        for found in findings
        if found.rule in {"falling_win_rates", "beta_per_deal"}
    )
