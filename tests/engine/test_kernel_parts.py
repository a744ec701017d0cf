"""The parts of the kernel, each alone and at its ends."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import special, stats

from funnelsim.engine.addresses import key
from funnelsim.engine.kernel.addresses import GOLDEN, draw, high_uniform, low_uniform, mix64, trial_key, uniform
from funnelsim.engine.kernel.normal import normal_cdf, normal_quantile
from funnelsim.engine.kernel.tables import mass_and_density, quantile_of, survival
from funnelsim.engine.laws import BetaCurve, GammaCurve, LognormalCurve, StepCurve, TriangleCurve, WeibullCurve
from funnelsim.engine.tabulate import tables_of
from tests.engine.inside import normal_near

# Outputs of SplitMix64 as published for these seeds.
KNOWN = {
    1234567: [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431],
    0: [16294208416658607535, 7960286522194355700, 487617019471545679, 17909611376780542444],
}


@pytest.mark.parametrize("seed", KNOWN)
def test_the_generator_gives_its_published_answers(seed):
    found = [int(mix64(np.uint64((seed + (i + 1) * int(GOLDEN)) % 2**64))) for i in range(4)]
    assert found == KNOWN[seed]
    assert [int(trial_key(np.uint64(seed), i)) for i in range(4)] == KNOWN[seed]


def test_a_draw_is_the_output_at_the_sum_of_its_keys():
    trial, entity, step = key("a"), key("b"), key("c")
    state = (int(trial) + int(entity) + int(step)) % 2**64
    assert int(draw(trial, entity, step)) == int(mix64(np.uint64(state)))


def test_uniforms_stay_inside_the_open_interval():
    top, bottom = np.uint64(2**64 - 1), np.uint64(0)
    for of in (uniform, high_uniform, low_uniform):
        assert 0 < of(bottom) < of(top) < 1


def _words(order, n=40_000):
    trials, deals, steps = np.meshgrid(np.arange(20), np.arange(50), np.arange(40), indexing="ij")
    axes = {"trials": (0, 1, 2), "deals": (1, 2, 0), "steps": (2, 0, 1)}[order]
    stacked = np.stack([a.transpose(np.argsort(axes)[::-1]).ravel() for a in (trials, deals, steps)], axis=1)[:n]
    entity = [key("deal", d, 0) for d in range(50)]
    step = [key("stage", s) for s in range(40)]
    seed = key("seed", 5)
    trial = [np.uint64(trial_key(seed, t)) for t in range(20)]
    return np.array([draw(trial[t], entity[d], step[s]) for t, d, s in stacked], np.uint64)


@pytest.mark.parametrize("order", ["trials", "deals", "steps"])
def test_addressed_words_look_random_in_every_order(order):
    """Bits, pairs of neighbours and both halves, at |z| < 4.5 (64 + 2 + 2 statistics: false alarm below 1 in 2,000)."""
    words = _words(order)
    n = len(words)
    bits = np.unpackbits(words.view(np.uint8).reshape(n, 8), axis=1)
    z_bits = (bits.mean(axis=0) - 0.5) * 2 * np.sqrt(n)
    assert np.abs(z_bits).max() < 4.5
    for half in (words >> np.uint64(32), words & np.uint64(2**32 - 1)):
        u = (half + 0.5) / 2.0**32
        assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) * np.sqrt(n) < 4.5
        cells = np.histogram2d(u[:-1:2], u[1::2], bins=16)[0].ravel()
        expected = n / 2 / 256
        chi2 = ((cells - expected) ** 2 / expected).sum()
        assert abs(chi2 - 255) / np.sqrt(510) < 4.5


def test_words_without_the_mixing_do_not_look_random():
    """The negative control of the test above."""
    states = np.arange(40_000, dtype=np.uint64) * GOLDEN
    u = ((states >> np.uint64(32)) + 0.5) / 2.0**32
    cells = np.histogram2d(u[:-1:2], u[1::2], bins=16)[0].ravel()
    expected = len(u) / 2 / 256
    assert abs(((cells - expected) ** 2 / expected).sum() - 255) / np.sqrt(510) > 4.5


def test_keys_are_hashes_of_names_and_not_of_their_order():
    assert key("deal", "a", 0) != key("deal", "b", 0)
    assert key("deal", "ab") != key("deal", "a", "b")


def test_the_normal_law_is_scipys_in_both_tails():
    p = np.concatenate([np.geomspace(1e-300, 0.5, 400), 1 - np.geomspace(1e-16, 0.5, 200)])
    assert np.allclose([normal_quantile(x) for x in p], special.ndtri(p), rtol=1e-13, atol=1e-15)
    x = np.linspace(-37, 37, 500)
    assert np.allclose([normal_cdf(v) for v in x], special.ndtr(x), rtol=1e-13, atol=0)
    assert normal_quantile(0.0) == -np.inf
    assert normal_quantile(1.0) == np.inf
    assert normal_cdf(np.inf) == 1.0


def test_the_normal_law_beside_its_density_matches_scipy():
    x = np.concatenate((np.linspace(-7, 7, 1401), [-40.0, -9.0, 9.0, 40.0]))
    density, chance = np.transpose([normal_near(v) for v in x])
    assert np.abs(chance - special.ndtr(x)).max() < 1e-14
    assert np.allclose(density, stats.norm.pdf(x), rtol=1e-15, atol=1e-300)


SMOOTH = {
    "lognormal": (LognormalCurve(3.0, 0.86), stats.lognorm(0.86, scale=np.exp(3.0))),
    "gamma": (GammaCurve(1.5, 13.0), stats.gamma(1.5, scale=13.0)),
    "gamma, peaked": (GammaCurve(0.4, 50.0), stats.gamma(0.4, scale=50.0)),
    "weibull": (WeibullCurve(1.3, 25.0), stats.weibull_min(1.3, scale=25.0)),
    "exponential": (WeibullCurve(1.0, 9.0), stats.expon(scale=9.0)),
    "beta": (BetaCurve(0.0, 1.0, 5.0, 15.0), stats.beta(5.0, 15.0)),
    "uniform": (BetaCurve(2.0, 5.0, 1.0, 1.0), stats.uniform(2.0, 3.0)),
    "triangle": (TriangleCurve(1.0, 2.0, 7.0), stats.triang(1 / 6, loc=1.0, scale=6.0)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_tables_are_scipys_quantiles_down_to_one_in_a_trillion(name):
    curve, oracle = SMOOTH[name]
    tables = tables_of([curve])
    v = np.concatenate([np.geomspace(1e-12, 0.5, 300), 1 - np.geomspace(1e-12, 0.499, 300)])
    found = np.array([quantile_of(tables, 0, x) for x in v])
    assert np.allclose(found, oracle.isf(v), rtol=4e-4, atol=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_tables_keep_mean_and_sd(name):
    """By stratified uniforms: the tables' own bias is below 2e-5 of either."""
    curve, oracle = SMOOTH[name]
    tables = tables_of([curve])
    # Gauss-Legendre inside octaves, where the quantile is smooth
    nodes, weights = np.polynomial.legendre.leggauss(24)
    edges = 2.0 ** -np.arange(1.0, 60.0)
    moments = np.zeros(3)
    for high, low in pairwise(edges):
        t = 0.5 * (high - low) * nodes + 0.5 * (high + low)
        for side in (t, 1 - t):
            x = np.array([quantile_of(tables, 0, v) for v in side])
            moments += 0.5 * (high - low) * np.array([weights.sum(), weights @ x, weights @ x**2])
    mean, sd = moments[1], np.sqrt(moments[2] - moments[1] ** 2)
    assert mean == pytest.approx(oracle.mean(), rel=5e-5)
    assert sd == pytest.approx(oracle.std(), rel=2e-4)


@pytest.mark.parametrize("name", SMOOTH)
def test_survival_and_density_of_tables_are_scipys(name):
    curve, oracle = SMOOTH[name]
    tables = tables_of([curve])
    x = oracle.isf([0.999, 0.9, 0.5, 0.3, 0.01, 1e-6])
    assert np.allclose([survival(tables, 0, v) for v in x], oracle.sf(x), rtol=5e-4)
    mass, density = np.transpose([mass_and_density(tables, 0, v) for v in x])
    assert (mass == 0).all()
    assert np.allclose(density, oracle.pdf(x), rtol=2e-2)


@pytest.mark.parametrize("name", SMOOTH)
def test_curves_are_scipys(name):
    curve, oracle = SMOOTH[name]
    v = np.geomspace(1e-12, 0.5, 50)
    assert np.allclose(curve.upper(v), oracle.isf(v), rtol=1e-9)
    assert np.allclose(curve.lower(v), oracle.ppf(v), rtol=1e-9, atol=1e-13)
    x = oracle.isf(v)
    assert np.allclose(curve.survival(x), oracle.sf(x), rtol=1e-8)
    assert curve.mean == pytest.approx(oracle.mean())
    assert curve.variance == pytest.approx(oracle.var())


def test_a_discrete_law_keeps_its_atoms():
    curve = StepCurve([3.0, 8.0, 8.0, 21.0])
    tables = tables_of([curve])
    assert [survival(tables, 0, x) for x in (0.0, 2.9, 3.0, 8.0, 20.0, 21.0)] == [1.0, 1.0, 0.75, 0.25, 0.25, 0.0]
    assert list(curve.survival(np.array([0.0, 2.9, 3.0, 8.0, 20.0, 21.0]))) == [1.0, 1.0, 0.75, 0.25, 0.25, 0.0]
    u = (np.arange(1000) + 0.5) / 1000
    values, counts = np.unique([quantile_of(tables, 0, v) for v in u], return_counts=True)
    assert dict(zip(values, counts, strict=True)) == {3.0: 250, 8.0: 500, 21.0: 250}
    assert mass_and_density(tables, 0, 8.0) == (0.5, 0.0)
    assert mass_and_density(tables, 0, 7.0) == (0.0, 0.0)
