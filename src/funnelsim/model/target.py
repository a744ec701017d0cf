"""What the forecast is held against: targets, and what is signed already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from funnelsim.errors import InputError

Measure = Literal["bookings", "wins", "losses", "open_value"]
MEASURES: tuple[Measure, ...] = ("bookings", "wins", "losses", "open_value")
LARGEST_AMOUNT = 1e13
TargetMeasure = Literal["bookings", "wins"]


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
        if self.measure not in {"bookings", "wins"}:
            raise InputError.of(f"'{self.measure}' has no target; take bookings or wins", "measure")


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
