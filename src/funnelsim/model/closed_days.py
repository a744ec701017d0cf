"""Days on which a company says it stands still: holidays and weekends, known beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from funnelsim.errors import InputError, Problem

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_RUN_DAYS = 366
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class ClosedDays:
    """Closed days, as somebody stated them.

    Parameters
    ----------
    runs : tuple of (date, date)
        First and last day of each closure; a single day is its own first and last.
    weekend : tuple of int
        Weekdays on which every week is closed, Monday 0.

    Raises
    ------
    InputError
        If a run ends before it begins, is longer than 366 days or lies outside 1900 to 2200, or no weekday is open.

    Examples
    --------
    >>> christmas = ClosedDays(((date(2026, 12, 24), date(2026, 12, 26)),), weekend=(5, 6))
    >>> christmas.holds(date(2026, 12, 25)), christmas.holds(date(2026, 12, 28))
    (True, False)
    >>> christmas.holds(date(2026, 12, 27))
    True
    """

    runs: tuple[tuple[date, date], ...] = ()
    weekend: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        problems = [Problem(("closed", i), told) for i, run in enumerate(self.runs) if (told := _wrong_with(*run))]
        if len(set(self.weekend)) == len(WEEKDAYS):
            problems.append(Problem(("weekend",), "no day of the week is open; leave one out at least"))
        if problems:
            raise InputError(problems)

    def __bool__(self) -> bool:
        return bool(self.runs or self.weekend)

    def holds(self, day: date) -> bool:
        """Tell whether a day is closed."""
        return day.weekday() in self.weekend or any(first <= day <= last for first, last in self.runs)


ALWAYS_OPEN = ClosedDays()


def _wrong_with(first: date, last: date) -> str:
    if last < first:
        return f"{first}..{last} ends before it begins; write FROM..TO"
    n_days = (last - first).days + 1
    if n_days > LONGEST_RUN_DAYS:
        return f"{first}..{last} are {n_days} days, and a closure is {LONGEST_RUN_DAYS} at most; mend a year"
    if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
        return f"{first}..{last} is outside {FIRST_YEAR} to {LAST_YEAR}; mend the year"
    return ""
