"""Quantiles of the Poisson and the binomial law: one uniform, one count, rising with the uniform and the mean.

A count is found where its distribution function first reaches u. Small means are summed from 0; larger ones start
from the Cornish-Fisher quantile and are set right by the incomplete gamma or beta function, exact to rounding; from a
standard deviation of 200 on the Cornish-Fisher quantile stands alone, off by less than 1e-7 in probability.
"""

from __future__ import annotations

from math import exp, floor, lgamma, log, log1p, sqrt

from funnelsim.engine.kernel.compiling import compiled, entry
from funnelsim.engine.kernel.normal import normal_quantile

_SUMMED = 12.0
_SMOOTH_VARIANCE = 4e4
_TINY = 1e-300
_SAME = 1e-15
_MAX_TERMS = 20_000


@entry
def poisson_quantile(u, mean):
    """Return the smallest k with P(X <= k) >= u, X Poisson."""
    if mean <= 0.0:
        return 0
    if mean < _SUMMED:
        chance = exp(-mean)
        upto, k = chance, 0
        while upto < u and k < 1000:
            k += 1
            chance *= mean / k
            upto += chance
        return k
    k = _cornish_fisher(u, mean, mean, 1.0 / sqrt(mean), 1.0 / mean)
    if mean > _SMOOTH_VARIANCE:
        return k
    upto = _gamma_above(k + 1.0, mean)
    chance = exp(k * log(mean) - mean - lgamma(k + 1.0))
    while upto < u:
        k += 1
        chance *= mean / k
        upto += chance
        if chance < 1e-18:
            break
    while k > 0 and upto - chance >= u:
        upto -= chance
        chance *= k / mean
        k -= 1
    return k


@entry
def binomial_quantile(u, n, p):
    """Return the smallest k with P(X <= k) >= u, X binomial."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if p > 0.5:  # the mirror image, whose count falls as u rises
        return n - _lower_binomial(1.0 - u, n, 1.0 - p, True)
    return _lower_binomial(u, n, p, False)


@compiled
def _lower_binomial(u, n, p, is_mirror):
    """Return the quantile for p <= 1/2; of a mirror image the largest k with P(X < k) <= u."""
    mean, odds = n * p, p / (1.0 - p)
    if mean < _SUMMED:
        chance = exp(n * log1p(-p))
        upto, k = chance, 0
        while k < n and (upto <= u if is_mirror else upto < u):
            chance *= odds * (n - k) / (k + 1.0)
            k += 1
            upto += chance
            if chance < 1e-18 and k > mean:
                break
        return k
    variance = mean * (1.0 - p)
    k = _cornish_fisher(u, mean, variance, (1.0 - 2.0 * p) / sqrt(variance), (1.0 - 6.0 * p * (1.0 - p)) / variance)
    k = min(k, n)
    if variance > _SMOOTH_VARIANCE:
        return k
    upto = 1.0 if k >= n else _beta_upto(n - k, k + 1.0, 1.0 - p)
    chance = exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) + (n - k) * log1p(-p))
    while k < n and (upto <= u if is_mirror else upto < u):
        chance *= odds * (n - k) / (k + 1.0)
        k += 1
        upto += chance
        if chance < 1e-18:
            break
    while k > 0 and (upto - chance > u if is_mirror else upto - chance >= u):
        upto -= chance
        chance *= k / (odds * (n - k + 1.0))
        k -= 1
    return k


@compiled
def _cornish_fisher(u, mean, variance, skew, excess):
    """Return the quantile by three moments; the variance is that of the count smoothed over its unit."""
    z = normal_quantile(u)
    sd = sqrt(variance + 1.0 / 12.0)
    x = z + skew * (z * z - 1.0) / 6.0 + excess * (z * z * z - 3.0 * z) / 24.0
    x -= skew * skew * (2.0 * z * z * z - 5.0 * z) / 36.0
    return max(floor(mean + sd * x + 0.5), 0)


@compiled
def _gamma_above(a, x):
    """Return Q(a, x), the regularised upper incomplete gamma function: P(Poisson(x) < a)."""
    front = exp(a * log(x) - x - lgamma(a))
    if x < a + 1.0:
        term = 1.0 / a
        total = term
        for n in range(1, _MAX_TERMS):
            term *= x / (a + n)
            total += term
            if term < total * _SAME:
                break
        return 1.0 - front * total
    b = x + 1.0 - a
    c = 1.0 / _TINY
    d = 1.0 / b
    h = d
    for i in range(1, _MAX_TERMS):
        an = -i * (i - a)
        b += 2.0
        d = an * d + b
        d = _TINY if abs(d) < _TINY else d
        c = b + an / c
        c = _TINY if abs(c) < _TINY else c
        d = 1.0 / d
        step = d * c
        h *= step
        if abs(step - 1.0) < _SAME:
            break
    return front * h


@compiled
def _beta_upto(a, b, x):
    """Return I_x(a, b), the regularised incomplete beta function, by the continued fraction of its near side."""
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, 1.0 - x) / b


@compiled
def _beta_fraction(a, b, x):
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (_TINY if abs(d) < _TINY else d)
    h = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        d = 1.0 + even * d
        d = 1.0 / (_TINY if abs(d) < _TINY else d)
        c = 1.0 + even / c
        c = _TINY if abs(c) < _TINY else c
        h *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        d = 1.0 + odd * d
        d = 1.0 / (_TINY if abs(d) < _TINY else d)
        c = 1.0 + odd / c
        c = _TINY if abs(c) < _TINY else c
        step = d * c
        h *= step
        if abs(step - 1.0) < _SAME:
            break
    return h
