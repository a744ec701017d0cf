"""The diary of a history against a twin that walks through it day by day and deal by deal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import HOTEL, RETURNING, SELLER, history_of, with_another_future, with_changes

from funnelsim.engine.kernel.plan import LOST as LOSES
from funnelsim.fitting.diary import BULK, FEWEST_BULK, Diary, diary_of
from funnelsim.fitting.layout import Layout
from funnelsim.history.record import LOST, NEVER, OPEN, WON, History
from funnelsim.history.synthetic import Company, DatedCompany, make


def twin(history: History, layout: Layout, upto: int, weight) -> tuple[np.ndarray, np.ndarray]:
    """Return (cell,) deals at risk and (cell, exit) exits, a morning at a time, from what each day showed."""
    n_exits = layout.targets.shape[1]
    at_risk, ended = np.zeros(layout.n_stages * layout.n_cells), np.zeros((layout.n_stages * layout.n_cells, n_exits))
    visits = history.visits
    rows, begins, before = [], [], (-1, -1, -1, -1, -1)
    for row in zip(*(getattr(visits, f) for f in visits.__match_args__), strict=True):
        came_back = row[0] == before[0] and before[4] == row[1] <= before[1]
        begins.append(row[2] + 1 if came_back and row[3] > row[2] else row[2])  # a way back waits for the next day
        rows.append(row)
        before = row
    for day in range(history.observed_from, upto):
        dues = history.stated_at(day).expected_close
        for (deal, stage, _, left, exit_), entered in zip(rows, begins, strict=True):
            if not entered <= day <= left:
                continue
            due = int(dues[deal])
            cell = int(layout.cell_of(*(np.array([x]) for x in (stage, day - entered, due - day)))[0])
            if not layout.is_dated or day < due:
                at_risk[cell] += weight(day)
            if left == day:
                number = int(layout.exit_of(np.array([stage]), np.array([exit_]))[0])
                if number >= 0:
                    ended[cell, number] += weight(day)
    return at_risk, ended


CASES = {
    "straight": (lambda: make(replace(SELLER, n_days=60, deals_per_day=4), seed=1)[0], Layout(2)),
    "steps back": (lambda: make(Company(RETURNING, deals_per_day=3, n_days=50), seed=2)[0], Layout(3)),
    "late record": (lambda: make(replace(SELLER, n_days=80, deals_per_day=3, observed_from=40), seed=3)[0], Layout(2)),
    "dated": (lambda: replace(HOTEL, n_days=50, deals_per_day=3).make(seed=4)[0], Layout(1, is_dated=True)),
    "dated with a log": (
        lambda: with_changes(replace(HOTEL, n_days=50, deals_per_day=3).make(seed=5)[0], 1),
        Layout(1, is_dated=True),
    ),
}


@pytest.mark.parametrize("half_life", [np.inf, 9.0])
@pytest.mark.parametrize("name", list(CASES))
def test_counts_are_what_each_day_showed(name: str, half_life: float) -> None:
    of, layout = CASES[name]
    history = of()
    for upto in (history.observed_from + 20, history.as_of):
        counts = diary_of(history, layout).counts(upto, half_life)
        at_risk, ended = twin(history, layout, upto, lambda day, upto=upto: 2.0 ** (-(upto - 1 - day) / half_life))
        assert np.allclose(counts.at_risk.ravel(), at_risk, atol=1e-9)
        assert np.allclose(counts.ended.reshape(ended.shape), ended, atol=1e-9)
        assert ended.sum() > 5


def test_a_day_earlier_or_later_is_not_the_same() -> None:
    """Negative control of the twin: an age off by one day is seen."""
    of, layout = CASES["straight"]
    history = of()
    late = replace(history.visits, entered=np.maximum(history.visits.entered - 1, history.observed_from))
    at_risk, _ = twin(history, layout, history.as_of, lambda day: 1.0)
    counts = diary_of(replace(history, visits=late), layout).counts(history.as_of)
    assert not np.allclose(counts.at_risk.ravel(), at_risk, atol=1e-9)


def test_counts_from_a_day_on_are_the_difference_of_counts() -> None:
    of, layout = CASES["straight"]
    diary = diary_of(of(), layout)
    first, middle, end = diary.first_day, diary.first_day + 20, diary.first_day + 45
    parts = diary.counts(middle), diary.counts(end, since=middle)
    whole = diary.counts(end, since=first)
    for name in ("at_risk", "ended"):
        assert (getattr(whole, name) == sum(getattr(part, name) for part in parts)).all()


def test_pages_before_a_day_do_not_hang_on_what_came_after_it() -> None:
    for name, (of, layout) in CASES.items():
        history = of()
        day = history.observed_from + 25
        other = with_another_future(history, day, seed=1)
        for half_life in (np.inf, 14.0):
            told, same = (diary_of(h, layout).counts(day, half_life) for h in (history, other))
            assert (told.at_risk == same.at_risk).all(), name
            assert (told.ended == same.ended).all(), name


def test_a_deal_that_began_before_the_record_counts_from_its_first_day_at_its_age() -> None:
    history = history_of([(90, WON, 1.0, [(90, 102, WON)])], n_stages=1, observed_from=100, as_of=110)
    counts = diary_of(history, Layout(1)).counts(110)
    assert np.flatnonzero(counts.at_risk[0]).tolist() == [10, 11, 12]
    assert counts.ended[0, 12].tolist() == [0, 1]
    assert counts.ended.sum() == 1


def test_an_empty_history_has_empty_pages() -> None:
    history = history_of([], n_stages=2, observed_from=100, as_of=103)
    diary = diary_of(history, Layout(2))
    assert not diary.has_exits
    for upto in (90, 100, 101, 103):
        assert diary.counts(upto).at_risk.sum() == diary.counts(upto).ended.sum() == 0


def test_the_date_counts_for_no_hazard_of_the_days_before_it() -> None:
    rows = [
        (100, WON, 1.0, [(100, 105, WON)]),  # on its date
        (100, LOST, 1.0, [(100, 103, LOST)]),  # before it
        (100, LOST, 1.0, [(100, 109, LOST)]),  # overdue by four days
        (100, OPEN, 1.0, [(100, NEVER, OPEN)]),  # no date at all
    ]
    history = history_of(rows, n_stages=1, observed_from=100, as_of=112, due=[105, 105, 105, NEVER])
    layout = Layout(1, is_dated=True)
    counts = diary_of(history, layout).counts(112)
    assert counts.at_risk.sum() == 5 + 4 + 5 + 12
    assert counts.at_risk[0, -1] == 0
    # both the win and the late loss stand with the date; the early loss two days before it, three days old
    assert counts.ended[0, -1].tolist() == [1, 1]
    lost = int(np.flatnonzero(layout.targets[0] == LOSES)[0])
    assert counts.ended[0, layout.cell_of(np.zeros(1, int), np.array([3]), np.array([2]))[0], lost] == 1


# ---- clean-up days


def cleaned(n_extra: int, day: int = 60) -> tuple[History, Diary]:
    """Return a hotel that cancels so many bookings more on one day."""
    hotel = DatedCompany(np.eye(50)[49], np.full((50, 50), 0.01), deals_per_day=8, n_days=90)
    history = hotel.make(seed=1)[0]
    at = history.observed_from + day
    visits, deals = history.visits, history.deals
    there = np.flatnonzero((visits.entered < at - 5) & (visits.left > at) & (deals.expected_close > at))[:n_extra]
    left, exit_, closed, outcome = (x.copy() for x in (visits.left, visits.exit, deals.closed, deals.outcome))
    left[there], exit_[there] = at, LOST
    closed[there], outcome[there] = at, LOST
    history = replace(
        history, visits=replace(visits, left=left, exit=exit_), deals=replace(deals, closed=closed, outcome=outcome)
    )
    return history, diary_of(history, Layout(1, is_dated=True))


def test_a_day_of_many_losses_counts_for_three_usual_days() -> None:
    history, diary = cleaned(100)
    at = history.observed_from + 60
    assert diary.capped_days.tolist() == [at]
    on_day = diary.end_day == at
    is_loss = on_day & (diary.end_weight < 1)
    is_early = (diary.end_exit == 0) & (diary.end_cell < diary.layout.n_cells - 1)
    lost = np.bincount(diary.end_day[is_early] - diary.first_day, minlength=90)
    stood = diary.at_risk.sum(axis=1)
    rate = (lost / np.maximum(stood, 1))[:60]
    usual = BULK * np.median(rate[rate > 0]) * stood[60]
    assert diary.end_weight[is_loss].sum() == pytest.approx(usual)
    assert (diary.end_weight[~on_day] == 1).all()


def test_losses_that_are_written_down_on_fridays_all_count() -> None:
    hotel = DatedCompany(np.eye(50)[49], np.full((50, 50), 0.02), deals_per_day=8, n_days=120)
    history = hotel.make(seed=2)[0]
    visits, deals = history.visits, history.deals
    friday = visits.left + (4 - (visits.left + 3)) % 7
    is_early = (visits.exit == LOST) & (friday < np.minimum(deals.expected_close, history.as_of))
    left = np.where(is_early, friday, visits.left)
    history = replace(history, visits=replace(visits, left=left), deals=replace(deals, closed=left))
    diary = diary_of(history, Layout(1, is_dated=True))
    by_day = np.bincount(diary.end_day - diary.first_day)
    assert np.sort(by_day)[-5] > 3 * FEWEST_BULK
    assert diary.capped_days.tolist() == []


def test_an_ordinary_history_has_no_such_day() -> None:
    assert cleaned(0)[1].capped_days.tolist() == []
    _, few = cleaned(1)
    assert (few.end_weight == 1).all()
    assert FEWEST_BULK == 10
