"""Which hop of 100-80-60-40-20 is worth mending, counted in bookings? One table, one figure.

.venv/bin/python experiments/communication_funnel/run.py [--trials N] [--out FOLDER]
"""

import argparse
import csv
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

from matplotlib.figure import Figure

import funnelsim as fs
from funnelsim.analysis.communication import communicate
from funnelsim.config import load_briefing
from funnelsim.engine.ensemble import Ensemble
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, new_figure, png_bytes, style, svg_text

HERE = Path(__file__).parent
CASE = HERE / "case.yaml"
HOPS = {"所说": "said", "所听": "heard", "所懂": "understood", "所做": "done"}
TODAY = "as it is told today"
REMEDIES = {
    "keeps one point more": "{adds: 1%}",
    "said back once": "{repeat_backs: {times: 1, correlation: 30%}}",
    "left out": "{removed: yes}",
}
COLUMNS = (
    *("row", "hop", "remedy", "reaches", "mean", "mean_se", "gain", "gain_se"),
    *("p10", "p50", "p90", "chance_2685", "chance_2685_se"),
)
Row = dict[str, str | float]


def questions() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield row, hop, remedy and settings of every line of the table."""
    yield TODAY, "", "", ()
    for remedy, setting in REMEDIES.items():
        for hop, label in HOPS.items():
            yield f"{label}: {remedy}", label, remedy, (f"communication.hops.{hop}.remedy={setting}",)
    everything = tuple(f"communication.hops.{hop}.remedy={{removed: yes}}" for hop in HOPS)
    yield "nothing is lost", "", "all left out", everything


def table(trials: int | None = None) -> list[Row]:
    """Return every row; all share their random numbers, so a gain is surer than the two means it is taken from."""
    rows, today = [], None
    for row, hop, remedy, settings in questions():
        ensemble = fs.simulate(fs.load(CASE, settings), trials=trials)
        today = today or ensemble
        reaches = communicate(load_briefing(CASE, settings)).arrivals[-1].reaches
        figures = [reaches, *answer(ensemble, today)]
        rows.append(dict(zip(COLUMNS, [row, hop, remedy, *(round(x, 5) for x in figures)], strict=True)))
    return rows


def answer(ensemble: Ensemble, today: Ensemble) -> list[float]:
    """Return the figures of a row, in 万元, beside the same trials as it is told today."""
    told = fs.forecast(ensemble)
    total, target = told.bookings.total, told.targets[0]
    gain = (ensemble.total("bookings") - today.total("bookings")) / 100
    gain_se = gain.std() / sqrt(ensemble.trials)
    quantiles = [total.quantiles[name] for name in ("p10", "p50", "p90")]
    return [total.mean, total.mean_se, gain.mean(), gain_se, *quantiles, target.chance, target.chance_se]


def picture(rows: list[Row]) -> Figure:
    """Return what each hop brings: a point more, said back once, left out."""
    with style():
        canvas = new_figure(8.6, 5.4)
        axes = canvas.add_axes((0.09, 0.11, 0.88, 0.62))
        for n, (remedy, colour) in enumerate(zip(REMEDIES, (DARK, MIDDLE, LIGHT), strict=True)):
            found = [row for row in rows if row["remedy"] == remedy]
            for x, row in enumerate(found):
                gain = float(row["gain"])
                axes.bar(x + 0.27 * (n - 1), gain, 0.25, color=colour, label=remedy if x == 0 else None)
                place = (x + 0.27 * (n - 1), gain)
                axes.annotate(f"+{gain:.0f}", place, (0, 3), textcoords="offset points", ha="center", fontsize=9)
        axes.set_xticks(range(len(HOPS)), [f"{name}\n{label}" for name, label in HOPS.items()])
        axes.tick_params(axis="x", length=0)
        axes.set_ylabel("more bookings on average, 万元", fontsize=9)
        axes.set_ylim(0, 1.1 * max(float(row["gain"]) for row in rows if row["hop"]))
        axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=9, labelcolor=INK)
        title = "The same point is worth most at the weakest hop"
        canvas.text(0.02, 0.965, title, fontsize=14, va="top")
        today = float(rows[0]["mean"])
        line = f"2685 pipeline over a year, {today:,.0f} 万元 on average as it is told today (100, 80, 60, 40, 20)."
        canvas.text(0.02, 0.885, line, fontsize=9.5, va="top")
    return canvas


def main() -> None:
    """Work out every row; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, help="default: those of case.yaml")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    rows = table(asked.trials)
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    drawn = picture(rows)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for row in rows:
        print(told(row))


def told(row: Row) -> str:
    """Return a row as a line of the README's table."""
    gain = "" if row["row"] == TODAY else f"{row['gain']:+.1f} ± {row['gain_se']:.1f}"
    return (
        f"| {row['row']} | {row['reaches']:.1%} | {row['mean']:,.0f} ± {row['mean_se']:.0f} | {gain} "
        f"| {row['p10']:,.0f} | {row['p50']:,.0f} | {row['chance_2685']:.1%} ± {row['chance_2685_se']:.1%} |"
    )


if __name__ == "__main__":
    main()
