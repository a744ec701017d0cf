"""A real scheduler and real workers, each a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from batch_cases import content_of

from funnelsim.batch.dask import connected
from funnelsim.batch.local import Threads
from funnelsim.batch.run import run_batch
from funnelsim.config.sweep import load_sweep
from funnelsim.errors import RefusedError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
STARTS_WITHIN_SECONDS = 120


def process(*words, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    """A scheduler with two workers; yields its address and the workers."""
    scheduler = process("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    started = [scheduler]
    try:
        address = ""
        while not address:
            line = scheduler.stderr.readline()
            assert line, "the scheduler ended"
            address = found[0] if (found := re.findall(r"tcp://127\.0\.0\.1:\d+", line)) else ""
        workers = [
            process("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
            for _ in range(2)
        ]
        started += workers
        wait_for(address, 2)
        yield address, workers
    finally:
        for one in started:
            one.kill()
            one.communicate()


def wait_for(address, n_workers):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(n_workers, timeout=STARTS_WITHIN_SECONDS)


def test_a_cluster_gives_the_same_bytes_even_where_a_worker_is_killed(folder, cluster):
    address, workers = cluster
    sweep = load_sweep(folder / "sweep.yaml")
    run_batch(sweep, folder / "here", workers=Threads(1))
    with connected(address) as dask:
        assert dask.n_workers == 2
        run_batch(sweep, folder / "there", workers=dask)
    assert content_of(folder / "there") == content_of(folder / "here")

    n_kept = []

    def kill_one(_answer):
        n_kept.append(1)
        if len(n_kept) == 3:
            os.kill(workers[0].pid, signal.SIGKILL)

    with connected(address) as dask:
        outcome = run_batch(sweep, folder / "less one", workers=dask, on_answer=kill_one)
    assert outcome.n_done == 12
    assert content_of(folder / "less one") == content_of(folder / "here")


def test_workers_of_another_version_are_refused(cluster, monkeypatch):
    monkeypatch.setattr("funnelsim.batch.dask.versions", lambda: {"funnelsim": "0.0.1", "numpy": "9.9"})
    import funnelsim.batch.versions as there

    monkeypatch.setattr("funnelsim.batch.dask._asked", there.versions)
    with pytest.raises(RefusedError, match=r"workers differ.*\n.*funnelsim .* \(here 0.0.1\)"), connected(cluster[0]):
        pass


def test_an_address_where_nothing_answers_is_told(monkeypatch):
    monkeypatch.setattr("funnelsim.batch.dask._CONNECT_SECONDS", 2)
    began = time.monotonic()
    with (
        pytest.raises(RefusedError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        connected("tcp://127.0.0.1:9"),
    ):
        pass
    assert time.monotonic() - began < STARTS_WITHIN_SECONDS
