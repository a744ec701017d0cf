"""Dates and stamps against `as_of`: 00:00 of that day in the case's timezone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from funnelsim.errors import InputError

_SECONDS_A_DAY = 86_400.0


@dataclass
class Clock:
    """The instant `as_of`, and how long before it something happened."""

    as_of: date
    timezone: str
    _zone: ZoneInfo = field(init=False)
    _now: float = field(init=False)

    def __post_init__(self) -> None:
        self._zone = zone_of(self.timezone)
        self._now = datetime.combine(self.as_of, time(), self._zone).timestamp()

    def age_days(self, entered: date) -> float:
        """Return days from `entered` to as_of: whole days for a date, fractions for a stamp."""
        if isinstance(entered, datetime):
            local = entered if entered.tzinfo else entered.replace(tzinfo=self._zone)
            age_days = (self._now - local.timestamp()) / _SECONDS_A_DAY
        else:
            age_days = float((self.as_of - entered).days)
        if age_days <= 0:
            raise InputError.of(
                f"{entered} is not before as_of {self.as_of} 00:00 ({self.timezone}), "
                "so it is not known yet; mend the date, or leave the deal out"
            )
        return age_days

    def is_known(self, stamp: date) -> bool:
        """Tell whether what bears this date or stamp was known at as_of."""
        try:
            return self.age_days(stamp) > 0
        except InputError:
            return False

    def local_day(self, stamp: date) -> date:
        """Return the calendar day of a date or stamp in the case's timezone."""
        if not isinstance(stamp, datetime):
            return stamp
        return (stamp.astimezone(self._zone) if stamp.tzinfo else stamp).date()


def zone_of(name: str) -> ZoneInfo:
    """Return the timezone of a name such as Asia/Shanghai."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError.of(
            f"'{name}' is no timezone; take a name such as Asia/Shanghai, Europe/Berlin or UTC", "timezone"
        ) from None


@dataclass
class DateReader:
    """Reads the dates of a table by its `date_format`, or as ISO 8601; each text once."""

    date_format: str | None
    _known: dict[str, date] = field(default_factory=dict)

    def __call__(self, text: str) -> date:
        """Return a date, or a stamp where the text holds a time."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._read(text)
        return found

    def _read(self, text: str) -> date:
        try:
            if self.date_format is None:
                return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
            stamp = datetime.strptime(text, self.date_format)
        except ValueError:
            expected = self.date_format or "year-month-day"
            raise InputError.of(f"'{text}' is no date in the form {expected}; mend it, or state date_format") from None
        has_time = any(code in self.date_format for code in ("%H", "%I", "%z", "%c", "%X", "%s"))
        return stamp if has_time else stamp.date()
