"""Cells and exits of fitted stages: each age has one cell, each exit one number, the ends included."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.engine.kernel.plan import LOST, PARKED, WON
from funnelsim.engine.kernel.recursion import cell_of
from funnelsim.fitting.layout import COARSE, DATED_AGES, DUE, Layout, day_cells
from funnelsim.history.record import NEVER


def test_cells_are_days_up_to_sixty_and_widen_after() -> None:
    first = day_cells()
    assert first[:61].tolist() == list(range(61))
    widths = np.diff(first)
    assert (widths[60:] >= widths[59:-1]).all()
    # a cell is 6 % wider than the one before it, up to a day of rounding
    assert np.abs(widths[70:] - 1.06 ** np.arange(11, len(widths) - 59)).max() <= 0.5 + 1e-9
    assert first[-1] >= 1500


@pytest.mark.parametrize("layout", [Layout(1), Layout(4), Layout(1, is_dated=True)], ids=["one", "four", "dated"])
def test_a_visit_is_counted_in_the_cell_that_the_recursion_reads(layout: Layout) -> None:
    ages = np.array([0, 1, 2, 59, 60, 61, 62, 63, 120, 240, 241, 1499, 1500, 1501, 99_999])
    dues = np.array([-400, -1, 0, 1, 2, 3, 4, 29, 30, 364, 365, 366, 5_000, NEVER])
    for stage in range(layout.n_stages):
        age, due = (x.ravel() for x in np.meshgrid(ages, dues))
        counted = layout.cell_of(np.full(len(age), stage), age, due)
        read = [cell_of(layout.cells, stage, int(a), int(d)) for a, d in zip(age, due, strict=True)]
        assert counted.tolist() == read
        assert counted.min() >= layout.cells.start[stage]
        assert counted.max() < layout.cells.start[stage + 1]


def test_cells_of_a_dated_stage_are_dates_by_ages_and_the_date_itself() -> None:
    layout = Layout(1, is_dated=True)
    assert layout.n_cells == len(DUE) * len(DATED_AGES) + 1
    zero = np.zeros(1, np.int64)
    assert layout.cell_of(zero, np.array([7]), np.array([0])).tolist() == [layout.n_cells - 1]
    # seven days to go and seven days old: rows of dates 1, 2, 4, 7, ages 0, 1, 2, 4, 8
    assert layout.cell_of(zero, np.array([7]), np.array([7])).tolist() == [3 * len(DATED_AGES) + 3]


def test_every_stage_leads_to_lost_to_each_other_stage_and_to_won() -> None:
    assert Layout(3).targets.tolist() == [[LOST, 1, 2, WON], [LOST, 0, 2, WON], [LOST, 0, 1, WON]]
    assert Layout(1).targets.tolist() == [[LOST, WON]]
    assert Layout(3).is_advance.tolist() == [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]


def test_exits_have_the_number_of_their_target_and_none_where_there_is_none() -> None:
    layout = Layout(3)
    stage, to = (x.ravel() for x in np.meshgrid(np.arange(3), np.array([WON, LOST, PARKED, 0, 1, 2])))
    for s, t, e in zip(stage, to, layout.exit_of(stage, to), strict=True):
        if t in (PARKED, s):
            assert e == -1  # still open, or begun anew where it stands: no exit
        else:
            assert layout.targets[s, e] == t


@pytest.mark.parametrize("layout", [Layout(2), Layout(1)])
def test_each_cell_lies_within_its_coarse_bin(layout: Layout) -> None:
    edges = np.append(COARSE, np.iinfo(np.int64).max)
    low, high = edges[layout.coarse_of_cell], edges[layout.coarse_of_cell + 1]
    assert ((low <= layout.ages) & (layout.ages < high)).all()
    assert (layout.coarse_of_cell[layout.first_of_coarse] == np.arange(len(COARSE))).all()
