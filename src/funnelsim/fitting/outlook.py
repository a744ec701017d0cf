"""The outlook of a window: samples of what open and new deals will bring, from chances, shocks and luck.

Each sample takes one posterior draw, one shock u on hazards and one u_A on arrivals, shared by all deals; then deals
are won or not by themselves. Chances are worked out exactly at a few u and read off between them in log odds, and each
class is recentred so that its mean over u is the one without shock (M5.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.fitting.arrivals import Inflow
from funnelsim.fitting.expectation import Expectation, expect
from funnelsim.fitting.recalibration import Recalibration, recalibration_from
from funnelsim.fitting.shock import ShockLaw
from funnelsim.fitting.strata import cuts_at
from funnelsim.fitting.support import shock_at
from funnelsim.fitting.windows import MEASURES, Past
from funnelsim.fitting.workdays import Workdays

Floats = npt.NDArray[np.float64]
N_DRAWS = 100
N_SAMPLES = 2000
NODE_AT = (0.0005, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.9995)
_TINY = 1e-12


@dataclass(frozen=True)
class Outlook:
    """Samples (measure, sample) in the order of `MEASURES`, and what they were made from."""

    day: int
    n_days: int
    samples: Floats
    shock: ShockLaw
    expected: Expectation
    change: Recalibration

    def of(self, measure: str) -> Floats:
        """Return (sample,) one measure."""
        return np.asarray(self.samples[MEASURES.index(measure)])


def outlook(
    past: Past, day: int, n_days: int, *, seed: int, n_samples: int = N_SAMPLES, n_draws: int = N_DRAWS,
    threads: int = 1, clock: Workdays | None = None,
) -> Outlook:  # fmt: skip
    """Return what the next `n_days` days bring, as seen at 00:00 of a day; both on the clock."""
    chronicle = past.chronicle
    past.look_back(day, n_days, threads)
    shock = shock_at(past, day, n_days)
    u = shock.quantiles(n_samples)
    nodes = np.unique(np.quantile(u, NODE_AT))
    if len(nodes) < 2:
        nodes = np.array([-1e-3, 1e-3])
    nodes = np.unique(np.append(nodes, 0.0))
    expected = expect(chronicle, day, n_days, nodes.tolist(), n_draws, seed, threads, clock)
    rng = np.random.default_rng([seed, day % 2**32, n_days])
    change = recalibrated(past, day, n_days, shock, expected.inflow)
    drawn = _Draw(rng.integers(n_draws, size=n_samples), rng.permutation(u))
    return Outlook(day, n_days, _sampled(expected, drawn, change, rng), shock, expected, change)


def recalibrated(past: Past, day: int, n_days: int, shock: ShockLaw, inflow: Inflow) -> Recalibration:
    """Return what past windows say of forecasts for the window that begins on a day."""
    present = past.present(day, n_days)
    has_strata = len(cuts_at(past.chronicle, day)) > 0
    return recalibration_from(
        past.finished(day, n_days), present, n_days, shock.variance, inflow.shock.variance, has_strata=has_strata
    )


@dataclass(frozen=True)
class _Draw:
    """Which posterior draw and which shock each sample takes."""

    draw: npt.NDArray[np.int64]
    u: Floats


def _sampled(expected: Expectation, drawn: _Draw, change: Recalibration, rng: np.random.Generator) -> Floats:
    standing = expected.standing
    samples = np.zeros((4, len(drawn.u)))
    p = _chances(expected.open_chance, expected.u, drawn)
    by_class = np.argsort(standing.class_of_deal, kind="stable")
    ends = np.concatenate([[0], np.cumsum(standing.size)])
    for c, n in enumerate(standing.size):
        amount = standing.amount[by_class[ends[c] : ends[c + 1]]]
        if n == 1:
            won = rng.random(len(drawn.u)) < p[:, c]
            samples[0] += won
            samples[1] += won * amount[0]
        else:
            won = rng.random((len(drawn.u), n)) < p[:, c, None]
            samples[0] += won.sum(axis=1)
            samples[1] += np.einsum("mn,n->m", won, amount)
    samples[1] *= rng.permutation(change.amount_factors(len(drawn.u)))
    inflow, new = expected.inflow, expected.new
    if len(new.share):
        arrives = change.new_wins * inflow.expected * rng.permutation(inflow.factors(len(drawn.u)))
        rate = arrives[:, None] * new.share * _chances(expected.new_chance, expected.u, drawn)
        for k, pool in enumerate(new.pools):
            n_won = rng.poisson(rate[:, k])
            samples[2] += n_won
            samples[3] += _sums_of(change.new_amounts * pool, n_won, rng)
    samples[2:] += samples[:2]
    return samples


def _sums_of(pool: Floats, n: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Return sums of n[m] amounts drawn from a pool."""
    drawn = np.concatenate([[0.0], np.cumsum(rng.choice(pool, int(n.sum())))])
    ends = np.cumsum(n)
    return np.asarray(drawn[ends] - drawn[ends - n])


def _chances(chance: Floats, nodes: Floats, drawn: _Draw) -> Floats:
    """Return (sample, class) chances at each sample's draw and shock, recentred per class."""
    score = special.logit(np.clip(chance, _TINY, 1 - _TINY))
    right = np.clip(np.searchsorted(nodes, drawn.u), 1, len(nodes) - 1)
    share = np.clip((drawn.u - nodes[right - 1]) / (nodes[right] - nodes[right - 1]), 0.0, 1.0)[:, None]
    low, high = score[drawn.draw, right - 1], score[drawn.draw, right]
    p = special.expit(low + share * (high - low))
    p[chance[drawn.draw, right] <= 0] = 0.0
    wanted = chance[:, int(np.searchsorted(nodes, 0.0))].mean(axis=0)
    mean = p.mean(axis=0)
    down = wanted / np.maximum(mean, _TINY)
    up = (1.0 - wanted) / np.maximum(1.0 - mean, _TINY)
    return np.asarray(np.where(wanted <= mean, p * down, 1.0 - (1.0 - p) * up))
