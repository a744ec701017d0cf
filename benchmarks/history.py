"""Time and memory from a history to a fit, a forecast and a backtest, on a made-up company of 100,000 deals.

    .venv/bin/python benchmarks/history.py [--deals 100000] [--threads 2] [--only fit ...]

The company has seven stages, three years, some five visits a deal, and its records lie in CSV files. Each command runs
as a user starts it, reading included, with compiled code already there; `compiling` is how much longer the first fit
of all takes, measured on a small company. Wall times swell on a shared machine: CPU seconds stand beside them. Asked
for are 20 s a fit and 300 s a backtest of 52 weekly origins, on two cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import pyarrow.csv
from machine import kept_name, machine
from scipy.stats import gamma

from funnelsim.history.canonical import tables_of, yaml_of
from funnelsim.history.record import History, date_of
from funnelsim.history.synthetic import Company, make
from funnelsim.history.synthetic.hazards import straight

HERE = Path(__file__).parent
CONVERSIONS = (0.92, 0.9, 0.9, 0.87, 0.87, 0.82, 0.75)
MEAN_DAYS = (6.0, 9.0, 12.0, 15.0, 12.0, 9.0, 7.5)
N_DAYS = 1095
N_ORIGINS = 52
FEW_DEALS = 2000
SEED = 7


def company(n_deals: int) -> History:
    """Return the records of a company with so many deals."""
    stays = [gamma(1.5, scale=mean / 1.5) for mean in MEAN_DAYS]
    table = straight(CONVERSIONS, stays)
    firm = Company(table, deals_per_day=n_deals / N_DAYS, n_days=N_DAYS, shock_sigma=0.1, amount_effect=0.3)
    return make(firm, SEED)[0]


def written(history: History, folder: Path) -> Path:
    """Write the records as CSV, and return the history file that names them."""
    folder.mkdir()
    for name, table in tables_of(history).items():
        pyarrow.csv.write_csv(table, folder / f"{name}.csv")
    path = folder / "history.yaml"
    path.write_text(yaml_of(history, "made up").replace(".parquet", ".csv"), encoding="utf-8")
    return path


def commands(history: History, path: Path, threads: int) -> dict[str, list[str]]:
    """Return what is timed, by name."""
    last = date_of(history.as_of) - timedelta(days=30)
    first = last - timedelta(weeks=N_ORIGINS - 1)
    on, out = ["--threads", str(threads)], path.parent
    return {
        "check": ["history", "check", str(path)],
        "fit": ["fit", str(path), "--seed", "1", "--out", str(out / "fit"), *on],
        "forecast": ["forecast", str(path), "--seed", "1", *on],
        "backtest": ["backtest", str(path), "--origins", f"{first}:{last}:7d", "--horizon", "30d", "--json", *on],
    }


def timed(command: list[str], **environment: str) -> dict[str, float]:
    """Run a command of funnelsim; return wall and CPU seconds, and the most memory it held in MiB."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "funnelsim", *command],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        said = running.stderr.read()
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"funnelsim {' '.join(command)}: {said}")
    return {
        "wall_s": time.perf_counter() - start,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
    }


def compiling(folder: Path, threads: int) -> dict[str, float]:
    """Return what the first fit of all takes beyond a second one."""
    history = company(FEW_DEALS)
    command = commands(history, written(history, folder), threads)["fit"]
    cache = str(folder / "compiled")
    first, second = (timed([*command[:5], f"{folder}/{n}", *command[6:]], NUMBA_CACHE_DIR=cache) for n in "ab")
    return {name: first[name] - second[name] for name in ("wall_s", "cpu_s")} | {"peak_mib": first["peak_mib"]}


def row(name: str, found: dict[str, float]) -> str:
    """Return one line of the table."""
    return f"{name:10s} {found['wall_s']:8.1f} {found['cpu_s']:8.1f} {found['peak_mib']:9.0f}  {found['load']:5.1f}"


def main() -> None:
    """Measure, print the table, and keep the figures with machine and versions."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--deals", type=int, default=100_000)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--only", nargs="+", default=["check", "compiling", "fit", "forecast", "backtest"])
    options.add_argument("--out", type=Path, default=HERE / "results")
    asked = options.parse_args()
    history = company(asked.deals)
    print(f"{len(history.deals)} deals, {len(history.visits)} visits, {asked.threads} threads")
    print("             wall s    CPU s  peak MiB   load")
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as spare:
        ask = commands(history, written(history, Path(spare) / "large"), asked.threads)
        for name in asked.only:
            load = os.getloadavg()[0]
            took = compiling(Path(spare) / "small", asked.threads) if name == "compiling" else timed(ask[name])
            found[name] = took | {"load": load}
            print(row(name, found[name]), flush=True)
    told = {
        "date": date.today().isoformat(),
        "deals": len(history.deals),
        "visits": len(history.visits),
        "threads": asked.threads,
        "machine": machine("numpy", "numba", "pandas", "pyarrow"),
        "figures": found,
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / kept_name("history-", told["date"])
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{path}: written")


if __name__ == "__main__":
    main()
