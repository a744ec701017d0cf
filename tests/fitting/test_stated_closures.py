"""Holidays and weekends that somebody states: skipped in the past, expected ahead, and worth what they are worth.

Companies are made on a clock of open days alone and then brought onto the calendar, so on closed days nothing moves
and nothing ages. What is true of a window is what is true of its open days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from fitted_histories import SELLER, with_another_future
from test_workdays import CLOSED, busy

from funnelsim.fitting.expectation import expect
from funnelsim.fitting.fitted import fit
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.workdays import Workdays, stated_days
from funnelsim.history.digest import digest
from funnelsim.history.record import NEVER, History, date_of, day_of
from funnelsim.history.synthetic import make
from funnelsim.model.closed_days import ALWAYS_OPEN, ClosedDays
from funnelsim.model.daily import CLOSED as SHUT

COMPANY = replace(SELLER, n_days=240, deals_per_day=3, days_after=30)
N_SEEDS = 12
WINDOW = 21
QUICK = {"n_samples": 100, "n_draws": 10}


def plan(weekend: tuple[int, ...] = ()) -> ClosedDays:
    """Return a spring holiday that is past, and one of nine days in the middle of the window to come."""
    first = date_of(COMPANY.first + 100)
    ahead = as_of(ClosedDays(((first, date_of(COMPANY.first + 104)),), weekend)) + 5
    return ClosedDays(((first, date_of(COMPANY.first + 104)), (date_of(ahead), date_of(ahead + 8))), weekend)


def on_calendar(days: np.ndarray, closed: ClosedDays) -> np.ndarray:
    """Return days of the calendar for the days of a company that counts open ones alone."""
    shut = stated_days(closed, COMPANY.first, COMPANY.first + 1000)
    calendar = np.setdiff1d(np.arange(COMPANY.first, COMPANY.first + 1000), shut)
    return np.where(days == NEVER, NEVER, calendar[np.where(days == NEVER, 0, days - COMPANY.first)])


def as_of(closed: ClosedDays) -> int:
    return int(on_calendar(np.array([COMPANY.as_of]), closed)[0])


def shut_company(closed: ClosedDays, seed: int, company=COMPANY) -> tuple[History, float]:
    """Return a company that closes as planned, and the wins its open deals truly expect in the window."""
    made, truth = make(company, seed)
    deals, visits = made.deals, made.visits
    moved = replace(
        made,
        deals=replace(deals, created=on_calendar(deals.created, closed), closed=on_calendar(deals.closed, closed)),
        visits=replace(visits, entered=on_calendar(visits.entered, closed), left=on_calendar(visits.left, closed)),
        as_of=as_of(closed),
        closed=closed,
    )
    n_open = WINDOW - len(stated_days(closed, moved.as_of, moved.as_of + WINDOW))
    book = made.book()
    return moved, float(truth.in_time(n_open)[book.stage, book.age].sum())


def z_of(closed: ClosedDays, believed: ClosedDays) -> float:
    """Return by how many standard errors the expected wins of open deals are off, over companies."""
    company = replace(COMPANY, amount_effect=0.0)
    off = []
    for seed in range(N_SEEDS):
        history, true = shut_company(closed, seed, company)
        forecaster = Forecaster(replace(history, closed=believed))
        past, start, n_open = forecaster.window(history.as_of, WINDOW)
        told = expect(past.chronicle, start, n_open, [0.0], 20, seed, clock=forecaster.clock(history.as_of, WINDOW))
        off.append(float(told.open_chance[:, 0].mean(axis=0) @ told.standing.size) / true - 1.0)
    return float(np.mean(off) / (np.std(off, ddof=1) / np.sqrt(N_SEEDS)))


def test_with_the_holiday_ahead_stated_the_window_is_unbiased_and_without_it_it_is_off() -> None:
    closed = plan()
    past_only = ClosedDays(closed.runs[:1])
    assert abs(z_of(closed, closed)) < 3.5
    assert z_of(closed, past_only) > 6


def test_a_past_holiday_is_no_exposure() -> None:
    history, _ = shut_company(plan(), 1)
    start, end = (day_of(d) for d in plan().runs[0])
    past = Forecaster(history).past(history.as_of).chronicle
    open_days = history.as_of - history.observed_from - (end - start + 1)
    assert len(past.diary.at_risk) == open_days
    unstated = Forecaster(replace(history, closed=ALWAYS_OPEN)).past(history.as_of).chronicle
    assert len(unstated.diary.at_risk) > open_days
    made = make(COMPANY, 1)[0]
    assert past.diary.at_risk.sum() == Forecaster(made).past(made.as_of).chronicle.diary.at_risk.sum()


def test_weekends_that_are_stated_leave_the_fit_that_of_the_open_days() -> None:
    closed = plan(weekend=(5, 6))
    history, _ = shut_company(closed, 2)
    made = make(COMPANY, 2)[0]
    n_open = int(np.diff(Forecaster(history).clock(history.as_of, WINDOW).number(
        np.array([history.as_of, history.as_of + WINDOW])))[0])  # fmt: skip
    assert n_open == WINDOW - len(stated_days(closed, history.as_of, history.as_of + WINDOW))
    told, plain = Forecaster(history), Forecaster(made)
    mine, theirs = (f.past(f.history.as_of).chronicle for f in (told, plain))
    assert (mine.diary.at_risk == theirs.diary.at_risk).all()
    assert mine.clock.days_a_week == 5
    assert told.outlook(history.as_of, WINDOW, **QUICK).n_days == n_open


def test_a_weekend_company_is_forecast_without_bias() -> None:
    closed = plan(weekend=(5, 6))
    assert abs(z_of(closed, closed)) < 3.5
    assert z_of(closed, ClosedDays(closed.runs[:1], closed.weekend)) > 6


def test_a_plan_is_known_on_every_day() -> None:
    closed = plan()
    history, _ = shut_company(closed, 3)
    ahead = Forecaster(history).clock(history.as_of - 60, 100)
    first, last = (day_of(d) for d in closed.runs[1])
    assert np.isin(np.arange(first, last + 1), ahead.closed).all()


def test_a_closure_that_is_stated_is_not_expected_on_last_years_date() -> None:
    """A lunar new year moves: where the days are stated, those of the next year are taken from the statement alone."""
    winter = CLOSED[0]
    history, day = busy(CLOSED, per_day=4.0), day_of(date(2022, 12, 10))
    last_year = ClosedDays(((date_of(winter[0]), date_of(winter[1])),))
    again = np.arange(day_of(date(2022, 12, 24)), day_of(date(2023, 1, 2)))
    assert np.isin(again, Forecaster(history).clock(day, 40).closed).all()
    stated = Forecaster(replace(history, closed=last_year)).clock(day, 40).closed
    assert not np.isin(again, stated).any()
    assert np.isin(np.arange(winter[0], winter[1] + 1), stated).all()
    assert np.isin(np.arange(CLOSED[1][0] + 3, CLOSED[1][1] - 2), stated).all()  # found, since nobody stated it


def test_a_forecast_on_the_stated_clock_reads_nothing_of_later_days() -> None:
    closed = plan(weekend=(5, 6))
    history, _ = shut_company(closed, 6)
    day = history.as_of - 60
    other = with_another_future(history, day, seed=1)
    told = [Forecaster(one).outlook(day, WINDOW, n_samples=50, n_draws=5) for one in (history, other)]
    assert np.array_equal(told[0].samples, told[1].samples)
    assert np.array_equal(told[0].expected.open_chance, told[1].expected.open_chance)


def test_the_fitted_case_lets_nothing_move_on_stated_days() -> None:
    closed = plan()
    history, _ = shut_company(closed, 4)
    start = date_of(history.as_of)
    fitted = fit(Forecaster(history), start, date_of(history.as_of + WINDOW), start, n_draws=5)
    assert fitted.closed_ahead == tuple(date_of(d) for d in stated_days(closed, history.as_of, history.as_of + WINDOW))
    assert len(fitted.closed_ahead) == 9
    days = fitted.tables.days
    assert days is not None
    shut = np.array([date_of(history.as_of + n) in fitted.closed_ahead for n in range(WINDOW)])
    kinds = np.array(days.of_day)
    assert (kinds[shut] == SHUT).all()
    assert (kinds[~shut] >= 0).all()


def test_what_is_stated_belongs_to_the_fingerprint_of_the_records() -> None:
    history, _ = shut_company(plan(), 5)
    assert digest(history) != digest(replace(history, closed=ALWAYS_OPEN))


@pytest.mark.parametrize("weekend", [(), (4, 5), (5, 6)])
def test_stated_days_are_those_a_calendar_shows(weekend: tuple[int, ...]) -> None:
    closed = ClosedDays(((date(2024, 2, 28), date(2024, 3, 1)), (date(2024, 3, 1), date(2024, 3, 1))), weekend)
    first, end = day_of(date(2024, 2, 1)), day_of(date(2024, 4, 1))
    assert stated_days(closed, first, end).tolist() == [d for d in range(first, end) if closed.holds(date_of(d))]
    clock = Workdays(stated_days(closed, first, end))
    assert clock.number(np.array([end]))[0] == end - len(clock.closed)
