"""The calendar of a forecast: which periods follow `as_of` (model page, M0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from funnelsim.errors import InputError

Span = Literal["week", "month", "quarter", "year"]
SPANS: tuple[Span, ...] = ("week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """A calendar bucket: `start` inclusive, `end` exclusive."""

    label: str
    start: date
    end: date


@dataclass(frozen=True)
class Horizon:
    """How far a forecast looks: `n_periods` calendar periods, or without limit when it is None.

    Period 1 runs from as_of to the end of the calendar period that contains it, and counts as one.

    Examples
    --------
    >>> [p.label for p in Horizon(2, "quarter").periods(date(2026, 10, 1))]
    ['2026Q4', '2027Q1']
    """

    n_periods: int | None = None
    of: Span = "quarter"
    fiscal_start: int = 1

    def __post_init__(self) -> None:
        if self.n_periods is not None and not 1 <= self.n_periods <= 1200:
            raise InputError.of(f"{self.n_periods} periods; give 1 to 1200", "horizon", "periods")
        if self.of not in SPANS:
            raise InputError.of(f"'{self.of}' is no period; take one of {', '.join(SPANS)}", "horizon", "of")
        if not 1 <= self.fiscal_start <= 12:
            raise InputError.of(f"month {self.fiscal_start}; give 1 to 12", "horizon", "fiscal_start")

    @property
    def is_unlimited(self) -> bool:
        """Return whether the forecast waits for every deal to end."""
        return self.n_periods is None

    def periods(self, as_of: date) -> tuple[Period, ...]:
        """Return the periods that follow `as_of`; none if the horizon is unlimited."""
        found: list[Period] = []
        start = as_of
        for _ in range(self.n_periods or 0):
            end = self._end_of_period_with(start)
            found.append(Period(self._label(start), start, end))
            start = end
        return tuple(found)

    def current_period_start(self, as_of: date) -> date:
        """Return the first day of the calendar period that contains `as_of`."""
        if self.of == "week":
            return as_of - timedelta(days=as_of.weekday())
        n_months = _MONTHS[self.of]
        into = (as_of.month - self.fiscal_start) % n_months
        return _add_months(as_of.replace(day=1), -into)

    def _end_of_period_with(self, day: date) -> date:
        first = self.current_period_start(day)
        return first + timedelta(days=7) if self.of == "week" else _add_months(first, _MONTHS[self.of])

    def _label(self, day: date) -> str:
        if self.of == "week":
            iso = day.isocalendar()
            return f"{iso.year}W{iso.week:02d}"
        if self.of == "month":
            return f"{day.year}-{day.month:02d}"
        fiscal_year_start = _add_months(day.replace(day=1), -((day.month - self.fiscal_start) % 12))
        year = f"FY{fiscal_year_start.year}" if self.fiscal_start != 1 else str(day.year)
        if self.of == "year":
            return year
        return f"{year}Q{(day.month - self.fiscal_start) % 12 // 3 + 1}"


def _add_months(first_of_month: date, n_months: int) -> date:
    index = first_of_month.year * 12 + first_of_month.month - 1 + n_months
    return date(index // 12, index % 12 + 1, 1)
