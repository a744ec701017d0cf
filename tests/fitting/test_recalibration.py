"""Recalibration: its formulas written out, where it keeps away, and that it does not hang on the unit of money."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import SELLER

from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.recalibration import Recalibration, recalibration_from
from funnelsim.fitting.windows import MEASURES, Window
from funnelsim.history.synthetic import make

DAY, N_DAYS = 20_000, 14
MANY = np.array([50.0, 80.0])


def window(weeks_ago: int, z: np.ndarray) -> Window:
    mean, sd = np.array([40.0, 4_000.0, 60.0, 6_000.0]), np.array([6.0, 700.0, 9.0, 900.0])
    nothing = np.zeros(4)
    return Window(DAY - N_DAYS - 7 * weeks_ago, mean + z * sd, mean, sd**2, nothing, nothing)


def windows(n: int, seed: int, shift: float = 0.0, spread: float = 1.0) -> tuple[list[Window], np.ndarray]:
    z = shift + spread * np.random.default_rng(seed).standard_normal((n, 4))
    return [window(i, row) for i, row in enumerate(z)], z


def test_shift_and_spread_are_the_formulas_written_out() -> None:
    past, z = windows(30, seed=1, shift=0.5, spread=1.6)
    z[3, 1], z[4, 3] = 9.0, -7.0  # clipped
    past = [window(i, row) for i, row in enumerate(z)]
    found = recalibration_from(past, DAY, N_DAYS, 0.0, 0.0, MANY)
    w = 0.5 * 2.0 ** (-7 * np.arange(30) / 365)
    assert (found.shift[0], found.spread[0]) == (0.0, 1.0)  # counts of open deals are left alone
    for m in (1, 2, 3):
        b = sum(w * np.clip(z[:, m], -4, 4)) / (sum(w) + 6)
        s2 = (6 + sum(w * np.clip(z[:, m] - b, -5, 5) ** 2)) / (6 + sum(w))
        assert found.shift[m] == pytest.approx(b)
        assert found.spread[m] == pytest.approx(np.sqrt(s2))


def test_shocks_widen_what_is_compared() -> None:
    past, z = windows(20, seed=2)
    moved = [replace(w, slope=np.sqrt(w.variance), arrivals_slope=2 * np.sqrt(w.variance)) for w in past]
    told = recalibration_from(moved, DAY, N_DAYS, 0.25, 0.5, MANY)
    w = 0.5 * 2.0 ** (-7 * np.arange(20) / 365)
    b = sum(w * z[:, 3] / np.sqrt(1 + 0.25 + 4 * 0.5)) / (sum(w) + 6)
    assert told.shift[3] == pytest.approx(b)


def test_few_windows_or_few_wins_change_nothing() -> None:
    past, _ = windows(30, seed=3, shift=1.0)
    five = recalibration_from(past[:5], DAY, N_DAYS, 0.0, 0.0, MANY)
    assert (five.shift == 0).all()
    assert (five.spread == 1).all()
    few = recalibration_from(past, DAY, N_DAYS, 0.0, 0.0, np.array([19.9, 20.0]))
    assert (few.shift[:2] == 0).all()
    assert (few.shift[2:] > 0.3).all()
    assert recalibration_from([], DAY, N_DAYS, 0.0, 0.0, MANY).spread.tolist() == [1.0] * 4


def test_noise_alone_moves_little_and_a_bias_is_taken_out() -> None:
    def mean_shift(shift: float) -> float:
        found = [recalibration_from(windows(60, s, shift)[0], DAY, N_DAYS, 0.0, 0.0, MANY).shift[3] for s in range(40)]
        return float(np.mean(found))

    w = 0.5 * 2.0 ** (-7 * np.arange(60) / 365)
    kept = w.sum() / (w.sum() + 6)
    se = kept * np.sqrt((w**2).sum()) / w.sum() / np.sqrt(40)
    assert abs(mean_shift(0.0)) < 4 * se
    assert abs(mean_shift(0.5) - 0.5 * kept) < 4 * se
    assert abs(mean_shift(0.5)) > 4 * se


def test_samples_are_moved_and_widened_and_never_negative() -> None:
    samples = np.abs(np.random.default_rng(4).normal(10, 4, (4, 500)))
    change = Recalibration(np.array([0.0, 0.5, 0.0, -9.0]), np.array([1.0, 1.0, 2.0, 1.0]))
    told = change.apply(samples)
    assert (told[0] == samples[0]).all()
    assert told[1].mean() == pytest.approx(samples[1].mean() + 0.5 * samples[1].std())
    assert told[1].std() == pytest.approx(samples[1].std())
    assert (told >= 0).all()
    assert (told[3] == 0).mean() > 0.99


@pytest.mark.parametrize("unit", [1e-6, 1e4])
def test_the_unit_of_money_changes_nothing_but_the_unit(unit: float) -> None:
    history = make(replace(SELLER, n_days=160, deals_per_day=12), seed=5)[0]
    other = replace(history, deals=replace(history.deals, amount=history.deals.amount * unit))
    told, same = (Forecaster(h).outlook(history.as_of, 14, n_samples=200, n_draws=10) for h in (history, other))
    assert (told.change.spread != 1).any()
    assert np.allclose(told.change.spread, same.change.spread, rtol=1e-9)
    assert np.allclose(told.change.shift, same.change.shift, atol=1e-9)
    for i, measure in enumerate(MEASURES):
        factor = unit if measure.endswith("bookings") else 1.0
        assert np.allclose(told.samples[i] * factor, same.samples[i], rtol=1e-9), measure
