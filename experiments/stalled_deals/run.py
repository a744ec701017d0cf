"""What is a 70-day-old deal worth against a fresh one? One table, one figure.

.venv/bin/python experiments/stalled_deals/run.py [--trials N] [--out FOLDER]
"""

import argparse
import csv
from itertools import product
from math import sqrt
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import funnelsim as fs
from funnelsim.analysis.stalled import Tails
from funnelsim.engine.lower import lower
from funnelsim.report.fonts import FAMILY, font_path
from funnelsim.report.plots import DARK, GREY, INK, MIDDLE, png_bytes, svg_text

HERE = Path(__file__).parent
LINGER = (0.5, 1.0, 1.5, 2.0, 3.0)
AGES = (0, 35, 70)
MEDIAN, P90 = 25, 60
N_DEALS, AMOUNT = 100, 50.0
QUARTER = "horizon={periods: 1, of: quarter}"
COLUMNS = (
    *("linger", "age_days", "stayed_longer", "chance", "chance_se", "exact_chance", "worth"),
    *("in_quarter", "mean", "p10", "weighted"),
)
STYLES = {0.5: "dotted", 1.0: "solid", 1.5: "dashed", 2.0: "dashdot", 3.0: (0, (6, 1.5))}


def case_of(linger: float, age: int, *more: str) -> fs.Case:
    """Return the case in which lost deals stay `linger` times as long as those that move on."""
    lost = f"stages.方案报价.stay_lost={{median: {MEDIAN * linger} d, p90: {P90 * linger} d}}"
    return fs.load(HERE / "case.yaml", (lost, f"pipeline.0.age={age} d", *more))


def answer(linger: float, age: int, trials: int | None = None) -> dict[str, float]:
    """Return one row: the chance of a deal, simulated and exact, and what 100 of them bring."""
    case = case_of(linger, age)
    ensemble = fs.simulate(case, trials=trials)
    told = fs.forecast(ensemble)
    chance = float(ensemble.total("wins").mean()) / N_DEALS
    fresh = case.funnel.win_rates[0]
    exact = fs.exact(case).total("wins").mean / N_DEALS
    stayed_longer = Tails(lower(case)).advanced_later(0, float(age)) if age else 1.0
    figures = {
        "linger": linger,
        "age_days": age,
        "stayed_longer": stayed_longer,
        "chance": chance,
        "chance_se": sqrt(chance * (1 - chance) / (N_DEALS * ensemble.trials)),
        "exact_chance": exact,
        "worth": exact / fresh,
        "in_quarter": fs.exact(case_of(linger, age, QUARTER)).total("wins").mean / N_DEALS,
        "mean": told.bookings.total.mean,
        "p10": told.bookings.total.commit,
        "weighted": N_DEALS * AMOUNT * fresh,
    }
    return {name: round(float(value), 6) for name, value in figures.items()}


def curve(linger: float, ages: np.ndarray) -> np.ndarray:
    """Return what a deal of each age is worth against a fresh one, by Bayes' rule on its exits."""
    case = case_of(linger, 0)
    tails = Tails(lower(case))
    return np.array([tails.chance(0, float(age)) for age in ages]) / case.funnel.win_rates[0]


def picture(rows: list[dict[str, float]]) -> Figure:
    """Return worth against age, a line for each length of a loss; dots are the simulated rows."""
    font_manager.fontManager.addfont(str(font_path()))
    style = {"font.family": [FAMILY], "font.size": 10, "text.color": INK, "axes.spines.right": False}
    with mpl.rc_context(style | {"axes.spines.top": False, "text.parse_math": False}):
        canvas = Figure(figsize=(9.0, 5.4))
        FigureCanvasAgg(canvas)
        axes = canvas.add_axes((0.08, 0.11, 0.66, 0.70))
        ages = np.linspace(0, 120, 121)
        axes.axvline(P90, color=GREY, linewidth=1.0, zorder=0)
        axes.text(P90 - 1.5, 2.24, "9 in 10 of those\nthat move on\nhave done so", fontsize=8.5, ha="right", va="top")
        for linger in LINGER:
            worth = curve(linger, ages)
            axes.plot(ages, worth, color=DARK, linestyle=STYLES[linger], linewidth=1.8)
            axes.annotate(
                f"{linger:g} times as long", (ages[-1], worth[-1]), (6, 0), textcoords="offset points", va="center"
            )
        for row in rows:
            simulated = row["chance"] * row["worth"] / row["exact_chance"]
            axes.plot(row["age_days"], simulated, "o", color=MIDDLE, markeredgecolor=INK, markersize=6)
        axes.set_xlim(0, 120)
        axes.set_ylim(0, 2.25)
        axes.set_xlabel("days a deal has been at the quote")
        axes.set_ylabel("chance to win, fresh deal = 1")
        canvas.text(0.02, 0.965, "What a deal that has waited is worth", fontsize=14, va="top")
        key = "Lines: lost deals stay so many times as long as those that move on. Dots: simulated."
        canvas.text(0.02, 0.895, key, fontsize=9.5, va="top")
    return canvas


def main() -> None:
    """Work out every row; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, help="default: those of case.yaml")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    rows = [answer(linger, age, asked.trials) for linger, age in product(LINGER, AGES)]
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    drawn = picture(rows)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for row in rows:
        print(told(row))


def told(row: dict[str, float]) -> str:
    """Return a row of the table as a line of the README."""
    age, chance = int(row["age_days"]), f"{row['chance']:.2%} ± {row['chance_se']:.2%}"
    judged = f"{row['stayed_longer']:.1%} | {chance} | {row['exact_chance']:.1%} | {row['worth']:.2f}"
    money = f"{row['in_quarter']:.1%} | {row['mean']:,.0f} | {row['p10']:,.0f}"
    return f"| {row['linger']:g} times | {age} d | {judged} | {money} |"


if __name__ == "__main__":
    main()
