"""The named inputs in which two cases differ, and cases in between that take some of them from either (M14.4).

A part of a case knows its inputs by name and how to take those that are chosen from the second case. A straight funnel
is mixed by conversions, not by win rates: any mix of conversions is a funnel, while win rates of two funnels mixed
might fall from a stage to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief
from funnelsim.model.case import Case
from funnelsim.model.funnel import Exit, Stage
from funnelsim.model.pipeline import Deal, Pipeline

# what no other part knows of; a field that differs is an input of its own
_WHOLE = (
    "horizon", "booked", "shock", "realisation", "stale", "due_today", "referral", "loyalty", "payment", "capacity",
    "communication", "correlations",
)  # fmt: skip
# taken over together where the stages themselves are others
_OF_STAGES = (
    "funnel", "fitted", "pipeline", "beliefs", "correlations", "sources", "referral", "loyalty", "communication",
    "capacity",
)  # fmt: skip
_CHANCES = frozenset({"win_rate", "conversion", "exit"})
_OF_DEALS = {
    "deal_win_rate": ("win_rate", "evidence"),
    "deal_amount": ("amount",),
    "deal_place": ("stage", "age_days", "expected_close"),
    "deal_group": ("owner", "segment", "source"),
}


class Input(NamedTuple):
    """A part of a case that has a name: its kind, such as ``conversion``, and whose it is (a stage, a source)."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


class Between:
    """Two cases of one day, the inputs in which they differ, and every case in between.

    Parameters
    ----------
    first, second : Case

    Raises
    ------
    InputError
        If they are of different days, currencies or units.
    """

    def __init__(self, first: Case, second: Case) -> None:
        if told := list(_unlike(first, second)):
            raise InputError.of(f"{'; '.join(told)}; compare cases of one day and one unit")
        self.first, self.second = first, second
        self.has_other_stages = first.funnel.names != second.funnel.names
        self.inputs: tuple[Input, ...] = tuple(self._inputs())

    def case(self, taken: frozenset[Any]) -> Case:
        """Return the first case with the inputs in `taken` as the second has them.

        Raises
        ------
        InputError
            If these inputs do not go together.
        """
        if not taken:
            return self.first
        if taken == frozenset(self.inputs):
            return self.second
        fields: dict[str, Any] = {i.kind: getattr(self.second, i.kind) for i in taken if i.kind in _WHOLE}
        if Input("stages") in taken:
            return replace(self.first, **fields | {name: getattr(self.second, name) for name in _OF_STAGES})
        if not self.has_other_stages:
            fields |= self._funnel(taken)
            fields["beliefs"] = tuple(self._beliefs(taken))
            fields["pipeline"] = Pipeline(tuple(self._deals(taken)))
            fields["sources"] = tuple(self._sources(taken))
        subjects = {belief.about for belief in fields.get("beliefs", self.first.beliefs)}
        correlations = fields.get("correlations", self.first.correlations)
        fields["correlations"] = tuple(c for c in correlations if subjects.issuperset(c.between))
        return replace(self.first, **fields)

    def _inputs(self) -> Iterator[Input]:
        whole = [n for n in _WHOLE if getattr(self.first, n) != getattr(self.second, n)]
        if self.has_other_stages:
            yield Input("stages")
            yield from (Input(name) for name in whole if name not in _OF_STAGES)
            return
        if self.first.fitted != self.second.fitted:
            yield Input("fitted")
        else:
            for one, other in self._stages():
                yield from _of_stage(one, other)
        yield from self._of_beliefs()
        yield from self._of_sources()
        yield from self._of_deals()
        yield from (Input(name) for name in whole)

    # ---- stages

    def _stages(self) -> list[tuple[Stage, Stage]]:
        return list(zip(self.first.funnel.stages, self.second.funnel.stages, strict=True))

    def _funnel(self, taken: frozenset[Any]) -> dict[str, Any]:
        if Input("fitted") in taken:
            return {"funnel": self.second.funnel, "fitted": self.second.fitted}
        a, b = self.first.funnel, self.second.funnel
        stages = tuple(_mixed_stage(one, other, taken) for one, other in self._stages())
        marks = tuple(
            name
            for name in a.names
            if name in (b if Input("conversion", name) in taken else a).progress_marks
        )  # fmt: skip
        return {"funnel": replace(a, stages=stages, progress_marks=marks)}

    # ---- beliefs

    def _of_beliefs(self) -> Iterator[Input]:
        moved = {i.name for i in (i for pair in self._stages() for i in _of_stage(*pair)) if i.kind == "conversion"}
        mine, theirs = self._known()
        for subject in {**mine, **theirs}:
            about = (mine.get(subject) or theirs[subject]).about
            follows = about.kind in _CHANCES and about.stage in moved and self.first.fitted == self.second.fitted
            if mine.get(subject) != theirs.get(subject) and not follows:
                yield Input("belief", subject)

    def _known(self) -> tuple[dict[str, Belief], dict[str, Belief]]:
        return tuple({str(b.about): b for b in case.beliefs} for case in (self.first, self.second))  # type: ignore[return-value]

    def _beliefs(self, taken: frozenset[Any]) -> Iterator[Belief]:
        """Yield what is believed: about a chance that differs too, what goes with the chance that is taken."""
        mine, theirs = self._known()
        for subject in {**mine, **theirs}:
            about = (mine.get(subject) or theirs[subject]).about
            named = {Input("belief", subject), Input("fitted")}
            if Input("belief", subject) not in self.inputs and about.kind in _CHANCES:
                named.add(Input("conversion", about.stage))
            found = theirs.get(subject) if named & taken else mine.get(subject)
            if found is not None:
                yield found

    # ---- sources

    def _of_sources(self) -> Iterator[Input]:
        mine, theirs = ({s.name: s for s in case.sources} for case in (self.first, self.second))
        yield from (Input("source", name) for name in {**mine, **theirs} if mine.get(name) != theirs.get(name))

    def _sources(self, taken: frozenset[Any]) -> Iterator[Any]:
        mine, theirs = ({s.name: s for s in case.sources} for case in (self.first, self.second))
        for name in {**mine, **theirs}:
            found = theirs.get(name) if Input("source", name) in taken else mine.get(name)
            if found is not None:
                yield found

    # ---- deals

    def _of_deals(self) -> Iterator[Input]:
        mine, theirs = ({d.id: d for d in case.pipeline.deals} for case in (self.first, self.second))
        if any(name not in theirs for name in mine):
            yield Input("deals_gone")
        if any(name not in mine for name in theirs):
            yield Input("deals_new")
        pairs = [(deal, theirs[name]) for name, deal in mine.items() if name in theirs]
        for kind, fields in _OF_DEALS.items():
            stages = [a.stage for a, b in pairs if any(getattr(a, f) != getattr(b, f) for f in fields)]
            yield from (Input(kind, stage) for stage in self.first.funnel.names if stage in stages)

    def _deals(self, taken: frozenset[Any]) -> Iterator[Deal]:
        theirs = {deal.id: deal for deal in self.second.pipeline.deals}
        mine = {deal.id for deal in self.first.pipeline.deals}
        for deal in self.first.pipeline.deals:
            if (other := theirs.get(deal.id)) is not None:
                yield _mixed_deal(deal, other, taken)
            elif Input("deals_gone") not in taken:
                yield deal
        if Input("deals_new") in taken:
            yield from (deal for deal in self.second.pipeline.deals if deal.id not in mine)


def _unlike(first: Case, second: Case) -> Iterator[str]:
    for name in ("as_of", "money", "timezone"):
        one, other = getattr(first, name), getattr(second, name)
        if one != other:
            yield f"{name.replace('money', 'unit')} is {one} in '{first.name}' and {other} in '{second.name}'"


def _chances(stage: Stage) -> tuple[Any, ...]:
    return tuple((e.to, e.probability) for e in stage.exits), stage.never, stage.in_forecast


def _stays(stage: Stage) -> tuple[Any, ...]:
    return tuple(e.stay for e in stage.exits), stage.timeout_days


def _ways(stage: Stage) -> tuple[str, ...]:
    return tuple(e.to for e in stage.exits)


def _of_stage(one: Stage, other: Stage) -> Iterator[Input]:
    is_other_way = _ways(one) != _ways(other)
    if _chances(one) != _chances(other):
        yield Input("conversion", one.name)
    if _stays(one) != _stays(other) and not is_other_way:
        yield Input("stay", one.name)


def _mixed_stage(one: Stage, other: Stage, taken: frozenset[Any]) -> Stage:
    chances = other if Input("conversion", one.name) in taken else one
    if _ways(one) != _ways(other):  # other ways out have stays of their own
        return chances
    stays = other if Input("stay", one.name) in taken else one
    exits: Sequence[Exit] = [
        replace(e, stay=way.stay) for e, way in zip(chances.exits, stays.exits, strict=True)
    ]  # fmt: skip
    return replace(chances, exits=tuple(exits), timeout_days=stays.timeout_days)


def _mixed_deal(one: Deal, other: Deal, taken: frozenset[Any]) -> Deal:
    fields = [f for kind, names in _OF_DEALS.items() if Input(kind, one.stage) in taken for f in names]
    return one._replace(**{f: getattr(other, f) for f in fields})
