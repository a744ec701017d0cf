"""What of a history counts as seen, visit by visit, against the rule written out for one visit at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from funnelsim.fitting.exits import CENSORED, occupation
from funnelsim.fitting.spells import entries, since_creation, since_entry
from funnelsim.history.record import OPEN, WON, History
from funnelsim.history.synthetic import Company, make
from funnelsim.history.synthetic.hazards import straight

QUICK = straight(
    (0.7, 0.6, 0.6),
    [stats.expon(scale=0.8), stats.expon(scale=3), stats.expon(scale=1)],
    also={(1, 0): 0.2, (0, 2): 0.1},
)


@pytest.fixture(scope="module")
def history() -> History:
    company = Company(QUICK, deals_per_day=4, n_days=90, observed_from=60, entry=np.array([0.8, 0.2, 0.0]))
    return make(company, 2)[0]


def most_in_a_day(history: History) -> int:
    moves = zip(history.visits.deal.tolist(), history.visits.left.tolist(), history.visits.exit.tolist(), strict=True)
    counts: dict[tuple[int, int], int] = {}
    for deal, left, exit_code in moves:
        if exit_code != OPEN:
            counts[deal, left] = counts.get((deal, left), 0) + 1
    return max(counts.values())


def test_by_the_clock_since_creation(history: History) -> None:
    visits, most = history.visits, most_in_a_day(history)
    assert most >= 3  # the test sees what it is about
    expected = []
    for row in range(len(visits)):
        deal = visits.deal[row]
        created = history.deals.created[deal]
        before = [k for k in range(row) if visits.deal[k] == deal]
        that_day = [k for k in before if visits.left[k] == visits.left[row]]
        stop = visits.left[row] - created + (len(that_day) + 1) / most
        if visits.exit[row] == OPEN:
            stop = float(history.as_of - created)
        # a visit begins where the one before it ended
        start = max(expected[-1][1] if before else 0.0, history.observed_from - created)
        expected.append((start, stop))
    seen = [pair for pair in expected if pair[0] < pair[1]]
    spells = since_creation(history)
    assert len(seen) < len(visits)  # some were over before the record began
    assert [*zip(spells.start.tolist(), spells.stop.tolist(), strict=True)] == [pytest.approx(pair) for pair in seen]


def test_states_are_stages_then_lost_then_won(history: History) -> None:
    spells, n = since_creation(history), len(history.stages)
    assert set(spells.state) == {0, 1, 2}
    assert set(spells.to) == {0, 1, 2, n, n + 1, CENSORED}
    assert (spells.to == n + 1).sum() == (history.deals.outcome == WON).sum()
    assert (spells.to == CENSORED).sum() == len(history.book())


def test_by_the_clock_since_entry(history: History) -> None:
    visits = history.visits.rows(history.visits.stage == 1)
    spells = since_entry(history, 1)
    expected = []
    for entered, left, exit_code in zip(visits.entered, visits.left, visits.exit, strict=True):
        stop = history.as_of - entered if exit_code == OPEN else left - entered + 1
        start = max(0, history.observed_from - entered)
        if start < stop:
            expected.append((start, stop))
    assert [*zip(spells.start.tolist(), spells.stop.tolist(), strict=True)] == expected
    assert set(spells.state) == {5}


def test_deals_begin_where_those_created_in_sight_begin(history: History) -> None:
    first = {}
    for deal, stage in zip(history.visits.deal.tolist(), history.visits.stage.tolist(), strict=True):
        first.setdefault(deal, stage)
    in_sight = [stage for deal, stage in first.items() if history.deals.created[deal] >= history.observed_from]
    assert entries(history)[1] == pytest.approx(in_sight.count(1) / len(in_sight))
    assert entries(history).sum() == pytest.approx(1)
    none_in_sight = replace(history, observed_from=history.as_of)
    assert entries(none_in_sight).sum() == pytest.approx(1)


def test_a_record_of_everything_gives_the_shares_counted() -> None:
    """Several moves a day, to and fro, nothing censored: the estimate is the count on every day."""
    truth = make(Company(QUICK, deals_per_day=5, n_days=60, days_after=400), 3)[1]
    whole = truth.whole.known_at(truth.company.end)
    old = whole.deals.created < truth.company.as_of
    kept = whole.visits.rows(old[whole.visits.deal])
    whole = replace(whole, deals=whole.deals.rows(old), visits=kept)
    found = occupation(since_creation(whole), entries(whole))
    age = whole.deals.closed - whole.deals.created
    for day in (0, 1, 2, 5, 10, 40):
        counted = ((age <= day) & (whole.deals.outcome == WON)).mean()
        assert found.at(day + 1.0)[WON] == pytest.approx(counted, abs=1e-12)
