"""Beliefs and correlations: dotted paths -> subjects, laws in place of numbers -> beliefs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from funnelsim.config import figures, paths
from funnelsim.config.laws import Figure, Sample, mean_of, read_law
from funnelsim.errors import InputError, Path, Problem
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.funnel import Funnel
from funnelsim.model.law import FIGURES, Beta, Law, Shaped

MEAN_TOLERANCE = 1e-6
_FORMS = (
    "stages.NAME.win_rate, stages.NAME.conversion, stages.NAME.exits.TARGET.probability, stages.NAME.stay, "
    "stages.NAME.stay.median, shock.rho, realisation"
)
Stays = dict[str, Law | None]


def subject_of(path: str, stages: tuple[str, ...] | None) -> tuple[Subject, str]:
    """Return the subject of a dotted path, and the stay's figure it names, if any.

    Examples
    --------
    >>> subject_of("stages.demo.stay.median", ("demo",))
    (Subject(kind='stay', stage='demo', exit=''), 'median')
    """
    figure = ""
    match paths.split(path):
        case ("shock", "rho"):
            subject = Subject("rho")
        case ("realisation",):
            subject = Subject("realisation")
        case ("communication", *_):
            raise InputError.of("figures of communication are drawn apart from all others; remove this correlation")
        case ("stages", name, *_) if stages is not None and name not in stages:
            close = get_close_matches(name, stages, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"the stages are {', '.join(stages)}"
            raise InputError.of(f"no stage '{name}'; {hint}")
        case ("stages", name, "win_rate"):
            subject = Subject("win_rate", name)
        case ("stages", name, "conversion"):
            subject = Subject("conversion", name)
        case ("stages", name, "exits", target, "probability"):
            subject = Subject("exit", name, target)
        case ("stages", name, "stay"):
            subject = Subject("stay", name)
        case ("stages", name, "stay", figure) if figure in FIGURES:
            subject = Subject("stay", name)
        case _:
            raise InputError.of(f"'{path}' is nothing to believe in; the paths are {_FORMS}")
    return subject, figure


@dataclass(frozen=True)
class Stated:
    """The figures of a case: the means of beliefs in probabilities, the bases of beliefs in stays."""

    funnel: Funnel
    rho: float
    stays: Stays


def read_belief(path: str, raw: Any, known: Stated, sample: Sample) -> Belief:
    """Return the belief a line of the config states about a figure."""
    subject, figure = subject_of(path, known.funnel.names)
    base = _stated_stay(subject, figure, known.stays) if figure else 1.0
    law = read_law(raw, _figure_of(subject, figure), sample)
    stated = _stated_probability(subject, known.funnel, known.rho)
    mean = mean_of(law)
    if isinstance(law, Beta) and law.mean is None and law.counts and not _is_near(law.counts.mean, stated):
        # the figure was changed after it was learnt: what is left of the counts is how much they weigh
        law = replace(law, counts=None)
    if stated is not None and isinstance(law, Shaped):
        raise InputError.of("a probability needs a beta, pert, uniform, triangular, fixed or empirical law")
    if stated is not None and mean is not None and not _is_near(mean, stated):
        raise InputError.of(
            f"the law's mean {mean:.6g} is not the stated {stated:.6g}; state one of them: "
            "write the law in place of the number"
        )
    return Belief(subject, law, base)


def _is_near(mean: float, stated: float | None) -> bool:
    return stated is not None and abs(mean - stated) <= MEAN_TOLERANCE


def hoist(tree: dict[str, Any], marks: dict[Path, str], place: Callable[[Path], str], sample: Sample) -> list[Problem]:
    """Move each law written in place of a number to `beliefs`, and put its mean where it stood."""
    problems: list[Problem] = []
    for path, dotted, figure in _inline_laws(tree):
        holder = tree
        for part in path[:-1]:
            holder = holder[part]  # type: ignore[index]
        raw = holder[path[-1]]  # type: ignore[index]
        try:
            mean, law = _mean_and_rest(raw, figure, sample)
        except InputError as error:
            problems += [problem.under(*path) for problem in error.problems]
            continue
        holder[path[-1]] = mean  # type: ignore[index]
        beliefs = tree.setdefault("beliefs", {})
        if isinstance(beliefs, dict) and dotted in beliefs:
            problems.append(Problem(path, "a law in place of the number and in beliefs as well; keep one"))
        elif isinstance(beliefs, dict):
            beliefs[dotted] = law
            marks[("beliefs", dotted)] = place(path)
    return problems


def _inline_laws(tree: dict[str, Any]) -> list[tuple[Path, str, Figure]]:
    found: list[tuple[Path, str, Figure]] = []
    stages = tree.get("stages")
    for i, stage in enumerate(stages if isinstance(stages, list) else []):
        if isinstance(stage, dict) and "name" in stage:
            found += [
                (("stages", i, *path), paths.join(("stages", str(stage["name"]), *name)), figure)
                for path, name, figure in _inline_in_stage(stage)
            ]
    shock = tree.get("shock")
    if isinstance(shock, dict) and isinstance(shock.get("rho"), dict):
        found.append((("shock", "rho"), "shock.rho", figures.probability))
    return found


def _inline_in_stage(stage: dict[str, Any]) -> list[tuple[Path, tuple[str, ...], Figure]]:
    found: list[tuple[Path, tuple[str, ...], Figure]] = []
    for key in ("win_rate", "conversion"):
        if isinstance(stage.get(key), dict):
            found.append(((key,), (key,), figures.probability))
    stay, exits = stage.get("stay"), stage.get("exits")
    for key, value in stay.items() if isinstance(stay, dict) else ():
        if key in FIGURES and isinstance(value, dict):
            found.append((("stay", key), ("stay", key), figures.duration))
    for target, way in exits.items() if isinstance(exits, dict) else ():
        if isinstance(way, dict) and isinstance(way.get("probability"), dict) and target != "never":
            where = ("exits", target, "probability")
            found.append((where, where, figures.probability))
    return found


def _mean_and_rest(raw: dict[str, Any], figure: Figure, sample: Sample) -> tuple[Any, dict[str, Any]]:
    """Return a law's mean as a file would state it, and the law as a belief: a beta then without its mean."""
    law = read_law(raw, figure, sample)
    mean = mean_of(law)
    if mean is None:
        raise InputError.of(
            "a law in place of a number needs a mean; write {beta: {mean: 10%, evidence: 50}} or a pert"
        )
    counts = {"won", "of", "prior"}
    kept = {key: value for key, value in raw["beta"].items() if key in counts} if isinstance(law, Beta) else {}
    rest = {**raw, "beta": {**kept, "evidence": law.evidence}} if isinstance(law, Beta) else raw
    return (mean if figure is figures.probability else f"{mean!r} d"), rest


def _figure_of(subject: Subject, figure: str) -> Figure:
    if subject.kind == "stay":
        return figures.duration if figure not in {"", "cv", "shape"} else figures.share
    return figures.share if subject.kind == "realisation" else figures.probability


def _stated_probability(subject: Subject, funnel: Funnel, rho: float) -> float | None:
    if subject.kind in {"stay", "realisation"}:
        return None
    if subject.kind == "rho":
        return rho
    i = funnel.names.index(subject.stage)
    if subject.kind == "exit":
        return next((e.probability for e in funnel.stages[i].exits if e.to == subject.exit), None)
    return (funnel.win_rates if subject.kind == "win_rate" else funnel.conversions)[i]


def _stated_stay(subject: Subject, figure: str, stays: Stays) -> float:
    law = stays.get(subject.stage)
    stated = law.figures if isinstance(law, Shaped) else {}
    if figure in {"cv", "shape"}:
        raise InputError.of(f"{figure} has no size in days; put the belief on the stay's mean or median")
    if figure not in stated:
        found = ", ".join(stated) or "no such figure"
        raise InputError.of(f"the stay of '{subject.stage}' does not state its {figure}; it states {found}")
    return stated[figure]
