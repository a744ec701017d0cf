"""Who can work on how much at a time, so that deals wait for each other (model page, M6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from funnelsim.errors import InputError, Problem

Order = Literal["first", "value"]
Sharing = Literal["shared", "own"]
OpenDeals = Literal["worked", "wait"]
ORDERS: tuple[Order, ...] = ("first", "value")
SHARINGS: tuple[Sharing, ...] = ("shared", "own")
OPEN_DEALS: tuple[OpenDeals, ...] = ("worked", "wait")
MOST_AT_A_TIME = 1_000_000
MOST_PEOPLE = 1_000


@dataclass(frozen=True)
class Team:
    """So many people who take any deal, each working at most `deals_each` at a time.

    With a ``shared`` queue whoever has room takes the next deal; with ``own`` queues deals are dealt out in turn as
    they come in, and each waits for the person it was given to.
    """

    people: int
    deals_each: int
    queue: Sharing = "shared"

    def __post_init__(self) -> None:
        problems = list(_count_problems({("people",): self.people, ("deals_each",): self.deals_each}))
        if self.people > MOST_PEOPLE:
            problems.append(Problem(("people",), f"{self.people:,}; give at most {MOST_PEOPLE:,}"))
        if self.queue not in SHARINGS:
            problems.append(Problem(("queue",), f"'{self.queue}' is no queue; take {', '.join(SHARINGS)}"))
        if problems:
            raise InputError(problems)


@dataclass(frozen=True)
class Capacity:
    """How many deals are worked on at a time; what is not named has no limit.

    Parameters
    ----------
    owners : dict of str to int
        Deals each owner works at a time.
    each_owner : int, optional
        The same for owners that `owners` does not name; None means no limit.
    team : Team, optional
        In place of limits by owner.
    stages : dict of str to int
        Deals a stage can hold at a time.
    order : {"first", "value"}
        Who is served next: who came first, or the largest amount. Ties go by the other of the two, then by id.
    open_deals : {"worked", "wait"}
        Whether deals open at the start are all being worked on, though they be too many, or get in line on the first
        day and take turns like others.
    """

    owners: dict[str, int] = field(default_factory=dict)
    each_owner: int | None = None
    team: Team | None = None
    stages: dict[str, int] = field(default_factory=dict)
    order: Order = "first"
    open_deals: OpenDeals = "worked"

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problem.under("capacity") for problem in problems)

    @property
    def limits_owners(self) -> bool:
        """Return whether any owner has a limit."""
        return bool(self.owners) or self.each_owner is not None

    def _problems(self) -> Iterator[Problem]:
        if not (self.limits_owners or self.team or self.stages):
            yield Problem((), "no limit is stated; state owners, team or stages")
        if self.limits_owners and self.team:
            yield Problem(("team",), "owners and team both say who works on a deal; keep one")
        if self.order not in ORDERS:
            yield Problem(("order",), f"'{self.order}' is no order; take {', '.join(ORDERS)}")
        if self.open_deals not in OPEN_DEALS:
            yield Problem(("open_deals",), f"'{self.open_deals}'; take {', '.join(OPEN_DEALS)}")
        counts: dict[tuple[str, ...], int] = {("owners", name): n for name, n in self.owners.items()}
        if self.each_owner is not None:
            counts["owners", "default"] = self.each_owner
        yield from _count_problems(counts | {("stages", name): n for name, n in self.stages.items()})


def _count_problems(counts: dict[tuple[str, ...], int]) -> Iterator[Problem]:
    for path, n in counts.items():
        if not 1 <= n <= MOST_AT_A_TIME:
            yield Problem(path, f"{n:,} at a time; give 1 to {MOST_AT_A_TIME:,}")
