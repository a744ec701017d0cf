"""What the forecast is held against: targets, and what is signed already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from funnelsim.errors import InputError

Measure = Literal[
    "bookings", "wins", "losses", "open_value", "new_deals", "bookings_from_open", "bookings_from_new",
    "wins_from_open", "wins_from_new", "customers", "cash",
]  # fmt: skip
MEASURES: tuple[Measure, ...] = get_args(Measure)
MONEY: frozenset[Measure] = frozenset({"bookings", "open_value", "bookings_from_open", "bookings_from_new", "cash"})
STOCKS: frozenset[Measure] = frozenset({"open_value", "customers"})  # told as they stand at a period's end
LARGEST_AMOUNT = 1e13
TargetMeasure = Literal["bookings", "wins", "cash"]


@dataclass(frozen=True)
class Target:
    """Reach `amount` (in the case's unit, or a count of wins) up to and including the day `by`.

    `by` None means the end of the horizon; `group` restricts it to deals with those values.
    """

    amount: float
    measure: TargetMeasure = "bookings"
    by: date | None = None
    group: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.amount <= LARGEST_AMOUNT:
            raise InputError.of(f"{self.amount:g} must be above 0 and at most {LARGEST_AMOUNT:.0e}", "amount")
        if self.measure not in get_args(TargetMeasure):
            raise InputError.of(f"'{self.measure}' has no target; take bookings, wins or cash", "measure")


@dataclass(frozen=True)
class Booked:
    """Money already signed in the current period, since the day `since` (the config's `from`)."""

    amount: float
    since: date
    wins: int = 0
    group: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= LARGEST_AMOUNT:
            raise InputError.of(f"{self.amount:g} must be 0 or more and at most {LARGEST_AMOUNT:.0e}", "amount")
        if self.wins < 0:
            raise InputError.of(f"{self.wins} wins; give 0 or more", "wins")
