"""Do 5 points more at quoting beat 10 % more leads? A sweep of 999 cases; one table, one figure.

.venv/bin/python experiments/quotes_or_leads/run.py [--trials N] [--out FOLDER]
"""

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from funnelsim.batch.reading import Question, results
from funnelsim.batch.run import run_batch
from funnelsim.config.sweep import load_sweep
from funnelsim.report.plots import DARK, INK, LIGHT, new_figure, png_bytes, style, svg_text

HERE = Path(__file__).parent
QUARTERS = ("2026Q4", "2027Q1", "2027Q2", "2027Q3")
COLUMNS = ("window", "quotes_low", "quotes", "quotes_high", "leads_low", "leads", "leads_high", "quotes_ahead")
BASE, QUOTES, LEADS = "base", "better quotes", "more leads"
Row = dict[str, str | float]


def gains(store: Path, period: str) -> pd.DataFrame:
    """Return what each lever adds to mean bookings in a period, a row for each set of assumptions."""
    frame = results(store, Question("bookings", period))
    frame["assumptions"] = frame["case_number"] // 3
    means = frame.pivot_table(index="assumptions", columns="scenario", values="mean")
    return pd.DataFrame({name: means[name] - means[BASE] for name in (QUOTES, LEADS)})


def row(window: str, found: pd.DataFrame) -> Row:
    """Return P10, P50 and P90 over assumptions of both gains, and how often quoting is ahead."""
    low, middle, high = (found.quantile(p) for p in (0.1, 0.5, 0.9))
    figures = [x[name] for name in (QUOTES, LEADS) for x in (low, middle, high)]
    ahead = float((found[QUOTES] > found[LEADS]).mean())
    return dict(zip(COLUMNS, [window, *(round(float(x), 1) for x in figures), round(ahead, 3)], strict=True))


def told(one: Row) -> str:
    """Return a row as the README shows it."""
    shown = [f"{float(one[name]):+,.0f}" for name in COLUMNS[1:7]]
    quotes, leads = (f"{m} ({low} to {high})" for low, m, high in (shown[:3], shown[3:]))
    return f"| {one['window']} | {quotes} | {leads} | {float(one['quotes_ahead']):.0%} |"


def picture(rows: list[Row], year: pd.DataFrame) -> Figure:
    """Return both gains quarter by quarter, and one against the other over the year."""
    with style():
        canvas = new_figure(10.6, 5.0)
        left = canvas.add_axes((0.07, 0.13, 0.42, 0.6))
        for shift, name, colour in ((-0.14, "quotes", DARK), (0.14, "leads", LIGHT)):
            x = np.arange(len(QUARTERS)) + shift
            middle, low, high = ([float(r[f"{name}{end}"]) for r in rows[:-1]] for end in ("", "_low", "_high"))
            left.bar(x, middle, 0.26, color=colour)
            left.vlines(x, low, high, color=INK, lw=1.2)
        left.set_xticks(range(len(QUARTERS)), QUARTERS)
        left.tick_params(axis="x", length=0)
        left.set_ylabel("more bookings in the quarter, 万元", fontsize=9)
        left.set_title(
            "dark: 5 points at quoting; light: 10 % leads; lines: 8 assumptions in 10", fontsize=9.5, loc="left"
        )
        right = canvas.add_axes((0.57, 0.13, 0.41, 0.6))
        right.plot(year[LEADS], year[QUOTES], ".", ms=4, color=DARK)
        end = 1.05 * float(max(year[LEADS].max(), year[QUOTES].max()))
        right.plot([0, end], [0, end], color=INK, lw=0.8)
        right.set_xlim(0, end)
        right.set_ylim(0, end)
        right.set_xlabel("10 % more leads bring, 万元 in the year", fontsize=9)
        right.set_ylabel("5 points at quoting bring", fontsize=9)
        right.set_title("each dot: one set of assumptions; above the line quoting is ahead", fontsize=9.5, loc="left")
        canvas.text(0.02, 0.965, "Better quotes pay at once, more leads pay later", fontsize=14, va="top", color=INK)
        last = rows[-1]
        line = f"Over the year quoting is ahead under {float(last['quotes_ahead']):.0%} of 333 sets of assumptions: "
        line += f"{float(last['quotes']):+,.0f} against {float(last['leads']):+,.0f} 万元 at the middle one."
        canvas.text(0.02, 0.885, line, fontsize=9.5, va="top")
    return canvas


def main() -> None:
    """Work the sweep out; write results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, help="default: the sweep's")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "store"
        run_batch(load_sweep(HERE / "sweep.yaml", trials=asked.trials), store)
        rows = [row(quarter, gains(store, quarter)) for quarter in QUARTERS]
        year = gains(store, "total")
    rows.append(row("the year", year))
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    drawn = picture(rows, year)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for one in rows:
        print(told(one))


if __name__ == "__main__":
    main()
