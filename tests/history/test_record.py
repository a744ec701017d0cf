"""A history seen at a past day knows nothing of what came later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from funnelsim.errors import InputError
from funnelsim.history.record import (
    AMOUNT,
    EXPECTED_CLOSE,
    LOST,
    NEVER,
    OPEN,
    WON,
    Changes,
    Deals,
    History,
    Visits,
    day_of,
)
from funnelsim.model.money import Money

START = day_of(date(2026, 1, 1))


def small() -> History:
    """Three deals: won after two stages, lost in the second, open in the first."""
    texts = np.array(["a", "b", "c"], object)
    none = np.array(["", "", ""], object)
    deals = Deals(
        id=texts,
        created=START + np.array([0, 2, 9]),
        closed=np.array([START + 8, START + 12, NEVER]),
        outcome=np.array([WON, LOST, OPEN]),
        reason=np.array(["", "price", ""], object),
        amount=np.array([10.0, 25.0, 30.0]),
        expected_close=np.array([START + 8, NEVER, START + 40]),
        owner=none,
        segment=none,
        source=none,
    )
    visits = Visits(
        deal=np.array([0, 0, 1, 1, 2]),
        stage=np.array([0, 1, 0, 1, 0]),
        entered=START + np.array([0, 4, 2, 7, 9]),
        left=np.array([START + 4, START + 8, START + 7, START + 12, NEVER]),
        exit=np.array([1, WON, 1, LOST, OPEN]),
    )
    changes = Changes(
        deal=np.array([1, 1, 0]),
        day=START + np.array([10, 6, 5]),
        field=np.array([AMOUNT, AMOUNT, EXPECTED_CLOSE]),
        value=np.array([25.0, 22.0, START + 8.0]),
        before=np.array([22.0, 20.0, np.nan]),
    )
    return History(("offer", "contract"), deals, visits, Money("CNY"), START, START + 20, changes=changes)


def test_the_book_of_a_past_day_has_stage_and_age_of_that_day() -> None:
    book = small().known_at(START + 8).book()
    assert book.deal.tolist() == [0, 1]
    assert book.stage.tolist() == [1, 1]
    assert book.age.tolist() == [4, 1]


def test_an_exit_on_the_very_day_is_still_to_come() -> None:
    seen = small().known_at(START + 8)
    assert seen.deals.outcome.tolist() == [OPEN, OPEN]
    assert seen.deals.closed.tolist() == [NEVER, NEVER]
    assert small().known_at(START + 9).deals.outcome.tolist() == [WON, OPEN]


def test_amounts_and_dates_are_those_stated_at_the_time() -> None:
    assert small().known_at(START + 6).deals.amount[1] == 20
    assert small().known_at(START + 7).deals.amount[1] == 22
    assert small().known_at(START + 11).deals.amount[1] == 25
    assert small().known_at(START + 5).deals.expected_close[0] == NEVER
    assert small().known_at(START + 6).deals.expected_close[0] == START + 8


@pytest.mark.parametrize("day", range(START, START + 21))
def test_a_changed_future_leaves_the_same_bytes(day: int) -> None:
    whole, other = small(), small()
    is_later = whole.visits.left >= day
    other = replace(
        other,
        visits=replace(
            other.visits,
            left=np.where(is_later & (whole.visits.left < NEVER), whole.visits.left + 5, whole.visits.left),
            exit=np.where(is_later & (whole.visits.exit == WON), LOST, whole.visits.exit),
        ),
        deals=replace(
            other.deals,
            closed=np.where((whole.deals.closed >= day) & (whole.deals.closed < NEVER), START + 19, whole.deals.closed),
            outcome=np.where((whole.deals.closed >= day) & (whole.deals.outcome == WON), LOST, whole.deals.outcome),
            reason=np.where(whole.deals.closed >= day, "regret", whole.deals.reason),
        ),
    )
    assert _bytes(whole.known_at(day)) == _bytes(other.known_at(day))
    if is_later[whole.visits.exit == WON].any():  # and the past is not blind to what it must know
        assert _bytes(whole.known_at(START + 20)) != _bytes(other.known_at(START + 20))


def test_known_twice_is_known_once() -> None:
    assert _bytes(small().known_at(START + 12).known_at(START + 6)) == _bytes(small().known_at(START + 6))


def test_nothing_is_known_after_the_end_of_the_records() -> None:
    with pytest.raises(InputError, match="2026-02-01 is after 2026-01-21, the end of the records"):
        small().known_at(START + 31)


def test_all_contradictions_are_told_at_once() -> None:
    whole = small()
    with pytest.raises(InputError) as caught:
        replace(whole, visits=replace(whole.visits, left=whole.visits.entered - 1, stage=whole.visits.stage + 1))
    assert "numbers outside the 2 stages" in str(caught.value)
    assert "5 stays end before they begin" in str(caught.value)


def _bytes(history: History) -> tuple[object, ...]:
    parts = (history.deals, history.visits, history.changes)
    return tuple(
        (name, value.tobytes() if value.dtype != object else tuple(value))
        for part in parts
        for name, value in vars(part).items()
    )
