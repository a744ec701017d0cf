"""What money buys: a point of a stage's conversion, a point kept at a hop, one more deal of a source (M14.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from funnelsim.engine.laws import curve_of
from funnelsim.errors import InputError, Problem
from funnelsim.model.case import Case
from funnelsim.model.lifting import lifted, room_to_rise

Kind = Literal["stage", "hop", "source"]
KINDS: tuple[Kind, ...] = ("stage", "hop", "source")


@dataclass(frozen=True)
class Spending:
    """One input that money moves.

    Parameters
    ----------
    cost : float
        Of one point (of a stage or a hop), or of one more deal in the horizon (of a source), in the case's unit.
    room : float
        How many points it can rise; infinite for a source.
    """

    kind: Kind
    name: str
    cost: float
    room: float

    @property
    def most(self) -> float:
        """Return the most that can be spent on it to any use."""
        return self.room * self.cost

    def bought(self, money: float) -> float:
        """Return the points or deals that so much money buys."""
        return min(money / self.cost, self.room)

    def put(self, case: Case, money: float) -> Case:
        """Return the case with so much money spent."""
        units = self.bought(money)
        return (
            case if units <= 1e-9 else {"stage": _raised, "hop": _mended, "source": _fed}[self.kind](case, self, units)
        )


def spendings_of(case: Case, costs: Mapping[str, float]) -> tuple[Spending, ...]:
    """Return what a case's money can be spent on: stages that state `cost_per_point`, and what `costs` names.

    Parameters
    ----------
    costs : mapping of str to float
        ``stage:NAME``, ``hop:NAME`` or ``source:NAME`` to the cost of one point or one deal; before what stages state.

    Raises
    ------
    InputError
        With every problem: no such stage, hop or source; a cost that is not above 0; no room; nothing to spend on.
    """
    stated = {f"stage:{s.name}": c for s in case.funnel.stages if (c := s.practice.cost_per_point) is not None}
    problems: list[Problem] = []
    found: list[Spending] = []
    for name, cost in {**stated, **costs}.items():
        try:
            found.append(_spending(case, name, cost))
        except InputError as error:
            problems += error.problems if name in costs else []
    if not problems and not found:
        told = "no stage states cost_per_point; give --cost stage:NAME=COST, hop:NAME=COST or source:NAME=COST"
        problems.append(Problem(("--cost",), told))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _spending(case: Case, key: str, cost: float) -> Spending:
    kind, _, name = key.partition(":")
    known = dict(_rooms(case))
    if kind not in KINDS or (kind, name) not in known:
        names = ", ".join(f"{k}:{n}" for k, n in known) or "none"
        raise InputError.of(f"'{key}' is nothing that money moves; there are {names}", "--cost")
    if not cost > 0:
        raise InputError.of(f"a cost of {cost:g} for '{key}'; give one above 0", "--cost")
    room = known[kind, name]
    if not room > 0:
        raise InputError.of(f"'{key}' has no room to rise", "--cost")
    return Spending(kind, name, cost, room)


def _rooms(case: Case) -> Iterator[tuple[tuple[str, str], float]]:
    for i, stage in enumerate(case.funnel.stages):
        yield ("stage", stage.name), 100.0 * room_to_rise(case.funnel, i)
    chain = case.communication
    for hop in chain.hops if chain is not None and chain.stages else ():
        yield ("hop", hop.name), 100.0 * max(1.0 - hop.remedy.adds - curve_of(hop.keeps).mean, 0.0)
    for source in case.sources:
        if source.rate is not None and case.end is not None and _expected(case, source.name) > 0:
            yield ("source", source.name), float("inf")


def _expected(case: Case, name: str) -> float:
    (source,) = [source for source in case.sources if source.name == name]
    return sum(arrival.mean for arrival in source.arrivals(case.as_of, case.end)) if case.end else 0.0


def _raised(case: Case, spending: Spending, points: float) -> Case:
    stage = case.funnel.names.index(spending.name)
    return lifted(case, stage, min(0.01 * points, room_to_rise(case.funnel, stage)))


def _mended(case: Case, spending: Spending, points: float) -> Case:
    chain = case.communication
    if chain is None:
        return case
    hops = tuple(
        replace(hop, remedy=replace(hop.remedy, adds=hop.remedy.adds + 0.01 * points))
        if hop.name == spending.name
        else hop
        for hop in chain.hops
    )
    return replace(case, communication=replace(chain, hops=hops))


def _fed(case: Case, spending: Spending, deals: float) -> Case:
    """Return the case with so many more deals of a source, spread as those it brings already."""
    factor = 1.0 + deals / _expected(case, spending.name)
    sources = tuple(
        replace(s, rate=replace(s.rate, level=factor * s.rate.level)) if s.name == spending.name and s.rate else s
        for s in case.sources
    )
    return replace(case, sources=sources)
