"""Killed at any moment, the same command goes on and ends with the bytes of an undisturbed run."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from batch_cases import content_of

SWEEP = """\
base: base.yaml
axes:
  first: {set: stages.接洽.win_rate, from: 20%, to: 30%, steps: {n}}
  quote: {set: stages.报价.win_rate, from: 45%, to: 60%, steps: {n}}
engine: exact
"""


def sweep_in(folder, store, *more):
    words = [sys.executable, "-m", "funnelsim", "sweep", "sweep.yaml", "--out", store, *more]
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process):
    _, told = process.communicate()
    assert process.returncode == 0, told.decode()


def killed_often(folder, n_cases, n_kills, seed):
    """Kill a sweep `n_kills` times at random moments; return how many of the kills found it working.

    Four in five kills come within a quarter of a second of the first case that is kept; the others while it starts.
    """
    finish(sweep_in(folder, "undisturbed"))
    moments, n_working, at_store = np.random.default_rng(seed), 0, folder / "killed"
    for _ in range(n_kills):
        n_before = n_kept(at_store)
        process = sweep_in(folder, "killed", "--json")
        if moments.random() < 0.8:
            process.stdout.readline()
            time.sleep(moments.uniform(0.0, 0.25))
        else:
            time.sleep(moments.uniform(0.0, 1.5))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        n_working += n_before < n_kept(at_store) < n_cases
        if n_kept(at_store) == n_cases:
            for path in sorted(at_store.glob("cases/*/*.parquet"))[::2]:
                path.unlink()  # done already: take half away and go on
    finish(sweep_in(folder, "killed"))
    assert content_of(at_store) == content_of(folder / "undisturbed")
    return n_working


def n_kept(store):
    return len(list(store.glob("cases/*/*.parquet")))


def test_two_kills_change_no_byte(written, folder):
    written(SWEEP.replace("{n}", "5"))
    killed_often(folder, 25, 2, seed=1)


@pytest.mark.slow
def test_fifty_kills_change_no_byte(written, folder):
    written(SWEEP.replace("{n}", "12"))
    n_working = killed_often(folder, 144, 50, seed=2)
    print(f"{n_working} of 50 kills found the sweep at work")
    assert n_working >= 20
