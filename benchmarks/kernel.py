"""Speed of `funnelsim run` against the floor of this machine.

    .venv/bin/python benchmarks/kernel.py [--pairs 5] [--quick]

Floor: 2.38 times one SplitMix64 uniform in a compiled loop, whatever the design of the walk draws (2.38 hashes a
path is what the plain walk of the reference case needs). Ratio: what a user pays for a path, the wall of
`funnelsim run configs/reference_timed.yaml --engine simulate --json --threads 1` at 1,050,000 trials less that at
50,000, over a million trials of 147 deals, over the floor. Runs are taken in pairs, the floor before and after each
(the machine may be shared, and its clock wanders), and the median of the ratios is told: believe the ratio, not the
nanoseconds.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numba
import numpy as np
from machine import kept_name, machine

HERE = Path(__file__).parent
ROOT = HERE.parent
CONFIG = "configs/reference_timed.yaml"
N_DEALS = 147
HASHES_PER_PATH = 2.38
FEW = 50_000
N_UNIFORMS = 100_000_000


@numba.njit(cache=False)
def add_uniforms(n: int, key: np.uint64) -> float:
    """Return the sum of n SplitMix64 uniforms on [0, 1), each a pure function of its number."""
    total = 0.0
    for i in range(n):
        z = key + np.uint64(i + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        total += np.float64(z >> np.uint64(11)) * 2.0**-53
    return total


def floor_ns() -> float:
    """Return the floor in nanoseconds a path: the best of five loops."""
    times = []
    for k in range(5):
        start = time.perf_counter()
        mean = add_uniforms(N_UNIFORMS, np.uint64(k)) / N_UNIFORMS
        times.append(time.perf_counter() - start)
        if abs(mean - 0.5) > 6 / (12 * N_UNIFORMS) ** 0.5:
            raise ArithmeticError(f"the uniforms of the floor have mean {mean}")
    return HASHES_PER_PATH * min(times) / N_UNIFORMS * 1e9


def wall_s(trials: int, threads: int) -> float:
    """Return the wall of one whole run, as a user would start it."""
    funnelsim = Path(sys.executable).parent / "funnelsim"
    command = [str(funnelsim), "run", CONFIG, "--engine", "simulate", "--json"]
    start = time.perf_counter()
    subprocess.run(
        [*command, "--threads", str(threads), "--trials", str(trials)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def pair(more: int, threads: int) -> dict[str, float]:
    """Return the walls of a short and a long run, and nanoseconds a path between them."""
    few_s, many_s = wall_s(FEW, threads), wall_s(FEW + more, threads)
    return {"few_s": few_s, "many_s": many_s, "path_ns": (many_s - few_s) / more / N_DEALS * 1e9}


def measure(n_pairs: int, more: int) -> dict[str, Any]:
    """Return every pair for one and two threads, and the medians."""
    add_uniforms(1, np.uint64(0))
    wall_s(FEW, 1)  # compiled once, as on a user's second run
    pairs = []
    for _ in range(n_pairs):
        before, one, after = floor_ns(), pair(more, 1), floor_ns()
        floor, two = (before + after) / 2, pair(more, 2)
        pairs.append(
            {
                "floor_ns": floor,
                "one_thread": one,
                "two_threads": two,
                "ratio": one["path_ns"] / floor,
                "speed_up": one["path_ns"] / two["path_ns"],
                "speed_up_whole_run": one["many_s"] / two["many_s"],
                "load": os.getloadavg()[0],
            }
        )
    return {
        "pairs": pairs,
        "median_floor_ns": median(p["floor_ns"] for p in pairs),
        "median_path_ns": median(p["one_thread"]["path_ns"] for p in pairs),
        "median_ratio": median(p["ratio"] for p in pairs),
        "median_speed_up": median(p["speed_up"] for p in pairs),
        "median_speed_up_whole_run": median(p["speed_up_whole_run"] for p in pairs),
        "median_short_run_s": median(p["one_thread"]["few_s"] for p in pairs),
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as one table of text."""
    lines = ["  floor ns  path ns  ratio  2-thread speed-up  load"]
    row = "{:10.2f} {:8.1f} {:6.2f} {:18.2f} {}"
    for p in found["pairs"]:
        path_ns = p["one_thread"]["path_ns"]
        lines.append(row.format(p["floor_ns"], path_ns, p["ratio"], p["speed_up"], f"{p['load']:5.1f}"))
    medians = (found[f"median_{name}"] for name in ("floor_ns", "path_ns", "ratio", "speed_up"))
    lines.append(row.format(*medians, "median"))
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, and keep the figures with machine and versions."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--quick", action="store_true", help="a fifth of the trials: for a look, not for the record")
    options.add_argument("--out", type=Path, default=HERE / "results")
    asked = options.parse_args()
    more = 200_000 if asked.quick else 1_000_000
    told = {"date": date.today().isoformat(), "config": CONFIG, "more_trials": more}
    told["machine"] = machine("numpy", "numba", "llvmlite", "scipy")
    told |= measure(asked.pairs, more)
    print(table(told))
    asked.out.mkdir(parents=True, exist_ok=True)
    name = kept_name("", told["date"])
    (asked.out / name).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{asked.out / name}: written")


if __name__ == "__main__":
    main()
