"""Real loan applications, seen while many are open: what the two ways of counting say, and what the cases came to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.fitting.naive import closed_rates, corrected_rates
from funnelsim.history.record import LOST, NEVER, WON, Deals, History, Visits
from funnelsim.model.money import Money

STAGES = ("SUBMITTED", "PREACCEPTED", "ACCEPTED", "OFFER_SENT", "DOCS_BACK")
CODES = {name: number for number, name in enumerate(STAGES)} | {"WON": WON, "DECLINED": LOST, "CANCELLED": LOST}


@pytest.fixture(scope="module")
def loans(shared_data: Path) -> History:
    deals = pd.read_csv(shared_data / "loans/deals.csv.gz")
    visits = pd.read_csv(shared_data / "loans/visits.csv.gz")
    number = pd.Series(np.arange(len(deals)), deals["deal_id"])
    none, created, closed = np.full(len(deals), "", object), _days(deals["created"]), _days(deals["closed"])
    outcome = deals["outcome"].map({"won": WON}).fillna(LOST).to_numpy(np.int64)
    ids, never = deals["deal_id"].to_numpy(object), np.full(len(deals), NEVER)
    rows = Visits(
        visits["deal_id"].map(number).to_numpy(np.int64),
        visits["stage"].map(CODES).to_numpy(np.int64),
        _days(visits["entered"]),
        _days(visits["left"]),
        visits["exit"].map(CODES).to_numpy(np.int64),
    )
    amounts = deals["amount"].to_numpy(float)
    table = Deals(ids, created, closed, outcome, none, amounts, never, none, none, none)
    return History(STAGES, table, rows, Money("EUR"), int(created.min()), int(closed.max()) + 1)


def _days(stamps: pd.Series) -> np.ndarray:
    return pd.to_datetime(stamps, utc=True, format="ISO8601").dt.floor("D").to_numpy("datetime64[D]").astype(np.int64)


@pytest.mark.parametrize("share", [0.35, 0.4, 0.5, 0.6])
def test_open_cases_counted_come_nearer_to_what_the_cases_came_to(loans: History, share: float) -> None:
    day = loans.observed_from + round(share * (loans.as_of - loans.observed_from))
    seen, came = loans.known_at(day), loans.deals.outcome[loans.deals.created < day] == WON
    closed, corrected = closed_rates(seen), corrected_rates(seen)
    end, n = came.mean(), len(came)
    # nothing is drawn here: the cases that were open then are this year's luck
    assert abs(corrected.win_rate - end) < 4 * np.hypot(corrected.win_rate_se, np.sqrt(end * (1 - end) / n))
    assert abs(corrected.win_rate - end) < 0.5 * abs(closed.win_rate - end)
    assert closed.win_rate < end - 0.01


def test_at_the_end_of_the_record_both_ways_agree(loans: History) -> None:
    """No case is open, and many pass several stages within a day: shares of the whole, to the last digit."""
    closed, corrected = closed_rates(loans), corrected_rates(loans)
    assert corrected.win_rate == pytest.approx(closed.win_rate, abs=1e-12)
    assert corrected.days_to_win == pytest.approx(closed.days_to_win, abs=1e-9)
    assert corrected.days_to_loss == pytest.approx(closed.days_to_loss, abs=1e-9)
    assert corrected.undecided == pytest.approx(0, abs=1e-12)
