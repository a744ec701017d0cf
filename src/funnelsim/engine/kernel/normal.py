"""The normal law: distribution function and quantile."""

from __future__ import annotations

from math import erfc, inf, log, sqrt

import numpy as np

from funnelsim.engine.kernel.compiling import entry, inlined

_ROOT_HALF = 0.7071067811865476
_INVERSE_ROOT_TAU = 0.3989422804014327
_ROOT_TAU = 2.5066282746310002
_MOST = 700.0  # exp(-700) is 1e-304; beyond it nothing counts
_WHOLE = 6755399441055744.0  # 1.5 x 2^52: added to a small number it leaves no place for a fraction
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
_BIAS, _MANTISSA = np.uint64(1023), np.uint64(52)


@entry
def normal_cdf(x):
    """Return Phi(x), exact in both tails; Phi(-inf) = 0 and Phi(inf) = 1."""
    return 0.5 * erfc(-x * _ROOT_HALF)


@inlined
def normal_density(x):
    """Return phi(x), relative error 5e-16: exp(-y) = 2^n exp(r) with |r| < ln(2) / 2 and 13 terms of the series.

    Bits are moved in place of a library call, so that a loop over points runs four at a time.
    """
    y = min(0.5 * x * x, _MOST)
    shifted = _WHOLE - y * _LOG2_E  # the last bits of this number are n
    n = shifted - _WHOLE
    r = -y - n * _LN2_HIGH - n * _LN2_LOW
    e = 1.6059043836821613e-10
    e = e * r + 2.08767569878681e-09
    e = e * r + 2.505210838544172e-08
    e = e * r + 2.755731922398589e-07
    e = e * r + 2.7557319223985893e-06
    e = e * r + 2.48015873015873e-05
    e = e * r + 1.984126984126984e-04
    e = e * r + 1.388888888888889e-03
    e = e * r + 8.333333333333333e-03
    e = e * r + 4.1666666666666664e-02
    e = e * r + 1.6666666666666666e-01
    e = e * r + 0.5
    e = e * r + 1.0
    e = e * r + 1.0
    power = np.uint64((np.float64(shifted).view(np.uint64) + _BIAS) << _MANTISSA).view(np.float64)
    return _INVERSE_ROOT_TAU * e * power


@inlined
def normal_cdf_near(x, density):
    """Return Phi(x) where phi(x) is known, by Hart's rational function 5666; off by at most 1e-14 for |x| < 7."""
    z = min(abs(x), 7.0)
    top = 3.52624965998911e-2 * z + 7.00383064443688e-1
    top = top * z + 6.37396220353165
    top = top * z + 33.912866078383
    top = top * z + 112.079291497871
    top = top * z + 221.213596169931
    top = top * z + 220.206867912376
    bottom = 8.83883476483184e-2 * z + 1.75566716318264
    bottom = bottom * z + 16.064177579207
    bottom = bottom * z + 86.7807322029461
    bottom = bottom * z + 296.564248779674
    bottom = bottom * z + 637.333633378831
    bottom = bottom * z + 793.826512519948
    bottom = bottom * z + 440.413735824752
    tail = density * _ROOT_TAU * top / bottom
    return tail if x < 0.0 else 1.0 - tail


@entry
def normal_quantile(p):
    """Return Phi^-1(p) by Wichura's algorithm AS 241 (relative error about 1e-16)."""
    if p <= 0.0:
        return -inf
    if p >= 1.0:
        return inf
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = 2.5090809287301226727e3
        top = top * r + 3.3430575583588128105e4
        top = top * r + 6.7265770927008700853e4
        top = top * r + 4.5921953931549871457e4
        top = top * r + 1.3731693765509461125e4
        top = top * r + 1.9715909503065514427e3
        top = top * r + 1.3314166789178437745e2
        top = top * r + 3.3871328727963666080e0
        bottom = 5.2264952788528545610e3
        bottom = bottom * r + 2.8729085735721942674e4
        bottom = bottom * r + 3.9307895800092710610e4
        bottom = bottom * r + 2.1213794301586595867e4
        bottom = bottom * r + 5.3941960214247511077e3
        bottom = bottom * r + 6.8718700749205790830e2
        bottom = bottom * r + 4.2313330701600911252e1
        bottom = bottom * r + 1.0
        return q * top / bottom
    r = sqrt(-log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        top = 7.74545014278341407640e-4
        top = top * r + 2.27238449892691845833e-2
        top = top * r + 2.41780725177450611770e-1
        top = top * r + 1.27045825245236838258e0
        top = top * r + 3.64784832476320460504e0
        top = top * r + 5.76949722146069140550e0
        top = top * r + 4.63033784615654529590e0
        top = top * r + 1.42343711074968357734e0
        bottom = 1.05075007164441684324e-9
        bottom = bottom * r + 5.47593808499534494600e-4
        bottom = bottom * r + 1.51986665636164571966e-2
        bottom = bottom * r + 1.48103976427480074590e-1
        bottom = bottom * r + 6.89767334985100004550e-1
        bottom = bottom * r + 1.67638483018380384940e0
        bottom = bottom * r + 2.05319162663775882187e0
        bottom = bottom * r + 1.0
    else:
        r -= 5.0
        top = 2.01033439929228813265e-7
        top = top * r + 2.71155556874348757815e-5
        top = top * r + 1.24266094738807843860e-3
        top = top * r + 2.65321895265761230930e-2
        top = top * r + 2.96560571828504891230e-1
        top = top * r + 1.78482653991729133580e0
        top = top * r + 5.46378491116411436990e0
        top = top * r + 6.65790464350110377720e0
        bottom = 2.04426310338993978564e-15
        bottom = bottom * r + 1.42151175831644588870e-7
        bottom = bottom * r + 1.84631831751005468180e-5
        bottom = bottom * r + 7.86869131145613259100e-4
        bottom = bottom * r + 1.48753612908506148525e-2
        bottom = bottom * r + 1.36929880922735805310e-1
        bottom = bottom * r + 5.99832206555887937690e-1
        bottom = bottom * r + 1.0
    return -top / bottom if q < 0.0 else top / bottom
