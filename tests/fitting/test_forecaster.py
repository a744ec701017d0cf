"""A forecast reads nothing of the days to come, to the last bit, and is the same for any number of threads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fitted_histories import HOTEL, RETURNING, SELLER, real, standing_still, with_another_future, with_changes

from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.outlook import Outlook
from funnelsim.history.record import LOST, WON, History
from funnelsim.history.synthetic import Company, make

QUICK = {"n_samples": 200, "n_draws": 12}


def bytes_of(outlook: Outlook) -> bytes:
    parts = (
        outlook.samples,
        outlook.shock.weight,
        outlook.expected.open_chance,
        outlook.expected.new_chance,
        outlook.expected.inflow.shock.weight,
        np.array(outlook.expected.inflow.expected),
        np.array([outlook.change.open_amounts_cv, outlook.change.new_wins, outlook.change.new_money]),
    )
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def seller() -> History:
    return make(SELLER, seed=1)[0]


def closing_in_winter() -> History:
    return standing_still(make(replace(SELLER, n_days=420, deals_per_day=4), seed=2)[0], SELLER.first + 345)


HISTORIES = {
    "seller": (seller, 150, 14),
    "seller with a log": (lambda: with_changes(seller(), 3), 150, 14),
    "steps back and skips": (lambda: make(Company(RETURNING, deals_per_day=5, n_days=200), seed=1)[0], 120, 14),
    "late record": (lambda: make(replace(SELLER, observed_from=60), seed=4)[0], 100, 14),
    "weekdays": (seller, 200, 7),
    "closed in winter": (closing_in_winter, 385, 7),
    "hotel": (lambda: HOTEL.make(seed=1)[0], 120, 14),
    "hotel with a log": (lambda: with_changes(HOTEL.make(seed=1)[0], 4, share=0.08), 120, 14),
}


@pytest.fixture(scope="module", params=list(HISTORIES))
def case(request: pytest.FixtureRequest) -> tuple[History, int, int, bytes]:
    of, days, n_days = HISTORIES[request.param]
    history = of()
    day = history.observed_from + days
    return history, day, n_days, bytes_of(Forecaster(history).outlook(day, n_days, **QUICK))


def test_nothing_after_the_day_matters(case: tuple[History, int, int, bytes]) -> None:
    history, day, n_days, told = case
    other = with_another_future(history, day, seed=1)
    assert bytes_of(Forecaster(history.known_at(day)).outlook(day, n_days, **QUICK)) == told
    forecaster = Forecaster(other)
    forecaster.outlook(day + 21, n_days, **QUICK)  # what later days taught is not handed back
    assert bytes_of(forecaster.outlook(day, n_days, **QUICK)) == told


def test_one_outcome_before_the_day_matters(case: tuple[History, int, int, bytes]) -> None:
    history, day, n_days, told = case
    visits, deals = history.visits, history.deals
    row = np.flatnonzero((visits.exit == WON) & (visits.left < day))[-1]
    exit_, outcome = visits.exit.copy(), deals.outcome.copy()
    exit_[row], outcome[visits.deal[row]] = LOST, LOST
    other = replace(history, visits=replace(visits, exit=exit_), deals=replace(deals, outcome=outcome))
    assert bytes_of(Forecaster(other).outlook(day, n_days, **QUICK)) != told


def test_threads_and_earlier_questions_change_nothing(case: tuple[History, int, int, bytes]) -> None:
    history, day, n_days, told = case
    forecaster = Forecaster(history)
    forecaster.outlook(day - 10, n_days + 3, **QUICK)
    assert bytes_of(forecaster.outlook(day, n_days, threads=2, **QUICK)) == told


@pytest.mark.parametrize(("name", "days", "n_days"), [("loans", 70, 7), ("payments", 150, 14), ("hotel", 100, 14)])
def test_nothing_after_the_day_matters_in_real_records(
    name: str, days: int, n_days: int, shared_data: Path, tmp_path: Path
) -> None:
    history = real(name, shared_data, tmp_path)
    day = history.observed_from + days
    told = bytes_of(Forecaster(history).outlook(day, n_days, **QUICK))
    assert bytes_of(Forecaster(with_another_future(history, day, seed=2)).outlook(day, n_days, **QUICK)) == told
    assert bytes_of(Forecaster(history).outlook(day + 1, n_days, **QUICK)) != told
