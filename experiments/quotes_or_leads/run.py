"""Do 5 points more at quoting beat 10 % more leads? A sweep of 3,000 exact cases; two tables, one figure.

.venv/bin/python experiments/quotes_or_leads/run.py [--store FOLDER] [--out FOLDER]
"""

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from funnelsim.batch.local import Processes
from funnelsim.batch.reading import Question, results
from funnelsim.batch.run import run_batch
from funnelsim.config.sweep import load_sweep
from funnelsim.report.plots import DARK, INK, LIGHT, new_figure, png_bytes, style, svg_text

HERE = Path(__file__).parent
QUARTERS = ("2026Q4", "2027Q1", "2027Q2", "2027Q3")
WINDOWS = (*QUARTERS, "total")
COLUMNS = ("window", "quotes_low", "quotes", "quotes_high", "leads_low", "leads", "leads_high", "quotes_ahead")
BASE, QUOTES, LEADS = "base", "better quotes", "more leads"
Row = dict[str, str | float]


def worked_out(store: Path) -> pd.DataFrame:
    """Work the sweep out; return each set of assumptions with what each lever adds in each window."""
    run_batch(load_sweep(HERE / "sweep.yaml"), store, workers=Processes())
    return pd.concat([assumptions(store), *(gains(store, window) for window in WINDOWS)], axis=1)


def assumptions(store: Path) -> pd.DataFrame:
    """Return the sets of assumptions."""
    frame = results(store)
    named = frame[[name for name in frame.columns if name.startswith(("stages.", "shock."))]]
    return named[frame["scenario"] == BASE].reset_index(drop=True)


def gains(store: Path, window: str) -> pd.DataFrame:
    """Return what each lever adds to mean bookings in a window."""
    frame = results(store, Question("bookings", window))
    means = frame.assign(point=frame["case_number"] // 3).pivot_table(index="point", columns="scenario", values="mean")
    return pd.DataFrame({f"{name} {window}": (means[name] - means[BASE]).round(3) for name in (QUOTES, LEADS)})


def row(points: pd.DataFrame, window: str) -> Row:
    """Return P10, P50 and P90 over assumptions of both gains, and how often quoting is ahead."""
    quotes, leads = points[f"{QUOTES} {window}"], points[f"{LEADS} {window}"]
    figures = [round(float(of.quantile(p)), 1) for of in (quotes, leads) for p in (0.1, 0.5, 0.9)]
    ahead = round(float((quotes > leads).mean()), 3)
    return dict(zip(COLUMNS, ["the year" if window == "total" else window, *figures, ahead], strict=True))


def told(one: Row) -> str:
    """Return a row as the README shows it."""
    shown = [f"{float(one[name]):+,.0f}" for name in COLUMNS[1:7]]
    quotes, leads = (f"{m} ({low} to {high})" for low, m, high in (shown[:3], shown[3:]))
    return f"| {one['window']} | {quotes} | {leads} | {float(one['quotes_ahead']):.0%} |"


def drivers(points: pd.DataFrame) -> list[str]:
    """Return the rank correlation of quoting's lead over the year with each assumption, the strongest first."""
    ahead = points[f"{QUOTES} total"] - points[f"{LEADS} total"]
    names = [name for name in points.columns if name.startswith(("stages.", "shock."))]
    tied = {name: float(ranks(points[name]).corr(ahead.rank())) for name in names}
    return [f"| `{name}` | {tied[name]:+.2f} |" for name in sorted(names, key=lambda name: -abs(tied[name]))]


def ranks(column: pd.Series) -> pd.Series:
    """Return the ranks of an assumption, also of one that is written as a change (x1.2)."""
    return pd.to_numeric(column.astype(str).str.lstrip("x")).rank()


def picture(rows: list[Row], points: pd.DataFrame) -> Figure:
    """Return both gains quarter by quarter, and one against the other over the year."""
    year, last = points[[f"{LEADS} total", f"{QUOTES} total"]].to_numpy().T, rows[-1]
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
        legend = "dark: 5 points at quoting; light: 10 % leads; lines: 8 sets in 10"
        left.set_title(legend, fontsize=9.5, loc="left")
        right = canvas.add_axes((0.57, 0.13, 0.41, 0.6))
        right.plot(*year, ".", ms=3, color=DARK)
        end = 1.05 * float(year.max())
        right.plot([0, end], [0, end], color=INK, lw=0.8)
        right.set_xlim(0, end)
        right.set_ylim(0, end)
        right.set_xlabel("10 % more leads bring, 万元 in the year", fontsize=9)
        right.set_ylabel("5 points at quoting bring", fontsize=9)
        right.set_title("each dot: one set of assumptions; above the line quoting is ahead", fontsize=9.5, loc="left")
        canvas.text(0.02, 0.965, "Better quotes pay at once, more leads pay later", fontsize=14, va="top", color=INK)
        line = f"Over the year quoting is ahead under {float(last['quotes_ahead']):.0%} of {len(points):,} sets of "
        line += f"assumptions; at the middle {float(last['quotes']):+,.0f} against {float(last['leads']):+,.0f} 万元."
        canvas.text(0.02, 0.885, line, fontsize=9.5, va="top")
    return canvas


def main() -> None:
    """Work the sweep out; write points.csv, results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", type=Path, help="keep the sweep here, and go on there; default: nowhere")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        points = worked_out(asked.store or Path(place) / "store")
    rows = [row(points, window) for window in WINDOWS]
    asked.out.mkdir(parents=True, exist_ok=True)
    points.to_csv(asked.out / "points.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    with (asked.out / "results.csv").open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    drawn = picture(rows, points)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    print("\n".join([*map(told, rows), "", *drivers(points)]))


if __name__ == "__main__":
    main()
