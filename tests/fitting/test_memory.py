"""How fast a fit forgets: weights against a slow twin, the prior alone, and companies that change or do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import SELLER, history_of
from scipy import stats

from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.memory import HALF_LIVES, chances_at, half_lives_at
from funnelsim.history.record import NEVER, OPEN, WON, History
from funnelsim.history.synthetic import Regime, make

FIRST = SELLER.first
OCTAVES = np.log2([14.0, 28.0, 56.0, 112.0, 365.0])


def prior(middle: float) -> np.ndarray:
    weight = np.exp(-0.5 * ((OCTAVES - np.log2(middle)) / 1.5) ** 2)
    return weight / weight.sum()


def test_a_short_history_forgets_around_twice_its_cycle() -> None:
    rows = [(FIRST + i, WON, 1.0, [(FIRST + i, FIRST + i + 15, WON)]) for i in range(10)]
    chronicle = Chronicle(history_of(rows, n_stages=1, observed_from=FIRST, as_of=FIRST + 30))
    assert list(half_lives_at(chronicle, FIRST + 30, 14).values()) == pytest.approx(prior(30.0))
    assert list(half_lives_at(chronicle, FIRST + 10, 14).values()) == pytest.approx(prior(365.0))  # no win is known yet
    rows = [(FIRST + i, WON, 1.0, [(FIRST + i, FIRST + i + 2, WON)]) for i in range(10)]
    quick = Chronicle(history_of(rows, n_stages=1, observed_from=FIRST, as_of=FIRST + 30))
    assert list(half_lives_at(quick, FIRST + 30, 14).values()) == pytest.approx(prior(14.0))


def test_half_lives_are_no_shorter_than_an_eighth_of_the_window() -> None:
    chronicle = Chronicle(make(SELLER, seed=1)[0])
    for n_days, shortest in [(7, 14.0), (112, 14.0), (180, 28.0), (365, 56.0), (900, np.inf)]:
        weights = half_lives_at(chronicle, chronicle.history.as_of, n_days)
        assert list(weights) == [h for h in HALF_LIVES if h >= shortest]
        assert sum(weights.values()) == pytest.approx(1)


def single_stage(seed: int) -> History:
    """Return 80 days of deals whose chance of a win doubles after day 45; nothing is lost."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(400):
        entered, left = FIRST + i % 80, NEVER
        for day in range(entered + 1, FIRST + 80):
            if rng.random() < (0.04 if day < FIRST + 45 else 0.08):
                left = day
                break
        end = WON if left < NEVER else OPEN
        rows.append((entered, end, 1.0, [(entered, left, end)]))
    return history_of(rows, n_stages=1, observed_from=FIRST, as_of=FIRST + 80)


def test_weights_are_those_of_a_slow_twin() -> None:
    history = single_stage(seed=2)
    chronicle, day, n_days = Chronicle(history), FIRST + 79, 14
    visits = history.visits
    total = np.log(prior(max(2 * float(np.median((visits.left - visits.entered)[visits.left < day])), 14.0)))
    n_windows = 0
    for start in range(day - n_days, FIRST + 20, -7):
        at_start = np.flatnonzero((visits.entered < start) & (visits.left >= start))
        ages = start - visits.entered[at_start]
        won = (visits.left[at_start] < start + n_days).sum()
        for k, half_life in enumerate(HALF_LIVES):
            q = chances_at(chronicle, start, {half_life: 0}, np.random.default_rng(0))[0, :, -1]
            cell = chronicle.layout.age_cell
            moved = {}
            for u in (0.0, 0.1):
                daily = 1 - (1 - q) ** np.exp(u)
                stays = [np.prod([1 - daily[cell[age + d]] for d in range(n_days)]) for age in ages]
                moved[u] = 1 - np.array(stays)
            luck = (moved[0.0] * (1 - moved[0.0])).sum()
            s = np.sqrt(luck + (moved[0.1] - moved[0.0]).sum() ** 2)
            z = (won - moved[0.0].sum()) / s
            weight = 7 / 14 * 0.5 ** ((day - n_days - start) / 365)
            total[k] += weight * (stats.t.logpdf(z, 4) - np.log(s))
        n_windows += 1
    assert n_windows == 7
    expected = np.exp(total - total.max())
    found = half_lives_at(chronicle, day, n_days)
    assert list(found.values()) == pytest.approx(expected / expected.sum(), rel=1e-9)
    assert list(found.values()) != pytest.approx(prior(30.0), rel=0.05)  # windows did speak


def test_memory_is_shorter_after_a_change_than_without_one() -> None:
    def mean_octave(regimes: tuple[Regime, ...]) -> float:
        history = make(replace(SELLER, n_days=300, deals_per_day=30, regimes=regimes), seed=1)[0]
        weights = half_lives_at(Chronicle(history), history.as_of, 14)
        return sum(w * np.log2(min(h, 4 * 112)) for h, w in weights.items())

    assert mean_octave((Regime(180, advance=2.0),)) < mean_octave(()) - 1.0


def test_means_stand_for_the_draws() -> None:
    chronicle = Chronicle(make(SELLER, seed=1)[0])
    day, rng = chronicle.history.as_of, np.random.default_rng(5)
    drawn, mean = chances_at(chronicle, day, {28.0: 400}, rng), chances_at(chronicle, day, {28.0: 0}, rng)
    error = drawn.std(axis=0) / np.sqrt(400) + 1e-4
    assert len(mean) == 1
    assert (np.abs(drawn.mean(axis=0) - mean[0]) < 5.5 * error).mean() > 0.995
    all_time = chances_at(chronicle, day, {np.inf: 0}, rng)
    assert (np.abs(drawn.mean(axis=0) - all_time[0]) < 5.5 * error).mean() < 0.97  # another memory is told apart
