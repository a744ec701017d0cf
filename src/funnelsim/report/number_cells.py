"""Cells of a table turned back into numbers, so that a spreadsheet computes with the very figures people read."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIGURE = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})*|\d+)(\.\d+)?(%| .+)?")


@dataclass(frozen=True)
class NumberCell:
    """A number, rounded as it was shown, and the number format that shows it so."""

    value: float
    number_format: str


def number_cell(text: str) -> NumberCell | None:
    """Return a shown figure as a number; None for what is no single figure, such as "<0.03%" or "∞".

    Examples
    --------
    >>> number_cell("2,278"), number_cell("26.3%")
    (NumberCell(value=2278.0, number_format='#,##0'), NumberCell(value=0.263, number_format='0.0%'))
    >>> number_cell("483.8 万元 CNY").number_format, number_cell("+1.5").number_format
    ('#,##0.0" 万元 CNY"', '+#,##0.0;-#,##0.0;#,##0.0')
    >>> number_cell("<0.03%") is None
    True
    """
    found = _FIGURE.fullmatch(text)
    if found is None:
        return None
    sign, whole, part, unit = (piece or "" for piece in found.groups())
    value = float(f"{sign}{whole.replace(',', '')}{part}")
    if unit == "%":
        return NumberCell(round(value / 100, len(part) + 2), f"0{_zeros(part)}%")
    shape = f"#,##0{_zeros(part)}" + (f'"{unit.replace(chr(34), "")}"' if unit else "")
    return NumberCell(value, f"+{shape};-{shape};{shape}" if sign == "+" else shape)


def _zeros(part: str) -> str:
    return f".{'0' * (len(part) - 1)}" if part else ""
