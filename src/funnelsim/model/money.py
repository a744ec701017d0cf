"""Money: a currency and the unit all amounts of a case are counted in."""

from __future__ import annotations

from dataclasses import dataclass

from funnelsim.errors import InputError

UNITS: dict[str, int] = {
    "1": 1,
    "元": 1,
    "千元": 1_000,
    "K": 1_000,
    "万元": 10_000,
    "M": 1_000_000,
    "亿元": 100_000_000,
}


@dataclass(frozen=True)
class Money:
    """A currency (three capital letters) and a unit of it, such as CNY in 万元.

    Examples
    --------
    >>> Money("CNY", "万元").factor
    10000
    """

    currency: str
    unit: str = "1"

    def __post_init__(self) -> None:
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise InputError.of(
                f"'{self.currency}' is no currency; give its three capital letters, such as CNY or EUR",
                "currency",
            )
        if self.unit not in UNITS:
            raise InputError.of(f"'{self.unit}' is no unit; take one of {', '.join(UNITS)}", "unit")

    @property
    def factor(self) -> int:
        """Return how many of the currency make one unit."""
        return UNITS[self.unit]

    def __str__(self) -> str:
        return self.currency if self.unit == "1" else f"{self.unit} {self.currency}"
