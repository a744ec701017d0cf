"""What calls are worth: shrunk shares, the weight of evidence, and scores that know nothing of their own window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, special, stats

from funnelsim.fitting.calls import FEWEST_CASES, Cases, evidence_weight, lesson_of, share_interval, worth_of


def cases_of(seed: int, n: int = 600, n_windows: int = 6, strength: float = 1.5) -> Cases:
    """Return cases whose category adds plus or minus `strength` to the log odds of the fit, both as often."""
    rng = np.random.default_rng(seed)
    fitted_odds, category = rng.normal(-0.5, 1.0, n), rng.integers(0, 2, n)
    is_won = rng.random(n) < special.expit(fitted_odds + np.where(category == 0, strength, -strength))
    window = np.sort(rng.integers(0, n_windows, n))
    return Cases(np.arange(n), window, category, np.full(n, np.nan), special.expit(fitted_odds), is_won)


def test_a_share_is_drawn_toward_that_of_all_as_five_cases_would() -> None:
    cases = cases_of(1)
    base = (cases.is_won.sum() + 0.5) / (len(cases) + 1)
    lesson = lesson_of(cases, 3)
    for k in (0, 1):
        own = cases.is_won[cases.category == k]
        assert special.expit(lesson.category[k]) == pytest.approx((own.sum() + 5 * base) / (len(own) + 5))
    assert special.expit(lesson.category[2]) == pytest.approx(base)  # nobody ever said it
    low, high = share_interval(7, 9, 0.4)
    law = stats.beta(7 + 2.0, 2 + 3.0)
    assert law.cdf(high) - law.cdf(low) == pytest.approx(0.8)


def test_the_weight_is_the_one_that_a_search_finds() -> None:
    cases = cases_of(2)
    evidence = np.where(cases.category == 0, 1.2, -0.9)

    def loss(w: float) -> float:
        odds = cases.fitted_odds + w * evidence
        return float(-special.log_expit(np.where(cases.is_won, odds, -odds)).sum() + 0.5 * (w / 0.5) ** 2)

    w, error = evidence_weight(cases.fitted_odds, evidence, cases.is_won)
    assert w == pytest.approx(optimize.minimize_scalar(loss, (0, 1)).x, abs=1e-6)
    curvature = (loss(w + 1e-3) - 2 * loss(w) + loss(w - 1e-3)) / 1e-6
    assert error == pytest.approx(curvature**-0.5, rel=1e-3)
    assert evidence_weight(np.zeros(0), np.zeros(0), np.zeros(0, bool)) == (0.0, 0.5)


def test_evidence_of_its_own_weighs_one_and_a_lottery_nothing() -> None:
    """z against 1 where the evidence is the true one, and the control: the same test refuses one half of it."""
    cases = cases_of(3, n=4000)
    true = np.where(cases.category == 0, 1.5, -1.5)
    w, error = evidence_weight(cases.fitted_odds, true, cases.is_won)
    assert abs(w - 1) < 3.5 * error
    w, error = evidence_weight(cases.fitted_odds, 0.5 * true, cases.is_won)
    assert abs(w - 1) > 3.5 * error
    lots = np.random.default_rng(4).permutation(true)
    w, error = evidence_weight(cases.fitted_odds, lots, cases.is_won)
    assert abs(w) < 3.5 * error
    assert error < 0.05


def test_a_call_that_repeats_the_fit_has_no_weight() -> None:
    cases = cases_of(5, n=3000, strength=0.0)
    cases = replace(cases, category=(cases.fitted_odds > -0.5).astype(np.int64))
    worth = worth_of(cases, 2)
    assert not worth.is_earned
    assert abs(worth.weight) < 3.5 * worth.weight_se
    assert worth.weight_se < 0.1  # and that is known well
    told = special.expit(worth.called[worth.judged])
    assert np.corrcoef(told, cases.fitted[worth.judged])[0, 1] > 0.7  # though the calls themselves tell much


def test_what_a_window_brought_teaches_nothing_to_its_own_score() -> None:
    cases = cases_of(6)
    last = cases.window == cases.window.max()
    changed = replace(cases, is_won=np.where(last, ~cases.is_won, cases.is_won))
    before, after = worth_of(cases, 2), worth_of(changed, 2)
    assert np.array_equal(before.pooled, after.pooled, equal_nan=True)
    assert np.array_equal(before.called, after.called, equal_nan=True)
    assert before.weight != after.weight


def test_the_first_windows_are_not_scored() -> None:
    cases = cases_of(7)
    worth = worth_of(cases, 2)
    assert not worth.judged[cases.window == 0].any()
    assert worth.judged[cases.window > 0].all()
    few = cases.rows(np.arange(len(cases)) < FEWEST_CASES - 1)
    assert worth_of(few, 2).n_judged == 0
    assert not worth_of(few, 2).is_earned
    assert (worth_of(few, 2).evidence(np.array([0]), np.array([np.nan])) == 0).all()


def test_the_error_of_a_gain_is_that_of_windows_where_their_luck_is_shared() -> None:
    cases = cases_of(8, n=1200, n_windows=12)
    gain, error = worth_of(cases, 2).gain
    assert gain > 5 * error
    lucky = cases.window % 3 == 0  # in these windows every commit comes in, and nothing else
    shared = replace(cases, is_won=np.where(lucky, cases.category == 0, cases.is_won))
    worth = worth_of(shared, 2)
    won, window = shared.is_won[worth.judged], shared.window[worth.judged]
    more = special.log_expit(np.where(won, worth.pooled[worth.judged], -worth.pooled[worth.judged]))
    more -= special.log_expit(np.where(won, shared.fitted_odds[worth.judged], -shared.fitted_odds[worth.judged]))
    sums = np.array([(more[window == k] - more.mean()).sum() for k in np.unique(window)])
    k = len(sums)
    assert worth.gain[1] == pytest.approx(np.sqrt((sums**2).sum() * k / (k - 1)) / len(more))
    assert worth.gain[1] > 1.5 * more.std(ddof=1) / np.sqrt(len(more))


def test_chances_are_recalibrated_and_none_is_surer_than_99_percent() -> None:
    rng = np.random.default_rng(9)
    true = rng.normal(-1.0, 1.0, 4000)
    won = rng.random(4000) < special.expit(true)
    said = special.expit(true + 1.0)  # a factor e too hopeful
    cases = Cases(np.arange(4000), np.zeros(4000, np.int64), np.full(4000, -1), said, np.full(4000, 0.3), won)
    lesson = lesson_of(cases, 0)
    assert lesson.intercept == pytest.approx(-1.0, abs=0.2)
    assert lesson.slope == pytest.approx(1.0, abs=0.1)
    sure = lesson.odds(np.array([-1, -1]), np.array([1.0, 0.99]))
    assert sure[0] == sure[1]
