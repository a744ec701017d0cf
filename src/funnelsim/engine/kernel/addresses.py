"""Random numbers that are addressed, not consumed (model page, M9).

The generator is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): its n-th output is mix64(seed + n GOLDEN).
Here its state is the sum of three hashed keys, of the trial, of the entity and of the step, so that every draw
is a pure function of its address. One word serves two decisions of 32 bits each; a probability is therefore
resolved to 2.3e-10.
"""

from __future__ import annotations

import numpy as np

from funnelsim.engine.kernel.compiling import entry

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
# Successive visits of one stage are this far apart (an odd number: the fractional part of the square root of 3).
VISIT = np.uint64(0xBB67AE8584CAA73B)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_SCALE32 = 2.0**-32
_SCALE52 = 2.0**-52  # 52 bits, so that the half added below is not rounded up to 1
_S12 = np.uint64(12)


@entry
def mix64(state):
    """Return the output of SplitMix64 whose state has just become `state`."""
    z = (state ^ (state >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@entry
def trial_key(seed_key, trial):
    """Return the key of a trial: output number `trial` of the stream seeded by the run."""
    return mix64(seed_key + (np.uint64(trial) + np.uint64(1)) * GOLDEN)


@entry
def draw(trial, entity, step):
    """Return the 64-bit word at the address (trial key, entity key, step key)."""
    return mix64(trial + entity + step)


@entry
def high_uniform(word):
    """Return the word's high half as a number in (0, 1)."""
    return (np.float64(np.int64(word >> _S32)) + 0.5) * _SCALE32


@entry
def low_uniform(word):
    """Return the word's low half as a number in (0, 1)."""
    return (np.float64(np.int64(word & _LOW)) + 0.5) * _SCALE32


@entry
def uniform(word):
    """Return the whole word as a number in (0, 1), to 52 bits."""
    return (np.float64(np.int64(word >> _S12)) + 0.5) * _SCALE52
