"""A row of results as cells: deals that share a class, an amount and their shocks, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.nodes import Axes
from funnelsim.engine.program import Program

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MAX_AMOUNTS_PER_CLASS = 256
N_DEALS_KEPT_APART = 4_000


@dataclass(frozen=True)
class Book:
    """Cells of deals, sorted so that deals which share shocks lie together.

    Parameters
    ----------
    component, group : int array (cell,)
        Value of the outer and of the inner grouping's shock; 0 where there is none.
    class_ : int array (cell,)
    amount : array (cell,)
        In hundredths of the unit; whole numbers unless amounts were gathered.
    count : array (cell,)
        Number of deals; not whole where amounts were gathered.
    cell_of_deal : int array (deal,)
        Below 0 for a deal that is not in the row.
    is_gathered : bool
        Whether amounts of a large book were gathered at fewer values, means kept.
    """

    component: Ints
    group: Ints
    class_: Ints
    amount: Floats
    count: Floats
    cell_of_deal: Ints
    is_gathered: bool = False

    def spans(self) -> list[list[slice]]:
        """Return, per component and group, the run of its cells."""
        found: list[list[slice]] = []
        start = 0
        for end in range(1, len(self.count) + 1):
            if end < len(self.count) and (
                self.component[end] == self.component[start] and self.group[end] == self.group[start]
            ):
                continue
            if start == 0 or self.component[start] != self.component[start - 1]:
                found.append([])
            found[-1].append(slice(start, end))
            start = end
        return found

    def with_one_more(self, cell: int) -> Book:
        """Return the book with a cell of one deal put before `cell`, alike but for its chance."""
        return replace(
            self,
            component=np.insert(self.component, cell, self.component[cell]),
            group=np.insert(self.group, cell, self.group[cell]),
            class_=np.insert(self.class_, cell, self.class_[cell]),
            amount=np.insert(self.amount, cell, self.amount[cell]),
            count=np.insert(self.count, cell, 1.0),
        )


def book_of(program: Program, axes: Axes, row: int, *, counts_deals: bool, is_empty: bool = False) -> Book:
    """Return the cells of a row; each deal is worth 1 if `counts_deals`, its whole hundredths otherwise.

    `is_empty` leaves out all open deals, where only new business counts.
    """
    plan = program.arrays
    held = program.rows[row]
    members = np.array([i for i, deal in enumerate(program.deals) if not is_empty and held.holds(deal)], np.int64)
    class_ = plan.deal_class[members]
    factors = plan.lane_factor[plan.class_lane[class_]]
    zero = np.zeros(len(members), np.int64)
    component = factors[:, axes.outer] if axes.outer else zero
    group = factors[:, axes.inner] if axes.inner else zero
    amount = np.ones(len(members)) if counts_deals else np.floor(plan.deal_amount[members] + 0.5)
    keys = np.stack([component, group, class_, amount.astype(np.int64)], axis=1)
    found, of_deal, count = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    cell_of_deal = np.full(len(program.deals), -1, np.int64)
    cell_of_deal[members] = of_deal.ravel()
    return Book(found[:, 0], found[:, 1], found[:, 2], found[:, 3].astype(float), count.astype(float), cell_of_deal)


def gathered(book: Book) -> Book:
    """Return a large book with the amounts of each class shared out to fewer values, counts and means kept."""
    if len(book.count) <= N_DEALS_KEPT_APART:
        return book
    top = float(book.amount.max())
    grid = top * (np.arange(MAX_AMOUNTS_PER_CLASS + 1) / MAX_AMOUNTS_PER_CLASS) ** 2
    low = np.clip(np.searchsorted(grid, book.amount, side="right") - 1, 0, MAX_AMOUNTS_PER_CLASS - 1)
    share = (book.amount - grid[low]) / (grid[low + 1] - grid[low])
    keys = np.stack([book.component, book.group, book.class_], axis=1)
    both = np.concatenate([np.column_stack([keys, low]), np.column_stack([keys, low + 1])])
    found, where = np.unique(both, axis=0, return_inverse=True)
    count = np.bincount(where.ravel(), np.concatenate([book.count * (1 - share), book.count * share]), len(found))
    kept = count > 0
    cells = found[kept]
    return replace(
        book,
        component=cells[:, 0],
        group=cells[:, 1],
        class_=cells[:, 2],
        amount=grid[cells[:, 3]],
        count=np.asarray(count[kept], float),
        is_gathered=True,
    )
