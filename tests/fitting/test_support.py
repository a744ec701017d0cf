"""What a history can bear: deals that never move are no part of a forecast, unknown ages of moving ones are."""

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import SELLER

from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.support import LARGEST_UNSUPPORTED, unsupported_share
from funnelsim.history.record import NEVER, OPEN, History
from funnelsim.history.synthetic import make

N_DAYS = 30


@pytest.fixture(scope="module")
def history() -> History:
    return make(SELLER, 3)[0]


def share_and_count(history: History, day: int) -> tuple[float, float]:
    """Return the share of the moves to come, and of the open deals, at stages and ages hardly ever left."""
    past = Forecaster(history, 0).past(day)
    chronicle = past.chronicle
    standing = chronicle.standing(day, np.zeros(0))
    seen = np.add.reduceat(chronicle.counts(day, np.inf).ended.sum(axis=2), chronicle.layout.first_of_coarse, axis=1)
    age = np.minimum(standing.classes[:, 2], len(chronicle.layout.age_cell) - 1)
    at = standing.classes[:, 1], chronicle.layout.coarse_of_cell[chronicle.layout.age_cell[age]]
    thin = seen[at] < 5
    return unsupported_share(chronicle, day, standing, N_DAYS), standing.size[thin].sum() / standing.size.sum()


def with_forgotten_deals(history: History, n: int) -> History:
    """Return the records with the first `n` finished deals of the second stage never moved on: open to this day."""
    visits = history.visits
    rows = np.flatnonzero((visits.stage == 1) & (visits.left < NEVER))[:n]
    left, exit_ = visits.left.copy(), visits.exit.copy()
    left[rows], exit_[rows] = NEVER, OPEN
    closed, outcome = history.deals.closed.copy(), history.deals.outcome.copy()
    closed[visits.deal[rows]], outcome[visits.deal[rows]] = NEVER, OPEN
    return replace(
        history,
        visits=replace(visits, left=left, exit=exit_),
        deals=replace(history.deals, closed=closed, outcome=outcome),
    )


def test_deals_that_were_forgotten_long_ago_do_not_widen_a_forecast(history: History) -> None:
    share, count = share_and_count(with_forgotten_deals(history, 120), history.as_of)
    assert count > LARGEST_UNSUPPORTED > share


def test_a_young_record_is_supported_by_little(history: History) -> None:
    """The negative control: in the first weeks hardly any age has been left by anyone."""
    share, _ = share_and_count(history, history.observed_from + 8)
    assert share > LARGEST_UNSUPPORTED


def test_a_record_of_many_deals_supports_itself(history: History) -> None:
    assert share_and_count(history, history.as_of)[0] < 0.05
