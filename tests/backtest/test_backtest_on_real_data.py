"""On real records: few origins, the figures a reader can count, and the same bytes whatever came later."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from funnelsim.analysis.backtest import Plan, backtest
from funnelsim.config.history import load_history
from funnelsim.history.record import NEVER, OPEN, WON, History, day_of

FILES = {
    "loans": """
visits: {file: "${FUNNELSIM_DATA}/loans/visits.csv.gz", deal: deal_id,
         stage: stage, entered: entered, exit: exit, left: left}
deals: {file: "${FUNNELSIM_DATA}/loans/deals.csv.gz", id: deal_id, created: created, amount: amount}
stages: [SUBMITTED, PREACCEPTED, ACCEPTED, OFFER_SENT, DOCS_BACK]
won: [WON]
lost: [DECLINED, CANCELLED]
open: [OPEN]
currency: EUR
unit: 1
""",
    "payments": """
visits: {file: "${FUNNELSIM_DATA}/payments/visits.csv.gz", deal: deal_id,
         stage: stage, entered: entered, exit: exit, left: left}
deals: {file: "${FUNNELSIM_DATA}/payments/deals.csv.gz", id: deal_id, created: created, amount: amount}
stages: [SUBMITTED, APPROVED, REQUESTED]
won: [PAID]
lost: [REJECTED]
currency: EUR
unit: 1
""",
}


@pytest.fixture
def load(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FUNNELSIM_DATA", str(shared_data))

    def load(name: str) -> History:
        place = tmp_path / "history.yaml"
        place.write_text(FILES[name], encoding="utf-8")
        return load_history(place)[0]

    return load


def plan(first: str, last: str, n_days: int) -> Plan:
    days = (day_of(date.fromisoformat(day)) for day in (first, last))
    return Plan(*days, 7, n_days, seed=1, n_samples=1000, n_draws=40)


def test_loan_applications(load) -> None:
    history = load("loans")
    told = backtest(history, plan("2011-11-29", "2011-12-13", 14), threads=2)
    deals = history.deals
    for origin in told.origins:
        won = (deals.outcome == WON) & (deals.closed >= origin.day) & (deals.closed < origin.day + 14)
        assert origin.measures["total_wins"].actual == won.sum()
        assert origin.measures["open_bookings"].actual == pytest.approx(
            deals.amount[won & (deals.created < origin.day)].sum()
        )
    summary = told.summary()["open_wins"]
    # three windows: a forecast that is off by a quarter, or worse than the weighted pipeline, is broken
    assert abs(summary["bias"]) < 0.25
    assert summary["skill"]["weighted"] > 0.5
    assert summary["skill"]["seasonal_naive"] is None


def test_payments_forecast_the_same_whatever_comes_later(load) -> None:
    history = load("payments")
    asked = plan("2017-08-01", "2017-08-01", 14)
    told = backtest(history, asked)
    end = asked.first + 14
    assert json.dumps(backtest(history.known_at(end), asked).as_json()) == json.dumps(told.as_json())
    # after the origin nothing more happens
    cut = replace(history.known_at(asked.first), as_of=end)
    stopped = backtest(cut, asked)
    for name, scored in told.origins[0].measures.items():
        other = stopped.origins[0].measures[name]
        assert (other.mean, other.quantiles, other.actual) == (scored.mean, scored.quantiles, 0.0)
    assert (cut.visits.left[cut.visits.exit == OPEN] == NEVER).all()
    assert np.isfinite(told.of("total_bookings")[0].crps)
