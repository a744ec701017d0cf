"""How far apart do the manuals' win-rate tables put one pipeline? A sweep of 16 exact cases; one table, one figure.

.venv/bin/python experiments/win_rate_tables/run.py [--out FOLDER]
"""

import argparse
import csv
import tempfile
from pathlib import Path

from matplotlib.figure import Figure

from funnelsim.batch.reading import results
from funnelsim.batch.run import run_batch
from funnelsim.config.sweep import load_sweep
from funnelsim.report.plots import DARK, INK, LIGHT, new_figure, png_bytes, style, svg_text

HERE = Path(__file__).parent
TABLES = ("10-40-60-80-90", "10-30-50-70-100", "10-30-50-70-70", "10-25-50-90-100")
COLUMNS = ("table", "rho", "mean", "p10", "p50", "p90", "chance_2685")
Row = dict[str, str | float]


def rows() -> list[Row]:
    """Return one row a case of the sweep."""
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "store"
        run_batch(load_sweep(HERE / "sweep.yaml"), store)
        found = results(store)
    return [
        {
            "table": TABLES[int(one["case_number"]) // 4],
            "rho": float(one["shock.rho"]),
            **{name: round(float(one[name]), 1) for name in ("mean", "p10", "p50", "p90")},
            "chance_2685": round(float(one["chance bookings 2685 total"]), 4),
        }
        for one in found.to_dict("records")
    ]


def told(row: Row) -> str:
    """Return a row as the README shows it."""
    figures = " | ".join(f"{float(row[name]):,.0f}" for name in ("mean", "p10", "p50", "p90"))
    return f"| {row['table']} | {float(row['rho']):.2f} | {figures} | {float(row['chance_2685']):.1%} |"


def picture(table: list[Row]) -> Figure:
    """Return, a row a table, what has 8 chances in 10, without and with shared luck."""
    with style():
        canvas = new_figure(10.0, 4.2)
        axes = canvas.add_axes((0.17, 0.14, 0.8, 0.58))
        for n, name in enumerate(TABLES):
            for rho, colour, width in ((0.2, LIGHT, 12), (0.0, DARK, 5)):
                row = next(r for r in table if (r["table"], r["rho"]) == (name, rho))
                axes.hlines(-n, float(row["p10"]), float(row["p90"]), color=colour, lw=width)
            axes.plot(float(row["mean"]), -n, "o", ms=6, color="white", mec=INK, zorder=3)
            axes.annotate(f"{float(row['mean']):,.0f}", (float(row["mean"]), -n), (0, 11), textcoords="offset points",
                          ha="center", fontsize=9, bbox={"facecolor": "white", "lw": 0, "pad": 0.5})  # fmt: skip
        axes.axvline(2685, color=INK, lw=0.8, ls=":")
        axes.set_yticks([-n for n in range(len(TABLES))], TABLES)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-len(TABLES) + 0.5, 0.7)
        axes.set_xlabel("bookings in the end, 万元; dotted: 2,685", fontsize=9)
        title = "8 chances in 10; dark: independent deals, light: rho 0.2; circle: mean"
        axes.set_title(title, fontsize=9.5, loc="left")
        alone = [row for row in table if row["rho"] == 0.0]
        chances = [100 * float(row["chance_2685"]) for row in alone]
        ends = f"{max(chances):.0f}% or of {min(chances):.0f}%"
        head = f"The same deals reach 2,685 with a chance of {ends}, by the table on the wall"
        canvas.text(0.02, 0.96, head, fontsize=13, va="top", color=INK)
        means = [float(row["mean"]) for row in alone]
        span = f"between {min(means):,.0f} and {max(means):,.0f} 万元"
        line = f"147 deals of 50 万元: four tables from sales manuals put the mean {span}; shared luck widens each."
        canvas.text(0.02, 0.865, line, fontsize=9.5, va="top")
    return canvas


def main() -> None:
    """Work the sweep out; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    table = rows()
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(table)
    drawn = picture(table)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for row in table:
        print(told(row))


if __name__ == "__main__":
    main()
