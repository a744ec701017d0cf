"""How cost grows with deals, trials, stages, periods, scenarios and workers: slopes, and paper arithmetic from them.

    .venv/bin/python benchmarks/scaling.py [--quick]

A slope is that of log seconds over log size, by least squares: 1 is in proportion, 0 is no matter. Seconds are of
processor, in one thread, the least of three runs, so that a machine that is shared tells nearly the same; the rows of
workers are of the clock, and mean something on a quiet machine alone. Prints the tables of docs/scaling.md.
"""

import argparse
import gzip
import json
import os
import pickle
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from machine import kept_name, machine

import funnelsim as fs
from funnelsim.batch.local import Processes, Threads
from funnelsim.batch.run import run_batch
from funnelsim.batch.split import split_over
from funnelsim.config.sweep import load_sweep
from funnelsim.engine.simulate import Simulation
from funnelsim.engine.walking import Walk

HERE = Path(__file__).parent
CONFIGS = HERE.parent / "configs"
REPEATS = 3
HEAD = """\
case: scaling
currency: EUR
unit: K
as_of: 2026-10-01
horizon: {{periods: {periods}, of: month}}
shock: {{rho: 0.05}}
stages:
"""
STAGE = "  - {{name: s{i}, conversion: 90%, stay: {{median: 10 d, p90: 30 d}}}}\n"
DEALS = "pipeline:\n  - {stage: s0, deals: 1000, amount: 10, age: 3 d}\nseed: 1\n"


@dataclass(frozen=True)
class Series:
    """Seconds by size of one thing, all else kept."""

    name: str
    what: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def slope(self) -> float:
        """Return the slope of log seconds over log size."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])

    def row(self) -> str:
        """Return the series as a row of a table."""
        ends = f"{self.sizes[0]:,} to {self.sizes[-1]:,} | {self.seconds[0]:.3g} s to {self.seconds[-1]:.3g} s"
        return f"| {self.name} | {self.what} | {ends} | {self.slope:.2f} |"


def least(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return the least seconds of a few runs, after one that compiles."""
    work()
    found = []
    for _ in range(REPEATS):
        began = clock()
        work()
        found.append(clock() - began)
    return min(found)


def measured(
    name: str, what: str, sizes: tuple[int, ...], work_of: Callable[[int], Callable[[], object]], **more: object
) -> Series:
    """Return the seconds of the work at each size."""
    return Series(name, what, sizes, tuple(least(work_of(size), **more) for size in sizes))  # type: ignore[arg-type]


def book_of(folder: Path, n_deals: int) -> Path:
    """Write the first deals of the generated book as a case of their own."""
    lines = gzip.decompress((CONFIGS / "generated_100k.csv.gz").read_bytes()).split(b"\n")
    (folder / "generated_100k.csv.gz").write_bytes(gzip.compress(b"\n".join(lines[: n_deals + 1]), compresslevel=1))
    path = folder / "book.yaml"
    path.write_text((CONFIGS / "generated_100k.yaml").read_text("utf-8"), encoding="utf-8")
    return path


def straight(folder: Path, n_stages: int, n_periods: int) -> Walk:
    """Return the walk of 1,000 deals that stand at the first of so many stages."""
    path = folder / "straight.yaml"
    stages = "".join(STAGE.format(i=i) for i in range(n_stages))
    path.write_text(HEAD.format(periods=n_periods) + stages + DEALS, encoding="utf-8")
    return Simulation(fs.load(path), seed=1).walk


def sweep_of(folder: Path, n_cases: int) -> Callable[[], object]:
    """Return the work of a sweep of so many cases, each time into a new store."""
    path = folder / "sweep.yaml"
    axis = f"{{set: stages.方案报价.win_rate, from: 55%, to: 65%, steps: {n_cases}}}"
    base = CONFIGS / "weighted_pipeline_2685.yaml"
    path.write_text(f"base: {base}\naxes: {{quote: {axis}}}\ntrials: 10000\n", encoding="utf-8")
    sweep = load_sweep(path)
    return lambda: run_batch(sweep, Path(tempfile.mkdtemp(dir=folder)) / "store", workers=Threads(1))


def series_of(folder: Path, quick: int) -> Iterator[Series]:
    """Yield every series; `quick` divides what is walked."""
    trials = tuple(n // quick for n in (512, 1024, 2048, 4096))
    big = Simulation(fs.load(book_of(folder, 10_000)), seed=1).walk
    yield measured("trials", "10,000 deals", trials, lambda n: lambda: big.run(n))
    deals, few = (1_000, 4_000, 16_000, 64_000), 512 // quick
    walks = {n: Simulation(fs.load(book_of(folder, n)), seed=1).walk for n in deals}
    yield measured("deals, walked", f"{few} trials", deals, lambda n: lambda: walks[n].run(few))
    cases = {n: fs.load(book_of(folder, n)) for n in deals}
    yield measured("deals, lowered", "to arrays", deals, lambda n: lambda: Simulation(cases[n], seed=1).walk)

    def reading(n: int) -> Callable[[], object]:
        path = book_of(folder, n)
        return lambda: fs.load(path)

    yield measured("deals, read", "from a table", deals, reading)
    of_stages = {n: straight(folder, n, 12) for n in (2, 4, 8, 16, 32)}
    yield measured(
        "stages",
        "1,000 deals at the first, a year",
        tuple(of_stages),
        lambda n: lambda: of_stages[n].run(2048 // quick),
    )
    of_periods = {n: straight(folder, 5, n) for n in (3, 6, 12, 24, 48)}
    yield measured(
        "periods", "1,000 deals, 5 stages", tuple(of_periods), lambda n: lambda: of_periods[n].run(2048 // quick)
    )
    yield measured(
        "scenarios", "the 2,685 pipeline, 10,000 trials, kept", (8, 16, 32, 64), lambda n: sweep_of(folder, n)
    )


def workers_of(folder: Path, quick: int) -> Iterator[tuple[str, float]]:
    """Yield who walks 20,000 deals in 4,096 trials, and the seconds of the clock."""
    case, trials = fs.load(book_of(folder, 20_000)), 4096 // quick
    for n in sorted({1, 2, os.cpu_count() or 1}):
        run = Simulation(case, seed=1, threads=n)
        yield f"{n} threads", least(lambda run=run: run.run(trials), time.perf_counter)
    for n in sorted({1, 2, os.cpu_count() or 1}):
        run = Simulation(case, seed=1, walker=split_over(Processes(n)))
        yield f"{n} processes, started for it", least(lambda run=run: run.run(trials), time.perf_counter)


def constants(series: list[Series], folder: Path) -> dict[str, float]:
    """Return what the arithmetic needs: the dearest point of each series, per deal and path, and sizes."""
    by_name = {one.name: one for one in series}
    walked, walk = by_name["deals, walked"], Simulation(fs.load(book_of(folder, 64_000)), seed=1).walk
    few = int(walked.what.split()[0])
    return {
        "ns_per_path": walked.seconds[-1] / walked.sizes[-1] / few * 1e9,
        "us_per_deal_read": by_name["deals, read"].seconds[-1] / by_name["deals, read"].sizes[-1] * 1e6,
        "us_per_deal_lowered": by_name["deals, lowered"].seconds[-1] / by_name["deals, lowered"].sizes[-1] * 1e6,
        "bytes_per_deal_packed": len(pickle.dumps(walk, 4)) / walk.n_deals,
        "bytes_per_trial_of_totals": float(walk.bytes_per_trial),
        "ms_per_case": by_name["scenarios"].seconds[-1] / by_name["scenarios"].sizes[-1] * 1e3,
    }


def plan(known: dict[str, float], deals: float = 1e9, trials: float = 1e4, cores: float = 1000) -> list[str]:
    """Return the arithmetic for a very large book: no measurement, products of measured figures."""
    walking = deals * trials * known["ns_per_path"] * 1e-9
    making = deals * (known["us_per_deal_read"] + known["us_per_deal_lowered"]) * 1e-6
    return [
        f"| paths | {deals:.0e} deals x {trials:,.0f} trials | {deals * trials:.0e} |",
        f"| walking | x {known['ns_per_path']:.1f} ns | {walking / 3600:,.0f} core hours |",
        f"| reading and lowering | x {known['us_per_deal_read'] + known['us_per_deal_lowered']:.1f} us a deal | "
        f"{making / 3600:,.1f} core hours |",
        f"| on {cores:,.0f} cores | {1e9 / cores:,.0f} deals each | {(walking + making) / cores / 60:,.0f} minutes |",
        f"| what is sent back | {known['bytes_per_trial_of_totals']:,.0f} bytes a trial and core | "
        f"{known['bytes_per_trial_of_totals'] * trials * cores / 2**30:,.1f} GiB in all |",
    ]


def main() -> None:
    """Measure, print the tables, and keep the figures in benchmarks/results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="an eighth of the trials, and no file is written")
    quick = 8 if options.parse_args().quick else 1
    here = machine("numpy", "numba", "pyarrow") | {"load_at_the_start": round(os.getloadavg()[0], 1)}
    began = time.perf_counter()
    print("| grows with | kept | sizes | seconds of processor | slope |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder, series = Path(place), []
        for one in series_of(folder, quick):
            series.append(one)
            print(one.row(), flush=True)
        print("\n| who walks 20,000 deals | seconds of the clock | times as fast |\n|---|---|---|")
        workers = dict(workers_of(folder, quick))
        first = next(iter(workers.values()))
        for name, seconds in workers.items():
            print(f"| {name} | {seconds:.2f} | {first / seconds:.2f} |")
        known = constants(series, folder)
    print("\n| a billion deals, on paper | | |\n|---|---|---|")
    print("\n".join(plan(known)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = time.perf_counter() - began
    print(f"\n{', '.join(f'{name} {value}' for name, value in here.items())}; {took:.0f} s, peak {peak:.0f} MiB")
    if quick == 1:
        kept = {
            "date": date.today().isoformat(),
            "machine": here,
            "seconds": round(took, 1),
            "series": {
                s.name: {"of": s.what, "sizes": s.sizes, "seconds": s.seconds, "slope": s.slope} for s in series
            },
            "workers": workers,
            "constants": known,
            "peak_mib": peak,
        }
        (HERE / "results" / kept_name("scaling-", str(kept["date"]))).write_text(
            json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
