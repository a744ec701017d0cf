"""Figures as people write them: ``10%``, ``20 d``, ``6 weeks``, ``+5 points``, ``x1.2``.

What could mean two things is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any, Literal

from funnelsim.errors import InputError

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+"
_PERCENT = re.compile(rf"([+-]?(?:{_NUMBER}))\s*[%％]")
_DURATION = re.compile(rf"([+-]?(?:{_NUMBER}))\s*([^\W\d_]+)")
_POINTS = re.compile(rf"([+-])\s*({_NUMBER})\s*(?:points?|个百分点|百分点)")
_TIMES = re.compile(rf"[x×]\s*({_NUMBER})")
_LARGEST = 1e300  # compared before a conversion, which a larger whole number would break
_DAYS_PER = {
    **dict.fromkeys(("d", "day", "days", "天", "日"), 1.0),
    **dict.fromkeys(("w", "week", "weeks", "周", "星期"), 7.0),
    **dict.fromkeys(("h", "hour", "hours", "小时"), 1 / 24),
    **dict.fromkeys(("min", "minute", "minutes", "分钟"), 1 / 1440),
}
_UNEVEN = {
    "m",
    "mo",
    "month",
    "months",
    "月",
    "个月",
    "q",
    "quarter",
    "quarters",
    "季",
    "季度",
    "y",
    "year",
    "years",
    "年",
}


def shown(raw: Any) -> str:
    """Return a value as a message quotes it: short, and in the words of the file."""
    if isinstance(raw, dict):
        return "a mapping"
    if isinstance(raw, list):
        return "a list"
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return str(raw).lower()
    text = str(raw)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"'{text}'" if isinstance(raw, str) else text


def text(raw: Any) -> str:
    """Return a name or a label; a bare number is taken as its digits."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise InputError.of(f"found {shown(raw)}; write a text, in quotes if need be")
    if not str(raw).strip():
        raise InputError.of("found an empty text; write a name or remove the key")
    return str(raw).strip()


def prose(raw: Any) -> str:
    """Return a text of any length on one line."""
    return " ".join(text(raw).split())


def number(raw: Any) -> float:
    """Return a finite number; texts, yes and no are refused."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise InputError.of(f"found {shown(raw)}; write a plain number, such as 2685 or 0.5")
    if not -_LARGEST <= raw <= _LARGEST:
        raise InputError.of(f"found {shown(raw)}; write a finite number")
    return float(raw)


def price(raw: Any) -> float:
    """Return a number above 0."""
    value = number(raw)
    if not value > 0:
        raise InputError.of(f"{shown(raw)} must be above 0; leave it out where the cost is not known")
    return value


def whole(raw: Any) -> int:
    """Return a whole number; 1e5 is one."""
    value = number(raw)
    if value != int(value):
        raise InputError.of(f"found {raw}; write a whole number")
    return raw if isinstance(raw, int) else int(value)


def share(raw: Any) -> float:
    """Return a number that may be written in percent, whatever its size: ``0.95``, ``95%``, ``120%``."""
    found = _PERCENT.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found:
        return _hundredths(found[1])
    if isinstance(raw, str):
        raise InputError.of(f"found {shown(raw)}; write a number or a percentage, such as 0.95 or 95%")
    return number(raw)


def probability(raw: Any) -> float:
    """Return a probability: ``35%`` or a number from 0 to 1.

    Examples
    --------
    >>> probability("35%")
    0.35
    """
    try:
        value = share(raw)
    except InputError:
        raise InputError.of(f"found {shown(raw)}; write a percentage such as 35%, or a number from 0 to 1") from None
    if 0 <= value <= 1:
        return value
    if not isinstance(raw, str) and 2 <= value <= 100:
        raise InputError.of(f"{raw:g} is above 1; if it is a percentage, write {raw:g}%")
    raise InputError.of(f"{raw} is outside 0% to 100%; write a percentage such as 35%, or a number from 0 to 1")


def duration(raw: Any) -> float:
    """Return days from ``20 d``, ``6 weeks``, ``36 h``, ``5 min``, ``20 天``, ``6 周``.

    Examples
    --------
    >>> duration("6 weeks")
    42.0
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        raise InputError.of(f"{shown(raw)} of what? Write days, weeks or hours, such as 20 d")
    found = _DURATION.fullmatch(raw.strip()) if isinstance(raw, str) else None
    unit = found[2].lower() if found else ""
    if unit in _UNEVEN:
        raise InputError.of(f"{shown(raw)} has no fixed length; write days or weeks, such as 30 d or 13 weeks")
    if found is None or unit not in _DAYS_PER:
        raise InputError.of(f"found {shown(raw)}; write a duration such as 20 d, 6 weeks or 36 h")
    days = float(found[1]) * _DAYS_PER[unit]
    if not (isfinite(days) and days >= 0):
        raise InputError.of(f"{shown(raw)} must be 0 or more and finite")
    return days


def day(raw: Any) -> date:
    """Return a date written as 2026-10-01."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw.strip()):
        try:
            return date.fromisoformat(raw.strip())
        except ValueError:
            raise InputError.of(f"{shown(raw)} is not in the calendar") from None
    raise InputError.of(f"found {shown(raw)}; write a date as year-month-day, such as 2026-10-01")


def yes_or_no(raw: Any) -> bool:
    """Return a switch: yes, no, true or false."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in {"yes", "no", "true", "false"}:
        return raw.lower() in {"yes", "true"}
    raise InputError.of(f"found {shown(raw)}; write yes or no")


@dataclass(frozen=True)
class Change:
    """What a scenario does to a figure: add `amount` to a probability, or multiply by `amount`."""

    kind: Literal["points", "times"]
    amount: float


def change(raw: Any) -> Change | None:
    """Return the change that ``+5 points`` or ``x1.2`` asks for; None if `raw` is a new value."""
    if not isinstance(raw, str):
        return None
    if points := _POINTS.fullmatch(raw.strip()):
        amount = _hundredths(points[2])
        return Change("points", -amount if points[1] == "-" else amount)
    if times := _TIMES.fullmatch(raw.strip()):
        return Change("times", float(times[1]))
    return None


def _hundredths(digits: str) -> float:
    """Return digits / 100 rounded once: 55% is 0.55, not 0.55000000000000004."""
    return float(digits) / 100
