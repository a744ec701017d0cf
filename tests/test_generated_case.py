"""The large generated case is what its seed gives."""

from __future__ import annotations

import gzip
import runpy
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import funnelsim as fs
from funnelsim.engine.simulate import Simulation
from funnelsim.engine.walking import Walk

ROOT = Path(__file__).parents[1]


def test_the_generated_table_is_what_its_script_writes() -> None:
    script = runpy.run_path(str(ROOT / "experiments" / "generated_100k" / "make.py"), run_name="made")
    assert gzip.decompress((ROOT / "configs" / "generated_100k.csv.gz").read_bytes()).decode() == script["table"]()


@pytest.fixture(scope="module")
def walk() -> Walk:
    return Simulation(fs.load(ROOT / "configs" / "generated_100k.yaml"), seed=1).walk


def peak_mib(work: Callable[[], object]) -> float:
    """Return the most memory that arrays and objects made meanwhile took at a time."""
    tracemalloc.start()
    try:
        kept = work()
        return tracemalloc.get_traced_memory()[1] / 2**20 if kept is not None else 0.0
    finally:
        tracemalloc.stop()


def test_walking_holds_totals_and_never_paths(walk: Walk) -> None:
    """100,000 deals in 256 trials: a byte for each path would be 24 MiB, a day for each 195."""
    small, large = (peak_mib(lambda n=n: walk.run(n, threads=1)) for n in (64, 256))
    assert small > 1.0  # the scratch of one block is seen
    assert large < 16.0
    assert large - small < 1.0 + 192 * walk.bytes_per_trial / 2**20
    paths = peak_mib(lambda: [walk.run(64), np.zeros((walk.n_deals, 256), np.int8)])
    assert paths > 24.0  # the negative control: held paths are noticed


def test_a_large_book_is_held_in_little_memory(tmp_path: Path) -> None:
    """Under 600 bytes a deal from file to arrays: a million deals stay under 1 GiB with the libraries' 200 MiB."""
    n_deals = 20_000
    for name in ("generated_100k.yaml", "generated_100k.csv.gz"):
        content = (ROOT / "configs" / name).read_bytes()
        (tmp_path / name).write_bytes(content if name.endswith("yaml") else first_lines(content, n_deals + 1))
    used = peak_mib(lambda: Simulation(fs.load(tmp_path / "generated_100k.yaml"), seed=1).walk)
    tables = 3.0  # quantile tables of the laws, whatever the deals
    assert (used - tables) * 2**20 / n_deals < 600


def first_lines(packed: bytes, n: int) -> bytes:
    return b"\n".join(gzip.decompress(packed).split(b"\n")[:n])
