"""A case in which every number that moves a forecast has a law of its own (model page, M14.1).

What the case believes stays as it is. What it only states gets a range: the one a person gives, or a default that is
said beside every result. A conversion or a retention is then as if learnt from so many past cases; a stay, an amount or
a rate of new deals is taken a fifth down and up, a shock by half, and where no shock is stated it is 0 to 0.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from funnelsim.errors import InputError, Problem
from funnelsim.model.beliefs import Belief, Subject, SubjectKind
from funnelsim.model.case import Case
from funnelsim.model.communication import Communication
from funnelsim.model.daily import LARGEST_SHOCK
from funnelsim.model.law import Beta, Fixed, Law, Uniform
from funnelsim.model.shock import MAX_RHO

EVIDENCE = 50.0
AROUND = (0.8, 1.2)
AROUND_AMOUNTS = (0.9, 1.1)
SHOCK_WHERE_NONE = 0.1
Origin = Literal["belief", "stated", "default"]
Range = tuple[float, float]
LARGEST_FACTOR = 100.0
LEAST_STRETCH = 0.01  # of the days of a table
SHOCK_OF_TABLES = "shock.hazards"


@dataclass(frozen=True)
class Opened:
    """A case with a law on every input.

    Parameters
    ----------
    case : Case
    origins : dict of str to {"belief", "stated", "default"}
        Where the law of an input comes from, by the name its figure has in the program.
    names : dict of str to str
        What people call an input, by the name its figure has in the program.
    inflow : dict of str to (float, float)
        Range of the factor on the rate of each source, by its name; these have no belief to carry them.
    """

    case: Case
    origins: Mapping[str, Origin]
    names: Mapping[str, str]
    inflow: Mapping[str, Range]


@dataclass(frozen=True)
class Opening:
    """One input: what people call it, the belief or hop that carries it, the figure stated, and its bounds."""

    name: str
    subject: Subject | None
    stated: float
    top: float
    hop: int = -1
    source: str = ""
    least: float = 0.0


def opened(case: Case, ranges: Mapping[str, Range] | None = None) -> Opened:
    """Return the case with a law on every input, `ranges` (low, high) by the name of an input.

    Raises
    ------
    InputError
        With every problem of the ranges.
    """
    given, found = dict(ranges or {}), checked_openings(case, ranges or {})
    carried = [_carried(opening, case.beliefs, given) for opening in found if opening.subject is not None]
    beliefs = _in_order(case.beliefs, carried)
    about = {str(belief.about) for belief in beliefs}
    more = replace(
        case,
        beliefs=beliefs,
        correlations=tuple(c for c in case.correlations if {str(subject) for subject in c.between} <= about),
        communication=_opened_chain(case.communication, found, given),
    )
    origins = {str(belief.about): origin for belief, origin, _ in carried}
    origins |= {o.name: "stated" if o.name in given else _origin_of_hop(o) for o in found if o.subject is None}
    names = {str(belief.about): name for belief, _, name in carried}
    inflow = {o.source: given.get(o.name, AROUND) for o in found if o.source}
    return Opened(more, origins, names, inflow)


def checked_openings(case: Case, given: Mapping[str, Range]) -> tuple[Opening, ...]:
    """Return the inputs of a case, if the ranges given of some are sound.

    Raises
    ------
    InputError
        With every problem of the ranges.
    """
    found = tuple(openings(case))
    problems = [*_unknown(given, found), *_unsound(given, found)]
    if problems:
        raise InputError(problems)
    return found


def openings(case: Case) -> Iterator[Opening]:
    """Yield the inputs of a case: conversions, stays, amounts, shock, hops, new business."""
    yield from _openings_of_stages(case)
    if case.pipeline.deals:
        yield Opening("realisation", Subject("realisation"), 1.0, LARGEST_FACTOR)
    if case.fitted is None:
        yield Opening("shock.rho", Subject("rho"), case.shock.rho, MAX_RHO)
    elif (largest := max(map(abs, case.fitted.shock))) > 0:
        yield Opening(SHOCK_OF_TABLES, None, 1.0, min(LARGEST_SHOCK / largest, LARGEST_FACTOR))
    if case.communication is not None and case.communication.stages:
        for h, hop in enumerate(case.communication.hops):
            if not isinstance(hop.keeps, Fixed) or 0 < hop.keeps.value < 1:
                stated = hop.keeps.value if isinstance(hop.keeps, Fixed) else 0.0
                yield Opening(f"communication.hops.{hop.name}.keeps", None, stated, 1.0, hop=h)
    for source in case.sources:
        if source.rate is not None and source.rate.level > 0:
            yield Opening(f"sources.{source.name}.rate", None, 1.0, LARGEST_FACTOR, source=source.name)


def _openings_of_stages(case: Case) -> Iterator[Opening]:
    funnel = case.funnel
    for i, stage in enumerate(funnel.stages):
        onward = [e for e in stage.exits if funnel.is_onward(i, e.to) and 0 < e.probability < 1]
        if stage.in_forecast and onward and len(stage.exits) > 1:
            best = max(onward, key=lambda e: e.probability)
            is_plain = funnel.is_linear or case.fitted is not None
            kind: SubjectKind = "conversion" if is_plain else "exit"
            name = f"stages.{stage.name}.conversion" if is_plain else f"stages.{stage.name}.exits.{best.to}"
            stated = funnel.conversions[i] if is_plain else best.probability
            yield Opening(name, Subject(kind, stage.name, "" if is_plain else best.to), stated, 1.0)
    for stage in funnel.stages:
        has_stay = any(e.stay is not None and e.stay != Fixed(0.0) for e in stage.exits)
        if stage.in_forecast and funnel.has_stays and has_stay:
            least = 0.0 if case.fitted is None else LEAST_STRETCH
            yield Opening(f"stages.{stage.name}.stay", Subject("stay", stage.name), 1.0, LARGEST_FACTOR, least=least)


Carried = tuple[Belief, Origin, str]


def _carried(opening: Opening, beliefs: tuple[Belief, ...], given: Mapping[str, Range]) -> Carried:
    """Return the belief that carries an input, where it comes from, and the input's name."""
    subject = opening.subject or Subject("rho")
    if opening.name in given:
        return Belief(subject, Uniform(*given[opening.name])), "stated", opening.name
    old = next((belief for belief in beliefs if _same(belief.about, subject)), None)
    return (old, "belief", opening.name) if old else (Belief(subject, default_law(opening)), "default", opening.name)


def _same(one: Subject, other: Subject) -> bool:
    """Tell whether two subjects move the same figure: a win rate is drawn on its conversion."""
    kinds = ["conversion" if subject.kind == "win_rate" else subject.kind for subject in (one, other)]
    return one.stage == other.stage and kinds[0] == kinds[1]


def _in_order(beliefs: tuple[Belief, ...], carried: list[Carried]) -> tuple[Belief, ...]:
    """Return all beliefs, those that carry an input in the place of those they follow."""
    new = [belief for belief, _, _ in carried]
    return (*(b for b in beliefs if not any(_same(b.about, other.about) for other in new)), *new)


def default_law(opening: Opening) -> Law:
    """Return the law of an input of which only a figure is stated."""
    kind, x = opening.subject.kind if opening.subject else "keeps", opening.stated
    if kind == "rho":
        return Uniform(0.5 * x, min(1.5 * x, MAX_RHO)) if x > 0 else Uniform(0.0, SHOCK_WHERE_NONE)
    if kind == "stay":
        return Uniform(*AROUND)
    if kind == "realisation":
        return Uniform(*AROUND_AMOUNTS)
    if opening.name == SHOCK_OF_TABLES:
        return Uniform(0.5, 1.5)
    if opening.source:
        return Uniform(*AROUND)
    return Beta(EVIDENCE, x) if kind == "keeps" else Beta(EVIDENCE)


def _opened_chain(
    chain: Communication | None, found: tuple[Opening, ...], given: Mapping[str, Range]
) -> Communication | None:
    if chain is None:
        return None
    hops = list(chain.hops)
    for opening in found:
        if opening.hop >= 0:
            keeps = hops[opening.hop].keeps
            if opening.name in given:
                keeps = Uniform(*given[opening.name])
            elif isinstance(keeps, Fixed):
                keeps = default_law(opening)
            hops[opening.hop] = replace(hops[opening.hop], keeps=keeps)
    return replace(chain, hops=tuple(hops))


def _origin_of_hop(opening: Opening) -> Origin:
    return "belief" if opening.hop >= 0 and opening.stated == 0.0 else "default"


def _unknown(given: Mapping[str, Range], found: tuple[Opening, ...]) -> Iterator[Problem]:
    known = [opening.name for opening in found]
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"the inputs are {', '.join(known)}"
            yield Problem(("--range",), f"no input '{name}'; {hint}")


def _unsound(given: Mapping[str, Range], found: tuple[Opening, ...]) -> Iterator[Problem]:
    for opening in found:
        if opening.name not in given:
            continue
        low, high = given[opening.name]
        if not opening.least <= low < high <= opening.top:
            allowed = f"{opening.least:g} <= LOW < HIGH <= {opening.top:g}"
            yield Problem(("--range", opening.name), f"{low:g}:{high:g}; give LOW:HIGH with {allowed}")
