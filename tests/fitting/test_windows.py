"""Past windows: which of them are asked, and that neither order nor threads change what they say."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest
from fitted_histories import SELLER

from funnelsim.fitting import windows
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.fitted import Fitted, fit
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.windows import FEWEST_APART, N_SHORTER, N_WINDOWS, Past, Window
from funnelsim.history.record import History, date_of
from funnelsim.history.synthetic import make


@pytest.fixture(scope="module")
def history() -> History:
    return make(replace(SELLER, deals_per_day=2, n_days=400), seed=5)[0]


def bytes_of(window: Window) -> bytes:
    return b"".join(np.asarray(getattr(window, field.name)).tobytes() for field in fields(window))


def told(fitted: Fitted) -> tuple[object, ...]:
    return fitted.tables, fitted.deals, fitted.flows, fitted.support, fitted.shock.weight.tobytes()


def test_a_fit_is_the_same_by_one_thread_and_by_two(history: History) -> None:
    day = date_of(history.as_of)
    one, two, other = (
        told(fit(Forecaster(history, seed), day, day + timedelta(days=60), day, n_draws=10, threads=threads))
        for seed, threads in ((1, 1), (1, 2), (2, 1))
    )
    assert one == two
    assert one != other


def test_looking_back_works_out_all_that_is_needed_and_nothing_else(history: History) -> None:
    past, asked = Past(Chronicle(history), 1), Past(Chronicle(history), 1)
    day = history.as_of
    needed = past.needed(day, 20)
    past.look_back(day, 20, threads=3)
    assert past.needed(day, 20) == set()
    by_hand = sorted(needed, reverse=True)[:12]  # the other way round, one at a time
    assert [bytes_of(asked.window(*one)) for one in by_hand] == [bytes_of(past.window(*one)) for one in by_hand]
    assert past.shock(day, 20).weight.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("n_days", [30, 180])
def test_two_years_are_asked_and_of_long_windows_ten_that_lie_apart(history: History, n_days: int) -> None:
    long_ago = replace(history, observed_from=history.as_of - 4000)
    past, day = Past(Chronicle(long_ago), 1), history.as_of
    needed = past.needed(day, n_days)
    own = sorted(start for start, days in needed if days == n_days)
    assert own[-1] == day - n_days
    assert np.all(np.diff(own) == 7)
    assert len(own) == max(N_WINDOWS, FEWEST_APART * n_days // 7)
    assert own[-1] + n_days - own[0] >= FEWEST_APART * n_days
    for shorter in (7, 14):
        starts = sorted(start for start, days in needed if days == shorter)
        assert starts == [day - shorter - 7 * k for k in reversed(range(N_SHORTER))]


def test_few_draws_tell_the_slope(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    chronicle, start = Chronicle(history), history.as_of - 60
    few = windows.window_at(chronicle, start, 30, 1)
    monkeypatch.setattr(windows, "SLOPE_EVERY", 1)
    every = windows.window_at(chronicle, start, 30, 1)
    assert np.array_equal(few.mean, every.mean)
    assert np.array_equal(few.variance, every.variance)
    # five draws of fifty; a draw's slope is off by some 10 % of the mean one
    assert few.slope == pytest.approx(every.slope, rel=0.15)
    assert not np.array_equal(few.slope, every.slope)
