"""The speed of deals that wait for each other, against SimPy and Ciw playing the same model.

    .venv/bin/python benchmarks/capacity.py [--quick]

The model: deals come in at 1.9 a day for two years (Poisson), a team works 48 of them at a time, the next in line is
who came first; work passes three stages with gamma stays, and after each a deal goes on with a chance or is lost. All
start empty. Each package plays so many futures on one thread that it takes a few seconds, and means of waits, wins and
queues must agree within z = 4 standard errors, or nothing is told. Seconds a future are compared: believe the ratios
of one run, not the seconds. What is not installed is left out (`pip install simpy ciw`).
"""

import argparse
import importlib.util
import json
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.engine.simulate import simulate
from funnelsim.model.capacity import Capacity, Team
from funnelsim.model.case import Case
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Fixed, Shaped
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Pipeline
from funnelsim.model.sources import Entry, Rate, Source
from funnelsim.version import __version__

HERE = Path(__file__).parent
PER_DAY, SLOTS, Z = 1.9, 48, 4.0
STAGES = (("need", 0.6, 12.0, 0.8), ("offer", 0.55, 14.0, 0.9), ("deal", 0.7, 8.0, 0.6))  # conversion, mean stay, cv
AS_OF, END = date(2027, 1, 1), date(2029, 1, 1)
DAYS = (END - AS_OF).days
FIGURES = ("wait_days", "wins", "waiting")
Future = tuple[float, float, float]  # mean wait of those who got a slot, wins, waiting at the end


def our_case() -> Case:
    """Return the model as a case."""
    steps = [
        Step(name, conversion=chance, stay=Shaped("gamma", {"mean": mean, "cv": cv}))
        for name, chance, mean, cv in STAGES
    ]
    return Case(
        "benchmark", Money("EUR"), AS_OF, Funnel.linear(steps), Pipeline(()),
        horizon=Horizon(2, "year"),
        sources=(Source("web", Entry("need", Fixed(1.0)), rate=Rate(PER_DAY, "day")),),
        capacity=Capacity(team=Team(6, SLOTS // 6)),
    )  # fmt: skip


def ours(n: int, seed: int) -> np.ndarray:
    """Return (future, [wait, wins, waiting]) of `n` futures."""
    told = simulate(our_case(), trials=n, seed=seed, threads=1)
    waiting = told.waiting
    return np.column_stack([waiting.waited[0] / waiting.served[0], told.total("wins"), waiting.queue[0, -1]])


def gammas(rng: random.Random) -> Callable[[int], float]:
    """Return a drawer of the stay in a stage by number."""
    figures = [(1 / cv**2, mean * cv**2) for _, _, mean, cv in STAGES]
    return lambda stage: rng.gammavariate(*figures[stage])


def with_simpy(n: int, seed: int) -> np.ndarray:
    """Return the same from SimPy: a resource of 48 slots, and a process for each deal."""
    import simpy

    def future(rng: random.Random) -> Future:
        env = simpy.Environment()
        team = simpy.Resource(env, SLOTS)
        stay, waits, wins = gammas(rng), [], [0]

        def deal() -> Iterator[Any]:
            came = env.now
            with team.request() as slot:
                yield slot
                waits.append(env.now - came)
                for stage, (_, chance, _, _) in enumerate(STAGES):
                    yield env.timeout(stay(stage))
                    if rng.random() >= chance:
                        return
                wins[0] += 1

        def source() -> Iterator[Any]:
            while True:
                yield env.timeout(rng.expovariate(PER_DAY))
                env.process(deal())

        env.process(source())
        env.run(until=DAYS)
        return sum(waits) / len(waits), wins[0], len(team.queue)

    rng = random.Random(seed)
    return np.array([future(rng) for _ in range(n)])


def with_ciw(n: int, seed: int) -> np.ndarray:
    """Return the same from Ciw: a node of 48 servers whose service is the whole work on a deal."""
    import ciw

    class Work(ciw.dists.Distribution):
        """All stages of one deal. Ciw copies it, so what it must tell is kept outside."""

        def __init__(self, rng: random.Random, won: Callable[[int], None]) -> None:
            self.rng, self.stay, self.won = rng, gammas(rng), won

        def sample(self, t: float | None = None, ind: Any = None) -> float:
            total = 0.0
            for stage, (_, chance, _, _) in enumerate(STAGES):
                total += self.stay(stage)
                if self.rng.random() >= chance:
                    return total
            self.won(ind.id_number)
            return total

    def future(number: int) -> Future:
        won: set[int] = set()
        # a function is the one thing that is not copied
        work = Work(random.Random(seed * 1_000_003 + number), lambda deal: won.add(deal))  # noqa: PLW0108
        ciw.seed(seed * 1_000_003 + number)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(PER_DAY)],
            service_distributions=[work],
            number_of_servers=[SLOTS],
        )
        play = ciw.Simulation(network)
        play.simulate_until_max_time(DAYS)
        records = play.get_all_records(only=["service"])
        here = play.nodes[1].all_individuals
        begun = [p for p in here if p.service_start_date is not False and p.service_start_date <= DAYS]
        waits = [r.waiting_time for r in records] + [p.service_start_date - p.arrival_date for p in begun]
        wins = sum(r.id_number in won for r in records)
        return sum(waits) / len(waits), wins, len(here) - len(begun)

    return np.array([future(number) for number in range(n)])


PLAYERS = {"funnelsim": ours, "simpy": with_simpy, "ciw": with_ciw}


def compare(found: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """Return the z of each package's means against ours; stop if any is too far off."""
    base, told = found["funnelsim"], {}
    for name, sample in found.items():
        if name == "funnelsim":
            continue
        # of the same law it would have our variance, known well; a few dozen futures of skewed figures tell it badly
        error = np.sqrt(base.var(axis=0) * (1 / len(base) + 1 / len(sample)))
        z = (sample.mean(axis=0) - base.mean(axis=0)) / error
        if (abs(z) > Z).any():
            raise ArithmeticError(f"{name} plays another model: z of wait, wins and queue {z.round(1).tolist()}")
        told[name] = [round(float(x), 2) for x in z]
    return told


def main() -> None:
    """Play, compare, and keep the figures with machine and versions."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="a few futures: for a look, not for the record")
    options.add_argument("--out", type=Path, default=HERE / "results")
    asked = options.parse_args()
    n_of = dict(zip(PLAYERS, (600, 30, 30) if asked.quick else (6_000, 150, 100), strict=True))
    ours(2, 0)  # compiled once, as on a user's second run
    found, seconds, missing = {}, {}, []
    for name, play in PLAYERS.items():
        if name != "funnelsim" and importlib.util.find_spec(name) is None:
            missing.append(name)
            print(f"{name}: not installed, left out")
            continue
        start = time.perf_counter()
        found[name] = play(n_of[name], 5)
        seconds[name] = (time.perf_counter() - start) / n_of[name]
    z = compare(found)
    told = {
        "date": date.today().isoformat(),
        "model": {"per_day": PER_DAY, "slots": SLOTS, "days": DAYS, "stages": STAGES},
        "futures": {name: n_of[name] for name in found},
        "means": {name: dict(zip(FIGURES, s.mean(axis=0).tolist(), strict=True)) for name, s in found.items()},
        "z": z,
        "seconds_a_future": seconds,
        "times_as_long": {name: seconds[name] / seconds["funnelsim"] for name in found},
        "load": os.getloadavg()[0],
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
            "funnelsim": __version__,
            **{name: version(name) for name in ("numpy", "numba", *(n for n in found if n != "funnelsim"))},
        },
    }
    print("package     ms a future  times as long   wait   wins  queue  (z of each)")
    for name, sample in found.items():
        means = "".join(f"{x:7.2f}" for x in sample.mean(axis=0))
        print(f"{name:10} {1000 * seconds[name]:12.3f} {told['times_as_long'][name]:14.1f}{means}  {z.get(name, '')}")
    asked.out.mkdir(parents=True, exist_ok=True)
    file = asked.out / f"capacity-{told['date']}-{platform.machine()}-{os.cpu_count()}cores.json"
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{file}: written")


if __name__ == "__main__":
    main()
