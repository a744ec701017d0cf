"""Which cases a sweep consists of: every combination of its axes, numbered, the last axis fastest.

A design is never unfolded: case n is worked out from its number, so a sweep of millions takes no more memory
than one of ten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from math import prod
from typing import Any

SCENARIO = "scenario"
BASE = "base"


@dataclass(frozen=True)
class Axis:
    """One axis: the columns it sets together, and one row of values for each of its points.

    Parameters
    ----------
    columns : tuple of str
        Dotted paths of the config, or ``scenario``.
    rows : tuple of tuple
        Values as the config would state them; one tuple per point, in the order of `columns`.
    places : tuple of str
        Where each row is written.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    places: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Point:
    """One case of a design: its number, and the value and place of every column."""

    number: int
    values: dict[str, Any]
    places: dict[str, str]

    @property
    def scenario(self) -> str | None:
        """Return the scenario of the config to put in first, if one is wanted."""
        name = self.values.get(SCENARIO, BASE)
        return None if name == BASE else str(name)

    @property
    def settings(self) -> tuple[tuple[str, Any, str], ...]:
        """Return (path, value, place) of everything to be set."""
        return tuple((name, value, self.places[name]) for name, value in self.values.items() if name != SCENARIO)


@dataclass(frozen=True)
class Design:
    """All combinations of some axes.

    Examples
    --------
    >>> axis = Axis("leads", ("sources.web.per_month",), ((8,), (10,)), ("sweep.yaml:4", "sweep.yaml:4"))
    >>> design = Design((axis,))
    >>> len(design), design.point(1).values
    (2, {'sources.web.per_month': 10})
    """

    axes: tuple[Axis, ...]

    def __len__(self) -> int:
        return prod(len(axis) for axis in self.axes)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what varies, axis by axis."""
        return tuple(column for axis in self.axes for column in axis.columns)

    def point(self, number: int) -> Point:
        """Return case `number`, counted from 0."""
        values: dict[str, Any] = {}
        places: dict[str, str] = {}
        for axis, row in zip(self.axes, self._rows_of(number), strict=True):
            values |= dict(zip(axis.columns, axis.rows[row], strict=True))
            places |= dict.fromkeys(axis.columns, axis.places[row])
        return Point(number, values, places)

    def single_steps(self) -> Iterator[tuple[Point, ...]]:
        """Yield, for each row of each axis, points that have it: the other axes at their first, middle and last row."""
        for moved, axis in enumerate(self.axes):
            for row in range(len(axis)):
                yield tuple(self._at(moved, row, share) for share in (0.0, 0.5, 1.0))

    def _at(self, moved: int, row: int, share: float) -> Point:
        number = 0
        for n, axis in enumerate(self.axes):
            number = number * len(axis) + (row if n == moved else round(share * (len(axis) - 1)))
        return self.point(number)

    @property
    def sha256(self) -> str:
        """Return a hash of what the design sets; where it is written does not count."""
        content = [[axis.name, axis.columns, axis.rows] for axis in self.axes]
        return sha256(json.dumps(content, ensure_ascii=False, default=str).encode()).hexdigest()

    def _rows_of(self, number: int) -> list[int]:
        rows = []
        for axis in reversed(self.axes):
            number, row = divmod(number, len(axis))
            rows.append(row)
        return rows[::-1]
