"""Why closed-only win rates lie: companies whose truth is known, counted both ways. One table, one figure.

.venv/bin/python experiments/closed_only_win_rates/run.py [--seeds N] [--out FOLDER]
"""

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy import stats

from funnelsim.fitting.naive import compare
from funnelsim.history.synthetic import Company, make
from funnelsim.history.synthetic.hazards import straight
from funnelsim.report.fonts import FAMILY, font_path
from funnelsim.report.plots import DARK, GREY, INK, MIDDLE, png_bytes, svg_text

HERE = Path(__file__).parent
SEEDS = 20
ADVANCE, LOSE, SLOW, LINGER = (30, 50, 60), (15, 35, 60), (30, 60, 90), (150, 150, 150)
COLUMNS = (
    *("company", "deals", "open_share", "true_win_rate", "closed_win_rate", "win_rate", "win_rate_sd"),
    *("true_days", "closed_days", "days", "days_sd", "days_to_loss"),
)


def funnel(losses=LOSE, never=(0, 0, 0)):
    """Return a funnel of three stages in which a quarter of all deals is won, if none is left undecided."""
    gamma = lambda mean: stats.gamma(1.5, scale=mean / 1.5)  # noqa: E731
    return straight((0.6, 0.65, 0.64), [gamma(m) for m in ADVANCE], [gamma(m) for m in losses], never=never)


PLAIN = Company(funnel(), deals_per_day=8, n_days=900)
YOUNG = replace(PLAIN, deals_per_day=20, n_days=400, growth_per_year=9.0)
COMPANIES = {
    "no growth": PLAIN,
    "doubles every year": replace(PLAIN, growth_per_year=1.0),
    "triples every year": replace(PLAIN, growth_per_year=2.0),
    "five times every year": replace(PLAIN, growth_per_year=4.0),
    "ten times every year": replace(PLAIN, deals_per_day=2, growth_per_year=9.0),
    "ten times, 400 days old; losses slow": replace(YOUNG, hazards=funnel(SLOW)),
    "the same; one in five never decides": replace(YOUNG, hazards=funnel(SLOW, never=(0.1, 0.1, 0.1))),
    "five times; losses linger": replace(PLAIN, hazards=funnel(LINGER), growth_per_year=4.0),
    "triples; one in five never decides": replace(PLAIN, hazards=funnel(never=(0.1, 0.1, 0.1)), growth_per_year=2.0),
}


def answer(name: str, seeds: int) -> dict[str, str | float]:
    """Return the row of a company: the truth, and means and spreads of both ways of counting over the seeds."""
    told = [compare(make(COMPANIES[name], seed)[0]) for seed in range(seeds)]
    truth = make(replace(COMPANIES[name], n_days=1), 0)[1]
    rates, days = ([getattr(one.corrected, field) for one in told] for field in ("win_rate", "days_to_win"))
    found = (
        np.mean([one.n_open + one.closed.n_won + one.closed.n_lost for one in told]),
        np.mean([one.open_share for one in told]),
        truth.win_rate(),
        np.mean([one.closed.win_rate for one in told]),
        *(np.mean(rates), np.std(rates, ddof=1)),
        truth.mean_cycle_days(),
        np.mean([one.closed.days_to_win for one in told]),
        *(np.mean(days), np.std(days, ddof=1)),
        np.mean([one.corrected.days_to_loss for one in told]),
    )
    return dict(zip(COLUMNS, (name, *(round(float(figure), 5) for figure in found)), strict=True))


def picture(rows: list[dict[str, str | float]]) -> Figure:
    """Return the errors of both ways, win rates on the left and cycles on the right, a line a company."""
    font_manager.fontManager.addfont(str(font_path()))
    style = {"font.family": [FAMILY], "font.size": 10, "text.color": INK, "axes.spines.right": False}
    with mpl.rc_context(style | {"axes.spines.top": False, "text.parse_math": False}):
        canvas = Figure(figsize=(10.5, 5.6))
        FigureCanvasAgg(canvas)
        left, right = canvas.add_axes((0.27, 0.07, 0.34, 0.71)), canvas.add_axes((0.64, 0.07, 0.34, 0.71))
        for y, row in enumerate(rows):
            points, cycle = errors(row)
            for axes, (closed, corrected, spread) in ((left, points), (right, cycle)):
                axes.plot([corrected, closed], [y, y], color=GREY, linewidth=1.2, zorder=0)
                axes.plot(closed, y, "X", color=DARK, markersize=9)
                axes.errorbar(corrected, y, xerr=2 * spread, fmt="o", color=MIDDLE, markersize=7, capsize=3)
        for axes, head in (
            (left, "error of the win rate, points"),
            (right, "error of the mean cycle, %"),
        ):
            axes.axvline(0, color=INK, linewidth=1.0, zorder=0)
            axes.set_ylim(len(rows) - 0.5, -0.5)
            axes.set_yticks(range(len(rows)), [row["company"] for row in rows] if axes is left else [""] * len(rows))
            axes.set_title(head, fontsize=10, loc="left")
        canvas.text(0.02, 0.955, "Closed deals alone are the quick ones", fontsize=14, va="top")
        key = "Crosses: closed deals alone. Dots: all deals, the open ones as undecided so far (2 standard deviations)."
        canvas.text(0.02, 0.87, key, fontsize=9.5, va="top")
    return canvas


def errors(row) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return errors of closed deals alone, of all deals, and the spread of these: in points, and in % of the cycle."""
    w, days = row["true_win_rate"], row["true_days"]
    points = (100 * (row["closed_win_rate"] - w), 100 * (row["win_rate"] - w), 100 * row["win_rate_sd"])
    return points, (100 * (row["closed_days"] / days - 1), 100 * (row["days"] / days - 1), 100 * row["days_sd"] / days)


def told(row) -> str:
    """Return a row of the table as a line of the README."""
    points, cycle = errors(row)
    rates = f"{row['true_win_rate']:.1%} | {row['closed_win_rate']:.1%} ({points[0]:+.1f}) | {row['win_rate']:.1%} "
    days = (
        f"{row['true_days']:.1f} | {row['closed_days']:.1f} ({cycle[0]:+.0f} %) | {row['days']:.1f} ({cycle[1]:+.1f} %)"
    )
    return f"| {row['company']} | {row['open_share']:.0%} | {rates}({points[1]:+.2f}) | {days} |"


def main() -> None:
    """Work out every row; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=SEEDS, help=f"default: {SEEDS}")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    rows = [answer(name, asked.seeds) for name in COMPANIES]
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


if __name__ == "__main__":
    main()
