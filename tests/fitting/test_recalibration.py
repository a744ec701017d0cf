"""Recalibration: its formulas written out, where it keeps away, and that it does not hang on the unit of money."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import HOTEL, SELLER

from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.recalibration import Recalibration, recalibration_from
from funnelsim.fitting.windows import MEASURES, Window
from funnelsim.history.synthetic import make

DAY, N_DAYS = 20_000, 14
MEAN, SD = np.array([40.0, 4_000.0, 60.0, 6_000.0]), np.array([6.0, 700.0, 9.0, 900.0])
# open money, new wins and new money: means and standard deviations, as totals less what is open
PART_MEAN = np.array([4_000.0, 20.0, 2_000.0])
PART_SD = np.sqrt([700.0**2, 9.0**2 - 6.0**2, 900.0**2 - 700.0**2])
WEIGHT = 0.5 * 2.0 ** (-7 * np.arange(60) / 365)


def window(weeks_ago: int, z: np.ndarray) -> Window:
    """Return a window whose three parts came out z standard deviations above their means."""
    parts, nothing = PART_MEAN + z * PART_SD, np.zeros(4)
    came = np.array([40.0, parts[0], 40.0 + parts[1], parts[0] + parts[2]])
    return Window(DAY - N_DAYS - 7 * weeks_ago, came, MEAN, SD**2, nothing, nothing)


PRESENT = replace(window(0, np.zeros(3)), start=DAY, actual=np.full(4, np.nan))


def windows(n: int, seed: int, shift: float = 0.0, spread: float = 1.0) -> tuple[list[Window], np.ndarray]:
    z = shift + spread * np.random.default_rng(seed).standard_normal((n, 3))
    return [window(i, row) for i, row in enumerate(z)], z


def told_by(past: list[Window], present: Window = PRESENT, u: float = 0.0, a: float = 0.0) -> Recalibration:
    return recalibration_from(past, present, N_DAYS, u, a)


def test_the_three_figures_are_the_formulas_written_out() -> None:
    _, z = windows(30, seed=1, shift=0.5, spread=1.6)
    z[3, 0], z[4, 2] = 9.0, -7.0  # clipped
    found, w = told_by([window(i, row) for i, row in enumerate(z)]), WEIGHT[:30]
    b = w @ np.clip(z, -4, 4) / (w.sum() + 6)
    k2 = (6 + w @ np.clip(z - b, -5, 5) ** 2) / (6 + w.sum())
    assert found.open_amounts_cv == pytest.approx(np.sqrt(k2[0] - 1) * 700 / 4_000)
    assert found.new_wins == pytest.approx(1 + b[1] * PART_SD[1] / 20)
    assert found.new_money == pytest.approx(1 + b[2] * PART_SD[2] / 2_000)
    assert found.new_amounts == found.new_money / found.new_wins
    with_strata = recalibration_from(
        [window(i, row) for i, row in enumerate(z)], PRESENT, N_DAYS, 0.0, 0.0, has_strata=True
    )
    assert with_strata == replace(found, new_money=found.new_wins)


def test_shocks_widen_what_is_compared() -> None:
    past, z = windows(20, seed=2)
    slope = np.array([0.0, 700.0, PART_SD[1], 700.0 + PART_SD[2]])
    moved = [replace(w, slope=slope, arrivals_slope=2 * slope) for w in past]
    found, w = told_by(moved, u=0.25, a=0.5), WEIGHT[:20]
    b = w @ z[:, 1] / np.sqrt(1 + 0.25 + 4 * 0.5) / (w.sum() + 6)
    assert found.new_wins == pytest.approx(1 + b * PART_SD[1] / 20)


def test_few_windows_or_few_wins_change_nothing() -> None:
    past, _ = windows(30, seed=3, shift=1.0, spread=2.0)
    assert told_by(past[:5]) == told_by([]) == Recalibration()
    few = told_by(past, replace(PRESENT, mean=np.array([19.9, 4_000.0, 60.0, 6_000.0])))
    assert few.open_amounts_cv == 0
    assert few.new_wins > 1.1
    assert told_by(past, replace(PRESENT, mean=MEAN / 10)) == Recalibration()


def test_noise_alone_moves_little_and_a_bias_is_taken_out() -> None:
    def mean_shift(shift: float) -> float:
        return float(np.mean([told_by(windows(60, s, shift)[0]).new_wins - 1 for s in range(40)])) * 20 / PART_SD[1]

    kept = WEIGHT.sum() / (WEIGHT.sum() + 6)
    se = kept * np.sqrt((WEIGHT**2).sum()) / WEIGHT.sum() / np.sqrt(40)
    assert abs(mean_shift(0.0)) < 4 * se
    assert abs(mean_shift(0.5) - 0.5 * kept) < 4 * se
    assert abs(mean_shift(0.5)) > 4 * se


def test_factors_on_amounts_have_their_mean_and_variation() -> None:
    factors = Recalibration(open_amounts_cv=0.2).amount_factors(2_000)
    assert factors.mean() == pytest.approx(1, abs=1e-3)
    assert factors.std() == pytest.approx(0.2, rel=0.01)
    assert (Recalibration().amount_factors(5) == 1).all()


@pytest.mark.parametrize("unit", [1e-6, 1e4])
def test_the_unit_of_money_changes_nothing_but_the_unit(unit: float) -> None:
    history = make(replace(SELLER, n_days=160, deals_per_day=12), seed=5)[0]
    other = replace(history, deals=replace(history.deals, amount=history.deals.amount * unit))
    told, same = (Forecaster(h).outlook(history.as_of, 14, n_samples=200, n_draws=10) for h in (history, other))
    assert told.change.new_wins != 1
    for figure in ("open_amounts_cv", "new_wins", "new_money"):
        assert getattr(told.change, figure) == pytest.approx(getattr(same.change, figure), rel=1e-9)
    for i, measure in enumerate(MEASURES):
        factor = unit if measure.endswith("bookings") else 1.0
        assert np.allclose(told.samples[i] * factor, same.samples[i], rtol=1e-9), measure


def test_prices_that_have_risen_are_followed_where_no_strata_hold_them() -> None:
    """Deals of the last 60 days are half as large again: their pool lags behind, and past windows tell."""
    history = HOTEL.make(seed=1)[0]
    rising = history.deals.amount * 1.01 ** np.maximum(history.deals.created - history.as_of + 120, 0)
    risen = replace(history, deals=replace(history.deals, amount=rising))
    told, flat = (Forecaster(h).outlook(history.as_of, 30, n_samples=200, n_draws=10).change for h in (risen, history))
    assert told.new_amounts > 1.05
    assert abs(flat.new_amounts - 1) < 0.05
