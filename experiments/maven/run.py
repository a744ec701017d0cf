"""What do 2,089 open opportunities of a CRM export say? Straight from its files, nothing copied.

    .venv/bin/python experiments/maven/run.py [--trials N] [--out FOLDER]

The data are looked for where FUNNELSIM_DATA points, or in ../shared/data beside the project.
"""

import argparse
import csv
import os
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import funnelsim as fs
from funnelsim.report.fonts import FAMILY, font_path
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, png_bytes, svg_text

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "data"
PIPELINE = "crm/maven/sales_pipeline.csv.gz"
QUESTIONS = {
    "as stated: rho .05": (),
    "independent deals: rho 0": ("shock.rho=0",),
    "rho .1": ("shock.rho=0.1",),
    "undated deals 90 days old, not new": ("pipeline.missing_entered=90 d",),
    "one quarter more": ("horizon.periods=3",),
    "no horizon": ("horizon=unlimited",),
}
FIGURES = ("mean", "mean_se", "sd", "p10", "p10_se", "p50", "p90")


def data_folder() -> Path:
    """Return the folder of the shared data; FUNNELSIM_DATA is set to it where it was not."""
    return Path(os.environ.setdefault("FUNNELSIM_DATA", str(SHARED)))


def ask(settings: tuple[str, ...] = (), trials: int | None = None) -> fs.Forecast:
    """Return the forecast of case.yaml with some settings."""
    return fs.forecast(fs.simulate(fs.load(HERE / "case.yaml", settings), trials=trials))


def figures(told: fs.Forecast) -> dict[str, float]:
    """Return what the table says of a forecast's bookings, in USD."""
    total = told.bookings.total
    said = (total.mean, total.mean_se, total.sd, total.commit, total.quantiles_se["p10"], total.likely, total.stretch)
    return dict(zip(FIGURES, (round(x, 2) for x in said), strict=True))


def stated(case: fs.Case) -> tuple[float, float]:
    """Return the list prices of all open deals, and the same weighted by the stage's win rate."""
    rates = dict(zip(case.funnel.names, case.funnel.win_rates, strict=True))
    deals = case.pipeline.deals
    return sum(deal.amount for deal in deals), sum(deal.amount * rates[deal.stage] for deal in deals)


def sum_of_commits(told: fs.Forecast, axis: str) -> float:
    """Return the sum of the commits of the groups on an axis: less than the commit of their sum."""
    return sum(measures["bookings"].total.commit for measures in told.groups[axis].values())


def picture(told: fs.Forecast) -> Figure:
    """Return a band for every product and every agent: 8 futures in 10, half of them, the even chance."""
    font_manager.fontManager.addfont(str(font_path()))
    style = {"font.family": [FAMILY], "font.size": 9, "text.color": INK, "text.parse_math": False}
    with mpl.rc_context(style | {f"axes.spines.{side}": False for side in ("top", "right", "left")}):
        canvas = Figure(figsize=(11, 6.4))
        FigureCanvasAgg(canvas)
        products = canvas.add_axes((0.115, 0.10, 0.34, 0.70))
        agents = canvas.add_axes((0.625, 0.10, 0.34, 0.70))
        for axes, axis, title in ((products, "segment", "by product"), (agents, "owner", "by agent")):
            groups = sorted(told.groups[axis].items(), key=lambda group: group[1]["bookings"].total.mean)
            for y, (_, measures) in enumerate(groups):
                q = {name: value / 1000 for name, value in measures["bookings"].total.quantiles.items()}
                axes.barh(y, q["p90"] - q["p10"], 0.62, q["p10"], color=LIGHT, edgecolor=MIDDLE, linewidth=0.5)
                axes.barh(y, q["p75"] - q["p25"], 0.62, q["p25"], color=MIDDLE)
                axes.vlines(q["p50"], y - 0.31, y + 0.31, color=DARK, linewidth=2)
            axes.set_yticks(range(len(groups)), [name for name, _ in groups])
            axes.tick_params(axis="y", length=0)
            axes.set_ylim(-0.6, len(groups) - 0.4)
            axes.set_xlim(left=0)
            axes.set_xlabel("bookings, thousand USD")
            axes.set_title(title, loc="left", fontsize=11)
        commit, end = told.bookings.total.commit / 1000, told.case.periods[-1].label
        title = f"{len(told.case.pipeline):,} open opportunities: 9 chances in 10 of at least"
        canvas.text(0.02, 0.965, f"{title} {commit:,.0f} thousand USD by the end of {end}", fontsize=14, va="top")
        legend = "Wide band: 8 futures in 10. Dark band: half of them. Line: the even chance."
        canvas.text(0.02, 0.90, f"{legend} Win rates and stays are assumed.", fontsize=9.5, va="top")
    return canvas


def main() -> int:
    """Answer every question; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, help="default: those of case.yaml")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    if not (data_folder() / PIPELINE).is_file():
        print(f"no shared data: {data_folder() / PIPELINE} is not there; set FUNNELSIM_DATA", file=sys.stderr)
        return 0
    told = {name: ask(settings, asked.trials) for name, settings in QUESTIONS.items()}
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("question", *FIGURES))
        table.writerows((name, *figures(answer).values()) for name, answer in told.items())
    main_answer = told["as stated: rho .05"]
    drawn = picture(main_answer)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    everything, weighted = stated(main_answer.case)
    print(f"{len(main_answer.case.pipeline):,} deals, list prices {everything:,.0f}, weighted {weighted:,.0f} USD")
    for name, answer in told.items():
        f = figures(answer)
        print(
            f"{name:36s} mean {f['mean']:9,.0f} ± {f['mean_se']:5,.0f}  sd {f['sd']:7,.0f}  "
            f"9 in 10: {f['p10']:9,.0f} ± {f['p10_se']:5,.0f}  1 in 10: {f['p90']:9,.0f}"
        )
    for axis in ("segment", "owner"):
        print(f"sum of the commits by {axis}: {sum_of_commits(main_answer, axis):,.0f} USD")
    for period in main_answer.bookings.periods:
        print(f"{period.label}: mean {period.to_come.mean:,.0f} USD")
    return 0


if __name__ == "__main__":
    sys.exit(main())
