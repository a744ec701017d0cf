"""What is a weighted pipeline of 2685 万元 worth? One table, one figure.

.venv/bin/python experiments/what_is_2685_worth/run.py [--trials N] [--out FOLDER]
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import funnelsim as fs
from funnelsim.report.fonts import FAMILY, font_path
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, png_bytes, svg_text

HERE = Path(__file__).parent
TARGET = 2685.0
STAGES = ("初步接洽", "需求确认", "方案报价", "商务谈判", "签约在即")
ONE_QUARTER = "horizon={periods: 1, of: quarter}"
COLUMNS = (
    "row,rho,past_deals,horizon,mean,mean_se,sd,sd_se,p10,p10_se,p25,p50,p75,p90,"
    "chance_2685,chance_2685_se,exact_mean,exact_sd,exact_chance_2685"
)


@dataclass(frozen=True)
class Question:
    """One row of the table: what is known of the win rates, of the market and of time."""

    row: str
    rho: float = 0.0
    past_deals: int | None = None
    horizon: str = "unlimited"

    def settings(self) -> Iterator[str]:
        """Return what is changed in case.yaml."""
        if self.rho:
            yield f"shock.rho={self.rho}"
        if self.past_deals:
            for stage in STAGES:
                yield f'beliefs."stages.{stage}.win_rate"={{beta: {{evidence: {self.past_deals}}}}}'
        if self.horizon == "one quarter":
            yield ONE_QUARTER


QUESTIONS = (
    Question("rates known, deals independent"),
    Question("shared shock, rho .05", rho=0.05),
    Question("shared shock, rho .1", rho=0.1),
    Question("shared shock, rho .2", rho=0.2),
    Question("rates learnt from 200 past deals", past_deals=200),
    Question("rates learnt from 50 past deals", past_deals=50),
    Question("rates learnt from 20 past deals", past_deals=20),
    Question("shock .1 and 50 past deals", rho=0.1, past_deals=50),
    Question("one quarter, rates known", horizon="one quarter"),
    Question("one quarter, shock .1, 50 past deals", rho=0.1, past_deals=50, horizon="one quarter"),
)


def answer(question: Question, trials: int | None = None) -> dict[str, str | float]:
    """Return the row of a question: its distribution in 万元, simulated with standard errors, and the exact law's."""
    case = fs.load(HERE / "case.yaml", tuple(question.settings()))
    ensemble = fs.simulate(case, trials=trials)
    told = fs.forecast(ensemble)
    total, target = told.bookings.total, told.targets[0]
    deviations = ensemble.total("bookings") / 100 - total.mean
    sd_se = sqrt(((deviations**4).mean() - total.sd**4) / ensemble.trials) / (2 * total.sd)
    figures = [total.mean, total.mean_se, total.sd, sd_se, total.commit, total.quantiles_se["p10"]]
    figures += [total.quantiles[name] for name in ("p25", "p50", "p75", "p90")]
    figures += [target.chance, target.chance_se]
    exact = fs.forecast(fs.exact(case))
    figures += [exact.bookings.total.mean, exact.bookings.total.sd, exact.targets[0].chance]
    rates = "known" if question.past_deals is None else question.past_deals
    said = [question.row, question.rho, rates, question.horizon, *(round(x, 5) for x in figures)]
    return dict(zip(COLUMNS.split(","), said, strict=True))


def picture(rows: list[dict[str, str | float]]) -> Figure:
    """Return one band a row: 8 futures in 10, half of them, the even chance; the target is the upright line."""
    font_manager.fontManager.addfont(str(font_path()))
    style = {"font.family": [FAMILY], "font.size": 10, "text.color": INK, "axes.spines.right": False}
    with mpl.rc_context(style | {"axes.spines.top": False, "axes.spines.left": False, "text.parse_math": False}):
        canvas = Figure(figsize=(10.5, 5.6))
        FigureCanvasAgg(canvas)
        axes = canvas.add_axes((0.28, 0.11, 0.60, 0.68))
        for y, row in enumerate(reversed(rows)):
            axes.barh(y, row["p90"] - row["p10"], 0.56, row["p10"], color=LIGHT, edgecolor=MIDDLE, linewidth=0.6)
            axes.barh(y, row["p75"] - row["p25"], 0.56, row["p25"], color=MIDDLE)
            axes.vlines(row["p50"], y - 0.28, y + 0.28, color=DARK, linewidth=2.5)
            axes.annotate(
                f"{row['p10']:,.0f}", (row["p10"], y), (-5, 0), textcoords="offset points", ha="right", va="center"
            )
            axes.text(
                1.11, y, f"{row['chance_2685']:.0%}", transform=axes.get_yaxis_transform(), va="center", ha="right"
            )
        axes.axvline(TARGET, color=INK, linewidth=1.1, linestyle="dashdot", zorder=0)
        axes.set_yticks(range(len(rows)), [str(row["row"]) for row in reversed(rows)])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlim(min(row["p10"] for row in rows) - 330, max(row["p90"] for row in rows) + 60)
        axes.set_xlabel("bookings, 万元 CNY")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        above = axes.get_xaxis_transform()
        axes.text(TARGET, 1.015, "weighted pipeline 2,685", transform=above, ha="center", fontsize=9)
        axes.text(1.11, 1.015, "chance of 2,685", transform=axes.transAxes, ha="right", fontsize=9)
        canvas.text(0.02, 0.965, "The same 2,685 万元, by what is admitted not to be known", fontsize=14, va="top")
        legend = "Wide band: 8 futures in 10, its left end the figure with 9 chances in 10 behind it."
        canvas.text(0.02, 0.895, f"{legend} Dark band: half of them.", fontsize=9.5, va="top")
    return canvas


def main() -> None:
    """Work out every row; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, help="default: those of case.yaml")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    rows = [answer(question, asked.trials) for question in QUESTIONS]
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, COLUMNS.split(","), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    drawn = picture(rows)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for row in rows:
        print(told(row))


def told(row: dict[str, str | float]) -> str:
    """Return a row of the table as a line of text."""
    mean, sd = (f"{row[name]:.1f} ± {row[name + '_se']:.1f}" for name in ("mean", "sd"))
    commit = f"{row['p10']:.0f} ± {row['p10_se']:.0f}"
    chance = f"{row['chance_2685']:.1%} ± {row['chance_2685_se']:.2%} (exact {row['exact_chance_2685']:.1%})"
    return f"{row['row']:38s} mean {mean}  sd {sd}  9 in 10: {commit}  chance of 2685: {chance}"


if __name__ == "__main__":
    main()
