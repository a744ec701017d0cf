"""The recursion over stage, age and day, against a walk over all futures in plain Python, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.engine.kernel.plan import LOST, WON
from funnelsim.engine.recursion import (
    SIDE_BY_SIDE,
    Asked,
    age_cells,
    end_chances,
    entry_chances,
    no_calendar,
    win_chances,
)
from tests.engine.daily_funnels import arrays_of, random_calendar, random_funnel
from tests.engine.twin_daily import Futures

BOUNDS = [1, 2, 17, 45]
FACTORS = [(1.0, 1.0), (np.exp(0.4) * 0.97, np.exp(-0.4)), (np.exp(-1.1), np.exp(1.1))]
STANDING = [(0, 0, 0), (0, 3, 0), (1, 0, 0), (1, 29, 0), (2, 7, 0), (3, 0, 12), (3, 40, 3), (3, 200, 0)]


@pytest.mark.parametrize("with_calendar", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_the_recursion_is_the_sum_over_all_futures(seed, with_calendar):
    stages, names = random_funnel(seed, returns=seed % 2 == 0, dated=seed % 3 == 0)
    cells, chance = arrays_of(stages, names)
    plain, calendar = {}, None
    if with_calendar:
        plain, calendar = random_calendar(seed, stages, cells, BOUNDS[-1])
    else:  # alike, but closed days in half of the cases
        calendar = random_calendar(seed, stages, cells, BOUNDS[-1])[1]
        kinds = np.minimum(calendar.kind_of_day, 0) * (seed % 4 < 2)
        calendar = calendar._replace(multiplier=np.ones((1, *cells.target.shape)), kind_of_day=kinds)
    closed = set(np.flatnonzero(calendar.kind_of_day < 0))
    standing = np.array([(0, stage, age, due) for stage, age, due in STANDING])
    days = [(0, 0, 1), (1, 5, 1), (3, 30, 1), (0, 40, 10)]
    asked = Asked(np.array(BOUNDS), np.array([0]), standing, np.array([(0, *row) for row in days]))
    factor = np.array(FACTORS)[None, :, None]
    for outcome, name in ((WON, "won"), (LOST, "lost")):
        stood, entered = end_chances(cells, chance, calendar, asked, factor, outcome)
        for m, (advancing, losing) in enumerate(FACTORS):
            futures = Futures(stages, names, advancing, losing, plain, closed)
            for c, (stage, age, due) in enumerate(STANDING):
                expected = futures.chance(name, stage, age, BOUNDS, due)
                assert stood[0, m, c] == pytest.approx(expected, abs=1e-12), (name, stage, age)
            for a, (stage, first, n) in enumerate(days):
                if stage == 3 and "due" in stages[3]:
                    continue
                expected = np.mean([futures.chance(name, stage, 0, BOUNDS, 0, d) for d in range(first, first + n)], 0)
                assert entered[0, m, a] == pytest.approx(expected.tolist(), abs=1e-12), (name, stage, first)


def test_atoms_that_both_exits_share_leave_30_percent_won():
    """One stage, P(won) .3, all stays of 10 or 20 days: at each atom the exits split what is left 3 to 7."""
    cells = age_cells([[LOST, WON]], [[0, 10, 11, 20, 21]])
    chance = np.zeros((1, 1, 5, 2))
    chance[0, 0, 1] = [0.35, 0.15]
    chance[0, 0, 3] = [0.7, 0.3]
    found = win_chances(cells, chance, np.array([[0, 0, 0, 0]]), [10, 11, 20, 21, 500])[0, 0, 0]
    assert found == pytest.approx([0.0, 0.15, 0.15, 0.3, 0.3], abs=1e-14)


def test_a_constant_chance_wins_as_a_geometric_law():
    cells = age_cells([[LOST, WON]], [[0]])
    found = entry_chances(cells, np.full((1, 1, 1, 2), 0.01) * [3.0, 1.0], 0, 50)[0, 0, 0]
    assert found == pytest.approx(0.25 * (1 - 0.96 ** np.arange(51)), abs=1e-14)


def test_several_stages_can_be_passed_on_one_day_and_a_way_back_waits_for_the_next():
    cells = age_cells([[1], [2], [0, WON]], [[0], [0], [0]])
    chance = np.ones((1, 1, 3, 2)) * [[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]]
    found = win_chances(cells, chance, np.array([[0, 0, 0, 0]]), [1, 2, 3])[0, 0, 0]
    assert found == pytest.approx([0.5, 0.75, 0.875], abs=1e-14)


def test_threads_and_strata_change_nothing():
    rng = np.random.default_rng(4)
    cells = age_cells([[LOST, 1], [LOST, WON]], [[0, 3, 9], [0, 5]])
    chance = rng.uniform(0, 0.2, (7, 2, 5, 2))
    asked = Asked(np.array([30]), np.array([0, 1]), np.array([[0, 0, 2, 0], [1, 0, 2, 0]]), np.zeros((0, 4)))
    one, two = (
        end_chances(cells, chance, no_calendar(cells, 30), asked, np.ones((1, 1, 2, 2)), threads=n)[0] for n in (1, 2)
    )
    assert (one == two).all()
    alone = win_chances(cells, np.ascontiguousarray(chance[:, 1:]), np.array([[0, 0, 2, 0]]), [30])
    assert alone[:, 0, 0] == pytest.approx(one[:, 0, 1], abs=0)


@pytest.mark.parametrize("with_calendar", [False, True])
def test_draws_side_by_side_have_the_bytes_of_each_alone(with_calendar):
    stages, names = random_funnel(1, returns=True, dated=False)
    cells, chance = arrays_of(stages, names)
    calendar = random_calendar(1, stages, cells, 20)[1] if with_calendar else no_calendar(cells, 20)
    random = np.random.default_rng(1)
    chance = chance * random.uniform(0.2, 1.0, (2 * SIDE_BY_SIDE + 3, *chance.shape[1:]))
    standing = np.array([[0, 0, 0, 0], [0, 1, 30, 0], [0, 2, 5, 0]])
    asked = Asked(np.array([3, 20]), np.array([0]), standing, np.array([[0, 0, 2, 10]]))
    factor = np.array(FACTORS)[None, :, None]
    together = end_chances(cells, chance, calendar, asked, factor)
    for r in range(len(chance)):
        alone = end_chances(cells, chance[r : r + 1], calendar, asked, factor)
        assert all((a[0] == t[r]).all() for a, t in zip(alone, together, strict=True))
    assert len(np.unique(together[0][:, 0, 0, 1])) == len(chance)


def test_exits_that_nobody_takes_change_no_byte():
    """A stage of three exits, and the same with a way to itself and to a later stage that have no chance."""
    bare = age_cells([[LOST, 1, WON], [LOST, WON]], [[0, 3], [0]])
    full = age_cells([[0, LOST, 1, 1, WON], [0, LOST, WON]], [[0, 3], [0]])
    q = np.random.default_rng(2).uniform(0.01, 0.2, (4, 1, 3, 3))
    q[:, :, 2, 2] = 0.0
    wide = np.zeros((4, 1, 3, 5))
    wide[..., :2, [1, 2, 4]], wide[..., 2, [1, 2]] = q[..., :2, :], q[..., 2, :2]
    standing = np.array([[0, 0, 1, 0], [0, 1, 2, 0]])
    few, many = (win_chances(cells, x, standing, [5, 9], u=(-0.3, 0.0)) for cells, x in ((bare, q), (full, wide)))
    assert (few == many).all()
    assert (few > 0).all()
