"""How the ratio of the hourglass law sharpens with experience: one table, one figure.

.venv/bin/python experiments/hourglass/run.py [--out FOLDER]
"""

import argparse
import csv
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.stats import beta

import funnelsim as fs
from funnelsim.analysis.goal import Goal
from funnelsim.analysis.seek import seek
from funnelsim.model.target import Target
from funnelsim.report.fonts import FAMILY, font_path
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, png_bytes, svg_text

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "configs" / "hourglass.yaml"
SEEN = (10, 20, 50, 100, 200, 500)
KNOWN = "known"
COLUMNS = ("seen", "won", "low_90", "low_80", "mean", "high_80", "high_90", "prospects", "naive")


def learnt(n: int) -> fs.Case:
    """Return the hourglass case whose rate was learnt from n prospects, a tenth of whom bought (Jeffreys prior)."""
    stage = f"{{name: 网站设计洽谈, win_rate: {{beta: {{won: {n // 10}, of: {n}}}}}, never: 25%}}"
    return fs.load(CONFIG, [f"stages=[{stage}]", "scenarios={}"])


def answer(n: int) -> dict[str, int | float]:
    """Return the row of n prospects seen: intervals of the rate, and the prospects for 6 wins with chance 90 %."""
    goal = seek(learnt(n), Goal(Target(6, "wins"), 0.9))
    law = beta(n // 10 + 0.5, n - n // 10 + 0.5)
    low_90, low_80, high_80, high_90 = (float(law.ppf(p)) for p in (0.05, 0.1, 0.9, 0.95))
    found = (n, n // 10, low_90, low_80, float(law.mean()), high_80, high_90, int(goal.main.answer), 60)
    return dict(zip(COLUMNS, (round(x, 5) if isinstance(x, float) else x for x in found), strict=True))


def known() -> int:
    """Return the prospects for 6 wins with chance 90 % if the 10 % is known."""
    return int(seek(fs.load(CONFIG), Goal(Target(6, "wins"), 0.9)).main.answer)


def picture(rows: list[dict[str, int | float]], at_known: int) -> Figure:
    """Return intervals of the rate on the left, prospects needed on the right, by prospects seen."""
    font_manager.fontManager.addfont(str(font_path()))
    style = {"font.family": [FAMILY], "font.size": 10, "text.color": INK, "axes.spines.right": False}
    with mpl.rc_context(style | {"axes.spines.top": False, "text.parse_math": False}):
        canvas = Figure(figsize=(10.5, 4.8))
        FigureCanvasAgg(canvas)
        left, right = canvas.add_axes((0.07, 0.13, 0.41, 0.63)), canvas.add_axes((0.56, 0.13, 0.41, 0.63))
        places = range(len(rows))
        for x, row in zip(places, rows, strict=True):
            left.bar(x, 100 * (row["high_90"] - row["low_90"]), 0.5, 100 * row["low_90"], color=LIGHT, edgecolor=MIDDLE)
            left.bar(x, 100 * (row["high_80"] - row["low_80"]), 0.5, 100 * row["low_80"], color=MIDDLE)
            left.hlines(100 * row["mean"], x - 0.25, x + 0.25, color=DARK, linewidth=2.5)
            right.bar(x, row["prospects"], 0.5, color=MIDDLE)
            right.text(x, row["prospects"] + 4, f"{row['prospects']:,}", ha="center")
        right.axhline(at_known, color=INK, linewidth=1.1, linestyle="dashdot")
        left.set_ylim(0, 105 * max(row["high_90"] for row in rows))
        right.set_ylim(0, 1.12 * max(row["prospects"] for row in rows))
        for axes, head in (
            (left, "the rate, %: 9 (pale) and 8 chances in 10"),
            (right, f"prospects for 6 orders; line: {at_known} if the rate is known"),
        ):
            axes.set_xticks(places, [str(row["seen"]) for row in rows])
            axes.set_xlabel("prospects seen so far, one in ten bought")
            axes.set_title(head, fontsize=10, loc="left")
        canvas.text(0.02, 0.955, "The longer you sell, the surer the ratio", fontsize=14, va="top")
        canvas.text(
            0.02, 0.87, "6 orders with 9 chances in 10; the ratio itself is 10 % throughout.", fontsize=9.5, va="top"
        )
    return canvas


def main() -> None:
    """Work out every row; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    out = options.parse_args().out
    rows, at_known = [answer(n) for n in SEEN], known()
    out.mkdir(parents=True, exist_ok=True)
    with (out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    drawn = picture(rows, at_known)
    (out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (out / "figure.png").write_bytes(png_bytes(drawn))
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()))
    print(f"rate known: {at_known} prospects")


if __name__ == "__main__":
    main()
