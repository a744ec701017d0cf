"""How many deals stood in each cell on each day of a history: the exposure that rates are counted against."""

from __future__ import annotations

from funnelsim.engine.kernel.compiling import entry


@entry
def tally(cell_start, age_cell, due_cell, n_age_cells, stage, entered, first, last, due, first_day, at_risk):
    """Add every visit to `at_risk` (day, cell), on each day from `first` to `last` that it was there.

    `age_cell` and `due_cell` give the cell of an age and of the days to the date, the last entry for all beyond;
    `due` is the day of the date, and without dates `due_cell` has length 0.
    """
    oldest, furthest = len(age_cell) - 1, len(due_cell) - 1
    for v in range(len(stage)):
        for day in range(first[v], last[v] + 1):
            cell = cell_start[stage[v]] + age_cell[min(day - entered[v], oldest)]
            if furthest >= 0:
                cell += due_cell[min(due[v] - day, furthest)] * n_age_cells
            at_risk[day - first_day, cell] += 1
