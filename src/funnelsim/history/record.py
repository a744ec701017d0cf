"""A history: what happened to a company's deals, a row per deal and a row per stage visit (model page, M12.1).

Days are whole numbers since 1970-01-01 in the history's time zone. What has not happened has the day `NEVER`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.errors import InputError, Problem
from funnelsim.history.calls import Calls
from funnelsim.model.closed_days import ALWAYS_OPEN, ClosedDays
from funnelsim.model.money import Money

NEVER = 2**31 - 1
WON, LOST, OPEN = -1, -2, -3
AMOUNT, EXPECTED_CLOSE = 0, 1
_EPOCH = date(1970, 1, 1)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


def day_of(when: date) -> int:
    """Return the number of a date.

    Examples
    --------
    >>> day_of(date(1970, 1, 2))
    1
    """
    return (when - _EPOCH).days


def date_of(day: int) -> date:
    """Return the date of a number.

    Examples
    --------
    >>> date_of(1).isoformat()
    '1970-01-02'
    """
    return _EPOCH + timedelta(days=int(day))


@dataclass(frozen=True)
class Deals:
    """One row per deal, all arrays of shape (deal,).

    Parameters
    ----------
    created, closed : int array
        Days; an open deal is closed on day `NEVER`.
    outcome : int array
        WON, LOST or OPEN.
    reason : text array
        The name a loss has in the records, ``""`` for others.
    amount : float array
        In the history's unit; not a number where unknown.
    expected_close : int array
        The day somebody stated, `NEVER` where nobody did.
    """

    id: Texts
    created: Ints
    closed: Ints
    outcome: Ints
    reason: Texts
    amount: Floats
    expected_close: Ints
    owner: Texts
    segment: Texts
    source: Texts

    def __len__(self) -> int:
        return len(self.id)

    def rows(self, chosen: Any) -> Deals:
        """Return some of the deals, by a mask or by row numbers."""
        return Deals(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Visits:
    """One row per stay of a deal in a stage, each deal's rows together and in order; arrays of shape (visit,).

    Parameters
    ----------
    deal : int array
        Row of the deal in `Deals`.
    stage : int array
        Number of the stage in ``History.stages``.
    entered, left : int array
        Days; `NEVER` where the deal is still there.
    exit : int array
        Number of the stage it went to, or WON, LOST, OPEN.
    """

    deal: Ints
    stage: Ints
    entered: Ints
    left: Ints
    exit: Ints

    def __len__(self) -> int:
        return len(self.deal)

    def rows(self, chosen: Any) -> Visits:
        """Return some of the visits, by a mask or by row numbers."""
        return Visits(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Changes:
    """Amounts and dates that moved: from `day` on the field of the deal has `value`; arrays of shape (change,).

    Parameters
    ----------
    field : int array
        AMOUNT or EXPECTED_CLOSE.
    before : float array
        The value until then; not a number where it is not recorded.
    """

    deal: Ints
    day: Ints
    field: Ints
    value: Floats
    before: Floats

    def rows(self, chosen: Any) -> Changes:
        """Return some of the changes, by a mask or by row numbers."""
        return Changes(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Book:
    """The deals that are open at the end of a history; arrays of shape (open deal,).

    Parameters
    ----------
    deal : int array
        Rows of the deals.
    stage, age : int array
        Where each stands, and for how many whole days.
    """

    deal: Ints
    stage: Ints
    age: Ints

    def __len__(self) -> int:
        return len(self.deal)


@dataclass(frozen=True)
class History:
    """Everything that was recorded before one day.

    Parameters
    ----------
    stages : tuple of str
        In order; won and lost are no stages.
    observed_from : int
        The first day on which every exit was recorded; deals that ended before it are missing (left truncation).
    as_of : int
        Nothing stamped on or after 00:00 of this day is known.
    changes : Changes, optional
        Without it amounts and expected dates are taken as they are stated last.
    snapshot_gap_days : int
        Of a history that was put together from dated snapshots, the largest gap between two: days of moves are known
        to within it. 0 where every move has its own stamp.
    closed : ClosedDays
        Days on which nothing moves, past and to come: plans, so they are known on every day.
    calls : Calls, optional
        Forecast categories and chances that somebody stated of deals.

    Raises
    ------
    InputError
        If arrays contradict each other: numbers of stages or deals out of range, a stay that ends before it begins.
    """

    stages: tuple[str, ...]
    deals: Deals
    visits: Visits
    money: Money
    observed_from: int
    as_of: int
    timezone: str = "UTC"
    changes: Changes | None = None
    snapshot_gap_days: int = 0
    closed: ClosedDays = ALWAYS_OPEN
    calls: Calls | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def known_at(self, day: int) -> History:
        """Return what was known at 00:00 of a day (model page, M12.2).

        Parameters
        ----------
        day : int
            At most ``as_of``.

        Raises
        ------
        InputError
            If the day is after ``as_of``: nothing is known of it.
        """
        if day > self.as_of:
            raise InputError.of(f"{date_of(day)} is after {date_of(self.as_of)}, the end of the records", "as_of")
        kept = self.deals.created < day
        number = np.cumsum(kept) - 1
        deals = self.deals.rows(kept)
        is_ahead = deals.closed >= day
        deals = replace(
            deals,
            closed=np.where(is_ahead, NEVER, deals.closed),
            outcome=np.where(is_ahead, OPEN, deals.outcome),
            reason=np.where(is_ahead, "", deals.reason),
        )
        visits = self.visits.rows(kept[self.visits.deal] & (self.visits.entered < day))
        is_ahead = visits.left >= day
        visits = replace(
            visits,
            deal=number[visits.deal],
            left=np.where(is_ahead, NEVER, visits.left),
            exit=np.where(is_ahead, OPEN, visits.exit),
        )
        deals = _ended_before(deals, visits)
        changes = self.changes
        if changes is not None:
            changes = changes.rows(kept[changes.deal])
            changes = replace(changes, deal=number[changes.deal])
            deals = _as_stated_at(deals, changes, day)
            changes = changes.rows(changes.day < day)
        calls = self.calls
        if calls is not None:
            calls = calls.rows(kept[calls.deal] & (calls.day < day))
            calls = replace(calls, deal=number[calls.deal])
        return replace(self, deals=deals, visits=visits, changes=changes, calls=calls, as_of=day)

    def stated_at(self, day: int | Ints) -> Deals:
        """Return all deals with the amounts and dates stated just before 00:00 of a day, or one day a deal."""
        return self.deals if self.changes is None else _as_stated_at(self.deals, self.changes, day)

    def book(self) -> Book:
        """Return the open deals, each in the stage it entered last."""
        is_here = (self.visits.exit == OPEN) & (self.deals.outcome[self.visits.deal] == OPEN)
        here = np.flatnonzero(is_here)
        deal = self.visits.deal[here]
        is_last = np.append(deal[1:] != deal[:-1], True) if len(deal) else np.zeros(0, bool)
        here = here[is_last]
        return Book(self.visits.deal[here], self.visits.stage[here], self.as_of - self.visits.entered[here])

    def n_called(self) -> int:
        """Return of how many open deals somebody says something."""
        if self.calls is None:
            return 0
        voices = range(len(self.calls.voices))
        said = [self.calls.standing(voice, self.as_of, len(self.deals)).is_said for voice in voices]
        return int(np.any(said, axis=0)[self.book().deal].sum())

    def _problems(self) -> Iterator[Problem]:
        visits, n_stages = self.visits, len(self.stages)
        if not n_stages:
            yield Problem(("stages",), "no stages; name at least one")
        if len(set(self.stages)) != n_stages:
            yield Problem(("stages",), "a stage is named twice")
        if len(visits) and not (visits.deal.min() >= 0 and visits.deal.max() < len(self.deals)):
            yield Problem(("visits", "deal"), f"rows outside the {len(self.deals)} deals")
        if len(visits) and not (visits.stage.min() >= 0 and visits.stage.max() < n_stages):
            yield Problem(("visits", "stage"), f"numbers outside the {n_stages} stages")
        if len(visits) and not (visits.exit.min() >= OPEN and visits.exit.max() < n_stages):
            yield Problem(("visits", "exit"), f"numbers outside the {n_stages} stages, won, lost and open")
        if (visits.left < visits.entered).any():
            n = int((visits.left < visits.entered).sum())
            yield Problem(("visits", "left"), f"{n} stays end before they begin; mend or drop them")
        if ((visits.left == NEVER) != (visits.exit == OPEN)).any():
            yield Problem(("visits", "left"), "a stay without an end must have no exit, and one with an end must")
        if self.observed_from > self.as_of:
            yield Problem(
                ("observed",), f"{date_of(self.observed_from)} is after the end of the records, {date_of(self.as_of)}"
            )


def _ended_before(deals: Deals, visits: Visits) -> Deals:
    """Return the deals with the end that was known before they were reopened: what came later is not known yet."""
    last = np.flatnonzero(np.append(visits.deal[1:] != visits.deal[:-1], True)[: len(visits)])
    last = last[(visits.exit[last] != OPEN) & (visits.exit[last] < 0) & (deals.outcome[visits.deal[last]] == OPEN)]
    closed, outcome = deals.closed.copy(), deals.outcome.copy()
    closed[visits.deal[last]], outcome[visits.deal[last]] = visits.left[last], visits.exit[last]
    return replace(deals, closed=closed, outcome=outcome)


def _as_stated_at(deals: Deals, changes: Changes, day: int | Ints) -> Deals:
    """Return the deals with the amounts and dates that were stated just before 00:00 of a day."""
    amount, expected = deals.amount.copy(), deals.expected_close.astype(float)
    order = np.argsort(changes.day, kind="stable")
    is_past = changes.day < np.broadcast_to(day, len(deals))[changes.deal]
    for field, values in ((AMOUNT, amount), (EXPECTED_CLOSE, expected)):
        of_field = order[changes.field[order] == field]
        past = of_field[is_past[of_field]]
        # the first change to come tells what stood before it; the last one past overrules that
        ahead = of_field[~is_past[of_field]][::-1]
        values[changes.deal[ahead]] = changes.before[ahead]
        values[changes.deal[past]] = changes.value[past]
    unknown = ~np.isfinite(expected)
    expected[unknown] = NEVER
    return replace(deals, amount=amount, expected_close=expected.astype(np.int64))
