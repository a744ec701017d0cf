"""Quantiles are order statistics, and their errors the order-statistic interval."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.engine.quantiles import Counts, summarise_sample

LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)


def by_the_book(sample, p):
    ordered = np.sort(sample)
    return next(x for i, x in enumerate(ordered) if (i + 1) / len(ordered) >= p - 1e-12)


@pytest.mark.parametrize("spread", [1, 50, 10**9])
def test_a_quantile_is_the_smallest_value_reached_with_that_chance(spread):
    sample = np.random.default_rng(4).integers(0, 60, 997) * spread + 13
    found = summarise_sample(sample, LEVELS)
    assert list(found.quantiles) == [by_the_book(sample, p) for p in LEVELS]
    assert found.mean == pytest.approx(sample.mean(), rel=1e-12)
    assert found.sd == pytest.approx(sample.std(), rel=1e-9)


def test_counting_and_sorting_agree():
    sample = np.random.default_rng(5).integers(0, 3_000_000, 5000)
    counted = summarise_sample(sample, LEVELS)
    sorted_ = summarise_sample(np.append(sample, 10**12), LEVELS)
    assert Counts.of(np.append(sample, 10**12)) is None
    assert np.allclose(counted.quantiles, sorted_.quantiles, rtol=2e-3)


def test_a_step_that_divides_the_sample_changes_nothing_but_the_speed():
    sample = np.random.default_rng(5).integers(0, 60, 997) * 5000
    assert summarise_sample(sample, LEVELS, 5000) == summarise_sample(sample, LEVELS)
    assert len(Counts.of(sample, 5000).times) <= 60


def test_standard_errors_of_quantiles_are_those_of_repeated_samples():
    """The order-statistic error, against the spread over 400 samples; within 12 % (3.4 standard errors of a spread)."""
    rng = np.random.default_rng(6)
    found = [summarise_sample(rng.normal(10_000, 1000, 2000).astype(np.int64), (0.1, 0.5)) for _ in range(400)]
    spread = np.std([s.quantiles for s in found], axis=0)
    stated = np.mean([s.quantiles_se for s in found], axis=0)
    assert np.allclose(stated, spread, rtol=0.12)


def test_a_constant_sample_has_no_spread():
    found = summarise_sample(np.full(10, 300, np.int64), LEVELS)
    assert (found.mean, found.sd, set(found.quantiles), set(found.quantiles_se)) == (300.0, 0.0, {300.0}, {0.0})
