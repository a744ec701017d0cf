"""The open pipeline: the deals on the table at `as_of`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import NamedTuple

from funnelsim.errors import InputError, Problem


class Deal(NamedTuple):
    """One open deal.

    Parameters
    ----------
    amount : float
        Quoted amount in the case's unit.
    age_days : float
        Days since it entered its present stage.
    win_rate : float, optional
        Its own chance of being won, as of now; None if the stage's figure holds.
    expected_close : date, optional
        Kept and shown.
    evidence : float
        Shift of the log odds of its win rate, its own or its stage's at its age (M12.5); 0 where nothing is known.
    """

    id: str
    stage: str
    amount: float
    age_days: float = 0.0
    owner: str = ""
    segment: str = ""
    source: str = ""
    win_rate: float | None = None
    expected_close: date | None = None
    evidence: float = 0.0


@dataclass(frozen=True)
class Pipeline:
    """The open deals, ids all different; none where all business is new.

    Raises
    ------
    InputError
        For a repeated id, or a figure out of range; `path` is ("pipeline", number of the deal).
    """

    deals: tuple[Deal, ...]

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problem.under("pipeline") for problem in problems)

    def __len__(self) -> int:
        return len(self.deals)

    def _problems(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for i, deal in enumerate(self.deals):
            if deal.id in seen:
                yield Problem((i, "id"), f"deal '{deal.id}' appears twice; ids must differ")
            seen.add(deal.id)
            if not (isfinite(deal.amount) and deal.amount >= 0):
                yield Problem((i, "amount"), f"amount {deal.amount} of deal '{deal.id}' must be 0 or more and finite")
            if not (isfinite(deal.age_days) and deal.age_days >= 0):
                yield Problem((i, "age"), f"age {deal.age_days} days of deal '{deal.id}' must be 0 or more")
            if deal.win_rate is not None and not 0 <= deal.win_rate <= 1:
                yield Problem((i, "win_rate"), f"win rate {deal.win_rate:g} of deal '{deal.id}' is outside 0..1")
            if not isfinite(deal.evidence):
                yield Problem((i, "evidence"), f"evidence {deal.evidence} of deal '{deal.id}' must be finite")
