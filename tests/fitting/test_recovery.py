"""What a fit expects of the open deals is what their true chances say, whatever made the record hard to read.

The truth is worked out from the daily chances of companies that never were; the fit has the records alone. It must lie
within z standard deviations of its own posterior.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import RETURNING, SELLER
from scipy import stats

from funnelsim.fitting.expectation import expect
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.history.synthetic import Company, Regime, make
from funnelsim.history.synthetic.hazards import straight

# nine companies: of all of them 1 seed in 1,000 may err
Z = 4.0
H = 30
PLAIN = replace(SELLER, amount_effect=0.0, deals_per_day=10)
SLOW = straight((0.6, 0.5), [stats.gamma(2, scale=20), stats.gamma(2, scale=25)])
NEVER = straight((0.7, 0.5), [stats.gamma(2, scale=6), stats.gamma(2, scale=9)], never=(0.0, 0.3))
COMPANIES = {
    "nearly all decided": replace(PLAIN, campaigns={(200, 240): 0.1}),
    "half of the deals open": replace(PLAIN, hazards=SLOW, n_days=160, deals_per_day=5, growth_per_year=15.0),
    "nine in ten open": replace(PLAIN, hazards=SLOW, n_days=160, deals_per_day=1, campaigns={(130, 160): 60.0}),
    "growth": replace(PLAIN, deals_per_day=4, growth_per_year=5.0),
    "deals that are never decided": replace(PLAIN, hazards=NEVER),
    "a change of regime": replace(PLAIN, n_days=400, regimes=(Regime(250, advance=0.6, lose=1.3),)),
    "few data": replace(PLAIN, deals_per_day=0.4),
    "a record that begins late": replace(PLAIN, n_days=400, observed_from=300),
    "steps back": Company(RETURNING, deals_per_day=10, n_days=240),
}
OPEN = {"nearly all decided": 0.03, "half of the deals open": 0.5, "nine in ten open": 0.85}


def found(company: Company, seed: int = 1) -> tuple[np.ndarray, float, float]:
    """Return draws of the wins expected of the open deals within 30 days, their truth, and the share still open."""
    history, truth = make(company, seed)
    chronicle = Forecaster(history).past(history.as_of).chronicle
    told = expect(chronicle, history.as_of, H, (0.0,), 100, seed)
    _, stage, age, _ = told.standing.classes.T
    size = told.standing.size
    return told.open_chance[:, 0] @ size, float(truth.in_time(H)[stage, age] @ size), size.sum() / len(history.deals)


@pytest.mark.parametrize("name", list(COMPANIES))
def test_expected_wins_are_those_of_the_true_chances(name: str) -> None:
    draws, truth, open_share = found(COMPANIES[name])
    assert abs(draws.mean() - truth) < Z * draws.std()
    if name in OPEN:
        assert open_share == pytest.approx(OPEN[name], abs=0.05)


@pytest.mark.parametrize("name", ["growth", "deals that are never decided", "steps back"])
def test_truths_a_third_larger_are_told_apart(name: str) -> None:
    """The negative control, where records are rich enough for it."""
    draws, truth, _ = found(COMPANIES[name])
    assert abs(draws.mean() - 4 / 3 * truth) > Z * draws.std()
