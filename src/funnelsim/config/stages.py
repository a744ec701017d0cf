"""Stages as a config states them -> a funnel."""

from __future__ import annotations

from math import inf
from typing import Any

from funnelsim.config.document import ExitForm, NeverForm, StageForm
from funnelsim.config.sections import Findings
from funnelsim.errors import InputError, Problem
from funnelsim.model.funnel import Exit, Funnel, Stage, Step, conversions_of, is_lost
from funnelsim.model.law import Fixed
from funnelsim.model.practice import Practice

_REMEDY = "state one of win_rate, conversion and exits"


def names_of(raw: Any) -> tuple[str, ...] | None:
    """Return the names of the stages as written, or None if one of them cannot be read."""
    if not isinstance(raw, list) or not raw:
        return None
    names = tuple(
        str(stage["name"]).strip() for stage in raw if isinstance(stage, dict) and stage.get("name") is not None
    )
    return names if len(names) == len(raw) else None


def read_funnel(forms: list[StageForm | None], names: tuple[str, ...] | None, findings: Findings) -> Funnel | None:
    """Return the funnel, or None with every problem noted, also those of the stages that could be read."""
    if not forms:
        if not findings.touches("stages"):
            findings.add(Problem(("stages",), "no stages; state at least one"))
        return None
    bad = {i for i, form in enumerate(forms) if form is None}
    problems = _form_problems(forms)
    bad |= {int(problem.path[0]) for problem in problems}
    for problem in problems:
        findings.add(problem.under("stages"))
    known = names or tuple(form.name if form else f"stage {i + 1}" for i, form in enumerate(forms))
    try:
        funnel = _funnel(forms, bad, known)
    except InputError as error:
        for problem in error.problems:
            if not (len(problem.path) > 1 and problem.path[1] in bad):
                findings.add(problem)
        return None
    return None if bad else funnel


def stand_in(names: tuple[str, ...]) -> Funnel:
    """Return a harmless funnel with the same stages, so that the rest of a case can still be checked."""
    distinct = tuple(
        name for name in dict.fromkeys(names) if name and name not in {"won", "never"} and not is_lost(name)
    )
    return Funnel.linear([Step(name, conversion=0.5, stay=Fixed(1.0)) for name in distinct or ("stage",)])


def _form_problems(forms: list[StageForm | None]) -> list[Problem]:
    by_exits = [form.exits is not None for form in forms if form is not None]
    mixed = any(by_exits) and not all(by_exits)
    problems = []
    for i, form in enumerate(forms):
        if form is None:
            continue
        stated = [key for key in ("win_rate", "conversion", "exits") if getattr(form, key) is not None]
        if len(stated) > 1:
            problems.append(Problem((i,), f"stage '{form.name}' states {' and '.join(stated)}; {_REMEDY}"))
        elif not stated:
            problems.append(Problem((i,), f"stage '{form.name}' says nothing of where its deals go; {_REMEDY}"))
        elif mixed and stated != ["exits"]:
            text = f"stage '{form.name}' states {stated[0]} while others state exits; state exits in all or none"
            problems.append(Problem((i, stated[0]), text))
        if form.stay_lost is not None and form.stay is None and form.exits is None:
            problems.append(
                Problem((i, "stay_lost"), f"stage '{form.name}' states stay_lost alone; state stay as well")
            )
        if form.exits is not None and "never" in form.exits and form.never is not None:
            problems.append(Problem((i, "never"), f"stage '{form.name}' states never twice; keep one"))
    return problems


def _funnel(forms: list[StageForm | None], bad: set[int], names: tuple[str, ...]) -> Funnel:
    if any(form is not None and form.exits is not None for form in forms):
        # a stage that could not be read is taken as having no fault of its own
        return Funnel(
            tuple(
                _stage(form) if form is not None and form.exits is not None else Stage(name, (Exit("won", 1.0),))
                for form, name in zip(forms, names, strict=True)
            )
        )
    steps = [_step(form) if form and i not in bad else Step(names[i]) for i, form in enumerate(forms)]
    if not bad:
        return Funnel.linear(steps)
    conversions_of(steps)
    return stand_in(names)


def _step(form: StageForm) -> Step:
    never, timeout_days = _never(form.never)
    return Step(
        form.name,
        form.win_rate,
        form.conversion,
        form.stay,
        form.stay_lost,
        never,
        timeout_days,
        form.label,
        form.in_forecast,
        practice_of(form),
    )


def _stage(form: StageForm) -> Stage:
    ways = dict(form.exits or {})
    never, timeout_days = _never(ways.pop("never", None) or form.never)
    exits = tuple(_exit(target.strip(), way, form) for target, way in ways.items())
    return Stage(form.name, exits, never, timeout_days, form.label, form.in_forecast, practice_of(form))


def practice_of(form: StageForm) -> Practice:
    """Return what a stage says of how it is worked."""
    return Practice(form.definition, form.mark, tuple(form.tasks), form.cost_per_point)


def _exit(target: str, way: ExitForm, form: StageForm) -> Exit:
    default = (form.stay_lost or form.stay) if is_lost(target) else form.stay
    return Exit(target, way.probability, way.stay or default)


def _never(form: NeverForm | ExitForm | None) -> tuple[float, float]:
    if form is None:
        return 0.0, inf
    return form.probability, inf if form.timeout is None else form.timeout
