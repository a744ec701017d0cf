"""Dieharder on the addressed words, along trials, along deals and along steps.

Some 100 p-values in all: a good generator shows one below 1e-6 less than once in 10,000 seeds.
"""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from numba import njit

from funnelsim.engine.addresses import key
from funnelsim.engine.kernel.addresses import GOLDEN, draw, trial_key

pytestmark = pytest.mark.slow
N_STEPS = 8
TESTS = {0: "birthdays", 2: "rank_32x32", 8: "count_ones_stream", 10: "parking_lot", 15: "runs", 102: "serial"}


@njit
def _fill(out, start, seed, deals, steps, order):
    n_steps, n_deals = len(steps), len(deals)
    for i in range(len(out)):
        j = start + i
        if order == 0:  # along trials
            trial, deal, step = j, 0, 0
        elif order == 1:  # along deals, then trials
            trial, deal, step = j // n_deals, j % n_deals, 0
        else:  # along steps, then deals, then trials
            trial, deal, step = j // (n_steps * n_deals), (j // n_steps) % n_deals, j % n_steps
        out[i] = draw(np.uint64(trial_key(seed, trial)), deals[deal], steps[step])


@njit
def _fill_unmixed(out, start):
    for i in range(len(out)):
        out[i] = np.uint64(start + i) * GOLDEN


def p_values(fill, test):
    """Return the p-values of one dieharder test fed by `fill(out, start)` on its standard input."""
    if not shutil.which("dieharder"):
        pytest.skip("needs Debian's dieharder")
    command = ["dieharder", "-g", "200", "-d", str(test), "-c", ",", "-D", "test_name", "-D", "pvalues"]
    out, sent = np.empty(1 << 20, np.uint64), 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                fill(out, sent)
                process.stdin.write(out.view(np.uint32).tobytes())
                sent += len(out)
        except BrokenPipeError:
            pass
        process.stdin = None
        printed = process.communicate()[0].decode()
    return [float(line.split(",")[1]) for line in printed.splitlines() if line.count(",") == 1]


@pytest.mark.parametrize("test", TESTS, ids=TESTS.values())
@pytest.mark.parametrize("order", [0, 1, 2], ids=["trials", "deals", "steps"])
def test_addressed_words_pass(order, test):
    deals = np.array([key("deal", d, 0) for d in range(1000)], np.uint64)
    steps = np.array([key("stage", s) for s in range(N_STEPS)], np.uint64)
    seed = key("seed", 7)
    found = p_values(lambda out, start: _fill(out, start, seed, deals, steps, order), test)
    assert found
    assert min(found) > 1e-6


def test_words_without_the_mixing_fail():
    """The negative control."""
    assert min(p for test in TESTS for p in p_values(_fill_unmixed, test)) < 1e-6
