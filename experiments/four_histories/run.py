"""How far can a forecast from records be trusted? Four histories, by the commands alone, against what happened.

    .venv/bin/python experiments/four_histories/run.py [--quick] [--out FOLDER]

The data are looked for where FUNNELSIM_DATA points, or in ../shared/data beside the project.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from funnelsim.report.plots import DARK, GREY, INK, LIGHT, MIDDLE, new_figure, png_bytes, style, svg_text

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "data"
MEASURES = {"open_wins": "wins of open deals", "open_bookings": "their money", "total_wins": "all wins"}
SIMPLE = {
    "weighted": "weighted pipeline",
    "stage_share": "stage share",
    "trailing_mean": "trailing mean",
    "trailing_ratio": "trailing ratio",
    "ses": "exponential smoothing",
    "seasonal_naive": "last year",
}
COMMANDS = ("check", "fit", "backtest", "forecast", "score")
N_BINS = 5
HEAD = "Past windows: what was forecast, and what happened"
KEY = (
    "Pale: 8 in 10. Dark: half. Line: even chance. Points: what happened, white where the 8 in 10 missed it. "
    "Right: where it fell among the samples, 0 to 1 (level is good)."
)
TRIALS = 2000


@dataclass(frozen=True)
class Study:
    """A history, the windows tried on it (FROM:TO:STEP, days), and one forecast that is published and scored."""

    history: str
    origins: str
    days: int
    as_of: str
    horizon: str


STUDIES = (
    Study("loans", "2011-11-01:2011-12-13:7d", 14, "2011-12-05", "2 weeks"),
    Study("payments", "2017-11-07:2018-12-25:14d", 14, "2018-10-01", "1 quarter"),
    Study("hotel", "2015-12-05:2017-07-29:28d", 30, "2017-05-01", "1 month"),
    Study("hotel", "2015-12-05:2017-05-06:28d", 90, "2017-04-01", "1 quarter"),
    Study("opportunities", "2017-04-01:2017-11-30:30d", 30, "2017-10-01", "1 quarter"),
)
QUICK = (Study("loans", "2011-11-29:2011-12-13:14d", 14, "2011-12-05", "2 weeks"),)


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


def told_of(study: Study, place: Path) -> dict:
    """Return what check, fit, backtest, forecast and score say, with the seconds that each took."""
    history, seconds = HERE / f"{study.history}.yaml", {}
    until = ("--as-of", study.as_of, "--horizon", study.horizon, "--seed", 1)
    asked = {
        "check": ("history", "check", history),
        "backtest": ("backtest", history, "--origins", study.origins, "--horizon", f"{study.days}d", "--seed", 1),
        "fit": ("fit", history, *until, "--out", place / "fit"),
        "forecast": ("forecast", history, *until, "--trials", TRIALS, "--out", place),
        "score": ("score", place / "run", history, "--log", place / "scores.jsonl"),
    }
    said = {}
    for name, words in asked.items():
        start = time.perf_counter()
        said[name] = funnelsim(*words)
        seconds[name] = round(time.perf_counter() - start, 1)
    return {**said, "seconds": seconds}


def rows_of(study: Study, said: dict) -> list[dict[str, object]]:
    """Return the rows of the table: a measure each."""
    rows = []
    for measure in MEASURES:
        found = said["backtest"]["summary"][measure]
        skill = {name: found["skill"][name] for name in SIMPLE if found["skill"][name] is not None}
        best = min(skill, key=skill.__getitem__)
        rows.append({
            "history": study.history, "days": study.days, "measure": measure, "windows": found["windows"],
            "independent": found["independent_windows"],
            **{f"held_{p}": round(found["coverage"][f"c{p}"] * found["windows"]) for p in (80, 50)},
            "crps_over_mean": round(found["crps_over_mean"], 4), "bias": round(found["bias"], 4),
            "skill_weighted": round(skill["weighted"], 3), "best_simple": best, "skill_best": round(skill[best], 3),
        })  # fmt: skip
    return rows


def windows_of(study: Study, said: dict) -> list[dict[str, object]]:
    """Return every window of the figure: what was forecast, what happened, and where that fell (PIT)."""
    return [
        {"history": study.history, "days": study.days, "as_of": origin["as_of"], "measure": measure,
         **{name: round(value, 2) for name, value in origin["measures"][measure]["quantiles"].items()},
         "actual": origin["measures"][measure]["actual"], "pit": round(origin["measures"][measure]["pit"], 4)}
        for origin in said["backtest"]["origins"] for measure in ("open_wins", "total_wins")
    ]  # fmt: skip


def published_of(study: Study, said: dict) -> dict[str, object]:
    """Return the one forecast that was published, and what came of it."""
    track = {one["measure"]: one for one in said["forecast"]["track"]}["total_wins"]
    found = {"history": study.history, "as_of": study.as_of, "horizon": study.horizon}
    found |= {
        "track_held": track["hits"],
        "track_windows": track["windows"],
        "independent": track["independent_windows"],
    }
    for verdict in said["score"]["verdicts"]:
        if verdict["label"] == "total" and verdict["measure"] in ("total_wins", "total_bookings"):
            name = verdict["measure"].removeprefix("total_")
            found |= {f"{name}_{k}": round(verdict["quantiles"][k]) for k in ("p10", "p50", "p90")}
            found |= {f"{name}_actual": round(verdict["actual"]), f"{name}_held": verdict["held"]["c80"]}
    return found


def published_line(row: dict) -> str:
    """Return a published forecast as a line of the README."""
    band = f"{int(row['wins_p50']):,} ({int(row['wins_p10']):,} to {int(row['wins_p90']):,})"
    came = f"{int(row['wins_actual']):,}, {'held' if str(row['wins_held']) == 'True' else 'missed'}"
    track = f"{row['track_held']} of {row['track_windows']}"
    return f"| {row['history']}, {row['horizon']} from {row['as_of']} | {track} | {band} | {came} |"


def seconds_line(row: dict) -> str:
    """Return the seconds as a line of the README."""
    return f"| {row['history']}, {row['days']} days | {' | '.join(str(row[name]) for name in COMMANDS)} |"


def seconds_of(study: Study, said: dict) -> dict[str, object]:
    """Return the seconds that each command took."""
    return {"history": study.history, "days": study.days, **said["seconds"]}


def picture(studies: list[tuple[Study, list[dict]]]) -> Figure:
    """Return a line of three panels for each study: wins of open deals, all wins, and where what happened fell."""
    with style():
        height = 1.2 + 1.75 * len(studies)
        canvas = new_figure(12.0, height)
        for i, (study, windows) in enumerate(studies):
            bottom = (height - 1.2 - 1.75 * (i + 1) + 0.42) / height
            for k, measure in enumerate(("open_wins", "total_wins")):
                axes = canvas.add_axes((0.055 + 0.385 * k, bottom, 0.335, 0.98 / height))
                mine = [w for w in windows if w["measure"] == measure]
                draw_fan(axes, mine)
                axes.set_title(f"{study.history}, {study.days} days: {MEASURES[measure]}", fontsize=9.5, loc="left")
                draw_pits(canvas.add_axes((0.82 + 0.095 * k, bottom, 0.07, 0.98 / height)), mine, MEASURES[measure])
        for y, size, text in ((0.18, 14, HEAD), (0.55, 9, KEY)):
            canvas.text(0.02, 1 - y / height, text, fontsize=size, va="top")
    return canvas


def draw_fan(axes: Axes, windows: list[dict]) -> None:
    """Draw the windows of one measure."""
    day = np.array([date.fromisoformat(str(w["as_of"])).toordinal() for w in windows])
    q = {name: np.array([float(w[name]) for w in windows]) for name in ("p10", "p25", "p50", "p75", "p90", "actual")}
    width = 0.75 * np.diff(day).min()
    axes.bar(day, q["p90"] - q["p10"], width, q["p10"], color=LIGHT)
    axes.bar(day, q["p75"] - q["p25"], width, q["p25"], color=MIDDLE)
    axes.hlines(q["p50"], day - width / 2, day + width / 2, color=DARK, linewidth=1.4)
    held = (q["p10"] <= q["actual"]) & (q["actual"] <= q["p90"])
    for is_held, face in ((True, INK), (False, "white")):
        axes.plot(
            day[held == is_held], q["actual"][held == is_held], "o", color=INK, markerfacecolor=face, markersize=3.6
        )
    axes.set_ylim(0, 1.1 * max(q["p90"].max(), q["actual"].max()))
    shown = day[:: -(-len(day) // 4)]
    axes.set_xticks(shown, [date.fromordinal(int(d)).isoformat() for d in shown])
    axes.tick_params(labelsize=7.5)


def draw_pits(axes: Axes, windows: list[dict], name: str) -> None:
    """Draw how many windows fell into each fifth of the forecast."""
    counts, edges = np.histogram([float(w["pit"]) for w in windows], N_BINS, (0, 1))
    axes.stairs(counts, edges, fill=True, color=MIDDLE)
    axes.axhline(len(windows) / N_BINS, color=GREY, linewidth=1, linestyle="dashed")
    axes.set_xticks([0, 1], ["0", "1"])
    axes.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    axes.set_title(name, fontsize=7.5, loc="left")
    axes.tick_params(labelsize=7)


def line_of(row: dict) -> str:
    """Return a row of the table as a line of the README."""
    n, best = int(row["windows"]), SIMPLE[str(row["best_simple"])]
    held = f"{int(row['held_80'])} of {n} ({int(row['independent'])})"
    scores = f"{float(row['crps_over_mean']):.3f} | {float(row['bias']):+.1%} | {float(row['skill_weighted']):+.0%}"
    named = f"{row['history']}, {row['days']} days | {MEASURES[str(row['measure'])]}"
    return f"| {named} | {held} | {scores} | {float(row['skill_best']):+.0%} ({best}) |"


def write(place: Path, rows: list[dict]) -> None:
    """Write a table."""
    with place.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main() -> int:
    """Ask every command of every study; write the tables, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="two windows of the loans alone")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    if not (data_folder() / "loans").is_dir():
        print(f"no shared data: {data_folder() / 'loans'} is not there; set FUNNELSIM_DATA", file=sys.stderr)
        return 0
    found = []
    for study in QUICK if asked.quick else STUDIES:
        with TemporaryDirectory() as place:
            found.append((study, told_of(study, Path(place))))
        print(*map(line_of, rows_of(*found[-1])), sep="\n", flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    write(asked.out / "results.csv", [row for one in found for row in rows_of(*one)])
    write(asked.out / "windows.csv", [row for one in found for row in windows_of(*one)])
    write(asked.out / "published.csv", [published_of(*one) for one in found])
    write(asked.out / "seconds.csv", [seconds_of(*one) for one in found])
    print(*(published_line(published_of(*one)) for one in found), sep="\n")
    print(*(seconds_line(seconds_of(*one)) for one in found), sep="\n")
    canvas = picture([(study, windows_of(study, said)) for study, said in found])
    (asked.out / "figure.svg").write_text(svg_text(canvas), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(canvas))
    return 0


if __name__ == "__main__":
    sys.exit(main())
