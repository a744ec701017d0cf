"""A quarter forecast from a CRM export, representative by representative, and what then happened.

    .venv/bin/python experiments/opportunities/run.py [--trials N] [--out FOLDER]

The data are looked for where FUNNELSIM_DATA points, or in ../shared/data beside the project.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

from funnelsim.config import load_history
from funnelsim.history.record import OPEN, WON
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, new_figure, png_bytes, style, svg_text

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "data"
HISTORY, WITH_AMOUNTS = HERE / "history.yaml", HERE / "with_amounts.yaml"
RECORDS = "crm/maven/sales_pipeline.csv.gz"
AS_OF = "2017-10-01"
COHORTS = ("2017-04-01", "2017-07-01"), ("2017-07-01", "2017-08-01")
COLUMNS = ("representative", "open_deals", "p10", "p25", "p50", "p75", "p90", "mean", "with_amounts", "actual")


def data_folder() -> Path:
    """Return the folder of the shared data; FUNNELSIM_DATA is set to it where it was not."""
    return Path(os.environ.setdefault("FUNNELSIM_DATA", str(SHARED)))


def funnelsim(*words: object) -> dict:
    """Return what a command prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "funnelsim", *map(str, words), "--json"], capture_output=True, encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def answers(history: Path, place: Path, trials: int) -> dict[str, dict]:
    """Return what each command says: check, forecast, score, and the case once more by representative."""
    until = ("--as-of", AS_OF, "--horizon", "1 quarter", "--trials", trials, "--seed", 1)
    return {
        "check": funnelsim("history", "check", history),
        "forecast": funnelsim("forecast", history, *until, "--out", place),
        "score": funnelsim("score", place / "run", history, "--log", place / "scores.jsonl"),
        "reps": funnelsim("run", place / "case/case.yaml", "--trials", trials, "--seed", 1, "--set", "groups=[owner]"),
    }


def rows_of(reps: dict, others: dict) -> list[dict[str, object]]:
    """Return what each representative was to win of the deals open on the day, and did; the most expected first."""
    history, _ = load_history(HISTORY)
    deals, day = history.deals, np.datetime64(AS_OF).astype("datetime64[D]").astype(int)
    was_open = (deals.created < day) & (deals.closed >= day)
    rows = []
    for name, told in reps["groups"]["owner"].items():
        mine, wins = was_open & (deals.owner == name), told["wins"]["total"]
        if mine.any():  # new deals are nobody's yet
            won = mine & (deals.outcome == WON)
            quantiles = {key: round(wins["quantiles"][key]) for key in ("p10", "p25", "p50", "p75", "p90")}
            rows.append({
                "representative": name, "open_deals": int(mine.sum()), **quantiles, "mean": round(wins["mean"], 1),
                "with_amounts": round(others["groups"]["owner"][name]["wins"]["total"]["mean"], 1),
                "actual": int(won.sum()),
            })  # fmt: skip
    return sorted(rows, key=lambda row: -row["mean"])


def picture(rows: list[dict]) -> Figure:
    """Return a band for every representative, and what happened."""
    with style():
        canvas = new_figure(9.0, 1.75 + 0.26 * len(rows))
        height = canvas.get_size_inches()[1]
        axes = canvas.add_axes((0.2, 0.55 / height, 0.77, 0.26 * len(rows) / height))
        for y, row in enumerate(reversed(rows)):
            axes.barh(y, float(row["p90"]) - float(row["p10"]), 0.66, float(row["p10"]), color=LIGHT)
            axes.barh(y, float(row["p75"]) - float(row["p25"]), 0.66, float(row["p25"]), color=MIDDLE)
            axes.vlines(float(row["p50"]), y - 0.33, y + 0.33, color=DARK, linewidth=2)
            axes.plot(float(row["with_amounts"]), y, "x", color=INK, markersize=5, markeredgewidth=0.8)
            face = INK if held(row) else "white"
            axes.plot(float(row["actual"]), y, "o", color=INK, markerfacecolor=face, markersize=5)
        axes.set_yticks(range(len(rows)), [str(row["representative"]) for row in reversed(rows)], fontsize=8.5)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"wins in 2017Q4 of the deals open on {AS_OF}")
        head = "What each representative was to win, and won"
        canvas.text(0.02, 1 - 0.15 / height, head, fontsize=14, va="top")
        key = "Pale: 8 futures in 10. Dark: half. Line: even chance. Points: what happened, white outside the 8 in 10."
        more = "Crosses: the mean, had the amounts been read that closing writes."
        canvas.text(0.02, 1 - 0.52 / height, f"{key}\n{more}", fontsize=9, va="top", linespacing=1.4)
    return canvas


def held(row: dict) -> bool:
    """Return whether 8 futures in 10 held what happened."""
    return float(row["p10"]) <= float(row["actual"]) <= float(row["p90"])


def line_of(row: dict) -> str:
    """Return a row of the table as a line of the README."""
    band = f"{row['p50']} ({row['p10']} to {row['p90']})"
    came = f"{row['actual']}{'' if held(row) else ' *'}"
    return f"| {row['representative']} | {row['open_deals']} | {band} | {came} | {row['with_amounts']} |"


def told(said: dict[str, dict], others: dict[str, dict], rows: list[dict]) -> list[str]:
    """Return the sentences of the finding that hold numbers."""
    deals, fit = said["check"]["deals"], said["forecast"]["fit"]
    defects, rate = {one["name"]: one["count"] for one in said["check"]["defects"]}, fit["win_rate"]
    hoped, came, leaked = (total(rows, column) for column in ("mean", "actual", "with_amounts"))
    return [
        f"{deals['total']:,} deals are read: {deals['won']:,} won, {deals['lost']:,} lost, {deals['open']:,} open; "
        f"{defects['no_created']:,} without a day of creation are left out",
        f"{fit['open_deals']:,} deals are open on {AS_OF}, {len(rows)} representatives have them",
        f"win rate of a new deal: {rate['closed_only']:.1%} by closed deals alone, {rate['corrected']:.1%} by all",
        f"their wins by the end of the quarter: {hoped:,.0f} on average, {came:,.0f} came",
        f"the 8 in 10 held for {sum(map(held, rows))} of {len(rows)} representatives",
        *(f"without amounts, {one}" for one in past_of(said)),
        f"with them {leaked:,.0f} wins on average",
        *(f"with amounts, {one}" for one in past_of(others)),
        *map(undecided, COHORTS),
    ]


def undecided(cohort: tuple[str, str]) -> str:
    """Return how many of the deals that came from one day up to another are still open when the records end."""
    deals = load_history(HISTORY)[0].deals
    first, end = (np.datetime64(day).astype("datetime64[D]").astype(int) for day in cohort)
    mine = (deals.created >= first) & (deals.created < end)
    n = int((mine & (deals.outcome == OPEN)).sum())
    return (
        f"of {mine.sum():,} deals that came from {cohort[0]} up to {cohort[1]} {n / mine.sum():.0%} are never decided"
    )


def total(rows: list[dict], column: str) -> float:
    """Return the sum of a column."""
    return sum(float(row[column]) for row in rows)


def past_of(said: dict[str, dict]) -> list[str]:
    """Return the track records of a forecast, and how the forecast itself came out."""
    track = {one["measure"]: one for one in said["forecast"]["track"]}
    whole = next(v for v in said["score"]["verdicts"] if (v["measure"], v["label"]) == ("total_wins", "total"))
    q = whole["quantiles"]
    return [
        f"wins of open deals: in {track['open_wins']['windows']} past windows the 80 % interval held "
        f"{track['open_wins']['hits']} times",
        f"all wins of the quarter: {q['p50']:,.0f}, 8 in 10 from {q['p10']:,.0f} to {q['p90']:,.0f}; "
        f"{whole['actual']:,.0f} came",
    ]


def main() -> int:
    """Ask the commands; write results.csv, told.txt, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, default=2000, help="default: 2,000")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    if not (data_folder() / RECORDS).is_file():
        print(f"no shared data: {data_folder() / RECORDS} is not there; set FUNNELSIM_DATA", file=sys.stderr)
        return 0
    with TemporaryDirectory() as place:
        said, others = (
            answers(history, Path(place) / history.stem, asked.trials) for history in (HISTORY, WITH_AMOUNTS)
        )
    rows = rows_of(said["reps"], others["reps"])
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    (asked.out / "told.txt").write_text("\n".join(told(said, others, rows)) + "\n", encoding="utf-8")
    drawn = picture(rows)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    print(*told(said, others, rows), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
