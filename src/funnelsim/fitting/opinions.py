"""What a voice's past calls are worth: recalibration, scores out of sample, and the weights they earn (M12.5).

**Recalibration** (Cox 1958, Biometrika 45, 562-565; Platt 1999). With call p and outcome y, 1 for won,

    logit P(y = 1) = a + b logit p,

and a, b maximise sum_i log P(y_i) - a^2 / (2 s_a^2) - (b - 1)^2 / (2 s_b^2): a normal prior around taking the
voice at its word, s_a = 1 (a factor of e in the odds) and s_b = 1/2. Few calls leave it near there, many
outvote it. Standard errors are those of the penalised likelihood, the roots of the diagonal of the inverse of its
negative second derivative at the maximum.

**Out of sample.** Calls are dealt into 10 folds (as many as there are deals, if fewer), all calls of a deal into one.
A call is recalibrated by a and b learnt from the other folds; the base rate it is held against is (won + 1/2) /
(calls + 1) of the other folds (Jeffreys). The fold of a deal hangs on its name, not on its row.

**Earned weights.** Over the deals d of which two voices or more spoke, l_kd the recalibrated log odds out of sample,
the weights maximise

    sum_d log P(y_d | sum_k w_k l_kd / sum_k w_k) + sum_k log w_k,    sum_k w_k = 1,

sums over the voices that spoke. It is stacking by the log score (Yao, Vehtari, Simpson and Gelman 2018, Bayesian
Analysis 13, 917-1007), of a logarithmic opinion pool (Genest and Zidek 1986, Statistical Science 1, 114-135).
The last term is a Dirichlet(2, ..., 2) prior: without a shared deal all weights are equal, and no voice is ever
silenced. A pool is no true model of how deals end, so the standard errors of weights are a sandwich:
H^-1 (G + H_0) H^-1, H the curvature of the whole, H_0 that of the prior, G the sum of squared scores of the deals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from funnelsim.engine.addresses import key
from funnelsim.model.opinions import PastCall, TrackRecord, Voice

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
INTERCEPT_PRIOR_SD = 1.0
SLOPE_PRIOR_SD = 0.5
N_FOLDS = 10
_PRIOR_MEAN = np.array([0.0, 1.0])
_PRIOR_PRECISION = np.diag([INTERCEPT_PRIOR_SD**-2, SLOPE_PRIOR_SD**-2])


def fit_voices(calls: Sequence[PastCall], voices: Sequence[Voice], *, earn: bool) -> tuple[Voice, ...]:
    """Return the voices with their track records and, if `earn`, with the weights these earn.

    Parameters
    ----------
    calls : sequence of PastCall
        Every call strictly between 0 and 1. To earn weights, `deal` must tell which calls are of one deal.
    voices : sequence of Voice
        A voice without any past call keeps a = 0 and b = 1.
    """
    names = [call.deal or f"row {i}" for i, call in enumerate(calls)]
    of_deal = {name: i for i, name in enumerate(dict.fromkeys(names))}
    folds = folds_of(tuple(of_deal))
    matrix = np.full((len(of_deal), len(voices)), np.nan)
    is_won = np.zeros(len(of_deal), bool)
    known = {voice.name: k for k, voice in enumerate(voices)}
    for name, call in zip(names, calls, strict=True):
        matrix[of_deal[name], known[call.voice]] = special.logit(call.call)
        is_won[of_deal[name]] = call.is_won
    out = np.full_like(matrix, np.nan)
    found = []
    for k, voice in enumerate(voices):
        spoke = np.isfinite(matrix[:, k])
        record, out[spoke, k] = track_record(matrix[spoke, k], is_won[spoke], folds[spoke])
        found.append(replace(voice, record=record))
    if not earn:
        return tuple(found)
    weights, errors = earned_weights(out, is_won)
    return tuple(
        replace(voice, weight=float(w), weight_se=float(e)) for voice, w, e in zip(found, weights, errors, strict=True)
    )


def folds_of(names: Sequence[str]) -> Ints:
    """Return the fold of each name, folds of even size, the same whatever the order of the names."""
    order = np.argsort(np.array([key("fold", name) for name in names], np.uint64), kind="stable")
    folds = np.empty(len(names), np.int64)
    folds[order] = np.arange(len(names)) % max(min(N_FOLDS, len(names)), 1)
    return folds


def calibrate(log_odds: Floats, is_won: Bools) -> tuple[Floats, Floats]:
    """Return (a, b) of the recalibration, and the covariance of their errors (2, 2).

    Parameters
    ----------
    log_odds : array (call,)
        Log odds of the calls as said.
    is_won : array (call,)
    """
    x = np.stack([np.ones_like(log_odds), log_odds], axis=1)
    y = is_won.astype(float)
    found = _PRIOR_MEAN.copy()
    for _ in range(50):
        p = special.expit(x @ found)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _PRIOR_PRECISION
        step = np.linalg.solve(curvature, x.T @ (y - p) - _PRIOR_PRECISION @ (found - _PRIOR_MEAN))
        # damped: a full step from far away may overshoot
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        found = found + step
        if np.abs(step).max() < 1e-12:
            break
    p = special.expit(x @ found)
    return found, np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x + _PRIOR_PRECISION)


def track_record(log_odds: Floats, is_won: Bools, folds: Ints) -> tuple[TrackRecord, Floats]:
    """Return what calls (call,) are worth, and their log odds recalibrated out of sample (call,)."""
    n, n_won = len(log_odds), int(is_won.sum())
    if not n:
        return TrackRecord(0, 0), log_odds
    (a, b), covariance = calibrate(log_odds, is_won)
    out, base = np.empty(n), np.empty(n)
    for fold in np.unique(folds):
        held = folds == fold
        intercept, slope = calibrate(log_odds[~held], is_won[~held])[0]
        out[held] = intercept + slope * log_odds[held]
        base[held] = special.logit((is_won[~held].sum() + 0.5) / ((~held).sum() + 1.0))
    gains = log_scores(out, is_won) - log_scores(base, is_won)
    intercept_se, slope_se = np.sqrt(np.diag(covariance))
    said, score, by_base = (float(log_scores(odds, is_won).mean()) for odds in (log_odds, out, base))
    briers = [float(((special.expit(odds) - is_won) ** 2).mean()) for odds in (log_odds, out, base)]
    record = TrackRecord(
        n_calls=n,
        n_won=n_won,
        intercept=float(a),
        slope=float(b),
        intercept_se=float(intercept_se),
        slope_se=float(slope_se),
        log_score_said=said,
        log_score=score,
        log_score_base=by_base,
        gain=float(gains.mean()),
        gain_se=float(gains.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0,
        brier_said=briers[0],
        brier=briers[1],
        brier_base=briers[2],
    )
    return record, out


def log_scores(log_odds: Floats, is_won: Bools) -> Floats:
    """Return the log of the probability given to what happened."""
    return np.asarray(special.log_expit(np.where(is_won, log_odds, -log_odds)))


def earned_weights(log_odds: Floats, is_won: Bools) -> tuple[Floats, Floats]:
    """Return the weights (voice,) that score best, adding up to 1, and their standard errors.

    Parameters
    ----------
    log_odds : array (deal, voice)
        Out of sample; not a number where a voice is silent.
    is_won : array (deal,)
    """
    shared = np.isfinite(log_odds).sum(axis=1) >= 2
    n_voices = log_odds.shape[1]
    spoke = np.isfinite(log_odds[shared])
    odds, won = np.where(spoke, log_odds[shared], 0.0), is_won[shared]

    def slopes(free: Floats) -> Floats:
        """Return each deal's gradient of the log likelihood in the logs of all weights but the last."""
        share = spoke * special.softmax(np.append(free, 0.0))
        total = share.sum(axis=1, keepdims=True)
        pooled = (share * odds).sum(axis=1, keepdims=True) / total
        miss = won[:, None] - special.expit(pooled)
        return np.asarray(miss * share * (odds - pooled) / total)[:, :-1]

    def slope(free: Floats) -> Floats:
        """Return the gradient of minus the log posterior."""
        w = special.softmax(np.append(free, 0.0))
        return -np.asarray(slopes(free).sum(axis=0) + 1.0 - n_voices * w[:-1])

    def loss(free: Floats) -> float:
        w = special.softmax(np.append(free, 0.0))
        pooled = (spoke * w * odds).sum(axis=1) / (spoke * w).sum(axis=1)
        return -float(log_scores(pooled, won).sum() + np.log(w).sum())

    if n_voices == 1:
        return np.ones(1), np.zeros(1)
    best = np.asarray(optimize.minimize(loss, np.zeros(n_voices - 1), jac=slope, method="BFGS").x)
    w = special.softmax(np.append(best, 0.0))
    step = 1e-4 * np.eye(n_voices - 1)
    curvature = np.stack([(slope(best + h) - slope(best - h)) / 2e-4 for h in step])
    moves = (np.diag(w) - np.outer(w, w))[:, :-1]
    per_deal = slopes(best)
    spread = per_deal.T @ per_deal + n_voices * moves[:-1]
    bread = moves @ np.linalg.pinv(curvature)
    return w, np.sqrt(np.maximum(np.diag(bread @ spread @ bread.T), 0.0))
