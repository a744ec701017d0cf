"""What switching on costs: shock, beliefs, ageing, arrivals, payments, communication, over the plain walk.

    .venv/bin/python benchmarks/switches.py [--rounds 7] [--quick]

Plain is the reference case (configs/reference_timed.yaml) with deals that have just entered their stage. Every other
case is this one with a part put in. All run in one process on one thread; only the walk is timed, as processor time,
bookings and wins (and with payments cash) of 12 months in every trial. In every round each case runs right behind the
plain one, and the median of the rounds' ratios is told. New business brings more deals to walk, so two ratios are
told: of time a trial, and of time a deal, those that arrive counted. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from machine import kept_name, machine, taken

import funnelsim as fs
from funnelsim.engine.simulate import Simulation
from funnelsim.model.pipeline import Pipeline

HERE = Path(__file__).parent
CONFIG = HERE.parent / "configs/reference_timed.yaml"
TRIALS = 40_000
ALIKE, OWN = "ages alike", "own ages"
DAYS_APART = 0.25
PARTS = {
    "shock": "shock: {rho: 0.05}\n",
    "beliefs": "beliefs:\n" + "".join(
        f"  stages.{stage}.win_rate: {{beta: {{evidence: {deals}}}}}\n"
        for stage, deals in (("初步接洽", 100), ("需求确认", 60), ("方案报价", 50), ("商务谈判", 40), ("签约在即", 30))
    ),
    "arrivals": "sources: [{name: trial request, rate: 12 per month, amount: 50}]\n",
    "payments": "payment:\n  instalments:\n    - {share: 30%, lag: {median: 10 d, p90: 30 d}}\n"
    "    - {share: 70%, lag: {median: 45 d, p90: 90 d}, after: previous}\n",
    "communication": "communication:\n  message: {items: 10}\n  hops:\n"
    "    - {name: said, keeps: {beta: {mean: 80%, evidence: 40}}}\n"
    "    - {name: heard, keeps: {beta: {mean: 75%, evidence: 40}}, remedy: {written: 90%}}\n"
    "    - {name: done, keeps: {beta: {mean: 50%, evidence: 40}}}\n"
    "  stages: {方案报价: {elasticity: {uniform: [0.3, 0.9]}, rework: 0.3}}\n",
}  # fmt: skip
CASES = {
    "plain": (),
    "ageing, all deals alike": (ALIKE,),
    "ageing, every deal its own age": (OWN,),
    **{name: (name,) for name in PARTS},
    "beliefs under a shock, ages alike": (ALIKE, "shock", "beliefs"),
    "beliefs under a shock, every deal its own age": (OWN, "shock", "beliefs"),
    "all together, ages alike": (ALIKE, *PARTS),
    "all together, every deal its own age": (OWN, *PARTS),
}


def text_of(parts: tuple[str, ...]) -> str:
    """Return the config of the reference case with some parts put in."""
    text = CONFIG.read_text(encoding="utf-8")
    if ALIKE not in parts:
        text = text.replace("age: 10 d", "age: 0 d")
    return text + "".join(PARTS[part] for part in parts if part in PARTS)


def case_of(parts: tuple[str, ...], folder: Path) -> fs.Case:
    """Return the reference case with some parts put in."""
    path = folder / "case.yaml"
    path.write_text(text_of(parts), encoding="utf-8")
    case = fs.load(path)
    return replace(case, pipeline=Pipeline(of_many_ages(case.pipeline.deals))) if OWN in parts else case


def of_many_ages(deals: tuple[fs.Deal, ...]) -> tuple[fs.Deal, ...]:
    """Return the deals with ages of a quarter of a day to five weeks, no two alike, mixed over the stages."""
    n = len(deals)
    step = next(k for k in range(37, n + 37) if n % k)
    return tuple(deal._replace(age_days=DAYS_APART * (1 + i * step % n)) for i, deal in enumerate(deals))


@dataclass
class Switched:
    """A case ready to be walked, and what its rounds gave."""

    simulation: Simulation
    deals: float
    trial_ns: list[float] = field(default_factory=list)
    over_plain: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, case: fs.Case, trials: int) -> Switched:
        """Return a case with its code compiled and its deals counted, those that arrive included."""
        simulation = Simulation(case, threads=1)
        found = simulation.run(max(trials // 10, 100))
        arrived = 0.0 if found.tally is None else float(found.tally.new_deals[0].sum(axis=0).mean())
        return cls(simulation, len(case.pipeline) + arrived)

    def run_ns(self, trials: int, first_trial: int) -> float:
        """Return nanoseconds of processor a trial."""
        start = time.process_time()
        self.simulation.run(trials, first_trial=first_trial)
        return (time.process_time() - start) / trials * 1e9


def measure(n_rounds: int, trials: int) -> dict[str, Any]:
    """Return every case's times beside those of the plain one."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        ready = {name: Switched.of(case_of(parts, Path(folder)), trials) for name, parts in CASES.items()}
    plain = ready["plain"]
    for n in range(n_rounds):
        for switched in ready.values():
            before = plain.run_ns(trials, n * trials)
            switched.trial_ns.append(switched.run_ns(trials, n * trials))
            switched.over_plain.append(switched.trial_ns[-1] / before)
    return {
        "rounds": n_rounds,
        "trials": trials,
        "load": [load, os.getloadavg()[0]],
        "cases": {name: figures(switched, plain) for name, switched in ready.items()},
    }


def figures(switched: Switched, plain: Switched) -> dict[str, Any]:
    """Return the medians of a case, and its rounds."""
    a_trial = median(switched.over_plain)
    return {
        "deals": switched.deals,
        "deal_ns": median(switched.trial_ns) / switched.deals,
        "trial_over_plain": a_trial,
        "deal_over_plain": a_trial * plain.deals / switched.deals,
        "rounds": switched.over_plain,
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as a table in Markdown."""
    lines = ["| switched on | deals a trial | ns a deal | a deal, times plain | a trial, times plain |"]
    lines.append("|---|---:|---:|---:|---:|")
    for name, its in found["cases"].items():
        ratios = f"{its['deal_over_plain']:.2f} | {its['trial_over_plain']:.2f}"
        lines.append(f"| {name} | {its['deals']:.0f} | {its['deal_ns']:.1f} | {ratios} |")
    rounds = f"median of {found['rounds']} rounds of {found['trials']:,} trials"
    lines.append(f"\n{taken(found)}; {rounds}, one thread, processor time.")
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, and keep the figures with machine and versions."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--quick", action="store_true", help="a fifth of the trials: for a look, not for the record")
    options.add_argument("--out", type=Path, default=HERE / "results")
    asked = options.parse_args()
    found = measure(asked.rounds, TRIALS // 5 if asked.quick else TRIALS)
    found |= {"date": date.today().isoformat(), "machine": machine("numpy", "numba")}
    print(table(found))
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / kept_name("switches-", found["date"])
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\n{path}: written")


if __name__ == "__main__":
    main()
