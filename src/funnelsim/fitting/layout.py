"""Cells of age in which daily chances are counted, and the coarse bins they are shrunk toward.

A cell is a day up to age 60; then cells widen by 6 % each, since old deals are few and age slowly. A stage whose wins
fall on a date that was stated beforehand is clocked by the days left to it as well.

The layout hangs on the number of stages alone, never on what happened, so that two histories which differ only in
their future are laid out alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import LOST, PARKED, WON, Cells

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
LAST_DAY_CELL = 60
GROWTH = 1.06
OLDEST = 1500
COARSE = (0, 1, 2, 3, 5, 8, 13, 21, 31, 46, 66, 91, 131, 181, 251, 351, 501, 701, 1001)
DUE = (1, 2, 4, 7, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
DATED_AGES = (0, 1, 2, 4, 8, 15, 31, 61, 121, 241)


def day_cells() -> Ints:
    """Return the first age of every cell of a stage clocked by age.

    Examples
    --------
    >>> day_cells()[[0, 1, 60, 61, 62]].tolist()
    [0, 1, 60, 61, 62]
    """
    first, width = list(range(LAST_DAY_CELL + 1)), 1.0
    while first[-1] < OLDEST:
        width *= GROWTH
        first.append(first[-1] + max(1, round(width)))
    return np.array(first, np.int64)


@dataclass(frozen=True)
class Layout:
    """Cells and exits of all stages.

    Parameters
    ----------
    n_stages : int
    is_dated : bool
        One stage, clocked by (days to its date, age).

    Examples
    --------
    >>> Layout(2).targets.tolist()
    [[-2, 1, -1], [-2, 0, -1]]
    """

    n_stages: int
    is_dated: bool = False

    @cached_property
    def targets(self) -> Ints:
        """Return (S, E) where each exit leads: lost first, then the other stages in order, then won."""
        if self.is_dated:
            return np.array([[LOST, WON]], np.int64)
        others = [[t for t in range(self.n_stages) if t != s] for s in range(self.n_stages)]
        return np.array([[LOST, *row, WON] for row in others], np.int64)

    @cached_property
    def ages(self) -> Ints:
        """Return the first age of every cell of age."""
        return np.array(DATED_AGES, np.int64) if self.is_dated else day_cells()

    @cached_property
    def dues(self) -> Ints:
        """Return the first number of days to the date of every cell of it; empty where age is the only clock."""
        return np.array(DUE if self.is_dated else (), np.int64)

    @property
    def n_cells(self) -> int:
        """Return how many cells a stage has; the cell of the date itself, if there is one, comes last."""
        return len(self.dues) * len(self.ages) + 1 if self.is_dated else len(self.ages)

    @cached_property
    def cells(self) -> Cells:
        """Return the layout as the recursion reads it."""
        n_due = len(self.dues)
        first_age = np.append(np.tile(self.ages, n_due), 0) if n_due else np.tile(self.ages, self.n_stages)
        first_due = np.append(np.repeat(self.dues, len(self.ages)), 0) if n_due else np.zeros_like(first_age)
        return Cells(
            target=self.targets,
            start=np.arange(self.n_stages + 1, dtype=np.int64) * self.n_cells,
            first_age=first_age.astype(np.int64),
            n_due=np.full(self.n_stages, n_due, np.int64),
            first_due=first_due.astype(np.int64),
            lead_start=np.zeros(self.n_stages + 1, np.int64),
            lead=np.zeros(0, np.int64),
        )

    @cached_property
    def age_cell(self) -> Ints:
        """Return the cell of each age; the last entry stands for all beyond it."""
        return (np.searchsorted(self.ages, np.arange(self.ages[-1] + 1), side="right") - 1).astype(np.int64)

    @cached_property
    def due_cell(self) -> Ints:
        """Return the cell of each number of days to the date; the last entry stands for all beyond it."""
        if not self.is_dated:
            return np.zeros(0, np.int64)
        cell = np.searchsorted(self.dues, np.arange(self.dues[-1] + 1), side="right") - 1
        return np.maximum(cell, 0).astype(np.int64)

    @cached_property
    def coarse_of_cell(self) -> Ints:
        """Return the coarse bin of each cell of age."""
        return (np.searchsorted(COARSE, self.ages, side="right") - 1).astype(np.int64)

    @cached_property
    def first_of_coarse(self) -> Ints:
        """Return the first cell of each coarse bin."""
        return np.searchsorted(self.coarse_of_cell, np.arange(len(COARSE))).astype(np.int64)

    @cached_property
    def is_advance(self) -> Bools:
        """Return (S, E) whether an exit leads forward or to won."""
        here = np.arange(self.n_stages)[:, None]
        return np.asarray((self.targets == WON) | (self.targets > here))

    def exit_of(self, stage: Ints, to: Ints) -> Ints:
        """Return the number of the exits of `stage` that lead `to`; -1 for none (open, parked)."""
        matches = self.targets[stage] == to[:, None]
        return np.where(matches.any(axis=1) & (to != PARKED), matches.argmax(axis=1), -1)

    def cell_of(self, stage: Ints, age: Ints, due: Ints) -> Ints:
        """Return the cells of visits of some age, `due` days before their date (read by dated layouts only)."""
        cell = self.cells.start[stage] + self.age_cell[np.minimum(age, len(self.age_cell) - 1)]
        if not self.is_dated:
            return np.asarray(cell)
        row = self.due_cell[np.clip(due, 0, len(self.due_cell) - 1)]
        return np.asarray(np.where(due <= 0, self.n_cells - 1, cell + row * len(self.ages)))
