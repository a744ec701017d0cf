"""The project, marketing and database funnels: their own figures come out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import funnelsim as fs

CONFIGS = Path(__file__).parents[2] / "configs"
Z = 4.5


def z_of(sample, mean: float) -> float:
    return abs(sample.mean() - mean) / (sample.std() / np.sqrt(len(sample)))


def test_the_marks_of_the_project_funnel_are_its_win_rates_and_the_first_a_conversion() -> None:
    case = fs.load(CONFIGS / "vpn_project_funnel.yaml")
    assert case.funnel.win_rates[1:] == pytest.approx((0.10, 0.25, 0.50, 0.90, 1.0))
    assert case.funnel.conversions == pytest.approx((0.3, 0.4, 0.5, 5 / 9, 0.9, 1.0))
    assert len(case.sources) == 6


def test_a_project_funnel_without_that_conversion_is_refused() -> None:
    settings = ["stages.潜在.win_rate=0%"]
    told = fs.validate(CONFIGS / "vpn_project_funnel.yaml", settings)
    assert any("mark of progress" in problem.message for problem in told)


def test_bookings_and_cash_of_the_project_funnel_are_conserved() -> None:
    ensemble = fs.simulate(fs.load(CONFIGS / "vpn_project_funnel.yaml"), trials=500)
    tally = ensemble.tally
    paid = tally.cash.sum(axis=1) + tally.written_off.sum(axis=1) + tally.outstanding[:, 0]
    assert (ensemble.bookings.sum(axis=1) == paid).all()


def test_sources_bring_what_they_say() -> None:
    case = fs.load(CONFIGS / "vpn_project_funnel.yaml")
    ensemble = fs.simulate(case, trials=4_000)
    expected = 12 * (14 + 8 + 20 + 5 + 2) + 6 * (10 + 0.5 + 0.3)
    assert z_of(ensemble.total("new_deals"), expected) < Z
    assert z_of(ensemble.total("new_deals"), expected * 1.03) > Z  # negative control


def test_a_million_contacts_bring_2400_first_purchases() -> None:
    case = fs.load(CONFIGS / "marketing_funnel.yaml", ["shock.rho=0", "loyalty={renews: 0%, after: {fixed: 9 d}}"])
    ensemble = fs.simulate(case, trials=300)
    wins = ensemble.total("wins", ensemble.program.row_of({"source": "秋季投放"}))
    # of 2,400 nearly all buy within six months: stays add up to 19 days by their medians
    assert 2350 < wins.mean() <= 2400 + Z * np.sqrt(2400 / 300)
    assert wins.std() == pytest.approx(np.sqrt(wins.mean()), rel=Z / np.sqrt(2 * 300))


def test_the_database_funnel_brings_four_and_a_half_purchases_a_customer() -> None:
    case = fs.load(CONFIGS / "database_funnel.yaml")
    loop = fs.forecast(fs.simulate(case, trials=200)).loop
    assert loop.gain == pytest.approx(1.5 * 0.15 + 0.55)
    assert loop.purchases == pytest.approx(1 / (1 - 0.775))
