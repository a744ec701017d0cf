"""A real scheduler and real workers, each a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from batch_cases import content_of

import funnelsim as fs
from funnelsim.batch.dask import connected
from funnelsim.batch.local import Threads
from funnelsim.batch.run import run_batch
from funnelsim.batch.split import split_over
from funnelsim.config.sweep import load_sweep
from funnelsim.errors import RefusedError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
STARTS_WITHIN_SECONDS = 120


def process(*words, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


class Cluster:
    """A scheduler and its workers, started as they are needed."""

    def __init__(self):
        self.scheduler = process("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.workers, self.address = [], ""
        while not self.address:
            line = self.scheduler.stderr.readline()
            assert line, "the scheduler ended"
            self.address = found[0] if (found := re.findall(r"tcp://127\.0\.0\.1:\d+", line)) else ""

    @property
    def alive(self):
        return [worker for worker in self.workers if worker.poll() is None]

    def at_least(self, n_workers, **more):
        """Start the workers that are missing, and wait for them."""
        from distributed import Client

        self.workers += [self.worker(**more) for _ in range(n_workers - len(self.alive))]
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(n_workers, timeout=STARTS_WITHIN_SECONDS)

    def worker(self, **more):
        words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        return process("dask_worker", self.address, *words, **more)

    def end(self):
        for one in (*self.workers, self.scheduler):
            one.kill()
            one.communicate()


@pytest.fixture(scope="module")
def cluster():
    found = Cluster()
    yield found
    found.end()


def test_one_two_and_three_workers_give_the_bytes_of_one_thread(folder, written, cluster):
    """Of one case by its parts, and of a sweep with fewer cases than workers."""
    case = fs.load(folder / "base.yaml")
    here = fs.simulate(case, trials=3_000, threads=1)
    path = written("base: base.yaml\naxes: {quote: {set: stages.报价.win_rate, values: [50%, 60%]}}\n", "two.yaml")
    run_batch(load_sweep(path), folder / "here", workers=Threads(1))
    for n in (1, 2, 3):
        cluster.at_least(n)
        with connected(cluster.address) as dask:
            assert dask.n_workers == n
            there = fs.simulate(case, trials=3_000, walker=split_over(dask, least_deals=2))
            run_batch(load_sweep(path), folder / f"there {n}", workers=dask)
        assert there.bookings.tobytes() == here.bookings.tobytes()
        assert there.wins.tobytes() == here.wins.tobytes()
        assert content_of(folder / f"there {n}") == content_of(folder / "here")
    assert fs.simulate(case, trials=3_000, seed=8).bookings.tobytes() != here.bookings.tobytes()  # negative control


def test_a_cluster_gives_the_same_bytes_even_where_a_worker_is_killed(folder, cluster):
    cluster.at_least(2)
    sweep = load_sweep(folder / "sweep.yaml")
    run_batch(sweep, folder / "here", workers=Threads(1))
    with connected(cluster.address) as dask:
        run_batch(sweep, folder / "there", workers=dask)
    assert content_of(folder / "there") == content_of(folder / "here")

    n_kept = []

    def kill_one(_answer):
        n_kept.append(1)
        if len(n_kept) == 3:
            os.kill(cluster.alive[0].pid, signal.SIGKILL)

    with connected(cluster.address) as dask:
        outcome = run_batch(sweep, folder / "less one", workers=dask, on_answer=kill_one)
    assert outcome.n_done == 12
    assert content_of(folder / "less one") == content_of(folder / "here")


def test_a_worker_of_another_version_is_refused(cluster, tmp_path):
    """A real worker, on whose path another scipy is said to be installed."""
    other = tmp_path / "scipy-0.9.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: scipy\nVersion: 0.9\n", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    cluster.at_least(len(cluster.alive) + 1, env={**os.environ, "PYTHONPATH": path})
    with (
        pytest.raises(RefusedError, match=r"workers differ.*\n  tcp.*: scipy 0.9 \(here [\d.]+\)$"),
        connected(cluster.address),
    ):
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
