"""What a chronicle says of a day: deals that stand, wins as they were known, and whether dates decide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import HOTEL, SELLER, history_of, with_another_future, with_changes, won_day

from funnelsim.fitting.chronicle import Chronicle, is_dated
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.history.record import EXPECTED_CLOSE, LOST, NEVER, OPEN, WON, Changes, History
from funnelsim.history.synthetic import make

FIRST = SELLER.first


@pytest.fixture(scope="module")
def moved() -> History:
    """Return a history in which deals were reopened, lost after they were won, and restated."""
    history = with_changes(make(SELLER, seed=1)[0], 2)
    return with_another_future(history, history.observed_from + 120, seed=3)


def test_wins_between_days_are_those_known_when_the_last_was_over(moved: History) -> None:
    chronicle, slow = Chronicle(moved), won_day(moved)
    first = moved.observed_from
    for start, end in [(60, 74), (100, 121), (110, 150), (0, 180), (119, 240)]:
        found = chronicle.won_between(first + start, first + end)
        assert found.tolist() == slow(first + start, first + end).tolist()
    reopened = ((moved.visits.exit == WON) & (moved.deals.outcome[moved.visits.deal] == LOST)).sum()
    assert reopened > 20  # the case is there


def _came_back(history: History) -> set[int]:
    """Return the deals whose last stay began with a move to an earlier stage: it counts from the next day."""
    visits, last = history.visits, {}
    for row, deal in enumerate(visits.deal.tolist()):
        before = last.get(deal, (None, -1))[1]
        moved_back = before >= 0 and visits.exit[before] == visits.stage[row] <= visits.stage[before]
        last[deal] = (moved_back, row)
    return {deal for deal, (moved_back, _) in last.items() if moved_back}


@pytest.mark.parametrize("after", [5, 60, 121, 150])
def test_deals_that_stand_are_the_book_of_the_day(moved: History, after: int) -> None:
    day = moved.observed_from + after
    known = moved.known_at(day)
    book = known.book()
    cuts = np.array([40.0, 60.0])
    standing = Chronicle(moved).standing(day, cuts)
    kept = np.flatnonzero(moved.deals.created < day)
    assert (standing.deal == kept[book.deal]).all()
    assert np.allclose(standing.amount, known.deals.amount[book.deal])
    rows = standing.classes[standing.class_of_deal]
    assert (rows[:, 0] == np.digitize(standing.amount, cuts)).all()
    assert (rows[:, 1] == book.stage).all()
    came_back = _came_back(known)
    assert (rows[:, 2] == book.age - [deal in came_back for deal in book.deal]).all()
    assert (np.bincount(standing.class_of_deal, minlength=len(standing.size)) == standing.size).all()


def test_deals_without_a_date_or_past_it_are_set_apart_where_dates_decide() -> None:
    rows = [(FIRST, OPEN, 2.0, [(FIRST, NEVER, OPEN)])] * 4
    day = FIRST + 10
    history = history_of(rows, n_stages=1, observed_from=FIRST, as_of=day, due=[day + 3, day, day - 1, NEVER])
    standing = Chronicle(history, is_dated=True).standing(day, np.zeros(0))
    assert standing.deal.tolist() == [0, 1]
    assert standing.classes[standing.class_of_deal][:, 3].tolist() == [3, 0]
    assert (standing.n_undated, standing.n_overdue) == (1, 1)


# ---- do dates decide?


def test_dates_decide_where_wins_fall_on_them() -> None:
    hotel = HOTEL.make(seed=1)[0]
    assert is_dated(hotel)
    assert not is_dated(make(SELLER, seed=1)[0])
    assert not is_dated(hotel.known_at(hotel.observed_from + 1))  # nothing won yet
    late = replace(hotel, deals=replace(hotel.deals, expected_close=hotel.deals.expected_close + 1))
    assert not is_dated(late)


def test_a_date_that_closing_overwrites_decides_nothing() -> None:
    """Records that set the expected date to the day of the win would look as if all wins were on time."""
    rng = np.random.default_rng(1)
    won = [(FIRST + i, WON, 1.0, [(FIRST + i, FIRST + i + 20, WON)]) for i in range(60)]
    closed = np.array([row[0] + 20 for row in won])
    history = history_of(won, n_stages=1, observed_from=FIRST, as_of=FIRST + 100, due=closed.tolist())
    stated = closed + rng.integers(1, 40, 60)
    log = Changes(np.arange(60), closed, np.full(60, EXPECTED_CLOSE), closed.astype(float), stated.astype(float))
    assert is_dated(history)
    assert not is_dated(replace(history, changes=log))


# ---- hardly any history


def tiny() -> dict[str, History]:
    def of(rows, **more) -> History:
        more = {"n_stages": 2, "observed_from": FIRST, "as_of": FIRST + 60, **more}
        return history_of(rows, **more)

    long = [(FIRST + i % 50, OPEN, 5.0, [(FIRST + i % 50, NEVER, OPEN)]) for i in range(60)]
    lost = [(FIRST + i, LOST, 5.0, [(FIRST + i, FIRST + i + 4, LOST)]) for i in range(50)]
    ends = [(FIRST + i % 50, WON if i % 3 else LOST) for i in range(200)]
    mixed = [(day, end, float(i), [(day, day + 3, end)]) for i, (day, end) in enumerate(ends)]
    at_once = [(day, WON, 1.0, [(day, day, WON)]) for day, _ in ends]
    some_open = [*mixed, *long[:20]]

    def with_amounts(values: np.ndarray) -> History:
        history = of(some_open)
        return replace(history, deals=replace(history.deals, amount=values))

    n = len(some_open)
    return {
        "no deals": of([]),
        "one deal": of([(FIRST, OPEN, 5.0, [(FIRST, NEVER, OPEN)])]),
        "one win": of([(FIRST, WON, 5.0, [(FIRST, FIRST + 2, WON)])], n_stages=1),
        "three days": of(long[:3], as_of=FIRST + 3),
        "nothing closes": of(long),
        "all lost": of(lost),
        "all lost and some open": of([*lost, *long[:5]]),
        "no amounts": with_amounts(np.full(n, np.nan)),
        "some amounts": with_amounts(np.where(np.arange(n) % 2, np.nan, 3.0)),
        "amounts of nought": with_amounts(np.zeros(n)),
        "amounts below nought": with_amounts(-np.arange(n, dtype=float)),
        "won on the day they came": of(at_once),
        "before 1970": of(
            [(-900 + i, WON, 2.0, [(-900 + i, -890 + i, WON)]) for i in range(40)], observed_from=-900, as_of=-840
        ),
        "dates without wins to come": of(
            [(FIRST + i, WON, 2.0, [(FIRST + i, FIRST + i + 9, WON)]) for i in range(40)],
            n_stages=1, due=[FIRST + i + 9 for i in range(40)],
        ),
        "dated and overdue": of(
            [(FIRST + i, WON, 2.0, [(FIRST + i, FIRST + i + 9, WON)]) for i in range(40)]
            + [(FIRST, OPEN, 2.0, [(FIRST, NEVER, OPEN)])] * 3,
            n_stages=1, due=[FIRST + i + 9 for i in range(40)] + [FIRST + 9, FIRST + 70, FIRST + 65],
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(tiny()))
@pytest.mark.parametrize("n_days", [1, 14, 90])
def test_a_forecast_is_made_of_hardly_any_history(name: str, n_days: int) -> None:
    history = tiny()[name]
    found = Forecaster(history).outlook(history.as_of, n_days, n_samples=100, n_draws=8)
    assert np.isfinite(found.samples).all()
    assert found.samples.shape == (4, 100)
    assert (found.samples[0] <= len(history.book())).all()
    if name in ("no deals", "nothing closes", "all lost", "all lost and some open", "one deal", "three days"):
        assert (found.samples == 0).all()


@pytest.mark.parametrize("after", [0, 1, 2, 8, 22, 40])
def test_a_forecast_is_made_on_any_day_of_a_history(after: int) -> None:
    history = make(SELLER, seed=1)[0]
    found = Forecaster(history).outlook(history.observed_from + after, 14, n_samples=100, n_draws=8)
    assert np.isfinite(found.samples).all()
