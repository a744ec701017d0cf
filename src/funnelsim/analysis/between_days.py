"""What happened between two days, cause by cause, and the case in which only some of it had happened (M14.4).

The causes, in the order in which they are taken: days went by (``calendar``), deals grew older where they stood
(``aged``), moved to other stages (``moved``), had their expected dates moved (``slipped``), were ``won``, ``lost``, or
left without our knowing how (``closed``), came new (``added``), changed their ``amounts``; and the figures of the
funnel were estimated anew (``refitted``). What was signed meanwhile moves from what is to come to what is signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from typing import Any, Literal

from funnelsim.errors import InputError, Problem
from funnelsim.model.case import Case
from funnelsim.model.daily import DailyTables, DatedStage, DayKinds, Figures
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.sources import Source

Cause = Literal[
    "calendar", "aged", "moved", "slipped", "won", "lost", "closed", "added", "amounts", "refitted",
]  # fmt: skip
ORDER: tuple[Cause, ...] = (
    "calendar", "aged", "moved", "slipped", "won", "lost", "closed", "added", "amounts", "refitted",
)  # fmt: skip
# what an estimate says, or a config states of other things than deals and days
_FIGURES = (
    "funnel", "fitted", "beliefs", "correlations", "shock", "realisation", "sources", "referral", "loyalty", "payment",
    "capacity", "communication", "stale", "due_today",
)  # fmt: skip
_OF_DEALS = ("win_rate", "evidence", "owner", "segment", "source")
WEEK = 7
_DUST = 1e-6  # far below a hundredth of the unit


@dataclass(frozen=True)
class Fate:
    """How a deal that is open no longer ended, and what was signed."""

    is_won: bool
    signed: float = 0.0


@dataclass(frozen=True)
class Extent:
    """How many deals a cause touched, and what they are worth in the old pipeline (of new ones, in the new one)."""

    n_deals: int
    amount: float


class BetweenDays:
    """Two cases of one pipeline on two days, and every case in between.

    Parameters
    ----------
    old, new : Case
    fates : mapping of str to Fate, optional
        Of deals that are in `old` alone, as far as known; None where nothing is known of any.
    signed : (float, float)
        What is signed already on either day, in the unit; deals won meanwhile counted in the second.

    Raises
    ------
    InputError
        If the second day is before the first, or units, time zones or stages differ.
    """

    def __init__(self, old: Case, new: Case, fates: Mapping[str, Fate] | None, signed: tuple[float, float]) -> None:
        refuse_unlike(old, new)
        self.old, self.new, self.signed_on = old, new, signed
        self.fates = dict(fates or {})
        # money that no known deal signed: of deals that left somehow, or that came and were won meanwhile
        self._rest_is: Cause = "closed" if fates is None else "added"
        self._mine = {deal.id: deal for deal in old.pipeline.deals}
        self._theirs = {deal.id: deal for deal in new.pipeline.deals}
        self._elapsed = self._days_of_age()
        self.causes: tuple[Cause, ...] = tuple(self._causes())

    def case(self, acted: frozenset[Any]) -> Case | None:
        """Return the old case after the causes in `acted`; None where nothing is left that could be signed."""
        as_of = (self.new if "calendar" in acted else self.old).as_of
        owner = self.new if "refitted" in acted else self.old
        fields: dict[str, Any] = {name: getattr(owner, name) for name in _FIGURES}
        fields["sources"] = tuple(_still_to_come(owner.sources, as_of))
        horizon = (self.new if "calendar" in acted else self.old).horizon
        if owner.fitted is not None:
            other = self.old if owner is self.new else self.new
            fields["fitted"] = _on_day(owner.fitted, other.fitted, as_of, horizon.periods(as_of)[-1].end)
        deals = tuple(self._deals(acted, as_of, fields["fitted"]))
        if not deals and not fields["sources"] and fields["loyalty"] is None:
            return None
        return replace(
            self.old, as_of=as_of, horizon=horizon, pipeline=Pipeline(deals), booked=(), targets=(), groups=(),
            notes=(), **fields,
        )  # fmt: skip

    def signed(self, acted: frozenset[Any]) -> float:
        """Return what is signed once the causes in `acted` have acted."""
        won, rest = self._signed_meanwhile()
        return self.signed_on[0] + won * ("won" in acted) + rest * (self._rest_is in acted)

    def _signed_meanwhile(self) -> tuple[float, float]:
        """Return what known deals signed, and what others did."""
        won = sum(fate.signed for name, fate in self.fates.items() if fate.is_won and name in self._gone)
        rest = self.signed_on[1] - self.signed_on[0] - won
        return won, rest if abs(rest) > _DUST else 0.0

    def extents(self) -> dict[Cause, Extent]:
        """Return how many deals each cause touched."""
        return {cause: _extent(list(self._touched(cause))) for cause in self.causes}

    # ---- which causes there are

    @property
    def _gone(self) -> dict[str, Deal]:
        return {name: deal for name, deal in self._mine.items() if name not in self._theirs}

    def _causes(self) -> Iterator[Cause]:
        _, rest = self._signed_meanwhile()
        for cause in ORDER:
            if cause == "calendar":
                is_there = self.old.as_of != self.new.as_of or self.old.horizon != self.new.horizon
            elif cause == "refitted":
                is_there = self._is_refitted()
            else:
                is_there = bool(list(self._touched(cause))) or (rest != 0 and cause == self._rest_is)
            if is_there:
                yield cause

    def _touched(self, cause: Cause) -> Iterator[Deal]:
        """Yield the deals a cause touches."""
        if cause == "added":
            yield from (deal for name, deal in self._theirs.items() if name not in self._mine)
        elif cause in {"won", "lost", "closed"}:
            yield from (deal for name, deal in self._gone.items() if self._fate(name) == cause)
        elif cause in {"aged", "moved", "slipped", "amounts"}:
            yield from (
                deal for name, deal in self._mine.items() if name in self._theirs and self._differs(cause, name)
            )

    def _fate(self, name: str) -> Cause:
        fate = self.fates.get(name)
        return "closed" if fate is None else "won" if fate.is_won else "lost"

    def _differs(self, cause: Cause, name: str) -> bool:
        one, other = self._mine[name], self._theirs[name]
        if cause == "moved":
            return one.stage != other.stage
        if cause == "aged":
            return one.stage == other.stage and one.age_days != other.age_days
        if cause == "amounts":
            return one.amount != other.amount
        is_dated = self.old.fitted is not None and one.stage in _dated(self.old.fitted)
        return is_dated and one.expected_close != other.expected_close

    def _is_refitted(self) -> bool:
        if any(getattr(self.old, name) != getattr(self.new, name) for name in _FIGURES):
            return True
        both = (name for name in self._mine if name in self._theirs)
        return any(getattr(self._mine[n], f) != getattr(self._theirs[n], f) for n in both for f in _OF_DEALS)

    def _days_of_age(self) -> float:
        """Return how much a deal that stood still grew older: open days where stages are fitted on these."""
        stood = [
            other.age_days - one.age_days
            for name, one in self._mine.items()
            if (other := self._theirs.get(name)) and other.stage == one.stage and other.age_days > one.age_days
        ]
        days = float((self.new.as_of - self.old.as_of).days)
        return min(float(median(stood)), days) if stood and self.old.fitted is not None else days

    # ---- deals in between

    def _deals(self, acted: frozenset[Any], as_of: date, fitted: DailyTables | None) -> Iterator[Deal]:
        dated = _dated(fitted) if fitted is not None else frozenset[str]()
        for deal in (*self._staying(acted), *(self._touched("added") if "added" in acted else ())):
            if deal.stage in dated and deal.expected_close is not None and deal.expected_close < as_of:
                yield deal._replace(expected_close=as_of)  # overdue: it is due now
            else:
                yield deal

    def _staying(self, acted: frozenset[Any]) -> Iterator[Deal]:
        for name, deal in self._mine.items():
            other = self._theirs.get(name)
            if other is not None:
                yield self._mixed(deal, other, acted)
            elif self._fate(name) not in acted:
                yield deal._replace(age_days=deal.age_days + self._elapsed) if "aged" in acted else deal

    def _mixed(self, one: Deal, other: Deal, acted: frozenset[Any]) -> Deal:
        found = one
        if one.stage != other.stage:
            if "moved" in acted:
                found = found._replace(stage=other.stage, age_days=other.age_days)
            elif "aged" in acted:
                found = found._replace(age_days=one.age_days + self._elapsed)
        elif "aged" in acted:
            found = found._replace(age_days=other.age_days)
        if "amounts" in acted:
            found = found._replace(amount=other.amount)
        if "slipped" in acted or (one.stage != other.stage and "moved" in acted):
            found = found._replace(expected_close=other.expected_close)
        if "refitted" in acted:
            found = found._replace(**{name: getattr(other, name) for name in _OF_DEALS})
        return found


def refuse_unlike(old: Case, new: Case, place: str = "") -> None:
    """Refuse two cases between which changes cannot be told, with everything in which they are unlike.

    Raises
    ------
    InputError
        If they differ in unit, timezone or stages, the second is of an earlier day, or one alone is fitted.
    """
    if told := [Problem((), one, place) for one in _unlike(old, new)]:
        raise InputError(told)


def _unlike(old: Case, new: Case) -> Iterator[str]:
    if new.as_of < old.as_of:
        yield f"the second forecast is of {new.as_of}, before the first of {old.as_of}; give the older one first"
    for name, told in (("money", "unit"), ("timezone", "timezone")):
        if (one := getattr(old, name)) != (other := getattr(new, name)):
            yield f"{told} is {one} in the first and {other} in the second; a change can be told in one unit only"
    if old.funnel.names != new.funnel.names:
        yield f"the stages are {', '.join(old.funnel.names)} and {', '.join(new.funnel.names)}; rename those of one"
    if (old.fitted is None) != (new.fitted is None):
        yield "one is fitted and the other stated, so no case lies in between"


def _extent(deals: list[Deal]) -> Extent:
    return Extent(len(deals), sum(deal.amount for deal in deals))


def _dated(tables: DailyTables) -> frozenset[str]:
    return frozenset(stage.name for stage in tables.stages if isinstance(stage, DatedStage))


def _still_to_come(sources: tuple[Source, ...], as_of: date) -> Iterator[Source]:
    """Yield the sources that bring anything from a day on."""
    for source in sources:
        is_past = source.until is not None and source.until < as_of
        is_in = source.cohort is not None and source.since is not None and source.since < as_of
        if not (is_past or is_in):
            yield source


def _on_day(tables: DailyTables, other: DailyTables | None, as_of: date, end: date) -> DailyTables:
    """Return tables that begin on another day: their chances, and kinds of days from either calendar."""
    if tables.days is None:
        return replace(tables, as_of=as_of)
    calendars = [t for t in (tables, other) if t is not None and t.days is not None]
    kinds = tuple(_kind(calendars, as_of + timedelta(days=i)) for i in range((end - as_of).days))
    n = max(kinds) + 1
    factor = {name: _padded(figures, n, other, name) for name, figures in tables.days.factor.items()}
    return replace(tables, as_of=as_of, days=DayKinds(kinds, factor))


def _kind(calendars: list[DailyTables], day: date) -> int:
    for tables in calendars:
        days = tables.days.of_day if tables.days is not None else ()
        if 0 <= (i := (day - tables.as_of).days) < len(days):
            return days[i]
    # before or after all: the same weekday of the nearest week that is known
    days = calendars[0].days.of_day if calendars[0].days is not None else (0,)
    i = (day - calendars[0].as_of).days
    return days[i % WEEK] if i < 0 else days[max(len(days) - WEEK + (i - len(days)) % WEEK, 0)]


def _padded(figures: Figures, n_kinds: int, other: DailyTables | None, stage: str) -> Figures:
    """Return the factors of so many kinds of days; of a kind these tables do not know, those of the others, or none."""
    have, n_exits = figures.shape
    theirs = other.days.factor.get(stage) if other is not None and other.days is not None else None
    rows = [[figures.at(k, e) for e in range(n_exits)] for k in range(min(have, n_kinds))]
    for k in range(have, n_kinds):
        known = theirs is not None and theirs.shape[1] == n_exits and k < theirs.shape[0]
        rows.append([theirs.at(k, e) if known and theirs is not None else 1.0 for e in range(n_exits)])
    return Figures.of((n_kinds, n_exits), [x for row in rows for x in row])
