"""Closures: found when they are over, expected again, and skipped by a clock that can be turned back."""

from __future__ import annotations

from datetime import date

import numpy as np
from fitted_histories import SELLER, history_of

from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.workdays import Workdays, bustle_of, closed_days, closures, repeated
from funnelsim.history.record import LOST, NEVER, WON, History, day_of
from funnelsim.history.synthetic import make

FIRST = day_of(date(2021, 3, 1))
HOLIDAYS = [(date(2021, 12, 22), date(2022, 1, 3)), (date(2022, 8, 1), date(2022, 8, 14))]
CLOSED = [(day_of(a), day_of(b)) for a, b in HOLIDAYS]
AS_OF = day_of(date(2023, 2, 1))


def busy(closed: list[tuple[int, int]], per_day: float = 5.0, seed: int = 1) -> History:
    """Return a company that wins or loses what it takes in within days, but on closed days nothing."""
    rng = np.random.default_rng(seed)
    shut = set(closed_days(closed).tolist())
    rows = []
    for day in range(FIRST, AS_OF - 40):
        for _ in range(rng.poisson(per_day if day not in shut and (day + 3) % 7 < 5 else 0)):
            left = day + int(rng.geometric(0.2))
            while left in shut or (left + 3) % 7 >= 5:
                left += 1
            exit_ = WON if rng.random() < 0.5 else LOST
            rows.append((day, exit_, 1.0, [(day, left, exit_)]))
    return history_of(rows, n_stages=1, observed_from=FIRST, as_of=AS_OF)


def test_closures_are_found_to_the_day_or_the_weekend_beside_them() -> None:
    found = closures(bustle_of(busy(CLOSED)), AS_OF - 40)
    assert len(found) == len(CLOSED)
    for (start, last), (begins, ends) in zip(found, CLOSED, strict=True):
        assert begins - 3 <= start <= begins + 1
        assert ends - 1 <= last <= ends + 3


def test_a_company_that_never_closes_has_none() -> None:
    for seed in range(4):
        assert closures(bustle_of(busy([], seed=seed)), AS_OF - 40) == []
    history = make(SELLER, seed=1)[0]
    assert closures(bustle_of(history), history.as_of) == []


def test_a_closure_is_not_known_before_it_is_over() -> None:
    bustle = bustle_of(busy(CLOSED))
    start, last = closures(bustle, AS_OF - 40)[0]
    assert closures(bustle, start + 8) == []
    assert [run[0] for run in closures(bustle, last + 5)] == [start]


def test_a_closure_falls_again_in_later_years_without_its_edges() -> None:
    run = (day_of(date(2021, 12, 22)), day_of(date(2022, 1, 3)))
    again = repeated([run], day_of(date(2022, 12, 1)), day_of(date(2023, 2, 1)))
    assert again.tolist() == list(range(day_of(date(2022, 12, 23)), day_of(date(2023, 1, 2)) + 1))
    assert repeated([run], day_of(date(2022, 12, 30)), day_of(date(2023, 1, 1))).tolist() == [
        day_of(date(2022, 12, 30)),
        day_of(date(2022, 12, 31)),
    ]
    assert repeated([run], day_of(date(2022, 3, 1)), day_of(date(2022, 11, 1))).tolist() == []
    later = repeated([run], day_of(date(2024, 12, 1)), day_of(date(2025, 2, 1)))
    assert later.tolist() == list(range(day_of(date(2024, 12, 23)), day_of(date(2025, 1, 2)) + 1))


def test_a_leap_day_falls_on_the_last_of_february() -> None:
    run = (day_of(date(2024, 2, 25)), day_of(date(2024, 3, 5)))
    again = repeated([run], day_of(date(2025, 2, 1)), day_of(date(2025, 4, 1)))
    assert again.tolist() == list(range(day_of(date(2025, 2, 26)), day_of(date(2025, 3, 4)) + 1))


def test_the_clock_turns_back_to_the_open_days() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        closed = np.unique(rng.integers(0, 60, rng.integers(0, 40)))
        clock = Workdays(closed)
        first = int(rng.integers(0, 30))
        days = clock.days(first, 20)
        assert len(days) == 20
        assert not np.isin(days, closed).any()
        assert clock.number(days).tolist() == list(range(first, first + 20))
        every = np.arange(-5, 100)
        assert clock.number(every).tolist() == [d - int((closed < d).sum()) for d in every]
    assert Workdays(np.array([3, 4])).number(np.array([NEVER])).tolist() == [NEVER]


def test_on_the_clock_no_deal_ages_while_all_stands_still() -> None:
    history = busy(CLOSED)
    clock = Workdays(closed_days(CLOSED))
    told = clock.applied(history)
    n_closed = len(clock.closed)
    assert told.as_of == history.as_of - n_closed
    stay = history.visits.left - history.visits.entered
    over = (history.visits.entered < CLOSED[0][0]) & (history.visits.left > CLOSED[0][1])
    assert over.any()
    shorter = stay - (told.visits.left - told.visits.entered)
    assert (shorter[over] == CLOSED[0][1] - CLOSED[0][0] + 1).all()
    assert Workdays(np.zeros(0, np.int64)).applied(history) is history


def test_a_forecast_over_the_winter_expects_the_closure_again_and_comes_out_lower() -> None:
    """The same company with and without its first winter's closure, asked on 10 December of the next year."""
    winter = CLOSED[:1]
    day = day_of(date(2022, 12, 10))
    shut, open_ = (Forecaster(busy(runs, per_day=4.0)) for runs in (winter, []))
    past, start, n_days = shut.window(day, 24)
    assert start == day - len(past.chronicle.clock.closed)
    assert 24 - 14 <= n_days <= 24 - 9  # 13 days of standstill but for their edges, give or take a weekend
    assert open_.window(day, 24)[2] == 24
    told = [f.outlook(day, 24, n_samples=400, n_draws=20).of("total_wins").mean() for f in (shut, open_)]
    assert told[0] < 0.75 * told[1]


def test_a_window_that_is_closed_from_end_to_end_is_answered() -> None:
    forecaster = Forecaster(busy(CLOSED[:1], per_day=4.0))
    day = day_of(date(2022, 12, 26))
    assert forecaster.outlook(day, 4, n_samples=50, n_draws=5).samples.shape == (4, 50)


def test_an_empty_or_tiny_history_has_no_closures() -> None:
    empty = history_of([], n_stages=1, observed_from=FIRST, as_of=FIRST)
    assert closures(bustle_of(empty), FIRST) == []
    one = history_of([(FIRST, WON, 1.0, [(FIRST, FIRST + 1, WON)])], n_stages=1, observed_from=FIRST, as_of=FIRST + 3)
    assert closures(bustle_of(one), FIRST + 3) == []
