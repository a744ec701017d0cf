"""Figures between two figures written alike: 5% to 15%, 20 d to 40 d, -3 points to +5 points, x0.9 to x1.1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from funnelsim.config.figures import shown
from funnelsim.errors import InputError

_FIGURE = re.compile(r"\s*([x×]?)\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_DIGITS = 12


@dataclass(frozen=True)
class Ramp:
    """What lies between two figures: their common form, and the numbers at the ends."""

    before: str
    low: float
    high: float
    after: str

    def at(self, share: float) -> Any:
        """Return the figure a share of the way from the low end to the high one, as a config states it.

        Examples
        --------
        >>> ramp("5%", "15%").at(0.5), ramp(8, 12).at(0.25), ramp("-3 points", "+5 points").at(1)
        ('10%', 9, '+5 points')
        """
        value = float(f"{self.low + share * (self.high - self.low):.{_DIGITS}g}")
        if not self.before and not self.after:
            return int(value) if value.is_integer() else value
        is_change = "point" in self.after or "百分点" in self.after
        sign = "+" if is_change and value >= 0 else ""
        gap = "" if self.after in {"", "%", "％"} else " "
        return f"{self.before}{sign}{value:.{_DIGITS}g}{gap}{self.after}"


def ramp(low: Any, high: Any) -> Ramp:
    """Return what lies between two figures.

    Raises
    ------
    InputError
        If one is no figure, or they are not written alike.
    """
    (before, first, after), (before_high, last, after_high) = _parts(low), _parts(high)
    if (before, after) != (before_high, after_high):
        raise InputError.of(f"from {shown(low)} to {shown(high)}: write both in the same form, such as 5% and 15%")
    return Ramp(before, first, last, after)


def evenly(low: float, high: float, n: int) -> list[float]:
    """Return `n` values from `low` to `high`, both ends among them; of one the low end."""
    return [low + (high - low) * i / (n - 1) for i in range(n)] if n > 1 else [low]


def _parts(raw: Any) -> tuple[str, float, str]:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise InputError.of(f"found {shown(raw)}; write a figure such as 10, 5% or 20 d")
    found = _FIGURE.fullmatch(str(raw))
    if found is None:
        raise InputError.of(f"found {shown(raw)}; write a figure such as 10, 5% or 20 d")
    return found[1], float(found[2]), found[3]
