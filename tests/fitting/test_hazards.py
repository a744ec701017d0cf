"""The posterior of daily chances against its formulas written out cell by cell, and against draws made another way."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.fitting.diary import Counts
from funnelsim.fitting.hazards import draw_chances
from funnelsim.fitting.layout import COARSE, Layout

# of some hundred comparisons 1 seed in 1,000 may err
Z = 4.5
ONE = Layout(1)


def counts(seed: int, layout: Layout, scale: float = 30.0) -> Counts:
    rng = np.random.default_rng(seed)
    shape = (layout.n_stages, layout.n_cells)
    at_risk = np.round(scale * rng.exponential(size=shape))
    ended = rng.binomial(at_risk.astype(int)[..., None], 0.04, (*shape, layout.targets.shape[1])).astype(float)
    return Counts(at_risk, np.minimum(ended, at_risk[..., None] / 4))


def faded(counts: Counts, share: float) -> Counts:
    return Counts(counts.at_risk * share, counts.ended * share)


def by_hand(all_time: Counts, recent: Counts, draw, quarter: float = 0.25, cells: list[int] | None = None):
    """Return (cell, exit) of the first stage, a cell at a time; `draw` makes chances of shapes of a Dirichlet law."""
    bins = np.digitize(ONE.ages, COARSE)
    seen = all_time.ended[0].sum(axis=0)
    base = np.where(seen > 0, seen + 0.05, 0.0) / (all_time.at_risk[0].sum() + 1.0)
    q: list[np.ndarray] = []
    levels: dict[int, np.ndarray] = {}
    for cell in cells or range(ONE.n_cells):
        bin_ = int(bins[cell])
        if bin_ not in levels:
            mine = bins == bin_
            k = quarter / base.sum()
            far = draw(all_time.ended[0][mine].sum(axis=0) + k * base, all_time.at_risk[0][mine].sum() + k)
            k = 2.0 / far.sum()
            levels[bin_] = draw(recent.ended[0][mine].sum(axis=0) + k * far, recent.at_risk[0][mine].sum() + k)
        near = levels[bin_]
        k = 3.0 / near.sum()
        q.append(draw(recent.ended[0][cell] + k * near, recent.at_risk[0][cell] + k))
    return np.array(q)


def mean_of(exits: np.ndarray, total: float) -> np.ndarray:
    return exits / total


def test_means_are_the_four_levels_written_out() -> None:
    all_time = counts(1, ONE)
    recent = faded(all_time, 0.3)
    q = draw_chances(ONE, all_time, recent, 0, np.random.default_rng(0))
    assert q.shape == (1, ONE.n_cells, 2)
    assert np.allclose(q[0], by_hand(all_time, recent, mean_of), rtol=1e-10)
    assert not np.allclose(q[0], by_hand(all_time, recent, mean_of, quarter=0.5), rtol=1e-4)


def test_draws_have_the_law_that_numpy_draws_level_by_level() -> None:
    n = 4000
    all_time = counts(2, ONE)
    recent = faded(all_time, 0.4)
    rng = np.random.default_rng(3)

    def dirichlet(exits: np.ndarray, total: float) -> np.ndarray:
        shapes = np.append(exits, total - exits.sum())
        return rng.dirichlet(np.maximum(shapes, 1e-9))[: len(exits)]

    ours = draw_chances(ONE, all_time, recent, n, np.random.default_rng(4))
    # the tails, where three events stand for all, are the hardest
    cells = [0, 1, 5, 20, 60, 75, 90, ONE.n_cells - 1]
    theirs = np.array([by_hand(all_time, recent, dirichlet, cells=cells) for _ in range(n)])
    for power in (1, 2):
        a, b = ours[:, cells] ** power, theirs**power
        se = np.sqrt((a.var(axis=0) + b.var(axis=0)) / n)
        assert np.abs((a.mean(axis=0) - b.mean(axis=0)) / se).max() < Z
    total, other = (x.sum(axis=(1, 2)) for x in (ours[:, cells], theirs))
    se = np.sqrt((total.var() + other.var()) / n)
    assert abs(total.mean() - other.mean()) < Z * se
    assert abs(1.04 * total.mean() - other.mean()) > Z * se  # all of them too high by 4 % is seen


def test_an_exit_that_was_never_seen_stays_at_nought() -> None:
    layout = Layout(3)
    all_time = counts(5, layout)
    all_time.ended[0, :, 1] = 0.0
    recent = faded(all_time, 0.5)
    recent.ended[1, :, 2] = 0.0  # seen once, forgotten since
    for n in (0, 50):
        q = draw_chances(layout, all_time, recent, n, np.random.default_rng(1))
        by_stage = q.reshape(len(q), 3, layout.n_cells, -1)
        assert (by_stage[:, 0, :, 1] == 0).all()
        assert (by_stage[:, 1, :, 2].mean(axis=0) > 0).all()
        assert (q >= 0).all()
        assert (q.sum(axis=-1) <= 1 + 1e-12).all()


@pytest.mark.parametrize(("n", "least"), [(20, 0.3), (200, 0.78), (2000, 0.89)])
def test_a_timer_overrules_its_bin(n: int, least: float) -> None:
    """Ten in eleven deals leave on day 30. The days around it, where nobody does, feel three exits of it at most."""
    at_risk, ended = np.zeros((1, ONE.n_cells)), np.zeros((1, ONE.n_cells, 2))
    at_risk[0, :31], at_risk[0, 31:41] = 1.1 * n, 0.1 * n
    ended[0, 30, 0], ended[0, 5, 1] = n, 0.05 * n
    table = Counts(at_risk, ended)
    q = draw_chances(ONE, table, table, 0, np.random.default_rng(0))[0]
    assert least < q[30, 0] < 10 / 11
    assert q[29, 0] * (1.1 * n) < 3.0
    assert q[28, 0] == q[29, 0]


def test_no_history_at_all_gives_no_exits() -> None:
    for layout in (ONE, Layout(3)):
        shape = (layout.n_stages, layout.n_cells)
        nothing = Counts(np.zeros(shape), np.zeros((*shape, layout.targets.shape[1])))
        for n in (0, 5):
            assert (draw_chances(layout, nothing, nothing, n, np.random.default_rng(0)) == 0).all()


def test_one_deal_alone_gives_wide_but_proper_chances() -> None:
    table = Counts(np.zeros((1, ONE.n_cells)), np.zeros((1, ONE.n_cells, 2)))
    table.at_risk[0, :4], table.ended[0, 3, 1] = 1.0, 1.0
    q = draw_chances(ONE, table, table, 400, np.random.default_rng(0))
    assert np.isfinite(q).all()
    assert (q[..., 0] == 0).all()
    assert q[:, 3, 1].std() > 0.1
    assert (q.sum(axis=-1) <= 1).all()


# ---- dated stages

DATED = Layout(1, is_dated=True)


def dated_counts(seed: int, rate: np.ndarray) -> Counts:
    rng = np.random.default_rng(seed)
    at_risk, ended = np.zeros((1, DATED.n_cells)), np.zeros((1, DATED.n_cells, 2))
    at_risk[0, :-1] = np.round(200 * rng.exponential(size=rate.size))
    ended[0, :-1, 0] = rng.poisson(at_risk[0, :-1] * rate.ravel())
    ended[0, -1] = (10.0, 190.0)
    return Counts(at_risk, ended)


def test_losses_before_a_date_are_shrunk_to_a_row_times_a_column() -> None:
    rate = np.outer(np.geomspace(0.002, 0.05, len(DATED.dues)), np.linspace(1.5, 0.5, len(DATED.ages)))
    table = dated_counts(1, rate)
    stood, lost = (x[0, :-1].reshape(rate.shape) for x in (table.at_risk, table.ended[..., 0]))
    row, column = np.ones(rate.shape[0]), np.ones(rate.shape[1])
    for _ in range(8):
        row = np.array([(lost[i].sum() + 0.5) / ((stood[i] * column).sum() + 1) for i in range(len(row))])
        column = np.array([(lost[:, j].sum() + 0.5) / ((stood[:, j] * row).sum() + 1) for j in range(len(column))])
    usual = row[:, None] * column
    q = draw_chances(DATED, table, table, 0, np.random.default_rng(0))[0]
    assert np.allclose(q[:-1, 0], -np.expm1(-(lost + 3) / (stood + 3 / usual)).ravel())
    assert (q[:-1, 1] == 0).all()
    assert np.allclose(q[-1], [11 / 210, 199 / 210])
    # what was true comes back, cell by cell, within the spread of its own posterior
    draws = draw_chances(DATED, table, table, 1000, np.random.default_rng(1))[:, :-1, 0]
    assert np.abs((draws.mean(axis=0) - q[:-1, 0]) / (draws.std(axis=0) / np.sqrt(1000))).max() < Z + 0.5
    off = (draws.mean(axis=0) - -np.expm1(-rate.ravel())) / draws.std(axis=0)
    assert np.abs(off.mean()) < Z * off.std() / np.sqrt(off.size)
    assert 0.6 < off.std() < 1.2  # borrowing makes it a little smaller than one


def test_a_dated_history_without_exits_keeps_most_dates() -> None:
    nothing = Counts(np.zeros((1, DATED.n_cells)), np.zeros((1, DATED.n_cells, 2)))
    q = draw_chances(DATED, nothing, nothing, 0, np.random.default_rng(0))[0]
    assert q[-1] == pytest.approx([0.1, 0.9])
    assert np.isfinite(q).all()
    assert ((q >= 0) & (q <= 1)).all()
