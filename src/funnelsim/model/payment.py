"""Payment: how a won deal turns into cash (model page, M7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from funnelsim.errors import InputError, Problem
from funnelsim.model.law import Law

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_END = "month_end"
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Instalment:
    """A share of what was signed, due a law of days after the signature or after the instalment before it.

    `never` is the chance that it is never paid and written off on the day it was due.
    """

    share: float
    lag: Law
    after: Literal["signing", "previous"] = "signing"
    never: float = 0.0

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        if not 0 < self.share <= 1:
            yield Problem(("share",), f"{self.share:g} is outside 0..1 (0 excluded)")
        if not 0 <= self.never <= 1:
            yield Problem(("never",), f"{self.never:g} is outside 0..1")


@dataclass(frozen=True)
class Payment:
    """Instalments whose shares add up to one, and the days on which customers pay.

    Parameters
    ----------
    pays_on : tuple of str
        Names of weekdays, or ``month_end``; empty for any day. Money that is due waits for the next such day.
    never : float
        Chance that a won deal pays nothing at all: each instalment is written off on its day.

    Raises
    ------
    InputError
        If shares do not add up to one, or a day has no such name.
    """

    instalments: tuple[Instalment, ...]
    pays_on: tuple[str, ...] = ()
    never: float = 0.0

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        total = sum(instalment.share for instalment in self.instalments)
        if not abs(total - 1.0) <= _TOLERANCE:
            yield Problem(("instalments",), f"shares add up to {total:.6g}, not 1; mend one of them")
        if self.instalments and self.instalments[0].after == "previous":
            yield Problem(
                ("instalments", 0, "after"), "nothing comes before the first instalment; write after: signing"
            )
        if not 0 <= self.never <= 1:
            yield Problem(("never",), f"{self.never:g} is outside 0..1")
        allowed = (*WEEKDAYS, MONTH_END)
        for i, day in enumerate(self.pays_on):
            if day not in allowed:
                yield Problem(("pays_on", i), f"'{day}' is no payment day; take {', '.join(allowed)}")

    def pays_at(self, day: date) -> bool:
        """Tell whether money comes in on a calendar day."""
        if not self.pays_on:
            return True
        is_month_end = (day + timedelta(days=1)).day == 1
        return WEEKDAYS[day.weekday()] in self.pays_on or (MONTH_END in self.pays_on and is_month_end)
