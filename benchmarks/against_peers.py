"""The compiled walk against the same funnel in plain Python, numpy, SimPy and Ciw, in one process, on one thread.

    make peers        # installs SimPy and Ciw beside the project; without it they are left out
    .venv/bin/python benchmarks/against_peers.py [--rounds 5] [--quick]

The work: the reference case (configs/reference_timed.yaml), wins and bookings of 12 months, trial by trial. Ready
tables are given: only playing is timed, as processor time, which a busy machine swells less than wall time. In every
round each peer runs right behind the walk, and the median of the rounds' ratios is told. Before a time is told,
all that the peer played in the timed runs is held against the exact law of the case: mean and variance of the wins
of each month and of their sum, each within 5 standard errors. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from kernel import HASHES_PER_PATH, add_uniforms
from machine import kept_name, machine, taken
from peers.funnel import Funnel, Ints, funnel_of
from peers.law import Law, Z, law_of
from peers.roll import NUMPY, OTHERS, Peer, lend_installed

import funnelsim as fs
from funnelsim.engine.simulate import Simulation

HERE = Path(__file__).parent
CONFIG = "configs/reference_timed.yaml"
OWN_TRIALS = 200_000
N_UNIFORMS = 50_000_000
NOT_MEASURED = {"pymsm": "does not import beside SciPy 1.14 or later: it asks for a function that is gone"}


@dataclass
class Times:
    """What the rounds of one peer gave."""

    path_ns: list[float] = field(default_factory=list)
    own_ns: list[float] = field(default_factory=list)
    wins: list[Ints] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return the median over rounds of the peer's time over that of the walk beside it."""
        return median(a / b for a, b in zip(self.path_ns, self.own_ns, strict=True))


def timed(play: Callable[[], Any], n_paths: int) -> tuple[Any, float]:
    """Return what was played, and nanoseconds of processor a path."""
    start = time.process_time()
    played = play()
    return played, (time.process_time() - start) / n_paths * 1e9


def floor_ns() -> float:
    """Return the floor of benchmarks/kernel.py in nanoseconds of processor a path: a median of loops."""
    add_uniforms(1, np.uint64(0))
    loops = [timed(lambda k=k: add_uniforms(N_UNIFORMS, np.uint64(k)), N_UNIFORMS)[1] for k in range(7)]
    return HASHES_PER_PATH * median(loops)


class Walk:
    """The compiled walk of a case on one thread, with its tables made and its code compiled."""

    def __init__(self, case: fs.Case) -> None:
        self.simulation, self.n_deals = Simulation(case, threads=1), len(case.pipeline.deals)
        self.simulation.run(2000)

    def path_ns(self, first_trial: int) -> tuple[Ints, float]:
        """Return (trial, month) wins, and nanoseconds of processor a path."""
        run = self.simulation.run
        found, path_ns = timed(lambda: run(OWN_TRIALS, first_trial=first_trial), OWN_TRIALS * self.n_deals)
        return found.wins[0].T, path_ns


def rounds_of(peer: Peer, funnel: Funnel, walk: Walk, n_rounds: int, trials: int) -> tuple[Times, Times]:
    """Return the times of a peer and of the walk, in turns."""
    play, its, own = peer.prepare(funnel), Times(), Times()
    play(max(2, trials // 20), 0)

    def run(seed: int) -> Ints:
        wins = play(trials, seed)
        wins * funnel.amount
        return wins

    for seed in range(1, n_rounds + 1):
        wins, own_ns = walk.path_ns(seed * OWN_TRIALS)
        own.wins.append(wins.astype(np.int16))  # a book of some hundred deals
        wins, path_ns = timed(lambda seed=seed: run(seed), trials * funnel.n_deals)
        its.wins.append(wins.astype(np.int16))
        its.path_ns.append(path_ns)
        its.own_ns.append(own_ns)
    return its, own


def told(peer: Peer, times: Times, law: Law, trials: int) -> dict[str, Any]:
    """Return the figures of a peer; no time where its law is not that of the case."""
    worst = law.worst(np.concatenate(times.wins))
    found = {"name": peer.name, "trials": trials, "worst_deviation": worst, "has_the_law": worst <= Z}
    if worst <= Z:
        found |= {"path_ns": median(times.path_ns), "ratio": times.ratio, "rounds": times.path_ns, "own": times.own_ns}
    return found


def measure(n_rounds: int, share: float) -> dict[str, Any]:
    """Return the figures of the walk and of every peer."""
    lend_installed()
    case = fs.load(HERE.parent / CONFIG)
    funnel, law, walk = funnel_of(case), law_of(case), Walk(case)
    load, rows, own, floors = os.getloadavg()[0], [], Times(), [floor_ns()]
    for peer in NUMPY + OTHERS:
        if not peer.is_installed:
            rows.append({"name": peer.name, "absent": "not installed; `make peers` brings it"})
            continue
        trials = max(8, int(peer.trials * share))
        its, beside = rounds_of(peer, funnel, walk, n_rounds, trials)
        own.wins = own.wins or beside.wins  # the same trials beside every peer
        own.own_ns += its.own_ns
        rows.append(told(peer, its, law, trials))
    rows += [{"name": name, "absent": reason} for name, reason in NOT_MEASURED.items()]
    worst = law.worst(np.concatenate(own.wins))
    if worst > Z:
        raise ArithmeticError(f"the walk is {worst:.1f} standard errors off the exact law")
    return {
        "rounds": n_rounds,
        "load": [load, os.getloadavg()[0]],
        "floor_ns": median([*floors, floor_ns()]),
        "walk": {"trials": OWN_TRIALS, "path_ns": median(own.own_ns), "worst_deviation": worst},
        "peers": rows,
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as a table in Markdown."""
    walk, row = found["walk"], "| {} | {} | {} | {} | {} |"
    lines = [row.format("who", "trials a run", "ns a path", "times the walk", "furthest from the law, in s.e.")]
    lines.append("|---|---:|---:|---:|---:|")
    own = f"{walk['trials']:,}", f"{walk['path_ns']:.1f}", "1", f"{walk['worst_deviation']:.1f}"
    lines.append(row.format("funnelsim, compiled walk", *own))
    for peer in found["peers"]:
        if "absent" in peer:
            lines.append(row.format(peer["name"], peer["absent"], "", "", ""))
            continue
        off = f"{peer['worst_deviation']:.1f}"
        times = [f"{peer['path_ns']:,.0f}", f"{peer['ratio']:,.1f}"] if peer["has_the_law"] else ["another law", ""]
        lines.append(row.format(peer["name"], f"{peer['trials']:,}", *times, off))
    floor, rounds = found["floor_ns"], found["rounds"]
    lines.append(f"\nFloor {floor:.2f} ns a path: the walk alone takes {walk['path_ns'] / floor:.2f} times that.")
    lines.append(f"{taken(found)}; median of {rounds} rounds, one thread, processor time.")
    return "\n".join(lines)


def versions() -> dict[str, str]:
    """Return the versions of the peers that are installed."""
    found = {}
    for name in ("simpy", "ciw"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Measure, print the table, and keep the figures with machine and versions."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--quick", action="store_true", help="a fifth of the trials: for a look, not for the record")
    options.add_argument("--out", type=Path, default=HERE / "results")
    asked = options.parse_args()
    found = measure(asked.rounds, 0.2 if asked.quick else 1.0)
    found |= {"date": date.today().isoformat(), "config": CONFIG}
    found["machine"] = machine("numpy", "numba", "scipy") | versions()
    print(table(found))
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / kept_name("peers-", found["date"])
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\n{path}: written")


if __name__ == "__main__":
    main()
