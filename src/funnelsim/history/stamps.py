"""Dates and times as people export them -> days of the history's time zone, and instants to sort by.

A stamp is read year first (2026-03-05, 2026/3/5 9:30, 2026年3月5日, with or without an offset such as Z or +08:00),
or by the part's `date_format`. Nothing that could be another day as well is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd

from funnelsim.errors import InputError, Problem
from funnelsim.history.frames import Frame
from funnelsim.history.record import NEVER, Floats, Ints

T = TypeVar("T")
EMPTY = np.iinfo(np.int64).max
EPOCHS = {"epoch_ms": 1_000, "epoch_s": 1_000_000}
Mask = npt.NDArray[np.bool_]
_PER_DAY = 86_400_000_000
_FIRST, _FAR = -25_567 * _PER_DAY, 2_932_894 * _PER_DAY  # 1900-01-01, and two days before the year 10000
_STRICT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_LOOSE = re.compile(
    r"([0-9]{4})([-/.年])([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?\s*(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_OFFSET = r":[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})$"


@dataclass(frozen=True)
class Stamps:
    """A column of stamps; arrays of shape (row,).

    Parameters
    ----------
    at : int array
        Microseconds since 1970-01-01 UTC; `EMPTY` where nothing is written.
    day : int array
        Days in the history's time zone; `NEVER` where nothing is written.
    n_zoned, n_local : int
        How many stated a zone, and how many a time without one.
    """

    at: Ints
    day: Ints
    n_zoned: int = 0
    n_local: int = 0

    @property
    def is_there(self) -> Mask:
        """Return where something is written."""
        found: Mask = self.at != EMPTY
        return found

    def rows(self, chosen: Any) -> Stamps:
        """Return some of the rows, by a mask or by row numbers."""
        return Stamps(self.at[chosen], self.day[chosen])

    def where(self, is_kept: Mask, other: Stamps) -> Stamps:
        """Return these stamps where a mask says so, others elsewhere."""
        return Stamps(np.where(is_kept, self.at, other.at), np.where(is_kept, self.day, other.day))

    def then(self, other: Stamps) -> Stamps:
        """Return these stamps and others after them."""
        return Stamps(np.append(self.at, other.at), np.append(self.day, other.day))

    def as_numbers(self) -> Floats:
        """Return the days as numbers; not a number where nothing is written."""
        return np.where(self.is_there, self.day, np.nan)

    @classmethod
    def of_numbers(cls, days: Floats, known: Stamps) -> Stamps:
        """Return stamps with these days; their instants are those known, else the beginning of the day in UTC."""
        is_there = np.isfinite(days)
        day = np.where(is_there, np.nan_to_num(days), NEVER).astype(np.int64)
        at = np.where(is_there, np.where(known.is_there, known.at, day * _PER_DAY), EMPTY)
        return cls(at, day)


def midnight(day: Ints, home: str) -> Stamps:
    """Return the beginnings of days in a time zone."""
    naive = pd.Series((day * _PER_DAY).astype("datetime64[us]"))
    aware = _localized(naive, zone(home))
    return Stamps(_microseconds(aware.dt.tz_convert("UTC").dt.tz_localize(None)), day.astype(np.int64))


def rows_of(table: T, chosen: Any) -> T:
    """Return some rows of a dataclass of arrays and stamps, by a mask or by row numbers."""
    columns = {one.name: getattr(table, one.name) for one in fields(table)}  # type: ignore[arg-type]
    return type(table)(**{k: v.rows(chosen) if isinstance(v, Stamps) else v[chosen] for k, v in columns.items()})


def no_stamps(n: int) -> Stamps:
    """Return a column in which nothing is written."""
    return Stamps(np.full(n, EMPTY, np.int64), np.full(n, NEVER, np.int64))


def zone(name: str) -> ZoneInfo:
    """Return the time zone of a name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError.of(f"'{name}' is no time zone; take a name such as Asia/Shanghai or UTC", "zone") from None


def read_stamps(frame: Frame, name: str, home: str) -> Stamps:
    """Return a column of a table as stamps in the time zone `home`.

    Raises
    ------
    InputError
        If a cell is no date, no date of the calendar, or could be two days; with ``file:line`` and the remedy.
    """
    text = frame.text(name)
    is_filled = (text != "").to_numpy(bool)
    at, day = np.full(len(text), EMPTY, np.int64), np.full(len(text), NEVER, np.int64)
    filled = text[is_filled]
    reader = _Reader(zone(frame.part.zone or home), zone(home))
    form = frame.part.date_format
    if form in EPOCHS:
        moments, days, is_read = reader.epochs(filled, EPOCHS[form])
    elif form:
        moments, days, is_read = reader.by_format(filled, form)
    else:
        moments, days, is_read = reader.year_first(filled)
    problems = list(_problems(filled[~is_read], frame, name))
    if problems:
        raise InputError(problems)
    at[is_filled], day[is_filled] = moments, days
    return Stamps(at, day, reader.n_zoned, reader.n_local)


Read = tuple[Ints, Ints, Mask]


@dataclass
class _Reader:
    """Turns texts into instants and days; `local` is the zone of stamps that state none."""

    local: ZoneInfo
    home: ZoneInfo
    n_zoned: int = 0
    n_local: int = 0

    def epochs(self, text: pd.Series[str], microseconds: int) -> Read:
        is_read = text.str.fullmatch(r"-?[0-9]{1,15}(?:\.0+)?").to_numpy(bool)
        numbers = pd.to_numeric(text[is_read]).to_numpy(np.float64)
        moments = np.minimum((numbers * microseconds).astype(np.int64), _FAR)
        is_late = moments >= _FIRST
        is_read = _among(is_read, is_late)
        found = pd.Series(pd.to_datetime(moments[is_late], unit="us", utc=True))
        return self._together([(is_read, self._zoned(found))], len(text))

    def by_format(self, text: pd.Series[str], form: str) -> Read:
        has_zone = "%z" in form
        found = _within_reach(pd.to_datetime(text, format=form, errors="coerce", utc=has_zone))
        is_read = found.notna().to_numpy(bool)
        has_time = any(code in form for code in ("%H", "%I", "%c", "%X"))
        read = self._zoned(found[is_read]) if has_zone else self._unzoned(found[is_read], has_time)
        return self._together([(is_read, read)], len(text))

    def year_first(self, text: pd.Series[str]) -> Read:
        """Return stamps written year first; those in loose form are first written strictly."""
        is_strict = text.str.fullmatch(_STRICT).to_numpy(bool)
        if not is_strict.all():
            loose = pd.Series([_strict(one) for one in text[~is_strict]], text.index[~is_strict], dtype="str")
            text = text.where(is_strict, loose)
            is_strict = (text != "").to_numpy(bool)
        is_zoned = is_strict & text.str.contains(_OFFSET).to_numpy(bool)
        is_date = is_strict & (text.str.len() == 10).to_numpy(bool)
        parts = []
        for is_chosen, has_zone, has_time in (
            (is_zoned, True, True),
            (is_date, False, False),
            (is_strict & ~is_zoned & ~is_date, False, True),
        ):
            found = _within_reach(pd.to_datetime(text[is_chosen], format="ISO8601", errors="coerce", utc=has_zone))
            is_there = found.notna().to_numpy(bool)
            found = found[is_there]
            parts.append(
                (_among(is_chosen, is_there), self._zoned(found) if has_zone else self._unzoned(found, has_time))
            )
        return self._together(parts, len(text))

    def _zoned(self, found: pd.Series[pd.Timestamp]) -> tuple[Ints, Ints]:
        self.n_zoned += len(found)
        return _microseconds(found.dt.tz_localize(None)), self._days(found)

    def _unzoned(self, found: pd.Series[pd.Timestamp], has_time: bool) -> tuple[Ints, Ints]:
        """Return stamps of the local zone; a bare date is that day in whatever zone."""
        if not has_time:
            days = np.floor_divide(_microseconds(found), _PER_DAY)
            aware = _localized(found, self.home)
            return _microseconds(aware.dt.tz_convert("UTC").dt.tz_localize(None)), days
        self.n_local += len(found)
        aware = _localized(found, self.local)
        return _microseconds(aware.dt.tz_convert("UTC").dt.tz_localize(None)), self._days(aware)

    def _days(self, aware: pd.Series[pd.Timestamp]) -> Ints:
        return np.floor_divide(_microseconds(aware.dt.tz_convert(self.home).dt.tz_localize(None)), _PER_DAY)

    @staticmethod
    def _together(parts: list[tuple[Mask, tuple[Ints, Ints]]], n: int) -> Read:
        """Return instants and days of the rows that were read, and which those are."""
        at, day = np.full(n, EMPTY, np.int64), np.full(n, NEVER, np.int64)
        is_read = np.zeros(n, bool)
        for rows, (moments, days) in parts:
            at[rows], day[rows] = moments, days
            is_read |= rows
        return at, day, is_read


def _among(rows: Mask, is_kept: Mask) -> Mask:
    """Return the rows of a mask that a second mask, of these rows alone, keeps."""
    found = np.zeros(len(rows), bool)
    found[np.flatnonzero(rows)[is_kept]] = True
    return found


def _microseconds(naive: pd.Series[pd.Timestamp]) -> Ints:
    found: Ints = naive.to_numpy().astype("datetime64[us]").astype(np.int64)
    return found


def _within_reach(found: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    """Return stamps without those before 1900, and with those after year 9999's last days, where no zone reaches."""
    zone_of_all = found.dt.tz
    first, far = (pd.Timestamp(one, unit="us", tz=zone_of_all) for one in (_FIRST, _FAR))
    found = found.where(found >= first)
    return found.where(~(found > far), far)


def _localized(naive: pd.Series[pd.Timestamp], place: ZoneInfo) -> pd.Series[pd.Timestamp]:
    """Return local times as instants; of an hour that came twice the first, of one that never came the next."""
    return naive.dt.tz_localize(place, ambiguous=np.ones(len(naive), bool), nonexistent="shift_forward")


def _strict(text: str) -> str:
    """Return a stamp in strict form, or nothing if it is not written year first."""
    found = _LOOSE.fullmatch(text)
    if not found:
        return ""
    year, _, month, day, hour, minute, second, fraction, offset = found.groups()
    written = f"{year}-{int(month):02}-{int(day):02}"
    if hour is None:
        return written
    written += f" {int(hour):02}:{minute}:{second or '00'}.{(fraction or '0')[:6]}"
    offset = {"UTC": "Z", None: ""}.get(offset, offset)
    return written + (f"{offset}:00" if len(offset) == 3 else offset)


def _problems(bad: pd.Series[str], frame: Frame, name: str) -> Iterator[Problem]:
    """Yield one problem for each way in which cells of a column are wrong, at the first such row."""
    told: dict[str, tuple[int, str, int]] = {}
    for row, text in bad.items():
        why = _why(text, frame.part.date_format)
        first, example, n = told.get(why, (int(str(row)), text, 0))
        told[why] = first, example, n + 1
    for why, (row, text, n) in told.items():
        shown = text if len(text) <= 40 else text[:37] + "..."
        more = f" ({n:,} such cells)" if n > 1 else ""
        yield Problem((frame.part.kind, name), f"'{shown}' {why}{more}", frame.place(row))


def _why(text: str, form: str) -> str:
    if form:
        return f"is no date in the form {form}; mend it, or the date_format"
    return next((told for pattern, told in _REASONS if re.fullmatch(pattern, text)), _NO_DATE)


_NO_DATE = "is no date written year first; mend it, or state its date_format"
_REASONS = (
    (
        r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}(?:\D.*)?",
        "does not say which is the day and which the month; state date_format: '%d/%m/%Y', '%m/%d/%Y' or the like",
    ),
    (
        r"[2-6][0-9]{4}(?:\.[0-9]+)?",
        "looks like a day number of Excel; give the column a date format there and save again",
    ),
    (r"[0-9]{12,13}", "looks like milliseconds since 1970; then state date_format: epoch_ms"),
    (r"[0-9]{9,10}", "looks like seconds since 1970; then state date_format: epoch_s"),
    (r"(?:0|1[0-8])[0-9]{2,3}[-/.年].*", "lies before 1900; mend it, or leave the cell empty"),
    (_LOOSE, "is not in the calendar"),
)
