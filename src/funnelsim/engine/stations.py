"""Capacity as arrays: which stations there are, and where each deal can be kept waiting (model page, M6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from funnelsim.model.capacity import Capacity
from funnelsim.model.case import Case
from funnelsim.model.pipeline import Deal

Ints = npt.NDArray[np.int64]
Kind = Literal["owner", "team", "stage"]
NO_STATION, IN_TURN = -1, -2


@dataclass(frozen=True)
class Station:
    """An owner, the team, one of its people, or a stage.

    Parameters
    ----------
    slots : int
        How many deals it holds at a time.
    standing : int
        How many it holds at the start; those above `slots` keep their places, and newcomers wait the longer.
    """

    kind: Kind
    name: str
    slots: int
    standing: int


@dataclass(frozen=True)
class Stations:
    """All stations, homes (owners, team) first.

    Parameters
    ----------
    of_stage : array (stage,)
        The station of each stage, or -1.
    deal_home, kind_home : array (deal,), (kind,)
        The home of each open deal and of the new deals of each kind; -1: none, -2: dealt out on arrival.
    deal_rank : array (deal,)
        The deals' order by id, which decides where all else is equal.
    are_standing : bool
        Whether open deals hold their slots from the start.
    n_dealt, first_turn : int
        New deals go in turn to so many homes, beginning with this one; 0 where none are dealt out.
    """

    stations: tuple[Station, ...]
    n_homes: int
    of_stage: Ints
    deal_home: Ints
    kind_home: Ints
    deal_rank: Ints
    by_value: bool
    are_standing: bool
    n_dealt: int
    first_turn: int

    @property
    def slots(self) -> Ints:
        """Return (station,) how many deals each holds at a time."""
        return np.array([station.slots for station in self.stations], np.int64)


def stations_of(
    case: Case, deals: tuple[Deal, ...], kinds: Sequence[Deal], walks: npt.NDArray[np.bool_]
) -> Stations | None:
    """Return the stations of a case, or None where nobody waits.

    `kinds` are stand-ins for new deals; `walks` tells which open deals are worked on.
    """
    capacity = case.capacity
    if capacity is None:
        return None
    names, slots, home = _homes(capacity, (*deals, *kinds))
    deal_home, kind_home = home[: len(deals)], home[len(deals) :]
    is_dealt = capacity.team is not None and capacity.team.queue == "own"
    standing = np.bincount(deal_home[walks & (deal_home >= 0)], minlength=len(names))
    kind: Kind = "team" if capacity.team else "owner"
    homes = [Station(kind, *row) for row in zip(names, slots, standing.tolist(), strict=True)]
    limited = [name for name in case.funnel.names if name in capacity.stages]
    at = [deal.stage for deal, walks_on in zip(deals, walks, strict=True) if walks_on]
    stages = [Station("stage", name, capacity.stages[name], at.count(name)) for name in limited]
    of_stage = [len(homes) + limited.index(n) if n in limited else NO_STATION for n in case.funnel.names]
    by_id = sorted(range(len(deals)), key=lambda d: deals[d].id)
    return Stations(
        stations=(*homes, *stages),
        n_homes=len(homes),
        of_stage=np.array(of_stage, np.int64),
        deal_home=deal_home,
        kind_home=np.full(len(kinds), IN_TURN) if is_dealt else kind_home,
        deal_rank=np.argsort(np.array(by_id, np.int64)),
        by_value=capacity.order == "value",
        are_standing=capacity.open_deals == "worked",
        n_dealt=len(homes) if is_dealt else 0,
        first_turn=len(deals) % len(homes) if is_dealt else 0,
    )


def _homes(capacity: Capacity, deals: tuple[Deal, ...]) -> tuple[list[str], list[int], Ints]:
    """Return names and slots of the homes, and (deal,) the home of each deal."""
    team = capacity.team
    if team is not None and team.queue == "shared":
        return ["team"], [team.people * team.deals_each], np.zeros(len(deals), np.int64)
    if team is not None:
        names = [f"person {n + 1}" for n in range(team.people)]
        return names, [team.deals_each] * team.people, np.arange(len(deals)) % team.people
    found = sorted({deal.owner for deal in deals}) if capacity.each_owner is not None else sorted(capacity.owners)
    limits = [capacity.owners.get(name, capacity.each_owner) for name in found]
    number = {name: i for i, name in enumerate(found)}
    homes = np.array([number.get(deal.owner, NO_STATION) for deal in deals], np.int64)
    return found, [limit for limit in limits if limit is not None], homes
