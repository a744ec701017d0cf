"""What past calls are worth (model page, M12.5): recalibration, scores and weights, against known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit, log_expit, logit

from funnelsim.fitting.opinions import (
    INTERCEPT_PRIOR_SD,
    SLOPE_PRIOR_SD,
    calibrate,
    earned_weights,
    fit_voices,
    folds_of,
    track_record,
)
from funnelsim.model.opinions import PastCall, Voice

# a few dozen comparisons: 1 seed in 1,000 may err
Z = 4.2
BASE = 0.35


def calls_of(rng, n, middle, slope, spread, is_won):
    """Return log odds of calls whose truth is exactly logit P = logit BASE - slope middle + slope x."""
    return middle + slope * spread**2 * (is_won - 0.5) + spread * rng.standard_normal(n)


def history(seed, n, *callers):
    rng = np.random.default_rng(seed)
    is_won = rng.random(n) < BASE
    return is_won, np.stack([calls_of(rng, n, *caller, is_won) for caller in callers], axis=1)


def past_calls(is_won, log_odds, names):
    return [
        PastCall(name, float(expit(log_odds[d, k])), bool(is_won[d]), f"H{d}")
        for d in range(len(is_won))
        for k, name in enumerate(names)
    ]


REP, BOSS = (1.2, 0.7, 1.0), (-1.0, 1.3, 0.9)


@pytest.mark.parametrize(("caller", "seed"), [(REP, 1), (REP, 2), (BOSS, 3), (BOSS, 4), ((0.0, 1.0, 1.5), 5)])
def test_recalibration_finds_the_truth_within_z_standard_errors(caller, seed):
    is_won, log_odds = history(seed, 4000, caller)
    found, covariance = calibrate(log_odds[:, 0], is_won)
    truth = np.array([logit(BASE) - caller[0] * caller[1], caller[1]])
    errors = np.sqrt(np.diag(covariance))
    assert np.abs(found - truth).max() < Z * errors.max()
    assert (np.abs(found - truth) < Z * errors).all()
    # negative control: a truth whose slope is a third steeper is refused by the same test
    assert abs(found[1] - 1.34 * caller[1]) > Z * errors[1]


def test_the_stated_errors_of_recalibration_are_the_spread_over_histories():
    z = []
    for seed in range(200):
        is_won, log_odds = history([9, seed], 1000, REP)
        found, covariance = calibrate(log_odds[:, 0], is_won)
        z.append((found - [logit(BASE) - 0.84, 0.7]) / np.sqrt(np.diag(covariance)))
    # a variance estimated from 200 histories is within 10 % of its own, one standard error; the prior takes 3 % at most
    spread = np.var(np.array(z), axis=0)
    assert np.abs(spread - 1).max() < Z * 0.1


def test_recalibration_maximises_the_penalised_likelihood():
    is_won, log_odds = history(11, 30, REP)
    x = log_odds[:, 0]

    def loss(ab):
        fit = log_expit(np.where(is_won, 1, -1) * (ab[0] + ab[1] * x)).sum()
        return -fit + ab[0] ** 2 / (2 * INTERCEPT_PRIOR_SD**2) + (ab[1] - 1) ** 2 / (2 * SLOPE_PRIOR_SD**2)

    best = optimize.minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).x
    assert calibrate(x, is_won)[0] == pytest.approx(best, abs=1e-6)


def test_without_calls_a_voice_is_taken_at_its_word_and_few_calls_move_it_little():
    assert calibrate(np.zeros(0), np.zeros(0, bool))[0] == pytest.approx([0, 1])
    one = calibrate(np.array([logit(0.8)]), np.array([False]))[0]
    assert -0.7 < one[0] < 0
    assert 0.6 < one[1] < 1


def test_calls_that_separate_won_from_lost_give_finite_figures():
    x = np.array([-3.0, -2.0, 2.0, 3.0])
    found, covariance = calibrate(x, x > 0)
    assert np.isfinite(found).all()
    assert np.isfinite(covariance).all()


def test_scores_are_out_of_sample_and_in_the_words_of_their_definition():
    is_won, log_odds = history(13, 57, REP)
    x, folds = log_odds[:, 0], folds_of([f"H{i}" for i in range(57)])
    record, out = track_record(x, is_won, folds)
    p = []
    for i in range(57):
        others = folds != folds[i]
        a, b = calibrate(x[others], is_won[others])[0]
        p.append(expit(a + b * x[i]))
    happened = np.where(is_won, p, 1 - np.array(p))
    assert record.log_score == pytest.approx(np.log(happened).mean())
    assert record.brier == pytest.approx(((p - is_won) ** 2).mean())
    assert out == pytest.approx(logit(np.array(p)))
    assert record.brier_said == pytest.approx(((expit(x) - is_won) ** 2).mean())
    assert record.gain == pytest.approx(record.log_score - record.log_score_base)


def test_folds_are_even_and_hang_on_names_not_on_order():
    names = [f"deal {i}" for i in range(103)]
    folds = dict(zip(names, folds_of(names), strict=True))
    assert sorted(np.bincount(list(folds.values()))) == [10] * 7 + [11] * 3
    assert dict(zip(names[::-1], folds_of(names[::-1]), strict=True)) == folds


def test_the_better_source_earns_more_and_chance_does_not():
    is_won, log_odds = history(17, 800, REP, BOSS)
    rep, boss = fit_voices(past_calls(is_won, log_odds, ("rep", "boss")), [Voice("rep"), Voice("boss")], earn=True)
    assert rep.weight + boss.weight == pytest.approx(1)
    assert boss.weight - 0.5 > 3 * boss.weight_se
    assert boss.record.log_score > rep.record.log_score
    # a source that knows nothing is left with next to nothing
    rng = np.random.default_rng(18)
    noise = np.stack([log_odds[:, 1], rng.standard_normal(800)], axis=1)
    deaf, _ = fit_voices(past_calls(is_won, noise, ("boss", "dice")), [Voice("dice"), Voice("boss")], earn=True)
    assert deaf.weight < 0.15


def test_exchangeable_sources_earn_nearly_the_same():
    weights = []
    for seed in range(40):
        is_won, log_odds = history([19, seed], 400, REP, REP)
        found = fit_voices(past_calls(is_won, log_odds, ("one", "two")), [Voice("one"), Voice("two")], earn=True)
        weights.append(found[0].weight)
    assert abs(np.mean(weights) - 0.5) < Z * np.std(weights) / np.sqrt(40)
    assert np.std(weights) < 0.12
    # negative control: with the boss in place of one of them the same test tells them apart
    other = []
    for seed in range(40):
        is_won, log_odds = history([19, seed], 400, REP, BOSS)
        other.append(
            fit_voices(past_calls(is_won, log_odds, ("a", "b")), [Voice("a"), Voice("b")], earn=True)[0].weight
        )
    assert abs(np.mean(other) - 0.5) > Z * np.std(other) / np.sqrt(40)


def test_weights_maximise_the_score_of_the_pool_under_their_prior():
    is_won, log_odds = history(23, 150, REP, BOSS, (0.3, 0.9, 0.8))
    log_odds[:40, 2] = np.nan  # the third is silent on some deals
    found, _ = earned_weights(log_odds, is_won)

    def loss(free):
        w = np.exp([*free, 0.0])
        w /= w.sum()
        total = 0.0
        for d, row in enumerate(log_odds):
            heard = np.isfinite(row)
            pooled = (w[heard] * row[heard]).sum() / w[heard].sum()
            total += float(log_expit(pooled if is_won[d] else -pooled))
        return -total - np.log(w).sum()

    best = optimize.minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-11}).x
    w = np.exp([*best, 0.0])
    assert found == pytest.approx(w / w.sum(), abs=1e-5)


def test_without_a_shared_deal_weights_are_equal():
    odds = np.array([[0.3, np.nan], [np.nan, -2.0]])
    weights, errors = earned_weights(odds, np.array([True, False]))
    assert weights == pytest.approx([0.5, 0.5])
    # the prior alone: its curvature in the log odds of w is 2 w (1 - w) = 1/2, and dw = w (1 - w) = 1/4 of theirs
    assert errors == pytest.approx([2**0.5 / 4] * 2, rel=1e-3)


def test_the_order_of_rows_changes_nothing():
    is_won, log_odds = history(29, 60, REP, BOSS)
    calls = past_calls(is_won, log_odds, ("rep", "boss"))
    voices = [Voice("rep"), Voice("boss")]
    there, back = fit_voices(calls, voices, earn=True), fit_voices(calls[::-1], voices, earn=True)
    for one, other in zip(there, back, strict=True):
        assert one.weight == pytest.approx(other.weight, abs=1e-6)
        assert one.record.intercept == pytest.approx(other.record.intercept, abs=1e-9)
        assert one.record.log_score == pytest.approx(other.record.log_score, abs=1e-9)
